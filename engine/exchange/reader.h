// Reading a ledger: what a party may see of it, with the proofs that it stands there.
//
// A reader sees the streams that name it; the keeper sees all. Entries come in the order of their
// numbers and never beyond the head whose checkpoint goes with them.
//
// Threads: a value of constant parts; every method may be called on any thread.
#ifndef CHANCERY_ENGINE_EXCHANGE_READER_H_
#define CHANCERY_ENGINE_EXCHANGE_READER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/item.h"
#include "engine/base/status.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/particulars.h"
#include "engine/ledger/merkle/merkle.h"

namespace chancery::exchange {

struct CollectedEntry {
  std::uint64_t number = 0;
  Bytes entry;
  std::string stream;
  std::uint64_t position = 0;
  ledger::ProofHashes inclusion_proof;
  std::vector<Item> particulars;  // when its act carries some that this reader is addressed with
};
struct CollectedPage {
  std::vector<CollectedEntry> entries;
  std::uint64_t size = 0;  // of the tree the inclusion proofs lead to
  Bytes checkpoint;        // its signed note
};

class LedgerReader {
 public:
  LedgerReader(LedgerKeeper& keeper, const ParticularsVault* vault)
      : keeper_(keeper), vault_(vault) {}

  // The next entries for `reader` from these positions on, which are moved behind what is returned.
  // Streams not named begin at 0. Empty when there is nothing new.
  absl::StatusOr<CollectedPage> Collect(PartyCode reader,
                                        std::map<std::string, std::uint64_t>& positions,
                                        std::size_t limit) const;

  // The head's note with the cosignatures known of it.
  absl::StatusOr<Bytes> Checkpoint() const;
  // The note of an earlier size with its cosignatures.
  absl::StatusOr<Bytes> CheckpointAt(std::uint64_t size) const;
  // InvalidArgument for sizes beyond the head or in the wrong order.
  absl::StatusOr<ledger::ProofHashes> Consistency(std::uint64_t old_size,
                                                  std::uint64_t new_size) const;
  absl::StatusOr<ledger::ProofHashes> Inclusion(std::uint64_t number, std::uint64_t size) const;
  // The leaf hashes of entries, whoever may read these, as many as there are up to `count` and
  // kMostLeafHashes. InvalidArgument from the head's size on.
  static constexpr std::uint64_t kMostLeafHashes = 4096;
  absl::StatusOr<std::vector<Digest>> LeafHashes(std::uint64_t first, std::uint64_t count) const;

 private:
  LedgerKeeper& keeper_;
  const ParticularsVault* vault_;  // null: without particulars
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_READER_H_
