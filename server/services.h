// The ministry's services: Exchange, Ledger and Procedures for the states, Casework for its own
// officers.
//
// Each is the wire's edge of a part of engine/exchange and holds no rule of its own but who may
// call: on Exchange and Ledger any party's office, on Casework the keeper's own.
#ifndef CHANCERY_SERVER_SERVICES_H_
#define CHANCERY_SERVER_SERVICES_H_

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>

#include "chancery/casework/v1/casework.grpc.pb.h"
#include "chancery/exchange/v1/exchange.grpc.pb.h"
#include "edge/calls.h"
#include "engine/exchange/attachments.h"
#include "engine/exchange/casework.h"
#include "engine/exchange/inbox.h"
#include "engine/exchange/offering.h"
#include "engine/exchange/reader.h"
#include "engine/exchange/witnessing.h"

namespace chancery::server {

class SubmitStream;

class ExchangeService final : public exchange::v1::Exchange::CallbackService {
 public:
  ExchangeService(const edge::Calls& calls, exchange::Inbox& inbox,
                  const exchange::LedgerReader& reader, const exchange::Attachments& attachments,
                  exchange::LedgerKeeper& keeper, Events& events)
      : calls_(calls),
        inbox_(inbox),
        reader_(reader),
        attachments_(attachments),
        keeper_(keeper),
        events_(events) {}
  // Waits until every stream has ended; call StopFollowers first.
  ~ExchangeService() override;

  grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context,
                                   const exchange::v1::SubmitRequest* request,
                                   exchange::v1::SubmitResponse* response) override;
  grpc::ServerWriteReactor<exchange::v1::CollectResponse>* Collect(
      grpc::CallbackServerContext* context, const exchange::v1::CollectRequest* request) override;

  grpc::ServerUnaryReactor* FindAttachment(grpc::CallbackServerContext* context,
                                           const exchange::v1::FindAttachmentRequest* request,
                                           exchange::v1::FindAttachmentResponse* response) override;
  grpc::ServerUnaryReactor* PutAttachment(grpc::CallbackServerContext* context,
                                          const exchange::v1::PutAttachmentRequest* request,
                                          exchange::v1::PutAttachmentResponse* response) override;
  grpc::ServerUnaryReactor* GetAttachment(grpc::CallbackServerContext* context,
                                          const exchange::v1::GetAttachmentRequest* request,
                                          exchange::v1::GetAttachmentResponse* response) override;

  grpc::ServerBidiReactor<exchange::v1::SubmitStreamRequest, exchange::v1::SubmitStreamResponse>*
  SubmitStream(grpc::CallbackServerContext* context) override;

  // Ends every Collect and SubmitStream that waits for what comes.
  void StopFollowers();

 private:
  class Follower;
  friend class Follower;

  const edge::Calls& calls_;
  exchange::Inbox& inbox_;
  const exchange::LedgerReader& reader_;
  const exchange::Attachments& attachments_;
  exchange::LedgerKeeper& keeper_;
  Events& events_;

  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable gone_;
  int followers_ = 0;
  std::map<PartyCode, int> followers_of_;
  std::map<server::SubmitStream*, PartyCode> submitting_;
};

class LedgerService final : public exchange::v1::Ledger::CallbackService {
 public:
  // `policy` is the text with which this ledger is read; empty when the node was not given one.
  LedgerService(const edge::Calls& calls, const exchange::LedgerReader& reader,
                exchange::Witnessing& witnessing, exchange::Offering& offering, store::Store& store,
                Bytes policy)
      : calls_(calls),
        reader_(reader),
        witnessing_(witnessing),
        offering_(offering),
        store_(store),
        policy_(std::move(policy)) {}

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const exchange::v1::GetCheckpointRequest* request,
                                          exchange::v1::GetCheckpointResponse* response) override;
  grpc::ServerUnaryReactor* GetConsistency(grpc::CallbackServerContext* context,
                                           const exchange::v1::GetConsistencyRequest* request,
                                           exchange::v1::GetConsistencyResponse* response) override;
  grpc::ServerUnaryReactor* GetInclusion(grpc::CallbackServerContext* context,
                                         const exchange::v1::GetInclusionRequest* request,
                                         exchange::v1::GetInclusionResponse* response) override;
  grpc::ServerUnaryReactor* GetSliceHead(grpc::CallbackServerContext* context,
                                         const exchange::v1::GetSliceHeadRequest* request,
                                         exchange::v1::GetSliceHeadResponse* response) override;
  grpc::ServerUnaryReactor* GetLeafHashes(grpc::CallbackServerContext* context,
                                          const exchange::v1::GetLeafHashesRequest* request,
                                          exchange::v1::GetLeafHashesResponse* response) override;
  grpc::ServerUnaryReactor* GetCosignedHeads(
      grpc::CallbackServerContext* context, const exchange::v1::GetCosignedHeadsRequest* request,
      exchange::v1::GetCosignedHeadsResponse* response) override;
  grpc::ServerUnaryReactor* GetTimeStamps(grpc::CallbackServerContext* context,
                                          const exchange::v1::GetTimeStampsRequest* request,
                                          exchange::v1::GetTimeStampsResponse* response) override;
  grpc::ServerUnaryReactor* AddCosignature(grpc::CallbackServerContext* context,
                                           const exchange::v1::AddCosignatureRequest* request,
                                           exchange::v1::AddCosignatureResponse* response) override;
  grpc::ServerUnaryReactor* AddCheckpoint(grpc::CallbackServerContext* context,
                                          const exchange::v1::AddCheckpointRequest* request,
                                          exchange::v1::AddCheckpointResponse* response) override;

 private:
  const edge::Calls& calls_;
  const exchange::LedgerReader& reader_;
  exchange::Witnessing& witnessing_;
  exchange::Offering& offering_;
  store::Store& store_;
  const Bytes policy_;
};

class ProceduresService final : public exchange::v1::Procedures::CallbackService {
 public:
  ProceduresService(const edge::Calls& calls, const exchange::ProcedureShelf& procedures,
                    store::Store& store)
      : calls_(calls), procedures_(procedures), store_(store) {}

  grpc::ServerUnaryReactor* ListProcedures(grpc::CallbackServerContext* context,
                                           const exchange::v1::ListProceduresRequest* request,
                                           exchange::v1::ListProceduresResponse* response) override;
  grpc::ServerUnaryReactor* GetProcedure(grpc::CallbackServerContext* context,
                                         const exchange::v1::GetProcedureRequest* request,
                                         exchange::v1::GetProcedureResponse* response) override;

 private:
  const edge::Calls& calls_;
  const exchange::ProcedureShelf& procedures_;
  store::Store& store_;
};

class CaseworkService final : public casework::v1::Casework::CallbackService {
 public:
  CaseworkService(const edge::Calls& calls, exchange::Casework& casework,
                  const exchange::Attachments& attachments, exchange::LedgerKeeper& keeper,
                  const exchange::Witnessing& witnessing, const exchange::Anchor& anchor,
                  Events& events)
      : calls_(calls),
        casework_(casework),
        attachments_(attachments),
        keeper_(keeper),
        witnessing_(witnessing),
        anchor_(anchor),
        events_(events) {}

  grpc::ServerUnaryReactor* ListTasks(grpc::CallbackServerContext* context,
                                      const casework::v1::ListTasksRequest* request,
                                      casework::v1::ListTasksResponse* response) override;
  grpc::ServerUnaryReactor* ClaimTask(grpc::CallbackServerContext* context,
                                      const casework::v1::ClaimTaskRequest* request,
                                      casework::v1::ClaimTaskResponse* response) override;
  grpc::ServerUnaryReactor* DraftAct(grpc::CallbackServerContext* context,
                                     const casework::v1::DraftActRequest* request,
                                     casework::v1::DraftActResponse* response) override;
  grpc::ServerUnaryReactor* GetDraft(grpc::CallbackServerContext* context,
                                     const casework::v1::GetDraftRequest* request,
                                     casework::v1::DraftActResponse* response) override;
  grpc::ServerUnaryReactor* ListDrafts(grpc::CallbackServerContext* context,
                                       const casework::v1::ListDraftsRequest* request,
                                       casework::v1::ListDraftsResponse* response) override;
  grpc::ServerUnaryReactor* ApproveDraft(grpc::CallbackServerContext* context,
                                         const casework::v1::ApproveDraftRequest* request,
                                         casework::v1::ApproveDraftResponse* response) override;
  grpc::ServerUnaryReactor* DiscardDraft(grpc::CallbackServerContext* context,
                                         const casework::v1::DiscardDraftRequest* request,
                                         casework::v1::DiscardDraftResponse* response) override;
  grpc::ServerUnaryReactor* BringIn(grpc::CallbackServerContext* context,
                                    const casework::v1::BringInRequest* request,
                                    casework::v1::BringInResponse* response) override;
  grpc::ServerUnaryReactor* ShowMatter(grpc::CallbackServerContext* context,
                                       const casework::v1::ShowMatterRequest* request,
                                       casework::v1::ShowMatterResponse* response) override;
  grpc::ServerUnaryReactor* CheckRegistry(grpc::CallbackServerContext* context,
                                          const casework::v1::CheckRegistryRequest* request,
                                          casework::v1::CheckRegistryResponse* response) override;
  grpc::ServerUnaryReactor* ListAttachments(
      grpc::CallbackServerContext* context, const casework::v1::ListAttachmentsRequest* request,
      casework::v1::ListAttachmentsResponse* response) override;
  grpc::ServerUnaryReactor* GetAttachment(grpc::CallbackServerContext* context,
                                          const casework::v1::GetAttachmentRequest* request,
                                          casework::v1::GetAttachmentResponse* response) override;
  grpc::ServerUnaryReactor* BringAttachment(
      grpc::CallbackServerContext* context, const casework::v1::BringAttachmentRequest* request,
      casework::v1::BringAttachmentResponse* response) override;
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const casework::v1::GetStatusRequest* request,
                                      casework::v1::GetStatusResponse* response) override;

 private:
  // Like edge::Calls::Unary, for officers of the keeper's party only.
  grpc::ServerUnaryReactor* ForOfficer(grpc::CallbackServerContext* context,
                                       edge::Calls::Handler handle) const;

  const edge::Calls& calls_;
  exchange::Casework& casework_;
  const exchange::Attachments& attachments_;
  exchange::LedgerKeeper& keeper_;
  const exchange::Witnessing& witnessing_;
  const exchange::Anchor& anchor_;
  Events& events_;
};

}  // namespace chancery::server

#endif  // CHANCERY_SERVER_SERVICES_H_
