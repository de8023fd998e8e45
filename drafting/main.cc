// chancery-procedure: for lawyers of both sides: read an agreed procedure, have its form checked,
// sign it, verify who signed.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drafting/bundle_seal.h"
#include "drafting/exploration.h"
#include "drafting/reading_commands.h"
#include "engine/base/text.h"
#include "engine/checker/worlds.h"
#include "engine/codec/bundle.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/sha256.h"

namespace chancery::drafting {
namespace {

using Json = nlohmann::ordered_json;

enum ExitCode : int { kExitYes = 0, kExitNo = 1, kExitUsage = 2, kExitLocal = 3, kExitPartly = 6 };

// Procedures, seals and certificates come from others: what people read of them is Legible.
void Say(std::string_view message) {
  std::cerr << "chancery-procedure: " << LegibleLines(message) << '\n';
}
void PrintJson(const Json& json) {
  std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

int Fail(const absl::Status& status) {
  Say(ToStd(status.message()));
  return kExitLocal;
}

struct Arguments {
  std::string folder;
  std::string founding;
  std::uint64_t situations = 1'000'000;
  std::vector<std::string> worlds;
  std::string key;
  std::string certificate;
  std::string out = ".";
  std::string to;
  std::string seal;
  std::string bundle;
  std::string anchor;
  std::string certificates;
  std::string at;
  bool json = false;
};

absl::StatusOr<Instant> Moment(const std::string& text) {
  if (text.empty()) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return Instant{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
  }
  const std::optional<Instant> at = ParseInstant(text);
  if (!at) return InvalidArgument("--at: expected a moment such as 2016-09-01T06:00:00Z");
  return *at;
}

// A folder as one bundle, with what is wrong about its form.
struct Packed {
  Bytes bundle;
  Digest digest;
  std::shared_ptr<const procedure::CheckedProcedure> procedure;
};
absl::StatusOr<Packed> Pack(const std::string& folder) {
  Packed packed;
  CHANCERY_ASSIGN_OR_RETURN(packed.bundle, codec::PackFolder(folder));
  packed.digest = crypto::Sha256(packed.bundle);
  CHANCERY_ASSIGN_OR_RETURN(packed.procedure, codec::LoadProcedure(packed.bundle, packed.digest));
  return packed;
}

// What is wrong with a procedure is an answer (1); a folder that cannot be read is not (3).
int FailPacking(const absl::Status& status) {
  Say(ToStd(status.message()));
  return absl::IsInvalidArgument(status) ? kExitNo : kExitLocal;
}

int RunCheck(const Arguments& arguments) {
  const absl::StatusOr<Packed> packed = Pack(arguments.folder);
  if (!packed.ok() && !absl::IsInvalidArgument(packed.status())) return Fail(packed.status());
  std::vector<std::string> defects;
  if (!packed.ok()) {
    const std::string message(ToStd(packed.status().message()));
    for (std::size_t begin = 0; begin < message.size();) {
      const std::size_t end = std::min(message.find('\n', begin), message.size());
      if (end > begin) defects.push_back(message.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  if (arguments.json) {
    Json json = {{"form", packed.ok() ? "whole" : "defective"}, {"defects", defects}};
    if (packed.ok()) {
      json["id"] = packed->procedure->terms().id;
      json["digest"] = packed->digest.ToHexText();
    }
    PrintJson(json);
  } else if (packed.ok()) {
    std::cout << Legible(packed->procedure->terms().id) << ": no defect of form\ndigest "
              << packed->digest.ToHexText() << '\n';
  } else {
    for (const std::string& defect : defects) std::cout << Legible(defect) << '\n';
  }
  return packed.ok() ? kExitYes : kExitNo;
}

int RunExplore(const Arguments& arguments) {
  const std::string founding_folder =
      !arguments.founding.empty()
          ? arguments.founding
          : (std::filesystem::path(arguments.folder).lexically_normal() / ".." / "founding")
                .lexically_normal()
                .string();
  const absl::StatusOr<Packed> founding = Pack(founding_folder);
  if (!founding.ok()) return FailPacking(founding.status());
  const absl::StatusOr<Packed> packed = Pack(arguments.folder);
  if (!packed.ok()) return FailPacking(packed.status());
  if (packed->procedure->terms().founding) {
    Say(arguments.folder + " rules the cooperation; what is explored is a procedure of cases");
    return kExitUsage;
  }
  checker::Limits limits;
  limits.most_situations = arguments.situations;
  for (const std::string& world : arguments.worlds) {
    const std::vector<checker::Bounds> all = checker::AllBounds();
    if (std::none_of(all.begin(), all.end(),
                     [&](const checker::Bounds& bounds) { return bounds.name == world; })) {
      Say("--world: there is no world \"" + world + "\"; docs/checker.md lists them");
      return kExitUsage;
    }
    limits.worlds.insert(world);
  }
  const checker::Verdict verdict =
      checker::CheckProperties(*founding->procedure, *packed->procedure, limits);
  std::cout << (arguments.json ? ToJson(verdict) : LegibleLines(ToText(verdict)));
  if (!verdict.violations.empty()) return kExitNo;
  return verdict.Complete() ? kExitYes : kExitPartly;
}

int RunSign(const Arguments& arguments) {
  if (arguments.to.empty() != arguments.seal.empty()) {
    Say("--to BUNDLE and --seal SEAL belong together: they add a signature to an existing seal");
    return kExitUsage;
  }
  const absl::StatusOr<Instant> at = Moment(arguments.at);
  if (!at.ok()) {
    Say(ToStd(at.status().message()));
    return kExitUsage;
  }
  const absl::StatusOr<Packed> packed = Pack(arguments.folder);
  if (!packed.ok()) return FailPacking(packed.status());
  const absl::StatusOr<crypto::Secret> key = crypto::ReadSecretFile(arguments.key);
  if (!key.ok()) return Fail(key.status());
  const absl::StatusOr<Bytes> certificate = ReadFile(arguments.certificate);
  if (!certificate.ok()) return Fail(certificate.status());
  const absl::StatusOr<crypto::Sealer> sealer = crypto::Sealer::Load(key->Reveal(), *certificate);
  if (!sealer.ok()) return Fail(sealer.status());

  const std::string stem = FileNameOf(packed->procedure->terms().id);
  std::filesystem::path bundle_path = std::filesystem::path(arguments.out) / (stem + ".bundle");
  std::filesystem::path seal_path = std::filesystem::path(arguments.out) / (stem + ".p7s");
  absl::StatusOr<Bytes> seal = Internal("not made");
  if (arguments.to.empty()) {
    seal = sealer->Seal(packed->bundle, *at);
  } else {
    bundle_path = arguments.to;
    seal_path = arguments.seal;
    const absl::StatusOr<Bytes> bundle = ReadFile(bundle_path);
    if (!bundle.ok()) return Fail(bundle.status());
    if (*bundle != packed->bundle) {
      Say(bundle_path.string() + " is not the bundle of " + arguments.folder +
          ": nothing was signed");
      return kExitNo;
    }
    const absl::StatusOr<Bytes> earlier = ReadFile(seal_path);
    if (!earlier.ok()) return Fail(earlier.status());
    seal = sealer->AddSeal(packed->bundle, *earlier, *at);
  }
  if (!seal.ok()) {
    Say(ToStd(seal.status().message()));
    return absl::IsFailedPrecondition(seal.status()) ? kExitLocal : kExitNo;
  }
  if (arguments.to.empty()) {
    std::error_code failure;
    std::filesystem::create_directories(arguments.out, failure);
    if (const absl::Status written = WriteFile(bundle_path, packed->bundle); !written.ok())
      return Fail(written);
  }
  if (const absl::Status written = WriteFile(seal_path, *seal); !written.ok()) return Fail(written);
  if (arguments.json) {
    PrintJson({{"id", packed->procedure->terms().id},
               {"digest", packed->digest.ToHexText()},
               {"signed_by", sealer->certificate().uri()},
               {"bundle", bundle_path.string()},
               {"seal", seal_path.string()}});
  } else {
    std::cout << Legible(bundle_path.string()) << '\n' << Legible(seal_path.string()) << '\n';
    Say("signed " + packed->procedure->terms().id + ", digest " + packed->digest.ToHexText() +
        ", as " + sealer->certificate().uri());
  }
  return kExitYes;
}

int RunVerify(const Arguments& arguments) {
  const absl::StatusOr<Instant> at = Moment(arguments.at);
  if (!at.ok()) {
    Say(ToStd(at.status().message()));
    return kExitUsage;
  }
  const absl::StatusOr<Bytes> anchor_text = ReadFile(arguments.anchor);
  if (!anchor_text.ok()) return Fail(anchor_text.status());
  const absl::StatusOr<ledger::Anchor> anchor = ledger::ParseAnchor(*anchor_text);
  if (!anchor.ok()) {
    Say(ToStd(anchor.status().message()));
    return kExitUsage;
  }
  const absl::StatusOr<Bytes> bundle = ReadFile(arguments.bundle);
  if (!bundle.ok()) return Fail(bundle.status());
  const absl::StatusOr<Bytes> seal = ReadFile(arguments.seal);
  if (!seal.ok()) return Fail(seal.status());
  const absl::StatusOr<Certificates> certificates =
      ReadCertificates(arguments.certificates, *anchor);
  if (!certificates.ok()) return Fail(certificates.status());

  const Digest digest = crypto::Sha256(*bundle);
  std::vector<std::string> wrong;
  const auto loaded = codec::LoadProcedure(*bundle, digest);
  if (!loaded.ok())
    wrong.push_back("the bundle is no procedure: " + std::string(ToStd(loaded.status().message())));
  const absl::StatusOr<VerifiedSeal> verified =
      VerifyBundleSeal(*bundle, *seal, *certificates, *anchor, *at);
  if (!verified.ok()) {
    wrong.push_back("the seal does not verify: " + std::string(ToStd(verified.status().message())));
  } else {
    if (!verified->by_union) wrong.push_back("the Union's signatory has not signed");
    if (!verified->by_ministry) wrong.push_back("the ministry has not signed");
  }
  Json signatures = Json::array();
  if (verified.ok()) {
    for (const Signature& signature : verified->signatures) {
      signatures.push_back({{"party", signature.party.ToText()},
                            {"office", signature.office},
                            {"certificate", signature.certificate.ToHexText()},
                            {"claimed_time", ToText(signature.claimed_time)}});
    }
  }
  if (arguments.json) {
    PrintJson({{"verdict", wrong.empty() ? "signed by both" : "false"},
               {"digest", digest.ToHexText()},
               {"founding", digest == anchor->founding},
               {"signatures", signatures},
               {"wrong", wrong}});
  } else {
    if (loaded.ok()) std::cout << Legible((*loaded)->terms().id) << '\n';
    std::cout << "digest " << digest.ToHexText()
              << (digest == anchor->founding ? ", the founding procedure of the anchor\n" : "\n");
    for (const Json& signature : signatures) {
      std::cout << "signed by " << signature["party"].get<std::string>() << ' '
                << Legible(signature["office"].get<std::string>()) << ", who says on "
                << signature["claimed_time"].get<std::string>() << '\n';
    }
    for (const std::string& what : wrong) std::cout << "WRONG  " << Legible(what) << '\n';
    if (wrong.empty()) std::cout << "VERIFIED: signed by both sides\n";
  }
  return wrong.empty() ? kExitYes : kExitNo;
}

int Run(int argc, char** argv) {
  CLI::App app(
      "Reads, checks the form of, signs and verifies agreed procedures.\n\n"
      "Exit codes: 0 yes, 1 no (defects, or a seal that does not verify), 2 usage, 3 a file or key "
      "cannot be read, 6 explored in part.");
  app.require_subcommand(1);
  app.set_version_flag("--version", "chancery-procedure 0.1.0");
  app.footer(
      "Every command takes --json: the same as one JSON document.\n\n"
      "Examples:\n"
      "  chancery-procedure check agreements/eu-pakistan/2016\n"
      "  chancery-procedure show agreements/eu-pakistan/2016 --article \"Art 8\"\n"
      "  chancery-procedure diagram agreements/eu-pakistan/2016 --matter case --out case.svg\n"
      "  chancery-procedure diff agreements/eu-pakistan/2010 agreements/eu-pakistan/2016\n"
      "  chancery-procedure sign agreements/eu-pakistan/2016 --key union.key --certificate "
      "union.pem --out signed\n"
      "  chancery-procedure verify signed/eu-pakistan-2016.bundle signed/eu-pakistan-2016.p7s "
      "--anchor anchor --certificates ministry/evidence/trust");
  Arguments arguments;
  const auto json = [&arguments](CLI::App* command) {
    command->add_flag("--json", arguments.json, "the same as data");
  };
  const auto folder = [&arguments](CLI::App* command) {
    command->add_option("DIR", arguments.folder, "the procedure's folder under agreements/")
        ->required();
  };

  CLI::App* check = app.add_subcommand("check",
                                       "report defects of form: names nothing defines, stages "
                                       "nobody reaches or leaves, articles not listed.\n"
                                       "It does not explore what can happen under the procedure: "
                                       "that it found nothing proves nothing about safety.");
  folder(check);
  json(check);
  check->footer("Example: chancery-procedure check agreements/eu-pakistan/2016");

  CLI::App* explore = app.add_subcommand(
      "explore",
      "play every situation the procedure allows, both sides at their worst, and say which of the "
      "twelve properties can be broken, each with the shortest story.\n"
      "Nothing is proven unless every world was explored to its end.");
  folder(explore);
  json(explore);
  explore->add_option("--founding", arguments.founding,
                      "the founding procedure's folder; ../founding when absent");
  explore
      ->add_option("--situations", arguments.situations, "explore no more than so many in a world")
      ->capture_default_str();
  explore->add_option("--world", arguments.worlds, "explore only that world; may be repeated");
  explore->footer(
      "Exit code 0: all hold; 1: some property is broken; 6: none was, but not all was explored.\n"
      "Example: chancery-procedure explore agreements/eu-pakistan/2016 --situations 100000");

  ShowOptions shown;
  CLI::App* show = app.add_subcommand(
      "show", "the whole procedure in words, with places (#rule.reply_confirmed) to cite");
  show->add_option("DIR", shown.path, "the procedure's folder, or a bundle's file")->required();
  show->add_option("--article", shown.article, "only what carries that article, such as \"Art 8\"");
  show->add_flag("--json", shown.json, "the same as data");
  show->footer(
      "Exit code 2: no such article.\n"
      "Examples:\n"
      "  chancery-procedure show agreements/eu-pakistan/2016 | less\n"
      "  chancery-procedure show agreements/eu-pakistan/2016 --article \"Art 8\"");

  DiagramOptions drawn;
  CLI::App* diagram = app.add_subcommand(
      "diagram", "the stages of a matter and what leads from one to the next, as SVG");
  diagram->add_option("DIR", drawn.path, "the procedure's folder, or a bundle's file")->required();
  diagram->add_option("--matter", drawn.matter, "case, flight, transfer or cooperation")
      ->capture_default_str();
  diagram->add_option("--out", drawn.out, "the file to write; standard output when absent");
  diagram->add_flag("--dot", drawn.dot, "Graphviz's source, which needs no Graphviz to be made");
  diagram->footer(
      "Exit code 5: Graphviz is not installed (Debian's package graphviz).\n"
      "Example: chancery-procedure diagram agreements/eu-pakistan/2016 --matter case --out "
      "case.svg");

  DiffOptions differing;
  CLI::App* diff =
      app.add_subcommand("diff", "what an amendment changes, in words, one line a change");
  diff->add_option("OLD", differing.before, "a procedure's folder, or a bundle's file")->required();
  diff->add_option("NEW", differing.after, "the other version")->required();
  diff->add_flag("--json", differing.json, "the same as data");
  diff->footer(
      "Exit code 0: the same bundle; 1: there is a difference; 2: one of them has defects.\n"
      "Example: chancery-procedure diff agreements/eu-pakistan/2010 agreements/eu-pakistan/2016");

  CLI::App* sign = app.add_subcommand(
      "sign", "sign the folder as one bundle, or add a signature to an existing seal");
  folder(sign);
  json(sign);
  sign->add_option("--key", arguments.key, "a sealing key, PEM, readable by its owner only")
      ->required();
  sign->add_option("--certificate", arguments.certificate, "its certificate, PEM")->required();
  sign->add_option("--out", arguments.out, "where <id>.bundle and <id>.p7s go")
      ->capture_default_str();
  sign->add_option("--to", arguments.to, "an existing bundle, which must be this folder's");
  sign->add_option("--seal", arguments.seal, "its seal, to which the signature is added");
  sign->add_option("--at", arguments.at, "the signing time to claim; now when absent");
  sign->footer(
      "Example: chancery-procedure sign agreements/eu-pakistan/2016 --key union.key --certificate "
      "union.pem --out signed");

  CLI::App* verify = app.add_subcommand("verify", "whether both sides signed exactly this bundle");
  verify->add_option("BUNDLE", arguments.bundle, "the bundle")->required();
  verify->add_option("SEAL", arguments.seal, "its seal")->required();
  verify->add_option("--anchor", arguments.anchor, "the anchor file")
      ->required()
      ->envname("CHANCERY_ANCHOR");
  verify
      ->add_option("--certificates", arguments.certificates,
                   "a folder with the certificates, such as trust in a folder of evidence")
      ->required();
  verify->add_option("--at", arguments.at,
                     "the moment at which certificates must be valid; now when absent");
  json(verify);
  verify->footer(
      "Example: chancery-procedure verify signed/eu-pakistan-2016.bundle "
      "signed/eu-pakistan-2016.p7s --anchor anchor --certificates ministry/evidence/trust");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) == 0) return kExitYes;
    if (verify->parsed() && arguments.certificates.empty()) {
      Say("a seal holds no certificates: give the folder that does, such as trust in a folder of "
          "evidence: --certificates DIR");
    }
    return kExitUsage;
  }
  if (check->parsed()) return RunCheck(arguments);
  if (explore->parsed()) return RunExplore(arguments);
  if (show->parsed()) return RunShow(shown);
  if (diagram->parsed()) return RunDiagram(drawn);
  if (diff->parsed()) return RunDiff(differing);
  if (sign->parsed()) return RunSign(arguments);
  return RunVerify(arguments);
}

// An answer that nobody could read was not given.
int Main(int argc, char** argv) {
  const int code = Run(argc, argv);
  std::cout.flush();
  if (std::cout) return code;
  Say("cannot write to standard output");
  return kExitLocal;
}

}  // namespace
}  // namespace chancery::drafting

int main(int argc, char** argv) { return chancery::drafting::Main(argc, argv); }
