// Receipts (C2SP tlog-proof@v1): an entry's number, its inclusion proof and the checkpoint it leads
// to, in one text that can be checked offline with other people's tools.
//
// A receipt is provisional while only the log has signed its checkpoint, and final under a policy's
// quorum.
#ifndef CHANCERY_ENGINE_LEDGER_RECEIPT_H_
#define CHANCERY_ENGINE_LEDGER_RECEIPT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/policy.h"

namespace chancery::ledger {

struct Receipt {
  std::uint64_t entry = 0;  // its number, from 0
  ProofHashes inclusion_proof;
  Bytes checkpoint;  // the note, verbatim

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

// Strict: the optional "extra" line of the format is refused, because nothing vouches for it.
absl::StatusOr<Receipt> ParseReceipt(ByteView text);
Bytes FormatReceipt(const Receipt& receipt);

enum class Finality { kProvisional, kFinal };

struct VerifiedReceipt {
  VerifiedCheckpoint checkpoint;
  Finality finality = Finality::kProvisional;
};

// The entry with these bytes stands at the receipt's number in a tree its log has signed.
// PermissionDenied when the log's line is missing or bad, or the inclusion proof does not lead to
// the root; whether the quorum is reached is `finality`.
absl::StatusOr<VerifiedReceipt> VerifyReceipt(const Receipt& receipt, ByteView entry_bytes,
                                              const Policy& policy);
// The same for a reader who holds the leaf hash only.
absl::StatusOr<VerifiedReceipt> VerifyReceiptOfLeaf(const Receipt& receipt, const Digest& leaf_hash,
                                                    const Policy& policy);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_RECEIPT_H_
