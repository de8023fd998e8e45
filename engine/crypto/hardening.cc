#include "engine/crypto/hardening.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace chancery::crypto {

absl::Status ForbidCoreFiles() {
  const rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) {
    return Internal(std::string("set the core file limit to zero: ") +
                    std::generic_category().message(errno));
  }
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return Internal(std::string("make the process undumpable: ") +
                    std::generic_category().message(errno));
  }
  return absl::OkStatus();
}

}  // namespace chancery::crypto
