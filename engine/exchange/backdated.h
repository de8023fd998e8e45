// Back-dating by the keeper of the ministry's ledger, as a state finds it.
//
// A keeper says by its own witness's line on a checkpoint at what time that was its largest tree,
// and an always-on witness cosigns it only at that moment. So an entry outside of it that says it
// was recorded earlier is back-dated, but for the tolerance of ledger::kBackdatingToleranceMs.
//
// The newest such checkpoint is kept as a paper; an entry outside of it that is older is refused
// with BACKDATED, and what convicts the keeper is kept.
//
// Threads: safe on every one.
#ifndef CHANCERY_ENGINE_EXCHANGE_BACKDATED_H_
#define CHANCERY_ENGINE_EXCHANGE_BACKDATED_H_

#include "engine/base/status.h"
#include "engine/exchange/collect_entry.h"
#include "engine/exchange/keeper.h"
#include "engine/ledger/note.h"
#include "engine/store/store.h"

namespace chancery::exchange {

inline constexpr std::string_view kBackdated = "BACKDATED";

// Adds to the rows what a checkpoint of the ministry's ledger says of its time. Nothing when it
// says none, or no later one than is kept.
absl::Status KeepCorroborated(store::Store& store, std::span<const ledger::NoteKey> keeper_witness,
                              ByteView note, store::Commit& rows);

// OK, or BACKDATED: then what convicts the keeper was kept.
absl::Status CheckCorroborated(LedgerKeeper& keeper, const ProvenEntry& proven);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_BACKDATED_H_
