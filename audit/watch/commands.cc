#include "audit/watch/commands.h"

#include <iostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "audit/watch/config.h"
#include "audit/watch/serve.h"
#include "audit/watch/witness.h"
#include "edge/anchor_file.h"
#include "edge/events.h"
#include "edge/files.h"
#include "edge/output.h"
#include "engine/base/time.h"
#include "engine/ledger/conviction.h"
#include "engine/ledger/witness.h"

namespace chancery::watch {

namespace {

using edge::Json;
using edge::Shown;

struct Typed {
  bool json = false;
  std::string config, ready_file, die_at, log_level, id, out;
  std::vector<std::string> firsts;
};

absl::StatusOr<Config> Configured(const Typed& typed) {
  CHANCERY_ASSIGN_OR_RETURN(Config config, ReadConfig(typed.config));
  if (!typed.log_level.empty()) config.log = typed.log_level;
  CHANCERY_RETURN_IF_ERROR(edge::CheckLogLevel(config.log));
  return config;
}

absl::StatusOr<Shown> Init(const Typed& typed) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Anchor anchor, edge::ReadAnchorFile(config.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const auto key, LoadKey(config, anchor));
  std::vector<Bytes> firsts;
  for (const std::string& file : typed.firsts) {
    CHANCERY_ASSIGN_OR_RETURN(firsts.emplace_back(), edge::ReadWholeFile(file));
  }
  CHANCERY_RETURN_IF_ERROR(Witness::Make(config.folder, anchor, firsts));
  return Shown{{{"name", config.name}, {"ledgers", anchor.logs.size()}},
               config.name + " watches " + std::to_string(anchor.logs.size()) + " ledgers from " +
                   config.folder.string() + "\n"};
}

absl::StatusOr<Shown> Status(const Typed& typed) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes text, edge::ReadWholeFile(config.folder / "heads"));
  CHANCERY_ASSIGN_OR_RETURN(const Heads heads, ParseHeads(text));
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<KeptEvidence> kept, ListEvidence(config.folder));
  Shown shown;
  shown.document = {{"name", config.name}, {"ledgers", Json::array()}, {"evidence", kept.size()}};
  for (const auto& [origin, head] : heads.by_origin) {
    const std::string at = head.state.cosigned_at == 0
                               ? std::string()
                               : ToText(Instant{head.state.cosigned_at * kMsPerSecond});
    shown.document["ledgers"].push_back(
        {{"origin", origin}, {"size", head.state.tree.size}, {"cosigned_at", at}});
    shown.text += origin + "  size " + std::to_string(head.state.tree.size) +
                  (at.empty() ? ", not cosigned yet" : ", cosigned at " + at) + "\n";
  }
  shown.text += std::to_string(kept.size()) + " contradictions kept\n";
  return shown;
}

// What convicts by itself is written as the text that anybody can judge.
absl::StatusOr<Shown> Evidence(const Typed& typed) {
  CHANCERY_ASSIGN_OR_RETURN(const Config config, Configured(typed));
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<KeptEvidence> kept, ListEvidence(config.folder));
  Shown shown;
  shown.document = {{"name", config.name}, {"evidence", Json::array()}};
  for (const KeptEvidence& one : kept) {
    const absl::StatusOr<ledger::CosignOffer> offer = ledger::ParseCosignOffer(one.offered);
    const auto conviction = offer.ok() ? ledger::ConvictionOfHeads(one.held, offer->checkpoint,
                                                                   offer->consistency_proof)
                                       : std::nullopt;
    const std::string seen = ToText(Instant{one.seen_at * kMsPerSecond});
    shown.document["evidence"].push_back({{"id", one.id},
                                          {"origin", one.origin},
                                          {"reason", one.reason},
                                          {"seen_at", seen},
                                          {"convicts", conviction.has_value()}});
    shown.text += one.id + "  " + one.origin + "  " + one.reason + " at " + seen +
                  (conviction ? ", convicts its keeper\n" : "\n");
    if (typed.id.empty() || typed.id != one.id) continue;
    if (!conviction) {
      return FailedPrecondition(
          one.id +
          ": the two signed heads do not convict by themselves; compare the ledger's "
          "export with the one cosigned here");
    }
    CHANCERY_RETURN_IF_ERROR(
        edge::WriteNewSecretFile(typed.out, ledger::FormatConviction(*conviction)));
    return Shown{{{"id", one.id}, {"file", typed.out}},
                 typed.out + ": chancery-audit convict judges it\n"};
  }
  if (!typed.id.empty()) return NotFound("no evidence " + typed.id + " is kept here");
  return shown;
}

class CommandLine {
 public:
  CommandLine()
      : app_(
            "An always-on witness of the ledgers of an agreement.\n\n"
            "Exit codes: 0 yes, 2 usage or configuration, 3 local file or key, 5 "
            "unavailable.",
            "chancery-audit watch") {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "chancery-audit watch 0.1.0");
    app_.footer(
        "Examples:\n"
        "  chancery-audit watch init --config witness.toml\n"
        "  chancery-audit watch serve --config witness.toml\n"
        "  chancery-audit watch status --config witness.toml --json\n"
        "  chancery-audit watch evidence --config witness.toml");
    CLI::App* init = Command("init",
                             "Make the witness's folder, once: every ledger of the anchor begins "
                             "at size 0, or at the checkpoint given for it");
    init->add_option("--first", typed_.firsts,
                     "A signed checkpoint from which a ledger is taken up: for a witness set up "
                     "later, or made anew with what the other witnesses saw last");
    init->footer("Example: chancery-audit watch init --config witness.toml");
    CLI::App* serve = Command("serve", "Witness until told to stop (SIGTERM)");
    serve->add_option("--ready-file", typed_.ready_file,
                      "Written with the addresses when every door is open");
    serve->add_option("--die-at", typed_.die_at, "EVENT:N, in rehearsals: end there");
    serve->add_option("--log-level", typed_.log_level, "quiet, info or debug");
    serve->footer("Example: chancery-audit watch serve --config witness.toml");
    CLI::App* evidence =
        Command("evidence", "What contradicts a ledger; with --export, one text that convicts");
    CLI::Option* out = evidence->add_option("--out", typed_.out, "The file to make");
    evidence->add_option("--export", typed_.id, "Which, by its id")->needs(out);
    evidence->footer(
        "Example: chancery-audit watch evidence --config witness.toml --export 0123456789abcdef "
        "--out fork.conviction");
    CLI::App* status = Command("status", "What was cosigned last of each ledger");
    status->footer("Example: chancery-audit watch status --config witness.toml");
  }

  int Parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? edge::kExitYes : edge::kExitUsage;
    }
    const edge::Output output("chancery-audit watch", typed_.json);
    if (app_.got_subcommand("init")) return output.Print(Init(typed_));
    if (app_.got_subcommand("evidence")) return output.Print(Evidence(typed_));
    if (app_.got_subcommand("status")) return output.Print(Status(typed_));
    const absl::StatusOr<Config> config = Configured(typed_);
    if (!config.ok()) return output.Failure(config.status());
    const absl::Status served = Serve(*config, {typed_.ready_file, typed_.die_at});
    return served.ok() ? edge::kExitYes : output.Failure(served);
  }

 private:
  CLI::App* Command(const std::string& name, const std::string& what) {
    CLI::App* command = app_.add_subcommand(name, what);
    command->add_option("--config", typed_.config, "The witness's configuration (TOML)")
        ->envname("CHANCERY_CONFIG")
        ->required();
    command->add_flag("--json", typed_.json, "The same as data");
    return command;
  }

  Typed typed_;
  CLI::App app_;
};

}  // namespace

int RunCommandLine(int argc, char** argv) { return CommandLine().Parse(argc, argv); }

}  // namespace chancery::watch
