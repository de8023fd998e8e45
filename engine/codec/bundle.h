// Procedure bundles: an agreed procedure's folder as the one byte string both sides sign.
//
// A folder holds procedure.textproto, articles.md, scenarios.sha256 and scenarios/*.scenario, and
// nothing else. The bundle holds the first three: scenarios are bound by their digests and do not
// travel, because they are about people (invented ones). Equal files give equal bytes; the SHA-256
// of the bytes is the procedure's digest. LoadProcedure is the only way from bytes to rules that
// can be stepped.
//
// Errors: InvalidArgument with the reason BUNDLE_FILES (which files a bundle holds),
// BUNDLE_NOT_CANONICAL (bytes), PROCEDURE_TEXT (the text cannot be read; one line for each error
// with file:line:column) or PROCEDURE_DEFECTS (the rules contradict themselves; one line for each
// defect). PackFolder: NotFound or Unavailable when files cannot be read.
//
// Safe on every thread.
#ifndef CHANCERY_ENGINE_CODEC_BUNDLE_H_
#define CHANCERY_ENGINE_CODEC_BUNDLE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/procedure/procedure.h"

namespace chancery::codec {

constexpr std::size_t kMaxBundleBytes = 4'000'000;
constexpr std::string_view kProcedureFile = "procedure.textproto";
constexpr std::string_view kArticlesFile = "articles.md";
// One line of SHA-256 and path for each scenario, as `sha256sum` writes and checks it.
constexpr std::string_view kScenarioDigestsFile = "scenarios.sha256";

struct BundleFile {
  std::string path;  // relative to the procedure's folder
  Bytes content;

  friend bool operator==(const BundleFile&, const BundleFile&) = default;
};

struct Bundle {
  std::string id;                 // "eu-pakistan/2016"
  std::vector<BundleFile> files;  // in byte order of their paths

  friend bool operator==(const Bundle&, const Bundle&) = default;
};

// The bytes of a bundle; files may come in any order.
absl::StatusOr<Bytes> PackBundle(std::string_view id, std::vector<BundleFile> files);
// The bundle of a folder on disk; its id is the one procedure.textproto gives.
absl::StatusOr<Bytes> PackFolder(const std::string& folder);
absl::StatusOr<Bundle> ReadBundle(ByteView bytes);

// A procedure's text as rules, not yet checked as a whole. `file` is how errors name it.
absl::StatusOr<procedure::Procedure> ParseProcedure(std::string_view text,
                                                    std::string_view file = kProcedureFile);

// The checked procedure of a bundle. `digest` is the SHA-256 of `bundle`, which the caller has
// computed and compared.
absl::StatusOr<std::shared_ptr<const procedure::CheckedProcedure>> LoadProcedure(
    ByteView bundle, const Digest& digest);

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_BUNDLE_H_
