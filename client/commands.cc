#include "client/commands.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "client/attach.h"
#include "client/config.h"
#include "client/desk_client.h"
#include "client/init.h"
#include "client/manifest.h"
#include "client/node.h"
#include "client/serve.h"
#include "edge/act_text.h"
#include "edge/anchor_file.h"
#include "edge/books/check_text.h"
#include "edge/books/key_rotation.h"
#include "edge/books/note_keys.h"
#include "edge/books/recover_store.h"
#include "edge/books/timestamps.h"
#include "edge/clock.h"
#include "edge/convert.h"
#include "edge/events.h"
#include "edge/files.h"
#include "edge/output.h"
#include "edge/rpc_status.h"
#include "engine/base/time.h"
#include "engine/crypto/random.h"
#include "engine/exchange/convictions.h"
#include "engine/exchange/forked.h"
#include "engine/ledger/checkpoint.h"
#include "engine/store/sqlite/sqlite_store.h"
#include "engine/store/sqlite/store_lock.h"

namespace chancery::client {

namespace {

using edge::Json;
using edge::Output;
using edge::Shown;

constexpr const char* kVersion = "chancery-state 0.1.0";
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What was typed or set in the environment; empty where nothing was.
struct Typed {
  bool json = false, no_color = false;
  std::string config, socket, log_level, clock_file, die_at, ready_file;
  double patience = 10;  // seconds to wait for a daemon that is starting
  double timeout = 60;
  std::vector<std::string> files;
  std::string id, digest, statement_id, folder, made_for = "whoever asked", file, out;
  bool validate_only = false, wait = false, particulars = false, settled = false, submit = false;
  // init
  std::string party, ministry = "PAK", agreement = "eu-pakistan";
  bool live = false;
  // key announce
  std::string new_checkpoint, new_witness, until;
  // recover
  std::vector<std::string> folders;
  // manifest propose
  std::string flight;
  std::vector<std::string> cases;
  int escorts = 0, monitors = 0, medics = 0, interpreters = 0;
  bool fit_to_fly = false, decision_renewed = false, reception = false, best_interests = false;
};

milliseconds Seconds(double seconds) {
  return milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

absl::StatusOr<Config> Configured(const Typed& typed) {
  if (typed.config.empty()) return InvalidArgument("--config FILE is needed (or CHANCERY_CONFIG)");
  CHANCERY_ASSIGN_OR_RETURN(Config config, ReadConfig(typed.config, ProcessEnvironment()));
  if (!typed.socket.empty()) config.socket = typed.socket;
  if (!typed.log_level.empty()) config.log = typed.log_level;
  CHANCERY_RETURN_IF_ERROR(edge::CheckLogLevel(config.log));
  return config;
}

absl::StatusOr<std::filesystem::path> SocketOf(const Typed& typed) {
  if (!typed.socket.empty()) return std::filesystem::path(typed.socket);
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  return config.socket;
}

// Each command says what to print; a stream of data and notes beside it go to `output` at once.
using Run = std::function<absl::StatusOr<Shown>(const Typed&, const Output&)>;
// A command that asks the daemon.
using AskDesk = std::function<absl::StatusOr<Shown>(DeskClient&, const Typed&, const Output&)>;
Run Asking(AskDesk ask) {
  return [ask = std::move(ask)](const Typed& typed, const Output& output) -> absl::StatusOr<Shown> {
    CHANCERY_ASSIGN_OR_RETURN(const std::filesystem::path socket, SocketOf(typed));
    DeskClient desk(socket, Seconds(typed.patience));
    return ask(desk, typed, output);
  };
}

std::string Hex(const std::string& bytes) { return ToHex(bytes); }

absl::StatusOr<MatterId> MatterIdOf(const std::string& text) {
  const auto id = MatterId::FromHexText(text);
  if (!id) return InvalidArgument("ID: expected 32 hexadecimal digits");
  return *id;
}

// ---- the daemon and its store

absl::StatusOr<Shown> RunInit(const Typed& typed, const Output& output) {
  const auto party = PartyCode::FromText(typed.party);
  const auto ministry = PartyCode::FromText(typed.ministry);
  if (!party || !ministry) return InvalidArgument("--party and --ministry: three letters A to Z");
  crypto::SystemEntropy entropy;
  CHANCERY_ASSIGN_OR_RETURN(
      const auto made,
      Initialise({typed.folder, *party, *ministry, typed.agreement, typed.live}, entropy));
  output.Note("Wrote " + made.config.string() +
              ". Have these two keys appointed and written into the anchor.");
  return Shown{
      {{"log", made.log_key}, {"witness", made.witness_key}, {"config", made.config.string()}},
      "log " + typed.party + " " + made.log_key + "\nwitness " + typed.party + " " +
          made.witness_key + "\n"};
}

absl::StatusOr<Shown> RunServe(const Typed& typed, const Output&) {
  BlockSignals();
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  CHANCERY_RETURN_IF_ERROR(Serve(config, {typed.clock_file, typed.die_at, typed.ready_file}));
  return Shown{};
}

absl::StatusOr<Shown> RunTimestampAsk(const Typed& typed, const Output&) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  CHANCERY_ASSIGN_OR_RETURN(const StoreBeside opened, OpenBeside(config));
  crypto::SystemEntropy entropy;
  return edge::AskForStamp({*opened.store, opened.anchor, opened.trust}, config.policy, typed.file,
                           entropy);
}

absl::StatusOr<Shown> RunTimestampAdd(const Typed& typed, const Output&) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  CHANCERY_ASSIGN_OR_RETURN(const StoreBeside opened, OpenBeside(config));
  return edge::AddStamp({*opened.store, opened.anchor, opened.trust}, typed.file);
}

absl::StatusOr<Shown> RunTimestampStatus(const Typed& typed, const Output&) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  CHANCERY_ASSIGN_OR_RETURN(const StoreBeside opened, OpenBeside(config));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Clock> clock,
                            edge::OpenClock(typed.clock_file, opened.anchor));
  return edge::ShowStamps({*opened.store, opened.anchor, opened.trust}, clock->Now());
}

absl::StatusOr<Shown> RunCheck(const Typed& typed, const Output&) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  edge::LogEvents events("quiet");
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<StateNode> node,
                            StateNode::Open(config, typed.clock_file, events));
  CHANCERY_ASSIGN_OR_RETURN(const exchange::CheckReport report, node->Check());
  Shown shown = edge::ShowCheck(node->party().origin(), report);
  CHANCERY_ASSIGN_OR_RETURN(const exchange::TrustFolder trust,
                            exchange::ReadTrustFolder(config.trust, node->anchor()));
  CHANCERY_ASSIGN_OR_RETURN(
      const Shown stamps,
      edge::ShowStamps({node->store(), node->anchor(), trust}, node->clock().Now()));
  shown.document["time_stamps"] = stamps.document;
  shown.text += "\n" + stamps.text;
  return shown;
}

absl::StatusOr<Shown> RunKeyRotate(const Typed& typed, const Output&) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  CHANCERY_ASSIGN_OR_RETURN(const exchange::Anchor anchor, edge::ReadAnchorFile(config.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const store::StoreIdentity identity,
                            exchange::StoreIdentityOf(anchor, config.party));
  // Held to the end: a daemon that runs would go on under the old key.
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<store::StoreLock> lock,
                            store::StoreLock::Take(config.store.string()));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store,
                            store::OpenSqliteStore(config.store, identity));
  crypto::SystemEntropy entropy;
  edge::LogEvents events(config.log);
  CHANCERY_ASSIGN_OR_RETURN(const exchange::Rewrapped done,
                            edge::RotateEncryptionKey(*store, config.kek, entropy, events));
  return edge::ShowRotated(done);
}

absl::StatusOr<Shown> RunRecover(const Typed& typed, const Output&) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  return edge::RecoverStore({config.party, config.ministry, config.anchor, config.store,
                             config.trust, config.procedures, config.checkpoint_key, config.kek},
                            typed.folders);
}

absl::StatusOr<Shown> RunKeyAnnounce(const Typed& typed, const Output&) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  CHANCERY_ASSIGN_OR_RETURN(const StoreBeside opened, OpenBeside(config));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Clock> clock,
                            edge::OpenClock(typed.clock_file, opened.anchor));
  crypto::SystemEntropy entropy;
  return edge::AnnounceKeys(
      *opened.store, opened.anchor,
      {typed.new_checkpoint, typed.new_witness, typed.until, typed.out, config.ministry},
      clock->Now(), entropy);
}

absl::StatusOr<Shown> RunKeyHandovers(const Typed& typed, const Output&) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  CHANCERY_ASSIGN_OR_RETURN(const StoreBeside opened, OpenBeside(config));
  return edge::WriteHandovers(*opened.store, opened.anchor, typed.out);
}

// After both sides have settled it; the daemon is not running meanwhile.
absl::StatusOr<Shown> RunForkRelease(const Typed& typed, const Output&) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  edge::LogEvents events("quiet");
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<StateNode> node,
                            StateNode::Open(config, typed.clock_file, events));
  CHANCERY_ASSIGN_OR_RETURN(const exchange::Fork seen, exchange::ForkSeen(node->store()));
  const bool held = seen != exchange::Fork::kNone;
  if (held) {
    store::Commit commit;
    exchange::ReleaseFork(commit);
    CHANCERY_RETURN_IF_ERROR(node->keeper().Apply(commit));
  }
  return Shown{{{"released", held}},
               held ? "released: the daemon sends and cosigns again; the evidence is kept"
                    : "no fork was held; nothing was changed"};
}

// A head that the ministry signed and that another of its heads does not go with.
struct SuspectHead {
  std::string id;  // "shown-3": what it showed; "held-3": what was relied on until then
  Bytes note;
  std::uint64_t size = 0;
};
absl::StatusOr<std::vector<SuspectHead>> ListSuspectHeads(store::Store& store) {
  constexpr std::size_t kPage = 256;
  std::vector<SuspectHead> heads;
  std::uint64_t after = 0;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Conflict> page,
                              store.ListConflicts(after, kPage));
    if (page.empty()) return heads;
    for (const store::Conflict& conflict : page) {
      after = conflict.sequence;
      for (const auto& [name, note] :
           {std::pair("shown-", &conflict.what.offered), std::pair("held-", &conflict.what.held)}) {
        const absl::StatusOr<ledger::Checkpoint> head = ledger::CheckpointIn(*note);
        if (head.ok())
          heads.push_back({name + std::to_string(conflict.sequence), *note, head->tree.size});
      }
    }
  }
}

// What convicts the ministry by its own signatures, each as the text that anybody can judge, and
// the heads that need another party's book for that. The daemon may run meanwhile.
absl::StatusOr<Shown> RunForkExport(const Typed& typed, const Output&) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  CHANCERY_ASSIGN_OR_RETURN(const exchange::Anchor anchor, edge::ReadAnchorFile(config.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const store::StoreIdentity identity,
                            exchange::StoreIdentityOf(anchor, config.party));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store,
                            store::OpenSqliteStore(config.store, identity));
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<exchange::KeptConviction> kept,
                            exchange::ListConvictions(*store));
  Shown shown;
  shown.document = {{"convictions", Json::array()}};
  for (const exchange::KeptConviction& one : kept) {
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Conviction read, ledger::ParseConviction(one.text));
    shown.document["convictions"].push_back(
        {{"id", one.id}, {"kind", std::string(ledger::NameOf(read.kind))}});
    shown.text += one.id + "  " + std::string(ledger::NameOf(read.kind)) + "\n";
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<SuspectHead> heads, ListSuspectHeads(*store));
  shown.document["heads"] = Json::array();
  for (const SuspectHead& head : heads) {
    shown.document["heads"].push_back({{"id", head.id}, {"size", head.size}});
    shown.text += head.id + "  head of " + std::to_string(head.size) + " entries\n";
  }
  if (typed.out.empty()) {
    if (kept.empty()) shown.text += "nothing is kept that convicts the ministry by itself\n";
    return shown;
  }
  for (const SuspectHead& head : heads) {
    if (head.id != typed.id) continue;
    CHANCERY_RETURN_IF_ERROR(edge::WriteNewSecretFile(typed.out, head.note));
    return Shown{{{"id", head.id}, {"file", typed.out}},
                 typed.out + ": chancery-audit contradict holds it against a book\n"};
  }
  const auto chosen = std::find_if(
      kept.begin(), kept.end(),
      [&](const exchange::KeptConviction& one) { return typed.id.empty() || one.id == typed.id; });
  if (chosen == kept.end())
    return NotFound("nothing is kept here that convicts the ministry" +
                    (typed.id.empty() ? std::string(" by itself") : " under the id " + typed.id));
  CHANCERY_RETURN_IF_ERROR(edge::WriteNewSecretFile(typed.out, chosen->text));
  return Shown{{{"id", chosen->id}, {"file", typed.out}},
               typed.out + ": chancery-audit convict judges it\n"};
}

// ---- acts

Json SentJson(const desk::v1::Sent& sent) {
  Json json = {{"statement_id", Hex(sent.statement_id())},
               {"matter", Hex(sent.matter())},
               {"act", sent.act()},
               {"state", sent.state()}};
  if (sent.state() == "recorded") {
    json["number"] = sent.number();
    json["ruling"] = sent.ruling();
    json["receipt"] = sent.receipt_final() ? "final" : "provisional";
  }
  if (!sent.error().empty()) json["error"] = sent.error();
  return json;
}

std::string SentText(const desk::v1::Sent& sent) {
  std::string text = Hex(sent.statement_id()) + "  " + sent.act() + "  " + sent.state();
  if (sent.state() == "recorded")
    text += " as entry " + std::to_string(sent.number()) + ", " +
            (sent.receipt_final() ? "final" : "provisional") + ": " + sent.ruling();
  if (!sent.error().empty()) text += ": " + sent.error();
  return text;
}

// Waits until an act is recorded or turned away. Unavailable when the time is over.
absl::StatusOr<desk::v1::Sent> WaitForRuling(DeskClient& desk, const StatementId& id,
                                             milliseconds timeout) {
  const auto until = steady_clock::now() + timeout;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(desk::v1::Sent sent, desk.FindSent(id));
    if (sent.state() == "recorded" || sent.state() == "turned_away") return sent;
    if (steady_clock::now() >= until) {
      return edge::Answered(
          Unavailable("the ministry has not answered yet; the act is kept and will be sent"));
    }
    std::this_thread::sleep_for(milliseconds(20));
  }
}

// What the dry run found: the form is sound, and what the core would rule now, if that can be said.
Shown Validated(const desk::v1::HandInResponse& handed, Json document) {
  Shown shown{std::move(document), "form valid, nothing was sealed; "};
  if (handed.number() != 0) {
    shown.text = "handed in already, sealed as entry " + std::to_string(handed.number());
    return shown;
  }
  if (handed.ruling().empty()) {
    shown.text += "not judged: its matter has not been collected yet";
    return shown;
  }
  shown.document["ruling"] = handed.ruling();
  shown.text += "by what is known here it would now be recorded as " + handed.ruling();
  if (!handed.ruling().starts_with("admitted")) shown.code = edge::kExitRefused;
  return shown;
}

absl::StatusOr<Shown> HandInOne(DeskClient& desk, const Typed& typed, const Output& output,
                                const std::string& file, const std::string& text,
                                const StatementId& id) {
  // As the daemon's own refusal of what the act says: the same exit code.
  CHANCERY_RETURN_IF_ERROR(edge::Answered(edge::CheckActText(text)));
  edge::SystemClock clock;
  crypto::SystemEntropy entropy;
  CHANCERY_ASSIGN_OR_RETURN(const std::string act_json,
                            PutFilesOf(desk, file, text, id, typed.validate_only, clock, entropy));
  CHANCERY_ASSIGN_OR_RETURN(const desk::v1::HandInResponse handed,
                            desk.HandIn(act_json, id, typed.validate_only));
  for (const std::string& warning : handed.warnings()) output.Note(file + ": warning: " + warning);
  Json document = {
      {"file", file},
      {"statement_id", Hex(handed.statement_id())},
      {"statement_digest", Hex(handed.statement_digest())},
      {"matter", Hex(handed.matter())},
      {"warnings", std::vector<std::string>(handed.warnings().begin(), handed.warnings().end())}};
  if (typed.validate_only) {
    Shown shown = Validated(handed, std::move(document));
    shown.text.insert(0, file + ": ");
    return shown;
  }
  document["number"] = handed.number();
  if (!typed.wait) {
    return Shown{std::move(document), Hex(handed.statement_id()) + "  matter " +
                                          Hex(handed.matter()) + "  sealed as entry " +
                                          std::to_string(handed.number())};
  }
  const absl::StatusOr<desk::v1::Sent> sent = WaitForRuling(desk, id, Seconds(typed.timeout));
  if (!sent.ok()) {
    // The act is sealed and will be sent; handing it in again without its id would make a second.
    document["waited"] = std::string(ToStd(sent.status().message()));
    return Shown{std::move(document),
                 Hex(handed.statement_id()) + "  sealed and kept, not ruled yet",
                 output.Failure(Annotate(sent.status(), file))};
  }
  document.update(SentJson(*sent));
  const bool admitted = sent->state() == "recorded" && sent->ruling().starts_with("admitted");
  return Shown{std::move(document), SentText(*sent),
               admitted ? edge::kExitYes : edge::kExitRefused};
}

// One act of several: its failure is told at once and stands among the others' results.
Shown SubmitOne(DeskClient& desk, const Typed& typed, const Output& output, const std::string& file,
                const std::string& act_json, const StatementId& id) {
  const absl::StatusOr<Shown> shown = HandInOne(desk, typed, output, file, act_json, id);
  if (shown.ok()) return *shown;
  const absl::Status& status = shown.status();
  return {{{"file", file},
           {"error",
            {{"reason", ReasonOf(status)}, {"message", std::string(ToStd(status.message()))}}}},
          file + ": refused",
          output.Failure(Annotate(status, file))};
}

absl::StatusOr<Shown> RunSubmit(DeskClient& desk, const Typed& typed, const Output& output) {
  crypto::SystemEntropy entropy;
  edge::SystemClock clock;
  std::optional<StatementId> given;
  if (!typed.statement_id.empty()) {
    given = StatementId::FromHexText(typed.statement_id);
    if (!given || typed.files.size() != 1)
      return InvalidArgument("--id: 32 hexadecimal digits, and one file");
  }
  Shown all{Json::array(), {}};
  std::size_t failures = 0;
  for (const std::string& file : typed.files) {
    const auto act_json = edge::ReadWholeFile(file);
    if (!act_json.ok()) {
      all.code = output.Failure(act_json.status());
      ++failures;
      continue;
    }
    const StatementId id = given ? *given : NewStatementId(clock.Now(), entropy);
    const Shown one = SubmitOne(desk, typed, output, file, *act_json, id);
    if (one.code != edge::kExitYes) {
      all.code = one.code;
      ++failures;
    }
    all.document.push_back(one.document);
    all.text += one.text + "\n";
  }
  if (failures != 0 && failures != typed.files.size()) all.code = edge::kExitPartly;
  return all;
}

absl::StatusOr<Shown> RunSentList(DeskClient& desk, const Typed& typed, const Output&) {
  std::vector<desk::v1::Sent> acts;
  if (typed.id.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(acts, desk.ListSent());
  } else {
    const auto id = StatementId::FromHexText(typed.id);
    if (!id) return InvalidArgument("ID: expected 32 hexadecimal digits");
    CHANCERY_ASSIGN_OR_RETURN(desk::v1::Sent one, desk.FindSent(*id));
    acts.push_back(std::move(one));
  }
  Shown shown{Json::array(), {}};
  for (const desk::v1::Sent& sent : acts) {
    shown.document.push_back(SentJson(sent));
    shown.text += SentText(sent) + "\n";
  }
  return shown;
}

// ---- matters

std::string Field(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string MatterLine(const Json& matter) {
  std::string text =
      Field(matter, "matter") + "  " + Field(matter, "kind") + "  " + Field(matter, "stage");
  if (matter.value("facts", Json::object()).value("erased", false)) text += "  particulars erased";
  if (!matter.contains("due")) return text;
  for (const Json& due : matter.at("due")) {
    text += "  due by " + Field(due, "by");
    if (due.contains("until"))
      text += " before " + Field(due, "until") + " (" + Field(due, "limit") + ")";
  }
  return text;
}

Shown MattersShown(const std::vector<Json>& matters) {
  Shown shown{Json(matters), {}};
  for (const Json& matter : matters) shown.text += MatterLine(matter) + "\n";
  return shown;
}

AskDesk ListOf(const char* kind) {
  return [kind](DeskClient& desk, const Typed&, const Output&) -> absl::StatusOr<Shown> {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Json> matters, desk.ListMatters(kind));
    return MattersShown(matters);
  };
}

absl::StatusOr<Shown> RunCaseReady(DeskClient& desk, const Typed&, const Output&) {
  CHANCERY_ASSIGN_OR_RETURN(std::vector<Json> matters, desk.ListMatters("case"));
  std::erase_if(matters, [](const Json& one_case) { return !NotReadyBecause(one_case).empty(); });
  return MattersShown(matters);
}

AskDesk ShowOf(const char* kind) {
  return [kind](DeskClient& desk, const Typed& typed, const Output&) -> absl::StatusOr<Shown> {
    CHANCERY_ASSIGN_OR_RETURN(const MatterId id, MatterIdOf(typed.id));
    CHANCERY_ASSIGN_OR_RETURN(const desk::v1::ShowMatterResponse shown,
                              desk.ShowMatter(id, typed.particulars));
    Json matter = Json::parse(shown.matter_json(), nullptr, false);
    if (!matter.is_object() || Field(matter, "kind") != kind)
      return edge::Answered(NotFound("the matter of that id is no " + std::string(kind)));
    if (typed.particulars) {
      matter["sent"] = edge::ToJson(shown.sent());
      matter["registered"] = edge::ToJson(shown.registered());
    }
    const std::string text =
        MatterLine(matter) + "\n" + matter.dump(2, ' ', false, Json::error_handler_t::replace);
    return Shown{std::move(matter), text};
  };
}

// Prints each case when it is first seen and whenever its stage changes.
absl::StatusOr<Shown> RunCaseWatch(DeskClient& desk, const Typed& typed, const Output& output) {
  std::map<std::string, std::string> seen;
  const auto until = steady_clock::now() + Seconds(typed.timeout);
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Json> matters, desk.ListMatters("case"));
    for (const Json& matter : matters) {
      const std::string id = Field(matter, "matter");
      if (!typed.id.empty() && id != typed.id) continue;
      std::string& stage = seen[id];
      if (stage == Field(matter, "stage")) continue;
      stage = Field(matter, "stage");
      output.Line(matter, MatterLine(matter));
    }
    if (typed.timeout > 0 && steady_clock::now() >= until) return Shown{};
    std::this_thread::sleep_for(milliseconds(500));
  }
}

// ---- manifests

absl::StatusOr<Json> Propose(DeskClient& desk, const Typed& typed) {
  CHANCERY_ASSIGN_OR_RETURN(const MatterId flight_id, MatterIdOf(typed.flight));
  CHANCERY_ASSIGN_OR_RETURN(const desk::v1::ShowMatterResponse shown,
                            desk.ShowMatter(flight_id, false));
  const Json flight = Json::parse(shown.matter_json(), nullptr, false);
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<Json> cases, desk.ListMatters("case"));
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<Json> transfers, desk.ListMatters("transfer"));
  std::optional<Json> list;
  for (const Json& transfer : transfers) {
    if (transfer.contains("facts") && Field(transfer.at("facts"), "flight") == typed.flight)
      list = transfer;
  }
  ManifestWish wish;
  wish.cases = typed.cases;
  wish.companions = {{"escort", typed.escorts},
                     {"monitor", typed.monitors},
                     {"medic", typed.medics},
                     {"interpreter", typed.interpreters}};
  wish.fit_to_fly = typed.fit_to_fly;
  wish.decision_renewed = typed.decision_renewed;
  wish.reception = typed.reception;
  wish.best_interests = typed.best_interests;
  crypto::SystemEntropy entropy;
  absl::StatusOr<Json> proposed = ProposeManifest(flight, cases, list, wish, entropy);
  // What is wanted cannot be by what the daemon knows.
  if (!proposed.ok()) return edge::Answered(proposed.status());
  return proposed;
}

absl::StatusOr<Shown> RunManifestPropose(DeskClient& desk, const Typed& typed,
                                         const Output& output) {
  CHANCERY_ASSIGN_OR_RETURN(Json act, Propose(desk, typed));
  const std::string text = act.dump(2) + "\n";
  if (!typed.file.empty()) CHANCERY_RETURN_IF_ERROR(edge::ReplaceFile(typed.file, text));
  if (!typed.submit) return typed.file.empty() ? Shown{std::move(act), text} : Shown{};
  crypto::SystemEntropy entropy;
  edge::SystemClock clock;
  return SubmitOne(desk, typed, output, "manifest", text, NewStatementId(clock.Now(), entropy));
}

// ---- how it stands

Json StatusJson(const desk::v1::GetStatusResponse& status) {
  return {{"origin", status.origin()},
          {"size", status.size()},
          {"waiting", status.waiting()},
          {"ministry_size", status.ministry_size()},
          {"ministry_cosigned_size", status.ministry_cosigned_size()},
          {"own_cosigned_size", status.own_cosigned_size()},
          {"ministry_final_size", status.ministry_final_size()},
          {"own_final_size", status.own_final_size()},
          {"trouble", status.trouble()}};
}

std::string StatusText(const desk::v1::GetStatusResponse& status) {
  std::string text = status.origin() + ": " + std::to_string(status.size()) + " entries, " +
                     std::to_string(status.own_cosigned_size()) + " cosigned by the ministry; " +
                     std::to_string(status.waiting()) +
                     " acts waiting; the ministry's ledger has " +
                     std::to_string(status.ministry_size()) + " entries, " +
                     std::to_string(status.ministry_cosigned_size()) +
                     " cosigned here; final: " + std::to_string(status.own_final_size()) +
                     " here, " + std::to_string(status.ministry_final_size()) + " there";
  if (!status.trouble().empty()) text += "\n" + status.trouble();
  return text;
}

Shown StatusShown(const desk::v1::GetStatusResponse& status) {
  return {StatusJson(status), StatusText(status)};
}

absl::StatusOr<Shown> RunStatus(DeskClient& desk, const Typed&, const Output&) {
  CHANCERY_ASSIGN_OR_RETURN(const desk::v1::GetStatusResponse status, desk.GetStatus(false));
  return StatusShown(status);
}

bool IsSettled(const desk::v1::GetStatusResponse& status) {
  return status.waiting() == 0 && status.ministry_size() == status.ministry_cosigned_size() &&
         status.size() == status.own_cosigned_size() && status.size() == status.own_final_size();
}

// For a call at the very end of the time: the daemon on this machine answers sooner.
constexpr milliseconds kShortestCall{200};

absl::StatusOr<Shown> RunWait(DeskClient& desk, const Typed& typed, const Output&) {
  const auto until = steady_clock::now() + Seconds(typed.timeout);
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    const auto status = desk.GetStatus(true, std::max(left, kShortestCall));
    if (status.ok() && IsSettled(*status)) return StatusShown(*status);
    if (steady_clock::now() >= until) {
      if (!status.ok()) return status.status();
      return edge::Answered(Unavailable("not settled in time: " + StatusText(*status)));
    }
    std::this_thread::sleep_for(milliseconds(20));
  }
}

absl::StatusOr<Shown> RunEvidenceExport(DeskClient& desk, const Typed& typed,
                                        const Output& output) {
  CHANCERY_ASSIGN_OR_RETURN(const desk::v1::ExportEvidenceResponse exported,
                            desk.ExportEvidence(typed.folder, typed.made_for));
  const std::vector<std::string> without_chain(exported.without_chain().begin(),
                                               exported.without_chain().end());
  for (const std::string& name : without_chain)
    output.Note(name + " bears a seal that leads to no root: an audit will find it false");
  return Shown{{{"folder", typed.folder},
                {"size", exported.size()},
                {"files", exported.files()},
                {"without_chain", without_chain}},
               typed.folder + ": " + std::to_string(exported.size()) + " entries in " +
                   std::to_string(exported.files()) + " files"};
}

absl::StatusOr<Shown> RunEvidenceSlice(DeskClient& desk, const Typed& typed, const Output& output) {
  CHANCERY_ASSIGN_OR_RETURN(const desk::v1::ExportSliceResponse exported,
                            desk.ExportSlice(typed.folder));
  const std::vector<std::string> without_chain(exported.without_chain().begin(),
                                               exported.without_chain().end());
  for (const std::string& name : without_chain)
    output.Note(name + " bears a seal that leads to no root: an audit will find it false");
  return Shown{{{"folder", typed.folder},
                {"size", exported.size()},
                {"entries", exported.entries()},
                {"files", exported.files()},
                {"without_chain", without_chain}},
               typed.folder + ": " + std::to_string(exported.entries()) + " of " +
                   std::to_string(exported.size()) + " entries in " +
                   std::to_string(exported.files()) + " files"};
}

// ---- the command line

class CommandLine {
 public:
  CommandLine()
      : app_("A member state's side of the exchange: the daemon, and commands that ask it.",
             "chancery-state") {
    app_.set_version_flag("--version", kVersion);
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.footer(
        "Example:\n  chancery-state serve --config /etc/chancery/state.toml\n"
        "  chancery-state application submit applications/*.json --wait\n"
        "Exit codes: 0 yes, 1 verified and false, 2 usage or configuration, 3 local file or key, 4 "
        "refused or\n"
        "inadmissible, 5 unavailable, 6 partly done.");
    app_.add_option("--config", typed_.config, "the daemon's TOML file")
        ->envname("CHANCERY_CONFIG");
    app_.add_option("--socket", typed_.socket, "the desk's Unix socket")
        ->envname("CHANCERY_SOCKET");
    app_.add_option("--patience", typed_.patience, "seconds to wait for a daemon that is starting")
        ->envname("CHANCERY_PATIENCE");
    app_.add_flag("--json", typed_.json, "data as one JSON document");
    app_.add_flag("--no-color", typed_.no_color, "plain text, as with NO_COLOR; there is no other");
    AddDaemon();
    AddActs();
    AddMatters();
    AddRest();
  }

  int Main(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      // 0 for --help and --version, which print what was asked for.
      return app_.exit(error) == 0 ? edge::kExitYes : edge::kExitUsage;
    }
    const Output output("chancery-state", typed_.json);
    try {
      return output.Print(run_(typed_, output));
    } catch (const std::exception&) {
      return output.Failure(Internal("a library failed unexpectedly"));
    }
  }

 private:
  CLI::App* Command(CLI::App* parent, const char* name, const char* what, const char* example,
                    Run run) {
    CLI::App* command = parent->add_subcommand(name, what);
    command->footer(std::string("Example:\n  chancery-state ") + example);
    command->fallthrough();
    command->callback([this, run = std::move(run)] { run_ = run; });
    return command;
  }
  CLI::App* Group(const char* name, const char* what) {
    CLI::App* group = app_.add_subcommand(name, what);
    group->require_subcommand(1);
    group->fallthrough();
    return group;
  }

  void AddDaemon() {
    CLI::App* init = Command(&app_, "init", "make the keys of a new node; nothing is overwritten",
                             "init --dir /etc/chancery --party GRC", RunInit);
    init->add_option("--dir", typed_.folder, "folder of the node")->required();
    init->add_option("--party", typed_.party, "this party's three letters")->required();
    init->add_option("--ministry", typed_.ministry, "whose ledger orders the acts");
    init->add_option("--agreement", typed_.agreement, "the agreement's name");
    init->add_flag("--live", typed_.live, "for the live exchange; else for a rehearsal");

    CLI::App* serve = Command(&app_, "serve", "run the daemon until SIGTERM",
                              "serve --config state.toml", RunServe);
    serve->add_option("--log-level", typed_.log_level, "quiet, info or debug")
        ->envname("CHANCERY_LOG");
    serve->add_option("--clock-file", typed_.clock_file, "a scenario's clock; rehearsals only")
        ->envname("CHANCERY_CLOCK_FILE");
    serve->add_option("--ready-file", typed_.ready_file, "written when the desk answers");
    serve->add_option("--die-at", typed_.die_at,
                      "EVENT:N, end at the Nth event of that name; rehearsals only");

    CLI::App* check =
        Command(&app_, "check", "read and check the whole store; the daemon must not run",
                "check --config state.toml", RunCheck);
    check->add_option("--clock-file", typed_.clock_file, "a scenario's clock; rehearsals only")
        ->envname("CHANCERY_CLOCK_FILE");

    Command(&app_, "recover",
            "bring a store that went back in time forward from evidence of the own book that was "
            "exported since; the daemon must not run",
            "recover --from evidence --config state.toml", RunRecover)
        ->add_option("--from", typed_.folders, "folders of evidence of this ledger")
        ->required();

    CLI::App* key = Group("key", "the keys of this party's books");
    CLI::App* announce =
        Command(key, "announce",
                "make the next checkpoint or witness key and write the act that announces it, for "
                "the Union's signatory",
                "key announce --checkpoint next.key --until 2016-11-01T00:00:00Z --out act.json "
                "--config state.toml",
                RunKeyAnnounce);
    announce->add_option("--checkpoint", typed_.new_checkpoint, "file of the new checkpoint key");
    announce->add_option("--witness", typed_.new_witness, "file of the new witness key");
    announce->add_option("--until", typed_.until, "when the keys there are now end")->required();
    announce->add_option("--out", typed_.out, "where the act is written")->required();
    announce->add_option("--clock-file", typed_.clock_file, "a scenario's clock; rehearsals only")
        ->envname("CHANCERY_CLOCK_FILE");
    Command(key, "handovers",
            "write what handed keys over, for witnesses and others who hold no book",
            "key handovers --out handovers --config state.toml", RunKeyHandovers)
        ->add_option("--out", typed_.out, "a folder that is not there yet")
        ->required();
    Command(key, "rotate",
            "replace the key under which particulars lie encrypted and destroy the old one, so "
            "that backups lose what was erased; the daemon "
            "must not run",
            "key rotate --config state.toml", RunKeyRotate);

    CLI::App* stamp = Group("timestamp", "time stamps (RFC 3161) over the ledger's checkpoints");
    Command(stamp, "ask", "write a request over the newest cosigned checkpoint, and keep it",
            "timestamp ask --out request.tsq --config state.toml", RunTimestampAsk)
        ->add_option("--out", typed_.file, "a file that is not there yet")
        ->required();
    Command(stamp, "add", "verify an authority's reply to such a request, and keep it",
            "timestamp add reply.tsr --config state.toml", RunTimestampAdd)
        ->add_option("FILE", typed_.file, "the reply, as the authority sent it")
        ->required();
    Command(stamp, "status", "what is stamped, and when the next stamp is due",
            "timestamp status --config state.toml", RunTimestampStatus)
        ->add_option("--clock-file", typed_.clock_file, "a scenario's clock; rehearsals only")
        ->envname("CHANCERY_CLOCK_FILE");

    CLI::App* fork = Group("fork", "what the ministry's ledger has shown twice");
    CLI::App* release = Command(
        fork, "release", "send and cosign again after a fork was settled; the daemon must not run",
        "fork release --config state.toml", RunForkRelease);
    release->add_option("--clock-file", typed_.clock_file, "a scenario's clock; rehearsals only")
        ->envname("CHANCERY_CLOCK_FILE");
    CLI::App* convicting =
        Command(fork, "export", "what convicts the ministry by its own signatures, as a small text",
                "fork export --config state.toml --out fork.conviction", RunForkExport);
    convicting->add_option("--out", typed_.out, "the file to make; without it they are listed");
    convicting->add_option("--id", typed_.id, "which one; the first when absent");
  }

  void AddActs() {
    for (const char* noun : {"application", "act"}) {
      CLI::App* group =
          Group(noun, std::string(noun) == "act" ? "any act" : "readmission applications");
      const std::string example = std::string(noun) + " submit case-1.json case-2.json --wait";
      CLI::App* submit =
          Command(group, "submit", "hand in acts as JSON, each file its own; - is standard input",
                  example.c_str(), Asking(RunSubmit));
      submit->add_option("FILE", typed_.files, "acts as JSON (docs/acts.md)")->required();
      submit->add_flag("-n,--dry-run", typed_.validate_only,
                       "check the form and say what would be ruled now; seal and keep nothing");
      submit->add_flag("--wait", typed_.wait,
                       "until the ministry has ruled; exit 4 when not admitted");
      submit->add_option("--timeout", typed_.timeout, "seconds to wait");
      submit->add_option("--id", typed_.statement_id,
                         "the act's id, so that a repeated call is the same act");
    }
    CLI::App* attachment = Group("attachment", "photographs and scans that acts name by digest");
    Command(attachment, "list", "those of a case, with their sizes", "attachment list 3f…",
            Asking([](DeskClient& desk, const Typed& typed, const Output&) {
              return ListAttachments(desk, typed.id);
            }))
        ->add_option("MATTER", typed_.id, "matter id")
        ->required();
    CLI::App* get = Command(attachment, "get",
                            "write one into a file for its owner alone; from the ministry when it "
                            "is not held here; noted",
                            "attachment get 3f… 9c… --out passport.jpg",
                            Asking([](DeskClient& desk, const Typed& typed, const Output&) {
                              return GetAttachment(desk, typed.id, typed.digest, typed.out);
                            }));
    get->add_option("MATTER", typed_.id, "matter id")->required();
    get->add_option("DIGEST", typed_.digest, "the attachment's SHA-256")->required();
    get->add_option("--out", typed_.out, "a file that is not there yet")->required();

    CLI::App* sent = Group("sent", "acts of this party and what became of them");
    Command(sent, "list", "all, or one", "sent list", Asking(RunSentList))
        ->add_option("ID", typed_.id, "statement id");
  }

  void AddMatters() {
    CLI::App* cases = Group("case", "cases, one person each");
    Command(cases, "list", "all cases with what is due", "case list --json",
            Asking(ListOf("case")));
    CLI::App* show = Command(cases, "show", "one case", "case show 3f…", Asking(ShowOf("case")));
    show->add_option("ID", typed_.id, "matter id")->required();
    show->add_flag("--particulars", typed_.particulars,
                   "with the person's particulars; reading them is noted");
    CLI::App* watch = Command(cases, "watch", "print every change of stage",
                              "case watch --timeout 0", Asking(RunCaseWatch));
    watch->add_option("ID", typed_.id, "only this case");
    watch->add_option("--timeout", typed_.timeout, "seconds; 0 for ever");
    Command(cases, "ready", "cases a manifest would take", "case ready", Asking(RunCaseReady));

    CLI::App* flights = Group("flight", "flights");
    Command(flights, "list", "all flights", "flight list", Asking(ListOf("flight")));
    Command(flights, "show", "one flight", "flight show 9c…", Asking(ShowOf("flight")))
        ->add_option("ID", typed_.id, "matter id")
        ->required();

    CLI::App* manifests = Group("manifest", "this party's lists on flights");
    Command(manifests, "list", "all lists", "manifest list", Asking(ListOf("transfer")));
    Command(manifests, "show", "one list", "manifest show 77…", Asking(ShowOf("transfer")))
        ->add_option("ID", typed_.id, "matter id of the transfer")
        ->required();
    CLI::App* propose = Command(manifests, "propose",
                                "a list of ready cases, each with the ministry's own confirmation",
                                "manifest propose --flight 9c… --escorts 40 --fit-to-fly "
                                "--decision-renewed --submit --wait",
                                Asking(RunManifestPropose));
    propose->add_option("--flight", typed_.flight, "matter id of the flight")->required();
    propose->add_option("--case", typed_.cases, "only these cases; else every ready one");
    propose->add_option("--escorts", typed_.escorts, "how many");
    propose->add_option("--monitors", typed_.monitors, "how many");
    propose->add_option("--medics", typed_.medics, "how many");
    propose->add_option("--interpreters", typed_.interpreters, "how many");
    propose->add_flag("--fit-to-fly", typed_.fit_to_fly,
                      "assert that every returnee is fit to fly");
    propose->add_flag("--decision-renewed", typed_.decision_renewed,
                      "assert that every decision was renewed");
    propose->add_flag("--reception", typed_.reception,
                      "assert that reception is arranged for minors");
    propose->add_flag("--best-interests", typed_.best_interests,
                      "assert that the best interests of minors were looked at");
    propose->add_option("--out", typed_.file, "write the act to this file");
    propose->add_flag("--submit", typed_.submit, "hand it in");
    propose->add_flag("--wait", typed_.wait, "with --submit: until the ministry has ruled");
    propose->add_option("--timeout", typed_.timeout, "seconds to wait");
  }

  void AddRest() {
    Command(&app_, "status", "how sending, collecting and cosigning stand", "status --json",
            Asking(RunStatus));
    CLI::App* wait =
        Command(&app_, "wait", "until everything is sent, collected and cosigned on both sides",
                "wait --settled --timeout 30", Asking(RunWait));
    wait->add_flag("--settled", typed_.settled, "what is waited for")->required();
    wait->add_option("--timeout", typed_.timeout, "seconds");
    CLI::App* evidence = Group("evidence", "what can be handed to auditors and courts");
    CLI::App* write = Command(evidence, "export", "the whole book as a folder",
                              "evidence export /tmp/evidence", Asking(RunEvidenceExport));
    write->add_option("DIR", typed_.folder, "folder to make")->required();
    write->add_option("--for", typed_.made_for, "the office that asked, never a person");
    CLI::App* slice =
        Command(evidence, "slice",
                "this party's slice of the ministry's ledger as a folder, fetched from it",
                "evidence slice --out /tmp/slice", Asking(RunEvidenceSlice));
    slice->add_option("--out", typed_.folder, "folder to make")->required();
  }

  CLI::App app_;
  Typed typed_;
  Run run_;
};

}  // namespace

int RunCommandLine(int argc, char** argv) {
  CommandLine line;
  return line.Main(argc, argv);
}

}  // namespace chancery::client
