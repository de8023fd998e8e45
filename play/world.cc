#include "play/world.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/codec/envelope.h"
#include "engine/codec/statement.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/commitment.h"
#include "engine/crypto/ed25519.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/note.h"

namespace chancery::play {

namespace {

namespace fs = std::filesystem;
using procedure::Fact;

constexpr std::chrono::seconds kCommandTime{60};
// A procedure on which no verdict is kept is explored before it is signed.
constexpr std::chrono::seconds kProofTime{900};
constexpr std::chrono::seconds kStartTime{20};
constexpr std::chrono::seconds kStopTime{20};
constexpr std::chrono::milliseconds kPoll{2};
constexpr PartyCode kUnion = *PartyCode::FromText("EUE");

absl::StatusOr<std::string> ReadText(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return NotFound(path.string() + ": cannot be read");
  return text.str();
}

// Writes beside the file and renames, readable by this user alone.
absl::Status WriteText(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  const fs::path beside = path.string() + ".new";
  {
    std::ofstream stream(beside, std::ios::binary | std::ios::trunc);
    stream << text;
    stream.flush();
    if (!stream) return Internal(path.string() + ": cannot be written");
  }
  chmod(beside.c_str(), S_IRUSR | S_IWUSR);
  fs::rename(beside, path, error);
  if (error) return Internal(path.string() + ": cannot be written: " + error.message());
  return absl::OkStatus();
}

// Offices are spelt with dashes in file names.
std::string FileNameOf(std::int64_t office) {
  std::string name(procedure::WordName(Fact::kOffice, office));
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::int64_t OfficeNamed(std::string_view name) {
  return procedure::WordNumber(Fact::kOffice, name).value_or(0);
}

std::string Quoted(const fs::path& path) { return "\"" + path.string() + "\""; }

absl::StatusOr<ledger::NoteKey> KeyOf(const fs::path& file, const std::string& name,
                                      ledger::NoteAlgorithm algorithm) {
  CHANCERY_ASSIGN_OR_RETURN(const crypto::Secret pem, crypto::ReadSecretFile(file.string()));
  CHANCERY_ASSIGN_OR_RETURN(const crypto::Ed25519Key key,
                            crypto::Ed25519Key::FromPem(pem.Reveal()));
  return ledger::NoteKey::Make(name, algorithm, key.public_key());
}

absl::StatusOr<crypto::Sealer> LoadSealer(const std::string& key, const std::string& certificate) {
  CHANCERY_ASSIGN_OR_RETURN(const crypto::Secret pem, crypto::ReadSecretFile(key));
  CHANCERY_ASSIGN_OR_RETURN(const std::string text, ReadText(certificate));
  return crypto::Sealer::Load(pem.Reveal(), text);
}

}  // namespace

absl::StatusOr<std::unique_ptr<World>> World::Make(const Scenario& scenario, const Agreed& agreed,
                                                   const WorldOptions& options) {
  std::unique_ptr<World> world(new World(scenario, agreed, options));
  std::error_code error;
  world->options_.out = fs::absolute(options.out, error).lexically_normal();
  if (fs::exists(world->options_.out, error)) {
    return AlreadyExists(options.out.string() +
                         " is there already: give --out a folder that is not, or remove it");
  }
  for (const char* program : {"chancery-ministry", "chancery-state", "chancery-registry-sim",
                              "chancery-audit", "chancery-audit-watch", "chancery-procedure"}) {
    if (access(world->ProgramPath(program).c_str(), X_OK) == 0) continue;
    return FailedPrecondition(world->ProgramPath(program) +
                              " is not there: build it, or give --bin its folder");
  }
  fs::create_directories(world->options_.out, error);
  if (error) return Internal(world->options_.out.string() + ": cannot be made: " + error.message());
  std::string sockets = "/tmp/chancery-play-XXXXXX";
  if (mkdtemp(sockets.data()) == nullptr)
    return Internal("/tmp: no folder for sockets can be made");
  world->sockets_ = sockets;
  CHANCERY_RETURN_IF_ERROR(world->SetClock(SceneTime(scenario)));
  CHANCERY_RETURN_IF_ERROR(world->MakeKeys());
  CHANCERY_RETURN_IF_ERROR(world->MakeAnchor());
  CHANCERY_RETURN_IF_ERROR(world->SignProcedures());
  CHANCERY_RETURN_IF_ERROR(world->WriteRegistry());
  CHANCERY_RETURN_IF_ERROR(world->WriteMinistry());
  for (const PartyCode state : scenario.states) CHANCERY_RETURN_IF_ERROR(world->WriteState(state));
  CHANCERY_ASSIGN_OR_RETURN(const Answer made, world->Ministry({"init"}));
  if (made.exit_code != 0) return Internal("chancery-ministry init: " + made.error);
  return world;
}

World::~World() {
  programs_.clear();
  witnesses_.clear();
  registry_.Kill();
  DropInputs();
  std::error_code ignored;
  if (!sockets_.empty()) fs::remove_all(sockets_, ignored);
}

std::string World::Name(PartyCode party) const {
  return party == scenario_.ministry ? "ministry" : party.ToText();
}
fs::path World::FolderOf(PartyCode party) const { return options_.out / Name(party); }
std::string World::ProgramPath(const std::string& program) const {
  return (options_.programs / program).string();
}

std::string World::SealPath(PartyCode party, std::int64_t office, int officer,
                            const char* ending) const {
  return (Pki(party) / "seal" / (FileNameOf(office) + "-" + std::to_string(officer) + ending))
      .string();
}

absl::Status World::SetClock(Instant at) {
  return WriteText(options_.out / "clock", std::to_string(at.ms) + "\n");
}

// Only what this scenario's parties need is taken from a PKI that is there.
absl::Status World::CopyKeys() {
  std::error_code error;
  std::vector<std::string> folders = {"public"};
  for (const Cast& cast : CastOf(scenario_)) folders.push_back(cast.party.ToText());
  for (const std::string& folder : folders) {
    fs::create_directories(options_.out / "pki", error);
    fs::copy(options_.pki / folder, options_.out / "pki" / folder, fs::copy_options::recursive,
             error);
    if (error) {
      return FailedPrecondition((options_.pki / folder).string() + ": " + error.message() +
                                ". Give --pki a folder that certs/make-rehearsal-pki made for " +
                                "these parties, or leave it out");
    }
  }
  return absl::OkStatus();
}

absl::Status World::MakeKeys() {
  if (!options_.pki.empty()) {
    CHANCERY_RETURN_IF_ERROR(CopyKeys());
  } else {
    const fs::path recipe = fs::path(agreed_.founding.folder) / "../../../certs/make-rehearsal-pki";
    std::string states;
    for (const PartyCode state : scenario_.states) states += state.ToText() + " ";
    std::vector<std::string> command = {"/bin/bash",
                                        recipe.lexically_normal().string(),
                                        (options_.out / "pki").string(),
                                        "--agreement",
                                        scenario_.agreement,
                                        "--states",
                                        states};
    if (AsksOfAState(scenario_)) command.emplace_back("--both-ways");
    CHANCERY_ASSIGN_OR_RETURN(const CommandResult made, RunCommand(command, kCommandTime));
    if (made.exit_code != 0) return Internal("make-rehearsal-pki: " + made.err);
  }
  for (const Cast& cast : CastOf(scenario_)) {
    for (const std::string_view name : cast.offices) {
      const std::int64_t office = OfficeNamed(name);
      for (int officer = 1;; ++officer) {
        const auto text = ReadText(SealPath(cast.party, office, officer, ".pem"));
        if (!text.ok()) break;
        CHANCERY_ASSIGN_OR_RETURN(const crypto::Certificate certificate,
                                  crypto::Certificate::FromPem(*text));
        offices_.push_back(
            {cast.party, office, certificate.officer(), certificate.digest(), officer});
      }
    }
  }
  return absl::OkStatus();
}

absl::Status World::MakeAnchor() {
  anchor_.rehearsal = true;
  anchor_.agreement = scenario_.agreement;
  anchor_.founding = agreed_.founding.rules->digest();
  for (const PartyCode party : {kUnion, scenario_.ministry}) {
    CHANCERY_ASSIGN_OR_RETURN(const std::string text, ReadText(Pki(party) / "root.pem"));
    CHANCERY_ASSIGN_OR_RETURN(const crypto::Certificate root, crypto::Certificate::FromPem(text));
    anchor_.roots[party] = root.digest();
  }
  std::vector<PartyCode> parties = scenario_.states;
  parties.push_back(scenario_.ministry);
  for (const PartyCode party : parties) {
    const fs::path keys = Pki(party) / "ledger";
    CHANCERY_ASSIGN_OR_RETURN(
        const ledger::NoteKey log,
        KeyOf(keys / "checkpoint.key", ledger::OriginOf(anchor_.agreement, anchor_.realm(), party),
              ledger::NoteAlgorithm::kEd25519));
    CHANCERY_ASSIGN_OR_RETURN(
        const ledger::NoteKey witness,
        KeyOf(keys / "witness.key",
              ledger::WitnessNameOf(anchor_.agreement, anchor_.realm(), party),
              ledger::NoteAlgorithm::kCosignatureV1));
    anchor_.logs.emplace(party, log);
    anchor_.witnesses.emplace(party, witness);
    authorities_.push_back({party, *Digest::FromBytes(log.public_key().View()),
                            *Digest::FromBytes(witness.public_key().View())});
  }
  // The Union's always-on witnesses, outside the control of those whose ledgers they watch.
  for (const char* which : {"witness1", "witness2"}) {
    const std::string name =
        ledger::OriginOf(anchor_.agreement, anchor_.realm(), kUnion) + "/" + which;
    CHANCERY_ASSIGN_OR_RETURN(ledger::NoteKey key,
                              KeyOf(Pki(kUnion) / "ledger" / (std::string(which) + ".key"), name,
                                    ledger::NoteAlgorithm::kCosignatureV1));
    anchor_.always_on.push_back(std::move(key));
    witnesses_.push_back({which, name, {}});
  }
  for (const PartyCode party : parties) {
    // The ministry's ledger is read by every state, a state's by the ministry.
    const std::vector<PartyCode> readers =
        party == scenario_.ministry ? scenario_.states : std::vector<PartyCode>{scenario_.ministry};
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Policy policy,
                              ledger::FoundingPolicy(anchor_, party, readers));
    CHANCERY_RETURN_IF_ERROR(WriteText(FolderOf(party) / "policy", policy.Format()));
    anchor_.policies[party] = crypto::Sha256(policy.Format());
  }
  return WriteText(options_.out / "anchor", ledger::FormatAnchor(anchor_));
}

absl::Status World::SignProcedures() {
  CHANCERY_RETURN_IF_ERROR(SignProcedure(agreed_.founding));
  return SignProcedure(agreed_.procedure);
}

// The Union signs first, then the ministry signs the same bytes.
absl::Status World::SignProcedure(const AgreedProcedure& procedure) {
  const std::string folder = (options_.out / "procedures").string();
  const std::string stem = [&] {
    std::string id = procedure.rules->terms().id;
    std::replace(id.begin(), id.end(), '/', '-');
    return id;
  }();
  const fs::path verdict =
      (options_.verdicts.empty() ? options_.out / "verdicts" : options_.verdicts) /
      (stem + ".json");
  const std::string at = ToText(SceneTime(scenario_));
  const auto sign = [&](PartyCode party, const char* office,
                        std::vector<std::string> more) -> absl::Status {
    std::vector<std::string> arguments = {ProgramPath("chancery-procedure"),
                                          "sign",
                                          procedure.folder,
                                          "--key",
                                          SealPath(party, OfficeNamed(office), 1, ".key"),
                                          "--certificate",
                                          SealPath(party, OfficeNamed(office), 1, ".pem"),
                                          "--at",
                                          at};
    arguments.insert(arguments.end(), more.begin(), more.end());
    if (!procedure.rules->terms().founding) {
      arguments.insert(arguments.end(),
                       {"--founding", agreed_.founding.folder, "--verdict", verdict.string()});
    }
    CHANCERY_ASSIGN_OR_RETURN(const CommandResult signed_by, RunCommand(arguments, kProofTime));
    if (signed_by.exit_code == 0) return absl::OkStatus();
    const std::string why = "chancery-procedure sign: " + signed_by.err;
    return signed_by.exit_code == 1 ? FailedPrecondition(why) : Internal(why);
  };
  CHANCERY_RETURN_IF_ERROR(sign(kUnion, "union_signatory", {"--out", folder}));
  return sign(scenario_.ministry, "ministry",
              {"--to", folder + "/" + stem + ".bundle", "--seal", folder + "/" + stem + ".p7s"});
}

absl::Status World::WriteRegistry() {
  Json people = Json::array();
  for (const Person& person : scenario_.persons) {
    Json record;
    record["finding"] =
        std::string(procedure::WordName(Fact::kVerification, person.on_file.finding));
    for (const Particular& particular : person.particulars) {
      for (const char* label : {"cnic", "passport_number", "name", "birth_date"}) {
        if (particular.label == label) record[label] = particular.value.Reveal();
      }
    }
    if (!person.on_file.cnic.empty()) {
      record["cnic"] = person.on_file.cnic.Reveal();
      record["registered"] = {{"name", person.on_file.name.Reveal()},
                              {"cnic", person.on_file.cnic.Reveal()}};
    }
    people.push_back(std::move(record));
  }
  const Json file = {{"invented", true}, {"persons", people}};
  return WriteInput("registry.json", file.dump(1) + "\n").status();
}

absl::Status World::WriteMinistry() {
  const fs::path pki = Pki(scenario_.ministry);
  const std::int64_t ministry = OfficeNamed("ministry");
  std::ostringstream text;
  text << "party = \"" << scenario_.ministry.ToText() << "\"\n"
       << "anchor = \"../anchor\"\n"
       << "store = \"store.db\"\n"
       << "trust = \"../pki/public\"\n"
       << "procedures = \"../procedures\"\n"
       << "policy = \"policy\"\n"
       << "clock_file = \"../clock\"\n"
       << "log_level = \"" << options_.log_level << "\"\n"
       << "\n[keys]\n"
       << "checkpoint = " << Quoted(pki / "ledger/checkpoint.key") << "\n"
       << "witness = " << Quoted(pki / "ledger/witness.key") << "\n"
       << "encryption = " << Quoted(pki / "kek") << "\n"
       << "seal = " << Quoted(SealPath(scenario_.ministry, ministry, 1, ".key")) << "\n"
       << "seal_certificate = " << Quoted(SealPath(scenario_.ministry, ministry, 1, ".pem")) << "\n"
       << "\n[tls]\n"
       << "key = " << Quoted(pki / "tls/server.key") << "\n"
       << "certificate = " << Quoted(pki / "tls/server.pem") << "\n"
       << "roots = \"../pki/public/roots.pem\"\n"
       << "revocations = \"revocations\"\n"
       << "client_key = " << Quoted(pki / "tls/ledger.key") << "\n"
       << "client_certificate = " << Quoted(pki / "tls/ledger.pem") << "\n"
       << AlwaysOnTables() << "\n[exchange]\nlisten = \"" << exchange_address_ << "\"\n"
       << "\n[casework]\nlisten = \"" << casework_address_ << "\"\n"
       << "\n[registry]\naddress = \"unix:" << (sockets_ / "registry").string() << "\"\n";
  CHANCERY_RETURN_IF_ERROR(
      WriteText(FolderOf(scenario_.ministry) / "revocations", "chancery-revocations v1\n"));
  return WriteText(FolderOf(scenario_.ministry) / "ministry.toml", text.str());
}

absl::Status World::WriteState(PartyCode state) {
  const fs::path pki = Pki(state);
  std::ostringstream text;
  text << "party = \"" << state.ToText() << "\"\n"
       << "ministry = \"" << scenario_.ministry.ToText() << "\"\n"
       << "address = \"" << exchange_address_ << "\"\n"
       << "anchor = \"../anchor\"\n"
       << "store = \"store.db\"\n"
       << "socket = " << Quoted(sockets_ / state.ToText()) << "\n"
       << "trust = \"../pki/public\"\n"
       << "procedures = \"../procedures\"\n"
       << "policy = \"policy\"\n"
       << "log = \"" << options_.log_level << "\"\n"
       << "\n[keys]\n"
       << "checkpoint = " << Quoted(pki / "ledger/checkpoint.key") << "\n"
       << "witness = " << Quoted(pki / "ledger/witness.key") << "\n"
       << "kek = " << Quoted(pki / "kek") << "\n"
       << "\n[tls]\n"
       << "key = " << Quoted(pki / "tls/daemon.key") << "\n"
       << "certificate = " << Quoted(pki / "tls/daemon.pem") << "\n"
       << AlwaysOnTables();
  for (const OfficeKey& held : offices_) {
    if (held.party != state) continue;
    text << "\n[[seal]]\n"
         << "office = \"" << procedure::WordName(Fact::kOffice, held.office) << "\"\n"
         << "key = " << Quoted(SealPath(state, held.office, held.number, ".key")) << "\n"
         << "certificate = " << Quoted(SealPath(state, held.office, held.number, ".pem")) << "\n";
  }
  return WriteText(FolderOf(state) / "state.toml", text.str());
}

std::string World::AlwaysOnTables() const {
  std::string text;
  for (const WitnessProgram& witness : witnesses_) {
    text += "\n[[always_on]]\nname = \"" + witness.name + "\"\naddress = \"" + witness.address +
            "\"\nparty = \"" + kUnion.ToText() + "\"\n";
  }
  return text;
}

absl::Status World::WriteWitness(const WitnessProgram& witness) {
  const fs::path pki = Pki(kUnion);
  const fs::path folder = options_.out / witness.folder;
  std::ostringstream text;
  text << "name = \"" << witness.name << "\"\n"
       << "anchor = \"../anchor\"\n"
       << "folder = \"watched\"\n"
       << "key = " << Quoted(pki / "ledger" / (witness.folder + ".key")) << "\n"
       << "clock_file = \"../clock\"\n"
       << "log = \"" << options_.log_level << "\"\n"
       << "\n[tls]\n"
       << "key = " << Quoted(pki / "tls/witness.key") << "\n"
       << "certificate = " << Quoted(pki / "tls/witness.pem") << "\n"
       << "roots = \"../pki/public/roots.pem\"\n"
       << "revocations = \"revocations\"\n"
       << "\n[grpc]\nlisten = \"" << witness.address << "\"\n";
  CHANCERY_RETURN_IF_ERROR(WriteText(folder / "revocations", "chancery-revocations v1\n"));
  return WriteText(folder / "witness.toml", text.str());
}

absl::Status World::StartWitness(WitnessProgram& witness) {
  const fs::path folder = options_.out / witness.folder;
  std::error_code ignored;
  Program& program = witness.program;
  program.ready = sockets_ / (witness.folder + ".ready");
  fs::remove(program.ready, ignored);
  program.arguments = {ProgramPath("chancery-audit"),
                       "watch",
                       "serve",
                       "--config",
                       (folder / "witness.toml").string(),
                       "--ready-file",
                       program.ready.string()};
  return program.process.Start(program.arguments, folder / "log");
}

absl::Status World::StartWitnesses() {
  for (WitnessProgram& witness : witnesses_) {
    CHANCERY_RETURN_IF_ERROR(WriteWitness(witness));
    CHANCERY_ASSIGN_OR_RETURN(
        const Answer made,
        Ask({ProgramPath("chancery-audit"), "watch", "init", "--config",
             (options_.out / witness.folder / "witness.toml").string(), "--json"}));
    if (made.exit_code != 0) return Internal("chancery-audit watch init: " + made.error);
    CHANCERY_RETURN_IF_ERROR(StartWitness(witness));
  }
  for (WitnessProgram& witness : witnesses_) {
    CHANCERY_RETURN_IF_ERROR(AwaitReady(witness.program, witness.folder));
    CHANCERY_ASSIGN_OR_RETURN(const std::string ready, ReadText(witness.program.ready));
    const Json addresses = Json::parse(ready, nullptr, false);
    if (!addresses.is_object() || !addresses.contains("grpc"))
      return Internal("chancery-audit watch: its ready file holds no address");
    // The port the machine gave is kept, so that a restart is found where it was.
    witness.address = addresses["grpc"].get<std::string>();
    CHANCERY_RETURN_IF_ERROR(WriteWitness(witness));
  }
  CHANCERY_RETURN_IF_ERROR(WriteMinistry());
  for (const PartyCode state : scenario_.states) CHANCERY_RETURN_IF_ERROR(WriteState(state));
  return absl::OkStatus();
}

absl::Status World::ReviveWitnesses() {
  for (WitnessProgram& witness : witnesses_) {
    if (witness.program.arguments.empty() || witness.program.process.Running()) continue;
    CHANCERY_RETURN_IF_ERROR(StartWitness(witness));
  }
  return absl::OkStatus();
}

absl::Status World::StopWitnesses() {
  for (WitnessProgram& witness : witnesses_) {
    witness.program.arguments.clear();
    if (!witness.program.process.Running()) continue;
    const std::optional<int> code = witness.program.process.Stop(kStopTime);
    if (code.value_or(1) != 0) {
      return Internal(witness.folder + " did not end well: see " +
                      (options_.out / witness.folder / "log").string());
    }
  }
  return absl::OkStatus();
}

void World::KillWitness(std::size_t which) { witnesses_[which].program.process.Kill(); }

absl::Status World::StartRegistry() {
  if (registry_.Running()) return absl::OkStatus();
  std::error_code ignored;
  const fs::path ready = sockets_ / "registry.ready";
  fs::remove(ready, ignored);
  CHANCERY_RETURN_IF_ERROR(
      registry_.Start({ProgramPath("chancery-registry-sim"), "--people",
                       (options_.out / "inputs" / "registry.json").string(), "--socket",
                       (sockets_ / "registry").string(), "--ready-file", ready.string()},
                      options_.out / "registry.log"));
  const auto until = std::chrono::steady_clock::now() + kStartTime;
  while (!fs::exists(ready, ignored)) {
    if (!registry_.Running() || std::chrono::steady_clock::now() > until) {
      return Unavailable("chancery-registry-sim did not start: see " +
                         (options_.out / "registry.log").string());
    }
    std::this_thread::sleep_for(kPoll);
  }
  return absl::OkStatus();
}

absl::Status World::Start(PartyCode party, const std::string& die_at) {
  Program& program = programs_[party];
  std::error_code ignored;
  program.ready = sockets_ / (Name(party) + ".ready");
  fs::remove(program.ready, ignored);
  if (party == scenario_.ministry) {
    CHANCERY_RETURN_IF_ERROR(StartRegistry());
    program.arguments = {ProgramPath("chancery-ministry"), "serve", "--config",
                         (FolderOf(party) / "ministry.toml").string()};
  } else {
    program.arguments = {ProgramPath("chancery-state"),
                         "serve",
                         "--config",
                         (FolderOf(party) / "state.toml").string(),
                         "--clock-file",
                         (options_.out / "clock").string()};
  }
  program.arguments.insert(program.arguments.end(), {"--ready-file", program.ready.string()});
  std::vector<std::string> arguments = program.arguments;
  if (!die_at.empty()) arguments.insert(arguments.end(), {"--die-at", die_at});
  CHANCERY_RETURN_IF_ERROR(program.process.Start(arguments, FolderOf(party) / "log"));
  CHANCERY_RETURN_IF_ERROR(AwaitReady(program, Name(party)));
  if (party != scenario_.ministry || exchange_address_ != "127.0.0.1:0") return absl::OkStatus();
  // The ports the machine gave are kept, so that a restart is found where it was.
  CHANCERY_ASSIGN_OR_RETURN(const std::string ready, ReadText(program.ready));
  const Json addresses = Json::parse(ready, nullptr, false);
  if (!addresses.is_object() || !addresses.contains("exchange") ||
      !addresses.contains("casework")) {
    return Internal("chancery-ministry: its ready file holds no addresses");
  }
  exchange_address_ = addresses["exchange"].get<std::string>();
  casework_address_ = addresses["casework"].get<std::string>();
  CHANCERY_RETURN_IF_ERROR(WriteMinistry());
  for (const PartyCode state : scenario_.states) CHANCERY_RETURN_IF_ERROR(WriteState(state));
  return absl::OkStatus();
}

absl::Status World::AwaitReady(Program& program, const std::string& name) {
  std::error_code ignored;
  const auto until = std::chrono::steady_clock::now() + kStartTime;
  while (!fs::exists(program.ready, ignored)) {
    if (!program.process.Running() || std::chrono::steady_clock::now() > until) {
      return Unavailable(name + " did not start: see " + (options_.out / name / "log").string());
    }
    std::this_thread::sleep_for(kPoll);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> World::Revive(PartyCode party) {
  Program& program = programs_[party];
  if (program.process.Running() || program.arguments.empty()) return false;
  CHANCERY_RETURN_IF_ERROR(Start(party));
  return true;
}

void World::Kill(PartyCode party) { programs_[party].process.Kill(); }

absl::Status World::Stop(PartyCode party) {
  const auto at = programs_.find(party);
  if (at == programs_.end()) return absl::OkStatus();
  Program& program = at->second;
  program.arguments.clear();
  if (!program.process.Running()) return absl::OkStatus();
  const std::optional<int> code = program.process.Stop(kStopTime);
  if (!code) return absl::DeadlineExceededError(ToAbsl(Name(party) + " did not end in time"));
  if (*code != 0) {
    return Internal(Name(party) + " ended with code " + std::to_string(*code) + ": see " +
                    (FolderOf(party) / "log").string());
  }
  return absl::OkStatus();
}

absl::StatusOr<Answer> World::Ask(const std::vector<std::string>& arguments) const {
  CHANCERY_ASSIGN_OR_RETURN(CommandResult result, RunCommand(arguments, kCommandTime));
  Answer answer;
  answer.exit_code = result.exit_code;
  answer.error = std::move(result.err);
  answer.data = Json::parse(result.out, nullptr, false);
  if (answer.data.is_discarded()) answer.data = Json::object();
  Wipe(result.out);
  return answer;
}

absl::StatusOr<Answer> World::Officer(std::int64_t office, int officer,
                                      std::vector<std::string> arguments, bool seals) const {
  const fs::path tls = Pki(scenario_.ministry) / "tls" / FileNameOf(office);
  arguments.insert(arguments.begin(), ProgramPath("chancery-ministry"));
  arguments.insert(arguments.end(),
                   {"--json", "--server", casework_address_, "--tls-key", tls.string() + ".key",
                    "--tls-certificate", tls.string() + ".pem", "--tls-roots",
                    (options_.out / "pki/public/roots.pem").string()});
  if (seals) {
    arguments.insert(
        arguments.end(),
        {"--seal-key", SealPath(scenario_.ministry, office, officer, ".key"), "--seal-certificate",
         SealPath(scenario_.ministry, office, officer, ".pem"), "--clock-file",
         (options_.out / "clock").string(), "--anchor", (options_.out / "anchor").string()});
  }
  return Ask(arguments);
}

absl::StatusOr<Answer> World::State(PartyCode party, std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), ProgramPath("chancery-state"));
  arguments.insert(arguments.end(),
                   {"--json", "--config", (FolderOf(party) / "state.toml").string()});
  return Ask(arguments);
}

absl::StatusOr<Answer> World::Ministry(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), ProgramPath("chancery-ministry"));
  arguments.insert(arguments.end(), {"--json", "--config",
                                     (FolderOf(scenario_.ministry) / "ministry.toml").string()});
  return Ask(arguments);
}

absl::StatusOr<Answer> World::Audit(PartyCode party, const std::string& folder) const {
  return Ask({ProgramPath("chancery-audit"), "verify", (FolderOf(party) / folder).string(),
              "--anchor", (options_.out / "anchor").string(), "--json"});
}

absl::StatusOr<Bytes> World::SealForUnion(const procedure::Act& act, Instant at) const {
  codec::Envelope envelope;
  CHANCERY_ASSIGN_OR_RETURN(envelope.statement, codec::EncodeStatement({codec::Realm::kRehearsal,
                                                                        scenario_.agreement, act}));
  const std::int64_t signatory = OfficeNamed("union_signatory");
  CHANCERY_ASSIGN_OR_RETURN(
      const crypto::Sealer of_union,
      LoadSealer(SealPath(kUnion, signatory, 1, ".key"), SealPath(kUnion, signatory, 1, ".pem")));
  CHANCERY_ASSIGN_OR_RETURN(envelope.seal, of_union.Seal(envelope.statement, at));
  if (act.kind == procedure::ActKind::kFounded) {
    const std::int64_t ministry = OfficeNamed("ministry");
    CHANCERY_ASSIGN_OR_RETURN(const crypto::Sealer of_ministry,
                              LoadSealer(SealPath(scenario_.ministry, ministry, 1, ".key"),
                                         SealPath(scenario_.ministry, ministry, 1, ".pem")));
    CHANCERY_ASSIGN_OR_RETURN(envelope.seal,
                              of_ministry.AddSeal(envelope.statement, envelope.seal, at));
  }
  CHANCERY_ASSIGN_OR_RETURN(const Personal<std::string> bytes, codec::EncodeEnvelope(envelope));
  return bytes.Reveal();
}

absl::StatusOr<Bytes> World::SealByHand(procedure::Act act, std::vector<Item> items,
                                        std::int64_t office, Instant at, Entropy& entropy) const {
  codec::Envelope envelope;
  envelope.items = std::move(items);
  std::vector<crypto::Item> committed;
  for (Item& item : envelope.items) {
    item.salt = entropy.Make<Salt>();
    committed.push_back({item.label, item.value, *crypto::Salt::FromBytes(item.salt.View())});
  }
  if (!committed.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(act.commitment, crypto::CommitItems(committed));
  }
  CHANCERY_ASSIGN_OR_RETURN(envelope.statement, codec::EncodeStatement({codec::Realm::kRehearsal,
                                                                        scenario_.agreement, act}));
  const PartyCode party = PartyOfOffice(scenario_, office, act.author);
  CHANCERY_ASSIGN_OR_RETURN(
      const crypto::Sealer sealer,
      LoadSealer(SealPath(party, office, 1, ".key"), SealPath(party, office, 1, ".pem")));
  CHANCERY_ASSIGN_OR_RETURN(envelope.seal, sealer.Seal(envelope.statement, at));
  CHANCERY_ASSIGN_OR_RETURN(const Personal<std::string> bytes, codec::EncodeEnvelope(envelope));
  return bytes.Reveal();
}

std::string World::InputPath(const std::string& name) const {
  return (options_.out / "inputs" / name).string();
}

absl::StatusOr<std::string> World::WriteInput(const std::string& name,
                                              const std::string& text) const {
  const fs::path path = InputPath(name);
  CHANCERY_RETURN_IF_ERROR(WriteText(path, text));
  return path.string();
}

void World::DropInputs() const {
  std::error_code ignored;
  fs::remove_all(options_.out / "inputs", ignored);
}

}  // namespace chancery::play
