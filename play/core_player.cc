#include "play/core_player.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "engine/procedure/replay.h"
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

// The certificate an officer would seal with.
Digest StandInCertificate(PartyCode party, std::int64_t office, int officer) {
  Digest digest;
  auto& raw = digest.raw();
  raw.fill(0xce);
  for (std::size_t i = 0; i < 3; ++i) raw[i] = static_cast<std::uint8_t>(party.view()[i]);
  raw[3] = static_cast<std::uint8_t>(office);
  raw[4] = static_cast<std::uint8_t>(officer);
  return digest;
}

bool IsUnion(const Cast& cast) { return cast.offices.front() == "union_signatory"; }

class CorePlayer {
 public:
  CorePlayer(const Scenario& scenario, const Agreed& agreed, const Progress& progress)
      : scenario_(scenario),
        progress_(progress),
        script_(scenario, *agreed.founding.rules, *agreed.procedure.rules, entropy_),
        replayer_(agreed.All()) {}

  absl::StatusOr<Played> Play() {
    CHANCERY_RETURN_IF_ERROR(SetTheScene());
    for (const Step& step : scenario_.steps) {
      if (!std::holds_alternative<ActSentence>(step.what)) continue;
      CHANCERY_ASSIGN_OR_RETURN(const std::vector<Planned> planned, script_.Plan(step));
      for (const Planned& one : planned) {
        ++played_.acts;
        const Verdict verdict = Do(one, At(step.at));
        const std::string what = NameOf(one);
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
          offices.push_back({cast.party, word, StandInCertificate(cast.party, word, officer)});
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

  Verdict Do(const Planned& planned, Instant at) {
    RecordedAct recorded;
    recorded.recorded_at = at;
    recorded.act = planned.act;
    recorded.act.id = entropy_.Make<StatementId>();
    recorded.act.made_at = at;
    recorded.digest = entropy_.Make<Digest>();
    if (CarriesParticulars(planned.act)) recorded.act.commitment = entropy_.Make<Digest>();
    std::optional<procedure::TurnedAway> away;
    bool ruled = false;
    for (const std::vector<SealingOffice>& seals : script_.SealsFor(planned)) {
      recorded.signers = SignersFor(planned, seals);
      away = replayer_.AtTheDoor(recorded);
      if (away) continue;
      ruled = true;
      if (!LacksSeal(Try(recorded))) break;
    }
    if (!ruled) return VerdictOf(away);
    recorded.entry = entry_++;
    const Stepped stepped = replayer_.Add(recorded);
    script_.Recorded(planned, recorded.digest, recorded.act.commitment, stepped.ruling.admitted());
    return VerdictOf(stepped.ruling);
  }

  std::vector<Digest> SignersFor(const Planned& planned,
                                 const std::vector<SealingOffice>& seals) const {
    std::vector<Digest> signers;
    for (const SealingOffice& seal : seals) {
      const PartyCode party = PartyOfOffice(scenario_, seal.office, planned.act.author);
      for (int i = 0; i < seal.count; ++i)
        signers.push_back(StandInCertificate(party, seal.office, i));
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
  return CorePlayer(scenario, agreed, progress).Play();
}

}  // namespace chancery::play
