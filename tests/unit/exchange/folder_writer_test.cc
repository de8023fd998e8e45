#include "engine/exchange/folder_writer.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include "tests/support/exchange_world.h"

namespace chancery::exchange {
namespace {

namespace fs = std::filesystem;
using support::Must;
using support::TemporaryFolder;

std::vector<fs::path> Names(const fs::path& folder) {
  std::vector<fs::path> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename());
  return names;
}

// What a program leaves that is killed while it writes the folder.
void LeaveUnfinished(const fs::path& target) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto writer = FolderWriter::Create(target);
    if (!writer.ok() || !(*writer)->Put("deep/file", "bytes").ok()) ::_exit(1);
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
}

// folder_writer.h: what a killed program left is taken away by whoever next writes the same name.
TEST(FolderWriter, TakesAwayWhatAKilledOneLeft) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "evidence";
  LeaveUnfinished(target);
  ASSERT_EQ(Names(folder.path()).size(), 1u);
  EXPECT_FALSE(fs::exists(target));
  const auto writer = Must(FolderWriter::Create(target));
  ASSERT_TRUE(writer->Put("file", "bytes").ok());
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(Names(folder.path()), std::vector<fs::path>{"evidence"});
}

// folder_writer.h: nothing else is touched: what another still writes, another target's, and what
// only looks alike.
TEST(FolderWriter, LeavesWhatIsNotLeftOver) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "evidence";
  const auto first = Must(FolderWriter::Create(target));
  ASSERT_TRUE(first->Put("one", "1").ok());
  LeaveUnfinished(folder.path() / "evidence-2");
  fs::create_directory(folder.path() / ".evidence.unfinished-longer-than-six");
  support::WriteFile(folder.path() / ".evidence.unfinished-abcdef", "a file");
  const fs::path elsewhere = folder.path() / "elsewhere";
  fs::create_directory(elsewhere);
  support::WriteFile(elsewhere / "file", "somebody's");
  fs::create_directory_symlink(elsewhere, folder.path() / ".evidence.unfinished-ghijkl");
  const std::size_t before = Names(folder.path()).size();
  {
    const auto second = Must(FolderWriter::Create(target));
    EXPECT_EQ(Names(folder.path()).size(), before + 1);
  }
  EXPECT_EQ(Names(folder.path()).size(), before);
  EXPECT_TRUE(fs::exists(elsewhere / "file"));
  ASSERT_TRUE(first->Put("two", "2").ok());
  EXPECT_TRUE(first->Finish().ok());
}

}  // namespace
}  // namespace chancery::exchange
