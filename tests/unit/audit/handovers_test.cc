#include "audit/handovers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "engine/exchange/timestamping.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/evidence_layout.h"
#include "tests/support/stamping.h"
#include "tests/unit/audit/made_books.h"

namespace chancery::audit {
namespace {

namespace fs = std::filesystem;
namespace layout = ledger::evidence;
using support::ReadFile;
using support::WriteFile;
using ::testing::HasSubstr;

// The ministry's book across a rotation of its checkpoint key, stamped before, exported in the
// overlap and after its end.
struct RotatedBooks {
  static RotatedBooks& Get() {
    static RotatedBooks books;
    return books;
  }
  fs::path overlap() const { return folder.path() / "overlap"; }
  fs::path after() const { return folder.path() / "after"; }

  MadeBooks books;
  ledger::Anchor anchor;
  std::uint64_t stamped = 0;  // the size of the tree that is stamped

 private:
  RotatedBooks() : anchor(books.anchor()) {
    const support::StampingAuthority authority;
    ledger::StampingTrust trust;
    anchor.stamping_roots.emplace("the-post", authority.Certificate("root").digest());
    trust.roots.emplace("the-post", authority.Certificate("root"));
    crypto::SystemEntropy entropy;
    store::Store& store = books.ministry_store();
    const auto asked = Must(exchange::AskTimestamp(store, books.PolicyOf("PAK"), entropy));
    stamped = asked.name.size;
    Must(exchange::AddTimestamp(store, authority.Answer(asked.query), trust,
                                ParseInstant("2100-01-01T00:00:00Z").value()));
    books.Rotate();
    books.ExportMinistry(overlap());
    books.EndOverlap();
    books.ExportMinistry(after());
  }
  support::TemporaryFolder folder;
};

class HandoversTest : public ::testing::Test {
 protected:
  fs::path Copy(const fs::path& folder) {
    const fs::path copy = scratch_.path() / std::to_string(next_++);
    fs::copy(folder, copy, fs::copy_options::recursive);
    return copy;
  }
  Verdict Verify(const fs::path& folder) const {
    VerifyOptions options;
    options.anchor = rotated_.anchor;
    return Must(VerifyEvidence(folder, options));
  }
  testing::AssertionResult IsWrong(const fs::path& folder, const std::string& what) const {
    const Verdict verdict = Verify(folder);
    for (const Finding& finding : verdict.findings) {
      if (ToText(finding).find(what) != std::string::npos) return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "no finding says \"" << what << "\":\n"
                                       << ToText(verdict);
  }
  static int LogLines(const fs::path& folder) {
    const ledger::Note note =
        Must(ledger::ParseNote(ReadFile(folder / std::string(layout::kCheckpoint))));
    int lines = 0;
    for (const ledger::NoteSignature& line : note.signatures)
      lines += line.name.ends_with("/PAK") ? 1 : 0;
    return lines;
  }
  // The folder's checkpoint as these keys sign it, cosigned at that time.
  static void SignAnew(const fs::path& folder, const ledger::NoteSigner& log,
                       const ledger::NoteSigner& witness, Instant at) {
    const fs::path file = folder / std::string(layout::kCheckpoint);
    const ledger::Checkpoint checkpoint =
        Must(ledger::ParseCheckpoint(Must(ledger::ParseNote(ReadFile(file))).text));
    const Bytes note = Must(ledger::SignCheckpoint(log, checkpoint));
    const auto line =
        Must(ledger::Cosign(witness, Must(ledger::ParseNote(note)).text, at.ms / kMsPerSecond));
    WriteFile(file,
              Must(ledger::AddSignatureLines(note, {Bytes(ledger::FormatSignatureLine(line))})));
  }
  // The handover of that folder, changed and signed anew by both keys.
  void HandOver(const fs::path& folder, const std::function<void(ledger::Handover&)>& change) {
    const fs::path file = folder / layout::HandoverPath(rotated_.books.announced());
    ledger::Handover handover = Must(ledger::ReadHandover(ReadFile(file)));
    fs::remove(file);
    change(handover);
    WriteFile(folder / layout::HandoverPath(handover.entry),
              Must(ledger::SignHandover(handover, rotated_.books.first_log(),
                                        rotated_.books.next_log())));
  }

  RotatedBooks& rotated_ = RotatedBooks::Get();
  support::TemporaryFolder scratch_;
  int next_ = 0;
};

// Issue 4, Keys over time: a book verifies across a rotation, in the overlap under both keys and
// after it under the new one; a time stamp over a head from before stays what it was.
TEST_F(HandoversTest, ABookVerifiesAcrossARotation) {
  EXPECT_EQ(LogLines(rotated_.overlap()), 2);
  EXPECT_EQ(LogLines(rotated_.after()), 1);
  for (const fs::path& folder : {rotated_.overlap(), rotated_.after()}) {
    const Verdict verdict = Verify(folder);
    EXPECT_TRUE(verdict.consistent()) << ToText(verdict);
    ASSERT_EQ(verdict.handovers.size(), 1U);
    EXPECT_EQ(verdict.handovers.front().entry, rotated_.books.announced());
    EXPECT_EQ(verdict.handovers.front().log, rotated_.books.next_log().key());
    EXPECT_THAT(ToText(verdict), HasSubstr("handed over, announced by entry"));
    ASSERT_EQ(verdict.stamps.size(), 1U);
    EXPECT_EQ(verdict.stamps.front().size, rotated_.stamped);
    EXPECT_LE(rotated_.stamped, rotated_.books.announced());
    // Without an anchor it is consistent with itself.
    const Verdict alone = Must(VerifyEvidence(folder, {}));
    EXPECT_TRUE(alone.consistent()) << ToText(alone);
  }
}

// Issue 4, Keys over time: from its end on the old key does not count, though all it signed before
// verifies for ever.
TEST_F(HandoversTest, ACheckpointOfTheOldKeyAfterItsEndIsNoticed) {
  const auto witness = rotated_.books.WitnessSigner("GRC");
  const fs::path before = Copy(rotated_.overlap());
  SignAnew(before, rotated_.books.first_log(), *witness,
           Instant{rotated_.books.until().ms - kMsPerSecond});
  EXPECT_TRUE(Verify(before).consistent()) << ToText(Verify(before));
  // By its cosignature, or by an entry in it, it stood after the end.
  const fs::path cosigned_later = Copy(rotated_.overlap());
  SignAnew(cosigned_later, rotated_.books.first_log(), *witness, rotated_.books.until());
  EXPECT_TRUE(IsWrong(cosigned_later, "checkpoint: signed only by a key that ended at"));
  const fs::path later = Copy(rotated_.after());
  SignAnew(later, rotated_.books.first_log(), *witness, rotated_.books.until());
  EXPECT_TRUE(IsWrong(later, "checkpoint: signed only by a key that ended at"));
}

// handovers.h: the keys follow from the anchor's by the handovers alone, and the policy with them
// is compared byte for byte.
TEST_F(HandoversTest, WithoutItsHandoverAKeyIsNobodys) {
  const fs::path cut = Copy(rotated_.after());
  fs::remove_all(cut / "keys");
  EXPECT_TRUE(IsWrong(cut, "policy-now: a surplus file"));
  EXPECT_TRUE(IsWrong(cut, "checkpoint: "));
  const fs::path policy = Copy(rotated_.after());
  WriteFile(policy / "policy-now", ReadFile(policy / "policy"));
  EXPECT_TRUE(IsWrong(policy, "policy-now: not the policy with the keys that followed"));
  const fs::path none = Copy(rotated_.after());
  fs::remove(none / "policy-now");
  EXPECT_TRUE(IsWrong(none, "policy-now: not the policy with the keys that followed"));
  const fs::path surplus = Copy(rotated_.after());
  WriteFile(surplus / "keys/07.handover", "x");
  EXPECT_TRUE(IsWrong(surplus, "keys/07.handover: a surplus file"));
  const fs::path broken = Copy(rotated_.after());
  const fs::path file = broken / layout::HandoverPath(rotated_.books.announced());
  Bytes note = ReadFile(file);
  note[note.size() - 4] = note[note.size() - 4] == 'A' ? 'B' : 'A';
  WriteFile(file, note);
  EXPECT_TRUE(IsWrong(broken, layout::HandoverPath(rotated_.books.announced()) + ": "));
}

// Issue 4, Keys over time: a handover stands on an act that announced exactly it, whoever signed
// it.
TEST_F(HandoversTest, AHandoverThatNoActAnnouncedIsFalse) {
  const auto changed = [&](const std::function<void(ledger::Handover&)>& change) {
    const fs::path folder = Copy(rotated_.after());
    HandOver(folder, change);
    return folder;
  };
  EXPECT_TRUE(IsWrong(changed([](ledger::Handover& one) { one.leaf_hash = Digest{}; }),
                      "which it names, is another one"));
  EXPECT_TRUE(IsWrong(changed([](ledger::Handover& one) { ++one.until.ms; }),
                      "announces another end of the keys before"));
  EXPECT_TRUE(IsWrong(changed([&](ledger::Handover& one) {
                        one.entry = rotated_.books.application_entry();
                        one.leaf_hash = Must(rotated_.books.ministry_store().Node(0, one.entry));
                      }),
                      "is no admitted authority_appointed of that party"));
  EXPECT_TRUE(IsWrong(changed([](ledger::Handover& one) { one.entry = 1'000'000; }),
                      "which is to announce it, is not here"));
}

}  // namespace
}  // namespace chancery::audit
