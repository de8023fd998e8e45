// Acceptance between the sides (issue 3; design section 8; docs/protocol.md, section 7): how a
// second version of the procedure comes into force, between a ministry and a state with their own
// books.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/codec/bundle.h"
#include "engine/exchange/matters.h"
#include "tests/support/exchange_world.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::StateWorld;

const std::vector<support::SealOf> kUnion = {{"EUE", "union-signatory"}};
const std::vector<support::SealOf> kMinistry = {{"PAK", "ministry"}};
const std::vector<support::SealOf> kState = {{"GRC", "return-authority"}};

// The procedure of 2016 with twenty days for a reply. Nobody agreed it: it is made from the agreed
// text each time, so that it never is another in anything else.
Bytes AmendmentOf(ByteView bundle) {
  codec::Bundle amended = Must(codec::ReadBundle(bundle));
  const auto replace = [](Bytes& text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, Bytes::npos) << from;
    if (at != Bytes::npos) text.replace(at, from.size(), to);
  };
  amended.id = "eu-pakistan/2017";
  for (codec::BundleFile& file : amended.files) {
    if (file.path != codec::kProcedureFile) continue;
    replace(file.content, "id: \"eu-pakistan/2016\"", "id: \"eu-pakistan/2017\"");
    replace(file.content, "limit { name: \"reply\" days: 30", "limit { name: \"reply\" days: 20");
  }
  return Must(codec::PackBundle(amended.id, std::move(amended.files)));
}

class Acceptance : public testing::Test {
 protected:
  Acceptance() {
    ministry_.Begin();
    amendment_ = AmendmentOf(ministry_.bundle_2016);
    first_ = crypto::Sha256(ministry_.bundle_2016);
    second_ = crypto::Sha256(amendment_);
  }

  void MinistryHolds() {
    Must(ministry_.procedures->Add(*ministry_.store, amendment_,
                                   ExchangeWorld::SealOfBoth(amendment_)));
  }
  // What became of an act of the cooperation: "admitted", a ground, or the reason at the door.
  std::string Does(std::string_view author, ActKind kind, Facts facts = {},
                   std::vector<support::SealOf> seals = {}) {
    facts.Set(Fact::kProcedure, facts.DigestOr(Fact::kProcedure, second_));
    if (seals.empty()) seals = author == "PAK" ? kMinistry : kUnion;
    return Ruled(ministry_.Sealed(ministry_.OfCooperation(author, kind, std::move(facts)), seals),
                 author == "PAK" ? "" : "PAK");
  }
  std::string Ruled(const codec::Envelope& envelope, std::string_view bearer = "") {
    const codec::Statement statement = Must(codec::DecodeStatement(envelope.statement));
    const Peer peer = bearer.empty() ? Peer{statement.act.author, "daemon", false}
                                     : Peer{Party(bearer), "ministry", true};
    const absl::StatusOr<ActReceipt> receipt = ministry_.inbox->Submit(envelope, peer);
    if (!receipt.ok()) return ReasonOf(receipt.status());
    const procedure::Ruling ruling = Must(RulingOf(receipt->entry));
    if (ruling.admitted()) return "admitted";
    return std::string(procedure::NameOf(std::get<procedure::Inadmissible>(ruling.outcome).ground));
  }
  codec::Envelope Application(const Digest& version, MatterId* id = nullptr) {
    procedure::Act act = ministry_.Application();
    act.procedure = version;
    if (id != nullptr) *id = act.matter;
    return ministry_.Sealed(act, kState, ministry_.Particulars());
  }
  Facts From(Instant at) const { return {{Fact::kFrom, at.ms}}; }
  void InForce() {
    MinistryHolds();
    EXPECT_EQ(Does("EUE", ActKind::kProcedureProposed), "admitted");
    EXPECT_EQ(Does("PAK", ActKind::kProcedureAccepted), "admitted");
    EXPECT_EQ(Does("PAK", ActKind::kProcedureInForce, From(ministry_.clock.Now())), "admitted");
  }
  procedure::Matter MatterOf(const MatterId& id) {
    return Must(ReadMatter(*ministry_.store, id)).value();
  }
  void Wait(std::int64_t days) {
    ministry_.clock.Set(Instant{ministry_.clock.Now().ms + days * kMsPerDay});
  }

  ExchangeWorld ministry_;
  Bytes amendment_;
  Digest first_;
  Digest second_;
};

// Issue 3: no statement under an unaccepted version is admitted; it takes both sides, each with its
// own seal, and its day.
TEST_F(Acceptance, NothingIsDoneUnderAVersionBeforeItIsInForce) {
  MinistryHolds();
  const auto applied = [&] { return Ruled(Application(second_)); };
  EXPECT_EQ(applied(), "procedure_not_in_force") << "known to nobody but the shelf";
  EXPECT_EQ(Does("EUE", ActKind::kProcedureProposed, {}, kState), "CERTIFICATE_OF_OTHER_PARTY");
  EXPECT_EQ(Does("PAK", ActKind::kProcedureAccepted), "out_of_turn") << "nobody proposed it";
  EXPECT_EQ(Does("EUE", ActKind::kProcedureProposed), "admitted");
  EXPECT_EQ(applied(), "procedure_not_in_force") << "proposed";
  EXPECT_EQ(Does("EUE", ActKind::kProcedureAccepted), "wrong_role") << "its own proposal";
  EXPECT_EQ(Does("PAK", ActKind::kProcedureInForce, From(ministry_.clock.Now())), "out_of_turn");
  EXPECT_EQ(Does("PAK", ActKind::kProcedureAccepted, {}, {{"PAK", "registry"}}), "SEAL_MISSING");
  EXPECT_EQ(Does("PAK", ActKind::kProcedureAccepted), "admitted");
  EXPECT_EQ(applied(), "procedure_not_in_force") << "accepted";
  const Instant day{ministry_.clock.Now().ms + 10 * kMsPerDay};
  EXPECT_EQ(Does("PAK", ActKind::kProcedureInForce, From(Instant{day.ms - 30 * kMsPerDay})),
            "too_late");
  EXPECT_EQ(Does("EUE", ActKind::kProcedureInForce, From(day)), "SEAL_MISSING");
  EXPECT_EQ(Does("PAK", ActKind::kProcedureInForce, From(day)), "admitted");
  EXPECT_EQ(applied(), "procedure_not_in_force") << "before its day";
  ministry_.clock.Set(day);
  EXPECT_EQ(applied(), "admitted");
}

// The same: a version whose bundle the ministry does not hold is neither accepted nor put in force
// there, and is once it is.
TEST_F(Acceptance, AVersionThatIsNotHeldIsNotAccepted) {
  EXPECT_EQ(Does("EUE", ActKind::kProcedureProposed), "admitted");
  EXPECT_EQ(Does("PAK", ActKind::kProcedureAccepted), "PROCEDURE_UNKNOWN");
  EXPECT_EQ(Does("PAK", ActKind::kProcedureInForce, From(ministry_.clock.Now())),
            "PROCEDURE_UNKNOWN");
  MinistryHolds();
  EXPECT_EQ(Does("PAK", ActKind::kProcedureAccepted), "admitted");
}

// Design section 8: a case stays on its version, with its limits, unless both sides move it; new
// cases go under the new one, in the state's own program too.
TEST_F(Acceptance, ACaseKeepsItsVersionAndItsLimitsUnlessBothMoveIt) {
  StateWorld state(ministry_);
  MatterId old_case;
  ASSERT_EQ(Ruled(Application(first_, &old_case)), "admitted");
  InForce();
  Wait(1);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  EXPECT_NE(state.procedures->Set()->Find(second_), nullptr) << "asked of the ministry";
  const HandedIn handed = state.MustHandIn();
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const procedure::Matter fresh = MatterOf(handed.matter);
  EXPECT_EQ(fresh.procedure, second_);
  const auto days_of = [](const procedure::Matter& matter) {
    return (matter.limits.at(0).until.ms - matter.limits.at(0).since.ms) / kMsPerDay;
  };
  EXPECT_EQ(days_of(fresh), 20);
  EXPECT_EQ(MatterOf(old_case).procedure, first_);
  EXPECT_EQ(days_of(MatterOf(old_case)), 30);

  const auto move = [&](std::string_view author, ActKind kind,
                        std::optional<Digest> answers = std::nullopt) {
    procedure::Act act = ministry_.From(author, author == "PAK" ? "GRC" : "PAK", kind, old_case,
                                        Facts{{Fact::kProcedure, second_}});
    act.procedure = first_;
    act.answers = answers;
    return ministry_.Sealed(act, author == "PAK" ? kMinistry : kState);
  };
  const codec::Envelope proposal = move("GRC", ActKind::kMoveProposed);
  EXPECT_EQ(Ruled(proposal), "admitted");
  const Digest proposed = crypto::Sha256(proposal.statement);
  EXPECT_EQ(Ruled(move("GRC", ActKind::kMoveAgreed, proposed)), "wrong_role") << "one side alone";
  EXPECT_EQ(MatterOf(old_case).procedure, first_);
  EXPECT_EQ(Ruled(move("PAK", ActKind::kMoveAgreed, proposed)), "admitted");
  EXPECT_EQ(MatterOf(old_case).procedure, second_);
  EXPECT_EQ(days_of(MatterOf(old_case)), 30) << "a limit that runs keeps its end";
}

// The same: either side takes a version out of force for new cases; what is open goes on.
TEST_F(Acceptance, EitherSideTakesAVersionOutOfForceForNewCases) {
  for (const std::string_view side : {"EUE", "PAK"}) {
    SCOPED_TRACE(side);
    const Digest version = side == "EUE" ? second_ : first_;
    if (side == "EUE") InForce();
    MatterId open;
    ASSERT_EQ(Ruled(Application(version, &open)), "admitted");
    const Instant day{ministry_.clock.Now().ms + 5 * kMsPerDay};
    EXPECT_EQ(Does(side, ActKind::kProcedureOutOfForce,
                   Facts{{Fact::kProcedure, version}, {Fact::kUntil, day.ms}}),
              "admitted");
    EXPECT_EQ(Ruled(Application(version)), "admitted") << "until its day";
    ministry_.clock.Set(day);
    EXPECT_EQ(Ruled(Application(version)), "procedure_not_in_force");
    procedure::Act act = ministry_.From("GRC", "PAK", ActKind::kWithdrawal, open);
    act.procedure = version;
    EXPECT_EQ(Ruled(ministry_.Sealed(act, kState)), "admitted") << "what is open goes on";
    EXPECT_EQ(MatterOf(open).stage, "withdrawn");
  }
}

// docs/protocol.md, section 7: whoever collects from a ministry whose bundle is signed by one side
// alone holds, and goes on when it is right.
TEST_F(Acceptance, AStateHoldsAVersionThatOneSideAloneSigned) {
  StateWorld state(ministry_);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  InForce();
  state.transport.given_seals = Must(support::RehearsalPki::Get()
                                         .SealerOf("PAK", "ministry")
                                         .Seal(amendment_, ministry_.clock.Now()));
  const absl::Status held = state.collector->CollectAll();
  EXPECT_EQ(ReasonOf(held), "PROCEDURE_NOT_SIGNED");
  EXPECT_NE(held.message().find("the Union's signature is missing"), absl::string_view::npos);
  EXPECT_EQ(state.procedures->Set()->Find(second_), nullptr);
  state.transport.given_seals.reset();
  EXPECT_TRUE(state.collector->CollectAll().ok());
  EXPECT_NE(state.procedures->Set()->Find(second_), nullptr);
}

}  // namespace
}  // namespace chancery::exchange
