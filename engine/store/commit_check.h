// What every implementation of Store does with a commit before it writes anything: the checks that
// need no table, and the second, independent computation of the tree.
#ifndef CHANCERY_ENGINE_STORE_COMMIT_CHECK_H_
#define CHANCERY_ENGINE_STORE_COMMIT_CHECK_H_

#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/store/store.h"

namespace chancery::store {

// InvalidArgument when the commit contradicts itself, whatever the store holds.
absl::Status CheckCommit(const Commit& commit, const StoreIdentity& identity);

struct GrownTree {
  ledger::CompactRange tree;
  // For each entry the hashes of the subtrees it completes (ledger::CompletedBy), from level 0, one
  // after another.
  std::vector<Bytes> hashes;
};
// Computes the leaf hashes from the bytes and the tree from the leaf hashes; InvalidArgument when
// the commit says otherwise. `before` is the tree of `commit.expected`.
absl::StatusOr<GrownTree> GrowTree(const ledger::CompactRange& before, const Commit& commit);

// The hash of a subtree as it stands in `hashes` of the entry that completes it.
std::uint64_t CompletingEntry(int level, std::uint64_t index);

}  // namespace chancery::store

#endif  // CHANCERY_ENGINE_STORE_COMMIT_CHECK_H_
