#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "engine/exchange/forked.h"
#include "nlohmann/json.hpp"
#include "tests/support/program.h"
#include "tests/support/state_world.h"

namespace chancery::client {
namespace {

using support::ExchangeWorld;
using support::Program;
using support::RehearsalPki;
using support::RunCommand;
using support::StateWorld;
using support::TemporaryFolder;
using support::WriteFile;
using testing::HasSubstr;

constexpr const char* kProgram = CHANCERY_BINARY_DIR "/bin/chancery-state";
constexpr const char* kRegistry = CHANCERY_BINARY_DIR "/bin/chancery-registry-sim";

// The daemon's files; its ministry is at an address where nobody listens.
class StateProgram : public testing::Test {
 protected:
  StateProgram() {
    const RehearsalPki& pki = RehearsalPki::Get();
    ExchangeWorld ministry;
    std::filesystem::create_directories(Path("procedures"));
    WriteFile(Path("anchor"), ledger::FormatAnchor(ministry.anchor));
    WriteFile(Path("clock"), std::to_string(ministry.clock.Now().ms) + "\n");
    WriteFile(Path("policy"), "");
    WriteFile(Path("state.toml"),
              "party = \"GRC\"\nministry = \"PAK\"\naddress = \"127.0.0.1:1\"\nanchor = "
              "\"anchor\"\nstore = \"state.db\"\n"
              "socket = \"desk.sock\"\ntrust = \"" +
                  pki.Path("public") +
                  "\"\nprocedures = \"procedures\"\n"
                  "policy = \"policy\"\nlog = \"quiet\"\n[keys]\ncheckpoint = \"" +
                  pki.Path("GRC/ledger/checkpoint.key") + "\"\nwitness = \"" +
                  pki.Path("GRC/ledger/witness.key") + "\"\nkek = \"" + pki.Path("GRC/kek") +
                  "\"\n[tls]\nkey = \"" + pki.Path("GRC/tls/daemon.key") + "\"\ncertificate = \"" +
                  pki.Path("GRC/tls/daemon.pem") +
                  "\"\n[[seal]]\noffice = \"return_authority\"\nkey = \"" +
                  pki.Path("GRC/seal/return-authority-1.key") + "\"\ncertificate = \"" +
                  pki.Path("GRC/seal/return-authority-1.pem") + "\"\n");
  }
  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }
  support::CommandResult Run(const std::string& arguments) const {
    return RunCommand(std::string(kProgram) + " --patience 0.2 --config " + Path("state.toml") +
                      " " + arguments);
  }
  std::vector<std::string> Serve(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {kProgram,           "serve",        "--config",
                                          Path("state.toml"), "--clock-file", Path("clock"),
                                          "--ready-file",     Path("ready")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  bool WaitFor(const std::string& file) const {
    for (int i = 0; i < 2000; ++i) {
      if (std::filesystem::exists(file)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  TemporaryFolder folder_;
};

// Design section 13: exit codes 2 usage or configuration, 3 local file or key, 5 unavailable.
TEST_F(StateProgram, ExitCodesTellWhoseTheFailureIs) {
  EXPECT_EQ(Run("--help").exit_code, 0);
  EXPECT_THAT(Run("application submit --help").output, HasSubstr("Example:"));
  EXPECT_EQ(Run("nonsense").exit_code, 2);
  EXPECT_EQ(Run("case show").exit_code, 2);
  EXPECT_EQ(Run("case show not-an-id").exit_code, 2);
  EXPECT_EQ(Run("status").exit_code, 5);
  EXPECT_EQ(RunCommand(std::string(kProgram) + " check --config /nowhere/state.toml").exit_code, 3);
  WriteFile(Path("state.toml"), "party = \n");
  EXPECT_EQ(Run("status").exit_code, 2);
  const auto json = RunCommand(std::string(kProgram) + " --json --patience 0 --socket " +
                               Path("none") + " status");
  EXPECT_EQ(nlohmann::json::parse(json.output, nullptr, false)["error"]["code"], "UNAVAILABLE");
}

// ecosystem.md 2 and security: the desk is for its owner alone, SIGTERM drains and ends with 0, and
// no core can be written.
TEST_F(StateProgram, ServesItsDeskWhileTheMinistryIsAwayAndEndsInOrder) {
  Program daemon(Serve());
  ASSERT_TRUE(WaitFor(Path("ready")));
  struct stat socket {};
  ASSERT_EQ(::stat(Path("desk.sock").c_str(), &socket), 0);
  EXPECT_EQ(socket.st_mode & 0777, 0600U);
  const auto status = nlohmann::json::parse(Run("--json status").output, nullptr, false);
  EXPECT_EQ(status["origin"], "eu-pakistan.chancery.example/rehearsal/GRC");
  EXPECT_EQ(status["size"], 0);
  EXPECT_EQ(Run("wait --settled --timeout 0.3").exit_code, 5);
  // Nothing is in force yet: the act is refused with its reason, and the file's name is all that is
  // told of it.
  WriteFile(Path("application.json"), StateWorld::ApplicationJson());
  const auto refused = Run("application submit " + Path("application.json"));
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_THAT(refused.output, HasSubstr("NO_PROCEDURE"));
  EXPECT_THAT(refused.output, testing::Not(HasSubstr("Specimen")));
  EXPECT_EQ(daemon.End(SIGTERM), 0);
  EXPECT_EQ(Run("check --clock-file " + Path("clock")).exit_code, 0);
}

// Brief of issue 2: a rehearsal's daemon may be told to die; what may not be told is refused before
// anything starts.
TEST_F(StateProgram, RefusesAFaultItCannotRead) {
  Program daemon(Serve({"--die-at", "sometime"}));
  EXPECT_EQ(daemon.Wait(), 2);
}

// Two daemons never share a store.
TEST_F(StateProgram, ASecondDaemonOnTheSameStoreDoesNotStart) {
  Program first(Serve());
  ASSERT_TRUE(WaitFor(Path("ready")));
  Program second(Serve());
  EXPECT_EQ(second.Wait(), 3);
  EXPECT_EQ(Run("status").exit_code, 0);
}

// Security: a daemon that would seal with a key whose certificate does not stand under its party's
// root, or is of another office, does not start: what it sealed would spoil the book for ever.
TEST_F(StateProgram, AWrongSealingKeyIsFoundBeforeAnythingIsSealed) {
  const RehearsalPki& pki = RehearsalPki::Get();
  const std::string good = support::ReadFile(Path("state.toml"));
  const std::string own = pki.Path("GRC/seal/return-authority-1");
  struct Wrong {
    std::string stem;
    const char* told;
  };
  for (const Wrong& wrong : {Wrong{(pki.bad() / "wrong-party-seal").string(), "under a root"},
                             Wrong{pki.Path("AUT/seal/return-authority-1"), "of GRC"},
                             Wrong{(pki.bad() / "expired-seal").string(), "not at this time"}}) {
    SCOPED_TRACE(wrong.stem);
    std::string changed = good;
    for (const char* ending : {".key", ".pem"}) {
      const std::string from = own + ending;
      changed.replace(changed.find(from), from.size(), wrong.stem + ending);
    }
    WriteFile(Path("state.toml"), changed);
    const auto started = RunCommand(std::string(kProgram) + " serve --config " +
                                    Path("state.toml") + " --clock-file " + Path("clock"));
    EXPECT_EQ(started.exit_code, 3) << started.output;
    EXPECT_THAT(started.output, HasSubstr(wrong.stem + ".pem"));
    EXPECT_THAT(started.output, HasSubstr(wrong.told));
  }
  WriteFile(Path("state.toml"), good);
  EXPECT_EQ(Run("check --clock-file " + Path("clock")).exit_code, 0);
}

// README: what an act says and how its file is written are refused with one exit code, 4.
TEST_F(StateProgram, EveryActThatCannotBeTakenHasOneExitCode) {
  Program daemon(Serve());
  ASSERT_TRUE(WaitFor(Path("ready")));
  struct Bad {
    const char* name;
    std::string text;
    const char* reason;
  };
  for (const Bad& bad :
       {Bad{"broken JSON", "{\"act\": ", "ACT_JSON_BROKEN"},
        Bad{"not UTF-8", "{\"act\": \"\xff\"}", "ACT_JSON_BROKEN"},
        Bad{"too large", std::string(65'537, ' '), "ACT_JSON_TOO_LARGE"},
        Bad{"unknown field", "{\"act\": \"application\", \"motive\": 1}", "ACT_JSON_FIELD"}}) {
    SCOPED_TRACE(bad.name);
    WriteFile(Path("act.json"), bad.text);
    const auto refused = Run("act submit " + Path("act.json"));
    EXPECT_EQ(refused.exit_code, 4) << refused.output;
    EXPECT_THAT(refused.output, HasSubstr(bad.reason));
  }
  EXPECT_EQ(daemon.End(SIGTERM), 0);
}

// Who waits says for how long: a ministry that takes calls and never answers does not lengthen it.
TEST_F(StateProgram, WaitingEndsWhenTheCallerSays) {
  // Accepts connections and stays silent, as a stopped program's socket does.
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 16), 0);
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::string config = support::ReadFile(Path("state.toml"));
  const std::string nobody = "127.0.0.1:1\"";
  config.replace(config.find(nobody), nobody.size(),
                 "127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "\"");
  WriteFile(Path("state.toml"), config);
  Program daemon(Serve());
  ASSERT_TRUE(WaitFor(Path("ready")));
  const auto began = std::chrono::steady_clock::now();
  const auto waited = RunCommand(std::string(kProgram) + " --config " + Path("state.toml") +
                                 " wait --settled --timeout 2");
  EXPECT_EQ(waited.exit_code, 5) << waited.output;
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(6));
  daemon.End(SIGKILL);
  ::close(listener);
}

// forked.h: the command that goes on after a settled fork works on the store alone, and says so
// when there is nothing to release.
TEST_F(StateProgram, AForkIsReleasedWhileTheDaemonIsDown) {
  const auto nothing = Run("fork release --clock-file " + Path("clock"));
  EXPECT_EQ(nothing.exit_code, 0) << nothing.output;
  EXPECT_THAT(nothing.output, HasSubstr("no fork was held"));
  {
    ExchangeWorld world;
    const auto store = support::Must(store::OpenSqliteStore(
        Path("state.db"),
        support::Must(exchange::StoreIdentityOf(world.anchor, support::Party("GRC")))));
    store::Commit commit;
    ASSERT_TRUE(exchange::MarkFork(*store, exchange::Fork::kProven, commit).ok());
    ASSERT_TRUE(store->Apply(commit).ok());
  }
  const auto released = Run("--json fork release --clock-file " + Path("clock"));
  EXPECT_EQ(released.exit_code, 0) << released.output;
  EXPECT_EQ(nlohmann::json::parse(released.output, nullptr, false)["released"], true);
  EXPECT_THAT(Run("fork release --clock-file " + Path("clock")).output,
              HasSubstr("no fork was held"));
}

// The simulated registry refuses a file that is not marked as invented.
TEST_F(StateProgram, TheSimulatedRegistryHoldsInventedPeopleOnly) {
  WriteFile(Path("people.json"), R"({"persons": []})");
  const auto refused = RunCommand(std::string(kRegistry) + " --socket " + Path("registry.sock") +
                                  " --people " + Path("people.json"));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.output, HasSubstr("invented"));
  WriteFile(Path("people.json"), R"({"invented": true, "persons": []})");
  Program registry({kRegistry, "--socket", Path("registry.sock"), "--people", Path("people.json"),
                    "--ready-file", Path("up")});
  ASSERT_TRUE(WaitFor(Path("up")));
  EXPECT_EQ(registry.End(SIGTERM), 0);
}

}  // namespace
}  // namespace chancery::client
