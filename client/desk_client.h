// A command's way to the daemon on this machine.
//
// A daemon that is starting again is waited for: calls that find nobody are repeated until the
// patience ends. Handing in is safe to repeat, because the caller gives the act its id.
#ifndef CHANCERY_CLIENT_DESK_CLIENT_H_
#define CHANCERY_CLIENT_DESK_CLIENT_H_

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chancery/desk/v1/desk.grpc.pb.h"
#include "edge/attachment_file.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "nlohmann/json.hpp"

namespace chancery::client {

// One thread at a time.
class DeskClient {
 public:
  DeskClient(const std::filesystem::path& socket, std::chrono::milliseconds patience);

  absl::StatusOr<desk::v1::HandInResponse> HandIn(const std::string& act_json,
                                                  const StatementId& id, bool validate_only);
  absl::StatusOr<std::vector<desk::v1::Sent>> ListSent();
  absl::StatusOr<desk::v1::Sent> FindSent(const StatementId& id);
  // As the desk shows them, of one kind or all.
  absl::StatusOr<std::vector<nlohmann::ordered_json>> ListMatters(const std::string& kind);
  absl::StatusOr<desk::v1::ShowMatterResponse> ShowMatter(const MatterId& id,
                                                          bool with_particulars);
  // `refresh`: after a whole round with the ministry. DeadlineExceeded when the answer takes longer
  // than `patience`.
  absl::StatusOr<desk::v1::GetStatusResponse> GetStatus(
      bool refresh, std::chrono::milliseconds patience = std::chrono::seconds(30));
  absl::StatusOr<desk::v1::ExportEvidenceResponse> ExportEvidence(
      const std::filesystem::path& folder, const std::string& made_for);
  absl::StatusOr<desk::v1::ExportSliceResponse> ExportSlice(const std::filesystem::path& folder);
  // Puts what the desk does not hold yet.
  absl::Status PutAttachment(const MatterId& matter, const edge::AttachmentFile& file);
  absl::StatusOr<desk::v1::ListAttachmentsResponse> ListAttachments(const MatterId& matter);
  // The whole, seen to have the digest.
  absl::StatusOr<Personal<std::string>> GetAttachment(const MatterId& matter, const Digest& digest);

 private:
  using Attempt = std::function<grpc::Status(grpc::ClientContext&)>;
  absl::Status Call(std::chrono::milliseconds deadline, const Attempt& attempt);

  const std::chrono::milliseconds patience_;
  std::unique_ptr<desk::v1::Desk::Stub> stub_;
};

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_DESK_CLIENT_H_
