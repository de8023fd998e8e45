// What is due: by whom, since when, until when in the requested party's civil days, and what
// silence will then mean.
#include "engine/explain/due.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/core_world.h"

namespace chancery::explain {
namespace {

using procedure::ActKind;
using procedure::MatterKind;
using procedure::Role;
using testing::CoreWorld;
using testing::Id;

class DueTest : public ::testing::Test {
 protected:
  const procedure::CheckedProcedure& procedure() const {
    return *world_.replayer().procedures().Find(CoreWorld::kProcedure2016);
  }
  const procedure::Procedure& terms() const { return procedure().terms(); }
  Outlook Of(const std::string& who) const {
    return OutlookOf(procedure(), world_.MatterOf(Id(who)));
  }
  static std::vector<std::string> Acts(const std::vector<MayDo>& all) {
    std::vector<std::string> acts;
    for (const MayDo& may : all) acts.push_back(may.act);
    return acts;
  }

  CoreWorld world_;
};

// Issue 3 part 4; Art 8: thirty days, whose they are, their last civil day in Pakistan, what ends
// them and what silence means.
TEST_F(DueTest, AnOpenCaseWaitsForTheReply) {
  world_.now = testing::At("2016-09-01T20:00:00Z");  // already the second in Pakistan
  world_.Apply("one");
  const Outlook outlook = Of("one");
  EXPECT_EQ(outlook.sentence, "The case is open.");
  EXPECT_FALSE(outlook.ended);
  ASSERT_EQ(outlook.waiting.size(), 1U);
  const Waiting& reply = outlook.waiting[0];
  EXPECT_EQ(reply.by, "PAK, the requested party");
  EXPECT_EQ(reply.limit, "reply");
  EXPECT_EQ(reply.days, 30);
  EXPECT_EQ(reply.since_day, "2016-09-02");
  EXPECT_EQ(reply.last.day, "2016-10-02");
  EXPECT_EQ(reply.last.zone, "PAK, UTC+05:00");
  EXPECT_EQ(ToText(reply.until), "2016-10-02T19:00:00Z");
  EXPECT_EQ(reply.limit_articles, std::vector<std::string>{"Art 8"});
  EXPECT_EQ(reply.silence, "silence");
  EXPECT_EQ(reply.meaning,
            "the case is then deemed agreed and the limit referral (30 days) begins");
  EXPECT_EQ(Acts(reply.acts), (std::vector<std::string>{"extension", "reply", "reply"}));
  EXPECT_NE(reply.sentence.find("has until the end of 2016-10-02 (civil days of PAK, UTC+05:00"),
            std::string::npos)
      << reply.sentence;
}

// Every running limit is told, the one that passes first before the others, each by whom it is.
TEST_F(DueTest, EveryRunningLimitIsTold) {
  world_.Apply("one");
  world_.MustAdmit(
      CoreWorld::From("GRC", "PAK", ActKind::kClaimMade, Id("one"),
                      procedure::Facts{{procedure::Fact::kClaimBasis,
                                        testing::W(procedure::Fact::kClaimBasis, "conviction")},
                                       {procedure::Fact::kClaimAssured, std::int64_t{1}}}),
      {"GRC/return_authority/1"});
  const Outlook outlook = Of("one");
  ASSERT_EQ(outlook.waiting.size(), 2U);
  EXPECT_EQ(outlook.waiting[0].limit, "claim_evidence");
  EXPECT_EQ(outlook.waiting[0].by, "GRC, the requesting party");
  EXPECT_NE(outlook.waiting[0].meaning.find("the case stays where it is"), std::string::npos);
  EXPECT_NE(outlook.waiting[0].meaning.find("security claim is then dropped"), std::string::npos);
  EXPECT_EQ(outlook.waiting[1].limit, "reply");
  const std::vector<std::string> acts = Acts(outlook.waiting[0].acts);
  EXPECT_NE(std::find(acts.begin(), acts.end(), "claim substantiated"), acts.end());
}

// A number the sources do not settle is said to be one; either party's limit is both's; boarding
// ends the transfer's limit although it is an act on a list.
TEST_F(DueTest, MarksAndWhatListsDoAreSaid) {
  world_.Ready("one");
  const Outlook ready = Of("one");
  ASSERT_EQ(ready.waiting.size(), 1U);
  EXPECT_TRUE(ready.waiting[0].unverified);
  EXPECT_NE(ready.waiting[0].sentence.find("a number the sources do not settle"),
            std::string::npos);
  const std::vector<std::string> acts = Acts(ready.waiting[0].acts);
  EXPECT_NE(std::find(acts.begin(), acts.end(), "boarding recorded"), acts.end());
  EXPECT_NE(std::find(acts.begin(), acts.end(), "withdrawal"), acts.end());
  // Not the flight's proposal: it changes nothing in the case.
  EXPECT_EQ(std::find(acts.begin(), acts.end(), "flight proposed"), acts.end());

  world_.Apply("two");
  procedure::Matters matters;
  matters.Add(world_.MatterOf(Id("two")));
  const procedure::Standing silent = procedure::StandingAt(world_.replayer().procedures(), matters,
                                                           testing::At("2016-10-10T00:00:00Z"));
  const Outlook outlook = OutlookOf(procedure(), silent.matters.at(0));
  ASSERT_FALSE(outlook.waiting.empty());
  EXPECT_EQ(outlook.waiting[0].by, "either party, GRC or PAK");
  EXPECT_EQ(outlook.waiting[0].limit, "referral");
}

// What has ended waits for nobody.
TEST_F(DueTest, AnEndedCaseWaitsForNothing) {
  world_.Apply("one");
  world_.MustAdmit(CoreWorld::From("GRC", "PAK", ActKind::kWithdrawal, Id("one")),
                   {"GRC/return_authority/1"});
  const Outlook outlook = Of("one");
  EXPECT_TRUE(outlook.ended);
  EXPECT_TRUE(outlook.waiting.empty());
  EXPECT_EQ(outlook.sentence, "The case is withdrawn (the end).");
}

// A limit that only conditions read is told too, and that nothing follows by itself.
TEST_F(DueTest, ALimitWithoutALapseSaysSo) {
  world_.ProposeFlight("flight");
  const Outlook outlook = Of("flight");
  const auto at = std::find_if(outlook.waiting.begin(), outlook.waiting.end(),
                               [](const Waiting& one) { return one.limit == "announcement"; });
  ASSERT_NE(at, outlook.waiting.end());
  EXPECT_TRUE(at->silence.empty());
  EXPECT_NE(at->sentence.find("nothing happens to the flight by itself"), std::string::npos);
}

// Rules for one act under the same seals are one thing that may be done; parties are kept apart.
TEST_F(DueTest, WhatMayBeDoneIsGatheredByActPartyAndSeals) {
  const std::vector<MayDo> all = ActsAt(terms(), MatterKind::kCase, "open");
  const auto replies =
      std::count_if(all.begin(), all.end(), [](const MayDo& may) { return may.act == "reply"; });
  EXPECT_EQ(replies, 2) << "the registry and the ministry reply, and the mission does in class a";
  const auto reply =
      std::find_if(all.begin(), all.end(), [](const MayDo& may) { return may.act == "reply"; });
  EXPECT_GE(reply->rules.size(), 3U);
  EXPECT_EQ(reply->seals, "the registry (2 officers) and the ministry (1 seal)");
  const std::vector<MayDo> requesting =
      ActsAt(terms(), MatterKind::kCase, "open", Role::kRequesting);
  EXPECT_TRUE(std::none_of(requesting.begin(), requesting.end(),
                           [](const MayDo& may) { return may.act == "reply"; }));
  // Either party's turn: the acts of both.
  const std::vector<std::string> both =
      Acts(ActsAt(terms(), MatterKind::kCase, "deemed_agreed", Role::kEither));
  EXPECT_EQ(std::count(both.begin(), both.end(), "referred"), 2);
}

}  // namespace
}  // namespace chancery::explain
