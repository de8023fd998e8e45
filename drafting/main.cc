// chancery-procedure: for lawyers of both sides: read an agreed procedure, have it checked, sign
// it, verify who signed.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "drafting/bundle_seal.h"
#include "drafting/check_command.h"
#include "drafting/command.h"
#include "drafting/reading_commands.h"
#include "drafting/sign_command.h"
#include "engine/base/text.h"
#include "engine/codec/bundle.h"
#include "engine/crypto/sha256.h"

namespace chancery::drafting {
namespace {

using Json = nlohmann::ordered_json;

void PrintJson(const Json& json) {
  std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

struct VerifyOptions {
  std::string bundle;
  std::string seal;
  std::string anchor;
  std::string certificates;
  std::string at;
  bool json = false;
};

ExitCode RunVerify(const VerifyOptions& options) {
  const absl::StatusOr<Instant> at = MomentOf(options.at);
  if (!at.ok()) {
    Say(ToStd(at.status().message()));
    return kUsage;
  }
  const absl::StatusOr<Bytes> anchor_text = ReadFile(options.anchor);
  if (!anchor_text.ok()) return Fail(anchor_text.status());
  const absl::StatusOr<ledger::Anchor> anchor = ledger::ParseAnchor(*anchor_text);
  if (!anchor.ok()) {
    Say(ToStd(anchor.status().message()));
    return kUsage;
  }
  const absl::StatusOr<Bytes> bundle = ReadFile(options.bundle);
  if (!bundle.ok()) return Fail(bundle.status());
  const absl::StatusOr<Bytes> seal = ReadFile(options.seal);
  if (!seal.ok()) return Fail(seal.status());
  const absl::StatusOr<Certificates> certificates = ReadCertificates(options.certificates, *anchor);
  if (!certificates.ok()) return Fail(certificates.status());

  const Digest digest = crypto::Sha256(*bundle);
  std::vector<std::string> wrong;
  const auto loaded = codec::LoadProcedure(*bundle, digest);
  if (!loaded.ok())
    wrong.push_back(options.bundle +
                    ": is no procedure: " + std::string(ToStd(loaded.status().message())));
  const absl::StatusOr<VerifiedSeal> verified =
      VerifyBundleSeal(*bundle, *seal, *certificates, *anchor, *at);
  if (!verified.ok()) {
    wrong.push_back(options.seal + ": the seal does not verify over " + options.bundle + ": " +
                    std::string(ToStd(verified.status().message())) +
                    "; if a byte of either was changed, take both again from whoever signed them");
  } else {
    const std::string remedy =
        "; have it added with: chancery-procedure sign DIR --key KEY --certificate PEM --to " +
        options.bundle + " --seal " + options.seal;
    if (!verified->by_union)
      wrong.push_back(options.seal + ": the Union's signatory has not signed" + remedy);
    if (!verified->by_ministry)
      wrong.push_back(options.seal + ": the ministry has not signed" + remedy);
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
  if (options.json) {
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
  return wrong.empty() ? kYes : kNo;
}

int Run(int argc, char** argv) {
  CLI::App app(
      "Checks, shows, draws, compares, signs and verifies agreed procedures.\n\n"
      "Exit codes: 0 yes, 1 no (a defect, a broken property, a difference, a seal that does not "
      "verify), 2 usage, 3 a file or key cannot be read, 5 a program is missing, 6 explored in "
      "part.");
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
  const char* const folder = "the procedure's folder under agreements/";
  const char* const data = "the same as data";
  const char* const founding = "the founding procedure's folder; ../founding when absent";

  CheckOptions checked;
  CLI::App* check = app.add_subcommand(
      "check",
      "report defects of form: names nothing defines, stages nobody reaches or leaves, articles "
      "not listed.\n"
      "Then play every situation the procedure allows, both sides at their worst, and say which of "
      "the twelve properties can be broken, each with the shortest story.\n"
      "Nothing is proven unless every world was explored to its end. Of a procedure that rules the "
      "cooperation only the form is looked at.");
  check->add_option("DIR", checked.folder, folder)->required();
  check->add_flag("--form", checked.form, "the form only, which says nothing about safety");
  check->add_option("--founding", checked.founding, founding);
  check->add_option("--situations", checked.situations, "explore no more than so many in a world")
      ->capture_default_str();
  check->add_option("--world", checked.worlds,
                    "explore only that world, which proves nothing; may be repeated");
  check->add_option("--stories", checked.stories,
                    "write each broken property's shortest story as a scenario into this new "
                    "folder");
  check->add_option("--verdict", checked.verdict,
                    "keep what is found in this file, for sign --verdict");
  check->add_flag("--kept", checked.kept,
                  "do not explore again what --verdict keeps of this very bundle, found by this "
                  "very program");
  check->add_flag("--json", checked.json, data);
  check->footer(
      "Exit code 0: no defect, and all properties hold in every situation of every world; 1: a "
      "defect, or a broken property, named in the procedure or not; 6: nothing is broken, but not "
      "all was explored.\n"
      "Examples:\n"
      "  chancery-procedure check agreements/eu-pakistan/2016\n"
      "  chancery-procedure check agreements/eu-pakistan/2010 --stories /tmp/stories");

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

  SignOptions signing;
  CLI::App* sign = app.add_subcommand(
      "sign",
      "sign the folder as one bundle, or add a signature to an existing seal.\n"
      "Refuses when the procedure breaks a property that it does not name, or when not everything "
      "could be explored. Explores first, unless --verdict keeps what was found.");
  sign->add_option("DIR", signing.folder, folder)->required();
  sign->add_option("--key", signing.key, "a sealing key, PEM, readable by its owner only")
      ->required();
  sign->add_option("--certificate", signing.certificate, "its certificate, PEM")->required();
  sign->add_option("--out", signing.out, "where <id>.bundle and <id>.p7s go")
      ->capture_default_str();
  sign->add_option("--to", signing.to, "an existing bundle, which must be this folder's");
  sign->add_option("--seal", signing.seal, "its seal, to which the signature is added");
  sign->add_option("--at", signing.at, "the signing time to claim; now when absent");
  sign->add_option("--founding", signing.founding, founding);
  sign->add_option("--verdict", signing.verdict,
                   "the file that keeps what was found of this very bundle by this very program; "
                   "what it does not keep is explored and written there");
  sign->add_flag("--json", signing.json, data);
  sign->footer(
      "Example: chancery-procedure sign agreements/eu-pakistan/2016 --key union.key --certificate "
      "union.pem --out signed");

  VerifyOptions verified;
  CLI::App* verify = app.add_subcommand("verify", "whether both sides signed exactly this bundle");
  verify->add_option("BUNDLE", verified.bundle, "the bundle")->required();
  verify->add_option("SEAL", verified.seal, "its seal")->required();
  verify->add_option("--anchor", verified.anchor, "the anchor file")
      ->required()
      ->envname("CHANCERY_ANCHOR");
  verify
      ->add_option("--certificates", verified.certificates,
                   "a folder with the certificates, such as trust in a folder of evidence")
      ->required();
  verify->add_option("--at", verified.at,
                     "the moment at which certificates must be valid; now when absent");
  verify->add_flag("--json", verified.json, data);
  verify->footer(
      "Example: chancery-procedure verify signed/eu-pakistan-2016.bundle "
      "signed/eu-pakistan-2016.p7s --anchor anchor --certificates ministry/evidence/trust");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) == 0) return kYes;
    if (verify->parsed() && verified.certificates.empty()) {
      Say("a seal holds no certificates: give the folder that does, such as trust in a folder of "
          "evidence: --certificates DIR");
    }
    return kUsage;
  }
  if (check->parsed()) return RunCheck(checked);
  if (show->parsed()) return RunShow(shown);
  if (diagram->parsed()) return RunDiagram(drawn);
  if (diff->parsed()) return RunDiff(differing);
  if (sign->parsed()) return RunSign(signing);
  return RunVerify(verified);
}

// An answer that nobody could read was not given.
int Main(int argc, char** argv) {
  const int code = Run(argc, argv);
  std::cout.flush();
  if (std::cout) return code;
  Say("cannot write to standard output");
  return kLocal;
}

}  // namespace
}  // namespace chancery::drafting

int main(int argc, char** argv) { return chancery::drafting::Main(argc, argv); }
