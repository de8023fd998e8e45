// Time limits that pass: which ones, in which order, and what they leave behind. Matters are made
// by hand so that each reason why a limit does not count stands alone.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/core_world.h"

namespace chancery::testing {
namespace {

using procedure::Matter;
using procedure::MatterKind;
using procedure::Matters;

Instant Later(int days) { return Instant{At("2016-09-01T06:00:00Z").ms + days * kMsPerDay}; }

Matter WaitingCase(std::string_view id, std::string stage,
                   std::vector<procedure::RunningLimit> limits) {
  Matter matter;
  matter.id = Id(id);
  matter.kind = MatterKind::kCase;
  matter.procedure = CoreWorld::kProcedure2016;
  matter.requesting = Party("GRC");
  matter.requested = Party("PAK");
  matter.stage = std::move(stage);
  matter.limits = std::move(limits);
  return matter;
}

std::vector<std::string> LapsesOf(const CoreWorld& world, const std::vector<Matter>& matters,
                                  Instant at = Later(33)) {
  Matters all;
  for (const Matter& matter : matters) all.Add(matter);
  std::vector<std::string> names;
  for (const procedure::Lapsed& lapsed :
       procedure::StandingAt(world.replayer().procedures(), all, at).lapses) {
    names.push_back(lapsed.lapse + " " + lapsed.matter.ToHexText().substr(0, 2));
  }
  return names;
}

// step.h: limits are applied in the order in which they passed, whatever the ids of their matters.
TEST(Lapses, AreAppliedInTheOrderInWhichTheyPassed) {
  const CoreWorld world;
  EXPECT_EQ(LapsesOf(world, {WaitingCase("A", "open", {{"reply", Later(0), Later(31)}}),
                             WaitingCase("B", "open", {{"reply", Later(0), Later(30)}}),
                             WaitingCase("C", "open", {{"reply", Later(0), Later(32)}})}),
            (std::vector<std::string>{"silence 42", "silence 41", "silence 43"}));
}

// docs/procedure-language.md, lapse: it is of one kind of matter, one limit, and certain stages.
TEST(Lapses, AreOfTheirOwnLimitStageAndKindOfMatter) {
  const CoreWorld world;
  EXPECT_TRUE(
      LapsesOf(world, {WaitingCase("A", "open", {{"committee", Later(0), Later(1)}})}).empty());
  EXPECT_TRUE(
      LapsesOf(world, {WaitingCase("A", "referred", {{"reply", Later(0), Later(1)}})}).empty());
  Matter transfer = WaitingCase("A", "open", {{"reply", Later(0), Later(1)}});
  transfer.kind = MatterKind::kTransfer;
  EXPECT_TRUE(LapsesOf(world, {transfer}).empty());
  EXPECT_EQ(LapsesOf(world, {WaitingCase("A", "referred", {{"committee", Later(0), Later(1)}})}),
            (std::vector<std::string>{"committee_silent 41"}));
}

// step.h: a matter whose procedure is not known stands as it is.
TEST(Lapses, NoneIsAppliedUnderAProcedureThatIsNotKnown) {
  const CoreWorld world;
  Matter unknown = WaitingCase("A", "open", {{"reply", Later(0), Later(1)}});
  unknown.procedure = Named("another procedure");
  EXPECT_TRUE(LapsesOf(world, {unknown}).empty());
  Matters alone;
  alone.Add(unknown);
  EXPECT_FALSE(procedure::NextTimeLimit(world.replayer().procedures(), alone).has_value());
}

// step.h, NextTimeLimit: the earliest limit that can still lapse; one that means nothing in this
// stage does not count.
TEST(Lapses, TheNextTimeLimitIsTheEarliestThatMeansSomething) {
  const CoreWorld world;
  Matters matters;
  matters.Add(WaitingCase("A", "open",
                          {{"committee", Later(0), Later(1)}, {"reply", Later(0), Later(30)}}));
  matters.Add(WaitingCase("B", "referred", {{"committee", Later(0), Later(20)}}));
  EXPECT_EQ(procedure::NextTimeLimit(world.replayer().procedures(), matters), Later(20));
}

// docs/procedure-language.md, stages: what has ended waits for nothing.
TEST(Lapses, ATerminalStageStopsEveryLimit) {
  CoreWorld world;
  world.Apply("P01");
  EXPECT_FALSE(world.MatterOf(Id("P01")).limits.empty());
  world.MustAdmit(CoreWorld::From("GRC", "PAK", ActKind::kWithdrawal, Id("P01")),
                  {"GRC/return_authority/1"});
  EXPECT_TRUE(world.MatterOf(Id("P01")).limits.empty());
  // Also when silence ended it.
  Matters matters;
  matters.Add(WaitingCase("A", "referred",
                          {{"committee", Later(0), Later(20)}, {"reply", Later(0), Later(900)}}));
  const procedure::Standing standing =
      procedure::StandingAt(world.replayer().procedures(), matters, Later(100));
  ASSERT_EQ(standing.matters.size(), 1U);
  EXPECT_EQ(standing.matters[0].stage, "closed_unconfirmed");
  EXPECT_TRUE(standing.matters[0].limits.empty());
}

}  // namespace
}  // namespace chancery::testing
