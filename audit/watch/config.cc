#include "audit/watch/config.h"

#include <functional>
#include <map>

#include "edge/events.h"
#include "edge/files.h"
#include "toml++/toml.h"

namespace chancery::watch {

namespace {

// Where the value of a key goes, and whether the key may be left out.
struct Setting {
  std::function<void(const std::string&)> set;
  bool optional = false;
};

std::map<std::string, Setting> Settings(Config& config, const std::filesystem::path& folder) {
  const auto text = [](std::string& to, bool optional = false) {
    return Setting{[&to](const std::string& value) { to = value; }, optional};
  };
  const auto path = [&folder](std::filesystem::path& to, bool optional = false) {
    return Setting{
        [&to, folder](const std::string& value) { to = (folder / value).lexically_normal(); },
        optional};
  };
  return {{"name", text(config.name)},
          {"anchor", path(config.anchor)},
          {"folder", path(config.folder)},
          {"key", path(config.key)},
          {"handovers", path(config.handovers, true)},
          {"clock_file", path(config.clock_file, true)},
          {"log", text(config.log, true)},
          {"tls.key", path(config.tls.key)},
          {"tls.certificate", path(config.tls.certificate)},
          {"tls.roots", path(config.tls.roots)},
          {"tls.revocations", path(config.revocations)},
          {"grpc.listen", text(config.grpc_listen)},
          {"http.listen", text(config.http_listen, true)}};
}

// Takes the settings of a table out of `settings`.
absl::Status Take(const toml::table& table, const std::string& prefix,
                  std::map<std::string, Setting>& settings) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const toml::table* inner = node.as_table(); inner != nullptr && prefix.empty()) {
      CHANCERY_RETURN_IF_ERROR(Take(*inner, name + ".", settings));
      continue;
    }
    const auto setting = settings.find(name);
    if (setting == settings.end()) return InvalidArgument(name + " is not a key of this file");
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty())
      return InvalidArgument(name + " must be a text in quotation marks, and not empty");
    setting->second.set(*value);
    settings.erase(setting);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Config> ReadConfig(const std::filesystem::path& file) {
  CHANCERY_ASSIGN_OR_RETURN(const Bytes text, edge::ReadWholeFile(file));
  Config config;
  std::map<std::string, Setting> settings = Settings(config, file.parent_path());
  absl::Status taken;
  try {
    taken = Take(toml::parse(text), "", settings);
  } catch (const toml::parse_error& error) {
    return InvalidArgument(file.string() + ":" + std::to_string(error.source().begin.line) + ": " +
                           std::string(error.description()));
  }
  if (!taken.ok()) return Annotate(taken, file.string());
  for (const auto& [name, setting] : settings) {
    if (!setting.optional) return InvalidArgument(file.string() + ": " + name + " is missing");
  }
  if (const absl::Status level = edge::CheckLogLevel(config.log); !level.ok())
    return Annotate(level, file.string());
  return config;
}

}  // namespace chancery::watch
