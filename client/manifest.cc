#include "client/manifest.h"

#include <algorithm>
#include <set>

namespace chancery::client {

namespace {

std::string TextOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& FactsOf(const Json& object) {
  static const Json kNone = Json::object();
  const auto found = object.find("facts");
  return found != object.end() && found->is_object() ? *found : kNone;
}

std::int64_t CountOf(const Json& facts, const char* key) {
  const auto found = facts.find(key);
  return found != facts.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

// Which lists take a case: those of own nationals, or those of third-country persons.
std::string ListedAs(const Json& one_case) {
  const bool own = TextOf(FactsOf(one_case), "category") == "own_national";
  return own ? "own_national" : "third_country_national";
}

}  // namespace

std::string NotReadyBecause(const Json& one_case, std::string_view list) {
  const Json& facts = FactsOf(one_case);
  const std::string stage = TextOf(one_case, "stage");
  if (stage != "documented") return "its stage is " + stage + "; a list takes documented ones";
  if (!facts.contains("confirmation") || !facts.contains("confirmation_id")) {
    return "it has no confirmation of the requested party";
  }
  if (facts.contains("held")) return "it is held";
  if (facts.contains("list") && TextOf(facts, "list") != list) return "it stands on another list";
  const std::string claim = TextOf(facts, "claim");
  if (!claim.empty() && claim != "acknowledged" && claim != "dropped")
    return "a security claim about it is open";
  return {};
}

absl::StatusOr<Json> ProposeManifest(const Json& flight, const std::vector<Json>& cases,
                                     const std::optional<Json>& list, const ManifestWish& wish,
                                     Entropy& entropy) {
  const std::string flight_stage = TextOf(flight, "stage");
  if (TextOf(flight, "kind") != "flight" ||
      (flight_stage != "proposed" && flight_stage != "permitted")) {
    return InvalidArgument("flight: name a flight that is proposed or permitted");
  }
  const std::string list_id = list ? TextOf(*list, "matter") : std::string();
  // A list keeps its category; a new one has that of the first case on it.
  std::string category = list ? TextOf(FactsOf(*list), "category") : std::string();
  const std::set<std::string> wanted(wish.cases.begin(), wish.cases.end());
  std::set<std::string> met;
  std::string refused;
  Json lines = Json::array();
  for (const Json& one_case : cases) {
    const std::string id = TextOf(one_case, "matter");
    if (!wanted.empty() && !wanted.contains(id)) continue;
    met.insert(id);
    std::string why = NotReadyBecause(one_case, list_id);
    if (why.empty() && !category.empty() && ListedAs(one_case) != category) {
      why = "it does not go on a list of " + category +
            "; nationals and third-country persons have lists of their own";
    }
    if (!why.empty()) {
      // Somebody who was not asked for by name is simply not ready yet.
      if (!wanted.empty()) refused += (refused.empty() ? "" : "\n") + ("case " + id + ": " + why);
      continue;
    }
    category = ListedAs(one_case);
    const Json& facts = FactsOf(one_case);
    Json line = {{"line_kind", "returnee"},
                 {"case", id},
                 {"confirmation", facts.at("confirmation")},
                 {"confirmation_id", facts.at("confirmation_id")}};
    if (wish.fit_to_fly) line["fit_to_fly"] = true;
    if (wish.decision_renewed) line["decision_renewed"] = true;
    if (facts.contains("minor") && facts.at("minor") == Json(true)) {
      if (wish.reception) line["reception"] = true;
      if (wish.best_interests) line["best_interests"] = true;
    }
    lines.push_back(std::move(line));
  }
  for (const std::string& id : wanted) {
    if (!met.contains(id))
      refused += (refused.empty() ? "" : "\n") + ("case " + id + ": no such case of this party");
  }
  if (!refused.empty()) return FailedPrecondition(refused);
  if (lines.empty()) return InvalidArgument("cases: none is ready; see `case ready`");

  for (const auto& [kind, count] : wish.companions) {
    // Those on the list before keep their handles, and with them their clearance.
    std::vector<std::string> handles;
    if (list && list->contains("lines")) {
      for (const Json& line : list->at("lines")) {
        if (TextOf(line, "line_kind") == kind) handles.push_back(TextOf(line, "handle"));
      }
    }
    for (int i = 0; i < count; ++i) {
      const auto known = static_cast<std::size_t>(i);
      const std::string handle =
          known < handles.size() ? handles[known] : entropy.Make<PersonHandle>().ToHexText();
      lines.push_back({{"line_kind", kind}, {"handle", handle}});
    }
  }
  Json act;
  act["act"] = "manifest";
  act["addressee"] = TextOf(flight, "requested");
  if (list) act["matter"] = list_id;
  act["facts"] = {{"flight", TextOf(flight, "matter")},
                  {"flight_revision", CountOf(FactsOf(flight), "flight_revision")},
                  {"revision", list ? CountOf(FactsOf(*list), "revision") + 1 : 1},
                  {"category", category}};
  act["lines"] = std::move(lines);
  return act;
}

}  // namespace chancery::client
