// How an officer's draft lies in the store: a paper whose bytes are encrypted (particulars.h),
// because a draft may hold a person's particulars before any act does.
//
// Threads: the functions may be called on any thread.
#ifndef CHANCERY_ENGINE_EXCHANGE_DRAFT_PAPER_H_
#define CHANCERY_ENGINE_EXCHANGE_DRAFT_PAPER_H_

#include <vector>

#include "engine/base/item.h"
#include "engine/base/status.h"
#include "engine/exchange/particulars.h"
#include "engine/exchange/row_names.h"
#include "engine/store/store.h"

namespace chancery::exchange {

struct DraftFields {
  Bytes statement;
  Bytes seal;  // empty before the first
  std::vector<Item> items;
};

// DataLoss when the paper is no draft; PermissionDenied when the key-encryption key is another one.
absl::StatusOr<DraftFields> ReadDraftPaper(const ParticularsVault& vault,
                                           const store::Paper& paper);
// The bytes of the paper of that id.
absl::StatusOr<Bytes> EncryptDraft(const ParticularsVault& vault, ByteView id,
                                   const DraftFields& fields);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_DRAFT_PAPER_H_
