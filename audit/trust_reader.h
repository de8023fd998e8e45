// The certificates and the procedures of a folder of evidence, read strictly.
#ifndef CHANCERY_AUDIT_TRUST_READER_H_
#define CHANCERY_AUDIT_TRUST_READER_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/evidence_folder.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/trust.h"
#include "engine/ledger/anchor.h"
#include "engine/procedure/procedure.h"

namespace chancery::audit {

// Takes what is wrong with one file.
using NoteWrong = std::function<void(const std::string& file, const std::string& what)>;

struct Trust {
  std::optional<crypto::TrustAnchors> anchors;  // empty when the roots are not what they should be
  std::vector<crypto::Certificate> authorities;
  crypto::CertificateSet seals;
};
// Every certificate must be in the one spelling of its text and stand under the name of its digest.
// With an anchor the roots must be its roots; without one the folder's own are taken. Fails only
// when the machine does not give a file.
absl::StatusOr<Trust> ReadTrust(EvidenceFolder& folder, const ledger::Anchor* anchor,
                                const NoteWrong& wrong);

struct SignedProcedure {
  Bytes bundle;
  Bytes seal;
  std::shared_ptr<const procedure::CheckedProcedure> checked;
};
// Every bundle with its seal, by digest. Seals are not verified here.
absl::StatusOr<std::map<Digest, SignedProcedure>> ReadProcedures(EvidenceFolder& folder,
                                                                 const NoteWrong& wrong);
// The same as what a core steps under, with the founding procedure of that digest.
procedure::ProcedureSet SetOf(const std::map<Digest, SignedProcedure>& procedures,
                              const Digest& founding);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_TRUST_READER_H_
