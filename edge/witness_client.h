// An always-on witness called over gRPC (proto/chancery/witness/v1), as both sides' programs do it.
//
// The server must show a certificate of the office "witness" of its party, under that party's own
// root. Errors are those of ledger::CalledWitness; every call has a deadline.
#ifndef CHANCERY_EDGE_WITNESS_CLIENT_H_
#define CHANCERY_EDGE_WITNESS_CLIENT_H_

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "chancery/witness/v1/witness.grpc.pb.h"
#include "engine/base/status.h"
#include "engine/crypto/trust.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/witness.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"

namespace chancery::edge {

// A row of a configuration: which of the anchor's always-on witnesses stands where.
struct WitnessAddress {
  std::string name;     // as the anchor names it
  std::string address;  // "127.0.0.1:7453"
  PartyCode party;      // under whose root it shows a certificate

  friend bool operator==(const WitnessAddress&, const WitnessAddress&) = default;
};

// Safe on every thread.
class WitnessClient final : public ledger::CalledWitness {
 public:
  struct Keys {
    std::filesystem::path tls_key;
    std::filesystem::path tls_certificate;  // an office's of the caller, for use by a TLS client
  };
  // FailedPrecondition when the anchor names no always-on witness of that name. `trust` must
  // outlive the client.
  static absl::StatusOr<std::unique_ptr<WitnessClient>> Open(const WitnessAddress& where,
                                                             const Keys& keys,
                                                             const ledger::Anchor& anchor,
                                                             const crypto::TrustAnchors& trust);

  const ledger::NoteKey& key() const override { return key_; }
  absl::StatusOr<ledger::CosignAnswer> AddCheckpoint(const ledger::CosignOffer& offer) override;
  absl::StatusOr<Bytes> Latest(std::string_view origin) override;

  // Ends the calls under way and refuses later ones with Unavailable.
  void Close();

 private:
  class Call;

  WitnessClient(ledger::NoteKey key, const std::shared_ptr<grpc::Channel>& channel);

  const ledger::NoteKey key_;
  std::unique_ptr<witness::v1::Witness::Stub> stub_;
  std::mutex mutex_;
  bool closed_ = false;
  std::set<grpc::ClientContext*> calls_;
};

// One client for each row. InvalidArgument when a name stands twice.
absl::StatusOr<std::vector<std::unique_ptr<WitnessClient>>> OpenWitnesses(
    const std::vector<WitnessAddress>& rows, const WitnessClient::Keys& keys,
    const ledger::Anchor& anchor, const crypto::TrustAnchors& trust);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_WITNESS_CLIENT_H_
