#include "engine/exchange/relied.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/exchange/collect_received.h"
#include "engine/exchange/row_names.h"
#include "engine/ledger/checkpoint.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 256;

absl::StatusOr<ReliedHead> ReadPaper(std::string_view id, ByteView note, std::uint64_t version) {
  const absl::StatusOr<ledger::Checkpoint> checkpoint = ledger::CheckpointIn(note);
  if (!checkpoint.ok() || NumberedPaperId(checkpoint->tree.size) != id) {
    return DataLoss("the relied head " + std::string(id) +
                    " cannot be read: restore the store from a backup");
  }
  return ReliedHead{checkpoint->tree, Bytes(note), version};
}

// The head of that size in this group or in the store.
absl::StatusOr<std::optional<ReliedHead>> FindIn(store::Store& store, const store::Commit& group,
                                                 std::uint64_t size) {
  const std::string id = NumberedPaperId(size);
  for (const store::PaperChange& change : group.papers) {
    if (change.kind != kReliedPaper || change.id != id) continue;
    CHANCERY_ASSIGN_OR_RETURN(ReliedHead head, ReadPaper(id, change.bytes, 0));
    return std::optional<ReliedHead>(std::move(head));
  }
  return FindRelied(store, size);
}

}  // namespace

absl::Status KeepRelied(store::Store& store, const ReliedHead& head, store::Commit& rows) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<ReliedHead> known,
                            FindIn(store, rows, head.tree.size));
  if (!known) {
    rows.papers.push_back(
        {std::string(kReliedPaper), NumberedPaperId(head.tree.size), 0, false, 0, head.note});
    return absl::OkStatus();
  }
  if (known->tree == head.tree) return absl::OkStatus();
  return WithReason(PermissionDenied("the ministry has signed two heads of size " +
                                     std::to_string(head.tree.size) + " with different roots"),
                    kLedgerForked);
}

absl::StatusOr<std::optional<ReliedHead>> FindRelied(store::Store& store, std::uint64_t size) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            store.FindPaper(kReliedPaper, NumberedPaperId(size)));
  if (!paper) return std::optional<ReliedHead>();
  CHANCERY_ASSIGN_OR_RETURN(ReliedHead head, ReadPaper(paper->id, paper->bytes, paper->version));
  return std::optional<ReliedHead>(std::move(head));
}

absl::StatusOr<std::vector<ReliedHead>> ListRelied(store::Store& store) {
  std::vector<ReliedHead> heads;
  std::string after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Paper> page,
                              store.ListPapers(kReliedPaper, std::nullopt, after, kPage));
    if (page.empty()) return heads;
    for (const store::Paper& paper : page) {
      CHANCERY_ASSIGN_OR_RETURN(ReliedHead head, ReadPaper(paper.id, paper.bytes, paper.version));
      heads.push_back(std::move(head));
    }
    after = page.back().id;
  }
}

void ForgetRelied(const std::vector<ReliedHead>& heads, store::Commit& rows) {
  for (const ReliedHead& head : heads) {
    rows.papers.push_back(
        {std::string(kReliedPaper), NumberedPaperId(head.tree.size), head.version, true, 0, {}});
  }
}

}  // namespace chancery::exchange
