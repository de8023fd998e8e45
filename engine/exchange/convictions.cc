#include "engine/exchange/convictions.h"

#include <algorithm>
#include <optional>

#include "engine/crypto/sha256.h"
#include "engine/exchange/row_names.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 64;

}  // namespace

absl::Status KeepConviction(store::Store& store, const ledger::Conviction& conviction,
                            store::Commit& rows) {
  const std::string text = ledger::FormatConviction(conviction);
  const std::string id = crypto::Sha256(text).ToHexText().substr(0, 16);
  const bool here =
      std::any_of(rows.papers.begin(), rows.papers.end(), [&](const store::PaperChange& change) {
        return change.kind == kConvictionPaper && change.id == id;
      });
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> kept,
                            store.FindPaper(kConvictionPaper, id));
  if (!here && !kept) rows.papers.push_back({std::string(kConvictionPaper), id, 0, false, 0, text});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<KeptConviction>> ListConvictions(store::Store& store) {
  std::vector<KeptConviction> kept;
  std::string after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Paper> page,
                              store.ListPapers(kConvictionPaper, std::nullopt, after, kPage));
    if (page.empty()) return kept;
    for (const store::Paper& paper : page) kept.push_back({paper.id, paper.bytes});
    after = page.back().id;
  }
}

}  // namespace chancery::exchange
