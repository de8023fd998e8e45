// Which certificates stand under the roots that both sides exchanged out of band.
//
// Trust begins with nothing but root certificates whose fingerprints were given beside them (the
// anchor file, a diplomatic note); the machine's own roots are never read. A chain is exactly three
// certificates: root, issuing authority, holder.
//
// Which party an authority may issue for is our own rule, because name constraints on a URI reach
// only its host: each root and issuing authority carries one URI `spiffe://<agreement>/<PARTY>`,
// and
//   - the holder's party and agreement equal those of its issuing authority;
//   - the issuing authority's party equals its root's party; only the Union's root (EUE) may
//   instead stand above the
//     authority of another party, and only of one that has no root of its own here.
// So no authority of one party can make an officer of another, and the Union cannot make an officer
// of its counterpart.
//
// That a certificate is appointed, and not revoked, is said by acts in the ledger, not here.
#ifndef CHANCERY_ENGINE_CRYPTO_TRUST_H_
#define CHANCERY_ENGINE_CRYPTO_TRUST_H_

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/crypto/certificate.h"

namespace chancery::crypto {

// Safe on every thread.
class TrustAnchors {
 public:
  // One root for each fingerprint and one fingerprint for each root: SHA-256 of the root's DER by
  // party. InvalidArgument when they do not match one to one, when a root is not of the party it is
  // listed for, when roots are of different agreements, or when some are marked rehearsal and some
  // are not.
  static absl::StatusOr<TrustAnchors> Create(const std::vector<Certificate>& roots,
                                             const std::map<PartyCode, Digest>& fingerprints);

  TrustAnchors(TrustAnchors&&) noexcept;
  TrustAnchors& operator=(TrustAnchors&&) noexcept;
  ~TrustAnchors();

  // The party whose root stands above `leaf` at the instant `at`, after checking the profile for
  // `purpose`, every signature, every validity and who may issue for whom. PermissionDenied, with
  // the reason, for everything else. `intermediates` are only candidates. The answer depends on the
  // arguments alone: what was verified before makes it quicker, never different.
  absl::StatusOr<PartyCode> VerifyChain(const Certificate& leaf,
                                        std::span<const Certificate> intermediates, Instant at,
                                        CertificatePurpose purpose) const;

  // Whether the roots are those of a rehearsal.
  bool IsRehearsal() const;
  // The agreement all roots name.
  const std::string& agreement() const;
  // In order of party.
  const std::vector<Certificate>& roots() const;

  // How many chains are remembered; for tests and operators.
  std::size_t remembered() const;

 private:
  struct Body;
  explicit TrustAnchors(std::unique_ptr<Body> body);

  std::unique_ptr<Body> body_;
};

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_TRUST_H_
