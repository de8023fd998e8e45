#include "engine/procedure/evaluate.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <set>
#include <type_traits>
#include <utility>

#include "engine/base/check.h"

namespace chancery::procedure {

namespace {

// What is not there says nothing: it has no facts, no lines and no limits.
const Matter kNobody{};
const Facts kNothing{};
const Matter& OrNobody(const Matter* matter) { return matter != nullptr ? *matter : kNobody; }
const Facts& OrNothing(const Facts* facts) { return facts != nullptr ? *facts : kNothing; }

// The act that a sentence names. Sentences of a lapse, which has none, name none (check.cc).
const RecordedAct& ActOf(const Scene& scene) {
  CHANCERY_CHECK(scene.recorded != nullptr);
  return *scene.recorded;
}

Known FromOptional(const std::optional<Digest>& digest) {
  if (digest) return *digest;
  return std::monostate{};
}

Known ValueOfAct(const Path& path, const Scene& scene) {
  const RecordedAct& recorded = ActOf(scene);
  switch (path.field) {
    case Field::kFact:
      return ValueOf(recorded.act.facts, path.fact);
    case Field::kId:
      return recorded.act.matter;
    case Field::kAuthor:
      return PackParty(recorded.act.author);
    case Field::kAddressee:
      return PackParty(recorded.act.addressee);
    case Field::kDigest:
      return recorded.digest;
    case Field::kAnswers:
      return FromOptional(recorded.act.answers);
    case Field::kCommitment:
      return FromOptional(recorded.act.commitment);
    case Field::kRecordedAt:
      return recorded.recorded_at.ms;
    case Field::kReceivedAt:
      return ReceivedAt(*scene.procedure, recorded).ms;
    case Field::kStage:
    case Field::kRequesting:
    case Field::kRequested:
      break;
  }
  return std::monostate{};
}

Known ValueOfMatter(const Path& path, const Matter* matter) {
  if (matter == nullptr) return std::monostate{};
  switch (path.field) {
    case Field::kFact:
      return ValueOf(matter->facts, path.fact);
    case Field::kId:
      return matter->id;
    case Field::kStage:
      return std::string_view(matter->stage);
    case Field::kRequesting:
      return PackParty(matter->requesting);
    case Field::kRequested:
      return PackParty(matter->requested);
    default:
      break;
  }
  return std::monostate{};
}

// A line has facts and nothing else (expression.cc).
Known ValueOfLine(const Path& path, const Facts* line) {
  return ValueOf(OrNothing(line), path.fact);
}

// The lines that a count or a sum goes over, named by the holder through which their facts are
// read.
const std::vector<Facts>* LinesOf(Holder holder, const Scene& scene) {
  switch (holder) {
    case Holder::kLine:
      return &ActOf(scene).act.lines;
    case Holder::kListed:
      return scene.transfer != nullptr ? &scene.transfer->lines : nullptr;
    case Holder::kLodged:
      return scene.flight != nullptr ? &scene.flight->lines : nullptr;
    default:
      return nullptr;
  }
}

Scene WithLine(const Scene& scene, Holder holder, const Facts& line) {
  Scene with = scene;
  switch (holder) {
    case Holder::kListed:
      with.listed = &line;
      break;
    case Holder::kLodged:
      with.lodged = &line;
      break;
    default:
      with.line = &line;
      break;
  }
  return with;
}

// From when or until when a limit runs in the matter in view; nothing when it does not run.
Known OfRunning(const std::string& name, const Scene& scene, Instant RunningLimit::*moment) {
  for (const Matter* matter : {scene.subject, scene.one_case}) {
    for (const RunningLimit& running : OrNobody(matter).limits) {
      if (running.name == name) return (running.*moment).ms;
    }
  }
  return std::monostate{};
}

// What is counted from a moment in the civil days of whoever the matter in view is addressed to;
// nothing when the moment is not known, or no matter is there.
Known Counted(const Known& moment, const Scene& scene,
              const std::function<std::int64_t(Instant, PartyCode)>& count) {
  return std::visit(
      [&](const auto& said) -> Known {
        if constexpr (std::is_same_v<std::decay_t<decltype(said)>, std::int64_t>) {
          if (scene.subject != nullptr) return count(Instant{said}, ZoneOf(*scene.subject));
        }
        return std::monostate{};
      },
      moment);
}

Known ValueOfLimit(const Operand& operand, const Scene& scene) {
  if (!operand.has_path) return OfRunning(operand.name, scene, &RunningLimit::until);
  const LimitRule* limit = scene.procedure->FindLimit(operand.name);
  CHANCERY_CHECK(limit != nullptr);  // Check() found every limit that a sentence names
  return Counted(ValueOf(operand.path, scene), scene, [&](Instant since, PartyCode zone) {
    return scene.procedure->FirstTooLate(*limit, since, zone).ms;
  });
}

// What the matter says, or what the act says that is about to tell it: a suspension covers the act
// that opens a matter too.
Known SaidOf(const Matter* matter, Fact fact, const Scene& scene) {
  const Known said = ValueOf(OrNobody(matter).facts, fact);
  if (!std::holds_alternative<std::monostate>(said) || scene.recorded == nullptr) return said;
  return ValueOf(scene.recorded->act.facts, fact);
}

// Whether the scope of a suspension covers the matter in view.
bool Covers(const Facts& suspension, const Scene& scene) {
  const Matter* subject = scene.subject;
  if (subject == nullptr) return true;
  const PartyCode named = UnpackParty(suspension.NumberOr(Fact::kParty, 0));
  const bool concerns_named = subject->requesting == named || subject->requested == named;
  switch (static_cast<Scope>(suspension.NumberOr(Fact::kScope, 0))) {
    case Scope::kState:
      return concerns_named;
    case Scope::kCarrier:
      return SaidOf(scene.flight, Fact::kCarrier, scene) ==
             Known(suspension.NumberOr(Fact::kCarrier, 0));
    case Scope::kCategory:
      return SaidOf(scene.one_case, Fact::kCategory, scene) ==
             Known(suspension.NumberOr(Fact::kCategory, 0));
    case Scope::kAllExceptState:
      return !concerns_named;
    case Scope::kWhole:
      return true;
  }
  return true;  // a scope that is not understood: hold
}

bool IsSuspended(const Scene& scene) {
  const std::vector<Facts>& rows = OrNobody(scene.cooperation).lines;
  return std::any_of(rows.begin(), rows.end(), [&](const Facts& row) {
    if (row.NumberOr(Fact::kRegister, 0) != static_cast<std::int64_t>(Register::kSuspension))
      return false;
    if (row.NumberOr(Fact::kFrom, 0) > scene.now.ms) return false;
    if (row.Has(Fact::kUntil) && row.NumberOr(Fact::kUntil, 0) <= scene.now.ms) return false;
    return Covers(row, scene);
  });
}

template <class T>
bool Compare(Condition::Compare compare, const T& left, const T& right) {
  switch (compare) {
    case Condition::Compare::kEqual:
      return left == right;
    case Condition::Compare::kUnequal:
      return left != right;
    case Condition::Compare::kLess:
      return left < right;
    case Condition::Compare::kLessEqual:
      return left <= right;
    case Condition::Compare::kGreater:
      return left > right;
    case Condition::Compare::kGreaterEqual:
      return left >= right;
  }
  return false;
}

// Things of two kinds, and what is not known, compare with nothing.
bool Compare(Condition::Compare compare, const Known& left, const Known& right) {
  return std::visit(
      [compare](const auto& one, const auto& other) {
        using One = std::decay_t<decltype(one)>;
        using Other = std::decay_t<decltype(other)>;
        if constexpr (std::is_same_v<One, Other> && !std::is_same_v<One, std::monostate>) {
          return Compare(compare, one, other);
        } else {
          return false;
        }
      },
      left, right);
}

// Whether the cooperation's register has a row of that kind in which `key` is `value`, in force
// now.
bool HasRow(const Scene& scene, Register in_register, Fact key, const Known& value,
            std::optional<CarrierStanding> standing = std::nullopt) {
  const std::vector<Facts>& rows = OrNobody(scene.cooperation).lines;
  return std::any_of(rows.begin(), rows.end(), [&](const Facts& row) {
    return row.NumberOr(Fact::kRegister, 0) == static_cast<std::int64_t>(in_register) &&
           Compare(Condition::Compare::kEqual, ValueOf(row, key), value) &&
           row.NumberOr(Fact::kFrom, 0) <= scene.now.ms &&
           (!standing ||
            row.NumberOr(Fact::kCarrierStanding, 0) == static_cast<std::int64_t>(*standing));
  });
}

// The cases of those who will be aboard once the act has been done: of its own lines those that
// say so, and whoever stands as boarded and is in none of its lines.
std::vector<const Matter*> AboardAfter(const Scene& scene) {
  std::vector<const Matter*> aboard;
  std::set<MatterId> named;
  const std::int64_t boarded = WordNumber(Fact::kLineStage, "boarded").value_or(0);
  const auto add = [&](const Facts& line) {
    if (const Matter* found = CaseOfLine(line, scene)) aboard.push_back(found);
  };
  for (const Facts& line : ActOf(scene).act.lines) {
    named.insert(line.IdOr(Fact::kCase));
    if (line.NumberOr(Fact::kBoarded, 0) == 1) add(line);
  }
  for (const Facts& line : scene.transfer->lines) {
    const bool stands = line.NumberOr(Fact::kLineStage, 0) == boarded;
    if (stands && !named.contains(line.IdOr(Fact::kCase))) add(line);
  }
  return aboard;
}

bool FamiliesTogether(const Scene& scene) {
  if (scene.transfer == nullptr) return false;
  std::set<MatterId> adults;  // family groups with one aboard
  std::set<MatterId> minors;
  for (const Matter* one : AboardAfter(scene)) {
    const MatterId group = one->facts.IdOr(Fact::kFamilyGroup);
    if (group.IsZero()) continue;
    // Of whom it is not known counts as a minor.
    (one->facts.NumberOr(Fact::kMinor, 1) == 0 ? adults : minors).insert(group);
  }
  return std::includes(adults.begin(), adults.end(), minors.begin(), minors.end());
}

// Whose facts a holder has.
const Facts& FactsOf(Holder holder, const Scene& scene) {
  switch (holder) {
    case Holder::kAct:
      return ActOf(scene).act.facts;
    case Holder::kLine:
      return OrNothing(scene.line);
    case Holder::kListed:
      return OrNothing(scene.listed);
    case Holder::kLodged:
      return OrNothing(scene.lodged);
    case Holder::kEntry:
      return OrNothing(scene.entry);
    case Holder::kCase:
      return OrNobody(scene.one_case).facts;
    case Holder::kTransfer:
      return OrNobody(scene.transfer).facts;
    case Holder::kFlight:
      return OrNobody(scene.flight).facts;
    case Holder::kEarlier:
      return OrNobody(scene.earlier).facts;
  }
  return kNothing;
}

// Whether an operand is a fact as it stands. Nearly every sentence asks one whether it is known, or
// compares it with a word or a number, and is told without the general values.
bool IsFact(const Operand& operand) {
  return operand.kind == Operand::Kind::kPath && operand.path.field == Field::kFact &&
         operand.number == 0;
}
const Value* FactAt(const Path& path, const Scene& scene) {
  return FactsOf(path.holder, scene).Find(path.fact);
}

}  // namespace

Working::Working(const Matters& before) : before_(before) {
  places_.reserve(before.size() + 1);  // an act opens one at most
  for (const auto& [id, matter] : before) places_.push_back({id, &matter, nullptr});
}

std::vector<Working::Place>::const_iterator Working::Find(const MatterId& id) const {
  return std::lower_bound(
      places_.begin(), places_.end(), id,
      [](const Place& place, const MatterId& wanted) { return place.id < wanted; });
}

const Matter* Working::Read(const MatterId& id) const {
  const auto at = Find(id);
  if (at == places_.end() || at->id != id) return nullptr;
  return at->now != nullptr ? at->now.get() : at->before;
}

Matter& Working::Change(const MatterId& id) {
  const auto found = Find(id);
  CHANCERY_CHECK(found != places_.end() && found->id == id);
  Place& place = places_[static_cast<std::size_t>(found - places_.begin())];
  if (place.now == nullptr) place.now = std::make_unique<Matter>(*place.before);
  return *place.now;
}

void Working::Open(Matter matter) {
  const auto at = Find(matter.id);
  CHANCERY_CHECK(at == places_.end() || at->id != matter.id);
  const MatterId id = matter.id;
  places_.insert(at, Place{id, nullptr, std::make_unique<Matter>(std::move(matter))});
}

std::vector<Matter> Working::Save() const {
  std::vector<Matter> changed;
  for (const Place& place : places_) {
    if (place.now != nullptr) changed.push_back(*place.now);
  }
  return changed;
}

void Working::Restore(std::vector<Matter> saved) {
  std::erase_if(places_, [](const Place& place) { return place.before == nullptr; });
  for (Place& place : places_) place.now.reset();
  for (Matter& matter : saved) {
    const MatterId id = matter.id;
    Change(id) = std::move(matter);
  }
}

std::vector<Matter> Working::TakeChanged() {
  std::vector<Matter> changed;
  for (Place& place : places_) {
    if (place.now != nullptr && (place.before == nullptr || !(*place.before == *place.now)))
      changed.push_back(std::move(*place.now));
    place.now.reset();
  }
  return changed;
}

Instant ReceivedAt(const CheckedProcedure& procedure, const RecordedAct& recorded) {
  Instant received = recorded.recorded_at;
  for (const LimitRule& limit : procedure.terms().limits) {
    if (limit.name != "receipt" || !recorded.offered_since) continue;
    const std::int64_t at_the_latest = limit.days * kMsPerDay;
    constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
    const std::int64_t offered = std::min(recorded.offered_since->ms, kLast - at_the_latest);
    received = std::min(received, Instant{offered + at_the_latest});
  }
  return received;
}

Known ValueOf(const Facts& facts, Fact wanted) {
  for (const auto& [fact, value] : facts) {
    if (fact == wanted) return std::visit([](const auto& said) -> Known { return said; }, value);
  }
  return std::monostate{};
}

PartyCode ZoneOf(const Matter& matter) { return matter.requested; }

Known ValueOf(const Path& path, const Scene& scene) {
  switch (path.holder) {
    case Holder::kAct:
      return ValueOfAct(path, scene);
    case Holder::kCase:
      return ValueOfMatter(path, scene.one_case);
    case Holder::kTransfer:
      return ValueOfMatter(path, scene.transfer);
    case Holder::kFlight:
      return ValueOfMatter(path, scene.flight);
    case Holder::kEarlier:
      return ValueOfMatter(path, scene.earlier);
    case Holder::kLine:
      return ValueOfLine(path, scene.line);
    case Holder::kListed:
      return ValueOfLine(path, scene.listed);
    case Holder::kLodged:
      return ValueOfLine(path, scene.lodged);
    case Holder::kEntry:
      return ValueOfLine(path, scene.entry);
  }
  return std::monostate{};
}

Known ValueOf(const Operand& operand, const Scene& scene) {
  switch (operand.kind) {
    case Operand::Kind::kPath:
      return std::visit(
          [&](const auto& said) -> Known {
            if constexpr (std::is_same_v<std::decay_t<decltype(said)>, std::int64_t>) {
              return said + operand.number;
            } else {
              return said;
            }
          },
          ValueOf(operand.path, scene));
    case Operand::Kind::kNumber:
      return operand.number;
    case Operand::Kind::kStage:
      return std::string_view(operand.name);
    case Operand::Kind::kLimit:
      return ValueOfLimit(operand, scene);
    case Operand::Kind::kSince:
      return OfRunning(operand.name, scene, &RunningLimit::since);
    case Operand::Kind::kDay:
      return Counted(ValueOf(operand.path, scene), scene, [&](Instant at, PartyCode zone) {
        return CivilDayOf(at, scene.procedure->OffsetOf(zone, at)) + operand.number;
      });
    case Operand::Kind::kCount: {
      const std::vector<Facts>* lines = LinesOf(operand.path.holder, scene);
      if (lines == nullptr) return std::monostate{};
      return std::count_if(lines->begin(), lines->end(), [&](const Facts& line) {
        return AllHold(operand.where, WithLine(scene, operand.path.holder, line));
      });
    }
    case Operand::Kind::kSum: {
      const std::vector<Facts>* lines = LinesOf(operand.path.holder, scene);
      if (lines == nullptr) return std::monostate{};
      std::int64_t sum = 0;
      for (const Facts& line : *lines) {
        if (!AllHold(operand.where, WithLine(scene, operand.path.holder, line))) continue;
        // A part that is not known makes the whole not known.
        if (!line.Has(operand.path.fact)) return std::monostate{};
        sum += line.NumberOr(operand.path.fact, 0);
      }
      return sum;
    }
  }
  return std::monostate{};
}

bool AllHold(const std::vector<Condition>& conditions, const Scene& scene) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Condition& condition) { return Holds(condition, scene); });
}

bool GoesWith(const Matter& one_case, const Matter& list) {
  return one_case.requesting == list.requesting && one_case.requested == list.requested &&
         one_case.procedure == list.procedure;
}

const Matter* CaseOfLine(const Facts& line, const Scene& scene) {
  const Matter* found =
      scene.working != nullptr ? scene.working->Read(line.IdOr(Fact::kCase)) : nullptr;
  return found != nullptr && found->kind == MatterKind::kCase && scene.transfer != nullptr &&
                 GoesWith(*found, *scene.transfer)
             ? found
             : nullptr;
}

namespace {

bool IsKnown(const Operand& operand, const Scene& scene) {
  if (IsFact(operand)) return FactAt(operand.path, scene) != nullptr;
  return !std::holds_alternative<std::monostate>(ValueOf(operand, scene));
}

}  // namespace

bool Holds(const Condition& condition, const Scene& scene) {
  const auto over_lines = [&](const Facts& line) {
    return Holds(condition.inner.front(), WithLine(scene, Holder::kLine, line));
  };
  const auto lines = [&]() -> const std::vector<Facts>& { return ActOf(scene).act.lines; };
  switch (condition.kind) {
    case Condition::Kind::kCompare: {
      const Operand& left = condition.operands[0];
      const Operand& right = condition.operands[1];
      if (right.kind == Operand::Kind::kNumber && IsFact(left)) {
        const auto* number = std::get_if<std::int64_t>(FactAt(left.path, scene));
        return number != nullptr && Compare(condition.compare, *number, right.number);
      }
      return Compare(condition.compare, ValueOf(left, scene), ValueOf(right, scene));
    }
    case Condition::Kind::kIn: {
      const Known value = ValueOf(condition.operands[0], scene);
      return std::any_of(
          condition.operands.begin() + 1, condition.operands.end(), [&](const Operand& member) {
            return Compare(Condition::Compare::kEqual, value, ValueOf(member, scene));
          });
    }
    case Condition::Kind::kKnown:
      return IsKnown(condition.operands[0], scene);
    case Condition::Kind::kUnknown:
      return !IsKnown(condition.operands[0], scene);
    case Condition::Kind::kSome:
      return std::any_of(lines().begin(), lines().end(), over_lines);
    case Condition::Kind::kNo:
      return std::none_of(lines().begin(), lines().end(), over_lines);
    case Condition::Kind::kEvery:
      return std::all_of(lines().begin(), lines().end(), over_lines);
    case Condition::Kind::kSuspended:
      return IsSuspended(scene);
    case Condition::Kind::kNotSuspended:
      return !IsSuspended(scene);
    case Condition::Kind::kFamiliesTogether:
      return FamiliesTogether(scene);
    case Condition::Kind::kCarrierAccepted:
      return HasRow(scene, Register::kCarrier, Fact::kCarrier,
                    ValueOf(condition.operands[0], scene), CarrierStanding::kAccepted);
    case Condition::Kind::kAppointed:
      return HasRow(scene, Register::kAuthority, Fact::kParty,
                    ValueOf(condition.operands[0], scene));
    case Condition::Kind::kMayTakePart:
      return std::visit(
          [&](const auto& party) {
            if constexpr (std::is_same_v<std::decay_t<decltype(party)>, std::int64_t>) {
              return scene.procedure->MayTakePart(UnpackParty(party), scene.now);
            } else {
              return false;
            }
          },
          ValueOf(condition.operands[0], scene));
  }
  return false;
}

}  // namespace chancery::procedure
