#include "engine/checker/world.h"

#include <algorithm>
#include <map>
#include <utility>

namespace chancery::checker {

namespace {

using procedure::CheckedProcedure;
using procedure::Fact;
using procedure::Facts;
using procedure::Field;
using procedure::Holder;
using procedure::Matter;
using procedure::MatterKind;
using procedure::Path;
using procedure::Rule;
using procedure::StageRule;
using procedure::Value;

MatterId IdOf(char kind, std::size_t number) {
  MatterId id;
  id.raw()[0] = static_cast<std::uint8_t>(kind);
  id.raw()[1] = static_cast<std::uint8_t>(number + 1);
  return id;
}

// Ends a list of facts: no fact has that number.
constexpr std::int64_t kEnd = -1;

Keeper KeeperIn(MatterKind kind) {
  switch (kind) {
    case MatterKind::kFlight:
      return Keeper::kFlight;
    case MatterKind::kTransfer:
      return Keeper::kTransfer;
    default:
      return Keeper::kCase;
  }
}

constexpr std::int64_t kOfficersOfAParty = 100;  // officers are numbered through a party

// The explored parties that may do an act by that rule.
std::vector<PartyCode> PartiesOf(const Rule& rule) {
  switch (rule.role) {
    case procedure::Role::kRequested:
      return {Requested()};
    case procedure::Role::kRequesting:
    case procedure::Role::kParticipant:
      return {Requesting()};
    case procedure::Role::kEither:
      return {Requesting(), Requested()};
    case procedure::Role::kParty:
      return rule.parties;
  }
  return {};
}

// Writes a key: numbers as they are, identifiers and digests by the order in which they first
// occur.
class KeyWriter {
 public:
  void Number(std::int64_t number) {
    // Small numbers are the rule: one byte for them, nine for the rest.
    if (number >= -100 && number <= 100) {
      bytes_.push_back(static_cast<char>(number));
      return;
    }
    bytes_.push_back(static_cast<char>(127));
    for (int shift = 0; shift < 64; shift += 8) {
      bytes_.push_back(static_cast<char>((static_cast<std::uint64_t>(number) >> shift) & 0xff));
    }
  }
  void Flag(bool flag) { bytes_.push_back(flag ? 1 : 0); }
  void Name(std::string_view name) {
    bytes_ += name;
    bytes_.push_back('\0');
  }
  void Opaque(std::string_view bytes) {
    const auto [at, is_new] =
        names_.emplace(std::string(bytes), static_cast<std::int64_t>(names_.size()));
    Number(at->second);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  std::map<std::string, std::int64_t> names_;
};

bool IsMoment(Fact fact) { return procedure::InfoOf(fact).type == procedure::FactType::kInstant; }
bool IsDate(Fact fact) { return procedure::InfoOf(fact).type == procedure::FactType::kDate; }

struct Now {
  std::int64_t ms;
  std::int64_t day;
};

void WriteValue(KeyWriter& key, Fact fact, const Value& value, const Now& now) {
  key.Number(static_cast<std::int64_t>(fact));
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (IsMoment(fact)) {
      key.Number(*number - now.ms);
    } else if (IsDate(fact)) {
      key.Number(*number - now.day);
    } else {
      key.Number(*number);
    }
  } else if (const auto* id = std::get_if<MatterId>(&value)) {
    key.Opaque(id->View());
  } else {
    key.Opaque(std::get<Digest>(value).View());
  }
}

void WriteMatter(KeyWriter& key, const Matter& matter, const Live& live, const Now& now) {
  key.Opaque(matter.id.View());
  key.Name(matter.stage);
  for (const auto& [fact, value] : matter.facts) {
    if (live.IsLive(matter, fact)) WriteValue(key, fact, value, now);
  }
  key.Number(kEnd);
  key.Number(static_cast<std::int64_t>(matter.lines.size()));
  for (const Facts& line : matter.lines) {
    for (const auto& [fact, value] : line) {
      if (live.IsLiveInRow(fact)) WriteValue(key, fact, value, now);
    }
    key.Number(kEnd);
  }
  // Only which limits run and when they end: their order in the list says nothing.
  std::map<std::string, std::int64_t> limits;
  for (const procedure::RunningLimit& limit : matter.limits)
    limits[limit.name] = limit.until.ms - now.ms;
  key.Number(static_cast<std::int64_t>(limits.size()));
  for (const auto& [name, until] : limits) {
    key.Name(name);
    key.Number(until);
  }
}

// What no act can ask for any more is left out: where nobody travels only a document, a claim and a
// new application look into the books.
void WritePerson(KeyWriter& key, const Person& person, const Now& now, bool over, bool travels) {
  if (!travels) {
    key.Flag(person.denied);
    if (over) return;
    key.Number((person.confirmed ? 2 : 0) + (person.verified ? 1 : 0));
    key.Number(static_cast<std::int64_t>(person.claim));
    return;
  }
  std::int64_t flags = 0;
  for (const bool flag : {person.own_national, person.minor, person.confirmed, person.verified,
                          person.denied, person.withdrawn, person.held}) {
    flags = flags * 2 + (flag ? 1 : 0);
  }
  key.Number(flags);
  key.Number(static_cast<std::int64_t>(person.claim));
  key.Flag(person.confirmation.has_value());
  if (person.confirmation) key.Opaque(person.confirmation->View());
  key.Flag(person.document_until.has_value());
  if (person.document_until) key.Number(*person.document_until - now.day);
}

void WriteList(KeyWriter& key, const List& list, const Now& now) {
  key.Opaque(list.manifest.View());
  key.Number((now.ms - list.listed_at) / kMsPerDay > kShortlyBeforeDays ? 1 : 0);
  key.Number(static_cast<std::int64_t>(list.lines.size()));
  for (const Listed& line : list.lines) {
    key.Opaque(line.one_case.View());
    key.Flag(line.confirmation.has_value());
    if (line.confirmation) key.Opaque(line.confirmation->View());
    key.Number((line.fit ? 8 : 0) + (line.renewed ? 4 : 0) + (line.reception ? 2 : 0) +
               (line.open ? 1 : 0));
  }
  key.Flag(list.cleared_once);
  key.Number(static_cast<std::int64_t>(list.cleared_at_first.size()));
  for (const MatterId& id : list.cleared_at_first) key.Opaque(id.View());
  key.Flag(list.clearance.has_value());
  if (!list.clearance) return;
  key.Opaque(list.clearance->manifest.View());
  key.Number(list.clearance->carrier);
  key.Number(list.clearance->departure - now.ms);
  key.Number(static_cast<std::int64_t>(list.clearance->cases.size()));
  for (const MatterId& id : list.clearance->cases) key.Opaque(id.View());
}

}  // namespace

std::int64_t DayOf(const CheckedProcedure& procedure, Instant at) {
  return CivilDayOf(at, procedure.OffsetOf(Requested(), at));
}

bool IsSuspension(const Facts& row) {
  return row.NumberOr(Fact::kRegister, 0) ==
         static_cast<std::int64_t>(procedure::Register::kSuspension);
}

MatterId CaseId(std::size_t number) { return IdOf('C', number); }
MatterId FlightId(std::size_t number) { return IdOf('F', number); }
MatterId TransferId(std::size_t number) { return IdOf('T', number); }
MatterId HandleOf(std::size_t person) { return IdOf('H', person); }
std::size_t NumberOf(const MatterId& id) { return id.raw()[1] - 1U; }

PartyCode Requesting() { return *PartyCode::FromText("GRC"); }
PartyCode Requested() { return *PartyCode::FromText("PAK"); }
PartyCode Union() { return *PartyCode::FromText("EUE"); }
std::int64_t AcceptedCarrier() { return procedure::PackCode("ZQV").value_or(0); }
std::int64_t OtherCarrier() { return procedure::PackCode("ZHX").value_or(0); }

Digest CertificateOf(PartyCode party, std::int64_t office, int officer) {
  Digest digest;
  digest.raw()[0] = 'K';
  for (std::size_t i = 0; i < 3; ++i)
    digest.raw()[1 + i] = static_cast<std::uint8_t>(party.view()[i]);
  digest.raw()[4] = static_cast<std::uint8_t>(office);
  digest.raw()[5] = static_cast<std::uint8_t>(officer);
  return digest;
}

const Matter* World::Find(const MatterId& id) const {
  const std::vector<SharedMatter>* among = nullptr;
  switch (id.raw()[0]) {
    case 'C':
      among = &cases;
      break;
    case 'F':
      among = &flights;
      break;
    case 'T':
      among = &transfers;
      break;
    default:
      return id == cooperation->id ? cooperation.get() : nullptr;
  }
  const std::size_t number = NumberOf(id);
  return number < among->size() ? (*among)[number].get() : nullptr;
}

procedure::Matters World::AllMatters() const {
  procedure::Matters matters;
  matters.Add(*cooperation);
  for (const std::vector<SharedMatter>* among : {&cases, &flights, &transfers}) {
    for (const SharedMatter& matter : *among) matters.Add(*matter);
  }
  return matters;
}

World Beginning(const CheckedProcedure& founding, const CheckedProcedure& procedure) {
  World world;
  // Noon in Islamabad on a working day on which every state of the first list takes part.
  world.now = Instant{DaysFromCivil({2016, 9, 1}) * kMsPerDay + 7 * 60 * kMsPerMinute};
  world.began = world.now;
  Matter cooperation;
  cooperation.id = IdOf('X', 0);
  cooperation.kind = MatterKind::kCooperation;
  cooperation.procedure = founding.digest();
  cooperation.requesting = Union();
  cooperation.requested = Requested();
  cooperation.stage = "founded";
  const std::int64_t since = world.now.ms - 100 * kMsPerDay;
  for (const PartyCode party : {Requesting(), Requested(), Union()}) {
    cooperation.lines.push_back(
        Facts{{Fact::kRegister, static_cast<std::int64_t>(procedure::Register::kAuthority)},
              {Fact::kParty, procedure::PackParty(party)},
              {Fact::kFrom, since}});
  }
  // Every office that some rule asks, with as many officers as it asks for.
  std::map<std::pair<PartyCode, std::int64_t>, int> officers;
  for (const CheckedProcedure* one : {&founding, &procedure}) {
    for (const Rule& rule : one->terms().rules) {
      for (const PartyCode party : PartiesOf(rule)) {
        for (const procedure::SealNeeded& seal : rule.seals) {
          int& most = officers[{party, seal.office}];
          most = std::max(most, seal.count);
        }
      }
    }
  }
  for (const auto& [office, most] : officers) {
    for (int officer = 1; officer <= most; ++officer) {
      cooperation.lines.push_back(
          Facts{{Fact::kRegister, static_cast<std::int64_t>(procedure::Register::kOffice)},
                {Fact::kParty, procedure::PackParty(office.first)},
                {Fact::kOffice, office.second},
                {Fact::kCertificate, CertificateOf(office.first, office.second, officer)},
                {Fact::kOfficer, office.second * kOfficersOfAParty + officer},
                {Fact::kFrom, since}});
    }
  }
  cooperation.lines.push_back(Facts{
      {Fact::kRegister, static_cast<std::int64_t>(procedure::Register::kProcedure)},
      {Fact::kProcedure, procedure.digest()},
      {Fact::kProcedureStanding, static_cast<std::int64_t>(procedure::ProcedureStanding::kInForce)},
      {Fact::kFrom, since}});
  cooperation.lines.push_back(Facts{
      {Fact::kRegister, static_cast<std::int64_t>(procedure::Register::kCarrier)},
      {Fact::kCarrier, AcceptedCarrier()},
      {Fact::kCarrierStanding, static_cast<std::int64_t>(procedure::CarrierStanding::kAccepted)},
      {Fact::kFrom, since}});
  world.cooperation = std::make_shared<const Matter>(std::move(cooperation));
  return world;
}

Live::Live(const CheckedProcedure& procedure, const Reading& reading, const Bounds& bounds)
    : reading_(reading),
      somebody_travels_(bounds.transfers > 0),
      plans_first_(bounds.planned_first) {
  const procedure::Procedure& terms = procedure.terms();
  // Where a case can be moved from anywhere: by the lines of a list.
  std::set<std::string> moved_by_lines;
  for (const Rule& rule : terms.rules) {
    for (const procedure::Effect& effect : rule.line_effects) {
      if (effect.path.holder == Holder::kCase && effect.path.field == Field::kStage)
        moved_by_lines.insert(effect.operand->name);
    }
  }
  for (const StageRule& stage : terms.stages) {
    std::set<std::string> reached = {stage.name};
    for (bool grown = true; grown;) {
      const std::size_t before = reached.size();
      for (const Rule& rule : terms.rules) {
        const procedure::ActInfo* act = procedure::FindAct(rule.act);
        if (act == nullptr || act->matter != stage.matter || rule.to.empty()) continue;
        const bool from = std::any_of(rule.from.begin(), rule.from.end(),
                                      [&](const auto& name) { return reached.contains(name); });
        if (from) reached.insert(rule.to);
      }
      for (const procedure::Lapse& lapse : terms.lapses) {
        if (lapse.matter != stage.matter) continue;
        const bool from = std::any_of(lapse.from.begin(), lapse.from.end(),
                                      [&](const auto& name) { return reached.contains(name); });
        if (from) reached.insert(lapse.to);
      }
      if (stage.matter == MatterKind::kCase && !stage.terminal && somebody_travels_)
        reached.insert(moved_by_lines.begin(), moved_by_lines.end());
      grown = reached.size() != before;
    }
    StageFacts facts{stage.matter, stage.name, {}, stage.terminal};
    const auto add_rule = [&](const Rule& rule, Holder holder) {
      for (const Path& path : PathsOf(rule)) {
        if (path.field == Field::kFact && path.holder == holder) facts.facts.insert(path.fact);
      }
    };
    for (const Rule& rule : terms.rules) {
      const procedure::ActInfo* act = procedure::FindAct(rule.act);
      if (act == nullptr) continue;
      switch (stage.matter) {
        case MatterKind::kCase: {
          const bool own = act->matter == MatterKind::kCase &&
                           std::any_of(rule.from.begin(), rule.from.end(),
                                       [&](const auto& name) { return reached.contains(name); });
          const bool by_list = act->matter == MatterKind::kTransfer && somebody_travels_;
          if (own || by_list) add_rule(rule, Holder::kCase);
          add_rule(rule, Holder::kEarlier);
          break;
        }
        case MatterKind::kFlight:
          add_rule(rule, Holder::kFlight);
          break;
        case MatterKind::kTransfer:
          add_rule(rule, Holder::kTransfer);
          break;
        case MatterKind::kCooperation:
          break;
      }
    }
    // What the core itself reads of a matter.
    if (stage.matter == MatterKind::kCase) {
      facts.facts.insert(Fact::kHandle);
      if (!stage.terminal) facts.facts.insert(Fact::kCategory);
    }
    if (stage.matter == MatterKind::kFlight) facts.facts.insert(Fact::kCarrier);
    if (stage.matter == MatterKind::kTransfer) facts.facts.insert(Fact::kFlight);
    std::erase_if(facts.facts, [&](Fact fact) {
      return !reading.Reads(KeeperIn(stage.matter), fact) && fact != Fact::kHandle &&
             fact != Fact::kCategory && fact != Fact::kCarrier && fact != Fact::kFlight;
    });
    stages_.push_back(std::move(facts));
  }
}

bool Live::IsLive(const Matter& matter, Fact fact) const {
  for (const StageFacts& stage : stages_) {
    if (stage.matter == matter.kind && stage.stage == matter.stage)
      return stage.facts.contains(fact);
  }
  return true;
}

bool Live::IsLiveInRow(Fact fact) const {
  // By what a row is found, the core finds it without a sentence.
  return fact == Fact::kParty || fact == Fact::kCase || fact == Fact::kHandle ||
         reading_.Reads(Keeper::kRow, fact);
}

bool Live::IsTerminal(const Matter& matter) const {
  return std::any_of(stages_.begin(), stages_.end(), [&](const StageFacts& stage) {
    return stage.matter == matter.kind && stage.stage == matter.stage && stage.terminal;
  });
}

std::string KeyOf(const World& world, const Live& live, const CheckedProcedure& procedure) {
  KeyWriter key;
  const Now now{world.now.ms, DayOf(procedure, world.now)};
  // The time of day decides when the civil day ends.
  key.Number(now.ms - StartOfCivilDay(now.day, procedure.OffsetOf(Requested(), world.now)).ms);
  key.Flag(live.plans_first() && world.now == world.began);
  for (const Facts& row : world.cooperation->lines) {
    const auto in_register = static_cast<procedure::Register>(row.NumberOr(Fact::kRegister, 0));
    if (IsSuspension(row)) {
      key.Number(row.NumberOr(Fact::kScope, 0));
      key.Number(row.NumberOr(Fact::kBy, 0));
    } else if (in_register == procedure::Register::kCarrier) {
      key.Number(row.NumberOr(Fact::kCarrier, 0));
      key.Number(row.NumberOr(Fact::kCarrierStanding, 0));
    }
  }
  key.Number(kEnd);
  key.Number(static_cast<std::int64_t>(world.cases.size()));
  for (std::size_t i = 0; i < world.cases.size(); ++i) {
    WriteMatter(key, *world.cases[i], live, now);
    WritePerson(key, world.persons[i], now, live.IsTerminal(*world.cases[i]),
                live.somebody_travels());
  }
  key.Number(static_cast<std::int64_t>(world.flights.size()));
  for (std::size_t i = 0; i < world.flights.size(); ++i) {
    WriteMatter(key, *world.flights[i], live, now);
    const FlightSaid& said = world.said_of_flights[i];
    key.Number((said.permitted ? 2 : 0) + (said.over ? 1 : 0));
    if (said.over) continue;
    key.Number(said.carrier);
    key.Number(said.departure - now.ms);
  }
  key.Number(static_cast<std::int64_t>(world.transfers.size()));
  for (std::size_t i = 0; i < world.transfers.size(); ++i) {
    WriteMatter(key, *world.transfers[i], live, now);
    WriteList(key, world.lists[i], now);
  }
  return key.Take();
}

}  // namespace chancery::checker
