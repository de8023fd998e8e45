#include "engine/checker/moves.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/procedure/evaluate.h"

namespace chancery::checker {

namespace {

using procedure::ActInfo;
using procedure::ActKind;
using procedure::CheckedProcedure;
using procedure::Condition;
using procedure::Fact;
using procedure::Facts;
using procedure::FactType;
using procedure::Field;
using procedure::Guard;
using procedure::Holder;
using procedure::InfoOf;
using procedure::LineUse;
using procedure::Matter;
using procedure::MatterKind;
using procedure::Operand;
using procedure::Path;
using procedure::RecordedAct;
using procedure::Role;
using procedure::Rule;
using procedure::Scene;
using procedure::Value;
using procedure::WordNumber;

Instant NoonOf(const CheckedProcedure& procedure, std::int64_t day, Instant now) {
  return Instant{StartOfCivilDay(day, procedure.OffsetOf(Requested(), now)).ms + kMsPerDay / 2};
}

// Facts of which no property and no sentence about a person depends on the amount: nobody but
// returnees is on the explored lists.
bool IsCountOfOthers(Fact fact) {
  switch (fact) {
    case Fact::kEscorts:
    case Fact::kMonitors:
    case Fact::kMedics:
    case Fact::kInterpreters:
    case Fact::kBoardedEscorts:
    case Fact::kBoardedMonitors:
    case Fact::kBoardedMedics:
    case Fact::kBoardedInterpreters:
      return true;
    default:
      return false;
  }
}

// Facts the properties look at whether or not a sentence does.
bool PropertyReads(Fact fact) {
  switch (fact) {
    case Fact::kCategory:
    case Fact::kDecisionFinal:
    case Fact::kPresent:
    case Fact::kEntryDate:
    case Fact::kMinor:
    case Fact::kFamilyGroup:
    case Fact::kNewEvidence:
    case Fact::kVerification:
    case Fact::kAnswer:
    case Fact::kDocumentValidUntil:
    case Fact::kDeparture:
    case Fact::kFitToFly:
    case Fact::kDecisionRenewed:
    case Fact::kReception:
    case Fact::kCleared:
    case Fact::kBoarded:
    case Fact::kOutcome:
    case Fact::kCarrier:
    case Fact::kHandle:
      return true;
    default:
      return false;
  }
}

// The words a property tells apart, by their numbers.
std::vector<std::int64_t> WordsOfProperties(Fact fact) {
  switch (fact) {
    case Fact::kCategory:
      return {1, 2};
    case Fact::kVerification:
      return {1, 2};
    case Fact::kAnswer:
      return {1, 2, 3};
    case Fact::kOutcome:
      return {1, 2};
    default:
      return {};
  }
}

template <class Container, class Item>
void AddOnce(Container& items, const Item& item) {
  if (std::find(items.begin(), items.end(), item) == items.end()) items.push_back(item);
}

const std::vector<SharedMatter>& MattersOf(const World& world, MatterKind kind) {
  switch (kind) {
    case MatterKind::kCase:
      return world.cases;
    case MatterKind::kFlight:
      return world.flights;
    default:
      return world.transfers;
  }
}

MatterId NextId(const World& world, MatterKind kind) {
  const std::size_t number = MattersOf(world, kind).size();
  switch (kind) {
    case MatterKind::kCase:
      return CaseId(number);
    case MatterKind::kFlight:
      return FlightId(number);
    default:
      return TransferId(number);
  }
}

void Note(const Facts& facts, std::set<Digest>& seen) {
  for (const auto& [fact, value] : facts) {
    if (const auto* digest = std::get_if<Digest>(&value)) seen.insert(*digest);
  }
}

bool HasSuspended(const World& world, PartyCode author) {
  return std::any_of(
      world.cooperation->lines.begin(), world.cooperation->lines.end(), [&](const Facts& row) {
        return IsSuspension(row) && row.NumberOr(Fact::kBy, 0) == procedure::PackParty(author);
      });
}

// Whether a condition reads nothing but that one fact of the act or of a line, and constants.
bool ReadsOnly(const Condition& condition, Holder holder, Fact fact) {
  if (condition.kind != Condition::Kind::kCompare && condition.kind != Condition::Kind::kIn &&
      condition.kind != Condition::Kind::kKnown && condition.kind != Condition::Kind::kUnknown) {
    return false;
  }
  for (std::size_t i = 0; i < condition.operands.size(); ++i) {
    const Operand& operand = condition.operands[i];
    if (operand.kind == Operand::Kind::kNumber) continue;
    const bool is_it = operand.kind == Operand::Kind::kPath && operand.path.holder == holder &&
                       operand.path.field == Field::kFact && operand.path.fact == fact;
    if (!is_it) return false;
  }
  return true;
}

// Whether a condition reads only facts of the line and of the person's case.
bool ReadsLineAndCase(const Condition& condition) {
  if (condition.kind != Condition::Kind::kCompare && condition.kind != Condition::Kind::kIn &&
      condition.kind != Condition::Kind::kKnown && condition.kind != Condition::Kind::kUnknown) {
    return false;
  }
  return std::all_of(
      condition.operands.begin(), condition.operands.end(), [](const Operand& operand) {
        if (operand.kind == Operand::Kind::kNumber || operand.kind == Operand::Kind::kStage)
          return true;
        return operand.kind == Operand::Kind::kPath &&
               (operand.path.holder == Holder::kLine || operand.path.holder == Holder::kCase);
      });
}

}  // namespace

Digest FreshDigest(const World& world, int ordinal) {
  std::set<Digest> seen;
  for (const auto* matters : {&world.cases, &world.flights, &world.transfers}) {
    for (const SharedMatter& matter : *matters) {
      Note(matter->facts, seen);
      for (const Facts& line : matter->lines) Note(line, seen);
    }
  }
  for (const Facts& row : world.cooperation->lines) {
    if (row.Has(Fact::kOpenedBy)) Note(row, seen);
  }
  for (const Person& person : world.persons) {
    if (person.confirmation) seen.insert(*person.confirmation);
  }
  for (const List& list : world.lists) {
    if (list.clearance) seen.insert(list.clearance->manifest);
  }
  Digest digest;
  digest.raw()[0] = 'D';
  for (std::uint8_t i = 1;; ++i) {
    digest.raw()[1] = i;
    if (!seen.contains(digest) && ordinal-- == 0) return digest;
  }
}

Moves::Moves(const CheckedProcedure& founding, const CheckedProcedure& procedure,
             const Reading& reading, Bounds bounds)
    : procedure_(procedure), reading_(reading), bounds_(std::move(bounds)) {
  for (const procedure::LimitRule& limit : procedure.terms().limits)
    far_days_ = std::max<std::int64_t>(far_days_, limit.days + 2);
  for (const Rule& rule : procedure.terms().rules) AddTemplate(rule, procedure);
  for (const Rule& rule : founding.terms().rules) {
    const bool suspension = rule.act == ActKind::kSuspended || rule.act == ActKind::kResumed;
    const bool carrier =
        rule.act == ActKind::kCarrierAccepted || rule.act == ActKind::kCarrierRefused;
    if ((suspension && bounds_.suspensions) || (carrier && bounds_.carriers))
      AddTemplate(rule, founding);
  }
}

void Moves::AddTemplate(const Rule& rule, const CheckedProcedure& procedure) {
  const ActInfo* info = procedure::FindAct(rule.act);
  if (info == nullptr || bounds_.without.contains(rule.act)) return;
  Template one{&rule, &procedure, info->matter, {}, {}, false, false};
  const Reading::Spoken spoken = Reading::SpokenOf(rule);
  const auto required = [](const std::vector<Fact>& facts, Fact fact) {
    return std::find(facts.begin(), facts.end(), fact) != facts.end();
  };
  for (const Fact fact : spoken.act) one.facts.push_back({fact, required(rule.required, fact)});
  for (const Fact fact : spoken.line) {
    if (required(rule.line_key, fact)) continue;
    one.line_facts.push_back({fact, required(rule.line_required, fact)});
  }
  one.answers = spoken.answers;
  one.commitment = spoken.commitment;
  templates_.push_back(std::move(one));
}

bool Moves::MayPass(const Template& one, Fact fact, const Value& value,
                    const RecordedAct& act) const {
  RecordedAct alone = act;
  alone.act.facts = Facts{{fact, value}};
  Scene scene;
  scene.procedure = one.procedure;
  scene.recorded = &alone;
  scene.now = act.recorded_at;
  for (const Condition& condition : one.rule->when) {
    if (ReadsOnly(condition, Holder::kAct, fact) && !procedure::Holds(condition, scene))
      return false;
  }
  for (const Guard& guard : one.rule->guards) {
    const bool closed =
        ReadsOnly(guard.require, Holder::kAct, fact) &&
        std::all_of(guard.when.begin(), guard.when.end(), [&](const Condition& condition) {
          return ReadsOnly(condition, Holder::kAct, fact);
        });
    if (closed && procedure::AllHold(guard.when, scene) && !procedure::Holds(guard.require, scene))
      return false;
  }
  return true;
}

std::vector<Value> Moves::ValuesOf(const World& world, const Operand& operand, Fact as) const {
  std::vector<Value> values;
  const bool wants_moment = InfoOf(as).type == FactType::kInstant;
  const auto add_number = [&](std::int64_t number) {
    // What is compared as a civil day becomes a moment of that day again.
    if (wants_moment && operand.kind == Operand::Kind::kDay)
      number = NoonOf(procedure_, number, world.now).ms;
    AddOnce(values, Value(number));
  };
  const auto add_fact = [&](const Facts& facts, Fact fact) {
    const Value* value = facts.Find(fact);
    if (value == nullptr) return;
    if (const auto* number = std::get_if<std::int64_t>(value)) {
      std::int64_t shifted = *number + operand.number;
      if (operand.kind == Operand::Kind::kDay) {
        shifted = DayOf(procedure_, Instant{*number}) + operand.number;
      }
      if (wants_moment && operand.kind == Operand::Kind::kPath &&
          InfoOf(fact).type == FactType::kDate) {
        shifted = NoonOf(procedure_, shifted, world.now).ms;
      }
      add_number(shifted);
    } else {
      AddOnce(values, *value);
    }
  };
  const auto add_matters = [&](const std::vector<SharedMatter>& matters) {
    for (const SharedMatter& shared : matters) {
      const Matter& matter = *shared;
      switch (operand.path.field) {
        case Field::kFact:
          add_fact(matter.facts, operand.path.fact);
          break;
        case Field::kId:
          AddOnce(values, Value(matter.id));
          break;
        case Field::kRequesting:
          AddOnce(values, Value(procedure::PackParty(matter.requesting)));
          break;
        case Field::kRequested:
          AddOnce(values, Value(procedure::PackParty(matter.requested)));
          break;
        default:
          break;
      }
    }
  };
  switch (operand.kind) {
    case Operand::Kind::kNumber:
      add_number(operand.number);
      break;
    case Operand::Kind::kCount:
    case Operand::Kind::kSum:
      for (int count = 0; count <= bounds_.cases; ++count) add_number(count);
      break;
    case Operand::Kind::kPath:
    case Operand::Kind::kDay:
      switch (operand.path.holder) {
        case Holder::kAct:
          if (operand.path.field == Field::kRecordedAt) {
            add_number(operand.kind == Operand::Kind::kDay
                           ? DayOf(procedure_, world.now) + operand.number
                           : world.now.ms);
          }
          if (operand.path.field == Field::kAuthor)
            AddOnce(values, Value(procedure::PackParty(Requesting())));
          break;
        case Holder::kCase:
        case Holder::kEarlier:
          add_matters(world.cases);
          break;
        case Holder::kTransfer:
          add_matters(world.transfers);
          break;
        case Holder::kFlight:
          add_matters(world.flights);
          break;
        case Holder::kListed:
          for (const SharedMatter& transfer : world.transfers) {
            for (const Facts& line : transfer->lines) add_fact(line, operand.path.fact);
          }
          for (const SharedMatter& flight : world.flights) {
            for (const Facts& line : flight->lines) add_fact(line, operand.path.fact);
          }
          break;
        case Holder::kLodged:
          for (const SharedMatter& flight : world.flights) {
            for (const Facts& line : flight->lines) add_fact(line, operand.path.fact);
          }
          break;
        case Holder::kEntry:
          for (const Facts& row : world.cooperation->lines) {
            if (IsSuspension(row)) add_fact(row, operand.path.fact);
          }
          for (const SharedMatter& flight : world.flights) {
            for (const Facts& line : flight->lines) add_fact(line, operand.path.fact);
          }
          break;
        case Holder::kLine:
          break;
      }
      break;
    case Operand::Kind::kStage:
    case Operand::Kind::kLimit:
    case Operand::Kind::kSince:
      break;
  }
  return values;
}

Moves::Domain Moves::DomainOf(const World& world, const Template& one, Fact fact, bool required,
                              bool of_line) const {
  const procedure::FactInfo& info = InfoOf(fact);
  const bool read = reading_.Matters(*one.rule, of_line, fact) || PropertyReads(fact);
  std::vector<Value> values;
  if (IsCountOfOthers(fact)) return {Value(std::int64_t{0})};
  switch (info.type) {
    case FactType::kFlag:
      values = {Value(std::int64_t{1}), Value(std::int64_t{0})};
      break;
    case FactType::kWord: {
      if (fact == Fact::kScope) return {Value(static_cast<std::int64_t>(procedure::Scope::kWhole))};
      // The notice a charter needs only ever refuses a flight.
      if (fact == Fact::kFlightKind) return {Value(*WordNumber(fact, "scheduled"))};
      if (fact == Fact::kLineKind) return {Value(std::int64_t{1})};
      std::set<std::int64_t> told_apart;
      for (const Partner& partner : reading_.PartnersOf(fact)) {
        if (partner.other->kind == Operand::Kind::kNumber) told_apart.insert(partner.other->number);
      }
      for (const std::int64_t word : WordsOfProperties(fact)) told_apart.insert(word);
      // One word for all that nothing tells apart.
      for (const procedure::Word& word : info.words) {
        if (!told_apart.contains(word.number)) {
          told_apart.insert(word.number);
          break;
        }
      }
      for (const std::int64_t number : told_apart) values.push_back(Value(number));
      break;
    }
    case FactType::kCode:
      if (fact == Fact::kCarrier) {
        values = {Value(AcceptedCarrier())};
        if (bounds_.carriers) values.push_back(Value(OtherCarrier()));
      } else {
        values = {Value(AcceptedCarrier())};
      }
      break;
    case FactType::kParty:
      values = {Value(procedure::PackParty(Requesting()))};
      break;
    case FactType::kCount:
    case FactType::kInstant:
    case FactType::kDate:
    case FactType::kId:
    case FactType::kDigest: {
      for (const Partner& partner : reading_.PartnersOf(fact)) {
        for (const Value& boundary : ValuesOf(world, *partner.other, fact)) {
          Value value = boundary;
          if (auto* number = std::get_if<std::int64_t>(&value)) {
            const std::int64_t unit = info.type == FactType::kInstant ? kMsPerDay : 1;
            if (info.type == FactType::kInstant && reading_.DaysFromNow(fact).size() > 0 &&
                partner.other->path.holder == Holder::kAct) {
              continue;  // chosen below
            }
            *number += partner.shift * unit;
            AddOnce(values, value);
            if (partner.ordered && info.type != FactType::kCount) {
              AddOnce(values, Value(*number - unit));
              AddOnce(values, Value(*number + unit));
            }
          } else {
            AddOnce(values, value);
          }
        }
      }
      const std::int64_t today = DayOf(procedure_, world.now);
      if (info.type == FactType::kInstant) {
        const auto add_day = [&](std::int64_t day) {
          AddOnce(values, Value(NoonOf(procedure_, day, world.now).ms));
        };
        add_day(today + 2);
        add_day(today + far_days_);
        if (fact == Fact::kFrom || fact == Fact::kUntil) values = {Value(world.now.ms)};
      } else if (info.type == FactType::kDate) {
        AddOnce(values, Value(today + 10 * far_days_));
        if (fact == Fact::kDocumentValidUntil) AddOnce(values, Value(today));
        if (fact == Fact::kReviewDate) values = {Value(today + 30)};
      } else if (info.type == FactType::kDigest) {
        AddOnce(values, Value(FreshDigest(world, 1)));
      } else if (info.type == FactType::kId) {
        if (fact == Fact::kHandle) {
          values.clear();
          for (int person = 0; person < bounds_.persons; ++person)
            values.push_back(Value(HandleOf(static_cast<std::size_t>(person))));
        } else if (fact == Fact::kFlight) {
          // A list names its flight before anything else could tell which.
          values.clear();
          for (const SharedMatter& flight : world.flights) AddOnce(values, Value(flight->id));
        } else if (fact == Fact::kFamilyGroup) {
          values = {Value(HandleOf(9))};
        } else {
          // A confirmation id nobody has used yet: the case's own number tells it apart.
          AddOnce(values, Value(HandleOf(20 + world.cases.size())));
        }
      }
      break;
    }
  }
  if (info.type == FactType::kCount) {
    const int most = fact == Fact::kRevision         ? bounds_.list_revisions
                     : fact == Fact::kFlightRevision ? bounds_.flight_revisions
                                                     : bounds_.cases;
    std::erase_if(values, [&](const Value& value) {
      const std::int64_t number = std::get<std::int64_t>(value);
      return number < 0 || number > most;
    });
  }
  if (!read && !values.empty()) values.resize(1);
  Domain domain;
  RecordedAct recorded;
  recorded.recorded_at = world.now;
  for (const Value& value : values) {
    if (of_line || MayPass(one, fact, value, recorded)) domain.emplace_back(value);
  }
  if (!required) domain.emplace_back(std::nullopt);
  return domain;
}

std::vector<Facts> Moves::LineChoices(const World& world, const Template& one,
                                      const RecordedAct& act, const Facts& key) const {
  std::vector<Facts> choices = {key};
  for (const auto& [fact, required] : one.line_facts) {
    std::vector<Facts> longer;
    for (const std::optional<Value>& value : DomainOf(world, one, fact, required, true)) {
      for (Facts facts : choices) {
        if (value) facts.Set(fact, *value);
        longer.push_back(std::move(facts));
      }
    }
    choices = std::move(longer);
  }
  // Lines that the rule's own sentences about the line and the person refuse in any case.
  std::erase_if(choices, [&](const Facts& line) {
    Scene scene;
    scene.procedure = one.procedure;
    scene.recorded = &act;
    scene.now = act.recorded_at;
    scene.line = &line;
    scene.one_case = world.Find(line.IdOr(Fact::kCase));
    return std::any_of(
        one.rule->line_guards.begin(), one.rule->line_guards.end(), [&](const Guard& guard) {
          return ReadsLineAndCase(guard.require) &&
                 std::all_of(guard.when.begin(), guard.when.end(), ReadsLineAndCase) &&
                 procedure::AllHold(guard.when, scene) && !procedure::Holds(guard.require, scene);
        });
  });
  return choices;
}

std::vector<std::vector<Facts>> Moves::LinesOf(const World& world, const Template& one,
                                               const RecordedAct& act,
                                               const Matter* subject) const {
  std::vector<std::vector<Facts>> lists = {{}};
  if (one.rule->line_use == LineUse::kPut) return lists;
  if (one.rule->line_use == LineUse::kNone) {
    if (act.act.kind != ActKind::kApplication) return lists;
    // Evidence: every selection of the kinds that something tells apart.
    std::vector<Facts> kinds;
    std::set<Fact> facts;
    for (const auto& [fact, required] : one.line_facts) facts.insert(fact);
    if (facts.empty()) facts = {Fact::kEvidence, Fact::kGrade};
    Template plain = one;
    plain.line_facts.clear();
    for (const Fact fact : facts) plain.line_facts.push_back({fact, true});
    kinds = LineChoices(world, plain, act, {});
    lists.clear();
    if (bounds_.one_class) {
      std::erase_if(kinds, [](const Facts& line) {
        return line.NumberOr(Fact::kEvidence, 0) != WordNumber(Fact::kEvidence, "passport") &&
               line.NumberOr(Fact::kEvidence, 0) != WordNumber(Fact::kEvidence, "identity_card");
      });
      lists.push_back(std::move(kinds));
      return lists;
    }
    for (std::size_t chosen = 0; chosen < (std::size_t{1} << kinds.size()); ++chosen) {
      std::vector<Facts> lines;
      for (std::size_t i = 0; i < kinds.size(); ++i) {
        if (((chosen >> i) & 1U) != 0) lines.push_back(kinds[i]);
      }
      lists.push_back(std::move(lines));
    }
    return lists;
  }
  // The keys a line can have.
  std::vector<Facts> keys;
  const bool by_party = std::find(one.rule->line_key.begin(), one.rule->line_key.end(),
                                  Fact::kParty) != one.rule->line_key.end();
  if (one.rule->line_use == LineUse::kUpdate) {
    if (subject != nullptr) {
      for (const Facts& line : subject->lines) {
        Facts key;
        for (const Fact fact : one.rule->line_key) {
          if (const Value* value = line.Find(fact)) key.Set(fact, *value);
        }
        keys.push_back(std::move(key));
      }
    }
  } else if (by_party) {
    keys.push_back(Facts{{Fact::kParty, procedure::PackParty(Requesting())}});
  } else {
    for (const SharedMatter& one_case : world.cases)
      keys.push_back(Facts{{Fact::kCase, one_case->id}});
  }
  for (const Facts& key : keys) {
    const std::vector<Facts> choices = LineChoices(world, one, act, key);
    std::vector<std::vector<Facts>> longer = lists;
    for (const std::vector<Facts>& list : lists) {
      for (const Facts& choice : choices) {
        std::vector<Facts> with = list;
        with.push_back(choice);
        longer.push_back(std::move(with));
      }
    }
    lists = std::move(longer);
  }
  return lists;
}

void Moves::Try(const World& world, const Template& one, RecordedAct act, const Matter* subject,
                const std::function<void(const RecordedAct&)>& visit) const {
  act.recorded_at = world.now;
  act.digest = FreshDigest(world, 0);
  act.act.kind = one.rule->act;
  act.act.procedure = one.procedure->digest();
  for (const procedure::SealNeeded& seal : one.rule->seals) {
    for (int officer = 1; officer <= seal.count; ++officer) {
      act.signers.push_back(CertificateOf(act.act.author, seal.office, officer));
    }
  }
  std::sort(act.signers.begin(), act.signers.end());
  std::vector<Facts> choices = {Facts{}};
  for (const auto& [fact, required] : one.facts) {
    const Domain domain = DomainOf(world, one, fact, required, false);
    std::vector<Facts> longer;
    longer.reserve(choices.size() * domain.size());
    for (const std::optional<Value>& value : domain) {
      for (Facts facts : choices) {
        if (value) facts.Set(fact, *value);
        longer.push_back(std::move(facts));
      }
    }
    choices = std::move(longer);
  }
  if (choices.empty()) return;
  const std::vector<std::vector<Facts>> lists = LinesOf(world, one, act, subject);
  std::vector<std::optional<Digest>> answers = {std::nullopt};
  if (one.answers) {
    answers = {FreshDigest(world, 3)};
    if (subject != nullptr) {
      for (const auto& [fact, value] : subject->facts) {
        if (const auto* digest = std::get_if<Digest>(&value))
          AddOnce(answers, std::optional(*digest));
      }
    }
    for (const Facts& row : world.cooperation->lines) {
      if (row.Has(Fact::kOpenedBy)) AddOnce(answers, std::optional(row.DigestOr(Fact::kOpenedBy)));
    }
  }
  if (one.commitment) act.act.commitment = FreshDigest(world, 2);
  for (const std::optional<Digest>& answered : answers) {
    act.act.answers = answered;
    for (const Facts& facts : choices) {
      act.act.facts = facts;
      for (const std::vector<Facts>& lines : lists) {
        act.act.lines = lines;
        visit(act);
      }
    }
  }
}

void Moves::ForEachAct(const World& world,
                       const std::function<void(const RecordedAct&)>& visit) const {
  for (const Template& one : templates_) {
    const Rule& rule = *one.rule;
    if (one.matter == MatterKind::kCooperation) {
      for (const PartyCode author : rule.parties) {
        // A second suspension of the same scope by the same party covers nobody else.
        if (rule.act == ActKind::kSuspended && HasSuspended(world, author)) continue;
        RecordedAct act;
        act.act.author = author;
        act.act.addressee = author == Requested() ? Union() : Requested();
        act.act.matter = world.cooperation->id;
        Try(world, one, act, world.cooperation.get(), visit);
      }
      continue;
    }
    const std::vector<SharedMatter>& matters = MattersOf(world, one.matter);
    const int most = one.matter == MatterKind::kCase     ? bounds_.cases
                     : one.matter == MatterKind::kFlight ? bounds_.flights
                                                         : bounds_.transfers;
    const bool too_late_to_plan =
        one.matter == MatterKind::kFlight && bounds_.planned_first && world.now != world.began;
    if (rule.opens && static_cast<int>(matters.size()) < most && !too_late_to_plan) {
      RecordedAct act;
      act.act.author = Requesting();
      act.act.addressee = Requested();
      act.act.matter = NextId(world, one.matter);
      Try(world, one, act, nullptr, visit);
    }
    for (const SharedMatter& shared : matters) {
      const Matter& matter = *shared;
      if (std::find(rule.from.begin(), rule.from.end(), matter.stage) == rule.from.end()) continue;
      std::vector<PartyCode> authors;
      if (rule.role != Role::kRequested) authors.push_back(matter.requesting);
      if (rule.role == Role::kRequested || rule.role == Role::kEither)
        authors.push_back(matter.requested);
      for (const PartyCode author : authors) {
        RecordedAct act;
        act.act.author = author;
        act.act.addressee = author == matter.requesting ? matter.requested : matter.requesting;
        act.act.matter = matter.id;
        Try(world, one, act, &matter, visit);
      }
    }
  }
}

std::optional<Instant> Moves::NextMoment(const World& world) const {
  std::optional<Instant> next;
  const auto offer = [&](std::int64_t ms) {
    if (ms > world.now.ms && (!next || ms < next->ms)) next = Instant{ms};
  };
  // Before a limit, and when it has passed.
  for (const auto* matters : {&world.cases, &world.flights, &world.transfers}) {
    for (const SharedMatter& matter : *matters) {
      for (const procedure::RunningLimit& limit : matter->limits) {
        offer(limit.until.ms - 1);
        offer(limit.until.ms);
      }
    }
  }
  for (const SharedMatter& flight : world.flights) {
    const procedure::StageRule* stage = procedure_.FindStage(flight->kind, flight->stage);
    if (stage == nullptr || stage->terminal) continue;
    const std::int64_t departure = flight->facts.NumberOr(Fact::kDeparture, 0);
    const std::int64_t day = DayOf(procedure_, Instant{departure});
    for (const std::int64_t shift : reading_.DaysFromNow(Fact::kDeparture)) {
      for (const std::int64_t beside : {-shift, -shift + 1, shift, shift + 1}) {
        const Instant start =
            StartOfCivilDay(day + beside, procedure_.OffsetOf(Requested(), world.now));
        offer(start.ms - 1);
        offer(start.ms);
      }
    }
  }
  return next;
}

}  // namespace chancery::checker
