#include "engine/ledger/tiles.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/ledger/fixtures.h"

namespace chancery::ledger {
namespace {

namespace fs = std::filesystem;
using absl::StatusCode;

std::map<std::string, Bytes> TilesOf(MemoryTree& tree, std::uint64_t size) {
  std::map<std::string, Bytes> files;
  const absl::Status status =
      WriteTiles(size, tree, tree, [&files](const std::string& path, ByteView bytes) {
        EXPECT_TRUE(files.emplace(path, Bytes(bytes)).second) << path;
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  return files;
}

MemoryTree Numbered(std::uint64_t size) {
  MemoryTree tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.Add("entry " + std::to_string(i));
  return tree;
}

// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "tilesXXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }
  void Write(const std::string& name, const Bytes& bytes) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }

 private:
  fs::path path_;
};

absl::Status Ignore(std::uint64_t, ByteView, const Digest&) { return absl::OkStatus(); }

// C2SP tlog-tiles: the path of a tile; known answers of ledger formats section 5.
TEST(Tiles, PathsAreTheKnownOnes) {
  const std::vector<std::pair<Tile, const char*>> known = {
      {{false, 0, 67, 256}, "tile/0/067"},
      {{false, 1, 1067, 256}, "tile/1/x001/067"},
      {{false, 0, 1234067, 256}, "tile/0/x001/x234/067"},
      {{false, 63, 0, 1}, "tile/63/000.p/1"},
      {{false, 0, 273, 112}, "tile/0/273.p/112"},
      {{true, 0, 1234067, 255}, "tile/entries/x001/x234/067.p/255"},
      {{true, 0, 1000, 256}, "tile/entries/x001/000"}};
  for (const auto& [tile, path] : known) {
    EXPECT_EQ(TilePath(tile), path);
    EXPECT_EQ(ParseTilePath(path), tile);
  }
}

// C2SP tlog-tiles: one spelling only.
TEST(Tiles, OtherSpellingsAreNoPaths) {
  for (const char* path : {"tile/0/67",
                           "tile/00/067",
                           "tile/64/067",
                           "tile/-1/067",
                           "tile/0/x067/067x",
                           "tile/0/001/067",
                           "tile/0/x000/067",
                           "tile/0/067.p/0",
                           "tile/0/067.p/256",
                           "tile/0/067.p/01",
                           "tile/0/067.p/",
                           "tile/0/067.p",
                           "tile/0/067/",
                           "tile/0/",
                           "tile/entries",
                           "entries/067",
                           "/tile/0/067",
                           "tile/8/0/067",
                           "tile/0/0067",
                           "tile/0/x01/067",
                           "",
                           "tile/0/x1/x1/1",
                           "tile/0/999999999999999999999",
                           "tile/0/067.p/1.p/1"}) {
    EXPECT_EQ(ParseTilePath(path), std::nullopt) << path;
  }
}

// Ledger formats section 5: which tiles a tree of 70,000 has, and one of 256.
TEST(Tiles, ATreeOfSeventyThousandHasTheKnownTiles) {
  std::map<std::pair<bool, int>, std::vector<Tile>> tiles;
  ASSERT_TRUE(ForEachTile(70'000, [&tiles](const Tile& tile) {
                tiles[{tile.entries, tile.level}].push_back(tile);
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(tiles.size(), 4u);
  for (const bool entries : {false, true}) {
    const std::vector<Tile>& level0 = tiles.at({entries, 0});
    ASSERT_EQ(level0.size(), 274u);
    for (std::size_t i = 0; i < 273; ++i) ASSERT_EQ(level0[i], (Tile{entries, 0, i, 256}));
    EXPECT_EQ(level0.back(), (Tile{entries, 0, 273, 112}));
  }
  EXPECT_EQ(tiles.at({false, 1}), (std::vector<Tile>{{false, 1, 0, 256}, {false, 1, 1, 17}}));
  EXPECT_EQ(tiles.at({false, 2}), (std::vector<Tile>{{false, 2, 0, 1}}));

  MemoryTree tree = Numbered(256);
  const std::map<std::string, Bytes> files = TilesOf(tree, 256);
  EXPECT_EQ(files.size(), 3u);
  EXPECT_EQ(files.at("tile/0/000").size(), 8192u);
  EXPECT_EQ(files.at("tile/1/000.p/1"), tree.HeadAt(256).root.ToBytes());
  EXPECT_TRUE(files.contains("tile/entries/000"));
}

// Ledger formats section 5, KAT: the bundle of the eight test leaves.
TEST(Tiles, TheBundleOfTheTestLeavesIsTheKnownOne) {
  MemoryTree tree(TestLeaves());
  const std::map<std::string, Bytes> files = TilesOf(tree, 8);
  EXPECT_EQ(ToHex(files.at("tile/entries/000.p/8")),
            "0000"
            "000100"
            "000110"
            "00022021"
            "00023031"
            "000440414243"
            "00085051525354555657"
            "0010606162636465666768696a6b6c6d6e6f");
  EXPECT_EQ(DecodeBundle(files.at("tile/entries/000.p/8"), 8).value(), TestLeaves());
  EXPECT_EQ(files.at("tile/0/000.p/8").size(), 8u * 32);
  EXPECT_EQ(files.size(), 2u);
}

// C2SP tlog-tiles: a bundle has exactly its entries; an entry at most 65,535 bytes.
TEST(Tiles, BundlesOfAnotherShapeAreRefused) {
  EXPECT_FALSE(DecodeBundle(Bytes("\0\1", 2), 1).ok());
  EXPECT_FALSE(DecodeBundle(Bytes("\0", 1), 1).ok());
  EXPECT_FALSE(DecodeBundle(Bytes("\0\0x", 3), 1).ok());
  EXPECT_FALSE(DecodeBundle(Bytes("\0\0", 2), 2).ok());
  EXPECT_TRUE(EncodeBundle({Bytes(65'535, 'e')}).ok());
  EXPECT_FALSE(EncodeBundle({Bytes(65'536, 'e')}).ok());
  EXPECT_EQ(DecodeBundle(EncodeBundle({Bytes(65'535, 'e')}).value(), 1).value()[0].size(), 65'535u);
  EXPECT_FALSE(EncodeBundle(std::vector<Bytes>(257)).ok());
}

// tiles.h: what was written is read back whole, entry by entry, and gives the root of the tree.
TEST(Tiles, AFolderIsReadBackAndGivesTheRoot) {
  for (const std::uint64_t size : {0, 1, 8, 255, 256, 257, 600, 66'000}) {
    MemoryTree tree = Numbered(size);
    const Folder folder;
    ASSERT_TRUE(WriteTilesToFolder(size, tree, tree, folder.path()).ok());
    const TileFolder tiles(folder.path(), size);
    EXPECT_TRUE(tiles.Compare().value().none()) << size;
    std::uint64_t next = 0;
    const auto root =
        tiles.Read([&](std::uint64_t number, ByteView entry, const Digest& leaf_hash) {
          EXPECT_EQ(number, next);
          EXPECT_EQ(entry, tree.entries()[next]);
          EXPECT_EQ(leaf_hash, LeafHash(entry));
          ++next;
          return absl::OkStatus();
        });
    ASSERT_TRUE(root.ok()) << root.status();
    EXPECT_EQ(*root, tree.HeadAt(size).root);
    EXPECT_EQ(next, size);
  }
}

// Design section 14: exports are strict, no file more and none less.
TEST(Tiles, MissingAndSurplusFilesAreNamed) {
  MemoryTree tree = Numbered(600);
  const Folder folder;
  ASSERT_TRUE(WriteTilesToFolder(600, tree, tree, folder.path()).ok());
  fs::remove(folder.path() / "tile/0/001");
  folder.Write("tile/0/002.p/3", "x");
  folder.Write("tile/0/002", "x");
  folder.Write("tile/notes.txt", "x");
  folder.Write("tile/2/000.p/1", "x");
  fs::create_directories(folder.path() / "tile/9");
  fs::create_symlink("000", folder.path() / "tile/entries/link");
  const TileFolder::Differences differences = TileFolder(folder.path(), 600).Compare().value();
  EXPECT_EQ(differences.missing, (std::vector<std::string>{"tile/0/001"}));
  EXPECT_EQ(differences.surplus,
            (std::vector<std::string>{"tile/0/002", "tile/0/002.p/3", "tile/2/000.p/1", "tile/9",
                                      "tile/entries/link", "tile/notes.txt"}));
  const TileFolder::Differences nothing = TileFolder(folder.path() / "none", 600).Compare().value();
  EXPECT_EQ(nothing.missing_count, 7u);
  // A link in a tile's place is no tile.
  fs::rename(folder.path() / "tile/entries/000", folder.path() / "elsewhere");
  fs::create_symlink(folder.path() / "elsewhere", folder.path() / "tile/entries/000");
  EXPECT_EQ(TileFolder(folder.path(), 600).Compare().value().missing.back(), "tile/entries/000");
  EXPECT_EQ(TileFolder(folder.path(), 600).Read(Ignore).status().code(), StatusCode::kDataLoss);
}

// tiles.h: every byte of every file is compared with what the entries make.
TEST(Tiles, OneChangedByteInAnyFileIsFound) {
  MemoryTree tree = Numbered(600);
  for (const auto& [path, bytes] : TilesOf(tree, 600)) {
    const Folder folder;
    ASSERT_TRUE(WriteTilesToFolder(600, tree, tree, folder.path()).ok());
    Bytes bent = bytes;
    bent.back() = static_cast<char>(bent.back() ^ 1);
    folder.Write(path, bent);
    EXPECT_EQ(TileFolder(folder.path(), 600).Read(Ignore).status().code(), StatusCode::kDataLoss)
        << path;
    folder.Write(path, bytes + "x");
    EXPECT_EQ(TileFolder(folder.path(), 600).Read(Ignore).status().code(), StatusCode::kDataLoss)
        << path;
    folder.Write(path, bytes.substr(0, bytes.size() - 1));
    EXPECT_EQ(TileFolder(folder.path(), 600).Read(Ignore).status().code(), StatusCode::kDataLoss)
        << path;
    fs::remove(folder.path() / path);
    EXPECT_EQ(TileFolder(folder.path(), 600).Read(Ignore).status().code(), StatusCode::kDataLoss)
        << path;
  }
}

// tiles.h: a failure of the reader's own ends the reading with it.
TEST(Tiles, TheReaderMayStop) {
  MemoryTree tree = Numbered(10);
  const Folder folder;
  ASSERT_TRUE(WriteTilesToFolder(10, tree, tree, folder.path()).ok());
  const auto root =
      TileFolder(folder.path(), 10).Read([](std::uint64_t number, ByteView, const Digest&) {
        return number == 3 ? Unavailable("stop") : absl::OkStatus();
      });
  EXPECT_EQ(root.status().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace chancery::ledger
