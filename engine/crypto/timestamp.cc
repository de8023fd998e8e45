#include "engine/crypto/timestamp.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>

#include "engine/base/check.h"
#include "engine/crypto/owned.h"
#include "engine/crypto/sha256.h"

namespace chancery::crypto {
namespace {

void FreeDer(unsigned char* bytes) { OPENSSL_free(bytes); }
using Der = Owned<unsigned char, FreeDer>;
using Request = Owned<TS_REQ, TS_REQ_free>;
using Reply = Owned<TS_RESP, TS_RESP_free>;
using Imprint = Owned<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free>;
using Algorithm = Owned<X509_ALGOR, X509_ALGOR_free>;
using Integer = Owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using Rules = Owned<TS_VERIFY_CTX, TS_VERIFY_CTX_free>;
using Store = Owned<X509_STORE, X509_STORE_free>;
using StoreContext = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;
void FreeStack(STACK_OF(X509) * certificates) { sk_X509_free(certificates); }
using Stack = Owned<STACK_OF(X509), FreeStack>;

// More certificates than any chain needs.
constexpr int kMaxCertificates = 64;
// OpenSSL's level 2: 112 bits, so neither SHA-1 nor short RSA keys in a chain.
constexpr int kSecurityLevel = 2;

absl::Status Malformed(std::string_view what) {
  return InvalidArgument("time stamp: " + std::string(what));
}
absl::Status Denied(std::string_view what) {
  return PermissionDenied("time stamp: " + std::string(what));
}

X509* Native(const Certificate& certificate) {
  // OpenSSL counts references in what it is given as not const; the certificate itself is not
  // changed.
  return static_cast<X509*>(const_cast<void*>(certificate.native()));
}

template <class T, class Encode>
Bytes Encoded(const T* value, Encode encode) {
  unsigned char* out = nullptr;
  const int size = encode(value, &out);
  if (size < 0) return {};
  const Der owned(out);
  return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)};
}

absl::StatusOr<Certificate> ToCertificate(const X509* x509) {
  return Certificate::FromDer(Encoded(x509, i2d_X509));
}

// A value decoded from all of `der`, which is its one encoding; empty otherwise.
template <class Value, class Decode, class Encode>
Value DecodeWhole(ByteView der, Decode decode, Encode encode) {
  ERR_clear_error();
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = at + der.size();
  Value value(decode(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (value == nullptr || at != end || Encoded(value.get(), encode) != der) return nullptr;
  return value;
}

Request MakeRequest(const TimestampQuery& query) {
  Request request(TS_REQ_new());
  const Imprint imprint(TS_MSG_IMPRINT_new());
  const Algorithm algorithm(X509_ALGOR_new());
  const Integer nonce(ASN1_INTEGER_new());
  CHANCERY_CHECK(request != nullptr && imprint != nullptr && algorithm != nullptr &&
                 nonce != nullptr);
  CHANCERY_CHECK(X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) ==
                 1);
  Digest digest = query.imprint;
  CHANCERY_CHECK(TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1 &&
                 TS_MSG_IMPRINT_set_msg(imprint.get(), digest.raw().data(),
                                        static_cast<int>(Digest::kSize)) == 1 &&
                 ASN1_INTEGER_set_uint64(nonce.get(), query.nonce) == 1 &&
                 TS_REQ_set_version(request.get(), 1) == 1 &&
                 TS_REQ_set_msg_imprint(request.get(), imprint.get()) == 1 &&
                 TS_REQ_set_nonce(request.get(), nonce.get()) == 1 &&
                 TS_REQ_set_cert_req(request.get(), 1) == 1);
  return request;
}

// A GeneralizedTime in UTC, to the second: a fraction is cut off.
std::optional<Instant> ToInstant(const ASN1_GENERALIZEDTIME* time) {
  std::tm parts = {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const std::int64_t days = DaysFromCivil({parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday});
  const std::int64_t seconds = (parts.tm_hour * 60 + parts.tm_min) * 60 + parts.tm_sec;
  return Instant{days * kMsPerDay + seconds * kMsPerSecond};
}

std::int64_t ToMilliseconds(const TS_ACCURACY* accuracy) {
  if (accuracy == nullptr) return 0;
  const auto value = [](const ASN1_INTEGER* integer) -> std::int64_t {
    std::int64_t number = 0;
    if (integer == nullptr || ASN1_INTEGER_get_int64(&number, integer) != 1) return 0;
    return std::clamp<std::int64_t>(number, 0, kMsPerDay);
  };
  const std::int64_t micros = value(TS_ACCURACY_get_micros(accuracy));
  return value(TS_ACCURACY_get_seconds(accuracy)) * kMsPerSecond +
         value(TS_ACCURACY_get_millis(accuracy)) + (micros > 0 ? 1 : 0);
}

bool HasCriticalExtension(TS_TST_INFO* info) {
  for (int i = 0; i < TS_TST_INFO_get_ext_count(info); ++i) {
    if (X509_EXTENSION_get_critical(TS_TST_INFO_get_ext(info, i)) != 0) return true;
  }
  return false;
}

// RFC 5652: version 3 for content that is no plain data, version 1 for a signer named by issuer and
// serial number.
constexpr long kTokenVersion = 3;
constexpr long kSignerVersion = 1;

// The algorithm when its parameters are absent or NULL.
int NidOf(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  int parameters = 0;
  X509_ALGOR_get0(&object, &parameters, nullptr, algorithm);
  return parameters == V_ASN1_UNDEF || parameters == V_ASN1_NULL ? OBJ_obj2nid(object) : NID_undef;
}

// Whether a signature of this algorithm is over that digest.
bool SignsWith(int signature, int digest) {
  if (signature == NID_rsaEncryption) return true;  // CMS may leave the digest to its own field
  int its_digest = NID_undef;
  int its_key = NID_undef;
  return OBJ_find_sigid_algs(signature, &its_digest, &its_key) == 1 && its_digest == digest;
}

// The only signer's own part, when its digest is one that still holds and it names its certificate
// by ESSCertIDv2.
absl::Status CheckSigner(PKCS7* token) {
  STACK_OF(PKCS7_SIGNER_INFO)* const signers = PKCS7_get_signer_info(token);
  if (signers == nullptr || sk_PKCS7_SIGNER_INFO_num(signers) != 1)
    return Denied("it has not exactly one signer");
  PKCS7_SIGNER_INFO* const signer = sk_PKCS7_SIGNER_INFO_value(signers, 0);
  const int digest = NidOf(signer->digest_alg);
  if (digest != NID_sha256 && digest != NID_sha384 && digest != NID_sha512)
    return Denied("its signer's digest is not SHA-256, SHA-384 or SHA-512");
  // Nothing signs these parts, and OpenSSL reads past them; they have one value each all the same.
  STACK_OF(X509_ALGOR)* const digests = token->d.sign->md_algs;
  if (ASN1_INTEGER_get(token->d.sign->version) != kTokenVersion ||
      ASN1_INTEGER_get(signer->version) != kSignerVersion || sk_X509_ALGOR_num(digests) != 1 ||
      NidOf(sk_X509_ALGOR_value(digests, 0)) != digest ||
      !SignsWith(NidOf(signer->digest_enc_alg), digest)) {
    return Malformed("a token whose versions or algorithms do not fit its signer");
  }

  const STACK_OF(X509_ATTRIBUTE)* const attributes = PKCS7_get_signed_attributes(signer);
  const int at =
      X509at_get_attr_by_NID(attributes, NID_id_smime_aa_signingCertificateV2, /*lastpos=*/-1);
  if (at < 0 || X509at_get_attr_by_NID(attributes, NID_id_smime_aa_signingCertificateV2, at) >= 0 ||
      X509_ATTRIBUTE_count(X509at_get_attr(attributes, at)) != 1) {
    return Denied("its signer does not name its certificate by one ESSCertIDv2");
  }
  return absl::OkStatus();
}

// Only these roots, at the token's time, for time stamping.
void SetRules(X509_VERIFY_PARAM* rules, Instant at) {
  X509_VERIFY_PARAM_set_time(rules, static_cast<std::time_t>(at.ms / kMsPerSecond));
  X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_TIMESTAMP_SIGN);
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
}

Store MakeStore(std::span<const Certificate> roots, Instant at) {
  Store store(X509_STORE_new());
  CHANCERY_CHECK(store != nullptr);
  for (const Certificate& root : roots)
    CHANCERY_CHECK(X509_STORE_add_cert(store.get(), Native(root)) == 1);
  SetRules(X509_STORE_get0_param(store.get()), at);
  return store;
}

// The chain above the certificate in the token that stamped, and it first. The token's signature
// is not verified here.
absl::StatusOr<std::vector<Certificate>> ChainOf(PKCS7* token, std::span<const Certificate> roots,
                                                 std::span<const Certificate> between, Instant at) {
  // Only the token's own certificates may be its signer's; others may stand above it.
  const Stack signers(PKCS7_get0_signers(token, nullptr, 0));
  ERR_clear_error();
  if (signers == nullptr || sk_X509_num(signers.get()) != 1)
    return Denied("the stamping certificate is not in it: ask with certReq");
  X509* const signer = sk_X509_value(signers.get(), 0);

  const Stack candidates(sk_X509_new_null());
  CHANCERY_CHECK(candidates != nullptr);
  const STACK_OF(X509)* const inside = token->d.sign->cert;
  for (int i = 0; i < std::min(sk_X509_num(inside), kMaxCertificates); ++i)
    CHANCERY_CHECK(sk_X509_push(candidates.get(), sk_X509_value(inside, i)) > 0);
  for (const Certificate& certificate : between)
    CHANCERY_CHECK(sk_X509_push(candidates.get(), Native(certificate)) > 0);

  const Store store = MakeStore(roots, at);
  const StoreContext context(X509_STORE_CTX_new());
  CHANCERY_CHECK(context != nullptr &&
                 X509_STORE_CTX_init(context.get(), store.get(), signer, candidates.get()) == 1);
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (!good) {
    return Denied(
        "its stamping certificate does not lead to a root that is named here: " +
        std::string(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))) +
        " at " + ToText(at));
  }
  std::vector<Certificate> chain;
  const STACK_OF(X509)* const built = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(built); ++i) {
    CHANCERY_ASSIGN_OR_RETURN(Certificate certificate, ToCertificate(sk_X509_value(built, i)));
    chain.push_back(std::move(certificate));
  }
  if (chain.size() < 2 || chain.front().purpose() != CertificatePurpose::kTimeStamping)
    return Denied("its certificate is not for time stamping alone");
  return chain;
}

// A granted reply with a token, not yet verified.
absl::StatusOr<Reply> ReadReply(ByteView bytes) {
  if (bytes.size() > kMaxTimestampReplySize) return Malformed("a reply larger than 64 KiB");
  auto reply = DecodeWhole<Reply>(bytes, d2i_TS_RESP, i2d_TS_RESP);
  if (reply == nullptr) return Malformed("not one reply in DER with nothing behind it");
  const ASN1_INTEGER* const status =
      TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(reply.get()));
  if (ASN1_INTEGER_get(status) != TS_STATUS_GRANTED)
    return Denied("the authority did not grant it: its status is " +
                  std::to_string(ASN1_INTEGER_get(status)));
  PKCS7* const token = TS_RESP_get_token(reply.get());
  if (token == nullptr || TS_RESP_get_tst_info(reply.get()) == nullptr ||
      PKCS7_type_is_signed(token) != 1) {
    return Malformed("a reply without a token");
  }
  return reply;
}

}  // namespace

Instant Timestamp::ends() const {
  Instant first = chain.front().not_after();
  for (const Certificate& certificate : chain) first = std::min(first, certificate.not_after());
  return first;
}

absl::StatusOr<Bytes> EncodeTimestampQuery(const TimestampQuery& query) {
  if (query.nonce == 0) return Malformed("a request needs a nonce");
  return Encoded(MakeRequest(query).get(), i2d_TS_REQ);
}

absl::StatusOr<TimestampQuery> DecodeTimestampQuery(ByteView der) {
  const auto request = DecodeWhole<Request>(der, d2i_TS_REQ, i2d_TS_REQ);
  if (request == nullptr) return Malformed("not one request in DER");
  const ASN1_INTEGER* const number = TS_REQ_get_nonce(request.get());
  ASN1_OCTET_STRING* const hash = TS_MSG_IMPRINT_get_msg(TS_REQ_get_msg_imprint(request.get()));
  TimestampQuery query;
  if (number == nullptr || ASN1_INTEGER_get_uint64(&query.nonce, number) != 1 || query.nonce == 0)
    return Malformed("a request without a nonce of at most 64 bits");
  const std::optional<Digest> imprint =
      Digest::FromBytes({reinterpret_cast<const char*>(ASN1_STRING_get0_data(hash)),
                         static_cast<std::size_t>(ASN1_STRING_length(hash))});
  ERR_clear_error();
  if (!imprint) return Malformed("a request over another hash than SHA-256");
  query.imprint = *imprint;
  // What is not of this one form would encode to other bytes.
  if (Encoded(MakeRequest(query).get(), i2d_TS_REQ) != der)
    return Malformed("a request of another form than this program writes");
  return query;
}

absl::StatusOr<std::uint64_t> NonceAnswered(ByteView bytes) {
  CHANCERY_ASSIGN_OR_RETURN(const Reply reply, ReadReply(bytes));
  const ASN1_INTEGER* const number = TS_TST_INFO_get_nonce(TS_RESP_get_tst_info(reply.get()));
  std::uint64_t nonce = 0;
  const bool read = number != nullptr && ASN1_INTEGER_get_uint64(&nonce, number) == 1;
  ERR_clear_error();
  if (!read) return Malformed("a reply without a nonce of at most 64 bits");
  return nonce;
}

absl::StatusOr<Timestamp> VerifyTimestamp(ByteView bytes, const TimestampQuery& query,
                                          std::span<const Certificate> roots,
                                          std::span<const Certificate> between) {
  if (roots.empty()) return Denied("no root of a time-stamping authority is named here");
  CHANCERY_ASSIGN_OR_RETURN(const Reply reply, ReadReply(bytes));
  PKCS7* const token = TS_RESP_get_token(reply.get());
  TS_TST_INFO* const info = TS_RESP_get_tst_info(reply.get());
  const std::optional<Instant> time = ToInstant(TS_TST_INFO_get_time(info));
  if (!time) return Malformed("a token whose time is none");
  if (HasCriticalExtension(info)) return Denied("it has a critical extension");
  CHANCERY_RETURN_IF_ERROR(CheckSigner(token));
  CHANCERY_ASSIGN_OR_RETURN(std::vector<Certificate> chain, ChainOf(token, roots, between, *time));

  // What was asked for, and the signature with the chain found, by OpenSSL's own rules.
  const Request request = MakeRequest(query);
  const Rules rules(TS_REQ_to_TS_VERIFY_CTX(request.get(), nullptr));
  CHANCERY_CHECK(rules != nullptr);
  TS_VERIFY_CTX_add_flags(rules.get(), TS_VFY_SIGNATURE);
  // Both are the rules' own from here on.
  TS_VERIFY_CTX_set_store(rules.get(), MakeStore({&chain.back(), 1}, *time).release());
  STACK_OF(X509)* const untrusted = sk_X509_new_null();
  CHANCERY_CHECK(untrusted != nullptr);
  for (const Certificate& certificate : chain) {
    CHANCERY_CHECK(X509_up_ref(Native(certificate)) == 1 &&
                   sk_X509_push(untrusted, Native(certificate)) > 0);
  }
  TS_VERIFY_CTX_set_certs(rules.get(), untrusted);
  const bool good = TS_RESP_verify_response(rules.get(), reply.get()) == 1;
  const int reason = ERR_GET_REASON(ERR_peek_error());
  ERR_clear_error();
  if (!good) {
    if (reason == TS_R_MESSAGE_IMPRINT_MISMATCH) return Denied("it is over other bytes");
    if (reason == TS_R_NONCE_MISMATCH || reason == TS_R_NONCE_NOT_RETURNED)
      return Denied("it answers another request: the nonce differs");
    return Denied("its signature or its form is false");
  }
  const ASN1_INTEGER* const serial = TS_TST_INFO_get_serial(info);
  return Timestamp{*time, ToMilliseconds(TS_TST_INFO_get_accuracy(info)),
                   ToHex({reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                          static_cast<std::size_t>(ASN1_STRING_length(serial))}),
                   std::move(chain)};
}

}  // namespace chancery::crypto
