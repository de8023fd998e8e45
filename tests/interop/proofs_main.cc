// Prints proofs that engine/ledger makes of the tree in a folder of evidence, for the stranger to
// check: "inclusion SIZE INDEX HASH..." and "consistency SIZE OLD HASH...", hashes in base64.
#include <iostream>
#include <map>
#include <string>

#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/tiles.h"

namespace chancery::ledger {
namespace {

class Nodes final : public NodeSource {
 public:
  void Add(const Digest& leaf_hash) {
    std::vector<SubtreeHash> completed;
    range_.Append(leaf_hash, &completed);
    for (const SubtreeHash& node : completed) hashes_[node.subtree] = node.hash;
  }
  absl::StatusOr<Digest> Node(int level, std::uint64_t index) override {
    const auto found = hashes_.find({level, index});
    if (found == hashes_.end()) return NotFound("not complete");
    return found->second;
  }

 private:
  CompactRange range_;
  std::map<Subtree, Digest> hashes_;
};

void Print(const char* what, std::uint64_t size, std::uint64_t other, const ProofHashes& hashes) {
  std::cout << what << ' ' << size << ' ' << other;
  for (const Digest& hash : hashes) std::cout << ' ' << ToBase64(hash.View());
  std::cout << '\n';
}

absl::Status Run(const std::string& folder, std::uint64_t size) {
  Nodes nodes;
  const absl::StatusOr<Digest> root =
      TileFolder(folder, size).Read([&nodes](std::uint64_t, ByteView, const Digest& leaf_hash) {
        nodes.Add(leaf_hash);
        return absl::OkStatus();
      });
  CHANCERY_RETURN_IF_ERROR(root.status());
  for (std::uint64_t n = 1; n <= size; ++n) {
    // Every place and every older size of the whole tree, and some of the older trees.
    const std::uint64_t step = n == size ? 1 : 1 + n / 8;
    for (std::uint64_t m = 0; m < n; m += step) {
      CHANCERY_ASSIGN_OR_RETURN(const ProofHashes path, BuildInclusionProof(nodes, m, n));
      Print("inclusion", n, m, path);
      CHANCERY_ASSIGN_OR_RETURN(const ProofHashes extends, BuildConsistencyProof(nodes, m + 1, n));
      Print("consistency", n, m + 1, extends);
    }
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace chancery::ledger

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: interop-proofs FOLDER SIZE\n";
    return 2;
  }
  const absl::Status status = chancery::ledger::Run(argv[1], std::stoull(argv[2]));
  if (!status.ok()) std::cerr << status << '\n';
  return status.ok() ? 0 : 1;
}
