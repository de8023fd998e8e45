// The desk: what a state's own systems and officers ask of the daemon, on a Unix socket that only
// its owner may open.
//
// Threads: gRPC calls on many.
#ifndef CHANCERY_CLIENT_DESK_SERVICE_H_
#define CHANCERY_CLIENT_DESK_SERVICE_H_

#include <chrono>

#include "chancery/desk/v1/desk.grpc.pb.h"
#include "client/node.h"
#include "engine/base/parts.h"

namespace chancery::client {

class DeskService final : public desk::v1::Desk::Service {
 public:
  // The node must be started and outlive the service.
  DeskService(StateNode& node, Events& events) : node_(node), events_(events) {}

  grpc::Status HandIn(grpc::ServerContext* context, const desk::v1::HandInRequest* request,
                      desk::v1::HandInResponse* response) override;
  grpc::Status ListSent(grpc::ServerContext* context, const desk::v1::ListSentRequest* request,
                        desk::v1::ListSentResponse* response) override;
  grpc::Status ListMatters(grpc::ServerContext* context,
                           const desk::v1::ListMattersRequest* request,
                           desk::v1::ListMattersResponse* response) override;
  grpc::Status ShowMatter(grpc::ServerContext* context, const desk::v1::ShowMatterRequest* request,
                          desk::v1::ShowMatterResponse* response) override;
  grpc::Status GetStatus(grpc::ServerContext* context, const desk::v1::GetStatusRequest* request,
                         desk::v1::GetStatusResponse* response) override;
  grpc::Status ExportEvidence(grpc::ServerContext* context,
                              const desk::v1::ExportEvidenceRequest* request,
                              desk::v1::ExportEvidenceResponse* response) override;
  grpc::Status ExportSlice(grpc::ServerContext* context,
                           const desk::v1::ExportSliceRequest* request,
                           desk::v1::ExportSliceResponse* response) override;
  grpc::Status PutAttachment(grpc::ServerContext* context,
                             const desk::v1::PutAttachmentRequest* request,
                             desk::v1::PutAttachmentResponse* response) override;
  grpc::Status ListAttachments(grpc::ServerContext* context,
                               const desk::v1::ListAttachmentsRequest* request,
                               desk::v1::ListAttachmentsResponse* response) override;
  grpc::Status GetAttachment(grpc::ServerContext* context,
                             const desk::v1::GetAttachmentRequest* request,
                             desk::v1::GetAttachmentResponse* response) override;

 private:
  absl::Status Serve(const desk::v1::HandInRequest& request, desk::v1::HandInResponse& response);
  absl::Status Serve(const desk::v1::ListSentRequest& request,
                     desk::v1::ListSentResponse& response);
  absl::Status Serve(const desk::v1::ListMattersRequest& request,
                     desk::v1::ListMattersResponse& response);
  absl::Status Serve(const desk::v1::ShowMatterRequest& request,
                     desk::v1::ShowMatterResponse& response);
  absl::Status Serve(const desk::v1::GetStatusRequest& request,
                     std::chrono::system_clock::time_point until,
                     desk::v1::GetStatusResponse& response);
  absl::Status Serve(const desk::v1::ExportEvidenceRequest& request,
                     desk::v1::ExportEvidenceResponse& response);
  absl::Status Serve(const desk::v1::ExportSliceRequest& request,
                     desk::v1::ExportSliceResponse& response);
  absl::Status Serve(const desk::v1::PutAttachmentRequest& request,
                     desk::v1::PutAttachmentResponse& response);
  absl::Status Serve(const desk::v1::ListAttachmentsRequest& request,
                     desk::v1::ListAttachmentsResponse& response);
  absl::Status Serve(const desk::v1::GetAttachmentRequest& request,
                     desk::v1::GetAttachmentResponse& response);
  absl::Status ShowParticulars(const MatterId& matter, desk::v1::ShowMatterResponse& response);

  StateNode& node_;
  Events& events_;
};

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_DESK_SERVICE_H_
