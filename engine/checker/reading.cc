#include "engine/checker/reading.h"

#include <algorithm>
#include <utility>

namespace chancery::checker {

namespace {

using procedure::Condition;
using procedure::Effect;
using procedure::Fact;
using procedure::Field;
using procedure::Guard;
using procedure::Holder;
using procedure::Operand;
using procedure::Path;
using procedure::Rule;

void Collect(const Condition& condition, std::vector<Path>& paths);

void Collect(const Operand& operand, std::vector<Path>& paths) {
  switch (operand.kind) {
    case Operand::Kind::kPath:
    case Operand::Kind::kDay:
    case Operand::Kind::kSum:
      paths.push_back(operand.path);
      break;
    case Operand::Kind::kLimit:
      if (operand.has_path) paths.push_back(operand.path);
      break;
    case Operand::Kind::kNumber:
    case Operand::Kind::kStage:
    case Operand::Kind::kSince:
    case Operand::Kind::kCount:
      break;
  }
  for (const Condition& condition : operand.where) Collect(condition, paths);
}

void Collect(const Condition& condition, std::vector<Path>& paths) {
  if (condition.kind == Condition::Kind::kFamiliesTogether) {
    paths.push_back({Holder::kCase, Field::kFact, Fact::kMinor});
    paths.push_back({Holder::kCase, Field::kFact, Fact::kFamilyGroup});
  }
  for (const Operand& operand : condition.operands) Collect(operand, paths);
  for (const Condition& inner : condition.inner) Collect(inner, paths);
}

bool IsNow(const Operand& operand) {
  return operand.kind == Operand::Kind::kDay && operand.path.holder == Holder::kAct &&
         operand.path.field == Field::kRecordedAt;
}

// The fact a condition compares with words, and the words.
const Path* ComparedWithWords(const Condition& condition, std::set<std::int64_t>& words) {
  if (condition.kind != Condition::Kind::kCompare && condition.kind != Condition::Kind::kIn)
    return nullptr;
  const Path* path = nullptr;
  for (const Operand& operand : condition.operands) {
    if (operand.kind == Operand::Kind::kNumber) words.insert(operand.number);
    if (operand.kind == Operand::Kind::kPath && operand.path.field == Field::kFact)
      path = &operand.path;
  }
  return words.empty() ? nullptr : path;
}

void AddWordSets(const Condition& condition, Holder holder, Fact fact,
                 std::vector<std::set<std::int64_t>>& sets) {
  std::set<std::int64_t> words;
  const Path* path = ComparedWithWords(condition, words);
  if (path != nullptr && path->holder == holder && path->fact == fact)
    sets.push_back(std::move(words));
  for (const Condition& inner : condition.inner) AddWordSets(inner, holder, fact, sets);
  for (const Operand& operand : condition.operands) {
    for (const Condition& where : operand.where) AddWordSets(where, holder, fact, sets);
  }
}

}  // namespace

Keeper KeeperOf(Holder holder) {
  switch (holder) {
    case Holder::kAct:
      return Keeper::kAct;
    case Holder::kLine:
      return Keeper::kLine;
    case Holder::kCase:
    case Holder::kEarlier:
      return Keeper::kCase;
    case Holder::kTransfer:
      return Keeper::kTransfer;
    case Holder::kFlight:
      return Keeper::kFlight;
    case Holder::kListed:
    case Holder::kLodged:
    case Holder::kEntry:
      break;
  }
  return Keeper::kRow;
}

std::vector<Path> PathsOf(const Condition& condition) {
  std::vector<Path> paths;
  Collect(condition, paths);
  return paths;
}

std::vector<Path> PathsOf(const Operand& operand) {
  std::vector<Path> paths;
  Collect(operand, paths);
  return paths;
}

namespace {

void AddAsked(const Condition& condition, Asked& asked) {
  switch (condition.kind) {
    case Condition::Kind::kSome:
    case Condition::Kind::kNo:
    case Condition::Kind::kEvery:
    case Condition::Kind::kFamiliesTogether:
      asked.whole = true;
      return;
    default:
      break;
  }
  for (const Operand& operand : condition.operands) {
    // Lines that are counted: those of the act are only there when all of them are.
    const bool lines = operand.kind == Operand::Kind::kCount || operand.kind == Operand::Kind::kSum;
    if (lines && (operand.path.holder == Holder::kAct || operand.path.holder == Holder::kLine))
      asked.whole = true;
    for (const Path& path : PathsOf(operand)) {
      switch (path.holder) {
        case Holder::kAct:
          if (path.field == Field::kFact) asked.facts.insert(path.fact);
          if (path.field == Field::kAnswers) asked.answers = true;
          break;
        case Holder::kLine:
          (lines ? asked.whole : asked.line) = true;
          break;
        case Holder::kListed:
          if (!lines) asked.line = true;
          break;
        case Holder::kEarlier:
          (lines ? asked.whole : asked.earlier) = true;
          break;
        case Holder::kEntry:
          asked.whole = true;
          break;
        default:
          break;
      }
    }
  }
  for (const Condition& inner : condition.inner) AddAsked(inner, asked);
}

}  // namespace

Asked AskedBy(const Condition& condition) {
  Asked asked;
  AddAsked(condition, asked);
  return asked;
}

Asked AskedBy(const Guard& guard) {
  Asked asked = AskedBy(guard.require);
  for (const Condition& condition : guard.when) AddAsked(condition, asked);
  return asked;
}

std::vector<const Condition*> ConditionsOf(const Rule& rule) {
  std::vector<const Condition*> conditions;
  const auto add = [&](const std::vector<Condition>& several) {
    for (const Condition& condition : several) conditions.push_back(&condition);
  };
  add(rule.when);
  for (const std::vector<Guard>* guards : {&rule.guards, &rule.line_guards}) {
    for (const Guard& guard : *guards) {
      add(guard.when);
      conditions.push_back(&guard.require);
    }
  }
  for (const Effect* effect : EffectsOf(rule)) add(effect->when);
  return conditions;
}

std::vector<const Effect*> EffectsOf(const Rule& rule) {
  std::vector<const Effect*> all;
  for (const std::vector<Effect>* effects : {&rule.effects, &rule.line_effects}) {
    for (const Effect& effect : *effects) all.push_back(&effect);
  }
  return all;
}

std::vector<Path> PathsOf(const Rule& rule) {
  std::vector<Path> paths;
  for (const Condition* condition : ConditionsOf(rule)) Collect(*condition, paths);
  for (const Effect* effect : EffectsOf(rule)) {
    if (effect->operand) Collect(*effect->operand, paths);
  }
  return paths;
}

Reading::Reading(const std::vector<const procedure::Procedure*>& procedures) {
  for (const procedure::Procedure* terms : procedures) {
    for (const Rule& rule : terms->rules) {
      for (const Condition* condition : ConditionsOf(rule)) AddCondition(*condition);
      AddEffects(rule.effects);
      AddEffects(rule.line_effects);
    }
    for (const procedure::Lapse& lapse : terms->lapses) {
      for (const Effect& effect : lapse.effects) {
        for (const Condition& condition : effect.when) AddCondition(condition);
      }
      AddEffects(lapse.effects);
    }
  }
  // A fact that is copied into one that is read is read itself.
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [from, into] : copied_into_) {
      if (read_.contains(into) && read_.insert(from).second) grown = true;
    }
  }
}

void Reading::AddEffects(const std::vector<Effect>& effects) {
  for (const Effect& effect : effects) {
    if (!effect.operand) continue;
    if (effect.kind == Effect::Kind::kSet && effect.path.field == Field::kFact &&
        effect.operand->kind == Operand::Kind::kPath) {
      if (effect.operand->path.field == Field::kFact) {
        copied_into_.emplace(
            std::pair(KeeperOf(effect.operand->path.holder), effect.operand->path.fact),
            std::pair(KeeperOf(effect.path.holder), effect.path.fact));
      }
    } else {
      AddOperand(*effect.operand);
    }
  }
}

void Reading::AddOperand(const Operand& operand) {
  for (const Path& path : PathsOf(operand)) {
    // What an act says is read by its own rule alone; Matters looks there.
    const Keeper keeper = KeeperOf(path.holder);
    if (path.field == Field::kFact && keeper != Keeper::kAct && keeper != Keeper::kLine)
      read_.insert({keeper, path.fact});
  }
  if (operand.kind == Operand::Kind::kLimit && operand.has_path &&
      operand.path.field == Field::kFact) {
    limits_from_[operand.path.fact].insert(operand.name);
  }
  for (const Condition& condition : operand.where) AddCondition(condition);
}

void Reading::AddCondition(const Condition& condition) {
  for (const Operand& operand : condition.operands) AddOperand(operand);
  for (const Condition& inner : condition.inner) AddCondition(inner);
  if (condition.kind == Condition::Kind::kFamiliesTogether) {
    read_.insert({Keeper::kCase, Fact::kMinor});
    read_.insert({Keeper::kCase, Fact::kFamilyGroup});
  }
  ComparedWithNow(condition);
  std::set<std::int64_t> words;
  if (const Path* path = ComparedWithWords(condition, words))
    word_sets_[path->fact].push_back(std::move(words));
  const bool equality = condition.kind == Condition::Kind::kIn ||
                        (condition.kind == Condition::Kind::kCompare &&
                         (condition.compare == Condition::Compare::kEqual ||
                          condition.compare == Condition::Compare::kUnequal));
  if (condition.kind != Condition::Kind::kCompare && condition.kind != Condition::Kind::kIn) return;
  for (std::size_t i = 1; i < condition.operands.size(); ++i) {
    Compared(condition.operands[0], condition.operands[i], !equality);
    Compared(condition.operands[i], condition.operands[0], !equality);
  }
}

void Reading::Compared(const Operand& one, const Operand& other, bool ordered) {
  if (one.path.field != Field::kFact) return;
  if (one.kind == Operand::Kind::kPath) {
    partners_[one.path.fact].push_back({&other, -one.number, ordered});
  } else if (one.kind == Operand::Kind::kDay) {
    if (IsNow(other)) days_from_now_[one.path.fact].insert(other.number - one.number);
    partners_[one.path.fact].push_back({&other, -one.number, ordered});
  }
}

// day(path) + a < day(act.recorded_at) + b and its like: on which day after the path's it changes.
void Reading::ComparedWithNow(const Condition& condition) {
  if (condition.kind != Condition::Kind::kCompare) return;
  const Operand& left = condition.operands[0];
  const Operand& right = condition.operands[1];
  const bool now_left = IsNow(left);
  const Operand& moment = now_left ? right : left;
  if (now_left == IsNow(right) || moment.kind != Operand::Kind::kDay ||
      moment.path.field != Field::kFact) {
    return;
  }
  // Of now == moment + days.
  const std::int64_t days = now_left ? moment.number - left.number : moment.number - right.number;
  std::set<std::int64_t>& changes = changes_after_[moment.path.fact];
  using Compare = Condition::Compare;
  const Compare compare = condition.compare;
  const bool from_equal = compare == Compare::kEqual || compare == Compare::kUnequal ||
                          compare == (now_left ? Compare::kLess : Compare::kGreater) ||
                          compare == (now_left ? Compare::kGreaterEqual : Compare::kLessEqual);
  const bool from_next = compare == Compare::kEqual || compare == Compare::kUnequal || !from_equal;
  if (from_equal) changes.insert(days);
  if (from_next) changes.insert(days + 1);
}

bool Reading::Matters(const Rule& rule, bool of_line, Fact fact) const {
  const Holder holder = of_line ? Holder::kLine : Holder::kAct;
  const auto reads = [&](const std::vector<Path>& paths) {
    return std::any_of(paths.begin(), paths.end(), [&](const Path& path) {
      return path.holder == holder && path.field == Field::kFact && path.fact == fact;
    });
  };
  for (const Condition* condition : ConditionsOf(rule)) {
    if (reads(PathsOf(*condition))) return true;
  }
  for (const Effect* effect : EffectsOf(rule)) {
    if (!effect->operand || !reads(PathsOf(*effect->operand))) continue;
    if (effect->kind != Effect::Kind::kSet || effect->path.field != Field::kFact) return true;
    if (Reads(KeeperOf(effect->path.holder), effect->path.fact)) return true;
  }
  // Lines that become the matter's rows are read there.
  return of_line && rule.line_use == procedure::LineUse::kReplace && Reads(Keeper::kRow, fact);
}

const std::vector<Partner>& Reading::PartnersOf(Fact fact) const {
  static const std::vector<Partner> kNone;
  const auto at = partners_.find(fact);
  return at != partners_.end() ? at->second : kNone;
}

const std::set<std::int64_t>& Reading::DaysFromNow(Fact instant) const {
  static const std::set<std::int64_t> kNone;
  const auto at = days_from_now_.find(instant);
  return at != days_from_now_.end() ? at->second : kNone;
}

const std::vector<std::set<std::int64_t>>& Reading::WordSetsOf(Fact fact) const {
  static const std::vector<std::set<std::int64_t>> kNone;
  const auto at = word_sets_.find(fact);
  return at != word_sets_.end() ? at->second : kNone;
}

std::vector<std::set<std::int64_t>> Reading::WordSetsOf(const Rule& rule, bool of_line, Fact fact) {
  std::vector<std::set<std::int64_t>> sets;
  for (const Condition* condition : ConditionsOf(rule))
    AddWordSets(*condition, of_line ? Holder::kLine : Holder::kAct, fact, sets);
  return sets;
}

const std::set<std::int64_t>& Reading::ChangesAfter(Fact instant) const {
  static const std::set<std::int64_t> kNone;
  const auto at = changes_after_.find(instant);
  return at != changes_after_.end() ? at->second : kNone;
}

const std::set<std::string>& Reading::LimitsFrom(Fact instant) const {
  static const std::set<std::string> kNone;
  const auto at = limits_from_.find(instant);
  return at != limits_from_.end() ? at->second : kNone;
}

Reading::Spoken Reading::SpokenOf(const Rule& rule) {
  Spoken spoken;
  for (const Path& path : PathsOf(rule)) {
    if (path.holder == Holder::kAct && path.field == Field::kFact) spoken.act.insert(path.fact);
    if (path.holder == Holder::kAct && path.field == Field::kAnswers) spoken.answers = true;
    if (path.holder == Holder::kAct && path.field == Field::kCommitment) spoken.commitment = true;
    if (path.holder == Holder::kLine && path.field == Field::kFact) spoken.line.insert(path.fact);
  }
  spoken.act.insert(rule.required.begin(), rule.required.end());
  spoken.line.insert(rule.line_required.begin(), rule.line_required.end());
  spoken.line.insert(rule.line_key.begin(), rule.line_key.end());
  spoken.commitment = spoken.commitment || rule.particulars_required;
  return spoken;
}

}  // namespace chancery::checker
