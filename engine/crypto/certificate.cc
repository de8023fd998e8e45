#include "engine/crypto/certificate.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "engine/base/check.h"
#include "engine/crypto/owned.h"
#include "engine/crypto/sha256.h"

namespace chancery::crypto {
namespace {

using X509Owned = Owned<X509, X509_free>;
using Input = Owned<BIO, BIO_free>;

constexpr std::size_t kMaxCertificateSize = 16 * 1024;
constexpr std::string_view kScheme = "spiffe://";
constexpr std::size_t kMaxUriSize = 255;

void FreeOpenSslBytes(unsigned char* bytes) { OPENSSL_free(bytes); }
void FreeUsages(EXTENDED_KEY_USAGE* usages) { sk_ASN1_OBJECT_pop_free(usages, ASN1_OBJECT_free); }

// An extension decoded, and whether it was there exactly once and critical.
template <class T, auto Free>
struct Extension {
  Owned<T, Free> value;
  bool critical = false;
};

template <class T, auto Free>
Extension<T, Free> Find(const X509* certificate, int nid) {
  int critical = 0;
  Extension<T, Free> found;
  found.value.reset(static_cast<T*>(X509_get_ext_d2i(certificate, nid, &critical, nullptr)));
  found.critical = critical == 1;
  return found;
}

Bytes EncodeCertificate(X509* certificate) {
  unsigned char* out = nullptr;
  const int size = i2d_X509(certificate, &out);
  if (size < 0) return {};
  const Owned<unsigned char, FreeOpenSslBytes> owned(out);
  return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)};
}

Digest PublicKeyDigest(const X509* certificate) {
  unsigned char* out = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &out);
  CHANCERY_CHECK(size > 0);
  const Owned<unsigned char, FreeOpenSslBytes> owned(out);
  return Sha256(ByteView(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)));
}

std::string SerialHex(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  return ToHex(
      {reinterpret_cast<const char*>(serial->data), static_cast<std::size_t>(serial->length)});
}

std::optional<Instant> ToInstant(const ASN1_TIME* time) {
  std::tm parts = {};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const std::int64_t days = DaysFromCivil({parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday});
  const std::int64_t seconds = (parts.tm_hour * 60 + parts.tm_min) * 60 + parts.tm_sec;
  return Instant{days * kMsPerDay + seconds * kMsPerSecond};
}

// The certificate's URI when it has exactly one.
std::string SingleUri(const X509* certificate) {
  const auto names = Find<GENERAL_NAMES, GENERAL_NAMES_free>(certificate, NID_subject_alt_name);
  std::string uri;
  int uris = 0;
  for (int i = 0; names.value != nullptr && i < sk_GENERAL_NAME_num(names.value.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.value.get(), i);
    if (name->type != GEN_URI) continue;
    ++uris;
    const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
    uri.assign(reinterpret_cast<const char*>(text->data), static_cast<std::size_t>(text->length));
  }
  return uris == 1 ? uri : std::string();
}

struct Holder {
  std::string agreement;
  PartyCode party;
  std::string office;
  std::int64_t officer = 0;
};

bool IsWord(std::string_view text, bool digits) {
  return !text.empty() && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, [digits](char c) {
           return (c >= 'a' && c <= 'z') || c == '-' || (digits && c >= '0' && c <= '9');
         });
}

// An officer's number: at most nine digits, the first not 0.
std::optional<std::int64_t> ReadOfficer(std::string_view text) {
  if (text.empty() || text.size() > 9 || text.front() == '0') return std::nullopt;
  std::int64_t number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + (digit - '0');
  }
  return number;
}

// Nobody when the URI is not `spiffe://<agreement>/<PARTY>[/<office>[/<officer>]]`.
Holder ReadUri(std::string_view uri) {
  if (uri.size() > kMaxUriSize || !uri.starts_with(kScheme)) return {};
  uri.remove_prefix(kScheme.size());
  const std::size_t slash = uri.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view agreement = uri.substr(0, slash);
  const std::string_view path = uri.substr(slash + 1);
  const std::optional<PartyCode> party = PartyCode::FromText(path.substr(0, 3));
  if (!IsWord(agreement, true) || !party) return {};
  if (path.size() == 3) return {std::string(agreement), *party, {}};
  if (path[3] != '/') return {};
  const std::size_t end = path.find('/', 4);
  const std::string_view office = path.substr(4, end == std::string_view::npos ? end : end - 4);
  if (!IsWord(office, false)) return {};
  Holder holder{std::string(agreement), *party, std::string(office)};
  if (end == std::string_view::npos) return holder;
  const std::optional<std::int64_t> officer = ReadOfficer(path.substr(end + 1));
  if (!officer) return {};
  holder.officer = *officer;
  return holder;
}

std::string ObjectText(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  const int size = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
  if (size <= 0 || static_cast<std::size_t>(size) >= text.size()) return {};
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<CertificatePurpose> SinglePurpose(const X509* certificate) {
  const auto usages = Find<EXTENDED_KEY_USAGE, FreeUsages>(certificate, NID_ext_key_usage);
  if (usages.value == nullptr || sk_ASN1_OBJECT_num(usages.value.get()) != 1) return std::nullopt;
  const ASN1_OBJECT* usage = sk_ASN1_OBJECT_value(usages.value.get(), 0);
  switch (OBJ_obj2nid(usage)) {
    case NID_server_auth:
      return CertificatePurpose::kTlsServer;
    case NID_client_auth:
      return CertificatePurpose::kTlsClient;
    case NID_time_stamp:
      return CertificatePurpose::kTimeStamping;
    default:
      break;
  }
  if (ObjectText(usage) == kSealPurposeOid) return CertificatePurpose::kSeal;
  return std::nullopt;
}

bool HasRehearsalMark(const X509* certificate) {
  const Owned<ASN1_OBJECT, ASN1_OBJECT_free> object(
      OBJ_txt2obj(std::string(kRealmExtensionOid).c_str(), 1));
  CHANCERY_CHECK(object != nullptr);
  const int at = X509_get_ext_by_OBJ(certificate, object.get(), -1);
  if (at < 0) return false;
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
  // A DER UTF8String of nine bytes.
  return ByteView(reinterpret_cast<const char*>(value->data),
                  static_cast<std::size_t>(value->length)) == ByteView("\x0c\x09rehearsal");
}

std::string CurveName(const X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  std::array<char, 64> name{};
  std::size_t size = 0;
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) != 1) {
    return {};
  }
  return {name.data(), size};
}

// The key usage bits when the extension is there once and critical: bit 0 is digitalSignature.
std::optional<unsigned> CriticalKeyUsage(const X509* certificate) {
  const auto usage = Find<ASN1_BIT_STRING, ASN1_BIT_STRING_free>(certificate, NID_key_usage);
  if (usage.value == nullptr || !usage.critical) return std::nullopt;
  unsigned bits = 0;
  for (int i = 0; i < 16; ++i) {
    if (ASN1_BIT_STRING_get_bit(usage.value.get(), i) == 1) bits |= 1U << i;
  }
  return bits;
}

constexpr unsigned kDigitalSignature = 1U << 0;
constexpr unsigned kKeyCertSignAndCrlSign = (1U << 5) | (1U << 6);
constexpr std::string_view kP256 = "prime256v1";
constexpr std::string_view kP384 = "secp384r1";

// What is wrong with a holder's certificate whatever its purpose; empty when nothing is.
std::string LeafDefect(const X509* certificate, const std::string& uri, const Holder& holder) {
  const auto basic =
      Find<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>(certificate, NID_basic_constraints);
  if (basic.value == nullptr || !basic.critical) return "has no critical basicConstraints";
  if (basic.value->ca != 0) return "is an authority's (CA:TRUE)";
  if (CriticalKeyUsage(certificate) != kDigitalSignature)
    return "has a critical keyUsage other than digitalSignature alone";
  if (uri.empty()) return "has not exactly one URI as subject alternative name";
  if (holder.office.empty())
    return "has a URI that is not spiffe://<agreement>/<PARTY>/<office>[/<officer>]";
  if (CurveName(certificate) != kP256) return "has a key that is not on curve P-256";
  if (X509_get_signature_nid(certificate) != NID_ecdsa_with_SHA256)
    return "is not signed with ECDSA and SHA-256";
  return {};
}

int NoPassPhrase(char*, int, int, void*) { return -1; }

}  // namespace

std::string_view ToWord(CertificatePurpose purpose) {
  switch (purpose) {
    case CertificatePurpose::kSeal:
      return "seal";
    case CertificatePurpose::kTlsServer:
      return "TLS server";
    case CertificatePurpose::kTlsClient:
      return "TLS client";
    case CertificatePurpose::kTimeStamping:
      return "time stamping";
  }
  CHANCERY_CHECK(false);
}

struct Certificate::Body {
  X509Owned x509;
  Bytes der;
  Digest digest;
  Digest public_key_digest;
  std::string serial_hex;
  Instant not_before;
  Instant not_after;
  std::string uri;
  Holder holder;
  std::optional<CertificatePurpose> purpose;
  bool rehearsal = false;
  std::string leaf_defect;

  // How errors speak of it: never a person's name: officers are numbers.
  std::string Name() const { return "certificate " + (uri.empty() ? digest.ToHexText() : uri); }
};

absl::StatusOr<Certificate> Certificate::FromDer(ByteView der) {
  if (der.size() > kMaxCertificateSize)
    return InvalidArgument("read a certificate: larger than 16 KiB");
  ERR_clear_error();
  const auto* const begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* at = begin;
  auto body = std::make_shared<Body>();
  body->x509.reset(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  X509* const x509 = body->x509.get();
  if (x509 == nullptr || at != begin + der.size() || EncodeCertificate(x509) != der) {
    return InvalidArgument("read a certificate: not one X.509 certificate in DER");
  }
  const std::optional<Instant> not_before = ToInstant(X509_get0_notBefore(x509));
  const std::optional<Instant> not_after = ToInstant(X509_get0_notAfter(x509));
  if (!not_before || !not_after)
    return InvalidArgument("read a certificate: a validity that is no time");
  body->der = Bytes(der);
  body->digest = Sha256(der);
  body->public_key_digest = PublicKeyDigest(x509);
  body->serial_hex = SerialHex(x509);
  body->not_before = *not_before;
  body->not_after = *not_after;
  body->uri = SingleUri(x509);
  body->holder = ReadUri(body->uri);
  body->purpose = SinglePurpose(x509);
  body->rehearsal = HasRehearsalMark(x509);
  body->leaf_defect = LeafDefect(x509, body->uri, body->holder);
  // OpenSSL caches what it reads from extensions on first use; done here, later readers on other
  // threads find it done.
  X509_check_purpose(x509, -1, 0);
  ERR_clear_error();
  return Certificate(std::move(body));
}

absl::StatusOr<Certificate> Certificate::FromPem(std::string_view pem) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<Certificate> all, ListFromPem(pem));
  if (all.size() != 1) return InvalidArgument("read a certificate: the text holds more than one");
  return all.front();
}

absl::StatusOr<std::vector<Certificate>> Certificate::ListFromPem(std::string_view pem) {
  ERR_clear_error();
  const Input input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<Certificate> all;
  while (true) {
    const X509Owned x509(PEM_read_bio_X509(input.get(), nullptr, NoPassPhrase, nullptr));
    if (x509 == nullptr) break;
    CHANCERY_ASSIGN_OR_RETURN(Certificate certificate, FromDer(EncodeCertificate(x509.get())));
    all.push_back(std::move(certificate));
  }
  // The reader ends with "no start line" when nothing more begins; anything else is a certificate
  // it could not read.
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!ended || all.empty())
    return InvalidArgument("read certificates: not X.509 certificates in PEM");
  return all;
}

const Bytes& Certificate::der() const { return body_->der; }
const Digest& Certificate::digest() const { return body_->digest; }
const Digest& Certificate::public_key_digest() const { return body_->public_key_digest; }
const std::string& Certificate::serial_hex() const { return body_->serial_hex; }
Instant Certificate::not_before() const { return body_->not_before; }
Instant Certificate::not_after() const { return body_->not_after; }
const std::string& Certificate::agreement() const { return body_->holder.agreement; }
PartyCode Certificate::party() const { return body_->holder.party; }
const std::string& Certificate::office() const { return body_->holder.office; }
std::int64_t Certificate::officer() const { return body_->holder.officer; }
const std::string& Certificate::uri() const { return body_->uri; }
std::optional<CertificatePurpose> Certificate::purpose() const { return body_->purpose; }
bool Certificate::IsRehearsal() const { return body_->rehearsal; }
const void* Certificate::native() const { return body_->x509.get(); }

bool Certificate::IsAuthority() const {
  const auto basic =
      Find<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>(body_->x509.get(), NID_basic_constraints);
  return basic.value != nullptr && basic.value->ca != 0;
}

absl::Status Certificate::CheckLeafProfile(CertificatePurpose wanted) const {
  if (!body_->leaf_defect.empty())
    return PermissionDenied(body_->Name() + " " + body_->leaf_defect);
  if (body_->purpose != wanted) {
    return PermissionDenied(body_->Name() + " is not for the single purpose " +
                            std::string(ToWord(wanted)));
  }
  return absl::OkStatus();
}

absl::Status Certificate::CheckAuthorityProfile(int below) const {
  const X509* x509 = body_->x509.get();
  const auto wrong = [this](std::string_view what) {
    return PermissionDenied(body_->Name() + " " + std::string(what));
  };
  const auto basic = Find<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>(x509, NID_basic_constraints);
  if (basic.value == nullptr || !basic.critical || basic.value->ca == 0)
    return wrong("is not an authority's (critical CA:TRUE)");
  if (basic.value->pathlen == nullptr || ASN1_INTEGER_get(basic.value->pathlen) != below) {
    return wrong("has not pathlen:" + std::to_string(below));
  }
  if (CriticalKeyUsage(x509) != kKeyCertSignAndCrlSign) {
    return wrong("has a critical keyUsage other than keyCertSign and cRLSign");
  }
  if (party().IsNone() || !office().empty())
    return wrong("has a URI that is not spiffe://<agreement>/<PARTY>");
  const std::string curve = CurveName(x509);
  if (curve != kP256 && curve != kP384)
    return wrong("has a key that is on neither curve P-256 nor P-384");
  const int signature = X509_get_signature_nid(x509);
  if (signature != NID_ecdsa_with_SHA256 && signature != NID_ecdsa_with_SHA384) {
    return wrong("is not signed with ECDSA and SHA-256 or SHA-384");
  }
  return absl::OkStatus();
}

std::string Certificate::ToPem() const {
  const Input output(BIO_new(BIO_s_mem()));
  CHANCERY_CHECK(output != nullptr && PEM_write_bio_X509(output.get(), body_->x509.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(output.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::optional<Certificate> CertificateSet::Find(const Digest& digest) const {
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) return std::nullopt;
  return found->second;
}

std::vector<Certificate> CertificateSet::All() const {
  std::vector<Certificate> all;
  all.reserve(by_digest_.size());
  for (const auto& [digest, certificate] : by_digest_) all.push_back(certificate);
  return all;
}

}  // namespace chancery::crypto
