// The engine's way to the ministry over gRPC: mutual TLS 1.3, one channel that reconnects by
// itself, a deadline on every call.
//
// The server must be the office "server" of the ministry's party under the roots of the anchor;
// anything else ends the handshake. Threads: every method may be called on any thread.
#ifndef CHANCERY_CLIENT_GRPC_TRANSPORT_H_
#define CHANCERY_CLIENT_GRPC_TRANSPORT_H_

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "chancery/exchange/v1/exchange.grpc.pb.h"
#include "engine/base/parts.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/crypto/trust.h"
#include "engine/exchange/slice_export.h"
#include "engine/exchange/transport.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"

namespace chancery::client {

class GrpcTransport final : public exchange::Transport, public exchange::SliceSource {
 public:
  struct Options {
    std::string address;
    PartyCode ministry;
    std::filesystem::path tls_key;                       // mode 0600
    std::filesystem::path tls_certificate;               // with its issuing authority behind it
    std::chrono::milliseconds patience{10'000};          // of one call
    std::chrono::milliseconds collect_patience{50'000};  // of one Collect
  };
  // `trust` must outlive the transport. TLS is judged by the machine's clock.
  static absl::StatusOr<std::unique_ptr<GrpcTransport>> Open(Options options,
                                                             const crypto::TrustAnchors& trust);

  absl::StatusOr<exchange::GivenReceipt> Submit(const codec::Envelope& envelope) override;
  // Over one SubmitStream, opened anew when it broke or has lasted for a while; from a ministry
  // that knows none, one by one. Used by one thread.
  std::unique_ptr<exchange::SubmitChannel> OpenSubmitChannel() override;
  absl::Status Collect(
      const std::vector<exchange::StreamFrom>& from,
      const std::function<absl::Status(const exchange::GivenBatch&)>& take) override;
  absl::StatusOr<exchange::GivenHeads> GetCheckpoint() override;
  absl::StatusOr<std::vector<Bytes>> GetConsistency(std::uint64_t old_size,
                                                    std::uint64_t new_size) override;
  absl::Status AddCosignature(std::uint64_t size, ByteView line) override;
  absl::StatusOr<exchange::GivenCosignature> AddCheckpoint(
      const ledger::CosignOffer& offer, const std::vector<Bytes>& handovers) override;
  absl::StatusOr<AttachmentHeld> FindAttachment(const MatterId& matter,
                                                const Digest& digest) override;
  absl::StatusOr<AttachmentHeld> PutAttachment(const MatterId& matter, const Digest& digest,
                                               std::uint64_t size, std::uint64_t offset,
                                               ByteView chunk) override;
  absl::StatusOr<exchange::AttachmentPiece> GetAttachment(const MatterId& matter,
                                                          const Digest& digest,
                                                          std::uint64_t offset) override;
  absl::StatusOr<GivenProcedure> GetProcedure(const Digest& digest) override;

  absl::StatusOr<Head> GetSliceHead() override;
  absl::StatusOr<std::vector<Bytes>> GetLeafHashes(std::uint64_t first,
                                                   std::uint64_t count) override;
  absl::StatusOr<Bytes> GetCosignedHeads(std::uint64_t after) override;
  absl::StatusOr<std::vector<exchange::GivenStamp>> GetTimeStamps(
      const std::optional<ledger::StampName>& after) override;

  // Ends the calls under way and refuses later ones with Unavailable.
  void Close();

 private:
  class Call;  // a context that Close can cancel
  class Channel;

  GrpcTransport(Options options, std::shared_ptr<grpc::Channel> channel);

  const Options options_;
  std::shared_ptr<grpc::Channel> channel_;  // shared: gRPC hands channels out so
  std::unique_ptr<exchange::v1::Exchange::Stub> exchange_;
  std::unique_ptr<exchange::v1::Ledger::Stub> ledger_;
  std::unique_ptr<exchange::v1::Procedures::Stub> procedures_;
  std::mutex mutex_;
  bool closed_ = false;
  std::set<grpc::ClientContext*> calls_;
};

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_GRPC_TRANSPORT_H_
