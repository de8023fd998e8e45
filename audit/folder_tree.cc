#include "audit/folder_tree.h"

#include <optional>
#include <utility>

namespace chancery::audit {

absl::StatusOr<Digest> FolderNodes::Node(int level, std::uint64_t index) {
  const int tile_level = level / ledger::kTileHeight;
  const int above = level % ledger::kTileHeight;
  const std::uint64_t first = index << above;
  const std::optional<ledger::Tile> found =
      ledger::TileOf(size_, false, tile_level, first / ledger::kTileWidth);
  if (!found) return NotFound("a tree of this size has no such subtree");
  const ledger::Tile& tile = *found;
  const auto known = last_.find(tile_level);
  if (known == last_.end() || known->second.index != tile.index) {
    const std::string name = ledger::TilePath(tile);
    absl::StatusOr<Bytes> bytes = folder_.Peek(name);
    if (!bytes.ok()) return Annotate(bytes.status(), name);
    last_[tile_level] = {tile.index, *std::move(bytes)};
  }
  const Bytes& bytes = last_[tile_level].bytes;
  const std::size_t from = (first % ledger::kTileWidth) * Digest::kSize;
  const std::size_t count = std::size_t{1} << above;
  if (from + count * Digest::kSize > bytes.size())
    return DataLoss(ledger::TilePath(tile) + " is too short");
  ledger::CompactRange range;
  for (std::size_t i = 0; i < count; ++i) {
    range.Append(
        *Digest::FromBytes(ByteView(bytes).substr(from + i * Digest::kSize, Digest::kSize)));
  }
  return range.Root();
}

}  // namespace chancery::audit
