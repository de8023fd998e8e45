// That no other program works on the same store.
//
// A daemon holds the lock while it runs; the system lets go of it however the program ends.
// Commands that only read may work beside it.
#ifndef CHANCERY_ENGINE_STORE_SQLITE_STORE_LOCK_H_
#define CHANCERY_ENGINE_STORE_SQLITE_STORE_LOCK_H_

#include <memory>
#include <string>

#include "engine/base/status.h"

namespace chancery::store {

class StoreLock {
 public:
  // Locks the file `store` + ".lock". FailedPrecondition when another program holds it.
  static absl::StatusOr<std::unique_ptr<StoreLock>> Take(const std::string& store);
  ~StoreLock();
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;

 private:
  explicit StoreLock(int file) : file_(file) {}

  const int file_;
};

}  // namespace chancery::store

#endif  // CHANCERY_ENGINE_STORE_SQLITE_STORE_LOCK_H_
