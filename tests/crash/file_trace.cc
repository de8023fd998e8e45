#include "tests/crash/file_trace.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace chancery::crash {

namespace {

constexpr std::size_t kRoom = std::size_t{1} << 30;  // address space; pages are taken as used

// Shared with child processes.
struct Shared {
  std::atomic<std::uint64_t> used;
  std::atomic<std::uint64_t> writes;
  std::atomic<std::uint64_t> syncs;
  std::atomic<bool> full;
  std::atomic<bool> sync_failed;
  char records[1];
};

// What every record begins with; path and bytes follow.
struct Header {
  Op op;
  std::int64_t offset;
  std::uint32_t path;
  std::uint32_t bytes;
};

std::atomic<bool> g_watching{false};
std::atomic<bool> g_recording{false};
std::atomic<bool> g_skip_syncs{false};
std::atomic<std::uint64_t> g_full_at{0};
std::atomic<std::uint64_t> g_fail_sync_at{0};
Shared* g_shared = nullptr;
char g_folder[4096];
std::size_t g_folder_size = 0;
std::recursive_mutex g_mutex;  // one order for the calls of all threads

[[noreturn]] void Give(const char* what) {
  std::fprintf(stderr, "file trace: %s\n", what);
  std::abort();
}

void Append(Op op, std::int64_t offset, std::string_view path, std::string_view bytes) {
  const Header header{op, offset, static_cast<std::uint32_t>(path.size()),
                      static_cast<std::uint32_t>(bytes.size())};
  const std::uint64_t at = g_shared->used;
  if (at + sizeof header + path.size() + bytes.size() + sizeof(Shared) > kRoom)
    Give("the record is full");
  char* to = g_shared->records + at;
  std::memcpy(to, &header, sizeof header);
  std::memcpy(to + sizeof header, path.data(), path.size());
  std::memcpy(to + sizeof header + path.size(), bytes.data(), bytes.size());
  g_shared->used = at + sizeof header + path.size() + bytes.size();
}

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// The path below the folder; empty when it is elsewhere or no crash needs the file.
std::string Below(std::string_view path) {
  if (path.size() <= g_folder_size + 1 || path.substr(0, g_folder_size) != g_folder ||
      path[g_folder_size] != '/')
    return {};
  const std::string_view below = path.substr(g_folder_size + 1);
  if (EndsWith(below, "-shm") || EndsWith(below, ".lock")) return {};
  return std::string(below);
}

std::string BelowOf(int file) {
  if (!g_watching || file < 3) return {};
  char link[32];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  char path[4096];
  const ssize_t size = ::readlink(link, path, sizeof path);
  return size <= 0 ? std::string() : Below({path, static_cast<std::size_t>(size)});
}

std::string BelowOf(const char* path) {
  return g_watching && path != nullptr && path[0] == '/' ? Below(path) : std::string();
}

template <class Function>
Function Real(const char* name) {
  void* const found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) Give(name);
  return reinterpret_cast<Function>(found);
}

#define REAL(name) static const auto real = Real<decltype(&::name)>(#name)

// Whether there is room for one more write.
bool HasRoom() {
  const std::uint64_t count = ++g_shared->writes;
  const std::uint64_t full_at = g_full_at;
  if (full_at != 0 && count >= full_at) g_shared->full = true;
  return !g_shared->full;
}

template <class Call>
ssize_t Write(int file, std::int64_t offset, const struct iovec* parts, int count, Call call) {
  if (!g_watching) return call();
  const std::lock_guard lock(g_mutex);
  const std::string path = BelowOf(file);
  if (path.empty()) return call();
  if (!HasRoom()) {
    errno = ENOSPC;
    return -1;
  }
  if (offset < 0) offset = ::lseek(file, 0, SEEK_CUR);
  const ssize_t written = call();
  if (written <= 0 || !g_recording) return written;
  std::string bytes;
  for (int i = 0; i < count; ++i)
    bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  bytes.resize(static_cast<std::size_t>(written));
  Append(Op::kWrite, offset, path, bytes);
  return written;
}

template <class Call>
int Truncate(int file, std::int64_t size, Call call) {
  if (!g_watching) return call();
  const std::lock_guard lock(g_mutex);
  const std::string path = BelowOf(file);
  if (path.empty()) return call();
  const int result = call();
  if (result == 0 && g_recording) Append(Op::kTruncate, size, path, {});
  return result;
}

template <class Call>
int Sync(int file, Call call) {
  if (!g_watching) return g_skip_syncs ? 0 : call();
  const std::lock_guard lock(g_mutex);
  const std::string path = BelowOf(file);
  if (path.empty()) return g_skip_syncs ? 0 : call();
  struct stat about {};
  ::fstat(file, &about);
  const bool folder = S_ISDIR(about.st_mode);
  if (++g_shared->syncs == g_fail_sync_at) {
    g_shared->sync_failed = true;
    if (g_recording) Append(Op::kSyncFailed, 0, path, {});
    errno = EIO;
    return -1;
  }
  const int result = g_skip_syncs ? 0 : call();
  if (result == 0 && g_recording) Append(folder ? Op::kSyncFolder : Op::kSync, 0, path, {});
  return result;
}

// After a file was opened: whether that made it or emptied it.
template <class Call>
int Open(bool makes, bool empties, const char* path, Call call) {
  if (!g_watching || !(makes || empties)) return call();
  const std::lock_guard lock(g_mutex);
  struct stat about {};
  const bool there = ::stat(path, &about) == 0;
  const int file = call();
  if (file < 0 || !g_recording) return file;
  const std::string below = BelowOf(file);
  if (below.empty()) return file;
  if (!there) {
    Append(Op::kCreate, 0, below, {});
  } else if (empties && about.st_size > 0) {
    Append(Op::kTruncate, 0, below, {});
  }
  return file;
}

template <class Call>
int Name(Op op, const char* path, std::string_view to, Call call) {
  if (!g_watching) return call();
  const std::lock_guard lock(g_mutex);
  const std::string below = BelowOf(path);
  const int result = call();
  if (result == 0 && g_recording && !below.empty()) Append(op, 0, below, to);
  return result;
}

}  // namespace

void BeginTrace(const std::filesystem::path& folder) {
  if (g_shared == nullptr) {
    void* const room = mmap(nullptr, kRoom, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) Give("no memory for the record");
    g_shared = static_cast<Shared*>(room);
  }
  g_shared->used = g_shared->writes = g_shared->syncs = 0;
  g_shared->full = g_shared->sync_failed = false;
  g_full_at = g_fail_sync_at = 0;
  g_folder_size = folder.native().copy(g_folder, sizeof g_folder - 1);
  g_folder[g_folder_size] = '\0';
  g_recording = true;
  g_watching = true;
}

void EndTrace() { g_recording = g_watching = false; }

void Mark(std::string_view bytes) {
  if (!g_recording) return;
  const std::lock_guard lock(g_mutex);
  Append(Op::kMark, 0, {}, bytes);
}

std::vector<Record> ReadTrace() {
  std::vector<Record> records;
  const std::uint64_t used = g_shared->used;
  for (std::uint64_t at = 0; at < used;) {
    Header header{};
    std::memcpy(&header, g_shared->records + at, sizeof header);
    const char* const path = g_shared->records + at + sizeof header;
    records.push_back(
        {header.op, header.offset, {path, header.path}, {path + header.path, header.bytes}});
    at += sizeof header + header.path + header.bytes;
  }
  return records;
}

void SkipSyncs(bool skip) { g_skip_syncs = skip; }

void FillDiskAtWrite(const std::filesystem::path& folder, std::uint64_t n) {
  BeginTrace(folder);
  g_recording = false;
  g_full_at = n;
}
bool DiskIsFull() { return g_shared->full; }
void MakeRoom() {
  g_full_at = 0;
  g_shared->full = false;
}

void FailSync(std::uint64_t n) { g_fail_sync_at = n; }
bool SyncFailed() { return g_shared->sync_failed; }

}  // namespace chancery::crash

// ---- the C library's calls, in front of its own

using namespace chancery::crash;  // NOLINT(google-build-using-namespace): the calls have no
                                  // namespace

extern "C" {

#define OPEN_MODE(flags)                                     \
  mode_t mode = 0;                                           \
  if (((flags)&O_CREAT) != 0) {                              \
    va_list arguments;                                       \
    va_start(arguments, flags);                              \
    mode = static_cast<mode_t>(va_arg(arguments, unsigned)); \
    va_end(arguments);                                       \
  }

int open(const char* path, int flags, ...) {
  OPEN_MODE(flags)
  REAL(open);
  return Open((flags & O_CREAT) != 0, (flags & O_TRUNC) != 0, path,
              [&] { return real(path, flags, mode); });
}
int open64(const char* path, int flags, ...) {
  OPEN_MODE(flags)
  REAL(open64);
  return Open((flags & O_CREAT) != 0, (flags & O_TRUNC) != 0, path,
              [&] { return real(path, flags, mode); });
}
FILE* fopen(const char* path, const char* how) {
  REAL(fopen);
  FILE* stream = nullptr;
  Open(how[0] != 'r', how[0] == 'w', path, [&] {
    stream = real(path, how);
    return stream == nullptr ? -1 : fileno(stream);
  });
  return stream;
}
FILE* fopen64(const char* path, const char* how) {
  REAL(fopen64);
  FILE* stream = nullptr;
  Open(how[0] != 'r', how[0] == 'w', path, [&] {
    stream = real(path, how);
    return stream == nullptr ? -1 : fileno(stream);
  });
  return stream;
}

ssize_t write(int file, const void* bytes, size_t size) {
  REAL(write);
  const iovec part{const_cast<void*>(bytes), size};
  return Write(file, -1, &part, 1, [&] { return real(file, bytes, size); });
}
ssize_t writev(int file, const iovec* parts, int count) {
  REAL(writev);
  return Write(file, -1, parts, count, [&] { return real(file, parts, count); });
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  REAL(pwrite);
  const iovec part{const_cast<void*>(bytes), size};
  return Write(file, offset, &part, 1, [&] { return real(file, bytes, size, offset); });
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset) {
  REAL(pwrite64);
  const iovec part{const_cast<void*>(bytes), size};
  return Write(file, offset, &part, 1, [&] { return real(file, bytes, size, offset); });
}

int ftruncate(int file, off_t size) noexcept {
  REAL(ftruncate);
  return Truncate(file, size, [&] { return real(file, size); });
}
int ftruncate64(int file, off64_t size) noexcept {
  REAL(ftruncate64);
  return Truncate(file, size, [&] { return real(file, size); });
}
int fsync(int file) {
  REAL(fsync);
  return Sync(file, [&] { return real(file); });
}
int fdatasync(int file) {
  REAL(fdatasync);
  return Sync(file, [&] { return real(file); });
}

int rename(const char* from, const char* to) noexcept {
  REAL(rename);
  return Name(Op::kRename, from, BelowOf(to), [&] { return real(from, to); });
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  REAL(renameat2);
  return Name(Op::kRename, from, BelowOf(to),
              [&] { return real(from_folder, from, to_folder, to, flags); });
}
int unlink(const char* path) noexcept {
  REAL(unlink);
  return Name(Op::kRemove, path, {}, [&] { return real(path); });
}
int rmdir(const char* path) noexcept {
  REAL(rmdir);
  return Name(Op::kRemove, path, {}, [&] { return real(path); });
}
int unlinkat(int folder, const char* name, int flags) noexcept {
  REAL(unlinkat);
  if (!g_watching || name[0] == '/')
    return Name(Op::kRemove, name, {}, [&] { return real(folder, name, flags); });
  const std::lock_guard lock(g_mutex);
  const std::string below = BelowOf(folder);
  const int result = real(folder, name, flags);
  if (result == 0 && g_recording && !below.empty()) Append(Op::kRemove, 0, below + "/" + name, {});
  return result;
}
int mkdir(const char* path, mode_t mode) noexcept {
  REAL(mkdir);
  return Name(Op::kMakeFolder, path, {}, [&] { return real(path, mode); });
}
char* mkdtemp(char* pattern) noexcept {
  REAL(mkdtemp);
  char* made = nullptr;
  // The name is known only afterwards, and it lies where the pattern lay.
  const std::lock_guard lock(g_mutex);
  made = real(pattern);
  if (made != nullptr && g_recording) {
    const std::string below = BelowOf(made);
    if (!below.empty()) Append(Op::kMakeFolder, 0, below, {});
  }
  return made;
}

}  // extern "C"
