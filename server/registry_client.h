// The national registry over gRPC: a Unix socket of this machine, whose file permissions say who
// may ask.
#ifndef CHANCERY_SERVER_REGISTRY_CLIENT_H_
#define CHANCERY_SERVER_REGISTRY_CLIENT_H_

#include <memory>
#include <string>

#include "engine/base/status.h"
#include "engine/exchange/registry.h"

namespace chancery::server {

// InvalidArgument unless the address begins with "unix:": particulars do not leave the machine
// unencrypted.
absl::StatusOr<std::unique_ptr<exchange::IdentityRegistry>> MakeRegistryClient(
    const std::string& address);

}  // namespace chancery::server

#endif  // CHANCERY_SERVER_REGISTRY_CLIENT_H_
