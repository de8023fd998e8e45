#include "drafting/difference.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "drafting/exploration.h"
#include "drafting/places.h"
#include "engine/base/text.h"
#include "engine/explain/due.h"
#include "engine/explain/sentence.h"
#include "engine/explain/words.h"

namespace chancery::drafting {
namespace {

using explain::Cited;
using explain::Listed;
using explain::Spaced;
using procedure::Condition;
using procedure::Effect;
using procedure::Fact;
using procedure::Guard;
using procedure::Lapse;
using procedure::LimitRule;
using procedure::Procedure;
using procedure::Rule;
using procedure::StageRule;

std::string Spaced(const std::vector<std::string>& names, std::string_view last) {
  std::vector<std::string> spaced;
  for (const std::string& name : names) spaced.push_back(explain::Spaced(name));
  return spaced.empty() ? "none" : Listed(spaced, last);
}

std::string Named(const std::vector<Fact>& facts) {
  std::vector<std::string> names;
  for (const Fact fact : facts) names.push_back(explain::SaidOf(fact));
  return names.empty() ? "nothing" : Listed(names);
}

std::string OrNone(const std::string& text) { return text.empty() ? "none" : text; }

std::string Written(const std::vector<Condition>& conditions) {
  std::string text;
  for (const Condition& condition : conditions) text += condition.text + "\n";
  return text;
}

std::string InWords(const Guard& guard, const Procedure& terms) {
  return (guard.when.empty() ? "" : "where " + explain::InWords(guard.when, terms) + ", ") +
         explain::InWords(guard.require, terms);
}

std::string InWords(const Effect& effect, const Procedure& terms) {
  return (effect.when.empty() ? "" : "where " + explain::InWords(effect.when, terms) + ", ") +
         explain::InWords(effect, terms);
}

// How two guards or effects are told apart: by what is signed.
std::string Signed(const Guard& guard) {
  return Written(guard.when) + guard.require.text + "\n" +
         std::string(procedure::NameOf(guard.ground)) + "\n" + guard.article;
}
std::string Signed(const Effect& effect) { return Written(effect.when) + effect.text; }

// What an effect is about, so that another value for the same fact is a change.
std::string SubjectOf(const Effect& effect) {
  return Written(effect.when) + std::to_string(static_cast<int>(effect.path.holder)) + "." +
         std::to_string(static_cast<int>(effect.path.field)) + "." +
         std::to_string(static_cast<int>(effect.path.fact)) + "." + effect.limit;
}
std::string SubjectOf(const Guard& guard) {
  return std::string(procedure::NameOf(guard.ground)) + "\n" + guard.article;
}

class Comparison {
 public:
  Comparison(const Version& before, const Version& after)
      : before_(before.terms), after_(after.terms) {}

  std::vector<Change> Take() { return std::move(changes_); }

  void Add(ChangeKind kind, std::string place, std::string what,
           std::vector<std::string> articles = {}) {
    changes_.push_back({kind, std::move(place), std::move(what), std::move(articles)});
  }

  void Heads() {
    Said("#parties", "the procedure's id", before_.id, after_.id);
    Said("#parties", "the title", before_.title, after_.title);
    if (before_.founding != after_.founding) {
      Add(ChangeKind::kChanged, "#parties",
          after_.founding ? "it now rules the cooperation itself"
                          : "it no longer rules the cooperation itself");
    }
  }

  void Parties() {
    const auto said = [](const procedure::PartyTerm& term) {
      return "from " + ToText(term.from) + (term.until ? " until " + ToText(*term.until) : "");
    };
    ByKey(
        before_.parties, after_.parties, [](const auto& term) { return PlaceOf(term); },
        [&](const procedure::PartyTerm& term) {
          return term.party.ToText() + " takes part " + said(term);
        },
        [&](const procedure::PartyTerm& old, const procedure::PartyTerm& now) {
          Said(PlaceOf(now), "when " + now.party.ToText() + " takes part", said(old), said(now));
        });
    const auto zone_key = [](const procedure::ZoneOffset& zone) {
      return "#zones " + zone.party.ToText() + " " + ToText(zone.from);
    };
    ByKey(
        before_.zones, after_.zones, zone_key,
        [](const procedure::ZoneOffset& zone) {
          return "civil time of " + zone.party.ToText() + " from " + ToText(zone.from) + " is " +
                 explain::Offset(zone.minutes);
        },
        [&](const procedure::ZoneOffset& old, const procedure::ZoneOffset& now) {
          Said("#zones", "civil time of " + now.party.ToText() + " from " + ToText(now.from),
               explain::Offset(old.minutes), explain::Offset(now.minutes));
        });
  }

  // Another property that the parties know to be broken is no small change.
  void Broken() {
    ByKey(
        before_.breaks, after_.breaks,
        [](const std::string& property) { return PlaceOfBroken(property); },
        [](const std::string& property) {
          return Legible(property) + " is named as known to be broken: " + SentenceOf(property);
        },
        [](const std::string&, const std::string&) {});
  }

  void Limits() {
    ByKey(
        before_.limits, after_.limits, [](const LimitRule& limit) { return PlaceOf(limit); },
        [](const LimitRule& limit) {
          return "the limit " + Spaced(limit.name) + " of " + LengthOf(limit) + In(limit.articles);
        },
        [&](const LimitRule& old, const LimitRule& now) {
          const std::string place = PlaceOf(now);
          const std::string name = "the limit " + Spaced(now.name);
          Said(place, name, LengthOf(old), LengthOf(now), now.articles);
          if (old.unverified != now.unverified) {
            Add(ChangeKind::kChanged, place,
                name + (now.unverified ? " is now marked as unverified"
                                       : " is no longer marked as unverified"),
                now.articles);
          }
          Articles(place, name, old.articles, now.articles);
        },
        [](const LimitRule& limit) { return limit.articles; });
  }

  void Stages() {
    ByKey(
        before_.stages, after_.stages, [](const StageRule& stage) { return PlaceOf(stage); },
        [](const StageRule& stage) {
          return "the stage " + Spaced(stage.name) + " of the " +
                 std::string(procedure::NameOf(stage.matter)) + (stage.terminal ? ", an end" : "");
        },
        [&](const StageRule& old, const StageRule& now) {
          const std::string place = PlaceOf(now);
          const std::string name =
              "while the " + std::string(procedure::NameOf(now.matter)) + " is " + Spaced(now.name);
          if (old.terminal != now.terminal) {
            Add(ChangeKind::kChanged, place,
                name + (now.terminal ? " it has now ended" : " it has no longer ended"));
          }
          Said(place, name + ", the limit", OrNone(Spaced(old.limit)), OrNone(Spaced(now.limit)));
          if (!now.terminal && !old.terminal) {
            Said(place, name + ", whose turn it is", explain::RoleInWords(old.due),
                 explain::RoleInWords(now.due));
          }
          Said(place, name + ", why no limit is needed", OrNone(old.reason), OrNone(now.reason));
        });
  }

  void Lapses() {
    ByKey(
        before_.lapses, after_.lapses, [](const Lapse& lapse) { return PlaceOf(lapse); },
        [&](const Lapse& lapse) {
          return "what silence means (" + Spaced(lapse.name) + "): when the " +
                 std::string(procedure::NameOf(lapse.matter)) + " is " + Spaced(lapse.from, "or") +
                 " and the limit " + Spaced(lapse.limit) + " has passed, " +
                 explain::MeaningOf(lapse, after_) + In(lapse.articles);
        },
        [&](const Lapse& old, const Lapse& now) {
          const std::string place = PlaceOf(now);
          const std::string name = "silence (" + Spaced(now.name) + ")";
          Said(place, name + ": the limit", Spaced(old.limit), Spaced(now.limit), now.articles);
          Said(place, name + ": the stages it happens in", Spaced(old.from, "or"),
               Spaced(now.from, "or"), now.articles);
          Said(place, name + ": the stage it leads to", OrNone(Spaced(old.to)),
               OrNone(Spaced(now.to)), now.articles);
          const auto due = [](const Lapse& lapse) {
            return lapse.due ? explain::RoleInWords(*lapse.due)
                             : std::string("whoever's turn the stage is");
          };
          Said(place, name + ": whose days these are", due(old), due(now), now.articles);
          Rows(place, name, "consequence", old.effects, now.effects, now.articles);
          Articles(place, name, old.articles, now.articles);
        },
        [](const Lapse& lapse) { return lapse.articles; });
  }

  void Rules() {
    ByKey(
        before_.rules, after_.rules, [](const Rule& rule) { return PlaceOf(rule); },
        [&](const Rule& rule) {
          return "rule " + Spaced(rule.name) + ": " +
                 explain::RoleInWords(rule.role, rule.parties) + " may do \"" + ActOf(rule) + "\"" +
                 (rule.from.empty() ? "" : " while it is " + Spaced(rule.from, "or")) +
                 ", sealed by " + explain::SealsInWords(rule.seals) + In(rule.articles);
        },
        [&](const Rule& old, const Rule& now) { OneRule(old, now); },
        [](const Rule& rule) { return rule.articles; });
  }

  void ArticleLists(const std::vector<codec::ArticleNote>& old_notes,
                    const std::vector<codec::ArticleNote>& new_notes) {
    for (const std::string& article : before_.articles) {
      if (!Has(after_.articles, article))
        Add(ChangeKind::kRemoved, PlaceOfArticle(article), Legible(article) + " is no longer cited",
            {article});
    }
    for (const std::string& article : after_.articles) {
      if (!Has(before_.articles, article))
        Add(ChangeKind::kAdded, PlaceOfArticle(article), Legible(article) + " may now be cited",
            {article});
    }
    const auto key = [](const codec::ArticleNote& note) {
      return "articles.md " + Cited(note.articles);
    };
    ByKey(
        old_notes, new_notes, key,
        [](const codec::ArticleNote& note) {
          return "what is said of " + Cited(note.articles) + ": " + Legible(note.says);
        },
        [&](const codec::ArticleNote& old, const codec::ArticleNote& now) {
          Said("articles.md", "what " + Cited(now.articles) + " says", old.says, now.says,
               now.articles);
          Said("articles.md", "what carries " + Cited(now.articles), old.carried, now.carried,
               now.articles);
        },
        [](const codec::ArticleNote& note) { return note.articles; });
  }

 private:
  static std::string PlaceOf(const procedure::PartyTerm& term) { return PlaceOfParty(term.party); }
  template <class Row>
  static std::string PlaceOf(const Row& row) {
    return drafting::PlaceOf(row);
  }
  static std::string Spaced(std::string_view name) { return explain::Spaced(name); }
  static std::string Spaced(const std::vector<std::string>& names, std::string_view last) {
    return drafting::Spaced(names, last);
  }
  static bool Has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  static std::string In(const std::vector<std::string>& articles) {
    return articles.empty() ? "" : " [" + Cited(articles) + "]";
  }
  static std::string ActOf(const Rule& rule) {
    const procedure::ActInfo* act = procedure::FindAct(rule.act);
    return act != nullptr ? explain::Spaced(act->name) : std::string("?");
  }
  static std::string LengthOf(const LimitRule& limit) {
    return explain::Days(limit.days) + (limit.before ? " before" : "");
  }

  // One thing that is said differently.
  void Said(const std::string& place, const std::string& what, const std::string& old,
            const std::string& now, std::vector<std::string> articles = {}) {
    if (old == now) return;
    Add(ChangeKind::kChanged, place, what + ": was " + Legible(old) + ", is now " + Legible(now),
        std::move(articles));
  }

  void Articles(const std::string& place, const std::string& what,
                const std::vector<std::string>& old, const std::vector<std::string>& now) {
    if (old == now) return;
    std::vector<std::string> touched = old;
    for (const std::string& article : now) {
      if (!Has(touched, article)) touched.push_back(article);
    }
    Add(ChangeKind::kChanged, place,
        what + " rested on " + OrNone(Cited(old)) + ", rests now on " + OrNone(Cited(now)),
        touched);
  }

  // Rows that have a name: gone, new, and those of both versions. A place that stands twice (a
  // party with two terms) is compared in its order.
  template <class Row, class Key, class Words, class Both>
  void ByKey(const std::vector<Row>& old, const std::vector<Row>& now, const Key& key,
             const Words& words, const Both& both) {
    ByKey(old, now, key, words, both, [](const Row&) { return std::vector<std::string>(); });
  }
  template <class Row, class Key, class Words, class Both, class ArticlesOf>
  void ByKey(const std::vector<Row>& old, const std::vector<Row>& now, const Key& key,
             const Words& words, const Both& both, const ArticlesOf& articles) {
    std::vector<bool> met(now.size(), false);
    for (const Row& row : old) {
      const auto at = std::find_if(now.begin(), now.end(), [&](const Row& other) {
        return !met[static_cast<std::size_t>(&other - now.data())] && key(other) == key(row);
      });
      if (at == now.end()) {
        Add(ChangeKind::kRemoved, key(row), words(row), articles(row));
      } else {
        met[static_cast<std::size_t>(at - now.begin())] = true;
        both(row, *at);
      }
    }
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (!met[i]) Add(ChangeKind::kAdded, key(now[i]), words(now[i]), articles(now[i]));
    }
  }

  // Conditions or consequences: those with the same signed sentence are the same; of the rest those
  // about the same thing are one that changed.
  template <class Row>
  void Rows(const std::string& place, const std::string& of, const std::string& what,
            const std::vector<Row>& old, const std::vector<Row>& now,
            const std::vector<std::string>& articles) {
    std::vector<const Row*> gone;
    std::vector<const Row*> come;
    for (const Row& row : old) gone.push_back(&row);
    for (const Row& row : now) {
      const auto at = std::find_if(gone.begin(), gone.end(),
                                   [&](const Row* other) { return Signed(*other) == Signed(row); });
      if (at != gone.end()) {
        gone.erase(at);
      } else {
        come.push_back(&row);
      }
    }
    for (const Row* row : come) {
      const auto at = std::find_if(gone.begin(), gone.end(), [&](const Row* other) {
        return SubjectOf(*other) == SubjectOf(*row);
      });
      if (at == gone.end()) {
        Add(ChangeKind::kAdded, place, of + ", " + what + ": " + Told(*row, after_),
            ArticlesOf(*row, articles));
      } else {
        Add(ChangeKind::kChanged, place,
            of + ", " + what + ": was that " + Told(**at, before_) + ", is now that " +
                Told(*row, after_),
            ArticlesOf(*row, articles));
        gone.erase(at);
      }
    }
    for (const Row* row : gone) {
      Add(ChangeKind::kRemoved, place, of + ", " + what + ": " + Told(*row, before_),
          ArticlesOf(*row, articles));
    }
  }

  static std::string Told(const Guard& guard, const Procedure& terms) {
    return InWords(guard, terms) + " {" + Legible(guard.require.text) + "}, otherwise " +
           Spaced(procedure::NameOf(guard.ground)) + " [" + Legible(guard.article) + "]";
  }
  static std::string Told(const Effect& effect, const Procedure& terms) {
    return InWords(effect, terms) + " {" + Legible(effect.text) + "}";
  }
  static std::vector<std::string> ArticlesOf(const Guard& guard, const std::vector<std::string>&) {
    return {guard.article};
  }
  static std::vector<std::string> ArticlesOf(const Effect&,
                                             const std::vector<std::string>& articles) {
    return articles;
  }

  void OneRule(const Rule& old, const Rule& now) {
    const std::string place = PlaceOf(now);
    const std::string name = "rule " + Spaced(now.name);
    const auto said = [&](const std::string& what, const std::string& was, const std::string& is) {
      Said(place, name + ", " + what, was, is, now.articles);
    };
    said("the act", ActOf(old), ActOf(now));
    said("who", explain::RoleInWords(old.role, old.parties),
         explain::RoleInWords(now.role, now.parties));
    if (old.opens != now.opens) {
      Add(ChangeKind::kChanged, place,
          name + (now.opens ? " now opens its matter" : " no longer opens its matter"),
          now.articles);
    }
    said("the stages it may be done in", Spaced(old.from, "or"), Spaced(now.from, "or"));
    said("the stage it leads to", OrNone(Spaced(old.to)), OrNone(Spaced(now.to)));
    if (Written(old.when) != Written(now.when)) {
      said("when it is meant", OrNone(explain::InWords(old.when, before_)),
           OrNone(explain::InWords(now.when, after_)));
    }
    said("the seals", explain::SealsInWords(old.seals), explain::SealsInWords(now.seals));
    said("what it must say", Named(old.required), Named(now.required));
    if (old.particulars_required != now.particulars_required) {
      Add(ChangeKind::kChanged, place,
          name + (now.particulars_required ? " now needs the person's particulars"
                                           : " no longer needs the person's particulars"),
          now.articles);
    }
    said("what every line must say", Named(old.line_required), Named(now.line_required));
    if (old.line_use != now.line_use || old.line_key != now.line_key)
      Add(ChangeKind::kChanged, place, name + ": its lines are used in another way", now.articles);
    Rows(place, name, "condition", old.guards, now.guards, now.articles);
    Rows(place, name, "condition for every line", old.line_guards, now.line_guards, now.articles);
    Rows(place, name, "consequence for every line", old.line_effects, now.line_effects,
         now.articles);
    Rows(place, name, "consequence", old.effects, now.effects, now.articles);
    Articles(place, name, old.articles, now.articles);
  }

  const Procedure& before_;
  const Procedure& after_;
  std::vector<Change> changes_;
};

const codec::BundleFile* FindFile(const codec::Bundle& bundle, std::string_view path) {
  for (const codec::BundleFile& file : bundle.files) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

std::string ContentOf(const codec::Bundle& bundle, std::string_view path) {
  const codec::BundleFile* file = FindFile(bundle, path);
  return file != nullptr ? file->content : std::string();
}

// The scenarios that a version is bound to: name and digest, as sha256sum writes them.
std::vector<std::pair<std::string, std::string>> ScenariosOf(const codec::Bundle& bundle) {
  std::vector<std::pair<std::string, std::string>> scenarios;
  const std::string text = ContentOf(bundle, codec::kScenarioDigestsFile);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    const std::size_t gap = line.find("  ");
    if (gap != std::string::npos) scenarios.emplace_back(line.substr(gap + 2), line.substr(0, gap));
    begin = end + 1;
  }
  return scenarios;
}

void CompareScenarios(const Version& before, const Version& after, Comparison& comparison) {
  const auto old = ScenariosOf(before.bundle);
  const auto now = ScenariosOf(after.bundle);
  const auto find = [](const auto& all, const std::string& name) {
    return std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == name; });
  };
  for (const auto& [name, digest] : old) {
    const auto at = find(now, name);
    if (at == now.end()) {
      comparison.Add(ChangeKind::kRemoved, "scenarios", "the scenario " + Legible(name));
    } else if (at->second != digest) {
      comparison.Add(ChangeKind::kChanged, "scenarios",
                     "the scenario " + Legible(name) + " is another");
    }
  }
  for (const auto& [name, digest] : now) {
    if (find(old, name) == old.end())
      comparison.Add(ChangeKind::kAdded, "scenarios", "the scenario " + Legible(name));
  }
}

std::string_view NameOf(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kAdded:
      return "added";
    case ChangeKind::kRemoved:
      return "removed";
    case ChangeKind::kChanged:
      return "changed";
  }
  return {};
}

}  // namespace

std::vector<Change> Difference(const Version& before, const Version& after) {
  Comparison comparison(before, after);
  comparison.Heads();
  comparison.Parties();
  comparison.Broken();
  comparison.Limits();
  comparison.Stages();
  comparison.Lapses();
  comparison.Rules();
  comparison.ArticleLists(before.notes, after.notes);
  CompareScenarios(before, after, comparison);
  std::vector<Change> changes = comparison.Take();
  const auto any_in = [&](const auto& is_there) {
    return std::any_of(changes.begin(), changes.end(), is_there);
  };
  // What is signed is a file: a change of it that changes no rule is a change all the same.
  for (const auto& [file, noun] :
       {std::pair(codec::kProcedureFile, "no rule"), std::pair(codec::kArticlesFile, "no row"),
        std::pair(codec::kScenarioDigestsFile, "no scenario")}) {
    const std::string path(file);
    if (ContentOf(before.bundle, path) == ContentOf(after.bundle, path)) continue;
    const bool told = any_in([&](const Change& change) {
      if (path == codec::kProcedureFile) return change.place.starts_with('#');
      return change.place.starts_with(path == codec::kArticlesFile ? "articles.md" : "scenarios");
    });
    if (told) continue;
    changes.push_back(
        {ChangeKind::kChanged,
         path,
         "the text differs, and " + std::string(noun) + " does: a comment, a space or an order",
         {}});
  }
  return changes;
}

std::string ToText(const std::vector<Change>& changes) {
  std::string text;
  for (const Change& change : changes) {
    text +=
        std::string(NameOf(change.kind)) + "  " + Legible(change.place) + "  " + change.what + "\n";
  }
  return text.empty() ? "no difference\n" : text;
}

std::string ToJson(const std::vector<Change>& changes) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Change& change : changes) {
    rows.push_back({{"kind", NameOf(change.kind)},
                    {"place", change.place},
                    {"what", change.what},
                    {"articles", change.articles}});
  }
  const nlohmann::ordered_json json = {{"equal", changes.empty()}, {"changes", rows}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace chancery::drafting
