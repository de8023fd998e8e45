// One listening address with an accept loop of our own.
//
// gRPC 1.51's loop stops for good when the process runs out of descriptors (CVE-2023-4785). This
// one goes on, and bounds how many connections are open at all and from one address before any byte
// of TLS is read.
#ifndef CHANCERY_EDGE_LISTENER_H_
#define CHANCERY_EDGE_LISTENER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "engine/base/status.h"
#include "grpcpp/server_builder.h"

namespace chancery::edge {

struct ListenerLimits {
  std::size_t connections = 64;
  std::size_t connections_per_address = 32;
};

// Bound from Open on, accepting from Start on; both to be called from one thread.
class Listener {
 public:
  // "127.0.0.1:7443", "[::1]:7443"; port 0 asks for a free one. InvalidArgument for another
  // spelling, Unavailable when the address cannot be had.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(std::string_view address,
                                                        ListenerLimits limits);
  ~Listener();

  // "127.0.0.1:43121", with the port that was given.
  const std::string& address() const { return address_; }

  // The acceptor must outlive Stop().
  void Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor);
  // Accepts no more.
  void Stop();

 private:
  Listener(int fd, int wake_read, int wake_write, std::string address, ListenerLimits limits);
  void Run();

  const int fd_;
  const int wake_read_;
  const int wake_write_;
  const std::string address_;
  const ListenerLimits limits_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::thread thread_;
};

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_LISTENER_H_
