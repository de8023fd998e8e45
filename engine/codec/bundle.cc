#include "engine/codec/bundle.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include "chancery/procedure/v1/procedure.pb.h"
#include "engine/base/check.h"
#include "engine/codec/bundle_papers.h"
#include "engine/codec/procedure_reader.h"
#include "engine/procedure/check.h"

namespace chancery::codec {

namespace {

namespace wire = chancery::procedure::v1;
using procedure::Procedure;

absl::Status Refuse(std::string_view reason, std::string_view message) {
  return WithReason(InvalidArgument(message), reason);
}

bool IsBundlePath(std::string_view path) {
  return path == kProcedureFile || path == kArticlesFile || path == kScenarioDigestsFile;
}

absl::Status CheckBundle(const Bundle& bundle) {
  if (!IsProcedureId(bundle.id)) {
    return Refuse(
        "BUNDLE_FILES",
        "bundle: its id must be 1 to 64 of a-z, 0-9, \"-\" and \"/\", as in eu-pakistan/2016; "
        "correct the id in procedure.textproto");
  }
  const std::string* before = nullptr;
  bool has_procedure = false;
  bool has_articles = false;
  for (const BundleFile& file : bundle.files) {
    if (!IsBundlePath(file.path)) {
      return Refuse("BUNDLE_FILES",
                    "bundle: it holds procedure.textproto, articles.md and scenarios.sha256 and "
                    "nothing else; "
                    "take other files out");
    }
    if (before != nullptr && *before >= file.path) {
      return Refuse("BUNDLE_FILES",
                    "bundle: each file once, in byte order of the paths; pack the folder again");
    }
    before = &file.path;
    has_procedure = has_procedure || file.path == kProcedureFile;
    has_articles = has_articles || file.path == kArticlesFile;
  }
  if (!has_procedure || !has_articles) {
    return Refuse(
        "BUNDLE_FILES",
        "bundle: procedure.textproto and articles.md must both be there; add the missing one");
  }
  return absl::OkStatus();
}

std::string Lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text.push_back('\n');
    text.append(line);
  }
  return text;
}

absl::Status TooLong(std::string_view file) {
  return Refuse("BUNDLE_FILES", std::string(file) + ": is longer than 4000000 bytes; shorten it");
}

absl::StatusOr<Bytes> ReadFile(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > kMaxBundleBytes) return TooLong(path.string());
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unavailable("procedure's folder: cannot open " + path.string());
  Bytes content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) return Unavailable("procedure's folder: cannot read " + path.string());
  return content;
}

}  // namespace

absl::StatusOr<Bytes> PackBundle(std::string_view id, std::vector<BundleFile> files) {
  Bundle bundle{std::string(id), std::move(files)};
  std::sort(bundle.files.begin(), bundle.files.end(),
            [](const BundleFile& a, const BundleFile& b) { return a.path < b.path; });
  CHANCERY_RETURN_IF_ERROR(CheckBundle(bundle));
  wire::Bundle out;
  out.set_id(bundle.id);
  for (BundleFile& file : bundle.files) {
    wire::BundleFile& row = *out.add_files();
    row.set_path(file.path);
    row.set_content(std::move(file.content));
  }
  if (out.ByteSizeLong() > kMaxBundleBytes) {
    return Refuse("BUNDLE_FILES", "bundle: at most 4000000 bytes; shorten its files");
  }
  Bytes bytes;
  CHANCERY_CHECK(out.SerializeToString(&bytes));
  return bytes;
}

absl::StatusOr<Bytes> PackFolder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return NotFound("procedure's folder: there is none at " + folder);
  const fs::path itself = fs::path(folder).lexically_normal();
  if (fs::is_symlink(
          fs::symlink_status(itself.has_filename() ? itself : itself.parent_path(), error))) {
    return Refuse("BUNDLE_FILES",
                  "procedure's folder: " + folder +
                      " is a link; name the folder itself, because what is signed is what lies in "
                      "it");
  }
  std::vector<BundleFile> files;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const fs::path path = at->path();
    const std::string relative = path.lexically_relative(folder).generic_string();
    const fs::file_status status = fs::symlink_status(path, error);
    if (error) break;
    if (fs::is_symlink(status)) {
      return Refuse("BUNDLE_FILES", "procedure's folder: " + relative +
                                        " is a link; put the file itself there, because what is "
                                        "signed is what lies in the folder");
    }
    if (fs::is_directory(status) && relative == "scenarios") continue;
    if (fs::is_regular_file(status) && IsScenarioPath(relative)) continue;
    if (!fs::is_regular_file(status) || !IsBundlePath(relative)) {
      return Refuse(
          "BUNDLE_FILES",
          "procedure's folder: " + relative +
              " does not belong there; it holds procedure.textproto, articles.md, "
              "scenarios.sha256 and scenarios/NAME.scenario (a-z, 0-9, _ and -) and nothing else");
    }
    CHANCERY_ASSIGN_OR_RETURN(Bytes content, ReadFile(path));
    files.push_back({relative, std::move(content)});
  }
  if (error)
    return Unavailable("procedure's folder: cannot list " + folder + ": " + error.message());
  std::string id;
  for (const BundleFile& file : files) {
    if (file.path != kProcedureFile) continue;
    CHANCERY_ASSIGN_OR_RETURN(
        const Procedure procedure,
        ParseProcedure(file.content, folder + "/" + std::string(kProcedureFile)));
    id = procedure.id;
  }
  if (id.empty()) {
    return Refuse("BUNDLE_FILES",
                  "procedure's folder: procedure.textproto is missing in " + folder + "; add it");
  }
  return PackBundle(id, std::move(files));
}

absl::StatusOr<Bundle> ReadBundle(ByteView bytes) {
  const auto refused = [] {
    return Refuse("BUNDLE_NOT_CANONICAL",
                  "bundle: must be the bytes of a chancery.procedure.v1.Bundle that serialise to "
                  "themselves, at most 4000000; take the bytes that were sealed");
  };
  wire::Bundle in;
  if (bytes.size() > kMaxBundleBytes ||
      !in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return refused();
  }
  in.DiscardUnknownFields();  // they would serialise to themselves
  Bytes again;
  CHANCERY_CHECK(in.SerializeToString(&again));
  if (again != bytes) return refused();
  Bundle bundle;
  bundle.id = in.id();
  for (wire::BundleFile& file : *in.mutable_files()) {
    bundle.files.push_back({file.path(), std::move(*file.mutable_content())});
  }
  CHANCERY_RETURN_IF_ERROR(CheckBundle(bundle));
  return bundle;
}

absl::StatusOr<Procedure> ParseProcedure(std::string_view text, std::string_view file) {
  if (text.size() > kMaxBundleBytes) return TooLong(file);
  std::vector<std::string> errors;
  CheckLetters(file, text, errors);
  if (!errors.empty()) return Refuse("PROCEDURE_TEXT", Lines(errors));
  const std::optional<ProcedureText> read = ProcedureText::Read(text, file, errors);
  if (!read) return Refuse("PROCEDURE_TEXT", Lines(errors));
  return read->procedure();
}

absl::StatusOr<std::shared_ptr<const procedure::CheckedProcedure>> LoadProcedure(
    ByteView bundle, const Digest& digest) {
  CHANCERY_ASSIGN_OR_RETURN(const Bundle read, ReadBundle(bundle));
  std::vector<std::string> errors;
  ByteView rules;
  ByteView articles;
  for (const BundleFile& file : read.files) {
    CheckLetters(file.path, file.content, errors);
    if (file.path == kProcedureFile) rules = file.content;
    if (file.path == kArticlesFile) articles = file.content;
    if (file.path == kScenarioDigestsFile) ReadScenarioDigests(file.path, file.content, errors);
  }
  if (!errors.empty()) return Refuse("PROCEDURE_TEXT", Lines(errors));
  const std::optional<ProcedureText> text = ProcedureText::Read(rules, kProcedureFile, errors);
  if (!text) return Refuse("PROCEDURE_TEXT", Lines(errors));
  if (text->procedure().id != read.id) {
    return Refuse(
        "BUNDLE_FILES",
        "bundle: its id must be the one procedure.textproto gives; pack the folder again");
  }
  CheckArticles(kArticlesFile, articles, *text, errors);
  for (const procedure::Defect& defect : procedure::Check(text->procedure()))
    errors.push_back(text->PlaceOf(defect.place) + ": " + defect.where + ": " + defect.message);
  if (!errors.empty()) return Refuse("PROCEDURE_DEFECTS", Lines(errors));
  auto admitted = procedure::Admit(text->procedure(), digest);
  auto* checked = std::get_if<std::shared_ptr<const procedure::CheckedProcedure>>(&admitted);
  CHANCERY_CHECK(checked != nullptr);  // Admit refuses only what Check found
  return std::move(*checked);
}

}  // namespace chancery::codec
