#include "client/grpc_transport.h"

#include <utility>

#include "edge/convert.h"
#include "edge/rpc_status.h"
#include "edge/tls.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"

namespace chancery::client {

namespace {

constexpr int kMaxReceivedBytes = 16 << 20;

std::vector<Bytes> HashesFrom(const google::protobuf::RepeatedPtrField<std::string>& hashes) {
  return {hashes.begin(), hashes.end()};
}

exchange::GivenReceipt ReceiptFrom(const exchange::v1::Receipt& receipt) {
  return {receipt.number(), receipt.entry(), receipt.proof()};
}

}  // namespace

// Makes a call's context known to Close for as long as the call lasts.
class GrpcTransport::Call {
 public:
  Call(GrpcTransport& transport, std::chrono::milliseconds patience) : transport_(transport) {
    context_.set_deadline(std::chrono::system_clock::now() + patience);
    const std::lock_guard lock(transport_.mutex_);
    transport_.calls_.insert(&context_);
    if (transport_.closed_) context_.TryCancel();
  }
  ~Call() {
    const std::lock_guard lock(transport_.mutex_);
    transport_.calls_.erase(&context_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  grpc::ClientContext* context() { return &context_; }

 private:
  GrpcTransport& transport_;
  grpc::ClientContext context_;
};

absl::StatusOr<std::unique_ptr<GrpcTransport>> GrpcTransport::Open(
    Options options, const crypto::TrustAnchors& trust) {
  CHANCERY_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials,
                            edge::MakeChannelCredentials(options.tls_key, options.tls_certificate,
                                                         trust, options.ministry, "server"));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReceivedBytes);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // the outbox is the retry
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  std::shared_ptr<grpc::Channel> channel =
      grpc::CreateCustomChannel(options.address, credentials, arguments);
  return std::unique_ptr<GrpcTransport>(new GrpcTransport(std::move(options), std::move(channel)));
}

GrpcTransport::GrpcTransport(Options options, std::shared_ptr<grpc::Channel> channel)
    : options_(std::move(options)),
      channel_(std::move(channel)),
      exchange_(exchange::v1::Exchange::NewStub(channel_)),
      ledger_(exchange::v1::Ledger::NewStub(channel_)),
      procedures_(exchange::v1::Procedures::NewStub(channel_)) {}

void GrpcTransport::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (grpc::ClientContext* call : calls_) call->TryCancel();
}

absl::StatusOr<exchange::GivenReceipt> GrpcTransport::Submit(const codec::Envelope& envelope) {
  Call call(*this, options_.patience);
  exchange::v1::SubmitRequest request;
  edge::ToWire(envelope, *request.mutable_envelope());
  exchange::v1::SubmitResponse response;
  const grpc::Status status = exchange_->Submit(call.context(), request, &response);
  if (!status.ok()) return edge::FromRpc(status);
  return ReceiptFrom(response.receipt());
}

class GrpcTransport::Channel final : public exchange::SubmitChannel {
 public:
  explicit Channel(GrpcTransport& transport) : transport_(transport) {}
  ~Channel() override { End().IgnoreError(); }

  std::vector<absl::StatusOr<exchange::GivenReceipt>> Send(
      const std::vector<codec::Envelope>& envelopes) override {
    if (one_by_one_) return SendEach(envelopes);
    // One call has a deadline, a channel none.
    if (stream_ != nullptr &&
        std::chrono::steady_clock::now() - since_ > transport_.options_.patience) {
      End().IgnoreError();  // everything sent on it was answered
    }
    Open();
    exchange::v1::SubmitStreamRequest request;
    for (const codec::Envelope& envelope : envelopes)
      edge::ToWire(envelope, *request.add_envelopes());
    exchange::v1::SubmitStreamResponse response;
    if (stream_->Write(request) && stream_->Read(&response) &&
        response.answers_size() == static_cast<int>(envelopes.size())) {
      std::vector<absl::StatusOr<exchange::GivenReceipt>> answers;
      for (const exchange::v1::SubmitAnswer& answer : response.answers())
        answers.push_back(AnswerFrom(answer));
      return answers;
    }
    const absl::Status broken = End();
    if (absl::IsUnimplemented(broken)) {
      one_by_one_ = true;
      return SendEach(envelopes);
    }
    // What became of each is not known; each is sent again and gets the receipt it has.
    return std::vector<absl::StatusOr<exchange::GivenReceipt>>(
        envelopes.size(),
        broken.ok() ? Unavailable("submit: the ministry ended the stream without an answer")
                    : broken);
  }

 private:
  static absl::StatusOr<exchange::GivenReceipt> AnswerFrom(
      const exchange::v1::SubmitAnswer& answer) {
    if (answer.has_receipt()) return ReceiptFrom(answer.receipt());
    const absl::Status refused = edge::FromWire(answer.refusal());
    return refused.ok() ? Unavailable("submit: the ministry answered nothing") : refused;
  }
  std::vector<absl::StatusOr<exchange::GivenReceipt>> SendEach(
      const std::vector<codec::Envelope>& envelopes) {
    return transport_.Transport::OpenSubmitChannel()->Send(envelopes);
  }
  void Open() {
    if (stream_ != nullptr) return;
    call_ = std::make_unique<Call>(transport_, 2 * transport_.options_.patience);
    stream_ = transport_.exchange_->SubmitStream(call_->context());
    since_ = std::chrono::steady_clock::now();
  }
  absl::Status End() {
    if (stream_ == nullptr) return absl::OkStatus();
    stream_->WritesDone();
    exchange::v1::SubmitStreamResponse rest;
    while (stream_->Read(&rest)) {
    }
    const absl::Status ended = edge::FromRpc(stream_->Finish());
    stream_.reset();
    call_.reset();
    return ended;
  }

  GrpcTransport& transport_;
  std::unique_ptr<Call> call_;
  std::unique_ptr<grpc::ClientReaderWriter<exchange::v1::SubmitStreamRequest,
                                           exchange::v1::SubmitStreamResponse>>
      stream_;
  std::chrono::steady_clock::time_point since_;
  bool one_by_one_ = false;  // the ministry knows no streams
};

std::unique_ptr<exchange::SubmitChannel> GrpcTransport::OpenSubmitChannel() {
  return std::make_unique<Channel>(*this);
}

absl::Status GrpcTransport::Collect(
    const std::vector<exchange::StreamFrom>& from,
    const std::function<absl::Status(const exchange::GivenBatch&)>& take) {
  Call call(*this, options_.collect_patience);
  exchange::v1::CollectRequest request;
  for (const exchange::StreamFrom& stream : from) {
    exchange::v1::StreamPosition& position = *request.add_from();
    position.set_stream(stream.stream);
    position.set_position(stream.position);
  }
  const auto reader = exchange_->Collect(call.context(), request);
  exchange::v1::CollectResponse response;
  while (reader->Read(&response)) {
    exchange::GivenBatch batch;
    batch.checkpoint = response.checkpoint();
    absl::Status taken = absl::OkStatus();
    for (const exchange::v1::Collected& entry : response.entries()) {
      exchange::GivenEntry given{entry.number(), entry.entry(), HashesFrom(entry.inclusion()), {}};
      if (entry.has_particulars()) {
        absl::StatusOr<std::vector<Item>> items = edge::FromWire(entry.particulars());
        if (!items.ok()) {
          taken = items.status();
          break;
        }
        given.items = *std::move(items);
      }
      batch.entries.push_back(std::move(given));
    }
    if (taken.ok()) taken = take(batch);
    if (!taken.ok()) {
      call.context()->TryCancel();
      while (reader->Read(&response)) {
      }
      reader->Finish();
      return taken;
    }
  }
  return edge::FromRpc(reader->Finish());
}

absl::StatusOr<exchange::GivenHeads> GrpcTransport::GetCheckpoint() {
  Call call(*this, options_.patience);
  exchange::v1::GetCheckpointResponse response;
  const grpc::Status status = ledger_->GetCheckpoint(call.context(), {}, &response);
  if (!status.ok()) return edge::FromRpc(status);
  return exchange::GivenHeads{response.checkpoint(),
                              response.offered(),
                              response.final_checkpoint(),
                              {response.handovers().begin(), response.handovers().end()}};
}

absl::StatusOr<std::vector<Bytes>> GrpcTransport::GetConsistency(std::uint64_t old_size,
                                                                 std::uint64_t new_size) {
  Call call(*this, options_.patience);
  exchange::v1::GetConsistencyRequest request;
  request.set_old_size(old_size);
  request.set_new_size(new_size);
  exchange::v1::GetConsistencyResponse response;
  const grpc::Status status = ledger_->GetConsistency(call.context(), request, &response);
  if (!status.ok()) return edge::FromRpc(status);
  return HashesFrom(response.hashes());
}

absl::StatusOr<exchange::SliceSource::Head> GrpcTransport::GetSliceHead() {
  Call call(*this, options_.patience);
  exchange::v1::GetSliceHeadResponse response;
  const grpc::Status status = ledger_->GetSliceHead(call.context(), {}, &response);
  if (!status.ok()) return edge::FromRpc(status);
  return Head{response.policy(), response.checkpoint()};
}

absl::StatusOr<std::vector<Bytes>> GrpcTransport::GetLeafHashes(std::uint64_t first,
                                                                std::uint64_t count) {
  Call call(*this, options_.patience);
  exchange::v1::GetLeafHashesRequest request;
  request.set_first(first);
  request.set_count(count);
  exchange::v1::GetLeafHashesResponse response;
  const grpc::Status status = ledger_->GetLeafHashes(call.context(), request, &response);
  if (!status.ok()) return edge::FromRpc(status);
  return HashesFrom(response.hashes());
}

absl::StatusOr<Bytes> GrpcTransport::GetCosignedHeads(std::uint64_t after) {
  Call call(*this, options_.patience);
  exchange::v1::GetCosignedHeadsRequest request;
  request.set_after(after);
  exchange::v1::GetCosignedHeadsResponse response;
  const grpc::Status status = ledger_->GetCosignedHeads(call.context(), request, &response);
  if (!status.ok()) return edge::FromRpc(status);
  return response.heads();
}

absl::StatusOr<std::vector<exchange::GivenStamp>> GrpcTransport::GetTimeStamps(
    const std::optional<ledger::StampName>& after) {
  Call call(*this, options_.patience);
  exchange::v1::GetTimeStampsRequest request;
  if (after) request.set_after(after->ToText());
  exchange::v1::GetTimeStampsResponse response;
  const grpc::Status status = ledger_->GetTimeStamps(call.context(), request, &response);
  if (!status.ok()) return edge::FromRpc(status);
  std::vector<exchange::GivenStamp> stamps;
  for (const exchange::v1::TimeStamp& stamp : response.stamps())
    stamps.push_back({{stamp.checkpoint(), stamp.query(), stamp.reply()}, stamp.above()});
  return stamps;
}

absl::Status GrpcTransport::AddCosignature(std::uint64_t size, ByteView line) {
  Call call(*this, options_.patience);
  exchange::v1::AddCosignatureRequest request;
  request.set_size(size);
  request.set_line(std::string(line));
  exchange::v1::AddCosignatureResponse response;
  return edge::FromRpc(ledger_->AddCosignature(call.context(), request, &response));
}

absl::StatusOr<exchange::GivenCosignature> GrpcTransport::AddCheckpoint(
    const ledger::CosignOffer& offer, const std::vector<Bytes>& handovers) {
  Call call(*this, options_.patience);
  exchange::v1::AddCheckpointRequest request;
  for (const Bytes& note : handovers) request.add_handovers(note);
  request.set_old_size(offer.old_size);
  for (const Digest& hash : offer.consistency_proof) request.add_consistency(hash.ToBytes());
  request.set_checkpoint(offer.checkpoint);
  exchange::v1::AddCheckpointResponse response;
  const grpc::Status status = ledger_->AddCheckpoint(call.context(), request, &response);
  if (!status.ok()) return edge::FromRpc(status);
  return exchange::GivenCosignature{response.cosignature(), response.known_size()};
}

absl::StatusOr<exchange::Transport::AttachmentHeld> GrpcTransport::FindAttachment(
    const MatterId& matter, const Digest& digest) {
  Call call(*this, options_.patience);
  exchange::v1::FindAttachmentRequest request;
  request.set_matter(matter.ToBytes());
  request.set_digest(digest.ToBytes());
  exchange::v1::FindAttachmentResponse response;
  const grpc::Status status = exchange_->FindAttachment(call.context(), request, &response);
  if (!status.ok()) return edge::FromRpc(status);
  return AttachmentHeld{response.held(), response.whole()};
}

absl::StatusOr<exchange::Transport::AttachmentHeld> GrpcTransport::PutAttachment(
    const MatterId& matter, const Digest& digest, std::uint64_t size, std::uint64_t offset,
    ByteView chunk) {
  Call call(*this, options_.patience);
  exchange::v1::PutAttachmentRequest request;
  request.set_matter(matter.ToBytes());
  request.set_digest(digest.ToBytes());
  request.set_size(size);
  request.set_offset(offset);
  request.set_chunk(std::string(chunk));
  exchange::v1::PutAttachmentResponse response;
  const grpc::Status status = exchange_->PutAttachment(call.context(), request, &response);
  Wipe(*request.mutable_chunk());
  if (!status.ok()) return edge::FromRpc(status);
  return AttachmentHeld{response.held(), response.whole()};
}

absl::StatusOr<exchange::AttachmentPiece> GrpcTransport::GetAttachment(const MatterId& matter,
                                                                       const Digest& digest,
                                                                       std::uint64_t offset) {
  Call call(*this, options_.patience);
  exchange::v1::GetAttachmentRequest request;
  request.set_matter(matter.ToBytes());
  request.set_digest(digest.ToBytes());
  request.set_offset(offset);
  exchange::v1::GetAttachmentResponse response;
  const grpc::Status status = exchange_->GetAttachment(call.context(), request, &response);
  if (!status.ok()) return edge::FromRpc(status);
  return exchange::AttachmentPiece{response.size(),
                                   Personal<std::string>(std::move(*response.mutable_chunk()))};
}

absl::StatusOr<exchange::Transport::GivenProcedure> GrpcTransport::GetProcedure(
    const Digest& digest) {
  Call call(*this, options_.patience);
  exchange::v1::GetProcedureRequest request;
  request.set_digest(digest.ToBytes());
  exchange::v1::GetProcedureResponse response;
  const grpc::Status status = procedures_->GetProcedure(call.context(), request, &response);
  if (!status.ok()) return edge::FromRpc(status);
  return GivenProcedure{response.bundle(), response.seal()};
}

}  // namespace chancery::client
