// A signed head that somebody was shown, held against a book or a slice of the same ledger: what
// convicts the keeper when the head belongs to another history. Two heads of different sizes do not
// contradict each other by themselves; the hashes of the larger tree show that they do.
//
// The folder is not verified beyond what the answer rests on: the signature of its checkpoint and
// the hashes that lead to it. Threads: safe on every one.
#ifndef CHANCERY_AUDIT_CONTRADICT_H_
#define CHANCERY_AUDIT_CONTRADICT_H_

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/ledger/conviction.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/note.h"

namespace chancery::audit {

struct HeldAgainst {
  std::string origin;
  ledger::TreeHead head;  // that was shown
  ledger::TreeHead book;  // the folder's
  // What convicts; nothing when the head belongs to the folder's history.
  std::optional<ledger::Conviction> conviction;
};

// `logs`: the keys of the ledgers. InvalidArgument when a note cannot be read or the two are of
// different ledgers; PermissionDenied when one is not signed by its log; FailedPrecondition when
// the head is larger than the folder's tree, which then cannot tell; DataLoss when the
// folder's hashes do not lead to its checkpoint; NotFound and Unavailable as for opening a folder,
// also for a tile that is missing or that the machine does not give.
absl::StatusOr<HeldAgainst> HoldAgainst(ByteView note, const std::filesystem::path& folder,
                                        std::span<const ledger::NoteKey> logs);

std::string ToText(const HeldAgainst& held);
std::string ToJson(const HeldAgainst& held);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_CONTRADICT_H_
