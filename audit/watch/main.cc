// chancery-audit-watch: what `chancery-audit watch` runs.
#include <iostream>

#include "audit/watch/commands.h"
#include "edge/prepare_grpc.h"
#include "engine/crypto/hardening.h"
#include "google/protobuf/stubs/logging.h"

int main(int argc, char** argv) {
  // Before any key is read: no core file and no reading of this memory by others. Before anything
  // of gRPC: TLS 1.3 only.
  if (const absl::Status forbidden = chancery::crypto::ForbidCoreFiles(); !forbidden.ok()) {
    std::cerr << "chancery-audit watch: " << forbidden.message() << '\n';
    return 3;
  }
  if (const absl::Status prepared = chancery::edge::PrepareGrpc(); !prepared.ok()) {
    std::cerr << "chancery-audit watch: " << prepared.message() << '\n';
    return 2;
  }
  // What is wrong with a message is told by the call it belongs to.
  google::protobuf::SetLogHandler(nullptr);
  return chancery::watch::RunCommandLine(argc, argv);
}
