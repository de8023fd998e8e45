// Every ruling says why: with the article, the facts that decided and dates, and what would make an
// inadmissible act admissible.
#include "engine/explain/why.h"

#include <gtest/gtest.h>

#include "tests/support/core_world.h"

namespace chancery::explain {
namespace {

using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using testing::At;
using testing::CoreWorld;
using testing::Id;
using testing::Named;
using testing::W;

class WhyTest : public ::testing::Test {
 protected:
  // The act done now, and why it was ruled so.
  Explained Do(const procedure::Act& act, const std::vector<std::string>& seals) {
    const procedure::Replayer before = world_.replayer();
    const procedure::Stepped stepped = world_.Do(act, seals);
    Explained explained = Explain(
        before.procedures(), procedure::Gather(world_.last.act, before.matters()), world_.last);
    // An explanation is of the ruling itself.
    EXPECT_EQ(explained.stepped.ruling, stepped.ruling);
    EXPECT_EQ(explained.why.admitted, stepped.ruling.admitted());
    return explained;
  }
  static void Says(const std::string& sentence, const std::vector<std::string>& parts) {
    for (const std::string& part : parts)
      EXPECT_NE(sentence.find(part), std::string::npos) << part << " in: " << sentence;
    EXPECT_EQ(sentence.find('\n'), std::string::npos);
    EXPECT_TRUE(sentence.ends_with('.'));
  }

  CoreWorld world_;
};

// Issue 3 part 4: an admitted act says its rule, its articles, what decided, from which stage to
// which, and the limits that stop and begin with their last day.
TEST_F(WhyTest, AnAdmittedActSaysWhatItDid) {
  world_.Apply("one");
  world_.Verify("one");
  const Why why = Do(world_.Reply("one"), CoreWorld::ReplySeals()).why;
  EXPECT_EQ(why.rule, "reply_confirmed");
  Says(why.sentence,
       {"On 2016-09-01 06:00:00 UTC PAK did \"reply\": admitted under rule reply_confirmed",
        "Art 8", "the case's verification is national (Art 4(3))",
        "the case goes from open to confirmed", "the limit reply stops",
        "the limit transfer (92 days, unverified, Art 9) runs from 2016-09-01 until the end of "
        "2016-12-02, civil days of PAK"});
  ASSERT_EQ(why.moved.size(), 1U);
  EXPECT_EQ(why.moved[0].from, "open");
  EXPECT_EQ(why.moved[0].to, "confirmed");
  EXPECT_TRUE(why.remedy.empty());
  for (const Decided& decided : why.decided) EXPECT_TRUE(decided.held) << decided.asked;
}

// Issue 3 part 4: an inadmissible act says the guard, what was asked, what the situation had, what
// would help and who can bring it about, with the article.
TEST_F(WhyTest, AGuardSaysWhatItAskedAndWhatWasThere) {
  world_.Apply("one", "GRC", {"passport", "identity_card"});
  const Why why = Do(world_.Reply("one"), {"PAK/mission/1", "PAK/mission/2", "PAK/ministry/1"}).why;
  EXPECT_EQ(why.ground, "not_verified");
  EXPECT_EQ(why.articles, std::vector<std::string>{"Art 4(3)"});
  ASSERT_EQ(why.decided.size(), 1U);
  EXPECT_EQ(why.decided[0].asked, "the case's verification is national");
  EXPECT_EQ(why.decided[0].situation, "the case's verification is not known");
  EXPECT_EQ(why.decided[0].as_written, "case.verification == national");
  EXPECT_FALSE(why.decided[0].held);
  EXPECT_TRUE(why.moved.empty());
  Says(why.sentence,
       {"inadmissible under rule reply_confirmed_in_class_a (Art 4(3))",
        "the nationality was not verified",
        "asked is that the case's verification is national, but the case's verification is not "
        "known",
        // Class a: the mission's two desks, and no other office of the requested party.
        "by \"verification\" of PAK, the requested party, sealed by the mission (2 officers)"});
  EXPECT_EQ(why.sentence.find("the registry (1 seal)"), std::string::npos) << why.sentence;
}

// Dates decide: the days asked for and the days given are both said.
TEST_F(WhyTest, ADateIsSaidBesideTheDateAskedFor) {
  world_.Confirm("one");
  const Why why = Do(world_.Document("one", "2016-12-01"), {"PAK/mission/1"}).why;
  EXPECT_EQ(why.ground, "document_invalid");
  Says(why.sentence, {"is 2016-12-01", "184 days after the day of recording is 2017-03-04"});
}

// An act out of turn says at which stages it may be done and at which the matter is.
TEST_F(WhyTest, OutOfTurnSaysTheStages) {
  world_.Confirm("one");
  procedure::Act again = world_.Application("one");
  again.kind = ActKind::kExtension;
  again.author = testing::Party("PAK");
  again.addressee = testing::Party("GRC");
  again.lines.clear();
  again.commitment.reset();
  again.facts = Facts{{Fact::kExtensionReason, W(Fact::kExtensionReason, "legal_obstacle")}};
  const Why why = Do(again, {"PAK/ministry/1"}).why;
  EXPECT_EQ(why.ground, "out_of_turn");
  Says(why.sentence, {"asked is that the case is open, but the case is confirmed"});
}

// The other party's act says whose it is.
TEST_F(WhyTest, AWrongRoleSaysWhoMay) {
  world_.Apply("one");
  const Why why =
      Do(CoreWorld::From("PAK", "GRC", ActKind::kWithdrawal, Id("one")), {"PAK/ministry/1"}).why;
  EXPECT_EQ(why.ground, "wrong_role");
  Says(why.sentence, {"the requesting party", "PAK is the requested party"});
}

// A missing seal says which; a missing fact says which, and no name of a fact.
TEST_F(WhyTest, WhatIsMissingIsNamed) {
  world_.Apply("one");
  world_.Verify("one");
  const Why seal = Do(world_.Reply("one"), {"PAK/registry/1", "PAK/ministry/1"}).why;
  EXPECT_EQ(seal.ground, "missing_seal");
  Says(seal.sentence, {"it is sealed by the registry (2 officers) and the ministry (1 seal)",
                       "each of another officer: the registry (1 seal)"});
  procedure::Act bare = world_.Reply("one");
  bare.facts.Erase(Fact::kConfirmationId);
  bare.commitment.reset();
  const Why fact = Do(bare, CoreWorld::ReplySeals()).why;
  EXPECT_EQ(fact.ground, "missing_fact");
  Says(fact.sentence, {"it does not say number of the confirmation and the person's particulars"});
}

// When no rule is meant, each rule of the stage says what it asked for.
TEST_F(WhyTest, WhenNoRuleIsMeantEachSaysWhy) {
  world_.Apply("one");
  procedure::Act nobody = CoreWorld::From("PAK", "GRC", ActKind::kReply, Id("one"),
                                          Facts{{Fact::kAnswer, std::int64_t{99}}});
  const Why why = Do(nobody, CoreWorld::ReplySeals()).why;
  EXPECT_EQ(why.ground, "condition_not_met");
  Says(why.sentence, {"for rule reply_refused the act's answer is refused"});
}

// Issue 3 part 4: the passing of a limit says whose days these were, when, and what it meant.
TEST_F(WhyTest, ALimitThatPassedSaysWhoseDaysTheseWere) {
  world_.Apply("one");
  world_.now = At("2016-10-05T00:00:00Z");
  const Explained late =
      Do(CoreWorld::From("GRC", "PAK", ActKind::kReferred, Id("one")), {"GRC/return_authority/1"});
  ASSERT_EQ(late.lapses.size(), 1U);
  EXPECT_EQ(late.lapses[0].from, "open");
  EXPECT_EQ(late.lapses[0].due, "PAK, the requested party");
  Says(late.lapses[0].sentence,
       {"With the end of 2016-10-01 (PAK, UTC+05:00; 2016-10-01 19:00:00 UTC)",
        "the limit reply (30 days) that ran from 2016-09-01 passed",
        "what was due by PAK, the requested party, had not been done",
        "the case is then deemed "
        "agreed",
        "the limit referral (30 days) begins", "(Art 8, Ours: silence)"});
  EXPECT_TRUE(late.why.admitted);
  Says(late.why.sentence, {"the case goes from deemed agreed to referred"});
}

// Two limits that passed one after the other: the second one's stage is what the first made.
TEST_F(WhyTest, OneLapseAfterAnotherIsToldInOrder) {
  world_.Apply("one");
  const procedure::Matters touched = procedure::Gather(
      CoreWorld::From("GRC", "PAK", ActKind::kWithdrawal, Id("one")), world_.replayer().matters());
  const procedure::Standing standing =
      procedure::StandingAt(world_.replayer().procedures(), touched, At("2017-01-01T00:00:00Z"));
  const auto told = Tell(world_.replayer().procedures(), touched, standing.lapses);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].from, "deemed_agreed");
  EXPECT_EQ(told[1].due, "either party, GRC or PAK");
  Says(told[1].sentence, {"closed unconfirmed (the end)"});
}

// Many lines that agree are one condition; the lines that are refused are named.
TEST_F(WhyTest, ALineIsNamedAndSaidOnce) {
  world_.Ready("one");
  world_.Ready("two");
  world_.Apply("three");
  world_.ProposeFlight("flight");
  const Why why =
      Do(world_.Manifest("list", "flight", {"one", "two", "three"}), {"GRC/return_authority/1"})
          .why;
  EXPECT_EQ(why.ground, "not_confirmed");
  EXPECT_EQ(why.lines, std::vector<std::uint32_t>{2});
  ASSERT_EQ(why.decided.size(), 1U);
  Says(why.sentence, {"in line 2 (counted from 0)", "the case's stage is open"});
  const Why good =
      Do(world_.Manifest("list", "flight", {"one", "two"}), {"GRC/return_authority/1"}).why;
  EXPECT_TRUE(good.admitted) << good.sentence;
  Says(good.sentence, {"the transfer begins as listed", "2 other matters change with it"});
}

// Design section 6: what explains a ruling leads to no person; not even the sender's handle, where
// a condition asks for exactly that.
TEST_F(WhyTest, NoHandleIsSaid) {
  world_.Apply("one");
  world_.Verify("one", "not_national");
  world_.MustAdmit(world_.Reply("one", "refused"), CoreWorld::ReplySeals());
  procedure::Act again = CoreWorld::From(
      "GRC", "PAK", ActKind::kReexaminationAsked, Id("one"),
      Facts{{Fact::kHandle, Id("another handle")}, {Fact::kNewEvidence, std::int64_t{1}}},
      {Facts{{Fact::kEvidence, W(Fact::kEvidence, "passport")},
             {Fact::kGrade, W(Fact::kGrade, "original")}}});
  again.commitment = Named("again");
  const Why why = Do(again, {"GRC/return_authority/1"}).why;
  EXPECT_EQ(why.ground, "condition_not_met");
  ASSERT_FALSE(why.decided.empty());
  EXPECT_NE(why.decided[0].situation.find("handle of the person is known, and not shown"),
            std::string::npos)
      << why.decided[0].situation;
  for (const char* handle : {"another handle", "handle one"}) {
    EXPECT_EQ(why.sentence.find(Id(handle).ToHexText().substr(0, 8)), std::string::npos)
        << why.sentence;
  }
}

// Whoever has the ruling alone says what the rule asks for, and no more than the ruling gives.
TEST_F(WhyTest, ARulingAloneExplainsItself) {
  world_.Apply("one");
  const procedure::Stepped refused = world_.Do(world_.Reply("one"), CoreWorld::ReplySeals());
  const procedure::CheckedProcedure* terms =
      world_.replayer().procedures().Find(CoreWorld::kProcedure2016);
  const Why why = WhyOf(terms, world_.last.act, world_.now, refused.ruling);
  Says(why.sentence, {"inadmissible under rule reply_confirmed (Art 4(3))",
                      "asked is that the case's verification is national"});
  EXPECT_EQ(why.sentence.find("but"), std::string::npos) << why.sentence;
  const Why bare = WhyOf(nullptr, world_.last.act, world_.now, refused.ruling);
  Says(bare.sentence, {"the nationality was not verified"});
  world_.Verify("one");
  const procedure::Stepped admitted = world_.Do(world_.Reply("one"), CoreWorld::ReplySeals());
  Says(WhyOf(terms, world_.last.act, world_.now, admitted.ruling).sentence,
       {"admitted under rule reply_confirmed", "the matter is then confirmed"});
}

}  // namespace
}  // namespace chancery::explain
