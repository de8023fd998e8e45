#include "drafting/bundle_seal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "engine/crypto/trust.h"

namespace chancery::drafting {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = std::size_t{16} << 20;
constexpr std::string_view kUnionCode = "EUE";

bool WriteAll(int file, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file) == 0;
}

}  // namespace

absl::StatusOr<Bytes> ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return NotFound("cannot read " + path.string());
  Bytes bytes;
  char block[1 << 14];
  while (file.read(block, sizeof block) || file.gcount() > 0) {
    bytes.append(block, static_cast<std::size_t>(file.gcount()));
    if (bytes.size() > kMaxFileBytes)
      return InvalidArgument(path.string() + " is larger than any file of this kind");
  }
  if (file.bad()) return NotFound("cannot read " + path.string());
  return bytes;
}

absl::Status WriteFile(const fs::path& path, ByteView bytes) {
  std::string temporary = path.string() + ".XXXXXX";
  const int file = ::mkstemp(temporary.data());
  if (file < 0)
    return Unavailable("cannot write " + path.string() + ": " +
                       std::generic_category().message(errno));
  const bool written = WriteAll(file, bytes) && ::fchmod(file, 0644) == 0;
  const int error = errno;
  ::close(file);
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = written ? errno : error;
    ::unlink(temporary.c_str());
    return Unavailable("cannot write " + path.string() + ": " +
                       std::generic_category().message(reason));
  }
  const int folder =
      ::open(path.has_parent_path() ? path.parent_path().c_str() : ".", O_RDONLY | O_DIRECTORY);
  const bool synced = folder >= 0 && ::fsync(folder) == 0;
  if (folder >= 0) ::close(folder);
  if (!synced) return Unavailable("cannot sync the folder of " + path.string());
  return absl::OkStatus();
}

std::string FileNameOf(std::string_view procedure_id) {
  std::string name(procedure_id);
  std::replace(name.begin(), name.end(), '/', '-');
  return name;
}

absl::StatusOr<Certificates> ReadCertificates(const fs::path& folder,
                                              const ledger::Anchor& anchor) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) return NotFound("no folder " + folder.string());
  std::vector<fs::path> files;
  fs::recursive_directory_iterator at(folder, failure);
  for (const fs::recursive_directory_iterator end; !failure && at != end; at.increment(failure)) {
    if (at->path().extension() == ".pem" && at->is_regular_file(failure))
      files.push_back(at->path());
  }
  if (failure) return NotFound("cannot list " + folder.string() + ": " + failure.message());
  std::sort(files.begin(), files.end());

  crypto::CertificateSet roots;
  crypto::CertificateSet authorities;
  Certificates certificates;
  for (const fs::path& path : files) {
    CHANCERY_ASSIGN_OR_RETURN(const Bytes pem, ReadFile(path));
    const absl::StatusOr<std::vector<crypto::Certificate>> list =
        crypto::Certificate::ListFromPem(pem);
    if (!list.ok()) continue;  // a revocation list, or another thing that is no certificate
    for (const crypto::Certificate& certificate : *list) {
      const auto root = anchor.roots.find(certificate.party());
      if (root != anchor.roots.end() && root->second == certificate.digest()) {
        roots.Add(certificate);
      } else if (certificate.CheckAuthorityProfile(0).ok()) {
        authorities.Add(certificate);
      } else if (certificate.CheckLeafProfile(crypto::CertificatePurpose::kSeal).ok()) {
        certificates.seals.Add(certificate);
      }
    }
  }
  certificates.roots = roots.All();
  certificates.authorities = authorities.All();
  return certificates;
}

absl::StatusOr<VerifiedSeal> VerifyBundleSeal(ByteView bundle, ByteView seal,
                                              const Certificates& certificates,
                                              const ledger::Anchor& anchor, Instant at) {
  absl::StatusOr<crypto::TrustAnchors> anchors =
      crypto::TrustAnchors::Create(certificates.roots, anchor.roots);
  if (!anchors.ok()) {
    return PermissionDenied("the roots found are not those of the anchor: " +
                            std::string(ToStd(anchors.status().message())));
  }
  const crypto::SealVerifier verifier(certificates.seals.Lookup());
  CHANCERY_ASSIGN_OR_RETURN(
      const std::vector<crypto::VerifiedSigner> signers,
      verifier.VerifySealAndChain(bundle, seal, *anchors, certificates.authorities, at));
  VerifiedSeal verified;
  for (const crypto::VerifiedSigner& signer : signers) {
    const std::optional<crypto::Certificate> certificate =
        certificates.seals.Find(signer.certificate);
    if (!certificate) continue;
    verified.signatures.push_back(
        {certificate->party(), certificate->office(), signer.certificate, signer.claimed_time});
    const bool of_union = certificate->party().view() == kUnionCode;
    verified.by_union =
        verified.by_union || (of_union && certificate->office() == "union-signatory");
    verified.by_ministry =
        verified.by_ministry || (!of_union && certificate->office() == "ministry");
  }
  return verified;
}

}  // namespace chancery::drafting
