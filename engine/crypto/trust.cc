#include "engine/crypto/trust.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "engine/base/check.h"
#include "engine/crypto/owned.h"
#include "engine/crypto/sha256.h"

namespace chancery::crypto {
namespace {

using Store = Owned<X509_STORE, X509_STORE_free>;
using StoreContext = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;
void FreeStack(STACK_OF(X509) * certificates) { sk_X509_free(certificates); }
using Stack = Owned<STACK_OF(X509), FreeStack>;

// A party has some dozens of certificates; above this somebody sends us chains to fill memory, and
// forgetting is harmless.
constexpr std::size_t kMaxRemembered = 4096;
// More candidates than any office's bundle holds.
constexpr std::size_t kMaxIntermediates = 64;

constexpr PartyCode kUnion = *PartyCode::FromText("EUE");

X509* Native(const Certificate& certificate) {
  // OpenSSL counts references in what it is given as not const; the certificate itself is not
  // changed.
  return static_cast<X509*>(const_cast<void*>(certificate.native()));
}

Digest DigestOf(const X509* certificate) {
  Digest digest;
  unsigned int size = 0;
  CHANCERY_CHECK(X509_digest(certificate, EVP_sha256(), digest.raw().data(), &size) == 1 &&
                 size == Digest::kSize);
  return digest;
}

template <class Certificates>
const Certificate* FindIn(const Certificates& certificates, const Digest& digest) {
  for (const Certificate& certificate : certificates) {
    if (certificate.digest() == digest) return &certificate;
  }
  return nullptr;
}

struct Remembered {
  PartyCode root;
  Instant from;
  Instant until;
};

// Everything the answer depends on, but for the instant.
std::string MemoryKey(const Certificate& leaf, std::span<const Certificate> intermediates,
                      CertificatePurpose purpose) {
  std::string key;
  key.reserve(Digest::kSize * (intermediates.size() + 1) + 1);
  key += leaf.digest().View();
  key += static_cast<char>(purpose);
  for (const Certificate& intermediate : intermediates) key += intermediate.digest().View();
  return key;
}

std::string NameOf(const Certificate& certificate) {
  return certificate.uri().empty() ? certificate.digest().ToHexText() : certificate.uri();
}

}  // namespace

struct TrustAnchors::Body {
  std::vector<Certificate> roots;
  std::string agreement;
  bool rehearsal = false;
  Store store;

  mutable std::shared_mutex mutex;
  std::unordered_map<std::string, Remembered> remembered;  // guarded by mutex

  const Certificate* RootOf(PartyCode party) const {
    for (const Certificate& root : roots) {
      if (root.party() == party) return &root;
    }
    return nullptr;
  }

  absl::Status CheckMayIssue(const Certificate& root, const Certificate& authority,
                             const Certificate& leaf) const;
};

TrustAnchors::TrustAnchors(std::unique_ptr<Body> body) : body_(std::move(body)) {}
TrustAnchors::TrustAnchors(TrustAnchors&&) noexcept = default;
TrustAnchors& TrustAnchors::operator=(TrustAnchors&&) noexcept = default;
TrustAnchors::~TrustAnchors() = default;

absl::StatusOr<TrustAnchors> TrustAnchors::Create(const std::vector<Certificate>& roots,
                                                  const std::map<PartyCode, Digest>& fingerprints) {
  if (roots.empty()) return InvalidArgument("trust anchors: no root");
  if (roots.size() != fingerprints.size()) {
    return InvalidArgument("trust anchors: " + std::to_string(roots.size()) + " roots for " +
                           std::to_string(fingerprints.size()) + " fingerprints");
  }
  auto body = std::make_unique<Body>();
  body->store.reset(X509_STORE_new());
  CHANCERY_CHECK(body->store != nullptr);
  for (const auto& [party, fingerprint] : fingerprints) {
    const Certificate* root = FindIn(roots, fingerprint);
    if (root == nullptr) {
      return InvalidArgument("trust anchors: no root has the fingerprint given for " +
                             party.ToText());
    }
    if (const absl::Status profile = root->CheckAuthorityProfile(1); !profile.ok()) {
      return InvalidArgument("trust anchors: " + std::string(ToStd(profile.message())));
    }
    if (root->party() != party) {
      return InvalidArgument("trust anchors: the root given for " + party.ToText() + " is of " +
                             root->party().ToText());
    }
    if (X509_self_signed(Native(*root), 1) != 1) {
      ERR_clear_error();
      return InvalidArgument("trust anchors: the root of " + party.ToText() +
                             " is not signed by itself");
    }
    body->roots.push_back(*root);
    CHANCERY_CHECK(X509_STORE_add_cert(body->store.get(), Native(*root)) == 1);
  }
  body->agreement = body->roots.front().agreement();
  body->rehearsal = body->roots.front().IsRehearsal();
  for (const Certificate& root : body->roots) {
    if (root.agreement() != body->agreement)
      return InvalidArgument("trust anchors: roots of different agreements");
    if (root.IsRehearsal() != body->rehearsal) {
      return InvalidArgument("trust anchors: some roots are marked rehearsal and some are not");
    }
  }
  return TrustAnchors(std::move(body));
}

absl::Status TrustAnchors::Body::CheckMayIssue(const Certificate& root,
                                               const Certificate& authority,
                                               const Certificate& leaf) const {
  const std::string doing = "trust " + NameOf(leaf) + ": ";
  if (leaf.agreement() != agreement || authority.agreement() != agreement) {
    return PermissionDenied(doing + "of another agreement");
  }
  if (leaf.party() != authority.party()) {
    return PermissionDenied(doing + "issued by an authority of " + authority.party().ToText());
  }
  if (authority.party() == root.party()) return absl::OkStatus();
  if (root.party() != kUnion) {
    return PermissionDenied(doing + "its authority stands under the root of " +
                            root.party().ToText());
  }
  if (RootOf(authority.party()) != nullptr) {
    return PermissionDenied(doing + "its authority stands under the Union's root, but " +
                            authority.party().ToText() + " has a root of its own");
  }
  return absl::OkStatus();
}

absl::StatusOr<PartyCode> TrustAnchors::VerifyChain(const Certificate& leaf,
                                                    std::span<const Certificate> intermediates,
                                                    Instant at, CertificatePurpose purpose) const {
  if (intermediates.size() > kMaxIntermediates)
    return InvalidArgument("verify a chain: too many intermediates");
  std::string key = MemoryKey(leaf, intermediates, purpose);
  {
    const std::shared_lock lock(body_->mutex);
    const auto found = body_->remembered.find(key);
    if (found != body_->remembered.end() && found->second.from <= at && at < found->second.until) {
      return found->second.root;
    }
  }
  const std::string doing = "trust " + NameOf(leaf) + ": ";
  CHANCERY_RETURN_IF_ERROR(leaf.CheckLeafProfile(purpose));

  const Stack candidates(sk_X509_new_null());
  const StoreContext context(X509_STORE_CTX_new());
  CHANCERY_CHECK(candidates != nullptr && context != nullptr);
  for (const Certificate& intermediate : intermediates) {
    CHANCERY_CHECK(sk_X509_push(candidates.get(), Native(intermediate)) > 0);
  }
  CHANCERY_CHECK(
      X509_STORE_CTX_init(context.get(), body_->store.get(), Native(leaf), candidates.get()) == 1);
  X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_depth(rules, 1);
  X509_VERIFY_PARAM_set_purpose(rules,
                                X509_PURPOSE_ANY);  // the private purpose is checked by the profile
  // Rounded down, also before 1970, to agree with Certificate::IsValidAt.
  X509_VERIFY_PARAM_set_time(
      rules, (at.ms - ((at.ms % kMsPerSecond) + kMsPerSecond) % kMsPerSecond) / kMsPerSecond);
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (!good) {
    return PermissionDenied(doing +
                            X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())) +
                            " at " + ToText(at));
  }
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  if (sk_X509_num(chain) != 3)
    return PermissionDenied(doing + "not issued by an authority under a root");
  const Certificate* authority = FindIn(intermediates, DigestOf(sk_X509_value(chain, 1)));
  const Certificate* root = FindIn(body_->roots, DigestOf(sk_X509_value(chain, 2)));
  if (authority == nullptr || root == nullptr) {
    return PermissionDenied(doing + "not issued by an authority under a root");
  }
  CHANCERY_RETURN_IF_ERROR(authority->CheckAuthorityProfile(0));
  CHANCERY_RETURN_IF_ERROR(body_->CheckMayIssue(*root, *authority, leaf));

  const Remembered verified = {
      root->party(), std::max({leaf.not_before(), authority->not_before(), root->not_before()}),
      std::min({leaf.not_after(), authority->not_after(), root->not_after()})};
  const std::unique_lock lock(body_->mutex);
  if (body_->remembered.size() >= kMaxRemembered) body_->remembered.clear();
  body_->remembered.insert_or_assign(std::move(key), verified);
  return verified.root;
}

bool TrustAnchors::IsRehearsal() const { return body_->rehearsal; }
const std::string& TrustAnchors::agreement() const { return body_->agreement; }
const std::vector<Certificate>& TrustAnchors::roots() const { return body_->roots; }

std::size_t TrustAnchors::remembered() const {
  const std::shared_lock lock(body_->mutex);
  return body_->remembered.size();
}

}  // namespace chancery::crypto
