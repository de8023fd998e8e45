// Seals: what makes a statement somebody's act.
//
// A seal is a detached CMS SignedData (RFC 5652) in DER at level CAdES-B-B: ECDSA P-256 with
// SHA-256, signed attributes contentType, messageDigest, signingTime and signing-certificate-v2,
// nothing carried inside that is not signed. Several officers seal the same bytes one after another
// (AddSeal). Plain OpenSSL verifies it:
//   openssl cms -verify -binary -cades -purpose any -inform DER -in signature.p7s -content
//   statement.bin
//     -certfile signers.pem -CAfile chains.pem -attime <seconds> -out /dev/null
// where chains.pem holds the roots and the issuing authorities: the command takes no authority from
// -certfile.
//
// The verifier is narrower than that command, which accepts seals without signed attributes,
// trailing bytes and more; what it refuses beyond OpenSSL is listed at Verify. A seal is randomised
// and can be rewritten without the key (ECDSA): an act is named by the digest of its statement,
// never by the bytes of its seal.
#ifndef CHANCERY_ENGINE_CRYPTO_SEAL_H_
#define CHANCERY_ENGINE_CRYPTO_SEAL_H_

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/trust.h"

namespace chancery::crypto {

// A seal of more bytes, or with more signers, is refused unread.
inline constexpr std::size_t kMaxSealSize = 16 * 1024;
inline constexpr std::size_t kMaxSigners = 8;

// One office's sealing key. Safe on every thread.
class Sealer {
 public:
  // A P-256 private key (PKCS#8 or SEC 1 text, not encrypted) and its certificate for sealing.
  // InvalidArgument when either cannot be read, they do not belong together, or the certificate
  // does not fit the profile.
  static absl::StatusOr<Sealer> Load(std::string_view key_pem, std::string_view certificate_pem);

  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) noexcept;
  ~Sealer();

  const Certificate& certificate() const;

  // A seal by this key alone. `signing_time` is written to the second, as a claim.
  // FailedPrecondition when the certificate is not valid then; InvalidArgument for a statement that
  // could be taken for signed attributes (empty, or first byte 0x31).
  absl::StatusOr<Bytes> Seal(ByteView statement, Instant signing_time) const;

  // `seal` with this key's signature added over the same statement. The signatures already there
  // are checked for shape and that they are over this statement, not for who made them.
  // AlreadyExists when this certificate has already sealed it.
  absl::StatusOr<Bytes> AddSeal(ByteView statement, ByteView seal, Instant signing_time) const;

 private:
  struct Body;
  explicit Sealer(std::unique_ptr<Body> body);

  std::unique_ptr<Body> body_;
};

struct VerifiedSigner {
  Digest certificate;    // SHA-256 of the certificate's DER, as the signature itself names it
  Instant claimed_time;  // signingTime: what the signer says, no evidence

  friend auto operator<=>(const VerifiedSigner&, const VerifiedSigner&) = default;
};

// Verifies seals with certificates from one place only. Safe on every thread when its lookup is.
class SealVerifier {
 public:
  explicit SealVerifier(CertificateLookup lookup) : lookup_(std::move(lookup)) {}

  // Every signer of the seal, in order of certificate digest, each once; never empty. All of them
  // must verify. PermissionDenied when a signer's certificate is unknown or not for sealing, or a
  // signature is false. InvalidArgument for: bytes that are not DER or do not re-encode to
  // themselves; bytes after the end; a statement that is empty or begins like signed attributes;
  // content, certificates, revocation lists or unsigned attributes inside; any digest but SHA-256,
  // any signature but ECDSA with SHA-256; no signer, a signer twice, more than kMaxSigners; a
  // signed attribute missing, twice, with several values, or not of the four. It does not ask
  // whether the certificates stand under a root, are appointed, or are valid: see
  // VerifySealAndChain.
  absl::StatusOr<std::vector<VerifiedSigner>> Verify(ByteView statement, ByteView seal) const;

  // Verify, then VerifyChain of each signer.
  absl::StatusOr<std::vector<VerifiedSigner>> VerifySealAndChain(
      ByteView statement, ByteView seal, const TrustAnchors& anchors,
      std::span<const Certificate> intermediates, Instant at) const;
  // A signer's chain at the instant `at` (the recorded time, not the claimed one).
  absl::Status VerifyChain(const Digest& certificate, const TrustAnchors& anchors,
                           std::span<const Certificate> intermediates, Instant at) const;

 private:
  CertificateLookup lookup_;
};

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_SEAL_H_
