#include "drafting/scenario_digests.h"

#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "drafting/bundle_seal.h"
#include "engine/codec/bundle.h"
#include "engine/codec/bundle_papers.h"
#include "engine/crypto/sha256.h"

namespace chancery::drafting {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRemedy =
    "; restore it, or write the digests again and have both sides sign the new bundle";

}  // namespace

absl::Status CheckScenarios(const fs::path& folder) {
  std::error_code error;
  std::set<std::string> there;
  for (fs::directory_iterator at(folder / "scenarios", error), end; !error && at != end;
       at.increment(error))
    there.insert("scenarios/" + at->path().filename().string());
  const fs::path list = folder / codec::kScenarioDigestsFile;
  Bytes text;
  if (fs::exists(list, error)) {
    CHANCERY_ASSIGN_OR_RETURN(text, ReadFile(list));
  }
  std::vector<std::string> errors;
  const std::vector<codec::ScenarioDigest> digests =
      codec::ReadScenarioDigests(codec::kScenarioDigestsFile, text, errors);
  for (const codec::ScenarioDigest& digest : digests) {
    const std::string where = std::string(codec::kScenarioDigestsFile) + ":" +
                              std::to_string(digest.line) + ": " + digest.path;
    if (there.erase(digest.path) == 0) {
      errors.push_back(where + ": is not in the folder" + std::string(kRemedy));
      continue;
    }
    CHANCERY_ASSIGN_OR_RETURN(const Bytes content, ReadFile(folder / digest.path));
    if (crypto::Sha256(content) != digest.digest)
      errors.push_back(where + ": is another file than the one with this digest" +
                       std::string(kRemedy));
  }
  for (const std::string& path : there) {
    errors.push_back(std::string(codec::kScenarioDigestsFile) + ":1: " + path +
                     ": has no line; add it with: sha256sum " + path);
  }
  if (errors.empty()) return absl::OkStatus();
  std::string lines;
  for (const std::string& line : errors) lines += (lines.empty() ? "" : "\n") + line;
  return WithReason(InvalidArgument(lines), "PROCEDURE_DEFECTS");
}

}  // namespace chancery::drafting
