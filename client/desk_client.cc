#include "client/desk_client.h"

#include <algorithm>
#include <thread>

#include "edge/rpc_status.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"

namespace chancery::client {

namespace {

constexpr std::chrono::milliseconds kBetweenAttempts{100};
constexpr std::chrono::seconds kDeadline{30};
constexpr std::chrono::seconds kExportDeadline{600};

std::shared_ptr<grpc::Channel> ChannelTo(const std::filesystem::path& socket) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  std::error_code error;
  return grpc::CreateCustomChannel("unix:" + std::filesystem::absolute(socket, error).string(),
                                   grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

DeskClient::DeskClient(const std::filesystem::path& socket, std::chrono::milliseconds patience)
    : patience_(patience), stub_(desk::v1::Desk::NewStub(ChannelTo(socket))) {}

absl::Status DeskClient::Call(std::chrono::milliseconds deadline, const Attempt& attempt) {
  const auto until = std::chrono::steady_clock::now() + std::min(patience_, deadline);
  for (;;) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + deadline);
    const absl::Status status = edge::FromRpc(attempt(context));
    if (status.code() != absl::StatusCode::kUnavailable ||
        std::chrono::steady_clock::now() >= until)
      return status;
    std::this_thread::sleep_for(kBetweenAttempts);
  }
}

absl::StatusOr<desk::v1::HandInResponse> DeskClient::HandIn(const std::string& act_json,
                                                            const StatementId& id,
                                                            bool validate_only) {
  desk::v1::HandInRequest request;
  request.set_act_json(act_json);
  request.set_statement_id(id.ToBytes());
  request.set_validate_only(validate_only);
  desk::v1::HandInResponse response;
  CHANCERY_RETURN_IF_ERROR(Call(kDeadline, [&](grpc::ClientContext& context) {
    return stub_->HandIn(&context, request, &response);
  }));
  return response;
}

absl::StatusOr<std::vector<desk::v1::Sent>> DeskClient::ListSent() {
  std::vector<desk::v1::Sent> all;
  desk::v1::ListSentRequest request;
  request.set_page_size(500);
  do {
    desk::v1::ListSentResponse response;
    CHANCERY_RETURN_IF_ERROR(Call(kDeadline, [&](grpc::ClientContext& context) {
      return stub_->ListSent(&context, request, &response);
    }));
    all.insert(all.end(), response.sent().begin(), response.sent().end());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

absl::StatusOr<desk::v1::Sent> DeskClient::FindSent(const StatementId& id) {
  desk::v1::ListSentRequest request;
  request.set_statement_id(id.ToBytes());
  desk::v1::ListSentResponse response;
  CHANCERY_RETURN_IF_ERROR(Call(kDeadline, [&](grpc::ClientContext& context) {
    return stub_->ListSent(&context, request, &response);
  }));
  if (response.sent_size() != 1)
    return edge::Answered(Internal("the desk answered with another number of acts than one"));
  return response.sent(0);
}

absl::StatusOr<std::vector<nlohmann::ordered_json>> DeskClient::ListMatters(
    const std::string& kind) {
  std::vector<nlohmann::ordered_json> all;
  desk::v1::ListMattersRequest request;
  request.set_kind(kind);
  request.set_page_size(200);
  do {
    desk::v1::ListMattersResponse response;
    CHANCERY_RETURN_IF_ERROR(Call(kDeadline, [&](grpc::ClientContext& context) {
      return stub_->ListMatters(&context, request, &response);
    }));
    for (const std::string& text : response.matter_json()) {
      nlohmann::ordered_json matter = nlohmann::ordered_json::parse(text, nullptr, false);
      if (!matter.is_object())
        return edge::Answered(Internal("the desk answered with a matter that cannot be read"));
      all.push_back(std::move(matter));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

absl::StatusOr<desk::v1::ShowMatterResponse> DeskClient::ShowMatter(const MatterId& id,
                                                                    bool with_particulars) {
  desk::v1::ShowMatterRequest request;
  request.set_matter(id.ToBytes());
  request.set_with_particulars(with_particulars);
  desk::v1::ShowMatterResponse response;
  CHANCERY_RETURN_IF_ERROR(Call(kDeadline, [&](grpc::ClientContext& context) {
    return stub_->ShowMatter(&context, request, &response);
  }));
  return response;
}

absl::StatusOr<desk::v1::GetStatusResponse> DeskClient::GetStatus(
    bool refresh, std::chrono::milliseconds patience) {
  desk::v1::GetStatusRequest request;
  request.set_refresh(refresh);
  desk::v1::GetStatusResponse response;
  CHANCERY_RETURN_IF_ERROR(Call(patience, [&](grpc::ClientContext& context) {
    return stub_->GetStatus(&context, request, &response);
  }));
  return response;
}

absl::StatusOr<desk::v1::ExportEvidenceResponse> DeskClient::ExportEvidence(
    const std::filesystem::path& folder, const std::string& made_for) {
  desk::v1::ExportEvidenceRequest request;
  std::error_code error;
  request.set_folder(std::filesystem::absolute(folder, error).string());
  request.set_made_for(made_for);
  desk::v1::ExportEvidenceResponse response;
  CHANCERY_RETURN_IF_ERROR(Call(kExportDeadline, [&](grpc::ClientContext& context) {
    return stub_->ExportEvidence(&context, request, &response);
  }));
  return response;
}

absl::StatusOr<desk::v1::ExportSliceResponse> DeskClient::ExportSlice(
    const std::filesystem::path& folder) {
  desk::v1::ExportSliceRequest request;
  std::error_code error;
  request.set_folder(std::filesystem::absolute(folder, error).string());
  desk::v1::ExportSliceResponse response;
  CHANCERY_RETURN_IF_ERROR(Call(kExportDeadline, [&](grpc::ClientContext& context) {
    return stub_->ExportSlice(&context, request, &response);
  }));
  return response;
}

absl::Status DeskClient::PutAttachment(const MatterId& matter, const edge::AttachmentFile& file) {
  desk::v1::PutAttachmentRequest request;
  request.set_matter(matter.ToBytes());
  request.set_digest(file.digest.ToBytes());
  request.set_size(file.bytes.Reveal().size());
  return edge::PutChunks(file, [&](std::uint64_t offset, ByteView chunk) -> absl::StatusOr<bool> {
    request.set_offset(offset);
    request.set_chunk(std::string(chunk));
    desk::v1::PutAttachmentResponse response;
    const absl::Status status = Call(kDeadline, [&](grpc::ClientContext& context) {
      return stub_->PutAttachment(&context, request, &response);
    });
    Wipe(*request.mutable_chunk());
    if (!status.ok()) return status;
    return response.whole();
  });
}

absl::StatusOr<desk::v1::ListAttachmentsResponse> DeskClient::ListAttachments(
    const MatterId& matter) {
  desk::v1::ListAttachmentsRequest request;
  request.set_matter(matter.ToBytes());
  desk::v1::ListAttachmentsResponse response;
  CHANCERY_RETURN_IF_ERROR(Call(kDeadline, [&](grpc::ClientContext& context) {
    return stub_->ListAttachments(&context, request, &response);
  }));
  return response;
}

absl::StatusOr<Personal<std::string>> DeskClient::GetAttachment(const MatterId& matter,
                                                                const Digest& digest) {
  desk::v1::GetAttachmentRequest request;
  request.set_matter(matter.ToBytes());
  request.set_digest(digest.ToBytes());
  return edge::GetChunks(digest, [&](std::uint64_t offset) -> absl::StatusOr<edge::GivenChunk> {
    request.set_offset(offset);
    desk::v1::GetAttachmentResponse response;
    CHANCERY_RETURN_IF_ERROR(Call(kDeadline, [&](grpc::ClientContext& context) {
      return stub_->GetAttachment(&context, request, &response);
    }));
    return edge::GivenChunk{response.size(),
                            Personal<std::string>(std::move(*response.mutable_chunk()))};
  });
}

}  // namespace chancery::client
