// Whoever is no national, and transit, under the 2016 procedure: what the scenarios cannot say,
// because no state of a rehearsal is outside the agreement and because the player fills in what an
// act answers.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/core_world.h"

namespace chancery::testing {
namespace {

using procedure::Ground;

const std::vector<std::string> kAuthority = {"GRC/return_authority/1"};
const std::vector<std::string> kMinistry = {"PAK/ministry/1"};
const std::vector<std::string> kMission = {"PAK/mission/1"};

class ThirdCountry : public CoreWorld {
 public:
  Act Applied(const std::string& who) const {
    Act act = Application(who, "GRC", {"entry_stamp"});
    act.facts.Set(Fact::kCategory, W(Fact::kCategory, "third_country_national"));
    act.facts.Set(Fact::kDutyBasis, W(Fact::kDutyBasis, "direct_entry"));
    act.facts.Set(Fact::kException, W(Fact::kException, "none"));
    act.facts.Set(Fact::kKnownSince, Day("2016-08-20"));
    return act;
  }
  Act Transit(const std::string& who) const {
    Act act = From("GRC", "PAK", ActKind::kTransitAsked, Id(who),
                   Facts{{Fact::kCategory, W(Fact::kCategory, "stateless_person")},
                         {Fact::kTransitKind, W(Fact::kTransitKind, "air")},
                         {Fact::kDestination, Code("AFG")},
                         {Fact::kArrivalAirport, Code("ISB")},
                         {Fact::kTransitDate, Day("2016-10-20")},
                         {Fact::kEscorts, std::int64_t{0}},
                         {Fact::kOnwardAssured, std::int64_t{1}}});
    act.commitment = Named("sent " + who);
    return act;
  }
  void VerifyDuty(const std::string& who, std::string_view finding = "duty_established") {
    MustAdmit(Verification(who, finding), {"PAK/passport_office/1"});
  }
  Act Renewal(const std::string& who, std::string_view kind) const {
    return From("PAK", "GRC", ActKind::kDocumentRenewed, Id(who),
                Facts{{Fact::kDocumentKind, W(Fact::kDocumentKind, kind)},
                      {Fact::kDocumentValidUntil, Day("2017-09-01")},
                      {Fact::kConfirmationId, Id("confirmed " + who)}});
  }
};

// Art 1(a): neither asks for, nor is asked for, anything under Art 3 or Art 11 who is not bound on
// that day.
TEST(ThirdCountryRules, AreBetweenPartiesOfThatDay) {
  ThirdCountry world;
  for (const bool transit : {false, true}) {
    Act act = transit ? world.Transit("T01") : world.Applied("P01");
    act.addressee = Party("DNK");
    world.MustRefuse(act, kAuthority, Ground::kMayNotTakePart, "Art 1(a)");
  }
  const std::vector<std::string> union_seal = {"EUE/union_signatory/1"};
  world.MustAdmit(CoreWorld::Cooperation("EUE", ActKind::kAuthorityAppointed,
                                         Facts{{Fact::kParty, procedure::PackParty(Party("GBR"))},
                                               {Fact::kLogKey, Named("log GBR")},
                                               {Fact::kWitnessKey, Named("witness GBR")},
                                               {Fact::kFrom, world.now.ms}}),
                  union_seal);
  world.MustAdmit(world.Appointment("GBR", "return_authority", 71, "GBR/return_authority/1"),
                  union_seal);
  world.now = At("2020-02-01T00:00:00Z");
  for (const bool transit : {false, true}) {
    Act act = transit ? world.Transit("T01") : world.Applied("P01");
    act.author = Party("GBR");
    world.MustRefuse(act, {"GBR/return_authority/1"}, Ground::kMayNotTakePart, "Art 1(a)");
  }
}

// Art 8, Art 12: an answer names the act it answers.
TEST(ThirdCountryRules, AnAnswerNamesWhatItAnswers) {
  ThirdCountry world;
  world.MustAdmit(world.Applied("P01"), kAuthority);
  world.VerifyDuty("P01");
  Act reply = world.Reply("P01");
  reply.answers = Named("another act");
  world.MustRefuse(reply, CoreWorld::ReplySeals(), Ground::kAnswersOtherAct, "Art 8");
  world.MustAdmit(world.Reply("P01"), CoreWorld::ReplySeals());
  world.MustAdmit(world.Transit("T01"), kAuthority);
  for (const char* answer : {"permitted", "refused"}) {
    Act answered =
        CoreWorld::From("PAK", "GRC", ActKind::kTransitAnswered, Id("T01"),
                        Facts{{Fact::kTransitAnswer, W(Fact::kTransitAnswer, answer)},
                              {Fact::kTransitGround, W(Fact::kTransitGround, "public_health")}});
    answered.answers = Named("another act");
    world.MustRefuse(answered, kMinistry, Ground::kAnswersOtherAct, "Art 12");
  }
}

// Art 2(2), Art 3: a national gets a document of a national, whoever is none a laissez-passer.
TEST(ThirdCountryRules, ADocumentIsOfTheKindThatTheCategoryAsksFor) {
  ThirdCountry world;
  world.Confirm("P01");
  Act document = world.Document("P01");
  document.facts.Set(Fact::kDocumentKind, W(Fact::kDocumentKind, "laissez_passer"));
  world.MustRefuse(document, kMission, Ground::kDocumentInvalid, "Art 2(2)");
  world.MustAdmit(world.Document("P01"), kMission);
  world.MustRefuse(world.Renewal("P01", "laissez_passer"), kMission, Ground::kDocumentInvalid,
                   "Art 2(2)");
  world.MustAdmit(world.Renewal("P01", "passport"), kMission);

  world.MustAdmit(world.Applied("P02"), kAuthority);
  world.VerifyDuty("P02");
  world.MustAdmit(world.Reply("P02"), CoreWorld::ReplySeals());
  document = world.Document("P02");
  document.facts.Set(Fact::kDocumentKind, W(Fact::kDocumentKind, "laissez_passer"));
  world.MustAdmit(document, kMission);
  world.MustRefuse(world.Renewal("P02", "passport"), kMission, Ground::kDocumentInvalid, "Art 3");
  world.MustAdmit(world.Renewal("P02", "laissez_passer"), kMission);
}

// Art 7, "Ours: one case": a second look needs evidence of Annex 3 or 4, and makes nobody a case of
// the classes of nationals.
TEST(ThirdCountryRules, ASecondLookNeedsEvidenceOfTheDuty) {
  ThirdCountry world;
  world.MustAdmit(world.Applied("P01"), kAuthority);
  world.VerifyDuty("P01", "duty_not_established");
  Act refusal = world.Reply("P01", "refused");
  refusal.facts.Set(Fact::kRefusalGround, W(Fact::kRefusalGround, "conditions_not_met"));
  world.MustAdmit(refusal, CoreWorld::ReplySeals());
  Act again = CoreWorld::From(
      "GRC", "PAK", ActKind::kReexaminationAsked, Id("P01"),
      Facts{{Fact::kHandle, Id("handle P01")}, {Fact::kNewEvidence, std::int64_t{1}}},
      {Facts{{Fact::kEvidence, W(Fact::kEvidence, "passport")},
             {Fact::kGrade, W(Fact::kGrade, "original")}}});
  again.commitment = Named("sent again");
  world.MustRefuse(again, kAuthority, Ground::kNoEvidence, "Art 7");
  again.lines[0].Set(Fact::kEvidence, W(Fact::kEvidence, "travel_record"));
  world.MustAdmit(again, kAuthority);
  EXPECT_FALSE(world.MatterOf(Id("P01")).facts.Has(Fact::kClass));
  world.VerifyDuty("P01");
}

}  // namespace
}  // namespace chancery::testing
