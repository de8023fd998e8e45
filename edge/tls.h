// Who may talk to the server: mutual TLS 1.3, decided by our own rules and failing closed.
//
// After the handshake's chain check, every new connection's certificate must be of a party's office
// under the roots of the anchor (crypto/trust.h), valid by the machine's clock, for use by a TLS
// client, and not in the list of revoked certificates. The same is asked again for every call,
// because live connections are not verified again. A list that cannot be read refuses everybody.
//
// The list is a text file: "chancery-revocations v1", then a certificate's SHA-256 in hex a line,
// sorted. It is read again whenever the file changes.
#ifndef CHANCERY_EDGE_TLS_H_
#define CHANCERY_EDGE_TLS_H_

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/parts.h"
#include "engine/base/peer.h"
#include "engine/base/status.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/trust.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_context.h"

namespace chancery::edge {

absl::StatusOr<std::set<Digest>> ParseRevocations(std::string_view text);

// Safe on every thread.
class PeerRules {
 public:
  PeerRules(const crypto::TrustAnchors& trust, std::string agreement,
            std::filesystem::path revocations, Clock& machine_clock);

  // The office behind a certificate and the chain it came with, both in PEM. PermissionDenied with
  // what is wrong; Unavailable with REVOCATIONS_AWAY while the list of revoked certificates cannot
  // be read: nobody is let in, and nobody is judged.
  absl::StatusOr<Peer> Check(std::string_view certificate_pem, std::string_view chain_pem,
                             crypto::CertificatePurpose purpose) const;
  // The peer of a call. Parsed certificates are remembered; what may change is asked each time.
  absl::StatusOr<Peer> PeerOf(const grpc::AuthContext& context) const;
  // The certificate of a call's peer: an officer's own.
  absl::StatusOr<crypto::Certificate> CertificateOf(const grpc::AuthContext& context) const;

 private:
  absl::Status CheckRevoked(const Digest& certificate) const;
  absl::StatusOr<crypto::Certificate> Parse(std::string_view pem) const;

  const crypto::TrustAnchors& trust_;
  const std::string agreement_;
  const std::filesystem::path revocations_;
  Clock& clock_;

  mutable std::mutex mutex_;
  mutable std::filesystem::file_time_type read_at_;
  mutable std::set<Digest> revoked_;
  mutable absl::Status list_status_;
  mutable std::map<std::string, crypto::Certificate, std::less<>> parsed_;
};

struct TlsFiles {
  std::filesystem::path key;
  std::filesystem::path certificate;  // with its issuing authority behind it
  std::filesystem::path roots;
  std::filesystem::path crl_directory;  // a second belt; may be empty
};
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsFiles& files, const PeerRules& rules);
// A program's channel to a server whose certificate must be the office `office` of `party`, under
// that party's own root, valid by the machine's clock. The anchors must outlive what is made.
// FailedPrecondition when they have no root of that party.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(
    const std::filesystem::path& key, const std::filesystem::path& certificate,
    const crypto::TrustAnchors& trust, PartyCode party, std::string office);
// An officer's channel to the ministry's own server, which must be an office "server" of `party`.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(
    const TlsFiles& files, PartyCode party);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_TLS_H_
