#include "edge/calls.h"

namespace chancery::edge {

absl::Status CheckDeadline(const grpc::CallbackServerContext& context,
                           std::chrono::seconds longest) {
  const auto deadline = context.deadline();
  const auto now = std::chrono::system_clock::now();
  // A little more than the longest, because the deadline was counted from when the caller sent.
  if (deadline <= now + longest + std::chrono::seconds(2)) return absl::OkStatus();
  return WithReason(InvalidArgument("call: it needs a deadline of at most " +
                                    std::to_string(longest.count()) + " seconds"),
                    "DEADLINE_REQUIRED");
}

absl::Status Busy() {
  return WithReason(Unavailable("server: too many calls wait; try again later"), "BUSY");
}

absl::StatusOr<Peer> Calls::Admit(const grpc::CallbackServerContext& context,
                                  std::chrono::seconds longest) const {
  CHANCERY_RETURN_IF_ERROR(CheckDeadline(context, longest));
  absl::StatusOr<Peer> peer = rules_.PeerOf(*context.auth_context());
  if (absl::IsUnavailable(peer.status())) return peer;
  if (!peer.ok()) return WithReason(peer.status(), "PEER_REFUSED");
  return peer;
}

grpc::ServerUnaryReactor* Calls::Unary(grpc::CallbackServerContext* context,
                                       std::string_view service, Handler handle) const {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const absl::StatusOr<Peer> peer = Admit(*context, kMaxUnaryDeadline);
  if (!peer.ok()) {
    reactor->Finish(ToRpc(peer.status(), service));
    return reactor;
  }
  const bool taken = workers_.Post([this, reactor, service, peer = *peer,
                                    handle = std::move(handle)] {
    const absl::Status status = handle(peer);
    events_.Note({"answer.before", peer.party.view(), static_cast<std::int64_t>(status.code())});
    reactor->Finish(ToRpc(status, service));
  });
  if (!taken) {
    reactor->Finish(ToRpc(Busy(), service));
  }
  return reactor;
}

}  // namespace chancery::edge
