// The anchor as the engine uses it: asked which party of it a store belongs to.
#ifndef CHANCERY_ENGINE_EXCHANGE_ANCHOR_H_
#define CHANCERY_ENGINE_EXCHANGE_ANCHOR_H_

#include "engine/base/status.h"
#include "engine/codec/statement.h"
#include "engine/ledger/anchor.h"
#include "engine/store/store.h"

namespace chancery::exchange {

using ledger::Anchor;

inline bool IsRehearsal(const Anchor& anchor) { return anchor.rehearsal; }
codec::Realm RealmOfStatements(const Anchor& anchor);

// Whose store a program opens: FailedPrecondition when the anchor has no log of that party.
absl::StatusOr<store::StoreIdentity> StoreIdentityOf(const Anchor& anchor, PartyCode party);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_ANCHOR_H_
