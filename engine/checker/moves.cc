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

// With a loose clock flights leave so many days after they are proposed: more than a decision stays
// fresh, fewer than the days for which a flight may be announced.
constexpr std::int64_t kAnnouncedDays = kShortlyBeforeDays + 10;
// So many days at a time a document grows old, until it ends before a flight announced that early.
constexpr std::int64_t kStepOfAge = kAnnouncedDays + 10;

Instant NoonOf(const CheckedProcedure& procedure, const World& world, std::int64_t day) {
  return Instant{StartOfCivilDay(day, procedure.OffsetOf(world.requested, world.now)).ms +
                 kMsPerDay / 2};
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
    case Fact::kFinding:
      return true;
    default:
      return false;
  }
}

std::int64_t Established() {
  return WordNumber(Fact::kVerification, "duty_established").value_or(0);
}

// The words a property tells apart, by their numbers.
std::vector<std::int64_t> WordsOfProperties(Fact fact) {
  switch (fact) {
    case Fact::kCategory:
      return {1, 2};
    case Fact::kVerification:
      return {1, 2, Established()};
    case Fact::kAnswer:
    case Fact::kOutcome:
      return {1, 2, 3};
    case Fact::kFinding:
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

// The case that an act for that person meets as the earlier one.
const Matter* EarlierCase(const World& world, const procedure::Act& act, const MatterId& handle) {
  const Matter* earlier = nullptr;
  for (const SharedMatter& one_case : world.cases) {
    if (!handle.IsZero() && one_case->id != act.matter && one_case->requesting == act.author &&
        one_case->facts.IdOr(Fact::kHandle) == handle) {
      earlier = one_case.get();
    }
  }
  return earlier;
}

bool Refuses(const Guard& guard, const Scene& scene) {
  return procedure::AllHold(guard.when, scene) && !procedure::Holds(guard.require, scene);
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

template <class Sentence>
bool OfEvery(const Guard& guard, const Sentence& reads) {
  return reads(guard.require) && std::all_of(guard.when.begin(), guard.when.end(), reads);
}

}  // namespace

Moves::Fresh Moves::FreshIn(const World& world) {
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
    seen.insert(list.manifest);
    if (list.clearance) seen.insert(list.clearance->manifest);
  }
  Fresh fresh;
  Digest digest;
  digest.raw()[0] = 'D';
  for (Digest& one : fresh) {
    do {
      ++digest.raw()[1];
    } while (seen.contains(digest));
    one = digest;
  }
  return fresh;
}

Moves::Moves(const procedure::ProcedureSet& procedures, const CheckedProcedure& founding,
             const CheckedProcedure& procedure, const Reading& reading, const Live& live,
             Bounds bounds)
    : procedures_(procedures),
      procedure_(procedure),
      reading_(reading),
      live_(live),
      bounds_(std::move(bounds)) {
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
  Template one{&rule, &procedure, info->matter, {}, {}, false, false, {}, {}, {}, {}, {}};
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
  std::vector<Guard> guards = rule.guards;
  for (const Condition& condition : rule.when) guards.push_back({{}, condition, {}, {}});
  for (const Guard& guard : guards) {
    const Asked asked = AskedBy(guard);
    if (asked.OfEarlier()) one.of_earlier.push_back(guard);
    if (asked.line || asked.earlier || asked.whole) continue;
    if (asked.OfSituation()) {
      one.of_situation.push_back(guard);
    } else if (asked.answers && asked.facts.empty()) {
      one.of_answer.push_back(guard);
    } else if (!asked.answers && asked.facts.size() == 1) {
      const Fact fact = *asked.facts.begin();
      one.of_fact.push_back({fact, guard, OfEvery(guard, [&](const Condition& condition) {
                               return ReadsOnly(condition, Holder::kAct, fact);
                             })});
    }
  }
  for (const Guard& guard : rule.line_guards) {
    const Asked asked = AskedBy(guard);
    if (asked.facts.empty() && !asked.answers && !asked.earlier && !asked.whole)
      one.of_line.push_back({{}, guard, OfEvery(guard, ReadsLineAndCase)});
  }
  templates_.push_back(std::move(one));
}

bool Moves::MayPass(const Template& one, Fact fact, const Value& value, const Scene* scene) const {
  RecordedAct alone;
  if (scene != nullptr) alone = *scene->recorded;
  alone.act.facts = Facts{{fact, value}};
  Scene with;
  if (scene != nullptr) with = *scene;
  with.procedure = one.procedure;
  with.recorded = &alone;
  return std::none_of(one.of_fact.begin(), one.of_fact.end(), [&](const Template::Partial& one_of) {
    return one_of.fact == fact && (scene != nullptr || one_of.of_opening) &&
           Refuses(one_of.guard, with);
  });
}

std::vector<Value> Moves::ValuesOf(const World& world, const Operand& operand, Fact as) const {
  std::vector<Value> values;
  const bool wants_moment = InfoOf(as).type == FactType::kInstant;
  const auto add_number = [&](std::int64_t number) {
    // What is compared as a civil day becomes a moment of that day again.
    if (wants_moment && operand.kind == Operand::Kind::kDay)
      number = NoonOf(procedure_, world, number).ms;
    AddOnce(values, Value(number));
  };
  const auto add_fact = [&](const Facts& facts, Fact fact) {
    const Value* value = facts.Find(fact);
    if (value == nullptr) return;
    if (const auto* number = std::get_if<std::int64_t>(value)) {
      std::int64_t shifted = *number + operand.number;
      if (operand.kind == Operand::Kind::kDay) {
        shifted = DayOf(procedure_, world.requested, Instant{*number}) + operand.number;
      }
      if (wants_moment && operand.kind == Operand::Kind::kPath &&
          InfoOf(fact).type == FactType::kDate) {
        shifted = NoonOf(procedure_, world, shifted).ms;
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
                           ? DayOf(procedure_, world.requested, world.now) + operand.number
                           : world.now.ms);
          }
          if (operand.path.field == Field::kAuthor)
            AddOnce(values, Value(procedure::PackParty(world.requesting)));
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

std::vector<std::int64_t> Moves::WordsToldApart(const Template& one, Fact fact,
                                                bool of_line) const {
  std::vector<std::set<std::int64_t>> sets = Reading::WordSetsOf(*one.rule, of_line, fact);
  const auto add = [&](const std::vector<std::set<std::int64_t>>& more) {
    sets.insert(sets.end(), more.begin(), more.end());
  };
  // What is written into a matter is read there by any sentence.
  for (const procedure::Effect* effect : EffectsOf(*one.rule)) {
    if (!effect->operand || effect->operand->kind != Operand::Kind::kPath) continue;
    const Path& path = effect->operand->path;
    const Holder holder = of_line ? Holder::kLine : Holder::kAct;
    if (path.holder == holder && path.field == Field::kFact && path.fact == fact)
      add(reading_.WordSetsOf(effect->path.fact));
  }
  if (of_line && one.rule->line_use == LineUse::kReplace) add(reading_.WordSetsOf(fact));
  for (const std::int64_t word : WordsOfProperties(fact)) sets.push_back({word});
  // One word for all that nothing tells apart.
  std::map<std::vector<bool>, std::int64_t> alike;
  for (const procedure::Word& word : InfoOf(fact).words) {
    std::vector<bool> in;
    for (const std::set<std::int64_t>& set : sets) in.push_back(set.contains(word.number));
    alike.emplace(std::move(in), word.number);
  }
  std::vector<std::int64_t> words;
  for (const auto& [in, word] : alike) words.push_back(word);
  std::sort(words.begin(), words.end());
  return words;
}

Moves::Domain Moves::DomainOf(const World& world, const Fresh& fresh, const Template& one,
                              Fact fact, bool required, bool of_line, const Scene* scene) const {
  const procedure::FactInfo& info = InfoOf(fact);
  const bool read = reading_.Matters(*one.rule, of_line, fact) || PropertyReads(fact);
  std::vector<Value> values;
  if (IsCountOfOthers(fact)) return {Value(std::int64_t{0})};
  switch (info.type) {
    case FactType::kFlag:
      values = {Value(std::int64_t{1}), Value(std::int64_t{0})};
      if (fact == Fact::kMinor && bounds_.transfers > 0 && bounds_.clock == Clock::kLoose &&
          !bounds_.families) {
        values = {Value(std::int64_t{0})};
      }
      break;
    case FactType::kWord: {
      if (fact == Fact::kScope) return {Value(static_cast<std::int64_t>(procedure::Scope::kWhole))};
      // The notice a charter needs only ever refuses a flight.
      if (fact == Fact::kFlightKind) return {Value(*WordNumber(fact, "scheduled"))};
      if (fact == Fact::kLineKind) return {Value(std::int64_t{1})};
      for (const std::int64_t number : WordsToldApart(one, fact, of_line))
        values.push_back(Value(number));
      break;
    }
    case FactType::kCode:
      if (fact == Fact::kCarrier) {
        // The one that is not accepted stays so; the other is refused and accepted again.
        values = {Value(AcceptedCarrier())};
        if (bounds_.carriers && one.matter != MatterKind::kCooperation)
          values.push_back(Value(OtherCarrier()));
      } else {
        values = {Value(AcceptedCarrier())};
      }
      break;
    case FactType::kParty:
      values = {Value(procedure::PackParty(world.requesting))};
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
            if (info.type == FactType::kInstant && !reading_.DaysFromNow(fact).empty() &&
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
      const std::int64_t today = DayOf(procedure_, world.requested, world.now);
      if (info.type == FactType::kInstant) {
        const auto add_day = [&](std::int64_t day) {
          AddOnce(values, Value(NoonOf(procedure_, world, day).ms));
        };
        if (bounds_.clock == Clock::kLoose) {
          // Tomorrow, so that no limit has to pass before, or so late that lists can be old by
          // then. Only beside the last day of a document does another one make a difference.
          std::erase_if(values, [&](const Value& value) {
            const std::int64_t day =
                DayOf(procedure_, world.requested, Instant{std::get<std::int64_t>(value)});
            return day <= today + 1 || day >= today + kAnnouncedDays;
          });
          add_day(today + 1);
          add_day(today + kAnnouncedDays);
        } else {
          add_day(today + 2);
          add_day(today + far_days_);
          // On the last day before a limit of somebody's case ends it.
          for (const SharedMatter& one_case : world.cases) {
            for (const procedure::RunningLimit& limit : one_case->limits) {
              const std::int64_t day = DayOf(procedure_, world.requested, limit.until) - 1;
              if (day > today + 2) add_day(day);
            }
          }
        }
        if (fact == Fact::kFrom || fact == Fact::kUntil) values = {Value(world.now.ms)};
      } else if (info.type == FactType::kDate) {
        // Where documents do not grow old one that is valid for years stands for all.
        if (fact == Fact::kDocumentValidUntil && bounds_.clock == Clock::kLoose &&
            !bounds_.old_documents) {
          values.clear();
        }
        AddOnce(values, Value(today + 10 * far_days_));
        if (fact == Fact::kDocumentValidUntil &&
            (bounds_.clock == Clock::kCounted || bounds_.old_documents)) {
          AddOnce(values, Value(today));
        }
        if (fact == Fact::kReviewDate) values = {Value(today + 30)};
      } else if (info.type == FactType::kDigest) {
        if (!bounds_.true_counts || fact != Fact::kManifest || values.empty())
          AddOnce(values, Value(fresh[1]));
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
          values.clear();
          if (bounds_.families) values.push_back(Value(HandleOf(9)));
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
  // A number that nothing asks about is some number.
  if (info.type == FactType::kCount && values.empty()) values = {Value(std::int64_t{0})};
  if (bounds_.true_counts && fact == Fact::kReturnees && !world.lists.empty()) {
    const std::vector<Listed>& lines = world.lists.back().lines;
    values = {Value(static_cast<std::int64_t>(
        std::count_if(lines.begin(), lines.end(), [](const Listed& line) { return line.open; })))};
  }
  if (!read && !values.empty()) values.resize(1);
  Domain domain;
  for (const Value& value : values) {
    if (of_line || MayPass(one, fact, value, scene)) domain.emplace_back(value);
  }
  if (!required) domain.emplace_back(std::nullopt);
  return domain;
}

std::vector<Facts> Moves::LineChoices(const World& world, const Fresh& fresh, const Template& one,
                                      const RecordedAct& act, const Facts& key,
                                      const Matter* subject, const Scene* scene) const {
  std::vector<Facts> choices = {key};
  for (const auto& [fact, required] : one.line_facts) {
    std::vector<Facts> longer;
    for (const std::optional<Value>& value :
         DomainOf(world, fresh, one, fact, required, true, scene)) {
      for (Facts facts : choices) {
        if (value) facts.Set(fact, *value);
        longer.push_back(std::move(facts));
      }
    }
    choices = std::move(longer);
  }
  // Lines that the rule's own sentences about the line refuse whatever else the act says.
  std::erase_if(choices, [&](const Facts& line) {
    Scene with;
    if (scene != nullptr) with = *scene;
    with.procedure = one.procedure;
    with.recorded = &act;
    with.now = act.recorded_at;
    with.line = &line;
    with.one_case = world.Find(line.IdOr(Fact::kCase));
    if (subject != nullptr) {
      const auto listed =
          std::find_if(subject->lines.begin(), subject->lines.end(), [&](const Facts& row) {
            return row.IdOr(Fact::kCase) == line.IdOr(Fact::kCase) &&
                   row.IdOr(Fact::kHandle) == line.IdOr(Fact::kHandle) &&
                   row.NumberOr(Fact::kParty, 0) == line.NumberOr(Fact::kParty, 0);
          });
      if (listed != subject->lines.end()) with.listed = &*listed;
    }
    return std::any_of(
        one.of_line.begin(), one.of_line.end(), [&](const Template::Partial& one_of) {
          return (scene != nullptr || one_of.of_opening) && Refuses(one_of.guard, with);
        });
  });
  return choices;
}

std::vector<std::vector<Facts>> Moves::LinesOf(const World& world, const Fresh& fresh,
                                               const Template& one, const RecordedAct& act,
                                               const Matter* subject, const Scene* scene) const {
  std::vector<std::vector<Facts>> lists = {{}};
  if (one.rule->line_use == LineUse::kPut) return lists;
  if (one.rule->line_use == LineUse::kNone) {
    if (one.matter != MatterKind::kCase || one.line_facts.empty()) return lists;
    // Evidence: every selection of the kinds that something tells apart.
    std::vector<Facts> kinds;
    std::set<Fact> facts;
    for (const auto& [fact, required] : one.line_facts) facts.insert(fact);
    Template plain = one;
    plain.line_facts.clear();
    for (const Fact fact : facts) plain.line_facts.push_back({fact, true});
    kinds = LineChoices(world, fresh, plain, act, {}, nullptr, nullptr);
    lists.clear();
    if (bounds_.one_class) {
      std::erase_if(kinds, [&](const Facts& line) {
        const std::int64_t evidence = line.NumberOr(Fact::kEvidence, 0);
        return evidence != WordNumber(Fact::kEvidence, "passport") &&
               evidence != WordNumber(Fact::kEvidence, "identity_card") &&
               !(bounds_.every_category &&
                 evidence == WordNumber(Fact::kEvidence, "visa_or_residence_authorisation"));
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
    keys.push_back(Facts{{Fact::kParty, procedure::PackParty(world.requesting)}});
  } else {
    for (const SharedMatter& one_case : world.cases)
      keys.push_back(Facts{{Fact::kCase, one_case->id}});
  }
  for (const Facts& key : keys) {
    const std::vector<Facts> choices = LineChoices(world, fresh, one, act, key, subject, scene);
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

void Moves::Try(const World& world, const Fresh& fresh, const Template& one, RecordedAct act,
                const Matter* subject, const procedure::Matters& matters,
                const std::function<void(const RecordedAct&)>& visit) const {
  act.recorded_at = world.now;
  act.digest = fresh[0];
  act.act.kind = one.rule->act;
  act.act.procedure = one.procedure->digest();
  for (const procedure::SealNeeded& seal : one.rule->seals) {
    for (int officer = 1; officer <= seal.count; ++officer) {
      act.signers.push_back(CertificateOf(act.act.author, seal.office, officer));
    }
  }
  std::sort(act.signers.begin(), act.signers.end());
  if (one.commitment) act.act.commitment = fresh[2];
  std::optional<Scene> before;
  if (subject != nullptr) before = procedure::SceneBefore(procedures_, matters, act);
  const Scene* scene = before ? &*before : nullptr;
  if (scene != nullptr && std::any_of(one.of_situation.begin(), one.of_situation.end(),
                                      [&](const Guard& guard) { return Refuses(guard, *scene); })) {
    return;
  }
  std::vector<Facts> choices = {Facts{}};
  for (const auto& [fact, required] : one.facts) {
    const Domain domain = DomainOf(world, fresh, one, fact, required, false, scene);
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
  if (one.matter == MatterKind::kCase && !one.of_earlier.empty()) {
    Scene with;
    if (scene != nullptr) with = *scene;
    with.procedure = one.procedure;
    with.recorded = &act;
    with.now = act.recorded_at;
    std::erase_if(choices, [&](const Facts& facts) {
      with.earlier = EarlierCase(world, act.act, facts.IdOr(Fact::kHandle));
      return std::any_of(one.of_earlier.begin(), one.of_earlier.end(),
                         [&](const Guard& guard) { return Refuses(guard, with); });
    });
  }
  if (choices.empty()) return;
  const std::vector<std::vector<Facts>> lists = LinesOf(world, fresh, one, act, subject, scene);
  std::vector<std::optional<Digest>> answers = {std::nullopt};
  if (one.answers) {
    answers.emplace_back(fresh[3]);
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
  for (const std::optional<Digest>& answered : answers) {
    act.act.answers = answered;
    if (scene != nullptr &&
        std::any_of(one.of_answer.begin(), one.of_answer.end(),
                    [&](const Guard& guard) { return Refuses(guard, *scene); })) {
      continue;
    }
    for (const Facts& facts : choices) {
      act.act.facts = facts;
      for (const std::vector<Facts>& lines : lists) {
        act.act.lines = lines;
        visit(act);
      }
    }
  }
}

void Moves::ForEachAct(const World& world, const procedure::Matters& matters,
                       const std::function<void(const RecordedAct&)>& visit) const {
  const Fresh fresh = FreshIn(world);
  for (const Template& one : templates_) {
    const Rule& rule = *one.rule;
    if (one.matter == MatterKind::kCooperation) {
      for (const PartyCode author : rule.parties) {
        // Sentences ask whether cooperation is suspended, not by whom or how often.
        const bool of_suspension = rule.act == ActKind::kSuspended || rule.act == ActKind::kResumed;
        if (of_suspension && author != Ministry()) continue;
        if (rule.act == ActKind::kSuspended && HasSuspended(world, author)) continue;
        RecordedAct act;
        act.act.author = author;
        act.act.addressee = author == Ministry() ? Union() : Ministry();
        act.act.matter = world.cooperation->id;
        Try(world, fresh, one, act, world.cooperation.get(), matters, visit);
      }
      continue;
    }
    const std::vector<SharedMatter>& of_kind = MattersOf(world, one.matter);
    const int most = one.matter == MatterKind::kCase     ? bounds_.cases
                     : one.matter == MatterKind::kFlight ? bounds_.flights
                                                         : bounds_.transfers;
    const bool too_late_to_plan =
        one.matter == MatterKind::kFlight && bounds_.planned_first && world.now != world.began;
    if (rule.opens && static_cast<int>(of_kind.size()) < most && !too_late_to_plan) {
      RecordedAct act;
      act.act.author = world.requesting;
      act.act.addressee = world.requested;
      act.act.matter = NextId(world, one.matter);
      Try(world, fresh, one, act, nullptr, matters, visit);
    }
    for (const SharedMatter& shared : of_kind) {
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
        Try(world, fresh, one, act, &matter, matters, visit);
      }
    }
  }
}

std::optional<Instant> Moves::NextMoment(const World& world) const {
  const bool loose = bounds_.clock == Clock::kLoose;
  std::optional<Instant> next;
  const auto offer = [&](Instant at) {
    if (at > world.now && (!next || at < *next)) next = at;
  };
  // The last moment before something changes, and the first after it.
  const auto offer_both = [&](Instant at) {
    offer(Instant{at.ms - 1});
    offer(at);
  };
  const auto offer_day = [&](std::int64_t day) {
    if (loose) {
      offer(NoonOf(procedure_, world, day));
    } else {
      offer_both(StartOfCivilDay(day, procedure_.OffsetOf(world.requested, world.now)));
    }
  };
  if (!loose) {
    for (const auto* matters : {&world.cases, &world.flights, &world.transfers}) {
      for (const SharedMatter& matter : *matters) {
        for (const procedure::RunningLimit& limit : matter->limits) {
          if (live_.IsLiveLimit(*matter, limit.name)) offer_both(limit.until);
        }
      }
    }
  }
  bool planned = false;
  for (const SharedMatter& flight : world.flights) {
    if (live_.IsTerminal(*flight)) continue;
    planned = true;
    const std::int64_t departure = flight->facts.NumberOr(Fact::kDeparture, 0);
    for (const std::int64_t days : reading_.ChangesAfter(Fact::kDeparture))
      offer_day(DayOf(procedure_, world.requested, Instant{departure}) + days);
  }
  for (const SharedMatter& one_case : world.cases) {
    if (live_.IsOver(*one_case)) continue;
    // A limit that only a sentence counts, from a moment the case remembers.
    for (const auto& [fact, value] : one_case->facts) {
      if (procedure::InfoOf(fact).type != FactType::kInstant || !live_.IsLive(*one_case, fact))
        continue;
      for (const std::string& name : reading_.LimitsFrom(fact)) {
        const procedure::LimitRule* limit = procedure_.FindLimit(name);
        if (limit == nullptr) continue;
        const Instant passed = procedure_.FirstTooLate(
            *limit, Instant{std::get<std::int64_t>(value)}, one_case->requested);
        offer_day(DayOf(procedure_, world.requested, passed));
      }
    }
    // A document grows old, as long as nobody plans to fly.
    if (loose && bounds_.old_documents && !planned) {
      const std::int64_t today = DayOf(procedure_, world.requested, world.now);
      const std::int64_t left = one_case->facts.NumberOr(Fact::kDocumentValidUntil, today) - today;
      if (left > kStepOfAge && left < 10 * kStepOfAge) offer_day(today + kStepOfAge);
    }
  }
  return next;
}

void Moves::MoveDates(Facts& facts, PartyCode requested, Instant from, Instant to) const {
  const Facts before = facts;
  for (const auto& [fact, value] : before) {
    const FactType type = InfoOf(fact).type;
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || (type != FactType::kInstant && type != FactType::kDate)) continue;
    const std::vector<Partner>& partners = reading_.PartnersOf(fact);
    const bool fixed = std::any_of(partners.begin(), partners.end(), [&](const Partner& partner) {
      const std::int64_t away = partner.other->number + partner.shift - *number;
      return partner.other->kind == Operand::Kind::kNumber && away >= -1 && away <= 1;
    });
    if (fixed) continue;
    facts.Set(fact, Value(*number + (type == FactType::kInstant
                                         ? to.ms - from.ms
                                         : DayOf(procedure_, requested, to) -
                                               DayOf(procedure_, requested, from))));
  }
}

void Moves::MoveDates(RecordedAct& act, const World& world, Instant from) const {
  act.recorded_at = world.now;
  MoveDates(act.act.facts, world.requested, from, world.now);
  for (Facts& line : act.act.lines) MoveDates(line, world.requested, from, world.now);
}

}  // namespace chancery::checker
