#include "engine/exchange/recovery.h"

#include <string>

#include "engine/ledger/checkpoint.h"

namespace chancery::exchange {

absl::StatusOr<ledger::CompactRange> CheckHead(store::Store& store,
                                               const ledger::NoteKey& log_key) {
  return CheckHead(store, std::span<const ledger::NoteKey>(&log_key, 1));
}

absl::StatusOr<ledger::CompactRange> CheckHead(store::Store& store,
                                               std::span<const ledger::NoteKey> log_keys) {
  const std::string& origin = store.identity().origin;
  for (const ledger::NoteKey& log_key : log_keys) {
    if (log_key.name() == origin && log_key.algorithm() == ledger::NoteAlgorithm::kEd25519)
      continue;
    return FailedPrecondition("ledger: the checkpoint key " + log_key.name() + " is not that of " +
                              origin);
  }
  CHANCERY_ASSIGN_OR_RETURN(const store::Head head, store.ReadHead());
  CHANCERY_ASSIGN_OR_RETURN(ledger::CompactRange tree,
                            ledger::ReadCompactRange(store, head.tree.size));
  if (tree.Head() != head.tree)
    return DataLoss("ledger: the tree's right edge does not lead to the stored root");
  if (head.tree.size == 0) return tree;
  const absl::StatusOr<ledger::VerifiedCheckpoint> signed_head =
      ledger::VerifyCheckpoint(head.checkpoint, log_keys, {});
  if (!signed_head.ok()) {
    return DataLoss("ledger: the stored checkpoint is not signed by this ledger's key: " +
                    std::string(ToStd(signed_head.status().message())));
  }
  if (signed_head->checkpoint.tree != head.tree)
    return DataLoss("ledger: the stored checkpoint is of another tree");
  CHANCERY_ASSIGN_OR_RETURN(const store::StoredEntry last, store.ReadEntry(head.tree.size - 1));
  CHANCERY_ASSIGN_OR_RETURN(const Digest leaf, store.Node(0, head.tree.size - 1));
  if (ledger::LeafHash(last.bytes) != leaf)
    return DataLoss("ledger: the last entry's bytes are not those of its leaf");
  return tree;
}

absl::Status CheckIdentity(const store::Store& store, const Anchor& anchor, PartyCode party) {
  CHANCERY_ASSIGN_OR_RETURN(const store::StoreIdentity expected, StoreIdentityOf(anchor, party));
  if (store.identity() != expected) {
    return FailedPrecondition("store: it is not " + party.ToText() +
                              "'s store under this anchor (party, origin, realm or "
                              "founding procedure differ)");
  }
  return absl::OkStatus();
}

}  // namespace chancery::exchange
