#include "edge/rpc_status.h"

#include <string>
#include <utility>

#include "absl/strings/cord.h"

#include "engine/base/status_detail.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace chancery::edge {

namespace {

constexpr absl::string_view kAnsweredUrl = "chancery/answered";

}  // namespace

grpc::Status ToRpc(const absl::Status& status, std::string_view service) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());
  const std::string message(ToStd(status.message()));
  const std::string reason = ReasonOf(status);
  if (reason.empty()) return {code, message};
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain(std::string(service));
  ForEachDetail(status, [&info](std::string_view name, const std::string& text) {
    (*info.mutable_metadata())[std::string(name)] = text;
  });
  google::rpc::Status details;
  details.set_code(static_cast<int>(code));
  details.set_message(message);
  details.add_details()->PackFrom(info);
  return {code, message, details.SerializeAsString()};
}

absl::Status FromRpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const absl::Status plain =
      Answered({static_cast<absl::StatusCode>(status.error_code()), status.error_message()});
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return plain;
  for (const auto& any : details.details()) {
    google::rpc::ErrorInfo info;
    if (!any.UnpackTo(&info)) continue;
    absl::Status answered = WithReason(plain, info.reason());
    for (const auto& [name, text] : info.metadata())
      answered = WithDetail(std::move(answered), name, text);
    return answered;
  }
  return plain;
}

absl::Status Answered(absl::Status status) {
  if (!status.ok()) status.SetPayload(kAnsweredUrl, absl::Cord());
  return status;
}

bool IsAnswered(const absl::Status& status) { return status.GetPayload(kAnsweredUrl).has_value(); }

}  // namespace chancery::edge
