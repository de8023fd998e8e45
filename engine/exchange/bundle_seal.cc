#include "engine/exchange/bundle_seal.h"

#include <optional>
#include <string>
#include <vector>

#include "engine/crypto/seal.h"
#include "engine/exchange/reasons.h"

namespace chancery::exchange {

namespace {

constexpr std::string_view kUnion = "EUE";
constexpr std::string_view kUnionOffice = "union-signatory";
constexpr std::string_view kMinistryOffice = "ministry";

absl::Status NotSigned(const std::string& message) {
  return WithReason(PermissionDenied("procedure: not signed by both sides: " + message),
                    reason::kProcedureNotSigned);
}

}  // namespace

absl::Status CheckSignedByBoth(ByteView bundle, ByteView seal, const CertificateShelf& certificates,
                               const crypto::TrustAnchors& trust) {
  if (seal.empty()) {
    return NotSigned(
        "it has no seal; put the .p7s with the signatures of the Union's signatory and the "
        "ministry beside the .bundle, under the same name");
  }
  const crypto::SealVerifier verifier(certificates.Lookup());
  const absl::StatusOr<std::vector<crypto::VerifiedSigner>> signers = verifier.Verify(bundle, seal);
  if (!signers.ok()) {
    return NotSigned("the seal is not over these bytes (" +
                     std::string(ToStd(signers.status().message())) +
                     "); a byte of the bundle or of the seal is another than was signed: take both "
                     "files again from whoever signed them");
  }
  bool by_union = false;
  bool by_ministry = false;
  const std::vector<crypto::Certificate> authorities = certificates.Authorities();
  for (const crypto::VerifiedSigner& signer : *signers) {
    const std::optional<crypto::Certificate> certificate = certificates.Find(signer.certificate);
    if (!certificate) continue;
    const absl::StatusOr<PartyCode> root = trust.VerifyChain(
        *certificate, authorities, signer.claimed_time, crypto::CertificatePurpose::kSeal);
    if (!root.ok()) {
      return NotSigned("the certificate of " + certificate->uri() +
                       " leads to no root of the anchor (" +
                       std::string(ToStd(root.status().message())) +
                       "); have it signed with a certificate that does");
    }
    const bool of_union = certificate->party().view() == kUnion;
    by_union = by_union || (of_union && certificate->office() == kUnionOffice);
    by_ministry = by_ministry || (!of_union && certificate->office() == kMinistryOffice);
  }
  if (by_union && by_ministry) return absl::OkStatus();
  const std::string missing = by_union      ? "the ministry's signature is missing"
                              : by_ministry ? "the Union's signature is missing"
                                            : "neither the Union's nor the ministry's signature is "
                                              "there";
  return NotSigned(missing +
                   "; have it added with: chancery-procedure sign DIR --key KEY --certificate PEM "
                   "--to BUNDLE --seal SEAL");
}

}  // namespace chancery::exchange
