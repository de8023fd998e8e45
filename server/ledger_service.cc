#include <optional>
#include <utility>

#include "engine/exchange/cosigned_history.h"
#include "engine/exchange/evidence_export.h"
#include "engine/exchange/timestamping.h"
#include "server/convert.h"
#include "server/services.h"

namespace chancery::server {

namespace {

constexpr std::string_view kLedger = "chancery.exchange.v1.Ledger";
constexpr std::string_view kProcedures = "chancery.exchange.v1.Procedures";

// The word the cooperation has for a procedure, or nothing.
std::string StandingOf(const procedure::Matter& cooperation, const Digest& digest) {
  using procedure::Fact;
  for (const procedure::Facts& row : cooperation.lines) {
    if (row.NumberOr(Fact::kRegister, 0) !=
        procedure::WordNumber(Fact::kRegister, "procedure").value_or(-1))
      continue;
    if (row.DigestOr(Fact::kProcedure) != digest) continue;
    return std::string(
        procedure::WordName(Fact::kProcedureStanding, row.NumberOr(Fact::kProcedureStanding, 0)));
  }
  return {};
}

}  // namespace

grpc::ServerUnaryReactor* LedgerService::GetCheckpoint(
    grpc::CallbackServerContext* context, const exchange::v1::GetCheckpointRequest*,
    exchange::v1::GetCheckpointResponse* response) {
  return calls_.Unary(
      context, kLedger, [this, response](const exchange::Peer& peer) -> absl::Status {
        // What is offered first: it is never larger than the head that goes with it.
        CHANCERY_ASSIGN_OR_RETURN(const exchange::Offering::Offered offered, offering_.Now());
        CHANCERY_ASSIGN_OR_RETURN(*response->mutable_offered(),
                                  reader_.CheckpointAt(offered.tree.size));
        CHANCERY_ASSIGN_OR_RETURN(*response->mutable_final_checkpoint(),
                                  witnessing_.FinalFor(peer.party));
        CHANCERY_ASSIGN_OR_RETURN(*response->mutable_checkpoint(), reader_.Checkpoint());
        for (const Bytes& note : witnessing_.keys().Notes()) response->add_handovers(note);
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* LedgerService::GetConsistency(
    grpc::CallbackServerContext* context, const exchange::v1::GetConsistencyRequest* request,
    exchange::v1::GetConsistencyResponse* response) {
  return calls_.Unary(
      context, kLedger, [this, request, response](const exchange::Peer&) -> absl::Status {
        CHANCERY_ASSIGN_OR_RETURN(const ledger::ProofHashes hashes,
                                  reader_.Consistency(request->old_size(), request->new_size()));
        HashesToWire(hashes, response->mutable_hashes());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* LedgerService::GetInclusion(
    grpc::CallbackServerContext* context, const exchange::v1::GetInclusionRequest* request,
    exchange::v1::GetInclusionResponse* response) {
  return calls_.Unary(
      context, kLedger, [this, request, response](const exchange::Peer&) -> absl::Status {
        CHANCERY_ASSIGN_OR_RETURN(const ledger::ProofHashes hashes,
                                  reader_.Inclusion(request->number(), request->size()));
        HashesToWire(hashes, response->mutable_hashes());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* LedgerService::GetSliceHead(
    grpc::CallbackServerContext* context, const exchange::v1::GetSliceHeadRequest*,
    exchange::v1::GetSliceHeadResponse* response) {
  return calls_.Unary(context, kLedger, [this, response](const exchange::Peer&) -> absl::Status {
    if (policy_.empty())
      return FailedPrecondition("slice: the ministry was started without its policy");
    CHANCERY_ASSIGN_OR_RETURN(const Bytes note,
                              exchange::NewestFinalNote(store_, policy_, &witnessing_.keys()));
    response->set_policy(policy_);
    response->set_checkpoint(note);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* LedgerService::GetLeafHashes(
    grpc::CallbackServerContext* context, const exchange::v1::GetLeafHashesRequest* request,
    exchange::v1::GetLeafHashesResponse* response) {
  return calls_.Unary(
      context, kLedger, [this, request, response](const exchange::Peer&) -> absl::Status {
        CHANCERY_ASSIGN_OR_RETURN(const std::vector<Digest> hashes,
                                  reader_.LeafHashes(request->first(), request->count()));
        HashesToWire(hashes, response->mutable_hashes());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* LedgerService::GetCosignedHeads(
    grpc::CallbackServerContext* context, const exchange::v1::GetCosignedHeadsRequest* request,
    exchange::v1::GetCosignedHeadsResponse* response) {
  return calls_.Unary(
      context, kLedger, [this, request, response](const exchange::Peer&) -> absl::Status {
        constexpr std::size_t kHeadsAtOnce = 256;
        CHANCERY_ASSIGN_OR_RETURN(std::vector<ledger::CosignedHead> heads,
                                  exchange::CosignedAfter(store_, request->after(), kHeadsAtOnce));
        if (!heads.empty()) response->set_heads(ledger::FormatCosignedHeads(std::move(heads)));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* LedgerService::GetTimeStamps(
    grpc::CallbackServerContext* context, const exchange::v1::GetTimeStampsRequest* request,
    exchange::v1::GetTimeStampsResponse* response) {
  return calls_.Unary(
      context, kLedger, [this, request, response](const exchange::Peer&) -> absl::Status {
        constexpr std::size_t kStampsAtOnce = 64;
        std::optional<ledger::StampName> after;
        if (!request->after().empty()) {
          after = ledger::StampName::FromText(request->after());
          if (!after)
            return InvalidArgument("after: expected \"<size>.<nonce>\", as a stamp is named");
        }
        CHANCERY_ASSIGN_OR_RETURN(const std::vector<exchange::KeptTimestamp> stamps,
                                  exchange::ListTimestamps(store_, after, kStampsAtOnce));
        for (const exchange::KeptTimestamp& stamp : stamps) {
          exchange::v1::TimeStamp* given = response->add_stamps();
          given->set_checkpoint(stamp.parts.checkpoint);
          given->set_query(stamp.parts.query);
          given->set_reply(stamp.parts.reply);
          for (const crypto::Certificate& certificate : stamp.above)
            given->mutable_above()->append(certificate.ToPem());
        }
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* LedgerService::AddCosignature(
    grpc::CallbackServerContext* context, const exchange::v1::AddCosignatureRequest* request,
    exchange::v1::AddCosignatureResponse*) {
  return calls_.Unary(context, kLedger, [this, request](const exchange::Peer& peer) {
    return witnessing_.AddCosignature(peer.party, request->size(), request->line());
  });
}

grpc::ServerUnaryReactor* LedgerService::AddCheckpoint(
    grpc::CallbackServerContext* context, const exchange::v1::AddCheckpointRequest* request,
    exchange::v1::AddCheckpointResponse* response) {
  return calls_.Unary(
      context, kLedger, [this, request, response](const exchange::Peer& peer) -> absl::Status {
        constexpr int kMaxHashes = 63;
        ledger::CosignOffer offer{request->old_size(), {}, request->checkpoint()};
        if (request->consistency_size() > kMaxHashes)
          return InvalidArgument("checkpoint: more than 63 hashes");
        for (const std::string& hash : request->consistency()) {
          const std::optional<Digest> digest = Digest::FromBytes(hash);
          if (!digest) return InvalidArgument("checkpoint: a hash is not 32 bytes long");
          offer.consistency_proof.push_back(*digest);
        }
        constexpr int kMostHandovers = 64;
        if (request->handovers_size() > kMostHandovers)
          return InvalidArgument("checkpoint: more than 64 handovers");
        CHANCERY_RETURN_IF_ERROR(witnessing_.TakeHandovers(
            peer.party, {request->handovers().begin(), request->handovers().end()}));
        CHANCERY_ASSIGN_OR_RETURN(const exchange::CosignAnswer answer,
                                  witnessing_.Cosign(peer.party, offer));
        response->set_cosignature(answer.line);
        response->set_known_size(answer.known_size);
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ProceduresService::ListProcedures(
    grpc::CallbackServerContext* context, const exchange::v1::ListProceduresRequest*,
    exchange::v1::ListProceduresResponse* response) {
  return calls_.Unary(
      context, kProcedures, [this, response](const exchange::Peer&) -> absl::Status {
        CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> cooperation,
                                  exchange::ReadCooperation(store_));
        for (const auto& [digest, agreed] : procedures_.Set()->all()) {
          const std::string standing = agreed->terms().founding ? "founding"
                                       : cooperation            ? StandingOf(*cooperation, digest)
                                                                : std::string();
          if (standing.empty()) continue;  // known here, not yet spoken of between the parties
          exchange::v1::ProcedureInfo& info = *response->add_procedures();
          info.set_digest(digest.ToBytes());
          info.set_id(agreed->terms().id);
          info.set_standing(standing);
        }
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ProceduresService::GetProcedure(
    grpc::CallbackServerContext* context, const exchange::v1::GetProcedureRequest* request,
    exchange::v1::GetProcedureResponse* response) {
  return calls_.Unary(
      context, kProcedures, [this, request, response](const exchange::Peer&) -> absl::Status {
        const std::optional<Digest> digest = Digest::FromBytes(request->digest());
        if (!digest) return InvalidArgument("procedure: a digest has 32 bytes");
        CHANCERY_ASSIGN_OR_RETURN(const exchange::SealedBundle bundle, procedures_.Find(*digest));
        response->set_bundle(bundle.bundle);
        response->set_seal(bundle.seal);
        return absl::OkStatus();
      });
}

}  // namespace chancery::server
