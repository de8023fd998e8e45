// The witness over gRPC: the edge of witness.h and no rule of its own. Whoever holds a certificate
// of a party may call it: what counts is the ledger's own signature on the note.
#ifndef CHANCERY_AUDIT_WATCH_SERVICE_H_
#define CHANCERY_AUDIT_WATCH_SERVICE_H_

#include "audit/watch/witness.h"
#include "chancery/witness/v1/witness.grpc.pb.h"
#include "edge/calls.h"

namespace chancery::watch {

class WitnessService final : public ::chancery::witness::v1::Witness::CallbackService {
 public:
  WitnessService(const edge::Calls& calls, Witness& witness) : calls_(calls), witness_(witness) {}

  grpc::ServerUnaryReactor* AddCheckpoint(
      grpc::CallbackServerContext* context,
      const ::chancery::witness::v1::AddCheckpointRequest* request,
      ::chancery::witness::v1::AddCheckpointResponse* response) override;
  grpc::ServerUnaryReactor* Latest(grpc::CallbackServerContext* context,
                                   const ::chancery::witness::v1::LatestRequest* request,
                                   ::chancery::witness::v1::LatestResponse* response) override;

 private:
  const edge::Calls& calls_;
  Witness& witness_;
};

}  // namespace chancery::watch

#endif  // CHANCERY_AUDIT_WATCH_SERVICE_H_
