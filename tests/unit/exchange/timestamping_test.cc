#include "engine/exchange/timestamping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/ledger/cosignature.h"
#include "engine/ledger/policy.h"
#include "tests/support/exchange_world.h"
#include "tests/support/stamping.h"

namespace chancery::exchange {
namespace {

using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::StampingAuthority;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

// The ministry's book in a file, cosigned by Greece, and an authority the anchor names.
class TimestampingTest : public ::testing::Test {
 protected:
  TimestampingTest() : world_((folder_.path() / "store.db").string()) {
    trust_.roots.emplace("a-stamper", Authority().Certificate("root"));
    world_.anchor.stamping_roots.emplace("a-stamper", Authority().Certificate("root").digest());
    ledger::PolicyParts parts;
    parts.logs.push_back({world_.anchor.logs.at(Party("PAK")), ""});
    parts.witnesses.push_back({"reader", world_.anchor.witnesses.at(Party("GRC")), ""});
    parts.quorum = "reader";
    policy_ = Must(ledger::Policy::Make(std::move(parts))).Format();
    world_.Found();
  }
  static const StampingAuthority& Authority() {
    static const StampingAuthority authority;
    return authority;
  }
  void Cosign() {
    const store::Head head = Must(world_.store->ReadHead());
    const ledger::Note note = Must(ledger::ParseNote(head.checkpoint));
    const std::int64_t seconds = world_.clock.Now().ms / kMsPerSecond;
    const auto witness = world_.WitnessSigner("GRC");
    const auto line = Must(ledger::Cosign(*witness, note.text, seconds));
    store::Commit commit;
    commit.cosignatures.push_back(
        {head.tree.size, witness->key().name(), Bytes(ledger::FormatSignatureLine(line)), seconds});
    ASSERT_TRUE(world_.store->Apply(commit).ok());
  }
  ledger::StampedCheckpoint Stamp() {
    const AskedTimestamp asked = Must(AskTimestamp(*world_.store, policy_, entropy_));
    return Must(AddTimestamp(*world_.store, Authority().Answer(asked.query), trust_, kFarAhead));
  }
  StampingState StateAt(Instant now) {
    return Must(StateOfTimestamps(*world_.store, world_.anchor, trust_, now));
  }

  static const inline Instant kFarAhead = ParseInstant("2100-01-01T00:00:00Z").value();
  support::TemporaryFolder folder_;
  ExchangeWorld world_;
  ledger::StampingTrust trust_;
  Bytes policy_;
  crypto::SystemEntropy entropy_;
};

// Issue 4, item 8: what is stamped is a cosigned checkpoint; without one nothing is asked.
TEST_F(TimestampingTest, OnlyACosignedCheckpointIsStamped) {
  EXPECT_EQ(AskTimestamp(*world_.store, policy_, entropy_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  Cosign();
  const AskedTimestamp asked = Must(AskTimestamp(*world_.store, policy_, entropy_));
  EXPECT_EQ(asked.name.size, Must(world_.store->ReadHead()).tree.size);
  EXPECT_NE(Must(AskTimestamp(*world_.store, policy_, entropy_)).name, asked.name);
}

// The header: token and checkpoint survive the program's end, and are verified again.
TEST_F(TimestampingTest, AStampIsKeptWithWhatItStamps) {
  Cosign();
  const ledger::StampedCheckpoint stamped = Stamp();
  EXPECT_EQ(stamped.authority, "a-stamper");
  world_.Stop();
  world_.Start();
  const std::vector<KeptTimestamp> kept = Must(ListTimestamps(*world_.store));
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept.front().name, stamped.name);
  EXPECT_THAT(kept.front().above, SizeIs(2));
  EXPECT_THAT(Must(CheckTimestamps(*world_.store, trust_)), SizeIs(1));
  // A part that was changed in the store is noticed.
  const std::string id = stamped.name.ToText();
  for (const char* kind : {"stamp_checkpoint", "stamp_query", "stamp_reply", "stamp_above"}) {
    const store::Paper honest = Must(world_.store->FindPaper(kind, id)).value();
    store::Commit change;
    Bytes changed = honest.bytes;
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
    change.papers.push_back({kind, id, honest.version, false, 0, changed});
    ASSERT_TRUE(world_.store->Apply(change).ok());
    EXPECT_EQ(CheckTimestamps(*world_.store, trust_).status().code(), absl::StatusCode::kDataLoss)
        << kind;
    store::Commit back;
    back.papers.push_back({kind, id, honest.version + 1, false, 0, honest.bytes});
    ASSERT_TRUE(world_.store->Apply(back).ok());
  }
  EXPECT_TRUE(CheckTimestamps(*world_.store, trust_).ok());
}

// The header: a reply to nothing asked here, a second one, and one from the future are refused.
TEST_F(TimestampingTest, OnlyTheAnswerToARequestIsTaken) {
  Cosign();
  const Bytes foreign = Must(ledger::TimestampQueryFor("other bytes", 5));
  EXPECT_TRUE(absl::IsNotFound(
      AddTimestamp(*world_.store, Authority().Answer(foreign), trust_, kFarAhead).status()));
  const AskedTimestamp asked = Must(AskTimestamp(*world_.store, policy_, entropy_));
  const Bytes reply = Authority().Answer(asked.query);
  EXPECT_THAT(Message(AddTimestamp(*world_.store, reply, trust_,
                                   ParseInstant("2020-01-01T00:00:00Z").value())
                          .status()),
              HasSubstr("clock has not reached"));
  EXPECT_EQ(AddTimestamp(*world_.store, reply, {}, kFarAhead).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(AddTimestamp(*world_.store, reply, trust_, kFarAhead).ok());
  EXPECT_TRUE(
      absl::IsAlreadyExists(AddTimestamp(*world_.store, reply, trust_, kFarAhead).status()));
}

// A root that the anchor names must lie in the trust folder.
TEST_F(TimestampingTest, TheAnchorsRootsAreLookedForInTheTrustFolder) {
  TrustFolder folder;
  EXPECT_EQ(StampingTrustOf(folder, world_.anchor).status().code(),
            absl::StatusCode::kFailedPrecondition);
  folder.stamping = {Authority().Certificate("between"), Authority().Certificate("root")};
  EXPECT_EQ(Must(StampingTrustOf(folder, world_.anchor)).roots.at("a-stamper"),
            Authority().Certificate("root"));
}

// Issue 4, item 8: "its long outage is a stated, tested, recoverable condition", and stamps are
// "renewed before they age".
TEST_F(TimestampingTest, ItIsSaidWhenTheNextStampIsDue) {
  Anchor without = world_.anchor;
  without.stamping_roots.clear();
  const Instant begun = world_.clock.Now();
  EXPECT_EQ(Must(StateOfTimestamps(*world_.store, without, {}, kFarAhead)).standing,
            StampStanding::kNotUsed);
  EXPECT_EQ(StateAt(begun).standing, StampStanding::kCurrent);
  EXPECT_EQ(StateAt({begun.ms + kStampEveryMs}).standing, StampStanding::kDue);
  const StampingState outage = StateAt({begun.ms + kStampEveryMs + kOutageAfterMs});
  EXPECT_EQ(outage.standing, StampStanding::kOutage);
  EXPECT_THAT(ToText(outage), HasSubstr("Acts go on"));

  // One stamp covers all that waited.
  Cosign();
  const ledger::StampedCheckpoint stamped = Stamp();
  const StampingState covered = StateAt(stamped.stamp.time);
  EXPECT_EQ(covered.standing, StampStanding::kCurrent);
  EXPECT_EQ(covered.uncovered, 0U);
  ASSERT_TRUE(covered.due);
  const Instant ends = stamped.stamp.ends();
  EXPECT_EQ(covered.due->ms, ends.ms - kRenewBeforeMs);
  EXPECT_EQ(StateAt(*covered.due).standing, StampStanding::kDue);
  EXPECT_EQ(StateAt({covered.due->ms + kOutageAfterMs}).standing, StampStanding::kOutage);
  EXPECT_EQ(StateAt(ends).standing, StampStanding::kEnded);
}

}  // namespace
}  // namespace chancery::exchange
