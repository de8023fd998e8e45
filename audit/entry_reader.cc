#include "audit/entry_reader.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "engine/crypto/sha256.h"

namespace chancery::audit {
namespace {

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

// The sealed statement in an entry's body, if there is one.
struct SealedPart {
  const Bytes* statement = nullptr;
  const Bytes* seal = nullptr;
};
SealedPart SealedPartOf(const codec::EntryBody& body) {
  if (const auto* act = std::get_if<codec::ActBody>(&body)) return {&act->statement, &act->seal};
  if (const auto* founded = std::get_if<codec::FoundedBody>(&body))
    return {&founded->statement, &founded->seal};
  if (const auto* sealed = std::get_if<codec::SealedBody>(&body))
    return {&sealed->statement, &sealed->seal};
  if (const auto* second = std::get_if<codec::EquivocationBody>(&body))
    return {&second->statement, &second->seal};
  return {};
}

}  // namespace

absl::StatusOr<std::vector<crypto::VerifiedSigner>> EntryReader::VerifySeal(const Bytes& statement,
                                                                            const Bytes& seal,
                                                                            ReadEntry& read) const {
  const Instant at = read.entry->recorded_at;
  if (memory_ == nullptr) {
    return verifier_.VerifySealAndChain(statement, seal, *trust_.anchors, trust_.authorities, at);
  }
  const Digest key = SealMemory::KeyOf(read.statement_digest, seal);
  std::optional<std::vector<crypto::VerifiedSigner>> known = memory_->Find(key);
  // Another book may have certificates that this one lacks; then this one says what is missing.
  const bool all_here =
      known && std::all_of(known->begin(), known->end(), [this](const auto& signer) {
        return trust_.seals.Find(signer.certificate).has_value();
      });
  if (!all_here) {
    CHANCERY_ASSIGN_OR_RETURN(known, verifier_.Verify(statement, seal));
    memory_->Keep(key, *known);
  }
  read.remembered = all_here;
  for (const crypto::VerifiedSigner& signer : *known) {
    CHANCERY_RETURN_IF_ERROR(trust_.anchors
                                 ->VerifyChain(*trust_.seals.Find(signer.certificate),
                                               trust_.authorities, at,
                                               crypto::CertificatePurpose::kSeal)
                                 .status());
  }
  return *std::move(known);
}

ReadEntry EntryReader::Read(std::uint64_t number, ByteView bytes, const Digest& leaf_hash) const {
  ReadEntry read;
  read.number = number;
  read.leaf_hash = leaf_hash;
  absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(bytes);
  if (!entry.ok()) {
    read.wrong.push_back(Message(entry.status()));
    return read;
  }
  read.entry.emplace(*std::move(entry));
  const SealedPart sealed = SealedPartOf(read.entry->body);
  if (sealed.statement == nullptr) return read;
  read.statement_digest = crypto::Sha256(*sealed.statement);
  if (trust_.anchors) {
    absl::StatusOr<std::vector<crypto::VerifiedSigner>> signers =
        VerifySeal(*sealed.statement, *sealed.seal, read);
    if (signers.ok()) {
      read.signers = *std::move(signers);
    } else {
      read.wrong.push_back("the seal does not verify: " + Message(signers.status()));
    }
  }
  absl::StatusOr<codec::Statement> statement = codec::DecodeStatement(*sealed.statement);
  if (!statement.ok()) {
    read.wrong.push_back(Message(statement.status()));
    return read;
  }
  read.statement.emplace(*std::move(statement));
  if (codec::NameOf(read.statement->realm) != realm_)
    read.wrong.push_back("an act of the other realm");
  if (read.statement->agreement != agreement_)
    read.wrong.push_back("an act under another agreement");
  return read;
}

}  // namespace chancery::audit
