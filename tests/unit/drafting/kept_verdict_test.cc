// A verdict that is kept is relied on for exactly what it was found of, and only whole.
#include "drafting/kept_verdict.h"

#include <gtest/gtest.h>

#include <functional>

#include "engine/crypto/sha256.h"
#include "tests/support/pki.h"

namespace chancery::drafting {
namespace {

using support::Must;

VerdictSubject Subject() {
  return {crypto::Sha256("bundle"), crypto::Sha256("founding"), crypto::Sha256("program")};
}

KeptVerdict Complete() {
  return {Subject(), {"P1", "P12"}, true, 1234, *ParseInstant("2016-09-01T06:00:00Z")};
}

class KeptVerdictTest : public testing::Test {
 protected:
  const support::TemporaryFolder scratch_;
  const std::filesystem::path file_ = scratch_.path() / "verdicts" / "a.json";
};

// docs/checker.md, "A verdict is kept": what was written is read, and may be relied on.
TEST_F(KeptVerdictTest, WhatIsWrittenIsRead) {
  EXPECT_TRUE(absl::IsNotFound(ReadVerdict(file_).status()));
  ASSERT_TRUE(WriteVerdict(file_, Complete()).ok());
  EXPECT_EQ(Must(ReadVerdict(file_)), Complete());
  EXPECT_EQ(WhyNot(Complete(), Subject()), "");
}

// docs/checker.md: of other bytes, beside another founding procedure, by another build, or of a
// part, it says nothing.
TEST_F(KeptVerdictTest, AVerdictOfAnythingElseIsNotReliedOn) {
  const auto refused = [](const std::function<void(KeptVerdict&)>& change) {
    KeptVerdict verdict = Complete();
    change(verdict);
    return WhyNot(verdict, Subject());
  };
  const Digest other = crypto::Sha256("other");
  EXPECT_EQ(refused([&](auto& verdict) { verdict.subject.bundle = other; }),
            "it is of another bundle");
  EXPECT_EQ(refused([&](auto& verdict) { verdict.subject.founding = other; }),
            "it was found beside another founding procedure");
  EXPECT_EQ(refused([&](auto& verdict) { verdict.subject.program = other; }),
            "it is of another build of this program");
  EXPECT_EQ(refused([](auto& verdict) { verdict.complete = false; }),
            "not everything was explored");
}

// docs/checker.md: nor is one that was changed since it was written, in any single place.
TEST_F(KeptVerdictTest, AVerdictThatWasChangedIsNone) {
  const std::string whole = Format(Complete());
  const auto reads = [&](const std::string& text) {
    std::filesystem::create_directories(file_.parent_path());
    support::WriteFile(file_, text);
    return ReadVerdict(file_);
  };
  ASSERT_TRUE(reads(whole).ok());
  for (const auto& [what, with] :
       {std::pair<std::string, std::string>("\"P12\": \"broken\"", "\"P12\": \"holds\""),
        {"\"complete\": true", "\"complete\": false"},
        {"\"format\": 1", "\"format\": 2"},
        {"\"situations\": 1234", "\"situations\": 1235"},
        {"2016-09-01", "2016-09-02"},
        {"{\n", "{\n\n"},
        {"\"P1\": \"broken\",", ""}}) {
    std::string changed = whole;
    const std::size_t at = changed.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    changed.replace(at, what.size(), with);
    EXPECT_TRUE(absl::IsInvalidArgument(reads(changed).status())) << changed;
  }
  for (std::size_t length = 0; length < whole.size(); length += 7)
    EXPECT_TRUE(absl::IsInvalidArgument(reads(whole.substr(0, length)).status())) << length;
  for (const char* nonsense : {"[]", "null", "{\"bundle\": 1}", "{}"})
    EXPECT_TRUE(absl::IsInvalidArgument(reads(nonsense).status())) << nonsense;
}

// docs/checker.md: the program is told by its own file.
TEST_F(KeptVerdictTest, TheProgramIsTheFileThatRuns) {
  EXPECT_EQ(Must(DigestOfThisProgram()), crypto::Sha256(support::ReadFile("/proc/self/exe")));
}

}  // namespace
}  // namespace chancery::drafting
