#include "engine/ledger/merkle/merkle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/crypto/sha256.h"
#include "tests/unit/ledger/fixtures.h"

namespace chancery::ledger {
namespace {

constexpr const char* kLeafHashes[] = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
    "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
    "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
    "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1"};
constexpr const char* kRoots[] = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
constexpr char kNode10[] = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
constexpr char kNode11[] = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
constexpr char kNode12[] = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
constexpr char kNode13[] = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
constexpr char kNode20[] = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
constexpr char kNode21[] = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";

ProofHashes Hashes(const std::vector<const char*>& hexes) {
  ProofHashes hashes;
  for (const char* hex : hexes) hashes.push_back(Hash(hex));
  return hashes;
}

// The definitions of RFC 6962 section 2.1 word for word, recursive and slow.
Digest NaiveRoot(const std::vector<Bytes>& entries, std::size_t begin, std::size_t end) {
  if (begin == end) return crypto::Sha256(ByteView());
  if (end - begin == 1) return crypto::Sha256(ByteView("\0", 1), entries[begin]);
  const std::size_t k = std::bit_floor(end - begin - 1);
  return crypto::Sha256(ByteView("\x01", 1), NaiveRoot(entries, begin, begin + k).View(),
                        NaiveRoot(entries, begin + k, end).View());
}
ProofHashes NaivePath(const std::vector<Bytes>& entries, std::size_t m, std::size_t begin,
                      std::size_t end) {
  if (end - begin == 1) return {};
  const std::size_t k = std::bit_floor(end - begin - 1);
  const bool left = m < begin + k;
  ProofHashes path =
      left ? NaivePath(entries, m, begin, begin + k) : NaivePath(entries, m, begin + k, end);
  path.push_back(left ? NaiveRoot(entries, begin + k, end) : NaiveRoot(entries, begin, begin + k));
  return path;
}
ProofHashes NaiveSubproof(const std::vector<Bytes>& entries, std::size_t m, std::size_t begin,
                          std::size_t end, bool whole) {
  if (m == end - begin) return whole ? ProofHashes() : ProofHashes{NaiveRoot(entries, begin, end)};
  const std::size_t k = std::bit_floor(end - begin - 1);
  ProofHashes hashes;
  if (m <= k) {
    hashes = NaiveSubproof(entries, m, begin, begin + k, whole);
    hashes.push_back(NaiveRoot(entries, begin + k, end));
  } else {
    hashes = NaiveSubproof(entries, m - k, begin + k, end, false);
    hashes.push_back(NaiveRoot(entries, begin, begin + k));
  }
  return hashes;
}

// RFC 6962 section 2.1, known answers of the eight test leaves.
TEST(Merkle, LeafHashesAndRootsOfTheTestLeavesAreTheKnownOnes) {
  const std::vector<Bytes> leaves = TestLeaves();
  CompactRange range;
  EXPECT_EQ(range.Root(), EmptyRoot());
  EXPECT_EQ(ToBase64(EmptyRoot().View()), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    EXPECT_EQ(LeafHash(leaves[i]), Hash(kLeafHashes[i]));
    range.Append(LeafHash(leaves[i]));
    EXPECT_EQ(range.Root(), Hash(kRoots[i]));
    EXPECT_EQ(range.size(), i + 1);
  }
}

// RFC 6962 section 2.1, known inner nodes of the eight test leaves.
TEST(Merkle, InnerNodesOfTheTestLeavesAreTheKnownOnes) {
  MemoryTree tree(TestLeaves());
  const std::vector<std::pair<Subtree, const char*>> known = {
      {{1, 0}, kNode10}, {{1, 1}, kNode11}, {{1, 2}, kNode12},  {{1, 3}, kNode13},
      {{2, 0}, kNode20}, {{2, 1}, kNode21}, {{3, 0}, kRoots[7]}};
  for (const auto& [subtree, hex] : known) {
    EXPECT_EQ(tree.Node(subtree.level, subtree.index).value(), Hash(hex))
        << subtree.level << "," << subtree.index;
  }
}

// RFC 6962 section 2.1.1, known answers.
TEST(Merkle, InclusionProofsOfTheTestLeavesAreTheKnownOnes) {
  MemoryTree tree(TestLeaves());
  struct Known {
    std::uint64_t leaf, size;
    ProofHashes hashes;
  };
  const std::vector<Known> known = {{5, 8, Hashes({kLeafHashes[4], kNode13, kNode20})},
                                    {0, 8, Hashes({kLeafHashes[1], kNode11, kNode21})},
                                    {2, 3, Hashes({kNode10})},
                                    {1, 5, Hashes({kLeafHashes[0], kNode11, kLeafHashes[4]})},
                                    {0, 1, {}}};
  for (const Known& k : known) {
    EXPECT_EQ(BuildInclusionProof(tree, k.leaf, k.size).value(), k.hashes);
    EXPECT_TRUE(VerifyInclusion(k.leaf, k.size, Hash(kLeafHashes[k.leaf]), k.hashes,
                                Hash(kRoots[k.size - 1])));
  }
}

// RFC 6962 section 2.1.2, known answers.
TEST(Merkle, ConsistencyProofsOfTheTestLeavesAreTheKnownOnes) {
  MemoryTree tree(TestLeaves());
  struct Known {
    std::uint64_t old_size, new_size;
    ProofHashes hashes;
  };
  const std::vector<Known> known = {{6, 8, Hashes({kNode12, kNode13, kNode20})},
                                    {1, 8, Hashes({kLeafHashes[1], kNode11, kNode21})},
                                    {2, 5, Hashes({kNode11, kLeafHashes[4]})},
                                    {6, 7, Hashes({kNode12, kLeafHashes[6], kNode20})}};
  for (const Known& k : known) {
    EXPECT_EQ(BuildConsistencyProof(tree, k.old_size, k.new_size).value(), k.hashes);
    EXPECT_TRUE(VerifyConsistency(k.old_size, k.new_size, Hash(kRoots[k.old_size - 1]),
                                  Hash(kRoots[k.new_size - 1]), k.hashes));
  }
}

// RFC 9162 section 2.1: builder and verifier agree with the recursive definitions on every small
// tree.
TEST(Merkle, EveryTreeUpToSeventyLeavesAgreesWithTheRecursiveDefinitions) {
  std::vector<Bytes> entries;
  MemoryTree tree;
  for (std::size_t n = 1; n <= 70; ++n) {
    entries.push_back("entry " + std::to_string(n));
    tree.Add(entries.back());
    const Digest root = NaiveRoot(entries, 0, n);
    ASSERT_EQ(tree.HeadAt(n).root, root) << n;
    for (std::size_t m = 0; m < n; ++m) {
      const ProofHashes path = BuildInclusionProof(tree, m, n).value();
      ASSERT_EQ(path, NaivePath(entries, m, 0, n)) << m << " in " << n;
      ASSERT_TRUE(VerifyInclusion(m, n, LeafHash(entries[m]), path, root)) << m << " in " << n;
    }
    for (std::size_t m = 1; m <= n; ++m) {
      const ProofHashes hashes = BuildConsistencyProof(tree, m, n).value();
      ASSERT_EQ(hashes, NaiveSubproof(entries, m, 0, n, true)) << m << " to " << n;
      ASSERT_TRUE(VerifyConsistency(m, n, tree.HeadAt(m).root, root, hashes)) << m << " to " << n;
    }
  }
}

// RFC 9162 section 2.1.3.2 and 2.1.4.2 on larger random trees; a proof for one place holds at no
// other.
TEST(Merkle, ThousandsOfRandomProofsHoldWhereTheyShouldAndNowhereElse) {
  std::mt19937_64 random(20161006);
  std::vector<Bytes> entries;
  MemoryTree tree;
  for (std::size_t i = 0; i < 3000; ++i) {
    entries.push_back(std::to_string(random()));
    tree.Add(entries.back());
  }
  const auto below = [&random](std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random);
  };
  for (int round = 0; round < 3000; ++round) {
    const std::uint64_t size = 2 + below(tree.size() - 1);
    const std::uint64_t leaf = below(size);
    const Digest root = tree.HeadAt(size).root;
    const ProofHashes path = BuildInclusionProof(tree, leaf, size).value();
    ASSERT_TRUE(VerifyInclusion(leaf, size, LeafHash(entries[leaf]), path, root));
    const std::uint64_t other = below(size);
    ASSERT_EQ(VerifyInclusion(other, size, LeafHash(entries[leaf]), path, root), other == leaf);
    ASSERT_FALSE(VerifyInclusion(leaf, size, LeafHash(entries[leaf] + "x"), path, root));

    const std::uint64_t old_size = 1 + below(size - 1);
    const ProofHashes hashes = BuildConsistencyProof(tree, old_size, size).value();
    ASSERT_TRUE(VerifyConsistency(old_size, size, tree.HeadAt(old_size).root, root, hashes));
    const Digest other_root = crypto::Sha256(root.View());
    ASSERT_FALSE(VerifyConsistency(old_size, size, tree.HeadAt(old_size).root, other_root, hashes));
    ASSERT_FALSE(VerifyConsistency(old_size, size, other_root, root, hashes));
  }
}

Digest WithBitFlipped(Digest hash) {
  hash.raw()[0] ^= 1 << 4;
  return hash;
}

// The ways in which a list of hashes can be bent: ledger formats section 4, "negative classes".
std::vector<ProofHashes> BentLists(const ProofHashes& good, const std::vector<Digest>& roots) {
  std::vector<ProofHashes> bent;
  const Digest garbage = crypto::Sha256(ByteView("garbage"));
  std::vector<Digest> extra = roots;
  extra.push_back(garbage);
  for (const Digest& hash : extra) {
    ProofHashes before = good;
    before.insert(before.begin(), hash);
    bent.push_back(before);
    ProofHashes after = good;
    after.push_back(hash);
    bent.push_back(after);
  }
  if (!good.empty()) {
    bent.push_back({});
    bent.push_back(ProofHashes(good.begin(), good.end() - 1));
    bent.push_back(ProofHashes(good.begin() + 1, good.end()));
  }
  for (std::size_t i = 0; i < good.size(); ++i) {
    ProofHashes flipped = good;
    flipped[i] = WithBitFlipped(flipped[i]);
    bent.push_back(flipped);
  }
  return bent;
}

// Ledger formats section 4, "negative classes to generate ourselves", for inclusion.
TEST(Merkle, BentInclusionProofsAreRefused) {
  MemoryTree tree(TestLeaves());
  for (std::uint64_t size = 1; size <= 8; ++size) {
    const Digest root = tree.HeadAt(size).root;
    for (std::uint64_t leaf = 0; leaf < size; ++leaf) {
      const Digest hash = Hash(kLeafHashes[leaf]);
      const ProofHashes good = BuildInclusionProof(tree, leaf, size).value();
      for (const ProofHashes& bent : BentLists(good, {root})) {
        EXPECT_FALSE(VerifyInclusion(leaf, size, hash, bent, root)) << leaf << " in " << size;
      }
      EXPECT_FALSE(VerifyInclusion(leaf + 1, size, hash, good, root));
      EXPECT_FALSE(VerifyInclusion(leaf - 1, size, hash, good, root));
      EXPECT_FALSE(VerifyInclusion(leaf ^ 2, size, hash, good, root));
      EXPECT_FALSE(VerifyInclusion(leaf, size * 2, hash, good, root));
      EXPECT_FALSE(VerifyInclusion(leaf, size, WithBitFlipped(hash), good, root));
      EXPECT_FALSE(VerifyInclusion(leaf, size, hash, good, WithBitFlipped(root)));
      EXPECT_FALSE(VerifyInclusion(leaf, size, hash, good, EmptyRoot()));
      EXPECT_FALSE(VerifyInclusion(leaf, size, hash, good, Digest()));
      // A path of another length never fits half the tree.
      if (std::bit_width(size / 2) != std::bit_width(size) && leaf < size / 2 && !good.empty()) {
        EXPECT_FALSE(VerifyInclusion(leaf, size / 2, hash, good, root));
      }
    }
  }
  EXPECT_FALSE(VerifyInclusion(0, 0, Digest(), {}, Digest()));
  EXPECT_FALSE(VerifyInclusion(0, 0, EmptyRoot(), {}, EmptyRoot()));
}

// Ledger formats section 4, "negative classes to generate ourselves", for consistency.
TEST(Merkle, BentConsistencyProofsAreRefused) {
  MemoryTree tree(TestLeaves());
  for (std::uint64_t new_size = 2; new_size <= 8; ++new_size) {
    const Digest new_root = tree.HeadAt(new_size).root;
    for (std::uint64_t old_size = 1; old_size < new_size; ++old_size) {
      const Digest old_root = tree.HeadAt(old_size).root;
      const ProofHashes good = BuildConsistencyProof(tree, old_size, new_size).value();
      for (const ProofHashes& bent : BentLists(good, {old_root, new_root})) {
        EXPECT_FALSE(VerifyConsistency(old_size, new_size, old_root, new_root, bent))
            << old_size << "," << new_size;
      }
      EXPECT_FALSE(VerifyConsistency(old_size, new_size, new_root, old_root, good));
      EXPECT_FALSE(VerifyConsistency(old_size + 1, new_size, old_root, new_root, good));
      EXPECT_FALSE(VerifyConsistency(old_size - 1, new_size, old_root, new_root, good));
      EXPECT_FALSE(VerifyConsistency(old_size, new_size * 2, old_root, new_root, good));
      EXPECT_FALSE(VerifyConsistency(old_size, new_size, WithBitFlipped(old_root), new_root, good));
      EXPECT_FALSE(VerifyConsistency(old_size, new_size, old_root, WithBitFlipped(new_root), good));
      EXPECT_FALSE(VerifyConsistency(new_size, old_size, new_root, old_root, good));
    }
  }
}

// Ledger formats section 4: old size 0 is the caller's, equal sizes need an empty proof and equal
// roots.
TEST(Merkle, ConsistencyWithTheEmptyTreeAndWithItselfIsSettled) {
  const Digest root = Hash(kRoots[2]);
  EXPECT_FALSE(VerifyConsistency(0, 0, EmptyRoot(), EmptyRoot(), {}));
  EXPECT_FALSE(VerifyConsistency(0, 3, EmptyRoot(), root, {}));
  EXPECT_TRUE(VerifyConsistency(3, 3, root, root, {}));
  EXPECT_FALSE(VerifyConsistency(3, 3, root, root, {root}));
  EXPECT_FALSE(VerifyConsistency(3, 3, root, Hash(kRoots[3]), {}));
  EXPECT_FALSE(VerifyConsistency(2, 3, root, root, {}));
  MemoryTree tree(TestLeaves());
  EXPECT_EQ(BuildConsistencyProof(tree, 0, 8).value(), ProofHashes());
  EXPECT_EQ(BuildConsistencyProof(tree, 8, 8).value(), ProofHashes());
}

// The builders' contract in merkle.h.
TEST(Merkle, ProofsOfWhatDoesNotExistAreNotBuilt) {
  MemoryTree tree(TestLeaves());
  EXPECT_EQ(BuildInclusionProof(tree, 8, 8).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(BuildInclusionProof(tree, 0, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(BuildConsistencyProof(tree, 5, 4).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(BuildInclusionProof(tree, 3, 9).status().code(), absl::StatusCode::kNotFound);
}

// The contract of CompactRange: what it completes, keeps and continues from.
TEST(Merkle, ARangeContinuesFromItsRightEdge) {
  MemoryTree tree;
  CompactRange whole;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const Bytes entry = std::to_string(i);
    std::vector<SubtreeHash> completed;
    whole.Append(LeafHash(entry), &completed);
    tree.Add(entry);
    std::vector<Subtree> names;
    for (const SubtreeHash& node : completed) names.push_back(node.subtree);
    ASSERT_EQ(names, CompletedBy(i));
    const CompactRange read = ReadCompactRange(tree, i + 1).value();
    ASSERT_EQ(read.right_edge(), whole.right_edge());
    ASSERT_EQ(read.Head(), whole.Head());
    ASSERT_EQ(RightEdge(i + 1).size(), whole.right_edge().size());
  }
  EXPECT_EQ(CompactRange::FromRightEdge(3, {Digest()}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CompactRange::FromRightEdge(0, {Digest()}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(RightEdge(7), (std::vector<Subtree>{{2, 0}, {1, 2}, {0, 6}}));
  EXPECT_EQ(CompletedBy(7), (std::vector<Subtree>{{0, 7}, {1, 3}, {2, 1}, {3, 0}}));
}

// merkle.h, RememberedNodes: the same proofs, and no hash is read twice; what is not complete yet
// is not remembered as missing.
TEST(Merkle, ProofsOfOneTreeReadEachHashOnce) {
  class Counted final : public NodeSource {
   public:
    absl::StatusOr<Digest> Node(int level, std::uint64_t index) override {
      ++reads[{level, index}];
      return tree.Node(level, index);
    }
    MemoryTree tree;
    std::map<Subtree, int> reads;
  };
  Counted source;
  for (int i = 0; i < 201; ++i) source.tree.Add(std::to_string(i));
  RememberedNodes nodes(source);
  for (std::uint64_t leaf = 150; leaf < 201; ++leaf) {
    const ProofHashes proof = BuildInclusionProof(nodes, leaf, 201).value();
    EXPECT_EQ(proof, BuildInclusionProof(source.tree, leaf, 201).value());
  }
  for (const auto& [subtree, count] : source.reads) EXPECT_EQ(count, 1);
  EXPECT_LT(source.reads.size(), 201U);
  EXPECT_FALSE(nodes.Node(0, 201).ok());
  source.tree.Add("one more");
  EXPECT_TRUE(nodes.Node(0, 201).ok());
}

}  // namespace
}  // namespace chancery::ledger
