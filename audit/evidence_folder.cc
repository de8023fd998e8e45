#include "audit/evidence_folder.h"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

namespace chancery::audit {

namespace fs = std::filesystem;

absl::StatusOr<EvidenceFolder> EvidenceFolder::Open(const fs::path& folder) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) return NotFound("no folder " + folder.string());
  EvidenceFolder evidence;
  evidence.path_ = folder;
  fs::recursive_directory_iterator at(folder, failure);
  for (const fs::recursive_directory_iterator end; !failure && at != end; at.increment(failure)) {
    const fs::file_status kind = at->symlink_status(failure);
    if (failure) break;
    std::string name = at->path().lexically_relative(folder).generic_string();
    if (fs::is_directory(kind)) {
      if (fs::is_empty(at->path(), failure)) evidence.irregular_.push_back(std::move(name));
      if (failure) break;
    } else if (fs::is_regular_file(kind)) {
      evidence.files_.emplace(std::move(name), false);
    } else {
      evidence.irregular_.push_back(std::move(name));
    }
  }
  if (failure) return Unavailable("cannot list " + folder.string() + ": " + failure.message());
  std::sort(evidence.irregular_.begin(), evidence.irregular_.end());
  return evidence;
}

std::vector<std::string> EvidenceFolder::Under(std::string_view prefix) const {
  std::vector<std::string> names;
  for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix);
       ++at) {
    names.push_back(at->first);
  }
  return names;
}

absl::StatusOr<Bytes> EvidenceFolder::Read(std::string_view name) {
  AccountFile(name);
  return Peek(name);
}

void EvidenceFolder::AccountFile(std::string_view name) {
  const auto found = files_.find(name);
  if (found != files_.end()) found->second = true;
}

absl::StatusOr<Bytes> EvidenceFolder::Peek(std::string_view name, std::size_t largest) const {
  const auto found = files_.find(name);
  if (found == files_.end()) return NotFound("the file is missing");
  std::ifstream file(path_ / found->first, std::ios::binary);
  if (!file) return Unavailable(std::string(name) + " cannot be opened");
  Bytes bytes;
  char block[1 << 14];
  while (file.read(block, sizeof block) || file.gcount() > 0) {
    bytes.append(block, static_cast<std::size_t>(file.gcount()));
    if (bytes.size() > largest) return InvalidArgument("larger than any file of this kind");
  }
  if (file.bad()) return Unavailable(std::string(name) + " cannot be read");
  return bytes;
}

void EvidenceFolder::Account(std::string_view prefix) {
  for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix);
       ++at) {
    at->second = true;
  }
}

std::vector<std::string> EvidenceFolder::Surplus() const {
  std::vector<std::string> names;
  for (const auto& [name, accounted] : files_) {
    if (!accounted) names.push_back(name);
  }
  return names;
}

}  // namespace chancery::audit
