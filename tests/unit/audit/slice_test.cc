// One reader's slice: it verifies and replays by itself, nothing can be taken out of it or put into
// it, and a state makes the same bytes of what the ministry gives it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "engine/exchange/slice_export.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/slice.h"
#include "tests/unit/audit/exported.h"
#include "tests/unit/audit/ministry_source.h"

namespace chancery::audit {
namespace {

namespace fs = std::filesystem;
using support::ReadFile;
using support::WriteFile;

class SliceTest : public testing::Test {
 protected:
  fs::path Export(std::string_view reader) {
    const fs::path folder = scratch_.path() / std::to_string(next_++);
    Must(exchange::ExportSlice(books_.ministry_store(), books_.PartsOf("PAK"), Party(reader),
                               folder));
    return folder;
  }
  absl::StatusOr<exchange::ExportedSlice> Fetch(MinistryStore& ministry, const fs::path& folder) {
    exchange::EvidenceParts parts = books_.PartsOf("GRC");
    parts.policy.clear();
    return exchange::FetchSlice(
        ministry, books_.state_store(),
        Must(exchange::StatePartyOf(books_.anchor(), Party("GRC"), Party("PAK"))), books_.anchor(),
        std::move(parts), folder);
  }
  // The reason or message of a fetch that is refused; nothing is left behind.
  std::string Refusal(MinistryStore& ministry) {
    const fs::path folder = scratch_.path() / std::to_string(next_++);
    const absl::Status status = Fetch(ministry, folder).status();
    EXPECT_FALSE(fs::exists(folder));
    EXPECT_FALSE(status.ok());
    return std::string(ToStd(status.message())) + " " + ReasonOf(status);
  }
  Verdict Verify(const fs::path& folder, Level level = Level::kFull) {
    VerifyOptions options;
    options.anchor = books_.anchor();
    options.level = level;
    return Must(VerifyEvidence(folder, options));
  }
  testing::AssertionResult IsWrong(const fs::path& folder, const std::string& what) {
    const Verdict verdict = Verify(folder);
    for (const Finding& finding : verdict.findings) {
      if (ToText(finding).find(what) != std::string::npos) return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "no finding says \"" << what << "\":\n"
                                       << ToText(verdict);
  }
  static std::map<std::string, Bytes> FilesOf(const fs::path& folder) {
    std::map<std::string, Bytes> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file())
        files[entry.path().lexically_relative(folder).generic_string()] = ReadFile(entry.path());
    }
    return files;
  }
  // The one bundle of a slice as small as these.
  static fs::path BundleOf(const fs::path& slice) {
    for (const auto& entry : fs::recursive_directory_iterator(slice / "slice")) {
      if (entry.is_regular_file()) return entry.path();
    }
    support::GiveUp("a slice without entries");
  }
  static std::vector<Bytes> EntriesOf(const fs::path& slice, std::uint64_t size) {
    return Must(ledger::DecodeBundle(ReadFile(BundleOf(slice)), static_cast<int>(size)));
  }
  static void Put(const fs::path& slice, const std::vector<Bytes>& entries) {
    WriteFile(BundleOf(slice), Must(ledger::EncodeBundle(entries)));
  }
  static codec::Entry Decoded(const Bytes& entry) { return Must(codec::DecodeEntry(entry)); }

  MadeBooks& books_ = Exported::Get().books;
  support::TemporaryFolder scratch_;
  int next_ = 0;
};

// Issue 4, item 5: a reader's auditor proves the slice and replays it with no network.
TEST_F(SliceTest, EveryReadersSliceVerifiesAndReplaysByItself) {
  const Verdict whole = Verify(Exported::Get().ministry());
  for (const char* reader : {"GRC", "FRA", "EUE"}) {
    const fs::path folder = Export(reader);
    const Verdict verdict = Verify(folder);
    EXPECT_EQ(ExitCodeOf(verdict), kExitVerified) << ToText(verdict);
    EXPECT_EQ(verdict.slice_for, Party(reader));
    EXPECT_TRUE(verdict.orders_acts);
    EXPECT_EQ(verdict.tree, whole.tree);
    EXPECT_EQ(verdict.rulings, verdict.acts);
    EXPECT_GT(verdict.acts, 10U);
    EXPECT_EQ(verdict.entries == whole.entries, std::string_view(reader) == "GRC");
    for (const Level level : {Level::kStructure, Level::kSeals, Level::kReplay})
      EXPECT_EQ(ExitCodeOf(Verify(folder, level)), kExitVerified);
  }
  EXPECT_TRUE(
      absl::IsInvalidArgument(exchange::ExportSlice(books_.ministry_store(), books_.PartsOf("PAK"),
                                                    Party("PAK"), scratch_.path() / "pak")
                                  .status()));
}

// Issue 4, item 5: what a state can export is its own entries, the cooperation's, and leaf hashes
// of the rest.
TEST_F(SliceTest, NothingOfOthersIsInASlice) {
  const std::map<std::string, Bytes> files = FilesOf(Export("FRA"));
  const std::map<std::string, Bytes> greek = FilesOf(Export("GRC"));
  const auto holds = [](const std::map<std::string, Bytes>& folder, ByteView bytes) {
    return std::any_of(folder.begin(), folder.end(),
                       [&](const auto& file) { return file.second.find(bytes) != Bytes::npos; });
  };
  std::size_t others = 0;
  for (const store::StoredEntry& entry : Must(books_.ministry_store().ReadEntries(0, 10'000))) {
    const bool is_greek = entry.stream == "GRC";
    EXPECT_EQ(holds(files, entry.bytes), !is_greek) << "entry " << entry.number;
    EXPECT_TRUE(holds(greek, entry.bytes)) << "entry " << entry.number;
    others += is_greek ? 1U : 0U;
  }
  EXPECT_GT(others, 5U);
  EXPECT_FALSE(files.contains("tile/entries/000"));
  // Nor who sealed for others, nor a procedure that only others' acts are under.
  const Digest greek_office =
      support::RehearsalPki::Get().SealerOf("GRC", "return-authority").certificate().digest();
  EXPECT_FALSE(files.contains(ledger::evidence::SealPath(greek_office)));
  EXPECT_TRUE(greek.contains(ledger::evidence::SealPath(greek_office)));
}

// Issue 4, item 5: both sides make the same bytes, and a call that is cut goes on where it ended.
TEST_F(SliceTest, AStateMakesTheSameBytesOfWhatItIsGiven) {
  MinistryStore ministry(books_);
  ministry.cut_after = 5;
  const fs::path fetched = scratch_.path() / "fetched";
  const exchange::ExportedSlice slice = Must(Fetch(ministry, fetched));
  EXPECT_EQ(ministry.cut_after, 0);
  const std::map<std::string, Bytes> one = FilesOf(Export("GRC"));
  EXPECT_EQ(one, FilesOf(fetched));
  EXPECT_EQ(slice.files, one.size());
  EXPECT_EQ(ExitCodeOf(Verify(fetched)), kExitVerified);
}

// Issue 4, item 5: drop, swap and falsify entries: each is a finding that names the entry.
TEST_F(SliceTest, NoEntryCanBeDroppedSwappedOrFalsified) {
  const fs::path folder = Export("GRC");
  const std::uint64_t size = Verify(folder).tree.size;
  const std::vector<Bytes> entries = EntriesOf(folder, size);
  const ledger::SliceStreams streams =
      Must(ledger::ParseSliceStreams(ReadFile(folder / "streams")));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::vector<Bytes> changed = entries;
    changed[i].clear();
    Put(folder, changed);
    // Also when the keeper counts one entry less.
    for (const bool counted : {false, true}) {
      ledger::SliceStreams said = streams;
      const codec::Entry dropped = Decoded(entries[i]);
      if (counted) --said.entries.at(dropped.stream);
      WriteFile(folder / "streams", ledger::FormatSliceStreams(said));
      const bool last_of_its_stream = dropped.position + 1 == streams.entries.at(dropped.stream);
      const Verdict verdict = Verify(folder);
      if (!counted || !last_of_its_stream) {
        EXPECT_EQ(ExitCodeOf(verdict), kExitWrong) << "entry " << i;
        continue;
      }
      // What was recorded after a stream's last head is proven by the next head: the verdict says
      // before which entry nothing is withheld, and it is not after this one.
      for (const SliceStream& stream : verdict.slice_streams) {
        EXPECT_TRUE(stream.name != dropped.stream || stream.head_entry < i);
      }
    }
    WriteFile(folder / "streams", ledger::FormatSliceStreams(streams));
    changed = entries;
    changed[i].back() = static_cast<char>(changed[i].back() ^ 1);
    Put(folder, changed);
    EXPECT_TRUE(IsWrong(folder, "entry " + std::to_string(i) + ": its bytes are not those"));
  }
  std::vector<Bytes> swapped = entries;
  std::swap(swapped[5], swapped[6]);
  Put(folder, swapped);
  EXPECT_TRUE(IsWrong(folder, "entry 5: its bytes are not those"));
  EXPECT_TRUE(IsWrong(folder, "entry 6: its bytes are not those"));
  Put(folder, entries);
  EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitVerified);
  fs::remove_all(folder / "slice");
  EXPECT_TRUE(IsWrong(folder, "entry 0: the founding act"));
}

// Issue 4, item 5: an entry before a stream's head of a later day cannot be left out, whatever the
// keeper says of the stream's length.
TEST_F(SliceTest, AKeeperThatLeavesAnEntryOutIsFound) {
  const fs::path folder = Export("GRC");
  const std::uint64_t size = Verify(folder).tree.size;
  std::vector<Bytes> entries = EntriesOf(folder, size);
  const std::uint64_t application = books_.application_entry();
  const codec::Entry dropped = Decoded(entries[application]);
  entries[application].clear();
  Put(folder, entries);
  ledger::SliceStreams streams = Must(ledger::ParseSliceStreams(ReadFile(folder / "streams")));
  --streams.entries.at(dropped.stream);
  WriteFile(folder / "streams", ledger::FormatSliceStreams(streams));
  EXPECT_TRUE(IsWrong(folder, "position " + std::to_string(dropped.position + 1) +
                                  " in the stream GRC, where " + std::to_string(dropped.position) +
                                  " is next"));

  // The entry right before a head is the one that the head names.
  entries = EntriesOf(Export("GRC"), size);
  std::uint64_t head = size;
  while (Decoded(entries[--head]).kind != codec::EntryKind::kStreamHead) {
  }
  entries[head - 1].clear();
  Put(folder, entries);
  EXPECT_TRUE(IsWrong(folder, "the head of the stream GRC is false"));
}

// Issue 4, item 5: another's entry, though genuine and under its leaf hash, does not belong here.
TEST_F(SliceTest, AnEntryOfOthersIsAFinding) {
  const fs::path folder = Export("FRA");
  const std::uint64_t size = Verify(folder).tree.size;
  std::vector<Bytes> entries = EntriesOf(folder, size);
  const std::uint64_t application = books_.application_entry();
  ASSERT_TRUE(entries[application].empty());
  entries[application] = Must(books_.ministry_store().ReadEntry(application)).bytes;
  Put(folder, entries);
  EXPECT_TRUE(IsWrong(folder, "which FRA may not read"));
}

// Design section 14: strict: every file of a slice is accounted for and has one spelling.
TEST_F(SliceTest, NoByteOfAnyFileCanBeChanged) {
  const fs::path folder = Export("GRC");
  for (const auto& [name, bytes] : FilesOf(folder)) {
    if (name == "README.txt") continue;
    const bool every = name == "streams";
    for (std::size_t at = 0; at < bytes.size(); at += every ? 1 : bytes.size() / 5 + 1) {
      Bytes changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ 4);
      WriteFile(folder / name, changed);
      EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitWrong) << name << ", byte " << at;
    }
    WriteFile(folder / name, bytes + "\n");
    EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitWrong) << name << " lengthened";
    if (name != "checkpoint") {
      fs::remove(folder / name);
      EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitWrong) << name << " taken away";
    }
    WriteFile(folder / name, bytes);
  }
  EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitVerified);
  for (const char* name : {"slice/001", "slice/notes", "tile/entries/000", "receipts/1.entry"}) {
    const fs::path surplus = Export("GRC");
    fs::create_directories((surplus / name).parent_path());
    WriteFile(surplus / name, "surplus");
    EXPECT_TRUE(IsWrong(surplus, name));
  }
}

// Design section 6, and "nothing that comes through a transport is believed": a ministry that gives
// something else than its cosigned ledger is refused, and no folder is left.
TEST_F(SliceTest, WhatTheMinistryGivesIsNotBelieved) {
  const auto refusal = [this](const std::function<void(MinistryStore&)>& change) {
    MinistryStore ministry(books_);
    change(ministry);
    return Refusal(ministry);
  };
  using Head = exchange::SliceSource::Head;
  EXPECT_NE(refusal([](MinistryStore& ministry) {
              ministry.change_head = [](Head& head) { head.policy += "# other\n"; };
            }).find("POLICY_DIFFERS"),
            std::string::npos);
  EXPECT_NE(refusal([](MinistryStore& ministry) {
              ministry.change_head = [](Head& head) {
                // Without the last cosignature the quorum is missing.
                head.checkpoint.resize(head.checkpoint.rfind('\n', head.checkpoint.size() - 2) + 1);
              };
            }).find("CHECKPOINT_INVALID"),
            std::string::npos);
  EXPECT_NE(refusal([](MinistryStore& ministry) {
              ministry.change_hashes = [](std::vector<Bytes>& hashes) {
                hashes.front().front() = static_cast<char>(hashes.front().front() ^ 1);
              };
            }).find("do not make the root"),
            std::string::npos);
  EXPECT_NE(refusal([](MinistryStore& ministry) {
              ministry.change_hashes = [](std::vector<Bytes>& hashes) { hashes.clear(); };
            }).find("no leaf hashes"),
            std::string::npos);
  EXPECT_NE(refusal([](MinistryStore& ministry) {
              ministry.change_entry = [](exchange::GivenEntry& entry) {
                entry.entry.back() = static_cast<char>(entry.entry.back() ^ 1);
                return true;
              };
            }).find("is not the entry of its leaf"),
            std::string::npos);
  const std::uint64_t application = books_.application_entry();
  EXPECT_NE(refusal([application](MinistryStore& ministry) {
              ministry.change_entry = [application](exchange::GivenEntry& entry) {
                return entry.number != application;
              };
            }).find("withheld"),
            std::string::npos);

  // A ministry that sends a reader what is for others is not helped to spread it.
  MinistryStore generous(books_, Party("GRC"));
  exchange::EvidenceParts parts = books_.PartsOf("GRC");
  const fs::path folder = scratch_.path() / "generous";
  exchange::StateParty other =
      Must(exchange::StatePartyOf(books_.anchor(), Party("GRC"), Party("PAK")));
  other.self = Party("FRA");
  const absl::Status status =
      exchange::FetchSlice(generous, books_.state_store(), other, books_.anchor(), parts, folder)
          .status();
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_FALSE(fs::exists(folder));
}

// Design section 6: a slice of another history than the one this state has cosigned is refused.
TEST_F(SliceTest, ASliceOfAnotherHistoryIsRefused) {
  MadeBooks books;
  const store::Head head = Must(books.ministry_store().ReadHead());
  store::WitnessedHead cosigned{books.anchor().logs.at(Party("PAK")).name(), head.tree,
                                head.checkpoint};
  cosigned.tree.size -= 1;
  cosigned.tree.root = crypto::Sha256("another history");
  store::Commit commit;
  commit.witnessed.push_back({std::nullopt, cosigned});
  ASSERT_TRUE(books.state_store().Apply(commit).ok());
  MinistryStore ministry(books);
  exchange::EvidenceParts parts = books.PartsOf("GRC");
  const absl::Status status =
      exchange::FetchSlice(ministry, books.state_store(),
                           Must(exchange::StatePartyOf(books.anchor(), Party("GRC"), Party("PAK"))),
                           books.anchor(), parts, scratch_.path() / "forked")
          .status();
  EXPECT_EQ(ReasonOf(status), "LEDGER_FORKED") << status;
}

}  // namespace
}  // namespace chancery::audit
