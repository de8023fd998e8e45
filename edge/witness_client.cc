#include "edge/witness_client.h"

#include <algorithm>
#include <utility>

#include "edge/rpc_status.h"
#include "edge/tls.h"
#include "grpcpp/create_channel.h"

namespace chancery::edge {

namespace {

// No act waits for a witness, and the next round asks again.
constexpr std::chrono::milliseconds kPatience{2'000};
constexpr int kMaxReceivedBytes = 2 << 20;
constexpr const char* kOffice = "witness";

}  // namespace

// Makes a call's context known to Close for as long as the call lasts.
class WitnessClient::Call {
 public:
  explicit Call(WitnessClient& client) : client_(client) {
    context_.set_deadline(std::chrono::system_clock::now() + kPatience);
    const std::lock_guard lock(client_.mutex_);
    client_.calls_.insert(&context_);
    if (client_.closed_) context_.TryCancel();
  }
  ~Call() {
    const std::lock_guard lock(client_.mutex_);
    client_.calls_.erase(&context_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  grpc::ClientContext* context() { return &context_; }

 private:
  WitnessClient& client_;
  grpc::ClientContext context_;
};

WitnessClient::WitnessClient(ledger::NoteKey key, const std::shared_ptr<grpc::Channel>& channel)
    : key_(std::move(key)), stub_(witness::v1::Witness::NewStub(channel)) {}

absl::StatusOr<std::unique_ptr<WitnessClient>> WitnessClient::Open(
    const WitnessAddress& where, const Keys& keys, const ledger::Anchor& anchor,
    const crypto::TrustAnchors& trust) {
  const auto key =
      std::find_if(anchor.always_on.begin(), anchor.always_on.end(),
                   [&](const ledger::NoteKey& one) { return one.name() == where.name; });
  if (key == anchor.always_on.end())
    return FailedPrecondition("the anchor names no always-on witness " + where.name);
  CHANCERY_ASSIGN_OR_RETURN(
      const std::shared_ptr<grpc::ChannelCredentials> credentials,
      MakeChannelCredentials(keys.tls_key, keys.tls_certificate, trust, where.party, kOffice));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReceivedBytes);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return std::unique_ptr<WitnessClient>(
      new WitnessClient(*key, grpc::CreateCustomChannel(where.address, credentials, arguments)));
}

void WitnessClient::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (grpc::ClientContext* call : calls_) call->TryCancel();
}

absl::StatusOr<ledger::CosignAnswer> WitnessClient::AddCheckpoint(
    const ledger::CosignOffer& offer) {
  Call call(*this);
  witness::v1::AddCheckpointRequest request;
  request.set_old_size(offer.old_size);
  for (const Digest& hash : offer.consistency_proof) request.add_consistency(hash.ToBytes());
  request.set_checkpoint(offer.checkpoint);
  witness::v1::AddCheckpointResponse response;
  const grpc::Status status = stub_->AddCheckpoint(call.context(), request, &response);
  if (!status.ok()) return FromRpc(status);
  return ledger::CosignAnswer{response.cosignature(), response.known_size()};
}

absl::StatusOr<Bytes> WitnessClient::Latest(std::string_view origin) {
  Call call(*this);
  witness::v1::LatestRequest request;
  request.set_origin(std::string(origin));
  witness::v1::LatestResponse response;
  const grpc::Status status = stub_->Latest(call.context(), request, &response);
  if (!status.ok()) return FromRpc(status);
  return response.checkpoint();
}

absl::StatusOr<std::vector<std::unique_ptr<WitnessClient>>> OpenWitnesses(
    const std::vector<WitnessAddress>& rows, const WitnessClient::Keys& keys,
    const ledger::Anchor& anchor, const crypto::TrustAnchors& trust) {
  std::vector<std::unique_ptr<WitnessClient>> clients;
  for (const WitnessAddress& row : rows) {
    CHANCERY_ASSIGN_OR_RETURN(std::unique_ptr<WitnessClient> client,
                              WitnessClient::Open(row, keys, anchor, trust));
    for (const auto& other : clients) {
      if (other->key() == client->key())
        return InvalidArgument("the always-on witness " + row.name + " is configured twice");
    }
    clients.push_back(std::move(client));
  }
  return clients;
}

}  // namespace chancery::edge
