// Writing a party's whole book as a folder of evidence (design section 14) that anybody can check
// with no network.
//
// The folder holds what the newest cosigned checkpoint covers and nothing else: the tiles of that
// tree, the policy the checkpoint satisfies, the certificates that sealed something in it with the
// authorities and roots above them, the signed bundles of the procedures its acts name, and the
// receipts for what another ledger recorded. The same inputs give the same bytes in every file. No
// personal data is in it: entries hold none.
#ifndef CHANCERY_ENGINE_EXCHANGE_EVIDENCE_EXPORT_H_
#define CHANCERY_ENGINE_EXCHANGE_EVIDENCE_EXPORT_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/trust.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/key_book.h"
#include "engine/store/store.h"

namespace chancery::exchange {

struct SignedBundle {
  Bytes bundle;
  Bytes seal;
};
// What another party's ledger gave this party for an entry.
struct HeldReceipt {
  Bytes proof;  // c2sp.org/tlog-proof@v1 text
  Bytes entry;  // exact bytes of the entry it is about
};

// What the export takes beside the store. Certificates and bundles that nothing in the book names
// are left out, so it does no harm to give all that are known.
struct EvidenceParts {
  std::string made_for;  // who asked for it, in words for README.txt: an office, never a person
  Bytes policy;          // of this party's ledger, as text
  const crypto::TrustAnchors* anchors = nullptr;  // never null; its roots go into the folder
  std::vector<crypto::Certificate> authorities;   // issuing authorities of all parties
  std::vector<crypto::Certificate> seals;         // sealing certificates of all parties
  std::vector<SignedBundle> procedures;
  std::vector<HeldReceipt> receipts;
  // Every party's keys over time; null: those of the policy alone.
  std::shared_ptr<const ledger::KeyBook> keys = nullptr;
};

struct ExportedEvidence {
  ledger::Checkpoint checkpoint;
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  // The entries with a seal that does not lead to a root here: "entry 7", or "received entry 7" of
  // another ledger. They are exported as they stand, README.txt names them, and an audit finds them
  // false.
  std::vector<std::string> without_chain;
};

// A verified checkpoint with the lines that verified and no others, one a key: the log's, then the
// witnesses' in the order of the policy.
absl::StatusOr<Bytes> CleanNote(const ledger::VerifiedCheckpoint& verified);

// The newest checkpoint of this book that satisfies its policy, as a note that carries lines of the
// policy's keys only, brought forward by the handovers in `keys` (null: none), each once, the log's
// first. FailedPrecondition when no checkpoint has the
// quorum yet.
absl::StatusOr<Bytes> NewestFinalNote(store::Store& store, ByteView policy,
                                      const ledger::KeyBook* keys = nullptr);

// Puts the handovers whose announcement the folder holds, and, where there are any, the policy
// brought forward by them. Gives that policy, and the note with the lines of the keys that it
// knows.
struct ShownKeys {
  ledger::Policy policy;
  Bytes note;
};
absl::StatusOr<ShownKeys> PutHandovers(
    const EvidenceParts& parts, const std::function<bool(std::uint64_t entry)>& holds, Bytes note,
    const std::function<absl::Status(const std::string&, ByteView)>& put);

// Writes the folder, which must not exist: everything goes into a temporary folder beside it, is
// synced and renamed, so that after a crash there is either the whole folder or none. Receipts are
// taken for what the book says was received under the exported checkpoint; one that is missing is
// NotFound. AlreadyExists when the folder is there; FailedPrecondition without a cosigned
// checkpoint; NotFound when the bundle of a procedure in the book's own name was not given;
// DataLoss when the store contradicts itself; Internal or ResourceExhausted when the disk does not
// take it.
absl::StatusOr<ExportedEvidence> ExportEvidence(store::Store& store, const EvidenceParts& parts,
                                                const std::filesystem::path& folder);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_EVIDENCE_EXPORT_H_
