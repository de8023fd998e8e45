#include "play/desk.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "play/agreed.h"
#include "play/core_player.h"

namespace chancery::play {
namespace {

constexpr char kHeader[] =
    "scenario: Desk\nrealm: rehearsal\nagreement: eu-pakistan\nprocedure: 2016\nministry: PAK\n"
    "states: GRC AUT\nagreed: 2016-03-01T00:00:00Z\n\n"
    "person P01 invented\n  name Nasirgul Desktani\n  cnic unknown to sender\n"
    "  entered 2014-06-11\n  registry not_found\n\n"
    "at 2016-09-05T08:00:00Z\n";

// The ruling of the last act of a story with one invented person.
std::string LastRuling(const std::string& story) {
  auto read = ReadScenario(kHeader + story, "t.scenario");
  const auto* scenario = std::get_if<Scenario>(&read);
  if (scenario == nullptr) return ToText(std::get<std::vector<ScenarioError>>(read).front());
  const auto agreed = LoadAgreed(*scenario, CHANCERY_SOURCE_DIR "/agreements");
  EXPECT_TRUE(agreed.ok()) << agreed.status();
  const auto played = PlayInCore(*scenario, *agreed, {});
  EXPECT_TRUE(played.ok()) << played.status();
  return played.ok() ? InShort(played->record.back().verdict) : std::string();
}

const std::string kApplied = "GRC applies for P01 with passport original\n";

// docs/scenarios.md, "Expected rulings": a state's program refuses an act that lacks a fact; the
// ledger never hears of it.
TEST(DeskTest, AStatesProgramRefusesAnActThatLacksAFact) {
  EXPECT_EQ(
      LastRuling("GRC does application on P01 with category own_national, decision_final yes, "
                 "present yes, entry_date 2014-06-11, handle P01\n"
                 "  line evidence passport, grade original\n"),
      "turned away missing_fact");
}

// The same: an act that no rule lets this party do is not sealed.
TEST(DeskTest, AStatesProgramRefusesAnActThatNoRuleLetsItDo) {
  EXPECT_EQ(LastRuling(kApplied + "GRC holds P01 on medical\n"), "turned away no_rule");
}

// The same: nothing is opened when no procedure is in force, and what is open goes on.
TEST(DeskTest, AStatesProgramOpensNothingWithoutAProcedureInForce) {
  const std::string none = kApplied + "EUE takes the procedure out of force\n";
  EXPECT_EQ(LastRuling(none + "GRC announces P01 with passport original valid until 2018-01-01\n"),
            "turned away no_procedure");
  EXPECT_EQ(LastRuling(none + "GRC withdraws P01\n"), "admitted withdrawal");
}

// The same: a state writes to the ministry and to nobody else.
TEST(DeskTest, AStatesProgramRefusesAnActToAnotherThanTheMinistry) {
  EXPECT_EQ(LastRuling(kApplied + "GRC does withdrawal on P01 to AUT\n"),
            "turned away addressee_wrong");
}

// The same: a rule that this party may use, but whose offices are the other side's, cannot be
// sealed.
TEST(DeskTest, AStatesProgramRefusesAnActForWhoseSealItHasNoKey) {
  auto read = ReadScenario(kHeader + kApplied, "t");
  ASSERT_TRUE(std::holds_alternative<Scenario>(read));
  const auto& scenario = std::get<Scenario>(read);
  const auto agreed = LoadAgreed(scenario, CHANCERY_SOURCE_DIR "/agreements");
  ASSERT_TRUE(agreed.ok()) << agreed.status();
  Planned planned;
  procedure::Act& act = planned.act;
  act.kind = procedure::ActKind::kHold;
  act.author = scenario.states.front();
  act.addressee = scenario.ministry;
  act.facts.Set(procedure::Fact::kHoldGround, 1);
  procedure::Matter turned_round;
  turned_round.kind = procedure::MatterKind::kCase;
  turned_round.requesting = scenario.ministry;
  turned_round.requested = act.author;
  EXPECT_EQ(DeskOfState(scenario, *agreed->procedure.rules, planned, &turned_round, true).refused,
            kNoSealingKey);
}

// docs/scenarios.md, "Any act": without particulars, an act that needs them lacks something.
TEST(DeskTest, AnActWithoutTheParticularsItsRuleRequiresLacksThem) {
  EXPECT_EQ(
      LastRuling("GRC does application on P01 without particulars with category own_national, "
                 "decision_final yes, present yes, entry_date 2014-06-11, minor no, handle "
                 "new\n  line evidence passport, grade original\n"),
      "turned away missing_fact");
  EXPECT_EQ(
      LastRuling(kApplied + "PAK does reply on P01 without particulars with answer confirmed, "
                            "confirmation_id new\n"),
      "inadmissible missing_fact, Art 2(1)");
}

// The same: a matter that nobody opened is unknown, one that is there cannot be opened again, and
// an answer to another act answers nothing.
TEST(DeskTest, AnActOnTheWrongMatterOrToTheWrongActIsInadmissible) {
  EXPECT_EQ(LastRuling(kApplied + "PAK does acknowledged on P01 under a new matter\n"),
            "inadmissible unknown_matter, Art 8");
  EXPECT_EQ(
      LastRuling(kApplied + "GRC does transit_asked on P01 under the same matter with category "
                            "third_country_national, transit_kind air, destination AFG, "
                            "arrival_airport ISB, transit_date 2017-03-20, escorts 1, "
                            "onward_assured yes\n"),
      "inadmissible matter_exists, Art 11");
  EXPECT_EQ(LastRuling(kApplied + "PAK does acknowledged on P01 answering another act\n"),
            "inadmissible answers_other_act, Art 8");
}

// The same: one officer's seal is not two.
TEST(DeskTest, OneOfficersSealIsNotEnoughWhereTwoMustSeal) {
  EXPECT_EQ(LastRuling("GRC applies for P01 with passport original and identity_card original\n"
                       "PAK mission does verification on P01 sealed by one officer with "
                       "verification not_found\n"),
            "turned away seal_missing");
  EXPECT_EQ(LastRuling("GRC applies for P01 with passport original and identity_card original\n"
                       "PAK mission does verification on P01 with verification not_found\n"),
            "admitted verification_by_the_mission");
}

// The same: what ActFromJson does not read is not sealed.
TEST(DeskTest, AnActWithAFactOfAnotherActIsRefused) {
  EXPECT_EQ(LastRuling(kApplied + "GRC does withdrawal on P01 with carrier ZQV\n"),
            "turned away field_wrong");
}

// The same: an act sealed by hand with another office's key is turned away at the door.
TEST(DeskTest, AnotherOfficesSealIsTurnedAwayAtTheDoor) {
  EXPECT_EQ(LastRuling(kApplied + "GRC monitor withdraws P01\n"), "turned away seal_missing");
  EXPECT_EQ(LastRuling(kApplied + "GRC ministry withdraws P01\n"),
            "turned away signer_not_appointed");
}

// The same: the ministry's server takes no seal of an office that the act's rule does not ask for.
TEST(DeskTest, TheMinistrysServerTakesNoSealOfAnOfficeThatIsNotNeeded) {
  EXPECT_EQ(LastRuling(kApplied + "PAK mission verifies P01 not_found\n"),
            "turned away seal_missing");
  EXPECT_EQ(LastRuling(kApplied + "PAK passport_office verifies P01 not_found\n"),
            "admitted verification_by_the_passport_office");
}

// The same: an act that no rule admits may be sealed as any rule of its kind asks, and is recorded.
TEST(DeskTest, AnActOutOfTurnIsRecordedUnderTheSealOfAnyRuleOfItsKind) {
  EXPECT_EQ(
      LastRuling(kApplied + "GRC withdraws P01\nPAK passport_office verifies P01 not_found\n"),
      "inadmissible out_of_turn, Ours: class D");
  EXPECT_EQ(LastRuling(kApplied + "GRC withdraws P01\nPAK refers P01\n"),
            "inadmissible out_of_turn, Art 16");
}

// docs/scenarios.md, "Sentences": of several rules for an act the seals are those of the rule it
// falls under.
TEST(DeskTest, OfSeveralRulesTheOneThatFitsSaysWhoSeals) {
  EXPECT_EQ(LastRuling(kApplied + "PAK verifies P01 not_found\n"),
            "admitted verification_by_the_passport_office");
}

// docs/scenarios.md, "Any act": a stranger to a case writes to the ministry, which knows no such
// matter of his.
TEST(DeskTest, AStrangerToACaseIsToldThatTheMatterIsUnknown) {
  EXPECT_EQ(LastRuling(kApplied + "AUT withdraws P01\n"),
            "inadmissible unknown_matter, Ours: withdrawal");
}

// docs/scenarios.md, "Persons": what an office says it verified is what the registry finds, unless
// the sentence tells of an error.
TEST(DeskTest, AVerificationThatDiffersFromTheRegistryIsNotWhatTheScenarioSays) {
  for (const auto& [ruling, unmet] :
       {std::pair<std::string, std::size_t>{"", 1}, {" -> turned away seal_missing", 0}}) {
    const std::string office = unmet == 0 ? "PAK mission" : "PAK passport_office";
    auto read =
        ReadScenario(kHeader + kApplied + office + " verifies P01 national" + ruling + "\n", "t");
    ASSERT_TRUE(std::holds_alternative<Scenario>(read));
    const auto& scenario = std::get<Scenario>(read);
    const auto agreed = LoadAgreed(scenario, CHANCERY_SOURCE_DIR "/agreements");
    ASSERT_TRUE(agreed.ok());
    const auto played = PlayInCore(scenario, *agreed, {});
    ASSERT_TRUE(played.ok()) << played.status();
    EXPECT_EQ(played->unmet.size(), unmet) << ruling;
  }
}

// design section 4: a program's refusal has one name in a scenario, whichever desk or door it was.
TEST(DeskTest, EveryReasonOfAProgramHasOneNameInAScenario) {
  EXPECT_EQ(TurnedAwayFor("OFFICE_NOT_NEEDED").ground, "seal_missing");
  EXPECT_EQ(TurnedAwayFor("SEAL_MISSING").ground, "seal_missing");
  EXPECT_EQ(TurnedAwayFor("PARTICULARS_FIELD").ground, "field_wrong");
  EXPECT_EQ(TurnedAwayFor("MISSING_FACT").ground, "missing_fact");
  EXPECT_EQ(TurnedAwayFor("SOMETHING_ELSE").ground, "SOMETHING_ELSE");
  EXPECT_EQ(InShort(TurnedAwayFor("NO_RULE")), "turned away no_rule");
}

}  // namespace
}  // namespace chancery::play
