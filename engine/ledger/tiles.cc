#include "engine/ledger/tiles.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <system_error>
#include <utility>

namespace chancery::ledger {
namespace {

constexpr std::string_view kTilePrefix = "tile/";
constexpr std::string_view kEntries = "entries";
constexpr std::string_view kPartial = ".p/";
constexpr int kMaxTileLevel = 63;
// Trees stay below 2^62, so that higher levels have no tiles.
constexpr int kHighestUsedLevel = 62 / kTileHeight;

// How many hashes level `level` of the tree of `size` has.
std::uint64_t HashesAt(std::uint64_t size, int level) {
  return level > kHighestUsedLevel ? 0 : size >> (kTileHeight * level);
}

// Whether the tile is one of the tree of `size`.
bool IsTileOf(const Tile& tile, std::uint64_t size) {
  return TileOf(size, tile.entries, tile.level, tile.index) == tile;
}

std::string IndexPath(std::uint64_t index) {
  const auto group = [](std::uint64_t value) {
    const std::string digits = std::to_string(value);
    return std::string(3 - digits.size(), '0') + digits;
  };
  std::string path = group(index % 1000);
  for (index /= 1000; index > 0; index /= 1000) path = "x" + group(index % 1000) + "/" + path;
  return path;
}

std::optional<std::uint64_t> ParseDigits(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

absl::Status ForEachTileOfLevel(bool entries, int level, std::uint64_t hashes,
                                const std::function<absl::Status(const Tile&)>& visit) {
  for (std::uint64_t index = 0; index < hashes / kTileWidth; ++index) {
    CHANCERY_RETURN_IF_ERROR(visit(Tile{entries, level, index, kTileWidth}));
  }
  const int rest = static_cast<int>(hashes % kTileWidth);
  if (rest > 0) CHANCERY_RETURN_IF_ERROR(visit(Tile{entries, level, hashes / kTileWidth, rest}));
  return absl::OkStatus();
}

// A regular file of at most `limit` bytes.
absl::StatusOr<Bytes> ReadWhole(const std::filesystem::path& folder, const std::string& name,
                                std::size_t limit) {
  std::error_code failure;
  const std::filesystem::path path = folder / name;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path, failure))) {
    return DataLoss(name + ": missing");
  }
  const std::uintmax_t size = std::filesystem::file_size(path, failure);
  if (failure || size > limit) return DataLoss(name + ": too large");
  Bytes bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  if (!file || file.peek() != std::ifstream::traits_type::eof())
    return DataLoss(name + ": cannot be read");
  return bytes;
}

}  // namespace

std::string TilePath(const Tile& tile) {
  std::string path(kTilePrefix);
  path += tile.entries ? std::string(kEntries) : std::to_string(tile.level);
  path += "/" + IndexPath(tile.index);
  if (tile.width < kTileWidth) path += std::string(kPartial) + std::to_string(tile.width);
  return path;
}

std::optional<Tile> ParseTilePath(std::string_view path) {
  const std::string_view whole = path;
  if (path.substr(0, kTilePrefix.size()) != kTilePrefix) return std::nullopt;
  path.remove_prefix(kTilePrefix.size());
  Tile tile;
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  if (path.substr(0, slash) == kEntries) {
    tile.entries = true;
  } else {
    const std::optional<std::uint64_t> level = ParseDigits(path.substr(0, slash));
    if (!level || *level > kMaxTileLevel) return std::nullopt;
    tile.level = static_cast<int>(*level);
  }
  path.remove_prefix(slash + 1);
  if (const std::size_t partial = path.find(kPartial); partial != std::string_view::npos) {
    const std::optional<std::uint64_t> width = ParseDigits(path.substr(partial + kPartial.size()));
    if (!width || *width < 1 || *width >= kTileWidth) return std::nullopt;
    tile.width = static_cast<int>(*width);
    path = path.substr(0, partial);
  }
  std::string digits;
  for (const char c : path) {
    if (c != 'x' && c != '/') digits += c;
  }
  const std::optional<std::uint64_t> index = ParseDigits(digits);
  if (!index) return std::nullopt;
  tile.index = *index;
  // Whatever was read loosely above must be the one spelling.
  if (TilePath(tile) != whole) return std::nullopt;
  return tile;
}

absl::Status ForEachTile(std::uint64_t size, const std::function<absl::Status(const Tile&)>& visit,
                         TileKinds kinds) {
  if (kinds == TileKinds::kAll) CHANCERY_RETURN_IF_ERROR(ForEachTileOfLevel(true, 0, size, visit));
  for (int level = 0; level <= kHighestUsedLevel; ++level) {
    CHANCERY_RETURN_IF_ERROR(ForEachTileOfLevel(false, level, HashesAt(size, level), visit));
  }
  return absl::OkStatus();
}

std::optional<Tile> TileOf(std::uint64_t size, bool entries, int level, std::uint64_t index) {
  const std::uint64_t hashes = HashesAt(size, level);
  const std::uint64_t full = hashes / kTileWidth;
  if (index < full) return Tile{entries, level, index, kTileWidth};
  const auto rest = static_cast<int>(hashes % kTileWidth);
  if (index > full || rest == 0) return std::nullopt;
  return Tile{entries, level, index, rest};
}

absl::StatusOr<Bytes> EncodeBundle(const std::vector<Bytes>& entries) {
  if (entries.size() > kTileWidth) return InvalidArgument("entry bundle: more than 256 entries");
  Bytes bundle;
  for (const Bytes& entry : entries) {
    if (entry.size() > kMaxBundledEntryBytes)
      return InvalidArgument("entry bundle: an entry above 65,535 bytes");
    bundle += static_cast<char>(entry.size() >> 8);
    bundle += static_cast<char>(entry.size() & 0xFF);
    bundle += entry;
  }
  return bundle;
}

absl::StatusOr<std::vector<Bytes>> DecodeBundle(ByteView bundle, int width) {
  std::vector<Bytes> entries;
  for (int i = 0; i < width; ++i) {
    if (bundle.size() < 2) return InvalidArgument("entry bundle: ends before its last entry");
    const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(bundle[0]))
                                   << 8 |
                               static_cast<std::size_t>(static_cast<unsigned char>(bundle[1]));
    bundle.remove_prefix(2);
    if (bundle.size() < length) return InvalidArgument("entry bundle: ends inside an entry");
    entries.emplace_back(bundle.substr(0, length));
    bundle.remove_prefix(length);
  }
  if (!bundle.empty()) return InvalidArgument("entry bundle: bytes behind the last entry");
  return entries;
}

absl::StatusOr<Bytes> BuildTile(const Tile& tile, NodeSource& nodes, EntrySource& entries) {
  const std::uint64_t first = tile.index * kTileWidth;
  const auto count = static_cast<std::uint64_t>(tile.width);
  if (tile.entries) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Bytes> bundled, entries.Entries(first, count));
    return EncodeBundle(bundled);
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<Digest> hashes,
                            nodes.Nodes(tile.level * kTileHeight, first, count));
  Bytes bytes;
  bytes.reserve(hashes.size() * Digest::kSize);
  for (const Digest& hash : hashes) bytes += hash.View();
  return bytes;
}

absl::Status WriteTiles(std::uint64_t size, NodeSource& nodes, EntrySource& entries,
                        const std::function<absl::Status(const std::string&, ByteView)>& put) {
  return ForEachTile(size, [&](const Tile& tile) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const Bytes bytes, BuildTile(tile, nodes, entries));
    return put(TilePath(tile), bytes);
  });
}

absl::Status WriteTilesToFolder(std::uint64_t size, NodeSource& nodes, EntrySource& entries,
                                const std::filesystem::path& folder) {
  return WriteTiles(
      size, nodes, entries, [&folder](const std::string& path, ByteView bytes) -> absl::Status {
        const std::filesystem::path file_path = folder / path;
        std::error_code failure;
        std::filesystem::create_directories(file_path.parent_path(), failure);
        if (failure)
          return Unavailable("cannot make the folder of " + path + ": " + failure.message());
        std::ofstream file(file_path, std::ios::binary | std::ios::trunc);
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        file.close();
        if (!file) return Unavailable("cannot write " + path);
        return absl::OkStatus();
      });
}

absl::StatusOr<Bytes> ReadTileFile(const std::filesystem::path& folder, const Tile& tile) {
  const std::size_t largest = tile.entries ? kMaxBundleBytes : kTileWidth * Digest::kSize;
  return ReadWhole(folder, TilePath(tile), largest);
}

TileStream::TileStream(Take take) : take_(std::move(take)), pending_(kHighestUsedLevel + 1) {}

absl::Status TileStream::Append(const Digest& leaf_hash) {
  completed_.clear();
  tree_.Append(leaf_hash, &completed_);
  absl::Status first;
  for (const SubtreeHash& node : completed_) {
    if (node.subtree.level % kTileHeight != 0) continue;
    const int level = node.subtree.level / kTileHeight;
    Bytes& tile = pending_[static_cast<std::size_t>(level)];
    tile += node.hash.View();
    if (tile.size() < kTileWidth * Digest::kSize) continue;
    const absl::Status taken =
        take_({false, level, node.subtree.index / kTileWidth, kTileWidth}, tile);
    tile.clear();
    if (first.ok()) first = taken;
  }
  return first;
}

absl::Status TileStream::Finish() {
  absl::Status first;
  for (int level = 0; level <= kHighestUsedLevel; ++level) {
    Bytes& tile = pending_[static_cast<std::size_t>(level)];
    if (tile.empty()) continue;
    const int width = static_cast<int>(tile.size() / Digest::kSize);
    const absl::Status taken =
        take_({false, level, HashesAt(tree_.size(), level) / kTileWidth, width}, tile);
    tile.clear();
    if (first.ok()) first = taken;
  }
  return first;
}

absl::Status CompareTileFile(const std::filesystem::path& folder, const Tile& tile,
                             ByteView bytes) {
  CHANCERY_ASSIGN_OR_RETURN(const Bytes found, ReadTileFile(folder, tile));
  if (found != bytes) return DataLoss(TilePath(tile) + ": not the hashes of the entries");
  return absl::OkStatus();
}

absl::StatusOr<TileFolder::Differences> TileFolder::Compare() const {
  Differences differences;
  const auto note = [](std::vector<std::string>& names, std::uint64_t& count, std::string name) {
    ++count;
    if (names.size() < kMaxNamed) names.push_back(std::move(name));
  };
  CHANCERY_RETURN_IF_ERROR(ForEachTile(
      size_,
      [&](const Tile& tile) {
        std::error_code failure;
        const std::string path = TilePath(tile);
        if (!std::filesystem::is_regular_file(
                std::filesystem::symlink_status(folder_ / path, failure))) {
          note(differences.missing, differences.missing_count, path);
        }
        return absl::OkStatus();
      },
      kinds_));

  std::error_code failure;
  const std::filesystem::path root = folder_ / "tile";
  if (!std::filesystem::exists(std::filesystem::symlink_status(root, failure))) {
    return differences;  // every tile is missing, or there is none
  }
  std::filesystem::recursive_directory_iterator at(root, failure);
  for (const std::filesystem::recursive_directory_iterator end; !failure && at != end;
       at.increment(failure)) {
    const std::filesystem::file_status kind = at->symlink_status(failure);
    if (failure) break;
    const std::string path = at->path().lexically_relative(folder_).generic_string();
    if (std::filesystem::is_directory(kind)) {
      const bool empty = std::filesystem::is_empty(at->path(), failure);
      if (failure) break;
      if (empty) note(differences.surplus, differences.surplus_count, path);
      continue;
    }
    const std::optional<Tile> tile = ParseTilePath(path);
    if (!std::filesystem::is_regular_file(kind) || !tile || !IsTileOf(*tile, size_) ||
        (tile->entries && kinds_ == TileKinds::kHashes)) {
      note(differences.surplus, differences.surplus_count, path);
    }
  }
  if (failure) return Unavailable("cannot list the tiles: " + failure.message());
  std::sort(differences.missing.begin(), differences.missing.end());
  std::sort(differences.surplus.begin(), differences.surplus.end());
  return differences;
}

absl::StatusOr<Digest> TileFolder::Read(const Visit& visit) const {
  TileStream stream(
      [this](const Tile& tile, ByteView bytes) { return CompareTileFile(folder_, tile, bytes); });
  const absl::Status bundles =
      ForEachTileOfLevel(true, 0, size_, [&](const Tile& tile) -> absl::Status {
        CHANCERY_ASSIGN_OR_RETURN(const Bytes bundle, ReadTileFile(folder_, tile));
        const absl::StatusOr<std::vector<Bytes>> entries = DecodeBundle(bundle, tile.width);
        if (!entries.ok()) {
          return DataLoss(TilePath(tile) + ": " + std::string(ToStd(entries.status().message())));
        }
        for (const Bytes& entry : *entries) {
          const Digest leaf_hash = LeafHash(entry);
          CHANCERY_RETURN_IF_ERROR(visit(stream.tree().size(), entry, leaf_hash));
          CHANCERY_RETURN_IF_ERROR(stream.Append(leaf_hash));
        }
        return absl::OkStatus();
      });
  CHANCERY_RETURN_IF_ERROR(bundles);
  CHANCERY_RETURN_IF_ERROR(stream.Finish());
  return stream.tree().Root();
}

}  // namespace chancery::ledger
