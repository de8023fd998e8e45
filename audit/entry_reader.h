// One entry by itself: read strictly, its seal verified with the chain at the recorded time.
#ifndef CHANCERY_AUDIT_ENTRY_READER_H_
#define CHANCERY_AUDIT_ENTRY_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/seal_memory.h"
#include "audit/trust_reader.h"
#include "engine/base/bytes.h"
#include "engine/codec/entry.h"
#include "engine/codec/statement.h"
#include "engine/crypto/seal.h"

namespace chancery::audit {

// What can be said about one entry without knowing those before it.
struct ReadEntry {
  std::uint64_t number = 0;
  Digest leaf_hash;
  std::optional<codec::Entry> entry;
  std::optional<codec::Statement> statement;
  Digest statement_digest;
  std::vector<crypto::VerifiedSigner> signers;  // empty when the seal does not verify
  bool remembered = false;  // its signatures were verified in another book of this run
  std::vector<std::string> wrong;
};

// Safe on every thread.
class EntryReader {
 public:
  // Both must outlive the reader; `memory` may be null.
  EntryReader(const Trust& trust, SealMemory* memory)
      : trust_(trust), memory_(memory), verifier_(trust.seals.Lookup()) {}

  // Statements must be of this realm and agreement.
  void ReadFor(std::string realm, std::string agreement) {
    realm_ = std::move(realm);
    agreement_ = std::move(agreement);
  }
  ReadEntry Read(std::uint64_t number, ByteView bytes, const Digest& leaf_hash) const;

 private:
  absl::StatusOr<std::vector<crypto::VerifiedSigner>> VerifySeal(const Bytes& statement,
                                                                 const Bytes& seal,
                                                                 ReadEntry& read) const;

  const Trust& trust_;
  SealMemory* memory_;
  crypto::SealVerifier verifier_;
  std::string realm_;
  std::string agreement_;
};

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_ENTRY_READER_H_
