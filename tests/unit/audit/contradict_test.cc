// A head held against a book: a keeper that shows one side a smaller history than the other is
// convicted with the hashes of the larger.
#include "audit/contradict.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "audit/convict.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/tiles.h"
#include "tests/unit/audit/changed_books.h"

namespace chancery::audit {
namespace {

using absl::StatusCode;
using codec::Entry;
using support::ReadFile;
using support::WriteFile;

class ContradictTest : public ChangedBooks {
 protected:
  // The head of the ministry's ledger in a folder.
  static std::string HeadIn(const std::filesystem::path& folder) {
    return ReadFile(folder / std::string(ledger::evidence::kCheckpoint));
  }
  // A history of the ministry's own hand that ends with `size` entries; another one unless it is
  // `honest`.
  std::string HeadOf(std::size_t size, bool honest) {
    return HeadIn(Changed("PAK", [&](std::vector<Entry>& entries) {
      ASSERT_LE(size, entries.size());
      entries.resize(size, entries.front());
      if (!honest) entries[size - 1].recorded_at.ms += 1;
    }));
  }
  std::vector<ledger::NoteKey> Logs() const {
    std::vector<ledger::NoteKey> logs;
    for (const auto& [party, key] : exported_.books.anchor().logs) logs.push_back(key);
    return logs;
  }
  absl::StatusOr<HeldAgainst> Hold(const std::string& head) const {
    return HoldAgainst(head, exported_.ministry(), Logs());
  }
};

// Issue 4, item 3: two signed checkpoints that contradict each other come out as one small file, of
// whatever sizes they are; a power of two is no way out.
TEST_F(ContradictTest, ASmallerHeadOfAnotherHistoryConvicts) {
  for (const std::size_t size : {std::size_t{5}, std::size_t{8}, std::size_t{11}}) {
    SCOPED_TRACE(size);
    const HeldAgainst held = Must(Hold(HeadOf(size, false)));
    EXPECT_EQ(held.head.size, size);
    ASSERT_TRUE(held.conviction.has_value());
    EXPECT_EQ(held.conviction->kind, ledger::ConvictionKind::kPrefix);
    const std::string text = ledger::FormatConviction(*held.conviction);
    const absl::StatusOr<ConvictedKeeper> convicted =
        Convict(Must(ledger::ParseConviction(text)), ledger::KeyBook(exported_.books.anchor()));
    ASSERT_TRUE(convicted.ok()) << convicted.status();
    EXPECT_EQ(convicted->party.view(), "PAK");
  }
}

// The same of one size: no hash is needed.
TEST_F(ContradictTest, AnotherHeadOfTheSameSizeConvicts) {
  const std::size_t size = Must(Hold(HeadIn(exported_.ministry()))).book.size;
  const HeldAgainst held = Must(Hold(HeadOf(size, false)));
  ASSERT_TRUE(held.conviction.has_value());
  EXPECT_EQ(held.conviction->kind, ledger::ConvictionKind::kHeads);
  EXPECT_TRUE(Convict(*held.conviction, ledger::KeyBook(exported_.books.anchor())).ok());
}

// A head that the keeper outgrew honestly convicts nobody.
TEST_F(ContradictTest, AHeadOfTheSameHistoryConvictsNobody) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{8}, std::size_t{11}})
    EXPECT_FALSE(Must(Hold(HeadOf(size, true))).conviction.has_value()) << size;
  EXPECT_FALSE(Must(Hold(HeadIn(exported_.ministry()))).conviction.has_value());
}

// contradict.h: what cannot be told is not told.
TEST_F(ContradictTest, WhatTheFolderCannotTellIsNotTold) {
  const std::string larger = HeadIn(exported_.ministry());
  const auto smaller =
      Changed("PAK", [](std::vector<Entry>& entries) { entries.resize(6, entries.front()); });
  EXPECT_EQ(HoldAgainst(larger, smaller, Logs()).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(HoldAgainst(larger, exported_.state(), Logs()).status().code(),
            StatusCode::kInvalidArgument)
      << "another ledger";
  EXPECT_EQ(HoldAgainst(larger, exported_.ministry(), {}).status().code(),
            StatusCode::kPermissionDenied)
      << "nobody's key";
  EXPECT_EQ(HoldAgainst(larger, exported_.ministry() / "nowhere", Logs()).status().code(),
            StatusCode::kNotFound);

  // Hashes that do not lead to the signed root prove nothing against anybody.
  const std::string another = HeadOf(11, false);
  const std::uint64_t size = Must(Hold(larger)).book.size;
  const auto tile = exported_.ministry() / ledger::TilePath(*ledger::TileOf(size, false, 0, 0));
  const std::string good = ReadFile(tile);
  std::string bad = good;
  bad[3] ^= 1;
  WriteFile(tile, bad);
  const absl::Status status = Hold(another).status();
  WriteFile(tile, good);
  EXPECT_EQ(status.code(), StatusCode::kDataLoss) << status;
}

// A head without entries is where every history begins: it convicts nobody.
TEST_F(ContradictTest, AHeadWithoutEntriesConvictsNobody) {
  const auto log = exported_.books.LogSigner("PAK");
  const Bytes empty =
      Must(ledger::SignCheckpoint(*log, {log->key().name(), {0, ledger::CompactRange().Root()}}));
  const HeldAgainst held = Must(Hold(empty));
  EXPECT_EQ(held.head.size, 0U);
  EXPECT_FALSE(held.conviction.has_value());
}

// docs/audit-guide.md: what cannot be read (3) says nothing about the evidence (1): a folder
// without one of its tiles is no false one.
TEST_F(ContradictTest, ATileThatIsNotThereIsNoFalseOne) {
  const std::string another = HeadOf(11, false);
  const auto folder = Changed("PAK", [](std::vector<Entry>&) {});
  const std::uint64_t size = Must(Hold(HeadIn(folder))).book.size;
  const auto tile = folder / ledger::TilePath(*ledger::TileOf(size, false, 0, 0));
  const std::string good = ReadFile(tile);
  std::filesystem::remove(tile);
  const absl::Status missing = HoldAgainst(another, folder, Logs()).status();
  EXPECT_EQ(missing.code(), StatusCode::kNotFound) << missing;
  WriteFile(tile, good.substr(0, good.size() / 4));
  const absl::Status shortened = HoldAgainst(another, folder, Logs()).status();
  EXPECT_EQ(shortened.code(), StatusCode::kDataLoss) << shortened;
}

}  // namespace
}  // namespace chancery::audit
