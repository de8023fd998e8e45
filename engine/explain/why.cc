#include "engine/explain/why.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/base/text.h"
#include "engine/explain/due.h"
#include "engine/explain/sentence.h"
#include "engine/explain/words.h"
#include "engine/procedure/evaluate.h"

namespace chancery::explain {

using procedure::Act;
using procedure::ActInfo;
using procedure::CheckedProcedure;
using procedure::Condition;
using procedure::Effect;
using procedure::Fact;
using procedure::Field;
using procedure::Ground;
using procedure::Guard;
using procedure::Holder;
using procedure::Inadmissible;
using procedure::Lapsed;
using procedure::LimitRule;
using procedure::Matter;
using procedure::Matters;
using procedure::Operand;
using procedure::Procedure;
using procedure::ProcedureSet;
using procedure::RecordedAct;
using procedure::Role;
using procedure::Rule;
using procedure::RunningLimit;
using procedure::Scene;

namespace {

// More than these do not make a sentence clearer; all of them are in Why::decided.
constexpr std::size_t kMostSaid = 5;
constexpr std::size_t kMostWays = 4;

const Rule* FindRule(const Procedure& terms, const std::string& name) {
  for (const Rule& rule : terms.rules) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

std::string ActNamed(const Act& act) {
  const ActInfo* info = procedure::FindAct(act.kind);
  return info != nullptr ? Spaced(info->name) : std::string("act");
}

// "On 2016-09-05 06:00:00 UTC PAK did \"reply\": ".
std::string Opening(const Act& act, Instant at) {
  return "On " + Moment(at) + " " + act.author.ToText() + " did \"" + ActNamed(act) + "\": ";
}

std::string InBrackets(const std::vector<std::string>& articles) {
  return articles.empty() ? "" : " (" + Cited(articles) + ")";
}

// Whether a condition reads the act itself: then it says nothing of another act.
bool ReadsTheAct(const Condition& condition) {
  const auto of_act = [](const Operand& operand) {
    return operand.kind != Operand::Kind::kNumber && operand.kind != Operand::Kind::kStage &&
           (operand.path.holder == Holder::kAct || operand.path.holder == Holder::kLine);
  };
  return !condition.inner.empty() ||
         std::any_of(condition.operands.begin(), condition.operands.end(), of_act);
}

// Looks on while an act is judged.
class Witnessing final : public procedure::Onlooker {
 public:
  explicit Witnessing(const Matters& touched) : touched_(touched) {}

  void Found(const Scene& scene) override {
    for (const auto& [id, matter] : touched_) {
      if (const Matter* found = scene.working->Read(id)) matters_.Add(*found);
    }
    for (const Rule* rule : scene.procedure->RulesOf(scene.recorded->act.kind)) {
      for (const Condition& condition : rule->when) {
        conditions_[rule].push_back({InWords(condition, scene.procedure->terms()),
                                     SituationInWords(condition, scene), condition.text,
                                     rule->articles.empty() ? "" : rule->articles.front(),
                                     procedure::Holds(condition, scene)});
      }
    }
  }

  void Asked(const Guard& guard, bool holds, const Scene& scene,
             std::optional<std::uint32_t>) override {
    // Of many lines the first one speaks for all that agree with it.
    if (!met_.insert({&guard, holds}).second) return;
    Decided decided{InWords(guard.require, scene.procedure->terms()),
                    SituationInWords(guard.require, scene), guard.require.text, guard.article,
                    holds};
    if (!guard.when.empty())
      decided.asked =
          "where " + InWords(guard.when, scene.procedure->terms()) + ", " + decided.asked;
    if (!holds) {
      refused_.push_back({&guard, decided, WaysTo(guard.require, scene)});
    } else {
      (IsUsual(guard.require) ? usual_ : held_).push_back({&guard, std::move(decided)});
    }
  }

  struct Refused {
    const Guard* guard;
    Decided decided;
    std::vector<std::string> ways;
  };

  // The matters as the act found them; empty when it was refused before they were looked at.
  const Matters& matters() const { return matters_; }
  const std::vector<Refused>& refused() const { return refused_; }
  // Of an admitted act: nothing refused it.
  std::vector<Decided> Held(const Rule* rule) const {
    std::vector<Decided> all = WhenOf(rule);
    for (const auto* held : {&held_, &usual_}) {
      for (const auto& [guard, decided] : *held) all.push_back(decided);
    }
    return all;
  }
  std::vector<Decided> WhenOf(const Rule* rule) const {
    const auto at = conditions_.find(rule);
    return at != conditions_.end() ? at->second : std::vector<Decided>();
  }

 private:
  // What holds of nearly every act: told behind what this act turned on.
  static bool IsUsual(const Condition& condition) {
    return condition.kind == Condition::Kind::kMayTakePart ||
           condition.kind == Condition::Kind::kNotSuspended ||
           condition.kind == Condition::Kind::kAppointed;
  }

  // The acts that could make a fact of a matter what a condition wants, in the stage it is in.
  static std::vector<std::string> WaysTo(const Condition& condition, const Scene& scene) {
    if (condition.operands.empty() || condition.operands.front().kind != Operand::Kind::kPath)
      return {};
    const procedure::Path& path = condition.operands.front().path;
    const Matter* matter = path.holder == Holder::kCase       ? scene.one_case
                           : path.holder == Holder::kTransfer ? scene.transfer
                           : path.holder == Holder::kFlight   ? scene.flight
                                                              : nullptr;
    if (matter == nullptr || path.field != Field::kFact) return {};
    std::vector<std::string> ways;
    for (const Rule& rule : scene.procedure->terms().rules) {
      const ActInfo* info = procedure::FindAct(rule.act);
      if (info == nullptr || info->matter != matter->kind) continue;
      if (std::find(rule.from.begin(), rule.from.end(), matter->stage) == rule.from.end()) continue;
      const bool excluded =
          std::any_of(rule.when.begin(), rule.when.end(), [&](const Condition& when) {
            return !ReadsTheAct(when) && !procedure::Holds(when, scene);
          });
      if (excluded ||
          !std::any_of(rule.effects.begin(), rule.effects.end(),
                       [&](const Effect& effect) { return MakesTrue(effect, condition); })) {
        continue;
      }
      const std::string way = "\"" + Spaced(info->name) + "\" of " +
                              PartyInWords(rule.role, *matter) + ", sealed by " +
                              SealsInWords(rule.seals);
      if (std::find(ways.begin(), ways.end(), way) == ways.end()) ways.push_back(way);
      if (ways.size() == kMostWays) break;
    }
    return ways;
  }

  // Whether the effect may give the fact a value that the condition wants.
  static bool MakesTrue(const Effect& effect, const Condition& condition) {
    const procedure::Path& path = condition.operands.front().path;
    if (!(effect.path == path)) return false;
    if (condition.kind == Condition::Kind::kUnknown) return effect.kind == Effect::Kind::kClear;
    if (effect.kind != Effect::Kind::kSet || !effect.operand) return false;
    if (effect.operand->kind != Operand::Kind::kNumber) return true;
    const bool wanted = std::any_of(
        condition.operands.begin() + 1, condition.operands.end(), [&](const Operand& operand) {
          return operand.kind == Operand::Kind::kNumber && operand.number == effect.operand->number;
        });
    switch (condition.kind) {
      case Condition::Kind::kKnown:
        return true;
      case Condition::Kind::kIn:
        return wanted;
      case Condition::Kind::kCompare:
        return condition.compare == Condition::Compare::kEqual     ? wanted
               : condition.compare == Condition::Compare::kUnequal ? !wanted
                                                                   : true;
      default:
        return false;
    }
  }

  const Matters& touched_;
  Matters matters_;
  std::map<const Rule*, std::vector<Decided>> conditions_;
  std::vector<std::pair<const Guard*, Decided>> held_;
  std::vector<std::pair<const Guard*, Decided>> usual_;
  std::vector<Refused> refused_;
  std::set<std::pair<const Guard*, bool>> met_;
};

// ------------------------------------------------------------------------------------- admitted

LimitMoved MovedLimit(const CheckedProcedure& procedure, const Matter& matter,
                      const RunningLimit& running, bool began) {
  LimitMoved moved;
  moved.limit = running.name;
  moved.began = began;
  if (const LimitRule* limit = procedure.FindLimit(running.name)) {
    moved.days = limit->days;
    moved.unverified = limit->unverified;
    moved.articles = limit->articles;
  }
  moved.since = running.since;
  moved.until = running.until;
  moved.since_day =
      Day(CivilDayOf(running.since, procedure.OffsetOf(matter.requested, running.since)));
  moved.last_day = LastDayOf(procedure, matter.requested, running.until).day;
  moved.requested = matter.requested;
  return moved;
}

std::vector<Moved> MovedBy(const procedure::Stepped& stepped, const Matters& before,
                           const CheckedProcedure& procedure) {
  std::vector<Moved> all;
  for (const Matter& after : stepped.changed) {
    const Matter* old = before.Find(after.id);
    Moved moved{after.id, after.kind, old != nullptr ? old->stage : std::string(), after.stage, {}};
    if (old != nullptr) {
      for (const RunningLimit& running : old->limits) {
        if (after.FindLimit(running.name) == nullptr)
          moved.limits.push_back(MovedLimit(procedure, after, running, false));
      }
    }
    for (const RunningLimit& running : after.limits) {
      const RunningLimit* known = old != nullptr ? old->FindLimit(running.name) : nullptr;
      if (known == nullptr || !(*known == running))
        moved.limits.push_back(MovedLimit(procedure, after, running, true));
    }
    all.push_back(std::move(moved));
  }
  return all;
}

std::string BecauseOf(const std::vector<Decided>& decided) {
  std::vector<std::string> said;
  for (const Decided& one : decided) {
    if (said.size() == kMostSaid) break;
    said.push_back(one.asked + (one.article.empty() ? "" : " (" + Legible(one.article) + ")"));
  }
  if (said.empty()) return {};
  std::string text = ", because " + Listed(said);
  const std::size_t more = decided.size() - said.size();
  if (more > 0) {
    text += "; " + std::to_string(more) +
            (more == 1 ? " more condition holds" : " more conditions hold");
  }
  return text;
}

void TellAdmitted(const procedure::Admitted& admitted, const Act& act, Instant at,
                  const CheckedProcedure* procedure, Why& why) {
  why.admitted = true;
  why.rule = admitted.because.rule;
  why.articles = admitted.because.articles;
  why.sentence = Opening(act, at) + "admitted under rule " + Legible(why.rule) +
                 InBrackets(why.articles) + BecauseOf(why.decided);
  std::size_t others = 0;
  std::string moves;
  if (!why.moved.empty() && procedure != nullptr) {
    // The act's own matter is told whole; of the others only that they moved.
    for (const Moved& moved : why.moved) {
      if (moved.matter == act.matter) {
        moves = explain::InWords(moved, procedure->terms());
      } else {
        ++others;
      }
    }
  } else {
    for (const procedure::Changed& changed : admitted.changed) {
      if (changed.matter == act.matter) {
        moves = "the matter is then " + Spaced(changed.stage);
      } else {
        ++others;
      }
    }
  }
  if (!moves.empty()) why.sentence += "; " + moves;
  if (others > 0) {
    why.sentence +=
        "; " + std::to_string(others) +
        (others == 1 ? " other matter changes with it" : " other matters change with it");
  }
  why.sentence += ".";
}

// ---------------------------------------------------------------------------------- inadmissible

std::vector<std::string> FactsLacking(const Rule& rule, const Act& act) {
  std::vector<std::string> lacking;
  for (const Fact fact : rule.required) {
    if (!act.facts.Has(fact)) lacking.push_back(SaidOf(fact));
  }
  if (rule.particulars_required && !act.commitment)
    lacking.push_back("the person's particulars with their commitment");
  for (const Fact fact : rule.line_required) {
    const bool some = std::any_of(act.lines.begin(), act.lines.end(),
                                  [&](const procedure::Facts& line) { return !line.Has(fact); });
    if (some) lacking.push_back("in every line " + SaidOf(fact));
  }
  return lacking;
}

void AddOnce(std::string text, std::vector<std::string>& texts) {
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
}

bool MayHaveRole(const Rule& rule, const Act& act, const Matter* matter) {
  if (matter == nullptr) return true;
  if (rule.role == Role::kRequesting) return act.author == matter->requesting;
  if (rule.role == Role::kRequested) return act.author == matter->requested;
  return true;
}

// What was asked of an act that no rule or no seal lets in, and what would let it in.
struct Lacking {
  std::string asked;
  std::string situation;
  std::string remedy;  // behind the ground's own: what exactly
};

Lacking OutOfTurn(const CheckedProcedure& procedure, const Act& act, const Matter* matter) {
  std::vector<std::string> stages;
  for (const Rule* rule : procedure.RulesOf(act.kind)) {
    if (!MayHaveRole(*rule, act, matter)) continue;
    for (const std::string& stage : rule->from) AddOnce(Spaced(stage), stages);
  }
  if (stages.empty()) return {};
  Lacking lacking;
  const ActInfo* info = procedure::FindAct(act.kind);
  const std::string kind(info != nullptr ? procedure::NameOf(info->matter) : "matter");
  lacking.asked = "the " + kind + " is " + Listed(stages, "or");
  if (matter != nullptr) lacking.situation = "the " + kind + " is " + Spaced(matter->stage);
  lacking.remedy = Listed(stages, "or");
  return lacking;
}

Lacking WrongRole(const CheckedProcedure& procedure, const Act& act, const Matter* matter) {
  std::vector<std::string> roles;
  for (const Rule* rule : procedure.RulesOf(act.kind))
    AddOnce(RoleInWords(rule->role, rule->parties), roles);
  Lacking lacking;
  lacking.asked = "its author is " + Listed(roles, "or");
  lacking.remedy = Listed(roles, "or") + " may do it";
  if (matter != nullptr) {
    lacking.situation = act.author.ToText() + " is " +
                        (act.author == matter->requesting  ? "the requesting party"
                         : act.author == matter->requested ? "the requested party"
                                                           : "neither of the two parties");
  }
  return lacking;
}

Lacking SealsMissing(const Rule& rule, const RecordedAct& recorded, const Matters& touched) {
  const std::vector<procedure::Appointment> seals =
      recorded.act.kind == procedure::ActKind::kFounded
          ? SealsOf(recorded, FoundersIn(recorded), {})
          : SealsOf(recorded, AppointmentsOf(touched.Register()), recorded.act.author);
  std::vector<std::string> offices;
  for (const procedure::Appointment& seal : seals)
    offices.push_back("the " + Spaced(procedure::WordName(Fact::kOffice, seal.office)));
  const std::vector<procedure::SealNeeded> lacking = SealsLacking(rule.seals, seals);
  return {"it is sealed by " + SealsInWords(rule.seals),
          offices.empty() ? "no seal on it counts" : "sealed have " + Listed(offices),
          SealsInWords(lacking)};
}

void TellInadmissible(const Inadmissible& inadmissible, const Act& act, Instant at, Why& why) {
  why.admitted = false;
  why.rule = inadmissible.rule;
  why.ground = procedure::NameOf(inadmissible.ground);
  if (!inadmissible.article.empty()) why.articles = {inadmissible.article};
  why.lines = inadmissible.lines;
  std::string text = Opening(act, at) + "inadmissible";
  if (!why.rule.empty()) text += " under rule " + Legible(why.rule);
  text += InBrackets(why.articles) + ", because " + std::string(Meaning(inadmissible.ground));
  if (!why.lines.empty()) {
    std::vector<std::string> numbers;
    for (const std::uint32_t line : why.lines) numbers.push_back(std::to_string(line));
    text += why.lines.size() == 1 ? " in line " : " in the lines ";
    text += Listed(numbers) + " (counted from 0)";
  }
  for (const Decided& one : why.decided) {
    text += "; asked is that " + one.asked;
    if (!one.situation.empty()) text += ", but " + one.situation;
  }
  why.sentence = text + "; what would make it admissible: " + why.remedy + ".";
}

std::string Remedy(Ground ground, const std::string& exactly) {
  return std::string(RemedyFor(ground)) + (exactly.empty() ? "" : ": " + exactly);
}

// The guards of a rule that can have refused with that ground and article, for whoever did not see
// it.
void AddGuards(const std::vector<Guard>& guards, const Inadmissible& inadmissible,
               const Procedure& terms, std::vector<Decided>& decided) {
  for (const Guard& guard : guards) {
    if (guard.ground != inadmissible.ground || guard.article != inadmissible.article) continue;
    const std::string where =
        guard.when.empty() ? "" : "where " + InWords(guard.when, terms) + ", ";
    decided.push_back(
        {where + InWords(guard.require, terms), "", guard.require.text, guard.article, false});
  }
}

}  // namespace

Explained Explain(const ProcedureSet& procedures, const Matters& touched,
                  const RecordedAct& recorded) {
  Explained explained;
  const Act& act = recorded.act;
  Witnessing witness(touched);
  explained.stepped = procedure::Step(procedures, touched, recorded, &witness);
  const procedure::Ruling& ruling = explained.stepped.ruling;
  explained.lapses = Tell(procedures, touched, ruling.lapses);
  const CheckedProcedure* procedure = procedures.Find(act.procedure);
  Why& why = explained.why;
  if (const auto* admitted = std::get_if<procedure::Admitted>(&ruling.outcome)) {
    why.decided = witness.Held(FindRule(procedure->terms(), admitted->because.rule));
    why.moved = MovedBy(explained.stepped, witness.matters(), *procedure);
    TellAdmitted(*admitted, act, recorded.recorded_at, procedure, why);
    return explained;
  }
  const auto& inadmissible = std::get<Inadmissible>(ruling.outcome);
  std::string exactly;
  for (const Witnessing::Refused& refused : witness.refused()) {
    if (refused.guard->ground != inadmissible.ground ||
        refused.guard->article != inadmissible.article) {
      continue;
    }
    why.decided.push_back(refused.decided);
    exactly += (exactly.empty() ? "" : "; ") + refused.decided.asked;
    if (!refused.ways.empty()) exactly += " (by " + Listed(refused.ways, "or") + ")";
  }
  if (why.decided.empty() && procedure != nullptr) {
    const Matter* matter = witness.matters().Find(act.matter);
    const Rule* rule = FindRule(procedure->terms(), inadmissible.rule);
    const auto put = [&](const Lacking& lacking) {
      if (lacking.asked.empty()) return;
      why.decided.push_back({lacking.asked, lacking.situation, "", inadmissible.article, false});
      exactly = lacking.remedy;
    };
    switch (inadmissible.ground) {
      case Ground::kOutOfTurn:
        put(OutOfTurn(*procedure, act, matter));
        break;
      case Ground::kWrongRole:
        put(WrongRole(*procedure, act, matter));
        break;
      case Ground::kMissingSeal:
        if (rule != nullptr) put(SealsMissing(*rule, recorded, touched));
        break;
      case Ground::kMissingFact: {
        if (rule == nullptr) break;
        const std::string lacking = Listed(FactsLacking(*rule, act));
        put({"it says what the rule requires", "it does not say " + lacking, lacking});
        break;
      }
      case Ground::kConditionNotMet:
        // No rule for the act was meant: what each of them asks for at this stage.
        for (const Rule* one : procedure->RulesOf(act.kind)) {
          const bool here = matter == nullptr || std::find(one->from.begin(), one->from.end(),
                                                           matter->stage) != one->from.end();
          if (!here || !MayHaveRole(*one, act, matter)) continue;
          for (Decided decided : witness.WhenOf(one)) {
            if (decided.held) continue;
            decided.asked = "for rule " + Legible(one->name) + " " + decided.asked;
            exactly += (exactly.empty() ? "" : "; ") + decided.asked;
            why.decided.push_back(std::move(decided));
          }
        }
        break;
      default:
        break;
    }
  }
  why.remedy = Remedy(inadmissible.ground, exactly);
  TellInadmissible(inadmissible, act, recorded.recorded_at, why);
  return explained;
}

Why WhyOf(const CheckedProcedure* procedure, const Act& act, Instant recorded_at,
          const procedure::Ruling& ruling) {
  Why why;
  if (const auto* admitted = std::get_if<procedure::Admitted>(&ruling.outcome)) {
    TellAdmitted(*admitted, act, recorded_at, procedure, why);
    return why;
  }
  const auto& inadmissible = std::get<Inadmissible>(ruling.outcome);
  const Rule* rule =
      procedure != nullptr ? FindRule(procedure->terms(), inadmissible.rule) : nullptr;
  if (rule != nullptr) {
    AddGuards(rule->guards, inadmissible, procedure->terms(), why.decided);
    AddGuards(rule->line_guards, inadmissible, procedure->terms(), why.decided);
  }
  std::vector<std::string> asked;
  for (const Decided& one : why.decided) asked.push_back(one.asked);
  why.remedy = Remedy(inadmissible.ground, Listed(asked));
  TellInadmissible(inadmissible, act, recorded_at, why);
  return why;
}

std::string InWords(const Moved& moved, const Procedure& terms) {
  const std::string kind(procedure::NameOf(moved.kind));
  const std::string to = StageInWords(moved.kind, moved.to, terms);
  std::vector<std::string> parts;
  if (moved.from.empty()) {
    parts.push_back("the " + kind + " begins as " + to);
  } else if (moved.from != moved.to) {
    parts.push_back("the " + kind + " goes from " + Spaced(moved.from) + " to " + to);
  } else {
    parts.push_back("the " + kind + " stays " + to);
  }
  for (const LimitMoved& limit : moved.limits) {
    std::string text = "the limit " + Spaced(limit.limit);
    if (!limit.began) {
      parts.push_back(text + " stops");
      continue;
    }
    text += " (" + Days(limit.days);
    if (limit.unverified) text += ", unverified";
    if (!limit.articles.empty()) text += ", " + Cited(limit.articles);
    parts.push_back(text + ") runs from " + limit.since_day + " until the end of " +
                    limit.last_day + ", civil days of " + limit.requested.ToText());
  }
  return Listed(parts);
}

std::vector<ToldLapse> Tell(const ProcedureSet& procedures, const Matters& before,
                            const std::vector<Lapsed>& lapses) {
  std::vector<ToldLapse> told;
  std::map<MatterId, std::string> stages;
  for (const Lapsed& lapsed : lapses) {
    ToldLapse one;
    one.lapsed = lapsed;
    const Matter* matter = before.Find(lapsed.matter);
    const CheckedProcedure* procedure =
        matter != nullptr ? procedures.Find(matter->procedure) : nullptr;
    const procedure::Lapse* lapse = nullptr;
    if (procedure != nullptr) {
      for (const procedure::Lapse& row : procedure->terms().lapses) {
        if (row.name == lapsed.lapse) lapse = &row;
      }
    }
    if (lapse == nullptr) {
      one.sentence = "At " + Moment(lapsed.at) + " a limit had passed (" + Spaced(lapsed.lapse) +
                     "): the matter is then " + Spaced(lapsed.stage) + InBrackets(lapsed.articles) +
                     ".";
      told.push_back(std::move(one));
      continue;
    }
    const auto known = stages.find(lapsed.matter);
    one.from = known != stages.end() ? known->second : matter->stage;
    stages[lapsed.matter] = lapsed.stage;
    one.due = PartyInWords(DueUnder(*lapse, one.from, procedure->terms()), *matter);
    const RunningLimit* running = matter->FindLimit(lapse->limit);
    const LastDay last = LastDayOf(*procedure, matter->requested, lapsed.at);
    one.sentence = "With the end of " + last.day + " (" + last.zone + "; " + Moment(lapsed.at) +
                   ") the " + LimitInWords(lapse->limit, procedure->terms());
    if (running != nullptr && running->until == lapsed.at) {
      one.sentence +=
          " that ran from " +
          Day(CivilDayOf(running->since, procedure->OffsetOf(matter->requested, running->since)));
    }
    one.sentence += " passed, and what was due by " + one.due +
                    ", had not been done: " + MeaningOf(*lapse, procedure->terms()) +
                    InBrackets(lapsed.articles) + ".";
    told.push_back(std::move(one));
  }
  return told;
}

}  // namespace chancery::explain
