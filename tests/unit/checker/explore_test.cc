// The checker finds what a faulty procedure allows, and its story can be played again in the core.
#include "engine/checker/explore.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "tests/unit/checker/broken_procedures.h"

namespace chancery::checker {
namespace {

using procedure::ActKind;

// The core of a case: application, verification, reply, document, withdrawal, silence.
Bounds SmallCase(int cases = 1) {
  const std::set<ActKind> kept = {ActKind::kApplication, ActKind::kVerification, ActKind::kReply,
                                  ActKind::kDocumentIssued, ActKind::kWithdrawal};
  Bounds bounds{.name = "small", .cases = cases, .one_class = true, .first = {}, .without = {}};
  for (const procedure::ActInfo& act : procedure::AllActs()) {
    if (!kept.contains(act.kind)) bounds.without.insert(act.kind);
  }
  return bounds;
}

class ExploreTest : public BrokenProcedures {};

// Design section 9: every reachable situation of the core of a case keeps every property.
TEST_F(ExploreTest, TheAgreedCoreOfACaseBreaksNothing) {
  const Explored explored = Explore(*founding_, *agreed_, SmallCase(), {});
  EXPECT_TRUE(explored.complete);
  EXPECT_GT(explored.situations, 30U);
  EXPECT_TRUE(explored.violations.empty()) << explored.violations.front().breach.kind;
  EXPECT_FALSE(explored.waits_by_class.empty());
}

// Design section 9: the number of threads changes the time and nothing else.
TEST_F(ExploreTest, OneThreadFindsWhatTwoFind) {
  Limits alone;
  alone.threads = 1;
  const Explored one = Explore(*founding_, *agreed_, SmallCase(), alone);
  const Explored two = Explore(*founding_, *agreed_, SmallCase(), {});
  EXPECT_EQ(one.situations, two.situations);
  EXPECT_EQ(one.admitted, two.admitted);
  EXPECT_EQ(one.waits_by_class, two.waits_by_class);
}

// docs/checker.md: nothing is said of what was not explored to its end.
TEST_F(ExploreTest, AnExplorationThatIsCutShortClaimsNothing) {
  Limits few;
  few.most_situations = 20;
  const Explored explored = Explore(*founding_, *agreed_, SmallCase(), few);
  EXPECT_FALSE(explored.complete);
  EXPECT_TRUE(explored.waits_by_class.empty());
}

// P7: an application without the assertion of a final decision is found.
TEST_F(ExploreTest, AnApplicationWithoutAFinalDecisionIsFound) {
  const auto broken = Broken([](Procedure& terms) {
    RemoveGuards(terms, "application_own_national", procedure::Ground::kDecisionNotFinal);
  });
  const Explored explored = Explore(*founding_, *broken, SmallCase(), {});
  const Violation* found = Find(explored, Property::kP7);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->story.size(), 1U);
  ExpectReplays(*broken, *found);
}

// P7: so is one for somebody who entered before the agreement was in force.
TEST_F(ExploreTest, AnEntryBeforeTheAgreementIsFound) {
  const auto broken = Broken([](Procedure& terms) {
    RemoveGuards(terms, "application_own_national", procedure::Ground::kEnteredBeforeAgreement);
  });
  const Explored explored = Explore(*founding_, *broken, SmallCase(), {});
  ASSERT_NE(Find(explored, Property::kP7), nullptr);
  ExpectReplays(*broken, *Find(explored, Property::kP7));
}

// P10: a travel document before confirmation is found, by the shortest way.
TEST_F(ExploreTest, ADocumentBeforeConfirmationIsFound) {
  const auto broken = Broken([](Procedure& terms) {
    Rule& issued = RuleNamed(terms, "document_issued");
    issued.from.push_back("open");
    std::erase_if(issued.guards, [](const Guard& guard) {
      return guard.ground == procedure::Ground::kConfirmationDiffers;
    });
  });
  const Explored explored = Explore(*founding_, *broken, SmallCase(), {});
  const Violation* found = Find(explored, Property::kP10);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->story.size(), 2U);
  ExpectReplays(*broken, *found);
}

// P12: two open cases of one person, and a new application after a refusal without new evidence.
TEST_F(ExploreTest, ASecondApplicationIsFound) {
  const auto two_open = Broken([](Procedure& terms) {
    RemoveGuards(terms, "application_own_national", procedure::Ground::kOpenCaseExists);
  });
  const Explored open = Explore(*founding_, *two_open, SmallCase(2), {});
  ASSERT_NE(Find(open, Property::kP12), nullptr);
  ExpectReplays(*two_open, *Find(open, Property::kP12));
  const auto no_evidence = Broken([](Procedure& terms) {
    RemoveGuards(terms, "application_own_national", procedure::Ground::kNoNewEvidence);
  });
  const Explored again = Explore(*founding_, *no_evidence, SmallCase(2), {});
  ASSERT_NE(Find(again, Property::kP12), nullptr);
  ExpectReplays(*no_evidence, *Find(again, Property::kP12));
}

// P5: a silence without consequence is found.
TEST_F(ExploreTest, WaitingForEverIsFound) {
  const auto silent = Broken([](Procedure& terms) {
    std::erase_if(terms.lapses,
                  [](const procedure::Lapse& lapse) { return lapse.name == "silence"; });
  });
  const Explored stuck = Explore(*founding_, *silent, SmallCase(), {});
  ASSERT_NE(Find(stuck, Property::kP5), nullptr);
}

// P8, P3 and P9 are read off the rules: an act of the other side, one pair of eyes too few, a claim
// that moves the case, an error that nobody can contest.
TEST_F(ExploreTest, WhoActsForWhomIsReadOffTheRules) {
  const auto rules = [&](const std::function<void(Procedure&)>& breaking) {
    Procedure terms = agreed_->terms();
    breaking(terms);
    std::set<Property> found;
    for (const Breach& breach : JudgeRules(terms)) found.insert(breach.property);
    return found;
  };
  EXPECT_FALSE(rules([](Procedure&) {}).contains(Property::kP8));
  EXPECT_TRUE(rules([](Procedure& terms) {
                RuleNamed(terms, "reply_confirmed").role = procedure::Role::kEither;
              }).contains(Property::kP8));
  EXPECT_TRUE(rules([](Procedure& terms) {
                RuleNamed(terms, "reply_confirmed").seals.resize(1);
              }).contains(Property::kP8));
  EXPECT_TRUE(rules([](Procedure& terms) {
                RuleNamed(terms, "claim_made").to = "refused";
              }).contains(Property::kP3));
  EXPECT_FALSE(rules([](Procedure&) {}).contains(Property::kP9));
  EXPECT_TRUE(rules([](Procedure& terms) {
                RuleNamed(terms, "error_contested").from = {"error_accepted"};
              }).contains(Property::kP9));
}

}  // namespace
}  // namespace chancery::checker
