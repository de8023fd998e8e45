// Books changed by keepers that sign what is false with their own genuine keys, and readers that
// cosigned it unread: everything above the entries is in order.
#ifndef CHANCERY_TESTS_UNIT_AUDIT_CHANGED_BOOKS_H_
#define CHANCERY_TESTS_UNIT_AUDIT_CHANGED_BOOKS_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "engine/ledger/slice.h"
#include "engine/ledger/tiles.h"
#include "tests/unit/audit/exported.h"

namespace chancery::audit {

// Entries in memory as a tree.
class EntriesInMemory final : public ledger::NodeSource, public ledger::EntrySource {
 public:
  explicit EntriesInMemory(std::vector<Bytes> entries) : entries_(std::move(entries)) {}

  absl::StatusOr<Digest> Node(int level, std::uint64_t index) override {
    if (level == 0) return ledger::LeafHash(entries_.at(index));
    CHANCERY_ASSIGN_OR_RETURN(const Digest left, Node(level - 1, 2 * index));
    CHANCERY_ASSIGN_OR_RETURN(const Digest right, Node(level - 1, 2 * index + 1));
    return ledger::NodeHash(left, right);
  }
  absl::StatusOr<std::vector<Bytes>> Entries(std::uint64_t first, std::uint64_t count) override {
    return std::vector<Bytes>(entries_.begin() + static_cast<std::ptrdiff_t>(first),
                              entries_.begin() + static_cast<std::ptrdiff_t>(first + count));
  }

 private:
  std::vector<Bytes> entries_;
};

class ChangedBooks : public testing::Test {
 protected:
  using Change = std::function<void(std::vector<codec::Entry>&)>;

  // A copy of the party's folder whose entries were changed, with everything above them made anew
  // by the genuine keys.
  std::filesystem::path Changed(const std::string& party, const Change& change) {
    const std::filesystem::path folder = scratch_.path() / std::to_string(next_++);
    std::filesystem::copy(party == "PAK" ? exported_.ministry() : exported_.state(), folder,
                          std::filesystem::copy_options::recursive);
    const ledger::Note old_note = Must(ledger::ParseNote(support::ReadFile(folder / "checkpoint")));
    ledger::Checkpoint checkpoint = Must(ledger::ParseCheckpoint(old_note.text));
    std::vector<codec::Entry> entries;
    const ledger::TileFolder tiles(folder, checkpoint.tree.size);
    Must(tiles.Read([&entries](std::uint64_t, ByteView bytes, const Digest&) {
      entries.push_back(Must(codec::DecodeEntry(bytes)));
      return absl::OkStatus();
    }));
    change(entries);
    std::vector<Bytes> bytes;
    ledger::CompactRange tree;
    for (const codec::Entry& entry : entries) {
      bytes.push_back(Must(codec::EncodeEntry(entry)));
      tree.Append(ledger::LeafHash(bytes.back()));
    }
    std::filesystem::remove_all(folder / "tile");
    EntriesInMemory source(std::move(bytes));
    EXPECT_TRUE(ledger::WriteTilesToFolder(tree.size(), source, source, folder).ok());
    checkpoint.tree = tree.Head();
    const Bytes signed_note =
        Must(ledger::SignCheckpoint(*exported_.books.LogSigner(party), checkpoint));
    const auto witness = exported_.books.WitnessSigner(party == "PAK" ? "GRC" : "PAK");
    const Bytes line = ledger::FormatSignatureLine(
        Must(ledger::Cosign(*witness, ledger::FormatCheckpoint(checkpoint), 1'500'000'000)));
    support::WriteFile(folder / "checkpoint", Must(ledger::AddSignatureLines(signed_note, {line})));
    return folder;
  }
  // The same folder as one reader's slice of it; certificates that sealed for others alone are left
  // in it.
  static std::filesystem::path SliceOf(const std::filesystem::path& folder, PartyCode reader) {
    const ledger::Checkpoint checkpoint =
        Must(ledger::CheckpointIn(support::ReadFile(folder / "checkpoint")));
    ledger::SliceStreams streams;
    streams.reader = reader;
    const ledger::Tile tile = *ledger::TileOf(checkpoint.tree.size, true, 0, 0);
    std::vector<Bytes> bundle =
        Must(ledger::DecodeBundle(support::ReadFile(folder / ledger::TilePath(tile)), tile.width));
    for (Bytes& bytes : bundle) {
      const codec::Entry entry = Must(codec::DecodeEntry(bytes));
      if (ledger::IsReadBy(entry.stream, reader)) {
        ++streams.entries[entry.stream];
      } else {
        bytes.clear();
      }
    }
    std::filesystem::remove_all(folder / "tile/entries");
    const std::filesystem::path to = folder / ledger::SlicePath(tile);
    std::filesystem::create_directories(to.parent_path());
    support::WriteFile(to, Must(ledger::EncodeBundle(bundle)));
    support::WriteFile(folder / "streams", ledger::FormatSliceStreams(streams));
    return folder;
  }
  // The last act in a book.
  static codec::Entry& LastAct(std::vector<codec::Entry>& entries) {
    for (auto at = entries.rbegin(); at != entries.rend(); ++at) {
      if (at->kind == codec::EntryKind::kAct) return *at;
    }
    support::GiveUp("no act in the book");
  }
  static codec::ActBody& Body(codec::Entry& entry) { return std::get<codec::ActBody>(entry.body); }
  template <class T>
  static codec::Entry& FirstOf(std::vector<codec::Entry>& entries) {
    for (codec::Entry& entry : entries) {
      if (std::holds_alternative<T>(entry.body)) return entry;
    }
    support::GiveUp("no such entry in the book");
  }

  Exported& exported_ = Exported::Get();
  support::TemporaryFolder scratch_;
  int next_ = 0;
};

}  // namespace chancery::audit

#endif  // CHANCERY_TESTS_UNIT_AUDIT_CHANGED_BOOKS_H_
