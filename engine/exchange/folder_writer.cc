#include "engine/exchange/folder_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

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

// What stands between the target's name and six random characters in a temporary folder's.
constexpr const char* kUnfinished = ".unfinished-";

// Opens and locks a folder that still has this name; -1 and errno when another holds it or it is
// gone. The kernel lets go of the lock when the program ends, however it ends.
int LockFolder(const fs::path& folder) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (opened < 0) return -1;
  struct stat held {};
  struct stat named {};
  if (::flock(opened, LOCK_EX | LOCK_NB) == 0 && ::fstat(opened, &held) == 0 &&
      ::lstat(folder.c_str(), &named) == 0) {
    if (held.st_ino == named.st_ino && held.st_dev == named.st_dev) return opened;
    errno = ENOENT;
  }
  const int error = errno;
  ::close(opened);
  errno = error;
  return -1;
}

// Takes away what a program that was killed left of this target: folders of that form that are this
// user's own and that nobody holds. What cannot be taken away stays; it is in nobody's way.
void TakeAwayLeftovers(const fs::path& parent, const std::string& prefix) {
  std::error_code failure;
  std::vector<fs::path> left;
  for (fs::directory_iterator at(parent, failure), end; !failure && at != end;
       at.increment(failure)) {
    const std::string name = at->path().filename().string();
    if (name.size() == prefix.size() + 6 && name.compare(0, prefix.size(), prefix) == 0)
      left.push_back(at->path());
  }
  for (const fs::path& folder : left) {
    const int lock = LockFolder(folder);
    if (lock < 0) continue;
    struct stat found {};
    if (::fstat(lock, &found) == 0 && found.st_uid == ::geteuid()) fs::remove_all(folder, failure);
    ::close(lock);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<FolderWriter>> FolderWriter::Create(const fs::path& target) {
  struct stat found {};
  if (::lstat(target.c_str(), &found) == 0) {
    return AlreadyExists(target.filename().string() + " is there already; nothing was changed");
  }
  const fs::path parent = target.has_parent_path() ? target.parent_path() : fs::path(".");
  CHANCERY_RETURN_IF_ERROR(MakeFolders(parent));
  const std::string prefix = "." + target.filename().string() + kUnfinished;
  TakeAwayLeftovers(parent, prefix);
  for (;;) {
    std::string pattern = (parent / (prefix + "XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) return DiskFailure("make a temporary folder", errno);
    const int lock = LockFolder(pattern);
    // Somebody who takes leftovers away may come between the making and the lock.
    if (lock >= 0)
      return std::unique_ptr<FolderWriter>(new FolderWriter(pattern, lock, target, parent));
    if (errno != EWOULDBLOCK && errno != ENOENT)
      return DiskFailure("lock the temporary folder", errno);
  }
}

FolderWriter::~FolderWriter() {
  std::error_code ignored;
  if (!done_) fs::remove_all(work_, ignored);
  ::close(lock_);
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
