#include "engine/ledger/conviction.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/ledger/receipt.h"
#include "tests/unit/ledger/fixtures.h"

namespace chancery::ledger {
namespace {

using absl::StatusCode;

// One keeper with two histories that part after entry 2, and a stranger.
struct Fixture {
  Fixture() {
    std::vector<Bytes> leaves = TestLeaves();
    leaves[3] = "another entry";
    other = MemoryTree(leaves);
  }

  Bytes Head(const MemoryTree& of, std::uint64_t size) const {
    return SignedHead(keys, of.HeadAt(size));
  }
  Bytes ReceiptFor(MemoryTree& of, std::uint64_t entry, std::uint64_t size) const {
    return FormatReceipt({entry, BuildInclusionProof(of, entry, size).value(), Head(of, size)});
  }
  absl::StatusOr<Convicted> Judge(const Conviction& conviction) const {
    return JudgeContradiction(conviction, logs);
  }

  TestKeys keys;
  MemoryTree tree{TestLeaves()};
  MemoryTree other;
  std::vector<NoteKey> logs{keys.log->key()};
};

// Issue 4, item 3: two signed checkpoints of one size with different roots convict their keeper.
TEST(Conviction, TwoHeadsOfOneSizeConvict) {
  const Fixture f;
  const auto made = ConvictionOfHeads(f.Head(f.tree, 6), f.Head(f.other, 6), {});
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->kind, ConvictionKind::kHeads);
  const absl::StatusOr<Convicted> convicted = f.Judge(*made);
  ASSERT_TRUE(convicted.ok()) << convicted.status();
  EXPECT_EQ(convicted->origin, kOrigin);

  EXPECT_FALSE(ConvictionOfHeads(f.Head(f.tree, 6), f.Head(f.tree, 6), {}).has_value());
  EXPECT_FALSE(ConvictionOfHeads(f.Head(f.tree, 3), f.Head(f.other, 3), {}).has_value())
      << "the histories are one up to there";
  Conviction innocent = *made;
  innocent.second = f.Head(f.tree, 6);
  EXPECT_EQ(f.Judge(innocent).status().code(), StatusCode::kPermissionDenied);
  innocent.second = f.Head(f.other, 7);
  EXPECT_EQ(f.Judge(innocent).status().code(), StatusCode::kPermissionDenied);
}

// Issue 4, item 3: a proof that leads to the larger head from another root than the smaller one was
// signed with convicts too; a proof that leads nowhere convicts nobody.
TEST(Conviction, AProofFromAnotherPrefixConvicts) {
  Fixture f;
  const ProofHashes proof = BuildConsistencyProof(f.other, 6, 8).value();
  const Bytes smaller = f.Head(f.tree, 6);
  const Bytes larger = f.Head(f.other, 8);
  const auto made = ConvictionOfHeads(larger, smaller, proof);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->kind, ConvictionKind::kPrefix);
  EXPECT_EQ(made->first, smaller);
  EXPECT_TRUE(f.Judge(*made).ok()) << f.Judge(*made).status();

  const ProofHashes honest = BuildConsistencyProof(f.tree, 6, 8).value();
  EXPECT_FALSE(ConvictionOfHeads(smaller, larger, honest).has_value());
  EXPECT_FALSE(ConvictionOfHeads(smaller, f.Head(f.tree, 8), honest).has_value());
  Conviction garbage = *made;
  garbage.proof.back() = EmptyRoot();
  EXPECT_EQ(f.Judge(garbage).status().code(), StatusCode::kPermissionDenied);
  garbage.proof.clear();
  EXPECT_EQ(f.Judge(garbage).status().code(), StatusCode::kPermissionDenied);
  Conviction innocent = *made;
  innocent.first = f.Head(f.other, 6);
  EXPECT_EQ(f.Judge(innocent).status().code(), StatusCode::kPermissionDenied);
}

// Issue 4, item 3: whatever the size of the smaller head; a power of two needs the root it has in
// the larger tree, which a consistency proof leaves out.
TEST(Conviction, ASmallerHeadOfAnySizeConvicts) {
  Fixture f;
  for (std::uint64_t size = 4; size < 8; ++size) {
    SCOPED_TRACE(size);
    const Bytes smaller = f.Head(f.tree, size);
    const Bytes larger = f.Head(f.other, 8);
    const auto made =
        ConvictionOfHeads(smaller, larger, BuildPrefixProof(f.other, size, 8).value());
    ASSERT_TRUE(made.has_value());
    EXPECT_TRUE(f.Judge(*made).ok()) << f.Judge(*made).status();
    EXPECT_EQ(*ParseConviction(FormatConviction(*made)), *made);
    EXPECT_FALSE(
        ConvictionOfHeads(f.Head(f.other, size), larger, BuildPrefixProof(f.other, size, 8).value())
            .has_value());
  }
  EXPECT_FALSE(ConvictionOfHeads(f.Head(f.tree, 4), f.Head(f.other, 8),
                                 BuildConsistencyProof(f.other, 4, 8).value())
                   .has_value())
      << "it does not say what the root was";
}

// Issue 4, item 3: two receipts that prove different entries under one number convict.
TEST(Conviction, TwoEntriesUnderOneNumberConvict) {
  Fixture f;
  Conviction made{ConvictionKind::kLeaves,     f.ReceiptFor(f.tree, 3, 5),
                  f.ReceiptFor(f.other, 3, 7), {},
                  f.tree.entries()[3],         f.other.entries()[3]};
  EXPECT_TRUE(f.Judge(made).ok()) << f.Judge(made).status();
  Conviction innocent = made;
  innocent.second = f.ReceiptFor(f.tree, 3, 7);
  innocent.second_entry = f.tree.entries()[3];
  EXPECT_EQ(f.Judge(innocent).status().code(), StatusCode::kPermissionDenied);
  innocent = made;
  innocent.second_entry = "an entry nobody recorded";
  EXPECT_EQ(f.Judge(innocent).status().code(), StatusCode::kPermissionDenied);
  innocent = made;
  innocent.second = f.ReceiptFor(f.other, 4, 7);
  innocent.second_entry = f.other.entries()[4];
  EXPECT_EQ(f.Judge(innocent).status().code(), StatusCode::kPermissionDenied);
}

// A signature that is not the keeper's convicts nobody: whoever frames a keeper needs its key.
TEST(Conviction, NobodyIsConvictedByAnotherKey) {
  const Fixture f;
  const auto stranger = TestSigner(kOrigin, NoteAlgorithm::kEd25519, 'x');
  const Bytes forged = SignCheckpoint(*stranger, {kOrigin, f.other.HeadAt(6)}).value();
  const auto made = ConvictionOfHeads(f.Head(f.tree, 6), forged, {});
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(f.Judge(*made).status().code(), StatusCode::kPermissionDenied);
}

// conviction.h: reading is strict, one text for one conviction.
TEST(Conviction, OnlyTheOneTextIsRead) {
  Fixture f;
  const Conviction heads = *ConvictionOfHeads(f.Head(f.tree, 6), f.Head(f.other, 6), {});
  const Conviction prefix = *ConvictionOfHeads(f.Head(f.tree, 6), f.Head(f.other, 8),
                                               BuildConsistencyProof(f.other, 6, 8).value());
  for (const Conviction& one : {heads, prefix}) {
    const std::string text = FormatConviction(one);
    const absl::StatusOr<Conviction> read = ParseConviction(text);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, one);
    for (std::size_t cut = 0; cut < text.size(); cut += 7)
      EXPECT_FALSE(ParseConviction(text.substr(0, cut)).ok()) << cut;
    EXPECT_FALSE(ParseConviction(text + "\n").ok());
    EXPECT_FALSE(ParseConviction(text + text).ok());
    EXPECT_FALSE(ParseConviction(Replaced(text, "kind ", "kind  ")).ok());
    EXPECT_FALSE(ParseConviction(Replaced(text, "second ", "third ")).ok());
  }
  EXPECT_FALSE(
      ParseConviction(Replaced(FormatConviction(prefix), "kind prefix", "kind heads")).ok())
      << "heads have no proof";
}

}  // namespace
}  // namespace chancery::ledger
