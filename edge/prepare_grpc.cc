#include "edge/prepare_grpc.h"

#include <cstdlib>
#include <string>

namespace chancery::edge {

absl::Status PrepareGrpc() {
  for (const char* name : {"GRPC_TRACE", "GRPC_VERBOSITY"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
      return FailedPrecondition(std::string(name) +
                                " is set: traces could show what nobody may see; unset it");
    }
  }
  // A TLS 1.2 handshake finds no cipher it could use; TLS 1.3 has its own list.
  ::setenv("GRPC_SSL_CIPHER_SUITES", "PSK-AES256-GCM-SHA384", 1);
  return absl::OkStatus();
}

}  // namespace chancery::edge
