#include "server/commands.h"

#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "edge/books/check_text.h"
#include "edge/books/key_rotation.h"
#include "edge/books/note_keys.h"
#include "edge/books/recover_store.h"
#include "edge/books/timestamps.h"
#include "edge/clock.h"
#include "edge/events.h"
#include "edge/files.h"
#include "edge/output.h"
#include "engine/crypto/random.h"
#include "engine/exchange/appointing.h"
#include "engine/exchange/bundle_seal.h"
#include "engine/exchange/check_store.h"
#include "engine/exchange/evidence_export.h"
#include "engine/exchange/slice_export.h"
#include "engine/store/sqlite/store_lock.h"
#include "server/config.h"
#include "server/node.h"
#include "server/officer.h"
#include "server/serve.h"

namespace chancery::server {

namespace {

using edge::Json;
using edge::Shown;

constexpr const char* kVersion = "chancery-ministry 0.1.0";

// What was typed or set in the environment; empty where nothing was.
struct Typed {
  bool json = false;
  std::string config, clock_file, log_level, anchor;
  std::string server, tls_key, tls_certificate, tls_roots;
  std::string ready_file, die_at;
  std::string seal_key, seal_certificate;
  std::string id, file, second_file, party, made_for = "whoever asked";
  std::vector<std::string> files;
  std::string new_checkpoint, new_witness, until;
  bool all = false, release = false, particulars = false;
};

void Over(const std::string& typed, std::filesystem::path& to) {
  if (!typed.empty()) to = typed;
}
void Over(const std::string& typed, std::string& to) {
  if (!typed.empty()) to = typed;
}

absl::StatusOr<MinistryConfig> Configured(const Typed& typed) {
  CHANCERY_ASSIGN_OR_RETURN(MinistryConfig config, ReadConfig(typed.config));
  Over(typed.clock_file, config.clock_file);
  Over(typed.log_level, config.log_level);
  Over(typed.anchor, config.anchor);
  Over(typed.server, config.officer.server);
  Over(typed.tls_key, config.officer.tls.key);
  Over(typed.tls_certificate, config.officer.tls.certificate);
  Over(typed.tls_roots, config.officer.tls.roots);
  CHANCERY_RETURN_IF_ERROR(edge::CheckLogLevel(config.log_level));
  return config;
}

using Run = std::function<absl::StatusOr<Shown>(const Typed&)>;

// A command that works on the store and asks no server.
Run Local(const std::function<absl::StatusOr<Shown>(const Typed&, const MinistryConfig&)>& run) {
  return [run](const Typed& typed) -> absl::StatusOr<Shown> {
    CHANCERY_ASSIGN_OR_RETURN(const MinistryConfig config, Configured(typed));
    return run(typed, config);
  };
}

// A command that asks the casework listener.
Run Asking(
    const std::function<absl::StatusOr<Shown>(Officer&, const Typed&, const SealFiles&)>& run) {
  return [run](const Typed& typed) -> absl::StatusOr<Shown> {
    CHANCERY_ASSIGN_OR_RETURN(const MinistryConfig config, Configured(typed));
    CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Officer> officer,
                              Officer::Connect(config.officer));
    return run(*officer, typed,
               {typed.seal_key, typed.seal_certificate, config.clock_file, config.anchor});
  };
}

absl::StatusOr<Shown> Init(const Typed&, const MinistryConfig& config) {
  CHANCERY_ASSIGN_OR_RETURN(const OpenedStore opened, OpenStore(config, true));
  const store::StoreIdentity& identity = opened.store->identity();
  return Shown{{{"origin", identity.origin},
                {"realm", identity.realm},
                {"certificates", opened.certificates->Seals().size()},
                {"procedures", opened.procedures->All().size()}},
               "made the store of " + identity.origin + " (" + identity.realm + ")"};
}

edge::StampBook BookOf(const OpenedStore& opened) {
  return {*opened.store, opened.anchor, opened.trust_folder};
}

absl::StatusOr<Shown> Check(const Typed&, const MinistryConfig& config) {
  CHANCERY_ASSIGN_OR_RETURN(const OpenedStore opened, OpenStore(config, false));
  // What a server writes meanwhile would contradict what was read before.
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<store::StoreLock> lock,
                            store::StoreLock::Take(config.store.string()));
  crypto::SystemEntropy entropy;
  std::optional<crypto::KeyEncryptionKey> key;
  std::optional<exchange::ParticularsVault> vault;
  if (!config.encryption_key.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(crypto::KeyEncryptionKey loaded,
                              crypto::KeyEncryptionKey::Load(config.encryption_key.string()));
    key.emplace(std::move(loaded));
    vault.emplace(*opened.store, *key, entropy);
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<ledger::Policy> policy,
                            OwnPolicyOf(config, opened.anchor));
  // One that the anchor does not name may have been another one before.
  const bool fixed = policy && opened.anchor.policies.contains(config.party);
  CHANCERY_ASSIGN_OR_RETURN(
      const exchange::CheckReport report,
      exchange::CheckStore(*opened.store,
                           {opened.anchor, config.party, opened.log_key->key(),
                            *opened.procedures->Set(), *opened.certificates, opened.trust.get(),
                            vault ? &*vault : nullptr, fixed ? &*policy : nullptr}));
  Shown shown = edge::ShowCheck(opened.store->identity().origin, report);
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Clock> clock,
                            edge::OpenClock(config.clock_file, opened.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const Shown stamps, edge::ShowStamps(BookOf(opened), clock->Now()));
  shown.document["time_stamps"] = stamps.document;
  shown.text += "\n" + stamps.text;
  return shown;
}

absl::StatusOr<Shown> RotateKey(const Typed&, const MinistryConfig& config) {
  if (config.encryption_key.empty())
    return InvalidArgument("configuration: keys.encryption is missing");
  // Held to the end: a server that runs would go on under the old key.
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<store::StoreLock> lock,
                            store::StoreLock::Take(config.store.string()));
  CHANCERY_ASSIGN_OR_RETURN(const OpenedStore opened, OpenStore(config, false));
  crypto::SystemEntropy entropy;
  edge::LogEvents events(config.log_level);
  CHANCERY_ASSIGN_OR_RETURN(
      const exchange::Rewrapped done,
      edge::RotateEncryptionKey(*opened.store, config.encryption_key, entropy, events));
  return edge::ShowRotated(done);
}

absl::StatusOr<Shown> Recover(const Typed& typed, const MinistryConfig& config) {
  return edge::RecoverStore({config.party, config.party, config.anchor, config.store, config.trust,
                             config.procedures, config.checkpoint_key, config.encryption_key},
                            typed.files);
}

absl::StatusOr<Shown> AnnounceKeys(const Typed& typed, const MinistryConfig& config) {
  CHANCERY_ASSIGN_OR_RETURN(const OpenedStore opened, OpenStore(config, false));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Clock> clock,
                            edge::OpenClock(config.clock_file, opened.anchor));
  crypto::SystemEntropy entropy;
  return edge::AnnounceKeys(*opened.store, opened.anchor,
                            {typed.new_checkpoint, typed.new_witness, typed.until, typed.file,
                             *PartyCode::FromText("EUE")},
                            clock->Now(), entropy);
}

absl::StatusOr<Shown> ExportHandovers(const Typed& typed, const MinistryConfig& config) {
  CHANCERY_ASSIGN_OR_RETURN(const OpenedStore opened, OpenStore(config, false));
  return edge::WriteHandovers(*opened.store, opened.anchor, typed.file);
}

absl::StatusOr<Shown> AddCertificates(const Typed& typed, const MinistryConfig& config) {
  CHANCERY_ASSIGN_OR_RETURN(const OpenedStore opened, OpenStore(config, false));
  std::vector<crypto::Certificate> certificates;
  for (const std::string& file : typed.files) {
    CHANCERY_ASSIGN_OR_RETURN(const Bytes pem, edge::ReadWholeFile(file));
    CHANCERY_ASSIGN_OR_RETURN(const auto read, crypto::Certificate::ListFromPem(pem));
    for (const crypto::Certificate& certificate : read) {
      if (!certificate.CheckAuthorityProfile(0).ok()) {
        CHANCERY_RETURN_IF_ERROR(certificate.CheckLeafProfile(crypto::CertificatePurpose::kSeal));
      }
      certificates.push_back(certificate);
    }
  }
  CHANCERY_RETURN_IF_ERROR(
      exchange::CheckAppointed(*opened.store, *opened.certificates, certificates));
  CHANCERY_RETURN_IF_ERROR(opened.certificates->Add(*opened.store, certificates));
  Json digests = Json::array();
  std::string text;
  for (const crypto::Certificate& certificate : certificates) {
    digests.push_back(certificate.digest().ToHexText());
    text += certificate.digest().ToHexText() + "  " + certificate.uri() + "\n";
  }
  return Shown{{{"certificates", digests}}, text};
}

absl::StatusOr<Shown> AddProcedure(const Typed& typed, const MinistryConfig& config) {
  CHANCERY_ASSIGN_OR_RETURN(const OpenedStore opened, OpenStore(config, false));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes bundle, edge::ReadWholeFile(typed.file));
  Bytes seal;
  if (!typed.second_file.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(seal, edge::ReadWholeFile(typed.second_file));
  }
  CHANCERY_RETURN_IF_ERROR(
      exchange::CheckSignedByBoth(bundle, seal, *opened.certificates, *opened.trust));
  CHANCERY_ASSIGN_OR_RETURN(const Digest digest,
                            opened.procedures->Add(*opened.store, bundle, seal));
  return Shown{{{"procedure", digest.ToHexText()}}, digest.ToHexText()};
}

absl::StatusOr<exchange::EvidenceParts> PartsOf(const OpenedStore& opened,
                                                const MinistryConfig& config) {
  if (config.policy.empty()) return InvalidArgument("configuration: policy is missing");
  exchange::EvidenceParts parts;
  CHANCERY_ASSIGN_OR_RETURN(parts.policy, edge::ReadWholeFile(config.policy));
  parts.keys = opened.keys;
  parts.anchors = opened.trust.get();
  parts.authorities = opened.certificates->Authorities();
  parts.seals = opened.certificates->Seals();
  for (const exchange::SealedBundle& bundle : opened.procedures->All()) {
    parts.procedures.push_back({bundle.bundle, bundle.seal});
  }
  return parts;
}

std::string Unproven(const std::vector<std::string>& without_chain) {
  std::string text;
  for (const std::string& name : without_chain)
    text += name + " bears a seal that leads to no root: an audit will find it false\n";
  return text;
}

absl::StatusOr<Shown> ExportSlice(const Typed& typed, const MinistryConfig& config) {
  const std::optional<PartyCode> reader = PartyCode::FromText(typed.party);
  if (!reader) return InvalidArgument("--for: expected a party code such as GRC");
  CHANCERY_ASSIGN_OR_RETURN(const OpenedStore opened, OpenStore(config, false));
  CHANCERY_ASSIGN_OR_RETURN(const exchange::EvidenceParts parts, PartsOf(opened, config));
  CHANCERY_ASSIGN_OR_RETURN(const exchange::ExportedSlice exported,
                            exchange::ExportSlice(*opened.store, parts, *reader, typed.file));
  return Shown{{{"folder", typed.file},
                {"for", reader->ToText()},
                {"size", exported.checkpoint.tree.size},
                {"entries", exported.entries},
                {"files", exported.files},
                {"without_chain", exported.without_chain}},
               "exported " + std::to_string(exported.entries) + " of " +
                   std::to_string(exported.checkpoint.tree.size) + " entries in " +
                   std::to_string(exported.files) + " files to " + typed.file + "\n" +
                   Unproven(exported.without_chain)};
}

absl::StatusOr<Shown> ExportEvidence(const Typed& typed, const MinistryConfig& config) {
  CHANCERY_ASSIGN_OR_RETURN(const OpenedStore opened, OpenStore(config, false));
  CHANCERY_ASSIGN_OR_RETURN(exchange::EvidenceParts parts, PartsOf(opened, config));
  parts.made_for = typed.made_for;
  CHANCERY_ASSIGN_OR_RETURN(const exchange::ExportedEvidence exported,
                            exchange::ExportEvidence(*opened.store, parts, typed.file));
  const std::string text = "exported " + std::to_string(exported.entries) + " entries in " +
                           std::to_string(exported.files) + " files to " + typed.file + "\n" +
                           Unproven(exported.without_chain);
  return Shown{{{"folder", typed.file},
                {"entries", exported.entries},
                {"files", exported.files},
                {"without_chain", exported.without_chain}},
               text};
}

absl::StatusOr<Shown> AskTimestamp(const Typed& typed, const MinistryConfig& config) {
  CHANCERY_ASSIGN_OR_RETURN(const OpenedStore opened, OpenStore(config, false));
  crypto::SystemEntropy entropy;
  return edge::AskForStamp(BookOf(opened), config.policy, typed.file, entropy);
}

absl::StatusOr<Shown> AddTimestamp(const Typed& typed, const MinistryConfig& config) {
  CHANCERY_ASSIGN_OR_RETURN(const OpenedStore opened, OpenStore(config, false));
  return edge::AddStamp(BookOf(opened), typed.file);
}

absl::StatusOr<Shown> TimestampStatus(const Typed&, const MinistryConfig& config) {
  CHANCERY_ASSIGN_OR_RETURN(const OpenedStore opened, OpenStore(config, false));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Clock> clock,
                            edge::OpenClock(config.clock_file, opened.anchor));
  return edge::ShowStamps(BookOf(opened), clock->Now());
}

absl::StatusOr<Shown> ServeCommand(const Typed& typed, const MinistryConfig& config) {
  CHANCERY_RETURN_IF_ERROR(Serve(config, {typed.ready_file, typed.die_at}));
  return Shown{};
}

// The command line as CLI11 knows it. What is chosen ends up in `chosen`.
class CommandLine {
 public:
  CommandLine()
      : app_("The ministry's server of an agreed procedure, and its officers' commands.",
             "chancery-ministry") {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.set_version_flag("--version", kVersion);
    app_.footer(
        "Settings: flags, then CHANCERY_* in the environment, then the configuration file.\n"
        "Officers' commands ask the server named by --server or officer.server in the file.\n\n"
        "Exit codes: 0 yes or done, 1 the answer is no, 2 usage or configuration, 3 a file or key "
        "here,\n4 refused by the server or the rules, 5 the server is not available.\n\n"
        "Example: chancery-ministry serve --config /etc/chancery/ministry.toml");
    app_.add_flag("--json", typed_.json, "Print data as one JSON document");
    Option("--config", typed_.config, "CHANCERY_CONFIG", "Configuration file (TOML)");
    Option("--clock-file", typed_.clock_file, "CHANCERY_CLOCK_FILE",
           "A scenario's clock; rehearsals only");
    Option("--log-level", typed_.log_level, "CHANCERY_LOG_LEVEL", "quiet, info or debug");
    Option("--anchor", typed_.anchor, "CHANCERY_ANCHOR", "Anchor file");
    Option("--server", typed_.server, "CHANCERY_SERVER", "Address of the casework listener");
    Option("--tls-key", typed_.tls_key, "CHANCERY_TLS_KEY", "The officer's TLS key");
    Option("--tls-certificate", typed_.tls_certificate, "CHANCERY_TLS_CERTIFICATE",
           "The officer's TLS certificate and its issuing authority's");
    Option("--tls-roots", typed_.tls_roots, "CHANCERY_TLS_ROOTS", "Roots of both sides");
    AddServer();
    AddOfficers();
  }

  int Parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& success) {
      return app_.exit(success);
    } catch (const CLI::ParseError& error) {
      app_.exit(error, std::cerr, std::cerr);
      return edge::kExitUsage;
    }
    return edge::Output("chancery-ministry", typed_.json).Print(chosen_(typed_));
  }

 private:
  void Option(const char* flag, std::string& to, const char* environment, const char* help) {
    app_.add_option(flag, to, help)->envname(environment);
  }

  CLI::App* Command(CLI::App& parent, const std::string& name, const std::string& help,
                    const std::string& example, Run run) {
    CLI::App* command = parent.add_subcommand(name, help);
    command->fallthrough();
    command->footer("Example: chancery-ministry " + example);
    command->callback([this, run = std::move(run)] { chosen_ = run; });
    return command;
  }
  CLI::App* Noun(const std::string& name, const std::string& help, const std::string& example) {
    CLI::App* noun = app_.add_subcommand(name, help);
    noun->footer("Example: chancery-ministry " + example);
    noun->require_subcommand(1);
    noun->fallthrough();
    return noun;
  }

  void AddServer() {
    CLI::App* serve = Command(app_, "serve", "Serve states and officers until told to stop",
                              "serve --config ministry.toml --ready-file /run/chancery/ready",
                              Local(ServeCommand));
    serve->add_option("--ready-file", typed_.ready_file,
                      "Written with both addresses when they accept calls");
    serve->add_option("--die-at", typed_.die_at,
                      "EVENT:N, end at the Nth event of that name; rehearsals only");
    Command(app_, "init", "Make the store of this party under the anchor",
            "init --config ministry.toml", Local(Init));
    Command(app_, "check", "Check the whole store against itself; the server must not run",
            "check --config ministry.toml", Local(Check));
    Command(app_, "recover",
            "Bring a store that went back in time forward from evidence exported since: the own "
            "book, or the slices of those who read it; the server must not run",
            "recover --from evidence --config ministry.toml", Local(Recover))
        ->add_option("--from", typed_.files, "Folders of evidence of this ledger")
        ->required();
    CLI::App* key =
        Noun("key", "The keys of this party's books", "key rotate --config ministry.toml");
    CLI::App* announce =
        Command(*key, "announce",
                "Make the next checkpoint or witness key and write the act that announces it",
                "key announce --checkpoint next.key --until 2016-11-01T00:00:00Z --out act.json "
                "--config ministry.toml",
                Local(AnnounceKeys));
    announce->add_option("--checkpoint", typed_.new_checkpoint, "File of the new checkpoint key");
    announce->add_option("--witness", typed_.new_witness, "File of the new witness key");
    announce->add_option("--until", typed_.until, "When the keys there are now end")->required();
    announce->add_option("--out", typed_.file, "Where the act is written")->required();
    Command(*key, "handovers",
            "Write what handed keys over, for witnesses: the new folder is named by their "
            "configuration as handovers",
            "key handovers --out handovers --config ministry.toml", Local(ExportHandovers))
        ->add_option("--out", typed_.file, "New folder")
        ->required();
    Command(*key, "rotate",
            "Replace the key under which particulars lie encrypted and destroy the old one, so "
            "that backups lose what was erased; the server "
            "must not run",
            "key rotate --config ministry.toml", Local(RotateKey));
    CLI::App* certificate = Noun("certificate", "Certificates known here",
                                 "certificate add grc-return-authority.pem --config ministry.toml");
    Command(*certificate, "add", "Keep sealing and authority certificates in the store",
            "certificate add grc-return-authority.pem --config ministry.toml",
            Local(AddCertificates))
        ->add_option("FILE", typed_.files, "PEM files")
        ->required();
    CLI::App* agreed = Noun("procedure", "Agreed procedures known here",
                            "procedure add 2016.bundle 2016.p7s --config ministry.toml");
    CLI::App* add =
        Command(*agreed, "add", "Keep a signed procedure in the store",
                "procedure add 2016.bundle 2016.p7s --config ministry.toml", Local(AddProcedure));
    add->add_option("BUNDLE", typed_.file, "The bundle's exact bytes")->required();
    add->add_option("SEAL", typed_.second_file, "Its seal by both sides");
    CLI::App* evidence = Noun("evidence", "Evidence for auditors and courts",
                              "evidence export DIR --config ministry.toml");
    CLI::App* out = Command(*evidence, "export", "Write the whole book as a folder of evidence",
                            "evidence export DIR --config ministry.toml", Local(ExportEvidence));
    out->add_option("DIR", typed_.file, "A folder that is not there yet")->required();
    out->add_option("--for", typed_.made_for, "Who asked for it: an office, never a person");
    CLI::App* slice =
        Command(*evidence, "slice", "Write one reader's slice of the book as a folder of evidence",
                "evidence slice --for GRC --out DIR --config ministry.toml", Local(ExportSlice));
    slice->add_option("--for", typed_.party, "The reader: a party code")->required();
    slice->add_option("--out", typed_.file, "A folder that is not there yet")->required();
    CLI::App* stamp = Noun("timestamp", "Time stamps (RFC 3161) over the ledger's checkpoints",
                           "timestamp ask --out request.tsq --config ministry.toml");
    Command(*stamp, "ask", "Write a request over the newest cosigned checkpoint, and keep it",
            "timestamp ask --out request.tsq --config ministry.toml", Local(AskTimestamp))
        ->add_option("--out", typed_.file, "A file that is not there yet")
        ->required();
    Command(*stamp, "add", "Verify an authority's reply to such a request, and keep it",
            "timestamp add reply.tsr --config ministry.toml", Local(AddTimestamp))
        ->add_option("FILE", typed_.file, "The reply, as the authority sent it")
        ->required();
    Command(*stamp, "status", "What is stamped, and when the next stamp is due",
            "timestamp status --config ministry.toml", Local(TimestampStatus));
  }

  void AddOfficers() {
    Command(
        app_, "status", "Where the ledger and its witnesses stand",
        "status --config ministry.toml --server 127.0.0.1:8443",
        Asking([](Officer& officer, const Typed&, const SealFiles&) { return officer.Status(); }));
    CLI::App* task = Noun("task", "What waits for an office",
                          "task list --config ministry.toml --server 127.0.0.1:8443");
    Command(*task, "list", "Tasks in the order of their limits", "task list",
            Asking([](Officer& officer, const Typed& typed, const SealFiles&) {
              return officer.ListTasks(typed.all);
            }))
        ->add_flag("--all", typed_.all, "Also what the other side must do");
    CLI::App* claim = Command(*task, "claim", "Take a task, or give it back",
                              "task claim 0123456789abcdef0123456789abcdef",
                              Asking([](Officer& officer, const Typed& typed, const SealFiles&) {
                                return officer.ClaimTask(typed.id, typed.release);
                              }));
    claim->add_option("MATTER", typed_.id, "Its id in hex")->required();
    claim->add_flag("--release", typed_.release, "Give it back");
    Command(*task, "check", "Ask the registry about a case's claim",
            "task check 0123456789abcdef0123456789abcdef",
            Asking([](Officer& officer, const Typed& typed, const SealFiles&) {
              return officer.CheckTask(typed.id);
            }))
        ->add_option("MATTER", typed_.id, "The case's id in hex")
        ->required();

    CLI::App* act = Noun("act", "Acts of this party",
                         "act draft reply.json --config ministry.toml --server 127.0.0.1:8443");
    Command(*act, "draft", "Make the exact bytes that officers seal", "act draft reply.json",
            Asking([](Officer& officer, const Typed& typed, const SealFiles&) {
              return officer.Draft(typed.file);
            }))
        ->add_option("FILE", typed_.file, "The act as JSON (docs/acts.md); - for standard input")
        ->required();
    CLI::App* approve =
        Command(*act, "approve", "Add this officer's seal to a draft",
                "act approve DRAFT --seal-key my.key --seal-certificate my.pem",
                Asking([](Officer& officer, const Typed& typed, const SealFiles& seal) {
                  return officer.Approve(typed.id, seal);
                }));
    approve->add_option("DRAFT", typed_.id, "Its id in hex")->required();
    AddSeal(approve);
    CLI::App* both =
        Command(*act, "do", "Draft an act and seal it as its first officer",
                "act do reply.json --seal-key my.key --seal-certificate my.pem",
                Asking([](Officer& officer, const Typed& typed, const SealFiles& seal) {
                  return officer.Do(typed.file, seal);
                }));
    both->add_option("FILE", typed_.file, "The act as JSON (docs/acts.md); - for standard input")
        ->required();
    AddSeal(both);
    Command(*act, "list", "Drafts and the seals they still need", "act list",
            Asking([](Officer& officer, const Typed&, const SealFiles&) {
              return officer.ListDrafts();
            }));
    Command(*act, "show", "What a draft says", "act show DRAFT",
            Asking([](Officer& officer, const Typed& typed, const SealFiles&) {
              return officer.ShowDraft(typed.id);
            }))
        ->add_option("DRAFT", typed_.id, "Its id in hex")
        ->required();
    Command(*act, "discard", "Throw a draft away", "act discard DRAFT",
            Asking([](Officer& officer, const Typed& typed, const SealFiles&) {
              return officer.Discard(typed.id);
            }))
        ->add_option("DRAFT", typed_.id, "Its id in hex")
        ->required();
    Command(app_, "bring-in", "Hand in an envelope that came without a peer",
            "bring-in union-act.envelope",
            Asking([](Officer& officer, const Typed& typed, const SealFiles&) {
              return officer.BringIn(typed.file);
            }))
        ->add_option("FILE", typed_.file, "The envelope's bytes")
        ->required();

    CLI::App* attachment = Noun("attachment", "Photographs and scans that acts name by digest",
                                "attachment list 0123456789abcdef0123456789abcdef");
    Command(*attachment, "list", "Those of a case, with their sizes", "attachment list MATTER",
            Asking([](Officer& officer, const Typed& typed, const SealFiles&) {
              return officer.ListAttachments(typed.id);
            }))
        ->add_option("MATTER", typed_.id, "The case's id in hex")
        ->required();
    CLI::App* get = Command(*attachment, "get", "Write one into a file for its owner alone; noted",
                            "attachment get MATTER DIGEST --out passport.jpg",
                            Asking([](Officer& officer, const Typed& typed, const SealFiles&) {
                              return officer.GetAttachment(typed.id, typed.second_file, typed.file);
                            }));
    get->add_option("MATTER", typed_.id, "The case's id in hex")->required();
    get->add_option("DIGEST", typed_.second_file, "The attachment's SHA-256 in hex")->required();
    get->add_option("--out", typed_.file, "A file that is not there yet")->required();
    CLI::App* bring =
        Command(*attachment, "bring-in", "Take in one that came without a peer, ahead of its act",
                "attachment bring-in passport.jpg --party GRC --matter MATTER",
                Asking([](Officer& officer, const Typed& typed, const SealFiles&) {
                  return officer.BringAttachment(typed.file, typed.party, typed.id);
                }));
    bring->add_option("FILE", typed_.file, "The attachment's bytes")->required();
    bring->add_option("--party", typed_.party, "Whose act names it")->required();
    bring->add_option("--matter", typed_.id, "The matter of that act, in hex")->required();

    for (const char* kind : {"case", "flight", "transfer"}) {
      CLI::App* noun = Noun(kind, std::string("One ") + kind,
                            std::string(kind) +
                                " show 0123456789abcdef0123456789abcdef --config ministry.toml "
                                "--server 127.0.0.1:8443");
      CLI::App* show = Command(*noun, "show", "Stage, facts, limits, and whose turn it is",
                               std::string(kind) + " show 0123456789abcdef0123456789abcdef",
                               Asking([](Officer& officer, const Typed& typed, const SealFiles&) {
                                 return officer.ShowMatter(typed.id, typed.particulars);
                               }));
      show->add_option("ID", typed_.id, "Its id in hex")->required();
      show->add_flag("--particulars", typed_.particulars,
                     "With the person's particulars; reading them is recorded");
    }
    CLI::App* cooperation = Noun("cooperation", "What the parties agreed with each other",
                                 "cooperation show --config ministry.toml --server 127.0.0.1:8443");
    Command(*cooperation, "show", "Authorities, offices, procedures, carriers, suspensions",
            "cooperation show", Asking([](Officer& officer, const Typed&, const SealFiles&) {
              return officer.ShowMatter({}, false);
            }));
  }

  void AddSeal(CLI::App* command) {
    command->add_option("--seal-key", typed_.seal_key, "The officer's own sealing key")
        ->envname("CHANCERY_SEAL_KEY");
    command->add_option("--seal-certificate", typed_.seal_certificate, "Its certificate")
        ->envname("CHANCERY_SEAL_CERTIFICATE");
  }

  Typed typed_;
  Run chosen_;
  CLI::App app_;
};

}  // namespace

int RunCommandLine(int argc, char** argv) {
  try {
    CommandLine line;
    return line.Parse(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "chancery-ministry: " << error.what() << '\n';
    return edge::kExitUsage;
  }
}

}  // namespace chancery::server
