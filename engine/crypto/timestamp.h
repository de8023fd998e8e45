// Time stamps (RFC 3161): what a time-stamping authority says existed at its time.
//
// A request names bytes by their SHA-256; the authority answers with a signed token. It is any
// authority whose root was named out of band: it knows nothing of the agreement and need not be
// trusted with anything but its clock. Plain OpenSSL makes and verifies both:
//   openssl ts -query -data checkpoint -sha256 -cert -out request.tsq
//   openssl ts -verify -data checkpoint -in reply.tsr -CAfile root.pem -untrusted between.pem
//   openssl ts -verify -queryfile request.tsq -in reply.tsr -CAfile root.pem -untrusted between.pem
//
// Verifying is narrower than that command: see VerifyTimestamp.
//
// Pure functions of their arguments; safe on every thread.
#ifndef CHANCERY_ENGINE_CRYPTO_TIMESTAMP_H_
#define CHANCERY_ENGINE_CRYPTO_TIMESTAMP_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/crypto/certificate.h"

namespace chancery::crypto {

// A reply of more bytes is refused unread.
inline constexpr std::size_t kMaxTimestampReplySize = std::size_t{64} * 1024;

struct TimestampQuery {
  Digest imprint;           // SHA-256 of what is to be stamped
  std::uint64_t nonce = 0;  // random, never 0; the reply repeats it

  friend bool operator==(const TimestampQuery&, const TimestampQuery&) = default;
};
// The one DER of a request: version 1, SHA-256, the nonce, certReq, no policy and no extension.
// InvalidArgument for the nonce 0.
absl::StatusOr<Bytes> EncodeTimestampQuery(const TimestampQuery& query);
// Exactly what EncodeTimestampQuery writes; InvalidArgument for everything else.
absl::StatusOr<TimestampQuery> DecodeTimestampQuery(ByteView der);

// What a verified token says.
struct Timestamp {
  Instant time;                  // of the authority's clock
  std::int64_t accuracy_ms = 0;  // how far that may be off, as the authority says; 0: it does not
  std::string serial_hex;        // the token's number at its authority
  // The stamping certificate, those above it, and the root last.
  std::vector<Certificate> chain;

  const Certificate& root() const { return chain.back(); }
  // From then on the token no longer proves anything by itself: the first of the chain has ended.
  Instant ends() const;
};

// Which request a reply says it answers: its nonce, of at most 64 bits. Nothing of the reply is
// verified. InvalidArgument when it is none or has no such nonce; PermissionDenied when the
// authority did not grant it.
absl::StatusOr<std::uint64_t> NonceAnswered(ByteView reply);

// Verifies a reply to `query`, with the chain at the token's own time. Below the `roots` only the
// certificates in the token and `between` are looked at.
//
// InvalidArgument for bytes that are not one reply in DER and re-encode to themselves, with nothing
// behind; PermissionDenied, with the reason, when the status is not "granted"; when imprint, hash
// or nonce are not those asked for; when there is not exactly one signer, its signature is false or
// made with less than SHA-256; when the signed attribute signing-certificate-v2 (ESSCertIDv2, RFC
// 5816) is not there exactly once or names another certificate; when the stamping certificate is
// not in the token, or its extended key usage is not timeStamping alone and critical; when its
// chain does not lead to a root at that time; and for a critical extension nobody here knows.
absl::StatusOr<Timestamp> VerifyTimestamp(ByteView reply, const TimestampQuery& query,
                                          std::span<const Certificate> roots,
                                          std::span<const Certificate> between);

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_TIMESTAMP_H_
