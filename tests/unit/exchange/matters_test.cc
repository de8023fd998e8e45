// Matters read from a store and from groups not yet committed.
#include "engine/exchange/matters.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/support/failing_store.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using procedure::Fact;
using procedure::Facts;
using support::ExchangeWorld;
using support::Must;
using support::Party;

// Design section 8: of the procedures in force the one that came into force last governs new
// matters, whatever the order of the register, and none before its time.
TEST(ProcedureInForce, IsTheOneThatCameIntoForceLast) {
  const auto row = [](std::string_view name, std::int64_t from) {
    return Facts{{Fact::kRegister, static_cast<std::int64_t>(procedure::Register::kProcedure)},
                 {Fact::kProcedureStanding,
                  static_cast<std::int64_t>(procedure::ProcedureStanding::kInForce)},
                 {Fact::kProcedure, crypto::Sha256(name)},
                 {Fact::kFrom, from}};
  };
  procedure::Matter cooperation;
  for (const bool newest_first : {false, true}) {
    cooperation.lines = {row("first", 1), row("second", 3)};
    if (newest_first) std::swap(cooperation.lines[0], cooperation.lines[1]);
    cooperation.lines.push_back(row("later", 10));
    EXPECT_EQ(ProcedureInForce(cooperation, {0}), std::nullopt);
    EXPECT_EQ(ProcedureInForce(cooperation, {2}), crypto::Sha256("first"));
    EXPECT_EQ(ProcedureInForce(cooperation, {9}), crypto::Sha256("second"));
    EXPECT_EQ(ProcedureInForce(cooperation, {10}), crypto::Sha256("later"));
  }
}

// The same: a version taken out of force from a day to come governs until then, and the one that
// comes into force on a day to come does not before; the node says as the core rules.
TEST(ProcedureInForce, EndsOnItsDayAndNotBefore) {
  const auto row = [](std::string_view name, procedure::ProcedureStanding standing,
                      std::int64_t from) {
    return Facts{{Fact::kRegister, static_cast<std::int64_t>(procedure::Register::kProcedure)},
                 {Fact::kProcedureStanding, static_cast<std::int64_t>(standing)},
                 {Fact::kProcedure, crypto::Sha256(name)},
                 {Fact::kFrom, from}};
  };
  procedure::Matter cooperation;
  cooperation.lines = {row("old", procedure::ProcedureStanding::kOutOfForce, 1),
                       row("new", procedure::ProcedureStanding::kInForce, 8),
                       row("accepted", procedure::ProcedureStanding::kAccepted, 1)};
  cooperation.lines[0].Set(Fact::kUntil, 5);
  EXPECT_EQ(ProcedureInForce(cooperation, {4}), crypto::Sha256("old"));
  EXPECT_EQ(ProcedureInForce(cooperation, {5}), std::nullopt);
  EXPECT_EQ(ProcedureInForce(cooperation, {7}), std::nullopt);
  EXPECT_EQ(ProcedureInForce(cooperation, {8}), crypto::Sha256("new"));
}

// matters.h: a store that cannot be read looks empty to the core, so nothing is ruled on what it
// said.
TEST(MatterBook, SaysThatTheStoreCouldNotBeRead) {
  ExchangeWorld world;
  world.Begin();
  support::FailingStore store(store::NewMemoryStore(world.Identity()));
  store.before_find_matter = [](const MatterId&) { return Unavailable("busy"); };
  MatterBook book(store);
  procedure::Act act = world.Application();
  EXPECT_EQ(book.Touched(act).status().code(), absl::StatusCode::kUnavailable);
  store.before_find_matter = {};
  EXPECT_TRUE(book.Touched(act).ok()) << "the failure is not kept";
}

// LedgerKeeper::Overlay: what a group made of matters stands only when it was committed.
TEST(MatterBook, AGroupThatWasNotCommittedLeavesNothing) {
  ExchangeWorld world;
  world.Begin();
  MatterBook book(*world.store);
  procedure::Matter matter;
  matter.id.raw()[0] = 1;
  matter.kind = procedure::MatterKind::kCase;
  matter.requesting = Party("GRC");
  matter.requested = Party("PAK");
  matter.procedure = crypto::Sha256(world.bundle_2016);
  matter.stage = "applied";
  const auto put = [&] {
    store::Commit commit;
    ASSERT_TRUE(book.Put(*world.procedures->Set(), {matter}, commit).ok());
    EXPECT_NE(book.Find(matter.id), nullptr);
  };
  put();
  book.DropJob();
  EXPECT_EQ(book.Find(matter.id), nullptr);
  put();
  book.KeepJob();
  EXPECT_NE(book.Find(matter.id), nullptr);
  book.DropGroup();
  EXPECT_EQ(book.Find(matter.id), nullptr);
}

}  // namespace
}  // namespace chancery::exchange
