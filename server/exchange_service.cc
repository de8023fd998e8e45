#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "edge/convert.h"
#include "server/convert.h"
#include "server/services.h"
#include "server/submit_stream.h"

namespace chancery::server {

namespace {

constexpr std::string_view kService = "chancery.exchange.v1.Exchange";
constexpr std::size_t kEntriesAPage = 64;
constexpr std::size_t kBytesAMessage = 160 * 1024;
constexpr int kMaxFollowers = 64;
constexpr int kMaxFollowersOfParty = 8;
constexpr int kMaxSubmittingOfParty = 4;
constexpr std::int64_t kWaitMs = 500;

std::size_t SizeOf(const exchange::CollectedEntry& entry) {
  std::size_t size = entry.entry.size() + entry.inclusion_proof.size() * (Digest::kSize + 2) + 32;
  for (const Item& item : entry.particulars)
    size += item.label.size() + item.value.Reveal().size() + 48;
  return size;
}

}  // namespace

grpc::ServerUnaryReactor* ExchangeService::Submit(grpc::CallbackServerContext* context,
                                                  const exchange::v1::SubmitRequest* request,
                                                  exchange::v1::SubmitResponse* response) {
  return calls_.Unary(
      context, kService, [this, request, response](const exchange::Peer& peer) -> absl::Status {
        CHANCERY_ASSIGN_OR_RETURN(codec::Envelope envelope, edge::FromWire(request->envelope()));
        CHANCERY_ASSIGN_OR_RETURN(const exchange::ActReceipt receipt,
                                  inbox_.Submit(std::move(envelope), peer));
        ToWire(receipt, *response->mutable_receipt());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ExchangeService::FindAttachment(
    grpc::CallbackServerContext* context, const exchange::v1::FindAttachmentRequest* request,
    exchange::v1::FindAttachmentResponse* response) {
  return calls_.Unary(
      context, kService, [this, request, response](const exchange::Peer& peer) -> absl::Status {
        CHANCERY_ASSIGN_OR_RETURN(const exchange::AttachmentName name,
                                  NameFrom(request->matter(), request->digest()));
        CHANCERY_ASSIGN_OR_RETURN(const std::optional<exchange::HeldAttachment> held,
                                  attachments_.Find(name, peer.party));
        response->set_held(held ? held->held : 0);
        response->set_whole(held && held->whole());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ExchangeService::PutAttachment(
    grpc::CallbackServerContext* context, const exchange::v1::PutAttachmentRequest* request,
    exchange::v1::PutAttachmentResponse* response) {
  return calls_.Unary(
      context, kService, [this, request, response](const exchange::Peer& peer) -> absl::Status {
        CHANCERY_ASSIGN_OR_RETURN(const exchange::AttachmentName name,
                                  NameFrom(request->matter(), request->digest()));
        CHANCERY_ASSIGN_OR_RETURN(const exchange::HeldAttachment held,
                                  attachments_.Add(name, peer.party, request->size(),
                                                   request->offset(), request->chunk()));
        events_.Note({"attachment.kept", peer.party.view(), static_cast<std::int64_t>(held.held)});
        response->set_held(held.held);
        response->set_whole(held.whole());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ExchangeService::GetAttachment(
    grpc::CallbackServerContext* context, const exchange::v1::GetAttachmentRequest* request,
    exchange::v1::GetAttachmentResponse* response) {
  return calls_.Unary(
      context, kService, [this, request, response](const exchange::Peer& peer) -> absl::Status {
        CHANCERY_ASSIGN_OR_RETURN(const exchange::AttachmentName name,
                                  NameFrom(request->matter(), request->digest()));
        CHANCERY_ASSIGN_OR_RETURN(const exchange::AttachmentPiece piece,
                                  attachments_.Read(name, peer.party, request->offset()));
        response->set_size(piece.size);
        response->set_chunk(piece.chunk.Reveal());
        return absl::OkStatus();
      });
}

// One Collect: a thread of its own reads and writes, so that nobody's slow reading keeps a worker.
class ExchangeService::Follower final
    : public grpc::ServerWriteReactor<exchange::v1::CollectResponse> {
 public:
  Follower(ExchangeService& service, const grpc::CallbackServerContext& context, PartyCode reader,
           const exchange::v1::CollectRequest& request)
      : service_(service), reader_(reader), follow_(request.follow()), until_(context.deadline()) {
    for (const exchange::v1::StreamPosition& from : request.from())
      positions_[from.stream()] = from.position();
  }

  void Begin() {
    thread_ = std::thread([this] { Finish(Run()); });
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    written_ = true;
    broken_ = broken_ || !ok;
    changed_.notify_all();
  }
  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    broken_ = true;
    changed_.notify_all();
  }
  void OnDone() override {
    // The thread's last deed was Finish; it does not touch this object after it.
    thread_.detach();
    ExchangeService& service = service_;
    const PartyCode reader = reader_;
    delete this;
    const std::lock_guard lock(service.mutex_);
    --service.followers_;
    if (--service.followers_of_[reader] == 0) service.followers_of_.erase(reader);
    service.gone_.notify_all();
  }

 private:
  grpc::Status Run() {
    for (;;) {
      if (Broken() || service_.stopping_) return Ended();
      const std::uint64_t size = service_.keeper_.head().tree.size;
      absl::StatusOr<exchange::CollectedPage> page =
          service_.reader_.Collect(reader_, positions_, kEntriesAPage);
      if (!page.ok()) return edge::ToRpc(page.status(), kService);
      if (!page->entries.empty()) {
        if (!Send(*page)) return Ended();
        continue;
      }
      if (!follow_ || std::chrono::system_clock::now() >= until_) return grpc::Status::OK;
      service_.keeper_.WaitForMoreThan(size, kWaitMs);
    }
  }

  static grpc::Status Ended() {
    return {grpc::StatusCode::UNAVAILABLE, "collect: ended; go on from the last position"};
  }

  bool Broken() {
    const std::lock_guard lock(mutex_);
    return broken_;
  }

  bool Send(exchange::CollectedPage& page) {
    exchange::v1::CollectResponse message;
    std::size_t bytes = 0;
    for (exchange::CollectedEntry& entry : page.entries) {
      const std::size_t size = SizeOf(entry);
      if (bytes > 0 && bytes + size > kBytesAMessage) {
        message.set_checkpoint(page.checkpoint);
        if (!SendMessage(message)) return false;
        message.Clear();
        bytes = 0;
      }
      bytes += size;
      exchange::v1::Collected& out = *message.add_entries();
      out.set_number(entry.number);
      out.set_entry(std::move(entry.entry));
      HashesToWire(entry.inclusion_proof, out.mutable_inclusion());
      if (!entry.particulars.empty()) edge::ToWire(entry.particulars, *out.mutable_particulars());
    }
    message.set_checkpoint(page.checkpoint);
    return SendMessage(message);
  }

  bool SendMessage(const exchange::v1::CollectResponse& message) {
    {
      const std::lock_guard lock(mutex_);
      if (broken_) return false;
      written_ = false;
    }
    StartWrite(&message);
    std::unique_lock lock(mutex_);
    // A write that was started always ends, with ok or without.
    changed_.wait(lock, [&] { return written_; });
    if (broken_) return false;
    lock.unlock();
    service_.events_.Note({"collect.sent", reader_.view(), message.entries_size()});
    return true;
  }

  ExchangeService& service_;
  const PartyCode reader_;
  const bool follow_;
  const std::chrono::system_clock::time_point until_;
  std::map<std::string, std::uint64_t> positions_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool written_ = false;
  bool broken_ = false;
};

grpc::ServerWriteReactor<exchange::v1::CollectResponse>* ExchangeService::Collect(
    grpc::CallbackServerContext* context, const exchange::v1::CollectRequest* request) {
  // Refuses at once and goes away when that was sent.
  class Refusal final : public grpc::ServerWriteReactor<exchange::v1::CollectResponse> {
   public:
    explicit Refusal(const grpc::Status& status) { Finish(status); }
    void OnDone() override { delete this; }
  };
  const absl::StatusOr<exchange::Peer> peer = calls_.Admit(*context, edge::kMaxStreamDeadline);
  if (!peer.ok()) return new Refusal(edge::ToRpc(peer.status(), kService));
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || followers_ >= kMaxFollowers ||
        followers_of_[peer->party] >= kMaxFollowersOfParty) {
      return new Refusal(edge::ToRpc(
          WithReason(Unavailable("collect: too many readers follow already; try again later"),
                     "BUSY"),
          kService));
    }
    ++followers_;
    ++followers_of_[peer->party];
  }
  auto* follower = new Follower(*this, *context, peer->party, *request);
  follower->Begin();
  return follower;
}

grpc::ServerBidiReactor<exchange::v1::SubmitStreamRequest, exchange::v1::SubmitStreamResponse>*
ExchangeService::SubmitStream(grpc::CallbackServerContext* context) {
  class Refusal final : public grpc::ServerBidiReactor<exchange::v1::SubmitStreamRequest,
                                                       exchange::v1::SubmitStreamResponse> {
   public:
    explicit Refusal(const grpc::Status& status) { Finish(status); }
    void OnDone() override { delete this; }
  };
  const absl::StatusOr<exchange::Peer> peer = calls_.Admit(*context, edge::kMaxStreamDeadline);
  if (!peer.ok()) return new Refusal(edge::ToRpc(peer.status(), kService));
  const std::lock_guard lock(mutex_);
  const auto open = std::count_if(submitting_.begin(), submitting_.end(),
                                  [&](const auto& one) { return one.second == peer->party; });
  if (stopping_ || open >= kMaxSubmittingOfParty) {
    return new Refusal(edge::ToRpc(
        WithReason(Unavailable("submit: too many streams of this party are open; try again later"),
                   "BUSY"),
        kService));
  }
  auto* stream =
      new server::SubmitStream(calls_, inbox_, events_, *peer, [this](server::SubmitStream* ended) {
        const std::lock_guard gone(mutex_);
        submitting_.erase(ended);
        gone_.notify_all();
      });
  submitting_.emplace(stream, peer->party);
  stream->Begin();
  return stream;
}

void ExchangeService::StopFollowers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [stream, party] : submitting_) stream->Stop();
  }
  keeper_.WakeAll();
}

ExchangeService::~ExchangeService() {
  std::unique_lock lock(mutex_);
  gone_.wait(lock, [&] { return followers_ == 0 && submitting_.empty(); });
}

}  // namespace chancery::server
