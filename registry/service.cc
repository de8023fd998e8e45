#include "registry/service.h"

#include <string>
#include <vector>

namespace chancery::registry {

grpc::Status RegistryService::VerifyClaim(grpc::ServerContext*,
                                          const v1::VerifyClaimRequest* request,
                                          v1::VerifyClaimResponse* response) {
  if (request->matter().size() != MatterId::kSize) {
    return {grpc::StatusCode::INVALID_ARGUMENT,
            "matter: a claim is verified for one case, named by 16 bytes"};
  }
  std::vector<Item> claimed;
  for (const exchange::v1::Item& item : request->claimed().item()) {
    claimed.push_back({item.label(), Personal<std::string>(item.value()), {}});
  }
  const Answer answer = people_.Verify(claimed);
  response->set_finding(static_cast<v1::Finding>(answer.finding));
  for (const Item& item : answer.registered) {
    exchange::v1::Item& out = *response->mutable_registered()->add_item();
    out.set_label(item.label);
    out.set_value(item.value.Reveal());
  }
  return grpc::Status::OK;
}

}  // namespace chancery::registry
