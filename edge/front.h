// A gRPC server behind one listener, with the limits of a server that only holders of a certificate
// may talk to.
#ifndef CHANCERY_EDGE_FRONT_H_
#define CHANCERY_EDGE_FRONT_H_

#include <memory>
#include <vector>

#include "edge/listener.h"
#include "engine/base/status.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"

namespace chancery::edge {

// To be started and drained on one thread; the services must outlive it.
struct Front {
  std::unique_ptr<Listener> listener;  // given before Start
  std::unique_ptr<grpc::Server> server;

  // Internal when gRPC does not start.
  absl::Status Start(std::shared_ptr<grpc::ServerCredentials> credentials,
                     const std::vector<grpc::Service*>& services);
  // Accepts no more and waits, within bounds, for the calls under way.
  void Drain();
};

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_FRONT_H_
