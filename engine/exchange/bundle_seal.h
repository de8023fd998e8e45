// Whether both sides have signed a procedure: one CMS over the bundle's exact bytes, with the seals
// of the Union's signatory and of the ministry. Nothing else makes a bundle a node's to go by.
//
// A certificate that has run out since does not undo what was signed: chains are judged at the
// time each signer claims. What binds the parties to that moment are the acts by which they
// propose and accept the digest.
//
// Safe on every thread.
#ifndef CHANCERY_ENGINE_EXCHANGE_BUNDLE_SEAL_H_
#define CHANCERY_ENGINE_EXCHANGE_BUNDLE_SEAL_H_

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/crypto/trust.h"
#include "engine/exchange/shelf.h"

namespace chancery::exchange {

// PermissionDenied with the reason PROCEDURE_NOT_SIGNED, what is missing or false, and what to do.
absl::Status CheckSignedByBoth(ByteView bundle, ByteView seal, const CertificateShelf& certificates,
                               const crypto::TrustAnchors& trust);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_BUNDLE_SEAL_H_
