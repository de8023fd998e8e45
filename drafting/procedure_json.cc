// The procedure as data: beside procedure_text.cc, which is for people.
#include <nlohmann/json.hpp>

#include "drafting/exploration.h"
#include "drafting/places.h"
#include "drafting/procedure_text.h"
#include "engine/base/time.h"
#include "engine/explain/due.h"
#include "engine/explain/sentence.h"
#include "engine/explain/words.h"

namespace chancery::drafting {
namespace {

using Json = nlohmann::ordered_json;
using procedure::Fact;
using procedure::Role;

std::string Dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json NamesOf(const std::vector<Fact>& facts) {
  Json names = Json::array();
  for (const Fact fact : facts) names.push_back(procedure::InfoOf(fact).name);
  return names;
}

Json WhenOf(const std::vector<procedure::Condition>& conditions,
            const procedure::Procedure& terms) {
  Json rows = Json::array();
  for (const procedure::Condition& condition : conditions)
    rows.push_back({{"words", explain::InWords(condition, terms)}, {"signed", condition.text}});
  return rows;
}

std::string RoleName(Role role) {
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
      break;
  }
  return "party";
}

Json LimitToJson(const procedure::LimitRule& limit) {
  return {{"place", PlaceOf(limit)},
          {"name", limit.name},
          {"days", limit.days},
          {"before", limit.before},
          {"unverified", limit.unverified},
          {"articles", limit.articles}};
}

Json StageToJson(const procedure::StageRule& stage, const procedure::Procedure& terms) {
  Json row = {{"place", PlaceOf(stage)},
              {"matter", procedure::NameOf(stage.matter)},
              {"name", stage.name},
              {"terminal", stage.terminal},
              {"limit", stage.limit}};
  if (!stage.terminal) row["due"] = RoleName(stage.due);
  if (!stage.reason.empty()) row["reason"] = stage.reason;
  row["may"] = Json::array();
  for (const explain::MayDo& may : explain::ActsAt(terms, stage.matter, stage.name))
    row["may"].push_back({{"act", may.act},
                          {"role", RoleName(may.role)},
                          {"seals", may.seals},
                          {"rules", may.rules}});
  return row;
}

Json EffectsToJson(const std::vector<procedure::Effect>& effects,
                   const procedure::Procedure& terms) {
  Json rows = Json::array();
  for (const procedure::Effect& effect : effects) {
    rows.push_back({{"when", WhenOf(effect.when, terms)},
                    {"words", explain::InWords(effect, terms)},
                    {"signed", effect.text}});
  }
  return rows;
}

Json LapseToJson(const procedure::Lapse& lapse, const procedure::Procedure& terms) {
  Json row = {{"place", PlaceOf(lapse)},
              {"name", lapse.name},
              {"matter", procedure::NameOf(lapse.matter)},
              {"from", lapse.from},
              {"limit", lapse.limit},
              {"to", lapse.to},
              {"words", explain::MeaningOf(lapse, terms)},
              {"then", EffectsToJson(lapse.effects, terms)},
              {"articles", lapse.articles}};
  if (lapse.due) row["due"] = RoleName(*lapse.due);
  return row;
}

Json GuardsToJson(const procedure::Rule& rule, bool in_lines, const procedure::Procedure& terms) {
  Json rows = Json::array();
  const std::vector<procedure::Guard>& guards = in_lines ? rule.line_guards : rule.guards;
  for (std::size_t i = 0; i < guards.size(); ++i) {
    rows.push_back({{"place", PlaceOfGuard(rule, i, in_lines)},
                    {"when", WhenOf(guards[i].when, terms)},
                    {"words", explain::InWords(guards[i].require, terms)},
                    {"require", guards[i].require.text},
                    {"ground", procedure::NameOf(guards[i].ground)},
                    {"article", guards[i].article}});
  }
  return rows;
}

Json RuleToJson(const procedure::Rule& rule, const procedure::Procedure& terms) {
  const procedure::ActInfo* act = procedure::FindAct(rule.act);
  Json seals = Json::array();
  for (const procedure::SealNeeded& seal : rule.seals) {
    seals.push_back(
        {{"office", procedure::WordName(Fact::kOffice, seal.office)}, {"officers", seal.count}});
  }
  return {{"place", PlaceOf(rule)},
          {"name", rule.name},
          {"act", act != nullptr ? act->name : std::string_view()},
          {"matter", act != nullptr ? procedure::NameOf(act->matter) : std::string_view()},
          {"role", RoleName(rule.role)},
          {"who", explain::RoleInWords(rule.role, rule.parties)},
          {"seals", seals},
          {"opens", rule.opens},
          {"from", rule.from},
          {"to", rule.to},
          {"when", WhenOf(rule.when, terms)},
          {"required", NamesOf(rule.required)},
          {"particulars", rule.particulars_required},
          {"line_required", NamesOf(rule.line_required)},
          {"guards", GuardsToJson(rule, false, terms)},
          {"line_guards", GuardsToJson(rule, true, terms)},
          {"line_then", EffectsToJson(rule.line_effects, terms)},
          {"then", EffectsToJson(rule.effects, terms)},
          {"articles", rule.articles}};
}

Json ArticleRow(const std::string& article, const std::vector<codec::ArticleNote>& notes,
                bool executable) {
  Json row = {{"place", PlaceOfArticle(article)},
              {"article", article},
              {"ours", explain::IsOurs(article)},
              {"executable", executable}};
  if (const codec::ArticleNote* note = FindNote(notes, article)) {
    row["says"] = note->says;
    row["carried"] = note->carried;
    row["unverified"] = note->unverified;
  }
  return row;
}

bool Cites(const std::vector<std::string>& articles, std::string_view article) {
  for (const std::string& one : articles) {
    if (one == article) return true;
  }
  return false;
}

bool Cites(const procedure::Rule& rule, std::string_view article) {
  if (Cites(rule.articles, article)) return true;
  for (const auto* guards : {&rule.guards, &rule.line_guards}) {
    for (const procedure::Guard& guard : *guards) {
      if (guard.article == article) return true;
    }
  }
  return false;
}

}  // namespace

std::string ToJson(const procedure::Procedure& terms, const Digest& digest,
                   const std::vector<codec::ArticleNote>& notes) {
  Json json = {{"id", terms.id},
               {"title", terms.title},
               {"founding", terms.founding},
               {"digest", digest.ToHexText()},
               {"parties", Json::array()},
               {"zones", Json::array()},
               {"breaks", Json::array()},
               {"limits", Json::array()},
               {"articles", Json::array()},
               {"stages", Json::array()},
               {"lapses", Json::array()},
               {"rules", Json::array()}};
  for (const procedure::PartyTerm& term : terms.parties) {
    Json row = {{"place", PlaceOfParty(term.party)},
                {"party", term.party.ToText()},
                {"from", ToText(term.from)}};
    if (term.until) row["until"] = ToText(*term.until);
    json["parties"].push_back(std::move(row));
  }
  for (const procedure::ZoneOffset& zone : terms.zones) {
    json["zones"].push_back(
        {{"party", zone.party.ToText()}, {"from", ToText(zone.from)}, {"minutes", zone.minutes}});
  }
  for (const std::string& property : terms.breaks) {
    json["breaks"].push_back({{"place", PlaceOfBroken(property)},
                              {"property", property},
                              {"says", SentenceOf(property)}});
  }
  for (const procedure::LimitRule& limit : terms.limits)
    json["limits"].push_back(LimitToJson(limit));
  for (const std::string& article : terms.articles)
    json["articles"].push_back(ArticleRow(article, notes, true));
  for (const codec::ArticleNote& note : notes) {
    for (const std::string& article : note.articles) {
      if (!Cites(terms.articles, article))
        json["articles"].push_back(ArticleRow(article, notes, false));
    }
  }
  for (const procedure::StageRule& stage : terms.stages)
    json["stages"].push_back(StageToJson(stage, terms));
  for (const procedure::Lapse& lapse : terms.lapses)
    json["lapses"].push_back(LapseToJson(lapse, terms));
  for (const procedure::Rule& rule : terms.rules) json["rules"].push_back(RuleToJson(rule, terms));
  return Dumped(json);
}

std::string ArticleToJson(const procedure::Procedure& terms, std::string_view article,
                          const std::vector<codec::ArticleNote>& notes) {
  Json json = ArticleRow(std::string(article), notes, Cites(terms.articles, article));
  json["limits"] = Json::array();
  json["lapses"] = Json::array();
  json["rules"] = Json::array();
  for (const procedure::LimitRule& limit : terms.limits) {
    if (Cites(limit.articles, article)) json["limits"].push_back(LimitToJson(limit));
  }
  for (const procedure::Lapse& lapse : terms.lapses) {
    if (Cites(lapse.articles, article)) json["lapses"].push_back(LapseToJson(lapse, terms));
  }
  for (const procedure::Rule& rule : terms.rules) {
    if (Cites(rule, article)) json["rules"].push_back(RuleToJson(rule, terms));
  }
  return Dumped(json);
}

}  // namespace chancery::drafting
