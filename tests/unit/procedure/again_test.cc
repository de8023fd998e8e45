// What may still happen to a case: questions, interviews, corrections, the notice, the Committee's
// decision, a second look, readmission in error and erasure under the 2016 procedure.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/core_world.h"

namespace chancery::testing {
namespace {

using procedure::Ground;
using procedure::Matter;

const std::vector<std::string> kAuthority = {"GRC/return_authority/1"};
const std::vector<std::string> kLeader = {"GRC/escort_leader/1"};
const std::vector<std::string> kMinistry = {"PAK/ministry/1"};
const std::vector<std::string> kMission = {"PAK/mission/1"};

struct Again : CoreWorld {
  Matter Then(std::string_view id, std::string_view moment) const {
    procedure::Matters matters;
    matters.Add(MatterOf(Id(id)));
    return procedure::StandingAt(replayer().procedures(), matters, At(moment)).matters.at(0);
  }
  static Act By(std::string_view author, ActKind kind, std::string_view matter, Facts facts = {}) {
    return From(author, author == "PAK" ? "GRC" : "PAK", kind, Id(matter), std::move(facts));
  }
  Act Question(std::string_view who = "P01") const {
    return By("PAK", ActKind::kClarificationAsked, who,
              Facts{{Fact::kQuestion, W(Fact::kQuestion, "birth_place")}});
  }
  static Act Answer(Digest question, std::string_view word = "given") {
    Act act = By("GRC", ActKind::kClarificationGiven, "P01",
                 Facts{{Fact::kClarification, W(Fact::kClarification, word)}});
    act.answers = question;
    if (word == "given") act.commitment = Named("clarified");
    return act;
  }
  Act Noticed(const std::string& who, const std::vector<std::string>& evidence = {"passport"}) {
    Act act = Application(who, "GRC", evidence);
    act.kind = ActKind::kNotice;
    act.facts.Set(Fact::kDocumentKind, W(Fact::kDocumentKind, "passport"));
    act.facts.Set(Fact::kDocumentValidUntil, Day("2018-01-01"));
    return act;
  }
  static Act Word(std::string_view author, std::string_view decision,
                  std::optional<Digest> answers = std::nullopt) {
    Act act = By(author, ActKind::kCommitteeDecided, "P01",
                 Facts{{Fact::kDecision, W(Fact::kDecision, decision)}});
    act.answers = answers;
    return act;
  }
  // P01's application met with silence and was referred.
  void Refer() {
    Apply("P01");
    now = At("2016-10-05T08:00:00Z");
    MustAdmit(By("GRC", ActKind::kReferred, "P01"), kAuthority);
  }
  void Refuse() {
    Apply("P01", "GRC", {"identity_card"});
    Verify("P01", "not_found");
    MustAdmit(Reply("P01", "refused"), ReplySeals());
  }
  Act SecondLook() const {
    Act act = By("GRC", ActKind::kReexaminationAsked, "P01",
                 Facts{{Fact::kHandle, Id("handle P01")}, {Fact::kNewEvidence, std::int64_t{1}}});
    act.lines = {Facts{{Fact::kEvidence, W(Fact::kEvidence, "passport")},
                       {Fact::kGrade, W(Fact::kGrade, "original")}}};
    act.commitment = Named("sent again");
    return act;
  }
  // P01 flew on 2016-10-20 and was admitted.
  void Admit() {
    ProposeFlight("flight");
    Ready("P01");
    ClearList("list", "flight", {"P01"});
    OpenBoarding("flight");
    MustAdmit(Boarding("list", {"P01"}), kLeader);
    MustAdmit(BoardingLodging("list", "flight", 1), kLeader);
    MustAdmit(By("GRC", ActKind::kDoorsClosed, "flight", Boarded(1, 1)), kLeader);
    MustAdmit(By("PAK", ActKind::kArrived, "flight", Facts{{Fact::kArrivalAirport, Code("ISB")}}),
              {"PAK/border_agency/1"});
    MustAdmit(
        From("PAK", "GRC", ActKind::kHandover, Id("list"),
             Facts{{Fact::kBoardedReturnees, std::int64_t{1}}},
             {Facts{{Fact::kCase, Id("P01")}, {Fact::kOutcome, W(Fact::kOutcome, "admitted")}}}),
        {"PAK/border_agency/1", "PAK/border_agency/2"});
  }
  static Act Error() {
    return By("PAK", ActKind::kErrorNotified, "P01",
              Facts{{Fact::kErrorGround, W(Fact::kErrorGround, "other_person")}});
  }
};

TEST(Again, AQuestionIsAskedOneAtATimeAndTheClockRunsOn) {
  // "Ours: questions": endless questions delay nothing.
  Again world;
  world.Apply("P01");
  const Instant until = world.MatterOf(Id("P01")).FindLimit("reply")->until;
  const Digest question = world.MustAdmit(world.Question(), kMinistry);
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("reply")->until, until);
  world.MustRefuse(world.Question(), kMinistry, Ground::kOutOfTurn, "Ours: questions");
  world.MustRefuse(Again::Answer(Named("another")), kAuthority, Ground::kAnswersOtherAct,
                   "Ours: questions");
  Act bare = Again::Answer(question);
  bare.commitment.reset();
  world.MustRefuse(bare, kAuthority, Ground::kMissingFact, "Ours: questions");
  world.MustAdmit(Again::Answer(question), kAuthority);
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("clarification"), nullptr);
  EXPECT_EQ(world.MatterOf(Id("P01")).facts.NumberOr(Fact::kQuestion, 0),
            W(Fact::kQuestion, "birth_place"));
  EXPECT_EQ(world.MatterOf(Id("P01")).facts.NumberOr(Fact::kClarification, 0),
            W(Fact::kClarification, "given"));
  const Digest second = world.MustAdmit(world.Question(), kMinistry);
  EXPECT_FALSE(world.MatterOf(Id("P01")).facts.Has(Fact::kClarification));
  world.MustAdmit(Again::Answer(second, "not_available"), kAuthority);
}

TEST(Again, AQuestionThatIsNotAnsweredIsOverAndAnotherMayBeAsked) {
  // "Ours: questions": ten days, then it counts as not available.
  Again world;
  world.Apply("P01");
  world.MustAdmit(world.Question(), kMinistry);
  EXPECT_TRUE(world.Then("P01", "2016-09-11T18:59:59Z").facts.Has(Fact::kQuestionAct));
  const Matter over = world.Then("P01", "2016-09-11T19:00:00Z");
  EXPECT_FALSE(over.facts.Has(Fact::kQuestionAct));
  EXPECT_EQ(over.facts.NumberOr(Fact::kClarification, 0), W(Fact::kClarification, "not_available"));
  EXPECT_EQ(over.stage, "open");
}

TEST(Again, AnInterviewIsAskedOnceHeldOrNotAndOverdueAfterItsLimit) {
  // Art 6: by the requested party's mission; either side may ask.
  Again world;
  world.Apply("P01");
  const Act held = Again::By("PAK", ActKind::kInterviewHeld, "P01");
  const Act not_held =
      Again::By("PAK", ActKind::kInterviewNotHeld, "P01",
                Facts{{Fact::kInterviewGround, W(Fact::kInterviewGround, "no_interpreter")}});
  world.MustRefuse(held, kMission, Ground::kOutOfTurn, "Art 6");
  world.MustRefuse(not_held, kMission, Ground::kOutOfTurn, "Art 6");
  world.MustAdmit(Again::By("GRC", ActKind::kInterviewAsked, "P01"), kAuthority);
  world.MustRefuse(Again::By("GRC", ActKind::kInterviewAsked, "P01"), kAuthority,
                   Ground::kOutOfTurn, "Art 6");
  world.MustRefuse(Again::By("PAK", ActKind::kInterviewAsked, "P01"), kMission, Ground::kOutOfTurn,
                   "Art 6");
  EXPECT_EQ(world.Then("P01", "2016-09-15T19:00:00Z").facts.NumberOr(Fact::kInterview, 0),
            W(Fact::kInterview, "not_held"));
  world.MustAdmit(held, kMission);
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("interview"), nullptr);
  EXPECT_EQ(world.MatterOf(Id("P01")).facts.NumberOr(Fact::kInterview, 0),
            W(Fact::kInterview, "held"));
  world.Apply("P02");
  world.MustAdmit(Again::By("PAK", ActKind::kInterviewAsked, "P02"), kMission);
  EXPECT_NE(world.MatterOf(Id("P02")).FindLimit("interview"), nullptr);
  Act other = not_held;
  other.matter = Id("P02");
  world.MustAdmit(other, kMission);
  EXPECT_EQ(world.MatterOf(Id("P02")).FindLimit("interview"), nullptr);
  EXPECT_EQ(world.MatterOf(Id("P02")).facts.NumberOr(Fact::kInterview, 0),
            W(Fact::kInterview, "not_held"));
  EXPECT_TRUE(world.MatterOf(Id("P02")).facts.Has(Fact::kInterviewGround));
}

TEST(Again, ACorrectionNamesTheStatementAndUndoesTheFindingOnTheOldParticulars) {
  // Art 14: rectification reaches the other side; Art 4(3): a finding is on what was sent.
  Again world;
  world.Apply("P01");
  world.Verify("P01");
  Act correction =
      Again::By("GRC", ActKind::kCorrection, "P01", Facts{{Fact::kCorrects, Named("another")}});
  world.MustRefuse(correction, kAuthority, Ground::kMissingFact, "Art 14");  // no particulars
  correction.commitment = Named("corrected");
  world.MustRefuse(correction, kAuthority, Ground::kAnswersOtherAct, "Art 14");
  correction.facts.Set(Fact::kCorrects, world.MatterOf(Id("P01")).facts.DigestOr(Fact::kOpenedBy));
  const Digest first = world.MustAdmit(correction, kAuthority);
  world.MustRefuse(world.Reply("P01"), CoreWorld::ReplySeals(), Ground::kNotVerified, "Art 4(3)");
  correction.facts.Set(Fact::kCorrects, first);
  world.MustAdmit(correction, kAuthority);
  world.Verify("P01");
  world.MustAdmit(world.Reply("P01"), CoreWorld::ReplySeals());
}

TEST(Again, ANoticeOfAValidPassportIsVerifiedAndFliesWithThatDocument) {
  // Art 4(2): no application; the verification is needed all the same.
  Again world;
  world.ProposeFlight("flight");
  Act notice = world.Noticed("P01", {"identity_card"});
  world.MustRefuse(notice, kAuthority, Ground::kNoEvidence, "Art 4(2)");
  notice = world.Noticed("P01");
  notice.facts.Set(Fact::kDocumentValidUntil, Day("2016-09-01"));
  world.MustRefuse(notice, kAuthority, Ground::kDocumentInvalid, "Art 4(2)");
  notice = world.Noticed("P01");
  notice.facts.Set(Fact::kFamilyGroup, Id("family"));
  world.MustAdmit(notice, kAuthority);
  EXPECT_EQ(world.MatterOf(Id("P01")).facts.NumberOr(Fact::kClass, 0), W(Fact::kClass, "d"));
  for (const Fact fact : {Fact::kCategory, Fact::kHandle, Fact::kMinor, Fact::kFamilyGroup,
                          Fact::kDocumentKind, Fact::kDocumentValidUntil}) {
    const procedure::Value* said = world.MatterOf(Id("P01")).facts.Find(fact);
    ASSERT_NE(said, nullptr) << procedure::InfoOf(fact).name;
    EXPECT_EQ(*said, *notice.facts.Find(fact)) << procedure::InfoOf(fact).name;
  }
  world.MustRefuse(world.Reply("P01"), CoreWorld::ReplySeals(), Ground::kNotVerified, "Art 4(3)");
  world.Verify("P01");
  Act reply = world.Reply("P01");
  reply.answers = Named("another");
  world.MustRefuse(reply, CoreWorld::ReplySeals(), Ground::kAnswersOtherAct, "Art 4(2)");
  world.MustAdmit(world.Reply("P01"), CoreWorld::ReplySeals());
  EXPECT_EQ(world.StageOf(Id("P01")), "documented");
  EXPECT_EQ(world.MatterOf(Id("P01")).facts.NumberOr(Fact::kAnswer, 0),
            W(Fact::kAnswer, "confirmed"));
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("reply"), nullptr);
  EXPECT_NE(world.MatterOf(Id("P01")).FindLimit("transfer"), nullptr);
  world.MustAdmit(world.Manifest("list", "flight", {"P01"}), kAuthority);
}

TEST(Again, ANoticeAssertsWhatAnApplicationAsserts) {
  // Art 2(1), Art 1(a), P7, P12: the lighter way is no way around.
  Again world;
  const auto refused = [&](Fact fact, std::int64_t value, Ground ground, const char* article) {
    Act notice = world.Noticed("P01");
    notice.facts.Set(fact, value);
    world.MustRefuse(notice, kAuthority, ground, article);
  };
  refused(Fact::kCategory, W(Fact::kCategory, "stateless_person"), Ground::kWrongCategory,
          "Art 2(1)");
  refused(Fact::kDecisionFinal, 0, Ground::kDecisionNotFinal, "Ours: final decision");
  refused(Fact::kPresent, 0, Ground::kNotPresent, "Art 2(1)");
  refused(Fact::kEntryDate, Day("2010-11-30"), Ground::kEnteredBeforeAgreement, "Art 2(1)");
  refused(Fact::kEntryDate, Day("2016-09-02"), Ground::kConditionNotMet, "Art 2(1)");
  Act notice = world.Noticed("P01");
  notice.lines[0].Erase(Fact::kGrade);
  world.MustRefuse(notice, kAuthority, Ground::kMissingFact, "Art 6");
  world.MustAdmit(world.Noticed("P01"), kAuthority);
  Act again = world.Noticed("P01 again");
  again.facts.Set(Fact::kHandle, Id("handle P01"));
  world.MustRefuse(again, kAuthority, Ground::kOpenCaseExists, "Ours: one case");
  world.Verify("P01", "not_national");
  world.MustAdmit(world.Reply("P01", "refused"), CoreWorld::ReplySeals());
  world.MustRefuse(again, kAuthority, Ground::kNoNewEvidence, "Ours: one case");
  world.MustAdmit(CoreWorld::Cooperation("PAK", ActKind::kSuspended,
                                         Facts{{Fact::kScope, W(Fact::kScope, "whole")},
                                               {Fact::kReviewDate, Day("2016-10-01")},
                                               {Fact::kClocks, W(Fact::kClocks, "run")}}),
                  kMinistry);
  world.MustRefuse(world.Noticed("P02"), kAuthority, Ground::kSuspended, "Suspension of 2015");
}

TEST(Again, NoExtensionBeyondWhatTheRequestingStateMayDetainFor) {
  // Art 8: sixty days do not apply where detention ends after sixty days or before.
  Again world;
  const std::vector<std::string> union_seal = {"EUE/union_signatory/1"};
  for (const char* state : {"ESP", "FRA", "PRT"}) {
    world.MustAdmit(
        CoreWorld::Cooperation("EUE", ActKind::kAuthorityAppointed,
                               Facts{{Fact::kParty, procedure::PackParty(Party(state))},
                                     {Fact::kLogKey, Named(std::string("log ") + state)},
                                     {Fact::kWitnessKey, Named(std::string("witness ") + state)},
                                     {Fact::kFrom, world.now.ms}}),
        union_seal);
    const std::string seal = CoreWorld::Seal(state, "return_authority");
    world.MustAdmit(world.Appointment(state, "return_authority",
                                      CoreWorld::Officer("return_authority", 1), seal),
                    union_seal);
    world.Apply(state, state);
    world.MustRefuse(CoreWorld::From("PAK", state, ActKind::kExtension, Id(state),
                                     Facts{{Fact::kExtensionReason,
                                            W(Fact::kExtensionReason, "legal_obstacle")}}),
                     kMinistry, Ground::kConditionNotMet, "Art 8");
  }
}

TEST(Again, ANoticeIsBetweenPartiesOfThatDay) {
  // Art 1(a): the United Kingdom was bound until it left; Denmark never was.
  Again world;
  Act notice = world.Noticed("P01");
  notice.addressee = Party("DNK");
  world.MustRefuse(notice, kAuthority, Ground::kMayNotTakePart, "Art 1(a)");
  const std::vector<std::string> union_seal = {"EUE/union_signatory/1"};
  world.MustAdmit(CoreWorld::Cooperation("EUE", ActKind::kAuthorityAppointed,
                                         Facts{{Fact::kParty, procedure::PackParty(Party("GBR"))},
                                               {Fact::kLogKey, Named("log GBR")},
                                               {Fact::kWitnessKey, Named("witness GBR")},
                                               {Fact::kFrom, world.now.ms}}),
                  union_seal);
  world.MustAdmit(world.Appointment("GBR", "return_authority", 71, "GBR/return_authority/1"),
                  union_seal);
  notice = world.Noticed("P01");
  notice.author = Party("GBR");
  notice.facts.Set(Fact::kDocumentValidUntil, Day("2021-01-01"));
  world.now = At("2020-02-01T00:00:00Z");
  world.MustRefuse(notice, {"GBR/return_authority/1"}, Ground::kMayNotTakePart, "Art 1(a)");
}

TEST(Again, SilenceOnANoticeLetsNobodyBoard) {
  // Art 4(2), "Ours: silence".
  Again world;
  world.MustAdmit(world.Noticed("P01", {"passport", "identity_card"}), kAuthority);
  EXPECT_EQ(world.MatterOf(Id("P01")).facts.NumberOr(Fact::kClass, 0), W(Fact::kClass, "a"));
  EXPECT_EQ(world.Then("P01", "2016-10-01T18:59:59Z").stage, "noticed");
  EXPECT_EQ(world.Then("P01", "2016-10-01T19:00:00Z").stage, "closed_unconfirmed");
}

TEST(Again, TheCommitteeDecidesByTheSameWordOfBothSides) {
  // Art 16, "Ours: committee"; P8: nobody decides alone, nobody answers himself.
  Again world;
  world.Refer();
  const Digest word = world.MustAdmit(Again::Word("GRC", "refuse"), kAuthority);
  world.MustRefuse(Again::Word("GRC", "refuse", word), kAuthority, Ground::kConditionNotMet,
                   "Art 16");
  world.MustRefuse(Again::Word("PAK", "close", word), kMinistry, Ground::kConditionNotMet,
                   "Art 16");
  world.MustRefuse(Again::Word("PAK", "refuse", Named("another")), kMinistry,
                   Ground::kConditionNotMet, "Art 16");
  EXPECT_EQ(world.StageOf(Id("P01")), "referred");
  world.MustAdmit(Again::Word("PAK", "refuse", word), kMinistry);
  EXPECT_EQ(world.StageOf(Id("P01")), "refused");
}

TEST(Again, TheCommitteesWordToConfirmStillNeedsTheRequestedStatesOwnConfirmation) {
  // P1: nobody flies on a decision alone; silence on it closes the case.
  Again world;
  world.ProposeFlight("flight");
  world.Refer();
  const Digest word = world.MustAdmit(Again::Word("PAK", "confirm"), kMinistry);
  world.MustAdmit(Again::Word("GRC", "confirm", word), kAuthority);
  EXPECT_EQ(world.StageOf(Id("P01")), "decided");
  EXPECT_EQ(world.Then("P01", "2016-11-04T18:59:59Z").stage, "decided");
  EXPECT_EQ(world.Then("P01", "2016-11-04T19:00:00Z").stage, "closed_unconfirmed");
  world.MustRefuse(world.Reply("P01"), CoreWorld::ReplySeals(), Ground::kNotVerified, "Art 4(3)");
  world.Verify("P01");
  world.MustAdmit(world.Reply("P01"), CoreWorld::ReplySeals());
  EXPECT_EQ(world.StageOf(Id("P01")), "confirmed");
}

TEST(Again, TheCommitteeClosesACaseAndOfAHoldItDoesNotSayConfirm) {
  // "Ours: committee", "Ours: hold": lifting a hold is the requested state's own act.
  Again world;
  world.Refer();
  Digest word = world.MustAdmit(Again::Word("GRC", "close"), kAuthority);
  world.MustAdmit(Again::Word("PAK", "close", word), kMinistry);
  EXPECT_EQ(world.StageOf(Id("P01")), "closed_unconfirmed");
  Again held;
  held.Ready("P01");
  held.MustAdmit(Again::By("PAK", ActKind::kHold, "P01",
                           Facts{{Fact::kHoldGround, W(Fact::kHoldGround, "court_order")}}),
                 kMinistry);
  held.now = At("2016-09-20T08:00:00Z");
  held.MustRefuse(Again::Word("GRC", "confirm"), kAuthority, Ground::kConditionNotMet,
                  "Ours: hold");
  held.MustRefuse(Again::Word("PAK", "confirm"), kMinistry, Ground::kConditionNotMet, "Ours: hold");
  word = held.MustAdmit(Again::Word("GRC", "close"), kAuthority);
  held.MustAdmit(Again::Word("PAK", "close", word), kMinistry);
  EXPECT_EQ(held.StageOf(Id("P01")), "closed_held");
}

TEST(Again, AWordOfTheCommitteeCountsForTheQuestionItWasSaidOn) {
  // "Ours: committee": an old word is not answered in another matter of the same case.
  Again world;
  world.Ready("P01");
  const Act hold = Again::By("PAK", ActKind::kHold, "P01",
                             Facts{{Fact::kHoldGround, W(Fact::kHoldGround, "court_order")}});
  world.MustAdmit(hold, kMinistry);
  world.now = At("2016-09-20T08:00:00Z");
  world.MustAdmit(Again::Word("GRC", "close"), kAuthority);
  world.MustAdmit(Again::By("PAK", ActKind::kHoldLifted, "P01"), kMinistry);
  // P5: a hold that went to the Committee is the last, or holds could follow each other for ever.
  world.MustRefuse(hold, kMinistry, Ground::kHeld, "Ours: hold");
  EXPECT_EQ(world.StageOf(Id("P01")), "documented");
  // Of the referral of a silence, looked at again, and of an error an old word counts for nothing.
  Again referred;
  referred.Refer();
  const Digest early = referred.MustAdmit(Again::Word("GRC", "refuse"), kAuthority);
  const Digest refused = referred.MustAdmit(Again::Word("PAK", "refuse", early), kMinistry);
  EXPECT_NE(refused, early);
  EXPECT_EQ(referred.MatterOf(Id("P01")).facts.NumberOr(Fact::kAnswer, 0),
            W(Fact::kAnswer, "refused"));
  EXPECT_EQ(referred.MatterOf(Id("P01")).facts.NumberOr(Fact::kRefusalGround, 0),
            W(Fact::kRefusalGround, "conditions_not_met"));
  referred.MustAdmit(referred.SecondLook(), kAuthority);
  referred.now = At("2016-11-10T08:00:00Z");
  referred.MustAdmit(Again::By("PAK", ActKind::kReferred, "P01"), kMinistry);
  referred.MustRefuse(Again::Word("PAK", "refuse", early), kMinistry, Ground::kConditionNotMet,
                      "Art 16");
}

TEST(Again, ASecondLookBeginsWithACleanSheet) {
  // "Ours: one case": what the first look left does not count for the second.
  Again world;
  world.Ready("P01");
  world.MustAdmit(Again::By("PAK", ActKind::kHold, "P01",
                            Facts{{Fact::kHoldGround, W(Fact::kHoldGround, "identity_in_doubt")}}),
                  kMinistry);
  world.MustAdmit(Again::By("GRC", ActKind::kClaimMade, "P01",
                            Facts{{Fact::kClaimBasis, W(Fact::kClaimBasis, "conviction")},
                                  {Fact::kClaimAssured, std::int64_t{1}}}),
                  kAuthority);
  world.Verify("P01", "not_national");
  world.MustAdmit(
      Again::By("PAK", ActKind::kConfirmationRevoked, "P01",
                Facts{{Fact::kRefusalGround, W(Fact::kRefusalGround, "false_document")}}),
      CoreWorld::ReplySeals());
  const Facts& refused = world.MatterOf(Id("P01")).facts;
  EXPECT_EQ(refused.NumberOr(Fact::kAnswer, 0), W(Fact::kAnswer, "refused"));
  EXPECT_EQ(refused.NumberOr(Fact::kRefusalGround, 0), W(Fact::kRefusalGround, "false_document"));
  EXPECT_FALSE(refused.Has(Fact::kConfirmationId));
  world.MustAdmit(world.SecondLook(), kAuthority);
  const Matter& open = world.MatterOf(Id("P01"));
  for (const Fact fact : {Fact::kVerification, Fact::kAnswer, Fact::kRefusalGround, Fact::kHeld,
                          Fact::kHoldGround, Fact::kDocumentKind, Fact::kDocumentValidUntil}) {
    EXPECT_FALSE(open.facts.Has(fact)) << procedure::InfoOf(fact).name;
  }
  EXPECT_NE(open.FindLimit("claim_evidence"), nullptr) << "the claim has its limit again";
}

TEST(Again, ARefusedCaseIsLookedAtAgainOnceOnNewEvidence) {
  // "Ours: one case", P12.
  Again world;
  world.Refuse();
  Act look = world.SecondLook();
  look.facts.Set(Fact::kNewEvidence, std::int64_t{0});
  world.MustRefuse(look, kAuthority, Ground::kNoNewEvidence, "Ours: one case");
  look = world.SecondLook();
  look.facts.Set(Fact::kHandle, Id("handle P02"));
  world.MustRefuse(look, kAuthority, Ground::kConditionNotMet, "Ours: one case");
  look = world.SecondLook();
  look.lines.clear();
  world.MustRefuse(look, kAuthority, Ground::kNoEvidence, "Art 5");
  look = world.SecondLook();
  look.lines[0].Erase(Fact::kGrade);
  world.MustRefuse(look, kAuthority, Ground::kMissingFact, "Art 6");
  const Digest again = world.MustAdmit(world.SecondLook(), kAuthority);
  EXPECT_EQ(world.StageOf(Id("P01")), "open");
  EXPECT_EQ(world.MatterOf(Id("P01")).facts.NumberOr(Fact::kClass, 0), W(Fact::kClass, "d"));
  EXPECT_FALSE(world.MatterOf(Id("P01")).facts.Has(Fact::kVerification));
  EXPECT_NE(world.MatterOf(Id("P01")).FindLimit("reply"), nullptr);
  world.Verify("P01", "not_found");
  Act reply = world.Reply("P01", "refused");
  EXPECT_EQ(reply.answers, again);
  world.MustAdmit(reply, CoreWorld::ReplySeals());
  world.MustRefuse(world.SecondLook(), kAuthority, Ground::kAlreadyExtended, "Ours: one case");
}

TEST(Again, ARefusedCaseIsNotOpenedBesideANewerOneAndNotDuringASuspension) {
  // P12, P6.
  Again world;
  world.Refuse();
  Act newer = world.Application("P01 again");
  newer.facts.Set(Fact::kHandle, Id("handle P01"));
  newer.facts.Set(Fact::kNewEvidence, std::int64_t{1});
  world.MustAdmit(newer, kAuthority);
  world.MustRefuse(world.SecondLook(), kAuthority, Ground::kOpenCaseExists, "Ours: one case");
  Again suspended;
  suspended.Refuse();
  suspended.MustAdmit(CoreWorld::Cooperation("PAK", ActKind::kSuspended,
                                             Facts{{Fact::kScope, W(Fact::kScope, "whole")},
                                                   {Fact::kReviewDate, Day("2016-10-01")},
                                                   {Fact::kClocks, W(Fact::kClocks, "run")}}),
                      kMinistry);
  suspended.MustRefuse(suspended.SecondLook(), kAuthority, Ground::kSuspended,
                       "Suspension of 2015");
}

TEST(Again, AReadmissionInErrorIsNotifiedInsideItsWindowAndTakenBack) {
  // Art 10, P9: the error procedure has an end.
  Again world;
  world.Admit();
  world.now = At("2017-01-18T18:59:59Z");
  Again late = world;
  late.now = At("2017-01-18T19:00:00Z");
  late.MustRefuse(Again::Error(), kMinistry, Ground::kTooLate, "Art 10");
  world.MustAdmit(Again::Error(), kMinistry);
  EXPECT_EQ(world.StageOf(Id("P01")), "error_notified");
  world.MustAdmit(Again::By("GRC", ActKind::kErrorAccepted, "P01"), kAuthority);
  EXPECT_EQ(world.Then("P01", "2017-02-17T18:59:59Z").stage, "error_accepted");
  EXPECT_EQ(world.Then("P01", "2017-02-17T19:00:00Z").stage, "take_back_overdue");
  world.MustAdmit(Again::By("GRC", ActKind::kTakenBack, "P01"), kAuthority);
  EXPECT_EQ(world.StageOf(Id("P01")), "taken_back");
}

TEST(Again, AnErrorIsContestedByAnActOrBySilenceAndTheCommitteeEndsIt) {
  // Art 10, P9: a way to be contested; the Committee's silence leaves the person where he is.
  Again world;
  world.Admit();
  world.MustAdmit(Again::Error(), kMinistry);
  EXPECT_EQ(world.Then("P01", "2016-11-03T18:59:59Z").stage, "error_notified");
  EXPECT_EQ(world.Then("P01", "2016-11-03T19:00:00Z").stage, "error_contested");
  EXPECT_EQ(world.Then("P01", "2017-03-01T00:00:00Z").stage, "error_not_established");
  world.MustAdmit(Again::By("GRC", ActKind::kErrorContested, "P01"), kAuthority);
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("error_answer"), nullptr);
  const Digest word = world.MustAdmit(Again::Word("PAK", "confirm"), kMinistry);
  world.MustAdmit(Again::Word("GRC", "confirm", word), kAuthority);
  EXPECT_EQ(world.StageOf(Id("P01")), "error_accepted");
  EXPECT_NE(world.MatterOf(Id("P01")).FindLimit("take_back"), nullptr);
}

TEST(Again, TheRequestedPartysAnswerEndsTheCommitteesQuestionAsWell) {
  // Art 16, P5, P9: either side may say the second word, and what follows has its limit.
  Again world;
  world.Refer();
  Digest word = world.MustAdmit(Again::Word("GRC", "confirm"), kAuthority);
  world.MustAdmit(Again::Word("PAK", "confirm", word), kMinistry);
  EXPECT_EQ(world.Then("P01", "2017-10-05T08:00:00Z").stage, "closed_unconfirmed");
  Again error;
  error.Admit();
  error.MustAdmit(Again::Error(), kMinistry);
  EXPECT_EQ(error.MatterOf(Id("P01")).facts.NumberOr(Fact::kErrorGround, 0),
            W(Fact::kErrorGround, "other_person"));
  error.MustAdmit(Again::By("GRC", ActKind::kErrorContested, "P01"), kAuthority);
  EXPECT_EQ(error.Then("P01", "2016-12-19T18:59:59Z").stage, "error_contested");
  EXPECT_EQ(error.Then("P01", "2016-12-19T19:00:00Z").stage, "error_not_established");
  word = error.MustAdmit(Again::Word("GRC", "confirm"), kAuthority);
  error.MustAdmit(Again::Word("PAK", "confirm", word), kMinistry);
  EXPECT_EQ(error.Then("P01", "2017-10-05T08:00:00Z").stage, "take_back_overdue");
}

TEST(Again, ErasureIsOnRecordOnceWithItsGroundAndOnlyOfAnEndedCase) {
  // Art 14: kept no longer than necessary.
  Again world;
  world.Apply("P01");
  const Act erasure =
      Again::By("GRC", ActKind::kErasure, "P01",
                Facts{{Fact::kErasureGround, W(Fact::kErasureGround, "no_longer_needed")}});
  world.MustRefuse(erasure, kAuthority, Ground::kOutOfTurn, "Art 14");
  world.MustAdmit(Again::By("GRC", ActKind::kWithdrawal, "P01"), kAuthority);
  Act bare = erasure;
  bare.facts = {};
  world.MustRefuse(bare, kAuthority, Ground::kMissingFact, "Art 14");
  world.MustAdmit(erasure, kAuthority);
  EXPECT_TRUE(world.MatterOf(Id("P01")).facts.Has(Fact::kErasureGround));
  world.MustRefuse(erasure, kAuthority, Ground::kOutOfTurn, "Art 14");
  world.MustRefuse(Again::By("PAK", ActKind::kErasure, "P01", erasure.facts), kMinistry,
                   Ground::kOutOfTurn, "Art 14");
}

TEST(Again, AnErasedCaseIsNotLookedAtAgain) {
  // Art 14: a second look needs the particulars.
  Again world;
  world.Refuse();
  world.MustAdmit(
      Again::By("PAK", ActKind::kErasure, "P01",
                Facts{{Fact::kErasureGround, W(Fact::kErasureGround, "no_longer_needed")}}),
      kMinistry);
  world.MustRefuse(world.SecondLook(), kAuthority, Ground::kOutOfTurn, "Art 14");
}

TEST(Again, AFlightDivertedArrivesWhereItWasDiverted) {
  // Art 9: the place is told, in the air as before.
  Again world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.ClearList("list", "flight", {"P01"});
  world.OpenBoarding("flight");
  world.MustAdmit(world.Boarding("list", {"P01"}), kLeader);
  world.MustAdmit(world.BoardingLodging("list", "flight", 1), kLeader);
  const Facts lahore{{Fact::kArrivalAirport, Code("LHE")}};
  world.MustRefuse(Again::By("GRC", ActKind::kDiverted, "flight", lahore), kLeader,
                   Ground::kOutOfTurn, "Art 9");
  world.MustAdmit(Again::By("GRC", ActKind::kDoorsClosed, "flight", CoreWorld::Boarded(1, 1)),
                  kLeader);
  world.MustAdmit(Again::By("GRC", ActKind::kDiverted, "flight", lahore), kLeader);
  world.MustRefuse(
      Again::By("PAK", ActKind::kArrived, "flight", Facts{{Fact::kArrivalAirport, Code("ISB")}}),
      {"PAK/border_agency/1"}, Ground::kConditionNotMet, "Art 9");
  world.MustAdmit(Again::By("PAK", ActKind::kArrived, "flight", lahore), {"PAK/border_agency/1"});
}

}  // namespace
}  // namespace chancery::testing
