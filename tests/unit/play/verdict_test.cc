#include "play/verdict.h"

#include <gtest/gtest.h>

namespace chancery::play {
namespace {

// docs/scenarios.md, "Expected rulings": why an act is turned away is always told, by its stable
// reason where there is one, else by the message of the answer.
TEST(VerdictTest, AnAnswerWithoutAReasonIsToldByItsMessage) {
  EXPECT_EQ(ReasonIn(R"({"error": {"reason": "", "message": "act: broken"}})"), "act: broken");
  EXPECT_EQ(ReasonIn(R"({"error": {"message": "act: broken"}})"), "act: broken");
  EXPECT_EQ(ReasonIn(R"({"error": {"reason": "ACT_JSON_FIELD", "message": "m"}})"),
            "ACT_JSON_FIELD");
  EXPECT_EQ(ReasonIn("officer: SEAL_MISSING: one more"), "SEAL_MISSING");
  EXPECT_EQ(ReasonIn("no JSON\nat all"), "no JSON");
}

}  // namespace
}  // namespace chancery::play
