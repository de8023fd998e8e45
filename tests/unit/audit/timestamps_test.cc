#include "audit/timestamps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "engine/exchange/timestamping.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/timestamp.h"
#include "tests/support/stamping.h"
#include "tests/unit/audit/made_books.h"

namespace chancery::audit {
namespace {

namespace fs = std::filesystem;
namespace layout = ledger::evidence;
using support::StampingAuthority;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Both books with a stamp over their newest cosigned checkpoints, exported once.
struct StampedBooks {
  static StampedBooks& Get() {
    static StampedBooks books;
    return books;
  }
  fs::path Folder(const std::string& party) const { return folder.path() / party; }

  MadeBooks books;
  StampingAuthority authority;
  ledger::Anchor anchor;
  ledger::StampingTrust trust;
  std::uint64_t size = 0;  // of the ministry's book

 private:
  StampedBooks() : anchor(books.anchor()) {
    anchor.stamping_roots.emplace("the-post", authority.Certificate("root").digest());
    trust.roots.emplace("the-post", authority.Certificate("root"));
    for (const std::string party : {"PAK", "GRC"}) {
      store::Store& store = party == "PAK" ? books.ministry_store() : books.state_store();
      crypto::SystemEntropy entropy;
      const auto asked = Must(exchange::AskTimestamp(store, books.PolicyOf(party), entropy));
      if (party == "PAK") size = asked.name.size;
      Must(exchange::AddTimestamp(store, authority.Answer(asked.query), trust,
                                  ParseInstant("2100-01-01T00:00:00Z").value()));
      Must(exchange::ExportEvidence(store, books.PartsOf(party), Folder(party)));
    }
  }
  support::TemporaryFolder folder;
};

class TimestampsTest : public ::testing::Test {
 protected:
  // A copy that a test may change.
  fs::path Copy(const std::string& party = "PAK") {
    const fs::path copy = scratch_.path() / std::to_string(next_++);
    fs::copy(stamped_.Folder(party), copy, fs::copy_options::recursive);
    return copy;
  }
  // The only file of timestamps/ with that ending.
  static fs::path File(const fs::path& folder, std::string_view ending) {
    fs::path found;
    for (const auto& entry : fs::directory_iterator(folder / "timestamps")) {
      if (entry.path().string().ends_with(ending)) found = entry.path();
    }
    return found;
  }
  // Puts a stamp by that authority over these bytes.
  static void PutStamp(const fs::path& folder, ByteView note, const StampingAuthority& authority,
                       std::uint64_t size, std::uint64_t nonce) {
    const Bytes query = Must(ledger::TimestampQueryFor(note, nonce));
    const std::string stem = folder / "timestamps" / ledger::StampName{size, nonce}.ToText();
    support::WriteFile(stem + ".checkpoint", note);
    support::WriteFile(stem + ".tsq", query);
    support::WriteFile(stem + ".tsr", authority.Answer(query));
    for (const char* name : {"root", "between"}) {
      const crypto::Certificate certificate = authority.Certificate(name);
      support::WriteFile(folder / layout::StampingPath(certificate.digest()), certificate.ToPem());
    }
  }
  // A head of the ministry's ledger as its own keys and its witness's sign it.
  Bytes Head(std::uint64_t size, const Digest& root, std::int64_t cosigned_at) const {
    const auto log = stamped_.books.LogSigner("PAK");
    const Bytes signed_note = Must(ledger::SignCheckpoint(*log, {log->key().name(), {size, root}}));
    const ledger::Note note = Must(ledger::ParseNote(signed_note));
    const auto line =
        Must(ledger::Cosign(*stamped_.books.WitnessSigner("GRC"), note.text, cosigned_at));
    return Must(ledger::AddSignatureLines(signed_note, {Bytes(ledger::FormatSignatureLine(line))}));
  }
  Digest RootAt(std::uint64_t size) const {
    return Must(ledger::ReadCompactRange(stamped_.books.ministry_store(), size)).Root();
  }
  static Verdict Verify(const fs::path& folder, const std::optional<ledger::Anchor>& anchor) {
    VerifyOptions options;
    options.anchor = anchor;
    return Must(VerifyEvidence(folder, options));
  }
  Verdict Verify(const fs::path& folder) const { return Verify(folder, stamped_.anchor); }
  static std::vector<std::string> Wrong(const Verdict& verdict) {
    std::vector<std::string> texts;
    for (const Finding& finding : verdict.findings) texts.push_back(ToText(finding));
    return texts;
  }

  StampedBooks& stamped_ = StampedBooks::Get();
  support::TemporaryFolder scratch_;
  int next_ = 0;
};

// Issue 4, item 8: "RFC 3161 time stamps … cover cosigned checkpoints"; the verdict says up to
// which entry time who corroborates what, for the ministry's book and for a state's.
TEST_F(TimestampsTest, AnExportedStampIsVerifiedWithNoNetwork) {
  for (const char* party : {"PAK", "GRC"}) {
    const Verdict verdict = Verify(stamped_.Folder(party));
    EXPECT_THAT(Wrong(verdict), IsEmpty());
    ASSERT_EQ(verdict.stamps.size(), 1U) << party;
    const Stamped& stamp = verdict.stamps.front();
    EXPECT_EQ(stamp.size, verdict.tree.size);
    EXPECT_EQ(stamp.authority, "the-post");
    ASSERT_TRUE(stamp.covered_until);
    EXPECT_LT(*stamp.covered_until, stamp.time);
    EXPECT_FALSE(stamp.renewed);
    EXPECT_THAT(ToText(verdict), HasSubstr("1 time stamps; by the newest the first " +
                                           std::to_string(stamp.size) + " entries"));
    EXPECT_THAT(ToJson(verdict), HasSubstr("\"authority\": \"the-post\""));
  }
}

// Issue 4, "It is done when": "openssl alone verifies … a time stamp": over the exported
// checkpoint's bytes, with the exported certificates and nothing of ours.
TEST_F(TimestampsTest, OpensslAloneVerifiesAnExportedStamp) {
  const fs::path folder = stamped_.Folder("PAK");
  const fs::path changed = scratch_.path() / "changed";
  Bytes bytes = support::ReadFile(File(folder, ".checkpoint"));
  bytes[bytes.size() / 2] ^= 1;
  support::WriteFile(changed, bytes);
  const std::string command = "cat '" + folder.string() + "'/trust/stamping/*.pem > '" +
                              scratch_.path().string() + "/ca.pem'; openssl ts -verify -in '" +
                              File(folder, ".tsr").string() + "' -CAfile '" +
                              scratch_.path().string() + "/ca.pem' ";
  EXPECT_EQ(support::RunCommand(command + "-data '" + File(folder, ".checkpoint").string() + "'")
                .exit_code,
            0);
  EXPECT_EQ(
      support::RunCommand(command + "-queryfile '" + File(folder, ".tsq").string() + "'").exit_code,
      0);
  EXPECT_NE(support::RunCommand(command + "-data '" + changed.string() + "'").exit_code, 0);
}

// The anchor names who may stamp; another authority's stamp, or any under an anchor without one,
// proves nothing. Without an anchor it is as untied as the rest.
TEST_F(TimestampsTest, OnlyAnAuthorityOfTheAnchorCounts) {
  const Verdict other = Verify(stamped_.Folder("PAK"), stamped_.books.anchor());
  EXPECT_THAT(Wrong(other), ::testing::Contains(HasSubstr("no root of a time-stamping authority")));
  EXPECT_THAT(other.stamps, IsEmpty());

  const StampingAuthority stranger;
  const fs::path folder = Copy();
  PutStamp(folder, support::ReadFile(File(folder, ".checkpoint")), stranger, stamped_.size, 7);
  EXPECT_THAT(Wrong(Verify(folder)),
              ::testing::Contains(HasSubstr("does not lead to a root that is named here")));

  const Verdict untied = Verify(stamped_.Folder("PAK"), std::nullopt);
  EXPECT_TRUE(untied.consistent());
  ASSERT_EQ(untied.stamps.size(), 1U);
  EXPECT_EQ(untied.stamps.front().authority,
            stamped_.authority.Certificate("root").digest().ToHexText());
}

// A stamped head is a head of the exported tree; one that is not convicts the keeper or the stamp.
TEST_F(TimestampsTest, AStampedHeadIsAPrefixOfTheTree) {
  const std::int64_t at = ParseInstant("2016-09-05T06:00:00Z")->ms / kMsPerSecond;
  const fs::path older = Copy();
  PutStamp(older, Head(5, RootAt(5), at), stamped_.authority, 5, 8);
  const Verdict verdict = Verify(older);
  EXPECT_THAT(Wrong(verdict), IsEmpty());
  ASSERT_EQ(verdict.stamps.size(), 2U);
  EXPECT_EQ(verdict.stamps.front().size, 5U);

  const fs::path forked = Copy();
  PutStamp(forked, Head(5, RootAt(6), at), stamped_.authority, 5, 8);
  EXPECT_THAT(Wrong(Verify(forked)),
              ElementsAre(HasSubstr("first 5 entries do not make the stamped root")));
  const fs::path beyond = Copy();
  PutStamp(beyond, Head(stamped_.size + 1, RootAt(5), at), stamped_.authority, stamped_.size + 1,
           8);
  EXPECT_THAT(Wrong(Verify(beyond)), ElementsAre(HasSubstr("does not extend")));
  const fs::path empty = Copy();
  PutStamp(empty, Head(0, ledger::EmptyRoot(), at), stamped_.authority, 0, 8);
  EXPECT_FALSE(Verify(empty).consistent());
}

// The stamped bytes bear the log's own signature, and no line of anybody unknown.
TEST_F(TimestampsTest, AStampedCheckpointIsItsLogsOwn) {
  const std::int64_t at = ParseInstant("2016-09-05T06:00:00Z")->ms / kMsPerSecond;
  const MadeBooks fresh(true);
  const auto stranger = fresh.LogSigner("PAK");
  const Bytes unsigned_by_log =
      Must(ledger::SignCheckpoint(*stranger, {stranger->key().name(), {5, RootAt(5)}}));
  const fs::path folder = Copy();
  PutStamp(folder, unsigned_by_log, stamped_.authority, 5, 8);
  EXPECT_THAT(Wrong(Verify(folder)), ElementsAre(HasSubstr("surplus line")));

  const fs::path surplus = Copy();
  const Bytes honest = Head(5, RootAt(5), at);
  const ledger::Note note = Must(ledger::ParseNote(honest));
  const auto line = Must(ledger::SignNoteText(*stranger, note.text));
  PutStamp(surplus,
           Must(ledger::AddSignatureLines(honest, {Bytes(ledger::FormatSignatureLine(line))})),
           stamped_.authority, 5, 8);
  EXPECT_THAT(Wrong(Verify(surplus)), ElementsAre(HasSubstr("surplus line")));

  const fs::path other_book = Copy();
  PutStamp(other_book, support::ReadFile(File(stamped_.Folder("GRC"), ".checkpoint")),
           stamped_.authority, Verify(stamped_.Folder("GRC")).tree.size, 8);
  EXPECT_THAT(Wrong(Verify(other_book)), ElementsAre(HasSubstr("of another ledger")));
}

// A stamp older than a cosignature it covers, or than an entry, shows that a clock is wrong.
TEST_F(TimestampsTest, AStampIsNotOlderThanWhatItCovers) {
  const std::int64_t later = ParseInstant("2090-01-01T00:00:00Z")->ms / kMsPerSecond;
  const fs::path folder = Copy();
  PutStamp(folder, Head(5, RootAt(5), later), stamped_.authority, 5, 8);
  EXPECT_THAT(Wrong(Verify(folder)),
              ElementsAre(HasSubstr("before the checkpoint was cosigned at 2090")));
}

// Every file is accounted for, and every byte of a stamp's files counts.
TEST_F(TimestampsTest, StampsAreReadStrictly) {
  for (const std::string_view ending : {".checkpoint", ".tsq", ".tsr"}) {
    const fs::path lost = Copy();
    fs::remove(File(lost, ending));
    EXPECT_FALSE(Verify(lost).consistent()) << ending;
    const fs::path longer = Copy();
    std::ofstream(File(longer, ending), std::ios::app) << "x";
    EXPECT_FALSE(Verify(longer).consistent()) << ending;
    const fs::path renamed = Copy();
    for (const std::string_view other : {".checkpoint", ".tsq", ".tsr"}) {
      const fs::path file = File(renamed, other);
      fs::rename(file, file.parent_path() / ("4.0000000000000001" + std::string(other)));
    }
    EXPECT_THAT(Wrong(Verify(renamed)), ElementsAre(HasSubstr("not as its files are")));
  }
  const fs::path surplus = Copy();
  support::WriteFile(surplus / "timestamps/notes.txt", "x");
  EXPECT_THAT(Wrong(Verify(surplus)), ElementsAre(HasSubstr("surplus file")));
  const fs::path above = Copy();
  const StampingAuthority stranger;
  const crypto::Certificate root = stranger.Certificate("root");
  support::WriteFile(above / layout::StampingPath(root.digest()), root.ToPem());
  EXPECT_THAT(Wrong(Verify(above)), ElementsAre(HasSubstr("stands above no time stamp")));
  const fs::path unnamed = Copy();
  fs::rename(unnamed / layout::StampingPath(stamped_.authority.Certificate("root").digest()),
             unnamed / layout::StampingPath(root.digest()));
  EXPECT_FALSE(Verify(unnamed).consistent());
}

// Issue 4, item 8: stamps are "renewed before they age": a newer one made before the older one's
// certificate ended carries it on, also over the same tree.
TEST_F(TimestampsTest, ANewerStampRenewsAnOlderOne) {
  const std::int64_t at = ParseInstant("2016-09-05T06:00:00Z")->ms / kMsPerSecond;
  const StampingAuthority long_lived("--until 20580101000000Z");
  ledger::Anchor anchor = stamped_.anchor;
  anchor.stamping_roots.emplace("long-lived", long_lived.Certificate("root").digest());
  const fs::path folder = Copy();
  PutStamp(folder, Head(stamped_.size, RootAt(stamped_.size), at), long_lived, stamped_.size, 8);
  const Verdict verdict = Verify(folder, anchor);
  EXPECT_THAT(Wrong(verdict), IsEmpty());
  ASSERT_EQ(verdict.stamps.size(), 2U);
  const Stamped& first =
      verdict.stamps[0].authority == "the-post" ? verdict.stamps[0] : verdict.stamps[1];
  const Stamped& second =
      verdict.stamps[0].authority == "the-post" ? verdict.stamps[1] : verdict.stamps[0];
  EXPECT_TRUE(first.renewed);
  EXPECT_FALSE(second.renewed);
  EXPECT_THAT(ToText(first), HasSubstr("a newer stamp covers it on"));
  // One over a smaller tree renews nothing of the larger one's.
  const fs::path smaller = Copy();
  PutStamp(smaller, Head(5, RootAt(5), at), long_lived, 5, 8);
  for (const Stamped& stamp : Verify(smaller, anchor).stamps) EXPECT_FALSE(stamp.renewed);
}

}  // namespace
}  // namespace chancery::audit
