#include "engine/exchange/evidence_used.h"

#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "engine/base/check.h"
#include "engine/codec/statement.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/procedure/replay.h"

namespace chancery::exchange {
namespace {

namespace layout = ledger::evidence;

}  // namespace

EvidenceCollector::EvidenceCollector(const EvidenceParts& parts)
    : parts_(parts), verifier_(certificates_.Lookup()) {
  for (const crypto::Certificate& certificate : parts.seals) certificates_.Add(certificate);
}

// A seal that leads to no root is the entry's fault, not the export's.
absl::Status EvidenceCollector::AddSealed(const std::string& name, ByteView statement_bytes,
                                          ByteView seal, Instant at) {
  CHANCERY_ASSIGN_OR_RETURN(const codec::Statement statement,
                            codec::DecodeStatement(statement_bytes));
  for (const Digest& digest : procedure::ProceduresNamed(statement.act))
    used_.procedures.emplace(digest, at);
  const absl::StatusOr<std::vector<crypto::VerifiedSigner>> signers =
      verifier_.Verify(statement_bytes, seal);
  bool chained = signers.ok();
  for (const crypto::VerifiedSigner& signer :
       signers.ok() ? *signers : std::vector<crypto::VerifiedSigner>{}) {
    used_.signers.emplace(signer.certificate, at);
    chained =
        chained && parts_.anchors
                       ->VerifyChain(*certificates_.Find(signer.certificate), parts_.authorities,
                                     at, crypto::CertificatePurpose::kSeal)
                       .ok();
  }
  if (!chained) used_.without_chain.push_back(name);
  return absl::OkStatus();
}

absl::Status EvidenceCollector::AddSigners(ByteView content, ByteView seal, Instant at) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<crypto::VerifiedSigner> signers,
                            verifier_.Verify(content, seal));
  for (const crypto::VerifiedSigner& signer : signers)
    used_.signers.emplace(signer.certificate, at);
  return absl::OkStatus();
}

absl::Status EvidenceCollector::AddEntry(const std::string& name, ByteView bytes) {
  CHANCERY_ASSIGN_OR_RETURN(const codec::Entry entry, codec::DecodeEntry(bytes));
  const Instant at = entry.recorded_at;
  if (const auto* act = std::get_if<codec::ActBody>(&entry.body))
    return AddSealed(name, act->statement, act->seal, at);
  if (const auto* sealed = std::get_if<codec::SealedBody>(&entry.body)) {
    return AddSealed(name, sealed->statement, sealed->seal, at);
  }
  if (const auto* founded = std::get_if<codec::FoundedBody>(&entry.body)) {
    return AddSealed(name, founded->statement, founded->seal, at);
  }
  if (const auto* second = std::get_if<codec::EquivocationBody>(&entry.body)) {
    return AddSealed(name, second->statement, second->seal, at);
  }
  if (const auto* received = std::get_if<codec::ReceivedBody>(&entry.body)) {
    used_.received.insert_or_assign(received->number, *received);
  }
  return absl::OkStatus();
}

absl::Status EvidenceCollector::PutProcedures(FolderWriter& writer) {
  std::set<Digest> put;
  for (const SignedBundle& signed_bundle : parts_.procedures) {
    const Digest digest = crypto::Sha256(signed_bundle.bundle);
    const auto named = used_.procedures.find(digest);
    if (named == used_.procedures.end() || !put.insert(digest).second) continue;
    CHANCERY_RETURN_IF_ERROR(AddSigners(signed_bundle.bundle, signed_bundle.seal, named->second));
    CHANCERY_RETURN_IF_ERROR(writer.Put(layout::BundlePath(digest), signed_bundle.bundle));
    CHANCERY_RETURN_IF_ERROR(writer.Put(layout::BundleSealPath(digest), signed_bundle.seal));
  }
  if (put.empty() && !used_.procedures.empty()) {
    return NotFound("none of the procedures that the book names was given with its signed bundle");
  }
  return absl::OkStatus();
}

absl::Status EvidenceCollector::PutTrust(FolderWriter& writer) {
  for (const crypto::Certificate& root : parts_.anchors->roots()) {
    CHANCERY_RETURN_IF_ERROR(writer.Put(layout::RootPath(root.digest()), root.ToPem()));
  }
  for (const auto& [digest, at] : used_.signers) {
    const std::optional<crypto::Certificate> certificate = certificates_.Find(digest);
    CHANCERY_CHECK(certificate.has_value());  // it verified a seal a moment ago
    CHANCERY_RETURN_IF_ERROR(writer.Put(layout::SealPath(digest), certificate->ToPem()));
  }
  std::set<Digest> put;
  for (const crypto::Certificate& authority : parts_.authorities) {
    bool above_a_signer = false;
    for (const auto& [digest, at] : used_.signers) {
      const crypto::Certificate leaf = *certificates_.Find(digest);
      above_a_signer =
          above_a_signer ||
          parts_.anchors->VerifyChain(leaf, {&authority, 1}, at, crypto::CertificatePurpose::kSeal)
              .ok();
    }
    if (above_a_signer && put.insert(authority.digest()).second) {
      CHANCERY_RETURN_IF_ERROR(
          writer.Put(layout::AuthorityPath(authority.digest()), authority.ToPem()));
    }
  }
  return absl::OkStatus();
}

}  // namespace chancery::exchange
