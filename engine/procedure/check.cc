#include "engine/procedure/check.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "engine/procedure/overlap.h"

namespace chancery::procedure {

namespace {

constexpr std::string_view kUnion = "EUE";
// The core counts by it how long a state may leave the receipt of an act unsaid.
constexpr std::string_view kReceiptLimit = "receipt";
constexpr int kLongestLimit = 3660;

// Where in the procedure one looks: the element's name and the way to a field of it.
struct Spot {
  std::string where;
  std::vector<PlaceStep> place;

  Spot In(std::string field, int index = -1) const {
    Spot inner = *this;
    inner.place.push_back({std::move(field), index});
    return inner;
  }
  Spot Named(const std::string& more) const { return {where + more, place}; }
};

int Index(std::size_t i) { return static_cast<int>(i); }

std::string Quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

std::string StageName(const StageRule& stage) {
  return "stage " + std::string(NameOf(stage.matter)) + "." + stage.name;
}

class Checker {
 public:
  explicit Checker(const Procedure& procedure) : procedure_(procedure) {
    for (const LimitRule& limit : procedure.limits) limits_.insert(limit.name);
    for (const StageRule& stage : procedure.stages) stages_.insert({stage.matter, stage.name});
  }

  std::vector<Defect> Run() {
    const Spot whole{"procedure", {}};
    if (procedure_.id.empty()) Add(whole.In("id"), "has no id; give it one");
    if (procedure_.parties.empty())
      Add(whole.In("party"), "names no party that may take part; name them with their dates");
    CheckParties();
    CheckZones();
    CheckArticleList();
    CheckBreaks();
    CheckNamesOnce(procedure_.limits, "limit");
    CheckNamesOnce(procedure_.rules, "rule");
    CheckNamesOnce(procedure_.lapses, "lapse");
    CheckLimits();
    CheckStages();
    for (std::size_t i = 0; i < procedure_.rules.size(); ++i)
      CheckRule(procedure_.rules[i], Of("rule", procedure_.rules[i].name, i));
    CheckOverlaps();
    for (std::size_t i = 0; i < procedure_.lapses.size(); ++i)
      CheckLapse(procedure_.lapses[i], Of("lapse", procedure_.lapses[i].name, i));
    CheckCircles();
    CheckUses();
    return std::move(defects_);
  }

 private:
  static Spot Of(const std::string& field, const std::string& name, std::size_t i) {
    return {field + " " + name, {{field, Index(i)}}};
  }
  void Add(const Spot& spot, std::string message) {
    defects_.push_back({spot.where, std::move(message), spot.place, true});
  }
  // What the core could step all the same, but nobody should sign.
  void Note(const Spot& spot, std::string message) {
    defects_.push_back({spot.where, std::move(message), spot.place, false});
  }

  bool HasLimit(const std::string& name) const { return limits_.contains(name); }
  bool HasStage(MatterKind matter, const std::string& name) const {
    return stages_.contains({matter, name});
  }
  bool TakesPart(PartyCode party) const {
    return std::any_of(procedure_.parties.begin(), procedure_.parties.end(),
                       [&](const PartyTerm& term) { return term.party == party; });
  }

  template <class Row>
  void CheckNamesOnce(const std::vector<Row>& rows, const std::string& field) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Spot spot = Of(field, rows[i].name, i).In("name");
      if (rows[i].name.empty()) Add(spot, "has no name; give it one");
      if (!seen.insert(rows[i].name).second) Add(spot, "the name is used twice; rename one");
    }
  }

  void CheckParties() {
    for (std::size_t i = 0; i < procedure_.parties.size(); ++i) {
      const PartyTerm& term = procedure_.parties[i];
      const Spot spot = Of("party", term.party.ToText(), i);
      if (term.until && *term.until <= term.from)
        Note(spot.In("until"), "ends before it begins; correct from or until");
      for (std::size_t j = 0; j < i; ++j) {
        const PartyTerm& before = procedure_.parties[j];
        if (before.party != term.party) continue;
        const bool apart = (before.until && *before.until <= term.from) ||
                           (term.until && *term.until <= before.from);
        if (!apart) Note(spot, "takes part twice at one time; keep one term, or part their dates");
      }
    }
  }

  // Which properties are known to be broken is said of a procedure that is explored.
  void CheckBreaks() {
    const std::vector<std::string_view> known = PropertyNames();
    std::set<std::string> seen;
    for (std::size_t i = 0; i < procedure_.breaks.size(); ++i) {
      const std::string& name = procedure_.breaks[i];
      const Spot spot = Spot{"procedure", {}}.In("breaks", Index(i));
      if (std::find(known.begin(), known.end(), name) == known.end())
        Add(spot, "there is no property " + Quoted(name) + "; use one of P1 to P12");
      if (!seen.insert(name).second)
        Add(spot, "names " + Quoted(name) + " twice; keep one of them");
      if (procedure_.founding && i == 0)
        Add(spot, "the rules of the cooperation are not explored; take breaks out");
    }
  }

  // A limit is counted in the civil days of whoever is asked, and whoever takes part may be asked.
  void CheckZones() {
    for (std::size_t i = 0; i < procedure_.zones.size(); ++i) {
      const ZoneOffset& zone = procedure_.zones[i];
      const Spot spot = Of("zone", zone.party.ToText(), i);
      if (!TakesPart(zone.party))
        Note(spot, "is of a party that takes no part; take it out or add the party");
      for (std::size_t j = 0; j < i; ++j) {
        if (procedure_.zones[j].party == zone.party && procedure_.zones[j].from == zone.from)
          Note(spot.In("from"), "two offsets of one party begin at one moment; keep one");
      }
    }
    if (procedure_.limits.empty()) return;
    for (std::size_t i = 0; i < procedure_.parties.size(); ++i) {
      const PartyTerm& term = procedure_.parties[i];
      std::optional<Instant> first;
      for (const ZoneOffset& zone : procedure_.zones) {
        if (zone.party == term.party && (!first || zone.from < *first)) first = zone.from;
      }
      const Spot spot = Of("party", term.party.ToText(), i);
      if (!first) {
        Note(spot,
             "has no calendar: no zone says in which civil days its limits are counted; add zone { "
             "party: " +
                 Quoted(term.party.ToText()) + " from: ... minutes: ... }");
      } else if (*first > term.from) {
        Note(spot.In("from"),
             "has no calendar in its first days: it takes part before its first zone begins, at " +
                 ToText(*first) + "; let a zone begin no later than the term");
      }
    }
  }

  void CheckArticleList() {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < procedure_.articles.size(); ++i) {
      const std::string& article = procedure_.articles[i];
      if (!seen.insert(article).second)
        Note(Of("article", article, i), "stands twice in the list; take one of them out");
    }
  }

  void Cites(const std::vector<std::string>& articles, const Spot& spot) {
    if (articles.empty())
      Add(spot, "cites no article; name its legal basis, because a rule without one does not load");
    for (std::size_t i = 0; i < articles.size(); ++i)
      CitesOne(articles[i], spot.In("article", Index(i)));
  }
  void CitesOne(const std::string& article, const Spot& spot) {
    cited_.insert(article);
    if (std::find(procedure_.articles.begin(), procedure_.articles.end(), article) !=
        procedure_.articles.end())
      return;
    Add(spot, "cites " + Quoted(article) +
                  ", which is not in the list of articles; add it or correct the citation");
  }

  void CheckLimits() {
    for (std::size_t i = 0; i < procedure_.limits.size(); ++i) {
      const LimitRule& limit = procedure_.limits[i];
      const Spot spot = Of("limit", limit.name, i);
      if (limit.days < 1) Add(spot.In("days"), "is shorter than a day; give at least 1");
      if (limit.days > kLongestLimit)
        Add(spot.In("days"), "is longer than ten years, which is no limit; give at most 3660");
      Cites(limit.articles, spot);
    }
  }

  // Every limit and stage a sentence names must exist.
  void CheckOperand(const Operand& operand, const Spot& spot) {
    const bool speaks_of_limit =
        operand.kind == Operand::Kind::kLimit || operand.kind == Operand::Kind::kSince;
    if (speaks_of_limit) {
      asked_.insert(operand.name);
      if (!HasLimit(operand.name)) {
        Add(spot, "speaks of the limit " + Quoted(operand.name) +
                      ", which is not defined; define it or correct the name");
      }
    }
    if (operand.kind == Operand::Kind::kStage) {
      const bool known = std::any_of(stages_.begin(), stages_.end(), [&](const auto& stage) {
        return stage.second == operand.name;
      });
      if (!known)
        Add(spot, "speaks of the stage " + Quoted(operand.name) +
                      ", which is not defined; define it or correct the name");
    }
    CheckConditions(operand.where, spot);
  }
  void CheckCondition(const Condition& condition, const Spot& spot) {
    for (const Operand& operand : condition.operands) CheckOperand(operand, spot);
    CheckConditions(condition.inner, spot);
  }
  void CheckConditions(const std::vector<Condition>& conditions, const Spot& spot) {
    for (const Condition& condition : conditions) CheckCondition(condition, spot);
  }
  void CheckWhen(const std::vector<Condition>& when, const Spot& spot) {
    for (std::size_t i = 0; i < when.size(); ++i)
      CheckCondition(when[i], spot.In("when", Index(i)).Named(", " + Quoted(when[i].text)));
  }

  // What an act on one kind of matter may change: never a matter that a reader of its entry cannot
  // read.
  static bool MayChange(MatterKind matter, Holder holder) {
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

  // Whether a line is there to be changed: only what follows for each line, or for the row, has
  // one.
  enum class OfLines : std::uint8_t { kNo, kYes };
  void CheckEffects(const std::vector<Effect>& effects, MatterKind matter, OfLines of_lines,
                    const Spot& spot) {
    for (std::size_t i = 0; i < effects.size(); ++i) {
      const Effect& effect = effects[i];
      const Spot then = spot.In("then", Index(i)).Named(", " + Quoted(effect.text));
      const Spot at = then.In("do");
      if (!MayChange(matter, effect.path.holder)) {
        Add(at,
            "changes something that not every reader of the act may read; use an act of that "
            "matter");
      }
      const bool line =
          effect.path.holder == Holder::kListed || effect.path.holder == Holder::kEntry;
      if (line && of_lines == OfLines::kNo)
        Add(at, "changes a line where none is in view; let it follow in lines");
      if (effect.kind == Effect::Kind::kStart) started_.insert(effect.limit);
      const bool limit = effect.kind == Effect::Kind::kStart || effect.kind == Effect::Kind::kStop;
      if (limit && !HasLimit(effect.limit))
        Add(at,
            "the limit " + Quoted(effect.limit) + " is not defined; define it or correct the name");
      if (effect.operand) CheckOperand(*effect.operand, at);
      CheckWhen(effect.when, then);
    }
  }

  void CheckGuards(const std::vector<Guard>& guards, const Spot& spot) {
    for (std::size_t i = 0; i < guards.size(); ++i) {
      const Guard& guard = guards[i];
      const Spot at = spot.In("guard", Index(i)).Named(", " + Quoted(guard.require.text));
      CheckWhen(guard.when, at);
      CheckCondition(guard.require, at.In("require"));
      if (guard.article.empty()) {
        Add(at, "cites no article; name the one by which it refuses");
      } else {
        CitesOne(guard.article, at.In("article"));
      }
    }
  }

  void CheckRule(const Rule& rule, const Spot& spot) {
    const ActInfo* act = FindAct(rule.act);
    if (act == nullptr) {
      Add(spot.In("act"), "is about no known act; take one from docs/acts.md");
      return;
    }
    const bool cooperation = act->matter == MatterKind::kCooperation;
    if (procedure_.founding != cooperation) {
      Add(spot.In("act"),
          procedure_.founding
              ? "a founding procedure rules only the cooperation; take the rule out"
              : "acts of the cooperation are ruled by the founding procedure; take the rule out");
    }
    if (!rule.opens && rule.from.empty())
      Add(spot,
          "neither opens its matter nor names the stages it may be done in; add opens or from");
    if (rule.opens && rule.to.empty())
      Add(spot.In("opens"), "opens a matter but names no stage for it; add to");
    for (std::size_t i = 0; i < rule.from.size(); ++i) {
      if (!HasStage(act->matter, rule.from[i]))
        Add(spot.In("from", Index(i)), "comes from the stage " + Quoted(rule.from[i]) +
                                           ", which is not defined; define it or correct the name");
    }
    if (!rule.to.empty() && !HasStage(act->matter, rule.to))
      Add(spot.In("to"), "leads to the stage " + Quoted(rule.to) +
                             ", which is not defined; define it or correct the name");
    CheckRole(rule, spot);
    CheckSeals(rule, spot);
    CheckWhen(rule.when, spot);
    CheckGuards(rule.guards, spot);
    CheckGuards(rule.line_guards, spot.In("lines").Named(", lines"));
    CheckEffects(rule.effects, act->matter, OfLines::kNo, spot);
    CheckEffects(rule.line_effects, act->matter, OfLines::kYes, spot.In("lines").Named(", lines"));
    if ((rule.line_use != LineUse::kNone) == rule.line_key.empty())
      Add(spot.In("lines"),
          "lines that are kept or changed need a key, and only they; add use and key, or take both "
          "out");
    Cites(rule.articles, spot);
  }

  void CheckRole(const Rule& rule, const Spot& spot) {
    if (rule.role == Role::kParty && rule.parties.empty())
      Add(spot.In("role"), "names no party; add party, or another role");
    if (rule.role != Role::kParty && !rule.parties.empty())
      Add(spot.In("party", 0),
          "names parties although a role decides who may act; write role: \"party\" or take them "
          "out");
    for (std::size_t i = 0; i < rule.parties.size(); ++i) {
      if (!TakesPart(rule.parties[i]))
        Note(spot.In("party", Index(i)), "names " + rule.parties[i].ToText() +
                                             ", which takes no part; add the party with its dates "
                                             "or correct the code");
    }
  }

  // An office that the rule's author cannot have: then nobody could ever do the act.
  void CheckSeals(const Rule& rule, const Spot& spot) {
    if (rule.seals.empty()) Add(spot, "needs no seal; name the office that must seal");
    const bool by_union = rule.role == Role::kParty &&
                          std::any_of(rule.parties.begin(), rule.parties.end(),
                                      [](PartyCode party) { return party.view() == kUnion; });
    std::set<std::int64_t> offices;
    for (std::size_t i = 0; i < rule.seals.size(); ++i) {
      const SealNeeded& seal = rule.seals[i];
      const Spot at = spot.In("seal", Index(i));
      if (seal.count < 1) Add(at.In("count"), "a seal is needed at least once; give 1 to 9");
      if (!offices.insert(seal.office).second)
        Note(at, "asks twice for the seal of one office; give a count instead");
      const bool of_union = WordName(Fact::kOffice, seal.office) == "union_signatory";
      if (of_union && !by_union)
        Note(
            at.In("office"),
            "asks for the Union's signatory, which is an office that nobody who may do the act can "
            "hold; name an office of that party");
    }
  }

  void CheckOverlaps() {
    for (std::size_t i = 0; i < procedure_.rules.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (!MayOverlap(procedure_.rules[j], procedure_.rules[i])) continue;
        Note(Of("rule", procedure_.rules[i].name, i),
             "may rule the same act at the same stage as rule " + procedure_.rules[j].name +
                 "; tell them apart by from or when, so that they can never both fit");
      }
    }
  }

  void CheckLapse(const Lapse& lapse, const Spot& spot) {
    if (!HasLimit(lapse.limit))
      Add(spot.In("limit"),
          "its limit " + Quoted(lapse.limit) + " is not defined; define it or correct the name");
    for (std::size_t i = 0; i < lapse.from.size(); ++i) {
      const Spot at = spot.In("from", Index(i));
      if (!HasStage(lapse.matter, lapse.from[i]))
        Add(at, "the stage " + Quoted(lapse.from[i]) +
                    " is not defined; define it or correct the name");
      for (const StageRule& stage : procedure_.stages) {
        if (stage.matter == lapse.matter && stage.name == lapse.from[i] && stage.terminal)
          Note(at, "happens in the stage " + Quoted(lapse.from[i]) +
                       ", in which no limit runs because it is terminal; take it out");
      }
      for (const Lapse& other : procedure_.lapses) {
        if (&other == &lapse) break;
        const bool same =
            other.matter == lapse.matter && other.limit == lapse.limit &&
            std::find(other.from.begin(), other.from.end(), lapse.from[i]) != other.from.end();
        if (same)
          Note(at, "the lapse " + other.name + " says already what follows when the limit " +
                       Quoted(lapse.limit) + " passes in the stage " + Quoted(lapse.from[i]) +
                       "; keep one of them");
      }
    }
    if (lapse.from.empty()) Add(spot, "names no stage it happens in; add from");
    if (lapse.to.empty() && lapse.effects.empty())
      Add(spot, "changes nothing; name the stage it leads to or what follows");
    if (!lapse.to.empty() && !HasStage(lapse.matter, lapse.to))
      Add(spot.In("to"),
          "the stage " + Quoted(lapse.to) + " is not defined; define it or correct the name");
    CheckEffects(lapse.effects, lapse.matter, OfLines::kNo, spot);
    for (std::size_t i = 0; i < lapse.effects.size(); ++i) {
      const Effect& effect = lapse.effects[i];
      const bool of_act =
          SpeakOfAnAct(effect.when) || (effect.operand && SpeaksOfAnAct(*effect.operand));
      if (of_act)
        Add(spot.In("then", Index(i)).Named(", " + Quoted(effect.text)),
            "speaks of an act, and a limit passes without one; speak of the matter");
    }
    Cites(lapse.articles, spot);
  }

  // Whether a sentence reads the act, its lines, or who will be aboard after it.
  static bool SpeaksOfAnAct(const Operand& operand) {
    return operand.path.holder == Holder::kLine ||
           (operand.path.holder == Holder::kAct && operand.kind != Operand::Kind::kNumber &&
            operand.kind != Operand::Kind::kStage && operand.kind != Operand::Kind::kSince &&
            (operand.kind != Operand::Kind::kLimit || operand.has_path)) ||
           SpeakOfAnAct(operand.where);
  }
  static bool SpeakOfAnAct(const std::vector<Condition>& conditions) {
    return std::any_of(conditions.begin(), conditions.end(), [](const Condition& condition) {
      return condition.kind == Condition::Kind::kFamiliesTogether || !condition.inner.empty() ||
             std::any_of(condition.operands.begin(), condition.operands.end(), SpeaksOfAnAct);
    });
  }

  void CheckStages() {
    std::set<std::pair<MatterKind, std::string>> seen;
    for (std::size_t i = 0; i < procedure_.stages.size(); ++i) {
      const StageRule& stage = procedure_.stages[i];
      const Spot spot{StageName(stage), {{"stage", Index(i)}}};
      if (!seen.insert({stage.matter, stage.name}).second)
        Add(spot.In("name"), "is defined twice for the same kind of matter; take one of them out");
      CheckReachable(stage, spot);
      CheckWaiting(stage, spot);
    }
  }

  static bool SetsStage(const std::vector<Effect>& effects, const std::string& stage) {
    return std::any_of(effects.begin(), effects.end(), [&](const Effect& effect) {
      return effect.kind == Effect::Kind::kSet && effect.path.field == Field::kStage &&
             effect.operand && effect.operand->name == stage;
    });
  }
  static bool MovesItsCase(const Rule& rule) {
    return std::any_of(
        rule.line_effects.begin(), rule.line_effects.end(), [](const Effect& effect) {
          return effect.path.holder == Holder::kCase && effect.path.field == Field::kStage;
        });
  }
  static bool Names(const std::vector<std::string>& stages, const std::string& stage) {
    return std::find(stages.begin(), stages.end(), stage) != stages.end();
  }

  // Stages that acts and lapses lead to, starting from those that acts open. A case is also moved
  // by the lines of its transfer.
  void CheckReachable(const StageRule& stage, const Spot& spot) {
    bool reached = false;
    bool left = false;
    for (const Rule& rule : procedure_.rules) {
      const ActInfo* act = FindAct(rule.act);
      if (act == nullptr) continue;
      if (act->matter == stage.matter) {
        if (rule.to == stage.name) reached = true;
        if (Names(rule.from, stage.name) && !rule.to.empty() && rule.to != stage.name) left = true;
      }
      if (stage.matter == MatterKind::kCase && act->matter == MatterKind::kTransfer) {
        if (SetsStage(rule.line_effects, stage.name)) reached = true;
        if (MovesItsCase(rule)) left = true;
      }
    }
    for (const Lapse& lapse : procedure_.lapses) {
      if (lapse.matter != stage.matter) continue;
      if (lapse.to == stage.name) reached = true;
      if (!lapse.to.empty() && Names(lapse.from, stage.name)) left = true;
    }
    if (!reached) Add(spot, "no act and no limit leads there; remove it or lead something to it");
    if (!stage.terminal && !left && stage.matter != MatterKind::kCooperation)
      Add(spot, "nothing leads out of it; mark it terminal or add a rule");
  }

  // Whoever waits in a stage knows what ends the waiting, or why nothing needs to.
  void CheckWaiting(const StageRule& stage, const Spot& spot) {
    if (!stage.terminal && stage.limit.empty() && stage.reason.empty())
      Add(spot, "has neither a limit nor a reason why none is needed; add one of them");
    if (stage.limit.empty()) return;
    if (!HasLimit(stage.limit)) {
      Add(spot.In("limit"),
          "its limit " + Quoted(stage.limit) + " is not defined; define it or correct the name");
      return;
    }
    const bool ends =
        std::any_of(procedure_.lapses.begin(), procedure_.lapses.end(), [&](const Lapse& lapse) {
          return lapse.matter == stage.matter && lapse.limit == stage.limit &&
                 Names(lapse.from, stage.name);
        });
    if (!ends)
      Note(spot.In("limit"), "no lapse says what follows when its limit " + Quoted(stage.limit) +
                                 " passes here; add a lapse from this stage");
  }

  // The stages a matter may be in once a lapse has happened.
  static std::vector<std::string> After(const Lapse& lapse) {
    return lapse.to.empty() ? lapse.from : std::vector<std::string>{lapse.to};
  }
  static bool Starts(const Lapse& one, const Lapse& next) {
    if (one.matter != next.matter) return false;
    const bool starts =
        std::any_of(one.effects.begin(), one.effects.end(), [&](const Effect& effect) {
          return effect.kind == Effect::Kind::kStart && effect.limit == next.limit;
        });
    const std::vector<std::string> stages = After(one);
    return starts && std::any_of(stages.begin(), stages.end(),
                                 [&](const std::string& stage) { return Names(next.from, stage); });
  }

  // Limits that start each other in a circle without an act: time alone would go round for ever.
  void CheckCircles() {
    const std::vector<Lapse>& lapses = procedure_.lapses;
    const std::size_t count = lapses.size();
    std::set<std::size_t> told;
    for (std::size_t begin = 0; begin < count; ++begin) {
      if (told.contains(begin)) continue;
      // The shortest way back to where it began.
      std::map<std::size_t, std::size_t> came_from;
      std::vector<std::size_t> queue = {begin};
      for (std::size_t at = 0; at < queue.size() && !came_from.contains(begin); ++at) {
        for (std::size_t next = 0; next < count; ++next) {
          if (came_from.contains(next) || !Starts(lapses[queue[at]], lapses[next])) continue;
          came_from[next] = queue[at];
          queue.push_back(next);
        }
      }
      if (!came_from.contains(begin)) continue;
      std::vector<std::size_t> circle = {begin};
      for (std::size_t at = came_from[begin]; at != begin; at = came_from[at]) circle.push_back(at);
      std::string text;
      std::reverse(circle.begin() + 1, circle.end());
      for (const std::size_t at : circle) {
        told.insert(at);
        text += "limit " + Quoted(lapses[at].limit) + " starts ";
      }
      Note(Of("lapse", lapses[begin].name, begin),
           "is in a circle of limits that start each other without an act: " + text +
               "the first again; let one of them lead to a terminal stage, or start nothing");
    }
  }

  // What is declared and serves nothing is a slip of the pen, and would be read as a promise.
  void CheckUses() {
    for (std::size_t i = 0; i < procedure_.limits.size(); ++i) {
      const std::string& name = procedure_.limits[i].name;
      const bool used = started_.contains(name) || asked_.contains(name) || name == kReceiptLimit;
      if (!used)
        Note(Of("limit", name, i),
             "nothing starts it and no condition asks for it; use it or take it out");
    }
    for (std::size_t i = 0; i < procedure_.lapses.size(); ++i) {
      const Lapse& lapse = procedure_.lapses[i];
      if (HasLimit(lapse.limit) && !started_.contains(lapse.limit))
        Note(Of("lapse", lapse.name, i).In("limit"),
             "nothing starts its limit " + Quoted(lapse.limit) +
                 "; start it in the rule that leads here, or take the lapse out");
    }
    for (std::size_t i = 0; i < procedure_.articles.size(); ++i) {
      const std::string& article = procedure_.articles[i];
      if (!cited_.contains(article))
        Note(Of("article", article, i),
             "no rule, guard, limit or lapse cites it; cite it or take it out of the list");
    }
  }

  const Procedure& procedure_;
  std::set<std::string> limits_;
  std::set<std::pair<MatterKind, std::string>> stages_;
  std::set<std::string> cited_;
  std::set<std::string> started_;
  std::set<std::string> asked_;
  std::vector<Defect> defects_;
};

}  // namespace

std::vector<Defect> Check(const Procedure& procedure) { return Checker(procedure).Run(); }

}  // namespace chancery::procedure
