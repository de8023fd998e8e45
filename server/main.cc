// chancery-ministry: the ministry's server and its officers' commands.
#include <iostream>

#include "engine/crypto/hardening.h"
#include "google/protobuf/stubs/logging.h"
#include "server/commands.h"

int main(int argc, char** argv) {
  // Before any key is read: no core file and no reading of this memory by others.
  if (const absl::Status forbidden = chancery::crypto::ForbidCoreFiles(); !forbidden.ok()) {
    std::cerr << "chancery-ministry: " << forbidden.message() << '\n';
    return 3;
  }
  // What is wrong with a message is told by the call it belongs to.
  google::protobuf::SetLogHandler(nullptr);
  return chancery::server::RunCommandLine(argc, argv);
}
