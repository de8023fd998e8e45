// The store in one SQLite file (with its -wal and -shm files beside it).
//
// Write-ahead log, synchronous=FULL, secure_delete=ON, STRICT tables. One connection writes, under
// a lock; reads take a connection of their own from a pool and see the last whole commit, so they
// neither wait for a commit nor delay one. Prepared statements are kept with their connection.
//
// A commit whose end the disk did not confirm poisons the store: it answers DataLoss from then on,
// because rereading a page after a failed fsync may show what is not on the disk. The same when the
// disk does not confirm what was moved out of the write-ahead log: a second try that succeeds would
// prove nothing. At the next opening everything in the log is written into the file anew, so that
// nothing is believed because the machine still remembers it.
#ifndef CHANCERY_ENGINE_STORE_SQLITE_SQLITE_STORE_H_
#define CHANCERY_ENGINE_STORE_SQLITE_SQLITE_STORE_H_

#include <cstdint>
#include <filesystem>
#include <memory>

#include "engine/store/store.h"

namespace chancery::store {

struct SqliteOptions {
  // Run PRAGMA quick_check before the store is used.
  bool quick_check = false;
  // The largest size of the file in pages of 4,096 bytes; 0: as large as SQLite allows. Beyond it
  // Apply answers ResourceExhausted.
  std::uint32_t max_pages = 0;
  // After a commit that leaves this many pages in the write-ahead log, they are moved into the
  // file.
  int log_pages = 8192;
};

// Opens the store of `identity` at `path`, or makes it when there is no file.
//   FailedPrecondition  it is the store of another party, origin, realm or founding procedure; or
//   its schema is newer
//                       than this program
//   DataLoss            quick_check found damage, or the file is no store
//   Unavailable         the file cannot be opened or locked
//   ResourceExhausted   there is no room to move the write-ahead log into the file
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::filesystem::path& path,
                                                       const StoreIdentity& identity,
                                                       const SqliteOptions& options = {});

}  // namespace chancery::store

#endif  // CHANCERY_ENGINE_STORE_SQLITE_SQLITE_STORE_H_
