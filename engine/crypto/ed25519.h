// Ed25519 (RFC 8032) keys for signed notes: checkpoints and cosignatures (C2SP signed-note).
//
// Signatures are deterministic. One key has one role: a checkpoint key never cosigns, a witness key
// never signs a checkpoint.
#ifndef CHANCERY_ENGINE_CRYPTO_ED25519_H_
#define CHANCERY_ENGINE_CRYPTO_ED25519_H_

#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/crypto/secret.h"

namespace chancery::crypto {

using Ed25519PublicKey = FixedBytes<struct Ed25519PublicKeyTag, 32>;
using Ed25519Signature = FixedBytes<struct Ed25519SignatureTag, 64>;

// A private key, held as its 32-byte seed. Movable; safe on every thread.
class Ed25519Key {
 public:
  static constexpr std::size_t kSeedSize = 32;

  static Ed25519Key Generate(Entropy& entropy);
  // InvalidArgument unless the seed has 32 bytes.
  static absl::StatusOr<Ed25519Key> FromSeed(ByteView seed);
  // PKCS#8 text as `openssl genpkey -algorithm ed25519` writes it, not encrypted.
  static absl::StatusOr<Ed25519Key> FromPem(std::string_view pem);

  const Ed25519PublicKey& public_key() const { return public_key_; }
  // The seed, for whoever stores the key.
  const Secret& seed() const { return seed_; }

  Ed25519Signature Sign(ByteView message) const;

 private:
  Ed25519Key(Secret seed, const Ed25519PublicKey& public_key)
      : seed_(std::move(seed)), public_key_(public_key) {}

  Secret seed_;
  Ed25519PublicKey public_key_;
};

// Whether `signature` is that key's over `message`.
bool VerifyEd25519(const Ed25519PublicKey& key, ByteView message,
                   const Ed25519Signature& signature);

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_ED25519_H_
