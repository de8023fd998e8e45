// The witness over HTTP, as C2SP tlog-witness v1.0.0 has it, for ledgers and monitors of others:
//
//   POST /add-checkpoint                      200, 400, 403, 404, 409 with the size known, 422; 503
//   GET  /<hex SHA-256 of origin>/checkpoint  200, 404
//
// Plain HTTP: it listens on this machine's loopback only, for those beside it and for a TLS
// terminator in front of it. What is asked and answered is public; what counts is the signatures.
//
// Start and Stop on one thread.
#ifndef CHANCERY_AUDIT_WATCH_HTTP_FRONT_H_
#define CHANCERY_AUDIT_WATCH_HTTP_FRONT_H_

#include <memory>
#include <string>
#include <string_view>

#include "audit/watch/witness.h"
#include "engine/base/status.h"

namespace chancery::watch {

// An answer as it goes out.
struct HttpAnswer {
  unsigned status = 0;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};
// The answer to a body posted to /add-checkpoint, and to a GET of a path.
HttpAnswer AnswerAddCheckpoint(Witness& witness, std::string_view body);
HttpAnswer AnswerGet(const Witness& witness, std::string_view path);

class HttpFront {
 public:
  // "127.0.0.1:8080" or "[::1]:8080"; port 0 asks for a free one. InvalidArgument for any address
  // that is not this machine's loopback, Unavailable when it cannot be had.
  static absl::StatusOr<std::unique_ptr<HttpFront>> Start(std::string_view address,
                                                          Witness& witness);
  ~HttpFront();

  // "127.0.0.1:43121", with the port that was given.
  const std::string& address() const;

 private:
  struct Body;
  explicit HttpFront(std::unique_ptr<Body> body);

  std::unique_ptr<Body> body_;
};

}  // namespace chancery::watch

#endif  // CHANCERY_AUDIT_WATCH_HTTP_FRONT_H_
