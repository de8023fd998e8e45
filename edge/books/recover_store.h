// The command `recover` of both parties' programs: a store that went back in time, brought forward
// from folders of evidence (engine/exchange/recover.h).
//
// All work is done on a copy beside the store. Only when the copy holds the cosigned tree, and the
// long check (check_store.h) finds nothing but particulars missing, does it take the store's place,
// in one step; the store as it was stays beside it as STORE.before-recovery. Ended at any point,
// the store is either the old one or the recovered one, and the command can be given again.
//
// Threads: one caller; the server or daemon does not run.
#ifndef CHANCERY_EDGE_BOOKS_RECOVER_STORE_H_
#define CHANCERY_EDGE_BOOKS_RECOVER_STORE_H_

#include <filesystem>
#include <string>
#include <vector>

#include "edge/output.h"
#include "engine/base/party.h"
#include "engine/base/status.h"

namespace chancery::edge {

// What the party's configuration names.
struct RecoveredBook {
  PartyCode party;
  PartyCode keeper;  // whose ledger orders the acts
  std::filesystem::path anchor;
  std::filesystem::path store;
  std::filesystem::path trust;
  std::filesystem::path procedures;  // may be empty
  std::filesystem::path checkpoint_key;
  std::filesystem::path encryption_key;
};
// Exit code 6 when particulars are missing afterwards. What Recover says; FailedPrecondition when
// the program runs, or a store that was kept aside is still there; DataLoss when the recovered copy
// is not whole. After an error the store is as it was.
absl::StatusOr<Shown> RecoverStore(const RecoveredBook& book,
                                   const std::vector<std::string>& folders);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_BOOKS_RECOVER_STORE_H_
