// One reader's slice as a folder: the reader's entries, and the hashes of all the rest, one
// position after another.
//
// Reading computes the tree again and stops at the first file that contradicts it, as reading a
// whole book does. It does not ask who made the folder: only VerifyEvidence with an anchor says
// whether it may be believed.
#ifndef CHANCERY_AUDIT_SLICE_FOLDER_H_
#define CHANCERY_AUDIT_SLICE_FOLDER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "audit/evidence_folder.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/tiles.h"

namespace chancery::audit {

// How much of a ledger a folder shows.
struct Shown {
  PartyCode slice_for;          // whose slice it is; nobody when it is the whole book
  std::uint64_t positions = 0;  // of the ledger
  std::uint64_t not_shown = 0;  // of these: entries of others, by their leaf hash alone

  bool whole() const { return slice_for.IsNone(); }
  // Whether every entry that this party may read is shown.
  bool ShowsAllFor(PartyCode party) const { return whole() || slice_for == party; }

  friend bool operator==(const Shown&, const Shown&) = default;
};
// "the slice of GRC, which does not show 7 of 20 entries"; empty for a whole book.
std::string ToText(const Shown& shown);
// The same as data, in the caller's own library; nothing is added for a whole book.
template <class Json>
void AddTo(Json& json, const Shown& shown) {
  if (shown.whole()) return;
  json["slice_for"] = shown.slice_for.ToText();
  json["positions"] = shown.positions;
  json["not_shown"] = shown.not_shown;
}

// The reason of what cannot be told because a slice does not show it.
inline constexpr std::string_view kNotShown = "NOT_SHOWN";

// Hands every position to `visit` in order, with no bytes where the entry is another's. DataLoss,
// naming the file and the entry, for a folder that contradicts itself: an entry that is not that of
// its leaf, a stream with a gap or of another length than `streams` says, another root than the
// checkpoint's. Unavailable when the machine does not give a file.
absl::StatusOr<Shown> ReadSlice(EvidenceFolder& folder, const ledger::Checkpoint& checkpoint,
                                const ledger::TileFolder::Visit& visit);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_SLICE_FOLDER_H_
