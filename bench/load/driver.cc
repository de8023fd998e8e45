#include "bench/load/driver.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "bench/load/measure.h"
#include "chancery/desk/v1/desk.grpc.pb.h"
#include "client/desk_client.h"
#include "edge/clock.h"
#include "edge/rpc_status.h"
#include "engine/base/parts.h"
#include "engine/crypto/random.h"
#include "grpcpp/create_channel.h"
#include "nlohmann/json.hpp"

namespace chancery::bench {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kDeskTime{60};
// As long as receipts keep coming nothing is wrong.
constexpr std::chrono::seconds kSilence{60};
constexpr std::chrono::seconds kLook{2};
constexpr std::uint64_t kFewestActs = 3;  // of a window, however short

double Milliseconds(steady_clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

std::string ApplicationJson() {
  const nlohmann::ordered_json application = {
      {"act", "application"},
      {"addressee", "PAK"},
      {"facts",
       {{"category", "own_national"},
        {"decision_final", true},
        {"present", true},
        {"entry_date", "2014-05-01"},
        {"minor", false},
        {"new_evidence", false}}},
      {"lines",
       {{{"evidence", "passport"}, {"grade", "authenticated_copy"}},
        {{"evidence", "identity_card"}, {"grade", "authenticated_copy"}}}},
      {"particulars",
       {{"name", "Specimen Person"},
        {"given_names", "Specimen"},
        {"surname", "Person"},
        {"father_name", "Specimen Father"},
        {"birth_date", "1990-05-01"},
        {"birth_place", "Specimen Town"},
        {"sex", "male"},
        {"cnic", "35202-1234567-1"},
        {"passport_number", "AB1234567"},
        {"passport_expiry", "2030-05-01"},
        {"address", "1 Specimen Street, Specimen Town"}}}};
  return application.dump();
}

struct Driver::Body {
  // An act on its way.
  struct Begun {
    std::size_t desk = 0;
    steady_clock::time_point at;
  };
  struct Desk {
    PartyCode state;
    std::unique_ptr<desk::v1::Desk::Stub> stub;
    std::string unfinished;  // of a line
    std::ofstream log;       // what the daemon said
    std::uint64_t handed_in = 0;
  };
  struct Call {
    grpc::ClientContext context;
    desk::v1::HandInRequest request;
    desk::v1::HandInResponse response;
  };

  const Programs& programs;
  const std::string application = ApplicationJson();
  edge::SystemClock clock;
  crypto::SystemEntropy entropy;
  std::vector<Desk> desks;
  int stop = -1;

  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Begun, std::less<>> under_way;  // by the statement's id in hex
  std::uint64_t calls = 0;                              // desks that have not answered yet
  absl::Status failure;
  bool refill = false;  // whoever is receipted is followed by another
  bool counting = false;
  steady_clock::time_point from;
  Window window;
  steady_clock::time_point last_receipt;

  std::thread reader;

  explicit Body(const Programs& of) : programs(of) {
    for (const PartyCode state : programs.states()) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      Desk desk;
      desk.state = state;
      desk.stub = desk::v1::Desk::NewStub(
          grpc::CreateCustomChannel("unix:" + programs.SocketOf(state).string(),
                                    grpc::InsecureChannelCredentials(), arguments));
      desk.log.open(programs.StoreOf(state).parent_path() / "log", std::ios::app);
      desks.push_back(std::move(desk));
    }
    stop = eventfd(0, EFD_CLOEXEC);
    reader = std::thread([this] { Read(); });
  }

  ~Body() {
    const std::uint64_t one = 1;
    if (write(stop, &one, sizeof one) == sizeof one) reader.join();
    // A call that is still under way touches this.
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return calls == 0; });
    close(stop);
  }

  // ---- acts on their way

  void HandIn(std::size_t which, steady_clock::time_point due) {
    const auto call = std::make_shared<Call>();
    const StatementId id = NewStatementId(clock.Now(), entropy);
    call->request.set_act_json(application);
    call->request.set_statement_id(id.ToBytes());
    call->context.set_deadline(std::chrono::system_clock::now() + kDeskTime);
    {
      const std::lock_guard lock(mutex);
      ++calls;
      ++desks[which].handed_in;
      under_way.emplace(id.ToHexText(), Begun{which, due});
    }
    desks[which].stub->async()->HandIn(&call->context, &call->request, &call->response,
                                       [this, call](const grpc::Status& status) {
                                         const std::lock_guard lock(mutex);
                                         --calls;
                                         if (!status.ok() && failure.ok())
                                           failure = edge::FromRpc(status);
                                         changed.notify_all();
                                       });
  }

  void Receipted(std::string_view id) {
    const auto now = steady_clock::now();
    std::size_t next = desks.size();
    {
      const std::lock_guard lock(mutex);
      const auto found = under_way.find(id);
      // What a daemon says again after it was started again was counted.
      if (found == under_way.end()) return;
      const Begun begun = found->second;
      under_way.erase(found);
      last_receipt = now;
      if (counting) ++window.acts;
      if (begun.at >= from) window.latency.push_back(Milliseconds(now - begun.at));
      if (refill && failure.ok()) next = begun.desk;
      changed.notify_all();
    }
    if (next < desks.size()) HandIn(next, now);
  }

  // ---- what the daemons say

  void Read() {
    std::vector<pollfd> fds;
    for (const Desk& desk : desks) fds.push_back({programs.EventsOf(desk.state), POLLIN, 0});
    fds.push_back({stop, POLLIN, 0});
    std::array<char, 65536> buffer{};
    for (;;) {
      if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
      if (fds.back().revents != 0) return;
      for (std::size_t i = 0; i < desks.size(); ++i) {
        if (fds[i].revents == 0) continue;
        const ssize_t count = read(fds[i].fd, buffer.data(), buffer.size());
        if (count > 0) Take(desks[i], {buffer.data(), static_cast<std::size_t>(count)});
      }
    }
  }

  void Take(Desk& desk, std::string_view text) {
    constexpr std::string_view kRecorded = R"({"event":"act.recorded","subject":")";
    desk.log << text;
    desk.unfinished += text;
    std::string_view rest = desk.unfinished;
    for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos;) {
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(end + 1);
      if (line.starts_with(kRecorded))
        Receipted(line.substr(kRecorded.size(), 2 * StatementId::kSize));
    }
    desk.unfinished.erase(0, desk.unfinished.size() - rest.size());
  }

  // A daemon whose call to the ministry took too long finds the act in what it collects, and says
  // nothing: the desk knows.
  absl::Status LookForRecorded() {
    std::vector<std::pair<std::string, std::size_t>> looked_for;
    {
      const std::lock_guard lock(mutex);
      for (const auto& [id, begun] : under_way) looked_for.emplace_back(id, begun.desk);
    }
    for (const auto& [id, which] : looked_for) {
      client::DeskClient client(programs.SocketOf(desks[which].state), kDeskTime);
      CHANCERY_ASSIGN_OR_RETURN(const desk::v1::Sent sent,
                                client.FindSent(*StatementId::FromHexText(id)));
      if (sent.state() == "recorded") Receipted(id);
    }
    return absl::OkStatus();
  }

  // ---- a window

  struct Used {
    Programs::Taken programs;
    double driver = 0;
  };
  absl::StatusOr<Used> UsedSoFar() const {
    Used used;
    CHANCERY_ASSIGN_OR_RETURN(used.programs, programs.CpuSeconds());
    used.driver = CpuSeconds();
    return used;
  }

  void BeginWarmUp(bool with_refill) {
    const std::lock_guard lock(mutex);
    window = {};
    failure = absl::OkStatus();
    refill = with_refill;
    counting = false;
    from = steady_clock::time_point::max();
    last_receipt = steady_clock::now();
  }
  void BeginCounting() {
    const std::lock_guard lock(mutex);
    counting = true;
    from = steady_clock::now();
    window.from = clock.Now();
  }
  // Ends the window once something was receipted in it, waits for what is under way, and says what
  // was measured.
  absl::StatusOr<Window> End(const Used& before) {
    {
      std::unique_lock lock(mutex);
      const auto longest = steady_clock::now() + kSilence;
      changed.wait_until(lock, longest,
                         [this] { return window.acts >= kFewestActs || !failure.ok(); });
    }
    const auto until = steady_clock::now();
    const Instant machine_until = clock.Now();
    CHANCERY_ASSIGN_OR_RETURN(const Used after, UsedSoFar());
    std::unique_lock lock(mutex);
    counting = false;
    refill = false;
    while (!under_way.empty() && failure.ok()) {
      changed.wait_for(lock, kLook);
      if (under_way.empty() || steady_clock::now() < last_receipt + kLook) continue;
      lock.unlock();
      const absl::Status looked = LookForRecorded();
      lock.lock();
      failure.Update(looked);
      if (steady_clock::now() > last_receipt + kSilence) {
        failure.Update(Unavailable(std::to_string(under_way.size()) +
                                   " acts have had no receipt for a minute: see the logs"));
      }
    }
    if (!failure.ok()) return failure;
    Window ended = std::exchange(window, {});
    ended.until = machine_until;
    ended.seconds = std::chrono::duration<double>(until - from).count();
    ended.cpu = {after.programs.ministry - before.programs.ministry,
                 after.programs.daemons - before.programs.daemons,
                 after.programs.witnesses - before.programs.witnesses};
    ended.driver_cpu = after.driver - before.driver;
    std::sort(ended.latency.begin(), ended.latency.end());
    if (ended.acts == 0) return Unavailable("no act was receipted while it was measured");
    return ended;
  }
};

Driver::Driver(const Programs& programs) : body_(std::make_unique<Body>(programs)) {}
Driver::~Driver() = default;

absl::StatusOr<Window> Driver::Saturate(std::size_t under_way, Seconds warm_up, Seconds measured) {
  body_->BeginWarmUp(true);
  for (std::size_t i = 0; i < under_way; ++i) {
    for (std::size_t desk = 0; desk < body_->desks.size(); ++desk)
      body_->HandIn(desk, steady_clock::now());
  }
  std::this_thread::sleep_for(warm_up);
  CHANCERY_ASSIGN_OR_RETURN(const Body::Used before, body_->UsedSoFar());
  body_->BeginCounting();
  std::this_thread::sleep_for(measured);
  return body_->End(before);
}

absl::StatusOr<Window> Driver::AtRate(double per_second, Seconds warm_up, Seconds measured) {
  body_->BeginWarmUp(false);
  const auto distance = std::chrono::duration_cast<steady_clock::duration>(Seconds(1 / per_second));
  const auto start = steady_clock::now();
  const auto counted_from = start + std::chrono::duration_cast<steady_clock::duration>(warm_up);
  const auto until = counted_from + std::chrono::duration_cast<steady_clock::duration>(measured);
  absl::StatusOr<Body::Used> before = Body::Used();
  bool counting = false;
  std::size_t desk = 0;
  for (auto due = start; due < until; due += distance) {
    std::this_thread::sleep_until(due);
    if (!counting && due >= counted_from) {
      CHANCERY_ASSIGN_OR_RETURN(before, body_->UsedSoFar());
      body_->BeginCounting();
      counting = true;
    }
    body_->HandIn(desk, due);
    desk = (desk + 1) % body_->desks.size();
  }
  return body_->End(*before);
}

std::uint64_t Driver::handed_in() const {
  const std::lock_guard lock(body_->mutex);
  std::uint64_t all = 0;
  for (const Body::Desk& desk : body_->desks) all += desk.handed_in;
  return all;
}

absl::Status Driver::CheckAllAdmitted() {
  for (const Body::Desk& desk : body_->desks) {
    client::DeskClient client(body_->programs.SocketOf(desk.state), kDeskTime);
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<desk::v1::Sent> sent, client.ListSent());
    const auto admitted = static_cast<std::uint64_t>(
        std::count_if(sent.begin(), sent.end(), [](const desk::v1::Sent& act) {
          return act.state() == "recorded" && act.ruling().starts_with("admitted");
        }));
    if (admitted == desk.handed_in && sent.size() == admitted) continue;
    return FailedPrecondition(desk.state.ToText() + ": " + std::to_string(desk.handed_in) +
                              " acts were handed in, " + std::to_string(admitted) +
                              " are recorded and admitted");
  }
  return absl::OkStatus();
}

}  // namespace chancery::bench
