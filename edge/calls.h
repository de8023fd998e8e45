// What every call goes through before its service sees it: a deadline, a peer that may call, a
// worker that runs it.
#ifndef CHANCERY_EDGE_CALLS_H_
#define CHANCERY_EDGE_CALLS_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "edge/rpc_status.h"
#include "edge/tls.h"
#include "edge/workers.h"
#include "engine/base/parts.h"
#include "engine/base/peer.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"

namespace chancery::edge {

// Beyond these a call is refused unread.
inline constexpr std::chrono::seconds kMaxUnaryDeadline{60};
inline constexpr std::chrono::seconds kMaxStreamDeadline{600};

// InvalidArgument with DEADLINE_REQUIRED when there is none or it lies too far ahead.
absl::Status CheckDeadline(const grpc::CallbackServerContext& context,
                           std::chrono::seconds longest);

// What a call is answered with that no worker takes.
absl::Status Busy();

// Safe on every thread.
class Calls {
 public:
  Calls(const PeerRules& rules, Workers& workers, Events& events)
      : rules_(rules), workers_(workers), events_(events) {}

  const PeerRules& rules() const { return rules_; }
  // For calls that are more than one question and one answer.
  Workers& workers() const { return workers_; }

  // Deadline and peer of a call.
  absl::StatusOr<Peer> Admit(const grpc::CallbackServerContext& context,
                             std::chrono::seconds longest) const;

  // Runs `handle` with the peer on a worker and answers the call with its status.
  using Handler = std::function<absl::Status(const Peer&)>;
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, std::string_view service,
                                  Handler handle) const;

 private:
  const PeerRules& rules_;
  Workers& workers_;
  Events& events_;
};

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_CALLS_H_
