#include "audit/watch/http_front.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/ledger/note.h"

namespace chancery::watch {

namespace {

using ledger::CosignRefusal;

// A note, and 63 hashes beside it.
constexpr std::size_t kMaxBody = ledger::kMaxNoteBytes + 4096;
constexpr unsigned kMaxConnections = 64;
constexpr unsigned kMaxConnectionsPerAddress = 32;
constexpr unsigned kIdleSeconds = 10;

struct Address {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

// Numbers only, and only this machine's loopback.
std::optional<Address> Loopback(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint16_t port = 0;
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  Address address;
  if (text.substr(0, colon) == "127.0.0.1") {
    auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.size = sizeof in;
    return address;
  }
  if (text.substr(0, colon) == "[::1]") {
    auto& in = reinterpret_cast<sockaddr_in6&>(address.storage);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    in.sin6_addr = in6addr_loopback;
    address.size = sizeof in;
    return address;
  }
  return std::nullopt;
}

HttpAnswer Answer(unsigned status, std::string body) {
  return {status, "text/plain; charset=utf-8", std::move(body)};
}

HttpAnswer Told(unsigned status, const absl::Status& why) {
  return Answer(status, std::string(ToStd(why.message())) + "\n");
}

}  // namespace

HttpAnswer AnswerAddCheckpoint(Witness& witness, std::string_view body) {
  const absl::StatusOr<ledger::CosignOffer> offer = ledger::ParseCosignOffer(body);
  if (!offer.ok()) return Told(MHD_HTTP_BAD_REQUEST, offer.status());
  const absl::StatusOr<Watched> watched = witness.AddCheckpoint(*offer);
  if (!watched.ok()) return Told(MHD_HTTP_SERVICE_UNAVAILABLE, watched.status());
  const std::string why = watched->why + "\n";
  switch (watched->refusal) {
    case CosignRefusal::kNone:
      return Answer(MHD_HTTP_OK, watched->line);
    case CosignRefusal::kMalformed:
      return Answer(MHD_HTTP_BAD_REQUEST, why);
    case CosignRefusal::kNotOurLog:
      return Answer(MHD_HTTP_FORBIDDEN, why);
    case CosignRefusal::kUnknownOrigin:
      return Answer(MHD_HTTP_NOT_FOUND, why);
    case CosignRefusal::kStale:
    case CosignRefusal::kBackwards:
    case CosignRefusal::kFork:
      // Whatever else is wrong, an old size that is not the one known is answered with that.
      if (offer->old_size == watched->known_size)
        return Answer(MHD_HTTP_UNPROCESSABLE_CONTENT, why);
      return {MHD_HTTP_CONFLICT, "text/x.tlog.size", std::to_string(watched->known_size) + "\n"};
    case CosignRefusal::kClockWentBack:
    case CosignRefusal::kNotFresh:
    case CosignRefusal::kClockAhead:
      return Answer(MHD_HTTP_SERVICE_UNAVAILABLE, why);
  }
  return Answer(MHD_HTTP_INTERNAL_SERVER_ERROR, "a refusal without a name\n");
}

HttpAnswer AnswerGet(const Witness& witness, std::string_view path) {
  constexpr std::string_view kEnding = "/checkpoint";
  constexpr std::size_t kHash = 64;
  if (path.size() != 1 + kHash + kEnding.size() || path[0] != '/' || !path.ends_with(kEnding))
    return Answer(MHD_HTTP_NOT_FOUND, "nothing is here\n");
  const absl::StatusOr<Bytes> latest = witness.LatestByHash(path.substr(1, kHash));
  if (!latest.ok()) return Told(MHD_HTTP_NOT_FOUND, latest.status());
  if (latest->empty()) return Answer(MHD_HTTP_NOT_FOUND, "nothing was cosigned of it yet\n");
  return Answer(MHD_HTTP_OK, *latest);
}

struct HttpFront::Body {
  explicit Body(Witness& watched) : witness(watched) {}
  ~Body() {
    if (daemon != nullptr) MHD_stop_daemon(daemon);
  }
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  // What was posted so far in one request.
  struct Posted {
    std::string body;
    bool too_large = false;
  };

  static MHD_Result Send(MHD_Connection* connection, const HttpAnswer& answer) {
    MHD_Response* response = MHD_create_response_from_buffer(
        answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
    if (response == nullptr) return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type.c_str());
    const MHD_Result queued = MHD_queue_response(connection, answer.status, response);
    MHD_destroy_response(response);
    return queued;
  }

  static MHD_Result Handle(void* self, MHD_Connection* connection, const char* url,
                           const char* method, const char*, const char* data, std::size_t* size,
                           void** request) {
    Witness& witness = static_cast<Body*>(self)->witness;
    const bool posts = std::strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    if (*request == nullptr) {
      *request = new Posted();  // freed in Completed
      return MHD_YES;
    }
    Posted& posted = *static_cast<Posted*>(*request);
    if (*size != 0) {
      posted.too_large = posted.too_large || posted.body.size() + *size > kMaxBody;
      if (!posted.too_large) posted.body.append(data, *size);
      *size = 0;
      return MHD_YES;
    }
    if (posts && std::strcmp(url, "/add-checkpoint") == 0) {
      if (posted.too_large)
        return Send(connection, Answer(MHD_HTTP_CONTENT_TOO_LARGE, "more than any checkpoint\n"));
      return Send(connection, AnswerAddCheckpoint(witness, posted.body));
    }
    if (std::strcmp(method, MHD_HTTP_METHOD_GET) == 0)
      return Send(connection, AnswerGet(witness, url));
    return Send(connection, Answer(posts ? MHD_HTTP_NOT_FOUND : MHD_HTTP_METHOD_NOT_ALLOWED,
                                   "nothing is here\n"));
  }

  static void Completed(void*, MHD_Connection*, void** request, MHD_RequestTerminationCode) {
    delete static_cast<Posted*>(*request);
    *request = nullptr;
  }

  Witness& witness;
  MHD_Daemon* daemon = nullptr;
  std::string address;
};

HttpFront::HttpFront(std::unique_ptr<Body> body) : body_(std::move(body)) {}
HttpFront::~HttpFront() = default;

const std::string& HttpFront::address() const { return body_->address; }

absl::StatusOr<std::unique_ptr<HttpFront>> HttpFront::Start(std::string_view address,
                                                            Witness& witness) {
  const std::optional<Address> loopback = Loopback(address);
  if (!loopback) {
    return InvalidArgument("http.listen: " + std::string(address) +
                           " is not a port of this machine's loopback, 127.0.0.1 or [::1]: plain "
                           "HTTP goes no further; put a TLS terminator in front of it");
  }
  const int fd = ::socket(loopback->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  if (fd >= 0) ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  Address bound;
  bound.size = sizeof bound.storage;
  if (fd < 0 ||
      ::bind(fd, reinterpret_cast<const sockaddr*>(&loopback->storage), loopback->size) != 0 ||
      ::listen(fd, static_cast<int>(kMaxConnections)) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0) {
    const std::string why = std::generic_category().message(errno);
    if (fd >= 0) ::close(fd);
    return Unavailable("http.listen: " + std::string(address) + ": " + why);
  }
  // The port stands at the same place in both kinds of address.
  const std::uint16_t port = ntohs(reinterpret_cast<const sockaddr_in&>(bound.storage).sin_port);
  auto body = std::make_unique<Body>(witness);
  body->address = std::string(address.substr(0, address.rfind(':'))) + ":" + std::to_string(port);
  body->daemon = MHD_start_daemon(
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, nullptr, nullptr, &Body::Handle,
      body.get(), MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, kMaxConnections,
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, kMaxConnectionsPerAddress, MHD_OPTION_CONNECTION_TIMEOUT,
      kIdleSeconds, MHD_OPTION_NOTIFY_COMPLETED, &Body::Completed, nullptr, MHD_OPTION_END);
  if (body->daemon == nullptr) {
    ::close(fd);
    return Unavailable("http.listen: the HTTP server does not start");
  }
  return std::unique_ptr<HttpFront>(new HttpFront(std::move(body)));
}

}  // namespace chancery::watch
