#include "play/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "play/scans.h"
#include "play/script.h"

namespace chancery::play {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTop[] =
    "scenario: A test\n"
    "realm: rehearsal\n"
    "agreement: eu-pakistan\n"
    "procedure: 2016\n"
    "ministry: PAK\n"
    "states: GRC AUT\n"
    "agreed: 2016-03-01T00:00:00Z\n"
    "person P01 invented\n"
    "  name Qandarbaz Uzhgorzadi\n"
    "  cnic unknown to sender\n"
    "  entered 2014-06-11\n"
    "  registry national\n"
    "  registry_name QANDARBAZ UZHGORZADI\n"
    "  registry_cnic 61101-3390726-3\n";
constexpr int kTopLines = 14;

Scenario Read(const std::string& text) {
  auto read = ReadScenario(text, "t.scenario");
  if (const auto* errors = std::get_if<std::vector<ScenarioError>>(&read)) {
    for (const ScenarioError& error : *errors) ADD_FAILURE() << ToText(error);
    return {};
  }
  return std::get<Scenario>(std::move(read));
}

std::string ErrorsOf(const std::string& text) {
  const auto read = ReadScenario(text, "t.scenario");
  std::string all;
  if (const auto* errors = std::get_if<std::vector<ScenarioError>>(&read)) {
    for (const ScenarioError& error : *errors) all += ToText(error) + "\n";
  }
  return all;
}

// A story of one sentence below the header and one person.
std::string Story(const std::string& sentence) {
  return std::string(kTop) + "at 2016-09-05T08:00:00Z\n" + sentence + "\n";
}
constexpr int kSentenceLine = kTopLines + 2;

// docs/scenarios.md, "Errors": every error gives file and line, what is wrong and the remedy.
TEST(ScenarioTest, AnErrorNamesFileLineAndRemedy) {
  EXPECT_THAT(ErrorsOf(Story("GRC applies for P07 with passport original")),
              HasSubstr("t.scenario:" + std::to_string(kSentenceLine) +
                        ": unknown person P07. Remedy: add a block 'person P07 invented'"));
}

// docs/scenarios.md, "Errors": all mistakes of a file are told at once.
TEST(ScenarioTest, AllMistakesAreToldAtOnce) {
  const std::string errors = ErrorsOf(
      Story("GRC applies for P07 with passport original\nGRC flies P01\nQQQ withdraws P01"));
  EXPECT_THAT(errors, HasSubstr("unknown person P07"));
  EXPECT_THAT(errors, HasSubstr("no sentence has the verb 'flies'"));
  EXPECT_THAT(errors, HasSubstr("'QQQ' is not a party of this scenario"));
}

// docs/scenarios.md, "Persons": a scenario never holds a real person.
TEST(ScenarioTest, APersonMustBeMarkedAsInvented) {
  std::string text = Story("GRC withdraws P01");
  text.replace(text.find(" invented"), 9, "");
  EXPECT_THAT(ErrorsOf(text), HasSubstr("the person is not marked as invented"));
}

// docs/scenarios.md, "Header": only rehearsals are played.
TEST(ScenarioTest, OnlyARehearsalIsRead) {
  std::string text = Story("GRC withdraws P01");
  text.replace(text.find("realm: rehearsal"), 16, "realm: live");
  EXPECT_THAT(ErrorsOf(text), HasSubstr("the realm of a scenario is not rehearsal"));
}

// docs/scenarios.md, "Header": each line is needed once.
TEST(ScenarioTest, AMissingHeaderLineIsNamed) {
  std::string text = Story("GRC withdraws P01");
  text.erase(text.find("procedure: 2016\n"), 16);
  EXPECT_THAT(ErrorsOf(text), HasSubstr("the header 'procedure' is missing"));
}

// docs/scenarios.md, "Time": each moment is later than the one before it.
TEST(ScenarioTest, TimeDoesNotRunBack) {
  EXPECT_THAT(ErrorsOf(Story("GRC withdraws P01\nat 2016-09-05T08:00:00Z")),
              HasSubstr("time runs back"));
}

// docs/scenarios.md, "Persons"; ICAO 9303 part 4: a zone whose check digit is wrong is a mistake,
// told without the zone.
TEST(ScenarioTest, AWrongCheckDigitInAZoneIsFoundWithoutShowingIt) {
  std::string text = Story("GRC withdraws P01");
  const std::string zone =
      "  passport_mrz P<PAKMIRBAZARVI<<YARMAKHAN<<<<<<<<<<<<<<<<<<\n"
      "  passport_mrz CA21917664PAK7901151M20122273209359975351<73\n";
  text.insert(text.find("  cnic"), zone);
  const std::string errors = ErrorsOf(text);
  EXPECT_THAT(errors, HasSubstr("the machine readable zone of P01 is wrong"));
  EXPECT_THAT(errors, Not(HasSubstr("CA2191766")));
}

// docs/scenarios.md, "Persons": what a person block says twice is the same both times.
TEST(ScenarioTest, ZoneAndNumberOfAPassportAgree) {
  std::string text = Story("GRC withdraws P01");
  text.insert(text.find("  cnic"),
              "  passport_number CA2191767\n"
              "  passport_mrz P<PAKMIRBAZARVI<<YARMAKHAN<<<<<<<<<<<<<<<<<<\n"
              "  passport_mrz CA21917664PAK7901151M20122273209359975351<72\n");
  EXPECT_THAT(ErrorsOf(text), HasSubstr("zone and passport_number of P01 differ"));
}

// docs/scenarios.md, "Persons": a CNIC has 13 digits.
TEST(ScenarioTest, AMalformedCnicIsFoundWithoutShowingIt) {
  std::string text = Story("GRC withdraws P01");
  text.replace(text.find("unknown to sender"), 17, "3209-5997535-1");
  const std::string errors = ErrorsOf(text);
  EXPECT_THAT(errors, HasSubstr("the CNIC is malformed"));
  EXPECT_THAT(errors, Not(HasSubstr("5997535")));
}

// docs/scenarios.md, "Persons": a confirmation carries what the registry knows, so a national is
// known whole.
TEST(ScenarioTest, TheRegistryKnowsANationalWhole) {
  std::string text = Story("GRC withdraws P01");
  text.erase(text.find("  registry_cnic 61101-3390726-3\n"), 32);
  EXPECT_THAT(ErrorsOf(text), HasSubstr("what the registry knows about P01 is not whole"));
}

// docs/scenarios.md, "Persons": a scan is a kind of evidence and a number of bytes, which are made
// up, marked as invented and of that number.
TEST(ScenarioTest, AScanIsMadeUpToItsSize) {
  const auto with = [](const std::string& scans) {
    std::string text = Story("GRC withdraws P01");
    const std::string before = "  registry_cnic 61101-3390726-3\n";
    return text.insert(text.find(before), scans);
  };
  const Scenario scenario = Read(with("  scan passport 300000\n  scan identity_card 7\n"));
  const Person& person = scenario.persons.front();
  ASSERT_EQ(person.scans.size(), 2u);
  const std::string bytes = BytesOf(person, person.scans[0]);
  EXPECT_EQ(bytes.size(), 300'000u);
  EXPECT_THAT(bytes, HasSubstr("Invented scan of passport: "));
  EXPECT_EQ(BytesOf(person, person.scans[1]).size(), 7u);
  for (const char* wrong : {"scan passport", "scan nothing 5", "scan passport 0",
                            "scan passport 8388609", "scan passport 5x"}) {
    EXPECT_THAT(ErrorsOf(with("  " + std::string(wrong) + "\n")), HasSubstr("this is no scan"))
        << wrong;
  }
  EXPECT_THAT(ErrorsOf(with("  scan passport 5\n  scan passport 6\n")), HasSubstr("stands twice"));
}

// docs/scenarios.md, "Sentences": a sentence becomes the act and the facts its words say.
TEST(ScenarioTest, AnApplicationSaysItsEvidence) {
  const Scenario scenario =
      Read(Story("GRC applies for P01 with passport original and identity_card plain_copy"));
  ASSERT_EQ(scenario.steps.size(), 1u);
  const auto& act = std::get<ActSentence>(scenario.steps[0].what);
  EXPECT_EQ(act.kind, procedure::ActKind::kApplication);
  EXPECT_EQ(act.author.view(), "GRC");
  EXPECT_EQ(act.persons, std::vector<std::string>{"P01"});
  ASSERT_EQ(act.lines.size(), 2u);
  EXPECT_EQ(act.lines[1].NumberOr(procedure::Fact::kGrade, 0), 3);
  EXPECT_EQ(act.facts.NumberOr(procedure::Fact::kCategory, 0), 1);
}

// docs/scenarios.md, "Sentences": whoever is no national is applied for on what the duty rests on.
TEST(ScenarioTest, AnApplicationUnderArticleThreeSaysWhatTheDutyRestsOn) {
  const std::string applied =
      "GRC applies for P01 with entry_stamp original as stateless_person because direct_entry";
  const auto facts = [](const std::string& sentence) {
    return std::get<ActSentence>(Read(Story(sentence)).steps.front().what).facts;
  };
  using procedure::Fact;
  EXPECT_EQ(facts(applied).NumberOr(Fact::kDutyBasis, 0), 2);
  EXPECT_EQ(facts(applied).NumberOr(Fact::kException, 0), 1);
  EXPECT_FALSE(facts(applied).Has(Fact::kKnownSince));
  EXPECT_EQ(facts(applied + " despite longer_authorisation known since 2016-08-01")
                .NumberOr(Fact::kKnownSince, 0),
            DaysFromCivil({2016, 8, 1}));
  EXPECT_THAT(ErrorsOf(Story("GRC applies for P01 with entry_stamp original as stateless_person")),
              HasSubstr("'because' is expected"));
}

// The same: the ministry's party says which state it asks; then everybody has both sides' offices.
TEST(ScenarioTest, TheMinistryNamesTheStateItAsks) {
  EXPECT_THAT(ErrorsOf(Story("PAK applies for P01 with passport original")),
              HasSubstr("write 'to GRC' at the end"));
  const Scenario asks = Read(Story("PAK applies for P01 with passport original to AUT"));
  EXPECT_EQ(std::get<ActSentence>(asks.steps.front().what).addressee, *PartyCode::FromText("AUT"));
  const Scenario asked = Read(Story("GRC applies for P01 with passport original"));
  const auto registry = procedure::WordNumber(procedure::Fact::kOffice, "registry").value_or(0);
  EXPECT_TRUE(Holds(asks, *PartyCode::FromText("GRC"), registry));
  EXPECT_FALSE(Holds(asked, *PartyCode::FromText("GRC"), registry));
}

// docs/scenarios.md, "Persons": the registry knows nationals only.
TEST(ScenarioTest, TheRegistryFindsNothingAboutTheDutyOfArticleThree) {
  std::string text = Story("GRC withdraws P01");
  text.replace(text.find("registry national\n"), 18, "registry duty_established\n");
  EXPECT_THAT(ErrorsOf(text), HasSubstr("the registry cannot find 'duty_established'"));
}

// docs/scenarios.md, "Expected rulings": what stands after the arrow is compared, not played.
TEST(ScenarioTest, AnExpectedRulingIsReadWithGroundAndArticle) {
  const Scenario scenario =
      Read(Story("GRC withdraws P01 -> inadmissible out_of_turn Ours: withdrawal"));
  const auto& act = std::get<ActSentence>(scenario.steps.at(0).what);
  EXPECT_EQ(act.expected.outcome, ExpectedRuling::Outcome::kInadmissible);
  EXPECT_EQ(act.expected.ground, procedure::Ground::kOutOfTurn);
  EXPECT_EQ(act.expected.article, "Ours: withdrawal");
  EXPECT_EQ(scenario.steps[0].text, "GRC withdraws P01");
}

// docs/scenarios.md, "Any act": the general form reaches every act and fact of the vocabulary.
TEST(ScenarioTest, TheGeneralFormReadsFactsAndLines) {
  const Scenario scenario =
      Read(Story("GRC does application on P01 with category stateless_person, minor no\n  line "
                 "evidence passport, grade original"));
  const auto& act = std::get<ActSentence>(scenario.steps.at(0).what);
  EXPECT_TRUE(act.general);
  ASSERT_EQ(act.given.size(), 2u);
  EXPECT_EQ(act.given[0].text, "stateless_person");
  ASSERT_EQ(act.given_lines.size(), 1u);
  EXPECT_EQ(act.given_lines[0][1].fact, procedure::Fact::kGrade);
}

// docs/scenarios.md, "Any act" and "Expected rulings": what no program does is told apart from what
// one does; a detail that no ruling has is a mistake.
TEST(ScenarioTest, WhatTheCoreAlonePlaysIsReadAndMarked) {
  const auto of = [](const std::string& sentence) {
    const Scenario scenario = Read(Story(sentence));
    return std::get<ActSentence>(scenario.steps.at(0).what);
  };
  EXPECT_EQ(of("GRC does withdrawal on P01 under the second version").version,
            NamedVersion::kSecond);
  const ActSentence sealed =
      of("GRC does withdrawal on P01 sealed with GRC return_authority 2 and AUT monitor 1 to AUT");
  ASSERT_TRUE(sealed.sealed.has_value());
  ASSERT_EQ(sealed.sealed->size(), 2u);
  EXPECT_EQ((*sealed.sealed)[0].number, 2);
  EXPECT_EQ((*sealed.sealed)[1].party, *PartyCode::FromText("AUT"));
  EXPECT_EQ(sealed.addressee, *PartyCode::FromText("AUT"));
  const ActSentence bare = of("GRC does withdrawal on P01 sealed with nothing");
  ASSERT_TRUE(bare.sealed.has_value());
  EXPECT_TRUE(bare.sealed->empty());
  const ActSentence detailed =
      of("GRC withdraws P01 -> inadmissible out_of_turn Ours: withdrawal; lines 1 3; read by GRC");
  EXPECT_EQ(detailed.expected.article, "Ours: withdrawal");
  EXPECT_EQ(detailed.expected.details, (std::vector<std::pair<std::string, std::string>>{
                                           {"lines", "1 3"}, {"read by", "GRC"}}));
  for (const char* sentence :
       {"GRC does withdrawal on P01 under the second version",
        "GRC does withdrawal on P01 sealed with nothing", "GRC withdraws P01 -> admitted; rule x",
        "GRC does move_proposed on P01 with procedure second",
        "EUE does office_revoked on the cooperation with certificate certificate of GRC monitor 1, "
        "until 2016-09-20T00:00:00Z, revocation_ground superseded"}) {
    EXPECT_TRUE(of(sentence).InCoreAlone()) << sentence;
  }
  EXPECT_FALSE(of("GRC does move_proposed on P01 with procedure agreed").InCoreAlone());
  EXPECT_THAT(ErrorsOf(Story("GRC withdraws P01 -> admitted; smell roses")),
              HasSubstr("a ruling does not say 'smell'. Remedy: write one of rule, lines"));
  EXPECT_THAT(ErrorsOf(Story("GRC withdraws P01 -> admitted; rule")),
              HasSubstr("nothing is expected of 'rule'"));
}

// docs/scenarios.md, "Any act": a value that the fact cannot have is a mistake with the words it
// may have.
TEST(ScenarioTest, AValueThatIsNoWordOfItsFactIsAMistake) {
  EXPECT_THAT(ErrorsOf(Story("PAK does hold on P01 with hold_ground weather")),
              HasSubstr("write one of identity_in_doubt, court_order, medical, safety_of_flight"));
}

// docs/scenarios.md, "Flights": a flight is proposed before anything is said of it.
TEST(ScenarioTest, AFlightMustBeProposedFirst) {
  EXPECT_THAT(ErrorsOf(Story("GRC lists P01 on F1")),
              HasSubstr("the flight F1 is not proposed yet"));
}

// docs/scenarios.md, "Sentences": words after the end are never passed over.
TEST(ScenarioTest, SurplusWordsAreAMistake) {
  EXPECT_THAT(ErrorsOf(Story("GRC withdraws P01 quietly")),
              HasSubstr("'quietly' stands after the end"));
}

// docs/scenarios.md, "Expectations": only outcomes and sums that exist can be expected.
TEST(ScenarioTest, UnknownOutcomesAndSumsAreMistakes) {
  EXPECT_THAT(ErrorsOf(Story("expect P01 limits tea")), HasSubstr("'tea' is no limit"));
  EXPECT_THAT(ErrorsOf(Story("expect P01 limit reply until noon")),
              HasSubstr("'noon' is no moment"));
  EXPECT_THAT(ErrorsOf(Story("expect P01 without tea")), HasSubstr("'tea' is no fact"));
  EXPECT_THAT(ErrorsOf(Story("expect P01 happy")), HasSubstr("'happy' is no outcome of a person"));
  EXPECT_THAT(ErrorsOf(Story("expect sums tourists 3")), HasSubstr("'tourists' is no sum"));
}

// docs/scenarios.md, "On a flight": a number of people is bounded, since each becomes a line.
TEST(ScenarioTest, AListHasAtMostTwoHundredPeopleOfAKind) {
  const std::string flight =
      "GRC proposes flight F1 carrier ZQV number ZQV351 from ATH to ISB on 2016-12-06T06:00:00Z "
      "for GRC\n";
  Read(Story(flight + "GRC lists P01 escorts 200 on F1"));
  EXPECT_THAT(
      ErrorsOf(Story(flight + "GRC lists P01 escorts 201 on F1")),
      HasSubstr("t.scenario:" + std::to_string(kSentenceLine + 1) +
                ": more than 200 people of one kind. Remedy: write a number from 0 to 200"));
  EXPECT_THAT(ErrorsOf(Story(flight + "GRC lists P01 medics 99999999999 on F1")),
              HasSubstr("more than 200 people"));
}

// docs/scenarios.md, "Persons": dates are real ones, and nobody enters before being born.
TEST(ScenarioTest, ImpossibleDatesOfAPersonAreMistakes) {
  const auto with = [](const std::string& line) {
    std::string text = Story("GRC withdraws P01");
    return text.insert(text.find("  cnic"), "  " + line + "\n");
  };
  EXPECT_THAT(ErrorsOf(with("birth_date 1986-02-30")),
              HasSubstr("t.scenario:10: the birth_date is no real date. Remedy: "));
  EXPECT_THAT(ErrorsOf(with("passport_expiry 2017-06-31")),
              HasSubstr("t.scenario:10: the passport_expiry is no real date. Remedy: "));
  EXPECT_THAT(ErrorsOf(with("birth_date 2014-06-12")),
              HasSubstr("t.scenario:8: P01 entered before being born"));
  Read(with("birth_date 1986"));
}

// docs/scenarios.md, "Persons": every application states the date of entry.
TEST(ScenarioTest, APersonWithoutADateOfEntryIsAMistake) {
  std::string text = Story("GRC withdraws P01");
  text.erase(text.find("  entered 2014-06-11\n"), 21);
  EXPECT_THAT(ErrorsOf(text), HasSubstr("t.scenario:8: nothing says when P01 entered"));
}

// docs/scenarios.md, "Expected rulings": why an act is turned away is one of its words.
TEST(ScenarioTest, AnUnknownReasonOfAnActTurnedAwayIsAMistake) {
  EXPECT_THAT(ErrorsOf(Story("GRC withdraws P01 -> turned away bad_weather")),
              HasSubstr("t.scenario:" + std::to_string(kSentenceLine) +
                        ": no act is turned away for 'bad_weather'. Remedy: write "
                        "seal_missing, signer_not_appointed, author_not_appointed"));
  Read(Story("GRC withdraws P01 -> turned away seal_missing"));
}

// docs/scenarios.md, "Sentences": the ministry seals with keys of its own offices only.
TEST(ScenarioTest, AnOfficeThatTheMinistryDoesNotHaveIsAMistake) {
  EXPECT_THAT(ErrorsOf(Story("PAK monitor verifies P01 national")),
              HasSubstr("t.scenario:" + std::to_string(kSentenceLine) +
                        ": PAK has no office 'monitor'. Remedy: leave the office out"));
  Read(Story("PAK registry verifies P01 national"));
}

// docs/scenarios.md, "Errors": a wrong word is refused with the words that are right.
TEST(ScenarioTest, AnUnknownGroundIsRefusedWithTheGroundsThereAre) {
  EXPECT_THAT(ErrorsOf(Story("GRC withdraws P01 -> inadmissible too_lte")),
              HasSubstr("'too_lte' is no ground. Remedy: play the file in the core to see the "
                        "ground, one of: procedure_not_in_force"));
}

// docs/scenarios.md, "Header": only states that take part in a rehearsal are played.
TEST(ScenarioTest, AStateWithoutKeysIsAMistake) {
  for (const char* state : {"DNK", "IRL", "QQQ"}) {
    std::string text = Story("GRC withdraws P01");
    text.replace(text.find("GRC AUT"), 7, std::string("GRC ") + state);
    EXPECT_THAT(ErrorsOf(text), HasSubstr("t.scenario:6: '" + std::string(state) +
                                          "' is no state that takes part in a rehearsal"));
  }
}

// docs/scenarios.md, "Header": for further states there are no keys, so that the core alone plays
// them.
TEST(ScenarioTest, AStateOfTheCoreIsReadAndMarksTheStory) {
  std::string text = Story("GRC withdraws P01");
  EXPECT_FALSE(Read(text).InCoreAlone());
  text.replace(text.find("GRC AUT"), 7, "GRC FRA");
  EXPECT_TRUE(Read(text).InCoreAlone());
}

// docs/scenarios.md, "Programs that fail": a program that is away does nothing until it is back.
TEST(ScenarioTest, AProgramThatIsAwayDoesNoAct) {
  EXPECT_THAT(ErrorsOf(Story("ministry away\nPAK acknowledges P01\nministry back")),
              HasSubstr("t.scenario:" + std::to_string(kSentenceLine + 1) +
                        ": an act of ministry, which is away. Remedy: write 'ministry back'"));
  EXPECT_THAT(ErrorsOf(Story("ministry away")), HasSubstr("ministry never comes back"));
  EXPECT_THAT(ErrorsOf(Story("ministry away\nministry away\nministry back")),
              HasSubstr("ministry is away already"));
  EXPECT_THAT(ErrorsOf(Story("ministry back")), HasSubstr("ministry is not away"));
  Read(Story("ministry away\nGRC withdraws P01\nministry back\nPAK acknowledges P01"));
}

}  // namespace
}  // namespace chancery::play
