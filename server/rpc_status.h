// Outcomes on the wire: our status as gRPC's with google.rpc details, and back.
//
// The reason of a status travels as google.rpc.ErrorInfo with the service's name as its domain.
// Nothing else is added: messages hold no personal data by the rule of engine/base/status.h.
#ifndef CHANCERY_SERVER_RPC_STATUS_H_
#define CHANCERY_SERVER_RPC_STATUS_H_

#include <string_view>

#include "engine/base/status.h"
#include "grpcpp/support/status.h"

namespace chancery::server {

grpc::Status ToRpc(const absl::Status& status, std::string_view service);
absl::Status FromRpc(const grpc::Status& status);

}  // namespace chancery::server

#endif  // CHANCERY_SERVER_RPC_STATUS_H_
