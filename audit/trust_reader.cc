#include "audit/trust_reader.h"

#include <string_view>
#include <utility>

#include "engine/codec/bundle.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/evidence_layout.h"

namespace chancery::audit {
namespace {

namespace layout = ledger::evidence;

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

// The part of a file's name that says whose digest it is.
std::optional<Digest> DigestNamed(std::string_view name, std::string_view folder,
                                  std::string_view ending) {
  if (!name.starts_with(folder) || !name.ends_with(ending)) return std::nullopt;
  name.remove_prefix(folder.size());
  name.remove_suffix(ending.size());
  return Digest::FromHexText(name);
}

absl::StatusOr<std::vector<crypto::Certificate>> ReadCertificates(EvidenceFolder& folder,
                                                                  std::string_view under,
                                                                  const NoteWrong& wrong) {
  std::vector<crypto::Certificate> certificates;
  for (const std::string& name : folder.Under(under)) {
    const std::optional<Digest> digest = DigestNamed(name, under, layout::kCertificateEnding);
    if (!digest) continue;  // nobody accounts for it: it will be surplus
    const absl::StatusOr<Bytes> pem = folder.Read(name);
    if (absl::IsUnavailable(pem.status())) return pem.status();
    if (!pem.ok()) {
      wrong(name, Message(pem.status()));
      continue;
    }
    absl::StatusOr<crypto::Certificate> certificate = crypto::Certificate::FromPem(*pem);
    if (!certificate.ok()) {
      wrong(name, "not a certificate: " + Message(certificate.status()));
    } else if (certificate->digest() != *digest) {
      wrong(name, "the certificate's digest is not the file's name but " +
                      certificate->digest().ToHexText());
    } else if (certificate->ToPem() != *pem) {
      wrong(name, "the certificate is spelt in another way than its one text form");
    } else {
      certificates.push_back(*std::move(certificate));
    }
  }
  return certificates;
}

}  // namespace

absl::StatusOr<Trust> ReadTrust(EvidenceFolder& folder, const ledger::Anchor* anchor,
                                const NoteWrong& wrong) {
  Trust trust;
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<crypto::Certificate> roots,
                            ReadCertificates(folder, layout::kRoots, wrong));
  CHANCERY_ASSIGN_OR_RETURN(trust.authorities,
                            ReadCertificates(folder, layout::kAuthorities, wrong));
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<crypto::Certificate> seals,
                            ReadCertificates(folder, layout::kSeals, wrong));
  for (const crypto::Certificate& certificate : seals) trust.seals.Add(certificate);

  std::map<PartyCode, Digest> fingerprints;
  if (anchor != nullptr) {
    fingerprints = anchor->roots;
  } else {
    for (const crypto::Certificate& root : roots) fingerprints.emplace(root.party(), root.digest());
  }
  absl::StatusOr<crypto::TrustAnchors> anchors = crypto::TrustAnchors::Create(roots, fingerprints);
  if (!anchors.ok()) {
    wrong(std::string(layout::kRoots),
          "the roots are not those that are trusted: " + Message(anchors.status()));
    return trust;
  }
  if (anchor != nullptr && anchors->agreement() != anchor->agreement) {
    wrong(std::string(layout::kRoots), "the roots are of another agreement than the anchor");
  }
  if (anchor != nullptr && anchors->IsRehearsal() != anchor->rehearsal) {
    wrong(std::string(layout::kRoots), "the roots are of another realm than the anchor");
  }
  trust.anchors.emplace(*std::move(anchors));
  return trust;
}

absl::StatusOr<std::map<Digest, SignedProcedure>> ReadProcedures(EvidenceFolder& folder,
                                                                 const NoteWrong& wrong) {
  std::map<Digest, SignedProcedure> procedures;
  for (const std::string& name : folder.Under(layout::kProcedures)) {
    const std::optional<Digest> digest =
        DigestNamed(name, layout::kProcedures, layout::kBundleEnding);
    if (!digest) continue;
    const absl::StatusOr<Bytes> bundle = folder.Read(name);
    if (absl::IsUnavailable(bundle.status())) return bundle.status();
    const absl::StatusOr<Bytes> seal = folder.Read(layout::BundleSealPath(*digest));
    if (absl::IsUnavailable(seal.status())) return seal.status();
    if (!bundle.ok()) {
      wrong(name, Message(bundle.status()));
      continue;
    }
    if (!seal.ok()) {
      wrong(layout::BundleSealPath(*digest), Message(seal.status()));
      continue;
    }
    if (crypto::Sha256(*bundle) != *digest) {
      wrong(name, "the bundle's digest is not the file's name but " +
                      crypto::Sha256(*bundle).ToHexText());
      continue;
    }
    absl::StatusOr<std::shared_ptr<const procedure::CheckedProcedure>> checked =
        codec::LoadProcedure(*bundle, *digest);
    if (!checked.ok()) {
      wrong(name, "not a procedure: " + Message(checked.status()));
      continue;
    }
    procedures.emplace(*digest, SignedProcedure{*bundle, *seal, *std::move(checked)});
  }
  return procedures;
}

procedure::ProcedureSet SetOf(const std::map<Digest, SignedProcedure>& procedures,
                              const Digest& founding) {
  procedure::ProcedureSet set(founding);
  for (const auto& [digest, signed_procedure] : procedures) set.Add(signed_procedure.checked);
  return set;
}

}  // namespace chancery::audit
