// Outcomes on the wire: our status as gRPC's with google.rpc details, and back.
//
// The reason of a status travels as google.rpc.ErrorInfo with the service's name as its domain.
// Nothing else is added: messages hold no personal data by the rule of engine/base/status.h.
#ifndef CHANCERY_EDGE_RPC_STATUS_H_
#define CHANCERY_EDGE_RPC_STATUS_H_

#include <string_view>

#include "engine/base/status.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"

namespace chancery::edge {

grpc::Status ToRpc(const absl::Status& status, std::string_view service);
// The failure is Answered.
absl::Status FromRpc(const grpc::Status& status);

// The same where an answer carries the outcomes of several acts.
google::rpc::Status ToWire(const absl::Status& status, std::string_view service);
absl::Status FromWire(const google::rpc::Status& status);

// A failure that a daemon or a server answered, not one that was found here: programs end with
// another exit code. The mark stays under Annotate and WithReason and never travels.
absl::Status Answered(absl::Status status);
bool IsAnswered(const absl::Status& status);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_RPC_STATUS_H_
