#include "drafting/procedure_text.h"

#include <algorithm>
#include <optional>

#include "drafting/exploration.h"
#include "drafting/places.h"
#include "engine/base/text.h"
#include "engine/base/time.h"
#include "engine/explain/due.h"
#include "engine/explain/sentence.h"
#include "engine/explain/words.h"

namespace chancery::drafting {
namespace {

using explain::Cited;
using explain::Listed;
using explain::Spaced;
using procedure::Fact;
using procedure::MatterKind;
using procedure::Role;

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string In(const std::vector<std::string>& articles) {
  return articles.empty() ? "" : "  [" + Cited(articles) + "]";
}

// The sentence that is signed, behind what it says in words.
std::string AsWritten(const std::string& sentence) { return "  {" + Legible(sentence) + "}"; }

std::string AllWritten(const std::vector<procedure::Condition>& conditions) {
  std::string text;
  for (const procedure::Condition& condition : conditions)
    text += (text.empty() ? "" : " and ") + condition.text;
  return text;
}

std::vector<std::string> Names(const std::vector<Fact>& facts) {
  std::vector<std::string> names;
  for (const Fact fact : facts) names.push_back(explain::SaidOf(fact));
  return names;
}

std::vector<std::string> SpacedAll(const std::vector<std::string>& names) {
  std::vector<std::string> spaced;
  for (const std::string& name : names) spaced.push_back(Spaced(name));
  return spaced;
}

std::string KindOf(const procedure::Rule& rule) {
  const procedure::ActInfo* act = procedure::FindAct(rule.act);
  return std::string(act != nullptr ? procedure::NameOf(act->matter) : "matter");
}

// Builds the text, one sentence a line.
class Page {
 public:
  Page(const procedure::Procedure& terms, const std::vector<codec::ArticleNote>& notes)
      : terms_(terms), notes_(notes) {}

  std::string Take() { return std::move(text_); }
  void Line(std::string_view indent, const std::string& what) {
    text_ += std::string(indent) + what + "\n";
  }
  void Heading(const std::string& title, const std::string& place) {
    text_ += "\n" + place + "\n== " + title + " ==\n";
  }

  void Parties() {
    Heading("Who takes part", "#parties");
    for (const procedure::PartyTerm& term : terms_.parties) {
      Line("", PlaceOfParty(term.party) + "  " + term.party.ToText() + " from " +
                   ToText(term.from) + (term.until ? " until " + ToText(*term.until) : ""));
    }
    Heading("Civil time", "#zones");
    Line("  ",
         "A limit is counted in the civil days of the requested party. An offset holds until the "
         "next one of that party.");
    for (std::size_t i = 0; i < terms_.zones.size();) {
      const procedure::ZoneOffset& zone = terms_.zones[i];
      std::string parties;
      for (; i < terms_.zones.size() && terms_.zones[i].from == zone.from &&
             terms_.zones[i].minutes == zone.minutes;
           ++i)
        parties += (parties.empty() ? "" : ", ") + terms_.zones[i].party.ToText();
      Line("  ", parties + " from " + ToText(zone.from) + ": " + explain::Offset(zone.minutes));
    }
  }

  // What lawyers of both sides know of these rules, and sign all the same.
  void Broken() {
    Heading("What these rules are known to break", "#breaks");
    if (terms_.breaks.empty()) Line("  ", "Nothing is named.");
    for (const std::string& property : terms_.breaks) {
      Line("", PlaceOfBroken(property));
      Line("  ", Legible(property) + " is known to be broken. It says: " + SentenceOf(property) +
                     AsWritten("breaks: " + property));
    }
  }

  void Limits() {
    Heading("Time limits", "#limits");
    Line("  ",
         "The day from which a limit is counted does not count; its last day counts to its "
         "end.");
    for (const procedure::LimitRule& limit : terms_.limits) Limit(limit);
  }

  void Limit(const procedure::LimitRule& limit) {
    std::string marks;
    if (std::any_of(limit.articles.begin(), limit.articles.end(), explain::IsOurs))
      marks += "  OURS";
    if (limit.unverified) marks += "  UNVERIFIED: a number the sources do not settle";
    Line("", PlaceOf(limit));
    Line("  ", "Limit " + Spaced(limit.name) + ": " + explain::Days(limit.days) +
                   (limit.before ? " before the moment it is counted from" : "") +
                   In(limit.articles) + marks);
    bool lapses = false;
    for (const procedure::Lapse& lapse : terms_.lapses) {
      if (lapse.limit != limit.name) continue;
      lapses = true;
      Line("    ", "when it passes while the " + std::string(procedure::NameOf(lapse.matter)) +
                       " is " + Listed(SpacedAll(lapse.from), "or") + ": " + PlaceOf(lapse));
    }
    if (!lapses) Line("    ", "nothing follows by itself when it passes; conditions speak of it");
  }

  void Articles() {
    Heading("Articles", "#articles");
    for (const std::string& article : terms_.articles) Article(article);
    for (const codec::ArticleNote& note : notes_) {
      for (const std::string& article : note.articles) {
        if (!Contains(terms_.articles, article)) Article(article);
      }
    }
  }

  void Article(const std::string& article) {
    const codec::ArticleNote* note = FindNote(notes_, article);
    std::string marks;
    if (explain::IsOurs(article)) marks += "  OURS";
    if (note != nullptr && note->unverified) marks += "  UNVERIFIED in part";
    if (!Contains(terms_.articles, article)) marks += "  NOT EXECUTABLE";
    Line("", PlaceOfArticle(article));
    Line("  ", Legible(article) + marks);
    if (note != nullptr) {
      Line("    ", "says: " + Legible(note->says));
      Line("    ", "carried by: " + Legible(note->carried));
    }
  }

  void Stage(const procedure::StageRule& stage) {
    const std::string kind(procedure::NameOf(stage.matter));
    Line("", PlaceOf(stage));
    Line("  ", "The " + kind + " is " + Spaced(stage.name) + (stage.terminal ? ": the end" : ""));
    const std::vector<std::string> ways = WaysInto(stage);
    if (!ways.empty()) Line("    ", "comes about by " + Listed(ways, "or"));
    if (!stage.terminal) {
      Line("    ",
           "whose turn: " + explain::RoleInWords(stage.due) +
               (stage.limit.empty() ? ", without a limit: " + Legible(stage.reason)
                                    : ", inside the " + explain::LimitInWords(stage.limit, terms_) +
                                          "  " + PlaceOfLimit(stage.limit)));
    }
    for (const procedure::Lapse& lapse : terms_.lapses) {
      if (lapse.matter != stage.matter || !Contains(lapse.from, stage.name)) continue;
      Line("    ",
           "silence of " + explain::RoleInWords(explain::DueUnder(lapse, stage.name, terms_)) +
               " until the " + explain::LimitInWords(lapse.limit, terms_) + " has passed: " +
               explain::MeaningOf(lapse, terms_) + In(lapse.articles) + "  " + PlaceOf(lapse));
    }
    for (const Role role :
         {Role::kRequesting, Role::kRequested, Role::kEither, Role::kParticipant, Role::kParty}) {
      bool first = true;
      for (const procedure::Rule& rule : terms_.rules) {
        const procedure::ActInfo* act = procedure::FindAct(rule.act);
        if (act == nullptr || act->matter != stage.matter || rule.role != role ||
            !Contains(rule.from, stage.name)) {
          continue;
        }
        if (first)
          Line("    ", (role == Role::kParty ? std::string("a party that its rule names")
                                             : explain::RoleInWords(role)) +
                           " may do:");
        first = false;
        Line("      ", Spaced(act->name) + ", sealed by " + explain::SealsInWords(rule.seals) +
                           (rule.to.empty() ? std::string()
                                            : ": then " + explain::StageInWords(stage.matter,
                                                                                rule.to, terms_)) +
                           "  " + PlaceOf(rule));
      }
    }
  }

  void Lapse(const procedure::Lapse& lapse) {
    const std::string kind(procedure::NameOf(lapse.matter));
    Line("", PlaceOf(lapse));
    Line("  ", "Silence (" + Spaced(lapse.name) + ")" + In(lapse.articles));
    std::vector<std::string> whose;
    for (const std::string& stage : lapse.from) {
      const std::string role = explain::RoleInWords(explain::DueUnder(lapse, stage, terms_));
      if (!Contains(whose, role)) whose.push_back(role);
    }
    Line("    ", "when: the " + kind + " is " + Listed(SpacedAll(lapse.from), "or") + " and the " +
                     explain::LimitInWords(lapse.limit, terms_) + " has passed  " +
                     PlaceOfLimit(lapse.limit));
    Line("    ", "whose days these were: " + Listed(whose, "or"));
    Line("    ", "then: " + explain::MeaningOf(lapse, terms_));
    for (const procedure::Effect& effect : lapse.effects) {
      Line("      ", explain::InWords(effect, terms_) + AsWritten(effect.text));
    }
  }

  void Rule(const procedure::Rule& rule) {
    const procedure::ActInfo* act = procedure::FindAct(rule.act);
    const std::string kind = KindOf(rule);
    Line("", PlaceOf(rule));
    Line("  ", "Rule " + Spaced(rule.name) + In(rule.articles));
    std::string who = "who: " + explain::RoleInWords(rule.role, rule.parties) + ", by \"" +
                      (act != nullptr ? Spaced(act->name) : "?") + "\"";
    if (rule.opens) who += ", which opens the " + kind;
    if (!rule.from.empty())
      who += (rule.opens ? ", or" : ",") + std::string(" while the ") + kind + " is " +
             Listed(SpacedAll(rule.from), "or");
    Line("    ", who);
    if (!rule.when.empty()) {
      Line("    ", "this rule is meant when " + explain::InWords(rule.when, terms_) +
                       AsWritten(AllWritten(rule.when)));
    }
    Line("    ", "sealed by " + explain::SealsInWords(rule.seals));
    if (!rule.required.empty()) Line("    ", "must say: " + Listed(Names(rule.required)));
    if (rule.particulars_required)
      Line("    ", "must come with the person's particulars, bound by a commitment");
    if (!rule.line_required.empty())
      Line("    ", "every line must say: " + Listed(Names(rule.line_required)));
    for (std::size_t i = 0; i < rule.guards.size(); ++i)
      Guard(rule.guards[i], PlaceOfGuard(rule, i, false), "must hold");
    for (std::size_t i = 0; i < rule.line_guards.size(); ++i)
      Guard(rule.line_guards[i], PlaceOfGuard(rule, i, true), LineWord(rule));
    for (const procedure::Effect& effect : rule.line_effects)
      Effect(effect, rule.line_use == procedure::LineUse::kPut ? "then in the register"
                                                               : "then for every line");
    for (const procedure::Effect& effect : rule.effects) Effect(effect, "then");
    if (!rule.to.empty()) {
      const std::optional<MatterKind> matter = procedure::MatterKindNamed(kind);
      Line("    ",
           "the " + kind + " is then " +
               (matter ? explain::StageInWords(*matter, rule.to, terms_) : Spaced(rule.to)) +
               (matter ? "  " + PlaceOfStage(*matter, rule.to) : ""));
    }
  }

  void Guard(const procedure::Guard& guard, const std::string& place, std::string_view must) {
    Line("    ", place);
    std::string text(must);
    if (!guard.when.empty()) text += ", where " + explain::InWords(guard.when, terms_);
    text += ": " + explain::InWords(guard.require, terms_) + In({guard.article}) +
            AsWritten((guard.when.empty() ? "" : "when " + AllWritten(guard.when) + ": ") +
                      guard.require.text);
    Line("      ", text);
    Line("      ", "otherwise inadmissible (" + Spaced(procedure::NameOf(guard.ground)) +
                       "): " + std::string(explain::Meaning(guard.ground)));
  }

  static std::string_view LineWord(const procedure::Rule& rule) {
    return rule.line_use == procedure::LineUse::kPut ? "must hold of the entry written"
                                                     : "must hold of every line";
  }

  void Matter(MatterKind kind) {
    const auto of_kind = [kind](const auto& row) { return row.matter == kind; };
    const auto rule_of_kind = [kind](const procedure::Rule& rule) {
      const procedure::ActInfo* act = procedure::FindAct(rule.act);
      return act != nullptr && act->matter == kind;
    };
    if (std::none_of(terms_.stages.begin(), terms_.stages.end(), of_kind) &&
        std::none_of(terms_.rules.begin(), terms_.rules.end(), rule_of_kind)) {
      return;
    }
    const std::string name(procedure::NameOf(kind));
    Heading("The " + name + ": stages, whose turn it is and what silence means",
            PlaceOfMatter(kind));
    for (const procedure::StageRule& stage : terms_.stages) {
      if (stage.matter == kind) Stage(stage);
    }
    if (std::any_of(terms_.lapses.begin(), terms_.lapses.end(), of_kind)) {
      Heading("The " + name + ": what follows when a limit passes",
              PlaceOfMatter(kind) + ".silence");
      for (const procedure::Lapse& lapse : terms_.lapses) {
        if (lapse.matter == kind) Lapse(lapse);
      }
    }
    Heading("The " + name + ": rules", PlaceOfMatter(kind) + ".rules");
    for (const procedure::Rule& rule : terms_.rules) {
      if (rule_of_kind(rule)) Rule(rule);
    }
  }

 private:
  void Effect(const procedure::Effect& effect, std::string_view then) {
    Line("    ",
         std::string(then) +
             (effect.when.empty() ? "" : ", where " + explain::InWords(effect.when, terms_)) +
             ": " + explain::InWords(effect, terms_) +
             AsWritten((effect.when.empty() ? "" : "when " + AllWritten(effect.when) + ": ") +
                       effect.text));
  }

  // The rules and lapses that lead to a stage.
  std::vector<std::string> WaysInto(const procedure::StageRule& stage) const {
    std::vector<std::string> ways;
    const auto sets = [&](const procedure::Effect& effect) {
      return effect.kind == procedure::Effect::Kind::kSet &&
             effect.path.field == procedure::Field::kStage && effect.operand &&
             effect.operand->name == stage.name;
    };
    for (const procedure::Rule& rule : terms_.rules) {
      const procedure::ActInfo* act = procedure::FindAct(rule.act);
      if (act == nullptr) continue;
      const bool own = act->matter == stage.matter;
      const bool by_line = stage.matter == MatterKind::kCase &&
                           std::any_of(rule.line_effects.begin(), rule.line_effects.end(), sets);
      if ((own && (rule.to == stage.name ||
                   std::any_of(rule.effects.begin(), rule.effects.end(), sets))) ||
          by_line) {
        ways.push_back(Spaced(rule.name));
      }
    }
    for (const procedure::Lapse& lapse : terms_.lapses) {
      if (lapse.matter == stage.matter && lapse.to == stage.name)
        ways.push_back("silence (" + Spaced(lapse.name) + ")");
    }
    return ways;
  }

  const procedure::Procedure& terms_;
  const std::vector<codec::ArticleNote>& notes_;
  std::string text_;
};

}  // namespace

std::string ToText(const procedure::Procedure& terms, const Digest& digest,
                   const std::vector<codec::ArticleNote>& notes) {
  Page page(terms, notes);
  page.Line("", Legible(terms.title));
  page.Line("", Legible(terms.id) + (terms.founding ? ", the founding procedure" : ""));
  page.Line("", "digest " + digest.ToHexText());
  page.Line("", "");
  page.Line("",
            "A line that begins with # names the place below it; cite it with the digest. What "
            "stands in braces is the signed sentence itself.");
  page.Line("",
            "OURS: a choice of this procedure where the sources leave a hole. UNVERIFIED: the "
            "sources do not settle it.");
  page.Parties();
  page.Broken();
  page.Limits();
  page.Articles();
  for (const MatterKind kind :
       {MatterKind::kCooperation, MatterKind::kCase, MatterKind::kFlight, MatterKind::kTransfer}) {
    page.Matter(kind);
  }
  return page.Take();
}

bool KnowsArticle(const procedure::Procedure& terms, std::string_view article,
                  const std::vector<codec::ArticleNote>& notes) {
  return Contains(terms.articles, article) || FindNote(notes, article) != nullptr;
}

std::string ArticleToText(const procedure::Procedure& terms, std::string_view article,
                          const std::vector<codec::ArticleNote>& notes) {
  Page page(terms, notes);
  page.Article(std::string(article));
  for (const procedure::LimitRule& limit : terms.limits) {
    if (Contains(limit.articles, article)) page.Limit(limit);
  }
  for (const procedure::Lapse& lapse : terms.lapses) {
    if (Contains(lapse.articles, article)) page.Lapse(lapse);
  }
  for (const procedure::Rule& rule : terms.rules) {
    if (Contains(rule.articles, article)) {
      page.Rule(rule);
      continue;
    }
    bool first = true;
    const auto conditions = [&](const std::vector<procedure::Guard>& guards, bool in_lines) {
      for (std::size_t i = 0; i < guards.size(); ++i) {
        if (guards[i].article != article) continue;
        if (first) {
          page.Line("", PlaceOf(rule));
          page.Line("  ", "Rule " + Spaced(rule.name) + In(rule.articles) +
                              ": only what carries this article");
        }
        first = false;
        page.Guard(guards[i], PlaceOfGuard(rule, i, in_lines),
                   in_lines ? Page::LineWord(rule) : std::string_view("must hold"));
      }
    };
    conditions(rule.guards, false);
    conditions(rule.line_guards, true);
  }
  return page.Take();
}

}  // namespace chancery::drafting
