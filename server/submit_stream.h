// One SubmitStream: many acts a message, their receipts in the same order.
//
// A message's seals are verified on a worker, then its acts are queued for the sequencer in their
// order, and only then the next message is read: so acts are recorded in the order in which they
// came, and one message is verified while the one before is committed. At most two messages are
// under way; a caller that sends faster is held back by the connection, and nothing is lost of
// what was answered.
//
// It ends itself: with what went wrong, or OK when the caller has no more and everything was
// answered. What was recorded when a call broke stays recorded; the same act again gives its
// receipt.
#ifndef CHANCERY_SERVER_SUBMIT_STREAM_H_
#define CHANCERY_SERVER_SUBMIT_STREAM_H_

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "chancery/exchange/v1/exchange.grpc.pb.h"
#include "edge/calls.h"
#include "engine/base/parts.h"
#include "engine/base/peer.h"
#include "engine/exchange/inbox.h"

namespace chancery::server {

inline constexpr int kMostActsAMessage = 64;

// Owned by the call: gRPC ends its life with OnDone, which calls `gone` before anything is freed.
class SubmitStream final : public grpc::ServerBidiReactor<exchange::v1::SubmitStreamRequest,
                                                          exchange::v1::SubmitStreamResponse> {
 public:
  SubmitStream(const edge::Calls& calls, exchange::Inbox& inbox, Events& events,
               exchange::Peer peer, std::function<void(SubmitStream*)> gone);

  // Reads the first message.
  void Begin();
  // Reads no more and ends when what is under way was recorded.
  void Stop();

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  // A request under way and its answer.
  struct Message {
    std::vector<std::optional<absl::StatusOr<exchange::Inbox::Recorded>>> recorded;
    std::size_t missing = 0;
    exchange::v1::SubmitStreamResponse response;
    bool answered = false;
  };

  // On a worker: verifies and queues the acts of a request.
  void Take(const std::shared_ptr<Message>& message,
            const exchange::v1::SubmitStreamRequest& request);
  // On a worker, when every act of it was committed or refused.
  void Answer(const std::shared_ptr<Message>& message);
  // Starts what can be started now; `mutex_` is held.
  void GoOn();
  void Fail(const absl::Status& status);

  const edge::Calls& calls_;
  exchange::Inbox& inbox_;
  Events& events_;
  const exchange::Peer peer_;
  const std::function<void(SubmitStream*)> gone_;

  std::mutex mutex_;
  exchange::v1::SubmitStreamRequest request_;       // being read
  std::deque<std::shared_ptr<Message>> under_way_;  // in the order of the requests
  bool reading_ = false;
  bool taking_ = false;  // a request was read and not all of its acts are queued
  bool writing_ = false;
  bool ended_ = false;  // the caller has no more, or is gone
  bool finished_ = false;
  grpc::Status outcome_;  // with which the call ends
};

}  // namespace chancery::server

#endif  // CHANCERY_SERVER_SUBMIT_STREAM_H_
