// The rows of acts that two real stores hold, committed again into new ones: what the disk costs.
#ifndef CHANCERY_BENCH_LOAD_ROWS_H_
#define CHANCERY_BENCH_LOAD_ROWS_H_

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/codec/statement.h"
#include "engine/ledger/note.h"
#include "engine/store/store.h"

namespace chancery::bench {

// One application with everything both sides keep of it.
struct ActRows {
  codec::Statement statement;
  Bytes statement_bytes;
  Bytes seal;
  Instant recorded_at;

  store::StoredEntry entry;  // the ministry's
  store::StatementRow of_act;
  store::MatterRow matter;
  std::vector<store::ParticularsRow> particulars;
  std::optional<Bytes> key;

  // Of the state; without what only the ministry keeps.
  store::StoredEntry sealed;
  store::StoredEntry received;
  store::StatementRow of_sealed;
  store::StatementRow of_received;
  store::MatterRow collected;
  std::vector<store::ParticularsRow> own_particulars;
  std::optional<Bytes> own_key;
  store::NewDelivery delivery;
  std::vector<store::Paper> papers;  // first written with the sealed entry
  store::Paper shown;                // the entry and its receipt, as the ministry showed them
};

// The newest applications of the state that it has collected, at most `most`. DataLoss when one
// store lacks what belongs to an act of the other.
absl::StatusOr<std::vector<ActRows>> ReadActs(store::Store& ministry, store::Store& state,
                                              PartyCode author, std::size_t most);

// Microseconds of processor time an act, committed in groups of `group`: at the ministry in one
// commit, at the state in three (sealed, received, collected). New stores are made in `folder`.
struct RowsCost {
  double ministry = 0;
  double state = 0;
};
absl::StatusOr<RowsCost> CommitAgain(const std::vector<ActRows>& acts, std::size_t group,
                                     const std::filesystem::path& folder,
                                     const store::StoreIdentity& ministry,
                                     const ledger::NoteSigner& ministry_key,
                                     const store::StoreIdentity& state,
                                     const ledger::NoteSigner& state_key);

}  // namespace chancery::bench

#endif  // CHANCERY_BENCH_LOAD_ROWS_H_
