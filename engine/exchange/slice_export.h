// Writing one reader's slice of the ministry's ledger as a folder of evidence
// (engine/ledger/slice.h): the reader's own entries, the cooperation's, the leaf hashes of the
// rest, and what bounds their times (slice_times.h).
//
// The ministry writes it from its store; a state writes the same bytes from what the ministry gives
// it over the wire. Under one checkpoint both are equal, byte for byte, so that neither has to be
// believed; only cosigned-heads of a state may hold more, which the state was shown.
#ifndef CHANCERY_ENGINE_EXCHANGE_SLICE_EXPORT_H_
#define CHANCERY_ENGINE_EXCHANGE_SLICE_EXPORT_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/exchange/evidence_export.h"
#include "engine/exchange/evidence_used.h"
#include "engine/exchange/folder_writer.h"
#include "engine/exchange/outbox_party.h"
#include "engine/exchange/slice_times.h"
#include "engine/exchange/transport.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/slice.h"
#include "engine/store/store.h"

namespace chancery::exchange {

struct ExportedSlice {
  ledger::Checkpoint checkpoint;
  ledger::SliceStreams streams;
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
  std::vector<std::string> without_chain;  // as of an exported book
};

// Used by one thread: first every leaf hash in order, then the reader's entries in order.
class SliceWriter {
 public:
  // `note` is a checkpoint that satisfies `parts.policy`; `parts` must outlive the writer.
  static absl::StatusOr<std::unique_ptr<SliceWriter>> Create(const EvidenceParts& parts,
                                                             PartyCode reader, Bytes note,
                                                             const std::filesystem::path& folder);

  const ledger::TreeHead& tree() const { return checkpoint_.tree; }
  std::uint64_t leaves() const { return leaf_hashes_.size(); }
  // DataLoss when the whole of them does not make the checkpoint's root.
  absl::Status AddLeaves(std::span<const Digest> leaf_hashes);
  // DataLoss when it is not the entry of that leaf, cannot be read, or leaves a gap in its stream;
  // PermissionDenied when this reader may not read it.
  absl::Status AddEntry(std::uint64_t number, ByteView bytes);
  // DataLoss as PutTimes.
  absl::StatusOr<ExportedSlice> Finish(const SliceTimes& times);

 private:
  SliceWriter(const EvidenceParts& parts, PartyCode reader, Bytes note,
              ledger::Checkpoint checkpoint, std::unique_ptr<FolderWriter> folder);
  absl::Status PutBundle();

  const EvidenceParts& parts_;
  Bytes note_;
  const ledger::Checkpoint checkpoint_;
  std::unique_ptr<FolderWriter> folder_;
  EvidenceCollector used_;
  ledger::TileStream tiles_;
  std::vector<Digest> leaf_hashes_;
  ledger::SliceStreams streams_;
  std::uint64_t entries_ = 0;
  std::optional<std::uint64_t> last_;  // number of the last entry
  std::vector<Bytes> bundle_;          // of the tile that entry is in
};

// The ministry's slice for a reader, under its newest cosigned checkpoint. InvalidArgument for the
// keeper itself, who has the whole book; else as ExportEvidence. `parts.made_for` and
// `parts.receipts` are not used.
absl::StatusOr<ExportedSlice> ExportSlice(store::Store& store, const EvidenceParts& parts,
                                          PartyCode reader, const std::filesystem::path& folder);

// The calls of the ministry's ledger that a slice is made of. Nothing that comes is believed.
class SliceSource : public TimesSource {
 public:
  // The policy the ministry's ledger is read with, and its newest checkpoint with the quorum.
  struct Head {
    Bytes policy;
    Bytes checkpoint;
  };
  virtual absl::StatusOr<Head> GetSliceHead() = 0;
  // At most `count` leaf hashes from `first` on, at least one.
  virtual absl::StatusOr<std::vector<Bytes>> GetLeafHashes(std::uint64_t first,
                                                           std::uint64_t count) = 0;
  // As those of Transport.
  virtual absl::Status Collect(const std::vector<StreamFrom>& from,
                               const std::function<absl::Status(const GivenBatch&)>& take) = 0;
  virtual absl::StatusOr<std::vector<Bytes>> GetConsistency(std::uint64_t old_size,
                                                            std::uint64_t new_size) = 0;
};

// A state's own slice, fetched anew. The policy must be the one whose digest the anchor gives; the
// checkpoint must satisfy it and go on from, or lead to, the one this state has cosigned; the leaf
// hashes must make its root, every entry must be that of its leaf, and what says when must be of
// that tree. PermissionDenied with a reason, or DataLoss, when the ministry gives something else.
// `parts.policy`, `parts.made_for` and `parts.receipts` are not used.
absl::StatusOr<ExportedSlice> FetchSlice(SliceSource& ministry, store::Store& store,
                                         const StateParty& party, const Anchor& anchor,
                                         EvidenceParts parts, const std::filesystem::path& folder);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_SLICE_EXPORT_H_
