#include "audit/watch/serve.h"

#include <csignal>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "audit/watch/http_front.h"
#include "audit/watch/service.h"
#include "audit/watch/witness.h"
#include "edge/anchor_file.h"
#include "edge/calls.h"
#include "edge/clock.h"
#include "edge/events.h"
#include "edge/files.h"
#include "edge/front.h"
#include "edge/tls.h"
#include "edge/workers.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/trust.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/key_book.h"
#include "grpcpp/health_check_service_interface.h"

namespace chancery::watch {

namespace {

// Offers are judged one after another: more hands would only wait.
constexpr std::size_t kWorkers = 4;
constexpr std::size_t kMaxWaiting = 512;

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

absl::StatusOr<crypto::TrustAnchors> LoadTrust(const Config& config, const ledger::Anchor& anchor) {
  CHANCERY_ASSIGN_OR_RETURN(const Bytes pem, edge::ReadWholeFile(config.tls.roots));
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<crypto::Certificate> roots,
                            crypto::Certificate::ListFromPem(pem));
  absl::StatusOr<crypto::TrustAnchors> trust = crypto::TrustAnchors::Create(roots, anchor.roots);
  if (!trust.ok()) return Annotate(trust.status(), config.tls.roots.string());
  if (trust->IsRehearsal() != anchor.rehearsal || trust->agreement() != anchor.agreement) {
    return FailedPrecondition(config.tls.roots.string() +
                              ": the roots are not of the anchor's realm and agreement");
  }
  return trust;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ledger::NoteSigner>> LoadKey(const Config& config,
                                                            const ledger::Anchor& anchor) {
  CHANCERY_ASSIGN_OR_RETURN(const crypto::Secret pem, crypto::ReadSecretFile(config.key.string()));
  absl::StatusOr<crypto::Ed25519Key> key = crypto::Ed25519Key::FromPem(pem.Reveal());
  if (!key.ok()) return Annotate(key.status(), config.key.string());
  CHANCERY_ASSIGN_OR_RETURN(
      std::unique_ptr<ledger::NoteSigner> signer,
      ledger::MakeNoteSigner(config.name, ledger::NoteAlgorithm::kCosignatureV1, *std::move(key)));
  if (std::find(anchor.always_on.begin(), anchor.always_on.end(), signer->key()) ==
      anchor.always_on.end()) {
    return FailedPrecondition(config.anchor.string() + " does not name " + signer->key().ToText() +
                              " among its always-on witnesses");
  }
  return signer;
}

namespace {

// The anchor's keys and what the folder's handovers made of them.
absl::StatusOr<std::shared_ptr<const ledger::KeyBook>> LoadKeys(const Config& config,
                                                                const ledger::Anchor& anchor) {
  auto keys = std::make_shared<ledger::KeyBook>(anchor);
  if (config.handovers.empty()) return keys;
  std::map<std::uint64_t, std::filesystem::path> files;  // by the announcing entry
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(config.handovers, error)) {
    const auto entry = ledger::ParseSize(file.path().stem().string());
    if (!entry || file.path().extension() != ".handover")
      return InvalidArgument(file.path().string() +
                             " is none of the files that key handovers writes: NUMBER.handover");
    files.emplace(*entry, file.path());
  }
  if (error) return NotFound(config.handovers.string() + " cannot be read: " + error.message());
  for (const auto& [entry, file] : files) {
    CHANCERY_ASSIGN_OR_RETURN(const Bytes note, edge::ReadWholeFile(file));
    if (const absl::Status taken = keys->Take(note); !taken.ok())
      return Annotate(taken, file.string());
  }
  return keys;
}

}  // namespace

absl::Status Serve(const Config& config, const ServeOptions& options) {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<edge::ProgramEvents> program,
                            edge::ProgramEvents::Open(config.log, options.die_at, config.anchor));
  Events& events = program->get();

  CHANCERY_ASSIGN_OR_RETURN(const ledger::Anchor anchor, edge::ReadAnchorFile(config.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Clock> clock,
                            edge::OpenClock(config.clock_file, anchor));
  CHANCERY_ASSIGN_OR_RETURN(const crypto::TrustAnchors trust, LoadTrust(config, anchor));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<ledger::NoteSigner> key, LoadKey(config, anchor));
  CHANCERY_ASSIGN_OR_RETURN(const std::shared_ptr<const ledger::KeyBook> keys,
                            LoadKeys(config, anchor));
  CHANCERY_ASSIGN_OR_RETURN(
      const std::unique_ptr<Witness> witness,
      Witness::Open(config.folder, {anchor, *key, *clock, events, nullptr, keys}));

  edge::SystemClock machine_clock;
  const edge::PeerRules rules(trust, anchor.agreement, config.revocations, machine_clock);
  CHANCERY_ASSIGN_OR_RETURN(const auto credentials, edge::MakeServerCredentials(config.tls, rules));
  edge::Workers workers(kWorkers, kMaxWaiting);
  const edge::Calls calls(rules, workers, events);
  WitnessService service(calls, *witness);

  grpc::EnableDefaultHealthCheckService(true);
  edge::Front front;
  CHANCERY_ASSIGN_OR_RETURN(front.listener, edge::Listener::Open(config.grpc_listen, {}));
  CHANCERY_RETURN_IF_ERROR(front.Start(credentials, {&service}));
  std::unique_ptr<HttpFront> http;
  if (!config.http_listen.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(http, HttpFront::Start(config.http_listen, *witness));
  }
  if (!options.ready_file.empty()) {
    CHANCERY_RETURN_IF_ERROR(edge::ReplaceFile(
        options.ready_file, "{\"grpc\":\"" + front.listener->address() + "\",\"http\":\"" +
                                (http != nullptr ? http->address() : std::string()) + "\"}\n"));
  }
  events.Note({"watch.ready", {}, static_cast<std::int64_t>(witness->heads().by_origin.size())});

  int signal = 0;
  sigwait(&signals, &signal);
  events.Note({"watch.stopping", {}, signal});
  http.reset();
  front.Drain();
  workers.Close();
  events.Note({"watch.stopped", {}, 0});
  return absl::OkStatus();
}

}  // namespace chancery::watch
