#include "drafting/procedure_text.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "engine/base/text.h"
#include "engine/base/time.h"

namespace chancery::drafting {
namespace {

using Json = nlohmann::ordered_json;
using procedure::Fact;
using procedure::MatterKind;
using procedure::Role;

// Whoever wrote the procedure must not steer the reader's terminal, nor begin a line of their own:
// every text that comes from it is shown through Legible, here, in Joined or where it is used.
std::string Spaced(std::string_view name) {
  std::string text = Legible(name);
  for (char& c : text) {
    if (c == '_') c = ' ';
  }
  return text;
}

std::string Joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += Legible(word);
  }
  return text;
}

std::vector<std::string> Names(const std::vector<Fact>& facts) {
  std::vector<std::string> names;
  for (const Fact fact : facts) names.push_back(Spaced(procedure::InfoOf(fact).name));
  return names;
}

std::string Who(const procedure::Rule& rule) {
  switch (rule.role) {
    case Role::kRequesting:
      return "the requesting party";
    case Role::kRequested:
      return "the requested party";
    case Role::kEither:
      return "either of the two parties";
    case Role::kParticipant:
      return "any state of the flight";
    case Role::kParty:
      break;
  }
  std::vector<std::string> parties;
  for (const PartyCode party : rule.parties) parties.push_back(party.ToText());
  return Joined(parties, " or ");
}

std::string Due(Role role) {
  switch (role) {
    case Role::kRequesting:
      return "the requesting party acts";
    case Role::kRequested:
      return "the requested party acts";
    case Role::kEither:
      return "either party acts";
    case Role::kParticipant:
      return "any state of the flight acts";
    case Role::kParty:
      return "the parties act";
  }
  return {};
}

std::vector<std::string> SealsOf(const procedure::Rule& rule) {
  std::vector<std::string> seals;
  for (const procedure::SealNeeded& seal : rule.seals) {
    const std::string office = Spaced(procedure::WordName(Fact::kOffice, seal.office));
    seals.push_back(seal.count > 1 ? std::to_string(seal.count) + " officers of the " + office
                                   : "the " + office);
  }
  return seals;
}

std::string In(const std::vector<std::string>& articles) {
  return articles.empty() ? "" : "  [" + Joined(articles, "; ") + "]";
}

std::string When(const std::vector<procedure::Condition>& conditions) {
  std::string text;
  for (const procedure::Condition& condition : conditions)
    text += (text.empty() ? "" : " and ") + Legible(condition.text);
  return text;
}

void AddGuards(const std::vector<procedure::Guard>& guards, std::string_view indent,
               std::string& text) {
  for (const procedure::Guard& guard : guards) {
    text += std::string(indent) + "must hold";
    if (!guard.when.empty()) text += ", if " + When(guard.when);
    text += ": " + Legible(guard.require.text) + "\n" + std::string(indent) +
            "  else inadmissible: " + Spaced(procedure::NameOf(guard.ground)) + "  [" +
            Legible(guard.article) + "]\n";
  }
}

void AddEffects(const std::vector<procedure::Effect>& effects, std::string_view indent,
                std::string& text) {
  for (const procedure::Effect& effect : effects) {
    text += std::string(indent) + "then" +
            (effect.when.empty() ? "" : ", if " + When(effect.when)) + ": " + Legible(effect.text) +
            "\n";
  }
}

void AddRule(const procedure::Rule& rule, std::string& text) {
  const procedure::ActInfo* act = procedure::FindAct(rule.act);
  text += "\n  Rule " + Legible(rule.name) + In(rule.articles) + "\n    " + Who(rule) +
          " may do: " + (act != nullptr ? Spaced(act->name) : "?");
  if (rule.opens) text += ", which opens the matter";
  if (!rule.from.empty())
    text += std::string(rule.opens ? ", or" : ",") + " while it is " +
            Spaced(Joined(rule.from, " or "));
  text += "\n";
  if (!rule.when.empty()) text += "    this rule is meant when " + When(rule.when) + "\n";
  text += "    sealed by " + Joined(SealsOf(rule), " and ") + "\n";
  if (!rule.required.empty()) text += "    must say: " + Joined(Names(rule.required), ", ") + "\n";
  if (rule.particulars_required)
    text += "    must come with the person's particulars, bound by a commitment\n";
  AddGuards(rule.guards, "    ", text);
  if (!rule.line_required.empty())
    text += "    every line must say: " + Joined(Names(rule.line_required), ", ") + "\n";
  if (!rule.line_guards.empty() || !rule.line_effects.empty()) text += "    for every line:\n";
  AddGuards(rule.line_guards, "      ", text);
  AddEffects(rule.line_effects, "      ", text);
  AddEffects(rule.effects, "    ", text);
  if (!rule.to.empty()) text += "    the matter is then: " + Spaced(rule.to) + "\n";
}

}  // namespace

std::string ToText(const procedure::Procedure& terms, const Digest& digest) {
  std::string text = Legible(terms.title) + "\n" + Legible(terms.id) +
                     (terms.founding ? ", the founding procedure" : "") + "\ndigest " +
                     digest.ToHexText() + "\n\nWho takes part\n";
  for (const procedure::PartyTerm& term : terms.parties) {
    text += "  " + term.party.ToText() + " from " + ToText(term.from) +
            (term.until ? " until " + ToText(*term.until) : "") + "\n";
  }
  text += "\nCivil time\n";
  for (const procedure::ZoneOffset& zone : terms.zones) {
    text += "  " + zone.party.ToText() + " from " + ToText(zone.from) + ": " +
            std::to_string(zone.minutes) + " minutes east of UTC\n";
  }
  text += "\nTime limits, in civil days of the requested party\n";
  for (const procedure::LimitRule& limit : terms.limits) {
    text += "  " + Spaced(limit.name) + ": " + std::to_string(limit.days) +
            (limit.before ? " days before" : " days") +
            (limit.unverified ? ", a number the sources do not settle" : "") + In(limit.articles) +
            "\n";
  }
  for (const MatterKind kind :
       {MatterKind::kCooperation, MatterKind::kCase, MatterKind::kFlight, MatterKind::kTransfer}) {
    std::string part;
    for (const procedure::StageRule& stage : terms.stages) {
      if (stage.matter != kind) continue;
      part += "  " + Spaced(stage.name) + ": ";
      if (stage.terminal) {
        part += "the end\n";
        continue;
      }
      part += Due(stage.due) +
              (stage.limit.empty() ? "; no limit: " + Legible(stage.reason)
                                   : ", inside the limit " + Spaced(stage.limit)) +
              "\n";
    }
    for (const procedure::Lapse& lapse : terms.lapses) {
      if (lapse.matter != kind) continue;
      part += "\n  Silence (" + Legible(lapse.name) + "): when " +
              Spaced(Joined(lapse.from, " or ")) + " and the limit " + Spaced(lapse.limit) +
              " has passed, " +
              (lapse.to.empty() ? "the matter stays" : "the matter is " + Spaced(lapse.to)) +
              In(lapse.articles) + "\n";
      AddEffects(lapse.effects, "    ", part);
    }
    for (const procedure::Rule& rule : terms.rules) {
      const procedure::ActInfo* act = procedure::FindAct(rule.act);
      if (act != nullptr && act->matter == kind) AddRule(rule, part);
    }
    if (!part.empty()) text += "\n== " + Spaced(procedure::NameOf(kind)) + " ==\n" + part;
  }
  return text;
}

std::string ToJson(const procedure::Procedure& terms, const Digest& digest) {
  Json json = {{"id", terms.id},
               {"title", terms.title},
               {"founding", terms.founding},
               {"digest", digest.ToHexText()},
               {"parties", Json::array()},
               {"limits", Json::array()},
               {"stages", Json::array()},
               {"rules", Json::array()},
               {"articles", terms.articles}};
  for (const procedure::PartyTerm& term : terms.parties) {
    Json row = {{"party", term.party.ToText()}, {"from", ToText(term.from)}};
    if (term.until) row["until"] = ToText(*term.until);
    json["parties"].push_back(std::move(row));
  }
  for (const procedure::LimitRule& limit : terms.limits) {
    json["limits"].push_back({{"name", limit.name},
                              {"days", limit.days},
                              {"before", limit.before},
                              {"unverified", limit.unverified},
                              {"articles", limit.articles}});
  }
  for (const procedure::StageRule& stage : terms.stages) {
    json["stages"].push_back({{"matter", procedure::NameOf(stage.matter)},
                              {"name", stage.name},
                              {"terminal", stage.terminal},
                              {"limit", stage.limit}});
  }
  for (const procedure::Rule& rule : terms.rules) {
    const procedure::ActInfo* act = procedure::FindAct(rule.act);
    Json row = {
        {"name", rule.name},         {"act", act != nullptr ? act->name : std::string_view()},
        {"who", Who(rule)},          {"seals", SealsOf(rule)},
        {"from", rule.from},         {"to", rule.to},
        {"articles", rule.articles}, {"guards", Json::array()}};
    for (const procedure::Guard& guard : rule.guards) {
      row["guards"].push_back({{"require", guard.require.text},
                               {"ground", procedure::NameOf(guard.ground)},
                               {"article", guard.article}});
    }
    json["rules"].push_back(std::move(row));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace chancery::drafting
