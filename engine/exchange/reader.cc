#include "engine/exchange/reader.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/codec/entry.h"
#include "engine/codec/statement.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/slice.h"

namespace chancery::exchange {

absl::StatusOr<CollectedPage> LedgerReader::Collect(PartyCode reader,
                                                    std::map<std::string, std::uint64_t>& positions,
                                                    std::size_t limit) const {
  store::Store& store = keeper_.store();
  const store::Head head = keeper_.head();
  CollectedPage page;
  page.size = head.tree.size;
  page.checkpoint = head.checkpoint;

  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::StreamState> streams, store.ListStreams());
  std::vector<store::StoredEntry> found;
  for (const store::StreamState& stream : streams) {
    if (reader != keeper_.party() && !ledger::IsReadBy(stream.stream, reader)) continue;
    const auto from = positions.find(stream.stream);
    CHANCERY_ASSIGN_OR_RETURN(
        std::vector<store::StoredEntry> entries,
        store.ReadStream(stream.stream, from == positions.end() ? 0 : from->second, limit));
    std::move(entries.begin(), entries.end(), std::back_inserter(found));
  }
  // A stream read later may know entries that the head does not; they come with the next page.
  std::erase_if(found,
                [&](const store::StoredEntry& entry) { return entry.number >= head.tree.size; });
  std::sort(
      found.begin(), found.end(),
      [](const store::StoredEntry& a, const store::StoredEntry& b) { return a.number < b.number; });
  if (found.size() > limit) found.resize(limit);

  ledger::RememberedNodes nodes(store);
  for (store::StoredEntry& entry : found) {
    CollectedEntry collected;
    collected.number = entry.number;
    collected.stream = entry.stream;
    collected.position = entry.position;
    CHANCERY_ASSIGN_OR_RETURN(collected.inclusion_proof,
                              ledger::BuildInclusionProof(nodes, entry.number, head.tree.size));
    if (vault_ != nullptr) {
      CHANCERY_ASSIGN_OR_RETURN(const codec::Entry decoded, codec::DecodeEntry(entry.bytes));
      const auto* act = std::get_if<codec::ActBody>(&decoded.body);
      if (act != nullptr) {
        CHANCERY_ASSIGN_OR_RETURN(const codec::Statement statement,
                                  codec::DecodeStatement(act->statement));
        if (statement.act.commitment && statement.act.addressee == reader) {
          CHANCERY_ASSIGN_OR_RETURN(
              collected.particulars,
              vault_->Decrypt(statement.act, crypto::Sha256(act->statement), reader));
        }
      }
    }
    collected.entry = std::move(entry.bytes);
    positions[collected.stream] = collected.position + 1;
    page.entries.push_back(std::move(collected));
  }
  return page;
}

absl::StatusOr<Bytes> LedgerReader::Checkpoint() const {
  return CheckpointAt(keeper_.head().tree.size);
}

absl::StatusOr<Bytes> LedgerReader::CheckpointAt(std::uint64_t size) const {
  CHANCERY_ASSIGN_OR_RETURN(const Bytes note, keeper_.CheckpointOf(size));
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::CosignatureRow> rows,
                            keeper_.store().ListCosignatures(size));
  std::vector<Bytes> lines;
  for (const store::CosignatureRow& row : rows) lines.push_back(row.line);
  return ledger::AddSignatureLines(note, lines);
}

absl::StatusOr<ledger::ProofHashes> LedgerReader::Consistency(std::uint64_t old_size,
                                                              std::uint64_t new_size) const {
  if (new_size > keeper_.head().tree.size)
    return InvalidArgument("ledger: it is not that large yet");
  return ledger::BuildConsistencyProof(keeper_.store(), old_size, new_size);
}

absl::StatusOr<ledger::ProofHashes> LedgerReader::Inclusion(std::uint64_t number,
                                                            std::uint64_t size) const {
  if (size > keeper_.head().tree.size) return InvalidArgument("ledger: it is not that large yet");
  return ledger::BuildInclusionProof(keeper_.store(), number, size);
}

absl::StatusOr<std::vector<Digest>> LedgerReader::LeafHashes(std::uint64_t first,
                                                             std::uint64_t count) const {
  const std::uint64_t size = keeper_.head().tree.size;
  if (first >= size || count == 0) return InvalidArgument("ledger: no such entries yet");
  return keeper_.store().Nodes(0, first, std::min({count, size - first, kMostLeafHashes}));
}

}  // namespace chancery::exchange
