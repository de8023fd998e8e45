// Reading only: what a state's node still does once the ministry's ledger has shown two histories.
//
// Acts are drafted, sealed and kept in the own ledger as ever, and wait in the outbox (design
// section 6); the ministry's ledger is still read. Nothing is sent to that ministry and no head of
// its ledger is cosigned, by no part of the node, also after a restart: a cosignature would lend
// this party's name to one of two histories, and a receipt from either proves nothing.
//
// How it ends depends on what was seen:
//   shown    a head smaller than, or not extending, one that was relied on. A keeper that put back
//            an old copy shows that too, and can mend it: it ends with the first round in which the
//            ministry's head extends everything relied on again.
//   proven   two heads of one size under the ministry's key, or one act at two places. No later
//            head takes that back: it ends when the two sides have settled it and an operator says
//            so (`chancery-state fork release`). The evidence stays for ever.
//
// Threads: safe on every one.
#ifndef CHANCERY_ENGINE_EXCHANGE_FORKED_H_
#define CHANCERY_ENGINE_EXCHANGE_FORKED_H_

#include "engine/base/status.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// Stored: numbers never change.
enum class Fork : int { kNone = 0, kShown = 1, kProven = 2 };

absl::StatusOr<Fork> ForkSeen(store::Store& store);

// OK while the node may send and cosign; else FailedPrecondition with LEDGER_FORKED, which says
// what ends it.
absl::Status CheckNotForked(store::Store& store);

// Adds to the rows that a fork was seen, unless as much is known.
absl::Status MarkFork(store::Store& store, Fork fork, store::Commit& rows);
// Adds to the rows that the node may send and cosign again.
void ReleaseFork(store::Commit& rows);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_FORKED_H_
