// The lines of a list: each is found by its key, and a line that repeats another is named.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/core_world.h"

namespace chancery::testing {
namespace {

using procedure::Ground;

std::vector<std::uint32_t> LinesRefused(const Stepped& stepped, Ground ground) {
  const auto* refused = std::get_if<procedure::Inadmissible>(&stepped.ruling.outcome);
  EXPECT_NE(refused, nullptr);
  if (refused == nullptr) return {};
  EXPECT_EQ(NameOf(refused->ground), NameOf(ground));
  return refused->lines;
}

// ruling.h, Inadmissible.lines: a line is named once for each one before it that it repeats;
// recorded rulings say it so.
TEST(Lines, ARepeatedLineIsNamedOnceForEachOneBeforeIt) {
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.Ready("P02");
  const std::vector<std::string> seal = {"GRC/return_authority/1"};
  EXPECT_EQ(LinesRefused(world.Do(world.Manifest("list", "flight", {"P01", "P02", "P01"}), seal),
                         Ground::kDuplicateLine),
            (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(
      LinesRefused(world.Do(world.Manifest("list", "flight", {"P01", "P01", "P02", "P01"}), seal),
                   Ground::kDuplicateLine),
      (std::vector<std::uint32_t>{1, 3, 3}));
}

// Article 9 and the charter's rules: an update finds the very line it names, wherever it stands.
TEST(Lines, AnUpdateChangesTheLineItNamesAndNoOther) {
  CoreWorld world;
  world.ProposeFlight("flight");
  for (const char* who : {"P01", "P02", "P03"}) world.Ready(who);
  const std::vector<std::string> persons = {"P01", "P02", "P03"};
  world.MustAdmit(world.Manifest("list", "flight", persons), {"GRC/return_authority/1"});
  world.MustAdmit(world.Lodging("list", "flight", 3), {"GRC/return_authority/1"});
  Act unknown = world.Clearance("list", persons);
  unknown.lines[1].Set(Fact::kCase, Id("P04"));
  EXPECT_EQ(LinesRefused(world.Do(unknown, CoreWorld::ClearanceSeals()), Ground::kUnknownLine),
            (std::vector<std::uint32_t>{1}));
  Act clearance = world.Clearance("list", {"P03", "P01", "P02"});
  clearance.lines[0].Set(Fact::kCleared, std::int64_t{0});
  clearance.lines[0].Set(Fact::kClearanceGround, W(Fact::kClearanceGround, "document_invalid"));
  world.MustAdmit(clearance, CoreWorld::ClearanceSeals());
  for (const char* who : {"P01", "P02", "P03"}) {
    EXPECT_EQ(world.MatterOf(Id(who)).facts.Has(Fact::kList), std::string(who) != "P03") << who;
  }
}

}  // namespace
}  // namespace chancery::testing
