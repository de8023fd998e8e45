#include "engine/exchange/rewrap.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/exchange/draft_paper.h"
#include "engine/exchange/particulars.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 1000;

absl::Status RewrapDrafts(store::Store& store, const ParticularsVault& vault,
                          const crypto::KeyEncryptionKey& next, store::Commit& commit) {
  std::string after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Paper> page,
                              store.ListPapers(kDraftPaper, std::nullopt, after, kPage));
    if (page.empty()) return absl::OkStatus();
    for (const store::Paper& paper : page) {
      after = paper.id;
      CHANCERY_ASSIGN_OR_RETURN(Bytes bytes, vault.RewrapPaper(paper.bytes, next));
      commit.papers.push_back(
          {paper.kind, paper.id, paper.version, false, paper.state, std::move(bytes)});
    }
  }
}

}  // namespace

absl::StatusOr<bool> Opens(store::Store& store, const crypto::KeyEncryptionKey& key) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::WrappedKeyRow> rows,
                            store.ListWrappedKeys(std::nullopt, 1));
  if (!rows.empty()) return key.Unwrap(rows.front().wrapped).ok();
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Paper> drafts,
                            store.ListPapers(kDraftPaper, std::nullopt, "", 1));
  if (drafts.empty()) return true;
  constexpr std::size_t kWrappedKeySize = 40;
  return key.Unwrap(ByteView(drafts.front().bytes).substr(0, kWrappedKeySize)).ok();
}

absl::StatusOr<Rewrapped> Rewrap(store::Store& store, const crypto::KeyEncryptionKey& old_key,
                                 const crypto::KeyEncryptionKey& next, Entropy& entropy) {
  store::Commit commit;
  std::optional<MatterId> after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::WrappedKeyRow> page,
                              store.ListWrappedKeys(after, kPage));
    if (page.empty()) break;
    for (const store::WrappedKeyRow& row : page) {
      after = row.matter;
      CHANCERY_ASSIGN_OR_RETURN(const crypto::DataKey key, old_key.Unwrap(row.wrapped));
      commit.wrapped_keys.push_back({row.matter, next.Wrap(key)});
    }
  }
  const ParticularsVault vault(store, old_key, entropy);
  CHANCERY_RETURN_IF_ERROR(RewrapDrafts(store, vault, next, commit));
  const Rewrapped done{commit.wrapped_keys.size(), commit.papers.size()};
  CHANCERY_RETURN_IF_ERROR(store.Apply(commit));
  return done;
}

}  // namespace chancery::exchange
