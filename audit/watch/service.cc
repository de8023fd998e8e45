#include "audit/watch/service.h"

#include <optional>
#include <vector>

namespace chancery::watch {

namespace {

using ledger::CosignRefusal;

constexpr std::string_view kService = "chancery.witness.v1.Witness";

// A wrong old size is no refusal: it is answered with the right one.
absl::Status ToStatus(const Watched& watched) {
  switch (watched.refusal) {
    case CosignRefusal::kNone:
    case CosignRefusal::kStale:
      return absl::OkStatus();
    case CosignRefusal::kMalformed:
      return InvalidArgument(watched.why);
    case CosignRefusal::kUnknownOrigin:
      return WithReason(NotFound(watched.why), ledger::kOriginUnknown);
    case CosignRefusal::kNotOurLog:
    case CosignRefusal::kBackwards:
    case CosignRefusal::kFork:
      return WithReason(PermissionDenied(watched.why), ledger::kCheckpointRefused);
    case CosignRefusal::kClockWentBack:
      return WithReason(Unavailable(watched.why), ledger::kWitnessClockBehind);
    case CosignRefusal::kNotFresh:
      return WithReason(Unavailable(watched.why), ledger::kOfferNotFresh);
    case CosignRefusal::kClockAhead:
      return WithReason(Unavailable(watched.why), ledger::kWitnessClockAhead);
  }
  return Internal("a refusal without a name");
}

}  // namespace

grpc::ServerUnaryReactor* WitnessService::AddCheckpoint(
    grpc::CallbackServerContext* context,
    const ::chancery::witness::v1::AddCheckpointRequest* request,
    ::chancery::witness::v1::AddCheckpointResponse* response) {
  return calls_.Unary(context, kService, [this, request, response](const Peer&) -> absl::Status {
    const std::optional<ledger::ProofHashes> hashes = ledger::ProofHashesFrom(
        std::vector<Bytes>(request->consistency().begin(), request->consistency().end()));
    constexpr int kMaxHashes = 63;
    if (!hashes || request->consistency_size() > kMaxHashes)
      return InvalidArgument("checkpoint: a proof has at most 63 hashes of 32 bytes");
    CHANCERY_ASSIGN_OR_RETURN(
        const Watched watched,
        witness_.AddCheckpoint({request->old_size(), *hashes, request->checkpoint()}));
    CHANCERY_RETURN_IF_ERROR(ToStatus(watched));
    response->set_cosignature(watched.line);
    response->set_known_size(watched.known_size);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* WitnessService::Latest(
    grpc::CallbackServerContext* context, const ::chancery::witness::v1::LatestRequest* request,
    ::chancery::witness::v1::LatestResponse* response) {
  return calls_.Unary(context, kService, [this, request, response](const Peer&) -> absl::Status {
    const absl::StatusOr<Bytes> latest = witness_.Latest(request->origin());
    if (!latest.ok()) return WithReason(latest.status(), ledger::kOriginUnknown);
    response->set_checkpoint(*latest);
    return absl::OkStatus();
  });
}

}  // namespace chancery::watch
