#include "engine/ledger/merkle/merkle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "engine/base/check.h"
#include "engine/crypto/sha256.h"

namespace chancery::ledger {
namespace {

// Folds the hashes of neighbouring complete subtrees, largest first, into the hash over all of
// them.
Digest FoldRight(const std::vector<Digest>& hashes) {
  Digest root = hashes.back();
  for (std::size_t i = hashes.size() - 1; i > 0; --i) root = NodeHash(hashes[i - 1], root);
  return root;
}

// MTH(D[start : start + count]) where the range is a subtree of RFC 6962: `start` is a multiple of
// a power of two that is not smaller than `count`.
absl::StatusOr<Digest> RangeHash(NodeSource& nodes, std::uint64_t start, std::uint64_t count) {
  std::vector<Digest> hashes;
  for (const Subtree& subtree : RightEdge(count)) {
    CHANCERY_ASSIGN_OR_RETURN(Digest hash,
                              nodes.Node(subtree.level, (start >> subtree.level) + subtree.index));
    hashes.push_back(hash);
  }
  return FoldRight(hashes);
}

// The largest power of two smaller than `count`, where RFC 6962 splits; count >= 2.
std::uint64_t SplitPoint(std::uint64_t count) { return std::bit_floor(count - 1); }

// Steps the pair (position, last position) of RFC 9162's algorithms over the levels at which the
// path has no hash.
void SkipLevelsWithoutSibling(std::uint64_t& position, std::uint64_t& last) {
  while ((position & 1) == 0 && position != 0) {
    position >>= 1;
    last >>= 1;
  }
}

// The roots of both trees as a consistency proof makes them, for 0 < old_size < new_size.
std::optional<ProvenRoots> Climb(std::uint64_t old_size, std::uint64_t new_size,
                                 const Digest& old_root, const ProofHashes& consistency_proof) {
  if (consistency_proof.empty()) return std::nullopt;
  std::uint64_t position = old_size - 1;
  std::uint64_t last = new_size - 1;
  while ((position & 1) != 0) {
    position >>= 1;
    last >>= 1;
  }
  // When the old tree is one complete subtree its root is where both computations begin; otherwise
  // the first hash is.
  std::size_t next = 0;
  Digest first = old_root;
  if (!std::has_single_bit(old_size)) first = consistency_proof[next++];
  Digest old_hash = first;
  Digest new_hash = first;
  for (; next < consistency_proof.size(); ++next) {
    const Digest& sibling = consistency_proof[next];
    if (last == 0) return std::nullopt;
    if ((position & 1) != 0 || position == last) {
      old_hash = NodeHash(sibling, old_hash);
      new_hash = NodeHash(sibling, new_hash);
      SkipLevelsWithoutSibling(position, last);
    } else {
      new_hash = NodeHash(new_hash, sibling);
    }
    position >>= 1;
    last >>= 1;
  }
  if (last != 0) return std::nullopt;
  return ProvenRoots{old_hash, new_hash};
}

}  // namespace

Digest LeafHash(ByteView entry) {
  static constexpr char kPrefix = 0x00;
  return crypto::Sha256(ByteView(&kPrefix, 1), entry);
}

Digest NodeHash(const Digest& left, const Digest& right) {
  std::array<char, 1 + 2 * Digest::kSize> bytes;
  bytes[0] = 0x01;
  std::memcpy(bytes.data() + 1, left.raw().data(), Digest::kSize);
  std::memcpy(bytes.data() + 1 + Digest::kSize, right.raw().data(), Digest::kSize);
  return crypto::Sha256(ByteView(bytes.data(), bytes.size()));
}

const Digest& EmptyRoot() {
  static const Digest root = crypto::Sha256(ByteView());
  return root;
}

absl::StatusOr<std::vector<Digest>> NodeSource::Nodes(int level, std::uint64_t first,
                                                      std::uint64_t count) {
  std::vector<Digest> hashes;
  hashes.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    CHANCERY_ASSIGN_OR_RETURN(Digest hash, Node(level, first + i));
    hashes.push_back(hash);
  }
  return hashes;
}

std::vector<Subtree> RightEdge(std::uint64_t size) {
  std::vector<Subtree> edge;
  edge.reserve(static_cast<std::size_t>(std::popcount(size)));
  for (int level = 63; level >= 0; --level) {
    const std::uint64_t subtrees = size >> level;
    if ((subtrees & 1) != 0) edge.push_back({level, subtrees - 1});
  }
  return edge;
}

std::vector<Subtree> CompletedBy(std::uint64_t leaf) {
  const int levels = 1 + std::countr_one(leaf);
  std::vector<Subtree> completed;
  completed.reserve(static_cast<std::size_t>(levels));
  for (int level = 0; level < levels; ++level) completed.push_back({level, leaf >> level});
  return completed;
}

absl::StatusOr<CompactRange> CompactRange::FromRightEdge(std::uint64_t size,
                                                         std::vector<Digest> hashes) {
  if (size > kMaxTreeSize) return InvalidArgument("tree size is too large");
  if (hashes.size() != static_cast<std::size_t>(std::popcount(size))) {
    return InvalidArgument("a tree of size " + std::to_string(size) + " has " +
                           std::to_string(std::popcount(size)) + " hashes on its right edge, not " +
                           std::to_string(hashes.size()));
  }
  CompactRange range;
  range.size_ = size;
  range.edge_ = std::move(hashes);
  return range;
}

void CompactRange::Append(const Digest& leaf, std::vector<SubtreeHash>* completed) {
  CHANCERY_CHECK(size_ < kMaxTreeSize);
  Digest hash = leaf;
  int level = 0;
  if (completed != nullptr) completed->push_back({{0, size_}, hash});
  while (((size_ >> level) & 1) != 0) {
    hash = NodeHash(edge_.back(), hash);
    edge_.pop_back();
    ++level;
    if (completed != nullptr) completed->push_back({{level, size_ >> level}, hash});
  }
  edge_.push_back(hash);
  ++size_;
}

Digest CompactRange::Root() const { return edge_.empty() ? EmptyRoot() : FoldRight(edge_); }

absl::StatusOr<Digest> RememberedNodes::Node(int level, std::uint64_t index) {
  const auto known = known_.find({level, index});
  if (known != known_.end()) return known->second;
  CHANCERY_ASSIGN_OR_RETURN(const Digest hash, source_.Node(level, index));
  known_.emplace(Subtree{level, index}, hash);
  return hash;
}

absl::StatusOr<CompactRange> ReadCompactRange(NodeSource& nodes, std::uint64_t size) {
  std::vector<Digest> hashes;
  for (const Subtree& subtree : RightEdge(size)) {
    CHANCERY_ASSIGN_OR_RETURN(Digest hash, nodes.Node(subtree.level, subtree.index));
    hashes.push_back(hash);
  }
  return CompactRange::FromRightEdge(size, std::move(hashes));
}

std::optional<ProofHashes> ProofHashesFrom(const std::vector<Bytes>& hashes) {
  ProofHashes result;
  result.reserve(hashes.size());
  for (const Bytes& bytes : hashes) {
    const std::optional<Digest> hash = Digest::FromBytes(bytes);
    if (!hash) return std::nullopt;
    result.push_back(*hash);
  }
  return result;
}

absl::StatusOr<ProofHashes> BuildInclusionProof(NodeSource& nodes, std::uint64_t leaf,
                                                std::uint64_t size) {
  if (leaf >= size || size > kMaxTreeSize) {
    return InvalidArgument("no entry " + std::to_string(leaf) + " in a tree of size " +
                           std::to_string(size));
  }
  ProofHashes hashes;
  std::uint64_t start = 0;
  std::uint64_t count = size;
  while (count > 1) {
    const std::uint64_t left = SplitPoint(count);
    if (leaf - start < left) {
      CHANCERY_ASSIGN_OR_RETURN(Digest sibling, RangeHash(nodes, start + left, count - left));
      hashes.push_back(sibling);
      count = left;
    } else {
      CHANCERY_ASSIGN_OR_RETURN(Digest sibling, RangeHash(nodes, start, left));
      hashes.push_back(sibling);
      start += left;
      count -= left;
    }
  }
  std::reverse(hashes.begin(), hashes.end());
  return hashes;
}

absl::StatusOr<ProofHashes> BuildConsistencyProof(NodeSource& nodes, std::uint64_t old_size,
                                                  std::uint64_t new_size) {
  if (old_size > new_size || new_size > kMaxTreeSize) {
    return InvalidArgument("a tree of size " + std::to_string(new_size) +
                           " does not extend one of size " + std::to_string(old_size));
  }
  ProofHashes hashes;
  if (old_size == 0) return hashes;
  std::uint64_t start = 0;
  std::uint64_t count = new_size;
  std::uint64_t old_count = old_size;
  bool old_root_is_known = true;
  while (old_count != count) {
    const std::uint64_t left = SplitPoint(count);
    if (old_count <= left) {
      CHANCERY_ASSIGN_OR_RETURN(Digest sibling, RangeHash(nodes, start + left, count - left));
      hashes.push_back(sibling);
      count = left;
    } else {
      CHANCERY_ASSIGN_OR_RETURN(Digest sibling, RangeHash(nodes, start, left));
      hashes.push_back(sibling);
      start += left;
      old_count -= left;
      count -= left;
      old_root_is_known = false;
    }
  }
  if (!old_root_is_known) {
    CHANCERY_ASSIGN_OR_RETURN(Digest common, RangeHash(nodes, start, count));
    hashes.push_back(common);
  }
  std::reverse(hashes.begin(), hashes.end());
  return hashes;
}

bool VerifyInclusion(std::uint64_t leaf, std::uint64_t size, const Digest& leaf_hash,
                     const ProofHashes& inclusion_proof, const Digest& root) {
  if (leaf >= size) return false;
  std::uint64_t position = leaf;
  std::uint64_t last = size - 1;
  Digest hash = leaf_hash;
  for (const Digest& sibling : inclusion_proof) {
    if (last == 0) return false;
    if ((position & 1) != 0 || position == last) {
      hash = NodeHash(sibling, hash);
      SkipLevelsWithoutSibling(position, last);
    } else {
      hash = NodeHash(hash, sibling);
    }
    position >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool VerifyConsistency(std::uint64_t old_size, std::uint64_t new_size, const Digest& old_root,
                       const Digest& new_root, const ProofHashes& consistency_proof) {
  if (old_size == 0 || new_size < old_size) return false;
  if (old_size == new_size) return consistency_proof.empty() && old_root == new_root;
  const std::optional<ProvenRoots> roots = Climb(old_size, new_size, old_root, consistency_proof);
  return roots && roots->old_root == old_root && roots->new_root == new_root;
}

absl::StatusOr<ProofHashes> BuildPrefixProof(NodeSource& nodes, std::uint64_t old_size,
                                             std::uint64_t new_size) {
  CHANCERY_ASSIGN_OR_RETURN(ProofHashes hashes, BuildConsistencyProof(nodes, old_size, new_size));
  if (std::has_single_bit(old_size) && old_size < new_size) {
    CHANCERY_ASSIGN_OR_RETURN(const Digest root, RangeHash(nodes, 0, old_size));
    hashes.insert(hashes.begin(), root);
  }
  return hashes;
}

std::optional<ProvenRoots> RootsOf(std::uint64_t old_size, std::uint64_t new_size,
                                   const ProofHashes& prefix_proof) {
  if (old_size == 0 || new_size <= old_size || prefix_proof.empty()) return std::nullopt;
  if (!std::has_single_bit(old_size)) return Climb(old_size, new_size, Digest{}, prefix_proof);
  return Climb(old_size, new_size, prefix_proof.front(),
               ProofHashes(prefix_proof.begin() + 1, prefix_proof.end()));
}

}  // namespace chancery::ledger
