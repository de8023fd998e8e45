#include "edge/act_text.h"

#include <gmock/gmock.h>

#include "edge/output.h"

namespace chancery::edge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// docs/acts.md: an act is UTF-8 text. Told with field, rule and remedy, never the value; exit code
// 3 (a file here).
TEST(ActTextTest, TextThatIsNotUtf8IsToldWithItsField) {
  const absl::Status status =
      CheckActText("{\"act\": \"application\", \"particulars\": {\"name\": \"Qandar\xff\"}}");
  EXPECT_EQ(ReasonOf(status), "ACT_JSON_BROKEN");
  EXPECT_EQ(ToStd(status.message()),
            "particulars.name: must be UTF-8; save the file in that encoding");
  EXPECT_EQ(ExitCodeOf(status), kExitLocal);
}

// Design section 16: no personal data in errors. What is no name of ours may be a person's.
TEST(ActTextTest, AFieldThatIsNoNameOfOursIsNotRepeated) {
  const absl::Status status = CheckActText("{\"Qandargul Invented\": \"\xff\"}");
  EXPECT_EQ(ToStd(status.message()), "(not a name): must be UTF-8; save the file in that encoding");
}

// docs/acts.md: an application is one act, so what is too large is made smaller, not split.
TEST(ActTextTest, TextThatIsTooLargeIsNotToBeSplit) {
  const absl::Status status = CheckActText(std::string(65537, ' '));
  EXPECT_EQ(ReasonOf(status), "ACT_JSON_TOO_LARGE");
  EXPECT_THAT(ToStd(status.message()), HasSubstr("leave out what the rules do not need"));
  EXPECT_THAT(ToStd(status.message()), Not(HasSubstr("split")));
}

// docs/acts.md: letters beyond ASCII are welcome, and 65536 bytes are the limit.
TEST(ActTextTest, OtherTextIsForTheDaemonToJudge) {
  EXPECT_TRUE(CheckActText("{\"name\": \"\xd9\x85\"}").ok());
  EXPECT_TRUE(CheckActText(std::string(65536, ' ')).ok());
  EXPECT_TRUE(CheckActText("no JSON").ok());
}

}  // namespace
}  // namespace chancery::edge
