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

google::rpc::Status ToWire(const absl::Status& status, std::string_view service) {
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(std::string(ToStd(status.message())));
  const std::string reason = ReasonOf(status);
  if (reason.empty()) return wire;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain(std::string(service));
  ForEachDetail(status, [&info](std::string_view name, const std::string& text) {
    (*info.mutable_metadata())[std::string(name)] = text;
  });
  wire.add_details()->PackFrom(info);
  return wire;
}

absl::Status FromWire(const google::rpc::Status& status) {
  if (status.code() == 0) return absl::OkStatus();
  const absl::Status plain =
      Answered({static_cast<absl::StatusCode>(status.code()), status.message()});
  for (const auto& any : status.details()) {
    google::rpc::ErrorInfo info;
    if (!any.UnpackTo(&info)) continue;
    absl::Status answered = WithReason(plain, info.reason());
    for (const auto& [name, text] : info.metadata())
      answered = WithDetail(std::move(answered), name, text);
    return answered;
  }
  return plain;
}

grpc::Status ToRpc(const absl::Status& status, std::string_view service) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status wire = ToWire(status, service);
  return {static_cast<grpc::StatusCode>(wire.code()), wire.message(),
          wire.details().empty() ? std::string() : wire.SerializeAsString()};
}

absl::Status FromRpc(const grpc::Status& status) {
  google::rpc::Status wire;
  if (!wire.ParseFromString(status.error_details())) wire.clear_details();
  // What the call ended with is what counts.
  wire.set_code(status.error_code());
  wire.set_message(status.error_message());
  return FromWire(wire);
}

absl::Status Answered(absl::Status status) {
  if (!status.ok()) status.SetPayload(kAnsweredUrl, absl::Cord());
  return status;
}

bool IsAnswered(const absl::Status& status) { return status.GetPayload(kAnsweredUrl).has_value(); }

}  // namespace chancery::edge
