#include "engine/exchange/appointing.h"

#include <optional>

#include "engine/exchange/matters.h"
#include "engine/exchange/reasons.h"

namespace chancery::exchange {

namespace {

procedure::Credential CredentialOf(const crypto::Certificate& certificate) {
  return {certificate.digest(), certificate.public_key_digest(), certificate.party(),
          certificate.office(), certificate.officer()};
}

// Reads both, which must outlive what is returned.
procedure::CredentialLookup Credentials(const CertificateShelf& shelf,
                                        const std::vector<crypto::Certificate>& added) {
  return [&](const Digest& digest) -> std::optional<procedure::Credential> {
    for (const crypto::Certificate& certificate : added) {
      if (certificate.digest() == digest) return CredentialOf(certificate);
    }
    const std::optional<crypto::Certificate> found = shelf.Find(digest);
    if (!found) return std::nullopt;
    return CredentialOf(*found);
  };
}

absl::Status Check(const std::vector<procedure::Appointment>& appointments,
                   const std::vector<procedure::Appointment>& all,
                   const procedure::CredentialLookup& known) {
  for (const procedure::Appointment& appointment : appointments) {
    if (const auto defect = procedure::AppointmentDefect(appointment, all, known))
      return WithReason(PermissionDenied(*defect), reason::kAppointmentDiffers);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAppointing(const procedure::RecordedAct& recorded,
                             const std::vector<procedure::Appointment>& standing,
                             const CertificateShelf& shelf) {
  const std::vector<procedure::Appointment> made = procedure::AppointmentsBy(recorded);
  std::vector<procedure::Appointment> all = standing;
  all.insert(all.end(), made.begin(), made.end());
  const std::vector<crypto::Certificate> none;
  return Check(made, all, Credentials(shelf, none));
}

absl::Status CheckAppointed(store::Store& store, const CertificateShelf& shelf,
                            const std::vector<crypto::Certificate>& added) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> cooperation,
                            ReadCooperation(store));
  if (!cooperation) return absl::OkStatus();
  const std::vector<procedure::Appointment> standing = procedure::AppointmentsOf(*cooperation);
  return Check(standing, standing, Credentials(shelf, added));
}

}  // namespace chancery::exchange
