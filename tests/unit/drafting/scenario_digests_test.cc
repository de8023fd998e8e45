// Issue 3: scenarios lie in the bundle by their digests; a scenario that is another than the one
// signed for is refused with file, line and remedy.
#include "drafting/scenario_digests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/crypto/sha256.h"
#include "tests/support/pki.h"

namespace chancery::drafting {
namespace {

using testing::HasSubstr;

class Scenarios : public testing::Test {
 protected:
  Scenarios() {
    std::filesystem::create_directories(folder_.path() / "scenarios");
    for (const std::string name : {"a", "b"}) {
      Write("scenarios/" + name + ".scenario", name);
      list_ += crypto::Sha256(name).ToHexText() + "  scenarios/" + name + ".scenario\n";
    }
    Write("scenarios.sha256", list_);
  }
  void Write(const std::string& path, const std::string& text) {
    support::WriteFile(folder_.path() / path, text);
  }
  std::string Said() const {
    const absl::Status checked = CheckScenarios(folder_.path());
    return checked.ok() ? "whole" : std::string(ToStd(checked.message()));
  }

  const support::TemporaryFolder folder_;
  std::string list_;
};

// Issue 3, "a changed byte": another file, a missing one and one without a line are each refused.
TEST_F(Scenarios, AreThoseOfTheirDigests) {
  EXPECT_EQ(Said(), "whole");
  Write("scenarios/b.scenario", "changed");
  EXPECT_THAT(Said(), HasSubstr("scenarios.sha256:2: scenarios/b.scenario: is another file"));
  EXPECT_THAT(Said(), HasSubstr("restore it, or write the digests again"));
  std::filesystem::remove(folder_.path() / "scenarios/b.scenario");
  EXPECT_THAT(Said(), HasSubstr("scenarios.sha256:2: scenarios/b.scenario: is not in the folder"));
  Write("scenarios/b.scenario", "b");
  Write("scenarios/c.scenario", "c");
  EXPECT_THAT(Said(), HasSubstr("scenarios.sha256:1: scenarios/c.scenario: has no line; add it"));
}

// A procedure without scenarios has no digests.
TEST_F(Scenarios, NeedNotBeThere) {
  std::filesystem::remove_all(folder_.path() / "scenarios");
  std::filesystem::remove(folder_.path() / "scenarios.sha256");
  EXPECT_EQ(Said(), "whole");
}

}  // namespace
}  // namespace chancery::drafting
