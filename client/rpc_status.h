// Outcomes on the wire: gRPC's status with google.rpc details as ours, and back.
#ifndef CHANCERY_CLIENT_RPC_STATUS_H_
#define CHANCERY_CLIENT_RPC_STATUS_H_

#include <string_view>

#include "engine/base/status.h"
#include "grpcpp/support/status.h"

namespace chancery::client {

// The reason travels as google.rpc.ErrorInfo with the service's name as its domain.
grpc::Status ToRpc(const absl::Status& status, std::string_view service);
absl::Status FromRpc(const grpc::Status& status);

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_RPC_STATUS_H_
