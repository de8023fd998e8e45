#include "engine/exchange/seals_made.h"

#include <utility>

#include "engine/crypto/sha256.h"

namespace chancery::exchange {

namespace {

// The first part has a fixed length, so that no other two make the same.
Digest NameOf(ByteView statement, ByteView seal) {
  crypto::Sha256Hasher hasher;
  hasher.Add(crypto::Sha256(statement).View());
  hasher.Add(seal);
  return hasher.Finish();
}

}  // namespace

void SealsMade::Note(ByteView statement, ByteView seal, std::vector<Digest> certificates) {
  const Digest name = NameOf(statement, seal);
  const std::lock_guard lock(mutex_);
  if (!made_.emplace(name, std::move(certificates)).second) return;
  order_.push_back(name);
  if (order_.size() <= kMost) return;
  made_.erase(order_.front());
  order_.pop_front();
}

std::optional<std::vector<Digest>> SealsMade::Find(ByteView statement, ByteView seal) const {
  const Digest name = NameOf(statement, seal);
  const std::lock_guard lock(mutex_);
  const auto found = made_.find(name);
  return found == made_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace chancery::exchange
