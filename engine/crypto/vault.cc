#include "engine/crypto/vault.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <cstdint>
#include <limits>

#include "engine/base/check.h"
#include "engine/crypto/owned.h"

namespace chancery::crypto {
namespace {

using CipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kWrappedSize = kKeySize + 8;

const unsigned char* Data(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Data(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

int Length(std::size_t size) {
  CHANCERY_CHECK(size <= static_cast<std::size_t>(std::numeric_limits<int>::max()) - 64);
  return static_cast<int>(size);
}

CipherContext NewContext() {
  CipherContext context(EVP_CIPHER_CTX_new());
  CHANCERY_CHECK(context != nullptr);
  return context;
}

void AppendParty(Bytes& out, PartyCode party) {
  CHANCERY_CHECK(!party.IsNone());
  out += party.view();
}

}  // namespace

Bytes AssociatedData(const MatterId& matter, PartyCode author, PartyCode addressee,
                     const Digest& statement) {
  Bytes out = matter.ToBytes();
  AppendParty(out, author);
  AppendParty(out, addressee);
  out += statement.View();
  return out;
}

DataKey DataKey::Generate(Entropy& entropy) { return DataKey(Secret::Random(kKeySize, entropy)); }

Bytes DataKey::Encrypt(ByteView plaintext, ByteView associated_data, Entropy& entropy) const {
  Bytes out(kNonceSize + plaintext.size() + kTagSize, '\0');
  unsigned char* const nonce = Data(out);
  unsigned char* const text = nonce + kNonceSize;
  entropy.Fill(nonce, kNonceSize);
  const CipherContext context = NewContext();
  int done = 0;
  CHANCERY_CHECK(
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), nonce) == 1);
  CHANCERY_CHECK(EVP_EncryptUpdate(context.get(), nullptr, &done, Data(associated_data),
                                   Length(associated_data.size())) == 1);
  CHANCERY_CHECK(EVP_EncryptUpdate(context.get(), text, &done, Data(plaintext),
                                   Length(plaintext.size())) == 1);
  CHANCERY_CHECK(static_cast<std::size_t>(done) == plaintext.size());
  CHANCERY_CHECK(EVP_EncryptFinal_ex(context.get(), text + done, &done) == 1 && done == 0);
  CHANCERY_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize,
                                     text + plaintext.size()) == 1);
  return out;
}

absl::StatusOr<Personal<std::string>> DataKey::Decrypt(ByteView ciphertext,
                                                       ByteView associated_data) const {
  const absl::Status refused = PermissionDenied(
      "decrypt particulars: not encrypted under this key for this place, or altered");
  if (ciphertext.size() < kNonceSize + kTagSize) return refused;
  const ByteView nonce = ciphertext.substr(0, kNonceSize);
  const ByteView text = ciphertext.substr(kNonceSize, ciphertext.size() - kNonceSize - kTagSize);
  std::string tag(ciphertext.substr(ciphertext.size() - kTagSize));
  std::string plaintext(text.size(), '\0');
  const CipherContext context = NewContext();
  int done = 0;
  CHANCERY_CHECK(
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), Data(nonce)) == 1);
  CHANCERY_CHECK(EVP_DecryptUpdate(context.get(), nullptr, &done, Data(associated_data),
                                   Length(associated_data.size())) == 1);
  CHANCERY_CHECK(EVP_DecryptUpdate(context.get(), Data(plaintext), &done, Data(text),
                                   Length(text.size())) == 1);
  CHANCERY_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) ==
                 1);
  if (EVP_DecryptFinal_ex(context.get(), Data(tag), &done) != 1) {
    Wipe(plaintext);
    ERR_clear_error();
    return refused;
  }
  return Personal<std::string>(std::move(plaintext));
}

absl::StatusOr<KeyEncryptionKey> KeyEncryptionKey::Load(const std::string& path) {
  CHANCERY_ASSIGN_OR_RETURN(Secret key, ReadSecretFile(path));
  if (key.size() != kSize) return InvalidArgument("key-encryption key " + path + ": not 32 bytes");
  return KeyEncryptionKey(std::move(key));
}

KeyEncryptionKey KeyEncryptionKey::Generate(Entropy& entropy) {
  return KeyEncryptionKey(Secret::Random(kSize, entropy));
}

Bytes KeyEncryptionKey::Wrap(const DataKey& key) const {
  Bytes out(kWrappedSize, '\0');
  const CipherContext context = NewContext();
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  int done = 0;
  CHANCERY_CHECK(
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_wrap(), nullptr, key_.data(), nullptr) == 1);
  CHANCERY_CHECK(EVP_EncryptUpdate(context.get(), Data(out), &done, key.key_.data(),
                                   Length(key.key_.size())) == 1);
  CHANCERY_CHECK(static_cast<std::size_t>(done) == kWrappedSize);
  return out;
}

absl::StatusOr<DataKey> KeyEncryptionKey::Unwrap(ByteView wrapped) const {
  const absl::Status refused =
      PermissionDenied("unwrap a data key: not wrapped under this key-encryption key");
  if (wrapped.size() != kWrappedSize) return refused;
  const CipherContext context = NewContext();
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  // The library may write up to the wrapped size before it knows that the check value is false.
  Secret buffer(kWrappedSize);
  int done = 0;
  CHANCERY_CHECK(
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_wrap(), nullptr, key_.data(), nullptr) == 1);
  if (EVP_DecryptUpdate(context.get(), buffer.data(), &done, Data(wrapped),
                        Length(wrapped.size())) != 1 ||
      static_cast<std::size_t>(done) != kKeySize) {
    ERR_clear_error();
    return refused;
  }
  return DataKey(Secret::CopyOf(buffer.Reveal().substr(0, kKeySize)));
}

}  // namespace chancery::crypto
