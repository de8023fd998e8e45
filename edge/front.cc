#include "edge/front.h"

#include <chrono>
#include <utility>

#include "grpc/grpc.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server_builder.h"

namespace chancery::edge {

namespace {

constexpr int kMaxMessage = 256 * 1024;
constexpr std::chrono::seconds kDrain{10};

// security.md's limits for a server that only holders of a certificate may talk to.
void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxMessage);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 8 * 1024);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 64);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, 300'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 2);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

}  // namespace

absl::Status Front::Start(std::shared_ptr<grpc::ServerCredentials> credentials,
                          const std::vector<grpc::Service*>& services) {
  grpc::ServerBuilder builder;
  SetLimits(builder);
  auto acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      std::move(credentials));
  for (grpc::Service* service : services) builder.RegisterService(service);
  server = builder.BuildAndStart();
  if (server == nullptr) return Internal("serve: gRPC does not start");
  if (auto* health = server->GetHealthCheckService()) health->SetServingStatus(true);
  listener->Start(std::move(acceptor));
  return absl::OkStatus();
}

void Front::Drain() {
  if (server == nullptr) return;
  if (auto* health = server->GetHealthCheckService()) health->SetServingStatus(false);
  listener->Stop();
  server->Shutdown(std::chrono::system_clock::now() + kDrain);
}

}  // namespace chancery::edge
