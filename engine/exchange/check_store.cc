#include "engine/exchange/check_store.h"

#include "engine/exchange/check_book.h"
#include "engine/exchange/check_rows.h"
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
  const absl::Status head = CheckHead(store, parts.log_key).status();
  CHANCERY_RETURN_IF_ERROR(tell("head", head));
  if (head.ok()) {
    CHANCERY_ASSIGN_OR_RETURN(const store::Head stored, store.ReadHead());
    if (stored.tree.size > 0) {
      const std::vector<ledger::NoteKey> own = {parts.log_key};
      CHANCERY_RETURN_IF_ERROR(
          tell("head", CheckKeptNote(stored.checkpoint, store.identity().origin, own).status()));
    }
  }
  BookCheck book(store, parts, report);
  CHANCERY_RETURN_IF_ERROR(tell("file", book.Run()));
  RowCheck rows(store, parts, book, report);
  CHANCERY_RETURN_IF_ERROR(tell("file", rows.Run()));
  return report;
}

}  // namespace chancery::exchange
