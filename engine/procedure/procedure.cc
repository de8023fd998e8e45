#include "engine/procedure/procedure.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace chancery::procedure {

namespace {

// Collects defects with the place they are at.
class Report {
 public:
  void Add(std::string where, std::string message) {
    defects_.push_back({std::move(where), std::move(message)});
  }
  std::vector<Defect> Take() { return std::move(defects_); }

 private:
  std::vector<Defect> defects_;
};

template <class Row>
void CheckNamesOnce(const std::vector<Row>& rows, const std::string& what, Report& report) {
  std::set<std::string> seen;
  for (const Row& row : rows) {
    if (row.name.empty()) report.Add(what, "has no name; give it one");
    if (!seen.insert(row.name).second)
      report.Add(what + " " + row.name, "the name is used twice; rename one");
  }
}

bool HasStage(const Procedure& procedure, MatterKind matter, const std::string& name) {
  return std::any_of(procedure.stages.begin(), procedure.stages.end(), [&](const StageRule& stage) {
    return stage.matter == matter && stage.name == name;
  });
}

bool HasLimit(const Procedure& procedure, const std::string& name) {
  return std::any_of(procedure.limits.begin(), procedure.limits.end(),
                     [&](const LimitRule& limit) { return limit.name == name; });
}

void CheckArticles(const Procedure& procedure, const std::vector<std::string>& cited,
                   const std::string& where, bool needed, Report& report) {
  if (needed && cited.empty())
    report.Add(where, "cites no article; a rule without a legal basis does not load");
  for (const std::string& article : cited) {
    if (std::find(procedure.articles.begin(), procedure.articles.end(), article) ==
        procedure.articles.end()) {
      report.Add(where,
                 "cites \"" + article +
                     "\", which is not in the list of articles; add it or correct the citation");
    }
  }
}

// Every limit and stage a sentence names must exist.
void CheckOperand(const Procedure& procedure, const Operand& operand, const std::string& where,
                  Report& report);

void CheckCondition(const Procedure& procedure, const Condition& condition,
                    const std::string& where, Report& report) {
  for (const Operand& operand : condition.operands) CheckOperand(procedure, operand, where, report);
  for (const Condition& inner : condition.inner) CheckCondition(procedure, inner, where, report);
}

void CheckOperand(const Procedure& procedure, const Operand& operand, const std::string& where,
                  Report& report) {
  const bool speaks_of_limit =
      operand.kind == Operand::Kind::kLimit || operand.kind == Operand::Kind::kSince;
  if (speaks_of_limit && !HasLimit(procedure, operand.name)) {
    report.Add(where, "speaks of the limit \"" + operand.name +
                          "\", which is not defined; define it or correct the name");
  }
  if (operand.kind == Operand::Kind::kStage) {
    const bool known =
        std::any_of(procedure.stages.begin(), procedure.stages.end(),
                    [&](const StageRule& stage) { return stage.name == operand.name; });
    if (!known)
      report.Add(where, "speaks of the stage \"" + operand.name + "\", which is not defined");
  }
  for (const Condition& condition : operand.where)
    CheckCondition(procedure, condition, where, report);
}

// What an act on one kind of matter may change: never a matter that a reader of its entry cannot
// read.
bool MayChange(MatterKind matter, Holder holder) {
  switch (matter) {
    case MatterKind::kCooperation:
      return holder == Holder::kEntry || holder == Holder::kListed;
    case MatterKind::kCase:
      return holder == Holder::kCase;
    case MatterKind::kFlight:
      return holder == Holder::kFlight || holder == Holder::kEntry || holder == Holder::kListed;
    case MatterKind::kTransfer:
      return holder == Holder::kTransfer || holder == Holder::kListed || holder == Holder::kCase;
  }
  return false;
}

void CheckEffects(const Procedure& procedure, const std::vector<Effect>& effects, MatterKind matter,
                  const std::string& where, Report& report) {
  for (const Effect& effect : effects) {
    const std::string at = where + ", \"" + effect.text + "\"";
    if (!MayChange(matter, effect.path.holder)) {
      report.Add(
          at,
          "changes something that not every reader of the act may read; use an act of that matter");
    }
    const bool limit = effect.kind == Effect::Kind::kStart || effect.kind == Effect::Kind::kStop;
    if (limit && !HasLimit(procedure, effect.limit)) {
      report.Add(at, "the limit \"" + effect.limit + "\" is not defined");
    }
    if (effect.operand) CheckOperand(procedure, *effect.operand, at, report);
    for (const Condition& condition : effect.when) CheckCondition(procedure, condition, at, report);
  }
}

void CheckGuards(const Procedure& procedure, const std::vector<Guard>& guards,
                 const std::string& where, Report& report) {
  for (const Guard& guard : guards) {
    const std::string at = where + ", \"" + guard.require.text + "\"";
    for (const Condition& condition : guard.when) CheckCondition(procedure, condition, at, report);
    CheckCondition(procedure, guard.require, at, report);
    CheckArticles(procedure, {guard.article}, at, true, report);
  }
}

void CheckRule(const Procedure& procedure, const Rule& rule, Report& report) {
  const std::string where = "rule " + rule.name;
  const ActInfo* act = FindAct(rule.act);
  if (act == nullptr) {
    report.Add(where, "is about no known act");
    return;
  }
  const bool cooperation = act->matter == MatterKind::kCooperation;
  if (procedure.founding != cooperation) {
    report.Add(where, procedure.founding
                          ? "a founding procedure rules only the cooperation"
                          : "acts of the cooperation are ruled by the founding procedure");
  }
  if (!rule.opens && rule.from.empty()) {
    report.Add(where, "neither opens its matter nor names the stages it may be done in");
  }
  if (rule.opens && rule.to.empty()) report.Add(where, "opens a matter but names no stage for it");
  for (const std::string& stage : rule.from) {
    if (!HasStage(procedure, act->matter, stage)) {
      report.Add(where, "comes from the stage \"" + stage + "\", which is not defined");
    }
  }
  if (!rule.to.empty() && !HasStage(procedure, act->matter, rule.to)) {
    report.Add(where, "leads to the stage \"" + rule.to + "\", which is not defined");
  }
  if (rule.role == Role::kParty && rule.parties.empty()) report.Add(where, "names no party");
  if (rule.role != Role::kParty && !rule.parties.empty()) {
    report.Add(where, "names parties although a role decides who may act");
  }
  if (rule.seals.empty()) report.Add(where, "needs no seal; name the office that must seal");
  for (const SealNeeded& seal : rule.seals) {
    if (seal.count < 1) report.Add(where, "a seal is needed at least once");
  }
  for (const Condition& condition : rule.when) CheckCondition(procedure, condition, where, report);
  CheckGuards(procedure, rule.guards, where, report);
  CheckGuards(procedure, rule.line_guards, where + ", lines", report);
  CheckEffects(procedure, rule.effects, act->matter, where, report);
  CheckEffects(procedure, rule.line_effects, act->matter, where + ", lines", report);
  if ((rule.line_use != LineUse::kNone) == rule.line_key.empty()) {
    report.Add(where, "lines that are kept or changed need a key, and only they");
  }
  CheckArticles(procedure, rule.articles, where, true, report);
}

// Stages that acts and lapses lead to, starting from those that acts open.
void CheckReachable(const Procedure& procedure, Report& report) {
  for (const StageRule& stage : procedure.stages) {
    const std::string where =
        std::string("stage ") + std::string(NameOf(stage.matter)) + "." + stage.name;
    bool reached = false;
    bool left = false;
    const auto sets_stage = [&](const std::vector<Effect>& effects) {
      return std::any_of(effects.begin(), effects.end(), [&](const Effect& effect) {
        return effect.kind == Effect::Kind::kSet && effect.path.field == Field::kStage &&
               effect.operand && effect.operand->name == stage.name;
      });
    };
    for (const Rule& rule : procedure.rules) {
      const ActInfo* act = FindAct(rule.act);
      if (act == nullptr) continue;
      if (act->matter == stage.matter) {
        if (rule.to == stage.name) reached = true;
        const bool from =
            std::find(rule.from.begin(), rule.from.end(), stage.name) != rule.from.end();
        if (from && !rule.to.empty() && rule.to != stage.name) left = true;
      }
      if (stage.matter == MatterKind::kCase && act->matter == MatterKind::kTransfer &&
          sets_stage(rule.line_effects)) {
        reached = true;
      }
    }
    for (const Lapse& lapse : procedure.lapses) {
      if (lapse.matter != stage.matter) continue;
      if (lapse.to == stage.name) reached = true;
      if (!lapse.to.empty() &&
          std::find(lapse.from.begin(), lapse.from.end(), stage.name) != lapse.from.end())
        left = true;
    }
    if (stage.matter == MatterKind::kCase) {
      // A case is also moved by the lines of its transfer.
      for (const Rule& rule : procedure.rules) {
        const ActInfo* act = FindAct(rule.act);
        if (act == nullptr || act->matter != MatterKind::kTransfer) continue;
        for (const Effect& effect : rule.line_effects) {
          if (effect.path.holder == Holder::kCase && effect.path.field == Field::kStage)
            left = true;
        }
      }
    }
    if (!reached)
      report.Add(where, "no act and no limit leads there; remove it or lead something to it");
    if (!stage.terminal && !left && stage.matter != MatterKind::kCooperation) {
      report.Add(where, "nothing leads out of it; mark it terminal or add a rule");
    }
    if (!stage.terminal && stage.limit.empty() && stage.reason.empty()) {
      report.Add(where, "has neither a limit nor a reason why none is needed");
    }
    if (!stage.limit.empty() && !HasLimit(procedure, stage.limit)) {
      report.Add(where, "its limit \"" + stage.limit + "\" is not defined");
    }
  }
}

}  // namespace

std::vector<Defect> Check(const Procedure& procedure) {
  Report report;
  if (procedure.id.empty()) report.Add("procedure", "has no id");
  if (procedure.parties.empty()) report.Add("procedure", "names no party that may take part");
  CheckNamesOnce(procedure.limits, "limit", report);
  CheckNamesOnce(procedure.rules, "rule", report);
  CheckNamesOnce(procedure.lapses, "lapse", report);
  for (const LimitRule& limit : procedure.limits) {
    if (limit.days < 1) report.Add("limit " + limit.name, "is shorter than a day; give at least 1");
    if (limit.days > 3660)
      report.Add("limit " + limit.name, "is longer than ten years; that is no limit");
    CheckArticles(procedure, limit.articles, "limit " + limit.name, true, report);
  }
  for (const Rule& rule : procedure.rules) CheckRule(procedure, rule, report);
  for (const Lapse& lapse : procedure.lapses) {
    const std::string where = "lapse " + lapse.name;
    if (!HasLimit(procedure, lapse.limit))
      report.Add(where, "its limit \"" + lapse.limit + "\" is not defined");
    for (const std::string& stage : lapse.from) {
      if (!HasStage(procedure, lapse.matter, stage))
        report.Add(where, "the stage \"" + stage + "\" is not defined");
    }
    if (lapse.from.empty()) report.Add(where, "names no stage it happens in");
    if (lapse.to.empty() && lapse.effects.empty())
      report.Add(where, "changes nothing; name the stage it leads to or what follows");
    if (!lapse.to.empty() && !HasStage(procedure, lapse.matter, lapse.to))
      report.Add(where, "the stage \"" + lapse.to + "\" is not defined");
    CheckEffects(procedure, lapse.effects, lapse.matter, where, report);
    CheckArticles(procedure, lapse.articles, where, true, report);
  }
  std::set<std::pair<MatterKind, std::string>> stages;
  for (const StageRule& stage : procedure.stages) {
    if (!stages.insert({stage.matter, stage.name}).second) {
      report.Add("stage " + stage.name, "is defined twice for the same kind of matter");
    }
  }
  CheckReachable(procedure, report);
  return report.Take();
}

CheckedProcedure::CheckedProcedure(Procedure terms, const Digest& digest)
    : terms_(std::move(terms)), digest_(digest) {
  for (const Rule& rule : terms_.rules) by_act_[rule.act].push_back(&rule);
}

std::variant<std::shared_ptr<const CheckedProcedure>, std::vector<Defect>> Admit(
    Procedure procedure, Digest digest) {
  std::vector<Defect> defects = Check(procedure);
  if (!defects.empty()) return defects;
  return std::shared_ptr<const CheckedProcedure>(
      new CheckedProcedure(std::move(procedure), digest));
}

const std::vector<const Rule*>& CheckedProcedure::RulesOf(ActKind act) const {
  const auto at = by_act_.find(act);
  return at != by_act_.end() ? at->second : no_rules_;
}

const LimitRule* CheckedProcedure::FindLimit(std::string_view name) const {
  for (const LimitRule& limit : terms_.limits) {
    if (limit.name == name) return &limit;
  }
  return nullptr;
}

const StageRule* CheckedProcedure::FindStage(MatterKind matter, std::string_view name) const {
  for (const StageRule& stage : terms_.stages) {
    if (stage.matter == matter && stage.name == name) return &stage;
  }
  return nullptr;
}

int CheckedProcedure::OffsetOf(PartyCode party, Instant at) const {
  const ZoneOffset* found = nullptr;
  for (const ZoneOffset& zone : terms_.zones) {
    if (zone.party == party && zone.from <= at && (found == nullptr || zone.from > found->from))
      found = &zone;
  }
  return found != nullptr ? found->minutes : 0;
}

bool CheckedProcedure::MayTakePart(PartyCode party, Instant at) const {
  return std::any_of(terms_.parties.begin(), terms_.parties.end(), [&](const PartyTerm& term) {
    return term.party == party && term.from <= at && (!term.until || at < *term.until);
  });
}

Instant CheckedProcedure::FirstTooLate(const LimitRule& limit, Instant since,
                                       PartyCode party) const {
  const std::int64_t day = CivilDayOf(since, OffsetOf(party, since));
  const std::int64_t first_too_late = limit.before ? day - limit.days + 1 : day + limit.days + 1;
  // The offset that holds on the last day itself: a change of clocks on the way moves the end with
  // it.
  const Instant estimate = StartOfCivilDay(first_too_late, OffsetOf(party, since));
  return StartOfCivilDay(first_too_late, OffsetOf(party, estimate));
}

void ProcedureSet::Add(std::shared_ptr<const CheckedProcedure> procedure) {
  const Digest digest = procedure->digest();
  by_digest_.insert_or_assign(digest, std::move(procedure));
}

const CheckedProcedure* ProcedureSet::Founding() const {
  const CheckedProcedure* const found = Find(founding_);
  return found != nullptr && found->terms().founding ? found : nullptr;
}

const CheckedProcedure* ProcedureSet::Find(const Digest& digest) const {
  const auto at = by_digest_.find(digest);
  return at != by_digest_.end() ? at->second.get() : nullptr;
}

}  // namespace chancery::procedure
