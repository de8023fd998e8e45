// Whether what acts appoint is what the certificates say of themselves, as far as they lie here.
//
// The core appoints digests. A ministry that has the certificate behind one compares: party, office
// and officer must be those of the act, and no key may belong to two officers. Asked when an act is
// drafted, when it comes to the door, and when a certificate is put on the shelf later.
#ifndef CHANCERY_ENGINE_EXCHANGE_APPOINTING_H_
#define CHANCERY_ENGINE_EXCHANGE_APPOINTING_H_

#include <vector>

#include "engine/base/status.h"
#include "engine/crypto/certificate.h"
#include "engine/exchange/shelf.h"
#include "engine/procedure/seals.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// PermissionDenied with APPOINTMENT_DIFFERS when the act appoints what its certificate contradicts.
// `standing` are the appointments made before it.
absl::Status CheckAppointing(const procedure::RecordedAct& recorded,
                             const std::vector<procedure::Appointment>& standing,
                             const CertificateShelf& shelf);

// The same when one of these certificates, not yet on the shelf, contradicts what is appointed.
absl::Status CheckAppointed(store::Store& store, const CertificateShelf& shelf,
                            const std::vector<crypto::Certificate>& added);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_APPOINTING_H_
