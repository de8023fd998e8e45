// What a process must be before it uses gRPC.
#ifndef CHANCERY_EDGE_PREPARE_GRPC_H_
#define CHANCERY_EDGE_PREPARE_GRPC_H_

#include "engine/base/status.h"

namespace chancery::edge {

// Makes TLS 1.3 the only version. FailedPrecondition when gRPC's traces are on, which could show
// particulars. Call it before anything else of gRPC and before any thread.
absl::Status PrepareGrpc();

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_PREPARE_GRPC_H_
