// SHA-256 (FIPS 180-4): the digest behind every identity, commitment and tree node here.
//
// Cheap enough for Merkle arithmetic: one call on a tree node costs little more than the
// compression itself. Nothing fails. Functions are safe on every thread; a hasher belongs to one
// thread at a time.
#ifndef CHANCERY_ENGINE_CRYPTO_SHA256_H_
#define CHANCERY_ENGINE_CRYPTO_SHA256_H_

#include <array>
#include <concepts>
#include <cstddef>

#include "engine/base/bytes.h"

namespace chancery::crypto {

// Takes bytes piece by piece. Copyable: a copy goes on from the same point on its own.
class Sha256Hasher {
 public:
  Sha256Hasher();

  Sha256Hasher& Add(ByteView bytes);
  // One byte, for the prefixes of RFC 6962 and of commitments.
  Sha256Hasher& AddByte(unsigned char byte);
  // The digest of everything added since construction or the last Finish; the hasher then begins
  // anew.
  Digest Finish();

 private:
  static constexpr std::size_t kStateSize = 112;
  alignas(8) std::array<std::byte, kStateSize> state_;
};

Digest Sha256(ByteView bytes);

// The digest of the pieces one after another, with nothing between them: separators are the
// caller's.
template <std::convertible_to<ByteView>... More>
Digest Sha256(ByteView first, ByteView second, const More&... more) {
  Sha256Hasher hasher;
  hasher.Add(first).Add(second);
  (hasher.Add(ByteView(more)), ...);
  return hasher.Finish();
}

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_SHA256_H_
