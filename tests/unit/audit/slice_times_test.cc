// What a slice says about its times: the cosigned heads and the time stamps of a whole book, in the
// same form, judged in the same way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "engine/exchange/cosigned_history.h"
#include "engine/exchange/row_names.h"
#include "engine/exchange/slice_export.h"
#include "engine/exchange/timestamping.h"
#include "engine/ledger/cosignature.h"
#include "tests/support/stamping.h"
#include "tests/unit/audit/ministry_source.h"

namespace chancery::audit {
namespace {

namespace fs = std::filesystem;
using support::ReadFile;
using support::WriteFile;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The ministry's book with an always-on witness, which saw every head of its history, and a time
// stamp over the newest.
struct WatchedBooks {
  static WatchedBooks& Get() {
    static WatchedBooks watched;
    return watched;
  }
  MadeBooks books;
  support::StampingAuthority authority;
  std::unique_ptr<ledger::NoteSigner> always = Must(ledger::MakeNoteSigner(
      "eu-pakistan.chancery.example/rehearsal/EUE/witness1", ledger::NoteAlgorithm::kCosignatureV1,
      Must(crypto::Ed25519Key::FromSeed(crypto::Sha256("an always-on witness").View()))));
  ledger::Anchor anchor;
  Bytes policy;
  std::uint64_t size = 0;

  exchange::EvidenceParts Parts() const {
    exchange::EvidenceParts parts = books.PartsOf("PAK");
    parts.policy = policy;
    return parts;
  }
  // The line of a witness over the first so many entries.
  Bytes Line(const ledger::NoteSigner& witness, std::uint64_t of, std::int64_t seconds) {
    store::Store& store = books.ministry_store();
    const std::string text = ledger::FormatCheckpoint(
        {store.identity().origin, Must(ledger::ReadCompactRange(store, of)).Head()});
    return ledger::FormatSignatureLine(Must(ledger::Cosign(witness, text, seconds)));
  }

 private:
  WatchedBooks() : anchor(books.anchor()) {
    anchor.always_on.push_back(always->key());
    anchor.stamping_roots.emplace("the-post", authority.Certificate("root").digest());
    const PartyCode readers[] = {Party("GRC")};
    policy = Must(ledger::FoundingPolicy(anchor, Party("PAK"), readers)).Format();
    anchor.policies.insert_or_assign(Party("PAK"), crypto::Sha256(policy));

    store::Store& store = books.ministry_store();
    size = Must(store.ReadHead()).tree.size;
    const auto entries = Must(store.ReadEntries(0, 10'000));
    const auto seconds_of = [&entries](std::uint64_t number) {
      return Must(codec::DecodeEntry(entries[number].bytes)).recorded_at.ms / kMsPerSecond;
    };
    const auto keep = [&](std::uint64_t of, std::int64_t seconds) {
      store::Commit rows;
      const ledger::NoteKey keys[] = {always->key()};
      EXPECT_TRUE(exchange::KeepCosigned(store, of, Line(*always, of, seconds), keys, rows).ok());
      EXPECT_TRUE(store.Apply(rows).ok());
    };
    // A second after the last entry of a moment, and a minute before the next.
    for (std::uint64_t i = 0; i < size; ++i) {
      if (i + 1 < size && seconds_of(i + 1) == seconds_of(i)) continue;
      keep(i + 1, seconds_of(i) + 1);
      if (i + 1 < size) keep(i + 1, seconds_of(i + 1) - 60);
    }
    const std::int64_t end = seconds_of(size - 1) + 1;
    store::Commit commit;
    commit.cosignatures.push_back({size, always->key().name(), Line(*always, size, end), end});
    EXPECT_TRUE(store.Apply(commit).ok());
    crypto::SystemEntropy entropy;
    ledger::StampingTrust trust;
    trust.roots.emplace("the-post", authority.Certificate("root"));
    const auto asked = Must(exchange::AskTimestamp(store, policy, entropy));
    Must(exchange::AddTimestamp(store, authority.Answer(asked.query), trust,
                                ParseInstant("2100-01-01T00:00:00Z").value()));
  }
};

class SliceTimesTest : public testing::Test {
 protected:
  fs::path Folder() { return scratch_.path() / std::to_string(next_++); }
  fs::path Export(std::string_view reader) {
    const fs::path folder = Folder();
    Must(exchange::ExportSlice(watched_.books.ministry_store(), watched_.Parts(), Party(reader),
                               folder));
    return folder;
  }
  absl::StatusOr<exchange::ExportedSlice> Fetch(MinistryStore& ministry, const fs::path& folder) {
    ministry.policy = watched_.policy;
    return exchange::FetchSlice(
        ministry, watched_.books.state_store(),
        Must(exchange::StatePartyOf(watched_.anchor, Party("GRC"), Party("PAK"))), watched_.anchor,
        watched_.Parts(), folder);
  }
  std::string Refusal(MinistryStore& ministry) {
    const fs::path folder = Folder();
    const absl::Status status = Fetch(ministry, folder).status();
    EXPECT_FALSE(fs::exists(folder));
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    return std::string(ToStd(status.message()));
  }
  Verdict Verify(const fs::path& folder) {
    VerifyOptions options;
    options.anchor = watched_.anchor;
    return Must(VerifyEvidence(folder, options));
  }
  static std::vector<std::string> Wrong(const Verdict& verdict) {
    std::vector<std::string> texts;
    for (const Finding& finding : verdict.findings) texts.push_back(ToText(finding));
    return texts;
  }
  static fs::path FileEnding(const fs::path& folder, std::string_view ending) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().string().ends_with(ending)) return entry.path();
    }
    support::GiveUp("no such file");
  }

  WatchedBooks& watched_ = WatchedBooks::Get();
  support::TemporaryFolder scratch_;
  int next_ = 0;
};

// Issue 4, items 4 and 8, for a slice: it holds the cosigned heads and the time stamps of the whole
// book, byte for byte, and an auditor is told what they say.
TEST_F(SliceTimesTest, ASliceHoldsTheTimesOfTheWholeBook) {
  const fs::path whole = Folder();
  Must(exchange::ExportEvidence(watched_.books.ministry_store(), watched_.Parts(), whole));
  const Verdict book = Verify(whole);
  ASSERT_TRUE(book.times && !book.stamps.empty()) << ToText(book);
  for (const char* reader : {"GRC", "FRA"}) {
    const fs::path folder = Export(reader);
    EXPECT_EQ(ReadFile(folder / "cosigned-heads"), ReadFile(whole / "cosigned-heads"));
    const Verdict verdict = Verify(folder);
    EXPECT_THAT(Wrong(verdict), IsEmpty());
    ASSERT_TRUE(verdict.times);
    EXPECT_EQ(verdict.times->heads, book.times->heads);
    EXPECT_LE(verdict.times->longest_ms, book.times->longest_ms);
    ASSERT_EQ(verdict.stamps.size(), 1U);
    EXPECT_EQ(verdict.stamps.front().time, book.stamps.front().time);
    // The newest entry this reader may read.
    ASSERT_TRUE(verdict.stamps.front().covered_until);
    EXPECT_EQ(verdict.stamps.front().covered_until == book.stamps.front().covered_until,
              std::string_view(reader) == "GRC");
    EXPECT_THAT(ToText(verdict), HasSubstr("cosignatures of heads; no entry shown here from"));
    EXPECT_THAT(ToText(verdict), HasSubstr("1 time stamps; by the newest the first"));
  }
}

// Issue 4, item 5: both sides make the same bytes of them, however many pages they come in.
TEST_F(SliceTimesTest, AStateMakesTheSameBytes) {
  MinistryStore ministry(watched_.books);
  const fs::path fetched = Folder();
  Must(Fetch(ministry, fetched));
  const fs::path exported = Export("GRC");
  for (const auto& entry : fs::recursive_directory_iterator(exported)) {
    if (!entry.is_regular_file()) continue;
    const fs::path name = entry.path().lexically_relative(exported);
    EXPECT_EQ(ReadFile(entry.path()), ReadFile(fetched / name)) << name;
  }
  EXPECT_THAT(Wrong(Verify(fetched)), IsEmpty());
}

// docs/ledger.md: additive: a slice without them, of an older version, verifies, and the verdict
// says that it has none. A head that is left out is no finding; it corroborates less.
TEST_F(SliceTimesTest, WhatIsLeftOutIsNoFinding) {
  MinistryStore older(watched_.books);
  older.older = true;
  const fs::path without = Folder();
  Must(Fetch(older, without));
  EXPECT_FALSE(fs::exists(without / "cosigned-heads"));
  const Verdict verdict = Verify(without);
  EXPECT_EQ(ExitCodeOf(verdict), kExitVerified) << ToText(verdict);
  EXPECT_FALSE(verdict.times);
  EXPECT_THAT(verdict.stamps, IsEmpty());
  EXPECT_THAT(NotSaidBy(verdict), Contains(HasSubstr("no history of cosigned heads here")));

  const fs::path folder = Export("GRC");
  std::vector<ledger::CosignedHead> heads =
      Must(ledger::ParseCosignedHeads(ReadFile(folder / "cosigned-heads")));
  ASSERT_GT(heads.size(), 3U);
  for (std::size_t i = 0; i < heads.size(); ++i) {
    std::vector<ledger::CosignedHead> fewer = heads;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    WriteFile(folder / "cosigned-heads", ledger::FormatCosignedHeads(fewer));
    const Verdict less = Verify(folder);
    EXPECT_EQ(ExitCodeOf(less), kExitVerified) << ToText(less);
    EXPECT_TRUE(less.times);
  }
}

// Design section 14: strict: a line of another tree, and a changed stamp, are found.
TEST_F(SliceTimesTest, WhatWasChangedIsFound) {
  const fs::path folder = Export("FRA");
  const Bytes good = ReadFile(folder / "cosigned-heads");
  std::vector<ledger::CosignedHead> heads = Must(ledger::ParseCosignedHeads(good));
  heads.front().size += 1;
  WriteFile(folder / "cosigned-heads", ledger::FormatCosignedHeads(heads));
  EXPECT_THAT(Wrong(Verify(folder)), Contains(HasSubstr("does not verify over the root")));
  WriteFile(folder / "cosigned-heads", good);
  for (const char* ending : {".tsr", ".tsq", ".checkpoint"}) {
    const fs::path file = FileEnding(folder / "timestamps", ending);
    const Bytes bytes = ReadFile(file);
    // Behind the token's own content a reply repeats certificates, which nobody takes from there.
    constexpr std::size_t kContent = 170;
    const std::size_t end = std::string_view(ending) == ".tsr" ? kContent : bytes.size();
    for (std::size_t at = 0; at < end; at += end / 7 + 1) {
      Bytes changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ 4);
      WriteFile(file, changed);
      EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitWrong) << ending << ", byte " << at;
    }
    fs::remove(file);
    EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitWrong) << ending << " taken away";
    WriteFile(file, bytes);
  }
  EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitVerified);
}

// "Nothing that comes through a transport is believed": what does not verify over the leaf hashes
// is refused, and no folder is left.
TEST_F(SliceTimesTest, WhatTheMinistryGivesIsNotBelieved) {
  MinistryStore ministry(watched_.books);
  ministry.change_heads = [this](Bytes& text) {
    if (text.empty()) return;
    std::vector<ledger::CosignedHead> heads = Must(ledger::ParseCosignedHeads(text));
    for (ledger::CosignedHead& head : heads) head.size = std::min(head.size + 1, watched_.size);
    text = ledger::FormatCosignedHeads(heads);
  };
  EXPECT_THAT(Refusal(ministry), HasSubstr("does not verify over the root"));
  ministry.change_heads = [](Bytes& text) { text += "1 a line\n"; };
  EXPECT_THAT(Refusal(ministry), HasSubstr("the ministry's cosigned heads: "));
  Bytes first;
  ministry.change_heads = [&first](Bytes& text) {
    if (first.empty()) first = text;
    text = first;  // the same page for ever
  };
  EXPECT_THAT(Refusal(ministry), HasSubstr("not in order"));
  ministry.change_heads = nullptr;

  ministry.change_stamp = [](exchange::GivenStamp& stamp) { stamp.parts.checkpoint += "x"; };
  EXPECT_THAT(Refusal(ministry), HasSubstr("a time stamp of the ministry: "));
  ministry.change_stamp = [](exchange::GivenStamp& stamp) { stamp.above.clear(); };
  EXPECT_THAT(Refusal(ministry), HasSubstr("a time stamp of the ministry: "));
  // A genuine stamp over a head of another history.
  bool changed = false;
  ministry.change_stamp = [&](exchange::GivenStamp& stamp) {
    if (std::exchange(changed, true)) return;
    const auto log = watched_.books.LogSigner("PAK");
    const Bytes note = Must(ledger::SignCheckpoint(
        *log, {log->key().name(), {watched_.size, crypto::Sha256("another history")}}));
    stamp.parts.checkpoint = note;
    stamp.parts.query = Must(ledger::TimestampQueryFor(note, 1));  // before the genuine one
    stamp.parts.reply = watched_.authority.Answer(stamp.parts.query);
  };
  EXPECT_THAT(Refusal(ministry), HasSubstr("no head of the tree in this slice"));
  ministry.change_stamp = [](exchange::GivenStamp&) {};

  // A line of a key that the policy does not name is left out, as a whole book leaves it out.
  const auto stranger = watched_.books.WitnessSigner("PAK");
  ministry.change_heads = [&](Bytes& text) {
    if (text.empty()) return;
    std::vector<ledger::CosignedHead> heads = Must(ledger::ParseCosignedHeads(text));
    const std::uint64_t of = heads.front().size;
    heads.push_back(Must(ledger::CosignedHeadOf(
        of, Must(ledger::ParseSignatureLine(watched_.Line(*stranger, of, 1'472'700'000))))));
    text = ledger::FormatCosignedHeads(heads);
  };
  const fs::path folder = Folder();
  Must(Fetch(ministry, folder));
  EXPECT_EQ(ReadFile(folder / "cosigned-heads"), ReadFile(Export("GRC") / "cosigned-heads"));
}

// Issue 4, item 6: what a state was shown with cosignatures is in its slice also when the ministry
// gives no history any more.
TEST_F(SliceTimesTest, AStateAddsWhatItHolds) {
  store::Store& store = watched_.books.state_store();
  const Bytes note =
      Must(exchange::NewestFinalNote(watched_.books.ministry_store(), watched_.policy));
  store::Commit rows;
  rows.papers.push_back({std::string(exchange::kKeeperFinalPaper), std::string(exchange::kLatest),
                         0, false, 0, note});
  ASSERT_TRUE(store.Apply(rows).ok());
  MinistryStore silent(watched_.books);
  silent.change_heads = [](Bytes& text) { text.clear(); };
  const fs::path folder = Folder();
  Must(Fetch(silent, folder));
  const std::vector<ledger::CosignedHead> heads =
      Must(ledger::ParseCosignedHeads(ReadFile(folder / "cosigned-heads")));
  EXPECT_EQ(heads.size(), 2U) << "of Greece's witness and of the always-on one";
  for (const ledger::CosignedHead& head : heads) EXPECT_EQ(head.size, watched_.size);
  EXPECT_THAT(Wrong(Verify(folder)), IsEmpty());
  rows.papers.back().expected_version = 1;
  rows.papers.back().remove = true;
  ASSERT_TRUE(store.Apply(rows).ok());
}

}  // namespace
}  // namespace chancery::audit
