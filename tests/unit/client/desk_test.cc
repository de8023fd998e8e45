#include "client/desk_service.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "client/desk_client.h"
#include "client/init.h"
#include "grpcpp/server_builder.h"
#include "tests/support/state_world.h"

namespace chancery::client {
namespace {

using support::ExchangeWorld;
using support::FakeTransport;
using support::Must;
using support::RehearsalPki;
using support::StateWorld;
using support::TemporaryFolder;
using support::WriteFile;

// A node from real files, opposite a ministry's engine in this process, with its desk on a real
// socket.
class DeskWorld {
 public:
  DeskWorld() : transport(ministry, "GRC") {
    ministry.Begin();
    const RehearsalPki& pki = RehearsalPki::Get();
    std::filesystem::create_directories(folder.path() / "procedures");
    // The procedures as both sides sealed them.
    for (const Bytes& bundle : {ministry.founding_bundle, ministry.bundle_2016}) {
      const std::string stem = folder.path() / "procedures" / crypto::Sha256(bundle).ToHexText();
      const Instant now = ministry.clock.Now();
      const Bytes seal = Must(pki.SealerOf("EUE", "union-signatory").Seal(bundle, now));
      WriteFile(stem + ".bundle", bundle);
      WriteFile(stem + ".p7s", Must(pki.SealerOf("PAK", "ministry").AddSeal(bundle, seal, now)));
    }
    const std::string policy_text =
        "log " + ministry.LogSigner("GRC")->key().ToText() + "\nwitness PAK " +
        ministry.WitnessSigner("PAK")->key().ToText() + "\nquorum PAK\n";
    ministry.anchor.policies.emplace(support::Party("GRC"), crypto::Sha256(policy_text));
    WriteFile(folder.path() / "policy", policy_text);
    WriteFile(folder.path() / "anchor", ledger::FormatAnchor(ministry.anchor));
    WriteFile(folder.path() / "clock", std::to_string(ministry.clock.Now().ms) + "\n");
    config.party = support::Party("GRC");
    config.ministry = support::Party("PAK");
    config.address = "127.0.0.1:1";
    config.anchor = folder.path() / "anchor";
    config.store = folder.path() / "state.db";
    config.socket = folder.path() / "desk.sock";
    config.trust = pki.folder() / "public";
    config.procedures = folder.path() / "procedures";
    config.policy = folder.path() / "policy";
    config.log = "quiet";
    config.checkpoint_key = pki.Path("GRC/ledger/checkpoint.key");
    config.witness_key = pki.Path("GRC/ledger/witness.key");
    config.kek = pki.Path("GRC/kek");
    config.tls_key = pki.Path("GRC/tls/daemon.key");
    config.tls_certificate = pki.Path("GRC/tls/daemon.pem");
    config.seals.push_back({ExchangeWorld::Word(procedure::Fact::kOffice, "return_authority"),
                            pki.Path("GRC/seal/return-authority-1.key"),
                            pki.Path("GRC/seal/return-authority-1.pem")});
  }
  ~DeskWorld() { Stop(); }

  void Start() {
    node = Must(StateNode::Open(config, folder.path() / "clock", events));
    EXPECT_TRUE(node->Start(transport).ok());
    desk = std::make_unique<DeskService>(*node, events);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + config.socket.string(), grpc::InsecureServerCredentials());
    builder.RegisterService(desk.get());
    server = builder.BuildAndStart();
    ASSERT_NE(server, nullptr);
  }
  void Stop() {
    if (server) server->Shutdown();
    server.reset();
    desk.reset();
    node.reset();
  }
  DeskClient Client() { return DeskClient(config.socket, std::chrono::seconds(10)); }
  StatementId NewId() { return NewStatementId(ministry.clock.Now(), ministry.entropy); }

  ExchangeWorld ministry;
  FakeTransport transport;
  TemporaryFolder folder;
  support::CountingEvents events;
  Config config;
  std::unique_ptr<StateNode> node;
  std::unique_ptr<DeskService> desk;
  std::unique_ptr<grpc::Server> server;
};

// Design section 12, Desk: hand in, list, show; and everything settled on both sides afterwards.
TEST(Desk, TakesAnApplicationAndShowsWhatBecameOfIt) {
  DeskWorld world;
  world.Start();
  DeskClient client = world.Client();
  const auto first = client.GetStatus(true);
  ASSERT_TRUE(first.ok()) << first.status();
  const StatementId id = world.NewId();
  const auto handed = client.HandIn(StateWorld::ApplicationJson(), id, false);
  ASSERT_TRUE(handed.ok()) << handed.status();
  const auto settled = client.GetStatus(true);
  ASSERT_TRUE(settled.ok()) << settled.status();
  for (int i = 0; i < 3000 && Must(client.FindSent(id)).state() != "recorded"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const desk::v1::Sent sent = Must(client.FindSent(id));
  EXPECT_EQ(sent.state(), "recorded");
  EXPECT_THAT(sent.ruling(), testing::StartsWith("admitted "));
  const auto status = client.GetStatus(true);
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->waiting(), 0U);
  EXPECT_EQ(status->ministry_size(), world.ministry.keeper->head().tree.size);
  EXPECT_EQ(status->ministry_cosigned_size(), status->ministry_size());
  EXPECT_EQ(status->own_cosigned_size(), status->size());

  const auto matters = Must(client.ListMatters("case"));
  ASSERT_EQ(matters.size(), 1U);
  EXPECT_EQ(matters[0].at("stage"), "open");
  EXPECT_FALSE(matters[0].at("due").empty());
  const auto without = Must(client.ShowMatter(*MatterId::FromBytes(handed->matter()), false));
  EXPECT_EQ(without.sent().item_size(), 0);
  EXPECT_EQ(world.events.Count("particulars.read"), 0);
  const auto with = Must(client.ShowMatter(*MatterId::FromBytes(handed->matter()), true));
  EXPECT_EQ(with.sent().item_size(), 3);
  EXPECT_EQ(with.registered().item_size(), 0);
  EXPECT_EQ(world.events.Count("particulars.read"), 1);
}

// desk.proto: a dry run says what would be ruled now, and keeps nothing.
TEST(Desk, ADryRunSaysWhatWouldBeRuledNow) {
  DeskWorld world;
  world.Start();
  DeskClient client = world.Client();
  ASSERT_TRUE(client.GetStatus(true).ok());
  const StatementId id = world.NewId();
  const auto foreseen = Must(client.HandIn(StateWorld::ApplicationJson(), id, true));
  EXPECT_THAT(foreseen.ruling(), testing::StartsWith("admitted "));
  EXPECT_EQ(foreseen.number(), 0U);
  EXPECT_TRUE(Must(client.ListSent()).empty());
  EXPECT_EQ(Must(client.HandIn(StateWorld::ApplicationJson(), id, false)).ruling(), "");
}

// Issue 2: no act lost, none twice: a call repeated after the daemon ended is the same act.
TEST(Desk, ACallRepeatedAfterARestartIsTheSameAct) {
  DeskWorld world;
  world.Start();
  ASSERT_TRUE(world.Client().GetStatus(true).ok());
  world.transport.away = true;
  const StatementId id = world.NewId();
  const auto first = world.Client().HandIn(StateWorld::ApplicationJson(), id, false);
  ASSERT_TRUE(first.ok()) << first.status();
  world.Stop();
  world.Start();
  const auto again = world.Client().HandIn(StateWorld::ApplicationJson(), id, false);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->statement_digest(), first->statement_digest());
  EXPECT_EQ(Must(world.Client().ListSent()).size(), 1U);
  EXPECT_EQ(Must(world.Client().GetStatus(false)).waiting(), 1U);
  DeskClient hasty(world.config.socket, std::chrono::milliseconds(0));
  EXPECT_EQ(hasty.GetStatus(true).status().code(), absl::StatusCode::kUnavailable);
}

// ecosystem.md 3.1: errors carry a stable reason, and never a value.
TEST(Desk, RefusalsCarryTheirReasonOverTheWire) {
  DeskWorld world;
  world.Start();
  DeskClient client = world.Client();
  ASSERT_TRUE(client.GetStatus(true).ok());
  const auto broken = client.HandIn("{", world.NewId(), false);
  EXPECT_EQ(ReasonOf(broken.status()), "ACT_JSON_BROKEN");
  EXPECT_EQ(ReasonOf(client.FindSent(world.NewId()).status()), "ACT_UNKNOWN");
  EXPECT_EQ(ReasonOf(client.ShowMatter(MatterId(), false).status()), "MATTER_UNKNOWN");
  EXPECT_EQ(ReasonOf(client.ListMatters("person").status()), "FIELD_MALFORMED");
}

// Design section 14: the whole book as a folder, once the ministry has cosigned it.
TEST(Desk, ExportsItsBookWithTheReceiptsItWasGiven) {
  DeskWorld world;
  world.Start();
  DeskClient client = world.Client();
  ASSERT_TRUE(client.GetStatus(true).ok());
  ASSERT_TRUE(client.HandIn(StateWorld::ApplicationJson(), world.NewId(), false).ok());
  for (int i = 0; i < 3000; ++i) {
    const auto status = client.GetStatus(true);
    if (status.ok() && status->waiting() == 0 && status->own_cosigned_size() == status->size())
      break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const auto exported = client.ExportEvidence(world.folder.path() / "evidence", "an auditor");
  ASSERT_TRUE(exported.ok()) << exported.status();
  EXPECT_EQ(exported->size(), world.node->keeper().head().tree.size);
  EXPECT_TRUE(std::filesystem::exists(world.folder.path() / "evidence" / "checkpoint"));
  EXPECT_TRUE(std::filesystem::exists(world.folder.path() / "evidence" / "receipts"));
  EXPECT_FALSE(client.ExportEvidence(world.folder.path() / "evidence", "an auditor").ok());
}

// Design section 13, exit code 3: a key of another party, a loose file mode or another anchor is
// found before anything starts.
TEST(StateNode, RefusesKeysThatAreNotItsOwn) {
  const RehearsalPki& pki = RehearsalPki::Get();
  struct Wrong {
    const char* name;
    std::function<void(DeskWorld&)> make;
  };
  const std::vector<Wrong> wrongs = {
      {"another ledger key",
       [&](DeskWorld& w) { w.config.checkpoint_key = pki.Path("AUT/ledger/checkpoint.key"); }},
      {"another witness key",
       [&](DeskWorld& w) { w.config.witness_key = pki.Path("AUT/ledger/witness.key"); }},
      {"another party's seal",
       [&](DeskWorld& w) {
         w.config.seals[0].key = pki.Path("AUT/seal/return-authority-1.key");
         w.config.seals[0].certificate = pki.Path("AUT/seal/return-authority-1.pem");
       }},
      {"a key without its certificate",
       [&](DeskWorld& w) { w.config.seals[0].key = pki.Path("GRC/seal/monitor-1.key"); }},
      {"a loose mode",
       [&](DeskWorld& w) {
         const auto copy = w.folder.path() / "kek";
         WriteFile(copy, support::ReadFile(pki.Path("GRC/kek")));
         ::chmod(copy.c_str(), 0644);
         w.config.kek = copy;
       }},
      {"no such party", [](DeskWorld& w) { w.config.party = support::Party("FRA"); }},
      {"a clock file that is none",
       [](DeskWorld& w) { WriteFile(w.folder.path() / "clock", "noon\n"); }},
  };
  for (const Wrong& wrong : wrongs) {
    SCOPED_TRACE(wrong.name);
    DeskWorld world;
    wrong.make(world);
    EXPECT_FALSE(StateNode::Open(world.config, world.folder.path() / "clock", world.events).ok());
  }
}

// Design section 13: `init` makes keys that the daemon reads, of mode 0600, and never overwrites
// one.
TEST(Init, MakesKeysThatCanBeReadAndOverwritesNothing) {
  TemporaryFolder folder;
  crypto::SystemEntropy entropy;
  const InitOptions options{folder.path() / "node", support::Party("GRC"), support::Party("PAK"),
                            "eu-pakistan", false};
  const Initialised made = Must(Initialise(options, entropy));
  for (const char* file : {"ledger/checkpoint.key", "ledger/witness.key", "kek"}) {
    struct stat mode {};
    ASSERT_EQ(::stat((folder.path() / "node" / file).c_str(), &mode), 0);
    EXPECT_EQ(mode.st_mode & 0777, 0600U);
  }
  std::string text = support::ReadFile(folder.path() / "node" / "ledger" / "checkpoint.key");
  text.pop_back();
  EXPECT_EQ(Must(ledger::ReadNoteSigner(text))->key().ToText(), made.log_key);
  EXPECT_EQ(Initialise(options, entropy).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(ReadConfig(made.config, [](const std::string&) { return std::nullopt; }).ok());
}

}  // namespace
}  // namespace chancery::client
