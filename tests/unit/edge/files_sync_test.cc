// What edge/files.h asks the disk for: fsync is this program's own.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <vector>

#include "edge/files.h"
#include "tests/support/exchange_world.h"

namespace {

// Inodes in the order in which they were synced, while somebody looks.
std::vector<ino_t>* g_synced = nullptr;
int g_fails_at = -1;

ino_t InodeOf(const std::filesystem::path& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? found.st_ino : 0;
}

}  // namespace

extern "C" int fsync(int file) {
  static const auto real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fsync"));
  if (g_synced == nullptr) return real(file);
  struct stat found {};
  if (::fstat(file, &found) == 0) g_synced->push_back(found.st_ino);
  if (static_cast<int>(g_synced->size()) == g_fails_at) {
    errno = EIO;
    return -1;
  }
  return real(file);
}

namespace chancery::edge {
namespace {

using support::Must;
using support::TemporaryFolder;

class FilesSyncTest : public ::testing::Test {
 protected:
  ~FilesSyncTest() override { g_synced = nullptr; }
  // Replaces the file while syncs are noted; the one of that number fails.
  absl::Status Replace(ByteView bytes, int fails_at) {
    synced_.clear();
    g_fails_at = fails_at;
    g_synced = &synced_;
    absl::Status status = ReplaceFile(file_, bytes);
    g_synced = nullptr;
    return status;
  }

  const TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "file";
  std::vector<ino_t> synced_;
};

// files.h: a replaced file is on the disk when the answer comes, its bytes before its name.
TEST_F(FilesSyncTest, AReplacedFileIsOnTheDisk) {
  ASSERT_TRUE(Replace("new", -1).ok());
  EXPECT_EQ(synced_, (std::vector<ino_t>{InodeOf(file_), InodeOf(folder_.path())}));
}

// files.h: Unavailable while the old file stands, DataLoss when it is unknown which one does.
TEST_F(FilesSyncTest, ASyncThatFailsSaysWhatStands) {
  ASSERT_TRUE(ReplaceFile(file_, "old").ok());
  EXPECT_EQ(Replace("new", 1).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Must(ReadWholeFile(file_)), "old");
  EXPECT_EQ(Replace("new", 2).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace chancery::edge
