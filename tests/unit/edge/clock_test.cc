#include "edge/clock.h"

#include <gtest/gtest.h>

#include "tests/support/pki.h"

namespace chancery::edge {
namespace {

using support::Must;
using support::TemporaryFolder;
using support::WriteFile;

ledger::Anchor Rehearsal() {
  ledger::Anchor anchor;
  anchor.rehearsal = true;
  return anchor;
}

// Design section 11: a scenario's clock is accepted only under an anchor marked rehearsal.
TEST(ScenarioClock, ALiveAnchorRefusesAScenariosClock) {
  const TemporaryFolder folder;
  WriteFile(folder.path() / "clock", "1472709600000\n");
  EXPECT_TRUE(ScenarioClock::Open(folder.path() / "clock", Rehearsal()).ok());
  EXPECT_EQ(ScenarioClock::Open(folder.path() / "clock", ledger::Anchor{}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(OpenClock(folder.path() / "clock", ledger::Anchor{}).ok());
  EXPECT_TRUE(OpenClock({}, ledger::Anchor{}).ok());
}

// clock.h: the file is read again at every Now(); the time never runs backwards.
TEST(ScenarioClock, ItFollowsTheFileAndNeverRunsBack) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "clock";
  WriteFile(file, "1000\n");
  const auto clock = Must(ScenarioClock::Open(file, Rehearsal()));
  EXPECT_EQ(clock->Now().ms, 1000);
  WriteFile(file, "2000\n");
  EXPECT_EQ(clock->Now().ms, 2000);
  WriteFile(file, "1500\n");
  EXPECT_EQ(clock->Now().ms, 2000);
  WriteFile(file, "nonsense");
  EXPECT_EQ(clock->Now().ms, 2000);
  std::filesystem::remove(file);
  EXPECT_EQ(clock->Now().ms, 2000);
}

// clock.h: decimal milliseconds and a line feed, nothing else.
TEST(ScenarioClock, AFileThatHoldsNoTimeIsRefused) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "clock";
  for (const char* text :
       {"", "\n", "12", "12 \n", "-1\n", "0x10\n", "12\n\n", "99999999999999999999\n"}) {
    WriteFile(file, text);
    EXPECT_FALSE(ScenarioClock::Open(file, Rehearsal()).ok()) << text;
  }
}

}  // namespace
}  // namespace chancery::edge
