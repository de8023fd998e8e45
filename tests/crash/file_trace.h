// What this process does to the files below one folder, call by call: the calls of the C library
// that change or sync a file are this program's own (file_trace.cc), and so every write of the
// engine, of SQLite and of the C++ library goes through them, whoever adds one later.
//
// The record lies in memory shared with child processes, so that it survives a child that ends at
// once. Faults are laid on the same calls: a disk without room, a sync that fails.
//
// Not seen: writes through memory maps (SQLite's -shm file, which no crash needs, is left out) and
// files that are never opened for writing by one of these calls.
//
// Threads: calls of any thread are put into one order. Begin, End and Read belong to one thread.
#ifndef CHANCERY_TESTS_CRASH_FILE_TRACE_H_
#define CHANCERY_TESTS_CRASH_FILE_TRACE_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace chancery::crash {

enum class Op : std::uint8_t {
  kCreate,      // path
  kWrite,       // path, offset, bytes
  kTruncate,    // path, offset: the new size
  kSync,        // path
  kSyncFolder,  // path
  kRename,      // path, bytes: the new path
  kRemove,      // path
  kMakeFolder,  // path
  kSyncFailed,  // path: what was not synced by then never will be
  kMark,        // bytes: what the test says of itself; no operation
};

// Paths are relative to the folder that is watched.
struct Record {
  Op op = Op::kMark;
  std::int64_t offset = 0;
  std::string path;
  std::string bytes;
};

// Begins to record what happens below `folder`, an absolute path without symbolic links; forgets
// what was recorded before.
void BeginTrace(const std::filesystem::path& folder);
void EndTrace();
void Mark(std::string_view bytes);
// Everything recorded since BeginTrace, by this process or a child of it.
std::vector<Record> ReadTrace();

// Syncs do nothing from now on: what a test only reads again in the same run needs none.
void SkipSyncs(bool skip);

// From the n-th write below the folder on (from 1) there is no room, until MakeRoom.
void FillDiskAtWrite(const std::filesystem::path& folder, std::uint64_t n);
// Whether that write has come.
bool DiskIsFull();
void MakeRoom();

// The n-th sync of a file below the folder (from 1) fails once with EIO.
void FailSync(std::uint64_t n);
// Whether that sync has come.
bool SyncFailed();

}  // namespace chancery::crash

#endif  // CHANCERY_TESTS_CRASH_FILE_TRACE_H_
