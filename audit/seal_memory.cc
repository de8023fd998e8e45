#include "audit/seal_memory.h"

#include <mutex>

#include "engine/crypto/sha256.h"

namespace chancery::audit {

Digest SealMemory::KeyOf(const Digest& statement_digest, ByteView seal) {
  return crypto::Sha256Hasher().Add(statement_digest.View()).Add(seal).Finish();
}

std::optional<std::vector<crypto::VerifiedSigner>> SealMemory::Find(const Digest& key) const {
  const std::shared_lock lock(mutex_);
  const auto found = signers_.find(key);
  if (found == signers_.end()) return std::nullopt;
  return found->second;
}

void SealMemory::Keep(const Digest& key, const std::vector<crypto::VerifiedSigner>& signers) {
  const std::unique_lock lock(mutex_);
  if (signers_.size() < kMost) signers_.emplace(key, signers);
}

}  // namespace chancery::audit
