// What a node checks before it goes on after any end, orderly or not.
//
// The store is the truth: everything that belongs together was committed together, so nothing has
// to be repaired. What can be wrong is that the file is another one than we think: of another
// party, damaged, or an old copy.
#ifndef CHANCERY_ENGINE_EXCHANGE_RECOVERY_H_
#define CHANCERY_ENGINE_EXCHANGE_RECOVERY_H_

#include <span>

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
// The same for a ledger that had several keys, of which any one is enough.
absl::StatusOr<ledger::CompactRange> CheckHead(store::Store& store,
                                               std::span<const ledger::NoteKey> log_keys);

// Whether the store is this party's under this anchor. Whether the keys are its party's is asked
// apart (handovers.h).
absl::Status CheckIdentity(const store::Store& store, const Anchor& anchor, PartyCode party);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_RECOVERY_H_
