#include "drafting/sign_command.h"

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "drafting/bundle_seal.h"
#include "drafting/proof.h"
#include "engine/base/text.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/secret.h"

namespace chancery::drafting {

namespace {

using Json = nlohmann::ordered_json;

// Whether it is known what the procedure allows, and the procedure itself says what of that it must
// not. What rules the cooperation is judged by its form.
ExitCode MaySign(const SignOptions& options, const Packed& packed) {
  const procedure::Procedure& terms = packed.procedure->terms();
  if (terms.founding) return kYes;
  const absl::StatusOr<Packed> founding = PackFounding(options.founding, options.folder);
  if (!founding.ok()) return FailProcedure(founding.status());
  const absl::StatusOr<KeptVerdict> found = Prove(*founding, packed, options.verdict);
  if (!found.ok()) return Fail(found.status());
  const std::string why = WhyNotToSign(*found, terms, options.folder);
  if (why.empty()) return kYes;
  Say(why + ". Nothing was signed");
  return kNo;
}

}  // namespace

ExitCode RunSign(const SignOptions& options) {
  if (options.to.empty() != options.seal.empty()) {
    Say("--to BUNDLE and --seal SEAL belong together: they add a signature to an existing seal");
    return kUsage;
  }
  const absl::StatusOr<Instant> at = MomentOf(options.at);
  if (!at.ok()) {
    Say(ToStd(at.status().message()));
    return kUsage;
  }
  const absl::StatusOr<Packed> packed = Pack(options.folder);
  if (!packed.ok()) return FailProcedure(packed.status());
  const absl::StatusOr<crypto::Secret> key = crypto::ReadSecretFile(options.key);
  if (!key.ok()) return Fail(key.status());
  const absl::StatusOr<Bytes> certificate = ReadFile(options.certificate);
  if (!certificate.ok()) return Fail(certificate.status());
  const absl::StatusOr<crypto::Sealer> sealer = crypto::Sealer::Load(key->Reveal(), *certificate);
  if (!sealer.ok()) return Fail(sealer.status());

  const std::string stem = FileNameOf(packed->procedure->terms().id);
  std::filesystem::path bundle_path = std::filesystem::path(options.out) / (stem + ".bundle");
  std::filesystem::path seal_path = std::filesystem::path(options.out) / (stem + ".p7s");
  absl::StatusOr<Bytes> earlier = Bytes();
  if (!options.to.empty()) {
    bundle_path = options.to;
    seal_path = options.seal;
    const absl::StatusOr<Bytes> bundle = ReadFile(bundle_path);
    if (!bundle.ok()) return Fail(bundle.status());
    if (*bundle != packed->bundle) {
      Say(bundle_path.string() + " is not the bundle of " + options.folder +
          ": nothing was signed");
      return kNo;
    }
    earlier = ReadFile(seal_path);
    if (!earlier.ok()) return Fail(earlier.status());
  }
  if (const ExitCode code = MaySign(options, *packed); code != kYes) return code;
  const absl::StatusOr<Bytes> seal = options.to.empty()
                                         ? sealer->Seal(packed->bundle, *at)
                                         : sealer->AddSeal(packed->bundle, *earlier, *at);
  if (!seal.ok()) {
    Say(ToStd(seal.status().message()));
    return absl::IsFailedPrecondition(seal.status()) ? kLocal : kNo;
  }
  if (options.to.empty()) {
    std::error_code failure;
    std::filesystem::create_directories(options.out, failure);
    if (const absl::Status written = WriteFile(bundle_path, packed->bundle); !written.ok())
      return Fail(written);
  }
  if (const absl::Status written = WriteFile(seal_path, *seal); !written.ok()) return Fail(written);
  if (options.json) {
    const Json json = {{"id", packed->procedure->terms().id},
                       {"digest", packed->digest.ToHexText()},
                       {"signed_by", sealer->certificate().uri()},
                       {"bundle", bundle_path.string()},
                       {"seal", seal_path.string()}};
    std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    std::cout << Legible(bundle_path.string()) << '\n' << Legible(seal_path.string()) << '\n';
    Say("signed " + packed->procedure->terms().id + ", digest " + packed->digest.ToHexText() +
        ", as " + sealer->certificate().uri());
  }
  return kYes;
}

}  // namespace chancery::drafting
