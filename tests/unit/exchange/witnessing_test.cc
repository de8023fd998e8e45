#include "engine/exchange/witnessing.h"

#include <gtest/gtest.h>

#include "engine/exchange/check_store.h"
#include "engine/exchange/cosigned_history.h"
#include "engine/exchange/reasons.h"
#include "engine/exchange/row_names.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"
#include "tests/support/exchange_world.h"

namespace chancery::exchange {
namespace {

using procedure::Fact;
using support::ExchangeWorld;
using support::Must;
using support::Party;

// A checkpoint of Greece's ledger with `leaves` leaves, and the tree that proves it.
struct GreekLedger {
  explicit GreekLedger(const ExchangeWorld& world) : key(world.LogSigner("GRC")) {}

  ledger::TreeHead Grow(int leaves) {
    for (int i = 0; i < leaves; ++i)
      range.Append(ledger::LeafHash("leaf " + std::to_string(range.size())));
    return range.Head();
  }
  Bytes Checkpoint() const {
    return Must(ledger::SignCheckpoint(*key, {key->key().name(), range.Head()}));
  }

  ledger::CompactRange range;
  std::unique_ptr<ledger::NoteSigner> key;
};

class WitnessingTest : public ::testing::Test {
 protected:
  WitnessingTest() { world_.Begin(); }
  std::string LineOf(std::string_view party, std::uint64_t size, std::int64_t seconds) {
    const ledger::Note note = Must(ledger::ParseNote(Must(world_.keeper->CheckpointOf(size))));
    return ledger::FormatSignatureLine(
        Must(ledger::Cosign(*world_.WitnessSigner(party), note.text, seconds)));
  }
  std::int64_t Now() { return world_.clock.Now().ms / 1000; }

  ExchangeWorld world_;
};

// Design section 6: cosignatures are kept beside the ledger, never in it; the checkpoint then
// carries them.
TEST_F(WitnessingTest, AReadersCosignatureGoesBesideTheCheckpoint) {
  const std::uint64_t size = world_.keeper->head().tree.size;
  const std::string line = LineOf("GRC", size, Now());
  ASSERT_TRUE(world_.witnessing->AddCosignature(Party("GRC"), size, line).ok());
  EXPECT_EQ(world_.keeper->head().tree.size, size);
  const Bytes note = Must(world_.reader->Checkpoint());
  const ledger::NoteKey witnesses[] = {world_.WitnessSigner("GRC")->key()};
  const auto verified = Must(ledger::VerifyCheckpoint(note, world_.log_key->key(), witnesses));
  EXPECT_EQ(verified.signatures.size(), 2u);
  EXPECT_EQ(Must(world_.witnessing->CosignedBy(Party("GRC"))), size);
}

// Issue 4 item 4: what witnesses saw over the history is kept for auditors, and the long check
// holds it to the book and to its number.
TEST_F(WitnessingTest, WhatWasSeenOverTheHistoryIsKept) {
  const std::uint64_t size = world_.keeper->head().tree.size;
  const std::string line = LineOf("GRC", size, Now());
  ASSERT_TRUE(world_.witnessing->AddCosignature(Party("GRC"), size, line).ok());
  ledger::PolicyParts parts{
      {{world_.log_key->key(), ""}}, {{"grc", world_.WitnessSigner("GRC")->key(), ""}}, {}, "grc"};
  const Bytes history =
      Must(CosignedHistory(*world_.store, Must(ledger::Policy::Make(std::move(parts))), size));
  EXPECT_EQ(history, "chancery-cosigned-heads v1\n" + std::to_string(size) + " " + line);

  const auto found = [this] {
    const CheckReport report =
        Must(CheckStore(*world_.store, {world_.anchor, Party("PAK"), world_.log_key->key(),
                                        *world_.procedures->Set(), *world_.certificates}));
    std::string text;
    for (const CheckFinding& finding : report.findings) text += ToText(finding) + "\n";
    return text;
  };
  EXPECT_EQ(found(), "");
  const std::vector<store::Paper> kept =
      Must(world_.store->ListPapers(kCosignedPaper, std::nullopt, {}, 9));
  ASSERT_EQ(kept.size(), 1u);
  store::Commit dropped;
  dropped.papers = {{kept[0].kind, kept[0].id, kept[0].version, true, 0, {}}};
  ASSERT_TRUE(world_.store->Apply(dropped).ok());
  EXPECT_NE(found().find("cursor cosigned/kept: nothing in the store makes it"), std::string::npos)
      << found();
  // The same witness over another tree.
  store::Commit other;
  other.papers = {{kept[0].kind, kept[0].id, 0, false, 0,
                   "chancery-cosigned-heads v1\n" + std::to_string(size) + " " +
                       LineOf("GRC", size - 1, Now())}};
  ASSERT_TRUE(world_.store->Apply(other).ok());
  EXPECT_NE(found().find("it does not verify over the root of its size"), std::string::npos)
      << found();
}

// Design section 6: witnesses are appointed by acts; who is not appointed does not witness, and
// nobody for another.
TEST_F(WitnessingTest, ACosignatureThatIsNotThePartysOwnIsRefused) {
  const std::uint64_t size = world_.keeper->head().tree.size;
  EXPECT_EQ(
      ReasonOf(world_.witnessing->AddCosignature(Party("AUT"), size, LineOf("AUT", size, Now()))),
      reason::kWitnessNotAppointed);
  EXPECT_EQ(
      ReasonOf(world_.witnessing->AddCosignature(Party("GRC"), size, LineOf("AUT", size, Now()))),
      reason::kCosignatureInvalid);
  EXPECT_EQ(ReasonOf(world_.witnessing->AddCosignature(Party("GRC"), size,
                                                       LineOf("GRC", size - 1, Now()))),
            reason::kCosignatureInvalid);
  EXPECT_TRUE(Must(world_.store->ListCosignatures(size)).empty());
}

// Design section 6: readers allow a skew of 2 s; a witness's clock must not drag the ledger's time
// with it.
TEST_F(WitnessingTest, ACosignatureFromTheFutureIsRefused) {
  const std::uint64_t size = world_.keeper->head().tree.size;
  EXPECT_EQ(ReasonOf(world_.witnessing->AddCosignature(Party("GRC"), size,
                                                       LineOf("GRC", size, Now() + 60))),
            reason::kCosignatureInvalid);
}

// Design section 6: an entry outside a cosigned checkpoint is never older than that cosignature.
TEST_F(WitnessingTest, NoEntryIsRecordedBeforeTheNewestCosignature) {
  const std::uint64_t size = world_.keeper->head().tree.size;
  ASSERT_TRUE(
      world_.witnessing->AddCosignature(Party("GRC"), size, LineOf("GRC", size, Now() + 2)).ok());
  world_.MustAdmit(world_.SealedApplication());
  EXPECT_EQ(world_.keeper->head().recorded_at.ms, (Now() + 2) * 1000);
}

// Design section 6: a skew of 2 s is all a witness may move this ledger's time ahead, however often
// it cosigns: the skew is measured from the clock, never from a time that skew has moved.
TEST_F(WitnessingTest, AWitnessCannotDragTheLedgersTimeOnStepByStep) {
  for (int step = 0; step < 2; ++step) {
    const std::uint64_t size = world_.keeper->head().tree.size;
    ASSERT_TRUE(
        world_.witnessing->AddCosignature(Party("GRC"), size, LineOf("GRC", size, Now() + 2)).ok());
    world_.MustAdmit(world_.SealedApplication());
    const std::uint64_t grown = world_.keeper->head().tree.size;
    EXPECT_EQ(ReasonOf(world_.witnessing->AddCosignature(Party("GRC"), grown,
                                                         LineOf("GRC", grown, Now() + 4))),
              reason::kCosignatureInvalid);
  }
  EXPECT_EQ(world_.keeper->head().recorded_at.ms, (Now() + 2) * 1000);
}

// Design section 6: what this party cosigns for another bears its clock's time, not one that a
// witness's skew has moved ahead.
TEST_F(WitnessingTest, AStatesHeadIsCosignedAtTheClocksTime) {
  const std::uint64_t size = world_.keeper->head().tree.size;
  ASSERT_TRUE(
      world_.witnessing->AddCosignature(Party("GRC"), size, LineOf("GRC", size, Now() + 2)).ok());
  world_.MustAdmit(world_.SealedApplication());
  GreekLedger ledger(world_);
  ledger.Grow(1);
  const CosignAnswer answer =
      Must(world_.witnessing->Cosign(Party("GRC"), {0, {}, ledger.Checkpoint()}));
  EXPECT_EQ(ledger::CosignatureTime(Must(ledger::ParseSignatureLine(answer.line))), Now());
}

// tlog-witness: consistent heads are cosigned one after another, and stored before they are
// answered.
TEST_F(WitnessingTest, AStatesHeadIsCosignedWhenItExtendsTheLastOne) {
  GreekLedger ledger(world_);
  ledger.Grow(1);
  const CosignAnswer first =
      Must(world_.witnessing->Cosign(Party("GRC"), {0, {}, ledger.Checkpoint()}));
  const ledger::NoteSignature line = Must(ledger::ParseSignatureLine(first.line));
  const ledger::Note note = Must(ledger::ParseNote(ledger.Checkpoint()));
  EXPECT_TRUE(ledger::VerifyCosignature(world_.witness_key->key(), line, note.text));
  EXPECT_EQ(Must(world_.store->FindWitnessed(ledger.key->key().name()))->tree.size, 1u);
  EXPECT_EQ(Must(world_.witnessing->CosignedOf(Party("GRC"))), 1u);
  // From one leaf to two the proof is the second leaf's hash.
  ledger.Grow(1);
  const CosignAnswer second = Must(world_.witnessing->Cosign(
      Party("GRC"), {1, {ledger::LeafHash("leaf 1")}, ledger.Checkpoint()}));
  EXPECT_EQ(second.known_size, 2u);
  EXPECT_FALSE(second.line.empty());
}

// Ledger formats section 10: a witness keeps its state in two places, and one that lost it is no
// blank cheque: it signs nothing for that ledger, whatever it is offered.
TEST_F(WitnessingTest, AWitnessThatLostTheHeadItCosignedSignsNothing) {
  GreekLedger ledger(world_);
  ledger.Grow(2);
  Must(world_.witnessing->Cosign(Party("GRC"), {0, {}, ledger.Checkpoint()}));
  EXPECT_EQ(Must(world_.store->ReadCursor("cosigned_of/GRC")), 2);
  // The size is known and the head is an older one.
  store::Commit commit;
  commit.cursors = {{"cosigned_of/GRC", 3}};
  ASSERT_TRUE(world_.store->Apply(commit).ok());
  GreekLedger other(world_);
  other.range.Append(ledger::LeafHash("another leaf"));
  for (GreekLedger* offered : {&ledger, &other}) {
    const absl::Status status =
        world_.witnessing->Cosign(Party("GRC"), {0, {}, offered->Checkpoint()}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  }
}

// Issue 2: each refuses a head that does not extend the last it cosigned, and keeps both as
// evidence.
TEST_F(WitnessingTest, AForkIsRefusedAndKeptAsEvidence) {
  GreekLedger ledger(world_);
  ledger.Grow(1);
  Must(world_.witnessing->Cosign(Party("GRC"), {0, {}, ledger.Checkpoint()}));
  GreekLedger fork(world_);
  fork.range.Append(ledger::LeafHash("another leaf"));
  EXPECT_EQ(ReasonOf(world_.witnessing->Cosign(Party("GRC"), {1, {}, fork.Checkpoint()}).status()),
            reason::kCheckpointRefused);
  const auto conflicts = Must(world_.store->ListConflicts(0, 10));
  ASSERT_EQ(conflicts.size(), 1u);
  EXPECT_EQ(conflicts.front().what.reason, "fork");
  EXPECT_EQ(conflicts.front().what.origin, ledger.key->key().name());
}

// tlog-witness 409: an offer for another old size is answered with the size known.
TEST_F(WitnessingTest, AnOfferForAnotherOldSizeIsAnsweredWithTheSizeKnown) {
  GreekLedger ledger(world_);
  ledger.Grow(1);
  Must(world_.witnessing->Cosign(Party("GRC"), {0, {}, ledger.Checkpoint()}));
  ledger.Grow(1);
  const CosignAnswer answer =
      Must(world_.witnessing->Cosign(Party("GRC"), {0, {}, ledger.Checkpoint()}));
  EXPECT_TRUE(answer.line.empty());
  EXPECT_EQ(answer.known_size, 1u);
}

// A party offers its own ledger's heads only: another party's key is refused.
TEST_F(WitnessingTest, ANoteOfAnotherKeyIsRefused) {
  const auto key = world_.LogSigner("AUT");
  ledger::CompactRange range;
  range.Append(ledger::LeafHash("leaf"));
  const Bytes note = Must(ledger::SignCheckpoint(*key, {key->key().name(), range.Head()}));
  EXPECT_EQ(ReasonOf(world_.witnessing->Cosign(Party("GRC"), {0, {}, note}).status()),
            reason::kCheckpointRefused);
}

// witnessing.h: a witness that has signed while its clock was ahead says from when on it signs
// again, takes in others' cosignatures meanwhile, and signs as soon as that time is there. Nobody
// is accused of anything.
TEST_F(WitnessingTest, OneThatSignedAheadNamesTheTimeFromWhichItSignsAgain) {
  const Instant right = world_.clock.Now();
  GreekLedger ledger(world_);
  ledger.Grow(1);
  world_.clock.Set({right.ms + 3600 * kMsPerSecond});
  Must(world_.witnessing->Cosign(Party("GRC"), {0, {}, ledger.Checkpoint()}));
  ledger.Grow(1);
  const ledger::CosignOffer next{1, {ledger::LeafHash("leaf 1")}, ledger.Checkpoint()};
  world_.clock.Set(right);
  const absl::Status refused = world_.witnessing->Cosign(Party("GRC"), next).status();
  EXPECT_EQ(ReasonOf(refused), reason::kWitnessClockBehind);
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(refused.message().find(ToText(Instant{right.ms + 3600 * kMsPerSecond})),
            absl::string_view::npos)
      << refused;
  EXPECT_EQ(world_.events.Count("witness.clock_behind"), 1);
  EXPECT_TRUE(Must(world_.store->ListConflicts(0, 10)).empty());
  const std::uint64_t size = world_.keeper->head().tree.size;
  EXPECT_TRUE(
      world_.witnessing->AddCosignature(Party("GRC"), size, LineOf("GRC", size, Now())).ok());
  EXPECT_EQ(Must(world_.witnessing->CosignedOf(Party("GRC"))), 1u);
  world_.clock.Set({right.ms + 3600 * kMsPerSecond});
  EXPECT_FALSE(Must(world_.witnessing->Cosign(Party("GRC"), next)).line.empty());
}

// witnessing.h: a clock that leads every other party's time by more than a day is not signed by; a
// wrong one costs a witness a day at most.
TEST_F(WitnessingTest, AClockADayAheadOfEverybodyIsNotSignedBy) {
  const std::uint64_t size = world_.keeper->head().tree.size;
  const Instant told{Now() * kMsPerSecond};
  ASSERT_TRUE(
      world_.witnessing->AddCosignature(Party("GRC"), size, LineOf("GRC", size, Now())).ok());
  GreekLedger ledger(world_);
  ledger.Grow(1);
  const ledger::CosignOffer offer{0, {}, ledger.Checkpoint()};
  world_.clock.Set({told.ms + ledger::kMostLeadSeconds * kMsPerSecond + 1});
  const absl::Status refused = world_.witnessing->Cosign(Party("GRC"), offer).status();
  EXPECT_EQ(ReasonOf(refused), reason::kWitnessClockAhead);
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(refused.message().find(ToText(told)), absl::string_view::npos) << refused;
  EXPECT_EQ(world_.events.Count("witness.clock_ahead"), 1);
  EXPECT_EQ(Must(world_.witnessing->CosignedOf(Party("GRC"))), 0u) << "nothing was stored";
  // The own ledger's time is the same clock's: it bears nothing out.
  world_.MustAdmit(world_.SealedApplication());
  EXPECT_EQ(ReasonOf(world_.witnessing->Cosign(Party("GRC"), offer).status()),
            reason::kWitnessClockAhead);
  world_.clock.Set({told.ms + ledger::kMostLeadSeconds * kMsPerSecond});
  EXPECT_FALSE(Must(world_.witnessing->Cosign(Party("GRC"), offer)).line.empty());
}

// witnessing.h: who offers its head tells its own time with it; a line of another key tells none.
TEST_F(WitnessingTest, ACallerMayBearTheClockOut) {
  const std::uint64_t size = world_.keeper->head().tree.size;
  ASSERT_TRUE(
      world_.witnessing->AddCosignature(Party("GRC"), size, LineOf("GRC", size, Now())).ok());
  GreekLedger ledger(world_);
  ledger.Grow(1);
  world_.clock.Set({world_.clock.Now().ms + 2 * ledger::kMostLeadSeconds * kMsPerSecond});
  const auto told_by = [&](std::string_view party) {
    const ledger::Note note = Must(ledger::ParseNote(ledger.Checkpoint()));
    const std::string line = ledger::FormatSignatureLine(
        Must(ledger::Cosign(*world_.WitnessSigner(party), note.text, Now())));
    return ledger::CosignOffer{0, {}, Must(ledger::AddSignatureLines(ledger.Checkpoint(), {line}))};
  };
  EXPECT_EQ(ReasonOf(world_.witnessing->Cosign(Party("GRC"), told_by("AUT")).status()),
            reason::kWitnessClockAhead);
  EXPECT_FALSE(Must(world_.witnessing->Cosign(Party("GRC"), told_by("GRC"))).line.empty());
}

}  // namespace
}  // namespace chancery::exchange
