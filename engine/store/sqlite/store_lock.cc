#include "engine/store/sqlite/store_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace chancery::store {

absl::StatusOr<std::unique_ptr<StoreLock>> StoreLock::Take(const std::string& store) {
  const std::string path = store + ".lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return Internal(path + " cannot be opened: " + std::generic_category().message(errno));
  }
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    return FailedPrecondition(store + " is in use by another program: end the daemon first");
  }
  return std::unique_ptr<StoreLock>(new StoreLock(file));
}

StoreLock::~StoreLock() { ::close(file_); }

}  // namespace chancery::store
