// A slice: what one reader may see of a ledger, with the hashes of all the rest.
//
// A slice has every hash tile of the tree, so that its root can be computed again, and of the entry
// bundles only the reader's own entries: bundle number n of a slice is the C2SP bundle of tile n in
// which an entry of others has the length 0 (an entry is never empty). A bundle with nothing for
// the reader is not there. `streams` says for whom the slice is and how many entries each of the
// reader's streams has under the checkpoint. docs/audit-guide.md describes the folder; bytes and
// names are forever.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_LEDGER_SLICE_H_
#define CHANCERY_ENGINE_LEDGER_SLICE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/ledger/tiles.h"

namespace chancery::ledger {

// Whether a stream's name (procedure::StreamOf: "all", or party codes joined by "+") names this
// reader.
bool IsReadBy(std::string_view stream, PartyCode reader);

// The file `streams`.
struct SliceStreams {
  PartyCode reader;
  std::map<std::string, std::uint64_t> entries;  // how many, by the stream's name

  friend bool operator==(const SliceStreams&, const SliceStreams&) = default;
};
// "chancery-slice v1", "for GRC", then "stream GRC 17" for each stream in byte order of the names.
std::string FormatSliceStreams(const SliceStreams& streams);
// InvalidArgument, with the line, for anything but what FormatSliceStreams writes: a stream without
// entries, one that does not name the reader, another order.
absl::StatusOr<SliceStreams> ParseSliceStreams(std::string_view text);

// Where the bundle lies that holds the reader's entries of an entry tile: "slice/x001/067",
// "slice/000.p/5".
std::string SlicePath(const Tile& entry_tile);
// Exactly what SlicePath writes, or nothing.
std::optional<Tile> ParseSlicePath(std::string_view path);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_SLICE_H_
