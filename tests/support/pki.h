// The rehearsal's public key infrastructure for tests: made once a test process by
// certs/make-rehearsal-pki in a folder of its own, removed when the process ends. A test that uses
// it needs nothing but `USES crypto`.
//
// Every accessor ends the test process with a message when the file it needs is not there: a test
// cannot go on without it.
#ifndef CHANCERY_TESTS_SUPPORT_PKI_H_
#define CHANCERY_TESTS_SUPPORT_PKI_H_

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/ed25519.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/trust.h"

namespace chancery::support {

[[noreturn]] inline void GiveUp(std::string_view what) {
  std::cerr << "test support: " << what << '\n';
  std::abort();
}

template <class T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) GiveUp(ToStd(value.status().message()));
  return *std::move(value);
}

inline PartyCode Party(std::string_view text) {
  const std::optional<PartyCode> party = PartyCode::FromText(text);
  if (!party) GiveUp("not a party code: " + std::string(text));
  return *party;
}

inline Bytes ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) GiveUp("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void WriteFile(const std::filesystem::path& path, ByteView bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) GiveUp("cannot write " + path.string());
}

// A folder of this process that goes away with the value.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "chancery-test.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) GiveUp("cannot make a temporary folder");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    if (getpid() != maker_) return;  // a child process that ends takes nothing away from its parent
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  pid_t maker_ = getpid();
};

struct CommandResult {
  int exit_code = -1;
  std::string output;  // standard output and standard error
};

// Runs a shell command line and waits for it.
inline CommandResult RunCommand(const std::string& line) {
  FILE* pipe = popen(("{ " + line + "; } 2>&1").c_str(), "r");
  if (pipe == nullptr) GiveUp("cannot run " + line);
  CommandResult result;
  char buffer[4096];
  for (std::size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    result.output.append(buffer, got);
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return result;
}

class RehearsalPki {
 public:
  // The one of this process; made on first use, in about two seconds.
  static const RehearsalPki& Get() {
    static const RehearsalPki pki("--with-bad");
    return pki;
  }
  // One whose roots, authorities and sealing certificates have all ended long before the test runs.
  static const RehearsalPki& Ended() {
    static const RehearsalPki pki("--until 20180101000000Z --with-bad");
    return pki;
  }

  // The folder that certs/README.md describes, and that of the certificates to be refused.
  std::filesystem::path folder() const { return folder_.path() / "pki"; }
  std::filesystem::path bad() const { return folder_.path() / "bad"; }

  // "GRC/seal/return-authority-1.pem"
  std::string Path(std::string_view relative) const {
    return (folder() / std::string(relative)).string();
  }

  crypto::Sealer SealerOf(std::string_view party, std::string_view office, int officer = 1) const {
    const std::string stem =
        Path(std::string(party) + "/seal/" + std::string(office) + "-" + std::to_string(officer));
    return Must(crypto::Sealer::Load(ReadFile(stem + ".key"), ReadFile(stem + ".pem")));
  }
  // With a certificate of --with-bad: "renewed-seal".
  crypto::Sealer BadSealer(std::string_view name) const {
    const std::filesystem::path stem = bad() / std::string(name);
    return Must(
        crypto::Sealer::Load(ReadFile(stem.string() + ".key"), ReadFile(stem.string() + ".pem")));
  }
  // The first certificate of a file.
  crypto::Certificate CertificateAt(std::string_view relative) const {
    return Must(crypto::Certificate::ListFromPem(ReadFile(folder() / std::string(relative))))
        .front();
  }
  crypto::Certificate BadCertificate(std::string_view name) const {
    return Must(crypto::Certificate::FromPem(ReadFile(bad() / (std::string(name) + ".pem"))));
  }

  // Every sealing certificate of every party.
  crypto::CertificateSet Seals() const {
    crypto::CertificateSet set;
    for (const crypto::Certificate& certificate : List("public/seals.pem")) set.Add(certificate);
    return set;
  }
  std::vector<crypto::Certificate> Roots() const { return List("public/roots.pem"); }
  std::vector<crypto::Certificate> Authorities() const { return List("public/authorities.pem"); }
  std::map<PartyCode, Digest> Fingerprints() const {
    std::map<PartyCode, Digest> fingerprints;
    for (const crypto::Certificate& root : Roots())
      fingerprints.emplace(root.party(), root.digest());
    return fingerprints;
  }
  crypto::TrustAnchors Anchors() const {
    return Must(crypto::TrustAnchors::Create(Roots(), Fingerprints()));
  }

  // `role` is "checkpoint" or "witness".
  crypto::Ed25519Key LedgerKey(std::string_view party, std::string_view role) const {
    return Must(crypto::Ed25519Key::FromPem(
        ReadFile(Path(std::string(party) + "/ledger/" + std::string(role) + ".key"))));
  }

 private:
  explicit RehearsalPki(const std::string& options) {
    const std::string line = std::string("'" CHANCERY_SOURCE_DIR "/certs/make-rehearsal-pki' '") +
                             folder().string() + "' " + options + " '" + bad().string() + "'";
    const CommandResult made = RunCommand(line);
    if (made.exit_code != 0) GiveUp("certs/make-rehearsal-pki failed: " + made.output);
  }

  std::vector<crypto::Certificate> List(std::string_view relative) const {
    return Must(crypto::Certificate::ListFromPem(ReadFile(folder() / std::string(relative))));
  }

  TemporaryFolder folder_;
};

}  // namespace chancery::support

#endif  // CHANCERY_TESTS_SUPPORT_PKI_H_
