// Entries of the ministry's ledger that come late: proven and without a gap in their stream, but
// with a number behind what was collected from other streams before.
//
// Rulings follow one order, that of the numbers. An honest ministry hands its entries over in it; a
// late one was withheld, which is evidence and no reason to stop for good. What was collected and
// what came late is ruled once more from the beginning, in the order of the numbers. When every
// ruling comes out as it was recorded the late entries are taken, and the matters become what the
// whole history makes of them. When one does not, they are not: with them the ministry's ledger
// contradicts itself.
//
// One such replay costs about 0.1 ms for each act collected so far and memory for the matters, not
// for the acts; all entries that come late together are judged by one.
//
// Threads: a pure function of the store; safe on every one.
#ifndef CHANCERY_ENGINE_EXCHANGE_COLLECT_LATE_H_
#define CHANCERY_ENGINE_EXCHANGE_COLLECT_LATE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/item.h"
#include "engine/base/status.h"
#include "engine/exchange/collect_entry.h"
#include "engine/exchange/outbox_party.h"
#include "engine/exchange/shelf.h"
#include "engine/procedure/replay.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// A late entry with what was found about it when it came.
struct LateEntry {
  ProvenEntry proven;
  std::optional<VerifiedStatement> verified;  // of an entry with a statement
  std::vector<Item> items;
};
// By number.
using LateEntries = std::map<std::uint64_t, LateEntry>;

// How the history looks with the late entries in their places.
struct LateJudgement {
  absl::Status status;  // OK, or why they are not taken: RULING_DIFFERS, DOOR_DIFFERS,
                        // APPOINTMENT_DIFFERS, COLLECT_ORDER
  // The entry whose ruling or time differs, which may be one collected long ago.
  std::uint64_t number = 0;
  Bytes own_ruling;                // this party's ruling on it, when it came to one
  Bytes shown;                     // length and bytes of that entry and its receipt
  procedure::MatterTable matters;  // as the whole history makes them; only when OK
};
// `collected` says whether an entry this party holds a receipt for was collected, too. The store's
// failure when it cannot be read.
absl::StatusOr<LateJudgement> JudgeLate(
    store::Store& store, const StateParty& party, const procedure::ProcedureSet& procedures,
    const CertificateShelf& certificates, const LateEntries& late,
    const std::function<absl::StatusOr<bool>(const codec::Entry&)>& collected);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_COLLECT_LATE_H_
