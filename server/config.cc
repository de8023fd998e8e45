#include "server/config.h"

#include <functional>
#include <map>
#include <sstream>
#include <string_view>

#include "edge/files.h"
#include "toml++/toml.h"

namespace chancery::server {

namespace {

using Setter = std::function<absl::Status(const std::string&)>;

Setter Text(std::string& to) {
  return [&to](const std::string& text) {
    to = text;
    return absl::OkStatus();
  };
}

Setter Path(std::filesystem::path& to, const std::filesystem::path& folder) {
  return [&to, folder](const std::string& text) {
    to = (folder / text).lexically_normal();
    return absl::OkStatus();
  };
}

std::map<std::string, Setter> Setters(MinistryConfig& config, const std::filesystem::path& folder) {
  const auto path = [&folder](std::filesystem::path& to) { return Path(to, folder); };
  return {
      {"party",
       [&config](const std::string& text) {
         const std::optional<PartyCode> party = PartyCode::FromText(text);
         if (!party) return InvalidArgument("party: expected three upper-case letters");
         config.party = *party;
         return absl::OkStatus();
       }},
      {"anchor", path(config.anchor)},
      {"store", path(config.store)},
      {"trust", path(config.trust)},
      {"procedures", path(config.procedures)},
      {"policy", path(config.policy)},
      {"clock_file", path(config.clock_file)},
      {"log_level", Text(config.log_level)},
      {"keys.checkpoint", path(config.checkpoint_key)},
      {"keys.checkpoint_before", path(config.checkpoint_key_before)},
      {"keys.witness", path(config.witness_key)},
      {"keys.encryption", path(config.encryption_key)},
      {"keys.seal", path(config.seal_key)},
      {"keys.seal_certificate", path(config.seal_certificate)},
      {"tls.key", path(config.tls.key)},
      {"tls.certificate", path(config.tls.certificate)},
      {"tls.roots", path(config.tls.roots)},
      {"tls.revocations", path(config.revocations)},
      {"tls.crl_directory", path(config.tls.crl_directory)},
      {"exchange.listen", Text(config.exchange_listen)},
      {"casework.listen", Text(config.casework_listen)},
      {"registry.address", Text(config.registry)},
      {"tls.client_key", path(config.always_on_keys.tls_key)},
      {"tls.client_certificate", path(config.always_on_keys.tls_certificate)},
      {"officer.server", Text(config.officer.server)},
      {"officer.tls_key", path(config.officer.tls.key)},
      {"officer.tls_certificate", path(config.officer.tls.certificate)},
      {"officer.tls_roots", path(config.officer.tls.roots)},
  };
}

// One table of [[always_on]].
absl::StatusOr<edge::WitnessAddress> TakeWitness(const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return InvalidArgument("always_on must be tables: [[always_on]]");
  edge::WitnessAddress row;
  for (const auto& [key, value] : *table) {
    const auto text = value.value_exact<std::string>();
    if (!text) return InvalidArgument("always_on." + std::string(key.str()) + " must be a text");
    if (key == "name") {
      row.name = *text;
    } else if (key == "address") {
      row.address = *text;
    } else if (key == "party" && PartyCode::FromText(*text)) {
      row.party = *PartyCode::FromText(*text);
    } else {
      return InvalidArgument("always_on." + std::string(key.str()) +
                             ": expected name, address, and party with three upper-case letters");
    }
  }
  if (row.name.empty() || row.address.empty() || row.party.IsNone())
    return InvalidArgument("always_on: each needs name, address and party");
  return row;
}

absl::Status Take(const toml::table& table, const std::string& prefix,
                  const std::map<std::string, Setter>& setters, const std::string& file) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    const auto where = file + ":" + std::to_string(node.source().begin.line) + ":" +
                       std::to_string(node.source().begin.column) + ": ";
    if (const toml::table* inner = node.as_table(); inner != nullptr && prefix.empty()) {
      CHANCERY_RETURN_IF_ERROR(Take(*inner, name + ".", setters, file));
      continue;
    }
    const auto setter = setters.find(name);
    if (setter == setters.end()) return InvalidArgument(where + "there is no setting " + name);
    const auto* text = node.as_string();
    if (text == nullptr)
      return InvalidArgument(where + name + " must be a text in quotation marks");
    if (const absl::Status set = setter->second(text->get()); !set.ok())
      return Annotate(set, where);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MinistryConfig> ReadConfig(const std::filesystem::path& path) {
  MinistryConfig config;
  if (path.empty()) return config;
  CHANCERY_ASSIGN_OR_RETURN(const Bytes text, edge::ReadWholeFile(path));
  toml::table table;
  try {
    table = toml::parse(text, path.string());
  } catch (const toml::parse_error& error) {
    std::ostringstream where;
    where << path.string() << ":" << error.source().begin.line << ":" << error.source().begin.column
          << ": " << error.description();
    return InvalidArgument(where.str());
  }
  if (const toml::array* rows = table["always_on"].as_array()) {
    for (const toml::node& node : *rows) {
      absl::StatusOr<edge::WitnessAddress> row = TakeWitness(node);
      if (!row.ok()) {
        return Annotate(row.status(), path.string() + ":" +
                                          std::to_string(node.source().begin.line) + ":" +
                                          std::to_string(node.source().begin.column));
      }
      config.always_on.push_back(*std::move(row));
    }
    table.erase("always_on");
  }
  CHANCERY_RETURN_IF_ERROR(Take(table, "", Setters(config, path.parent_path()), path.string()));
  return config;
}

}  // namespace chancery::server
