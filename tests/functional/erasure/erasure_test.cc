// Erased means erased: the raw files of both sides after an erasure by the real programs, backups
// from before it, and what still verifies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "chancery/casework/v1/casework.grpc.pb.h"
#include "edge/convert.h"
#include "edge/prepare_grpc.h"
#include "edge/rpc_status.h"
#include "edge/tls.h"
#include "engine/exchange/draft_paper.h"
#include "grpcpp/create_channel.h"
#include "nlohmann/json.hpp"
#include "openssl/evp.h"
#include "tests/support/exchange_world.h"

namespace chancery::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using support::CommandResult;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::ReadFile;
using support::RehearsalPki;
using support::RunCommand;
using support::WriteFile;

constexpr const char* kMinistry = CHANCERY_BINARY_DIR "/bin/chancery-ministry";
constexpr const char* kState = CHANCERY_BINARY_DIR "/bin/chancery-state";
constexpr const char* kAudit = CHANCERY_BINARY_DIR "/bin/chancery-audit";

// A program under test; ended with the test.
class Program {
 public:
  ~Program() { End(SIGKILL); }
  void Start(std::vector<std::string> arguments, const fs::path& ready) {
    fs::remove(ready);
    arguments.insert(arguments.end(), {"--ready-file", ready.string()});
    pid_ = fork();
    if (pid_ == 0) {
      std::vector<char*> argv;
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    for (int i = 0; i < 1200 && !fs::exists(ready); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      ASSERT_EQ(waitpid(pid_, nullptr, WNOHANG), 0) << arguments[0] << " ended";
    }
    ASSERT_TRUE(fs::exists(ready)) << arguments[0] << " did not start";
  }
  int End(int signal) {
    if (pid_ <= 0) return 0;
    kill(pid_, signal);
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

// Base64 as in the files one might find it in.
std::string Base64(ByteView bytes) {
  std::string text(4 * (bytes.size() / 3 + 1) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// The forms in which a value may rest: as it is, in UTF-16, in hexadecimal of both, and what all
// base64 texts share that hold it, for each of the three ways it can be aligned.
std::vector<std::string> FormsOf(const std::string& value) {
  std::string wide;
  for (const char letter : value) {
    wide.push_back(letter);
    wide.push_back('\0');
  }
  std::vector<std::string> forms = {value, wide};
  for (const std::string& bytes : {value, wide}) {
    const std::string hex = ToHex(bytes);
    std::string upper = hex;
    std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
    forms.push_back(hex);
    forms.push_back(upper);
    for (std::size_t shift = 0; shift < 3; ++shift) {
      const std::string text = Base64(std::string(shift, '\0') + bytes);
      const std::size_t first = shift == 0 ? 0 : shift + 1;
      forms.push_back(text.substr(first, (shift + bytes.size()) * 8 / 6 - first));
    }
  }
  return forms;
}

std::map<std::string, Bytes> FilesUnder(const fs::path& folder) {
  std::map<std::string, Bytes> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().string()] = ReadFile(entry.path());
  }
  return files;
}

class ErasedMeansErased : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(edge::PrepareGrpc().ok()); }

  ErasedMeansErased() {
    fs::create_directories(Path("procedures"));
    fs::create_directories(Path("ministry"));
    fs::create_directories(Path("state"));
    WriteFile(Path("procedures/founding.bundle"), world_.founding_bundle);
    WriteFile(Path("procedures/founding.p7s"), ExchangeWorld::SealOfBoth(world_.founding_bundle));
    WriteFile(Path("procedures/2016.bundle"), world_.bundle_2016);
    WriteFile(Path("procedures/2016.p7s"), ExchangeWorld::SealOfBoth(world_.bundle_2016));
    WriteFile(Path("clock"), std::to_string(world_.clock.Now().ms) + "\n");
    WriteFile(Path("ministry/revocations"), "chancery-revocations v1\n");
    Policy("PAK", "GRC", "ministry");
    Policy("GRC", "PAK", "state");
    WriteFile(Path("anchor"), ledger::FormatAnchor(world_.anchor));
    for (const char* side : {"ministry", "state"}) {
      const std::string party = side == std::string("ministry") ? "PAK" : "GRC";
      const std::string kek = Path(std::string(side) + "/kek");
      fs::copy(RehearsalPki::Get().Path(party + "/kek"), kek);
      fs::permissions(kek, fs::perms::owner_read | fs::perms::owner_write);
    }
    const auto key = [](const std::string& name) {
      return "\"" + RehearsalPki::Get().Path(name) + "\"\n";
    };
    WriteFile(Path("ministry/ministry.toml"),
              "party = \"PAK\"\nanchor = \"../anchor\"\nstore = \"ministry.db\"\ntrust = " +
                  key("public") +
                  "procedures = \"../procedures\"\npolicy = \"policy\"\nclock_file = "
                  "\"../clock\"\nlog_level = \"quiet\"\n[keys]\ncheckpoint = " +
                  key("PAK/ledger/checkpoint.key") + "witness = " + key("PAK/ledger/witness.key") +
                  "encryption = \"kek\"\nseal = " + key("PAK/seal/ministry-1.key") +
                  "seal_certificate = " + key("PAK/seal/ministry-1.pem") + "[tls]\nkey = " +
                  key("PAK/tls/server.key") + "certificate = " + key("PAK/tls/server.pem") +
                  "roots = " + key("public/roots.pem") +
                  "revocations = \"revocations\"\n[exchange]\nlisten = \"127.0.0.1:0\"\n"
                  "[casework]\nlisten = \"127.0.0.1:0\"\n[officer]\ntls_key = " +
                  key("PAK/tls/ministry.key") + "tls_certificate = " + key("PAK/tls/ministry.pem") +
                  "tls_roots = " + key("public/roots.pem"));
  }

  void Policy(const std::string& party, const std::string& witness, const std::string& folder) {
    const std::string text = "log " + world_.LogSigner(party)->key().ToText() + "\nwitness " +
                             witness + " " + world_.WitnessSigner(witness)->key().ToText() +
                             "\nquorum " + witness + "\n";
    world_.anchor.policies.emplace(Party(party), crypto::Sha256(text));
    WriteFile(Path(folder + "/policy"), text);
  }
  void WriteStateConfig() {
    const auto key = [](const std::string& name) {
      return "\"" + RehearsalPki::Get().Path("GRC/" + name) + "\"\n";
    };
    WriteFile(
        Path("state/state.toml"),
        "party = \"GRC\"\nministry = \"PAK\"\naddress = \"" + exchange_ +
            "\"\nanchor = \"../anchor\"\nstore = \"state.db\"\nsocket = \"desk.sock\"\n"
            "trust = \"" +
            RehearsalPki::Get().Path("public") +
            "\"\nprocedures = \"../procedures\"\npolicy = \"policy\"\nlog = \"quiet\"\n"
            "[keys]\ncheckpoint = " +
            key("ledger/checkpoint.key") + "witness = " + key("ledger/witness.key") +
            "kek = \"kek\"\n[tls]\nkey = " + key("tls/daemon.key") +
            "certificate = " + key("tls/daemon.pem") +
            "[[seal]]\noffice = \"return_authority\"\nkey = " + key("seal/return-authority-1.key") +
            "certificate = " + key("seal/return-authority-1.pem"));
  }
  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }
  CommandResult Ministry(const std::string& arguments) const {
    return RunCommand(std::string(kMinistry) + " " + arguments + " --config " +
                      Path("ministry/ministry.toml") +
                      (casework_.empty() ? "" : " --server " + casework_));
  }
  CommandResult State(const std::string& arguments) const {
    return RunCommand(std::string(kState) + " --config " + Path("state/state.toml") + " " +
                      arguments);
  }
  void StartMinistry() {
    ministry_.Start({kMinistry, "serve", "--config", Path("ministry/ministry.toml")},
                    Path("ministry.ready"));
    const json addresses = json::parse(ReadFile(Path("ministry.ready")));
    exchange_ = addresses["exchange"];
    casework_ = addresses["casework"];
  }
  void StartState() {
    WriteStateConfig();
    state_.Start(
        {kState, "serve", "--config", Path("state/state.toml"), "--clock-file", Path("clock")},
        Path("state.ready"));
  }
  void BringIn(const codec::Envelope& envelope) {
    const std::string stem = RehearsalPki::Get().Path("PAK/tls/ministry");
    const edge::TlsFiles files{
        stem + ".key", stem + ".pem", RehearsalPki::Get().Path("public/roots.pem"), {}};
    const auto stub = casework::v1::Casework::NewStub(
        grpc::CreateChannel(casework_, Must(edge::MakeChannelCredentials(files, Party("PAK")))));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    casework::v1::BringInRequest request;
    edge::ToWire(envelope, *request.mutable_envelope());
    casework::v1::BringInResponse response;
    const absl::Status status = edge::FromRpc(stub->BringIn(&context, request, &response));
    ASSERT_TRUE(status.ok()) << status;
  }
  // Hands in an act at the state's desk and waits for the ministry's ruling.
  json HandIn(const std::string& act) {
    WriteFile(Path("act.json"), act);
    const CommandResult done = State("--json act submit " + Path("act.json") + " --wait");
    fs::remove(Path("act.json"));
    EXPECT_EQ(done.exit_code, 0) << done.output;
    EXPECT_EQ(State("wait --settled --timeout 60").exit_code, 0);
    const json answer = json::parse(done.output, nullptr, false);
    return answer.is_array() && answer.size() == 1 ? answer[0] : json::object();
  }
  std::string Apply(const std::string& name) {
    return HandIn(R"({"act": "application", "addressee": "PAK",
      "facts": {"category": "own_national", "decision_final": true, "present": true,
                "entry_date": "2015-02-01", "minor": false},
      "lines": [{"evidence": "identity_card", "grade": "original"}],
      "particulars": {"name": ")" +
                  name + R"(", "birth_date": "1980-01-02"}})")["matter"];
  }

  // Copies of both stores as a backup would make them, while both programs are down.
  void BackUp(const std::string& name) {
    fs::create_directories(Path(name));
    for (const char* file : {"ministry/ministry.db", "state/state.db"}) {
      const fs::path from = Path(file);
      fs::copy(from, fs::path(Path(name)) / from.filename());
      EXPECT_FALSE(fs::exists(from.string() + "-wal") && fs::file_size(from.string() + "-wal") > 0);
    }
  }
  std::unique_ptr<store::Store> OpenCopy(const std::string& file, const std::string& party) const {
    return Must(store::OpenSqliteStore(
        Path(file), Must(exchange::StoreIdentityOf(world_.anchor, Party(party)))));
  }
  void StopBoth() {
    EXPECT_EQ(state_.End(SIGTERM), 0);
    EXPECT_EQ(ministry_.End(SIGTERM), 0);
    casework_.clear();
  }

  support::TemporaryFolder folder_;
  ExchangeWorld world_;
  Program ministry_;
  Program state_;
  std::string exchange_;
  std::string casework_;
};

// Issue 4, Erasure and its line of "done when": after the erasure no raw file of either side holds
// the wrapped key, the ciphertext or the particulars in any form, while another case is whole; an
// old backup with the rotated key-encryption key reads nothing of it; and everything verifies.
TEST_F(ErasedMeansErased, InTheRawFilesOfBothSidesAndInTheirBackups) {
  ASSERT_EQ(Ministry("init").exit_code, 0);
  StartMinistry();
  world_.Begin();
  for (const ExchangeWorld::AdmittedEnvelope& one : world_.admitted) BringIn(one.envelope);
  StartState();
  ASSERT_EQ(State("wait --settled --timeout 60").exit_code, 0);
  const std::vector<std::string> values = {"Gonefrom Everyfile", "Draftedby Anofficer"};
  const std::string erased = Apply(values[0]);
  const std::string kept = Apply("Keptin Thisfile");
  // An officer's draft in the case, which holds particulars of its own.
  WriteFile(Path("draft.json"), R"({"act": "reply", "addressee": "GRC", "matter": ")" + erased +
                                    R"(", "facts": {"answer": "confirmed"},
                                    "particulars": {"name": ")" +
                                    values[1] + R"("}})");
  const CommandResult drafted = Ministry("--json act draft " + Path("draft.json"));
  fs::remove(Path("draft.json"));
  ASSERT_EQ(drafted.exit_code, 0) << drafted.output;
  HandIn(R"({"act": "withdrawal", "addressee": "PAK", "matter": ")" + erased +
         R"(", "facts": {}})");
  StopBoth();
  BackUp("backup");

  // What must go, byte for byte, on each side; and what must stay.
  const MatterId matter = *MatterId::FromHexText(erased);
  const MatterId other = *MatterId::FromHexText(kept);
  std::map<std::string, std::vector<Bytes>> gone;
  std::map<std::string, Bytes> stays;
  for (const auto& [side, file, party] : {std::tuple("ministry", "backup/ministry.db", "PAK"),
                                          std::tuple("state", "backup/state.db", "GRC")}) {
    const std::unique_ptr<store::Store> store = OpenCopy(file, party);
    gone[side].push_back(*Must(store->FindWrappedKey(matter)));
    for (const store::ParticularsRow& row : Must(store->ListParticularsOf(matter)))
      gone[side].push_back(row.ciphertext);
    for (const store::Paper& paper :
         Must(store->ListPapers(exchange::kDraftPaper, std::nullopt, "", 10)))
      gone[side].push_back(paper.bytes);
    stays[side] = *Must(store->FindWrappedKey(other));
  }
  ASSERT_EQ(gone["ministry"].size(), 3U);
  ASSERT_EQ(gone["state"].size(), 2U);
  // Any piece of sixteen bytes counts: a row may lie over several pages.
  const auto leftovers = [&](const std::string& side) {
    int found = 0;
    for (const auto& [name, bytes] : FilesUnder(Path(side))) {
      for (const Bytes& whole : gone[side]) {
        for (std::size_t at = 0; at + 16 <= whole.size(); at += 16)
          found += bytes.find(whole.substr(at, 16)) != std::string::npos ? 1 : 0;
      }
    }
    return found;
  };
  for (const char* side : {"ministry", "state"}) {
    EXPECT_GT(leftovers(side), 0) << side << ": the search finds nothing where something is";
  }

  StartMinistry();
  StartState();
  ASSERT_EQ(State("wait --settled --timeout 60").exit_code, 0);
  HandIn(R"({"act": "erasure", "addressee": "PAK", "matter": ")" + erased +
         R"(", "facts": {"erasure_ground": "asked_by_person"}})");

  // While the programs run.
  for (const char* side : {"ministry", "state"}) {
    EXPECT_EQ(leftovers(side), 0) << side;
    bool other_is_there = false;
    for (const auto& [name, bytes] : FilesUnder(Path(side))) {
      other_is_there = other_is_there || bytes.find(stays[side]) != std::string::npos;
      for (const std::string& value : values) {
        for (const std::string& form : FormsOf(value))
          EXPECT_EQ(bytes.find(form), std::string::npos) << name;
      }
    }
    EXPECT_TRUE(other_is_there) << side;
  }
  for (const CommandResult& shown : {Ministry("case show --particulars " + erased),
                                     State("case show --particulars " + erased)}) {
    EXPECT_EQ(shown.exit_code, 0) << shown.output;
    EXPECT_THAT(shown.output, testing::ContainsRegex("particulars (were )?erased"));
    EXPECT_THAT(shown.output, testing::Not(testing::HasSubstr(values[0])));
  }
  EXPECT_THAT(Ministry("case show --particulars " + kept).output,
              testing::HasSubstr("Keptin Thisfile"));
  StopBoth();

  // The key-encryption keys rotate; a program that runs keeps its own.
  const std::map<std::string, Bytes> old_keys = {{"ministry", ReadFile(Path("ministry/kek"))},
                                                 {"state", ReadFile(Path("state/kek"))}};
  for (const CommandResult& rotated : {Ministry("key rotate"), State("key rotate")})
    EXPECT_EQ(rotated.exit_code, 0) << rotated.output;
  for (const auto& [side, old_key] : old_keys) {
    for (const auto& [name, bytes] : FilesUnder(Path(side)))
      EXPECT_EQ(bytes.find(old_key), std::string::npos) << name;
  }
  for (const auto& [side, file, party] : {std::tuple("ministry", "backup/ministry.db", "PAK"),
                                          std::tuple("state", "backup/state.db", "GRC")}) {
    const std::unique_ptr<store::Store> backup = OpenCopy(file, party);
    const Bytes wrapped = *Must(backup->FindWrappedKey(matter));
    const auto now = Must(crypto::KeyEncryptionKey::Load(Path(std::string(side) + "/kek")));
    EXPECT_FALSE(now.Unwrap(wrapped).ok()) << side;
    // It was the rotation that closed the backup.
    WriteFile(Path("old"), old_keys.at(side));
    fs::permissions(Path("old"), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_TRUE(Must(crypto::KeyEncryptionKey::Load(Path("old"))).Unwrap(wrapped).ok()) << side;
  }

  // Everything goes on and verifies.
  StartMinistry();
  StartState();
  EXPECT_EQ(State("wait --settled --timeout 60").exit_code, 0);
  EXPECT_THAT(Ministry("case show --particulars " + kept).output,
              testing::HasSubstr("Keptin Thisfile"));
  EXPECT_EQ(State("evidence export " + Path("evidence-state")).exit_code, 0);
  StopBoth();
  EXPECT_EQ(Ministry("evidence export " + Path("evidence-ministry")).exit_code, 0);
  EXPECT_EQ(Ministry("check").exit_code, 0);
  EXPECT_EQ(State("check --clock-file " + Path("clock")).exit_code, 0);
  for (const char* evidence : {"evidence-ministry", "evidence-state"}) {
    const CommandResult verified = RunCommand(std::string(kAudit) + " verify " + Path(evidence) +
                                              " --anchor " + Path("anchor"));
    EXPECT_EQ(verified.exit_code, 0) << verified.output;
  }
}

}  // namespace
}  // namespace chancery::server
