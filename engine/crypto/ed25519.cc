#include "engine/crypto/ed25519.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "engine/base/check.h"
#include "engine/crypto/owned.h"

namespace chancery::crypto {
namespace {

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

const unsigned char* Data(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Key PrivateKey(const Secret& seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  CHANCERY_CHECK(key != nullptr);
  return key;
}

Ed25519PublicKey PublicKeyOf(const Secret& seed) {
  const Key key = PrivateKey(seed);
  Ed25519PublicKey public_key;
  std::size_t size = Ed25519PublicKey::kSize;
  CHANCERY_CHECK(EVP_PKEY_get_raw_public_key(key.get(), public_key.raw().data(), &size) == 1);
  CHANCERY_CHECK(size == Ed25519PublicKey::kSize);
  return public_key;
}

// Refuses a key file that asks for a pass phrase instead of asking the terminal for one.
int NoPassPhrase(char*, int, int, void*) { return -1; }

}  // namespace

Ed25519Key Ed25519Key::Generate(Entropy& entropy) {
  Secret seed = Secret::Random(kSeedSize, entropy);
  const Ed25519PublicKey public_key = PublicKeyOf(seed);
  return {std::move(seed), public_key};
}

absl::StatusOr<Ed25519Key> Ed25519Key::FromSeed(ByteView seed) {
  if (seed.size() != kSeedSize) return InvalidArgument("Ed25519 seed: not 32 bytes");
  Secret kept = Secret::CopyOf(seed);
  const Ed25519PublicKey public_key = PublicKeyOf(kept);
  return Ed25519Key(std::move(kept), public_key);
}

absl::StatusOr<Ed25519Key> Ed25519Key::FromPem(std::string_view pem) {
  ERR_clear_error();
  const Owned<BIO, BIO_free> input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Key key(PEM_read_bio_PrivateKey(input.get(), nullptr, NoPassPhrase, nullptr));
  ERR_clear_error();
  if (key == nullptr) return InvalidArgument("Ed25519 key: not an unencrypted private key in PEM");
  if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    return InvalidArgument("Ed25519 key: a private key of another algorithm");
  }
  Secret seed(kSeedSize);
  std::size_t size = kSeedSize;
  CHANCERY_CHECK(EVP_PKEY_get_raw_private_key(key.get(), seed.data(), &size) == 1 &&
                 size == kSeedSize);
  const Ed25519PublicKey public_key = PublicKeyOf(seed);
  return Ed25519Key(std::move(seed), public_key);
}

Ed25519Signature Ed25519Key::Sign(ByteView message) const {
  const Key key = PrivateKey(seed_);
  const DigestContext context(EVP_MD_CTX_new());
  CHANCERY_CHECK(context != nullptr);
  CHANCERY_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  Ed25519Signature signature;
  std::size_t size = Ed25519Signature::kSize;
  CHANCERY_CHECK(EVP_DigestSign(context.get(), signature.raw().data(), &size, Data(message),
                                message.size()) == 1);
  CHANCERY_CHECK(size == Ed25519Signature::kSize);
  return signature;
}

bool VerifyEd25519(const Ed25519PublicKey& key, ByteView message,
                   const Ed25519Signature& signature) {
  const Key public_key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.raw().data(),
                                                   Ed25519PublicKey::kSize));
  const DigestContext context(EVP_MD_CTX_new());
  CHANCERY_CHECK(public_key != nullptr && context != nullptr);
  CHANCERY_CHECK(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) ==
                 1);
  const int verdict = EVP_DigestVerify(context.get(), signature.raw().data(),
                                       Ed25519Signature::kSize, Data(message), message.size());
  ERR_clear_error();
  return verdict == 1;
}

}  // namespace chancery::crypto
