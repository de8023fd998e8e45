// Nobody waits for ever, and silence never lets anybody board: what each limit of the 2016
// procedure does when it passes, and what a list, a document and a family must be.
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
const std::vector<std::string> kBorder = {"PAK/border_agency/1", "PAK/border_agency/2"};

struct Ends : CoreWorld {
  // A matter as it stands at a moment at which nobody has acted.
  Matter Then(std::string_view id, std::string_view moment) const {
    procedure::Matters matters;
    matters.Add(MatterOf(Id(id)));
    return procedure::StandingAt(replayer().procedures(), matters, At(moment)).matters.at(0);
  }
  static Act By(std::string_view author, ActKind kind, std::string_view matter, Facts facts = {}) {
    return From(author, author == "PAK" ? "GRC" : "PAK", kind, Id(matter), std::move(facts));
  }
  void Claim(std::string_view who) {
    MustAdmit(By("GRC", ActKind::kClaimMade, who,
                 Facts{{Fact::kClaimBasis, W(Fact::kClaimBasis, "conviction")},
                       {Fact::kClaimAssured, std::int64_t{1}}}),
              kAuthority);
  }
  void Substantiate(std::string_view who) {
    MustAdmit(By("GRC", ActKind::kClaimSubstantiated, who,
                 Facts{{Fact::kClaimEvidence, Named("evidence")}}),
              kAuthority);
  }
  void Hold(std::string_view who) {
    MustAdmit(By("PAK", ActKind::kHold, who,
                 Facts{{Fact::kHoldGround, W(Fact::kHoldGround, "identity_in_doubt")}}),
              kMinistry);
  }
  Act Amended(std::string_view departure, std::int64_t revision) {
    return By("GRC", ActKind::kFlightAmended, "flight",
              Facts{{Fact::kCarrier, Code("HAX")},
                    {Fact::kFlightNumber, Code("HAX351")},
                    {Fact::kDeparture, At(departure).ms},
                    {Fact::kFlightRevision, revision}});
  }
  // P01 aboard the flight of 2016-10-20, lodged and left.
  void Depart() {
    ProposeFlight("flight");
    Ready("P01");
    ClearList("list", "flight", {"P01"});
    OpenBoarding("flight");
    MustAdmit(Boarding("list", {"P01"}), kLeader);
    MustAdmit(BoardingLodging("list", "flight", 1), kLeader);
    MustAdmit(By("GRC", ActKind::kDoorsClosed, "flight", Boarded(1, 1)), kLeader);
  }
  // A confirmed person with a document, minor or not, of the family "family".
  void ReadyOfFamily(const std::string& who, bool minor) {
    Act application = Application(who);
    application.facts.Set(Fact::kMinor, std::int64_t{minor ? 1 : 0});
    application.facts.Set(Fact::kFamilyGroup, Id("family"));
    MustAdmit(application, kAuthority);
    Verify(who);
    MustAdmit(Reply(who), ReplySeals());
    MustAdmit(Document(who), {"PAK/mission/1"});
  }
};

TEST(Ends, AClaimWithoutEvidenceCountsAsDroppedAfterItsLimitAndTheCaseStaysWhereItIs) {
  // P3, "Ours: claims"; docs/procedure-language.md: without `to` a matter stays in its stage.
  Ends world;
  world.Ready("P01");
  world.Claim("P01");
  EXPECT_EQ(world.Then("P01", "2016-09-15T18:59:59Z").facts.NumberOr(Fact::kClaim, 0),
            W(Fact::kClaim, "made"));
  const Matter after = world.Then("P01", "2016-09-15T19:00:00Z");
  EXPECT_EQ(after.facts.NumberOr(Fact::kClaim, 0), W(Fact::kClaim, "dropped"));
  EXPECT_EQ(after.stage, "documented");
  world.now = At("2016-09-16T08:00:00Z");
  const Stepped stepped = world.Do(Ends::By("GRC", ActKind::kRenewalAsked, "P01"), kAuthority);
  ASSERT_EQ(stepped.ruling.lapses.size(), 1U);
  EXPECT_EQ(stepped.ruling.lapses[0].stage, "documented") << "the stage it was left in";
}

TEST(Ends, EvidenceThatNobodyAcknowledgesCountsAsReceivedAfterItsLimit) {
  // P3, JRC evidence: receipt has a limit; a claim cannot hold somebody for ever.
  Ends world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.Claim("P01");
  world.Substantiate("P01");
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("claim_evidence"), nullptr);
  world.MustRefuse(world.Manifest("list", "flight", {"P01"}), kAuthority, Ground::kClaimOpen,
                   "JRC evidence");
  world.now = At("2016-09-08T19:00:00Z");
  world.MustAdmit(world.Manifest("list", "flight", {"P01"}), kAuthority);
  EXPECT_EQ(world.MatterOf(Id("P01")).facts.NumberOr(Fact::kClaim, 0),
            W(Fact::kClaim, "acknowledged"));
}

TEST(Ends, AContestedClaimIsBackedAgainOrCountsAsDropped) {
  // "Ours: claims": contesting stops the receipt's limit and gives the sender the evidence's again.
  Ends world;
  world.Ready("P01");
  Act claim = Ends::By("GRC", ActKind::kClaimMade, "P01",
                       Facts{{Fact::kClaimBasis, W(Fact::kClaimBasis, "conviction")},
                             {Fact::kClaimEvidence, Named("evidence")},
                             {Fact::kClaimAssured, std::int64_t{1}}});
  world.MustAdmit(claim, kAuthority);
  EXPECT_NE(world.MatterOf(Id("P01")).FindLimit("claim_receipt"), nullptr);
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("claim_evidence"), nullptr);
  world.now = At("2016-09-03T08:00:00Z");
  world.MustAdmit(Ends::By("PAK", ActKind::kClaimContested, "P01"), kMinistry);
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("claim_receipt"), nullptr);
  EXPECT_EQ(world.Then("P01", "2016-09-17T18:59:59Z").facts.NumberOr(Fact::kClaim, 0),
            W(Fact::kClaim, "contested"));
  EXPECT_EQ(world.Then("P01", "2016-09-17T19:00:00Z").facts.NumberOr(Fact::kClaim, 0),
            W(Fact::kClaim, "dropped"));
}

TEST(Ends, AcknowledgingAndDroppingStopTheLimitsOfAClaim) {
  // "Ours: claims": what is settled is not settled once more by silence.
  Ends world;
  world.Ready("P01");
  world.Claim("P01");
  world.Substantiate("P01");
  world.MustAdmit(Ends::By("PAK", ActKind::kClaimAcknowledged, "P01"), kMinistry);
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("claim_receipt"), nullptr);
  world.MustAdmit(Ends::By("GRC", ActKind::kClaimDropped, "P01"), kAuthority);
  world.Claim("P01");
  EXPECT_NE(world.MatterOf(Id("P01")).FindLimit("claim_evidence"), nullptr);
  world.MustAdmit(Ends::By("GRC", ActKind::kClaimDropped, "P01"), kAuthority);
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("claim_evidence"), nullptr);
  world.Claim("P01");
  world.Substantiate("P01");
  world.MustAdmit(Ends::By("GRC", ActKind::kClaimDropped, "P01"), kAuthority);
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("claim_receipt"), nullptr);
}

TEST(Ends, WhatIsDueNamesBothPartiesWhenEachHasItsOwnLimit) {
  // P5: every day that is waited belongs to one party.
  Ends world;
  world.Apply("P01");
  world.Claim("P01");
  procedure::Matters matters;
  matters.Add(world.MatterOf(Id("P01")));
  const auto due = procedure::StandingAt(world.replayer().procedures(), matters, world.now).due;
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due[0].by, Party("PAK"));
  EXPECT_EQ(due[0].limit, "reply");
  EXPECT_EQ(due[1].by, Party("GRC"));
  EXPECT_EQ(due[1].limit, "claim_evidence");
  EXPECT_EQ(due[1].silence, "claim_without_evidence");
  EXPECT_NE(std::find(due[1].acts.begin(), due[1].acts.end(), "claim_substantiated"),
            due[1].acts.end());
}

TEST(Ends, SilenceOnAHoldGoesToTheCommitteeAndItsSilenceClosesTheCase) {
  // "Ours: hold", P6: a hold never becomes a boarding by itself.
  Ends world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.MustAdmit(world.Manifest("list", "flight", {"P01"}), kAuthority);
  world.Hold("P01");
  EXPECT_EQ(world.Then("P01", "2016-09-11T18:59:59Z").stage, "documented");
  const Matter referred = world.Then("P01", "2016-09-11T19:00:00Z");
  EXPECT_EQ(referred.stage, "hold_referred");
  EXPECT_FALSE(referred.facts.Has(Fact::kList)) << "on no list any more";
  world.now = At("2016-09-12T08:00:00Z");
  world.MustRefuse(world.Manifest("other list", "flight", {"P01"}), kAuthority,
                   Ground::kNotConfirmed, "Art 4(3)");
  EXPECT_EQ(world.Then("P01", "2016-11-11T18:59:59Z").stage, "hold_referred");
  EXPECT_EQ(world.Then("P01", "2016-11-11T19:00:00Z").stage, "closed_held");
  // Nobody was refused: a new application needs no new evidence.
  world.now = At("2016-11-12T08:00:00Z");
  Act again = world.Application("P01 again");
  again.facts.Set(Fact::kHandle, Id("handle P01"));
  world.Do(Ends::By("GRC", ActKind::kWithdrawal, "P01"), kAuthority);
  world.MustAdmit(again, kAuthority);
}

TEST(Ends, AHoldLiftedInTimeOrLaterLeavesThePersonWhereHeWas) {
  // "Ours: hold": the days of the hold are not taken from the transfer's limit.
  Ends world;
  world.Ready("P01");
  world.Hold("P01");
  world.MustAdmit(Ends::By("PAK", ActKind::kHoldLifted, "P01"), kMinistry);
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("hold"), nullptr);
  world.Hold("P01");
  world.Confirm("P02");
  world.Hold("P02");
  world.now = At("2016-10-01T08:00:00Z");
  world.MustAdmit(Ends::By("PAK", ActKind::kHoldLifted, "P01"), kMinistry);
  EXPECT_EQ(world.StageOf(Id("P01")), "documented");
  EXPECT_FALSE(world.MatterOf(Id("P01")).facts.Has(Fact::kHeld));
  EXPECT_FALSE(world.MatterOf(Id("P01")).facts.Has(Fact::kHoldGround));
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("committee"), nullptr);
  ASSERT_NE(world.MatterOf(Id("P01")).FindLimit("transfer"), nullptr);
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("transfer")->since, world.now);
  world.MustAdmit(Ends::By("PAK", ActKind::kHoldLifted, "P02"), kMinistry);
  EXPECT_EQ(world.StageOf(Id("P02")), "confirmed");
}

TEST(Ends, AConfirmationIsTakenBackOnlyDuringAHoldWithTheEyesItHad) {
  // "Ours: hold", Art 8: a refusal is reasoned; P8: two officers and the ministry.
  Ends world;
  world.Ready("P01");
  world.MustRefuse(world.Verification("P01", "not_national"), {"PAK/registry/1"},
                   Ground::kOutOfTurn, "Ours: hold");
  const Act revoked =
      Ends::By("PAK", ActKind::kConfirmationRevoked, "P01",
               Facts{{Fact::kRefusalGround, W(Fact::kRefusalGround, "identity_not_established")}});
  world.MustRefuse(revoked, CoreWorld::ReplySeals(), Ground::kConditionNotMet, "Ours: hold");
  world.Hold("P01");
  world.MustRefuse(revoked, kMinistry, Ground::kMissingSeal, "Ours: hold");
  Act without = revoked;
  without.facts = {};
  world.MustRefuse(without, CoreWorld::ReplySeals(), Ground::kMissingFact, "Ours: hold");
  // Not on the finding that confirmed: the office looks again, which it can only during a hold.
  world.MustRefuse(revoked, CoreWorld::ReplySeals(), Ground::kNotVerified, "Art 8");
  world.Verify("P01", "not_national");
  world.MustRefuse(Ends::By("PAK", ActKind::kHoldLifted, "P01"), kMinistry, Ground::kNotVerified,
                   "Art 4(3)");
  world.MustAdmit(revoked, CoreWorld::ReplySeals());
  EXPECT_EQ(world.StageOf(Id("P01")), "refused");
  EXPECT_FALSE(world.MatterOf(Id("P01")).facts.Has(Fact::kConfirmation));
}

TEST(Ends, AFlightThatHasNotLeftTwoDaysAfterItsDateIsCalledOffAndItsPeopleAreFree) {
  // P5, "Ours: departure".
  Ends world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.ClearList("list", "flight", {"P01"});
  EXPECT_EQ(world.Then("flight", "2016-10-22T18:59:59Z").stage, "proposed");
  EXPECT_EQ(world.Then("flight", "2016-10-22T19:00:00Z").stage, "called_off");
  EXPECT_EQ(world.Then("list", "2016-10-22T18:59:59Z").stage, "cleared");
  EXPECT_EQ(world.Then("list", "2016-10-22T19:00:00Z").stage, "not_departed");
  EXPECT_TRUE(world.Then("P01", "2016-10-22T18:59:59Z").facts.Has(Fact::kList));
  const Matter free = world.Then("P01", "2016-10-22T19:00:00Z");
  EXPECT_FALSE(free.facts.Has(Fact::kList));
  EXPECT_EQ(free.stage, "documented");
}

TEST(Ends, AFlightPutOffHasItsNewDateButNotForEver) {
  // "Ours: departure": within 180 days of the proposal.
  Ends world;
  world.ProposeFlight("flight");
  world.MustAdmit(world.Amended("2016-11-20T08:00:00Z", 2), kAuthority);
  EXPECT_EQ(world.Then("flight", "2016-11-22T18:59:59Z").stage, "proposed");
  EXPECT_EQ(world.Then("flight", "2016-11-22T19:00:00Z").stage, "called_off");
  world.MustRefuse(world.Amended("2017-02-28T19:00:00Z", 3), kAuthority, Ground::kTooLate,
                   "Ours: departure");
  world.MustAdmit(world.Amended("2017-02-28T18:59:59Z", 3), kAuthority);
  Act far = world.FlightProposal("far");
  far.facts.Set(Fact::kDeparture, At("2017-02-28T19:00:00Z").ms);
  world.MustRefuse(far, kAuthority, Ground::kTooEarly, "Ours: departure");
}

TEST(Ends, AHandoverThatNobodyRecordsIsOnRecordAsThat) {
  // P5, "Ours: handover": seven days after the departure, for the person, the list and the flight.
  Ends world;
  world.Depart();
  for (const char* id : {"list", "flight"})
    EXPECT_EQ(world.MatterOf(Id(id)).FindLimit("departure"), nullptr) << id;
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("listing"), nullptr);
  for (const auto& [id, before] :
       {std::pair("P01", "boarded"), {"list", "boarded"}, {"flight", "departed"}}) {
    EXPECT_EQ(world.Then(id, "2016-10-27T18:59:59Z").stage, before) << id;
    EXPECT_EQ(world.Then(id, "2016-10-27T19:00:00Z").stage, "handover_unrecorded") << id;
  }
}

TEST(Ends, AListOfWhichNobodyBoardedEndsToo) {
  // P5: its flight may have left without it.
  Ends world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.ClearList("list", "flight", {"P01"});
  world.OpenBoarding("flight");
  world.MustAdmit(Ends::By("GRC", ActKind::kBoardingRecorded, "list", CoreWorld::Boarded(0, 0)),
                  kLeader);
  EXPECT_EQ(world.MatterOf(Id("list")).FindLimit("departure"), nullptr);
  EXPECT_EQ(world.Then("list", "2016-10-27T18:59:59Z").stage, "boarded");
  EXPECT_EQ(world.Then("list", "2016-10-27T19:00:00Z").stage, "handover_unrecorded");
  EXPECT_FALSE(world.Then("P01", "2016-10-22T19:00:00Z").facts.Has(Fact::kList));
}

TEST(Ends, AHandoverThatIsNotAnsweredIsTheOtherSidesSilence) {
  // "Ours: handover": the border agency has declared; the person is admitted whatever the answer.
  Ends world;
  world.Depart();
  world.MustAdmit(
      Ends::By("PAK", ActKind::kArrived, "flight", Facts{{Fact::kArrivalAirport, Code("ISB")}}),
      {"PAK/border_agency/1"});
  world.MustAdmit(CoreWorld::From("PAK", "GRC", ActKind::kHandover, Id("list"),
                                  Facts{{Fact::kBoardedReturnees, std::int64_t{1}}},
                                  {Facts{{Fact::kCase, Id("P01")},
                                         {Fact::kOutcome, W(Fact::kOutcome, "admitted")}}}),
                  kBorder);
  world.MustAdmit(Ends::By("PAK", ActKind::kFlightHandover, "flight", CoreWorld::Boarded(1, 1)),
                  kBorder);
  EXPECT_EQ(world.Then("list", "2016-10-27T19:00:00Z").stage, "handover_unanswered");
  EXPECT_EQ(world.Then("flight", "2016-10-27T19:00:00Z").stage, "handover_unanswered");
  EXPECT_EQ(world.Then("P01", "2017-10-27T19:00:00Z").stage, "admitted");
}

TEST(Ends, NobodyIsAddedAfterTheFirstClearanceNotEvenInTwoRevisions) {
  // P9, SOP charter: the mark of the first clearance stays with the list.
  Ends world;
  world.ProposeFlight("flight");
  for (const char* who : {"P01", "P02", "P03"}) world.Ready(who);
  world.ClearList("list", "flight", {"P01", "P02"});
  world.MustAdmit(world.Manifest("list", "flight", {"P01", "P02"}, 2), kAuthority);
  EXPECT_EQ(world.StageOf(Id("list")), "listed");
  world.MustRefuse(world.Manifest("list", "flight", {"P01", "P02", "P03"}, 3), kAuthority,
                   Ground::kAddedAfterClearance, "SOP charter");
  // Who was taken off the list stays off it.
  world.MustAdmit(CoreWorld::From("GRC", "PAK", ActKind::kTakenOff, Id("list"), {},
                                  {Facts{{Fact::kCase, Id("P02")}}}),
                  kAuthority);
  world.MustRefuse(world.Manifest("list", "flight", {"P01", "P02"}, 3), kAuthority,
                   Ground::kAddedAfterClearance, "SOP charter");
}

TEST(Ends, NobodyBoardsOnADecisionThatWasNotLookedAtAgain) {
  // P7: the line of the boarding says it, not only the list of days before.
  Ends world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.ClearList("list", "flight", {"P01"});
  world.OpenBoarding("flight");
  Act boarding = world.Boarding("list", {"P01"});
  boarding.lines[0].Erase(Fact::kDecisionRenewed);
  world.MustRefuse(boarding, kLeader, Ground::kDecisionNotFinal, "Ours: final decision");
  boarding.lines[0].Set(Fact::kDecisionRenewed, std::int64_t{0});
  world.MustRefuse(boarding, kLeader, Ground::kDecisionNotFinal, "Ours: final decision");
  boarding.lines[0].Set(Fact::kBoarded, std::int64_t{0});
  boarding.facts.Set(Fact::kBoardedReturnees, std::int64_t{0});
  world.MustAdmit(boarding, kLeader);  // who stays needs none
}

TEST(Ends, AMinorOfAFamilyBoardsAndStaysAboardOnlyWithAnAdultOfIt) {
  // P11, "Ours: families"; docs/procedure-language.md, families_together.
  Ends world;
  world.ProposeFlight("flight");
  world.ReadyOfFamily("adult", false);
  world.ReadyOfFamily("child", true);
  world.Ready("P01");
  Act manifest = world.Manifest("list", "flight", {"adult", "child", "P01"});
  manifest.lines[1].Set(Fact::kReception, std::int64_t{1});
  manifest.lines[1].Set(Fact::kBestInterests, std::int64_t{1});
  world.MustAdmit(manifest, kAuthority);
  world.MustAdmit(world.Lodging("list", "flight", 3), kAuthority);
  world.MustAdmit(world.Clearance("list", {"adult", "child", "P01"}), CoreWorld::ClearanceSeals());
  world.OpenBoarding("flight");
  Act apart = world.Boarding("list", {"adult", "child", "P01"});
  apart.lines[0].Set(Fact::kBoarded, std::int64_t{0});
  apart.facts.Set(Fact::kBoardedReturnees, std::int64_t{2});
  world.MustRefuse(apart, kLeader, Ground::kFamilyApart, "Ours: families");
  world.MustAdmit(world.Boarding("list", {"adult", "child", "P01"}), kLeader);
  const auto off = [](const std::vector<std::string>& persons) {
    std::vector<Facts> lines;
    for (const std::string& who : persons) lines.push_back(Facts{{Fact::kCase, Id(who)}});
    return CoreWorld::From("GRC", "PAK", ActKind::kTakenOff, Id("list"), {}, lines);
  };
  world.MustRefuse(off({"adult"}), kAuthority, Ground::kFamilyApart, "Ours: families");
  world.MustAdmit(off({"P01"}), kAuthority);
  world.MustAdmit(off({"adult", "child"}), kAuthority);
  EXPECT_EQ(world.MatterOf(Id("adult")).FindLimit("handover"), nullptr);
}

TEST(Ends, TheDocumentIsValidOnTheDayOfArrival) {
  // P10: the day after the departure counts, where the flight arrives.
  Ends world;
  world.Confirm("P01");
  world.MustAdmit(world.Document("P01", "2017-03-04"), {"PAK/mission/1"});
  world.now = At("2016-09-10T08:00:00Z");
  Act late = world.FlightProposal("flight");
  late.facts.Set(Fact::kDeparture, At("2017-03-04T06:00:00Z").ms);
  world.MustAdmit(late, kAuthority);
  world.MustRefuse(world.Manifest("list", "flight", {"P01"}), kAuthority, Ground::kDocumentInvalid,
                   "Art 2(2)");
  Act renewed = world.Document("P01", "2017-03-13");
  renewed.kind = ActKind::kDocumentRenewed;
  world.MustAdmit(renewed, {"PAK/mission/1"});
  world.MustAdmit(world.Manifest("list", "flight", {"P01"}), kAuthority);
}

TEST(Ends, ADocumentIsRenewedForTheSameConfirmationAndTheDelayIsOnRecord) {
  // Art 2(2): fourteen days, unverified; the case stays where it is.
  Ends world;
  world.Ready("P01");
  world.MustAdmit(Ends::By("GRC", ActKind::kRenewalAsked, "P01"), kAuthority);
  EXPECT_FALSE(world.Then("P01", "2016-09-15T18:59:59Z").facts.Has(Fact::kLate));
  EXPECT_TRUE(world.Then("P01", "2016-09-15T19:00:00Z").facts.Has(Fact::kLate));
  Act renewed = world.Document("P01", "2017-10-01");
  renewed.kind = ActKind::kDocumentRenewed;
  renewed.facts.Set(Fact::kConfirmationId, Id("confirmed P02"));
  world.MustRefuse(renewed, {"PAK/mission/1"}, Ground::kConfirmationDiffers, "Art 2(2)");
  renewed.facts.Set(Fact::kConfirmationId, Id("confirmed P01"));
  renewed.facts.Set(Fact::kDocumentValidUntil, Day("2016-12-01"));
  world.MustRefuse(renewed, {"PAK/mission/1"}, Ground::kDocumentInvalid, "Art 2(2)");
  renewed.facts.Set(Fact::kDocumentValidUntil, Day("2017-08-01"));  // shorter than the one there is
  world.MustRefuse(renewed, {"PAK/mission/1"}, Ground::kDocumentInvalid, "Art 2(2)");
  renewed.facts.Set(Fact::kDocumentValidUntil, Day("2017-10-01"));
  world.MustAdmit(renewed, {"PAK/mission/1"});
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("renewal"), nullptr);
  renewed.facts.Set(Fact::kDocumentKind, W(Fact::kDocumentKind, "passport"));
  world.MustAdmit(renewed, {"PAK/mission/1"});
  EXPECT_EQ(world.MatterOf(Id("P01")).facts.NumberOr(Fact::kDocumentKind, 0),
            W(Fact::kDocumentKind, "passport"));
  // Longer than the one there is, and still not six months.
  world.Confirm("P02");
  world.MustAdmit(world.Document("P02", "2017-03-04"), {"PAK/mission/1"});
  world.now = At("2016-11-20T08:00:00Z");
  renewed = world.Document("P02", "2017-04-01");
  renewed.kind = ActKind::kDocumentRenewed;
  world.MustRefuse(renewed, {"PAK/mission/1"}, Ground::kDocumentInvalid, "Art 2(2)");
}

}  // namespace
}  // namespace chancery::testing
