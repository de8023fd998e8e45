// What a party does when the ministry shows two histories: heads relied on are remembered across a
// restart and compared with every later one.
#include "engine/exchange/relied.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/exchange/collect_received.h"
#include "engine/exchange/cosign.h"
#include "engine/exchange/forked.h"
#include "engine/exchange/outbox.h"
#include "engine/exchange/reasons.h"
#include "engine/ledger/checkpoint.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::StateWorld;

// The ministry's own history from a number on replaced by another, signed by its key: what a keeper
// with two sets of books shows.
class OtherHistory {
 public:
  // Agrees with the ministry's ledger in its first `same` entries and holds `size` in all.
  OtherHistory(ExchangeWorld& ministry, std::uint64_t same, std::uint64_t size)
      : ministry_(ministry) {
    for (std::uint64_t number = 0; number < size; ++number) {
      leaves_.push_back(number < same ? Must(ministry.store->ReadEntry(number)).leaf_hash
                                      : ledger::LeafHash("other " + std::to_string(number)));
    }
  }
  Bytes Checkpoint() const {
    ledger::CompactRange tree;
    for (const Digest& leaf : leaves_) tree.Append(leaf);
    return Must(
        ledger::SignCheckpoint(*ministry_.log_key, {ministry_.log_key->key().name(), tree.Head()}));
  }

 private:
  ExchangeWorld& ministry_;
  std::vector<Digest> leaves_;
};

void Restart(StateWorld& state) {
  state.Stop();
  state.Start();
}

void ExpectOneFork(StateWorld& state, const ExchangeWorld& ministry, ByteView offered) {
  const auto conflicts = Must(state.store->ListConflicts(0, 10));
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts[0].what.reason, "LEDGER_FORKED");
  EXPECT_EQ(conflicts[0].what.offered, offered);
  // Both notes bear the ministry's signature: either alone is its word.
  EXPECT_TRUE(ledger::VerifyCheckpoint(conflicts[0].what.held, ministry.log_key->key()).ok());
  EXPECT_TRUE(ledger::VerifyCheckpoint(conflicts[0].what.offered, ministry.log_key->key()).ok());
  EXPECT_EQ(state.events.Count("ledger.forked"), 1);
}

// relied.h: a head that entries were taken under is compared with the next one after a restart too,
// and nothing is collected or cosigned under the other history.
TEST(Cosigner, RemembersAcrossARestartUnderWhichHeadsEntriesWereTaken) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const std::uint64_t size = ministry.keeper->head().tree.size;
  const std::uint64_t collected = Must(state.collector->NextNumber());
  ministry.MustAdmit(ministry.SealedApplication());
  const Bytes other = OtherHistory(ministry, size - 1, size + 2).Checkpoint();
  state.transport.on_checkpoint = [&](Bytes& note) {
    note = other;
    return absl::OkStatus();
  };
  Restart(state);
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), "LEDGER_FORKED");
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), "LEDGER_FORKED");
  ExpectOneFork(state, ministry, other);
  EXPECT_EQ(Must(state.collector->NextNumber()), collected);
  EXPECT_EQ(Must(state.cosigner->MinistryCosigned()), 0U);
  // The true history is taken again, and stands for what was relied on.
  state.transport.on_checkpoint = {};
  const absl::Status round = state.cosigner->Round();
  ASSERT_TRUE(round.ok()) << round;
  EXPECT_TRUE(Must(ListRelied(*state.store)).empty());
}

// The same for the head of a receipt that nothing was ever collected under.
TEST(Cosigner, RemembersAcrossARestartUnderWhichHeadAReceiptWasTaken) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.cosigner->Round().ok());
  state.MustHandIn();
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  const ledger::TreeHead receipt = ministry.keeper->head().tree;
  Restart(state);
  ASSERT_EQ(Must(ListRelied(*state.store)).size(), 1U);
  EXPECT_EQ(Must(ListRelied(*state.store))[0].tree, receipt);
  // The receipt's entry is not in the history that is shown from now on.
  const Bytes other =
      OtherHistory(ministry, Must(state.cosigner->MinistryCosigned()), receipt.size).Checkpoint();
  state.transport.on_checkpoint = [&](Bytes& note) {
    note = other;
    return absl::OkStatus();
  };
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), "LEDGER_FORKED");
  ExpectOneFork(state, ministry, other);
}

// Design section 6, rollback: a head smaller than one that was relied on before it was asked for is
// a ledger that has gone back; no larger head is waited for.
TEST(Cosigner, RefusesAHeadSmallerThanWhatWasReliedOn) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const std::uint64_t size = ministry.keeper->head().tree.size;
  const Bytes earlier = Must(ministry.keeper->CheckpointOf(size - 1));
  state.transport.on_checkpoint = [&](Bytes& note) {
    note = earlier;
    return absl::OkStatus();
  };
  Restart(state);
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), "LEDGER_FORKED");
  ExpectOneFork(state, ministry, earlier);
  EXPECT_EQ(Must(state.cosigner->MinistryCosigned()), 0U);
}

// An empty ledger is the smallest of all.
TEST(Cosigner, RefusesAnEmptyLedgerAfterSomethingWasReliedOn) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const Bytes empty = OtherHistory(ministry, 0, 0).Checkpoint();
  state.transport.on_checkpoint = [&](Bytes& note) {
    note = empty;
    return absl::OkStatus();
  };
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), "LEDGER_FORKED");
}

// tlog-witness: a head smaller than the one cosigned last is the log going back, and evidence.
TEST(Cosigner, RefusesAHeadSmallerThanTheOneCosignedLastAndKeepsBoth) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.cosigner->Round().ok());
  const Bytes earlier = Must(ministry.keeper->CheckpointOf(ministry.keeper->head().tree.size - 1));
  state.transport.on_checkpoint = [&](Bytes& note) {
    note = earlier;
    return absl::OkStatus();
  };
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), reason::kCheckpointRefused);
  const auto conflicts = Must(state.store->ListConflicts(0, 10));
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts[0].what.reason, "backwards");
}

// tlog-witness: another head of the very size that was just cosigned is a fork, also while the
// program runs.
TEST(Cosigner, RefusesAnotherHeadOfTheSizeItJustCosigned) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.cosigner->Round().ok());
  const std::uint64_t size = ministry.keeper->head().tree.size;
  const Bytes other = OtherHistory(ministry, size - 1, size).Checkpoint();
  state.transport.on_checkpoint = [&](Bytes& note) {
    note = other;
    return absl::OkStatus();
  };
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), reason::kCheckpointRefused);
  EXPECT_EQ(Must(state.store->ListConflicts(0, 10)).size(), 1U);
}

// relied.h: a head is kept until a larger one was cosigned; a cosignature that failed forgets
// nothing.
TEST(Cosigner, ForgetsWhatWasReliedOnOnlyWhenItHasCosigned) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  state.transport.before_cosignature = [] { return Unavailable("the line is cut"); };
  EXPECT_FALSE(state.cosigner->Round().ok());
  EXPECT_EQ(Must(ListRelied(*state.store)).size(), 1U);
  state.transport.before_cosignature = {};
  ASSERT_TRUE(state.cosigner->Round().ok());
  EXPECT_TRUE(Must(ListRelied(*state.store)).empty());
}

// relied.h: what was collected while the ledger grew is compared with the next head.
TEST(Cosigner, KeepsWhatWasCollectedBeyondTheHeadForTheNextRound) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  bool grown = false;
  state.transport.on_checkpoint = [&](Bytes&) {
    if (!std::exchange(grown, true)) ministry.MustAdmit(ministry.SealedApplication());
    return absl::OkStatus();
  };
  const absl::Status round = state.cosigner->Round();
  ASSERT_TRUE(round.ok()) << round;
  const auto relied = Must(ListRelied(*state.store));
  ASSERT_EQ(relied.size(), 1U);
  EXPECT_EQ(relied[0].tree, ministry.keeper->head().tree);
  EXPECT_LT(Must(state.cosigner->MinistryCosigned()), relied[0].tree.size);
  ASSERT_TRUE(state.cosigner->Round().ok());
  EXPECT_TRUE(Must(ListRelied(*state.store)).empty());
}

// relied.h: two heads of one size contradict each other, within one commit and across a restart;
// the first stays.
TEST(ReliedHeads, TwoHeadsOfOneSizeContradictEachOther) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  const std::uint64_t size = ministry.keeper->head().tree.size;
  const auto head_of = [&](const Bytes& note) {
    return ReliedHead{Must(ledger::VerifyCheckpoint(note, ministry.log_key->key())).checkpoint.tree,
                      note, 0};
  };
  const ReliedHead ours = head_of(Must(ministry.keeper->CheckpointOf(size)));
  const ReliedHead other = head_of(OtherHistory(ministry, size - 1, size).Checkpoint());
  store::Commit commit;
  ASSERT_TRUE(KeepRelied(*state.store, ours, commit).ok());
  ASSERT_TRUE(KeepRelied(*state.store, ours, commit).ok());
  EXPECT_EQ(commit.papers.size(), 1U);
  EXPECT_EQ(ReasonOf(KeepRelied(*state.store, other, commit)), "LEDGER_FORKED");
  ASSERT_TRUE(state.store->Apply(commit).ok());
  store::Commit next;
  ASSERT_TRUE(KeepRelied(*state.store, ours, next).ok());
  EXPECT_TRUE(next.papers.empty());
  EXPECT_EQ(ReasonOf(KeepRelied(*state.store, other, next)), "LEDGER_FORKED");
}

// relied.h: a paper that is not the head its name says is damage, never nothing.
TEST(ReliedHeads, ADamagedOneIsNotPassedOver) {
  ExchangeWorld ministry;
  ministry.Begin();
  const Bytes note = ministry.keeper->head().checkpoint;
  for (const auto& [id, bytes] :
       {std::pair(std::string("00000000000000000001"), note),
        std::pair(std::string("00000000000000000001"), Bytes("no note"))}) {
    StateWorld state(ministry);
    store::Commit commit;
    commit.papers.push_back({"relied", id, 0, false, 0, bytes});
    ASSERT_TRUE(state.store->Apply(commit).ok());
    EXPECT_EQ(ListRelied(*state.store).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(state.cosigner->Round().code(), absl::StatusCode::kDataLoss);
  }
}

// collect_received.h: an entry under a head of a size that another head was relied on for is not
// taken, and both signed heads are evidence.
TEST(Collector, RefusesEntriesUnderASecondHeadOfOneSize) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  const std::uint64_t size = ministry.keeper->head().tree.size;
  const Bytes other = OtherHistory(ministry, size - 1, size).Checkpoint();
  store::Commit commit;
  ASSERT_TRUE(
      KeepRelied(*state.store,
                 {Must(ledger::VerifyCheckpoint(other, ministry.log_key->key())).checkpoint.tree,
                  other, 0},
                 commit)
          .ok());
  ASSERT_TRUE(state.store->Apply(commit).ok());
  EXPECT_EQ(ReasonOf(state.collector->CollectAll()), "LEDGER_FORKED");
  EXPECT_EQ(Must(state.collector->NextNumber()), 0U);
  const auto conflicts = Must(state.store->ListConflicts(0, 10));
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts[0].what.held, other);
  EXPECT_EQ(state.events.Count("collect.contradiction"), 1);
}

// The same for a receipt: it is not taken, the act stays in the outbox, and the evidence is kept
// once.
TEST(Outbox, RefusesAReceiptUnderASecondHeadOfOneSize) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.cosigner->Round().ok());
  const HandedIn handed = state.MustHandIn();
  const std::uint64_t size = ministry.keeper->head().tree.size;
  const int received = state.Entries(codec::EntryKind::kReceived);
  // The application and the head of its stream come next.
  std::vector<Bytes> others;
  for (std::uint64_t next = size + 1; next <= size + 2; ++next) {
    others.push_back(OtherHistory(ministry, size, next).Checkpoint());
    store::Commit commit;
    ASSERT_TRUE(
        KeepRelied(
            *state.store,
            {Must(ledger::VerifyCheckpoint(others.back(), ministry.log_key->key())).checkpoint.tree,
             others.back(), 0},
            commit)
            .ok());
    ASSERT_TRUE(state.store->Apply(commit).ok());
  }
  EXPECT_EQ(ReasonOf(state.outbox->SendWaiting()), "LEDGER_FORKED");
  EXPECT_EQ(ReasonOf(state.outbox->SendWaiting()), "LEDGER_FORKED");
  EXPECT_TRUE(IsOpen(state.SentOf(handed.id).state));
  EXPECT_EQ(state.Entries(codec::EntryKind::kReceived), received);
  const auto conflicts = Must(state.store->ListConflicts(0, 10));
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts[0].what.reason, "LEDGER_FORKED");
  EXPECT_TRUE(conflicts[0].what.held == others[0] || conflicts[0].what.held == others[1]);
}

// collect_received.h: one act shown at a second place of the ledger is two histories; what was
// received before is kept against it.
TEST(Outbox, RefusesAReceiptForAnotherPlaceThanTheOneCollected) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.cosigner->Round().ok());
  const HandedIn handed = state.MustHandIn();
  state.transport.after_submit = [](GivenReceipt&) { return Unavailable("lost"); };
  EXPECT_FALSE(state.outbox->SendWaiting().ok());
  const auto deliveries = Must(state.store->ListOpenDeliveries(Party("PAK"), 0, 10));
  ASSERT_EQ(deliveries.size(), 1U);
  const ReceivedEntry received = [&] {
    const absl::Status collected = state.collector->CollectAll();
    EXPECT_TRUE(collected.ok()) << collected;
    return Must(ListReceived(*state.store, std::nullopt, 1000)).back();
  }();
  const auto statement =
      Must(codec::DecodeStatement(Must(codec::DecodeEnvelope(deliveries[0].what.bytes)).statement));
  ProvenEntry moved;
  moved.number = received.number + 1;
  moved.leaf_hash = ledger::LeafHash(received.entry);
  moved.tree = {1'000'000, crypto::Sha256("some root")};
  const auto kept = state.keeper->Run([&](LedgerKeeper::Group& group) {
    return KeepReceived(*state.store, *state.party, statement.act, handed.digest, moved, group);
  });
  EXPECT_EQ(ReasonOf(kept.status()), "LEDGER_FORKED");
  const Bytes held = Must(HeldAgainst(*state.store, statement.act, moved));
  EXPECT_NE(held.find(received.entry), Bytes::npos);
  EXPECT_NE(held.find(received.proof), Bytes::npos);
}

// forked.h: once one part of the node has seen a fork no other part sends or cosigns, also after a
// restart; acts are still sealed and wait.
TEST(Fork, OnceProvenTheWholeNodeReadsOnly) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.cosigner->Round().ok());
  const std::uint64_t size = ministry.keeper->head().tree.size;
  const Bytes other = OtherHistory(ministry, size - 1, size).Checkpoint();
  state.transport.on_checkpoint = [&](Bytes& note) {
    note = other;
    return absl::OkStatus();
  };
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), reason::kCheckpointRefused);
  // The true history is shown again: what was signed cannot be taken back by that.
  state.transport.on_checkpoint = {};
  const HandedIn handed = state.MustHandIn();
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(ReasonOf(state.outbox->SendWaiting()), "LEDGER_FORKED");
    EXPECT_TRUE(state.transport.Submitted().empty());
    ministry.MustAdmit(ministry.SealedApplication());
    EXPECT_EQ(ReasonOf(state.cosigner->Round()), "LEDGER_FORKED");
    EXPECT_EQ(Must(state.cosigner->MinistryCosigned()), size);
    EXPECT_EQ(Must(state.collector->NextNumber()), ministry.keeper->head().tree.size)
        << "reading goes on";
    Restart(state);
  }
  EXPECT_EQ(state.SentOf(handed.id).state, SentState::kWaiting);
  // Both sides have settled it.
  store::Commit commit;
  ReleaseFork(commit);
  ASSERT_TRUE(state.keeper->Apply(commit).ok());
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  EXPECT_EQ(state.SentOf(handed.id).state, SentState::kRecorded);
  const absl::Status round = state.cosigner->Round();
  EXPECT_TRUE(round.ok()) << round;
  EXPECT_EQ(Must(state.store->ListConflicts(0, 10)).size(), 1U) << "the evidence stays";
}

// forked.h: a head that went back may be a restored copy; nothing is sent while it is shown, and
// the node goes on when the ledger extends what was relied on again. Shown again it stops again.
TEST(Fork, AHeadThatWentBackHoldsTheNodeUntilItIsMended) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const std::uint64_t size = ministry.keeper->head().tree.size;
  const Bytes earlier = Must(ministry.keeper->CheckpointOf(size - 1));
  const HandedIn handed = state.MustHandIn();
  const auto show_earlier = [&](Bytes& note) {
    note = earlier;
    return absl::OkStatus();
  };
  state.transport.on_checkpoint = show_earlier;
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), "LEDGER_FORKED");
  EXPECT_EQ(ReasonOf(state.outbox->SendWaiting()), "LEDGER_FORKED");
  EXPECT_TRUE(state.transport.Submitted().empty());
  state.transport.on_checkpoint = {};
  ASSERT_TRUE(state.cosigner->Round().ok());
  EXPECT_EQ(state.events.Count("fork.released"), 1);
  state.transport.on_checkpoint = show_earlier;
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), reason::kCheckpointRefused);
  EXPECT_EQ(Must(ForkSeen(*state.store)), Fork::kShown);
  EXPECT_EQ(ReasonOf(state.outbox->SendWaiting()), "LEDGER_FORKED");
  state.transport.on_checkpoint = {};
  ASSERT_TRUE(state.cosigner->Round().ok());
  // The very same head as the first time, against what was relied on since.
  ministry.MustAdmit(ministry.SealedApplication());
  ASSERT_TRUE(state.collector->CollectAll().ok());
  state.transport.on_checkpoint = show_earlier;
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), "LEDGER_FORKED");
  EXPECT_EQ(Must(ForkSeen(*state.store)), Fork::kShown);
  state.transport.on_checkpoint = {};
  ASSERT_TRUE(state.cosigner->Round().ok());
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  EXPECT_EQ(state.SentOf(handed.id).state, SentState::kRecorded);
}

// forked.h: the collector's and the outbox's proofs hold the node as well as the cosigner's, and
// nothing is sent after the message with the act whose receipt proved it.
TEST(Fork, WhoeverSeesItHoldsTheNode) {
  for (const bool by_receipt : {false, true}) {
    SCOPED_TRACE(by_receipt);
    ExchangeWorld ministry;
    ministry.Begin();
    StateWorld state(ministry);
    if (by_receipt) {
      ASSERT_TRUE(state.cosigner->Round().ok());
    }
    const std::uint64_t size = ministry.keeper->head().tree.size;
    store::Commit commit;
    // Of the sizes the ledger has next the other heads were relied on.
    for (std::uint64_t next = size; next <= size + 2; ++next) {
      const Bytes other = OtherHistory(ministry, size - 1, next).Checkpoint();
      ASSERT_TRUE(
          KeepRelied(
              *state.store,
              {Must(ledger::VerifyCheckpoint(other, ministry.log_key->key())).checkpoint.tree,
               other, 0},
              commit)
              .ok());
    }
    ASSERT_TRUE(state.store->Apply(commit).ok());
    if (by_receipt) {
      const HandedIn first = state.MustHandIn(StateWorld::ApplicationJson("Invented A"));
      state.MustHandIn(StateWorld::ApplicationJson("Invented B"));
      state.MustHandIn(R"({"act": "withdrawal", "addressee": "PAK", "facts": {}, "matter": ")" +
                       first.matter.ToHexText() + "\"}");
      EXPECT_EQ(ReasonOf(state.outbox->SendWaiting()), "LEDGER_FORKED");
      EXPECT_EQ(state.transport.Submitted().size(), 2U) << "the withdrawal is not";
    } else {
      EXPECT_EQ(ReasonOf(state.collector->CollectAll()), "LEDGER_FORKED");
    }
    EXPECT_EQ(Must(ForkSeen(*state.store)), Fork::kProven);
    EXPECT_EQ(ReasonOf(state.outbox->SendWaiting()), "LEDGER_FORKED");
    // A weaker sign does not weaken it.
    store::Commit weaker;
    ASSERT_TRUE(MarkFork(*state.store, Fork::kShown, weaker).ok());
    EXPECT_TRUE(weaker.cursors.empty());
  }
}

}  // namespace
}  // namespace chancery::exchange
