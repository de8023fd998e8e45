// An officer's commands: calls to the casework listener with the officer's own keys.
#ifndef CHANCERY_SERVER_OFFICER_H_
#define CHANCERY_SERVER_OFFICER_H_

#include <filesystem>
#include <memory>
#include <string>

#include "chancery/casework/v1/casework.grpc.pb.h"
#include "edge/output.h"
#include "engine/base/status.h"
#include "server/config.h"

namespace chancery::server {

// With what an officer seals; both empty when a command seals nothing.
struct SealFiles {
  std::filesystem::path key;
  std::filesystem::path certificate;
  std::filesystem::path clock_file;  // rehearsals: signing time comes from the scenario's clock
  std::filesystem::path anchor;      // needed with clock_file
};

// Each method carries out one command and says what to print.
class Officer {
 public:
  static absl::StatusOr<std::unique_ptr<Officer>> Connect(const OfficerConfig& config);

  absl::StatusOr<edge::Shown> Status();
  absl::StatusOr<edge::Shown> ListTasks(bool all);
  absl::StatusOr<edge::Shown> ClaimTask(const std::string& matter, bool release);
  absl::StatusOr<edge::Shown> CheckTask(const std::string& matter);
  absl::StatusOr<edge::Shown> Draft(const std::filesystem::path& act);
  // Drafts and seals in one go; further officers approve.
  absl::StatusOr<edge::Shown> Do(const std::filesystem::path& act, const SealFiles& seal);
  // Seals a draft. One that has all its seals is handed in again, and nothing is sealed.
  absl::StatusOr<edge::Shown> Approve(const std::string& draft, const SealFiles& seal);
  absl::StatusOr<edge::Shown> ListDrafts();
  absl::StatusOr<edge::Shown> ShowDraft(const std::string& draft);
  absl::StatusOr<edge::Shown> Discard(const std::string& draft);
  absl::StatusOr<edge::Shown> BringIn(const std::filesystem::path& envelope);
  // An empty id is the cooperation.
  absl::StatusOr<edge::Shown> ShowMatter(const std::string& id, bool with_particulars);
  absl::StatusOr<edge::Shown> ListAttachments(const std::string& matter);
  absl::StatusOr<edge::Shown> GetAttachment(const std::string& matter, const std::string& digest,
                                            const std::filesystem::path& out);
  // For an act that is brought in.
  absl::StatusOr<edge::Shown> BringAttachment(const std::filesystem::path& file,
                                              const std::string& party, const std::string& matter);

 private:
  using Stub = casework::v1::Casework::Stub;

  explicit Officer(std::unique_ptr<Stub> stub) : stub_(std::move(stub)) {}

  // One call with its deadline.
  template <class Request, class Response>
  absl::StatusOr<Response> Ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                            Response*),
                               const Request& request);
  absl::StatusOr<casework::v1::DraftActResponse> DraftOf(const std::filesystem::path& act);
  absl::StatusOr<casework::v1::DraftActResponse> FindDraft(const std::string& draft);
  absl::StatusOr<edge::Shown> SealDraft(const casework::v1::DraftActResponse& draft,
                                        const SealFiles& seal);

  const std::unique_ptr<Stub> stub_;
};

}  // namespace chancery::server

#endif  // CHANCERY_SERVER_OFFICER_H_
