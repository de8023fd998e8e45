// What the checker finds is told as scenarios that play, each act by the same rule.
#include "drafting/story.h"

#include <gtest/gtest.h>

#include "engine/checker/worlds.h"
#include "engine/codec/act_json.h"
#include "play/core_player.h"
#include "tests/support/pki.h"
#include "tests/unit/checker/broken_procedures.h"

namespace chancery::drafting {
namespace {

using checker::Property;
using procedure::ActKind;
using procedure::Ground;
using procedure::Procedure;

class StoryTest : public checker::BrokenProcedures {
 protected:
  play::Agreed AgreedUpon(const std::shared_ptr<const procedure::CheckedProcedure>& broken) const {
    return {{"founding", {}, founding_}, {"2016", {}, broken}};
  }
  checker::Violation FoundIn(const procedure::CheckedProcedure& broken, Property property,
                             const std::string& world) const {
    checker::Limits limits;
    limits.longest_waits = false;
    if (property != Property::kP5) limits.until_broken = property;
    for (checker::Bounds& bounds : checker::AllBounds()) {
      if (bounds.name != world) continue;
      // What is looked for comes after the list: nobody need find out in which order it is reached.
      if (bounds.families) {
        for (const ActKind act : {ActKind::kFlightProposed, ActKind::kManifest,
                                  ActKind::kManifestLodged, ActKind::kLandingPermitted})
          bounds.first.push_back(act);
      }
      const checker::Explored explored = Explore(*founding_, broken, bounds, limits);
      if (const checker::Violation* found = Find(explored, property)) return *found;
    }
    ADD_FAILURE() << NameOf(property) << " is not broken in " << world;
    return {};
  }
  // The scenario is read and played again here, and rules as the checker's story does.
  void ExpectTold(Property property, const std::string& world, const std::string& stage,
                  const std::function<void(Procedure&)>& breaking) {
    SCOPED_TRACE(std::string(NameOf(property)) + " in " + world);
    const auto broken = Broken(breaking);
    ASSERT_NE(broken, nullptr);
    const checker::Violation found = FoundIn(*broken, property, world);
    const play::Agreed agreed = AgreedUpon(broken);
    const absl::StatusOr<std::string> text = ToScenario(found, agreed, {"eu-pakistan", "2016"});
    ASSERT_TRUE(text.ok()) << text.status();
    auto read = play::ReadScenario(*text, "story");
    ASSERT_TRUE(std::holds_alternative<play::Scenario>(read)) << *text;
    const auto& scenario = std::get<play::Scenario>(read);
    const auto played = play::PlayInCore(scenario, agreed, {});
    ASSERT_TRUE(played.ok()) << played.status() << *text;
    EXPECT_TRUE(played->unmet.empty()) << played->unmet.front() << *text;
    std::vector<std::string> expected;
    for (const checker::Move& move : found.story) {
      if (!move.waited) expected.push_back(codec::Summary(move.ruling));
    }
    std::vector<std::string> rulings;
    for (const play::PlayedAct& act : played->record) {
      if (act.what.find("carrier_accepted") == std::string::npos || !rulings.empty())
        rulings.push_back(act.verdict.summary);
    }
    EXPECT_EQ(rulings, expected) << *text;
    EXPECT_NE(text->find(" invented\n"), std::string::npos);
    EXPECT_NE(text->find("# The people are invented.\n"), std::string::npos);
    EXPECT_NE(
        text->find("# " + std::string(NameOf(property)) + ": " + std::string(SentenceOf(property))),
        std::string::npos);
    EXPECT_NE(text->find(" stage " + stage + "\n"), std::string::npos) << *text;
  }
};

// docs/checker.md, "Stories to play": of procedures spoilt in different ways.
TEST_F(StoryTest, WhatIsFoundIsToldAndPlays) {
  ExpectTold(Property::kP1, "a journey and its revisions", "boarded", [](Procedure& terms) {
    RemoveGuards(terms, "manifest", Ground::kConfirmationDiffers);
  });
  ExpectTold(Property::kP3, "a journey under claims", "boarded", [](Procedure& terms) {
    RemoveGuards(terms, "boarding_recorded", Ground::kClaimOpen);
  });
  ExpectTold(Property::kP4, "a journey and its revisions", "boarded", [](Procedure& terms) {
    RemoveGuards(terms, "boarding_recorded", Ground::kNotCleared, "flight_revision");
  });
  ExpectTold(Property::kP6, "a journey under holds", "boarded",
             [](Procedure& terms) { RemoveGuards(terms, "boarding_recorded", Ground::kHeld); });
  ExpectTold(Property::kP6, "a journey under suspensions", "boarded", [](Procedure& terms) {
    RemoveGuards(terms, "boarding_recorded", Ground::kSuspended);
  });
  ExpectTold(Property::kP11, "a family on one list", "boarded", [](Procedure& terms) {
    RemoveGuards(terms, "boarding_recorded", Ground::kFamilyApart);
  });
  ExpectTold(Property::kP12, "one person twice", "open", [](Procedure& terms) {
    RemoveGuards(terms, "application_own_national", Ground::kOpenCaseExists);
  });
}

// P5: the way to where somebody waits for ever, and that the rest cannot be played.
TEST_F(StoryTest, AWaitWithoutEndIsToldUpToWhereItBegins) {
  const auto held_for_ever = [](Procedure& terms) {
    RemoveGuards(terms, "hold", Ground::kHeld, "held_before");
  };
  ExpectTold(Property::kP5, "one case, its days counted", "confirmed", held_for_ever);
  const auto broken = Broken(held_for_ever);
  const std::string text =
      support::Must(ToScenario(FoundIn(*broken, Property::kP5, "one case, its days counted"),
                               AgreedUpon(broken), {"eu-pakistan", "2016"}));
  // Acts of the last moment before a limit passes follow each other inside it.
  EXPECT_NE(text.find("\nat 2016-10-01T18:59:59.998Z\n"), std::string::npos) << text;
  EXPECT_NE(text.find("that it never ends"), std::string::npos) << text;
  EXPECT_EQ(text.find("The fault is that this is admitted"), std::string::npos) << text;
}

// "Stories to play": what has no story, no days or no words is not written, and why is said.
TEST_F(StoryTest, WhatCannotBeToldIsNotWritten) {
  const auto broken =
      Broken([](Procedure& terms) { RemoveGuards(terms, "boarding_recorded", Ground::kHeld); });
  checker::Violation found = FoundIn(*broken, Property::kP6, "a journey under holds");
  const play::Agreed agreed = AgreedUpon(broken);
  const auto why = [&](const checker::Violation& violation, const play::Agreed& rules) {
    const auto text = ToScenario(violation, rules, {"eu-pakistan", "2016"});
    EXPECT_TRUE(absl::IsFailedPrecondition(text.status())) << text.status();
    return std::string(ToStd(text.status().message()));
  };
  EXPECT_NE(why({{Property::kP8, "rule a: alone"}, {}, {}}, agreed).find("read off the rules"),
            std::string::npos);
  checker::Violation undated = found;
  undated.dated = false;
  EXPECT_NE(why(undated, agreed).find("no days were found"), std::string::npos);
  // Under rules that do not break it the story does not play, and is not written.
  EXPECT_NE(why(found, AgreedUpon(agreed_)).find("it plays otherwise (P6.scenario:"),
            std::string::npos);
  // Nor when another rule admits an act than the one that the checker saw.
  std::get<procedure::Admitted>(found.story.back().ruling.outcome).because.rule = "another";
  EXPECT_NE(why(found, agreed).find("admitted another does not come about"), std::string::npos);
}

}  // namespace
}  // namespace chancery::drafting
