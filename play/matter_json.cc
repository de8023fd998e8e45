#include "play/matter_json.h"

#include <string>

#include "play/sentence.h"

namespace chancery::play {

namespace {

using Json = nlohmann::ordered_json;
using procedure::Fact;
using procedure::FactType;

absl::Status Malformed(const std::string& field) {
  return InvalidArgument("matter: " + field + " is not as printed");
}

std::string TextOf(const Json& json, const char* field) {
  const auto at = json.find(field);
  return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
}

absl::StatusOr<procedure::Value> ReadValue(Fact fact, const Json& json) {
  const procedure::FactInfo& info = procedure::InfoOf(fact);
  if (json.is_boolean()) return procedure::Value(std::int64_t{json.get<bool>() ? 1 : 0});
  if (json.is_number_integer()) return procedure::Value(json.get<std::int64_t>());
  if (!json.is_string()) return Malformed(std::string(info.name));
  const std::string text = json.get<std::string>();
  if (info.type == FactType::kId) {
    if (const auto id = MatterId::FromHexText(text)) return procedure::Value(*id);
  } else if (info.type == FactType::kDigest) {
    if (const auto digest = Digest::FromHexText(text)) return procedure::Value(*digest);
  } else if (const auto number = NumberOf(fact, text)) {
    return procedure::Value(*number);
  }
  return Malformed(std::string(info.name));
}

absl::StatusOr<procedure::Facts> ReadFacts(const Json& json) {
  procedure::Facts facts;
  if (!json.is_object()) return Malformed("facts");
  for (const auto& [name, value] : json.items()) {
    const auto fact = procedure::FactNamed(name);
    if (!fact) return Malformed("facts");
    CHANCERY_ASSIGN_OR_RETURN(procedure::Value read, ReadValue(*fact, value));
    facts.Set(*fact, read);
  }
  return facts;
}

}  // namespace

absl::StatusOr<procedure::Matter> MatterFromJson(const Json& json) {
  procedure::Matter matter;
  const auto id = MatterId::FromHexText(TextOf(json, "matter"));
  const auto kind = procedure::MatterKindNamed(TextOf(json, "kind"));
  const auto requesting = PartyCode::FromText(TextOf(json, "requesting"));
  const auto requested = PartyCode::FromText(TextOf(json, "requested"));
  const auto digest = Digest::FromHexText(TextOf(json, "procedure"));
  if (!id || !kind || !requesting || !requested || !digest) return Malformed("its head");
  matter.id = *id;
  matter.kind = *kind;
  matter.requesting = *requesting;
  matter.requested = *requested;
  matter.procedure = *digest;
  matter.stage = TextOf(json, "stage");
  if (!json.contains("facts") || !json.contains("lines") || !json.contains("limits"))
    return Malformed("its body");
  CHANCERY_ASSIGN_OR_RETURN(matter.facts, ReadFacts(json.at("facts")));
  for (const Json& line : json.at("lines")) {
    CHANCERY_ASSIGN_OR_RETURN(procedure::Facts facts, ReadFacts(line));
    matter.lines.push_back(std::move(facts));
  }
  for (const Json& row : json.at("limits")) {
    const auto since = ParseInstant(TextOf(row, "since"));
    const auto until = ParseInstant(TextOf(row, "until"));
    if (!since || !until) return Malformed("limits");
    matter.limits.push_back({TextOf(row, "limit"), *since, *until});
  }
  return matter;
}

}  // namespace chancery::play
