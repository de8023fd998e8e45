// The heads of the ministry's ledger this party has relied on: those under which an entry or a
// receipt was proven and kept.
//
// The ministry might show such a head to this party alone and never again. So each is kept, as the
// note the ministry signed, in the commit that keeps what was proven under it, and every later head
// must extend it, also after a restart. A head is forgotten only when a larger one that extends it
// was cosigned here: the witness's rule lets nothing pass that does not extend the cosigned head,
// and what extends that has every prefix of it for its own prefix. The newest relied head alone
// would not do: until such a proof it may belong to another history than those before it.
//
// Kept in the store as papers of kind "relied", named by the size in 20 digits: two heads of one
// size contradict each other, so there is one for each size.
//
// Threads: safe on every one.
#ifndef CHANCERY_ENGINE_EXCHANGE_RELIED_H_
#define CHANCERY_ENGINE_EXCHANGE_RELIED_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// The ministry's ledger has shown two histories.
inline constexpr std::string_view kLedgerForked = "LEDGER_FORKED";

struct ReliedHead {
  ledger::TreeHead tree;
  Bytes note;  // as the ministry signed it
  std::uint64_t version = 0;
};

// Adds a head whose signature was verified to the rows of a group in the making. PermissionDenied
// with LEDGER_FORKED when another head of that size was relied on.
absl::Status KeepRelied(store::Store& store, const ReliedHead& head, store::Commit& rows);

// The head relied on of that size; nothing when there is none.
absl::StatusOr<std::optional<ReliedHead>> FindRelied(store::Store& store, std::uint64_t size);

// By size, the smallest first.
absl::StatusOr<std::vector<ReliedHead>> ListRelied(store::Store& store);

// Adds to the rows that these are forgotten.
void ForgetRelied(const std::vector<ReliedHead>& heads, store::Commit& rows);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_RELIED_H_
