// A folder of files that becomes visible under its name whole or not at all.
//
// Everything goes into a temporary folder beside it (".<name>.unfinished-" and six characters), is
// synced and renamed: after a crash there is either the whole folder or none. The temporary folder
// is locked while it is written; one that a killed program left is taken away by whoever next
// writes the same name.
#ifndef CHANCERY_ENGINE_EXCHANGE_FOLDER_WRITER_H_
#define CHANCERY_ENGINE_EXCHANGE_FOLDER_WRITER_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace chancery::exchange {

// Used by one thread.
class FolderWriter {
 public:
  // AlreadyExists when there is something of that name; Internal or ResourceExhausted when the disk
  // does not take it.
  static absl::StatusOr<std::unique_ptr<FolderWriter>> Create(const std::filesystem::path& target);
  // What was not finished is taken away.
  ~FolderWriter();
  FolderWriter(const FolderWriter&) = delete;
  FolderWriter& operator=(const FolderWriter&) = delete;

  // A new file of that name, relative to the folder.
  absl::Status Put(const std::string& name, ByteView bytes);
  // Makes it visible.
  absl::Status Finish();

  std::uint64_t files() const { return files_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  FolderWriter(std::filesystem::path work, int lock, std::filesystem::path target,
               std::filesystem::path parent)
      : work_(std::move(work)),
        lock_(lock),
        target_(std::move(target)),
        parent_(std::move(parent)) {}

  std::filesystem::path work_;
  const int lock_;  // its descriptor
  std::filesystem::path target_;
  std::filesystem::path parent_;
  std::set<std::filesystem::path> folders_;
  bool done_ = false;
  std::uint64_t files_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_FOLDER_WRITER_H_
