#include "server/submit_stream.h"

#include <string>
#include <utility>

#include "edge/convert.h"
#include "edge/rpc_status.h"
#include "server/convert.h"

namespace chancery::server {

namespace {

constexpr std::string_view kService = "chancery.exchange.v1.Exchange";
constexpr std::size_t kMostUnderWay = 2;

}  // namespace

SubmitStream::SubmitStream(const edge::Calls& calls, exchange::Inbox& inbox, Events& events,
                           exchange::Peer peer, std::function<void(SubmitStream*)> gone)
    : calls_(calls),
      inbox_(inbox),
      events_(events),
      peer_(std::move(peer)),
      gone_(std::move(gone)) {}

void SubmitStream::Begin() {
  const std::lock_guard lock(mutex_);
  GoOn();
}

void SubmitStream::Stop() {
  const std::lock_guard lock(mutex_);
  Fail(Unavailable("submit: the server is ending; send again what has no answer"));
}

void SubmitStream::OnReadDone(bool ok) {
  const std::lock_guard lock(mutex_);
  reading_ = false;
  // A message may come between the end and its sending: then nothing keeps this alive for it.
  if (!ok || ended_) {
    ended_ = true;
    GoOn();
    return;
  }
  const int acts = request_.envelopes_size();
  if (acts == 0 || acts > kMostActsAMessage) {
    Fail(InvalidArgument("envelopes: a message has 1 to " + std::to_string(kMostActsAMessage) +
                         " acts, not " + std::to_string(acts)));
    return;
  }
  auto message = std::make_shared<Message>();
  message->recorded.resize(static_cast<std::size_t>(acts));
  message->missing = message->recorded.size();
  auto request = std::make_shared<exchange::v1::SubmitStreamRequest>(std::move(request_));
  request_.Clear();
  under_way_.push_back(message);
  taking_ = true;
  if (!calls_.workers().Post([this, message, request] { Take(message, *request); })) {
    taking_ = false;
    under_way_.pop_back();
    Fail(edge::Busy());
  }
}

void SubmitStream::Take(const std::shared_ptr<Message>& message,
                        const exchange::v1::SubmitStreamRequest& request) {
  const auto answer = [this, message](std::size_t place,
                                      absl::StatusOr<exchange::Inbox::Recorded> recorded) {
    // On the sequencer's thread, or on this one: whoever answers last has the receipts made.
    const std::lock_guard lock(mutex_);
    message->recorded[place] = std::move(recorded);
    if (--message->missing > 0) return;
    if (!calls_.workers().Post([this, message] { Answer(message); })) {
      message->answered = true;
      Fail(edge::Busy());
    }
  };
  for (std::size_t place = 0; place < message->recorded.size(); ++place) {
    absl::StatusOr<codec::Envelope> envelope =
        edge::FromWire(request.envelopes(static_cast<int>(place)));
    if (!envelope.ok()) {
      answer(place, envelope.status());
      continue;
    }
    inbox_.SubmitAsync(*std::move(envelope), peer_,
                       [answer, place](absl::StatusOr<exchange::Inbox::Recorded> recorded) {
                         answer(place, std::move(recorded));
                       });
  }
  const std::lock_guard lock(mutex_);
  taking_ = false;
  GoOn();
}

void SubmitStream::Answer(const std::shared_ptr<Message>& message) {
  std::vector<exchange::Inbox::Recorded> recorded;
  for (const auto& one : message->recorded) {
    if (one->ok()) recorded.push_back(**one);
  }
  const absl::StatusOr<std::vector<exchange::ActReceipt>> receipts = inbox_.ReceiptsOf(recorded);
  std::size_t next = 0;
  for (const auto& one : message->recorded) {
    exchange::v1::SubmitAnswer& answer = *message->response.add_answers();
    const absl::Status status = one->ok() ? receipts.status() : one->status();
    if (status.ok()) {
      ToWire((*receipts)[next++], *answer.mutable_receipt());
    } else {
      *answer.mutable_refusal() = edge::ToWire(status, kService);
    }
    events_.Note({"answer.before", peer_.party.view(), static_cast<std::int64_t>(status.code())});
  }
  const std::lock_guard lock(mutex_);
  message->answered = true;
  GoOn();
}

void SubmitStream::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  under_way_.pop_front();
  ended_ = ended_ || !ok;
  GoOn();
}

void SubmitStream::OnCancel() {
  const std::lock_guard lock(mutex_);
  if (outcome_.ok()) outcome_ = {grpc::StatusCode::CANCELLED, "submit: the call was ended"};
  ended_ = true;
  GoOn();
}

void SubmitStream::Fail(const absl::Status& status) {
  if (outcome_.ok()) outcome_ = edge::ToRpc(status, kService);
  ended_ = true;
  GoOn();
}

void SubmitStream::GoOn() {
  if (finished_) return;
  // Nobody reads what would be written after a failure; what is recorded stays so.
  while (!outcome_.ok() && !writing_ && !under_way_.empty() && under_way_.front()->answered)
    under_way_.pop_front();
  if (!writing_ && outcome_.ok() && !under_way_.empty() && under_way_.front()->answered) {
    writing_ = true;
    StartWrite(&under_way_.front()->response);
  }
  if (!ended_ && !reading_ && !taking_ && under_way_.size() < kMostUnderWay) {
    reading_ = true;
    StartRead(&request_);
  }
  // A read that waits for a caller who says nothing ends with the call.
  if (ended_ && !taking_ && !writing_ && under_way_.empty()) {
    finished_ = true;
    Finish(outcome_);
  }
}

void SubmitStream::OnDone() {
  gone_(this);
  // Whoever called Finish has let go of the lock before this ends.
  { const std::lock_guard lock(mutex_); }
  delete this;
}

}  // namespace chancery::server
