// Which procedure rules the cooperation.
#include <gtest/gtest.h>

#include "tests/support/core_world.h"

namespace chancery::testing {
namespace {

using procedure::ProcedureSet;

std::shared_ptr<const procedure::CheckedProcedure> Founding(std::string_view digest) {
  return LoadFolder(kAgreements + "founding", Named(digest));
}

// Design section 2: the anchor names the founding procedure; another founding bundle that happens
// to be known rules nothing, whichever came first and whichever has the smaller digest.
TEST(ProcedureSet, OnlyTheFoundingProcedureItWasToldOfRulesTheCooperation) {
  for (const auto& [first, second] : {std::pair("ours", "a stranger"), {"ours", "stranger"}}) {
    SCOPED_TRACE(second);
    for (const bool ours_first : {true, false}) {
      ProcedureSet set(Named(first));
      set.Add(Founding(ours_first ? first : second));
      set.Add(Founding(ours_first ? second : first));
      ASSERT_NE(set.Founding(), nullptr);
      EXPECT_EQ(set.Founding()->digest(), Named(first));
      EXPECT_NE(set.Find(Named(second)), nullptr);
    }
  }
}

// The same: while ours is not known, nothing rules the cooperation.
TEST(ProcedureSet, HasNoFoundingProcedureUntilTheOneItWasToldOfIsKnown) {
  ProcedureSet set(Named("ours"));
  EXPECT_EQ(set.Founding(), nullptr);
  set.Add(Founding("a stranger"));
  EXPECT_EQ(set.Founding(), nullptr);
}

// procedure.h: a procedure that does not rule the cooperation founds nothing, even if it is named.
TEST(ProcedureSet, AProcedureThatIsNoFoundingOneFoundsNothing) {
  ProcedureSet set(Named("ours"));
  set.Add(LoadFolder(kAgreements + "2016", Named("ours")));
  EXPECT_EQ(set.Founding(), nullptr);
}

// docs/protocol.md, the founding act: acts of the cooperation under another founding procedure are
// inadmissible, and so is a founding act.
TEST(ProcedureSet, ActsUnderAnotherFoundingProcedureAreInadmissible) {
  ProcedureSet set(CoreWorld::kFounding);
  set.Add(Founding("a stranger"));
  set.Add(LoadFolder(kAgreements + "founding", CoreWorld::kFounding));
  procedure::RecordedAct recorded;
  recorded.recorded_at = At("2016-09-01T06:00:00Z");
  recorded.act = CoreWorld::Cooperation("EUE", ActKind::kFounded);
  recorded.act.lines = {Facts{{Fact::kParty, procedure::PackParty(Party("EUE"))},
                              {Fact::kOffice, W(Fact::kOffice, "union_signatory")},
                              {Fact::kCertificate, Named("EUE/union_signatory/1")}},
                        Facts{{Fact::kParty, procedure::PackParty(Party("PAK"))},
                              {Fact::kOffice, W(Fact::kOffice, "ministry")},
                              {Fact::kCertificate, Named("PAK/ministry/1")}}};
  recorded.signers = {Named("EUE/union_signatory/1"), Named("PAK/ministry/1")};
  EXPECT_TRUE(procedure::Replayer(set).Add(recorded).ruling.admitted());
  recorded.act.procedure = Named("a stranger");
  const Stepped stepped = procedure::Replayer(set).Add(recorded);
  const auto* refused = std::get_if<procedure::Inadmissible>(&stepped.ruling.outcome);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->ground, procedure::Ground::kOtherProcedure);
}

}  // namespace
}  // namespace chancery::testing
