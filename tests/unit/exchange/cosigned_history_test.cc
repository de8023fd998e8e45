#include "engine/exchange/cosigned_history.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/crypto/sha256.h"
#include "engine/exchange/row_names.h"
#include "engine/ledger/cosignature.h"
#include "engine/store/memory/memory_store.h"
#include "tests/support/pki.h"

namespace chancery::exchange {
namespace {

using support::Must;
using support::Party;

std::unique_ptr<ledger::NoteSigner> Witness(const std::string& name) {
  return Must(ledger::MakeNoteSigner(
      name, ledger::NoteAlgorithm::kCosignatureV1,
      Must(crypto::Ed25519Key::FromSeed(crypto::Sha256("a witness", name).View()))));
}

class CosignedHistoryTest : public testing::Test {
 protected:
  void Keep(std::uint64_t size, std::int64_t seconds, const ledger::NoteSigner& witness) {
    const std::string line =
        ledger::FormatSignatureLine(Must(ledger::Cosign(witness, "text\n", seconds)));
    store::Commit rows;
    const absl::Status kept = KeepCosigned(*store_, size, line, always_on_, rows);
    ASSERT_TRUE(kept.ok()) << kept;
    const absl::Status applied = store_->Apply(rows);
    ASSERT_TRUE(applied.ok()) << applied;
  }
  ledger::Policy PolicyOf(const std::vector<const ledger::NoteSigner*>& witnesses) const {
    ledger::PolicyParts parts;
    const auto log = Must(
        ledger::MakeNoteSigner("log", ledger::NoteAlgorithm::kEd25519,
                               Must(crypto::Ed25519Key::FromSeed(crypto::Sha256("a log").View()))));
    parts.logs.push_back({log->key(), ""});
    for (const ledger::NoteSigner* witness : witnesses)
      parts.witnesses.push_back({witness->key().name(), witness->key(), ""});
    parts.quorum = "none";
    return Must(ledger::Policy::Make(std::move(parts)));
  }
  // "size@time by", one a line.
  std::vector<std::string> Exported(std::uint64_t size) {
    const Bytes text =
        Must(CosignedHistory(*store_, PolicyOf({always_.get(), reader_.get()}), size));
    std::vector<std::string> heads;
    if (text.empty()) return heads;
    for (const ledger::CosignedHead& head : Must(ledger::ParseCosignedHeads(text))) {
      heads.push_back(std::to_string(head.size) + "@" + std::to_string(head.time) + " " +
                      head.line.name);
    }
    return heads;
  }

  std::unique_ptr<ledger::NoteSigner> always_ = Witness("always");
  std::unique_ptr<ledger::NoteSigner> reader_ = Witness("reader");
  std::vector<ledger::NoteKey> always_on_ = {always_->key()};
  std::unique_ptr<store::Store> store_ =
      store::NewMemoryStore({Party("PAK"), "log", "rehearsal", Digest()});
};

// docs/ledger.md, "When an entry was written": of one head the first line, and of the always-on
// witnesses' the first and the newest.
TEST_F(CosignedHistoryTest, OfOneHeadTheTellingLinesAreKept) {
  EXPECT_TRUE(Exported(100).empty());
  Keep(7, 1000, *reader_);
  Keep(7, 1002, *always_);
  Keep(7, 1060, *always_);
  Keep(7, 1061, *reader_);
  Keep(7, 1120, *always_);
  Keep(7, 1120, *always_);
  EXPECT_EQ(Exported(100),
            (std::vector<std::string>{"7@1000 reader", "7@1002 always", "7@1120 always"}));
}

// The same: a head that is left out is followed within a quarter of an hour by one that is kept,
// and there are about four an hour. The newest is always there.
TEST_F(CosignedHistoryTest, HeadsAreKeptAQuarterOfAnHourApart) {
  constexpr std::int64_t kEvery = ledger::kHeadsEveryMs / kMsPerSecond;
  std::vector<std::int64_t> given;
  for (std::uint64_t size = 1; size <= 120; ++size) {
    // A busy hour, then one head in forty minutes.
    given.push_back(static_cast<std::int64_t>(size < 100 ? size * 61 : 6100 + (size - 100) * 2400));
    Keep(size, given.back(), *always_);
    ASSERT_EQ(Exported(1000).back(),
              std::to_string(size) + "@" + std::to_string(given.back()) + " always");
  }
  Keep(50, given.back() + 1, *reader_);  // of a head that has been replaced
  const Bytes text = Must(CosignedHistory(*store_, PolicyOf({always_.get()}), 1000));
  const std::vector<ledger::CosignedHead> kept = Must(ledger::ParseCosignedHeads(text));
  for (std::uint64_t size = 1; size <= given.size(); ++size) {
    std::size_t covers = 0;
    while (kept[covers].size < size) ++covers;
    EXPECT_LE(kept[covers].time - given[size - 1], kEvery) << size;
  }
  EXPECT_LE(kept.size(), 2u + 99u * 61u / static_cast<std::size_t>(kEvery) + 1u + 21u);
  EXPECT_EQ(Must(store_->ReadCursor(kCosignedKeptCursor)), static_cast<std::int64_t>(kept.size()));
  EXPECT_EQ(Must(store_->ReadCursor(kCosignedLastCursor)), 120);
  EXPECT_EQ(Must(store_->ReadCursor(kCosignedBeforeCursor)), 119);
}

// Design section 14: an export holds what its checkpoint covers, and lines of the policy's keys.
TEST_F(CosignedHistoryTest, AnExportHoldsWhatItsCheckpointCovers) {
  const auto stranger = Witness("stranger");
  Keep(3, 1000, *stranger);
  Keep(3, 1001, *always_);
  Keep(4, 90'000, *always_);
  Keep(5, 180'000, *always_);
  EXPECT_EQ(Exported(4), (std::vector<std::string>{"3@1001 always", "4@90000 always"}));
}

}  // namespace
}  // namespace chancery::exchange
