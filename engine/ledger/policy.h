// Trust policies (C2SP tlog-policy): which log, which witnesses, and how many of them must have
// signed.
//
// One file for each reader of a ledger. A checkpoint satisfies a policy when a log of the policy
// signed it under its own origin AND the quorum is reached; a quorum never stands in for the log.
//
// A policy is a checked value: one that exists is sound (names defined before use, each in one
// group at most, no key twice, one quorum).
#ifndef CHANCERY_ENGINE_LEDGER_POLICY_H_
#define CHANCERY_ENGINE_LEDGER_POLICY_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/note.h"

namespace chancery::ledger {

struct PolicyLog {
  NoteKey key;  // 0x01
  std::string url;

  friend bool operator==(const PolicyLog&, const PolicyLog&) = default;
};
struct PolicyWitness {
  std::string name;  // means something inside the policy only
  NoteKey key;       // 0x04
  std::string url;

  friend bool operator==(const PolicyWitness&, const PolicyWitness&) = default;
};
struct PolicyGroup {
  std::string name;
  std::size_t threshold = 0;  // 1 to the number of members
  std::vector<std::string> members;

  friend bool operator==(const PolicyGroup&, const PolicyGroup&) = default;
};
struct PolicyParts {
  std::vector<PolicyLog> logs;
  std::vector<PolicyWitness> witnesses;
  std::vector<PolicyGroup> groups;
  std::string quorum;  // a witness, a group, or "none"

  friend bool operator==(const PolicyParts&, const PolicyParts&) = default;
};

class Policy {
 public:
  // InvalidArgument says what is wrong. Groups may use only what stands before them.
  static absl::StatusOr<Policy> Make(PolicyParts parts);
  // The same from text; the message names the line.
  static absl::StatusOr<Policy> Parse(std::string_view text);

  // The one text of this policy: logs, witnesses, groups, quorum, a line each, single spaces, "all"
  // and "any" where the threshold says so. What Parse makes of it is an equal policy.
  std::string Format() const;

  const PolicyParts& parts() const { return parts_; }

  friend bool operator==(const Policy&, const Policy&) = default;

 private:
  explicit Policy(PolicyParts parts) : parts_(std::move(parts)) {}

  PolicyParts parts_;
};

// Whether a checkpoint of `origin` that these keys signed satisfies the policy.
[[nodiscard]] bool Satisfied(const Policy& policy, std::string_view origin,
                             std::span<const VerifiedSignature> signatures);

// The note under the policy's keys: the log's own line is required, the quorum is not (ask
// Satisfied).
absl::StatusOr<VerifiedCheckpoint> VerifyCheckpointOf(ByteView note, const Policy& policy);
// The same with the quorum. PermissionDenied when it is not reached.
absl::StatusOr<VerifiedCheckpoint> VerifyFinalCheckpoint(ByteView note, const Policy& policy);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_POLICY_H_
