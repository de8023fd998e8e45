#include "audit/slice_folder.h"

#include <map>
#include <vector>

#include "engine/codec/entry.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/slice.h"

namespace chancery::audit {
namespace {

namespace layout = ledger::evidence;

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

absl::Status Wrong(const std::string& file, const std::string& what) {
  return DataLoss(file + ": " + what);
}

class SliceReader {
 public:
  SliceReader(EvidenceFolder& folder, std::uint64_t size, const ledger::TileFolder::Visit& visit)
      : folder_(folder),
        size_(size),
        visit_(visit),
        tree_([this](const ledger::Tile& tile, ByteView bytes) {
          // Leaf hashes are taken as they are, and the root says whether they are right.
          return tile.level == 0 ? absl::OkStatus()
                                 : ledger::CompareTileFile(folder_.path(), tile, bytes);
        }) {}

  absl::StatusOr<Shown> Read() {
    const std::string name(layout::kStreams);
    CHANCERY_ASSIGN_OR_RETURN(const Bytes text, folder_.Read(name));
    const absl::StatusOr<ledger::SliceStreams> streams = ledger::ParseSliceStreams(text);
    if (!streams.ok()) return DataLoss(Message(streams.status()));
    Shown shown{streams->reader, size_, 0};
    const std::uint64_t bundles = (size_ + ledger::kTileWidth - 1) / ledger::kTileWidth;
    for (std::uint64_t index = 0; index < bundles; ++index)
      CHANCERY_RETURN_IF_ERROR(ReadBundle(index, shown));
    CHANCERY_RETURN_IF_ERROR(tree_.Finish());
    if (positions_ != streams->entries)
      return Wrong(name, "its streams are not as long as those in " + std::string(layout::kSlice));
    return shown;
  }
  Digest Root() const { return tree_.tree().Root(); }

 private:
  absl::Status ReadBundle(std::uint64_t index, Shown& shown) {
    const ledger::Tile tile = *ledger::TileOf(size_, true, 0, index);
    ledger::Tile leaves = tile;
    leaves.entries = false;
    const std::string leaves_name = ledger::TilePath(leaves);
    CHANCERY_ASSIGN_OR_RETURN(const Bytes hashes, ledger::ReadTileFile(folder_.path(), leaves));
    const auto width = static_cast<std::size_t>(tile.width);
    if (hashes.size() != width * Digest::kSize)
      return Wrong(leaves_name, "not " + std::to_string(width) + " hashes");

    const std::string name = ledger::SlicePath(tile);
    std::vector<Bytes> entries(width);
    if (folder_.Has(name)) {
      const absl::StatusOr<Bytes> bundle = folder_.Peek(name, ledger::kMaxBundleBytes);
      if (absl::IsUnavailable(bundle.status())) return bundle.status();
      absl::StatusOr<std::vector<Bytes>> decoded =
          bundle.ok() ? ledger::DecodeBundle(*bundle, tile.width)
                      : absl::StatusOr<std::vector<Bytes>>(bundle.status());
      if (!decoded.ok()) return Wrong(name, Message(decoded.status()));
      entries = *std::move(decoded);
    }
    for (std::size_t i = 0; i < width; ++i) {
      const std::uint64_t number = index * ledger::kTileWidth + i;
      const Digest leaf_hash =
          *Digest::FromBytes(ByteView(hashes).substr(i * Digest::kSize, Digest::kSize));
      CHANCERY_RETURN_IF_ERROR(tree_.Append(leaf_hash));
      if (entries[i].empty()) {
        ++shown.not_shown;
      } else if (const absl::Status checked = Check(entries[i], leaf_hash); !checked.ok()) {
        return Wrong(name, "entry " + std::to_string(number) + ": " + Message(checked));
      }
      CHANCERY_RETURN_IF_ERROR(visit_(number, entries[i], leaf_hash));
    }
    return absl::OkStatus();
  }

  // That it is the entry of its leaf, and the next of its stream.
  absl::Status Check(ByteView bytes, const Digest& leaf_hash) {
    if (ledger::LeafHash(bytes) != leaf_hash)
      return DataLoss("its bytes are not those whose hash is in the tree");
    CHANCERY_ASSIGN_OR_RETURN(const codec::Entry entry, codec::DecodeEntry(bytes));
    std::uint64_t& next = positions_[entry.stream];
    if (entry.position != next) {
      return DataLoss("position " + std::to_string(entry.position) + " in the stream " +
                      entry.stream + ", where " + std::to_string(next) +
                      " is next: what lies between is withheld");
    }
    ++next;
    return absl::OkStatus();
  }

  EvidenceFolder& folder_;
  const std::uint64_t size_;
  const ledger::TileFolder::Visit& visit_;
  ledger::TileStream tree_;
  std::map<std::string, std::uint64_t> positions_;
};

}  // namespace

std::string ToText(const Shown& shown) {
  if (shown.whole()) return {};
  return "the slice of " + shown.slice_for.ToText() + ", which does not show " +
         std::to_string(shown.not_shown) + " of " + std::to_string(shown.positions) + " entries";
}

absl::StatusOr<Shown> ReadSlice(EvidenceFolder& folder, const ledger::Checkpoint& checkpoint,
                                const ledger::TileFolder::Visit& visit) {
  SliceReader reader(folder, checkpoint.tree.size, visit);
  CHANCERY_ASSIGN_OR_RETURN(const Shown shown, reader.Read());
  if (reader.Root() != checkpoint.tree.root)
    return DataLoss("checkpoint: its root is not that of the leaf hashes");
  return shown;
}

}  // namespace chancery::audit
