#include "engine/exchange/cosign.h"

#include <gmock/gmock.h>

#include <string>

#include "engine/exchange/reasons.h"
#include "engine/ledger/cosignature.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::StateWorld;

// Design section 6: each side cosigns the other's head, after collecting everything up to it.
TEST(Cosigner, ARoundCosignsTheMinistrysHeadAndHasTheOwnOneCosigned) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  const absl::Status round = state.cosigner->Round();
  ASSERT_TRUE(round.ok()) << round;
  const std::uint64_t size = ministry.keeper->head().tree.size;
  EXPECT_EQ(state.cosigner->ministry_size(), size);
  EXPECT_EQ(Must(state.cosigner->MinistryCosigned()), size);
  EXPECT_EQ(Must(ministry.witnessing->CosignedBy(Party("GRC"))), size);
  const std::uint64_t own = state.keeper->head().tree.size;
  EXPECT_EQ(Must(state.cosigner->OwnCosigned()), own);
  EXPECT_EQ(Must(ministry.witnessing->CosignedOf(Party("GRC"))), own);
  // Cosignatures are kept beside the ledgers, never in them: nothing has grown, nothing is left to
  // do.
  ASSERT_TRUE(state.cosigner->Round().ok());
  EXPECT_EQ(ministry.keeper->head().tree.size, size);
  EXPECT_EQ(state.keeper->head().tree.size, own);
}

// Both ledgers grow, and the rounds follow.
TEST(Cosigner, LaterRoundsExtendWhatWasCosigned) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(state.cosigner->Round().ok());
    state.MustHandIn(
        StateWorld::ApplicationJson("Invented " + std::string(1, static_cast<char>('A' + i))));
    ASSERT_TRUE(state.outbox->SendWaiting().ok());
  }
  const absl::Status round = state.cosigner->Round();
  ASSERT_TRUE(round.ok()) << round;
  EXPECT_EQ(Must(state.cosigner->MinistryCosigned()), ministry.keeper->head().tree.size);
  EXPECT_EQ(Must(state.cosigner->OwnCosigned()), state.keeper->head().tree.size);
}

// A cosignature that did not arrive is given again, also after a restart.
TEST(Cosigner, ACosignatureThatDidNotArriveIsGivenAgain) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  state.transport.before_cosignature = [] { return Unavailable("the line is cut"); };
  EXPECT_FALSE(state.cosigner->Round().ok());
  EXPECT_EQ(Must(ministry.witnessing->CosignedBy(Party("GRC"))), 0U);
  state.Stop();
  state.Start();
  state.transport.before_cosignature = {};
  const absl::Status round = state.cosigner->Round();
  ASSERT_TRUE(round.ok()) << round;
  EXPECT_EQ(Must(ministry.witnessing->CosignedBy(Party("GRC"))), ministry.keeper->head().tree.size);
}

// Design section 6: a head is not cosigned before everything up to it was collected and ruled
// again.
TEST(Cosigner, DoesNotCosignWhatItCouldNotCollect) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  state.transport.on_batch = [](GivenBatch& batch) {
    batch.entries.erase(batch.entries.begin() + 1);
    return absl::OkStatus();
  };
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), "STREAM_GAP");
  EXPECT_EQ(Must(state.cosigner->MinistryCosigned()), 0U);
}

// tlog-witness: a witness never cosigns two heads that are not prefixes of one another; both are
// kept as evidence.
TEST(Cosigner, RefusesAHeadThatDoesNotExtendTheLastAndKeepsBoth) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.cosigner->Round().ok());
  const std::uint64_t cosigned = Must(state.cosigner->MinistryCosigned());
  state.transport.on_checkpoint = [&](Bytes& note) {
    // The same size with another root, signed by the ministry's own key: a fork.
    ledger::TreeHead tree = ministry.keeper->head().tree;
    tree.root.raw()[0] ^= 1;
    note = Must(ledger::SignCheckpoint(*ministry.log_key, {ministry.log_key->key().name(), tree}));
    return absl::OkStatus();
  };
  state.Stop();
  state.Start();  // a fresh program asks for its cosignature to be taken, and is shown the fork
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), reason::kCheckpointRefused);
  EXPECT_EQ(Must(state.cosigner->MinistryCosigned()), cosigned);
  const auto conflicts = Must(state.store->ListConflicts(0, 10));
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts[0].what.origin, ministry.log_key->key().name());
  EXPECT_FALSE(conflicts[0].what.held.empty());
  EXPECT_FALSE(conflicts[0].what.offered.empty());
}

// A head signed by a stranger is not even looked at.
TEST(Cosigner, RefusesAHeadTheMinistrysKeyDidNotSign) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  state.transport.on_checkpoint = [&](Bytes& note) {
    note = Must(ledger::SignCheckpoint(
        *Must(ledger::MakeNoteSigner(ministry.log_key->key().name(),
                                     ledger::NoteAlgorithm::kEd25519,
                                     crypto::Ed25519Key::Generate(ministry.entropy))),
        {ministry.log_key->key().name(), ministry.keeper->head().tree}));
    return absl::OkStatus();
  };
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), "CHECKPOINT_INVALID");
  EXPECT_EQ(state.cosigner->ministry_size(), 0U);
}

// The head to be cosigned must extend every checkpoint under which entries were taken.
TEST(Cosigner, RefusesAHeadThatDoesNotExtendWhatEntriesWereTakenUnder) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  ministry.MustAdmit(ministry.SealedApplication());
  state.transport.on_consistency = [](std::vector<Bytes>& hashes) {
    hashes.front()[0] ^= 1;
    return absl::OkStatus();
  };
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), "LEDGER_FORKED");
  EXPECT_EQ(Must(state.cosigner->MinistryCosigned()), 0U);
  EXPECT_EQ(Must(state.store->ListConflicts(0, 10)).size(), 1U);
  EXPECT_EQ(state.events.Count("ledger.forked"), 1);
}

// Design section 6, restart: an old copy of the store is noticed when the ministry has cosigned
// more than it holds.
TEST(Cosigner, AnOldCopyOfTheOwnStoreIsNoticed) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.cosigner->Round().ok());
  StateWorld old_copy(ministry);  // the same party and keys, an empty store
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  state.MustHandIn();
  ASSERT_TRUE(state.cosigner->Round().ok());
  const absl::Status round = old_copy.cosigner->Round();
  EXPECT_FALSE(round.ok());
  EXPECT_EQ(ReasonOf(round), "OWN_HEAD_REFUSED") << round;
  EXPECT_EQ(old_copy.events.Count("ledger.own_refused"), 1);
}

// The ministry may know another size than this party's store says, never a larger one than there
// is.
TEST(Cosigner, TriesOnceMoreFromTheSizeTheMinistryNames) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  int asked = 0;
  state.transport.on_own_cosignature = [&](GivenCosignature& given) {
    if (++asked == 1)
      given = {};  // its answer is lost on the way, and it names the size it knew before
  };
  const absl::Status round = state.cosigner->Round();
  EXPECT_TRUE(round.ok() || IsAway(round)) << round;
  EXPECT_EQ(asked, 2);
  state.transport.on_own_cosignature = [](GivenCosignature& given) { given = {{}, 1'000'000}; };
  state.MustHandIn();
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), "OWN_HEAD_REFUSED");
}

// The ministry's cosignature is verified with the key it was appointed with.
TEST(Cosigner, TakesNoCosignatureOfAnotherKey) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  state.transport.on_own_cosignature = [&](GivenCosignature& given) {
    const auto note = Must(ledger::ParseNote(state.keeper->head().checkpoint));
    given.line = ledger::FormatSignatureLine(Must(
        ledger::Cosign(*ministry.WitnessSigner("AUT"), note.text, ministry.clock.Now().ms / 1000)));
  };
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), reason::kCosignatureInvalid);
  EXPECT_EQ(Must(state.cosigner->OwnCosigned()), 0U);
}

// While the ministry is away a round says so and nothing else happens.
TEST(Cosigner, SaysThatTheMinistryIsAway) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  state.transport.away = true;
  EXPECT_EQ(state.cosigner->Round().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(state.keeper->head().tree.size, 0U);
}

// witnessing.h: after days in which nobody did anything, the two sides tell each other the time and
// go on, in one round.
TEST(Cosigner, AfterQuietDaysTheMinistryIsAskedForTheTime) {
  ExchangeWorld ministry;
  ministry.Begin();
  ministry.Appoint("AUT", {{"return-authority", 1}});
  StateWorld state(ministry);
  ASSERT_TRUE(state.cosigner->Round().ok());
  ministry.clock.Set({ministry.clock.Now().ms + 5 * kMsPerDay});
  // What happens is not for this party to read: nothing it collects tells the time.
  ministry.MustAdmit(ministry.SealedApplication("AUT"));
  const absl::Status round = state.cosigner->Round();
  ASSERT_TRUE(round.ok()) << round;
  EXPECT_EQ(Must(state.cosigner->MinistryCosigned()), ministry.keeper->head().tree.size);
  EXPECT_EQ(state.events.Count("witness.clock_ahead"), 1);
}

// witnessing.h: a clock of this party that is wrong alone is not signed by, and a right one again
// is at once: nothing is stuck.
TEST(Cosigner, AWrongClockOfThisPartyAloneStopsNothingForGood) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.cosigner->Round().ok());
  support::ManualClock wrong({ministry.clock.Now().ms + 400 * kMsPerDay});
  Witnessing witnessing(*state.keeper, *state.witness_key, ministry.anchor, wrong, state.events);
  Cosigner cosigner({*state.keeper, wrong, state.events, *state.party, *state.collector, witnessing,
                     state.transport, *state.offering});
  ministry.MustAdmit(ministry.SealedApplication());
  EXPECT_EQ(ReasonOf(cosigner.Round()), reason::kWitnessClockAhead);
  EXPECT_EQ(Must(state.collector->NextNumber()), ministry.keeper->head().tree.size)
      << "all else goes on";
  const absl::Status round = state.cosigner->Round();
  EXPECT_TRUE(round.ok()) << round;
  EXPECT_EQ(Must(state.cosigner->MinistryCosigned()), ministry.keeper->head().tree.size);
}

}  // namespace
}  // namespace chancery::exchange
