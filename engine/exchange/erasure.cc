#include "engine/exchange/erasure.h"

#include <string>
#include <vector>

#include "engine/codec/statement.h"
#include "engine/exchange/attachments.h"
#include "engine/exchange/draft_paper.h"
#include "engine/exchange/reasons.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 200;

}  // namespace

bool Erases(const procedure::Act& act, const procedure::Ruling& ruling) {
  return act.kind == procedure::ActKind::kErasure && ruling.admitted();
}

bool IsErased(const procedure::Matter* matter) {
  return matter != nullptr && matter->facts.Has(procedure::Fact::kErased);
}

absl::Status CheckNotErased(const procedure::Matter& matter) {
  return IsErased(&matter) ? ParticularsErased() : absl::OkStatus();
}

absl::Status ParticularsErased() {
  return WithReason(
      FailedPrecondition("particulars: those of this case were erased; leave them out, or open a "
                         "new case for the person"),
      reason::kParticularsErased);
}

absl::Status CarryOutErasure(store::Store& store, const ParticularsVault& vault,
                             const MatterId& matter, store::Commit& commit) {
  commit.erasures.push_back(matter);
  CHANCERY_RETURN_IF_ERROR(ForgetAttachments(store, matter, commit));
  std::string after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Paper> page,
                              store.ListPapers(kDraftPaper, std::nullopt, after, kPage));
    if (page.empty()) return absl::OkStatus();
    for (const store::Paper& paper : page) {
      after = paper.id;
      CHANCERY_ASSIGN_OR_RETURN(const DraftFields draft, ReadDraftPaper(vault, paper));
      if (draft.items.empty()) continue;
      CHANCERY_ASSIGN_OR_RETURN(const codec::Statement statement,
                                codec::DecodeStatement(draft.statement));
      if (statement.act.matter != matter) continue;
      commit.papers.push_back({std::string(kDraftPaper), paper.id, paper.version, true, 0, {}});
    }
  }
}

}  // namespace chancery::exchange
