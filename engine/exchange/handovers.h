// A party's keys over time, as its node uses them: announcements in the ledger, handovers beside
// it, and which keys the node itself may sign with.
//
// An announcement is an admitted `authority_appointed` with new keys and `until`, in the ledger
// that orders the acts. A handover (engine/ledger/handover.h) is made by the node whose keys
// change, at its first start with the new ones, and is kept as a paper. Nodes give each other
// theirs with the checkpoints (Ledger.GetCheckpoint, AddCheckpoint), and hold each against the
// announcement that it names:
//   HANDOVER_NOT_ANNOUNCED  the entry is not an admitted announcement of exactly these keys
//
// Threads: safe on every one.
#ifndef CHANCERY_ENGINE_EXCHANGE_HANDOVERS_H_
#define CHANCERY_ENGINE_EXCHANGE_HANDOVERS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/keeper.h"
#include "engine/ledger/key_book.h"
#include "engine/ledger/note.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// Papers with the handovers taken here, in the order of their ids.
inline constexpr std::string_view kHandoverPaper = "handover";
std::string HandoverPaperId(const ledger::Handover& handover);

inline constexpr std::string_view kHandoverNotAnnounced = "HANDOVER_NOT_ANNOUNCED";

// The anchor's keys and what the handovers kept in this store made of them. DataLoss when one of
// them is no handover that follows those before it.
absl::StatusOr<std::shared_ptr<ledger::KeyBook>> LoadKeyBook(store::Store& store,
                                                             const Anchor& anchor);

// Whether that entry of the ledger that orders the acts announces exactly this: admitted, of that
// party, these keys and that end, which comes after the entry.
absl::Status CheckAnnounced(const ledger::Handover& handover, ByteView entry);

// An entry of the ledger that orders the acts, as this party has it: its own when it is `keeper`,
// else as it was received; empty when it has none.
absl::StatusOr<Bytes> AnnouncingEntry(store::Store& store, PartyCode keeper, std::uint64_t number);

// The ministry: takes a handover of `sender`'s own ledger in and keeps it. The announcement must
// stand in the own ledger.
absl::Status TakeHandover(LedgerKeeper& keeper, ledger::KeyBook& keys, PartyCode sender,
                          ByteView note);

// A state: takes those the ministry gives. They are taken by their signatures, because heads and
// entries may be signed by the new key alone; CheckHandovers holds them against the announcements
// once everything is collected, and nothing is cosigned before.
absl::Status TakeHandovers(LedgerKeeper& keeper, ledger::KeyBook& keys,
                           const std::vector<Bytes>& notes);
absl::Status CheckHandovers(store::Store& store, const ledger::KeyBook& keys);

// With what a node signs.
struct OwnSigners {
  const ledger::NoteSigner& log;
  const ledger::NoteSigner& witness;
  const ledger::NoteSigner* log_before = nullptr;  // the checkpoint key before; may be null
};
// Whether these are the keys of `party` now. Keys that were announced and not yet handed over are
// handed over here, which needs the key before. Gives until when that one signs as well; nothing
// when it does not. FailedPrecondition names the key and the remedy: keys that were never
// announced, were handed over to others, are announced without an end, or whose overlap is over.
absl::StatusOr<std::optional<Instant>> CheckOwnKeys(store::Store& store, ledger::KeyBook& keys,
                                                    const OwnSigners& signers, Instant now);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_HANDOVERS_H_
