#include "tests/support/drafter.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <utility>
#include <variant>

#include "tests/support/core_world.h"

namespace chancery::testing {

using procedure::Appointment;
using procedure::CheckedProcedure;
using procedure::Condition;
using procedure::FactType;
using procedure::Field;
using procedure::Guard;
using procedure::Holder;
using procedure::InfoOf;
using procedure::Known;
using procedure::LineUse;
using procedure::Matter;
using procedure::MatterKind;
using procedure::Matters;
using procedure::Operand;
using procedure::Path;
using procedure::Replayer;
using procedure::Role;
using procedure::Rule;
using procedure::Scene;
using procedure::Value;

namespace {

constexpr std::size_t kMostListed = 5;

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<Value> ToValue(const Known& known) {
  if (const auto* number = std::get_if<std::int64_t>(&known)) return Value(*number);
  if (const auto* id = std::get_if<MatterId>(&known)) return Value(*id);
  if (const auto* digest = std::get_if<Digest>(&known)) return Value(*digest);
  return std::nullopt;
}

std::int64_t WordOr(Fact fact, std::string_view word) {
  return procedure::WordNumber(fact, word).value_or(0);
}

}  // namespace

struct Drafter::Draft {
  const Rule& rule;
  const Matter* subject;  // null when the act opens its matter
  RecordedAct recorded;
  Scene scene;
  Matters seen;  // what the scene points into, with the cases of lines
};

Drafter::Drafter(const Replayer& replayer, Instant now, Dice& dice)
    : replayer_(replayer),
      now_(now),
      dice_(dice),
      cooperation_(replayer.matters().Find(replayer.matters().Cooperation())) {
  for (const Facts& row : cooperation_->lines) {
    const std::int64_t in_register = row.NumberOr(Fact::kRegister, 0);
    if (in_register == static_cast<std::int64_t>(procedure::Register::kAuthority))
      parties_.push_back(procedure::UnpackParty(row.NumberOr(Fact::kParty, 0)));
    // Versions may be proposed that nobody here knows.
    const Digest version = row.DigestOr(Fact::kProcedure);
    if (in_register == static_cast<std::int64_t>(procedure::Register::kProcedure) &&
        replayer.procedures().Find(version) != nullptr)
      versions_.push_back(version);
  }
  appointments_ = procedure::AppointmentsOf(*cooperation_);
}

RecordedAct Drafter::Sensible() {
  std::map<MatterKind, std::vector<const Matter*>> open;
  for (const auto& [id, matter] : replayer_.matters().all()) {
    const CheckedProcedure* rules = replayer_.procedures().Find(matter.procedure);
    const auto* stage = rules != nullptr ? rules->FindStage(matter.kind, matter.stage) : nullptr;
    if (matter.kind == MatterKind::kCooperation || stage == nullptr) continue;
    // What has ended is only seldom spoken of.
    if (!stage->terminal || dice_.OneIn(32)) open[matter.kind].push_back(&matter);
  }
  const std::size_t what = dice_.Below(64);
  if (what == 0) return OfTheCooperation();
  const bool opening = what < 7 || open.empty();
  const auto kind = std::next(
      open.begin(), static_cast<std::ptrdiff_t>(open.empty() ? 0 : dice_.Below(open.size())));
  constexpr int kTries = 7;
  const Instant now = now_;
  for (int left = kTries;; --left) {
    now_ = now;
    RecordedAct drafted = opening ? Opening() : On(*dice_.OneOf(kind->second));
    if (left == 0 || dice_.OneIn(16)) return drafted;
    // Nobody hands in what will plainly be refused.
    const Matters touched = Gather(drafted.act, replayer_.matters());
    if (Step(replayer_.procedures(), touched, drafted).ruling.admitted()) return drafted;
  }
}

RecordedAct Drafter::Opening() {
  const CheckedProcedure* rules = replayer_.procedures().Find(dice_.OneOf(versions_));
  std::vector<const Rule*> opening;
  for (const Rule& rule : rules->terms().rules) {
    if (rule.opens) opening.push_back(&rule);
  }
  return By(*rules, *dice_.OneOf(opening), nullptr);
}

RecordedAct Drafter::OfTheCooperation() {
  const CheckedProcedure* rules = replayer_.procedures().Founding();
  const Rule& rule = dice_.OneOf(rules->terms().rules);
  return By(*rules, rule, rule.opens ? nullptr : cooperation_);
}

RecordedAct Drafter::On(const Matter& found) {
  // As silence has left it by now, and as one comes to it on the day of a departure.
  const Instant departure{found.facts.NumberOr(Fact::kDeparture, 0)};
  const bool leaves = found.stage == "permitted" || found.stage == "boarding";
  if (leaves && departure > now_ && dice_.OneIn(4)) {
    now_ = std::max(now_, Instant{departure.ms -
                                  static_cast<std::int64_t>(dice_.Below(20 * 60)) * kMsPerMinute});
  }
  Matters one;
  one.Add(*cooperation_);
  one.Add(found);
  const auto elapsed = ElapsedBy(replayer_.procedures(), one, now_);
  const auto same = std::find_if(elapsed.changed.begin(), elapsed.changed.end(),
                                 [&](const Matter& matter) { return matter.id == found.id; });
  const Matter& subject = same != elapsed.changed.end() ? *same : found;
  const CheckedProcedure* rules = replayer_.procedures().Find(subject.procedure);
  const Rule* rule = PickRule(*rules, subject);
  return rule != nullptr ? By(*rules, *rule, &subject) : Opening();
}

const Rule* Drafter::PickRule(const CheckedProcedure& rules, const Matter& subject) {
  std::vector<const Rule*> fitting;
  std::vector<const Rule*> going_on;  // those that lead on, to a stage that is no end
  for (const Rule& rule : rules.terms().rules) {
    if (procedure::FindAct(rule.act)->matter != subject.kind || !Contains(rule.from, subject.stage))
      continue;
    fitting.push_back(&rule);
    const auto* to = rule.to.empty() ? nullptr : rules.FindStage(subject.kind, rule.to);
    if (to != nullptr && !to->terminal && rule.to != subject.stage) going_on.push_back(&rule);
  }
  if (!going_on.empty() && dice_.OneIn(2)) return dice_.OneOf(going_on);
  return fitting.empty() ? nullptr : dice_.OneOf(fitting);
}

void Drafter::PickParties(const Rule& rule, const Matter* subject, Act& act) {
  static const PartyCode kUnion = Party("EUE");
  static const PartyCode kMinistry = Party("PAK");
  if (rule.role == Role::kParty) {
    act.author = rule.parties.front();
    act.addressee = act.author == kMinistry ? kUnion : kMinistry;
    return;
  }
  if (subject == nullptr) {
    // One that has the office; of two parties one is always Pakistan.
    std::vector<PartyCode> able;
    std::vector<PartyCode> states;
    for (const PartyCode party : parties_) {
      if (party != kMinistry) states.push_back(party);
      if (std::any_of(appointments_.begin(), appointments_.end(), [&](const Appointment& one) {
            return one.party == party && one.office == rule.seals.front().office;
          }))
        able.push_back(party);
    }
    act.author = dice_.OneOf(able.empty() ? parties_ : able);
    act.addressee = act.author == kMinistry ? dice_.OneOf(states) : kMinistry;
    return;
  }
  act.author = subject->requesting;
  act.addressee = subject->requested;
  if (rule.role == Role::kRequested || (rule.role == Role::kEither && dice_.OneIn(2)))
    std::swap(act.author, act.addressee);
  if (rule.role == Role::kParticipant && !subject->lines.empty()) {
    act.author = procedure::UnpackParty(dice_.OneOf(subject->lines).NumberOr(Fact::kParty, 0));
  }
}

RecordedAct Drafter::By(const CheckedProcedure& rules, const Rule& rule, const Matter* subject) {
  Draft draft{rule, subject, {}, {}, {}};
  Act& act = draft.recorded.act;
  draft.recorded.recorded_at = now_;
  act.kind = rule.act;
  act.procedure = rules.digest();
  PickParties(rule, subject, act);
  act.matter = subject != nullptr ? subject->id : KnownOrNew();
  if (rules.terms().founding) act.matter = cooperation_->id;
  if (rule.particulars_required || dice_.OneIn(16))
    act.commitment = Named("particulars " + std::to_string(dice_.Draw()));
  for (const Fact fact : rule.required) act.facts.Set(fact, Likely(fact, draft));
  FindMatters(draft);
  Count(draft);
  // Twice, because what one sentence asks for may be spoken of by one before it.
  for (int round = 0; round < 2; ++round) {
    FindMatters(draft);
    for (const Condition& condition : rule.when) Satisfy(condition, draft, nullptr);
    SatisfyGuards(rule.guards, draft, nullptr);
    if (round == 0) FillLines(draft);
  }
  for (const Condition& condition : rule.when) Satisfy(condition, draft, nullptr);
  if (act.kind == ActKind::kResumed) {
    for (const Facts& row : cooperation_->lines) {
      if (row.Has(Fact::kScope) && !row.Has(Fact::kUntil))
        act.answers = row.DigestOr(Fact::kOpenedBy);
    }
  }
  Seal(rule, draft.recorded);
  return draft.recorded;
}

void Drafter::FindMatters(Draft& draft) {
  draft.seen = Gather(draft.recorded.act, replayer_.matters());
  if (draft.subject != nullptr) draft.seen.Add(*draft.subject);
  draft.scene = SceneBefore(replayer_.procedures(), draft.seen, draft.recorded);
  if (draft.subject != nullptr) return;
  // An act that opens a transfer says on which flight, and that it is its own.
  draft.scene.flight = draft.seen.Find(draft.recorded.act.facts.IdOr(Fact::kFlight));
  if (draft.scene.flight == nullptr) return;
  for (const Facts& row : draft.scene.flight->lines) {
    if (row.NumberOr(Fact::kParty, 0) == procedure::PackParty(draft.recorded.act.author))
      draft.scene.lodged = &row;
  }
}

void Drafter::FillLines(Draft& draft) {
  Act& act = draft.recorded.act;
  const auto add = [&](Facts line) { act.lines.push_back(std::move(line)); };
  switch (act.kind) {
    case ActKind::kApplication:
    case ActKind::kNotice:
    case ActKind::kReexaminationAsked:
      for (std::size_t i = 0; i <= dice_.Below(3); ++i)
        add(Facts{{Fact::kEvidence, Likely(Fact::kEvidence, draft)},
                  {Fact::kGrade, Likely(Fact::kGrade, draft)}});
      return;
    case ActKind::kFlightProposed:
    case ActKind::kFlightAmended:
      add(Facts{{Fact::kParty, procedure::PackParty(act.author)}});
      for (const PartyCode party : parties_) {
        if (party != act.author && party != act.addressee && dice_.OneIn(2))
          add(Facts{{Fact::kParty, procedure::PackParty(party)}});
      }
      return;
    case ActKind::kManifest:
      ListCases(draft);
      return;
    default:
      break;
  }
  if (draft.rule.line_use != LineUse::kUpdate || draft.subject == nullptr) return;
  const bool all = !dice_.OneIn(4);
  for (const Facts& listed : draft.subject->lines) {
    if (!all && dice_.OneIn(2)) continue;
    Facts line;
    for (const Fact fact : draft.rule.line_key) {
      if (const Value* value = listed.Find(fact)) line.Set(fact, *value);
    }
    for (const Fact fact : draft.rule.line_required) {
      const Value* value = listed.Find(fact);
      if (!line.Has(fact)) line.Set(fact, value != nullptr ? *value : Likely(fact, draft));
    }
    draft.scene.listed = &listed;
    draft.scene.one_case = draft.seen.Find(line.IdOr(Fact::kCase));
    SatisfyGuards(draft.rule.line_guards, draft, &line);
    draft.scene.line = &line;
    const bool fits = std::all_of(
        draft.rule.line_guards.begin(), draft.rule.line_guards.end(), [&](const Guard& guard) {
          return !AllHold(guard.when, draft.scene) || Holds(guard.require, draft.scene);
        });
    draft.scene.line = nullptr;
    draft.scene.one_case = draft.subject->kind == MatterKind::kCase ? draft.subject : nullptr;
    draft.scene.listed = nullptr;
    if (fits || dice_.OneIn(16)) add(std::move(line));
  }
}

// A list of the author's people who may be on it, with an escort.
void Drafter::ListCases(Draft& draft) {
  Act& act = draft.recorded.act;
  for (const auto& [id, matter] : replayer_.matters().all()) {
    const bool ready = matter.kind == MatterKind::kCase && matter.requesting == act.author &&
                       matter.requested == act.addressee && matter.procedure == act.procedure &&
                       (matter.stage == "documented" || dice_.OneIn(16));
    if (!ready || act.lines.size() >= kMostListed) continue;
    draft.seen.Add(matter);
    Facts line{{Fact::kLineKind, WordOr(Fact::kLineKind, "returnee")}, {Fact::kCase, id}};
    draft.scene.one_case = draft.seen.Find(id);
    SatisfyGuards(draft.rule.line_guards, draft, &line);
    draft.scene.one_case = nullptr;
    act.lines.push_back(std::move(line));
  }
  act.lines.push_back(Facts{{Fact::kLineKind, WordOr(Fact::kLineKind, "escort")},
                            {Fact::kHandle, Named<MatterId>("escort " + act.author.ToText())}});
}

// What is lodged about a list on its flight is what the list says.
void Drafter::Count(Draft& draft) {
  Act& act = draft.recorded.act;
  const bool boarding = act.kind == ActKind::kBoardingLodged;
  if (act.kind != ActKind::kManifestLodged && !boarding) return;
  const Matter* list = nullptr;
  for (const auto& [id, matter] : replayer_.matters().all()) {
    if (matter.kind == MatterKind::kTransfer && matter.requesting == act.author &&
        matter.facts.IdOr(Fact::kFlight) == act.matter)
      list = &matter;
  }
  if (list == nullptr) return;
  const std::int64_t on_board = WordOr(Fact::kLineStage, "boarded");
  const auto set = [&](Fact lodged, Fact boarded, std::string_view kind) {
    std::int64_t counted = 0;
    for (const Facts& line : list->lines) {
      if (line.NumberOr(Fact::kLineKind, 0) == WordOr(Fact::kLineKind, kind) &&
          (!boarding || line.NumberOr(Fact::kLineStage, 0) == on_board))
        ++counted;
    }
    act.facts.Set(boarding ? boarded : lodged, counted);
  };
  set(Fact::kReturnees, Fact::kBoardedReturnees, "returnee");
  set(Fact::kEscorts, Fact::kBoardedEscorts, "escort");
  set(Fact::kMonitors, Fact::kBoardedMonitors, "monitor");
  set(Fact::kMedics, Fact::kBoardedMedics, "medic");
  set(Fact::kInterpreters, Fact::kBoardedInterpreters, "interpreter");
  for (const Fact fact : {Fact::kManifest, Fact::kRevision, Fact::kBoarding}) {
    const bool of_this = (fact == Fact::kBoarding) == boarding;
    if (const Value* value = list->facts.Find(fact); value != nullptr && of_this)
      act.facts.Set(fact, *value);
  }
}

void Drafter::Seal(const Rule& rule, RecordedAct& recorded) {
  for (const procedure::SealNeeded& needed : rule.seals) {
    int open = needed.count;
    for (const Appointment& appointment : appointments_) {
      const bool founds = recorded.act.kind == ActKind::kFounded;
      if (open == 0 || appointment.office != needed.office ||
          (appointment.party != recorded.act.author && !founds) || appointment.until ||
          std::find(recorded.signers.begin(), recorded.signers.end(), appointment.certificate) !=
              recorded.signers.end())
        continue;
      recorded.signers.push_back(appointment.certificate);
      --open;
    }
  }
}

void Drafter::SatisfyGuards(const std::vector<Guard>& guards, Draft& draft, Facts* line) {
  for (const Guard& guard : guards) {
    draft.scene.line = line;
    const bool speaks = AllHold(guard.when, draft.scene);
    draft.scene.line = nullptr;
    if (speaks) Satisfy(guard.require, draft, line);
  }
}

void Drafter::Satisfy(const Condition& condition, Draft& draft, Facts* line) {
  draft.scene.line = line;
  const bool holds = Holds(condition, draft.scene);
  const auto value_of = [&](const Operand& operand) {
    draft.scene.line = line;
    return ValueOf(operand, draft.scene);
  };
  using Compare = Condition::Compare;
  // What makes `compare` true beside a value on the other side.
  const auto beside = [&](Known known, Compare compare) {
    auto* number = std::get_if<std::int64_t>(&known);
    if (number == nullptr) return known;
    const auto away = 1 + static_cast<std::int64_t>(dice_.Below(2));
    if (compare == Compare::kLess || compare == Compare::kUnequal) *number -= away;
    if (compare == Compare::kGreater) *number += away;
    return known;
  };
  const auto mirrored = [](Compare compare) {
    switch (compare) {
      case Compare::kLess:
        return Compare::kGreater;
      case Compare::kGreater:
        return Compare::kLess;
      default:
        return compare;
    }
  };
  if (holds) {
    draft.scene.line = nullptr;
    return;
  }
  switch (condition.kind) {
    case Condition::Kind::kCompare: {
      const Operand& left = condition.operands[0];
      const Operand& right = condition.operands[1];
      const bool put = left.kind == Operand::Kind::kPath &&
                       Put(left.path, beside(value_of(right), condition.compare), draft, line);
      if (!put && right.kind == Operand::Kind::kPath)
        Put(right.path, beside(value_of(left), mirrored(condition.compare)), draft, line);
      break;
    }
    case Condition::Kind::kIn: {
      const std::size_t member = 1 + dice_.Below(condition.operands.size() - 1);
      Put(condition.operands[0].path, value_of(condition.operands[member]), draft, line);
      break;
    }
    case Condition::Kind::kKnown: {
      const Path& path = condition.operands[0].path;
      if (path.field == Field::kFact) {
        const Value likely = Likely(path.fact, draft);
        Known known;
        std::visit([&](const auto& value) { known = value; }, likely);
        Put(path, known, draft, line);
      } else {
        Put(path, Named("known"), draft, line);
      }
      break;
    }
    case Condition::Kind::kUnknown: {
      const Path& path = condition.operands[0].path;
      if (path.holder == Holder::kAct && path.field == Field::kFact)
        draft.recorded.act.facts.Erase(path.fact);
      if (path.holder == Holder::kLine && line != nullptr) line->Erase(path.fact);
      break;
    }
    case Condition::Kind::kSome:
    case Condition::Kind::kEvery:
      for (Facts& one : draft.recorded.act.lines) {
        Satisfy(condition.inner.front(), draft, &one);
        if (condition.kind == Condition::Kind::kSome) break;
      }
      break;
    default:
      break;
  }
  draft.scene.line = nullptr;
}

bool Drafter::Put(const Path& path, const Known& value, Draft& draft, Facts* line) {
  const std::optional<Value> to_put = ToValue(value);
  if (!to_put) return false;
  if (path.holder == Holder::kLine && line != nullptr) {
    line->Set(path.fact, *to_put);
    return true;
  }
  if (path.holder != Holder::kAct) return false;
  Act& act = draft.recorded.act;
  const auto* digest = std::get_if<Digest>(&*to_put);
  if (path.field == Field::kFact) {
    act.facts.Set(path.fact, *to_put);
  } else if (path.field == Field::kAnswers && digest != nullptr) {
    act.answers = *digest;
  } else if (path.field == Field::kCommitment && digest != nullptr) {
    act.commitment = *digest;
  } else {
    return false;
  }
  return true;
}

Value Drafter::Likely(Fact fact, const Draft& draft) {
  const std::int64_t today = CivilDayOf(now_, 0);
  const auto days = [&](std::size_t from, std::size_t to) {
    return static_cast<std::int64_t>(from + dice_.Below(to - from));
  };
  const auto mostly = [&](std::string_view word) {
    return dice_.OneIn(4) ? dice_.OneOf(InfoOf(fact).words).number : WordOr(fact, word);
  };
  const Value* said = draft.subject != nullptr ? draft.subject->facts.Find(fact) : nullptr;
  if (said != nullptr && fact != Fact::kAnswer && fact != Fact::kVerification && !dice_.OneIn(8))
    return *said;
  switch (fact) {
    case Fact::kCategory:
      return mostly("own_national");
    case Fact::kVerification:
      return mostly("national");
    case Fact::kAnswer:
      return mostly("confirmed");
    case Fact::kClocks:
      return mostly("run");
    case Fact::kException:
      return mostly("none");
    case Fact::kMinor:
      return std::int64_t{dice_.OneIn(4)};
    case Fact::kEntryDate:
      return Day("2015-02-01");
    case Fact::kDocumentValidUntil:
      return today + days(190, 400);
    case Fact::kReviewDate:
    case Fact::kTransitDate:
      return today + days(1, 30);
    case Fact::kKnownSince:
      return today - days(1, 60);
    case Fact::kDeparture:
      return now_.ms + days(17, 25) * kMsPerDay;
    case Fact::kFrom:
    case Fact::kUntil:
      return now_.ms + days(0, 3) * kMsPerDay;
    case Fact::kCarrier:
      for (const Facts& row : cooperation_->lines) {
        if (row.Has(Fact::kCarrierStanding) && !dice_.OneIn(16))
          return row.NumberOr(Fact::kCarrier, 0);
      }
      return dice_.OneIn(2) ? Code("HAX") : Code("A3");
    case Fact::kArrivalAirport:
      return draft.scene.flight != nullptr ? draft.scene.flight->facts.NumberOr(fact, Code("ISB"))
                                           : Code("ISB");
    case Fact::kHandle:
      return Named<MatterId>("person " + std::to_string(dice_.Below(12)));
    case Fact::kFamilyGroup:
      return Named<MatterId>("family " + std::to_string(dice_.Below(2)));
    case Fact::kFlight: {
      std::vector<MatterId> flights;
      for (const auto& [id, matter] : replayer_.matters().all()) {
        if (matter.kind == MatterKind::kFlight && MayRead(matter, draft.recorded.act.author) &&
            (matter.stage == "proposed" || matter.stage == "permitted" || dice_.OneIn(16)))
          flights.push_back(id);
      }
      return flights.empty() ? Named<MatterId>("no flight") : dice_.OneOf(flights);
    }
    case Fact::kCertificate:
      return dice_.OneIn(2) ? dice_.OneOf(appointments_).certificate
                            : Named("certificate " + std::to_string(dice_.Below(9)));
    case Fact::kProcedure:
      return dice_.OneIn(2) ? dice_.OneOf(versions_) : Named("another version");
    default:
      break;
  }
  switch (InfoOf(fact).type) {
    case FactType::kFlag:
      return std::int64_t{!dice_.OneIn(12)};
    case FactType::kCount:
      return days(0, 4);
    case FactType::kDate:
      return today + days(0, 30);
    case FactType::kInstant:
      return now_.ms;
    case FactType::kWord:
      return dice_.OneOf(InfoOf(fact).words).number;
    case FactType::kCode:
      return Code("ATH");
    case FactType::kParty:
      return procedure::PackParty(dice_.OneOf(parties_));
    case FactType::kId:
      return Named<MatterId>("id " + std::to_string(dice_.Below(1000)));
    case FactType::kDigest:
      return Named("digest " + std::to_string(dice_.Below(1000)));
  }
  return std::int64_t{0};
}

Value Drafter::Any(Fact fact) {
  static const std::vector<std::int64_t> kNumbers = {0,
                                                     1,
                                                     2,
                                                     3,
                                                     -1,
                                                     4'294'967'295,
                                                     -719'162,
                                                     2'932'896,
                                                     253'402'300'799'999,
                                                     std::numeric_limits<std::int64_t>::min(),
                                                     std::numeric_limits<std::int64_t>::max()};
  const FactType type = dice_.OneIn(16) ? static_cast<FactType>(dice_.Below(9)) : InfoOf(fact).type;
  switch (type) {
    case FactType::kId:
      return KnownOrNew();
    case FactType::kDigest:
      return dice_.OneIn(3) ? dice_.OneOf(versions_) : Named(std::to_string(dice_.Below(99)));
    case FactType::kParty:
      return procedure::PackParty(dice_.OneOf(parties_));
    case FactType::kInstant:
      return dice_.OneIn(2) ? now_.ms + static_cast<std::int64_t>(dice_.Below(99)) * kMsPerDay
                            : dice_.OneOf(kNumbers);
    default:
      return dice_.OneIn(2) ? static_cast<std::int64_t>(dice_.Below(5)) : dice_.OneOf(kNumbers);
  }
}

Facts Drafter::AnyFacts(std::size_t most) {
  Facts facts;
  for (std::size_t left = dice_.Below(most + 1); left > 0; --left) {
    const auto fact = static_cast<Fact>(dice_.Below(static_cast<std::size_t>(Fact::kCount_)));
    facts.Set(fact, Any(fact));
  }
  return facts;
}

MatterId Drafter::KnownOrNew() {
  const auto& all = replayer_.matters().all();
  if (dice_.OneIn(16) && !all.empty())
    return std::next(all.begin(), static_cast<std::ptrdiff_t>(dice_.Below(all.size())))->first;
  MatterId id;
  for (std::uint8_t& byte : id.raw()) byte = static_cast<std::uint8_t>(dice_.Draw());
  return id;
}

RecordedAct Drafter::Anything() {
  RecordedAct recorded;
  recorded.recorded_at = now_;
  Act& act = recorded.act;
  act.kind = dice_.OneOf(procedure::AllActs()).kind;
  std::vector<PartyCode> parties = parties_;
  parties.push_back(Party("EUE"));
  parties.push_back(Party("ZZZ"));
  parties.push_back({});
  act.author = dice_.OneOf(parties);
  act.addressee = dice_.OneOf(parties);
  const auto& all = replayer_.matters().all();
  act.matter =
      dice_.OneIn(4)
          ? KnownOrNew()
          : std::next(all.begin(), static_cast<std::ptrdiff_t>(dice_.Below(all.size())))->first;
  act.procedure = dice_.OneIn(4) ? Named("no version") : dice_.OneOf(versions_);
  if (dice_.OneIn(3)) act.procedure = replayer_.procedures().Founding()->digest();
  if (dice_.OneIn(2)) act.answers = Named(std::to_string(dice_.Below(99)));
  if (dice_.OneIn(2)) act.commitment = Named("particulars");
  act.facts = AnyFacts(12);
  for (std::size_t lines = dice_.Below(5); lines > 0; --lines) act.lines.push_back(AnyFacts(8));
  for (std::size_t seals = dice_.Below(6); seals > 0; --seals)
    recorded.signers.push_back(dice_.OneOf(appointments_).certificate);
  return recorded;
}

void Drafter::Damage(RecordedAct& recorded) {
  Act& act = recorded.act;
  const auto some_fact = [&](Facts& facts) {
    return std::next(facts.begin(), static_cast<std::ptrdiff_t>(dice_.Below(facts.size())))->first;
  };
  Facts& facts =
      !act.lines.empty() && dice_.OneIn(2) ? act.lines[dice_.Below(act.lines.size())] : act.facts;
  switch (dice_.Below(16)) {
    case 0:
    case 1:
      if (!facts.empty()) facts.Erase(some_fact(facts));
      return;
    case 2:
    case 3:
      if (!facts.empty()) {
        const Fact fact = some_fact(facts);
        facts.Set(fact, Any(fact));
      }
      return;
    case 4:
      std::swap(act.author, act.addressee);
      return;
    case 5:
      act.answers = Named("something else");
      return;
    case 6:
      if (!act.lines.empty()) act.lines.push_back(dice_.OneOf(act.lines));
      return;
    case 7:
      if (!act.lines.empty()) act.lines.pop_back();
      return;
    case 8:
      act.procedure =
          dice_.OneIn(2) ? Named("no version") : replayer_.procedures().Founding()->digest();
      return;
    case 9:
      act.commitment.reset();
      return;
    case 10:
      if (!recorded.signers.empty()) recorded.signers.pop_back();
      return;
    case 11:
      recorded.signers = {dice_.OneOf(appointments_).certificate};
      return;
    case 12:
      act.matter = KnownOrNew();
      return;
    case 13:
      act.facts = {};
      return;
    case 14:
      act.author = dice_.OneOf(parties_);
      return;
    default:
      for (const auto& [fact, value] : AnyFacts(3)) act.facts.Set(fact, value);
      return;
  }
}

}  // namespace chancery::testing
