// The arithmetic of the tree: RFC 6962 hashing over SHA-256, growing it, proving and checking.
//
// It is pure: values in, values out. What has to be read (the hashes of complete subtrees) comes
// through a NodeSource. Complete subtrees never change, so their hashes may be cached and written
// once; the ragged right edge of a tree that is not a power of two is always computed.
//
// A subtree is named (level, index): it covers the leaves [index << level, (index + 1) << level).
// Tree sizes and leaf numbers stay below 2^62.
#ifndef CHANCERY_ENGINE_LEDGER_MERKLE_MERKLE_H_
#define CHANCERY_ENGINE_LEDGER_MERKLE_MERKLE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace chancery::ledger {

inline constexpr std::uint64_t kMaxTreeSize = std::uint64_t{1} << 62;

// SHA-256(00 || entry), RFC 6962 section 2.1. Bytes are forever.
Digest LeafHash(ByteView entry);
// SHA-256(01 || left || right), RFC 6962 section 2.1. Bytes are forever.
Digest NodeHash(const Digest& left, const Digest& right);
// The root of the tree without leaves: SHA-256 of nothing.
const Digest& EmptyRoot();

// What a checkpoint says about a tree. The default is the tree without leaves.
struct TreeHead {
  std::uint64_t size = 0;
  Digest root = EmptyRoot();

  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

// A complete subtree, and its hash.
struct Subtree {
  int level = 0;
  std::uint64_t index = 0;

  friend auto operator<=>(const Subtree&, const Subtree&) = default;
};
struct SubtreeHash {
  Subtree subtree;
  Digest hash;

  friend bool operator==(const SubtreeHash&, const SubtreeHash&) = default;
};

// Where the hashes of complete subtrees are read from: a store, a folder of tiles, a vector in a
// test.
class NodeSource {
 public:
  virtual ~NodeSource() = default;
  // The hash of one complete subtree of what was written so far; NotFound when it is not complete
  // yet.
  virtual absl::StatusOr<Digest> Node(int level, std::uint64_t index) = 0;
  // The hashes of `count` neighbouring subtrees of one level. Sources that can read a range
  // override it.
  virtual absl::StatusOr<std::vector<Digest>> Nodes(int level, std::uint64_t first,
                                                    std::uint64_t count);
};

// Reads each hash once from another source and remembers it: a complete subtree's never changes.
// For many proofs of one tree, which share all but a few. Used by one thread.
class RememberedNodes final : public NodeSource {
 public:
  explicit RememberedNodes(NodeSource& source) : source_(source) {}
  absl::StatusOr<Digest> Node(int level, std::uint64_t index) override;

 private:
  NodeSource& source_;
  std::map<Subtree, Digest> known_;
};

// The complete subtrees whose hashes make the root of a tree of `size`, leftmost (largest) first.
std::vector<Subtree> RightEdge(std::uint64_t size);
// The complete subtrees that leaf number `leaf` completes, from level 0 upwards: 1 + trailing ones
// of `leaf`.
std::vector<Subtree> CompletedBy(std::uint64_t leaf);

// A tree reduced to what is needed to go on appending: O(log size) hashes. A value.
class CompactRange {
 public:
  // The tree without leaves.
  CompactRange() = default;
  // A tree of `size` from the hashes of RightEdge(size) in that order; InvalidArgument when their
  // number is wrong.
  static absl::StatusOr<CompactRange> FromRightEdge(std::uint64_t size, std::vector<Digest> hashes);

  // Adds one leaf. The subtrees completed by it, CompletedBy(size()) and their hashes, are put
  // behind `completed` unless that is null.
  void Append(const Digest& leaf, std::vector<SubtreeHash>* completed = nullptr);

  std::uint64_t size() const { return size_; }
  // The hashes of RightEdge(size()).
  const std::vector<Digest>& right_edge() const { return edge_; }
  Digest Root() const;
  TreeHead Head() const { return {size_, Root()}; }

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> edge_;
};

// The tree of `size` as a source holds it.
absl::StatusOr<CompactRange> ReadCompactRange(NodeSource& nodes, std::uint64_t size);

// The hashes of an inclusion or consistency proof, in the order of RFC 6962 section 2.1.1
// and 2.1.2.
using ProofHashes = std::vector<Digest>;

// Hashes as they came from outside; nothing unless every one of them is 32 bytes long.
std::optional<ProofHashes> ProofHashesFrom(const std::vector<Bytes>& hashes);

// Proves leaf `leaf` in the tree of `size`. InvalidArgument when leaf >= size.
absl::StatusOr<ProofHashes> BuildInclusionProof(NodeSource& nodes, std::uint64_t leaf,
                                                std::uint64_t size);
// Proves that the tree of `new_size` extends the tree of `old_size`. Empty when the sizes are equal
// and when `old_size` is 0; InvalidArgument when old_size > new_size.
absl::StatusOr<ProofHashes> BuildConsistencyProof(NodeSource& nodes, std::uint64_t old_size,
                                                  std::uint64_t new_size);

// RFC 9162 section 2.1.3.2. False when leaf >= size.
[[nodiscard]] bool VerifyInclusion(std::uint64_t leaf, std::uint64_t size, const Digest& leaf_hash,
                                   const ProofHashes& inclusion_proof, const Digest& root);
// RFC 9162 section 2.1.4.2. False when old_size is 0 (every tree extends the empty one, so the
// proof would say nothing: a caller that starts from nothing requires the empty proof and
// EmptyRoot() itself) and when old_size > new_size.
[[nodiscard]] bool VerifyConsistency(std::uint64_t old_size, std::uint64_t new_size,
                                     const Digest& old_root, const Digest& new_root,
                                     const ProofHashes& consistency_proof);

// The same for RootsOf: also when `old_size` is a power of two the hashes say what the old root is.
// A consistency proof leaves that one out, because whoever verifies it has it; here it is the
// first.
absl::StatusOr<ProofHashes> BuildPrefixProof(NodeSource& nodes, std::uint64_t old_size,
                                             std::uint64_t new_size);

// The two roots such hashes lead to, whatever anybody claims them to be: a way to the new root from
// another old root than the one signed shows that the log contradicts itself. Nothing when the
// hashes are of no such form: it needs 0 < old_size < new_size.
struct ProvenRoots {
  Digest old_root;
  Digest new_root;
};
std::optional<ProvenRoots> RootsOf(std::uint64_t old_size, std::uint64_t new_size,
                                   const ProofHashes& prefix_proof);

// Where the bytes of entries are read from.
class EntrySource {
 public:
  virtual ~EntrySource() = default;
  // The bytes of the entries first, first + 1, ..., exactly `count` of them; NotFound when one is
  // missing.
  virtual absl::StatusOr<std::vector<Bytes>> Entries(std::uint64_t first, std::uint64_t count) = 0;
};

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_MERKLE_MERKLE_H_
