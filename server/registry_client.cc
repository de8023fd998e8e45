#include "server/registry_client.h"

#include <chrono>
#include <utility>

#include "chancery/registry/v1/registry.grpc.pb.h"
#include "edge/convert.h"
#include "edge/rpc_status.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "server/convert.h"

namespace chancery::server {

namespace {

constexpr std::chrono::seconds kTimeout{10};

class RegistryClient final : public exchange::IdentityRegistry {
 public:
  explicit RegistryClient(const std::string& address)
      : stub_(registry::v1::IdentityRegistry::NewStub(
            grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))) {}

  absl::StatusOr<exchange::RegistryFinding> VerifyClaim(const MatterId& matter,
                                                        const std::vector<Item>& claimed) override {
    registry::v1::VerifyClaimRequest request;
    request.set_matter(matter.ToBytes());
    edge::ToWire(claimed, *request.mutable_claimed());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kTimeout);
    context.set_wait_for_ready(true);
    registry::v1::VerifyClaimResponse response;
    CHANCERY_RETURN_IF_ERROR(edge::FromRpc(stub_->VerifyClaim(&context, request, &response)));
    exchange::RegistryFinding finding;
    // The numbers of Finding are those of the fact's words; 0 and what is not known say nothing.
    finding.verification = static_cast<std::int64_t>(response.finding());
    if (procedure::WordName(procedure::Fact::kVerification, finding.verification).empty()) {
      return Unavailable("registry: its answer is none of the known findings");
    }
    finding.registered = FromWireWithoutSalts(response.registered());
    return finding;
  }

 private:
  const std::unique_ptr<registry::v1::IdentityRegistry::Stub> stub_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<exchange::IdentityRegistry>> MakeRegistryClient(
    const std::string& address) {
  if (!address.starts_with("unix:")) {
    return InvalidArgument(
        "registry.address: expected unix:/path/of/a/socket; a registry elsewhere is reached "
        "through an "
        "adapter on this machine");
  }
  return std::make_unique<RegistryClient>(address);
}

}  // namespace chancery::server
