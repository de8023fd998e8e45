// Seals that were verified in this run: one statement with one seal lies in the books of several
// parties and is verified once.
//
// What is remembered is that the signatures are those of the named certificates over these very
// bytes. Which certificates a book has, and whether they lead to a root at the recorded time, is
// asked for each book.
#ifndef CHANCERY_AUDIT_SEAL_MEMORY_H_
#define CHANCERY_AUDIT_SEAL_MEMORY_H_

#include <map>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/crypto/seal.h"

namespace chancery::audit {

// Safe on every thread. Beyond kMost seals no more are remembered.
class SealMemory {
 public:
  static constexpr std::size_t kMost = 400'000;

  static Digest KeyOf(const Digest& statement_digest, ByteView seal);
  std::optional<std::vector<crypto::VerifiedSigner>> Find(const Digest& key) const;
  void Keep(const Digest& key, const std::vector<crypto::VerifiedSigner>& signers);

 private:
  mutable std::shared_mutex mutex_;
  std::map<Digest, std::vector<crypto::VerifiedSigner>> signers_;
};

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_SEAL_MEMORY_H_
