#include "engine/exchange/check_store.h"

#include "engine/exchange/check_book.h"
#include "engine/exchange/check_rows.h"
#include "engine/exchange/handovers.h"
#include "engine/exchange/recovery.h"

namespace chancery::exchange {

std::string ToText(const CheckFinding& finding) {
  std::string text = finding.table;
  if (!finding.row.empty()) text += " " + finding.row;
  text += ": " + finding.what;
  if (!finding.remedy.empty()) text += "; " + finding.remedy;
  return text;
}

absl::StatusOr<CheckReport> CheckStore(store::Store& store, const CheckParts& parts) {
  CheckReport report;
  CheckFindings findings(report);
  const auto is_finding = [](const absl::Status& status) {
    return status.code() == absl::StatusCode::kDataLoss ||
           status.code() == absl::StatusCode::kNotFound ||
           status.code() == absl::StatusCode::kInternal ||
           status.code() == absl::StatusCode::kAlreadyExists ||
           status.code() == absl::StatusCode::kInvalidArgument ||
           status.code() == absl::StatusCode::kFailedPrecondition;
  };
  const auto tell = [&](std::string_view table, const absl::Status& status) -> absl::Status {
    if (status.ok() || !is_finding(status)) return status;
    findings.Tell(table, "", ToStd(status.message()));
    return absl::OkStatus();
  };
  // Nothing is read row by row out of a file that is not whole.
  CHANCERY_RETURN_IF_ERROR(tell("file", store.Check()));
  if (!report.whole()) return report;
  // A party's keys follow from the anchor's by what is kept here; when that is wrong it is said
  // once.
  const absl::StatusOr<std::shared_ptr<ledger::KeyBook>> loaded = LoadKeyBook(store, parts.anchor);
  CHANCERY_RETURN_IF_ERROR(tell("paper", loaded.status()));
  const std::shared_ptr<const ledger::KeyBook> keys =
      loaded.ok() ? *loaded : std::make_shared<ledger::KeyBook>(parts.anchor);
  std::vector<ledger::NoteKey> own = keys->Logs(store.identity().party);
  own.push_back(parts.log_key);
  const absl::Status head = CheckHead(store, own).status();
  CHANCERY_RETURN_IF_ERROR(tell("head", head));
  if (head.ok()) {
    CHANCERY_ASSIGN_OR_RETURN(const store::Head stored, store.ReadHead());
    if (stored.tree.size > 0) {
      CHANCERY_RETURN_IF_ERROR(
          tell("head", CheckKeptNote(stored.checkpoint, store.identity().origin, own).status()));
    }
  }
  BookCheck book(store, parts, *keys, report);
  CHANCERY_RETURN_IF_ERROR(tell("file", book.Run()));
  RowCheck rows(store, parts, book, report);
  CHANCERY_RETURN_IF_ERROR(tell("file", rows.Run()));
  return report;
}

}  // namespace chancery::exchange
