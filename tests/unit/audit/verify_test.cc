// An exported folder verifies, and nothing in it can be changed without being named.
#include "audit/verify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "audit/verdict_text.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/tiles.h"
#include "tests/unit/audit/exported.h"

namespace chancery::audit {
namespace {

namespace fs = std::filesystem;
using support::ReadFile;
using support::WriteFile;

class VerifyEvidenceTest : public testing::Test {
 protected:
  static Verdict VerifyWith(const fs::path& folder, const std::optional<ledger::Anchor>& anchor) {
    VerifyOptions options;
    options.anchor = anchor;
    const absl::StatusOr<Verdict> verdict = VerifyEvidence(folder, options);
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    return verdict.ok() ? *verdict : Verdict{};
  }
  static Verdict Verify(const fs::path& folder) {
    return VerifyWith(folder, Exported::Get().books.anchor());
  }
  // A copy of one of the folders, to be changed.
  fs::path Copy(const fs::path& original) {
    const fs::path copy = scratch_.path() / std::to_string(next_++);
    fs::copy(original, copy, fs::copy_options::recursive);
    return copy;
  }
  // The files of a folder that vouch for something.
  static std::vector<fs::path> Files(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file() && entry.path().filename() != "README.txt")
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  static testing::AssertionResult IsWrong(const Verdict& verdict, const std::string& what) {
    for (const Finding& finding : verdict.findings) {
      if (ToText(finding).find(what) != std::string::npos) return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "no finding says \"" << what << "\":\n"
                                       << ToText(verdict);
  }

  support::TemporaryFolder scratch_;
  int next_ = 0;
};

// Issue 2: `chancery-audit verify DIR/ministry/evidence --anchor DIR/anchor` exits 0.
TEST_F(VerifyEvidenceTest, TheMinistrysBookVerifies) {
  const Verdict verdict = Verify(Exported::Get().ministry());
  EXPECT_EQ(ExitCodeOf(verdict), kExitVerified) << ToText(verdict);
  EXPECT_TRUE(verdict.orders_acts);
  EXPECT_EQ(verdict.rulings, verdict.acts);
  EXPECT_EQ(verdict.inadmissible, 1U);
  EXPECT_EQ(verdict.entries, verdict.tree.size);
  EXPECT_EQ(verdict.procedures, 2U);
  EXPECT_EQ(verdict.cosigned_by.size(), 1U);
}

// Design section 14: a state's own book, with its receipts under the ministry's log key.
TEST_F(VerifyEvidenceTest, AStatesBookVerifies) {
  const Verdict verdict = Verify(Exported::Get().state());
  EXPECT_EQ(ExitCodeOf(verdict), kExitVerified) << ToText(verdict);
  EXPECT_FALSE(verdict.orders_acts);
  EXPECT_EQ(verdict.receipts, 4U);
}

// Issue 2: without --anchor it exits 6 and says why.
TEST_F(VerifyEvidenceTest, WithoutAnAnchorAFolderIsTiedToNobody) {
  for (const fs::path& folder : {Exported::Get().ministry(), Exported::Get().state()}) {
    const Verdict verdict = VerifyWith(folder, std::nullopt);
    EXPECT_EQ(ExitCodeOf(verdict), kExitUnanchored) << ToText(verdict);
    EXPECT_NE(ToText(verdict).find("TIED TO NOBODY"), std::string::npos);
  }
}

// Issue 2: a missing folder exits 3: it says nothing about any evidence.
TEST_F(VerifyEvidenceTest, AMissingFolderIsNotAVerdict) {
  EXPECT_TRUE(absl::IsNotFound(VerifyEvidence(scratch_.path() / "none", {}).status()));
}

// Issue 2: after changing any single byte of any exported file except the README it exits 1 and
// names what is wrong. Every byte of the small files, and a seeded sample of the large ones.
TEST_F(VerifyEvidenceTest, NoByteOfAnyFileCanBeChanged) {
  std::mt19937 random(20151203);
  std::size_t changed = 0;
  for (const fs::path& original : {Exported::Get().ministry(), Exported::Get().state()}) {
    const fs::path folder = Copy(original);
    for (const fs::path& file : Files(folder)) {
      const Bytes bytes = ReadFile(file);
      std::vector<std::size_t> positions;
      const std::string name = file.lexically_relative(folder).generic_string();
      const bool every =
          original == Exported::Get().ministry() && (name == "policy" || name == "checkpoint");
      const std::size_t wanted = every ? bytes.size() : std::min<std::size_t>(bytes.size(), 12);
      for (std::size_t i = 0; i < wanted; ++i) {
        positions.push_back(
            every ? i : std::uniform_int_distribution<std::size_t>(0, bytes.size() - 1)(random));
      }
      positions.push_back(0);
      positions.push_back(bytes.size() - 1);
      for (const std::size_t position : positions) {
        Bytes tampered = bytes;
        const auto flip =
            static_cast<unsigned char>(1U << std::uniform_int_distribution<int>(0, 7)(random));
        tampered[position] =
            static_cast<char>(static_cast<unsigned char>(tampered[position]) ^ flip);
        WriteFile(file, tampered);
        const Verdict verdict = Verify(folder);
        ASSERT_EQ(ExitCodeOf(verdict), kExitWrong) << name << ", byte " << position;
        ASSERT_FALSE(verdict.findings.empty());
        ASSERT_FALSE(verdict.findings.front().file.empty()) << ToText(verdict.findings.front());
        ++changed;
      }
      WriteFile(file, bytes);
    }
    EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitVerified);  // everything was put back
  }
  EXPECT_GT(changed, 800U);
}

// Design section 14: exports are strict; a file cut short or with something behind it is not the
// file.
TEST_F(VerifyEvidenceTest, NoFileCanBeCutOrLengthenedOrTakenAway) {
  for (const fs::path& original : {Exported::Get().ministry(), Exported::Get().state()}) {
    const fs::path folder = Copy(original);
    for (const fs::path& file : Files(folder)) {
      const Bytes bytes = ReadFile(file);
      const std::string name = file.lexically_relative(folder).generic_string();
      WriteFile(file, bytes + "\n");
      EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitWrong) << name << " lengthened";
      WriteFile(file, ByteView(bytes).substr(0, bytes.size() - 1));
      EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitWrong) << name << " cut";
      // Also to less than one hash, one entry, one line.
      WriteFile(file, ByteView(bytes).substr(0, 20));
      EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitWrong) << name << " cut to 20 bytes";
      fs::remove(file);
      if (name == ledger::evidence::kCheckpoint) {
        EXPECT_TRUE(absl::IsNotFound(VerifyEvidence(folder, {}).status()));
      } else {
        EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitWrong) << name << " taken away";
      }
      WriteFile(file, bytes);
    }
  }
}

// Issue 2: what is no evidence folder is not judged; exit code 3, not 1.
TEST_F(VerifyEvidenceTest, AFolderWithoutACheckpointIsNoEvidence) {
  const fs::path empty = scratch_.path() / "empty";
  fs::create_directories(empty);
  const absl::Status status = VerifyEvidence(empty, {}).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_NE(status.message().find("no evidence folder here"), std::string::npos) << status;
}

// Security: names are chosen by whoever made the folder; they neither steer a terminal nor add a
// line to the verdict.
TEST_F(VerifyEvidenceTest, NamesAreShownAsPrintableAsciiOnly) {
  const fs::path folder = Copy(Exported::Get().ministry());
  WriteFile(folder / "a\x1b[2Jb\nVERIFIED: c\xc2\x9b", "surplus");
  const std::string text = ToText(Verify(folder));
  EXPECT_NE(text.find("a\\x1b[2Jb\\x0aVERIFIED: c\\xc2\\x9b"), std::string::npos) << text;
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << text;
}

// Design section 14: the README is for people; nothing vouches for it, and it need not be there.
TEST_F(VerifyEvidenceTest, TheReadmeDoesNotCount) {
  const fs::path folder = Copy(Exported::Get().ministry());
  WriteFile(folder / "README.txt", "something else");
  EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitVerified);
  fs::remove(folder / "README.txt");
  EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitVerified);
}

// Design section 14: no surplus file, whatever its name and kind.
TEST_F(VerifyEvidenceTest, SurplusFilesAreNamed) {
  for (const char* name :
       {"notes.txt", "tile/0/001", "tile/entries/000.p/1", "trust/other.pem", "procedures/x.bundle",
        "receipts/7.tlog-proof", "trust/roots/README.txt", "receipts/README"}) {
    const fs::path folder = Copy(Exported::Get().ministry());
    fs::create_directories((folder / name).parent_path());
    WriteFile(folder / name, "surplus");
    EXPECT_TRUE(IsWrong(Verify(folder), name));
  }
  const fs::path folder = Copy(Exported::Get().ministry());
  fs::create_directories(folder / "particulars");
  EXPECT_TRUE(IsWrong(Verify(folder), "particulars"));
}

// Design section 14: what is read must be in the folder itself.
TEST_F(VerifyEvidenceTest, SymbolicLinksAreRefused) {
  const fs::path folder = Copy(Exported::Get().ministry());
  fs::rename(folder / "checkpoint", scratch_.path() / "elsewhere");
  fs::create_symlink(scratch_.path() / "elsewhere", folder / "checkpoint");
  EXPECT_TRUE(IsWrong(Verify(folder), "checkpoint: neither a regular file"));
}

// Design section 14: every certificate in the folder is needed there.
TEST_F(VerifyEvidenceTest, CertificatesThatSealedNothingAreSurplus) {
  const fs::path folder = Copy(Exported::Get().ministry());
  const crypto::Certificate unused =
      support::RehearsalPki::Get().SealerOf("AUT", "monitor").certificate();
  WriteFile(folder / ledger::evidence::SealPath(unused.digest()), unused.ToPem());
  EXPECT_TRUE(IsWrong(Verify(folder), "sealed nothing here"));

  const fs::path other = Copy(Exported::Get().ministry());
  const crypto::Certificate authority =
      support::RehearsalPki::Get().CertificateAt("public/BGR/ca.pem");
  WriteFile(other / ledger::evidence::AuthorityPath(authority.digest()), authority.ToPem());
  EXPECT_TRUE(IsWrong(Verify(other), "issued nothing that is used here"));
}

// Ledger formats section 1: a duplicate line and a line of an unknown key are accepted by notes and
// surplus in an export.
TEST_F(VerifyEvidenceTest, SurplusSignatureLinesAreNamed) {
  const Bytes checkpoint = ReadFile(Exported::Get().ministry() / "checkpoint");
  const std::size_t last_line = checkpoint.rfind('\n', checkpoint.size() - 2) + 1;
  const fs::path twice = Copy(Exported::Get().ministry());
  WriteFile(twice / "checkpoint", checkpoint + checkpoint.substr(last_line));
  EXPECT_TRUE(IsWrong(Verify(twice), "a key has two lines"));

  const ledger::Note note = Must(ledger::ParseNote(checkpoint));
  const auto stranger =
      Must(ledger::MakeNoteSigner("stranger.example/witness", ledger::NoteAlgorithm::kCosignatureV1,
                                  Must(crypto::Ed25519Key::FromSeed(Bytes(32, 's')))));
  const std::string line =
      ledger::FormatSignatureLine(Must(ledger::Cosign(*stranger, note.text, 1)));
  const fs::path unknown = Copy(Exported::Get().ministry());
  WriteFile(unknown / "checkpoint", checkpoint + line);
  EXPECT_TRUE(IsWrong(Verify(unknown), "a surplus line"));

  // Without the witness's line the quorum is missing.
  const fs::path alone = Copy(Exported::Get().ministry());
  WriteFile(alone / "checkpoint", checkpoint.substr(0, last_line));
  EXPECT_EQ(ExitCodeOf(Verify(alone)), kExitWrong);
}

// Design section 6: entries have one order. Two that change places are found although each is
// genuine.
TEST_F(VerifyEvidenceTest, EntriesCannotChangePlacesOrBeDropped) {
  const fs::path folder = Copy(Exported::Get().ministry());
  const std::uint64_t size = Verify(folder).tree.size;
  const fs::path file = folder / ledger::TilePath({true, 0, 0, static_cast<int>(size)});
  std::vector<Bytes> entries = Must(ledger::DecodeBundle(ReadFile(file), static_cast<int>(size)));
  std::swap(entries[5], entries[6]);
  WriteFile(file, Must(ledger::EncodeBundle(entries)));
  const Verdict swapped = Verify(folder);
  EXPECT_TRUE(IsWrong(swapped, "entry 5"));
  EXPECT_TRUE(IsWrong(swapped, "entry 6"));
  std::swap(entries[5], entries[6]);
  entries.erase(entries.begin() + 5);
  WriteFile(file, Must(ledger::EncodeBundle(entries)));
  EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitWrong);
}

// Issue 2: a folder rebuilt with fresh keys exits 1; it is consistent with itself all the same.
TEST_F(VerifyEvidenceTest, AFolderRebuiltWithFreshKeysFails) {
  MadeBooks fresh(true);
  const fs::path ministry = scratch_.path() / "ministry";
  const fs::path state = scratch_.path() / "state";
  fresh.ExportMinistry(ministry);
  fresh.ExportState(state);
  for (const fs::path& folder : {ministry, state}) {
    EXPECT_EQ(ExitCodeOf(VerifyWith(folder, std::nullopt)), kExitUnanchored);
    EXPECT_EQ(ExitCodeOf(VerifyWith(folder, fresh.anchor())), kExitVerified);
    EXPECT_EQ(ExitCodeOf(Verify(folder)), kExitWrong);
  }
}

// Design section 14: every line of the anchor is asked.
TEST_F(VerifyEvidenceTest, AnAnchorWithAnythingElseInItFails) {
  const ledger::Anchor good = Exported::Get().books.anchor();
  const fs::path ministry = Exported::Get().ministry();
  ledger::Anchor other = good;
  other.founding = crypto::Sha256("another founding");
  EXPECT_TRUE(IsWrong(VerifyWith(ministry, other), "founding"));
  other = good;
  other.roots.begin()->second = crypto::Sha256("another root");
  EXPECT_TRUE(IsWrong(VerifyWith(ministry, other), "roots"));
  other = good;
  other.policies.at(Party("PAK")) = crypto::Sha256("another policy");
  EXPECT_TRUE(IsWrong(VerifyWith(ministry, other), "policy"));
  other = good;
  other.policies.erase(Party("PAK"));
  EXPECT_TRUE(IsWrong(VerifyWith(ministry, other), "names no policy"));
  other = good;
  other.rehearsal = false;
  EXPECT_TRUE(IsWrong(VerifyWith(ministry, other), "another realm"));
  other = good;
  std::swap(other.logs.at(Party("PAK")), other.logs.at(Party("GRC")));
  EXPECT_EQ(ExitCodeOf(VerifyWith(ministry, other)), kExitWrong);
  EXPECT_EQ(ExitCodeOf(VerifyWith(Exported::Get().state(), other)), kExitWrong);
}

// Design section 8: what both sides did not sign in one CMS binds nobody.
TEST_F(VerifyEvidenceTest, AProcedureSignedByOneSideOnlyFails) {
  const support::RehearsalPki& pki = support::RehearsalPki::Get();
  const fs::path folder = Copy(Exported::Get().ministry());
  const Digest founding = Exported::Get().books.anchor().founding;
  const Bytes bundle = ReadFile(folder / ledger::evidence::BundlePath(founding));
  const Instant at = ParseInstant("2016-09-01T06:00:00Z").value();
  WriteFile(folder / ledger::evidence::BundleSealPath(founding),
            Must(pki.SealerOf("EUE", "union-signatory").Seal(bundle, at)));
  EXPECT_TRUE(IsWrong(Verify(folder), "the ministry has not signed it"));
  WriteFile(folder / ledger::evidence::BundleSealPath(founding),
            Must(pki.SealerOf("PAK", "ministry").Seal(bundle, at)));
  EXPECT_TRUE(IsWrong(Verify(folder), "the Union's signatory has not signed it"));
}

// Design section 13: --json gives the same as data.
TEST_F(VerifyEvidenceTest, TheVerdictAsDataSaysTheSame) {
  const std::string json = ToJson(Verify(Exported::Get().ministry()));
  EXPECT_NE(json.find("\"verdict\": \"verified\""), std::string::npos);
  EXPECT_NE(json.find("\"exit_code\": 0"), std::string::npos);
}

// Design section 14: the same book exported again gives the same bytes, and an existing folder is
// left alone.
TEST_F(VerifyEvidenceTest, ExportsAreDeterministicAndReplaceNothing) {
  MadeBooks& books = Exported::Get().books;
  const fs::path again = scratch_.path() / "again";
  books.ExportMinistry(again);
  const fs::path first = Exported::Get().ministry();
  ASSERT_EQ(Files(again).size(), Files(first).size());
  for (const fs::path& file : Files(first)) {
    EXPECT_EQ(ReadFile(file), ReadFile(again / file.lexically_relative(first))) << file;
  }
  EXPECT_EQ(ReadFile(first / "README.txt"), ReadFile(again / "README.txt"));
  EXPECT_TRUE(absl::IsAlreadyExists(
      exchange::ExportEvidence(books.ministry_store(), books.PartsOf("PAK"), again).status()));
  std::size_t left = 0;
  for (const auto& entry : fs::directory_iterator(scratch_.path()))
    left += entry.path().filename() != "again" ? 1U : 0U;
  EXPECT_EQ(left, 0U);  // no temporary folder stays
}

// Ledger formats section 6: a checkpoint without its quorum is not exported.
TEST_F(VerifyEvidenceTest, ABookWithoutItsQuorumIsNotExported) {
  MadeBooks& books = Exported::Get().books;
  exchange::EvidenceParts parts = books.PartsOf("PAK");
  ledger::PolicyParts policy = Must(ledger::Policy::Parse(parts.policy)).parts();
  policy.witnesses.front().key =
      books.anchor().witnesses.at(Party("PAK"));  // who has not cosigned the own ledger
  parts.policy = Must(ledger::Policy::Make(policy)).Format();
  EXPECT_TRUE(absl::IsFailedPrecondition(
      exchange::ExportEvidence(books.ministry_store(), parts, scratch_.path() / "out").status()));
  EXPECT_FALSE(fs::exists(scratch_.path() / "out"));
}

// Design section 14: what the book needs must be there, or there is no folder.
TEST_F(VerifyEvidenceTest, AnExportThatLacksSomethingIsNotMade) {
  MadeBooks& books = Exported::Get().books;
  const fs::path out = scratch_.path() / "out";
  exchange::EvidenceParts parts = books.PartsOf("GRC");
  parts.receipts.pop_back();
  EXPECT_TRUE(absl::IsNotFound(exchange::ExportEvidence(books.state_store(), parts, out).status()));
  parts = books.PartsOf("PAK");
  parts.seals.clear();
  EXPECT_FALSE(exchange::ExportEvidence(books.ministry_store(), parts, out).ok());
  EXPECT_FALSE(fs::exists(out));
}

}  // namespace
}  // namespace chancery::audit
