#include "edge/tls.h"

#include <functional>
#include <utility>
#include <vector>

#include "edge/clock.h"
#include "edge/files.h"
#include "engine/crypto/secret.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace chancery::edge {

namespace {

constexpr std::string_view kListTitle = "chancery-revocations v1";
constexpr std::size_t kMaxParsed = 1024;

using grpc::experimental::CertificateVerifier;
using grpc::experimental::ExternalCertificateVerifier;
using grpc::experimental::TlsCustomVerificationCheckRequest;

std::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

// Both verifiers answer at once and refuse whenever anything is not as it must be.
class ClientVerifier final : public ExternalCertificateVerifier {
 public:
  explicit ClientVerifier(const PeerRules& rules) : rules_(rules) {}

  bool Verify(TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    const auto peer =
        rules_.Check(View(request->peer_cert()), View(request->peer_cert_full_chain()),
                     crypto::CertificatePurpose::kTlsClient);
    *sync_status = peer.ok()
                       ? grpc::Status::OK
                       : grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "certificate refused");
    return true;
  }
  void Cancel(TlsCustomVerificationCheckRequest*) override {}

 private:
  const PeerRules& rules_;
};

class ServerVerifier final : public ExternalCertificateVerifier {
 public:
  explicit ServerVerifier(PartyCode party) : party_(party) {}

  bool Verify(TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    const auto certificate = crypto::Certificate::FromPem(View(request->peer_cert()));
    const bool good = certificate.ok() && certificate->party() == party_ &&
                      certificate->office() == "server" &&
                      certificate->CheckLeafProfile(crypto::CertificatePurpose::kTlsServer).ok();
    *sync_status = good ? grpc::Status::OK
                        : grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                                       "the server's certificate is not the ministry's");
    return true;
  }
  void Cancel(TlsCustomVerificationCheckRequest*) override {}

 private:
  const PartyCode party_;
};

// The server that a program calls, by the anchors and not by what the machine trusts.
class OfficeVerifier final : public ExternalCertificateVerifier {
 public:
  OfficeVerifier(const crypto::TrustAnchors& trust, PartyCode party, std::string office)
      : trust_(trust), party_(party), office_(std::move(office)) {}

  bool Verify(TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    *sync_status = IsOffice(View(request->peer_cert()), View(request->peer_cert_full_chain()))
                       ? grpc::Status::OK
                       : grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                                      "the server's certificate is not the " + office_ + "'s of " +
                                          party_.ToText());
    return true;
  }
  void Cancel(TlsCustomVerificationCheckRequest*) override {}

 private:
  bool IsOffice(std::string_view leaf_pem, std::string_view chain_pem) {
    const auto leaf = crypto::Certificate::FromPem(leaf_pem);
    if (!leaf.ok() || leaf->party() != party_ || leaf->office() != office_) return false;
    const auto chain = crypto::Certificate::ListFromPem(chain_pem);
    if (!chain.ok()) return false;
    return trust_.VerifyChain(*leaf, *chain, clock_.Now(), crypto::CertificatePurpose::kTlsServer)
        .ok();
  }

  const crypto::TrustAnchors& trust_;
  const PartyCode party_;
  const std::string office_;
  SystemClock clock_;
};

absl::StatusOr<std::shared_ptr<grpc::experimental::StaticDataCertificateProvider>> MakeProvider(
    const TlsFiles& files) {
  CHANCERY_ASSIGN_OR_RETURN(const crypto::Secret key, crypto::ReadSecretFile(files.key.string()));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes certificate, ReadWholeFile(files.certificate));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes roots, ReadWholeFile(files.roots));
  return std::make_shared<grpc::experimental::StaticDataCertificateProvider>(
      roots, std::vector<grpc::experimental::IdentityKeyCertPair>{
                 {std::string(key.Reveal()), certificate}});
}

std::string_view Property(const grpc::AuthContext& context, const char* name) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(name);
  return values.size() == 1 ? View(values.front()) : std::string_view{};
}

// The ministry's own fault and no judgement on the caller, who must not take it for one.
absl::Status NoList(std::string_view what) {
  return WithReason(
      Unavailable("server: its list of revoked certificates " + std::string(what) +
                  ", and nobody is let in without it; restore the list, then try again"),
      "REVOCATIONS_AWAY");
}

}  // namespace

absl::StatusOr<std::set<Digest>> ParseRevocations(std::string_view text) {
  std::set<Digest> revoked;
  std::optional<Digest> last;
  bool title = true;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos)
      return InvalidArgument("revocations: the last line is not ended by a newline");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (title) {
      if (line != kListTitle)
        return InvalidArgument("revocations: the first line must be \"chancery-revocations v1\"");
      title = false;
      continue;
    }
    const std::optional<Digest> digest = Digest::FromHexText(line);
    if (!digest || (last && *digest <= *last)) {
      return InvalidArgument(
          "revocations: expected SHA-256 digests of certificates in lower-case hex, sorted, a line "
          "each");
    }
    revoked.insert(*digest);
    last = digest;
  }
  if (title) return InvalidArgument("revocations: the file is empty");
  return revoked;
}

PeerRules::PeerRules(const crypto::TrustAnchors& trust, std::string agreement,
                     std::filesystem::path revocations, Clock& machine_clock)
    : trust_(trust),
      agreement_(std::move(agreement)),
      revocations_(std::move(revocations)),
      clock_(machine_clock) {}

absl::Status PeerRules::CheckRevoked(const Digest& certificate) const {
  const std::lock_guard lock(mutex_);
  std::error_code error;
  const auto changed_at = std::filesystem::last_write_time(revocations_, error);
  if (error) return NoList("cannot be read");
  if (changed_at != read_at_) {
    const absl::StatusOr<Bytes> text = ReadWholeFile(revocations_);
    const auto list =
        text.ok() ? ParseRevocations(*text) : absl::StatusOr<std::set<Digest>>(text.status());
    list_status_ = list.ok() ? absl::OkStatus() : NoList("is malformed");
    if (list.ok()) revoked_ = *list;
    read_at_ = changed_at;
  }
  if (!list_status_.ok()) return list_status_;
  if (revoked_.contains(certificate)) return PermissionDenied("peer: its certificate is revoked");
  return absl::OkStatus();
}

absl::StatusOr<crypto::Certificate> PeerRules::Parse(std::string_view pem) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = parsed_.find(pem); known != parsed_.end()) return known->second;
  }
  CHANCERY_ASSIGN_OR_RETURN(crypto::Certificate certificate, crypto::Certificate::FromPem(pem));
  const std::lock_guard lock(mutex_);
  if (parsed_.size() >= kMaxParsed) parsed_.clear();
  parsed_.emplace(std::string(pem), certificate);
  return certificate;
}

absl::StatusOr<Peer> PeerRules::Check(std::string_view certificate_pem, std::string_view chain_pem,
                                      crypto::CertificatePurpose purpose) const {
  CHANCERY_ASSIGN_OR_RETURN(const crypto::Certificate certificate, Parse(certificate_pem));
  if (certificate.party().IsNone() || certificate.office().empty() ||
      certificate.agreement() != agreement_) {
    return PermissionDenied("peer: its certificate names no office of a party of this agreement");
  }
  CHANCERY_RETURN_IF_ERROR(CheckRevoked(certificate.digest()));
  std::vector<crypto::Certificate> chain;
  if (!chain_pem.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(chain, crypto::Certificate::ListFromPem(chain_pem));
  }
  CHANCERY_RETURN_IF_ERROR(trust_.VerifyChain(certificate, chain, clock_.Now(), purpose).status());
  return Peer{certificate.party(), certificate.office(), false};
}

absl::StatusOr<crypto::Certificate> PeerRules::CertificateOf(
    const grpc::AuthContext& context) const {
  const std::string_view pem = Property(context, GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (pem.empty()) return PermissionDenied("peer: it has shown no certificate");
  return Parse(pem);
}

absl::StatusOr<Peer> PeerRules::PeerOf(const grpc::AuthContext& context) const {
  if (!context.IsPeerAuthenticated()) return PermissionDenied("peer: it is not authenticated");
  return Check(Property(context, GRPC_X509_PEM_CERT_PROPERTY_NAME),
               Property(context, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME),
               crypto::CertificatePurpose::kTlsClient);
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsFiles& files, const PeerRules& rules) {
  CHANCERY_ASSIGN_OR_RETURN(auto provider, MakeProvider(files));
  grpc::experimental::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.set_certificate_verifier(ExternalCertificateVerifier::Create<ClientVerifier>(rules));
  if (!files.crl_directory.empty()) options.set_crl_directory(files.crl_directory.string());
  std::shared_ptr<grpc::ServerCredentials> credentials =
      grpc::experimental::TlsServerCredentials(options);
  if (credentials == nullptr)
    return InvalidArgument("tls: key, certificate and roots do not make server credentials");
  return credentials;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(
    const std::filesystem::path& key, const std::filesystem::path& certificate,
    const crypto::TrustAnchors& trust, PartyCode party, std::string office) {
  CHANCERY_ASSIGN_OR_RETURN(const crypto::Secret secret, crypto::ReadSecretFile(key.string()));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes shown, ReadWholeFile(certificate));
  std::string roots;
  for (const crypto::Certificate& root : trust.roots()) {
    // Only that party's own root may stand above its server.
    if (root.party() == party) roots += root.ToPem();
  }
  if (roots.empty()) return FailedPrecondition("tls: the anchor has no root of " + party.ToText());
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<grpc::experimental::StaticDataCertificateProvider>(
          roots, std::vector<grpc::experimental::IdentityKeyCertPair>{
                     {std::string(secret.Reveal()), shown}}));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      ExternalCertificateVerifier::Create<OfficeVerifier>(trust, party, std::move(office)));
  std::shared_ptr<grpc::ChannelCredentials> credentials =
      grpc::experimental::TlsCredentials(options);
  if (credentials == nullptr)
    return InvalidArgument("tls: key, certificate and roots do not make credentials");
  return credentials;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(
    const TlsFiles& files, PartyCode party) {
  CHANCERY_ASSIGN_OR_RETURN(auto provider, MakeProvider(files));
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::move(provider));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  options.set_check_call_host(false);
  options.set_certificate_verifier(ExternalCertificateVerifier::Create<ServerVerifier>(party));
  std::shared_ptr<grpc::ChannelCredentials> credentials =
      grpc::experimental::TlsCredentials(options);
  if (credentials == nullptr)
    return InvalidArgument("tls: key, certificate and roots do not make channel credentials");
  return credentials;
}

}  // namespace chancery::edge
