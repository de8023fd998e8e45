// Carrying out an erasure: what an admitted act `erasure` destroys, on both sides.
//
// Particulars rest in three places only: encrypted under their matter's data key, together with the
// matter's attachments, as that key wrapped, and in officers' drafts, each under a key of its own.
// The act's entry, the matter it changes and the destruction of all three are ONE commit: a program
// that ends in between leaves either all or nothing. The entry is that side's receipt: at the
// ministry the act's own, at a state the `received` entry of its own ledger.
//
// What the ledgers hold (statements, facts, commitments, the person handle) stays: every seal,
// proof and replay verifies as before, and the commitments cannot be opened or guessed any more,
// because the salts are gone with the particulars.
//
// Threads: the functions run where commits are ordered (a keeper's job).
#ifndef CHANCERY_ENGINE_EXCHANGE_ERASURE_H_
#define CHANCERY_ENGINE_EXCHANGE_ERASURE_H_

#include "engine/base/status.h"
#include "engine/exchange/particulars.h"
#include "engine/procedure/act.h"
#include "engine/procedure/matter.h"
#include "engine/procedure/ruling.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// Whether a recorded act with this ruling destroys its case's particulars.
bool Erases(const procedure::Act& act, const procedure::Ruling& ruling);
// Whether the particulars of a matter were erased: no new ones are kept then. False for none.
bool IsErased(const procedure::Matter* matter);

// FailedPrecondition with PARTICULARS_ERASED: whoever writes an act with particulars for such a
// matter is told before anything is kept.
absl::Status ParticularsErased();
absl::Status CheckNotErased(const procedure::Matter& matter);

// Puts the destruction of everything of that matter into `commit`. Drafts without particulars stay:
// the act that orders the erasure may be one of them.
absl::Status CarryOutErasure(store::Store& store, const ParticularsVault& vault,
                             const MatterId& matter, store::Commit& commit);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_ERASURE_H_
