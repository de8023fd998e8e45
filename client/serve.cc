#include "client/serve.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <utility>

#include "client/desk_service.h"
#include "client/grpc_transport.h"
#include "client/node.h"
#include "edge/events.h"
#include "edge/files.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace chancery::client {

namespace {

// sockaddr_un has room for so many bytes of a name.
constexpr std::size_t kLongestSocketName = 107;
constexpr int kMaxDeskMessage = 1 << 20;
constexpr std::chrono::seconds kDrain{5};

sigset_t WatchedSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

absl::StatusOr<std::unique_ptr<grpc::Server>> OpenDesk(const std::filesystem::path& socket,
                                                       DeskService& desk) {
  if (socket.string().size() > kLongestSocketName) {
    return InvalidArgument("socket: " + socket.string() +
                           " is longer than 107 bytes; choose a shorter path");
  }
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("unix:" + socket.string(), grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(kMaxDeskMessage);
  builder.RegisterService(&desk);
  // The socket is made for its owner alone from its first moment on.
  const mode_t before = ::umask(0177);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ::umask(before);
  if (server == nullptr)
    return FailedPrecondition("socket: " + socket.string() + " cannot be listened on");
  if (::chmod(socket.c_str(), 0600) != 0)
    return FailedPrecondition("socket: its mode cannot be set to 0600");
  return server;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = WatchedSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

absl::Status Serve(const Config& config, const ServeOptions& options) {
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<edge::ProgramEvents> program,
                            edge::ProgramEvents::Open(config.log, options.die_at, config.anchor));
  Events* const events = &program->get();
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<StateNode> node,
                            StateNode::Open(config, options.clock_file, *events));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<GrpcTransport> transport,
                            GrpcTransport::Open({.address = config.address,
                                                 .ministry = config.ministry,
                                                 .tls_key = config.tls_key,
                                                 .tls_certificate = config.tls_certificate},
                                                node->trust()));
  node->FetchSlicesFrom(*transport);
  CHANCERY_RETURN_IF_ERROR(node->Start(*transport));
  DeskService desk(*node, *events);
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<grpc::Server> server,
                            OpenDesk(config.socket, desk));
  if (!options.ready_file.empty()) {
    CHANCERY_RETURN_IF_ERROR(
        edge::ReplaceFile(options.ready_file, std::to_string(::getpid()) + "\n"));
  }
  events->Note({"daemon.ready", config.party.view(),
                static_cast<std::int64_t>(node->keeper().head().tree.size)});

  const sigset_t set = WatchedSignals();
  for (;;) {
    int received = 0;
    if (sigwait(&set, &received) != 0) continue;
    if (received != SIGHUP) break;
    const absl::Status reloaded = node->Reload();
    events->Note({reloaded.ok() ? "daemon.reloaded" : "daemon.reload_failed", {}, 0});
  }
  events->Note({"daemon.draining", config.party.view(), 0});
  server->Shutdown(std::chrono::system_clock::now() + kDrain);
  transport->Close();
  node->Stop();
  events->Note({"daemon.ended", config.party.view(), 0});
  return absl::OkStatus();
}

}  // namespace chancery::client
