// The low-level functions are deprecated in OpenSSL 3.0 in favour of EVP, which looks the algorithm
// up on every call and takes several times as long as hashing one tree node.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "engine/crypto/sha256.h"

#include <openssl/sha.h>

#include <new>

namespace chancery::crypto {
namespace {

SHA256_CTX* Context(void* state) { return std::launder(static_cast<SHA256_CTX*>(state)); }

}  // namespace

Sha256Hasher::Sha256Hasher() {
  static_assert(sizeof(SHA256_CTX) <= kStateSize && alignof(SHA256_CTX) <= 8);
  SHA256_Init(new (state_.data()) SHA256_CTX);
}

Sha256Hasher& Sha256Hasher::Add(ByteView bytes) {
  SHA256_Update(Context(state_.data()), bytes.data(), bytes.size());
  return *this;
}

Sha256Hasher& Sha256Hasher::AddByte(unsigned char byte) {
  SHA256_Update(Context(state_.data()), &byte, 1);
  return *this;
}

Digest Sha256Hasher::Finish() {
  Digest digest;
  SHA256_Final(digest.raw().data(), Context(state_.data()));
  SHA256_Init(Context(state_.data()));
  return digest;
}

Digest Sha256(ByteView bytes) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  Digest digest;
  SHA256_Final(digest.raw().data(), &context);
  return digest;
}

}  // namespace chancery::crypto
