// Whether what acts appoint is what the certificates say of themselves, as far as they lie here.
//
// The core appoints digests. A ministry that has the certificate behind one compares: party, office
// and officer must be those of the act, and no key may belong to two officers. Asked when an act is
// drafted, when it comes to the door, when a state collects it, and when a certificate is put on
// the shelf later.
#ifndef CHANCERY_ENGINE_EXCHANGE_APPOINTING_H_
#define CHANCERY_ENGINE_EXCHANGE_APPOINTING_H_

#include <cstdint>
#include <vector>

#include "engine/base/status.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/trust.h"
#include "engine/exchange/shelf.h"
#include "engine/procedure/matter.h"
#include "engine/procedure/seals.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// PermissionDenied with APPOINTMENT_DIFFERS when the act appoints what its certificate contradicts.
// `standing` are the appointments made before it.
absl::Status CheckAppointing(const procedure::RecordedAct& recorded,
                             const std::vector<procedure::Appointment>& standing,
                             const CertificateShelf& shelf);

// The same beside what the cooperation's matter appoints; null before the founding act.
absl::Status CheckAppointing(const procedure::RecordedAct& recorded,
                             const procedure::Matter* cooperation, const CertificateShelf& shelf);

// The same when one of these certificates, not yet on the shelf, contradicts what is appointed.
absl::Status CheckAppointed(store::Store& store, const CertificateShelf& shelf,
                            const std::vector<crypto::Certificate>& added);

// Whether `party` may seal with this certificate at `now` so that everybody can check it: it is one
// for sealing, of that party and office, and its chain leads to the root that the anchor names for
// the party. FailedPrecondition names the rule and the remedy; an act sealed otherwise would stand
// in the book for ever and prove nothing.
absl::Status CheckSealingCertificate(const crypto::Certificate& certificate, PartyCode party,
                                     std::int64_t office, const crypto::TrustAnchors& trust,
                                     const std::vector<crypto::Certificate>& authorities,
                                     Instant now);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_APPOINTING_H_
