// What a node was given beside its ledger: certificates and agreed procedures. Acts name both by
// digest alone.
//
// Certificates come from a folder of PEM files and from the store; whether one is appointed is said
// by the ledger, not by being here. Procedures come as bundles whose digest is their name. Both are
// kept in the store as papers, so that nothing a ruling needs lies outside it.
//
// Threads: a shelf may be read and added to on any thread.
#ifndef CHANCERY_ENGINE_EXCHANGE_SHELF_H_
#define CHANCERY_ENGINE_EXCHANGE_SHELF_H_

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/trust.h"
#include "engine/exchange/anchor.h"
#include "engine/procedure/procedure.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// The certificates of a trust folder by their use. Files *.pem at any depth; a certificate met
// twice counts once. TLS certificates and what fits no profile are passed over.
struct TrustFolder {
  std::vector<crypto::Certificate> roots;        // those the anchor names
  std::vector<crypto::Certificate> authorities;  // issuing authorities
  std::vector<crypto::Certificate> seals;
  // Authorities of no party of the agreement: what may stand above a time stamp.
  std::vector<crypto::Certificate> stamping;
};
// FailedPrecondition when a root the anchor names is not there.
absl::StatusOr<TrustFolder> ReadTrustFolder(const std::filesystem::path& folder,
                                            const Anchor& anchor);
absl::StatusOr<crypto::TrustAnchors> MakeTrustAnchors(const TrustFolder& folder,
                                                      const Anchor& anchor);

// Sealing certificates and issuing authorities by digest.
class CertificateShelf {
 public:
  CertificateShelf() = default;

  // Those kept in the store.
  absl::Status Load(store::Store& store);
  // Puts certificates on the shelf and into the store; what is there already is no error.
  absl::Status Add(store::Store& store, const std::vector<crypto::Certificate>& certificates);

  std::optional<crypto::Certificate> Find(const Digest& digest) const;
  std::vector<crypto::Certificate> Authorities() const;  // in order of digest
  std::vector<crypto::Certificate> Seals() const;        // in order of digest
  crypto::CertificateLookup Lookup() const {
    return [this](const Digest& digest) { return Find(digest); };
  }

 private:
  void Keep(const crypto::Certificate& certificate);

  mutable std::shared_mutex mutex_;
  crypto::CertificateSet seals_;
  crypto::CertificateSet authorities_;
};

// A bundle as both sides sealed it.
struct SealedBundle {
  Digest digest;
  Bytes bundle;
  Bytes seal;  // empty for one that was never sealed
};

// The procedures a node knows. `founding` is the digest the anchor names: no other procedure rules
// the cooperation, whatever else lies on the shelf.
class ProcedureShelf {
 public:
  explicit ProcedureShelf(const Digest& founding)
      : set_(std::make_shared<const procedure::ProcedureSet>(founding)) {}

  // Those kept in the store. DataLoss when one is not what its digest says.
  absl::Status Load(store::Store& store);
  // Checks a bundle, puts it on the shelf and into the store. InvalidArgument when it is no
  // procedure that can be stepped.
  absl::StatusOr<Digest> Add(store::Store& store, ByteView bundle, ByteView seal);
  // Every file *.bundle of a folder with the *.p7s beside it, when both sides have signed it
  // (bundle_seal.h). The first that is not to be used ends it, with its file's name; what was read
  // before stays on the shelf.
  absl::Status AddFolder(store::Store& store, const std::filesystem::path& folder,
                         const CertificateShelf& certificates, const crypto::TrustAnchors& trust);

  // An immutable set: what was taken stays as it is while others are added.
  std::shared_ptr<const procedure::ProcedureSet> Set() const;
  absl::StatusOr<SealedBundle> Find(const Digest& digest) const;  // NotFound
  std::vector<SealedBundle> All() const;                          // in order of digest

 private:
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const procedure::ProcedureSet>
      set_;  // shared: readers keep the set they began with
  std::map<Digest, SealedBundle> bundles_;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_SHELF_H_
