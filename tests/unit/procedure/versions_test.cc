// A case keeps the version of the procedure it was opened under unless both sides move it
// (design section 8).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/core_world.h"

namespace chancery::testing {
namespace {

using procedure::Inadmissible;
using procedure::Matter;
using procedure::Matters;
using procedure::ProcedureSet;

const Digest kAmended = Named("amended bundle");
const Digest kBare = Named("bundle of 2010");

// Three versions are known: that of 2016, the same amended in nothing, and the agreement alone.
class Versions : public ::testing::Test {
 protected:
  Versions() : procedures_(CoreWorld::kFounding) {
    procedures_.Add(LoadFolder(kAgreements + "founding", CoreWorld::kFounding));
    procedures_.Add(LoadFolder(kAgreements + "2016", CoreWorld::kProcedure2016));
    procedures_.Add(LoadFolder(kAgreements + "2016", kAmended));
    procedures_.Add(LoadFolder(kAgreements + "2010", kBare));
  }

  // Takes the matters from the world as they are; both other versions are in force beside it.
  void Begin() {
    for (const auto& [id, matter] : world_.replayer().matters().all()) matters_.Add(matter);
    Matter cooperation = *matters_.Cooperation();
    for (const Digest& version : {kAmended, kBare}) SetStanding(cooperation, version, "in_force");
    matters_.Add(cooperation);
  }
  void SetStanding(Matter& cooperation, const Digest& version, std::string_view standing) const {
    std::erase_if(cooperation.lines,
                  [&](const Facts& row) { return row.DigestOr(Fact::kProcedure) == version; });
    cooperation.lines.push_back(
        Facts{{Fact::kRegister, W(Fact::kRegister, "procedure")},
              {Fact::kProcedure, version},
              {Fact::kProcedureStanding, W(Fact::kProcedureStanding, standing)},
              {Fact::kFrom, world_.now.ms}});
  }

  Act Move(std::string_view author, ActKind kind, const Digest& version) const {
    return CoreWorld::From(author, author == "PAK" ? "GRC" : "PAK", kind, Id("P01"),
                           Facts{{Fact::kProcedure, version}});
  }
  Act Agreed(std::string_view author, const Digest& version, const Digest& to) const {
    Act act = Move(author, ActKind::kMoveAgreed, version);
    act.answers = to;
    return act;
  }

  // Empty when it was admitted, else the ground and the article.
  std::string Do(const Act& act, const std::vector<std::string>& seals) {
    RecordedAct recorded;
    recorded.recorded_at = world_.now;
    recorded.act = act;
    last_ = recorded.digest = Named("moved " + std::to_string(++acts_));
    for (const std::string& seal : seals) recorded.signers.push_back(Named(seal));
    Stepped stepped = procedure::Step(procedures_, matters_, recorded);
    for (Matter& matter : stepped.changed) matters_.Add(std::move(matter));
    const auto* refused = std::get_if<Inadmissible>(&stepped.ruling.outcome);
    return refused == nullptr ? "" : std::string(NameOf(refused->ground)) + ", " + refused->article;
  }
  std::string GreeceProposes(const Digest& version) {
    return Do(Move("GRC", ActKind::kMoveProposed, version), {"GRC/return_authority/1"});
  }
  const Matter& Case() const { return *matters_.Find(Id("P01")); }

  CoreWorld world_;
  ProcedureSet procedures_;
  Matters matters_;
  Digest last_;
  int acts_ = 0;
};

// An act of one side, answered by the other: stage, facts and the ends of limits stay.
TEST_F(Versions, BothSidesMoveACaseAndNothingElseChanges) {
  world_.Apply("P01");
  Begin();
  const Matter before = Case();
  EXPECT_EQ(GreeceProposes(kAmended), "");
  EXPECT_EQ(Case().procedure, CoreWorld::kProcedure2016);
  EXPECT_EQ(Do(Agreed("PAK", kAmended, last_), {"PAK/ministry/1"}), "");
  Matter expected = before;
  expected.procedure = kAmended;
  EXPECT_EQ(Case(), expected);
  // From now on acts under the version it left are not about it.
  const Act verification = world_.Verification("P01");
  EXPECT_EQ(Do(verification, {"PAK/registry/1"}), "other_procedure, ");
  Act under_it = verification;
  under_it.procedure = kAmended;
  EXPECT_EQ(Do(under_it, {"PAK/registry/1"}), "");
}

// Neither side alone, and only to the version that was proposed.
TEST_F(Versions, NeitherSideMovesACaseAlone) {
  world_.Apply("P01");
  Begin();
  EXPECT_EQ(Do(Agreed("PAK", kAmended, Named("nothing")), {"PAK/ministry/1"}),
            "answers_other_act, Ours: versions");
  EXPECT_EQ(GreeceProposes(kAmended), "");
  const Digest proposal = last_;
  EXPECT_EQ(Do(Agreed("GRC", kAmended, proposal), {"GRC/return_authority/1"}),
            "wrong_role, Ours: versions");
  Act other = Agreed("PAK", kBare, proposal);
  EXPECT_EQ(Do(other, {"PAK/ministry/1"}), "other_procedure, Ours: versions");
  EXPECT_EQ(Case().procedure, CoreWorld::kProcedure2016);
  // The requested state proposes, and the requesting one agrees.
  EXPECT_EQ(Do(Move("PAK", ActKind::kMoveProposed, kAmended), {"PAK/ministry/1"}), "");
  EXPECT_EQ(Do(Agreed("PAK", kAmended, last_), {"PAK/ministry/1"}), "wrong_role, Ours: versions");
  EXPECT_EQ(Do(Agreed("GRC", kAmended, Named("moved 5")), {"GRC/return_authority/1"}), "");
  EXPECT_EQ(Case().procedure, kAmended);
}

// A version that is not in force takes nobody, neither when it is proposed nor when it is agreed.
TEST_F(Versions, ACaseMovesOnlyToAVersionInForce) {
  world_.Apply("P01");
  Begin();
  EXPECT_EQ(GreeceProposes(Named("unknown bundle")), "procedure_not_in_force, Ours: versions");
  EXPECT_EQ(GreeceProposes(CoreWorld::kProcedure2016), "other_procedure, Ours: versions");
  EXPECT_EQ(GreeceProposes(kAmended), "");
  const Digest proposal = last_;
  Matter cooperation = *matters_.Cooperation();
  SetStanding(cooperation, kAmended, "out_of_force");
  matters_.Add(cooperation);
  EXPECT_EQ(Do(Agreed("PAK", kAmended, proposal), {"PAK/ministry/1"}),
            "procedure_not_in_force, Ours: versions");
}

// statement.proto, ProcedureOutOfForce: "governs no new matters from `until` on", and until then it
// does; what is open under it goes on.
TEST_F(Versions, AVersionTakenOutOfForceGovernsNewCasesUntilItsEnd) {
  const Facts version{{Fact::kProcedure, CoreWorld::kProcedure2016},
                      {Fact::kUntil, At("2016-09-01T06:00:01Z").ms}};
  world_.Apply("P01");
  world_.MustAdmit(CoreWorld::Cooperation("EUE", ActKind::kProcedureOutOfForce, version),
                   {"EUE/union_signatory/1"});
  world_.Apply("P02");
  world_.now = At("2016-09-01T06:00:01Z");
  world_.MustRefuse(world_.Application("P03"), {"GRC/return_authority/1"},
                    procedure::Ground::kProcedureNotInForce, "");
  world_.Verify("P01");
}

// Nobody is moved to where silence would mean nothing, or to a stage that is not known there.
TEST_F(Versions, AVersionThatCannotCarryTheCaseOnIsRefused) {
  world_.Apply("P01");
  Begin();
  EXPECT_EQ(GreeceProposes(kBare), "");
  // The agreement alone knows neither the stage of a hold before the Committee ...
  Matter held = Case();
  held.stage = "hold_referred";
  matters_.Add(held);
  EXPECT_EQ(GreeceProposes(kBare), "other_procedure, Ours: versions");
  // ... nor what a question that nobody answers comes to.
  Matter asked = Case();
  asked.stage = "open";
  asked.limits.push_back({"clarification", world_.now, Instant{world_.now.ms + kMsPerDay}});
  matters_.Add(asked);
  EXPECT_EQ(GreeceProposes(kBare), "other_procedure, Ours: versions");
}

// A list takes only cases of its own version and goes on a flight of its own version: otherwise
// the agreement alone could fly somebody whose case is under the procedure of 2016.
TEST_F(Versions, AListOfOneVersionTakesNobodyWhoseCaseKeepsAnother) {
  world_.ProposeFlight("flight");
  world_.Ready("P01");
  Begin();
  Act list = world_.Manifest("list", "flight", {"P01"});
  EXPECT_EQ(Do(list, {"GRC/return_authority/1"}), "");
  list.matter = Id("other list");
  list.procedure = kBare;
  EXPECT_EQ(Do(list, {"GRC/return_authority/1"}), "unknown_matter, Art 9");
  Matter flight = *matters_.Find(Id("flight"));
  flight.procedure = kBare;
  matters_.Add(flight);
  EXPECT_EQ(Do(list, {"GRC/return_authority/1"}), "unknown_line, Art 9");
}

// Who stands on a list stays with its version until it is over.
TEST_F(Versions, NobodyOnAListIsMoved) {
  world_.ProposeFlight("flight");
  world_.Ready("P01");
  world_.MustAdmit(world_.Manifest("list", "flight", {"P01"}), {"GRC/return_authority/1"});
  Begin();
  EXPECT_EQ(GreeceProposes(kAmended), "on_another_list, Ours: versions");
}

}  // namespace
}  // namespace chancery::testing
