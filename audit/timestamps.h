// The time stamps of a folder of evidence: who else than the parties says that the book existed,
// and when.
//
// Each stamp is judged by its own time and by nothing of the machine's: a folder says the same in
// ten years. A stamp covers every entry of the tree it was made over, and so everything an older
// one covered; an older one counts on when the newer was made before the older one's certificate
// ended.
#ifndef CHANCERY_AUDIT_TIMESTAMPS_H_
#define CHANCERY_AUDIT_TIMESTAMPS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/evidence_folder.h"
#include "audit/trust_reader.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/policy.h"

namespace chancery::audit {

// What one stamp that verified says.
struct Stamped {
  std::uint64_t size = 0;  // of the tree it covers
  // When the newest entry it covers was recorded, of those whose bytes are in the folder.
  std::optional<Instant> covered_until;
  Instant time;  // that they existed by then at the latest
  std::int64_t accuracy_ms = 0;
  std::string authority;  // the anchor's name of it; without an anchor its root's fingerprint
  Instant ends;           // when its certificate ends
  // Whether a stamp over the same tree or a larger one was made before this one ended.
  bool renewed = false;

  friend bool operator==(const Stamped&, const Stamped&) = default;
};

// Reads "timestamps/" and "trust/stamping/" strictly: the three files of every stamp, nothing else;
// each stamp under a root that the anchor names, over a checkpoint of `checkpoint`'s ledger that
// its log signed, with lines of known keys only, that is a head of the folder's tree, and not made
// before an entry it covers was recorded. What is false goes to `wrong`; the stamps that verified
// are returned in order of size, then of time. The tiles are read as they are: ask this of a folder
// whose tree was compared. Fails only when the machine does not give a file.
absl::StatusOr<std::vector<Stamped>> ReadTimestamps(EvidenceFolder& folder,
                                                    const ledger::Anchor* anchor,
                                                    const ledger::Policy* policy,
                                                    const ledger::Checkpoint& checkpoint,
                                                    const NoteWrong& wrong);

// "entries up to 41, recorded until …, existed at … says …".
std::string ToText(const Stamped& stamped);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_TIMESTAMPS_H_
