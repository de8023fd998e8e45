// X.509 certificates as values: who a key belongs to and what it may be used for.
//
// A certificate names its holder by one URI, `spiffe://<agreement>/<PARTY>/<office>/<officer>`, and
// its use by one extended key usage. The officer is a number within the party, never a name, and
// stays the same when the certificate is renewed; without it the key is the office's own (a
// server's, a daemon's). An issuing authority and a root carry `spiffe://<agreement>/<PARTY>`: the
// party for which they may issue (trust.h). A certificate with another shape still parses, so that
// it can be named in an error; CheckLeafProfile says what is wrong with it.
//
// Copies share one immutable body: cheap, and safe on every thread.
#ifndef CHANCERY_ENGINE_CRYPTO_CERTIFICATE_H_
#define CHANCERY_ENGINE_CRYPTO_CERTIFICATE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/base/time.h"

namespace chancery::crypto {

// What a key may be used for: one purpose a key, one key a purpose.
enum class CertificatePurpose {
  kSeal,          // private OID kSealPurposeOid
  kTlsServer,     // id-kp-serverAuth
  kTlsClient,     // id-kp-clientAuth
  kTimeStamping,  // id-kp-timeStamping
};
std::string_view ToWord(CertificatePurpose purpose);

// Our arc of object identifiers, 2.25.<a UUID as a number> (ITU-T X.667). Bytes are forever.
inline constexpr std::string_view kSealPurposeOid =
    "2.25.269943741624245088785400519494620597154.1";
// Marks a root of a rehearsal: a non-critical extension holding the UTF8String "rehearsal".
inline constexpr std::string_view kRealmExtensionOid =
    "2.25.269943741624245088785400519494620597154.2";

class Certificate {
 public:
  // The certificate in exactly these bytes; InvalidArgument for anything that is not one
  // certificate in DER.
  static absl::StatusOr<Certificate> FromDer(ByteView der);
  // Text that holds exactly one certificate between its markers.
  static absl::StatusOr<Certificate> FromPem(std::string_view pem);
  // Every certificate of a text, in order; at least one.
  static absl::StatusOr<std::vector<Certificate>> ListFromPem(std::string_view pem);

  const Bytes& der() const;
  // The certificate's identity everywhere: SHA-256 of der().
  const Digest& digest() const;
  // SHA-256 of the SubjectPublicKeyInfo: the same for two certificates of one key.
  const Digest& public_key_digest() const;
  // Lower-case hexadecimal, an even number of digits.
  const std::string& serial_hex() const;
  // Valid from not_before on; not_after is the first instant that is too late.
  Instant not_before() const;
  Instant not_after() const;
  bool IsValidAt(Instant at) const { return not_before() <= at && at < not_after(); }

  // From the single URI; empty (nobody) when there is not exactly one, or it has another shape.
  const std::string& agreement() const;
  PartyCode party() const;
  // "ministry", "registry", "daemon" …; empty for a root or an issuing authority.
  const std::string& office() const;
  // 1 to 999999999; 0 when it is no officer's.
  std::int64_t officer() const;
  // The whole URI as written, or empty.
  const std::string& uri() const;
  // From the single extended key usage; nothing when there is none, more than one, or an unknown
  // one.
  std::optional<CertificatePurpose> purpose() const;
  // Whether it carries the mark of a rehearsal. Only a root's mark has a meaning.
  bool IsRehearsal() const;

  // Whether it says it may issue others (CA:TRUE), of whatever profile.
  bool IsAuthority() const;

  // Whether this is a holder's certificate for exactly this purpose: CA:FALSE (critical), key usage
  // digitalSignature alone (critical), one extended key usage, one URI with an office, ECDSA on
  // P-256 signed with SHA-256.
  absl::Status CheckLeafProfile(CertificatePurpose purpose) const;
  // Whether this may stand above others: CA:TRUE (critical), keyCertSign and cRLSign alone
  // (critical), one URI without an office, P-256 or P-384. A root may have one authority below it,
  // an issuing authority none.
  absl::Status CheckAuthorityProfile(int below) const;

  // RFC 7468 text.
  std::string ToPem() const;

  friend bool operator==(const Certificate& a, const Certificate& b) {
    return a.digest() == b.digest();
  }

  // The parsed form, for this folder's own sources; outlived by this value.
  const void* native() const;

 private:
  struct Body;
  explicit Certificate(std::shared_ptr<const Body> body) : body_(std::move(body)) {}

  // Shared because copies travel between threads and a certificate never changes.
  std::shared_ptr<const Body> body_;
};

// Finds a certificate by its digest; nothing when it is not known.
using CertificateLookup = std::function<std::optional<Certificate>(const Digest&)>;

// Certificates by digest. Not to be changed while another thread reads.
class CertificateSet {
 public:
  void Add(const Certificate& certificate) {
    by_digest_.insert_or_assign(certificate.digest(), certificate);
  }
  std::optional<Certificate> Find(const Digest& digest) const;
  // In order of digest.
  std::vector<Certificate> All() const;
  std::size_t size() const { return by_digest_.size(); }
  // Reads this set, which must outlive what is returned.
  CertificateLookup Lookup() const {
    return [this](const Digest& digest) { return Find(digest); };
  }

 private:
  std::map<Digest, Certificate> by_digest_;
};

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_CERTIFICATE_H_
