#include "tests/mutation/rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace chancery::mutation {

namespace {

using procedure::Condition;
using procedure::Effect;
using procedure::Fact;
using procedure::Guard;
using procedure::Lapse;
using procedure::LimitRule;
using procedure::MatterKind;
using procedure::Operand;
using procedure::Procedure;
using procedure::Role;
using procedure::Rule;
using procedure::SealNeeded;
using procedure::StageRule;

using Compare = Condition::Compare;

// One condition changed, and how, in a few words.
struct Changed {
  std::string how;
  Condition condition;
};

std::string_view Sign(Compare compare) {
  switch (compare) {
    case Compare::kEqual:
      return "==";
    case Compare::kUnequal:
      return "!=";
    case Compare::kLess:
      return "<";
    case Compare::kLessEqual:
      return "<=";
    case Compare::kGreater:
      return ">";
    case Compare::kGreaterEqual:
      return ">=";
  }
  return {};
}

Compare Negated(Compare compare) {
  switch (compare) {
    case Compare::kEqual:
      return Compare::kUnequal;
    case Compare::kUnequal:
      return Compare::kEqual;
    case Compare::kLess:
      return Compare::kGreaterEqual;
    case Compare::kLessEqual:
      return Compare::kGreater;
    case Compare::kGreater:
      return Compare::kLessEqual;
    case Compare::kGreaterEqual:
      return Compare::kLess;
  }
  return compare;
}

std::optional<Compare> Neighbour(Compare compare) {
  switch (compare) {
    case Compare::kLess:
      return Compare::kLessEqual;
    case Compare::kLessEqual:
      return Compare::kLess;
    case Compare::kGreater:
      return Compare::kGreaterEqual;
    case Compare::kGreaterEqual:
      return Compare::kGreater;
    case Compare::kEqual:
    case Compare::kUnequal:
      return std::nullopt;
  }
  return std::nullopt;
}

// What stands in the place of a condition that has an opposite in the language.
std::optional<Condition::Kind> Opposite(Condition::Kind kind) {
  switch (kind) {
    case Condition::Kind::kKnown:
      return Condition::Kind::kUnknown;
    case Condition::Kind::kUnknown:
      return Condition::Kind::kKnown;
    case Condition::Kind::kSome:
      return Condition::Kind::kNo;
    case Condition::Kind::kNo:
      return Condition::Kind::kSome;
    case Condition::Kind::kEvery:
      return Condition::Kind::kNo;
    case Condition::Kind::kSuspended:
      return Condition::Kind::kNotSuspended;
    case Condition::Kind::kNotSuspended:
      return Condition::Kind::kSuspended;
    default:
      return std::nullopt;
  }
}

std::vector<Changed> ChangesOf(const Condition& condition);

// Changes of one operand: a number beside it one more or less, and of a count or sum every
// condition of its own.
void AddChangesOfOperand(const Condition& condition, std::size_t at,
                         std::vector<Changed>& changes) {
  const Operand& operand = condition.operands[at];
  const bool beside =
      (operand.kind == Operand::Kind::kPath || operand.kind == Operand::Kind::kDay) &&
      operand.number != 0;
  for (const int more : {-1, 1}) {
    if (!beside) continue;
    Condition changed = condition;
    changed.operands[at].number += more;
    changes.push_back({"+ " + std::to_string(operand.number + more), std::move(changed)});
  }
  for (std::size_t i = 0; i < operand.where.size(); ++i) {
    Condition dropped = condition;
    auto& where = dropped.operands[at].where;
    where.erase(where.begin() + static_cast<std::ptrdiff_t>(i));
    changes.push_back({"without where " + operand.where[i].text, std::move(dropped)});
    for (Changed& inner : ChangesOf(operand.where[i])) {
      Condition changed = condition;
      changed.operands[at].where[i] = std::move(inner.condition);
      changes.push_back({"where " + operand.where[i].text + ": " + inner.how, std::move(changed)});
    }
  }
}

// Every condition that says almost the same: its opposite, its boundary moved, a word less.
std::vector<Changed> ChangesOf(const Condition& condition) {
  std::vector<Changed> changes;
  if (const auto opposite = Opposite(condition.kind)) {
    Condition changed = condition;
    changed.kind = *opposite;
    changes.push_back({"negated", std::move(changed)});
  }
  if (condition.kind == Condition::Kind::kCompare) {
    Condition changed = condition;
    changed.compare = Negated(condition.compare);
    changes.push_back({"negated", std::move(changed)});
    if (const auto neighbour = Neighbour(condition.compare)) {
      changed = condition;
      changed.compare = *neighbour;
      changes.push_back(
          {std::string(Sign(*neighbour)) + " for " + std::string(Sign(condition.compare)),
           std::move(changed)});
    }
  }
  if (condition.kind == Condition::Kind::kIn) {
    for (std::size_t i = 1; i < condition.operands.size(); ++i) {
      Condition changed = condition;
      changed.operands.erase(changed.operands.begin() + static_cast<std::ptrdiff_t>(i));
      const Operand& member = condition.operands[i];
      changes.push_back(
          {"without " + (member.kind == Operand::Kind::kStage ? member.name
                                                              : "its word " + std::to_string(i)),
           std::move(changed)});
    }
  }
  for (std::size_t i = 0; i < condition.operands.size(); ++i)
    AddChangesOfOperand(condition, i, changes);
  for (std::size_t i = 0; i < condition.inner.size(); ++i) {
    for (Changed& inner : ChangesOf(condition.inner[i])) {
      Condition changed = condition;
      changed.inner[i] = std::move(inner.condition);
      changes.push_back({"its condition " + inner.how, std::move(changed)});
    }
  }
  return changes;
}

template <class Row>
void EraseAt(std::vector<Row>& rows, std::size_t at) {
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(at));
}

std::string_view NameOf(Role role) {
  switch (role) {
    case Role::kRequesting:
      return "requesting";
    case Role::kRequested:
      return "requested";
    case Role::kEither:
      return "either";
    case Role::kParticipant:
      return "participant";
    case Role::kParty:
      return "party";
  }
  return {};
}

// The roles that are tried in the place of one: wider, and the other side.
std::vector<Role> OthersFor(Role role) {
  switch (role) {
    case Role::kRequesting:
      return {Role::kRequested, Role::kEither};
    case Role::kRequested:
      return {Role::kRequesting, Role::kEither};
    case Role::kEither:
      return {Role::kRequesting, Role::kRequested};
    case Role::kParticipant:
      return {Role::kRequesting, Role::kRequested};
    case Role::kParty:
      return {};
  }
  return {};
}

// Another office of the same side.
std::int64_t OtherOffice(std::int64_t office) {
  const auto word = [](std::string_view name) {
    return procedure::WordNumber(Fact::kOffice, name).value_or(0);
  };
  if (office == word("return_authority")) return word("monitor");
  if (office == word("escort_leader") || office == word("monitor")) return word("return_authority");
  return office == word("ministry") ? word("border_agency") : word("ministry");
}

class Collector {
 public:
  explicit Collector(const Procedure& procedure) : procedure_(procedure) {}

  std::vector<RuleMutant> Take() {
    for (std::size_t i = 0; i < procedure_.limits.size(); ++i) AddLimit(i);
    for (std::size_t i = 0; i < procedure_.lapses.size(); ++i) AddLapse(i);
    for (std::size_t i = 0; i < procedure_.rules.size(); ++i) AddRule(i);
    // What is written twice in one rule gets a number.
    std::map<std::string, int> met;
    for (RuleMutant& mutant : mutants_) mutant.name += " | " + std::to_string(++met[mutant.name]);
    return std::move(mutants_);
  }

 private:
  void Add(const std::string& what, const std::string& how,
           std::function<void(Procedure&)> change) {
    mutants_.push_back(
        {where_ + " | " + what + " | " + how, act_, at_the_desk_, std::move(change)});
  }

  // Changes of every condition in a list that `conditions` finds in the changed procedure.
  void AddConditions(const std::string& what, const std::vector<Condition>& conditions,
                     const std::function<std::vector<Condition>&(Procedure&)>& find) {
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      Add(what + " dropped", conditions[i].text,
          [=](Procedure& terms) { EraseAt(find(terms), i); });
      for (Changed& changed : ChangesOf(conditions[i])) {
        Add(what + " " + changed.how, conditions[i].text,
            [find, i, condition = std::move(changed.condition)](Procedure& terms) {
              find(terms)[i] = condition;
            });
      }
    }
  }

  void AddEffects(const std::string& what, const std::vector<Effect>& effects,
                  const std::function<std::vector<Effect>&(Procedure&)>& find) {
    for (std::size_t i = 0; i < effects.size(); ++i) {
      const Effect& effect = effects[i];
      Add(what + " dropped", effect.text, [=](Procedure& terms) { EraseAt(find(terms), i); });
      if (effect.kind == Effect::Kind::kStart && effect.operand) {
        Add(what + " counted from the act itself", effect.text,
            [=](Procedure& terms) { find(terms)[i].operand.reset(); });
      }
      AddConditions(
          what + " \"" + effect.text + "\" when", effect.when,
          [=](Procedure& terms) -> std::vector<Condition>& { return find(terms)[i].when; });
    }
  }

  void AddGuards(const std::string& what, const std::vector<Guard>& guards,
                 const std::function<std::vector<Guard>&(Procedure&)>& find) {
    for (std::size_t i = 0; i < guards.size(); ++i) {
      const Guard& guard = guards[i];
      const std::string text =
          guard.require.text + " -> " + std::string(procedure::NameOf(guard.ground));
      Add(what + " dropped", text, [=](Procedure& terms) { EraseAt(find(terms), i); });
      for (Changed& changed : ChangesOf(guard.require)) {
        Add(what + " " + changed.how, text,
            [find, i, condition = std::move(changed.condition)](Procedure& terms) {
              find(terms)[i].require = condition;
            });
      }
      AddConditions(
          what + " \"" + text + "\" when", guard.when,
          [=](Procedure& terms) -> std::vector<Condition>& { return find(terms)[i].when; });
    }
  }

  void AddLimit(std::size_t at) {
    at_the_desk_ = false;
    const LimitRule& limit = procedure_.limits[at];
    where_ = "limit " + limit.name;
    act_.reset();
    for (const int more : {-1, 1}) {
      Add("days", std::to_string(limit.days + more) + " for " + std::to_string(limit.days),
          [=](Procedure& terms) { terms.limits[at].days += more; });
    }
  }

  void AddLapse(std::size_t at) {
    at_the_desk_ = false;
    const Lapse& lapse = procedure_.lapses[at];
    where_ = "lapse " + lapse.name;
    act_.reset();
    Add("lapse dropped", lapse.limit, [=](Procedure& terms) { EraseAt(terms.lapses, at); });
    if (!lapse.to.empty())
      Add("to dropped", lapse.to, [=](Procedure& terms) { terms.lapses[at].to.clear(); });
    for (std::size_t i = 0; i < lapse.from.size(); ++i) {
      Add("from removed", lapse.from[i],
          [=](Procedure& terms) { EraseAt(terms.lapses[at].from, i); });
    }
    AddEffects("effect", lapse.effects,
               [=](Procedure& terms) -> std::vector<Effect>& { return terms.lapses[at].effects; });
  }

  void AddRule(std::size_t at) {
    const Rule& rule = procedure_.rules[at];
    where_ = rule.name;
    act_ = rule.act;
    at_the_desk_ = true;
    for (const Role other : OthersFor(rule.role)) {
      Add("role", std::string(NameOf(other)) + " for " + std::string(NameOf(rule.role)),
          [=](Procedure& terms) { terms.rules[at].role = other; });
    }
    AddSeals(at);
    AddStages(at);
    AddRequired("required", rule.required,
                [=](Procedure& terms) -> std::vector<Fact>& { return terms.rules[at].required; });
    AddRequired(
        "required of a line", rule.line_required,
        [=](Procedure& terms) -> std::vector<Fact>& { return terms.rules[at].line_required; });
    AddRequired("key of a line", rule.line_key,
                [=](Procedure& terms) -> std::vector<Fact>& { return terms.rules[at].line_key; });
    if (rule.particulars_required) {
      Add("particulars", "dropped",
          [=](Procedure& terms) { terms.rules[at].particulars_required = false; });
    }
    at_the_desk_ = false;
    AddConditions("when", rule.when, [=](Procedure& terms) -> std::vector<Condition>& {
      return terms.rules[at].when;
    });
    AddGuards("guard", rule.guards,
              [=](Procedure& terms) -> std::vector<Guard>& { return terms.rules[at].guards; });
    AddGuards("guard of lines", rule.line_guards,
              [=](Procedure& terms) -> std::vector<Guard>& { return terms.rules[at].line_guards; });
    AddEffects("effect", rule.effects,
               [=](Procedure& terms) -> std::vector<Effect>& { return terms.rules[at].effects; });
    AddEffects("effect of lines", rule.line_effects, [=](Procedure& terms) -> std::vector<Effect>& {
      return terms.rules[at].line_effects;
    });
  }

  void AddSeals(std::size_t at) {
    const Rule& rule = procedure_.rules[at];
    for (std::size_t i = 0; i < rule.seals.size(); ++i) {
      const SealNeeded& seal = rule.seals[i];
      const std::string office(procedure::WordName(Fact::kOffice, seal.office));
      Add("seal dropped", office, [=](Procedure& terms) { EraseAt(terms.rules[at].seals, i); });
      const std::int64_t other = OtherOffice(seal.office);
      Add("seal", std::string(procedure::WordName(Fact::kOffice, other)) + " for " + office,
          [=](Procedure& terms) { terms.rules[at].seals[i].office = other; });
      for (const int more : {-1, 1}) {
        Add("seals", std::to_string(seal.count + more) + " for " + std::to_string(seal.count),
            [=](Procedure& terms) { terms.rules[at].seals[i].count += more; });
      }
    }
  }

  void AddStages(std::size_t at) {
    const Rule& rule = procedure_.rules[at];
    Add("opens", rule.opens ? "no longer" : "as well",
        [=](Procedure& terms) { terms.rules[at].opens = !terms.rules[at].opens; });
    if (!rule.to.empty())
      Add("to dropped", rule.to, [=](Procedure& terms) { terms.rules[at].to.clear(); });
    at_the_desk_ = rule.from.size() < 2;
    for (std::size_t i = 0; i < rule.from.size(); ++i) {
      Add("from removed", rule.from[i],
          [=](Procedure& terms) { EraseAt(terms.rules[at].from, i); });
    }
    at_the_desk_ = rule.opens;
    const MatterKind matter = procedure::FindAct(rule.act)->matter;
    for (const StageRule& stage : procedure_.stages) {
      const bool there =
          std::find(rule.from.begin(), rule.from.end(), stage.name) != rule.from.end();
      if (stage.matter != matter || there) continue;
      Add("from added", stage.name,
          [at, name = stage.name](Procedure& terms) { terms.rules[at].from.push_back(name); });
    }
    at_the_desk_ = true;
  }

  void AddRequired(const std::string& what, const std::vector<Fact>& facts,
                   const std::function<std::vector<Fact>&(Procedure&)>& find) {
    for (std::size_t i = 0; i < facts.size(); ++i) {
      Add(what + " dropped", std::string(procedure::InfoOf(facts[i]).name),
          [=](Procedure& terms) { EraseAt(find(terms), i); });
    }
  }

  const Procedure& procedure_;
  std::vector<RuleMutant> mutants_;
  std::string where_;
  std::optional<procedure::ActKind> act_;
  bool at_the_desk_ = false;
};

}  // namespace

std::vector<RuleMutant> MutantsOf(const Procedure& procedure) {
  return Collector(procedure).Take();
}

}  // namespace chancery::mutation
