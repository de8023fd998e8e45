#include "drafting/kept_verdict.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>

#include "drafting/bundle_seal.h"
#include "engine/crypto/sha256.h"
#include "engine/procedure/procedure.h"

namespace chancery::drafting {
namespace {

using Json = nlohmann::ordered_json;

// Changes whenever the file means something else.
constexpr int kFormat = 1;

Json Content(const KeptVerdict& verdict) {
  Json properties = Json::object();
  for (const std::string_view name : procedure::PropertyNames()) {
    const bool broken =
        std::find(verdict.broken.begin(), verdict.broken.end(), name) != verdict.broken.end();
    properties[std::string(name)] = broken ? "broken" : "holds";
  }
  return {{"format", kFormat},
          {"bundle", verdict.subject.bundle.ToHexText()},
          {"founding", verdict.subject.founding.ToHexText()},
          {"program", verdict.subject.program.ToHexText()},
          {"properties", properties},
          {"complete", verdict.complete},
          {"situations", verdict.situations},
          {"made_at", ToText(verdict.made_at)}};
}

std::optional<KeptVerdict> FromContent(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const auto text = [&](const char* name) {
    const auto at = json.find(name);
    return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  const std::optional<Digest> bundle = Digest::FromHexText(text("bundle"));
  const std::optional<Digest> founding = Digest::FromHexText(text("founding"));
  const std::optional<Digest> program = Digest::FromHexText(text("program"));
  const std::optional<Instant> made_at = ParseInstant(text("made_at"));
  const auto properties = json.find("properties");
  const auto complete = json.find("complete");
  const auto situations = json.find("situations");
  if (!bundle || !founding || !program || !made_at || properties == json.end() ||
      !properties->is_object() || complete == json.end() || !complete->is_boolean() ||
      situations == json.end() || !situations->is_number_unsigned()) {
    return std::nullopt;
  }
  KeptVerdict verdict{{*bundle, *founding, *program},
                      {},
                      complete->get<bool>(),
                      situations->get<std::uint64_t>(),
                      *made_at};
  for (const auto& [name, result] : properties->items()) {
    if (result == "broken") verdict.broken.push_back(name);
  }
  return verdict;
}

}  // namespace

absl::StatusOr<Digest> DigestOfThisProgram() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file || bytes.view().empty())
    return Unavailable("/proc/self/exe: cannot be read, so nobody can tell which program explored");
  return crypto::Sha256(bytes.view());
}

std::string Format(const KeptVerdict& verdict) {
  Json json = Content(verdict);
  json["sha256"] = crypto::Sha256(json.dump()).ToHexText();
  return json.dump(2) + "\n";
}

absl::StatusOr<KeptVerdict> ReadVerdict(const std::filesystem::path& path) {
  CHANCERY_ASSIGN_OR_RETURN(const Bytes text, ReadFile(path));
  const std::optional<KeptVerdict> verdict = FromContent(Json::parse(text, nullptr, false));
  if (!verdict || Format(*verdict) != text)
    return InvalidArgument(path.string() + " is no verdict, or was changed since it was written");
  return *verdict;
}

absl::Status WriteVerdict(const std::filesystem::path& path, const KeptVerdict& verdict) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    return Unavailable("cannot make the folder of " + path.string() + ": " + error.message());
  return WriteFile(path, Format(verdict));
}

std::string WhyNot(const KeptVerdict& verdict, const VerdictSubject& subject) {
  if (verdict.subject.bundle != subject.bundle) return "it is of another bundle";
  if (verdict.subject.founding != subject.founding)
    return "it was found beside another founding procedure";
  if (verdict.subject.program != subject.program) return "it is of another build of this program";
  if (!verdict.complete) return "not everything was explored";
  return {};
}

}  // namespace chancery::drafting
