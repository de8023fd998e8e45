#include "play/core_player.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "engine/codec/act_json.h"
#include "engine/procedure/replay.h"
#include "play/desk.h"
#include "play/script.h"
#include "play/verdict.h"

namespace chancery::play {

namespace {

using procedure::Fact;
using procedure::Matter;
using procedure::RecordedAct;
using procedure::Stepped;

// Identifiers that only differ from each other: the core never asks where they come from.
class CountingEntropy final : public Entropy {
 public:
  void Fill(std::uint8_t* out, std::size_t size) override {
    ++count_;
    for (std::size_t i = 0; i < size; ++i) {
      out[i] = i < sizeof(count_)
                   ? static_cast<std::uint8_t>(count_ >> (8 * (sizeof(count_) - 1 - i)))
                   : 0x5a;
    }
  }

 private:
  std::uint64_t count_ = 0;
};

constexpr int kOfficersOfAnOffice = 3;

bool IsUnion(const Cast& cast) { return cast.offices.front() == "union_signatory"; }

class CorePlayer {
 public:
  CorePlayer(const Scenario& scenario, const Agreed& agreed, procedure::ProcedureSet ruled_by,
             const Progress& progress)
      : scenario_(scenario),
        progress_(progress),
        script_(scenario, agreed, entropy_),
        replayer_(std::move(ruled_by)) {}

  absl::StatusOr<Played> Play() {
    if (scenario_.founded) CHANCERY_RETURN_IF_ERROR(SetTheScene());
    played_.scene_acts = played_.recorded.size();
    for (const Step& step : scenario_.steps) {
      if (!std::holds_alternative<ActSentence>(step.what)) continue;
      CHANCERY_ASSIGN_OR_RETURN(const std::vector<Planned> planned, script_.Plan(step));
      for (const Planned& one : planned) {
        ++played_.acts;
        CompareWithRegistry(step, one);
        const Verdict verdict = DoAtTheDesk(one, At(step.at));
        const std::string what = NameOf(one);
        played_.record.push_back({step.line, one.act.author, what, verdict});
        if (progress_) {
          progress_(ToText(step.at) + " " + one.act.author.ToText() + " " + what + ": " +
                    verdict.summary);
        }
        if (auto unmet = Compare(scenario_, step, what, verdict))
          played_.unmet.push_back(*std::move(unmet));
      }
    }
    played_.ending = EndingAt(scenario_.steps.back().at);
    for (std::string& line : Unmet(scenario_, played_.ending))
      played_.unmet.push_back(std::move(line));
    return std::move(played_);
  }

 private:
  // Acts at one moment of the story follow each other by a millisecond.
  Instant At(Instant moment) {
    now_ = now_ < moment ? moment : Instant{now_.ms + 1};
    return now_;
  }

  absl::Status SetTheScene() {
    std::vector<OfficeKey> offices;
    std::vector<AuthorityKeys> authorities;
    for (const Cast& cast : CastOf(scenario_)) {
      for (const std::string_view office : cast.offices) {
        const std::int64_t word = procedure::WordNumber(Fact::kOffice, office).value_or(0);
        for (int officer = 0; officer < kOfficersOfAnOffice; ++officer) {
          // Numbered through the party, as officers are.
          offices.push_back({cast.party, word, word * kOfficersOfAnOffice + officer,
                             StandInCertificate({cast.party, word, officer + 1})});
        }
      }
      if (!IsUnion(cast))
        authorities.push_back({cast.party, entropy_.Make<Digest>(), entropy_.Make<Digest>()});
    }
    for (const Planned& planned : script_.SetScene(offices, authorities)) {
      const Verdict verdict = Do(planned, At(SceneTime(scenario_)));
      if (verdict.outcome == ExpectedRuling::Outcome::kAdmitted) continue;
      return FailedPrecondition(
          "setting the scene: " + std::string(procedure::FindAct(planned.act.kind)->name) + ": " +
          verdict.summary);
    }
    return absl::OkStatus();
  }

  // What the sentence says of the person's nationality is what the registry would say.
  void CompareWithRegistry(const Step& step, const Planned& planned) {
    if (auto unmet = RegistryDiffers(scenario_, step, planned))
      played_.unmet.push_back(*std::move(unmet));
  }

  // As a party's own program does it: read, sealed by the offices its rule asks for, handed in.
  Verdict DoAtTheDesk(const Planned& planned, Instant at) {
    if (!Holds(scenario_, planned.act.author, UnionSignatory())) {
      const Person* person = scenario_.FindPerson(planned.person);
      const std::string input =
          InputOf(scenario_, planned,
                  person != nullptr ? RegisteredOf(*person) : nlohmann::ordered_json::object());
      if (!codec::ActFromJson(input, at).ok()) return RefusedAtTheDesk(kFieldWrong);
    } else {
      return planned.sealed ? HandIn(planned, Prepared(planned, at), {}) : Do(planned, at);
    }
    if (planned.sealed) return HandIn(planned, Prepared(planned, at), {});
    if (script_.ByHand(planned))
      return HandIn(planned, Prepared(planned, at), {{planned.office, 1}});
    const procedure::CheckedProcedure& rules = script_.RulesFor(planned.act.kind);
    RecordedAct recorded = Prepared(planned, at);
    AtTheDesk desk;
    if (planned.act.author == scenario_.ministry) {
      recorded.signers = AllSigners(planned.act.author);
      desk = DeskOfMinistry(scenario_, rules, planned.act, Try(recorded), planned.office);
    } else {
      const Matter* known = replayer_.matters().Find(planned.act.matter);
      if (known != nullptr && !MayRead(procedure::ReadersOf(*known), planned.act.author))
        known = nullptr;
      const Matter* cooperation = replayer_.matters().Find(script_.cooperation());
      const bool in_force =
          cooperation != nullptr && (planned.act.procedure == cooperation->procedure ||
                                     IsInForce(*cooperation, planned.act.procedure, at));
      desk = DeskOfState(scenario_, rules, planned, known, in_force);
    }
    if (!desk.refused.empty()) return RefusedAtTheDesk(desk.refused);
    return HandIn(planned, std::move(recorded), desk.seals);
  }

  static std::int64_t UnionSignatory() {
    return procedure::WordNumber(Fact::kOffice, "union_signatory").value_or(0);
  }

  // Every certificate that is appointed for a party.
  std::vector<Digest> AllSigners(PartyCode party) const {
    std::vector<Digest> signers;
    const Matter* cooperation = replayer_.matters().Find(script_.cooperation());
    if (cooperation == nullptr) return signers;
    for (const procedure::Appointment& appointment : procedure::AppointmentsOf(*cooperation)) {
      if (appointment.party == party) signers.push_back(appointment.certificate);
    }
    std::sort(signers.begin(), signers.end());
    signers.erase(std::unique(signers.begin(), signers.end()), signers.end());
    return signers;
  }

  // Through the door, and recorded when it opens.
  Verdict HandIn(const Planned& planned, RecordedAct recorded,
                 const std::vector<SealingOffice>& seals) {
    recorded.signers = SignersFor(planned, seals);
    const auto away = replayer_.AtTheDoor(recorded);
    if (away && !planned.past_the_door) return VerdictOf(away);
    return Record(planned, std::move(recorded));
  }

  Verdict Record(const Planned& planned, RecordedAct recorded) {
    recorded.entry = entry_++;
    const Stepped stepped = replayer_.Add(recorded);
    script_.Recorded(planned, recorded.digest, recorded.act.commitment, stepped.ruling.admitted());
    played_.recorded.push_back(std::move(recorded));
    return VerdictOf(stepped);
  }

  RecordedAct Prepared(const Planned& planned, Instant at) {
    RecordedAct recorded;
    recorded.recorded_at = at;
    recorded.act = planned.act;
    recorded.act.id = entropy_.Make<StatementId>();
    recorded.act.made_at = at;
    recorded.offered_since = planned.offered;
    recorded.digest = entropy_.Make<Digest>();
    if (CarriesParticulars(planned)) recorded.act.commitment = entropy_.Make<Digest>();
    return recorded;
  }

  // An act that sets the scene, or of the Union, which has no program here.
  Verdict Do(const Planned& planned, Instant at) {
    RecordedAct recorded = Prepared(planned, at);
    std::optional<procedure::TurnedAway> away;
    bool ruled = false;
    for (const std::vector<SealingOffice>& seals : script_.SealsFor(planned)) {
      recorded.signers = SignersFor(planned, seals);
      away = replayer_.AtTheDoor(recorded);
      if (away) continue;
      ruled = true;
      if (!LacksSeal(Try(recorded))) break;
    }
    return ruled ? Record(planned, std::move(recorded)) : VerdictOf(away);
  }

  std::vector<Digest> SignersFor(const Planned& planned,
                                 const std::vector<SealingOffice>& seals) const {
    std::vector<Digest> signers;
    if (planned.sealed) {
      for (const NamedCertificate& named : *planned.sealed)
        signers.push_back(StandInCertificate(named));
    }
    for (const SealingOffice& seal : seals) {
      const PartyCode party = PartyOfOffice(scenario_, seal.office, planned.act.author);
      for (int i = 0; i < seal.count; ++i)
        signers.push_back(StandInCertificate({party, seal.office, i + 1}));
    }
    std::sort(signers.begin(), signers.end());
    return signers;
  }

  // The ruling the act would have, without recording it.
  procedure::Ruling Try(const RecordedAct& recorded) const {
    return procedure::Step(replayer_.procedures(),
                           procedure::Gather(recorded.act, replayer_.matters()), recorded)
        .ruling;
  }

  static bool LacksSeal(const procedure::Ruling& ruling) {
    const auto* refused = std::get_if<procedure::Inadmissible>(&ruling.outcome);
    return refused != nullptr && refused->ground == procedure::Ground::kMissingSeal;
  }

  Ending EndingAt(Instant at) const {
    procedure::Matters matters;
    for (const auto& [id, matter] : replayer_.matters().all()) matters.Add(matter);
    procedure::Matters standing;
    for (Matter& matter : procedure::StandingAt(replayer_.procedures(), matters, at).matters) {
      standing.Add(std::move(matter));
    }
    return EndingFrom(scenario_, script_, [&](const MatterId& id) { return standing.Find(id); });
  }

  const Scenario& scenario_;
  const Progress& progress_;
  CountingEntropy entropy_;
  Script script_;
  procedure::Replayer replayer_;
  Played played_;
  Instant now_;
  std::uint64_t entry_ = 0;
};

}  // namespace

absl::StatusOr<Played> PlayInCore(const Scenario& scenario, const Agreed& agreed,
                                  const Progress& progress) {
  return PlayInCore(scenario, agreed, agreed.All(), progress);
}

absl::StatusOr<Played> PlayInCore(const Scenario& scenario, const Agreed& agreed,
                                  procedure::ProcedureSet ruled_by, const Progress& progress) {
  return CorePlayer(scenario, agreed, std::move(ruled_by), progress).Play();
}

}  // namespace chancery::play
