// What this party has been given of the ministry's ledger and has verified: kept for ever, each
// entry once.
//
// An entry reaches a state as the receipt of its own act, or by collecting, or both. The first of
// the two writes a `received` entry into this party's own ledger and keeps the entry with its
// receipt; the second must be about the very same leaf, or the ministry's ledger has shown two
// histories.
#ifndef CHANCERY_ENGINE_EXCHANGE_COLLECT_RECEIVED_H_
#define CHANCERY_ENGINE_EXCHANGE_COLLECT_RECEIVED_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/exchange/collect_entry.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/outbox_party.h"
#include "engine/exchange/row_names.h"
#include "engine/procedure/act.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// The id of a paper about the entry of that number.
std::string NumberedPaperId(std::uint64_t number);

struct ReceivedEntry {
  std::uint64_t number = 0;
  Bytes entry;
  Bytes proof;  // c2sp.org/tlog-proof@v1 text

  friend bool operator==(const ReceivedEntry&, const ReceivedEntry&) = default;
};

// How an entry and its receipt are kept, here and as evidence: length of the entry in decimal and a
// line feed, the entry, the receipt.
Bytes ShownAs(ByteView entry, ByteView proof);
Bytes ShownAs(const ProvenEntry& proven);

// Adds the `received` entry of an act to a group in the making, and marks the act as recorded when
// it is this party's own. Nothing when it was received before as the same leaf; PermissionDenied
// with the reason LEDGER_FORKED when it was another leaf.
absl::Status KeepReceived(store::Store& store, const StateParty& party, const procedure::Act& act,
                          const Digest& digest, const ProvenEntry& proven,
                          LedgerKeeper::Group& group);

// What this party holds that an entry taken for LEDGER_FORKED contradicts: the signed head of the
// same size with another root, else what was received before as that act, with its receipt.
absl::StatusOr<Bytes> HeldAgainst(store::Store& store, const procedure::Act& act,
                                  const ProvenEntry& proven);

// Keeps what a contradiction between such an entry and what this party holds proves to a third
// party: two heads of one size, or two entries under one number. Nothing when it proves neither.
absl::Status KeepProof(LedgerKeeper& keeper, const ProvenEntry& proven);

// The entry of that number as it is kept with its receipt; empty when it was never received.
absl::StatusOr<Bytes> FindShown(store::Store& store, std::uint64_t number);

// In the order of their numbers, those after `after` (nothing: from the first), at most `limit`.
absl::StatusOr<std::vector<ReceivedEntry>> ListReceived(store::Store& store,
                                                        std::optional<std::uint64_t> after,
                                                        std::size_t limit);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_COLLECT_RECEIVED_H_
