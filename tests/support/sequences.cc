#include "tests/support/sequences.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <variant>

#include "play/agreed.h"
#include "play/core_player.h"
#include "play/scenario.h"
#include "tests/support/core_world.h"
#include "tests/support/drafter.h"

namespace chancery::testing {

using procedure::CheckedProcedure;
using procedure::Matter;
using procedure::ProcedureSet;
using procedure::Replayer;
using procedure::Rule;

std::uint64_t Dice::Draw() {
  // SplitMix64 (Steele, Lea and Flood 2014).
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

namespace {

// Every office that some rule asks for, with as many officers as any rule wants.
std::map<std::int64_t, int> OfficesOf(const CheckedProcedure& rules) {
  std::map<std::int64_t, int> offices;
  for (const Rule& rule : rules.terms().rules) {
    for (const procedure::SealNeeded& seal : rule.seals)
      offices[seal.office] = std::max(offices[seal.office], seal.count);
  }
  return offices;
}

// Founds a cooperation in which every party has every office of both sides.
class Founding {
 public:
  Founding(const std::string& version, Instant at)
      : founding_(LoadFolder(kAgreements + "founding", Named("founding"))),
        agreed_(LoadFolder(kAgreements + version, Named(version))),
        replayer_(SetOf(founding_, agreed_)),
        now_(at) {}

  Beginning Found(const std::vector<std::string>& parties) {
    Act act = Of("EUE", ActKind::kFounded, {});
    act.lines = {Row("EUE", "union_signatory", 1), Row("PAK", "ministry", 1)};
    Record(act, {"EUE/union_signatory/1", "PAK/ministry/1"});
    std::map<std::int64_t, int> offices = OfficesOf(*agreed_);
    offices.try_emplace(W(Fact::kOffice, "ministry"), 1);
    for (const std::string& party : parties) {
      Appoint(party, ActKind::kAuthorityAppointed,
              Facts{{Fact::kLogKey, Named("log " + party)},
                    {Fact::kWitnessKey, Named("witness " + party)}});
      for (const auto& [office, count] : offices) {
        const std::string name(procedure::WordName(Fact::kOffice, office));
        for (int number = 1; number <= count; ++number) {
          if (party + "/" + name + "/" + std::to_string(number) == "PAK/ministry/1") continue;
          Appoint(party, ActKind::kOfficeAppointed, Row(party, name, number));
        }
      }
    }
    Facts facts{{Fact::kProcedure, agreed_->digest()}};
    Record(Of("EUE", ActKind::kProcedureProposed, facts), {"EUE/union_signatory/1"});
    Record(Of("PAK", ActKind::kProcedureAccepted, facts), {"PAK/ministry/1"});
    facts.Set(Fact::kFrom, now_.ms);
    Record(Of("PAK", ActKind::kProcedureInForce, facts), {"PAK/ministry/1"});
    if (offices.contains(W(Fact::kOffice, "aviation_authority"))) {
      Record(Of("PAK", ActKind::kCarrierAccepted, Facts{{Fact::kCarrier, Code("HAX")}}),
             {"PAK/aviation_authority/1"});
    }
    return {agreed_->terms().id + ", freshly agreed", replayer_, now_};
  }

 private:
  static ProcedureSet SetOf(const std::shared_ptr<const CheckedProcedure>& founding,
                            const std::shared_ptr<const CheckedProcedure>& agreed) {
    ProcedureSet set(founding->digest());
    set.Add(founding);
    set.Add(agreed);
    return set;
  }
  static Facts Row(const std::string& party, const std::string& office, int number) {
    return Facts{{Fact::kParty, procedure::PackParty(Party(party))},
                 {Fact::kOffice, W(Fact::kOffice, office)},
                 {Fact::kOfficer, W(Fact::kOffice, office) * 10 + number},
                 {Fact::kCertificate, Named(party + "/" + office + "/" + std::to_string(number))}};
  }
  Act Of(const std::string& author, ActKind kind, Facts facts) const {
    Act act;
    act.kind = kind;
    act.author = Party(author);
    act.addressee = Party(author == "PAK" ? "EUE" : "PAK");
    act.matter = Named<MatterId>("the cooperation");
    act.procedure = founding_->digest();
    act.facts = std::move(facts);
    return act;
  }
  void Appoint(const std::string& party, ActKind kind, Facts facts) {
    const bool ours = party == "PAK";
    facts.Set(Fact::kParty, procedure::PackParty(Party(party)));
    facts.Set(Fact::kFrom, now_.ms);
    Record(Of(ours ? "PAK" : "EUE", kind, std::move(facts)),
           {ours ? "PAK/ministry/1" : "EUE/union_signatory/1"});
  }
  void Record(const Act& act, const std::vector<std::string>& seals) {
    RecordedAct recorded;
    recorded.recorded_at = now_;
    recorded.act = act;
    recorded.digest = Named("founding act " + std::to_string(++recorded_));
    for (const std::string& seal : seals) recorded.signers.push_back(Named(seal));
    const Stepped stepped = replayer_.Add(recorded);
    EXPECT_TRUE(stepped.ruling.admitted()) << CoreWorld::Why(stepped.ruling);
  }

  std::shared_ptr<const CheckedProcedure> founding_;
  std::shared_ptr<const CheckedProcedure> agreed_;
  Replayer replayer_;
  Instant now_;
  int recorded_ = 0;
};

// Both procedures are read once.
const absl::StatusOr<play::Agreed>& AgreedOf(const play::Scenario& scenario) {
  static std::map<std::string, absl::StatusOr<play::Agreed>> read;
  const auto found = read.find(scenario.procedure);
  if (found != read.end()) return found->second;
  return read
      .emplace(scenario.procedure,
               play::LoadAgreed(scenario, std::string(CHANCERY_SOURCE_DIR) + "/agreements"))
      .first->second;
}

void AddScenario(const std::string& file, std::vector<Beginning>& beginnings) {
  const play::ReadResult read = play::ReadScenarioFile(file);
  const auto* scenario = std::get_if<play::Scenario>(&read);
  ASSERT_NE(scenario, nullptr) << file;
  const absl::StatusOr<play::Agreed>& agreed = AgreedOf(*scenario);
  ASSERT_TRUE(agreed.ok()) << agreed.status();
  const auto played = play::PlayInCore(*scenario, *agreed, {});
  ASSERT_TRUE(played.ok()) << played.status();
  const std::size_t acts = played->recorded.size() - played->scene_acts;
  Replayer replayer(agreed->All());
  for (std::size_t i = 0; i < played->recorded.size(); ++i) {
    replayer.Add(played->recorded[i]);
    for (std::size_t third = 1; third <= 3; ++third) {
      const std::size_t done = acts * third / 3;
      if (done == 0 || i + 1 != played->scene_acts + done) continue;
      beginnings.push_back({std::filesystem::path(file).filename().string() + " after " +
                                std::to_string(done) + " acts",
                            replayer, played->recorded[i].recorded_at});
    }
  }
}

std::vector<Beginning> MakeBeginnings() {
  std::vector<Beginning> beginnings;
  const Instant agreed_at = At("2016-02-20T06:00:00Z");
  beginnings.push_back(Founding("2016", agreed_at).Found({"PAK", "GRC", "AUT"}));
  beginnings.push_back(Founding("2010", agreed_at).Found({"PAK", "GRC", "AUT"}));
  std::set<std::string> files;
  for (const char* folder : {"2016", "2010"}) {
    for (const auto& file :
         std::filesystem::directory_iterator(kAgreements + folder + "/scenarios"))
      files.insert(file.path().string());
  }
  for (const std::string& file : files) AddScenario(file, beginnings);
  return beginnings;
}

// Moments at which calendars do something, in their order.
const std::vector<Instant>& TurningPoints() {
  static const std::vector<Instant> moments = [] {
    std::vector<Instant> made;
    for (const char* text :
         {"2016-02-28T19:00:00Z", "2016-02-29T18:59:59.999Z", "2016-02-29T23:59:59.999Z",
          "2016-03-27T00:59:59.999Z", "2016-03-27T01:00:00Z", "2016-10-30T00:59:59.999Z",
          "2016-10-30T01:00:00Z", "2016-12-31T23:59:59.999Z", "2017-03-26T01:00:00Z",
          "2017-10-29T01:00:00Z", "2020-02-01T00:00:00Z", "2020-02-29T19:00:00Z"})
      made.push_back(At(text));
    return made;
  }();
  return moments;
}

// A little later most often; sometimes around a limit, at a turn of the calendar, days later.
Instant Later(Dice& dice, const Replayer& replayer, Instant now) {
  const auto later = [&](Instant moment) { return std::max(moment, now); };
  switch (dice.Below(48)) {
    case 0:
    case 1:
    case 2: {
      std::vector<Instant> limits;
      for (const auto& [id, matter] : replayer.matters().all()) {
        for (const procedure::RunningLimit& limit : matter.limits) {
          if (limit.until >= now) limits.push_back(limit.until);
        }
      }
      if (limits.empty()) return now;
      const Instant limit =
          dice.OneIn(4) ? *std::min_element(limits.begin(), limits.end()) : dice.OneOf(limits);
      return later({limit.ms - 1 + static_cast<std::int64_t>(dice.Below(3))});
    }
    case 3:
      for (const Instant moment : TurningPoints()) {
        if (moment > now && moment.ms < now.ms + 60 * kMsPerDay) return moment;
      }
      return now;
    case 4:
    case 5:
      return {now.ms + static_cast<std::int64_t>(dice.Below(12)) * kMsPerDay};
    case 6:
      return now;
    default:
      return {now.ms + 1 + static_cast<std::int64_t>(dice.Below(90)) * kMsPerMinute};
  }
}

Instant AnyTime(Dice& dice, Instant now) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  switch (dice.Below(12)) {
    case 0:
      return {kMin + static_cast<std::int64_t>(dice.Below(3))};
    case 1:
      return {kMax - static_cast<std::int64_t>(dice.Below(3))};
    case 2:
      return {static_cast<std::int64_t>(dice.Below(2))};
    case 3:
      return At("9999-12-31T23:59:59.999Z");
    case 4:
      return {static_cast<std::int64_t>(dice.Draw())};
    case 5:
      return {now.ms - static_cast<std::int64_t>(dice.Below(400)) * kMsPerDay};
    default:
      return now;
  }
}

// Whether somebody's journey is under way, or has just ended: lists, boardings, errors are near.
bool IsOnTheWay(const Beginning& beginning) {
  const auto& all = beginning.replayer.matters().all();
  return std::any_of(all.begin(), all.end(), [&](const auto& row) {
    const Matter& matter = row.second;
    const auto* rules = beginning.replayer.procedures().Find(matter.procedure);
    const auto* stage = rules != nullptr ? rules->FindStage(matter.kind, matter.stage) : nullptr;
    return (matter.kind == procedure::MatterKind::kTransfer && stage != nullptr &&
            !stage->terminal) ||
           matter.stage == "admitted";
  });
}
const std::vector<std::size_t>& OnTheWay() {
  static const std::vector<std::size_t> chosen = [] {
    std::vector<std::size_t> made;
    for (std::size_t i = 0; i < Beginnings().size(); ++i) {
      if (IsOnTheWay(Beginnings()[i])) made.push_back(i);
    }
    return made;
  }();
  return chosen;
}

}  // namespace

const std::vector<Beginning>& Beginnings() {
  static const std::vector<Beginning> beginnings = MakeBeginnings();
  return beginnings;
}

const Beginning& FreshlyAgreed() { return Beginnings().front(); }

RecordedAct Sequence::Next(std::uint64_t number) {
  Dice dice(number);
  now_ = Later(dice, replayer_, now_);
  Drafter drafter(replayer_, now_, dice);
  RecordedAct recorded;
  const auto how = static_cast<int>(dice.Below(16));
  if (how < habits_.anything_in_16) {
    recorded = drafter.Anything();
  } else {
    recorded = drafter.Sensible();
    now_ = recorded.recorded_at;
    if (how < habits_.anything_in_16 + habits_.damaged_in_16) drafter.Damage(recorded);
  }
  recorded.entry = entry_;
  recorded.recorded_at = habits_.forwards ? now_ : AnyTime(dice, now_);
  recorded.digest = Named("act " + std::to_string(entry_) + " " + std::to_string(number));
  recorded.act.id = Named<StatementId>("statement " + std::to_string(entry_));
  recorded.act.made_at = recorded.recorded_at;
  if (dice.OneIn(8)) {
    const std::int64_t ago = static_cast<std::int64_t>(dice.Below(6)) * kMsPerDay;
    recorded.offered_since =
        habits_.forwards ? Instant{recorded.recorded_at.ms - ago} : AnyTime(dice, now_);
  }
  std::sort(recorded.signers.begin(), recorded.signers.end());
  ++entry_;
  return recorded;
}

void showValue(const Numbers& numbers, std::ostream& out) {
  const std::vector<Beginning>& beginnings = Beginnings();
  const Beginning& beginning = beginnings[numbers.beginning % beginnings.size()];
  out << "beginning " << numbers.beginning << " (" << beginning.name << "), acts {";
  for (const std::uint64_t number : numbers.acts) out << number << "u, ";
  out << "}\n";
  Sequence sequence(beginning);
  for (const std::uint64_t number : numbers.acts) {
    const RecordedAct recorded = sequence.Next(number);
    out << "  " << InWords(recorded) << ": " << CoreWorld::Why(sequence.Do(recorded).ruling)
        << "\n";
  }
}

rc::Gen<Numbers> AnyNumbers() {
  const auto act =
      rc::gen::noShrink(rc::gen::map(rc::gen::pair(rc::gen::inRange<std::uint32_t>(0, 0xffffffff),
                                                   rc::gen::inRange<std::uint32_t>(0, 0xffffffff)),
                                     [](const std::pair<std::uint32_t, std::uint32_t>& halves) {
                                       return (std::uint64_t{halves.first} << 32) | halves.second;
                                     }));
  return rc::gen::build<Numbers>(
      rc::gen::set(&Numbers::beginning,
                   rc::gen::oneOf(rc::gen::inRange<std::size_t>(0, 2),  // freshly agreed
                                  rc::gen::inRange<std::size_t>(0, Beginnings().size()),
                                  rc::gen::elementOf(OnTheWay()), rc::gen::elementOf(OnTheWay()))),
      rc::gen::set(&Numbers::acts, rc::gen::container<std::vector<std::uint64_t>>(act)));
}

std::string InWords(const RecordedAct& recorded) {
  const procedure::ActInfo* info = procedure::FindAct(recorded.act.kind);
  std::string text = recorded.act.author.ToText() + " ";
  text += info != nullptr ? std::string(info->name) : "an unknown act";
  const std::int64_t ms = recorded.recorded_at.ms;
  text += ms >= 0 && ms < At("9999-12-31T00:00:00Z").ms ? " at " + ToText(recorded.recorded_at)
                                                        : " at " + std::to_string(ms) + " ms";
  for (const auto& [fact, value] : recorded.act.facts) {
    if (std::holds_alternative<std::int64_t>(value) &&
        procedure::InfoOf(fact).type == procedure::FactType::kWord)
      text += ", " + procedure::Describe(fact, value);
  }
  if (!recorded.act.lines.empty())
    text += ", " + std::to_string(recorded.act.lines.size()) + " lines";
  return text;
}

}  // namespace chancery::testing
