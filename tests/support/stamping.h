// A time-stamping authority for tests, made and asked with the openssl command alone
// (tests/support/stamping-authority).
#ifndef CHANCERY_TESTS_SUPPORT_STAMPING_H_
#define CHANCERY_TESTS_SUPPORT_STAMPING_H_

#include <filesystem>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/crypto/certificate.h"
#include "tests/support/pki.h"

namespace chancery::support {

class StampingAuthority {
 public:
  // `options` as the script takes them: "--until 20270101000000Z".
  explicit StampingAuthority(const std::string& options = {}) {
    Run("make '" + folder().string() + "' " + options);
  }

  std::filesystem::path folder() const { return folder_.path() / "stamps"; }
  std::string Path(std::string_view name) const { return (folder() / std::string(name)).string(); }

  // What it replies to a request, at the machine's time.
  Bytes Answer(ByteView query) const {
    WriteFile(folder_.path() / "query", query);
    Run("answer '" + folder().string() + "' '" + (folder_.path() / "query").string() + "' '" +
        (folder_.path() / "reply").string() + "'");
    return ReadFile(folder_.path() / "reply");
  }

  // "root", "between" or "stamp".
  crypto::Certificate Certificate(std::string_view name) const {
    return Must(crypto::Certificate::FromPem(ReadFile(folder() / (std::string(name) + ".pem"))));
  }

 private:
  static void Run(const std::string& arguments) {
    const CommandResult result =
        RunCommand("'" CHANCERY_SOURCE_DIR "/tests/support/stamping-authority' " + arguments);
    if (result.exit_code != 0) GiveUp("stamping-authority " + arguments + ": " + result.output);
  }

  TemporaryFolder folder_;
};

}  // namespace chancery::support

#endif  // CHANCERY_TESTS_SUPPORT_STAMPING_H_
