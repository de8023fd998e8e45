// The complete subtrees of a folder's tree, read from its hash tiles as they are: compare the tree
// with its entries elsewhere.
#ifndef CHANCERY_AUDIT_FOLDER_TREE_H_
#define CHANCERY_AUDIT_FOLDER_TREE_H_

#include <cstdint>
#include <map>
#include <string>

#include "audit/evidence_folder.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/tiles.h"

namespace chancery::audit {

// Used by one thread. The folder must outlive it.
class FolderNodes final : public ledger::NodeSource {
 public:
  FolderNodes(const EvidenceFolder& folder, std::uint64_t size) : folder_(folder), size_(size) {}

  // NotFound when a tile is missing or the tree has none there, DataLoss when it is too short, else
  // what EvidenceFolder::Peek says.
  absl::StatusOr<Digest> Node(int level, std::uint64_t index) override;

 private:
  struct Read {
    std::uint64_t index = 0;
    Bytes bytes;
  };

  const EvidenceFolder& folder_;
  std::uint64_t size_;
  std::map<int, Read> last_;  // the tile of each level that was read last
};

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_FOLDER_TREE_H_
