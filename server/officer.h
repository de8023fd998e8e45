// An officer's commands: calls to the casework listener with the officer's own keys.
#ifndef CHANCERY_SERVER_OFFICER_H_
#define CHANCERY_SERVER_OFFICER_H_

#include <filesystem>
#include <memory>
#include <string>

#include "chancery/casework/v1/casework.grpc.pb.h"
#include "engine/base/status.h"
#include "server/config.h"
#include "server/output.h"

namespace chancery::server {

// With what an officer seals; both empty when a command seals nothing.
struct SealFiles {
  std::filesystem::path key;
  std::filesystem::path certificate;
  std::filesystem::path clock_file;  // rehearsals: signing time comes from the scenario's clock
  std::filesystem::path anchor;      // needed with clock_file
};

// Each method carries out one command and returns its exit code.
class Officer {
 public:
  static absl::StatusOr<std::unique_ptr<Officer>> Connect(const OfficerConfig& config,
                                                          const Output& output);

  int Status();
  int ListTasks(bool all);
  int ClaimTask(const std::string& matter, bool release);
  int CheckTask(const std::string& matter);
  int Draft(const std::filesystem::path& act);
  // Drafts and seals in one go; further officers approve.
  int Do(const std::filesystem::path& act, const SealFiles& seal);
  int Approve(const std::string& draft, const SealFiles& seal);
  int ListDrafts();
  int ShowDraft(const std::string& draft);
  int Discard(const std::string& draft);
  int BringIn(const std::filesystem::path& envelope);
  // An empty id is the cooperation.
  int ShowMatter(const std::string& id, bool with_particulars);

 private:
  Officer(std::unique_ptr<casework::v1::Casework::Stub> stub, const Output& output)
      : stub_(std::move(stub)), output_(output) {}

  int ApproveStatement(const std::string& draft_id, const std::string& statement,
                       const std::string& seal_so_far, const SealFiles& seal,
                       const std::vector<std::string>& needed);
  int Recorded(const exchange::v1::Receipt& receipt, Json document);

  const std::unique_ptr<casework::v1::Casework::Stub> stub_;
  const Output& output_;
};

}  // namespace chancery::server

#endif  // CHANCERY_SERVER_OFFICER_H_
