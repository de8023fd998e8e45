#include "engine/explain/due.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/explain/sentence.h"
#include "engine/explain/words.h"

namespace chancery::explain {

using procedure::CheckedProcedure;
using procedure::Condition;
using procedure::Effect;
using procedure::Field;
using procedure::Holder;
using procedure::Lapse;
using procedure::LimitRule;
using procedure::Matter;
using procedure::MatterKind;
using procedure::Operand;
using procedure::Procedure;
using procedure::Role;
using procedure::Rule;
using procedure::StageRule;

namespace {

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const StageRule* FindStage(const Procedure& terms, MatterKind matter, const std::string& name) {
  for (const StageRule& stage : terms.stages) {
    if (stage.matter == matter && stage.name == name) return &stage;
  }
  return nullptr;
}

const LimitRule* FindLimit(const Procedure& terms, const std::string& name) {
  for (const LimitRule& limit : terms.limits) {
    if (limit.name == name) return &limit;
  }
  return nullptr;
}

Holder HolderOf(MatterKind matter) {
  switch (matter) {
    case MatterKind::kCase:
      return Holder::kCase;
    case MatterKind::kFlight:
      return Holder::kFlight;
    case MatterKind::kTransfer:
      return Holder::kTransfer;
    case MatterKind::kCooperation:
      break;
  }
  return Holder::kEntry;
}

// Whether nothing follows from the limit any more once the matter has gone to that stage.
bool EndsThere(const Procedure& terms, MatterKind matter, const std::string& stage,
               const std::string& limit) {
  const StageRule* rule = FindStage(terms, matter, stage);
  return (rule != nullptr && rule->terminal) || LapseAt(terms, matter, stage, limit) == nullptr;
}

bool Ends(const Procedure& terms, MatterKind matter, const std::string& stage,
          const std::string& limit, const Rule& rule) {
  if (!rule.to.empty() && rule.to != stage && EndsThere(terms, matter, rule.to, limit)) return true;
  return std::any_of(rule.effects.begin(), rule.effects.end(), [&](const Effect& effect) {
    if (effect.path.holder != HolderOf(matter)) return false;
    if (effect.kind == Effect::Kind::kStop) return effect.limit == limit;
    return effect.kind == Effect::Kind::kSet && effect.path.field == Field::kStage &&
           effect.operand && effect.operand->name != stage &&
           EndsThere(terms, matter, effect.operand->name, limit);
  });
}

// The stages that a condition leaves a case in; nothing when it does not say.
std::optional<std::vector<std::string>> CaseStagesIn(const Condition& condition) {
  if (condition.operands.size() < 2 || condition.operands[0].kind != Operand::Kind::kPath ||
      condition.operands[0].path.holder != Holder::kCase ||
      condition.operands[0].path.field != Field::kStage) {
    return std::nullopt;
  }
  const bool equal = condition.kind == Condition::Kind::kCompare &&
                     condition.compare == Condition::Compare::kEqual;
  if (!equal && condition.kind != Condition::Kind::kIn) return std::nullopt;
  std::vector<std::string> stages;
  for (std::size_t i = 1; i < condition.operands.size(); ++i)
    stages.push_back(condition.operands[i].name);
  return stages;
}

// Whether a condition says no more than that the line is a person's, not an escort's.
bool IsOfReturnees(const Condition& condition) {
  return condition.kind == Condition::Kind::kCompare && condition.operands.size() == 2 &&
         condition.compare == Condition::Compare::kEqual &&
         condition.operands[0].kind == Operand::Kind::kPath &&
         condition.operands[0].path.holder == Holder::kLine &&
         condition.operands[0].path.field == Field::kFact &&
         condition.operands[0].path.fact == procedure::Fact::kLineKind &&
         condition.operands[1].number ==
             procedure::WordNumber(procedure::Fact::kLineKind, "returnee");
}

// Whether an act on a list, done to a case at that stage, ends the limit for it.
bool EndsByLine(const Procedure& terms, const std::string& stage, const std::string& limit,
                const Rule& rule) {
  return std::any_of(rule.line_effects.begin(), rule.line_effects.end(), [&](const Effect& effect) {
    if (effect.path.holder != Holder::kCase) return false;
    const bool moves = effect.kind == Effect::Kind::kSet && effect.path.field == Field::kStage &&
                       effect.operand && effect.operand->name != stage &&
                       EndsThere(terms, MatterKind::kCase, effect.operand->name, limit);
    const bool stops = effect.kind == Effect::Kind::kStop && effect.limit == limit;
    return (moves || stops) && Contains(StagesBefore(rule, effect), stage);
  });
}

// Whether a rule is one that `role` may use; either party's rules are both's.
bool IsOf(const Rule& rule, std::optional<Role> role) {
  if (!role || rule.role == *role) return true;
  if (*role == Role::kEither)
    return rule.role == Role::kRequesting || rule.role == Role::kRequested;
  return rule.role == Role::kEither && (*role == Role::kRequesting || *role == Role::kRequested);
}

template <class Fits>
std::vector<MayDo> Gathered(const Procedure& terms, std::optional<Role> role, const Fits& fits) {
  std::vector<MayDo> all;
  for (const Rule& rule : terms.rules) {
    const procedure::ActInfo* info = procedure::FindAct(rule.act);
    if (info == nullptr || !IsOf(rule, role) || !fits(rule, *info)) continue;
    MayDo may{Spaced(info->name), rule.role, rule.parties, SealsInWords(rule.seals), {rule.name}};
    const auto same = std::find_if(all.begin(), all.end(), [&](const MayDo& other) {
      return other.act == may.act && other.role == may.role && other.parties == may.parties &&
             other.seals == may.seals;
    });
    if (same == all.end()) {
      all.push_back(std::move(may));
    } else {
      same->rules.push_back(rule.name);
    }
  }
  return all;
}

std::string SentenceOf(const Waiting& waiting, MatterKind matter) {
  std::string text = waiting.by + ", has until the end of " + waiting.last.day +
                     " (civil days of " + waiting.last.zone + "; too late from " +
                     Moment(waiting.until) + ") under the limit " + Spaced(waiting.limit) + ", " +
                     Days(waiting.days) + " since " + waiting.since_day;
  if (!waiting.limit_articles.empty()) text += ", " + Cited(waiting.limit_articles);
  if (waiting.unverified) text += ", a number the sources do not settle";
  std::vector<std::string> acts;
  for (const MayDo& may : waiting.acts) acts.push_back(InWords(may));
  if (!acts.empty()) text += "; what ends it: " + Listed(acts, "or");
  if (waiting.silence.empty())
    return text + "; when it passes nothing happens to the " +
           std::string(procedure::NameOf(matter)) + " by itself";
  return text + "; silence means that " + waiting.meaning +
         (waiting.silence_articles.empty() ? "" : " (" + Cited(waiting.silence_articles) + ")");
}

}  // namespace

std::string InWords(const MayDo& may) { return may.act + ", sealed by " + may.seals; }

std::vector<MayDo> ActsAt(const Procedure& terms, MatterKind matter, const std::string& stage,
                          std::optional<Role> role) {
  return Gathered(terms, role, [&](const Rule& rule, const procedure::ActInfo& info) {
    return info.matter == matter && Contains(rule.from, stage);
  });
}

std::vector<MayDo> ActsEnding(const Procedure& terms, MatterKind matter, const std::string& stage,
                              const std::string& limit, Role role) {
  return Gathered(terms, role, [&](const Rule& rule, const procedure::ActInfo& info) {
    if (info.matter == matter)
      return Contains(rule.from, stage) && Ends(terms, matter, stage, limit, rule);
    return matter == MatterKind::kCase && info.matter == MatterKind::kTransfer &&
           EndsByLine(terms, stage, limit, rule);
  });
}

std::vector<std::string> StagesBefore(const Rule& rule, const Effect& effect) {
  for (const Condition& condition : effect.when) {
    if (const auto stages = CaseStagesIn(condition)) return *stages;
  }
  const auto speaks = [&effect](const Condition& condition) {
    return IsOfReturnees(condition) ||
           std::any_of(effect.when.begin(), effect.when.end(),
                       [&](const Condition& one) { return one.text == condition.text; });
  };
  for (const procedure::Guard& guard : rule.line_guards) {
    if (!std::all_of(guard.when.begin(), guard.when.end(), speaks)) continue;
    if (const auto stages = CaseStagesIn(guard.require)) return *stages;
  }
  return {};
}

Role DueUnder(const Lapse& lapse, const std::string& stage, const Procedure& terms) {
  if (lapse.due) return *lapse.due;
  const StageRule* rule = FindStage(terms, lapse.matter, stage);
  return rule != nullptr ? rule->due : Role::kRequested;
}

const Lapse* LapseAt(const Procedure& terms, MatterKind matter, const std::string& stage,
                     const std::string& limit) {
  for (const Lapse& lapse : terms.lapses) {
    if (lapse.matter == matter && lapse.limit == limit && Contains(lapse.from, stage))
      return &lapse;
  }
  return nullptr;
}

std::string MeaningOf(const Lapse& lapse, const Procedure& terms) {
  const std::string matter(procedure::NameOf(lapse.matter));
  std::vector<std::string> parts = {lapse.to.empty()
                                        ? "the " + matter + " stays where it is"
                                        : "the " + matter + " is then " +
                                              StageInWords(lapse.matter, lapse.to, terms)};
  for (const Effect& effect : lapse.effects) {
    // Which limit it was that passed, the reader knows.
    if (effect.kind == Effect::Kind::kSet && effect.path.field == Field::kFact &&
        effect.path.fact == procedure::Fact::kLimit)
      continue;
    parts.push_back((effect.when.empty() ? "" : "if " + InWords(effect.when, terms) + ", ") +
                    InWords(effect, terms));
  }
  return Listed(parts);
}

LastDay LastDayOf(const CheckedProcedure& procedure, PartyCode requested, Instant until) {
  const Instant last{until.ms - 1};
  const int offset = procedure.OffsetOf(requested, last);
  return {Day(CivilDayOf(last, offset)), requested.ToText() + ", " + Offset(offset)};
}

Outlook OutlookOf(const CheckedProcedure& procedure, const Matter& matter) {
  const Procedure& terms = procedure.terms();
  Outlook outlook;
  outlook.stage = matter.stage;
  const std::string kind(procedure::NameOf(matter.kind));
  outlook.sentence = "The " + kind + " is " + StageInWords(matter.kind, matter.stage, terms) + ".";
  const StageRule* stage = procedure.FindStage(matter.kind, matter.stage);
  outlook.ended = stage != nullptr && stage->terminal;
  if (stage == nullptr || stage->terminal) return outlook;
  for (const procedure::RunningLimit& running : matter.limits) {
    const Lapse* lapse = LapseAt(terms, matter.kind, matter.stage, running.name);
    const LimitRule* limit = FindLimit(terms, running.name);
    Waiting waiting;
    waiting.role = lapse != nullptr ? DueUnder(*lapse, matter.stage, terms) : stage->due;
    waiting.by = PartyInWords(waiting.role, matter);
    waiting.limit = running.name;
    if (limit != nullptr) {
      waiting.days = limit->days;
      waiting.unverified = limit->unverified;
      waiting.limit_articles = limit->articles;
    }
    waiting.since = running.since;
    waiting.until = running.until;
    waiting.since_day =
        Day(CivilDayOf(running.since, procedure.OffsetOf(matter.requested, running.since)));
    waiting.last = LastDayOf(procedure, matter.requested, running.until);
    if (lapse != nullptr) {
      waiting.acts = ActsEnding(terms, matter.kind, matter.stage, running.name, waiting.role);
      waiting.silence = lapse->name;
      waiting.meaning = MeaningOf(*lapse, terms);
      waiting.silence_articles = lapse->articles;
    }
    waiting.sentence = SentenceOf(waiting, matter.kind);
    outlook.waiting.push_back(std::move(waiting));
  }
  std::stable_sort(outlook.waiting.begin(), outlook.waiting.end(),
                   [](const Waiting& a, const Waiting& b) { return a.until < b.until; });
  if (outlook.waiting.empty())
    outlook.reason = stage->reason.empty() ? "no limit runs" : Legible(stage->reason);
  return outlook;
}

}  // namespace chancery::explain
