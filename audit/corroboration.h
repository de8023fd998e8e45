// What others than the keeper say about when an entry was written: between the cosigned heads that
// do not hold it and those that do.
//
// An entry is back-dated when it says that it is older than a head outside of which it stands, and
// post-dated when a witness had seen it before it says it was recorded. Who leaves heads out to
// hide the first is found by what is missing: the longest time for which an entry rested on its
// keeper's word alone is always told, and is a finding beyond the window an auditor asks for
// (docs/audit-guide.md).
#ifndef CHANCERY_AUDIT_CORROBORATION_H_
#define CHANCERY_AUDIT_CORROBORATION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/evidence_folder.h"
#include "audit/trust_reader.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosigned_heads.h"
#include "engine/ledger/note.h"

namespace chancery::audit {

// How far the recorded times of a book are corroborated.
struct Corroborated {
  std::uint64_t heads = 0;  // cosignatures of the history that verified
  // Of the entries before this one it is only known that they are not younger than a head.
  std::uint64_t since_entry = 0;
  std::optional<std::int64_t> window_ms = std::nullopt;  // that was asked for
  // The longest time for which an entry rested on its keeper's word alone.
  std::int64_t longest_ms = 0;

  friend bool operator==(const Corroborated&, const Corroborated&) = default;
};

// Used by one thread, entries in their order.
class Corroboration {
 public:
  struct Parts {
    std::span<const ledger::NoteKey> witnesses;  // whose lines count
    std::span<const ledger::NoteKey> always_on;  // of these, who signs only the largest tree
    const ledger::Checkpoint& checkpoint;        // of the folder
    std::vector<ledger::CosignedHead> newest;    // the lines of that checkpoint, verified
    std::optional<std::int64_t> window_ms = std::nullopt;  // nothing: no length is wrong
  };

  // Reads the folder's file of cosigned heads strictly: every line verifies over the root that the
  // folder's tree has at its size. Nothing when there is no such file; then nothing is judged. What
  // is false goes to `wrong`. Fails only when the machine does not give a file.
  static absl::StatusOr<std::optional<Corroboration>> Read(EvidenceFolder& folder,
                                                           const Parts& parts,
                                                           const NoteWrong& wrong);

  // What is wrong with the time an entry says.
  std::optional<std::string> Judge(std::uint64_t number, Instant recorded_at);

  const Corroborated& result() const { return result_; }

 private:
  struct Seen {
    std::int64_t time_ms = 0;
    std::string witness;
    std::uint64_t size = 0;
  };
  // What is known of entries behind one head and before the next.
  struct Bounds {
    std::uint64_t size = 0;          // of the first head that holds them
    std::optional<Seen> not_before;  // an always-on witness saw a head without them
    std::optional<Seen> not_after;   // an always-on witness saw them
    std::optional<Seen> first_seen;  // anybody but the keeper saw them
  };

  Corroboration() = default;
  static std::vector<Bounds> BoundsOf(const std::vector<ledger::CosignedHead>& heads,
                                      std::span<const ledger::NoteKey> always_on);

  std::vector<Bounds> bounds_;  // in order of size
  std::size_t at_ = 0;
  Corroborated result_;
};

// "12 minutes", for people.
std::string LengthOf(std::int64_t milliseconds);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_CORROBORATION_H_
