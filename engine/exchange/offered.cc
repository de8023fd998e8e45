#include "engine/exchange/offered.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "engine/codec/entry.h"
#include "engine/codec/offer.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/row_names.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/receipt.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 64;

}  // namespace

absl::Status KeepSeen(store::Store& store, std::uint64_t size, ByteView note, store::Commit& rows) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Delivery> waiting,
                            store.ListOpenDeliveries(std::nullopt, 0, 1));
  if (waiting.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Paper> kept,
                              store.ListPapers(kSeenPaper, std::nullopt, {}, kPage));
    for (const store::Paper& paper : kept)
      rows.papers.push_back({std::string(kSeenPaper), paper.id, paper.version, true, 0, {}});
    return absl::OkStatus();
  }
  const std::string id = NumberedPaperId(size);
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> kept,
                            store.FindPaper(kSeenPaper, id));
  if (!kept) rows.papers.push_back({std::string(kSeenPaper), id, 0, false, 0, Bytes(note)});
  return absl::OkStatus();
}

absl::StatusOr<Bytes> OfferProofOf(store::Store& store, std::uint64_t number) {
  // A checkpoint covers the entry when its size is larger than the entry's number.
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Paper> seen,
                            store.ListPapers(kSeenPaper, std::nullopt, NumberedPaperId(number), 1));
  if (seen.empty()) return Bytes();
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(seen.front().bytes));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                            ledger::ParseCheckpoint(note.text));
  CHANCERY_ASSIGN_OR_RETURN(const store::StoredEntry stored, store.ReadEntry(number));
  CHANCERY_ASSIGN_OR_RETURN(const codec::Entry entry, codec::DecodeEntry(stored.bytes));
  ledger::Receipt receipt{number, {}, seen.front().bytes};
  CHANCERY_ASSIGN_OR_RETURN(receipt.inclusion_proof,
                            ledger::BuildInclusionProof(store, number, checkpoint.tree.size));
  return codec::FormatOffer(
      {entry.recorded_at, entry.nonce, entry.position, ledger::FormatReceipt(receipt)});
}

}  // namespace chancery::exchange
