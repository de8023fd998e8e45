#include "engine/exchange/backdated.h"

#include <optional>
#include <string>

#include "engine/exchange/convictions.h"
#include "engine/exchange/row_names.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/witness.h"

namespace chancery::exchange {

absl::Status KeepCorroborated(store::Store& store, std::span<const ledger::NoteKey> keeper_witness,
                              ByteView note, store::Commit& rows) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note parsed, ledger::ParseNote(note));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                            ledger::ParseCheckpoint(parsed.text));
  const std::int64_t said = ledger::TimeTold(keeper_witness, parsed);
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t known, store.ReadCursor(kCorroboratedTimeCursor));
  if (said <= known) return absl::OkStatus();
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            store.FindPaper(kCorroboratedPaper, kLatest));
  rows.papers.push_back({std::string(kCorroboratedPaper), std::string(kLatest),
                         paper ? paper->version : 0, false, 0, Bytes(note)});
  rows.cursors.push_back(
      {std::string(kCorroboratedSizeCursor), static_cast<std::int64_t>(checkpoint.tree.size)});
  rows.cursors.push_back({std::string(kCorroboratedTimeCursor), said});
  return absl::OkStatus();
}

absl::Status CheckCorroborated(LedgerKeeper& keeper, const ProvenEntry& proven) {
  store::Store& store = keeper.store();
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t size, store.ReadCursor(kCorroboratedSizeCursor));
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t said, store.ReadCursor(kCorroboratedTimeCursor));
  if (static_cast<std::int64_t>(proven.number) < size ||
      proven.entry.recorded_at.ms + ledger::kBackdatingToleranceMs >= said * kMsPerSecond)
    return absl::OkStatus();
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            store.FindPaper(kCorroboratedPaper, kLatest));
  if (paper) {
    store::Commit rows;
    CHANCERY_RETURN_IF_ERROR(KeepConviction(
        store,
        {ledger::ConvictionKind::kBackdated, paper->bytes, proven.receipt, {}, {}, proven.bytes},
        rows));
    if (!rows.papers.empty()) CHANCERY_RETURN_IF_ERROR(keeper.Apply(rows));
  }
  return WithReason(
      PermissionDenied("entry " + std::to_string(proven.number) + " says it was recorded at " +
                       ToText(proven.entry.recorded_at) +
                       ", and it stands outside of the checkpoint of " + std::to_string(size) +
                       " entries that was the ministry's largest at " +
                       ToText(Instant{said * kMsPerSecond})),
      kBackdated);
}

}  // namespace chancery::exchange
