// What a folder of evidence needs of all that is known: the certificates that sealed its entries,
// and the procedures its acts name. For those who write such folders.
#ifndef CHANCERY_ENGINE_EXCHANGE_EVIDENCE_USED_H_
#define CHANCERY_ENGINE_EXCHANGE_EVIDENCE_USED_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/codec/entry.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/seal.h"
#include "engine/exchange/evidence_export.h"
#include "engine/exchange/folder_writer.h"

namespace chancery::exchange {

// What the entries use of what was given.
struct Used {
  // With the time of a use.
  std::map<Digest, Instant> signers;
  std::map<Digest, Instant> procedures;
  // By number: a receipt is needed for each of them.
  std::map<std::uint64_t, codec::ReceivedBody> received;
  std::vector<std::string> without_chain;
};

// Used by one thread.
class EvidenceCollector {
 public:
  // `parts` must outlive it.
  explicit EvidenceCollector(const EvidenceParts& parts);

  // Errors are the entry's own: it cannot be read.
  absl::Status AddEntry(const std::string& name, ByteView bytes);
  // The bundles with their seals, then the certificates and what is above them: in this order, so
  // that who signed a procedure is among the signers.
  absl::Status PutProcedures(FolderWriter& writer);
  absl::Status PutTrust(FolderWriter& writer);

  Used& used() { return used_; }

 private:
  absl::Status AddSealed(const std::string& name, ByteView statement_bytes, ByteView seal,
                         Instant at);
  absl::Status AddSigners(ByteView content, ByteView seal, Instant at);

  const EvidenceParts& parts_;
  crypto::CertificateSet certificates_;
  crypto::SealVerifier verifier_;
  Used used_;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_EVIDENCE_USED_H_
