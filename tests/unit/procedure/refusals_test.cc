// Acts that no rule allows, each refused for the one reason that is true.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/core_world.h"

namespace chancery::testing {
namespace {

using procedure::Ground;

Ground GroundOf(const Stepped& stepped) {
  const auto* refused = std::get_if<procedure::Inadmissible>(&stepped.ruling.outcome);
  EXPECT_NE(refused, nullptr);
  return refused != nullptr ? refused->ground : Ground{};
}

// Design section 2, four eyes: a seal counts for its own party alone, at the door and in the
// ruling.
TEST(Seals, AnotherPartysSealOfTheSameOfficeIsNone) {
  CoreWorld world;
  const Act act = world.Application("P01");
  EXPECT_FALSE(world.AtTheDoor(act, {"GRC/return_authority/1"}).has_value());
  for (const std::vector<std::string>& seals :
       {std::vector<std::string>{"AUT/return_authority/1"},
        {"GRC/return_authority/1", "AUT/return_authority/1"}}) {
    const auto away = world.AtTheDoor(act, seals);
    ASSERT_TRUE(away.has_value());
    EXPECT_EQ(away->ground, procedure::DoorGround::kSignerNotAppointed);
  }
  const Stepped stepped = world.Do(act, {"AUT/return_authority/1"});
  const auto* refused = std::get_if<procedure::Inadmissible>(&stepped.ruling.outcome);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->ground, procedure::Ground::kMissingSeal);
}

// docs/acts.md: an act is about one kind of matter; a case is no transfer.
TEST(Refusals, AnActOnAMatterOfAnotherKindFindsNone) {
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.Apply("P02");
  Act manifest = world.Manifest("list", "flight", {"P01"});
  manifest.matter = Id("P02");
  EXPECT_EQ(GroundOf(world.Do(manifest, {"GRC/return_authority/1"})), Ground::kUnknownMatter);
  EXPECT_EQ(world.MatterOf(Id("P02")).kind, procedure::MatterKind::kCase);
}

// Design section 2: a matter keeps the procedure it was opened under, and goes on under it when the
// procedure is no longer in force for new ones.
TEST(Refusals, AMatterIsRuledByTheProcedureItWasOpenedUnder) {
  CoreWorld world;
  world.Apply("P01");
  Act other = world.Verification("P01");
  other.procedure = CoreWorld::kFounding;
  EXPECT_EQ(GroundOf(world.Do(other, {"PAK/mission/1", "PAK/mission/2"})), Ground::kOtherProcedure);
  other.procedure = Named("a procedure nobody knows");
  EXPECT_EQ(GroundOf(world.Do(other, {"PAK/mission/1", "PAK/mission/2"})),
            Ground::kProcedureNotInForce);
}

// The founding procedure's standing of a procedure: proposed, accepted, in force from a moment on;
// only then is a matter opened under it. (The procedure taken here has no rule for the act, which
// is what the core says once nothing else is in the way.)
TEST(Refusals, NothingIsOpenedUnderAProcedureBeforeItIsInForce) {
  CoreWorld world;
  const auto ruled = [&world] {
    Act act = world.Application("P01");
    act.procedure = CoreWorld::kFounding;
    return GroundOf(world.Do(act, {"GRC/return_authority/1"}));
  };
  EXPECT_EQ(ruled(), Ground::kProcedureNotInForce) << "not in the register";
  Facts facts{{Fact::kProcedure, CoreWorld::kFounding}};
  world.MustAdmit(CoreWorld::Cooperation("EUE", ActKind::kProcedureProposed, facts),
                  {"EUE/union_signatory/1"});
  EXPECT_EQ(ruled(), Ground::kProcedureNotInForce) << "proposed";
  world.MustAdmit(CoreWorld::Cooperation("PAK", ActKind::kProcedureAccepted, facts),
                  {"PAK/ministry/1"});
  EXPECT_EQ(ruled(), Ground::kProcedureNotInForce) << "accepted";
  facts.Set(Fact::kFrom, world.now.ms + kMsPerDay);
  world.MustAdmit(CoreWorld::Cooperation("PAK", ActKind::kProcedureInForce, facts),
                  {"PAK/ministry/1"});
  world.now.ms += kMsPerDay - 1;
  EXPECT_EQ(ruled(), Ground::kProcedureNotInForce) << "in force a moment later";
  world.now.ms += 1;
  EXPECT_EQ(ruled(), Ground::kOutOfTurn);
}

// step.h: whoever comes past the door with the id of a matter he may not read overwrites nothing.
TEST(Refusals, TheIdOfAnothersMatterOpensNoMatter) {
  CoreWorld world;
  world.Apply("P01", "AUT");
  const procedure::Matter before = world.MatterOf(Id("P01"));
  EXPECT_EQ(GroundOf(world.Do(world.Application("P01"), {"GRC/return_authority/1"})),
            Ground::kMatterExists);
  EXPECT_EQ(world.MatterOf(Id("P01")), before);
}

// docs/acts.md: an act is between two parties; nobody asks himself.
TEST(Refusals, NobodyOpensAMatterWithHimself) {
  CoreWorld world;
  Act act = world.Application("P01");
  act.addressee = act.author;
  EXPECT_EQ(GroundOf(world.Do(act, {"GRC/return_authority/1"})), Ground::kWrongRole);
}

}  // namespace
}  // namespace chancery::testing
