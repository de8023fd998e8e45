// What convicts the keeper of another ledger by its own signatures, kept as the text that anybody
// can judge (engine/ledger/conviction.h), for ever and each once.
//
// Kept as papers of kind "conviction", named by the first 16 hex digits of SHA-256 of the text,
// beside the evidence it was made from.
//
// Threads: safe on every one.
#ifndef CHANCERY_ENGINE_EXCHANGE_CONVICTIONS_H_
#define CHANCERY_ENGINE_EXCHANGE_CONVICTIONS_H_

#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/ledger/conviction.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// Adds it to the rows unless it is kept already.
absl::Status KeepConviction(store::Store& store, const ledger::Conviction& conviction,
                            store::Commit& rows);

struct KeptConviction {
  std::string id;
  std::string text;
};
// In order of their ids.
absl::StatusOr<std::vector<KeptConviction>> ListConvictions(store::Store& store);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_CONVICTIONS_H_
