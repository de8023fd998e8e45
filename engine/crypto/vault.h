// Data keys: how particulars lie at rest, and how they are made unreadable for good.
//
// Each matter has a random AES-256 data key. It is stored only wrapped (RFC 3394) under the node's
// key-encryption key, which comes from a file of 32 bytes or, later, from a device. Destroying the
// wrapped key erases everything under it, backups included. Particulars are sealed with AES-256-GCM
// under a random 96-bit nonce and bound by associated data to where they belong. GCM does not
// commit to its key: what the plaintext was is decided by the signed commitment (commitment.h).
//
// Errors never tell anything about a plaintext. Values are safe to use on several threads once
// made.
#ifndef CHANCERY_ENGINE_CRYPTO_VAULT_H_
#define CHANCERY_ENGINE_CRYPTO_VAULT_H_

#include <string>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/base/parts.h"
#include "engine/base/party.h"
#include "engine/base/personal.h"
#include "engine/base/status.h"
#include "engine/crypto/secret.h"

namespace chancery::crypto {

// What a ciphertext belongs to: matter, author, addressee, statement digest, each of fixed length.
Bytes AssociatedData(const MatterId& matter, PartyCode author, PartyCode addressee,
                     const Digest& statement);

// The key of one matter's particulars.
class DataKey {
 public:
  static DataKey Generate(Entropy& entropy);

  // nonce (12) ‖ ciphertext ‖ tag (16). Few messages a key: the nonce is random.
  Bytes Encrypt(ByteView plaintext, ByteView associated_data, Entropy& entropy) const;
  // PermissionDenied when the bytes, the key or the associated data are not the ones of Encrypt;
  // nothing is returned then.
  absl::StatusOr<Personal<std::string>> Decrypt(ByteView ciphertext,
                                                ByteView associated_data) const;

 private:
  friend class KeyEncryptionKey;
  explicit DataKey(Secret key) : key_(std::move(key)) {}

  Secret key_;
};

// The node's own key, under which data keys are stored.
class KeyEncryptionKey {
 public:
  static constexpr std::size_t kSize = 32;

  // From a file of exactly 32 bytes that only its owner can read; errors as ReadSecretFile,
  // InvalidArgument for another size.
  static absl::StatusOr<KeyEncryptionKey> Load(const std::string& path);
  static KeyEncryptionKey Generate(Entropy& entropy);

  // 40 bytes: AES key wrap (RFC 3394).
  Bytes Wrap(const DataKey& key) const;
  // PermissionDenied when these bytes were not wrapped under this key.
  absl::StatusOr<DataKey> Unwrap(ByteView wrapped) const;

 private:
  explicit KeyEncryptionKey(Secret key) : key_(std::move(key)) {}

  Secret key_;
};

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_VAULT_H_
