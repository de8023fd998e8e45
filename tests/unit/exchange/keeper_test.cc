#include "engine/exchange/keeper.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "engine/exchange/reasons.h"
#include "engine/ledger/checkpoint.h"
#include "engine/store/memory/memory_store.h"
#include "tests/support/exchange_world.h"
#include "tests/support/failing_store.h"

namespace chancery::exchange {
namespace {

using support::CountingEvents;
using support::FailingStore;
using support::ManualClock;
using support::Must;
using support::Party;

constexpr std::string_view kOrigin = "eu-pakistan.chancery.example/rehearsal/GRC";

class KeeperTest : public ::testing::Test {
 protected:
  KeeperTest()
      : store_(store::NewMemoryStore({Party("GRC"), std::string(kOrigin), "rehearsal", Digest{}})),
        log_key_(Must(ledger::MakeNoteSigner(kOrigin, ledger::NoteAlgorithm::kEd25519,
                                             crypto::Ed25519Key::Generate(entropy_)))) {
    Open();
  }
  void Open(LedgerKeeper::Options options = {}) {
    keeper_.reset();
    keeper_ =
        Must(LedgerKeeper::Open(store_, *log_key_, clock_, entropy_, events_, std::move(options)));
  }
  LedgerKeeper::Job AppendOne(const std::string& stream = "GRC") {
    return [stream](LedgerKeeper::Group& group) {
      return group.Append(stream, codec::SealedBody{"statement", "seal"}).status();
    };
  }
  codec::Entry EntryAt(std::uint64_t number) {
    return Must(codec::DecodeEntry(Must(store_.ReadEntry(number)).bytes));
  }

  crypto::SystemEntropy entropy_;
  ManualClock clock_{*ParseInstant("2016-09-01T06:00:00Z")};
  CountingEvents events_;
  FailingStore store_;
  std::unique_ptr<ledger::NoteSigner> log_key_;
  std::unique_ptr<LedgerKeeper> keeper_;
};

// Design section 6: a stream's head entry takes the next position on the first commit of a new UTC
// day; no gap.
TEST_F(KeeperTest, TheFirstEntryOfAStreamOnANewDayIsPrecededByItsHead) {
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  clock_.Set(*ParseInstant("2016-09-02T00:00:00Z"));
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  ASSERT_EQ(keeper_->head().tree.size, 5u);
  const codec::Entry first = EntryAt(0);
  EXPECT_TRUE(std::get<codec::StreamHeadBody>(first.body).first);
  const codec::Entry second = EntryAt(3);
  const auto& head = std::get<codec::StreamHeadBody>(second.body);
  EXPECT_FALSE(head.first);
  EXPECT_EQ(head.position, 2u);
  EXPECT_EQ(head.day, CivilDayOf(clock_.Now(), 0));
  EXPECT_EQ(head.leaf_hash, ledger::LeafHash(Must(store_.ReadEntry(2)).bytes));
  for (std::uint64_t number = 0; number < 5; ++number) EXPECT_EQ(EntryAt(number).position, number);
}

// Design section 6: the sequencer records max(now, last recorded_at, newest cosignature time it
// knows).
TEST_F(KeeperTest, RecordedTimeNeverRunsBackAndIsNeverOlderThanAKnownCosignature) {
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  const Instant first = keeper_->head().recorded_at;
  clock_.Set({first.ms - 60'000});
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  EXPECT_EQ(keeper_->head().recorded_at, first);
  keeper_->NoteCosignatureTime(first.ms / 1000 + 7);
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  EXPECT_EQ(keeper_->head().recorded_at.ms, first.ms + 7000);
}

// keeper.h, HeadAt: who is told what time it is over a head may rely on it that nothing older
// follows. A group whose time was taken before that runs again.
TEST_F(KeeperTest, WhatIsUnderWayWhenATimeIsToldIsRecordedAfterIt) {
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  const std::uint64_t size = keeper_->head().tree.size;
  Instant told;
  std::uint64_t size_then = 0;
  std::vector<Instant> times;
  const auto told_meanwhile = [&](std::int64_t later_ms) {
    return [&, later_ms](LedgerKeeper::Group& group) {
      times.push_back(group.recorded_at());
      if (times.size() == 1) {
        size_then = keeper_->head().tree.size;
        clock_.Set({clock_.Now().ms + later_ms});
        told = clock_.Now();
        EXPECT_EQ(keeper_->HeadAt(told).tree.size, size_then);
      }
      return group.Append("GRC", codec::SealedBody{"statement", "seal"}).status();
    };
  };
  ASSERT_TRUE(keeper_->Run(told_meanwhile(kMostCommitLagMs + 1)).ok());
  ASSERT_EQ(times.size(), 2u);
  EXPECT_EQ(times[1], told);
  EXPECT_EQ(EntryAt(size).recorded_at, told);
  EXPECT_EQ(keeper_->head().tree.size, size + 1) << "recorded once";
  EXPECT_EQ(keeper_->HeadNow().head, keeper_->head()) << "nobody waits any more";
  // So near together that nobody's tolerance is used up: not worth doing twice.
  times.clear();
  ASSERT_TRUE(keeper_->Run(told_meanwhile(kMostCommitLagMs)).ok());
  EXPECT_EQ(times.size(), 1u);
}

// keeper.h, HeadAt: a time that another told holds for what is recorded later; one that was only
// read binds nobody, or a clock that was wrong for a moment would date all that follows.
TEST_F(KeeperTest, WhatAnotherSaysOfTheTimeHoldsForWhatIsRecordedLater) {
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  const Instant said{clock_.Now().ms + 1'500};
  keeper_->HeadAt(said);
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  EXPECT_EQ(keeper_->head().recorded_at, said);
  const Instant right{said.ms + 1'000};
  clock_.Set({right.ms + kMsPerDay});
  EXPECT_EQ(keeper_->HeadNow().at.ms, right.ms + kMsPerDay);
  clock_.Set(right);
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  EXPECT_EQ(keeper_->head().recorded_at, right);
}

// keeper.h, HeadNow: also after a commit that failed.
TEST_F(KeeperTest, ACommitThatFailedKeepsNobodyWaiting) {
  store_.fail_next = Unavailable("the disk is away");
  EXPECT_FALSE(keeper_->Run(AppendOne()).ok());
  EXPECT_EQ(keeper_->HeadNow().head.tree.size, 0u);
}

// Design section 6, ledger-formats section 3: a cosignature's time is known after a restart too.
TEST_F(KeeperTest, ACosignatureTimeIsKnownAfterARestart) {
  store::Commit commit;
  commit.cursors.push_back({std::string(kCosignatureTimeCursor), clock_.Now().ms / 1000 + 9});
  ASSERT_TRUE(keeper_->Apply(commit).ok());
  Open();
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  EXPECT_EQ(keeper_->head().recorded_at.ms, clock_.Now().ms + 9000);
}

// Ledger-formats section 10: one checkpoint signature a group, over exactly the committed tree.
TEST_F(KeeperTest, TheCheckpointIsSignedForExactlyTheCommittedTree) {
  const Committed committed = Must(keeper_->Run(AppendOne()));
  const auto verified = Must(ledger::VerifyCheckpoint(committed.head.checkpoint, log_key_->key()));
  EXPECT_EQ(verified.checkpoint.tree, committed.head.tree);
  EXPECT_EQ(Must(store_.ReadHead()), committed.head);
  EXPECT_EQ(Must(keeper_->CheckpointOf(committed.head.tree.size)), committed.head.checkpoint);
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  // An earlier checkpoint comes out the same, byte for byte.
  EXPECT_EQ(Must(keeper_->CheckpointOf(committed.head.tree.size)), committed.head.checkpoint);
}

// Design section 15: a sequencer takes what queued while it was busy, and commits the group once.
TEST_F(KeeperTest, WhatQueuedWhileTheSequencerWasBusyIsOneCommit) {
  std::mutex gate;
  gate.lock();
  std::promise<void> busy;
  keeper_->Submit(
      [&gate, &busy](LedgerKeeper::Group&) {
        busy.set_value();
        const std::lock_guard wait(gate);
        return absl::OkStatus();
      },
      [](const absl::Status&, const Committed*) {});
  busy.get_future().wait();
  std::atomic<int> done{0};
  for (int i = 0; i < 20; ++i) {
    keeper_->Submit(AppendOne(), [&done](const absl::Status& status, const Committed*) {
      EXPECT_TRUE(status.ok());
      ++done;
    });
  }
  gate.unlock();
  keeper_->Close();
  EXPECT_EQ(done, 20);
  EXPECT_EQ(store_.applied, 1);
  EXPECT_EQ(keeper_->head().tree.size, 21u);
}

// keeper.h: a failure drops all the job added; what the others added stays.
TEST_F(KeeperTest, AJobThatFailsLeavesNothingAndDisturbsNobody) {
  std::mutex gate;
  gate.lock();
  keeper_->Submit(
      [&gate](LedgerKeeper::Group&) {
        const std::lock_guard wait(gate);
        return absl::OkStatus();
      },
      [](const absl::Status&, const Committed*) {});
  absl::Status failed;
  keeper_->Submit(
      [this](LedgerKeeper::Group& group) -> absl::Status {
        CHANCERY_RETURN_IF_ERROR(AppendOne("AUT")(group));
        group.rows().cursors.push_back({"left over", 1});
        return NotFound("changed its mind");
      },
      [&failed](const absl::Status& status, const Committed* committed) {
        failed = status;
        EXPECT_EQ(committed, nullptr);
      });
  keeper_->Submit(AppendOne("AUT"),
                  [](const absl::Status& status, const Committed*) { EXPECT_TRUE(status.ok()); });
  gate.unlock();
  keeper_->Close();
  EXPECT_EQ(failed.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(keeper_->head().tree.size, 2u);
  EXPECT_EQ(EntryAt(0).position, 0u);
  EXPECT_EQ(EntryAt(1).position, 1u);
  EXPECT_EQ(Must(store_.ReadCursor("left over")), 0);
}

// keeper.h: a commit that fails for one job's sake is tried again job by job.
TEST_F(KeeperTest, ACommitThatFailsForOneJobsSakeIsTriedJobByJob) {
  const StatementId id = entropy_.Make<StatementId>();
  const auto with_row = [this, id](LedgerKeeper::Group& group) -> absl::Status {
    CHANCERY_RETURN_IF_ERROR(AppendOne()(group));
    // Nobody looked whether the row is there: the second of these makes the whole commit fail.
    group.rows().statements.push_back(
        {{kUseSealed, Party("GRC"), id}, Digest{}, group.next_number() - 1});
    return absl::OkStatus();
  };
  ASSERT_TRUE(keeper_->Run(with_row).ok());
  std::mutex gate;
  gate.lock();
  keeper_->Submit(
      [&gate](LedgerKeeper::Group&) {
        const std::lock_guard wait(gate);
        return absl::OkStatus();
      },
      [](const absl::Status&, const Committed*) {});
  absl::Status bad;
  absl::Status good;
  keeper_->Submit(with_row, [&bad](const absl::Status& status, const Committed*) { bad = status; });
  keeper_->Submit(AppendOne(),
                  [&good](const absl::Status& status, const Committed*) { good = status; });
  gate.unlock();
  keeper_->Close();
  EXPECT_EQ(bad.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(good.ok()) << good;
  EXPECT_EQ(keeper_->head().tree.size, 3u);
}

// store.h: ResourceExhausted means nothing was applied; the caller may try again later.
TEST_F(KeeperTest, AFullStoreIsUnavailableAndNothingIsLost) {
  store_.fail_next = absl::ResourceExhaustedError("no room");
  const auto refused = keeper_->Run(AppendOne());
  EXPECT_EQ(ReasonOf(refused.status()), reason::kStoreFull);
  EXPECT_EQ(keeper_->head().tree.size, 0u);
  EXPECT_TRUE(keeper_->Run(AppendOne()).ok());
  EXPECT_TRUE(store_.Check().ok());
}

// Ledger-formats section 9: any commit of unknown outcome ends the process.
TEST_F(KeeperTest, ACommitOfUnknownOutcomeEndsTheProcess) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        Open();
        store_.fail_next = absl::DataLossError("the disk did not answer");
        (void)keeper_->Run(AppendOne());
      },
      ::testing::ExitedWithCode(3), "the program ends with it");
}

// Ledger-formats section 10: another head than expected is another writer, or this program gone
// back in time.
TEST_F(KeeperTest, AnotherHeadThanExpectedEndsTheProcess) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        Open();
        store_.fail_next = absl::AbortedError("the head is another");
        (void)keeper_->Run(AppendOne());
      },
      ::testing::ExitedWithCode(3), "the program ends with it");
}

// Ledger-formats section 1: the key must be this ledger's.
TEST_F(KeeperTest, AnotherLedgersKeyDoesNotOpenTheLedger) {
  const auto other = Must(ledger::MakeNoteSigner("eu-pakistan.chancery.example/rehearsal/AUT",
                                                 ledger::NoteAlgorithm::kEd25519,
                                                 crypto::Ed25519Key::Generate(entropy_)));
  EXPECT_EQ(LedgerKeeper::Open(store_, *other, clock_, entropy_, events_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  keeper_->Close();
  // The right name with another key: the stored checkpoint is not its.
  const auto false_key = Must(ledger::MakeNoteSigner(kOrigin, ledger::NoteAlgorithm::kEd25519,
                                                     crypto::Ed25519Key::Generate(entropy_)));
  EXPECT_EQ(LedgerKeeper::Open(store_, *false_key, clock_, entropy_, events_).status().code(),
            absl::StatusCode::kDataLoss);
}

// keeper.h: after Close every job is answered, none is run.
TEST_F(KeeperTest, AfterCloseJobsAreAnsweredAndNotRun) {
  keeper_->Close();
  EXPECT_EQ(ReasonOf(keeper_->Run(AppendOne()).status()), reason::kShuttingDown);
  EXPECT_EQ(keeper_->head().tree.size, 0u);
}

// Design section 5: an entry stays under 60,000 bytes; one that does not is refused and takes no
// position.
TEST_F(KeeperTest, AnEntryThatIsTooLargeIsRefusedAndTakesNoPosition) {
  const auto large = keeper_->Run([](LedgerKeeper::Group& group) {
    return group.Append("GRC", codec::SealedBody{Bytes(50'000, 'x'), Bytes(16'000, 'y')}).status();
  });
  EXPECT_EQ(ReasonOf(large.status()), "ENTRY_TOO_LARGE");
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  EXPECT_EQ(EntryAt(0).position, 0u);
}

// keeper.h: followers are woken by a commit and by WakeAll.
TEST_F(KeeperTest, AFollowerIsWokenWhenTheLedgerGrows) {
  std::thread follower([this] { EXPECT_GT(keeper_->WaitForMoreThan(0, 60'000), 0u); });
  ASSERT_TRUE(keeper_->Run(AppendOne()).ok());
  follower.join();
  EXPECT_EQ(keeper_->WaitForMoreThan(100, 1), keeper_->head().tree.size);
}

}  // namespace
}  // namespace chancery::exchange
