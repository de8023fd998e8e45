#include "engine/crypto/seal.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "engine/base/check.h"
#include "engine/crypto/der.h"
#include "engine/crypto/owned.h"
#include "engine/crypto/sha256.h"

namespace chancery::crypto {
namespace {

void FreeDer(unsigned char* bytes) { OPENSSL_free(bytes); }
using Cms = Owned<CMS_ContentInfo, CMS_ContentInfo_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Store = Owned<X509_STORE, X509_STORE_free>;
using Time = Owned<ASN1_TIME, ASN1_TIME_free>;
using Input = Owned<BIO, BIO_free>;

constexpr unsigned kSignFlags =
    CMS_PARTIAL | CMS_DETACHED | CMS_BINARY | CMS_CADES | CMS_NOSMIMECAP | CMS_NOCERTS;

// The fixed parts of the frame, in DER. Bytes are forever.
constexpr ByteView kSignedDataOid{"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 11};
constexpr ByteView kDetachedData{"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", 11};
constexpr ByteView kSha256Alone{"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01", 13};
constexpr ByteView kVersion1{"\x01", 1};
constexpr ByteView kVersion3{"\x03", 1};
constexpr std::uint8_t kExplicit0 = 0xa0;
constexpr std::uint8_t kCertificatesInside = 0xa0;
constexpr std::uint8_t kRevocationsInside = 0xa1;
constexpr std::uint8_t kKeyIdentifier = 0x80;

// A DER SET begins like this: the signed attributes of a genuine seal, offered as a statement.
constexpr char kSetTag = 0x31;

absl::Status Malformed(std::string_view what) {
  return InvalidArgument("seal: " + std::string(what));
}

X509* Native(const Certificate& certificate) {
  // OpenSSL counts references in what it is given as not const; the certificate itself is not
  // changed.
  return static_cast<X509*>(const_cast<void*>(certificate.native()));
}

absl::Status CheckStatement(ByteView statement) {
  if (statement.empty()) return Malformed("the statement is empty");
  if (statement.front() == kSetTag)
    return Malformed("the statement begins like a set of signed attributes");
  return absl::OkStatus();
}

absl::StatusOr<Bytes> Encode(const CMS_ContentInfo* cms) {
  unsigned char* out = nullptr;
  const int size = i2d_CMS_ContentInfo(const_cast<CMS_ContentInfo*>(cms), &out);
  if (size <= 0) return Internal("seal: cannot be encoded");
  const Owned<unsigned char, FreeDer> owned(out);
  return Bytes(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
}

// Everything outside the SignerInfos, where nothing is signed and so nothing may be free.
absl::Status CheckFrame(ByteView seal) {
  DerReader outermost(seal);
  const std::optional<ByteView> content_info = outermost.Next(kDerSequence);
  if (!content_info) return Malformed("not DER");
  if (!outermost.AtEnd()) return Malformed("bytes after the end");
  DerReader typed(*content_info);
  const std::optional<DerElement> type = typed.Next();
  if (!type || type->whole != kSignedDataOid) return Malformed("not SignedData");
  const std::optional<ByteView> wrapped = typed.Only(kExplicit0);
  const std::optional<ByteView> signed_data =
      wrapped ? DerReader(*wrapped).Only(kDerSequence) : std::nullopt;
  if (!signed_data) return Malformed("not DER");

  DerReader fields(*signed_data);
  const std::optional<ByteView> version = fields.Next(kDerInteger);
  if (fields.Next(kDerSet) != kSha256Alone) return Malformed("its digest is not SHA-256 alone");
  if (fields.Next(kDerSequence) != kDetachedData)
    return Malformed("not detached: it carries content or another type");
  if (fields.PeekTag() == kCertificatesInside) return Malformed("certificates inside");
  if (fields.PeekTag() == kRevocationsInside) return Malformed("revocation lists inside");
  const std::optional<ByteView> signers = fields.Only(kDerSet);
  if (!signers) return Malformed("not DER");
  if (signers->empty()) return Malformed("no signer");

  // RFC 5652 section 5: a SignerInfo that names its signer by key identifier is version 3, by
  // issuer and serial number version 1; the whole is version 3 when one of them is.
  ByteView highest = kVersion1;
  for (DerReader list(*signers); !list.AtEnd();) {
    const std::optional<ByteView> signer = list.Next(kDerSequence);
    if (!signer) return Malformed("not DER");
    DerReader parts(*signer);
    const std::optional<ByteView> signer_version = parts.Next(kDerInteger);
    const ByteView expected = parts.PeekTag() == kKeyIdentifier ? kVersion3 : kVersion1;
    if (signer_version != expected)
      return Malformed("a signer's version does not fit how the signer is named");
    highest = std::max(highest, expected);
  }
  if (version != highest) return Malformed("its version does not fit its signers");
  return absl::OkStatus();
}

bool IsBare(const X509_ALGOR* algorithm, int nid) {
  const ASN1_OBJECT* object = nullptr;
  int parameters = 0;
  X509_ALGOR_get0(&object, &parameters, nullptr, algorithm);
  return OBJ_obj2nid(object) == nid && parameters == V_ASN1_UNDEF;
}

// The value of a signed attribute that is there exactly once with exactly one value.
const ASN1_TYPE* SingleAttribute(const CMS_SignerInfo* signer, int nid) {
  const int at = CMS_signed_get_attr_by_NID(signer, nid, -1);
  if (at < 0 || CMS_signed_get_attr_by_NID(signer, nid, at) >= 0) return nullptr;
  X509_ATTRIBUTE* attribute = CMS_signed_get_attr(signer, at);
  if (X509_ATTRIBUTE_count(attribute) != 1) return nullptr;
  return X509_ATTRIBUTE_get0_type(attribute, 0);
}

ByteView View(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

// "YYMMDDHHMMSSZ": signing times lie in 1950 to 2049 (RFC 5652 section 11.3).
std::optional<Instant> ReadSigningTime(const ASN1_TYPE* value) {
  constexpr int kUtcTimeSize = 13;
  if (value->type != V_ASN1_UTCTIME || ASN1_STRING_length(value->value.utctime) != kUtcTimeSize)
    return std::nullopt;
  std::tm parts = {};
  if (ASN1_TIME_to_tm(value->value.utctime, &parts) != 1) return std::nullopt;
  const std::int64_t days = DaysFromCivil({parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday});
  const std::int64_t seconds = (parts.tm_hour * 60 + parts.tm_min) * 60 + parts.tm_sec;
  return Instant{days * kMsPerDay + seconds * kMsPerSecond};
}

// SigningCertificateV2 (RFC 5035) with one ESSCertIDv2 by SHA-256, the default, and no policies.
std::optional<Digest> ReadSigningCertificate(const ASN1_TYPE* value) {
  if (value->type != V_ASN1_SEQUENCE) return std::nullopt;
  const std::optional<ByteView> attribute =
      DerReader(View(value->value.sequence)).Only(kDerSequence);
  const std::optional<ByteView> certificates =
      attribute ? DerReader(*attribute).Only(kDerSequence) : std::nullopt;
  const std::optional<ByteView> id =
      certificates ? DerReader(*certificates).Only(kDerSequence) : std::nullopt;
  if (!id) return std::nullopt;
  DerReader fields(*id);
  const std::optional<ByteView> hash = fields.Next(kDerOctetString);
  if (!hash || (!fields.AtEnd() && !fields.Only(kDerSequence))) return std::nullopt;
  return Digest::FromBytes(*hash);
}

// What one SignerInfo says, not yet verified.
struct Claim {
  CMS_SignerInfo* signer = nullptr;  // owned by the seal
  Digest certificate;
  Instant time;
};

absl::StatusOr<Claim> ReadSigner(CMS_SignerInfo* signer, const Digest& statement_digest) {
  X509_ALGOR* digest_algorithm = nullptr;
  X509_ALGOR* signature_algorithm = nullptr;
  CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &digest_algorithm, &signature_algorithm);
  if (!IsBare(digest_algorithm, NID_sha256)) return Malformed("a signer's digest is not SHA-256");
  if (!IsBare(signature_algorithm, NID_ecdsa_with_SHA256))
    return Malformed("a signature is not ECDSA with SHA-256");
  if (CMS_unsigned_get_attr_count(signer) >= 0) return Malformed("unsigned attributes inside");

  const ASN1_TYPE* content_type = SingleAttribute(signer, NID_pkcs9_contentType);
  if (content_type == nullptr || content_type->type != V_ASN1_OBJECT ||
      OBJ_obj2nid(content_type->value.object) != NID_pkcs7_data) {
    return Malformed("not exactly one contentType of a signer, saying data");
  }
  const ASN1_TYPE* digest = SingleAttribute(signer, NID_pkcs9_messageDigest);
  if (digest == nullptr || digest->type != V_ASN1_OCTET_STRING)
    return Malformed("not exactly one messageDigest of a signer");
  if (View(digest->value.octet_string) != statement_digest.View()) {
    return PermissionDenied("seal: it is over another statement");
  }
  const ASN1_TYPE* time = SingleAttribute(signer, NID_pkcs9_signingTime);
  const std::optional<Instant> claimed = time == nullptr ? std::nullopt : ReadSigningTime(time);
  if (!claimed) return Malformed("not exactly one signingTime of a signer, in UTC");
  const ASN1_TYPE* named = SingleAttribute(signer, NID_id_smime_aa_signingCertificateV2);
  const std::optional<Digest> certificate =
      named == nullptr ? std::nullopt : ReadSigningCertificate(named);
  if (!certificate)
    return Malformed(
        "not exactly one signing-certificate-v2 of a signer, naming one certificate by SHA-256");
  constexpr int kKnownAttributes = 4;
  if (CMS_signed_get_attr_count(signer) != kKnownAttributes)
    return Malformed("a signed attribute that is not of the four");
  return Claim{signer, *certificate, *claimed};
}

struct ReadSeal {
  Cms cms;
  std::vector<Claim> claims;
};

// The seal's parts after every check that needs no certificate.
absl::StatusOr<ReadSeal> Read(ByteView statement, ByteView seal) {
  CHANCERY_RETURN_IF_ERROR(CheckStatement(statement));
  if (seal.size() > kMaxSealSize) return Malformed("larger than 16 KiB");
  CHANCERY_RETURN_IF_ERROR(CheckFrame(seal));
  ERR_clear_error();
  const auto* at = reinterpret_cast<const unsigned char*>(seal.data());
  ReadSeal read;
  read.cms.reset(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(seal.size())));
  ERR_clear_error();
  if (read.cms == nullptr) return Malformed("not a CMS SignedData");
  const absl::StatusOr<Bytes> again = Encode(read.cms.get());
  if (!again.ok() || *again != seal) return Malformed("its bytes do not re-encode to themselves");

  STACK_OF(CMS_SignerInfo)* const signers = CMS_get0_SignerInfos(read.cms.get());
  const int count = sk_CMS_SignerInfo_num(signers);
  if (static_cast<std::size_t>(count) > kMaxSigners) return Malformed("more than 8 signers");
  const Digest statement_digest = Sha256(statement);
  for (int i = 0; i < count; ++i) {
    CHANCERY_ASSIGN_OR_RETURN(const Claim claim,
                              ReadSigner(sk_CMS_SignerInfo_value(signers, i), statement_digest));
    read.claims.push_back(claim);
  }
  return read;
}

int NoPassPhrase(char*, int, int, void*) { return -1; }

absl::Status AddSigningTime(CMS_SignerInfo* signer, Instant time) {
  const Time written(ASN1_TIME_set(nullptr, static_cast<std::time_t>(time.ms / kMsPerSecond)));
  if (written == nullptr ||
      CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, ASN1_STRING_type(written.get()),
                                  written.get(), -1) != 1) {
    return Internal("seal: cannot write the signing time");
  }
  return absl::OkStatus();
}

}  // namespace

struct Sealer::Body {
  Key key;
  Certificate certificate;

  absl::Status CheckTime(Instant time) const {
    if (certificate.IsValidAt(time)) return absl::OkStatus();
    return FailedPrecondition("seal: the certificate of " + certificate.uri() +
                              " is not valid at " + ToText(time));
  }
};

Sealer::Sealer(std::unique_ptr<Body> body) : body_(std::move(body)) {}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

const Certificate& Sealer::certificate() const { return body_->certificate; }

absl::StatusOr<Sealer> Sealer::Load(std::string_view key_pem, std::string_view certificate_pem) {
  CHANCERY_ASSIGN_OR_RETURN(Certificate certificate, Certificate::FromPem(certificate_pem));
  if (const absl::Status profile = certificate.CheckLeafProfile(CertificatePurpose::kSeal);
      !profile.ok()) {
    return InvalidArgument("load a sealing key: " + std::string(ToStd(profile.message())));
  }
  ERR_clear_error();
  const Input input(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  Key key(PEM_read_bio_PrivateKey(input.get(), nullptr, NoPassPhrase, nullptr));
  ERR_clear_error();
  if (key == nullptr)
    return InvalidArgument("load a sealing key: not an unencrypted private key in PEM");
  const bool matches = X509_check_private_key(Native(certificate), key.get()) == 1;
  ERR_clear_error();
  if (!matches) {
    return InvalidArgument(
        "load a sealing key: the private key is not that of the certificate of " +
        certificate.uri());
  }
  return Sealer(std::unique_ptr<Body>(new Body{std::move(key), std::move(certificate)}));
}

absl::StatusOr<Bytes> Sealer::Seal(ByteView statement, Instant signing_time) const {
  CHANCERY_RETURN_IF_ERROR(CheckStatement(statement));
  CHANCERY_RETURN_IF_ERROR(body_->CheckTime(signing_time));
  const Cms cms(CMS_sign(nullptr, nullptr, nullptr, nullptr, kSignFlags));
  if (cms == nullptr) return Internal("seal: cannot begin");
  CMS_SignerInfo* signer = CMS_add1_signer(cms.get(), Native(body_->certificate), body_->key.get(),
                                           EVP_sha256(), kSignFlags | CMS_USE_KEYID);
  if (signer == nullptr) return Internal("seal: cannot add the signer");
  CHANCERY_RETURN_IF_ERROR(AddSigningTime(signer, signing_time));
  const Input content(BIO_new_mem_buf(statement.data(), static_cast<int>(statement.size())));
  if (CMS_final(cms.get(), content.get(), nullptr, CMS_BINARY | CMS_DETACHED) != 1)
    return Internal("seal: cannot sign");
  return Encode(cms.get());
}

absl::StatusOr<Bytes> Sealer::AddSeal(ByteView statement, ByteView seal,
                                      Instant signing_time) const {
  CHANCERY_RETURN_IF_ERROR(body_->CheckTime(signing_time));
  CHANCERY_ASSIGN_OR_RETURN(const ReadSeal read, Read(statement, seal));
  for (const Claim& claim : read.claims) {
    if (claim.certificate == certificate().digest()) {
      return AlreadyExists("seal: " + certificate().uri() + " has already sealed this statement");
    }
  }
  if (read.claims.size() >= kMaxSigners)
    return FailedPrecondition("seal: it already has 8 signers");
  // The digest is taken over from a signer already there; Read has compared it with the
  // statement's.
  CMS_SignerInfo* signer =
      CMS_add1_signer(read.cms.get(), Native(body_->certificate), body_->key.get(), EVP_sha256(),
                      kSignFlags | CMS_USE_KEYID | CMS_REUSE_DIGEST);
  if (signer == nullptr) return Internal("seal: cannot add the signer");
  CHANCERY_RETURN_IF_ERROR(AddSigningTime(signer, signing_time));
  if (CMS_SignerInfo_sign(signer) != 1) return Internal("seal: cannot sign");
  return Encode(read.cms.get());
}

absl::StatusOr<std::vector<VerifiedSigner>> SealVerifier::Verify(ByteView statement,
                                                                 ByteView seal) const {
  CHANCERY_ASSIGN_OR_RETURN(const ReadSeal read, Read(statement, seal));
  // OpenSSL insists on a chain before it compares signing-certificate-v2; each signer's own
  // certificate is made its end here, at any time, because chains are judged by TrustAnchors at the
  // recorded time.
  const Store store(X509_STORE_new());
  CHANCERY_CHECK(store != nullptr);
  X509_VERIFY_PARAM* const rules = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
  X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_ANY);

  std::vector<VerifiedSigner> verified;
  std::set<Digest> keys;
  for (const Claim& claim : read.claims) {
    const std::optional<Certificate> certificate = lookup_(claim.certificate);
    if (!certificate || certificate->digest() != claim.certificate) {
      return PermissionDenied("seal: signed with an unknown certificate " +
                              claim.certificate.ToHexText());
    }
    CHANCERY_RETURN_IF_ERROR(certificate->CheckLeafProfile(CertificatePurpose::kSeal));
    if (!keys.insert(certificate->public_key_digest()).second)
      return Malformed("the same key signed twice");
    if (CMS_SignerInfo_cert_cmp(claim.signer, Native(*certificate)) != 0) {
      return Malformed("a signer's identifier is not that of the certificate it names");
    }
    CMS_SignerInfo_set1_signer_cert(claim.signer, Native(*certificate));
    CHANCERY_CHECK(X509_STORE_add_cert(store.get(), Native(*certificate)) == 1);
    verified.push_back({claim.certificate, claim.time});
  }
  const Input content(BIO_new_mem_buf(statement.data(), static_cast<int>(statement.size())));
  const bool good = CMS_verify(read.cms.get(), nullptr, store.get(), content.get(), nullptr,
                               CMS_BINARY | CMS_NOINTERN | CMS_CADES) == 1;
  ERR_clear_error();
  if (!good) return PermissionDenied("seal: a signature is false");
  std::ranges::sort(verified);
  return verified;
}

absl::StatusOr<std::vector<VerifiedSigner>> SealVerifier::VerifySealAndChain(
    ByteView statement, ByteView seal, const TrustAnchors& anchors,
    std::span<const Certificate> intermediates, Instant at) const {
  CHANCERY_ASSIGN_OR_RETURN(std::vector<VerifiedSigner> signers, Verify(statement, seal));
  for (const VerifiedSigner& signer : signers)
    CHANCERY_RETURN_IF_ERROR(VerifyChain(signer.certificate, anchors, intermediates, at));
  return signers;
}

absl::Status SealVerifier::VerifyChain(const Digest& certificate, const TrustAnchors& anchors,
                                       std::span<const Certificate> intermediates,
                                       Instant at) const {
  const std::optional<Certificate> found = lookup_(certificate);
  if (!found) return PermissionDenied("seal: signed with an unknown certificate");
  return anchors.VerifyChain(*found, intermediates, at, CertificatePurpose::kSeal).status();
}

}  // namespace chancery::crypto
