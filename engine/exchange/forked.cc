#include "engine/exchange/forked.h"

#include <string>

#include "engine/exchange/relied.h"
#include "engine/exchange/row_names.h"

namespace chancery::exchange {

absl::StatusOr<Fork> ForkSeen(store::Store& store) {
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t seen, store.ReadCursor(kForkCursor));
  switch (seen) {
    case static_cast<int>(Fork::kNone):
      return Fork::kNone;
    case static_cast<int>(Fork::kShown):
      return Fork::kShown;
    case static_cast<int>(Fork::kProven):
      return Fork::kProven;
    default:
      return DataLoss("store: what was seen of a fork cannot be read: restore it from a backup");
  }
}

absl::Status CheckNotForked(store::Store& store) {
  CHANCERY_ASSIGN_OR_RETURN(const Fork seen, ForkSeen(store));
  if (seen == Fork::kNone) return absl::OkStatus();
  const std::string ends =
      seen == Fork::kShown ? "until its head extends what was relied on"
                           : "until both sides have settled it; then: chancery-state fork release";
  return WithReason(
      FailedPrecondition("the ministry's ledger has shown two histories and the evidence is kept; "
                         "acts are sealed and wait, nothing is sent or cosigned " +
                         ends),
      kLedgerForked);
}

absl::Status MarkFork(store::Store& store, Fork fork, store::Commit& rows) {
  CHANCERY_ASSIGN_OR_RETURN(const Fork seen, ForkSeen(store));
  if (seen < fork) rows.cursors.push_back({std::string(kForkCursor), static_cast<int>(fork)});
  return absl::OkStatus();
}

void ReleaseFork(store::Commit& rows) {
  rows.cursors.push_back({std::string(kForkCursor), static_cast<int>(Fork::kNone)});
}

}  // namespace chancery::exchange
