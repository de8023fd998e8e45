#include "engine/exchange/slice_export.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/base/check.h"
#include "engine/codec/entry.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/evidence_readme.h"
#include "engine/exchange/relied.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/note.h"
#include "engine/ledger/policy.h"

namespace chancery::exchange {
namespace {

namespace layout = ledger::evidence;

constexpr std::uint64_t kEntriesAtOnce = 256;
constexpr std::uint64_t kLeavesAtOnce = 4096;

}  // namespace

SliceWriter::SliceWriter(const EvidenceParts& parts, PartyCode reader, Bytes note,
                         ledger::Checkpoint checkpoint, std::unique_ptr<FolderWriter> folder)
    : parts_(parts),
      note_(std::move(note)),
      checkpoint_(std::move(checkpoint)),
      folder_(std::move(folder)),
      used_(parts),
      tiles_([this](const ledger::Tile& tile, ByteView bytes) {
        return folder_->Put(ledger::TilePath(tile), bytes);
      }) {
  streams_.reader = reader;
}

absl::StatusOr<std::unique_ptr<SliceWriter>> SliceWriter::Create(
    const EvidenceParts& parts, PartyCode reader, Bytes note, const std::filesystem::path& folder) {
  CHANCERY_CHECK(parts.anchors != nullptr);
  CHANCERY_ASSIGN_OR_RETURN(ledger::Checkpoint checkpoint, ledger::CheckpointIn(note));
  CHANCERY_ASSIGN_OR_RETURN(std::unique_ptr<FolderWriter> writer, FolderWriter::Create(folder));
  return std::unique_ptr<SliceWriter>(
      new SliceWriter(parts, reader, std::move(note), std::move(checkpoint), std::move(writer)));
}

absl::Status SliceWriter::AddLeaves(std::span<const Digest> leaf_hashes) {
  if (leaf_hashes.size() > tree().size - leaves())
    return DataLoss("slice: more leaf hashes than the checkpoint's tree has");
  for (const Digest& leaf_hash : leaf_hashes) {
    CHANCERY_RETURN_IF_ERROR(tiles_.Append(leaf_hash));
    leaf_hashes_.push_back(leaf_hash);
  }
  if (leaves() < tree().size) return absl::OkStatus();
  CHANCERY_RETURN_IF_ERROR(tiles_.Finish());
  if (tiles_.tree().Root() != tree().root)
    return DataLoss("slice: the leaf hashes do not make the root of the cosigned checkpoint");
  return absl::OkStatus();
}

absl::Status SliceWriter::AddEntry(std::uint64_t number, ByteView bytes) {
  CHANCERY_CHECK(leaves() == tree().size);
  const std::string name = "entry " + std::to_string(number);
  if (number >= tree().size || (last_ && number <= *last_))
    return DataLoss("slice: " + name + " is not in its order");
  if (ledger::LeafHash(bytes) != leaf_hashes_[static_cast<std::size_t>(number)])
    return DataLoss("slice: " + name + " is not the entry of its leaf");
  const absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(bytes);
  if (!entry.ok()) return DataLoss(name + ": " + std::string(ToStd(entry.status().message())));
  if (!ledger::IsReadBy(entry->stream, streams_.reader)) {
    return PermissionDenied("slice: " + name + " is not for " + streams_.reader.ToText());
  }
  std::uint64_t& next = streams_.entries[entry->stream];
  if (entry->position != next) {
    return DataLoss("slice: " + name + " has the position " + std::to_string(entry->position) +
                    " in the stream " + entry->stream + ", where " + std::to_string(next) +
                    " is next: what lies between is withheld");
  }
  ++next;
  if (last_ && *last_ / ledger::kTileWidth != number / ledger::kTileWidth)
    CHANCERY_RETURN_IF_ERROR(PutBundle());
  last_ = number;
  bundle_.resize(static_cast<std::size_t>(number % ledger::kTileWidth) + 1);
  bundle_.back() = bytes;
  ++entries_;
  if (const absl::Status added = used_.AddEntry(name, bytes); !added.ok())
    return Annotate(added, name);
  return absl::OkStatus();
}

absl::Status SliceWriter::PutBundle() {
  if (!last_) return absl::OkStatus();
  const ledger::Tile tile = *ledger::TileOf(tree().size, true, 0, *last_ / ledger::kTileWidth);
  bundle_.resize(static_cast<std::size_t>(tile.width));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes encoded, ledger::EncodeBundle(bundle_));
  bundle_.clear();
  return folder_->Put(ledger::SlicePath(tile), encoded);
}

absl::StatusOr<ExportedSlice> SliceWriter::Finish(const SliceTimes& times) {
  CHANCERY_CHECK(leaves() == tree().size);
  CHANCERY_RETURN_IF_ERROR(PutBundle());
  CHANCERY_RETURN_IF_ERROR(used_.PutProcedures(*folder_));
  CHANCERY_RETURN_IF_ERROR(used_.PutTrust(*folder_));
  CHANCERY_RETURN_IF_ERROR(
      folder_->Put(std::string(layout::kStreams), ledger::FormatSliceStreams(streams_)));
  CHANCERY_RETURN_IF_ERROR(folder_->Put(std::string(layout::kPolicy), parts_.policy));
  const auto put = [this](const std::string& path, ByteView bytes) {
    return folder_->Put(path, bytes);
  };
  CHANCERY_ASSIGN_OR_RETURN(const ShownKeys shown,
                            PutHandovers(
                                parts_, [this](std::uint64_t entry) { return entry < tree().size; },
                                std::move(note_), put));
  CHANCERY_RETURN_IF_ERROR(folder_->Put(std::string(layout::kCheckpoint), shown.note));
  CHANCERY_RETURN_IF_ERROR(PutTimes(times, checkpoint_.origin, leaf_hashes_, shown.policy, put));
  CHANCERY_RETURN_IF_ERROR(
      folder_->Put(std::string(layout::kReadme),
                   SliceReadme(checkpoint_, streams_, parts_.anchors->IsRehearsal(),
                               used_.used().without_chain)));
  CHANCERY_RETURN_IF_ERROR(folder_->Finish());
  return ExportedSlice{checkpoint_, streams_, entries_, folder_->files(),
                       std::move(used_.used().without_chain)};
}

absl::StatusOr<ExportedSlice> ExportSlice(store::Store& store, const EvidenceParts& parts,
                                          PartyCode reader, const std::filesystem::path& folder) {
  if (reader == store.identity().party) {
    return InvalidArgument("slice: " + reader.ToText() +
                           " keeps this ledger and has the whole book: evidence export");
  }
  CHANCERY_ASSIGN_OR_RETURN(Bytes note, NewestFinalNote(store, parts.policy, parts.keys.get()));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<SliceWriter> writer,
                            SliceWriter::Create(parts, reader, std::move(note), folder));
  const std::uint64_t size = writer->tree().size;
  for (std::uint64_t first = 0; first < size; first += kLeavesAtOnce) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Digest> leaf_hashes,
                              store.Nodes(0, first, std::min(kLeavesAtOnce, size - first)));
    CHANCERY_RETURN_IF_ERROR(writer->AddLeaves(leaf_hashes));
  }
  for (std::uint64_t first = 0; first < size; first += kEntriesAtOnce) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> page,
                              store.ReadEntries(first, kEntriesAtOnce));
    for (const store::StoredEntry& entry : page) {
      if (entry.number >= size || !ledger::IsReadBy(entry.stream, reader)) continue;
      CHANCERY_RETURN_IF_ERROR(writer->AddEntry(entry.number, entry.bytes));
    }
  }
  CHANCERY_ASSIGN_OR_RETURN(const SliceTimes times, TimesKept(store, size));
  return writer->Finish(times);
}

namespace {

absl::Status Refused(std::string_view reason, std::string_view message) {
  return WithReason(PermissionDenied(message), reason);
}

// That the checkpoint and the one this state has cosigned are of one history.
absl::Status CheckOneHistory(SliceSource& ministry, store::Store& store, const StateParty& party,
                             const ledger::TreeHead& tree) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::WitnessedHead> cosigned,
                            store.FindWitnessed(party.keeper_origin()));
  if (!cosigned || cosigned->tree.size == 0 || tree.size == 0) return absl::OkStatus();
  const bool is_later = tree.size >= cosigned->tree.size;
  const ledger::TreeHead& older = is_later ? cosigned->tree : tree;
  const ledger::TreeHead& newer = is_later ? tree : cosigned->tree;
  bool extends = older == newer;
  if (older.size < newer.size) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Bytes> given,
                              ministry.GetConsistency(older.size, newer.size));
    const std::optional<ledger::ProofHashes> hashes = ledger::ProofHashesFrom(given);
    extends = hashes &&
              ledger::VerifyConsistency(older.size, newer.size, older.root, newer.root, *hashes);
  }
  if (extends) return absl::OkStatus();
  return Refused(kLedgerForked, "slice: the ministry's checkpoint of size " +
                                    std::to_string(tree.size) +
                                    " is of another history than the one of size " +
                                    std::to_string(cosigned->tree.size) + " cosigned here");
}

absl::Status FetchLeaves(SliceSource& ministry, SliceWriter& writer) {
  while (writer.leaves() < writer.tree().size) {
    const std::uint64_t left = writer.tree().size - writer.leaves();
    CHANCERY_ASSIGN_OR_RETURN(
        const std::vector<Bytes> given,
        ministry.GetLeafHashes(writer.leaves(), std::min(kLeavesAtOnce, left)));
    const std::optional<ledger::ProofHashes> hashes = ledger::ProofHashesFrom(given);
    if (!hashes || hashes->empty())
      return DataLoss("slice: the ministry gave no leaf hashes of 32 bytes");
    CHANCERY_RETURN_IF_ERROR(writer.AddLeaves(*hashes));
  }
  return absl::OkStatus();
}

// A call has a deadline, and a long history may need several.
absl::Status FetchEntries(SliceSource& ministry, SliceWriter& writer) {
  std::map<std::string, std::uint64_t> positions;
  for (;;) {
    std::vector<StreamFrom> from;
    for (const auto& [stream, position] : positions) from.push_back({stream, position});
    bool more = false;
    absl::Status refused;
    const absl::Status collected =
        ministry.Collect(from, [&](const GivenBatch& batch) -> absl::Status {
          for (const GivenEntry& given : batch.entries) {
            // What came after the checkpoint is for the next slice.
            if (given.number >= writer.tree().size) continue;
            refused = writer.AddEntry(given.number, given.entry);
            if (!refused.ok()) return refused;
            CHANCERY_ASSIGN_OR_RETURN(const codec::Entry entry, codec::DecodeEntry(given.entry));
            positions[entry.stream] = entry.position + 1;
            more = true;
          }
          return absl::OkStatus();
        });
    if (!refused.ok()) return refused;
    if (collected.ok()) return absl::OkStatus();
    const bool cut = absl::IsDeadlineExceeded(collected) || absl::IsUnavailable(collected);
    if (!cut || !more) return collected;
  }
}

}  // namespace

absl::StatusOr<ExportedSlice> FetchSlice(SliceSource& ministry, store::Store& store,
                                         const StateParty& party, const Anchor& anchor,
                                         EvidenceParts parts, const std::filesystem::path& folder) {
  CHANCERY_ASSIGN_OR_RETURN(SliceSource::Head head, ministry.GetSliceHead());
  const auto named = anchor.policies.find(party.keeper);
  if (named == anchor.policies.end() || crypto::Sha256(head.policy) != named->second) {
    return Refused("POLICY_DIFFERS",
                   "slice: the ministry's policy is not the one whose digest the anchor gives");
  }
  CHANCERY_ASSIGN_OR_RETURN(ledger::Policy policy, ledger::Policy::Parse(head.policy));
  parts.keys = party.keys;
  CHANCERY_ASSIGN_OR_RETURN(policy, party.keys->BringForward(policy));
  const absl::StatusOr<ledger::VerifiedCheckpoint> verified =
      ledger::VerifyFinalCheckpoint(head.checkpoint, policy);
  if (!verified.ok()) return Refused("CHECKPOINT_INVALID", ToStd(verified.status().message()));
  if (verified->checkpoint.origin != party.keeper_origin())
    return Refused("CHECKPOINT_INVALID", "slice: a checkpoint of another ledger");
  CHANCERY_RETURN_IF_ERROR(CheckOneHistory(ministry, store, party, verified->checkpoint.tree));
  parts.policy = std::move(head.policy);
  CHANCERY_ASSIGN_OR_RETURN(Bytes note, CleanNote(*verified));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<SliceWriter> writer,
                            SliceWriter::Create(parts, party.self, std::move(note), folder));
  CHANCERY_RETURN_IF_ERROR(FetchLeaves(ministry, *writer));
  CHANCERY_RETURN_IF_ERROR(FetchEntries(ministry, *writer));
  CHANCERY_ASSIGN_OR_RETURN(const SliceTimes times,
                            FetchTimes(ministry, store, anchor, writer->tree().size));
  return writer->Finish(times);
}

}  // namespace chancery::exchange
