// A case explained from evidence: why each act was ruled so, what silence did, what is due.
#include "audit/case_story.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/audit/exported.h"

namespace chancery::audit {
namespace {

using Json = nlohmann::json;
using support::Must;

class CaseStoryTest : public testing::Test {
 protected:
  CaseStory Told(const std::optional<std::string>& at = {}) const {
    return Must(StoryOf(book_, id_, at ? ParseInstant(*at).value() : book_.last_recorded_at));
  }

  Exported& exported_ = Exported::Get();
  const Book book_ = Must(ReadBook(exported_.ministry()));
  const MatterId id_ = exported_.books.person();
};

// Issue 3 part 4: why for each act, in a sentence with article, facts and dates; what is due now.
TEST_F(CaseStoryTest, EveryActSaysWhy) {
  const CaseStory story = Told();
  ASSERT_EQ(story.events.size(), 4U);
  EXPECT_EQ(story.events[0].what, "application");
  EXPECT_TRUE(story.events[0].told.admitted);
  EXPECT_NE(story.events[0].why.find("admitted under rule application_own_national"),
            std::string::npos)
      << story.events[0].why;
  EXPECT_FALSE(story.events[1].told.admitted);
  EXPECT_EQ(story.events[1].told.ground, "not_verified");
  EXPECT_NE(story.events[1].why.find("the case's verification is not known"), std::string::npos)
      << story.events[1].why;
  EXPECT_NE(story.events[1].told.remedy.find("the passport office"), std::string::npos)
      << story.events[1].told.remedy;
  EXPECT_NE(story.events[3].why.find("the case goes from open to confirmed"), std::string::npos)
      << story.events[3].why;
  EXPECT_EQ(story.outlook.stage, "confirmed");
  ASSERT_FALSE(story.outlook.waiting.empty());
  EXPECT_EQ(story.outlook.waiting[0].limit, "document");

  const std::string text = ToText(story);
  EXPECT_NE(text.find("reply, sealed by PAK ministry, PAK registry, PAK registry (entry "),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("  due: PAK, the requested party, has until the end of "), std::string::npos)
      << text;
  const Json json = Json::parse(ToJson(story, true));
  EXPECT_EQ(json["events"].size(), 4U);
  EXPECT_EQ(json["events"][1]["decided"][0]["signed"], "case.verification == national");
  EXPECT_EQ(json["due"][0]["limit"], "document");
  EXPECT_TRUE(json["verified"].get<bool>());
}

// A moment in the past tells the story until then; a moment to come says what silence will have
// done.
TEST_F(CaseStoryTest, AMomentIsToldAsItWas) {
  const Instant applied = Must(StoryOf(book_, id_, book_.last_recorded_at)).events[0].at;
  const CaseStory first = Must(StoryOf(book_, id_, applied));
  EXPECT_EQ(first.outlook.stage, "open");
  EXPECT_EQ(first.events.size(), 2U);  // the reply before the finding came at the same moment
  EXPECT_EQ(first.outlook.waiting[0].silence, "silence");
  EXPECT_TRUE(absl::IsNotFound(StoryOf(book_, id_, Instant{applied.ms - 1}).status()));

  const CaseStory later = Told("2017-06-01T00:00:00Z");
  EXPECT_EQ(later.outlook.stage, "transfer_lapsed");
  EXPECT_TRUE(later.outlook.ended);
  // No document was issued in time, and then there was no transfer.
  ASSERT_EQ(later.events.size(), 6U);
  EXPECT_FALSE(later.events[5].entry.has_value());
  EXPECT_NE(later.events[4].why.find("the limit document (30 days) that ran from "),
            std::string::npos)
      << later.events[4].why;
  EXPECT_NE(later.events[5].why.find("the limit transfer (92 days) that ran from "),
            std::string::npos)
      << later.events[5].why;
  EXPECT_NE(ToText(later).find("Nothing is due: the case has ended."), std::string::npos);
}

// The ministry's book is not explained against its own procedure.
TEST_F(CaseStoryTest, ARulingThatTheProcedureDoesNotGiveIsSaid) {
  Book other = Must(ReadBook(exported_.ministry()));
  for (BookAct& act : other.acts) {
    if (act.act().kind == procedure::ActKind::kVerification)
      act.ruling.outcome = procedure::Inadmissible{procedure::Ground::kTooLate, "Art 6", "", {}};
  }
  const absl::Status status = StoryOf(other, id_, other.last_recorded_at).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_NE(status.message().find("entry "), std::string::npos);
}

// Design section 6: a story leads to nobody: no handle, and no identifier or digest in full.
TEST_F(CaseStoryTest, AStoryLeadsToNobody) {
  const std::string text = ToText(Told());
  const auto handle = book_.replayer.matters().Find(id_)->facts.IdOr(procedure::Fact::kHandle);
  EXPECT_EQ(text.find(handle.ToHexText().substr(0, 8)), std::string::npos);
  EXPECT_EQ(text.find(id_.ToHexText()), std::string::npos);
  std::size_t digits = 0;
  for (const char c : text) {
    const bool hexadecimal = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    digits = hexadecimal ? digits + 1 : 0;
    ASSERT_LT(digits, 16U) << text;
  }
}

}  // namespace
}  // namespace chancery::audit
