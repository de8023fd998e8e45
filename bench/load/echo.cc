#include "bench/load/echo.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "bench/load/echo.grpc.pb.h"
#include "bench/load/measure.h"
#include "edge/clock.h"
#include "edge/front.h"
#include "edge/listener.h"
#include "edge/rpc_status.h"
#include "edge/tls.h"
#include "engine/exchange/shelf.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/server.h"

namespace chancery::bench {

namespace {

using std::chrono::steady_clock;

constexpr int kUnderWay = 64;

v1::EchoResponse Answer(std::size_t bytes) {
  v1::EchoResponse answer;
  answer.set_payload(std::string(bytes, 'x'));
  return answer;
}

class EchoService final : public v1::Echo::WithCallbackMethod_Unary<v1::Echo::Service> {
 public:
  explicit EchoService(std::size_t answer_bytes) : answer_(Answer(answer_bytes)) {}

  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const v1::EchoRequest*,
                                  v1::EchoResponse* response) override {
    *response = answer_;
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::Status Stream(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::EchoResponse, v1::EchoRequest>* stream) override {
    v1::EchoRequest request;
    while (stream->Read(&request) && stream->Write(answer_)) {
    }
    return grpc::Status::OK;
  }

 private:
  const v1::EchoResponse answer_;
};

// Keeps so many calls under way until the time is over.
class UnaryCalls {
 public:
  UnaryCalls(v1::Echo::Stub& stub, std::size_t request_bytes, double seconds)
      : stub_(stub),
        until_(steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(
                                         std::chrono::duration<double>(seconds))) {
    request_.set_payload(std::string(request_bytes, 'x'));
  }

  absl::StatusOr<std::uint64_t> Run() {
    for (int i = 0; i < kUnderWay; ++i) Begin();
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return running_ == 0; });
    if (!failure_.ok()) return failure_;
    return calls_;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::EchoResponse response;
  };

  void Begin() {
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    const auto call = std::make_shared<Call>();
    call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    stub_.async()->Unary(&call->context, &request_, &call->response,
                         [this, call](const grpc::Status& status) { End(status); });
  }

  void End(const grpc::Status& status) {
    if (status.ok() && steady_clock::now() < until_) Begin();
    const std::lock_guard lock(mutex_);
    if (status.ok()) {
      ++calls_;
    } else {
      failure_ = edge::FromRpc(status);
    }
    // Told under the lock: who waits owns both.
    if (--running_ == 0) ended_.notify_all();
  }

  v1::Echo::Stub& stub_;
  const steady_clock::time_point until_;
  v1::EchoRequest request_;
  std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;
  std::uint64_t calls_ = 0;
  absl::Status failure_;
};

// One stream: a thread writes as long as fewer messages than that are without an answer.
absl::StatusOr<std::uint64_t> RunStream(v1::Echo::Stub& stub, std::size_t request_bytes,
                                        double seconds) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  const auto stream = stub.Stream(&context);
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t answers = 0;
  std::uint64_t written = 0;
  std::jthread reader([&] {
    v1::EchoResponse response;
    while (stream->Read(&response)) {
      const std::lock_guard lock(mutex);
      ++answers;
      changed.notify_all();
    }
    const std::lock_guard lock(mutex);
    written = answers;  // nobody waits for more
    changed.notify_all();
  });
  v1::EchoRequest request;
  request.set_payload(std::string(request_bytes, 'x'));
  const auto until = steady_clock::now() + std::chrono::duration<double>(seconds);
  while (steady_clock::now() < until) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return written < answers + kUnderWay; });
      ++written;
    }
    if (!stream->Write(request)) break;
  }
  stream->WritesDone();
  reader.join();
  const absl::Status status = edge::FromRpc(stream->Finish());
  if (!status.ok()) return status;
  return answers;
}

absl::StatusOr<double> CostOf(const absl::StatusOr<std::uint64_t>& count, double cpu) {
  if (!count.ok()) return count.status();
  if (*count == 0) return Internal("echo: no call was answered");
  return cpu * 1e6 / static_cast<double>(*count);
}

}  // namespace

absl::StatusOr<EchoCost> MeasureEcho(const EchoPlan& plan) {
  const auto pki = [&](const std::string& name) { return plan.pki / name; };
  CHANCERY_ASSIGN_OR_RETURN(const exchange::TrustFolder folder,
                            exchange::ReadTrustFolder(pki("public"), plan.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const crypto::TrustAnchors trust,
                            exchange::MakeTrustAnchors(folder, plan.anchor));
  edge::SystemClock clock;
  const std::filesystem::path revocations = plan.pki / "echo.revocations";
  {
    std::ofstream file(revocations);
    file << "chancery-revocations v1\n";
    if (!file.flush()) return Internal(revocations.string() + ": cannot be written");
  }
  const edge::PeerRules rules(trust, plan.anchor.agreement, revocations, clock);
  const std::string server = plan.ministry.ToText() + "/tls/server";
  const std::string client = plan.state.ToText() + "/tls/daemon";
  CHANCERY_ASSIGN_OR_RETURN(
      const auto server_credentials,
      edge::MakeServerCredentials(
          {pki(server + ".key"), pki(server + ".pem"), pki("public/roots.pem"), {}}, rules));
  EchoService service(plan.answer_bytes);
  edge::Front front;
  CHANCERY_ASSIGN_OR_RETURN(front.listener, edge::Listener::Open("127.0.0.1:0", {}));
  CHANCERY_RETURN_IF_ERROR(front.Start(server_credentials, {&service}));
  CHANCERY_ASSIGN_OR_RETURN(const auto channel_credentials,
                            edge::MakeChannelCredentials(pki(client + ".key"), pki(client + ".pem"),
                                                         trust, plan.ministry, "server"));
  const auto channel = grpc::CreateChannel(front.listener->address(), channel_credentials);
  v1::Echo::Stub stub(channel);

  EchoCost cost;
  absl::Status failure;
  // The handshake, and what is made at the first call.
  failure.Update(UnaryCalls(stub, plan.request_bytes, 0.05).Run().status());
  double start = CpuSeconds();
  const auto calls = UnaryCalls(stub, plan.request_bytes, plan.seconds).Run();
  const auto unary = CostOf(calls, CpuSeconds() - start);
  start = CpuSeconds();
  const auto messages = RunStream(stub, plan.request_bytes, plan.seconds);
  const auto streamed = CostOf(messages, CpuSeconds() - start);
  front.Drain();
  failure.Update(unary.status());
  failure.Update(streamed.status());
  if (!failure.ok()) return failure;
  cost.unary = *unary;
  cost.streamed = *streamed;
  return cost;
}

}  // namespace chancery::bench
