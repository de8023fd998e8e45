// Which heads of a ledger its witnesses had seen, and when: the history that bounds the time at
// which each entry can have been written.
//
// A cosignature says that its witness had seen the tree of a size by its time. So an entry inside
// of that tree was written before it; and an always-on witness signs only what its keeper says is
// the largest tree at that moment, so an entry outside of it was written after it, but for the
// tolerance of kBackdatingToleranceMs. The root is not repeated: whoever has the tree computes it.
//
// Not every head is kept, but none is left out that is not followed within kHeadsEveryMs by one
// that is. docs/ledger.md says the file to the byte; bytes are forever.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_LEDGER_COSIGNED_HEADS_H_
#define CHANCERY_ENGINE_LEDGER_COSIGNED_HEADS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/ledger/note.h"

namespace chancery::ledger {

// A keeper keeps the cosigned heads of its history at this distance.
inline constexpr std::int64_t kHeadsEveryMs = std::int64_t{15} * 60 * kMsPerSecond;

// That a witness had seen the tree of that size.
struct CosignedHead {
  std::uint64_t size = 0;
  NoteSignature line;     // cosignature/v1
  std::int64_t time = 0;  // seconds, as the line says

  friend bool operator==(const CosignedHead&, const CosignedHead&) = default;
};

// A line of cosignature/v1 over the tree of that size. InvalidArgument for any other line.
absl::StatusOr<CosignedHead> CosignedHeadOf(std::uint64_t size, NoteSignature line);

// "chancery-cosigned-heads v1", then "<size> — <witness> <base64>" for each, in order of size, then
// of time, then of the witness's line. Puts them in that order, each once.
std::string FormatCosignedHeads(std::vector<CosignedHead> heads);
// InvalidArgument, with the line, for anything but what FormatCosignedHeads writes of at least one.
absl::StatusOr<std::vector<CosignedHead>> ParseCosignedHeads(std::string_view text);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_COSIGNED_HEADS_H_
