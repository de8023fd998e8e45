#include "engine/exchange/folder_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace chancery::exchange {
namespace {

namespace fs = std::filesystem;

absl::Status DiskFailure(std::string_view doing, int error) {
  const std::string message = std::string(doing) + ": " + std::generic_category().message(error);
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(ToAbsl(message));
  return Internal(message);
}

// A descriptor that closes itself.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

absl::Status SyncFolder(const fs::path& folder) {
  const File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0)
    return DiskFailure("sync " + folder.filename().string(), errno);
  return absl::OkStatus();
}

// Makes the folder and those above it; the name of each one made is on the disk afterwards.
absl::Status MakeFolders(const fs::path& folder) {
  std::error_code failure;
  if (folder.empty() || fs::is_directory(folder, failure)) return absl::OkStatus();
  const fs::path parent = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
  CHANCERY_RETURN_IF_ERROR(MakeFolders(parent));
  fs::create_directory(folder, failure);
  if (failure) return DiskFailure("make the folder above the evidence", failure.value());
  return SyncFolder(parent);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FolderWriter>> FolderWriter::Create(const fs::path& target) {
  struct stat found {};
  if (::lstat(target.c_str(), &found) == 0) {
    return AlreadyExists(target.filename().string() + " is there already; nothing was changed");
  }
  const fs::path parent = target.has_parent_path() ? target.parent_path() : fs::path(".");
  CHANCERY_RETURN_IF_ERROR(MakeFolders(parent));
  std::string pattern = (parent / ("." + target.filename().string() + ".XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) return DiskFailure("make a temporary folder", errno);
  return std::unique_ptr<FolderWriter>(new FolderWriter(pattern, target, parent));
}

FolderWriter::~FolderWriter() {
  std::error_code ignored;
  if (!done_) fs::remove_all(work_, ignored);
}

absl::Status FolderWriter::Put(const std::string& name, ByteView bytes) {
  const fs::path path = work_ / name;
  for (fs::path folder = path.parent_path(); folder != work_; folder = folder.parent_path())
    folders_.insert(folder);
  std::error_code failure;
  fs::create_directories(path.parent_path(), failure);
  if (failure) return DiskFailure("make the folder of " + name, failure.value());
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file.get() < 0) return DiskFailure("write " + name, errno);
  for (ByteView rest = bytes; !rest.empty();) {
    const ssize_t written = ::write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return DiskFailure("write " + name, errno);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) return DiskFailure("sync " + name, errno);
  ++files_;
  bytes_ += bytes.size();
  return absl::OkStatus();
}

absl::Status FolderWriter::Finish() {
  for (const fs::path& folder : folders_) CHANCERY_RETURN_IF_ERROR(SyncFolder(folder));
  if (::chmod(work_.c_str(), 0755) != 0) return DiskFailure("finish the folder", errno);
  CHANCERY_RETURN_IF_ERROR(SyncFolder(work_));
  if (::renameat2(AT_FDCWD, work_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST)
      return AlreadyExists(target_.filename().string() + " is there already; nothing was changed");
    return DiskFailure("rename the finished folder", errno);
  }
  done_ = true;
  return SyncFolder(parent_);
}

}  // namespace chancery::exchange
