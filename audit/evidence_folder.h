// A folder of evidence as files: which there are, and their bytes. It believes nothing.
//
// Only regular files are evidence: a symbolic link, a device or an empty folder is named as
// something that does not belong there. Every file that somebody reads is accounted for; what
// nobody asked for is surplus.
#ifndef CHANCERY_AUDIT_EVIDENCE_FOLDER_H_
#define CHANCERY_AUDIT_EVIDENCE_FOLDER_H_

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace chancery::audit {

// Larger than any file of an evidence folder but the tiles, which are read elsewhere.
inline constexpr std::size_t kMaxFileBytes = std::size_t{8} << 20;

// Used by one thread, but for Has and Peek.
class EvidenceFolder {
 public:
  // NotFound when there is no such folder; Unavailable when it cannot be listed.
  static absl::StatusOr<EvidenceFolder> Open(const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return path_; }
  bool Has(std::string_view name) const { return files_.find(name) != files_.end(); }
  // The names under a prefix, in byte order.
  std::vector<std::string> Under(std::string_view prefix) const;
  // The file's bytes, and the file is accounted for. NotFound when there is none; Unavailable when
  // the machine does not give it; InvalidArgument above kMaxFileBytes.
  absl::StatusOr<Bytes> Read(std::string_view name);
  // The same without accounting for it, of at most `largest` bytes. Safe on every thread.
  absl::StatusOr<Bytes> Peek(std::string_view name, std::size_t largest = kMaxFileBytes) const;
  // Accounts for files that are read elsewhere.
  void Account(std::string_view prefix);
  void AccountFile(std::string_view name);

  // What is neither a regular file nor a folder with something in it.
  const std::vector<std::string>& irregular() const { return irregular_; }
  // Files nobody accounted for, in byte order.
  std::vector<std::string> Surplus() const;

 private:
  EvidenceFolder() = default;

  std::filesystem::path path_;
  std::map<std::string, bool, std::less<>> files_;  // name, accounted for
  std::vector<std::string> irregular_;
};

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_EVIDENCE_FOLDER_H_
