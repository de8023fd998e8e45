// Tiles (C2SP tlog-tiles): the ledger as static files that anybody can serve, copy and check.
//
// Everything here is a pure function of the leaves: the same tree gives the same files, byte for
// byte. TileFolder reads such a folder back without trusting it, with memory that does not grow
// with the ledger.
#ifndef CHANCERY_ENGINE_LEDGER_TILES_H_
#define CHANCERY_ENGINE_LEDGER_TILES_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/ledger/merkle/merkle.h"

namespace chancery::ledger {

inline constexpr int kTileHeight = 8;
inline constexpr int kTileWidth = 256;
inline constexpr std::size_t kMaxBundledEntryBytes = 65'535;  // a u16 holds the length
inline constexpr std::size_t kMaxBundleBytes = kTileWidth * (2 + kMaxBundledEntryBytes);

// One file. A hash tile of level l and index n holds the hashes of the subtrees (8 * l, 256 * n +
// i).
struct Tile {
  bool entries = false;  // an entry bundle instead of hashes; its level is 0
  int level = 0;         // 0..63
  std::uint64_t index = 0;
  int width = kTileWidth;  // 1..256; below 256 it is partial

  friend auto operator<=>(const Tile&, const Tile&) = default;
};

// "tile/1/x001/234.p/5", "tile/entries/067".
std::string TilePath(const Tile& tile);
// Exactly what TilePath writes, or nothing.
std::optional<Tile> ParseTilePath(std::string_view path);

// What a folder of tiles holds: also the entries, or the hashes alone (a slice of one reader).
enum class TileKinds : std::uint8_t { kAll = 1, kHashes = 2 };

// Every tile of the tree of `size`, in order: entry bundles, then hashes by level. Stops at the
// first failure.
absl::Status ForEachTile(std::uint64_t size, const std::function<absl::Status(const Tile&)>& visit,
                         TileKinds kinds = TileKinds::kAll);
// Tile number `index` of one level of the tree of `size`, as wide as it is there; nothing when that
// tree has none.
std::optional<Tile> TileOf(std::uint64_t size, bool entries, int level, std::uint64_t index);

// u16 big-endian length and bytes of each entry. InvalidArgument beyond 256 entries or an entry
// above 65,535 bytes.
absl::StatusOr<Bytes> EncodeBundle(const std::vector<Bytes>& entries);
// Exactly `width` entries and nothing behind them.
absl::StatusOr<std::vector<Bytes>> DecodeBundle(ByteView bundle, int width);

// The bytes of one tile file.
absl::StatusOr<Bytes> BuildTile(const Tile& tile, NodeSource& nodes, EntrySource& entries);

// Hands every tile of the tree of `size` to `put` as (path, bytes).
absl::Status WriteTiles(std::uint64_t size, NodeSource& nodes, EntrySource& entries,
                        const std::function<absl::Status(const std::string&, ByteView)>& put);
// The same into a folder, which gets a "tile" sub-folder; files there are replaced.
absl::Status WriteTilesToFolder(std::uint64_t size, NodeSource& nodes, EntrySource& entries,
                                const std::filesystem::path& folder);

// The bytes of one tile's file in a folder: a regular file, no larger than such a tile can be.
// DataLoss names the file.
absl::StatusOr<Bytes> ReadTileFile(const std::filesystem::path& folder, const Tile& tile);

// The hash tiles that leaves make which come by in order: each is handed out when it is full, and
// those of the right edge at the end. Memory is one unfinished tile a level.
class TileStream {
 public:
  using Take = std::function<absl::Status(const Tile& tile, ByteView bytes)>;
  explicit TileStream(Take take);

  // The first failure of `take`; the tree goes on all the same.
  absl::Status Append(const Digest& leaf_hash);
  absl::Status Finish();
  const CompactRange& tree() const { return tree_; }

 private:
  Take take_;
  CompactRange tree_;
  std::vector<SubtreeHash> completed_;
  std::vector<Bytes> pending_;  // by level
};
// Compares a tile with the file of the folder: DataLoss names the file that is missing or other.
absl::Status CompareTileFile(const std::filesystem::path& folder, const Tile& tile, ByteView bytes);

// A folder that should hold the tiles of the tree of `size`, and nothing else under "tile/".
class TileFolder {
 public:
  TileFolder(std::filesystem::path folder, std::uint64_t size, TileKinds kinds = TileKinds::kAll)
      : folder_(std::move(folder)), size_(size), kinds_(kinds) {}

  // Paths relative to the folder, sorted; at most `kMaxNamed` of each, with the whole number beside
  // them.
  static constexpr std::size_t kMaxNamed = 100;
  struct Differences {
    std::vector<std::string> missing;
    std::vector<std::string> surplus;
    std::uint64_t missing_count = 0;
    std::uint64_t surplus_count = 0;

    bool none() const { return missing_count == 0 && surplus_count == 0; }
  };
  absl::StatusOr<Differences> Compare() const;

  // For a folder of all kinds. Reads every entry in order, hands it to `visit` with its number and
  // leaf hash (a failure of `visit` ends the reading with it), computes the whole tree from the
  // entries alone and compares every hash tile byte for byte. DataLoss names the first file that is
  // missing, malformed or wrong. Returns the root, which the caller compares with a checkpoint.
  using Visit =
      std::function<absl::Status(std::uint64_t number, ByteView entry, const Digest& leaf_hash)>;
  absl::StatusOr<Digest> Read(const Visit& visit) const;

 private:
  std::filesystem::path folder_;
  std::uint64_t size_;
  TileKinds kinds_;
};

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_TILES_H_
