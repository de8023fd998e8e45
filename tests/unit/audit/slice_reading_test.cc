// What is read from a slice in place of a whole book: a case, a report, an entry, and the books of
// two parties compared. What a slice does not show is told of nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "audit/book.h"
#include "audit/case_history.h"
#include "audit/case_story.h"
#include "audit/extract.h"
#include "audit/reconcile.h"
#include "audit/report.h"
#include "engine/exchange/slice_export.h"
#include "engine/ledger/receipt.h"
#include "tests/unit/audit/changed_books.h"

namespace chancery::audit {
namespace {

namespace fs = std::filesystem;
using codec::Entry;
using support::ReadFile;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SliceReadingTest : public ChangedBooks {
 protected:
  fs::path Export(std::string_view reader) {
    const fs::path folder = scratch_.path() / std::to_string(next_++);
    Must(exchange::ExportSlice(exported_.books.ministry_store(), exported_.books.PartsOf("PAK"),
                               Party(reader), folder));
    return folder;
  }
  static void Unchanged(std::vector<Entry>&) {}
  // The ministry's book after a change, as a reader's slice.
  fs::path ChangedSlice(std::string_view reader, const Change& change) {
    return SliceOf(Changed("PAK", change), Party(reader));
  }
  std::size_t Application() const {
    return static_cast<std::size_t>(exported_.books.application_entry());
  }
  static const Difference* Find(const Reconciliation& reconciliation, const std::string& kind) {
    const auto at =
        std::find_if(reconciliation.differences.begin(), reconciliation.differences.end(),
                     [&](const Difference& one) { return one.kind == kind; });
    return at != reconciliation.differences.end() ? &*at : nullptr;
  }
};

// Issue 4, item 5: a reader's auditor replays the slice: its case is that of the whole book, act by
// act and word by word, and it says what it was read from.
TEST_F(SliceReadingTest, ACaseIsThatOfTheWholeBook) {
  const Book whole = Must(ReadBook(exported_.ministry()));
  const Book slice = Must(ReadBook(Export("GRC")));
  const MatterId id = Must(FindCase(slice, exported_.books.person().ToHexText().substr(0, 8)));
  const std::string text = ToText(Must(HistoryOf(slice, id)));
  EXPECT_THAT(text, StartsWith(ToText(Must(HistoryOf(whole, id)))));
  EXPECT_THAT(text, HasSubstr("Read from the slice of GRC"));
  EXPECT_TRUE(slice.orders_acts);
  EXPECT_EQ(ToText(Must(StoryOf(slice, id, slice.last_recorded_at))),
            ToText(Must(StoryOf(whole, id, whole.last_recorded_at))));

  const Book other = Must(ReadBook(Export("FRA")));
  EXPECT_EQ(other.shown.slice_for, Party("FRA"));
  EXPECT_GT(other.shown.not_shown, 0U);
  const absl::Status hidden = FindCase(other, id.ToHexText()).status();
  EXPECT_EQ(ReasonOf(hidden), kNotShown) << hidden;
}

// Issue 4, item 5: what is of others is counted by nobody, and the report says so first.
TEST_F(SliceReadingTest, AReportSaysThatItCoversOnlyWhatItsReaderMayRead) {
  const Report all = ReportOn(Must(ReadBook(exported_.ministry())));
  const Report greek = ReportOn(Must(ReadBook(Export("GRC"))));
  EXPECT_EQ(greek.sums.applied, all.sums.applied);
  const Report french = ReportOn(Must(ReadBook(Export("FRA"))));
  EXPECT_EQ(french.sums.applied, 0U);
  EXPECT_LT(french.acts, all.acts);
  EXPECT_THAT(ToText(french), HasSubstr("ONLY WHAT FRA MAY READ: this is the slice of FRA, which "
                                        "does not show " +
                                        std::to_string(french.shown.not_shown) + " of " +
                                        std::to_string(all.entries) + " entries"));
  const auto json = nlohmann::json::parse(ToJson(french));
  EXPECT_EQ(json["slice_for"], "FRA");
  EXPECT_EQ(json["not_shown"], french.shown.not_shown);
  EXPECT_FALSE(nlohmann::json::parse(ToJson(all)).contains("slice_for"));
}

// Issue 2, for a slice: an entry shown there is taken out with the same files, and its receipt
// leads to the checkpoint; one that is not shown cannot be told.
TEST_F(SliceReadingTest, AnEntryShownIsTakenOut) {
  const fs::path slice = Export("GRC");
  const fs::path from_slice = scratch_.path() / "from-slice";
  const fs::path from_whole = scratch_.path() / "from-whole";
  const Extracted extracted = Must(ExtractEntry(slice, Application(), from_slice));
  Must(ExtractEntry(exported_.ministry(), Application(), from_whole));
  for (const std::string& file : extracted.files)
    EXPECT_EQ(ReadFile(from_slice / file), ReadFile(from_whole / file)) << file;
  const ledger::Receipt receipt =
      Must(ledger::ParseReceipt(ReadFile(from_slice / "receipt.tlog-proof")));
  const ledger::Checkpoint checkpoint = Must(ledger::CheckpointIn(receipt.checkpoint));
  EXPECT_TRUE(ledger::VerifyInclusion(Application(), checkpoint.tree.size,
                                      ledger::LeafHash(ReadFile(from_slice / "entry.bin")),
                                      receipt.inclusion_proof, checkpoint.tree.root));

  const absl::Status hidden =
      ExtractEntry(Export("FRA"), Application(), scratch_.path() / "hidden").status();
  EXPECT_EQ(ReasonOf(hidden), kNotShown) << hidden;
  EXPECT_FALSE(fs::exists(scratch_.path() / "hidden"));
  EXPECT_EQ(ReasonOf(ReadEntryOf(slice, 100'000).status()), "") << "no ledger has it";
}

// Design section 14: a slice that contradicts itself is not read to anybody.
TEST_F(SliceReadingTest, ASliceThatContradictsItselfIsNotRead) {
  const fs::path slice = Export("GRC");
  const ledger::Checkpoint checkpoint = Must(ledger::CheckpointIn(ReadFile(slice / "checkpoint")));
  const fs::path file =
      slice / ledger::SlicePath(*ledger::TileOf(checkpoint.tree.size, true, 0, 0));
  const Bytes good = ReadFile(file);
  const int size = static_cast<int>(checkpoint.tree.size);
  const std::vector<Bytes> entries = Must(ledger::DecodeBundle(good, size));
  const auto read = [&](const std::vector<Bytes>& changed) {
    support::WriteFile(file, Must(ledger::EncodeBundle(changed)));
    const absl::Status status = ReadBook(slice).status();
    support::WriteFile(file, good);
    return status;
  };
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::vector<Bytes> changed = entries;
    changed[i].clear();
    EXPECT_TRUE(absl::IsDataLoss(read(changed))) << "entry " << i << " withheld";
    changed[i] = entries[i == 0 ? 1 : 0];
    EXPECT_TRUE(absl::IsDataLoss(read(changed))) << "entry " << i << " exchanged";
  }
  Bytes tile =
      ReadFile(slice / ledger::TilePath(*ledger::TileOf(checkpoint.tree.size, false, 0, 0)));
  tile[3] = static_cast<char>(tile[3] ^ 1);
  support::WriteFile(slice / ledger::TilePath(*ledger::TileOf(checkpoint.tree.size, false, 0, 0)),
                     tile);
  EXPECT_TRUE(absl::IsDataLoss(ReadBook(slice).status()));
}

// Issue 4, item 6: "compares two parties' books entry by entry": an honest ministry's slice and the
// state's own book agree, and what another's slice does not show is no difference.
TEST_F(SliceReadingTest, HonestBooksAgreeWithASlice) {
  const Reconciliation whole = Must(Reconcile(exported_.ministry(), exported_.state()));
  for (const char* reader : {"GRC", "FRA"}) {
    const fs::path slice = Export(reader);
    for (const Reconciliation& found :
         {Must(Reconcile(slice, exported_.state())), Must(Reconcile(exported_.state(), slice))}) {
      EXPECT_TRUE(found.differences.empty()) << ToText(found);
      EXPECT_EQ(found.receipts_matched, whole.receipts_matched) << "by their leaf hashes";
      EXPECT_EQ(found.shown.slice_for, Party(reader));
      EXPECT_EQ(found.acts_in_both, std::string_view(reader) == "GRC" ? whole.acts_in_both : 0U);
      EXPECT_THAT(ToText(found),
                  HasSubstr("NOT SAID: anything of what is not shown: one of the books is the "
                            "slice of " +
                            std::string(reader) + ", which does not show " +
                            std::to_string(found.shown.not_shown) + " of "));
      EXPECT_EQ(nlohmann::json::parse(ToJson(found))["slice_for"], reader);
    }
  }
  EXPECT_THAT(ToText(whole), Not(HasSubstr("NOT SAID")));
  const absl::Status same = Reconcile(Export("GRC"), Export("FRA")).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(same)) << same;
}

// Issue 4, item 6: a rewritten entry is proof also by a slice that shows the hash of it alone; an
// act that is not there is asked for only where it would be shown.
TEST_F(SliceReadingTest, DifferencesAreFoundInASlice) {
  const Change rewritten = [&](std::vector<Entry>& entries) {
    entries[Application()].nonce = entries[Application() - 1].nonce;
  };
  for (const char* reader : {"GRC", "FRA"}) {
    const Reconciliation found =
        Must(Reconcile(ChangedSlice(reader, rewritten), exported_.state()));
    for (const char* kind : {"receipt_contradicted", "head_contradicted"}) {
      const Difference* difference = Find(found, kind);
      ASSERT_NE(difference, nullptr) << reader << ", " << kind << "\n" << ToText(found);
      EXPECT_EQ(difference->weight, Weight::kProof);
      EXPECT_EQ(difference->against, Party("PAK"));
    }
    const Grounds& entry = Find(found, "receipt_contradicted")->grounds[1];
    EXPECT_EQ(entry.number, Application());
    const bool shown = std::string_view(reader) == "GRC";
    EXPECT_EQ(entry.kind, shown ? "act" : "not shown");
    EXPECT_EQ(entry.recorded_at.has_value(), shown);
    EXPECT_EQ(Find(found, "sealed_not_recorded"), nullptr);
  }

  // The state sealed an act that the ministry's book does not hold.
  const auto never_recorded = [&](std::string_view reader) {
    return Must(Reconcile(Export(reader), Changed("GRC", [](std::vector<Entry>& entries) {
                            codec::SealedBody& sealed = std::get<codec::SealedBody>(
                                FirstOf<codec::SealedBody>(entries).body);
                            codec::Statement statement =
                                Must(codec::DecodeStatement(sealed.statement));
                            statement.act.made_at.ms += 1;
                            sealed.statement = Must(codec::EncodeStatement(statement));
                          })));
  };
  EXPECT_NE(Find(never_recorded("GRC"), "sealed_not_recorded"), nullptr);
  EXPECT_EQ(Find(never_recorded("FRA"), "sealed_not_recorded"), nullptr);
}

}  // namespace
}  // namespace chancery::audit
