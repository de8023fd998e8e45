// The ministry's server and one state's daemon as real programs over mTLS, for tests that look at
// their files or kill them.
#ifndef CHANCERY_TESTS_SUPPORT_BOTH_PROGRAMS_H_
#define CHANCERY_TESTS_SUPPORT_BOTH_PROGRAMS_H_

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chancery/casework/v1/casework.grpc.pb.h"
#include "edge/convert.h"
#include "edge/prepare_grpc.h"
#include "edge/rpc_status.h"
#include "edge/tls.h"
#include "grpcpp/create_channel.h"
#include "nlohmann/json.hpp"
#include "tests/support/exchange_world.h"
#include "tests/support/program.h"

namespace chancery::support {

inline constexpr const char* kMinistryProgram = CHANCERY_BINARY_DIR "/bin/chancery-ministry";
inline constexpr const char* kStateProgram = CHANCERY_BINARY_DIR "/bin/chancery-state";

// Both sides, Greece and the ministry, with stores, keys and configurations of their own in one
// folder.
class BothPrograms : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(edge::PrepareGrpc().ok()); }

  BothPrograms() {
    std::filesystem::create_directories(Path("procedures"));
    std::filesystem::create_directories(Path("ministry"));
    std::filesystem::create_directories(Path("state"));
    WriteFile(Path("procedures/founding.bundle"), world_.founding_bundle);
    WriteFile(Path("procedures/founding.p7s"), ExchangeWorld::SealOfBoth(world_.founding_bundle));
    WriteFile(Path("procedures/2016.bundle"), world_.bundle_2016);
    WriteFile(Path("procedures/2016.p7s"), ExchangeWorld::SealOfBoth(world_.bundle_2016));
    MoveClock(0);
    WriteFile(Path("ministry/revocations"), "chancery-revocations v1\n");
    Policy("PAK", "GRC", "ministry");
    Policy("GRC", "PAK", "state");
    WriteFile(Path("anchor"), ledger::FormatAnchor(world_.anchor));
    for (const char* side : {"ministry", "state"}) {
      const std::string party = side == std::string("ministry") ? "PAK" : "GRC";
      const std::string kek = Path(std::string(side) + "/kek");
      std::filesystem::copy(RehearsalPki::Get().Path(party + "/kek"), kek);
      std::filesystem::permissions(
          kek, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    WriteMinistryConfig();
  }

  // Where the files of one side lie, as its configuration names them.
  struct KeyFiles {
    std::string checkpoint;
    std::string checkpoint_before;  // empty: none
    std::string witness;
    std::string tls;   // less .key and .pem
    std::string seal;  // likewise
  };
  static KeyFiles FirstKeys(const std::string& party, const std::string& tls,
                            const std::string& seal) {
    const RehearsalPki& pki = RehearsalPki::Get();
    return {pki.Path(party + "/ledger/checkpoint.key"),
            {},
            pki.Path(party + "/ledger/witness.key"),
            pki.Path(party + "/tls/" + tls),
            pki.Path(party + "/seal/" + seal)};
  }
  static std::string Quoted(const std::string& text) { return "\"" + text + "\"\n"; }
  static std::string NoteKeyLines(const KeyFiles& keys) {
    return "[keys]\ncheckpoint = " + Quoted(keys.checkpoint) +
           (keys.checkpoint_before.empty()
                ? ""
                : "checkpoint_before = " + Quoted(keys.checkpoint_before)) +
           "witness = " + Quoted(keys.witness);
  }
  void Policy(const std::string& party, const std::string& witness, const std::string& folder) {
    const PartyCode reader = Party(witness);
    const std::string text =
        Must(ledger::FoundingPolicy(world_.anchor, Party(party), {&reader, 1})).Format();
    world_.anchor.policies.emplace(Party(party), crypto::Sha256(text));
    WriteFile(Path(folder + "/policy"), text);
  }
  void MoveClock(std::int64_t milliseconds) {
    world_.clock.Set(Instant{world_.clock.Now().ms + milliseconds});
    WriteFile(Path("clock.new"), std::to_string(world_.clock.Now().ms) + "\n");
    std::filesystem::rename(Path("clock.new"), Path("clock"));
  }
  void WriteMinistryConfig() const {
    const auto pki = [](const std::string& name) { return Quoted(RehearsalPki::Get().Path(name)); };
    const KeyFiles& keys = ministry_keys_;
    WriteFile(
        Path("ministry/ministry.toml"),
        "party = \"PAK\"\nanchor = \"../anchor\"\nstore = \"ministry.db\"\ntrust = " +
            Quoted(trust_) +
            "procedures = \"../procedures\"\npolicy = \"policy\"\nclock_file = "
            "\"../clock\"\nlog_level = \"quiet\"\n" +
            NoteKeyLines(keys) + "encryption = \"kek\"\nseal = " + Quoted(keys.seal + ".key") +
            "seal_certificate = " + Quoted(keys.seal + ".pem") +
            "[tls]\nkey = " + Quoted(keys.tls + ".key") +
            "certificate = " + Quoted(keys.tls + ".pem") + "roots = " + pki("public/roots.pem") +
            "revocations = \"revocations\"\n[exchange]\nlisten = \"127.0.0.1:0\"\n"
            "[casework]\nlisten = \"127.0.0.1:0\"\n[officer]\ntls_key = " +
            pki("PAK/tls/ministry.key") + "tls_certificate = " + pki("PAK/tls/ministry.pem") +
            "tls_roots = " + pki("public/roots.pem"));
  }
  void WriteStateConfig() const {
    const KeyFiles& keys = state_keys_;
    WriteFile(Path("state/state.toml"),
              "party = \"GRC\"\nministry = \"PAK\"\naddress = " + Quoted(exchange_) +
                  "anchor = \"../anchor\"\nstore = \"state.db\"\nsocket = \"desk.sock\"\n"
                  "trust = " +
                  Quoted(trust_) +
                  "procedures = \"../procedures\"\npolicy = \"policy\"\nlog = \"quiet\"\n" +
                  NoteKeyLines(keys) + "kek = \"kek\"\n[tls]\nkey = " + Quoted(keys.tls + ".key") +
                  "certificate = " + Quoted(keys.tls + ".pem") +
                  "[[seal]]\noffice = \"return_authority\"\nkey = " + Quoted(keys.seal + ".key") +
                  "certificate = " + Quoted(keys.seal + ".pem"));
  }
  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }
  CommandResult Ministry(const std::string& arguments) const {
    return RunCommand(std::string(kMinistryProgram) + " " + arguments + " --config " +
                      Path("ministry/ministry.toml") +
                      (casework_.empty() ? "" : " --server " + casework_));
  }
  CommandResult State(const std::string& arguments) const {
    return RunCommand(std::string(kStateProgram) + " --config " + Path("state/state.toml") + " " +
                      arguments);
  }
  std::vector<std::string> ServeMinistry() const {
    return {kMinistryProgram, "serve", "--config", Path("ministry/ministry.toml")};
  }
  // `more`: further arguments.
  void StartMinistry(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = ServeMinistry();
    arguments.insert(arguments.end(), more.begin(), more.end());
    ministry_.Start(std::move(arguments), Path("ministry.ready"));
    const nlohmann::json addresses = nlohmann::json::parse(ReadFile(Path("ministry.ready")));
    exchange_ = addresses["exchange"];
    casework_ = addresses["casework"];
  }
  std::vector<std::string> ServeState() const {
    return {kStateProgram,  "serve",      "--config", Path("state/state.toml"),
            "--clock-file", Path("clock")};
  }
  void StartState() {
    WriteStateConfig();
    state_.Start(ServeState(), Path("state.ready"));
  }
  // What an office of a party has with one of the ministry's listeners.
  static std::shared_ptr<grpc::Channel> ChannelOf(const std::string& office,
                                                  const std::string& address) {
    const std::string stem = RehearsalPki::Get().Path(office);
    const edge::TlsFiles files{
        stem + ".key", stem + ".pem", RehearsalPki::Get().Path("public/roots.pem"), {}};
    return grpc::CreateChannel(address, Must(edge::MakeChannelCredentials(files, Party("PAK"))));
  }
  void BringIn(const codec::Envelope& envelope) {
    const auto stub = casework::v1::Casework::NewStub(ChannelOf("PAK/tls/ministry", casework_));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    casework::v1::BringInRequest request;
    edge::ToWire(envelope, *request.mutable_envelope());
    casework::v1::BringInResponse response;
    const absl::Status status = edge::FromRpc(stub->BringIn(&context, request, &response));
    ASSERT_TRUE(status.ok()) << status;
  }
  // Hands in an act at the state's desk and waits for the ministry's ruling.
  nlohmann::json HandIn(const std::string& act) {
    WriteFile(Path("act.json"), act);
    const CommandResult done = State("--json act submit " + Path("act.json") + " --wait");
    std::filesystem::remove(Path("act.json"));
    EXPECT_EQ(done.exit_code, 0) << done.output;
    EXPECT_EQ(State("wait --settled --timeout 60").exit_code, 0);
    const nlohmann::json answer = nlohmann::json::parse(done.output, nullptr, false);
    return answer.is_array() && answer.size() == 1 ? answer[0] : nlohmann::json::object();
  }
  void StopBoth() {
    EXPECT_EQ(state_.End(SIGTERM), 0);
    EXPECT_EQ(ministry_.End(SIGTERM), 0);
    casework_.clear();
  }

  TemporaryFolder folder_;
  ExchangeWorld world_;
  std::string trust_ = RehearsalPki::Get().Path("public");
  KeyFiles ministry_keys_ = FirstKeys("PAK", "server", "ministry-1");
  KeyFiles state_keys_ = FirstKeys("GRC", "daemon", "return-authority-1");
  Program ministry_;
  Program state_;
  std::string exchange_;
  std::string casework_;
};

}  // namespace chancery::support

#endif  // CHANCERY_TESTS_SUPPORT_BOTH_PROGRAMS_H_
