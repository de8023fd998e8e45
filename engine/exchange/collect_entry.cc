#include "engine/exchange/collect_entry.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "engine/codec/offer.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/reasons.h"
#include "engine/ledger/receipt.h"
#include "engine/ledger/seen.h"

namespace chancery::exchange {

namespace {

absl::Status EntryInvalid(std::string_view why) {
  return WithReason(InvalidArgument(why), "ENTRY_INVALID");
}

// The same failure under the one reason this step answers with.
absl::Status As(const absl::Status& status, std::string_view doing, std::string_view reason) {
  return WithReason(Annotate(status, doing), reason);
}

absl::StatusOr<ProvenEntry> Prove(std::uint64_t number, ByteView bytes,
                                  ledger::ProofHashes inclusion, ByteView note,
                                  const ledger::TreeHead& tree) {
  ProvenEntry proven;
  proven.number = number;
  proven.bytes = Bytes(bytes);
  proven.leaf_hash = ledger::LeafHash(bytes);
  proven.tree = tree;
  if (!ledger::VerifyInclusion(number, tree.size, proven.leaf_hash, inclusion, tree.root)) {
    return WithReason(PermissionDenied("entry " + std::to_string(number) +
                                       ": the inclusion proof does not lead to the checkpoint"),
                      "INCLUSION_INVALID");
  }
  absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(bytes);
  if (!entry.ok()) return As(entry.status(), "entry " + std::to_string(number), "ENTRY_INVALID");
  proven.entry = *std::move(entry);
  proven.checkpoint = Bytes(note);
  proven.receipt = ledger::FormatReceipt({number, std::move(inclusion), Bytes(note)});
  return proven;
}

// The certificates of those who sealed, each valid under a root at the recorded time.
absl::StatusOr<std::vector<Digest>> VerifySigners(const SealedStatement& sealed,
                                                  Instant recorded_at,
                                                  const crypto::TrustAnchors& anchors,
                                                  const CertificateShelf& certificates,
                                                  const SealsMade* made) {
  const crypto::SealVerifier verifier(certificates.Lookup());
  const std::vector<crypto::Certificate> authorities = certificates.Authorities();
  const auto own = made == nullptr ? std::nullopt : made->Find(sealed.statement, sealed.seal);
  if (own) {
    for (const Digest& certificate : *own)
      CHANCERY_RETURN_IF_ERROR(
          verifier.VerifyChain(certificate, anchors, authorities, recorded_at));
    return *own;
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<crypto::VerifiedSigner> verified,
                            verifier.VerifySealAndChain(sealed.statement, sealed.seal, anchors,
                                                        authorities, recorded_at));
  std::vector<Digest> signers;
  for (const crypto::VerifiedSigner& signer : verified) signers.push_back(signer.certificate);
  return signers;
}

}  // namespace

absl::StatusOr<ledger::VerifiedCheckpoint> CheckCheckpoint(
    ByteView note, std::span<const ledger::NoteKey> keeper) {
  absl::StatusOr<ledger::VerifiedCheckpoint> verified = ledger::VerifyCheckpoint(note, keeper, {});
  if (!verified.ok())
    return As(verified.status(), "the ministry's checkpoint", "CHECKPOINT_INVALID");
  return verified;
}

std::optional<SealedStatement> StatementOf(const codec::Entry& entry) {
  if (const auto* act = std::get_if<codec::ActBody>(&entry.body))
    return SealedStatement{act->statement, act->seal};
  if (const auto* founded = std::get_if<codec::FoundedBody>(&entry.body)) {
    return SealedStatement{founded->statement, founded->seal};
  }
  if (const auto* twice = std::get_if<codec::EquivocationBody>(&entry.body)) {
    return SealedStatement{twice->statement, twice->seal};
  }
  return std::nullopt;
}

const procedure::Ruling* RulingIn(const codec::Entry& entry) {
  if (const auto* act = std::get_if<codec::ActBody>(&entry.body)) return &act->ruling;
  if (const auto* founded = std::get_if<codec::FoundedBody>(&entry.body)) return &founded->ruling;
  return nullptr;
}

absl::StatusOr<ProvenEntry> ProveEntry(const GivenEntry& given, ByteView checkpoint_note,
                                       const ledger::VerifiedCheckpoint& checkpoint) {
  std::optional<ledger::ProofHashes> inclusion = ledger::ProofHashesFrom(given.inclusion);
  if (!inclusion) {
    return WithReason(PermissionDenied("entry " + std::to_string(given.number) +
                                       ": the inclusion proof is malformed"),
                      "INCLUSION_INVALID");
  }
  return Prove(given.number, given.entry, *std::move(inclusion), checkpoint_note,
               checkpoint.checkpoint.tree);
}

absl::StatusOr<ProvenEntry> CheckReceipt(const GivenReceipt& given, ByteView statement,
                                         std::span<const ledger::NoteKey> keeper, Instant sealed_at,
                                         Instant now, CheckedNote* checked) {
  absl::StatusOr<ledger::Receipt> receipt = ledger::ParseReceipt(given.proof);
  if (!receipt.ok()) return As(receipt.status(), "receipt", "INCLUSION_INVALID");
  if (receipt->entry != given.number) {
    return WithReason(
        PermissionDenied("the receipt is for another entry than the one it came with"),
        "INCLUSION_INVALID");
  }
  CheckedNote fresh;
  CheckedNote& note = checked != nullptr ? *checked : fresh;
  if (note.note.empty() || note.note != receipt->checkpoint) {
    CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint checkpoint,
                              CheckCheckpoint(receipt->checkpoint, keeper));
    note = {receipt->checkpoint, checkpoint.checkpoint.tree};
  }
  CHANCERY_ASSIGN_OR_RETURN(ProvenEntry proven,
                            Prove(given.number, given.entry, std::move(receipt->inclusion_proof),
                                  receipt->checkpoint, note.tree));
  const auto* act = std::get_if<codec::ActBody>(&proven.entry.body);
  if (act == nullptr) return EntryInvalid("the receipt is for an entry that records no act");
  if (act->statement != statement) {
    return WithReason(PermissionDenied("the recorded statement is not the one that was handed in"),
                      "STATEMENT_ALTERED");
  }
  const std::int64_t recorded = proven.entry.recorded_at.ms;
  if (recorded < sealed_at.ms - kClockSkewMs || recorded > now.ms + kClockSkewMs) {
    return WithReason(
        PermissionDenied("recorded at " + ToText(proven.entry.recorded_at) + ", sealed at " +
                         ToText(sealed_at) + ", read at " + ToText(now)),
        "RECORDED_AT_IMPOSSIBLE");
  }
  return proven;
}

absl::StatusOr<VerifiedStatement> VerifyStatement(const SealedStatement& sealed,
                                                  Instant recorded_at,
                                                  const crypto::TrustAnchors& anchors,
                                                  const CertificateShelf& certificates,
                                                  const SealsMade* made) {
  absl::StatusOr<std::vector<Digest>> signers =
      VerifySigners(sealed, recorded_at, anchors, certificates, made);
  if (!signers.ok()) return As(signers.status(), "seal", "SEAL_INVALID");
  absl::StatusOr<codec::Statement> statement = codec::DecodeStatement(sealed.statement);
  if (!statement.ok()) return As(statement.status(), "statement", "ENTRY_INVALID");
  std::sort(signers->begin(), signers->end());
  return VerifiedStatement{*std::move(statement), crypto::Sha256(sealed.statement),
                           *std::move(signers)};
}

absl::StatusOr<Instant> OfferedSince(ByteView offer_proof, PartyCode author, ByteView statement,
                                     ByteView seal, const ledger::KeyBook& keys) {
  CHANCERY_ASSIGN_OR_RETURN(const codec::Offer offer, codec::ParseOffer(offer_proof));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes entry,
                            codec::SealedEntryOf(offer, author, statement, seal));
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t seen,
                            ledger::SeenAt(offer.proof, entry, author, ledger::SeenKeysOf(keys)));
  return Instant{seen * kMsPerSecond};
}

absl::StatusOr<procedure::RecordedAct> RecordedActOf(std::uint64_t number,
                                                     const codec::Entry& entry,
                                                     const VerifiedStatement& verified,
                                                     const ledger::KeyBook& keys) {
  procedure::RecordedAct recorded;
  recorded.entry = number;
  recorded.recorded_at = entry.recorded_at;
  recorded.digest = verified.digest;
  recorded.signers = verified.signers;
  recorded.act = verified.statement.act;
  const auto* act = std::get_if<codec::ActBody>(&entry.body);
  if (act == nullptr || act->offer_proof.empty()) return recorded;
  const absl::StatusOr<Instant> since =
      OfferedSince(act->offer_proof, recorded.act.author, act->statement, act->seal, keys);
  if (!since.ok()) {
    return WithReason(PermissionDenied("entry " + std::to_string(number) + ": " +
                                       std::string(ToStd(since.status().message()))),
                      reason::kOfferProofMalformed);
  }
  recorded.offered_since = *since;
  return recorded;
}

}  // namespace chancery::exchange
