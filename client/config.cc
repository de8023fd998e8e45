#include "client/config.h"

#include <cstdlib>
#include <set>
#include <utility>

#include "edge/events.h"
#include "edge/files.h"
#include "engine/procedure/facts.h"
#include "toml++/toml.h"

namespace chancery::client {

namespace {

// Reads the keys of one table and remembers which were asked for.
class Table {
 public:
  Table(const toml::table& table, std::string where, std::filesystem::path folder)
      : table_(table), where_(std::move(where)), folder_(std::move(folder)) {}

  void Text(const char* key, std::string& out, bool required = true) {
    asked_.insert(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
      if (required) Complain(key, "is missing; add it");
      return;
    }
    const auto text = node->value_exact<std::string>();
    if (!text || text->empty()) {
      Complain(key, "must be a text that is not empty");
      return;
    }
    out = *text;
  }
  void Path(const char* key, std::filesystem::path& out, bool required = true) {
    std::string text;
    Text(key, text, required);
    if (!text.empty()) out = folder_ / text;
  }
  void Party(const char* key, PartyCode& out) {
    std::string text;
    Text(key, text);
    const auto party = PartyCode::FromText(text);
    if (party) {
      out = *party;
    } else if (!text.empty()) {
      Complain(key, "must be three letters A to Z");
    }
  }
  void Allow(const char* key) { asked_.insert(key); }
  void Complain(std::string_view key, std::string_view what) {
    if (problem_.empty()) problem_ = where_ + std::string(key) + " " + std::string(what);
  }
  std::string Problem() {
    for (const auto& [key, node] : table_) {
      if (!asked_.contains(std::string(key.str())))
        Complain(key.str(), "is not a key of this file; remove it");
    }
    return problem_;
  }

 private:
  const toml::table& table_;
  const std::string where_;
  const std::filesystem::path folder_;
  std::set<std::string> asked_;
  std::string problem_;
};

std::string ReadTable(const toml::table& root, const std::filesystem::path& folder,
                      Config& config) {
  Table top(root, "", folder);
  top.Party("party", config.party);
  top.Party("ministry", config.ministry);
  top.Text("address", config.address);
  top.Path("anchor", config.anchor);
  top.Path("store", config.store);
  top.Path("socket", config.socket);
  top.Path("trust", config.trust);
  top.Path("procedures", config.procedures);
  top.Path("policy", config.policy);
  top.Text("log", config.log, false);
  top.Allow("keys");
  top.Allow("tls");
  top.Allow("seal");
  top.Allow("always_on");
  if (std::string problem = top.Problem(); !problem.empty()) return problem;

  const toml::table* keys = root["keys"].as_table();
  if (keys == nullptr) return "[keys] is missing; add the table";
  Table key_table(*keys, "keys.", folder);
  key_table.Path("checkpoint", config.checkpoint_key);
  key_table.Path("checkpoint_before", config.checkpoint_key_before, false);
  key_table.Path("witness", config.witness_key);
  key_table.Path("kek", config.kek);
  if (std::string problem = key_table.Problem(); !problem.empty()) return problem;

  const toml::table* tls = root["tls"].as_table();
  if (tls == nullptr) return "[tls] is missing; add the table";
  Table tls_table(*tls, "tls.", folder);
  tls_table.Path("key", config.tls_key);
  tls_table.Path("certificate", config.tls_certificate);
  if (std::string problem = tls_table.Problem(); !problem.empty()) return problem;

  const toml::array* seals = root["seal"].as_array();
  if (seals == nullptr || seals->empty())
    return "[[seal]] is missing; add a table for each office this daemon seals for";
  for (std::size_t i = 0; i < seals->size(); ++i) {
    const toml::table* seal = seals->get(i)->as_table();
    const std::string where = "seal[" + std::to_string(i) + "].";
    if (seal == nullptr) return where + " must be a table";
    SealKey read;
    std::string office;
    Table seal_table(*seal, where, folder);
    seal_table.Text("office", office);
    seal_table.Path("key", read.key);
    seal_table.Path("certificate", read.certificate);
    const auto word = procedure::WordNumber(procedure::Fact::kOffice, office);
    if (!word && !office.empty())
      seal_table.Complain("office",
                          "is not an office; write return_authority, escort_leader or monitor");
    if (std::string problem = seal_table.Problem(); !problem.empty()) return problem;
    read.office = *word;
    config.seals.push_back(std::move(read));
  }

  const toml::array* always_on = root["always_on"].as_array();
  for (std::size_t i = 0; always_on != nullptr && i < always_on->size(); ++i) {
    const toml::table* row = always_on->get(i)->as_table();
    const std::string where = "always_on[" + std::to_string(i) + "].";
    if (row == nullptr) return where + " must be a table";
    edge::WitnessAddress read;
    Table row_table(*row, where, folder);
    row_table.Text("name", read.name);
    row_table.Text("address", read.address);
    row_table.Party("party", read.party);
    if (std::string problem = row_table.Problem(); !problem.empty()) return problem;
    config.always_on.push_back(std::move(read));
  }
  return {};
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
  };
}

absl::StatusOr<Config> ReadConfig(const std::filesystem::path& file,
                                  const Environment& environment) {
  CHANCERY_ASSIGN_OR_RETURN(const Bytes text, edge::ReadWholeFile(file));
  Config config;
  try {
    const toml::table root = toml::parse(text);
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::absolute(file, error).parent_path();
    const std::string problem = ReadTable(root, folder, config);
    if (!problem.empty()) return InvalidArgument(file.string() + ": " + problem);
  } catch (const toml::parse_error& error) {
    return InvalidArgument(file.string() + ":" + std::to_string(error.source().begin.line) + ": " +
                           std::string(error.description()));
  }
  if (const auto address = environment("CHANCERY_ADDRESS")) config.address = *address;
  if (const auto socket = environment("CHANCERY_SOCKET")) config.socket = *socket;
  if (const auto log = environment("CHANCERY_LOG")) config.log = *log;
  if (const absl::Status level = edge::CheckLogLevel(config.log); !level.ok())
    return Annotate(level, file.string());
  return config;
}

}  // namespace chancery::client
