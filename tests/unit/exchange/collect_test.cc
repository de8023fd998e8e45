#include "engine/exchange/collect.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/exchange/collect_received.h"
#include "engine/exchange/recovery.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using procedure::Facts;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::StateWorld;

// Every matter of the ministry that the party may read is here, equal to the byte of its encoding.
void ExpectSameMatters(ExchangeWorld& ministry, StateWorld& state) {
  for (const store::MatterRow& row :
       Must(ministry.store->ListMatters(std::nullopt, std::nullopt, 1000))) {
    const auto theirs = Must(ReadMatter(*ministry.store, row.id));
    const auto ours = Must(ReadMatter(*state.store, row.id));
    if (!procedure::MayRead(procedure::ReadersOf(*theirs), Party(state.code))) {
      EXPECT_FALSE(ours.has_value());
      continue;
    }
    ASSERT_TRUE(ours.has_value()) << row.id.ToHexText();
    EXPECT_EQ(*ours, *theirs) << row.id.ToHexText();
  }
}

// Design section 2: one pure core, three readers; a state comes to the ministry's matters by
// itself.
TEST(Collector, ComesToTheSameMattersAsTheMinistryFromTheEntriesAlone) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ministry.MustAdmit(ministry.SealedApplication());
  const absl::Status collected = state.collector->CollectAll();
  ASSERT_TRUE(collected.ok()) << collected;
  ExpectSameMatters(ministry, state);
  EXPECT_EQ(Must(state.collector->NextNumber()), ministry.keeper->head().tree.size);
  // Again: nothing new, nothing twice.
  const std::uint64_t size = state.keeper->head().tree.size;
  ASSERT_TRUE(state.collector->CollectAll().ok());
  EXPECT_EQ(state.keeper->head().tree.size, size);
}

// collect.h: what comes in its turn is kept a batch at a time, in one commit. Issue 5 item 3: large
// groups under load.
TEST(Collector, KeepsABatchInOneCommit) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  for (int i = 0; i < 5; ++i) ministry.MustAdmit(ministry.SealedApplication());
  const int commits = state.events.Count("commit.before");
  ASSERT_TRUE(state.collector->CollectAll().ok());
  EXPECT_EQ(state.events.Count("commit.before"), commits + 1);
  ExpectSameMatters(ministry, state);
  EXPECT_EQ(Must(state.collector->NextNumber()), ministry.keeper->head().tree.size);
}

// collect.h: the first entry that fails stops collecting; those before it in its batch stand, and
// it is never passed over, whether its place, its proof or only its ruling is wrong.
TEST(Collector, KeepsWhatStandsBeforeTheEntryThatFails) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const ActReceipt first = ministry.MustAdmit(ministry.SealedApplication());
  const ActReceipt second = ministry.MustAdmit(ministry.SealedApplication());
  ministry.MustAdmit(ministry.SealedApplication());
  state.transport.on_batch = [&](GivenBatch& given) {
    for (GivenEntry& entry : given.entries) {
      if (entry.number == second.number) entry.inclusion.pop_back();
    }
    return absl::OkStatus();
  };
  EXPECT_EQ(ReasonOf(state.collector->CollectAll()), "INCLUSION_INVALID");
  EXPECT_EQ(Must(state.collector->NextNumber()), first.number + 1);
  state.transport.on_batch = {};
  // Ruled again it fails: this party's own matter is not as the ministry's was.
  const codec::Statement statement =
      Must(codec::DecodeStatement(StatementOf(Must(codec::DecodeEntry(second.entry)))->statement));
  procedure::Matter other = *Must(ReadMatter(*ministry.store, statement.act.matter));
  const std::size_t conflicts = Must(state.store->ListConflicts(0, 10)).size();
  store::Commit wrong;
  wrong.matters.push_back(RowOf(*state.procedures->Set(), other, false));
  ASSERT_TRUE(state.store->Apply(wrong).ok());
  EXPECT_FALSE(state.collector->CollectAll().ok());
  EXPECT_EQ(Must(state.collector->NextNumber()), second.number);
  EXPECT_GT(Must(state.store->ListConflicts(0, 10)).size(), conflicts) << "kept as evidence";
}

// Design section 6: need-to-know; another state's cases never come.
TEST(Collector, DoesNotSeeAnotherStatesCases) {
  ExchangeWorld ministry;
  ministry.Begin();
  ministry.Appoint("AUT", {{"return-authority", 1}});
  ministry.MustAdmit(ministry.SealedApplication("AUT"));
  ministry.MustAdmit(ministry.SealedApplication("GRC"));
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  ExpectSameMatters(ministry, state);
  EXPECT_EQ(Must(state.store->ListMatters(static_cast<int>(procedure::MatterKind::kCase),
                                          std::nullopt, 10))
                .size(),
            1U);
}

// Design section 6: the own ledger proves what was received; the receipt of each entry is kept with
// it.
TEST(Collector, KeepsAReceivedEntryAndAReceiptForEveryAct) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  int acts = 0;
  for (std::uint64_t number = 0; number < ministry.keeper->head().tree.size; ++number) {
    acts +=
        RulingIn(Must(codec::DecodeEntry(Must(ministry.store->ReadEntry(number)).bytes))) != nullptr
            ? 1
            : 0;
  }
  EXPECT_EQ(state.Entries(codec::EntryKind::kReceived), acts);
  const auto received = Must(ListReceived(*state.store, std::nullopt, 1000));
  ASSERT_EQ(static_cast<int>(received.size()), acts);
  const auto policy = Must(ledger::Policy::Make({{{ministry.log_key->key(), ""}}, {}, {}, "none"}));
  for (const ReceivedEntry& one : received) {
    EXPECT_TRUE(
        ledger::VerifyReceipt(Must(ledger::ParseReceipt(one.proof)), one.entry, policy).ok());
  }
}

// Design section 15: after any end collecting goes on behind the last whole entry.
TEST(Collector, GoesOnAfterARestartInTheMiddle) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  state.transport.page_size = 2;
  int batches = 0;
  state.transport.on_batch = [&](GivenBatch&) {
    return ++batches == 3 ? Unavailable("the line is cut") : absl::OkStatus();
  };
  EXPECT_FALSE(state.collector->CollectAll().ok());
  const std::uint64_t reached = Must(state.collector->NextNumber());
  EXPECT_GT(reached, 0U);
  EXPECT_LT(reached, ministry.keeper->head().tree.size);
  state.Stop();
  state.Start();
  EXPECT_EQ(Must(state.collector->NextNumber()), reached);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  ExpectSameMatters(ministry, state);
}

// Issue 2: the acts of this party come by collecting too; each is recorded once, and a lost answer
// is made good.
TEST(Collector, AnOwnActCollectedBeforeItsAnswerIsRecordedOnce) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const HandedIn handed = state.MustHandIn();
  state.transport.after_submit = [](GivenReceipt&) { return Unavailable("lost"); };
  EXPECT_FALSE(state.outbox->SendWaiting().ok());
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const SentAct act = state.SentOf(handed.id);
  EXPECT_EQ(act.state, SentState::kRecorded);
  EXPECT_EQ(Must(state.outbox->Waiting()), 0U);
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  EXPECT_EQ(state.transport.Submitted().size(), 1U);
  // And the other way round: receipt first, then collected.
  state.transport.after_submit = {};
  state.MustHandIn(StateWorld::ApplicationJson("Invented B"));
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  const int received = state.Entries(codec::EntryKind::kReceived);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  EXPECT_EQ(state.Entries(codec::EntryKind::kReceived), received);
  ExpectSameMatters(ministry, state);
}

// Design section 5: the confirming reply carries the ministry's own particulars, here for its
// addressee alone.
TEST(Collector, KeepsTheMinistrysParticularsEncryptedAndReadable) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const HandedIn handed = state.MustHandIn();
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  const ExchangeWorld::Confirmed confirmed = ministry.Confirm("GRC", handed.matter, handed.digest);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  ExpectSameMatters(ministry, state);
  const Digest digest = crypto::Sha256(confirmed.sealed.statement);
  EXPECT_EQ(Must(state.vault->Decrypt(confirmed.reply, digest, Party("GRC"))),
            confirmed.sealed.items);
  for (const store::ParticularsRow& row : Must(state.store->FindParticulars(digest))) {
    EXPECT_THAT(row.ciphertext, testing::Not(testing::HasSubstr("Specimen")));
  }
}

struct Lie {
  const char* name;
  std::function<void(ExchangeWorld&, GivenBatch&)> tell;
  std::string reason;
};

// Design section 4 and security: nothing the ministry hands over is believed.
TEST(Collector, StopsAtWhateverDoesNotProveItself) {
  const std::vector<Lie> lies = {
      {"inclusion proof",
       [](ExchangeWorld&, GivenBatch& batch) { batch.entries.back().inclusion.back()[3] ^= 1; },
       "INCLUSION_INVALID"},
      {"short hash",
       [](ExchangeWorld&, GivenBatch& batch) { batch.entries.back().inclusion.back().pop_back(); },
       "INCLUSION_INVALID"},
      {"entry altered",
       [](ExchangeWorld&, GivenBatch& batch) {
         codec::Entry entry = Must(codec::DecodeEntry(batch.entries.back().entry));
         entry.recorded_at.ms += 1;
         batch.entries.back().entry = Must(codec::EncodeEntry(entry));
       },
       "INCLUSION_INVALID"},
      {"an entry left out",
       [](ExchangeWorld&, GivenBatch& batch) { batch.entries.erase(batch.entries.begin() + 2); },
       "STREAM_GAP"},
      {"an entry twice",
       [](ExchangeWorld&, GivenBatch& batch) {
         batch.entries.insert(batch.entries.begin() + 2, batch.entries[1]);
       },
       "STREAM_GAP"},
      {"another log's checkpoint",
       [](ExchangeWorld& ministry, GivenBatch& batch) {
         const auto note = Must(ledger::ParseNote(batch.checkpoint));
         batch.checkpoint = Must(ledger::SignCheckpoint(
             *Must(ledger::MakeNoteSigner(ministry.log_key->key().name(),
                                          ledger::NoteAlgorithm::kEd25519,
                                          crypto::Ed25519Key::Generate(ministry.entropy))),
             Must(ledger::ParseCheckpoint(note.text))));
       },
       "CHECKPOINT_INVALID"},
      {"particulars of an act that commits to none",
       [](ExchangeWorld& ministry, GivenBatch& batch) {
         batch.entries[2].items = ministry.Particulars();
       },
       "PARTICULARS_UNBOUND"},
      {"other particulars",
       [](ExchangeWorld& ministry, GivenBatch& batch) {
         batch.entries.back().items = ministry.Particulars();
       },
       "COMMITMENT_DIFFERS"},
  };
  for (const Lie& lie : lies) {
    SCOPED_TRACE(lie.name);
    ExchangeWorld ministry;
    ministry.Begin();
    ministry.MustAdmit(ministry.SealedApplication());
    StateWorld state(ministry);
    state.transport.on_batch = [&](GivenBatch& batch) {
      lie.tell(ministry, batch);
      return absl::OkStatus();
    };
    const absl::Status collected = state.collector->CollectAll();
    EXPECT_EQ(ReasonOf(collected), lie.reason) << collected;
    EXPECT_LT(Must(state.collector->NextNumber()), ministry.keeper->head().tree.size);
    // The truth is taken afterwards: nothing was passed over.
    state.transport.on_batch = {};
    const absl::Status honest = state.collector->CollectAll();
    EXPECT_TRUE(honest.ok()) << honest;
    ExpectSameMatters(ministry, state);
  }
}

// A ledger with one entry of the test's own making behind the true ones, signed by the ministry's
// key.
class ForgedBatch {
 public:
  ForgedBatch(ExchangeWorld& ministry, codec::Entry last) {
    ledger::CompactRange tree;
    const std::uint64_t size = ministry.keeper->head().tree.size;
    entry_ = Must(codec::EncodeEntry(last));
    for (std::uint64_t number = 0; number + 1 < size; ++number) {
      tree.Append(Must(ministry.store->ReadEntry(number)).leaf_hash);
    }
    // The proof of the last leaf is the right edge, smallest first.
    for (auto hash = tree.right_edge().rbegin(); hash != tree.right_edge().rend(); ++hash) {
      inclusion_.push_back(hash->ToBytes());
    }
    tree.Append(ledger::LeafHash(entry_));
    checkpoint_ = Must(
        ledger::SignCheckpoint(*ministry.log_key, {ministry.log_key->key().name(), tree.Head()}));
    number_ = size - 1;
  }
  GivenBatch Batch() const { return {{{number_, entry_, inclusion_, {}}}, checkpoint_}; }

 private:
  Bytes entry_;
  std::vector<Bytes> inclusion_;
  Bytes checkpoint_;
  std::uint64_t number_ = 0;
};

// Design section 2: a state compares the recorded ruling with its own and stops, loudly and with
// evidence, when they differ.
TEST(Collector, StopsWithEvidenceWhenTheRecordedRulingIsNotItsOwn) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const ActReceipt receipt = ministry.MustAdmit(ministry.SealedApplication());
  const codec::Entry honest = Must(codec::DecodeEntry(receipt.entry));

  struct Change {
    const char* name;
    std::function<void(codec::Entry&)> make;
    std::string reason;
  };
  const std::vector<Change> changes = {
      {"inadmissible instead",
       [](codec::Entry& entry) {
         std::get<codec::ActBody>(entry.body).ruling.outcome =
             procedure::Inadmissible{procedure::Ground::kNoEvidence, "Art 6", "", {}};
       },
       "RULING_DIFFERS"},
      {"another stage",
       [](codec::Entry& entry) {
         std::get<procedure::Admitted>(std::get<codec::ActBody>(entry.body).ruling.outcome)
             .changed[0]
             .stage = "refused";
       },
       "RULING_DIFFERS"},
      {"another core revision",
       [](codec::Entry& entry) { entry.core_revision = procedure::kCoreRevision + 1; },
       "RULING_DIFFERS"},
      {"a stream for everybody",
       [](codec::Entry& entry) {
         entry.stream = "all";
         entry.position = 1000;
       },
       "STREAM_GAP"},
  };
  for (const Change& change : changes) {
    SCOPED_TRACE(change.name);
    codec::Entry forged = honest;
    change.make(forged);
    const ForgedBatch batch(ministry, forged);
    // The stream's head of the day, if there is one, is honest and comes first.
    bool told = false;
    state.transport.on_batch = [&](GivenBatch& given) {
      std::erase_if(given.entries,
                    [&](const GivenEntry& entry) { return entry.number == receipt.number; });
      if (!std::exchange(told, true) && given.entries.empty()) given = batch.Batch();
      return absl::OkStatus();
    };
    absl::Status collected = state.collector->CollectAll();
    if (collected.ok()) {
      told = false;
      state.transport.on_batch = [&](GivenBatch& given) {
        given = batch.Batch();
        return absl::OkStatus();
      };
      collected = state.collector->CollectAll();
    }
    EXPECT_EQ(ReasonOf(collected), change.reason) << collected;
    EXPECT_FALSE(Must(ReadMatter(
        *state.store, Must(codec::DecodeStatement(StatementOf(honest)->statement)).act.matter)));
  }
  EXPECT_GE(state.events.Count("collect.contradiction"), 3);
  EXPECT_FALSE(Must(state.store->ListConflicts(0, 10)).empty());
  state.transport.on_batch = {};
  EXPECT_TRUE(state.collector->CollectAll().ok());
}

// Security, time and need-to-know: an entry the ministry's key signed is still not taken when it is
// recorded before the one before it or in the future, when its stream is another party's or not
// that of its readers, and when its act should never have passed the door.
TEST(Collector, StopsAtAnEntryOutOfTimeOutOfItsStreamOrPastTheDoor) {
  ExchangeWorld ministry;
  ministry.Begin();
  ministry.Appoint("AUT", {{"return-authority", 1}});
  ministry.MustAdmit(ministry.SealedApplication());
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const std::uint64_t collected = Must(state.collector->NextNumber());
  const codec::Envelope foreign =
      ministry.Sealed(ministry.Application(), {{"AUT", "return-authority"}});
  ministry.clock.Set({ministry.clock.Now().ms + 1000});
  const ActReceipt receipt = ministry.MustAdmit(ministry.SealedApplication());
  const codec::Entry honest = Must(codec::DecodeEntry(receipt.entry));

  struct Change {
    const char* name;
    std::function<void(codec::Entry&)> make;
    std::string reason;
  };
  const std::vector<Change> changes = {
      {"recorded before the entry before it",
       [](codec::Entry& entry) { entry.recorded_at.ms -= 1001; }, "COLLECT_ORDER"},
      {"recorded in the future",
       [](codec::Entry& entry) { entry.recorded_at.ms += kClockSkewMs + 1; },
       "RECORDED_AT_IMPOSSIBLE"},
      {"another party's stream",
       [](codec::Entry& entry) {
         entry.stream = "AUT";
         entry.position = 0;
       },
       "STREAM_FOREIGN"},
      {"a stream that another party reads too",
       [](codec::Entry& entry) {
         entry.stream = "AUT+GRC";
         entry.position = 0;
       },
       "RULING_DIFFERS"},
      {"a seal of another party's office",
       [&](codec::Entry& entry) {
         auto& body = std::get<codec::ActBody>(entry.body);
         body.statement = foreign.statement;
         body.seal = foreign.seal;
       },
       "DOOR_DIFFERS"},
      {"an equivocation nobody sealed",
       [&](codec::Entry& entry) {
         const auto act = std::get<codec::ActBody>(entry.body);
         entry.kind = codec::EntryKind::kEquivocation;
         entry.core_revision = 0;
         entry.body =
             codec::EquivocationBody{act.statement, foreign.seal, crypto::Sha256("another"), 1};
       },
       "SEAL_INVALID"},
  };
  for (const Change& change : changes) {
    SCOPED_TRACE(change.name);
    codec::Entry forged = honest;
    change.make(forged);
    const ForgedBatch batch(ministry, forged);
    state.transport.on_batch = [&](GivenBatch& given) {
      given = batch.Batch();
      return absl::OkStatus();
    };
    const absl::Status taken = state.collector->CollectAll();
    EXPECT_EQ(ReasonOf(taken), change.reason) << taken;
    EXPECT_EQ(Must(state.collector->NextNumber()), collected);
  }
  // The three that contradict the ledger's time or this party's core are evidence, once for an
  // entry however often it is shown.
  const std::size_t kept = Must(state.store->ListConflicts(0, 10)).size();
  EXPECT_EQ(kept, 1U) << "all are about one entry";
  EXPECT_EQ(state.events.Count("collect.contradiction"), 3);
  state.transport.on_batch = {};
  const absl::Status honestly = state.collector->CollectAll();
  EXPECT_TRUE(honestly.ok()) << honestly;
}

// A certificate this party was not given is asked for once more in its trust folder; without it the
// seal proves nothing.
TEST(Collector, AnUnknownSigningCertificateStopsCollecting) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  CertificateShelf nobody;
  int asked = 0;
  Collector collector({*state.keeper, ministry.clock, state.events, *state.party, *ministry.trust,
                       nobody, *state.procedures, *state.vault, *state.matters, state.transport,
                       [&] {
                         ++asked;
                         return absl::OkStatus();
                       }});
  EXPECT_EQ(ReasonOf(collector.CollectAll()), "SEAL_INVALID");
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(Must(collector.NextNumber()), 0U);
}

// Realm and founding procedure of the anchor: acts of another exchange are not taken in.
TEST(Collector, RefusesALedgerFoundedUnderAnotherProcedure) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  state.party->founding = crypto::Sha256("another founding procedure");
  EXPECT_EQ(ReasonOf(state.collector->CollectAll()), "OTHER_EXCHANGE");
  state.party->founding = ministry.anchor.founding;
  state.party->realm = codec::Realm::kLive;
  EXPECT_EQ(ReasonOf(state.collector->CollectAll()), "OTHER_EXCHANGE");
}

// A bundle is known by its digest: the ministry cannot put another text under it.
TEST(Collector, TakesABundleOnlyUnderItsOwnDigest) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  class Swapped final : public Transport {
   public:
    Swapped(Transport& next, Bytes bundle) : next_(next), bundle_(std::move(bundle)) {}
    absl::StatusOr<GivenReceipt> Submit(const codec::Envelope& envelope) override {
      return next_.Submit(envelope);
    }
    absl::Status Collect(const std::vector<StreamFrom>& from,
                         const std::function<absl::Status(const GivenBatch&)>& take) override {
      return next_.Collect(from, take);
    }
    absl::StatusOr<GivenHeads> GetCheckpoint() override { return next_.GetCheckpoint(); }
    absl::StatusOr<std::vector<Bytes>> GetConsistency(std::uint64_t a, std::uint64_t b) override {
      return next_.GetConsistency(a, b);
    }
    absl::Status AddCosignature(std::uint64_t size, ByteView line) override {
      return next_.AddCosignature(size, line);
    }
    absl::StatusOr<GivenCosignature> AddCheckpoint(const ledger::CosignOffer& offer,
                                                   const std::vector<Bytes>& handovers) override {
      return next_.AddCheckpoint(offer, handovers);
    }
    absl::StatusOr<AttachmentHeld> FindAttachment(const MatterId& matter,
                                                  const Digest& digest) override {
      return next_.FindAttachment(matter, digest);
    }
    absl::StatusOr<AttachmentHeld> PutAttachment(const MatterId& matter, const Digest& digest,
                                                 std::uint64_t size, std::uint64_t offset,
                                                 ByteView chunk) override {
      return next_.PutAttachment(matter, digest, size, offset, chunk);
    }
    absl::StatusOr<AttachmentPiece> GetAttachment(const MatterId& matter, const Digest& digest,
                                                  std::uint64_t offset) override {
      return next_.GetAttachment(matter, digest, offset);
    }
    absl::StatusOr<GivenProcedure> GetProcedure(const Digest&) override {
      return GivenProcedure{bundle_, {}};
    }

   private:
    Transport& next_;
    const Bytes bundle_;
  };
  Swapped swapped(state.transport, ministry.bundle_2016);
  Collector collector({*state.keeper,
                       ministry.clock,
                       state.events,
                       *state.party,
                       *ministry.trust,
                       *state.certificates,
                       *state.procedures,
                       *state.vault,
                       *state.matters,
                       swapped,
                       {}});
  EXPECT_EQ(ReasonOf(collector.CollectAll()), "PROCEDURE_DIFFERS");
}

}  // namespace
}  // namespace chancery::exchange
