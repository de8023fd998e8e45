// Keys over time with the real programs: the checkpoint and witness keys of both sides, a sealing
// key and a TLS certificate are replaced in the middle of a story, with acts before, during and
// after the overlap; then every book verifies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "chancery/exchange/v1/exchange.grpc.pb.h"
#include "tests/support/both_programs.h"

namespace chancery::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using support::CommandResult;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::ReadFile;
using support::RehearsalPki;
using support::RunCommand;
using support::WriteFile;
using testing::HasSubstr;

constexpr const char* kAudit = CHANCERY_BINARY_DIR "/bin/chancery-audit";
constexpr const char* kProfiles = CHANCERY_SOURCE_DIR "/certs/profiles";

class KeysOverTime : public support::BothPrograms {
 protected:
  KeysOverTime() {
    fs::copy(RehearsalPki::Get().Path("public"), Path("trust"), fs::copy_options::recursive);
    trust_ = Path("trust");
    for (const auto& [side, party] : {std::pair("ministry", "PAK"), std::pair("state", "GRC")}) {
      for (const char* name : {"checkpoint.key", "witness.key"}) {
        const std::string to = Path(std::string(side) + "/" + name);
        fs::copy(RehearsalPki::Get().Path(std::string(party) + "/ledger/" + name), to);
        fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write);
      }
    }
  }

  // The checkpoint and witness keys of one side by the names of their files in its folder; the key
  // before is empty for none.
  struct KeyNames {
    std::string checkpoint = "checkpoint.key";
    std::string before;
    std::string witness = "witness.key";
  };
  static void Name(const KeyNames& names, KeyFiles& keys) {
    keys.checkpoint = names.checkpoint;
    keys.checkpoint_before = names.before;
    keys.witness = names.witness;
  }
  void NameMinistry(const KeyNames& names) {
    Name(names, ministry_keys_);
    WriteMinistryConfig();
  }
  void StartBoth(const KeyNames& names) {
    NameMinistry(names);
    StartMinistry();
    Name(names, state_keys_);
    StartState();
  }
  void Settle() {
    const CommandResult settled = State("wait --settled --timeout 60");
    EXPECT_EQ(settled.exit_code, 0) << settled.output;
  }
  void OfTheUnion(ActKind kind, const Facts& facts) {
    BringIn(world_.Sealed(world_.OfCooperation("EUE", kind, facts), {{"EUE", "union-signatory"}}));
  }
  // Whether the ministry's door lets in who shows this certificate of GRC.
  bool IsLetIn(const std::string& tls) const {
    const edge::TlsFiles files{
        tls + ".key", tls + ".pem", RehearsalPki::Get().Path("public/roots.pem"), {}};
    const auto stub = exchange::v1::Ledger::NewStub(
        grpc::CreateChannel(exchange_, Must(edge::MakeChannelCredentials(files, Party("PAK")))));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    exchange::v1::GetCheckpointResponse response;
    return stub->GetCheckpoint(&context, {}, &response).ok();
  }

  // A new key and certificate of GRC under its authority, as STEM.key and STEM.pem.
  std::string Issue(const std::string& profile, const std::string& uri, const std::string& name,
                    bool with_authority) const {
    const std::string authority = Path("issuing");
    if (!fs::exists(authority)) {
      fs::copy(RehearsalPki::Get().Path("GRC/authority/issuing"), authority,
               fs::copy_options::recursive);
    }
    const std::string stem = Path(name);
    const std::string environment =
        "CHANCERY_AGREEMENT=eu-pakistan CHANCERY_AUTHORITY=" + authority + " CHANCERY_URI=" + uri;
    const std::string config = std::string(" -config ") + kProfiles + "/authority.cnf ";
    const auto run = [&](const std::string& command) {
      const CommandResult done = RunCommand(environment + " " + command);
      EXPECT_EQ(done.exit_code, 0) << done.output;
    };
    run("openssl req" + config +
        "-new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + stem + ".key -out " +
        stem + ".csr -subj '/O=Chancery rehearsal/OU=GRC/CN=GRC renewed'");
    fs::permissions(stem + ".key", fs::perms::owner_read | fs::perms::owner_write);
    // A sealing certificate is judged in the scenario's time, a TLS certificate in the machine's.
    run("openssl ca" + config + "-batch -notext -extfile " + kProfiles + "/" + profile +
        ".cnf -extensions extensions " +
        (with_authority ? "-startdate $(date -u -d yesterday +%Y%m%d%H%M%SZ) "
                          "-enddate $(date -u -d '+60 days' +%Y%m%d%H%M%SZ)"
                        : "-startdate 20150101000000Z -enddate 20350101000000Z") +
        " -in " + stem + ".csr -out " + stem + ".pem");
    if (with_authority)
      WriteFile(stem + ".pem",
                ReadFile(stem + ".pem") + ReadFile(RehearsalPki::Get().Path("GRC/ca.pem")));
    return stem;
  }

  void Apply(const std::string& handle) {
    HandIn(R"({"act": "application", "addressee": "PAK",
      "facts": {"category": "own_national", "decision_final": true, "present": true,
                "entry_date": "2015-02-01", "minor": false, "handle": ")" +
           handle + R"("},
      "lines": [{"evidence": "identity_card", "grade": "original"}],
      "particulars": {"name": "Invented Specimen", "birth_date": "1980-01-02"}})");
  }
  // What `key announce` wrote, as facts.
  Facts AnnouncedIn(const std::string& file) const {
    const json facts = json::parse(ReadFile(file))["facts"];
    const auto key = [&facts](const char* name) {
      return *Digest::FromBytes(*FromHex(facts[name].get<std::string>()));
    };
    const auto at = [&facts](const char* name) {
      return ParseInstant(facts[name].get<std::string>())->ms;
    };
    return Facts{{Fact::kParty, procedure::PackParty(Party(facts["party"].get<std::string>()))},
                 {Fact::kLogKey, key("log_key")},
                 {Fact::kWitnessKey, key("witness_key")},
                 {Fact::kFrom, at("from")},
                 {Fact::kUntil, at("until")}};
  }
  void ExportAndVerify(const std::string& name) {
    EXPECT_EQ(State("evidence export " + Path(name + "-state")).exit_code, 0);
    EXPECT_EQ(State("evidence slice --out " + Path(name + "-slice")).exit_code, 0);
    const CommandResult exported = Ministry("evidence export " + Path(name + "-ministry"));
    EXPECT_EQ(exported.exit_code, 0) << exported.output;
    for (const char* which : {"-state", "-slice", "-ministry"}) Verify(Path(name + which), 0);
  }
  std::string Verify(const std::string& evidence, int expected) const {
    const CommandResult verified =
        RunCommand(std::string(kAudit) + " verify " + evidence + " --anchor " + Path("anchor"));
    EXPECT_EQ(verified.exit_code, expected) << evidence << "\n" << verified.output;
    return verified.output;
  }
  // How many log keys signed the newest checkpoint of that evidence.
  int LogLines(const std::string& evidence, const std::string& party) const {
    const std::string note = ReadFile(evidence + "/checkpoint");
    const std::string line = "\xE2\x80\x94 eu-pakistan.chancery.example/rehearsal/" + party + " ";
    int count = 0;
    for (std::size_t at = note.find(line); at != std::string::npos; at = note.find(line, at + 1))
      ++count;
    return count;
  }
};

// Issue 4, Keys over time: rotation of checkpoint, sealing, TLS and witness keys with overlap and
// announcement entries; everything old stays verifiable.
TEST_F(KeysOverTime, EveryKindOfKeyRotatesAndEveryBookVerifies) {
  constexpr std::int64_t kDay = 24 * 60 * 60 * kMsPerSecond;
  const KeyNames first;
  NameMinistry(first);
  ASSERT_EQ(Ministry("init").exit_code, 0);
  StartMinistry();
  world_.Begin();
  for (const ExchangeWorld::AdmittedEnvelope& one : world_.admitted) BringIn(one.envelope);
  Name(first, state_keys_);
  StartState();
  Settle();
  Apply("00000000000000000000000000000001");

  // New keys are made and announced; nothing else takes them before.
  const std::string until = ToText(Instant{world_.clock.Now().ms + 30 * kDay});
  const CommandResult announced = Ministry(
      "key announce --checkpoint " + Path("ministry/next.key") + " --witness " +
      Path("ministry/next-witness.key") + " --until " + until + " --out " + Path("ministry.json"));
  ASSERT_EQ(announced.exit_code, 0) << announced.output;
  const CommandResult of_state =
      State("key announce --checkpoint " + Path("state/next.key") + " --witness " +
            Path("state/next-witness.key") + " --until " + until + " --out " + Path("state.json") +
            " --clock-file " + Path("clock"));
  ASSERT_EQ(of_state.exit_code, 0) << of_state.output;
  const KeyNames alone{"next.key", "", "next-witness.key"};
  NameMinistry(alone);
  const CommandResult unannounced = Ministry("check");
  EXPECT_NE(unannounced.exit_code, 0);
  EXPECT_THAT(unannounced.output, HasSubstr("announce both together"));
  NameMinistry(first);

  // The ministry's officer seals its own announcement, the Union's signatory that of the state, and
  // a renewed sealing certificate.
  const std::string officer = RehearsalPki::Get().Path("PAK/seal/ministry-1");
  const CommandResult done = Ministry("act do " + Path("ministry.json") + " --seal-key " + officer +
                                      ".key --seal-certificate " + officer + ".pem");
  ASSERT_EQ(done.exit_code, 0) << done.output;
  OfTheUnion(ActKind::kAuthorityAppointed, AnnouncedIn(Path("state.json")));
  const std::string old_seal = state_keys_.seal;
  const crypto::Certificate old_certificate =
      RehearsalPki::Get().CertificateAt("GRC/seal/return-authority-1.pem");
  const std::string new_seal = Issue(
      "seal",
      "spiffe://eu-pakistan/GRC/return-authority/" + std::to_string(old_certificate.officer()),
      "renewed-seal", false);
  fs::copy(new_seal + ".pem", Path("trust/GRC/seal/return-authority-1-renewed.pem"));
  const crypto::Certificate new_certificate =
      Must(crypto::Certificate::FromPem(ReadFile(new_seal + ".pem")));
  OfTheUnion(ActKind::kOfficeAppointed,
             Facts{{Fact::kParty, procedure::PackParty(Party("GRC"))},
                   {Fact::kOffice, ExchangeWorld::Word(Fact::kOffice, "return_authority")},
                   {Fact::kOfficer, new_certificate.officer()},
                   {Fact::kCertificate, new_certificate.digest()},
                   {Fact::kFrom, world_.clock.Now().ms}});
  Settle();
  StopBoth();

  // The old key must sign the handover.
  for (const auto& [refused, remedy] :
       {std::pair(alone, "keys.checkpoint_before"),
        std::pair(KeyNames{"next.key", "checkpoint.key", "witness.key"},
                  "announce both together")}) {
    NameMinistry(refused);
    const CommandResult start = Ministry("check");
    EXPECT_NE(start.exit_code, 0);
    EXPECT_THAT(start.output, HasSubstr(remedy));
  }

  // The overlap: both checkpoint keys sign, both TLS certificates are let in.
  const std::string old_tls = state_keys_.tls;
  const std::string new_tls =
      Issue("tls-client", "spiffe://eu-pakistan/GRC/daemon", "renewed-daemon", true);
  state_keys_.tls = new_tls;
  state_keys_.seal = new_seal;
  const KeyNames both{"next.key", "checkpoint.key", "next-witness.key"};
  StartBoth(both);
  Settle();
  Apply("00000000000000000000000000000002");
  EXPECT_TRUE(IsLetIn(old_tls));
  EXPECT_TRUE(IsLetIn(new_tls));
  ExportAndVerify("overlap");
  EXPECT_EQ(LogLines(Path("overlap-ministry"), "PAK"), 2);
  EXPECT_EQ(LogLines(Path("overlap-state"), "GRC"), 2);
  EXPECT_THAT(Verify(Path("overlap-ministry"), 0), HasSubstr("handed over"));

  // The old ones end: the seal by an act, the TLS certificate by the list, the others by the clock.
  OfTheUnion(
      ActKind::kOfficeRevoked,
      Facts{{Fact::kCertificate, old_certificate.digest()},
            {Fact::kUntil, world_.clock.Now().ms + 1},
            {Fact::kRevocationGround, ExchangeWorld::Word(Fact::kRevocationGround, "superseded")}});
  const crypto::Certificate old_daemon =
      Must(crypto::Certificate::ListFromPem(ReadFile(old_tls + ".pem"))).front();
  WriteFile(Path("ministry/revocations"),
            "chancery-revocations v1\n" + old_daemon.digest().ToHexText() + "\n");
  Settle();
  MoveClock(40 * kDay);
  Apply("00000000000000000000000000000003");
  EXPECT_FALSE(IsLetIn(old_tls));
  EXPECT_TRUE(IsLetIn(new_tls));
  StopBoth();
  NameMinistry(first);
  const CommandResult ended = Ministry("check");
  EXPECT_NE(ended.exit_code, 0);
  EXPECT_THAT(ended.output, HasSubstr("was handed over"));
  StartBoth(alone);
  Apply("00000000000000000000000000000004");
  ExportAndVerify("after");
  EXPECT_EQ(LogLines(Path("after-ministry"), "PAK"), 1);
  EXPECT_EQ(LogLines(Path("after-state"), "GRC"), 1);
  StopBoth();
  EXPECT_EQ(Ministry("check").exit_code, 0);
  EXPECT_EQ(State("check --clock-file " + Path("clock")).exit_code, 0);
  // What was exported before still verifies; without the handovers nobody follows the keys.
  Verify(Path("overlap-ministry"), 0);
  fs::copy(Path("after-ministry"), Path("cut"), fs::copy_options::recursive);
  fs::remove_all(Path("cut/keys"));
  Verify(Path("cut"), 1);
}

}  // namespace
}  // namespace chancery::server
