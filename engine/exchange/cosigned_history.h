// What the witnesses saw of the own ledger over its history, kept for auditors
// (engine/ledger/cosigned_heads.h).
//
// For each head that is kept a paper of kind "cosigned", named by its size in 20 digits: the line
// of whoever cosigned it first, and the first and the newest line of an always-on witness. A newer
// head takes the place of the last one when the one before that is less than kHeadsEveryMs older,
// so papers grow by four an hour and a head that is left out is soon followed by one that is not.
// Three cursors say how many there are and which are the last two, so that none is lost unseen.
//
// Threads: KeepCosigned by one at a time; the rest on every one.
#ifndef CHANCERY_ENGINE_EXCHANGE_COSIGNED_HISTORY_H_
#define CHANCERY_ENGINE_EXCHANGE_COSIGNED_HISTORY_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/ledger/cosigned_heads.h"
#include "engine/ledger/note.h"
#include "engine/ledger/policy.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// Adds to the rows that a witness cosigned the own head of that size: `line`, verified.
absl::Status KeepCosigned(store::Store& store, std::uint64_t size, std::string_view line,
                          std::span<const ledger::NoteKey> always_on, store::Commit& rows);

// What a paper holds. DataLoss when it is none.
absl::StatusOr<std::vector<ledger::CosignedHead>> ReadCosigned(const store::Paper& paper);

// The kept heads of more than `after` entries, the smallest first: those of at most `limit` sizes.
// Empty when there are no more.
absl::StatusOr<std::vector<ledger::CosignedHead>> CosignedAfter(store::Store& store,
                                                                std::uint64_t after,
                                                                std::size_t limit);

// The file of an export: every kept head of at most `size` entries, with the lines of the policy's
// witnesses. Empty when there is none.
absl::StatusOr<Bytes> CosignedHistory(store::Store& store, const ledger::Policy& policy,
                                      std::uint64_t size);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_COSIGNED_HISTORY_H_
