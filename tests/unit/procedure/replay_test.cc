// Replaying: how matters are found again, and which stream an entry belongs to.
#include "engine/procedure/replay.h"

#include <gtest/gtest.h>

#include <string_view>

namespace chancery::procedure {
namespace {

PartyCode Party(std::string_view text) { return *PartyCode::FromText(text); }

MatterId Id(std::uint8_t number) {
  MatterId id;
  id.raw()[0] = number;
  return id;
}

Matter Case(std::uint8_t number, std::string_view party, std::uint8_t handle) {
  Matter matter;
  matter.id = Id(number);
  matter.kind = MatterKind::kCase;
  matter.requesting = Party(party);
  matter.facts.Set(Fact::kHandle, Id(handle));
  return matter;
}

// Design section 6: a stream belongs to one reader set; the keeper reads all of its ledger and is
// not named.
TEST(StreamOf, NamesTheReadersWithoutTheKeeperInOrder) {
  const PartyCode keeper = Party("PAK");
  EXPECT_EQ(StreamOf({.everyone = true, .parties = {}}, keeper), "all");
  EXPECT_EQ(StreamOf({.everyone = false, .parties = {Party("PAK"), Party("GRC")}}, keeper), "GRC");
  EXPECT_EQ(StreamOf({.everyone = false,
                      .parties = {Party("GRC"), Party("PAK"), Party("AUT"), Party("GRC")}},
                     keeper),
            "AUT+GRC");
  EXPECT_EQ(StreamOf({.everyone = false, .parties = {keeper}}, keeper), "PAK");
}

// matter.h: the newest case a party opened for the person, open or closed; another party's handle
// is another person.
TEST(MatterTable, FindsTheNewestCaseOfAPerson) {
  MatterTable table;
  table.Put(Case(1, "GRC", 7));
  table.Put(Case(2, "GRC", 7));
  table.Put(Case(3, "AUT", 7));
  EXPECT_EQ(table.CaseOf(Party("GRC"), Id(7)), Id(2));
  EXPECT_EQ(table.CaseOf(Party("AUT"), Id(7)), Id(3));
  EXPECT_TRUE(table.CaseOf(Party("BGR"), Id(7)).IsZero());
  // A later state of the older case does not make it the newest.
  Matter older = Case(1, "GRC", 7);
  older.stage = "withdrawn";
  table.Put(older);
  EXPECT_EQ(table.CaseOf(Party("GRC"), Id(7)), Id(2));
  ASSERT_NE(table.Find(Id(1)), nullptr);
  EXPECT_EQ(table.Find(Id(1))->stage, "withdrawn");
}

// matter.h: zero before the ledger is founded.
TEST(MatterTable, KnowsTheCooperationOnceItIsFounded) {
  MatterTable table;
  EXPECT_TRUE(table.Cooperation().IsZero());
  Matter cooperation;
  cooperation.id = Id(9);
  cooperation.kind = MatterKind::kCooperation;
  table.Put(cooperation);
  EXPECT_EQ(table.Cooperation(), Id(9));
  EXPECT_EQ(table.Find(Id(1)), nullptr);
}

// Design section 14: the procedures an act speaks of are those whose bundles an auditor needs.
TEST(ProceduresNamed, AreTheOneItIsDoneUnderAndTheOneItSpeaksOf) {
  Act act;
  act.procedure.raw()[0] = 1;
  EXPECT_EQ(ProceduresNamed(act).size(), 1U);
  Digest proposed;
  proposed.raw()[0] = 2;
  act.facts.Set(Fact::kProcedure, proposed);
  EXPECT_TRUE(ProceduresNamed(act).contains(proposed));
}

}  // namespace
}  // namespace chancery::procedure
