#include "server/serve.h"

#include <csignal>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/calls.h"
#include "edge/events.h"
#include "edge/files.h"
#include "edge/front.h"
#include "edge/listener.h"
#include "edge/prepare_grpc.h"
#include "edge/tls.h"
#include "edge/workers.h"
#include "grpc/grpc.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/node.h"
#include "server/services.h"

namespace chancery::server {

namespace {

constexpr std::size_t kWorkers = 32;
constexpr std::size_t kMaxWaiting = 2048;

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
  edge::SystemClock machine_clock;
  const edge::PeerRules rules(node->trust(), node->anchor().agreement, config.revocations,
                              machine_clock);
  CHANCERY_ASSIGN_OR_RETURN(const auto exchange_credentials,
                            edge::MakeServerCredentials(config.tls, rules));
  CHANCERY_ASSIGN_OR_RETURN(const auto casework_credentials,
                            edge::MakeServerCredentials(config.tls, rules));

  edge::Workers workers(kWorkers, kMaxWaiting);
  const edge::Calls calls(rules, workers, events);
  ExchangeService exchange_service(calls, node->inbox(), node->reader(), node->attachments(),
                                   node->keeper(), events);
  Bytes policy;
  if (!config.policy.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(policy, edge::ReadWholeFile(config.policy));
  }
  LedgerService ledger_service(calls, node->reader(), node->witnessing(), node->offering(),
                               node->store(), std::move(policy));
  ProceduresService procedures_service(calls, node->procedures(), node->store());
  CaseworkService casework_service(calls, node->casework(), node->attachments(), node->keeper(),
                                   node->witnessing(), node->anchor(), events);

  grpc::EnableDefaultHealthCheckService(true);
  edge::Front exchange_front;
  edge::Front casework_front;
  CHANCERY_ASSIGN_OR_RETURN(exchange_front.listener,
                            edge::Listener::Open(config.exchange_listen, {}));
  CHANCERY_ASSIGN_OR_RETURN(casework_front.listener,
                            edge::Listener::Open(config.casework_listen, {}));
  CHANCERY_RETURN_IF_ERROR(exchange_front.Start(
      exchange_credentials, {&exchange_service, &ledger_service, &procedures_service}));
  CHANCERY_RETURN_IF_ERROR(casework_front.Start(casework_credentials, {&casework_service}));
  // What was approved and not yet recorded is taken up as soon as the ledger may sign; attachments
  // that no act has named in time go.
  node->Start([&node, &events] {
    const absl::StatusOr<int> swept = node->attachments().Sweep();
    if (!swept.ok()) {
      events.Note({"attachment.not_swept", ReasonOf(swept.status()), 0});
    } else if (*swept > 0) {
      events.Note({"attachment.swept", {}, *swept});
    }
    const absl::StatusOr<int> resumed = node->casework().Resume();
    if (!resumed.ok()) {
      events.Note({"draft.not_resumed", ReasonOf(resumed.status()), 0});
    } else if (*resumed > 0) {
      events.Note({"draft.resumed", {}, *resumed});
    }
  });
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
  node->Stop();
  exchange_service.StopFollowers();
  exchange_front.Drain();
  casework_front.Drain();
  workers.Close();
  node->keeper().Close();
  events.Note({"server.stopped", {}, static_cast<std::int64_t>(node->keeper().head().tree.size)});
  return absl::OkStatus();
}

}  // namespace chancery::server
