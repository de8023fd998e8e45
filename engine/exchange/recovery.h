// What a node checks before it goes on after any end, orderly or not.
//
// The store is the truth: everything that belongs together was committed together, so nothing has
// to be repaired. What can be wrong is that the file is another one than we think: of another
// party, damaged, or an old copy.
#ifndef CHANCERY_ENGINE_EXCHANGE_RECOVERY_H_
#define CHANCERY_ENGINE_EXCHANGE_RECOVERY_H_

#include "engine/base/status.h"
#include "engine/exchange/anchor.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/note.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// The tree of the store's head, read from its right edge and compared with the checkpoint this
// ledger's key signed for it. DataLoss says what contradicts what; FailedPrecondition when the key
// is not this ledger's.
absl::StatusOr<ledger::CompactRange> CheckHead(store::Store& store, const ledger::NoteKey& log_key);

// Whether the store is this party's under this anchor, and the keys are those the anchor names.
absl::Status CheckIdentity(const store::Store& store, const Anchor& anchor, PartyCode party,
                           const ledger::NoteKey& log_key, const ledger::NoteKey& witness_key);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_RECOVERY_H_
