#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/crypto/sha256.h"
#include "engine/ledger/merkle/merkle.h"
#include "tests/unit/ledger/fixtures.h"

namespace chancery::ledger {
namespace {

constexpr int kCases = 100'000;
constexpr std::size_t kLeaves = 300;

// RFC 6962 section 2.1 word for word over the leaves [begin, end): recursive, and each range is
// hashed once. It shares nothing with engine/ledger/merkle.
class Twin {
 public:
  explicit Twin(std::vector<Bytes> entries) : entries_(std::move(entries)) {}

  static std::size_t Split(std::size_t n) { return std::bit_floor(n - 1); }
  static Digest Inner(const Digest& left, const Digest& right) {
    return crypto::Sha256(ByteView("\x01", 1), left.View(), right.View());
  }
  Digest Leaf(std::size_t m) const { return crypto::Sha256(ByteView("\0", 1), entries_[m]); }

  const Digest& Root(std::size_t begin, std::size_t end) {
    const auto known = roots_.find({begin, end});
    if (known != roots_.end()) return known->second;
    const std::size_t n = end - begin;
    const Digest made = n == 0 ? crypto::Sha256(ByteView())
                        : n == 1
                            ? Leaf(begin)
                            : Inner(Root(begin, begin + Split(n)), Root(begin + Split(n), end));
    return roots_.emplace(std::pair(begin, end), made).first->second;
  }
  // PATH(m, D[begin:end])
  ProofHashes Path(std::size_t m, std::size_t begin, std::size_t end) {
    if (end - begin == 1) return {};
    const std::size_t middle = begin + Split(end - begin);
    const bool left = m < middle - begin;
    ProofHashes path = left ? Path(m, begin, middle) : Path(m - (middle - begin), middle, end);
    path.push_back(left ? Root(middle, end) : Root(begin, middle));
    return path;
  }
  // SUBPROOF(m, D[begin:end], whole)
  ProofHashes Subproof(std::size_t m, std::size_t begin, std::size_t end, bool whole) {
    if (m == end - begin) return whole ? ProofHashes() : ProofHashes{Root(begin, end)};
    const std::size_t middle = begin + Split(end - begin);
    const bool left = m <= middle - begin;
    ProofHashes hashes = left ? Subproof(m, begin, middle, whole)
                              : Subproof(m - (middle - begin), middle, end, false);
    hashes.push_back(left ? Root(middle, end) : Root(begin, middle));
    return hashes;
  }

 private:
  std::vector<Bytes> entries_;
  std::map<std::pair<std::size_t, std::size_t>, Digest> roots_;
};

// The verifiers, by the same recursion as the definitions: the last hash is the sibling at the top.
std::optional<Digest> RootFromPath(std::uint64_t m, std::uint64_t n, const Digest& leaf,
                                   ProofHashes path) {
  if (n == 1) return path.empty() ? std::optional(leaf) : std::nullopt;
  if (path.empty()) return std::nullopt;
  const Digest sibling = path.back();
  path.pop_back();
  const std::uint64_t k = std::bit_floor(n - 1);
  const std::optional<Digest> below =
      m < k ? RootFromPath(m, k, leaf, path) : RootFromPath(m - k, n - k, leaf, path);
  if (!below) return std::nullopt;
  return m < k ? Twin::Inner(*below, sibling) : Twin::Inner(sibling, *below);
}
bool TwinIncludes(std::uint64_t m, std::uint64_t n, const Digest& leaf, const ProofHashes& path,
                  const Digest& root) {
  return m < n && RootFromPath(m, n, leaf, path) == root;
}

struct Roots {
  Digest old_root, new_root;
};
std::optional<Roots> RootsFromProof(std::uint64_t m, std::uint64_t n, const Digest& old_root,
                                    ProofHashes hashes, bool whole) {
  if (m == n) {
    if (whole) return hashes.empty() ? std::optional(Roots{old_root, old_root}) : std::nullopt;
    if (hashes.size() != 1) return std::nullopt;
    return Roots{hashes[0], hashes[0]};
  }
  if (hashes.empty()) return std::nullopt;
  const Digest other = hashes.back();
  hashes.pop_back();
  const std::uint64_t k = std::bit_floor(n - 1);
  const bool left = m <= k;
  const std::optional<Roots> below = left ? RootsFromProof(m, k, old_root, hashes, whole)
                                          : RootsFromProof(m - k, n - k, old_root, hashes, false);
  if (!below) return std::nullopt;
  if (left) return Roots{below->old_root, Twin::Inner(below->new_root, other)};
  return Roots{Twin::Inner(other, below->old_root), Twin::Inner(other, below->new_root)};
}
bool TwinExtends(std::uint64_t m, std::uint64_t n, const Digest& old_root, const Digest& new_root,
                 const ProofHashes& hashes) {
  if (m == 0 || m > n) return false;
  const std::optional<Roots> made = RootsFromProof(m, n, old_root, hashes, true);
  return made && made->old_root == old_root && made->new_root == new_root;
}

// One claim, good at first; the two numbers are index and size, or old and new size.
struct Claim {
  std::uint64_t first = 0, second = 0;
  Digest one, other;  // leaf and root, or old and new root
  ProofHashes hashes;
};

// Ledger formats section 4, "negative classes to generate ourselves", by name; none leaves it good.
class Bender {
 public:
  explicit Bender(std::mt19937_64& random) : random_(random) {}

  std::uint64_t Below(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random_);
  }
  // The class that was applied.
  const char* Bend(Claim& claim) {
    ProofHashes& hashes = claim.hashes;
    const Digest garbage = crypto::Sha256(ByteView("garbage"), claim.one.View());
    switch (Below(18)) {
      case 0:
        return hashes.insert(hashes.begin(), garbage), "preceding garbage";
      case 1:
        return hashes.push_back(garbage), "trailing garbage";
      case 2:
        return hashes.insert(hashes.begin(), claim.other), "preceding root";
      case 3:
        return hashes.push_back(claim.other), "trailing root";
      case 4:
        return hashes.push_back(claim.one), "trailing leaf or old root";
      case 5:
        return hashes.clear(), "empty proof";
      case 6:
        if (!hashes.empty()) hashes.pop_back();
        return "truncated behind";
      case 7:
        if (!hashes.empty()) hashes.erase(hashes.begin());
        return "truncated before";
      case 8:
        if (!hashes.empty()) Flip(hashes[Below(hashes.size())]);
        return "bit 4 of a hash";
      case 9:
        return ++claim.first, "index or old size + 1";
      case 10:
        return --claim.first, "index or old size - 1";
      case 11:
        return claim.first ^= 2, "index or old size XOR 2";
      case 12:
        return claim.second *= 2, "size * 2";
      case 13:
        return claim.second /= 2, "size / 2";
      case 14:
        return std::swap(claim.one, claim.other), "swapped roots";
      case 15:
        return Flip(claim.one), "wrong leaf or old root";
      case 16:
        return Flip(claim.other), "wrong root";
      default:
        return claim.other = EmptyRoot(), "empty root";
    }
  }

 private:
  static void Flip(Digest& hash) { hash.raw()[0] ^= 1 << 4; }
  std::mt19937_64& random_;
};

// Issue 4, "It is done when": a naive twin of the tree agrees on 100,000 random cases: roots, both
// kinds of proofs as they are built, and what the verifiers say of good and of bent ones.
TEST(MerkleTwin, ItAgreesOnAHundredThousandRandomCases) {
  std::mt19937_64 random(20160229);
  std::vector<Bytes> entries;
  MemoryTree tree;
  for (std::size_t i = 0; i < kLeaves; ++i) {
    entries.push_back("entry " + std::to_string(random()));
    tree.Add(entries.back());
  }
  Twin twin(entries);
  Bender bender(random);
  std::map<std::string, int> refused;  // by class
  int good = 0;
  int bent_and_good = 0;
  for (int round = 0; round < kCases; ++round) {
    const std::uint64_t n = 1 + bender.Below(kLeaves);
    const Digest& root = twin.Root(0, n);
    ASSERT_EQ(tree.HeadAt(n).root, root) << n;
    Claim claim;
    const bool inclusion = round % 2 == 0;
    if (inclusion) {
      const std::uint64_t m = bender.Below(n);
      claim = {m, n, twin.Leaf(m), root, BuildInclusionProof(tree, m, n).value()};
      ASSERT_EQ(claim.hashes, twin.Path(m, 0, n)) << m << " in " << n;
    } else {
      const std::uint64_t m = 1 + bender.Below(n);
      claim = {m, n, twin.Root(0, m), root, BuildConsistencyProof(tree, m, n).value()};
      ASSERT_EQ(claim.hashes, twin.Subproof(m, 0, n, true)) << m << " to " << n;
    }
    const auto ours = [inclusion](const Claim& c) {
      return inclusion ? VerifyInclusion(c.first, c.second, c.one, c.hashes, c.other)
                       : VerifyConsistency(c.first, c.second, c.one, c.other, c.hashes);
    };
    const auto theirs = [inclusion](const Claim& c) {
      return inclusion ? TwinIncludes(c.first, c.second, c.one, c.hashes, c.other)
                       : TwinExtends(c.first, c.second, c.one, c.other, c.hashes);
    };
    // Two of three are bent, some of these twice.
    std::string classes;
    for (std::uint64_t times = bender.Below(3); times > 0; --times) {
      if (!classes.empty()) classes += ", ";
      classes += bender.Bend(claim);
    }
    const bool holds = theirs(claim);
    ASSERT_EQ(ours(claim), holds) << (inclusion ? "inclusion " : "consistency ") << claim.first
                                  << " " << claim.second << ": " << classes;
    if (classes.empty()) {
      ASSERT_TRUE(holds);
      ++good;
    } else if (holds) {
      ++bent_and_good;  // an empty list that was to be emptied, swapped roots that are equal
    } else if (classes.find(", ") == std::string::npos) {
      ++refused[(inclusion ? "inclusion: " : "consistency: ") + classes];
    }
  }
  EXPECT_GT(good, kCases / 4);
  EXPECT_LT(bent_and_good, kCases / 20);
  EXPECT_EQ(refused.size(), 36u);
  for (const auto& [name, count] : refused) EXPECT_GT(count, 500) << name;
}

}  // namespace
}  // namespace chancery::ledger
