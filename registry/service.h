// The simulated registry behind the interface of the real one's adapter, on a Unix socket that only
// its owner may open.
#ifndef CHANCERY_REGISTRY_SERVICE_H_
#define CHANCERY_REGISTRY_SERVICE_H_

#include "chancery/registry/v1/registry.grpc.pb.h"
#include "registry/people.h"

namespace chancery::registry {

// Threads: gRPC calls on many.
class RegistryService final : public v1::IdentityRegistry::Service {
 public:
  explicit RegistryService(const People& people) : people_(people) {}

  grpc::Status VerifyClaim(grpc::ServerContext* context, const v1::VerifyClaimRequest* request,
                           v1::VerifyClaimResponse* response) override;

 private:
  const People& people_;
};

}  // namespace chancery::registry

#endif  // CHANCERY_REGISTRY_SERVICE_H_
