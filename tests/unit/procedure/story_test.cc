// The 2016 procedure as the core steps it: one person all the way, and each way off it.
#include <gtest/gtest.h>

#include "tests/support/core_world.h"

namespace chancery::testing {
namespace {

using procedure::Ground;

TEST(Story, AConfirmedPersonWithADocumentIsClearedFliesAndIsAdmitted) {
  // Design section 8: application, verification, reply, document, list, clearance, boarding,
  // handover.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.ClearList("list", "flight", {"P01"});
  world.OpenBoarding("flight");
  world.MustAdmit(world.Boarding("list", {"P01"}), {"GRC/escort_leader/1"});
  EXPECT_EQ(world.StageOf(Id("P01")), "boarded");
  world.MustAdmit(world.BoardingLodging("list", "flight", 1), {"GRC/escort_leader/1"});
  world.MustAdmit(
      CoreWorld::From("GRC", "PAK", ActKind::kDoorsClosed, Id("flight"), CoreWorld::Boarded(1, 1)),
      {"GRC/escort_leader/1"});
  world.MustAdmit(CoreWorld::From("PAK", "GRC", ActKind::kArrived, Id("flight"),
                                  Facts{{Fact::kArrivalAirport, Code("ISB")}}),
                  {"PAK/border_agency/1"});
  const Digest handover = world.MustAdmit(
      CoreWorld::From(
          "PAK", "GRC", ActKind::kHandover, Id("list"),
          Facts{{Fact::kBoardedReturnees, std::int64_t{1}}},
          {Facts{{Fact::kCase, Id("P01")}, {Fact::kOutcome, W(Fact::kOutcome, "admitted")}}}),
      {"PAK/border_agency/1", "PAK/border_agency/2"});
  EXPECT_EQ(world.StageOf(Id("P01")), "admitted");
  Act answer = CoreWorld::From("GRC", "PAK", ActKind::kHandover, Id("list"),
                               Facts{{Fact::kBoardedReturnees, std::int64_t{1}}});
  answer.answers = handover;
  world.MustAdmit(answer, {"GRC/escort_leader/1"});
  EXPECT_EQ(world.StageOf(Id("list")), "completed");
  const Digest counted = world.MustAdmit(CoreWorld::From("PAK", "GRC", ActKind::kFlightHandover,
                                                         Id("flight"), CoreWorld::Boarded(1, 1)),
                                         {"PAK/border_agency/1", "PAK/border_agency/2"});
  Act agreed = CoreWorld::From("GRC", "PAK", ActKind::kFlightHandover, Id("flight"),
                               CoreWorld::Boarded(1, 1));
  agreed.answers = counted;
  world.MustAdmit(agreed, {"GRC/escort_leader/1"});
  EXPECT_EQ(world.StageOf(Id("flight")), "completed");
}

TEST(Story, TheClassIsComputedFromTheEvidenceTotallyAndExclusively) {
  // Design section 8: A passport and CNIC, B CNIC only, C neither, D a passport whose CNIC the
  // sender does not know.
  CoreWorld world;
  world.Apply("A", "GRC", {"passport", "identity_card"});
  world.Apply("B", "GRC", {"identity_card"});
  world.Apply("C", "GRC", {"statement_of_person"});
  world.Apply("D", "GRC", {"passport"});
  for (const char* name : {"A", "B", "C", "D"}) {
    const std::string word(1, static_cast<char>(name[0] - 'A' + 'a'));
    EXPECT_EQ(world.MatterOf(Id(name)).facts.NumberOr(Fact::kClass, 0), W(Fact::kClass, word))
        << name;
  }
}

TEST(Story, EachClassIsVerifiedByItsOwnOfficeAlone) {
  // P8: one role and one office for each act at each stage.
  CoreWorld world;
  world.Apply("D", "GRC", {"passport"});
  world.MustRefuse(world.Verification("D"), {"PAK/registry/1"}, Ground::kMissingSeal,
                   "Ours: class D");
  world.Apply("A", "GRC", {"passport", "identity_card"});
  world.MustRefuse(world.Verification("A"), {"PAK/mission/1"}, Ground::kMissingSeal, "SOP class A");
  world.Verify("A");
  world.Verify("D");
  // The mission's two desks confirm what they verified, and nobody else does.
  world.MustRefuse(world.Reply("A"), CoreWorld::ReplySeals(), Ground::kMissingSeal, "Art 2(1)");
  world.MustAdmit(world.Reply("A"), {"PAK/mission/1", "PAK/mission/2", "PAK/ministry/1"});
  world.MustRefuse(world.Reply("D"), {"PAK/mission/1", "PAK/mission/2", "PAK/ministry/1"},
                   Ground::kMissingSeal, "Art 2(1)");
}

TEST(Story, NobodyUnconfirmedIsListed) {
  // Art 4(3), P1: no confirmation, no place on a list.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Apply("P01");
  world.MustRefuse(world.Manifest("list", "flight", {"P01"}), {"GRC/return_authority/1"},
                   Ground::kNotConfirmed, "Art 4(3)");
}

TEST(Story, NobodyIsListedWithoutADocumentValidOnTheDayOfArrival) {
  // P10, Art 2(2).
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Confirm("P01");
  world.MustRefuse(world.Manifest("list", "flight", {"P01"}), {"GRC/return_authority/1"},
                   Ground::kDocumentInvalid, "Art 2(2)");
  world.MustRefuse(world.Document("P01", "2016-12-01"), {"PAK/mission/1"}, Ground::kDocumentInvalid,
                   "Art 2(2)");
}

TEST(Story, ADocumentIsIssuedOnlyForTheConfirmationItNames) {
  // P10: no travel document before confirmation, none for another confirmation.
  CoreWorld world;
  world.Apply("P01");
  world.MustRefuse(world.Document("P01"), {"PAK/mission/1"}, Ground::kOutOfTurn, "Art 2(2)");
  world.Confirm("P02");
  Act other = world.Document("P02");
  other.facts.Set(Fact::kConfirmationId, Id("confirmed P01"));
  world.MustRefuse(other, {"PAK/mission/1"}, Ground::kConfirmationDiffers, "Art 2(2)");
}

TEST(Story, AConfirmationNeedsTheOfficesOwnFinding) {
  // Art 4(3): prima facie evidence alone never suffices.
  CoreWorld world;
  world.Apply("P01");
  world.MustRefuse(world.Reply("P01"), CoreWorld::ReplySeals(), Ground::kNotVerified, "Art 4(3)");
  world.Verify("P01", "not_found");
  world.MustRefuse(world.Reply("P01"), CoreWorld::ReplySeals(), Ground::kNotVerified, "Art 4(3)");
  world.MustRefuse(world.Reply("P01", "other_nationality"), CoreWorld::ReplySeals(),
                   Ground::kNotVerified, "Art 2(1)");
  world.MustAdmit(world.Reply("P01", "refused"), CoreWorld::ReplySeals());
  EXPECT_EQ(world.StageOf(Id("P01")), "refused");
}

TEST(Story, AReplyAnswersTheApplicationItNames) {
  // P8 and Art 8: the act answered is part of what is signed.
  CoreWorld world;
  world.Apply("P01");
  world.Verify("P01");
  Act reply = world.Reply("P01");
  reply.answers = Named("something else");
  world.MustRefuse(reply, CoreWorld::ReplySeals(), Ground::kAnswersOtherAct, "Art 8");
  reply.answers.reset();
  world.MustRefuse(reply, CoreWorld::ReplySeals(), Ground::kAnswersOtherAct, "Art 8");
}

TEST(Story, AReplyNeedsTwoOfficersAndTheMinistry) {
  // Design section 5: four eyes are two officers' own keys, then the ministry's seal.
  CoreWorld world;
  world.Apply("P01");
  world.Verify("P01");
  const auto away = world.AtTheDoor(world.Reply("P01"), {"PAK/registry/1", "PAK/ministry/1"});
  ASSERT_TRUE(away.has_value());
  EXPECT_EQ(away->ground, procedure::DoorGround::kSealMissing);
  const auto same =
      world.AtTheDoor(world.Reply("P01"), {"PAK/registry/1", "PAK/registry/1", "PAK/ministry/1"});
  ASSERT_TRUE(same.has_value()) << "one officer twice is one officer";
  EXPECT_FALSE(world.AtTheDoor(world.Reply("P01"), CoreWorld::ReplySeals()).has_value());
}

TEST(Story, ARenewedCertificateIsNoSecondPairOfEyes) {
  // Design section 5, "Ours: officers": four eyes are two persons; a person keeps the number when
  // the certificate is renewed.
  CoreWorld world;
  world.Apply("P01");
  world.Verify("P01");
  const std::int64_t first = CoreWorld::Officer("registry", 1);
  world.MustAdmit(world.Appointment("PAK", "registry", first, "PAK/registry/1 renewed"),
                  {"PAK/ministry/1"});
  const std::vector<std::string> one_person = {"PAK/registry/1", "PAK/registry/1 renewed",
                                               "PAK/ministry/1"};
  const auto away = world.AtTheDoor(world.Reply("P01"), one_person);
  ASSERT_TRUE(away.has_value());
  EXPECT_EQ(away->ground, procedure::DoorGround::kSealMissing);
  EXPECT_NE(away->message.find("each of another officer"), std::string::npos) << away->message;
  world.MustRefuse(world.Reply("P01"), one_person, Ground::kMissingSeal, "Art 2(1)");
  world.MustAdmit(world.Reply("P01"),
                  {"PAK/registry/1 renewed", "PAK/registry/2", "PAK/ministry/1"});
}

TEST(Story, AnOfficersNumberBelongsToOnePartyAndIsAtLeastOne) {
  // "Ours: officers": officer 31 of the ministry and officer 31 of a state are two persons; 0 is
  // nobody's number.
  CoreWorld world;
  Act nobody = world.Appointment("PAK", "registry", 7, "PAK/registry/3");
  nobody.facts.Set(Fact::kOfficer, std::int64_t{0});
  world.MustRefuse(nobody, {"PAK/ministry/1"}, Ground::kConditionNotMet, "Ours: officers");
  nobody = world.Appointment("GRC", "monitor", 7, "GRC/monitor/3");
  nobody.facts.Set(Fact::kOfficer, std::int64_t{0});
  world.MustRefuse(nobody, {"EUE/union_signatory/1"}, Ground::kConditionNotMet, "Ours: officers");
  for (const procedure::Appointment& appointment :
       procedure::AppointmentsOf(world.MatterOf(CoreWorld::kCooperation))) {
    EXPECT_GE(appointment.officer, 1) << "founded and appointed with a number";
  }
}

TEST(Story, NobodyFoundsTheLedgerAsOfficerZero) {
  // "Ours: officers": 0 is nobody's number, from the first act on.
  procedure::ProcedureSet set(CoreWorld::kFounding);
  set.Add(LoadFolder(kAgreements + "founding", CoreWorld::kFounding));
  for (const std::int64_t officer : {0, 1}) {
    procedure::Replayer replayer(set);
    RecordedAct founding;
    founding.recorded_at = At("2016-09-01T06:00:00Z");
    founding.act = CoreWorld::Cooperation("EUE", ActKind::kFounded);
    for (const auto& [party, office] :
         {std::pair("EUE", "union_signatory"), std::pair("PAK", "ministry")}) {
      founding.signers.push_back(Named(party));
      founding.act.lines.push_back(Facts{{Fact::kParty, procedure::PackParty(Party(party))},
                                         {Fact::kOffice, W(Fact::kOffice, office)},
                                         {Fact::kOfficer, officer},
                                         {Fact::kCertificate, Named(party)}});
    }
    EXPECT_EQ(replayer.Add(founding).ruling.admitted(), officer == 1) << officer;
  }
}

TEST(Story, NobodyIsAddedAfterClearance) {
  // P9, SOP charter.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.Ready("P02");
  world.ClearList("list", "flight", {"P01"});
  world.MustRefuse(world.Manifest("list", "flight", {"P01", "P02"}, 2), {"GRC/return_authority/1"},
                   Ground::kAddedAfterClearance, "SOP charter");
  EXPECT_EQ(world.StageOf(Id("list")), "cleared") << "what is inadmissible changes nothing";
}

TEST(Story, AWithdrawnPersonDoesNotBoardAndTheOthersKeepTheirClearance) {
  // P6; design section 8: taking one off keeps the others' clearance.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.Ready("P02");
  world.ClearList("list", "flight", {"P01", "P02"});
  world.MustAdmit(CoreWorld::From("GRC", "PAK", ActKind::kWithdrawal, Id("P02")),
                  {"GRC/return_authority/1"});
  world.OpenBoarding("flight");
  world.MustRefuse(world.Boarding("list", {"P01", "P02"}), {"GRC/escort_leader/1"},
                   Ground::kNotConfirmed, "Art 4(3)");
  world.MustAdmit(CoreWorld::From("GRC", "PAK", ActKind::kTakenOff, Id("list"), {},
                                  {Facts{{Fact::kCase, Id("P02")}}}),
                  {"GRC/return_authority/1"});
  world.MustAdmit(world.Boarding("list", {"P01"}), {"GRC/escort_leader/1"});
  EXPECT_EQ(world.StageOf(Id("P01")), "boarded");
  EXPECT_EQ(world.StageOf(Id("P02")), "withdrawn");
}

TEST(Story, SilenceIsDeemedAgreedOnTheFirstMomentAfterTheThirtiethDayAndBoardsNobody) {
  // Art 8 and "Ours: silence": the day of receipt is not counted, the last day ends with the civil
  // day in Pakistan.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.now = At("2016-09-01T06:30:00Z");
  world.Apply("P01");
  const auto& running = world.MatterOf(Id("P01")).limits;
  ASSERT_EQ(running.size(), 1u);
  EXPECT_EQ(ToText(running[0].until), "2016-10-01T19:00:00Z");  // 2 October, 00:00 in Pakistan
  world.now = At("2016-10-01T18:59:59.999Z");
  world.Verify("P01");
  EXPECT_EQ(world.StageOf(Id("P01")), "open");
  world.now = At("2016-10-01T19:00:00Z");
  world.MustRefuse(world.Manifest("list", "flight", {"P01"}), {"GRC/return_authority/1"},
                   Ground::kNotConfirmed, "Art 4(3)");
  EXPECT_EQ(world.StageOf(Id("P01")), "deemed_agreed");
}

TEST(Story, ALateReplyStaysAdmissibleAndIsMarkedLate) {
  // "Ours: silence".
  CoreWorld world;
  world.Apply("P01");
  world.now = At("2016-10-05T09:00:00Z");
  world.Verify("P01");
  world.MustAdmit(world.Reply("P01"), CoreWorld::ReplySeals());
  EXPECT_EQ(world.StageOf(Id("P01")), "confirmed");
  EXPECT_EQ(world.MatterOf(Id("P01")).facts.NumberOr(Fact::kLate, 0), 1);
}

TEST(Story, LimitsThatPassedWhileNobodyActedAreAppliedInTheirOrder) {
  // Design section 7: before judging an act, every limit that lapsed is applied in order of
  // instant.
  CoreWorld world;
  world.Apply("P01");
  world.now = At("2017-01-15T09:00:00Z");
  const Stepped stepped = world.Do(CoreWorld::From("GRC", "PAK", ActKind::kWithdrawal, Id("P01")),
                                   {"GRC/return_authority/1"});
  ASSERT_EQ(stepped.ruling.lapses.size(), 2u);
  EXPECT_EQ(stepped.ruling.lapses[0].lapse, "silence");
  EXPECT_EQ(stepped.ruling.lapses[1].lapse, "not_referred");
  EXPECT_FALSE(stepped.ruling.admitted());
  EXPECT_EQ(world.StageOf(Id("P01")), "closed_unconfirmed")
      << "lapses stand although the act was inadmissible";
}

TEST(Story, AnExtensionIsGivenOnceAndCountsFromTheSameDay) {
  // Art 8: sixty days in all, for a reason.
  CoreWorld world;
  world.Apply("P01");
  world.now = At("2016-09-20T06:00:00Z");
  const Act extension = CoreWorld::From(
      "PAK", "GRC", ActKind::kExtension, Id("P01"),
      Facts{{Fact::kExtensionReason, W(Fact::kExtensionReason, "factual_obstacle")}});
  world.MustAdmit(extension, {"PAK/ministry/1"});
  const procedure::RunningLimit* limit = world.MatterOf(Id("P01")).FindLimit("reply_extended");
  ASSERT_NE(limit, nullptr);
  EXPECT_EQ(ToText(limit->until), "2016-10-31T19:00:00Z");
  EXPECT_EQ(world.MatterOf(Id("P01")).FindLimit("reply"), nullptr);
  world.MustRefuse(extension, {"PAK/ministry/1"}, Ground::kAlreadyExtended, "Art 8");
}

TEST(Story, AClaimThatIsNotSettledKeepsAPersonOffTheList) {
  // P3, "JRC evidence".
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  const auto claim = [&](ActKind kind, std::string_view by, Facts facts = {}) {
    return CoreWorld::From(by, by == "PAK" ? "GRC" : "PAK", kind, Id("P01"), std::move(facts));
  };
  world.MustAdmit(claim(ActKind::kClaimMade, "GRC",
                        Facts{{Fact::kClaimBasis, W(Fact::kClaimBasis, "security_assessment")},
                              {Fact::kClaimAssured, std::int64_t{1}}}),
                  {"GRC/return_authority/1"});
  world.MustRefuse(world.Manifest("list", "flight", {"P01"}), {"GRC/return_authority/1"},
                   Ground::kClaimOpen, "JRC evidence");
  world.MustRefuse(claim(ActKind::kClaimAcknowledged, "PAK"), {"PAK/ministry/1"},
                   Ground::kOutOfTurn, "JRC evidence");
  world.MustAdmit(claim(ActKind::kClaimContested, "PAK"), {"PAK/ministry/1"});
  world.MustRefuse(world.Manifest("list", "flight", {"P01"}), {"GRC/return_authority/1"},
                   Ground::kClaimOpen, "JRC evidence");
  world.MustAdmit(claim(ActKind::kClaimDropped, "GRC"), {"GRC/return_authority/1"});
  world.MustAdmit(world.Manifest("list", "flight", {"P01"}), {"GRC/return_authority/1"});
}

TEST(Story, ASuspensionThatCoversAPersonStopsTheWayAndItsAuthorResumes) {
  // P6, "Suspension of 2015": all except one state.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  const Digest suspension = world.MustAdmit(
      CoreWorld::Cooperation("PAK", ActKind::kSuspended,
                             Facts{{Fact::kScope, W(Fact::kScope, "all_except_state")},
                                   {Fact::kParty, procedure::PackParty(Party("BGR"))},
                                   {Fact::kReviewDate, Day("2016-10-01")},
                                   {Fact::kClocks, W(Fact::kClocks, "run")}}),
      {"PAK/ministry/1"});
  world.MustRefuse(world.Manifest("list", "flight", {"P01"}), {"GRC/return_authority/1"},
                   Ground::kSuspended, "Suspension of 2015");
  world.Apply("P02", "BGR");
  Act resumed = CoreWorld::Cooperation("EUE", ActKind::kResumed);
  resumed.answers = suspension;
  world.MustRefuse(resumed, {"EUE/union_signatory/1"}, Ground::kWrongRole, "Suspension of 2015");
  resumed = CoreWorld::Cooperation("PAK", ActKind::kResumed);
  resumed.answers = suspension;
  world.MustAdmit(resumed, {"PAK/ministry/1"});
  world.MustAdmit(world.Manifest("list", "flight", {"P01"}), {"GRC/return_authority/1"});
}

TEST(Story, ACarrierThatIsNotAcceptedDoesNotLand) {
  // P4, "SOP carriers": the flight is amended to another carrier and permitted then.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.ClearList("list", "flight", {"P01"});
  const Facts carrier{{Fact::kCarrier, Code("HAX")}};
  world.MustAdmit(CoreWorld::Cooperation("PAK", ActKind::kCarrierRefused, carrier),
                  {"PAK/aviation_authority/1"});
  world.MustRefuse(world.Landing("flight"), {"PAK/aviation_authority/1"},
                   Ground::kCarrierNotAccepted, "SOP carriers");
  world.MustAdmit(CoreWorld::Cooperation("PAK", ActKind::kCarrierAccepted,
                                         Facts{{Fact::kCarrier, Code("PKX")}}),
                  {"PAK/aviation_authority/1"});
  world.MustAdmit(CoreWorld::From("GRC", "PAK", ActKind::kFlightAmended, Id("flight"),
                                  Facts{{Fact::kCarrier, Code("PKX")},
                                        {Fact::kFlightNumber, Code("PKX351")},
                                        {Fact::kDeparture, At("2016-10-20T08:00:00Z").ms},
                                        {Fact::kFlightRevision, std::int64_t{2}}}),
                  {"GRC/return_authority/1"});
  world.MustAdmit(world.Landing("flight"), {"PAK/aviation_authority/1"});
  world.now = At("2016-10-20T05:00:00Z");
  Act opened = CoreWorld::From("GRC", "PAK", ActKind::kBoardingOpened, Id("flight"),
                               Facts{{Fact::kFlightRevision, std::int64_t{2}}});
  world.MustAdmit(opened, {"GRC/return_authority/1"});
  // The list was cleared for revision 1 of the flight.
  world.MustRefuse(world.Boarding("list", {"P01"}), {"GRC/escort_leader/1"}, Ground::kNotCleared,
                   "SOP charter");
}

TEST(Story, ACharterIsAnnouncedFifteenDaysBefore) {
  // SOP notice: the fifteenth day before departure is the last one.
  CoreWorld world;
  world.now = At("2016-10-05T18:59:59Z");  // still 5 October in Pakistan
  EXPECT_TRUE(
      world.Do(world.FlightProposal("in time"), {"GRC/return_authority/1"}).ruling.admitted());
  world.now = At("2016-10-05T19:00:00Z");
  world.MustRefuse(world.FlightProposal("too late"), {"GRC/return_authority/1"},
                   Ground::kNoticeTooShort, "SOP notice");
}

TEST(Story, OnePersonHasOneOpenCaseOfOneSenderAndNeedsNewEvidenceAfterRefusal) {
  // P12.
  CoreWorld world;
  world.Apply("P01");
  Act again = world.Application("P01 again");
  again.facts.Set(Fact::kHandle, Id("handle P01"));
  world.MustRefuse(again, {"GRC/return_authority/1"}, Ground::kOpenCaseExists, "Ours: one case");
  world.Verify("P01", "not_national");
  world.MustAdmit(world.Reply("P01", "refused"), CoreWorld::ReplySeals());
  world.MustRefuse(again, {"GRC/return_authority/1"}, Ground::kNoNewEvidence, "Ours: one case");
  again.facts.Set(Fact::kNewEvidence, std::int64_t{1});
  world.MustAdmit(again, {"GRC/return_authority/1"});
}

TEST(Story, AStateActsOnlyInMattersItMayRead) {
  // Design section 6: another state's case is unknown, not forbidden: nothing is learnt by trying.
  CoreWorld world;
  world.Apply("P01");
  const Stepped stepped = world.Do(CoreWorld::From("AUT", "PAK", ActKind::kWithdrawal, Id("P01")),
                                   {"AUT/return_authority/1"});
  EXPECT_EQ(CoreWorld::Why(stepped.ruling).substr(0, 14), "unknown_matter");
  EXPECT_EQ(stepped.readers.parties, (std::vector<PartyCode>{Party("AUT"), Party("PAK")}));
  world.Ready("P02");
  world.ProposeFlight("flight", {"GRC", "AUT"});
  Act stolen = world.Manifest("list", "flight", {"P02"}, 1, "AUT");
  world.MustRefuse(stolen, {"AUT/return_authority/1"}, Ground::kUnknownLine, "Art 9");
}

TEST(Story, DenmarkIsNoParty) {
  // Art 1(a): not a Member State for this agreement; it has no appointed office, and cannot be
  // given one.
  CoreWorld world;
  const auto away = world.AtTheDoor(world.Application("P01", "DNK"), {"DNK/return_authority/1"});
  ASSERT_TRUE(away.has_value());
  EXPECT_EQ(away->ground, procedure::DoorGround::kAuthorNotAppointed);
  world.MustRefuse(CoreWorld::Cooperation("EUE", ActKind::kAuthorityAppointed,
                                          Facts{{Fact::kParty, procedure::PackParty(Party("DNK"))},
                                                {Fact::kLogKey, Named("log")},
                                                {Fact::kWitnessKey, Named("witness")},
                                                {Fact::kFrom, world.now.ms}}),
                   {"EUE/union_signatory/1"}, Ground::kMayNotTakePart, "Art 1(a)");
}

TEST(Story, ARevokedCertificateNoLongerSeals) {
  // Design section 6: the trust list is the replay of appointments and revocations.
  CoreWorld world;
  world.Apply("P01");
  world.MustAdmit(
      CoreWorld::Cooperation(
          "EUE", ActKind::kOfficeRevoked,
          Facts{{Fact::kCertificate, Named("GRC/return_authority/1")},
                {Fact::kUntil, world.now.ms},
                {Fact::kRevocationGround, W(Fact::kRevocationGround, "key_compromised")}}),
      {"EUE/union_signatory/1"});
  const auto away = world.AtTheDoor(CoreWorld::From("GRC", "PAK", ActKind::kWithdrawal, Id("P01")),
                                    {"GRC/return_authority/1"});
  ASSERT_TRUE(away.has_value());
  EXPECT_EQ(away->ground, procedure::DoorGround::kSignerNotAppointed);
}

TEST(Story, AStaleProcedureIsOnRecordAsInadmissible) {
  // Design section 4: properly sealed and not allowed: recorded, with ground.
  CoreWorld world;
  Act act = world.Application("P01");
  act.procedure = Named("an older bundle");
  EXPECT_FALSE(world.AtTheDoor(act, {"GRC/return_authority/1"}).has_value());
  world.MustRefuse(act, {"GRC/return_authority/1"}, Ground::kProcedureNotInForce, "");
}

TEST(Story, AMissingFactIsOnRecordAsInadmissible) {
  // Design section 8: required facts are data of the procedure.
  CoreWorld world;
  for (const Fact fact : {Fact::kCategory, Fact::kDecisionFinal, Fact::kPresent, Fact::kEntryDate,
                          Fact::kHandle, Fact::kMinor}) {
    Act act = world.Application("P01");
    act.facts.Erase(fact);
    world.MustRefuse(act, {"GRC/return_authority/1"}, Ground::kMissingFact, "Art 4(1)");
  }
  Act act = world.Application("P01");
  act.commitment.reset();
  world.MustRefuse(act, {"GRC/return_authority/1"}, Ground::kMissingFact, "Art 4(1)");
}

TEST(Story, HeadCountsMustAgreeWithTheLines) {
  // "Ours: counts": the dispute of 3 December 2015 was about how many were on board.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.ClearList("list", "flight", {"P01"});
  world.OpenBoarding("flight");
  Act boarding = world.Boarding("list", {"P01"});
  boarding.facts.Set(Fact::kBoardedReturnees, std::int64_t{2});
  world.MustRefuse(boarding, {"GRC/escort_leader/1"}, Ground::kCountsDiffer, "Ours: counts");
  world.MustAdmit(world.Boarding("list", {"P01"}), {"GRC/escort_leader/1"});
  const Act doors =
      CoreWorld::From("GRC", "PAK", ActKind::kDoorsClosed, Id("flight"), CoreWorld::Boarded(1, 1));
  world.MustRefuse(doors, {"GRC/escort_leader/1"}, Ground::kLinesIncomplete,
                   "Ours: counts");  // nobody lodged yet
  world.MustAdmit(world.BoardingLodging("list", "flight", 1), {"GRC/escort_leader/1"});
  world.MustRefuse(
      CoreWorld::From("GRC", "PAK", ActKind::kDoorsClosed, Id("flight"), CoreWorld::Boarded(2, 1)),
      {"GRC/escort_leader/1"}, Ground::kCountsDiffer, "Ours: counts");
  world.MustAdmit(doors, {"GRC/escort_leader/1"});
}

TEST(Story, EveryLineIsClearedByItselfForTheListThatWasLodged) {
  // P4: clearance is person by person, bound to one revision.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.Ready("P02");
  world.MustAdmit(world.Manifest("list", "flight", {"P01", "P02"}), {"GRC/return_authority/1"});
  world.MustRefuse(world.Clearance("list", {"P01", "P02"}), CoreWorld::ClearanceSeals(),
                   Ground::kListDiffers,
                   "SOP charter");  // not lodged on the flight yet
  world.MustAdmit(world.Lodging("list", "flight", 2), {"GRC/return_authority/1"});
  world.MustRefuse(world.Clearance("list", {"P01"}), CoreWorld::ClearanceSeals(),
                   Ground::kLinesIncomplete, "SOP charter");
  Act doubled = world.Clearance("list", {"P01", "P01"});
  world.MustRefuse(doubled, CoreWorld::ClearanceSeals(), Ground::kDuplicateLine, "SOP charter");
  Act not_one = world.Clearance("list", {"P01", "P02"});
  not_one.lines[1].Set(Fact::kCleared, std::int64_t{0});
  world.MustRefuse(not_one, CoreWorld::ClearanceSeals(), Ground::kMissingFact, "SOP charter");
  not_one.lines[1].Set(Fact::kClearanceGround, W(Fact::kClearanceGround, "document_invalid"));
  world.MustAdmit(not_one, CoreWorld::ClearanceSeals());
  EXPECT_FALSE(world.MatterOf(Id("P02")).facts.Has(Fact::kList))
      << "not cleared: on no list any more";
}

TEST(Story, ALineTakenOffIsNotClearedBackOntoTheList) {
  // P4, P6: what was taken off before clearance stays off; only listed lines are cleared, and all
  // of them.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.Ready("P02");
  world.MustAdmit(world.Manifest("list", "flight", {"P01", "P02"}), {"GRC/return_authority/1"});
  world.MustAdmit(world.Lodging("list", "flight", 2), {"GRC/return_authority/1"});
  world.MustAdmit(CoreWorld::From("GRC", "PAK", ActKind::kTakenOff, Id("list"), {},
                                  {Facts{{Fact::kCase, Id("P02")}}}),
                  {"GRC/return_authority/1"});
  world.MustAdmit(world.Lodging("list", "flight", 1), {"GRC/return_authority/1"});
  Act swapped = world.Clearance("list", {"P02"});
  world.MustRefuse(swapped, CoreWorld::ClearanceSeals(), Ground::kUnknownLine, "SOP charter");
  world.MustAdmit(world.Clearance("list", {"P01"}), CoreWorld::ClearanceSeals());
}

TEST(Story, TheHeadCountsAStateLodgesAreThoseOfItsList) {
  // "Ours: counts", P1: nobody is counted on board whom no list names.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.MustAdmit(world.Manifest("list", "flight", {"P01"}), {"GRC/return_authority/1"});
  world.MustAdmit(world.Lodging("list", "flight", 40), {"GRC/return_authority/1"});
  world.MustRefuse(world.Clearance("list", {"P01"}), CoreWorld::ClearanceSeals(),
                   Ground::kCountsDiffer, "Ours: counts");
  world.MustAdmit(world.Lodging("list", "flight", 1), {"GRC/return_authority/1"});
  world.MustAdmit(world.Clearance("list", {"P01"}), CoreWorld::ClearanceSeals());
  world.OpenBoarding("flight");
  world.MustAdmit(world.Boarding("list", {"P01"}), {"GRC/escort_leader/1"});
  const auto lodged = [&](std::int64_t returnees, std::int64_t escorts) {
    return world.BoardingLodging("list", "flight", returnees, escorts);
  };
  world.MustRefuse(lodged(2, 1), {"GRC/escort_leader/1"}, Ground::kCountsDiffer, "Ours: counts");
  world.MustRefuse(lodged(1, 2), {"GRC/escort_leader/1"}, Ground::kCountsDiffer, "Ours: counts");
  world.MustAdmit(lodged(1, 1), {"GRC/escort_leader/1"});
}

TEST(Story, OneCaseStandsOnAListOnce) {
  // P12: a returnee's line has the case for its key and no handle that would make it another line.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  Act manifest = world.Manifest("list", "flight", {"P01", "P01"});
  world.MustRefuse(manifest, {"GRC/return_authority/1"}, Ground::kDuplicateLine, "Art 9");
  manifest.lines[1].Set(Fact::kHandle, Id("another"));
  world.MustRefuse(manifest, {"GRC/return_authority/1"}, Ground::kConditionNotMet, "Ours: lists");
}

TEST(Story, WhoStandsOnAnotherListDoesNotBoardHere) {
  // P4, P12: taken off after clearance and listed elsewhere, a person does not come back on the
  // first list.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.ProposeFlight("other flight");
  world.Ready("P01");
  world.Ready("P02");
  world.ClearList("list", "flight", {"P01", "P02"});
  world.MustAdmit(CoreWorld::From("GRC", "PAK", ActKind::kTakenOff, Id("list"), {},
                                  {Facts{{Fact::kCase, Id("P02")}}}),
                  {"GRC/return_authority/1"});
  world.MustAdmit(world.Manifest("other list", "other flight", {"P02"}),
                  {"GRC/return_authority/1"});
  world.MustRefuse(CoreWorld::From("GRC", "PAK", ActKind::kTakenOff, Id("list"), {},
                                   {Facts{{Fact::kCase, Id("P02")}}}),
                   {"GRC/return_authority/1"}, Ground::kOutOfTurn, "Ours: lists");
  EXPECT_TRUE(world.MatterOf(Id("P02")).facts.Has(Fact::kList))
      << "an old list does not erase a new one's mark";
  world.OpenBoarding("flight");
  world.MustRefuse(world.Boarding("list", {"P01", "P02"}), {"GRC/escort_leader/1"},
                   Ground::kLinesIncomplete, "Ours: counts");
}

TEST(Story, WhoHasBoardedCanBeTakenOffUntilTheDoorsCloseAndIsWhereHeWas) {
  // P6, "Ours: withdrawal": a withdrawal is possible until departure; a flight called off strands
  // nobody (P5).
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.ClearList("list", "flight", {"P01"});
  world.OpenBoarding("flight");
  world.MustAdmit(world.Boarding("list", {"P01"}), {"GRC/escort_leader/1"});
  const Act off = CoreWorld::From("GRC", "PAK", ActKind::kTakenOff, Id("list"), {},
                                  {Facts{{Fact::kCase, Id("P01")}}});
  world.MustAdmit(CoreWorld::From("GRC", "PAK", ActKind::kCalledOff, Id("flight")),
                  {"GRC/return_authority/1"});
  world.MustAdmit(off, {"GRC/return_authority/1"});
  EXPECT_EQ(world.StageOf(Id("P01")), "documented");
  EXPECT_NE(world.MatterOf(Id("P01")).FindLimit("transfer"), nullptr) << "the limit ran on";
  world.MustAdmit(CoreWorld::From("GRC", "PAK", ActKind::kWithdrawal, Id("P01")),
                  {"GRC/return_authority/1"});
}

TEST(Story, TheDoorsCloseOnceEveryStateWithAListHasSaidWhoIsAboard) {
  // "Ours: counts": a state that has not lodged its boarding is not counted as nobody.
  CoreWorld world;
  world.ProposeFlight("flight", {"GRC", "AUT", "BGR"});
  world.Ready("P01");
  world.Ready("P02", "AUT");
  world.MustAdmit(world.Manifest("other list", "flight", {"P02"}, 1, "AUT"),
                  {"AUT/return_authority/1"});
  world.MustAdmit(world.Lodging("other list", "flight", 1, "AUT"), {"AUT/return_authority/1"});
  world.ClearList("list", "flight", {"P01"});
  world.now = At("2016-10-20T05:00:00Z");
  Act landing = world.Landing("flight");
  std::erase_if(landing.lines, [](const Facts& line) {
    return line.NumberOr(Fact::kParty, 0) == procedure::PackParty(Party("BGR"));  // lodged no list
  });
  world.MustAdmit(landing, {"PAK/aviation_authority/1"});
  world.MustAdmit(CoreWorld::From("GRC", "PAK", ActKind::kBoardingOpened, Id("flight"),
                                  Facts{{Fact::kFlightRevision, std::int64_t{1}}}),
                  {"GRC/return_authority/1"});
  world.MustAdmit(world.Boarding("list", {"P01"}), {"GRC/escort_leader/1"});
  world.MustAdmit(world.BoardingLodging("list", "flight", 1), {"GRC/escort_leader/1"});
  const Act doors =
      CoreWorld::From("GRC", "PAK", ActKind::kDoorsClosed, Id("flight"), CoreWorld::Boarded(1, 1));
  world.MustRefuse(doors, {"GRC/escort_leader/1"}, Ground::kLinesIncomplete, "Ours: counts");
  // Austria's list was never cleared: it says that nobody of it is aboard.
  Act nobody = CoreWorld::From("AUT", "PAK", ActKind::kBoardingRecorded, Id("other list"),
                               CoreWorld::Boarded(1, 0));
  world.MustRefuse(nobody, {"AUT/escort_leader/1"}, Ground::kCountsDiffer, "Ours: counts");
  nobody.facts = CoreWorld::Boarded(0, 0);
  world.MustAdmit(nobody, {"AUT/escort_leader/1"});
  world.MustAdmit(world.BoardingLodging("other list", "flight", 0, 0, "AUT"),
                  {"AUT/escort_leader/1"});
  world.MustAdmit(doors, {"GRC/escort_leader/1"});
  // Who was listed and did not fly is kept on no list of an aircraft that has left.
  world.MustAdmit(CoreWorld::From("AUT", "PAK", ActKind::kTakenOff, Id("other list"), {},
                                  {Facts{{Fact::kCase, Id("P02")}}}),
                  {"AUT/return_authority/1"});
  EXPECT_FALSE(world.MatterOf(Id("P02")).facts.Has(Fact::kList));
}

// The flight of 2016-10-20 with P01 and P02 aboard, lodged; the doors are still open.
struct TwoAboard : CoreWorld {
  TwoAboard() {
    ProposeFlight("flight");
    Ready("P01");
    Ready("P02");
    ClearList("list", "flight", {"P01", "P02"});
    OpenBoarding("flight");
    MustAdmit(Boarding("list", {"P01", "P02"}), {"GRC/escort_leader/1"});
    MustAdmit(BoardingLodging("list", "flight", 2), {"GRC/escort_leader/1"});
  }
  static Act TakenOff(const std::string& who) {
    return From("GRC", "PAK", ActKind::kTakenOff, Id("list"), {}, {Facts{{Fact::kCase, Id(who)}}});
  }
  static Act TakenBack() { return From("GRC", "PAK", ActKind::kBoardingLodged, Id("flight")); }
  static Act Doors(std::int64_t returnees) {
    return From("GRC", "PAK", ActKind::kDoorsClosed, Id("flight"), Boarded(returnees, 1));
  }
  static Act Handover(const std::vector<std::string>& persons) {
    std::vector<Facts> lines;
    for (const std::string& who : persons) {
      lines.push_back(
          Facts{{Fact::kCase, Id(who)}, {Fact::kOutcome, W(Fact::kOutcome, "admitted")}});
    }
    const auto count = static_cast<std::int64_t>(persons.size());
    return From("PAK", "GRC", ActKind::kHandover, Id("list"),
                Facts{{Fact::kBoardedReturnees, count}}, lines);
  }
  void Arrive() {
    MustAdmit(From("PAK", "GRC", ActKind::kArrived, Id("flight"),
                   Facts{{Fact::kArrivalAirport, Code("ISB")}}),
              {"PAK/border_agency/1"});
  }
  const std::vector<std::string> leader = {"GRC/escort_leader/1"};
  const std::vector<std::string> authority = {"GRC/return_authority/1"};
  const std::vector<std::string> border = {"PAK/border_agency/1", "PAK/border_agency/2"};
};

TEST(Story, WhoIsTakenOffAfterBoardingIsNotAmongThoseTheDoorsCloseOn) {
  // P6, "Ours: counts": the lodged count is taken back before, and named anew after.
  TwoAboard world;
  world.MustRefuse(TwoAboard::TakenOff("P02"), world.authority, Ground::kOutOfTurn, "Ours: counts");
  world.MustAdmit(TwoAboard::TakenBack(), world.leader);
  world.MustRefuse(TwoAboard::TakenBack(), world.leader, Ground::kOutOfTurn, "Ours: counts");
  world.MustRefuse(TwoAboard::Doors(2), world.leader, Ground::kLinesIncomplete, "Ours: counts");
  const Digest off = world.MustAdmit(TwoAboard::TakenOff("P02"), world.authority);
  EXPECT_EQ(world.MatterOf(Id("list")).facts.DigestOr(Fact::kBoarding), off);
  EXPECT_EQ(world.StageOf(Id("P02")), "documented");
  world.MustRefuse(TwoAboard::Doors(1), world.leader, Ground::kLinesIncomplete, "Ours: counts");
  world.MustAdmit(world.BoardingLodging("list", "flight", 1), world.leader);
  world.MustRefuse(TwoAboard::Doors(2), world.leader, Ground::kCountsDiffer, "Ours: counts");
  world.MustAdmit(TwoAboard::Doors(1), world.leader);
  world.MustRefuse(TwoAboard::TakenOff("P01"), world.authority, Ground::kTooLate,
                   "Ours: withdrawal");
  world.Arrive();
  world.MustAdmit(TwoAboard::Handover({"P01"}), world.border);
}

TEST(Story, TheHandoverIsOfTheBoardingThatWasLodged) {
  // "Ours: counts": the other states cannot read a state's boarding; its digest on the flight is
  // compared where both can be read.
  TwoAboard world;
  world.MustAdmit(TwoAboard::TakenBack(), world.leader);
  Act other = world.BoardingLodging("list", "flight", 2);
  other.facts.Set(Fact::kBoarding, Named("another boarding"));
  world.MustAdmit(other, world.leader);
  world.MustAdmit(TwoAboard::Doors(2), world.leader);
  world.Arrive();
  const Digest handover = world.MustAdmit(TwoAboard::Handover({"P01", "P02"}), world.border);
  EXPECT_EQ(world.StageOf(Id("P01")), "admitted") << "nobody aboard waits for a false lodging";
  Act answer = CoreWorld::From("GRC", "PAK", ActKind::kHandover, Id("list"),
                               Facts{{Fact::kBoardedReturnees, std::int64_t{2}}});
  answer.answers = handover;
  world.MustRefuse(answer, world.leader, Ground::kListDiffers, "Ours: counts");
}

TEST(Story, BoardingIsOnTheAnnouncedDay) {
  // P4: a clearance is for the flight as it was announced.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.ClearList("list", "flight", {"P01"});
  world.MustAdmit(world.Landing("flight"), {"PAK/aviation_authority/1"});
  const Act open = CoreWorld::From("GRC", "PAK", ActKind::kBoardingOpened, Id("flight"),
                                   Facts{{Fact::kFlightRevision, std::int64_t{1}}});
  world.MustRefuse(open, {"GRC/return_authority/1"}, Ground::kTooEarly, "Ours: lists");
  world.now = At("2016-10-22T08:00:00Z");
  world.MustRefuse(open, {"GRC/return_authority/1"}, Ground::kTooLate, "Ours: lists");
}

TEST(Story, ASuspensionOfACategoryCoversTheApplicationThatNamesIt) {
  // P6: what the act is about to say counts where the matter does not say it yet.
  CoreWorld world;
  world.MustAdmit(
      CoreWorld::Cooperation("PAK", ActKind::kSuspended,
                             Facts{{Fact::kScope, W(Fact::kScope, "category")},
                                   {Fact::kCategory, W(Fact::kCategory, "own_national")},
                                   {Fact::kReviewDate, Day("2016-10-01")},
                                   {Fact::kClocks, W(Fact::kClocks, "run")}}),
      {"PAK/ministry/1"});
  world.MustRefuse(world.Application("P01"), {"GRC/return_authority/1"}, Ground::kSuspended,
                   "Suspension of 2015");
}

TEST(Story, AMatterThatAnotherMayNotReadIsNotThereForHim) {
  // Design section 6: its limits are not applied, its stage is not told, its identifier cannot be
  // taken.
  CoreWorld world;
  world.Apply("P01");
  world.Ready("P02", "AUT");
  world.ProposeFlight("flight", {"GRC", "AUT"});
  world.now = At("2016-10-05T00:00:00Z");  // the limit of P01 has passed
  Act act = CoreWorld::From("AUT", "PAK", ActKind::kWithdrawal, Id("P01"));
  const Stepped seen = world.Do(act, {"AUT/return_authority/1"});
  EXPECT_TRUE(seen.ruling.lapses.empty());
  act.matter = Id("nobody's");
  const Stepped unseen = world.Do(act, {"AUT/return_authority/1"});
  EXPECT_EQ(seen.ruling, unseen.ruling)
      << "whoever has never seen the matter comes to the same ruling";
  Act manifest = world.Manifest("list", "flight", {"P02", "P01"}, 1, "AUT");
  EXPECT_TRUE(world.Do(manifest, {"AUT/return_authority/1"}).ruling.lapses.empty());
  EXPECT_EQ(world.StageOf(Id("P01")), "open") << "nobody of its readers acted";
  Act taken = world.Application("P03", "AUT");
  taken.matter = Id("P01");
  const auto away = world.AtTheDoor(taken, {"AUT/return_authority/1"});
  ASSERT_TRUE(away.has_value());
  EXPECT_EQ(away->ground, procedure::DoorGround::kMatterTaken);
}

TEST(Story, AFlightThatAnotherMayNotReadIsNotThereForHisManifest) {
  // Decision 2: naming a flight one may not read tells nothing about it, and both sides' books come
  // to the same ruling.
  CoreWorld world;
  world.ProposeFlight("flight", {"GRC"});
  world.Ready("P02", "AUT");
  const Stepped seen =
      world.Do(world.Manifest("list", "flight", {"P02"}, 1, "AUT"), {"AUT/return_authority/1"});
  const Stepped unseen = world.Do(world.Manifest("list", "no such flight", {"P02"}, 1, "AUT"),
                                  {"AUT/return_authority/1"});
  EXPECT_FALSE(seen.ruling.admitted());
  EXPECT_EQ(seen.ruling, unseen.ruling);
}

TEST(Story, NobodyEntersInTheFuture) {
  // Art 2(1): the date of entry is a past one.
  CoreWorld world;
  Act act = world.Application("P01");
  act.facts.Set(Fact::kEntryDate, Day("2030-01-01"));
  world.MustRefuse(act, {"GRC/return_authority/1"}, Ground::kConditionNotMet, "Art 2(1)");
}

TEST(Story, ARevocationIsNotTakenBackByAnother) {
  // Design section 6: a revoked certificate stays revoked.
  CoreWorld world;
  const auto revoke = [&](Instant until, std::string_view ground) {
    return CoreWorld::Cooperation(
        "EUE", ActKind::kOfficeRevoked,
        Facts{{Fact::kCertificate, Named("GRC/monitor/1")},
              {Fact::kUntil, until.ms},
              {Fact::kRevocationGround, W(Fact::kRevocationGround, ground)}});
  };
  world.MustRefuse(revoke({world.now.ms + kMsPerDay}, "key_compromised"), {"EUE/union_signatory/1"},
                   Ground::kTooLate, "Art 17");
  world.MustAdmit(revoke(world.now, "office_ended"), {"EUE/union_signatory/1"});
  world.MustRefuse(revoke({world.now.ms + 365 * kMsPerDay}, "office_ended"),
                   {"EUE/union_signatory/1"}, Ground::kOutOfTurn, "Art 17");
}

TEST(Story, ALineLeftOutOfALaterRevisionIsSetFree) {
  // P12: a person stands on at most one open list.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.ProposeFlight("other flight");
  world.Ready("P01");
  world.Ready("P02");
  world.MustAdmit(world.Manifest("list", "flight", {"P01", "P02"}), {"GRC/return_authority/1"});
  world.MustRefuse(world.Manifest("other list", "other flight", {"P02"}),
                   {"GRC/return_authority/1"}, Ground::kOnAnotherList, "Ours: one case");
  world.MustAdmit(world.Manifest("list", "flight", {"P01"}, 2), {"GRC/return_authority/1"});
  world.MustAdmit(world.Manifest("other list", "other flight", {"P02"}),
                  {"GRC/return_authority/1"});
}

TEST(Story, AHeldPersonIsNeitherListedNorBoarded) {
  // P6, "Ours: hold".
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.MustAdmit(
      CoreWorld::From("PAK", "GRC", ActKind::kHold, Id("P01"),
                      Facts{{Fact::kHoldGround, W(Fact::kHoldGround, "identity_in_doubt")}}),
      {"PAK/ministry/1"});
  world.MustRefuse(world.Manifest("list", "flight", {"P01"}), {"GRC/return_authority/1"},
                   Ground::kHeld, "Ours: hold");
  world.MustAdmit(CoreWorld::From("PAK", "GRC", ActKind::kHoldLifted, Id("P01")),
                  {"PAK/ministry/1"});
  world.MustAdmit(world.Manifest("list", "flight", {"P01"}), {"GRC/return_authority/1"});
}

TEST(Story, AMinorNeedsAReceptionAndABestInterestsRecordAndEverybodyAFitnessFlag) {
  // P11.
  CoreWorld world;
  world.ProposeFlight("flight");
  Act application = world.Application("P01");
  application.facts.Set(Fact::kMinor, std::int64_t{1});
  world.MustAdmit(application, {"GRC/return_authority/1"});
  world.Verify("P01");
  world.MustAdmit(world.Reply("P01"), CoreWorld::ReplySeals());
  world.MustAdmit(world.Document("P01"), {"PAK/mission/1"});
  Act manifest = world.Manifest("list", "flight", {"P01"});
  world.MustRefuse(manifest, {"GRC/return_authority/1"}, Ground::kMinorUnprepared,
                   "Return Directive Art 10");
  manifest.lines[0].Set(Fact::kReception, std::int64_t{1});
  world.MustRefuse(manifest, {"GRC/return_authority/1"}, Ground::kMinorUnprepared,
                   "Return Directive Art 5");
  manifest.lines[0].Set(Fact::kBestInterests, std::int64_t{1});
  manifest.lines[0].Erase(Fact::kFitToFly);
  world.MustRefuse(manifest, {"GRC/return_authority/1"}, Ground::kNotFit, "Ours: lists");
  manifest.lines[0].Set(Fact::kFitToFly, std::int64_t{1});
  world.MustAdmit(manifest, {"GRC/return_authority/1"});
}

TEST(Story, AClearedPersonCannotBeTurnedBackAtTheBorder) {
  // P9: a cleared, matching own national cannot be refused on arrival.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.ClearList("list", "flight", {"P01"});
  world.OpenBoarding("flight");
  world.MustAdmit(world.Boarding("list", {"P01"}), {"GRC/escort_leader/1"});
  world.MustAdmit(world.BoardingLodging("list", "flight", 1), {"GRC/escort_leader/1"});
  world.MustAdmit(
      CoreWorld::From("GRC", "PAK", ActKind::kDoorsClosed, Id("flight"), CoreWorld::Boarded(1, 1)),
      {"GRC/escort_leader/1"});
  world.MustAdmit(CoreWorld::From("PAK", "GRC", ActKind::kArrived, Id("flight"),
                                  Facts{{Fact::kArrivalAirport, Code("ISB")}}),
                  {"PAK/border_agency/1"});
  world.MustRefuse(
      CoreWorld::From(
          "PAK", "GRC", ActKind::kHandover, Id("list"),
          Facts{{Fact::kBoardedReturnees, std::int64_t{1}}},
          {Facts{{Fact::kCase, Id("P01")}, {Fact::kOutcome, W(Fact::kOutcome, "returned")}}}),
      {"PAK/border_agency/1", "PAK/border_agency/2"}, Ground::kClearedMayEnter, "SOP charter");
}

TEST(Story, AKeeperSilentForLongerThanTheReceiptLimitStartsTheClockAllTheSame) {
  // Design section 6: with an offer proof the limit counts from the offer plus two days.
  CoreWorld world;
  Act act = world.Application("P01");
  world.now = At("2016-09-20T06:00:00Z");
  RecordedAct recorded;
  recorded.entry = 1000;
  recorded.recorded_at = world.now;
  recorded.offered_since = At("2016-09-10T06:00:00Z");
  recorded.digest = Named("offered");
  recorded.signers = {Named("GRC/return_authority/1")};
  recorded.act = act;
  procedure::Replayer replayer = world.replayer();
  ASSERT_TRUE(replayer.Add(recorded).ruling.admitted());
  EXPECT_EQ(ToText(replayer.matters().Find(Id("P01"))->limits.at(0).since), "2016-09-12T06:00:00Z");
}

TEST(Story, StandingSaysWhoseTurnItIsUntilWhenAndWhatSilenceMeans) {
  // Design section 7: what is due, by whom, since when.
  CoreWorld world;
  world.Apply("P01");
  procedure::Matters matters;
  matters.Add(world.MatterOf(Id("P01")));
  const procedure::Standing standing =
      StandingAt(world.replayer().procedures(), matters, world.now);
  ASSERT_EQ(standing.due.size(), 1u);
  EXPECT_EQ(standing.due[0].by, Party("PAK"));
  EXPECT_EQ(standing.due[0].limit, "reply");
  EXPECT_EQ(standing.due[0].silence, "silence");
  EXPECT_EQ(NextTimeLimit(world.replayer().procedures(), matters), standing.due[0].until);
  const procedure::Standing later =
      StandingAt(world.replayer().procedures(), matters, standing.due[0].until);
  EXPECT_EQ(later.matters.at(0).stage, "deemed_agreed");
}

}  // namespace
}  // namespace chancery::testing
