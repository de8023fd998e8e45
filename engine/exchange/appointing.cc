#include "engine/exchange/appointing.h"

#include <algorithm>
#include <optional>
#include <string>

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

absl::Status CheckAppointing(const procedure::RecordedAct& recorded,
                             const procedure::Matter* cooperation, const CertificateShelf& shelf) {
  return CheckAppointing(recorded,
                         cooperation != nullptr ? procedure::AppointmentsOf(*cooperation)
                                                : std::vector<procedure::Appointment>{},
                         shelf);
}

absl::Status CheckAppointed(store::Store& store, const CertificateShelf& shelf,
                            const std::vector<crypto::Certificate>& added) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> cooperation,
                            ReadCooperation(store));
  if (!cooperation) return absl::OkStatus();
  const std::vector<procedure::Appointment> standing = procedure::AppointmentsOf(*cooperation);
  return Check(standing, standing, Credentials(shelf, added));
}

absl::Status CheckSealingCertificate(const crypto::Certificate& certificate, PartyCode party,
                                     std::int64_t office, const crypto::TrustAnchors& trust,
                                     const std::vector<crypto::Certificate>& authorities,
                                     Instant now) {
  const std::string named = "the certificate of " + certificate.uri();
  if (const absl::Status profile = certificate.CheckLeafProfile(crypto::CertificatePurpose::kSeal);
      !profile.ok()) {
    return FailedPrecondition(named +
                              " is not one for sealing: " + std::string(ToStd(profile.message())) +
                              "; name the office's sealing certificate");
  }
  std::string word = certificate.office();
  std::replace(word.begin(), word.end(), '-', '_');
  const std::string_view wanted = procedure::WordName(procedure::Fact::kOffice, office);
  if (certificate.party() != party || word != wanted) {
    return FailedPrecondition(named + " is not of the office " + std::string(wanted) + " of " +
                              party.ToText() + "; name that office's own certificate");
  }
  const absl::StatusOr<PartyCode> above =
      trust.VerifyChain(certificate, authorities, now, crypto::CertificatePurpose::kSeal);
  if (above.ok()) return absl::OkStatus();
  return FailedPrecondition(
      named + " does not stand under a root that the anchor names for " + party.ToText() +
      ", or not at this time: " + std::string(ToStd(above.status().message())) +
      "; have it issued by the party's authority, and put the authority's "
      "certificate into the trust folder");
}

}  // namespace chancery::exchange
