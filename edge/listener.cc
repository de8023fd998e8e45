#include "edge/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

namespace chancery::edge {

namespace {

constexpr int kBacklog = 128;

struct Address {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

// The numeric host of a peer, and of what we are bound to with its port.
std::string HostOf(const sockaddr* address, socklen_t size, bool with_port) {
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (getnameinfo(address, size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return {};
  if (!with_port) return host;
  const std::string text =
      address->sa_family == AF_INET6 ? "[" + std::string(host) + "]" : std::string(host);
  return text + ":" + port;
}

absl::StatusOr<Address> Resolve(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string host(text.substr(0, colon));
  if (colon == std::string_view::npos || host.empty()) {
    return InvalidArgument("listen: expected ADDRESS:PORT, for example 127.0.0.1:7443");
  }
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string port(text.substr(colon + 1));
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0 || found == nullptr) {
    return InvalidArgument("listen: " + std::string(text) + " is no numeric address and port");
  }
  Address address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  freeaddrinfo(found);
  return address;
}

// A connection handed to gRPC, seen through a second descriptor that tells when it ended.
struct Open {
  int watch = -1;
  std::string host;
};

}  // namespace

Listener::Listener(int fd, int wake_read, int wake_write, std::string address,
                   ListenerLimits limits)
    : fd_(fd),
      wake_read_(wake_read),
      wake_write_(wake_write),
      address_(std::move(address)),
      limits_(limits) {}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(std::string_view address,
                                                         ListenerLimits limits) {
  CHANCERY_ASSIGN_OR_RETURN(const Address wanted, Resolve(address));
  const int fd = ::socket(wanted.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Unavailable("listen: no socket: " + std::generic_category().message(errno));
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&wanted.storage), wanted.size) != 0 ||
      ::listen(fd, kBacklog) != 0) {
    const std::string why = std::generic_category().message(errno);
    ::close(fd);
    return Unavailable("listen: " + std::string(address) + ": " + why);
  }
  Address bound;
  bound.size = sizeof bound.storage;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size);
  int wake[2];
  if (::pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0) {
    ::close(fd);
    return Unavailable("listen: no pipe: " + std::generic_category().message(errno));
  }
  return std::unique_ptr<Listener>(new Listener(
      fd, wake[0], wake[1],
      HostOf(reinterpret_cast<const sockaddr*>(&bound.storage), bound.size, true), limits));
}

Listener::~Listener() {
  Stop();
  ::close(fd_);
  ::close(wake_read_);
  ::close(wake_write_);
}

void Listener::Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor) {
  acceptor_ = std::move(acceptor);
  thread_ = std::thread([this] { Run(); });
}

void Listener::Stop() {
  if (!thread_.joinable()) return;
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_write_, &byte, 1);
  thread_.join();
}

void Listener::Run() {
  std::vector<struct Open> open;
  std::map<std::string, std::size_t> by_host;
  for (;;) {
    std::vector<pollfd> polled;
    polled.push_back({wake_read_, POLLIN, 0});
    polled.push_back({fd_, POLLIN, 0});
    for (const auto& one : open) polled.push_back({one.watch, POLLRDHUP, 0});
    if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      continue;
    }
    if (polled[0].revents != 0) break;
    for (std::size_t i = open.size(); i > 0; --i) {
      if (polled[i + 1].revents == 0) continue;
      ::close(open[i - 1].watch);
      if (--by_host[open[i - 1].host] == 0) by_host.erase(open[i - 1].host);
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
    if (polled[1].revents == 0) continue;
    Address peer;
    peer.size = sizeof peer.storage;
    const int fd = ::accept4(fd_, reinterpret_cast<sockaddr*>(&peer.storage), &peer.size,
                             SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
      // No descriptors or no memory now: what waits in the queue is taken when there are some
      // again.
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
      continue;
    }
    const std::string host =
        HostOf(reinterpret_cast<const sockaddr*>(&peer.storage), peer.size, false);
    const int watch = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (watch < 0 || open.size() >= limits_.connections ||
        by_host[host] >= limits_.connections_per_address) {
      if (watch >= 0) ::close(watch);
      ::close(fd);
      continue;
    }
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    ++by_host[host];
    open.push_back({watch, host});
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
    parameters.listener_fd = -1;
    parameters.fd = fd;
    acceptor_->HandleNewConnection(&parameters);
  }
  for (const auto& one : open) ::close(one.watch);
}

}  // namespace chancery::edge
