// Checkpoints (C2SP tlog-checkpoint v1.0.0): what a log says its tree is, signed.
//
// The text has exactly three lines: origin, size, root. Extension lines are refused: nobody here
// writes them, and a witness would sign what nobody reads. A log key signs under the origin as its
// name.
#ifndef CHANCERY_ENGINE_LEDGER_CHECKPOINT_H_
#define CHANCERY_ENGINE_LEDGER_CHECKPOINT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/note.h"

namespace chancery::ledger {

struct Checkpoint {
  std::string origin;
  TreeHead tree;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// Decimal digits without a leading zero, up to kMaxTreeSize; nothing for any other spelling.
std::optional<std::uint64_t> ParseSize(std::string_view text);

// InvalidArgument unless it is origin, size and root, each ended by a newline. A size of 0 has the
// empty root.
absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text);
std::string FormatCheckpoint(const Checkpoint& checkpoint);
// The checkpoint that a note holds, whoever signed it. InvalidArgument when it is no such note.
absl::StatusOr<Checkpoint> CheckpointIn(ByteView note);

// The note with the log's line. InvalidArgument unless the signer's name is the origin and its
// algorithm 0x01.
absl::StatusOr<Bytes> SignCheckpoint(const NoteSigner& log, const Checkpoint& checkpoint);

struct VerifiedCheckpoint {
  Checkpoint checkpoint;
  Note note;
  std::vector<VerifiedSignature> signatures;  // the log's first
};

// Reads a note and requires the log's OWN line (any other known key alone is not enough) and the
// log's name as origin. `witnesses` are verified when they signed and not missed when they did not.
absl::StatusOr<VerifiedCheckpoint> VerifyCheckpoint(ByteView note, const NoteKey& log,
                                                    std::span<const NoteKey> witnesses = {});
// The same with several keys of logs, of which those named like the origin count: a log that
// changes its key signs with the old and the new one for a while, and one of them is enough.
// InvalidArgument when a key is a witness's.
absl::StatusOr<VerifiedCheckpoint> VerifyCheckpoint(ByteView note, std::span<const NoteKey> logs,
                                                    std::span<const NoteKey> witnesses);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_CHECKPOINT_H_
