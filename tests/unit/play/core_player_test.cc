#include "play/core_player.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <variant>

#include "engine/codec/act_json.h"
#include "play/agreed.h"
#include "play/matter_json.h"
#include "play/outcome.h"

namespace chancery::play {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const char* const kFlight =
    CHANCERY_SOURCE_DIR "/agreements/eu-pakistan/2016/scenarios/flight-2015-12-03.scenario";

std::string TextOf(const std::string& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

Scenario Read(const std::string& text) {
  auto read = ReadScenario(text, kFlight);
  if (const auto* errors = std::get_if<std::vector<ScenarioError>>(&read)) {
    for (const ScenarioError& error : *errors) ADD_FAILURE() << ToText(error);
    return {};
  }
  return std::get<Scenario>(std::move(read));
}

Played Play(const Scenario& scenario, const Progress& progress = {}) {
  const auto agreed = LoadAgreed(scenario, CHANCERY_SOURCE_DIR "/agreements");
  EXPECT_TRUE(agreed.ok()) << agreed.status();
  if (!agreed.ok()) return {};
  auto played = PlayInCore(scenario, *agreed, progress);
  EXPECT_TRUE(played.ok()) << played.status();
  return played.ok() ? *std::move(played) : Played{};
}

std::string Replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

// Issue "The input": 49 applied, 20 confirmed, 19 flown and admitted, 30 stay, nobody is refused on
// arrival.
TEST(CorePlayerTest, TheFlightOf2015EndsWithoutAnybodyRefusedOnArrival) {
  const Scenario scenario = Read(TextOf(kFlight));
  const Played played = Play(scenario);
  EXPECT_THAT(played.unmet, IsEmpty());
  auto sums = SumsOf(OutcomesOf(scenario, played.ending), played.ending);
  EXPECT_EQ(sums["applied"], 49);
  EXPECT_EQ(sums["confirmed"], 20);
  EXPECT_EQ(sums["flown"], 19);
  EXPECT_EQ(sums["admitted"], 19);
  EXPECT_EQ(sums["stayed"], 30);
  EXPECT_EQ(sums["refused_on_arrival"], 0);
  for (const char* reason :
       {"refused", "other_nationality", "open", "deemed_agreed", "claim_contested", "withdrawn"}) {
    EXPECT_GE(sums[reason], 1) << reason;
  }
}

// Issue "The input": at least five of the confirmed are of class D, whose CNIC the sender does not
// know.
TEST(CorePlayerTest, AtLeastFiveOfTheConfirmedAreOfClassD) {
  const Scenario scenario = Read(TextOf(kFlight));
  const Played played = Play(scenario);
  int confirmed_of_class_d = 0;
  int cnic_known = 0;
  for (const PersonOutcome& outcome : OutcomesOf(scenario, played.ending)) {
    const bool known = scenario.FindPerson(outcome.person)->cnic_known;
    if (known) ++cnic_known;
    const bool class_d =
        played.ending.cases.at(outcome.person).facts.NumberOr(procedure::Fact::kClass, 0) == 4;
    if (outcome.confirmed && class_d && !known) ++confirmed_of_class_d;
  }
  EXPECT_GE(confirmed_of_class_d, 5);
  EXPECT_EQ(cnic_known, 19);  // domain.md 0.4: identity-card numbers could be given for 19
}

// Issue "The input": two attempts are ruled inadmissible with their article, and nothing else is.
TEST(CorePlayerTest, TwoAttemptsAreInadmissible) {
  std::vector<std::string> inadmissible;
  Play(Read(TextOf(kFlight)), [&](const std::string& line) {
    if (line.find(": admitted") == std::string::npos) inadmissible.push_back(line);
  });
  EXPECT_THAT(inadmissible,
              ElementsAre(HasSubstr("inadmissible not_confirmed, Art 4(3)"),
                          HasSubstr("inadmissible added_after_clearance, SOP charter")));
}

// docs/scenarios.md, "Expectations": what is not met is told with file and line, expected and
// found.
TEST(CorePlayerTest, AnEndingThatIsNotAsExpectedIsTold) {
  std::string text = Replaced(TextOf(kFlight), "expect P01 admitted", "expect P01 refused");
  text = Replaced(text, "flown 19", "flown 18");
  text = Replaced(text, "expect F1 boarded_escorts 16", "expect F1 boarded_escorts 15");
  EXPECT_THAT(Play(Read(text)).unmet,
              ElementsAre(HasSubstr("expected flown 18, found 19"),
                          HasSubstr("expected F1 boarded_escorts 15, found 16"),
                          HasSubstr("expected P01 outcome refused, found admitted")));
}

// docs/scenarios.md, "Expectations": limits that run and until when, facts that stand and that do
// not, of a case, of a state's list, of a person's line in it and of a state's row.
TEST(CorePlayerTest, WhatStandsAndWhatRunsAtTheEndIsCompared) {
  const auto unmet = [](const std::string& expectations) {
    return Play(Read(Replaced(TextOf(kFlight), "expect P01 admitted", expectations))).unmet;
  };
  EXPECT_THAT(unmet("expect P01 limits none\n"
                    "expect P01 with admitted_at\n"
                    "expect P01 without held\n"
                    "expect P01 on F1 line_stage handed_over\n"
                    "expect GRC's list on F1 category own_national\n"
                    "expect GRC's row on F1 with boarding\n"
                    "expect P47 limits reply\n"
                    "expect P47 limit reply until 2016-12-14T19:00:00Z"),
              IsEmpty());
  EXPECT_THAT(unmet("expect P01 limits transfer\n"
                    "expect P01 without admitted_at\n"
                    "expect P01 with held\n"
                    "expect P01 on F1 line_stage boarded\n"
                    "expect GRC's list on F1 category third_country_national\n"
                    "expect GRC's row on F1 without boarding\n"
                    "expect P47 limits none\n"
                    "expect P47 limit reply until 2016-12-14T19:00:01Z\n"
                    "expect P47 limit transfer until 2016-12-14T19:00:00Z\n"
                    "expect P47 on F1 line_stage boarded"),
              ElementsAre(HasSubstr("expected P01 limits transfer, found none"),
                          HasSubstr("expected P01 without admitted_at, found"),
                          HasSubstr("expected P01 with held, found nothing"),
                          HasSubstr("expected P01 on F1 line_stage boarded, found handed_over"),
                          HasSubstr("expected GRC's list on F1 category third_country_national, "
                                    "found own_national"),
                          HasSubstr("expected GRC's row on F1 without boarding, found"),
                          HasSubstr("expected P47 limits none, found reply"),
                          HasSubstr("expected P47 limit reply until 2016-12-14T19:00:01Z, found "
                                    "2016-12-14T19:00:00Z"),
                          HasSubstr("expected P47 limit transfer until 2016-12-14T19:00:00Z, found "
                                    "that it does not run"),
                          HasSubstr("expected P47 on F1 line_stage boarded, found nothing there")));
}

// docs/scenarios.md, "Any act": what was offered before it was recorded counts from the offer and
// two days.
TEST(CorePlayerTest, AnOfferProofComesWithAnAct) {
  const auto unmet = [](const std::string& offered) {
    std::string text = TextOf(kFlight);
    text.resize(text.find("\nat ") + 1);
    return Play(Read(text +
                     "at 2016-09-05T08:00:00Z\nGRC applies for P47 with passport original\n"
                     "at 2016-09-12T08:00:00Z\nGRC does claim_made on P47 " +
                     offered +
                     "with claim_basis conviction, claim_assured yes, claim_evidence new\n"
                     "expect P47 limit claim_receipt until 2016-09-16T19:00:00Z\n"))
        .unmet;
  };
  // Offered on the 7th, received on the 9th, recorded on the 12th.
  EXPECT_THAT(unmet("offered 2016-09-07T08:00:00Z "), IsEmpty());
  EXPECT_THAT(unmet(""), ElementsAre(HasSubstr("found 2016-09-19T19:00:00Z")));
}

// docs/scenarios.md, "Expected rulings": a ruling, a ground and an article that differ are each
// told.
TEST(CorePlayerTest, ARulingThatIsNotAsExpectedIsTold) {
  std::string text =
      Replaced(TextOf(kFlight), "GRC withdraws P19 P20", "GRC withdraws P19 P20 -> inadmissible");
  text = Replaced(text, "inadmissible not_confirmed Art 4(3)", "inadmissible not_confirmed Art 9");
  text =
      Replaced(text, "inadmissible added_after_clearance SOP charter", "inadmissible claim_open");
  EXPECT_THAT(
      Play(Read(text)).unmet,
      ElementsAre(
          HasSubstr("withdrawal P19: expected inadmissible, was admitted"),
          HasSubstr("withdrawal P20: expected inadmissible, was admitted"),
          HasSubstr("expected inadmissible not_confirmed, Art 9, was inadmissible not_confirmed, "
                    "Art 4(3)"),
          HasSubstr("expected inadmissible claim_open, was inadmissible added_after_clearance")));
}

// docs/scenarios.md, "Expected rulings": so is each detail that differs, and where nothing was
// recorded there is none.
TEST(CorePlayerTest, ADetailOfARulingThatIsNotAsExpectedIsTold) {
  std::string text = TextOf(kFlight);
  text.resize(text.find("\nat ") + 1);
  text += "at 2016-09-05T08:00:00Z\nGRC applies for P47 with passport original -> admitted";
  EXPECT_THAT(
      Play(Read(text + "; rule application_own_national; lines none; changes open; read by GRC "
                       "PAK; silence none\n"))
          .unmet,
      IsEmpty());
  for (const auto& [expected, found] :
       {std::pair("rule notice", "expected rule notice, was application_own_national"),
        std::pair("lines 1", "expected lines 1, was none"),
        std::pair("changes noticed", "expected changes noticed, was open"),
        std::pair("silence reply", "expected silence reply, was none"),
        std::pair("read by everyone", "expected read by everyone, was GRC PAK")}) {
    EXPECT_THAT(Play(Read(text + "; " + expected + "\n")).unmet, ElementsAre(HasSubstr(found)));
  }
  EXPECT_THAT(Play(Read(text + "\nAUT does withdrawal on P47 sealed with GRC return_authority 1 -> "
                               "turned away signer_not_appointed; read by GRC\n"))
                  .unmet,
              ElementsAre(HasSubstr("expected read by GRC, was nothing")));
}

// docs/scenarios.md, "Header": a second version has rules of its own folder and a name of its own;
// where the header does not stand there is none.
TEST(CorePlayerTest, ASecondVersionIsKnownAndNotInForce) {
  std::string text = TextOf(kFlight);
  text.resize(text.find("\nat ") + 1);
  text +=
      "at 2016-09-05T08:00:00Z\nGRC applies for P47 with passport original\n"
      "GRC does move_proposed on P47 with procedure second -> inadmissible "
      "procedure_not_in_force\n";
  const Scenario without = Read(text);
  const auto agreed = LoadAgreed(without, CHANCERY_SOURCE_DIR "/agreements");
  ASSERT_TRUE(agreed.ok());
  EXPECT_FALSE(agreed->second.has_value());
  EXPECT_THAT(std::string(PlayInCore(without, *agreed, {}).status().message()),
              HasSubstr("there is no second version. Remedy: write the header 'second: 2016'"));
  const Scenario with =
      Read(Replaced(text, "procedure: 2016\n", "procedure: 2016\nsecond: 2016\n"));
  const auto both = LoadAgreed(with, CHANCERY_SOURCE_DIR "/agreements");
  ASSERT_TRUE(both.ok());
  EXPECT_NE(both->second->rules->digest(), both->procedure.rules->digest());
  EXPECT_THAT(Play(with).unmet, IsEmpty());
}

// The core's law: the same acts in the same order give the same ending.
TEST(CorePlayerTest, TheSameScenarioEndsTheSame) {
  const Scenario scenario = Read(TextOf(kFlight));
  const Played one = Play(scenario);
  const Played other = Play(scenario);
  EXPECT_EQ(one.ending.cases, other.ending.cases);
  EXPECT_EQ(one.ending.flights, other.ending.flights);
  EXPECT_EQ(one.ending.transfers, other.ending.transfers);
  EXPECT_EQ(one.acts, other.acts);
}

// docs/scenarios.md, "Errors": a sentence about a case that nobody opened names its line.
TEST(CorePlayerTest, ASentenceAboutACaseThatDoesNotExistNamesItsLine) {
  const Scenario scenario =
      Read(Replaced(TextOf(kFlight), "GRC applies for P04 with identity_card original\n", ""));
  const auto agreed = LoadAgreed(scenario, CHANCERY_SOURCE_DIR "/agreements");
  ASSERT_TRUE(agreed.ok());
  const auto played = PlayInCore(scenario, *agreed, {});
  ASSERT_FALSE(played.ok());
  EXPECT_THAT(std::string(ToStd(played.status().message())),
              HasSubstr("nobody has applied for P04"));
}

// docs/scenarios.md, "Any act": the general form names the group of a person's family, and the act
// that last said who is aboard; another identifier or digest is not those.
TEST(CorePlayerTest, TheGeneralFormNamesFamiliesAndBoardings) {
  const std::string text = TextOf(
      CHANCERY_SOURCE_DIR "/agreements/eu-pakistan/2016/scenarios/family-withdrawn.scenario");
  const auto general = [&](const std::string& group, const std::string& boarding) {
    return Replaced(
        Replaced(text, "GRC applies for P01..P03 with passport original",
                 "GRC applies for P01 P03 with passport original\n"
                 "GRC does application on P02 with category own_national, decision_final yes, "
                 "present yes, entry_date 2014-06-11, minor yes, handle P02, family_group " +
                     group + "\n  line evidence passport, grade original, attachment new"),
        "GRC lodges its boarding on F1",
        "GRC does boarding_lodged on F1 with boarding " + boarding +
            ", boarded_returnees 1, boarded_escorts 2, boarded_monitors 0, boarded_medics 0, "
            "boarded_interpreters 0");
  };
  EXPECT_THAT(Play(Read(general("P01", "boarding of GRC on F1"))).unmet, IsEmpty());
  // What is lodged truly is received: the scenario, where it was not, expects otherwise.
  const std::string falsely =
      TextOf(CHANCERY_SOURCE_DIR
             "/agreements/eu-pakistan/2016/scenarios/boarding-lodged-falsely.scenario");
  const Played truly =
      Play(Read(Replaced(falsely, "with boarding new", "with boarding boarding of AUT on F1")));
  ASSERT_THAT(truly.unmet, Not(IsEmpty()));
  EXPECT_THAT(truly.unmet.front(), HasSubstr("list_differs"));
  const auto agreed = LoadAgreed(Read(text), CHANCERY_SOURCE_DIR "/agreements");
  for (const auto& [group, boarding] :
       {std::pair("P03", "boarding of GRC on F1"), std::pair("P01", "boarding of AUT on F1")}) {
    const auto played = PlayInCore(Read(general(group, boarding)), *agreed, {});
    EXPECT_THAT(std::string(played.status().message()), HasSubstr("names nothing that exists"));
  }
}

// docs/scenarios.md, "A whole scenario": the example on the page is a scenario that ends as it
// says.
TEST(CorePlayerTest, TheExampleInTheReferenceEndsAsItSays) {
  const std::string page = TextOf(CHANCERY_SOURCE_DIR "/docs/scenarios.md");
  const std::size_t begin = page.find("```\nscenario:") + 4;
  const Scenario scenario = Read(page.substr(begin, page.find("```", begin) - begin));
  EXPECT_EQ(scenario.persons.size(), 1u);
  EXPECT_THAT(Play(scenario).unmet, IsEmpty());
}

// matter_json.h: what the programs print of a matter is read back as the same matter.
TEST(CorePlayerTest, PrintedMattersAreReadBackTheSame) {
  const Played played = Play(Read(TextOf(kFlight)));
  const auto read_back = [](const procedure::Matter& matter) {
    const auto json = nlohmann::ordered_json::parse(codec::MatterToJson(matter));
    const auto again = MatterFromJson(json);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, matter);
  };
  for (const auto& [person, matter] : played.ending.cases) read_back(matter);
  for (const auto& [flight, matter] : played.ending.flights) read_back(matter);
  for (const auto& [list, matter] : played.ending.transfers) read_back(matter);
  EXPECT_EQ(played.ending.transfers.size(), 3u);
}

}  // namespace
}  // namespace chancery::play
