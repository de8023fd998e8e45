#include "server/serve.h"

#include <csignal>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/events.h"
#include "edge/files.h"
#include "edge/prepare_grpc.h"
#include "grpc/grpc.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/calls.h"
#include "server/listener.h"
#include "server/node.h"
#include "server/services.h"
#include "server/tls.h"
#include "server/workers.h"

namespace chancery::server {

namespace {

constexpr int kMaxMessage = 256 * 1024;
constexpr std::size_t kWorkers = 32;
constexpr std::size_t kMaxWaiting = 2048;
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

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

absl::Status Required(bool there, std::string_view setting) {
  if (there) return absl::OkStatus();
  return InvalidArgument("configuration: " + std::string(setting) + " is missing");
}

// A gRPC server behind one listener.
struct Front {
  std::unique_ptr<Listener> listener;
  std::unique_ptr<grpc::Server> server;

  absl::Status Start(std::shared_ptr<grpc::ServerCredentials> credentials,
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

  void Drain() {
    if (server == nullptr) return;
    if (auto* health = server->GetHealthCheckService()) health->SetServingStatus(false);
    listener->Stop();
    server->Shutdown(std::chrono::system_clock::now() + kDrain);
  }
};

}  // namespace

absl::Status Serve(const MinistryConfig& config, const ServeOptions& options) {
  CHANCERY_RETURN_IF_ERROR(edge::PrepareGrpc());
  CHANCERY_RETURN_IF_ERROR(Required(!config.exchange_listen.empty(), "exchange.listen"));
  CHANCERY_RETURN_IF_ERROR(Required(!config.casework_listen.empty(), "casework.listen"));
  CHANCERY_RETURN_IF_ERROR(Required(!config.tls.key.empty(), "tls.key"));
  CHANCERY_RETURN_IF_ERROR(Required(!config.tls.certificate.empty(), "tls.certificate"));
  CHANCERY_RETURN_IF_ERROR(Required(!config.tls.roots.empty(), "tls.roots"));
  CHANCERY_RETURN_IF_ERROR(Required(!config.revocations.empty(), "tls.revocations"));
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  CHANCERY_ASSIGN_OR_RETURN(
      const std::unique_ptr<edge::ProgramEvents> program,
      edge::ProgramEvents::Open(config.log_level, options.die_at, config.anchor));
  Events& events = program->get();

  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Node> node, Node::Open(config, events));
  exchange::SystemClock machine_clock;
  const PeerRules rules(node->trust(), node->anchor().agreement, config.revocations, machine_clock);
  CHANCERY_ASSIGN_OR_RETURN(const auto exchange_credentials,
                            MakeServerCredentials(config.tls, rules));
  CHANCERY_ASSIGN_OR_RETURN(const auto casework_credentials,
                            MakeServerCredentials(config.tls, rules));

  Workers workers(kWorkers, kMaxWaiting);
  const Calls calls(rules, workers, events);
  ExchangeService exchange_service(calls, node->inbox(), node->reader(), node->keeper(), events);
  Bytes policy;
  if (!config.policy.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(policy, edge::ReadWholeFile(config.policy));
  }
  LedgerService ledger_service(calls, node->reader(), node->witnessing(), node->store(),
                               std::move(policy));
  ProceduresService procedures_service(calls, node->procedures(), node->store());
  CaseworkService casework_service(calls, node->casework(), node->keeper(), node->witnessing(),
                                   node->anchor());

  CHANCERY_ASSIGN_OR_RETURN(const int resumed, node->casework().Resume());
  if (resumed > 0) events.Note({"draft.resumed", {}, resumed});

  grpc::EnableDefaultHealthCheckService(true);
  Front exchange_front;
  Front casework_front;
  CHANCERY_ASSIGN_OR_RETURN(exchange_front.listener, Listener::Open(config.exchange_listen, {}));
  CHANCERY_ASSIGN_OR_RETURN(casework_front.listener, Listener::Open(config.casework_listen, {}));
  CHANCERY_RETURN_IF_ERROR(exchange_front.Start(
      exchange_credentials, {&exchange_service, &ledger_service, &procedures_service}));
  CHANCERY_RETURN_IF_ERROR(casework_front.Start(casework_credentials, {&casework_service}));
  if (!options.ready_file.empty()) {
    CHANCERY_RETURN_IF_ERROR(edge::ReplaceFile(
        options.ready_file, "{\"exchange\":\"" + exchange_front.listener->address() +
                                "\",\"casework\":\"" + casework_front.listener->address() +
                                "\"}\n"));
  }
  events.Note({"server.ready", {}, static_cast<std::int64_t>(node->keeper().head().tree.size)});

  int signal = 0;
  sigwait(&signals, &signal);
  events.Note({"server.stopping", {}, signal});
  exchange_service.StopFollowers();
  exchange_front.Drain();
  casework_front.Drain();
  workers.Close();
  node->keeper().Close();
  events.Note({"server.stopped", {}, static_cast<std::int64_t>(node->keeper().head().tree.size)});
  return absl::OkStatus();
}

}  // namespace chancery::server
