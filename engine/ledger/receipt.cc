#include "engine/ledger/receipt.h"

#include <optional>
#include <utility>

#include "engine/ledger/hash_lines.h"

namespace chancery::ledger {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view kIndex = "index ";

}  // namespace

absl::StatusOr<Receipt> ParseReceipt(ByteView text) {
  if (text.substr(0, kHeader.size()) != kHeader)
    return InvalidArgument("receipt: not a tlog-proof@v1");
  text.remove_prefix(kHeader.size());
  if (text.substr(0, kIndex.size()) != kIndex)
    return InvalidArgument("receipt: no index in its second line");
  text.remove_prefix(kIndex.size());
  const std::size_t end = text.find('\n');
  if (end == ByteView::npos) return InvalidArgument("receipt: ends in its second line");
  const std::optional<std::uint64_t> entry = ParseSize(text.substr(0, end));
  if (!entry) return InvalidArgument("receipt: malformed index");
  text.remove_prefix(end + 1);

  Receipt receipt;
  receipt.entry = *entry;
  absl::StatusOr<ProofHashes> hashes = TakeHashLines(text);
  if (!hashes.ok()) return Annotate(hashes.status(), "receipt");
  receipt.inclusion_proof = *std::move(hashes);
  if (const absl::StatusOr<Note> note = ParseNote(text); !note.ok())
    return Annotate(note.status(), "receipt");
  receipt.checkpoint = Bytes(text);
  return receipt;
}

Bytes FormatReceipt(const Receipt& receipt) {
  return std::string(kHeader) + std::string(kIndex) + std::to_string(receipt.entry) + "\n" +
         FormatHashLines(receipt.inclusion_proof) + receipt.checkpoint;
}

absl::StatusOr<VerifiedReceipt> VerifyReceipt(const Receipt& receipt, ByteView entry_bytes,
                                              const Policy& policy) {
  return VerifyReceiptOfLeaf(receipt, LeafHash(entry_bytes), policy);
}

absl::StatusOr<VerifiedReceipt> VerifyReceiptOfLeaf(const Receipt& receipt, const Digest& leaf_hash,
                                                    const Policy& policy) {
  VerifiedReceipt result;
  CHANCERY_ASSIGN_OR_RETURN(result.checkpoint, VerifyCheckpointOf(receipt.checkpoint, policy));
  const Checkpoint& checkpoint = result.checkpoint.checkpoint;
  if (!VerifyInclusion(receipt.entry, checkpoint.tree.size, leaf_hash, receipt.inclusion_proof,
                       checkpoint.tree.root)) {
    return PermissionDenied(
        "receipt: the inclusion proof does not lead from the entry to the root");
  }
  if (Satisfied(policy, checkpoint.origin, result.checkpoint.signatures))
    result.finality = Finality::kFinal;
  return result;
}

}  // namespace chancery::ledger
