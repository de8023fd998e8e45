// A disk without room at any write: nothing is half there, the node says so, and goes on when there
// is room again.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <functional>

#include "engine/exchange/evidence_export.h"
#include "engine/exchange/reasons.h"
#include "tests/crash/exchange_script.h"
#include "tests/crash/file_trace.h"

namespace chancery::crash {
namespace {

namespace fs = std::filesystem;
using support::ExchangeWorld;
using support::Must;
using support::StateWorld;

class FullDisk : public ::testing::Test {
 protected:
  FullDisk() {
    SkipSyncs(true);
    support::StoreOptions().log_pages = 40;  // so that the log is moved into the file on the way
    world_ = std::make_unique<ExchangeWorld>((folder_.path() / "ministry.db").string());
    world_->Begin();
    state_ = std::make_unique<StateWorld>(*world_, "GRC", (folder_.path() / "state.db").string());
    EXPECT_TRUE(state_->collector->CollectAll().ok());
  }
  ~FullDisk() override {
    MakeRoom();
    EndTrace();
    state_.reset();
    world_.reset();
    SkipSyncs(false);
    support::StoreOptions() = {};
  }

  // Does `act` with a disk that is full from its n-th write on, for every n, and once more when
  // there is room. `full` says whether it was refused as it must be. How many writes were refused.
  int AtEveryWrite(const std::function<absl::Status(int n)>& act,
                   const std::function<bool(const absl::Status&)>& full) {
    int refused = 0;
    for (int n = 1;; ++n) {
      FillDiskAtWrite(folder_.path(), static_cast<std::uint64_t>(n));
      const absl::Status first = act(n);
      const bool was_full = DiskIsFull();
      MakeRoom();
      EndTrace();
      // What was done before the disk was full may stand, and what the log cannot be moved for.
      EXPECT_TRUE(first.ok() || (was_full && full(first))) << "write " << n << ": " << first;
      refused += first.ok() ? 0 : 1;
      const absl::Status again = act(n);
      EXPECT_TRUE(again.ok()) << "write " << n << ": " << again;
      if (!was_full || !again.ok()) return refused;
    }
  }
  static bool IsStoreFull(const absl::Status& status) {
    return absl::IsUnavailable(status) && ReasonOf(status) == exchange::reason::kStoreFull;
  }

  support::TemporaryFolder folder_;
  std::unique_ptr<ExchangeWorld> world_;
  std::unique_ptr<StateWorld> state_;
};

// keeper.h and store.h, ResourceExhausted: "nothing was recorded, try again later"; and the same
// act again is the same act, on both sides.
TEST_F(FullDisk, NothingIsHalfRecordedAtAnyWrite) {
  std::vector<StatementId> ids;
  const int sealed = AtEveryWrite(
      [&](int n) {
        while (ids.size() < static_cast<std::size_t>(n))
          ids.push_back(NewStatementId(world_->clock.Now(), world_->entropy));
        return state_->outbox
            ->HandIn(StateWorld::ApplicationJson("Invented " + std::to_string(n)), ids.back())
            .status();
      },
      IsStoreFull);
  EXPECT_EQ(state_->Entries(codec::EntryKind::kSealed), static_cast<int>(ids.size()));
  EXPECT_TRUE(state_->store->Check().ok());

  std::vector<codec::Envelope> acts;
  const int recorded = AtEveryWrite(
      [&](int n) {
        while (acts.size() < static_cast<std::size_t>(n))
          acts.push_back(world_->SealedApplication());
        return world_->Submit(acts.back(), "GRC").status();
      },
      IsStoreFull);
  for (const codec::Envelope& act : acts) EXPECT_TRUE(Must(world_->Submit(act, "GRC")).again);
  EXPECT_TRUE(world_->store->Check().ok());
  std::printf(
      "writes without room: %d when an act is sealed, %d when one is recorded; half there: 0\n",
      sealed, recorded);
  EXPECT_GT(sealed, 5);
  EXPECT_GT(recorded, 5);
}

// sqlite_store.h: a store that cannot be opened for want of room is opened when there is some.
TEST_F(FullDisk, AStoreIsOpenedWhenThereIsRoomAgain) {
  const std::string path = (folder_.path() / "new.db").string();
  const int refused =
      AtEveryWrite([&](int) { return store::OpenSqliteStore(path, world_->Identity()).status(); },
                   [](const absl::Status& status) { return absl::IsResourceExhausted(status); });
  EXPECT_GT(refused, 0);
}

// evidence_export.h: the folder is there whole or not at all, and nothing is left of one that found
// no room.
TEST_F(FullDisk, NothingIsLeftOfAnExportWithoutRoom) {
  ASSERT_TRUE(state_->cosigner->Round().ok());
  exchange::EvidenceParts parts;
  parts.made_for = "a test";
  parts.policy = PolicyOf(*world_, "PAK");
  parts.anchors = world_->trust.get();
  parts.authorities = support::RehearsalPki::Get().Authorities();
  parts.seals = support::RehearsalPki::Get().Seals().All();
  for (exchange::SealedBundle& bundle : world_->procedures->All())
    parts.procedures.push_back({std::move(bundle.bundle), std::move(bundle.seal)});
  const fs::path exports = folder_.path() / "exports";
  const int refused = AtEveryWrite(
      [&](int) {
        fs::remove_all(exports / "evidence");
        const absl::Status status =
            exchange::ExportEvidence(*world_->store, parts, exports / "evidence").status();
        EXPECT_TRUE(status.ok() || fs::is_empty(exports));
        return status;
      },
      [](const absl::Status& status) { return absl::IsResourceExhausted(status); });
  EXPECT_GT(refused, 10);
}

}  // namespace
}  // namespace chancery::crash
