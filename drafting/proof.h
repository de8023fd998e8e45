// Whether a procedure may be signed: its form, what can happen under it, and what it says of that
// itself.
#ifndef CHANCERY_DRAFTING_PROOF_H_
#define CHANCERY_DRAFTING_PROOF_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "drafting/kept_verdict.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/checker/explore.h"
#include "engine/procedure/procedure.h"

namespace chancery::drafting {

// So many situations of one world are explored; a procedure that allows more is not proven.
constexpr std::uint64_t kMostSituations = 1'000'000;

// A folder as one bundle, whole in its form.
struct Packed {
  Bytes bundle;
  Digest digest;
  std::shared_ptr<const procedure::CheckedProcedure> procedure;
};
// InvalidArgument with a line for each defect; NotFound or Unavailable when it cannot be read.
absl::StatusOr<Packed> Pack(const std::string& folder);

// What rules the cooperation in the explored worlds: the folder named, or `founding` beside the
// procedure's own. NotFound says how to name another; InvalidArgument when it has defects or does
// not rule the cooperation.
absl::StatusOr<Packed> PackFounding(const std::string& named, const std::string& folder);

// What a verdict on a procedure, found by this program, is of. Unavailable when this program's file
// cannot be read.
absl::StatusOr<VerdictSubject> SubjectOf(const Packed& founding, const Packed& packed);

// A kept verdict that may be relied on. Any error says why there is none.
absl::StatusOr<KeptVerdict> KeptOf(const std::filesystem::path& path,
                                   const VerdictSubject& subject);

// What an exploration found, to be kept. `complete`: it left out no world and no situation.
KeptVerdict ToKeep(const checker::Verdict& verdict, bool complete, const VerdictSubject& subject);

// The verdict on a procedure: the one kept in the file, or a new one, which is then kept there.
// With an empty path nothing is kept. Explores for a minute or more, on two threads.
absl::StatusOr<KeptVerdict> Prove(const Packed& founding, const Packed& packed,
                                  const std::filesystem::path& path);

// Why nobody should sign it, with the remedy: a property is broken that it does not name, or not
// everything was explored. Empty when nothing speaks against it.
std::string WhyNotToSign(const KeptVerdict& verdict, const procedure::Procedure& terms,
                         const std::string& folder);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_PROOF_H_
