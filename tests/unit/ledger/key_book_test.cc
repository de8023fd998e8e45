#include "engine/ledger/key_book.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/receipt.h"
#include "engine/ledger/seen.h"
#include "tests/unit/ledger/fixtures.h"

namespace chancery::ledger {
namespace {

using absl::StatusCode;

constexpr const char* kMinistry = "eu-pakistan.chancery.example/rehearsal/PAK";
constexpr const char* kWitness = "eu-pakistan.chancery.example/rehearsal/PAK/witness";
const Instant kEnd{1'000'000};
const Instant kLaterEnd{2'000'000};

std::unique_ptr<NoteSigner> Log(char seed) {
  return TestSigner(kMinistry, NoteAlgorithm::kEd25519, seed);
}
std::unique_ptr<NoteSigner> Cosigner(char seed) {
  return TestSigner(kWitness, NoteAlgorithm::kCosignatureV1, seed);
}
PartyCode Pak() { return *PartyCode::FromText("PAK"); }

Anchor SomeAnchor() {
  Anchor anchor;
  anchor.rehearsal = true;
  anchor.agreement = "eu-pakistan";
  anchor.logs.emplace(Pak(), Log('1')->key());
  anchor.witnesses.emplace(Pak(), Cosigner('w')->key());
  return anchor;
}

Digest Leaf(char fill) { return *Digest::FromBytes(Bytes(32, fill)); }

Bytes Handed(char before, char log, char witness, std::uint64_t entry, Instant until = kEnd) {
  return SignHandover({kMinistry, Log(before)->key(), Log(log)->key(), Cosigner(witness)->key(),
                       until, entry, Leaf('l')},
                      *Log(before), *Log(log))
      .value();
}

std::vector<NoteKey> Keys(const std::string& seeds) {
  std::vector<NoteKey> keys;
  for (const char seed : seeds) keys.push_back(Log(seed)->key());
  return keys;
}

// handover.h: the one text, signed by both keys, is read as what was written.
TEST(Handover, IsReadAsItWasWritten) {
  const Bytes note = Handed('1', '2', 'v', 7);
  const Handover handover = ReadHandover(note).value();
  EXPECT_EQ(handover.origin, kMinistry);
  EXPECT_EQ(handover.log, Log('2')->key());
  EXPECT_EQ(handover.witness, Cosigner('v')->key());
  EXPECT_EQ(handover.until, kEnd);
  EXPECT_EQ(handover.entry, 7u);
  EXPECT_EQ(ParseNote(note).value().signatures.size(), 2u);
  // Only the witness changes: the one log key signs once.
  EXPECT_EQ(ParseNote(Handed('1', '1', 'v', 7)).value().signatures.size(), 1u);
}

// Issue 4, Keys over time: a stolen new key cannot announce itself, and nobody announces a key that
// is another's: both must sign.
TEST(Handover, BothKeysMustSign) {
  const Note whole = ParseNote(Handed('1', '2', 'v', 7)).value();
  for (std::size_t kept : {std::size_t{0}, std::size_t{1}}) {
    Note half = whole;
    half.signatures = {whole.signatures[kept]};
    EXPECT_EQ(ReadHandover(FormatNote(half)).status().code(), StatusCode::kPermissionDenied)
        << kept;
  }
  Note wrong = whole;
  wrong.signatures[0].signature[0] ^= 1;
  EXPECT_EQ(ReadHandover(FormatNote(wrong)).status().code(), StatusCode::kPermissionDenied);
  EXPECT_FALSE(SignHandover(ReadHandover(FormatNote(whole)).value(), *Log('3'), *Log('2')).ok());
  EXPECT_FALSE(SignHandover(ReadHandover(FormatNote(whole)).value(), *Log('1'), *Log('3')).ok());
}

// handover.h: one spelling, no other line, and never a checkpoint.
TEST(Handover, MalformedNotesAreRefused) {
  const Note good = ParseNote(Handed('1', '2', 'v', 7)).value();
  const auto resigned = [](const std::string& text) {
    Note note;
    note.text = text;
    for (const char seed : {'1', '2'})
      note.signatures.push_back(SignNoteText(*Log(seed), text).value());
    return FormatNote(note);
  };
  EXPECT_TRUE(ReadHandover(resigned(good.text)).ok());
  const std::vector<std::pair<const char*, std::string>> bad = {
      {"another title", Replaced(good.text, "v1", "v2")},
      {"another origin", Replaced(good.text, std::string(kMinistry) + "\nbefore",
                                  "eu-pakistan.chancery.example/rehearsal/GRC\nbefore")},
      {"a surplus line", good.text + "more\n"},
      {"a leading zero", Replaced(good.text, "announced 7", "announced 07")},
      {"a negative end", Replaced(good.text, "until 1", "until -1")},
      {"no leaf hash", Replaced(good.text, "announced 7 ", "announced 7")},
      {"a witness for a log", Replaced(good.text, "log " + Log('2')->key().ToText(),
                                       "log " + Cosigner('v')->key().ToText())},
      {"a log for a witness",
       Replaced(good.text, Cosigner('v')->key().ToText(), Log('4')->key().ToText())},
  };
  for (const auto& [what, text] : bad) EXPECT_FALSE(ReadHandover(resigned(text)).ok()) << what;
  EXPECT_FALSE(ParseCheckpoint(good.text).ok());
  Note more = good;
  more.signatures.push_back(SignNoteText(*Log('3'), good.text).value());
  EXPECT_FALSE(ReadHandover(FormatNote(more)).ok());
}

// Issue 4, Keys over time: old and new count in the overlap, from the end on the new one alone, and
// a key is never forgotten.
TEST(KeyBook, OldAndNewCountUntilTheEnd) {
  KeyBook keys(SomeAnchor());
  EXPECT_TRUE(keys.empty());
  ASSERT_TRUE(keys.Take(Handed('1', '2', 'v', 7)).ok());
  EXPECT_EQ(keys.LogsAt(Pak(), Instant{0}), Keys("21"));
  EXPECT_EQ(keys.LogsAt(Pak(), Instant{kEnd.ms - 1}), Keys("21"));
  EXPECT_EQ(keys.LogsAt(Pak(), kEnd), Keys("2"));
  EXPECT_EQ(keys.Logs(Pak()), Keys("21"));
  EXPECT_EQ(keys.WitnessesAt(Pak(), kEnd), std::vector{Cosigner('v')->key()});
  EXPECT_EQ(keys.Witnesses(Pak()).size(), 2u);
  EXPECT_EQ(keys.EndOf(Log('1')->key()), kEnd);
  EXPECT_EQ(keys.EndOf(Log('2')->key()), std::nullopt);
  // A second one follows the first.
  ASSERT_TRUE(keys.Take(Handed('2', '3', 'v', 9, kLaterEnd)).ok());
  EXPECT_EQ(keys.LogsAt(Pak(), kEnd), Keys("32"));
  EXPECT_EQ(keys.Logs(Pak()), Keys("321"));
  EXPECT_EQ(keys.Witnesses(Pak()).size(), 2u);
}

// key_book.h: from the newest key alone, announced by a later entry, once, and to a key without a
// role; the same handover again says nothing new.
TEST(KeyBook, WhatDoesNotFollowIsRefused) {
  KeyBook keys(SomeAnchor());
  EXPECT_EQ(keys.Take(Handed('2', '3', 'v', 7)).code(), StatusCode::kPermissionDenied)
      << "by a key that nobody trusts";
  ASSERT_TRUE(keys.Take(Handed('1', '2', 'v', 7)).ok());
  EXPECT_TRUE(keys.Take(Handed('1', '2', 'v', 7)).ok());
  EXPECT_EQ(keys.Notes().size(), 1u);
  const std::vector<std::pair<const char*, Bytes>> refused = {
      {"a second one of the old key", Handed('1', '3', 'u', 9)},
      {"announced by the same entry", Handed('2', '3', 'u', 7)},
      {"announced backwards", Handed('2', '3', 'u', 6)},
      {"back to the old key", Handed('2', '1', 'u', 9)},
      {"the witness's old key", Handed('2', '3', 'w', 9)},
      {"a log key that is a witness's", Handed('2', 'w', 'u', 9)},
      {"nothing changes", Handed('2', '2', 'v', 9)},
  };
  for (const auto& [what, note] : refused)
    EXPECT_EQ(keys.Take(note).code(), StatusCode::kPermissionDenied) << what;
  EXPECT_EQ(keys.Logs(Pak()), Keys("21"));
  const std::string other = "eu-pakistan.chancery.example/rehearsal/GRC";
  const auto before = TestSigner(other, NoteAlgorithm::kEd25519, '5');
  const auto log = TestSigner(other, NoteAlgorithm::kEd25519, '6');
  const auto witness = TestSigner(other + "/witness", NoteAlgorithm::kCosignatureV1, '7');
  const Bytes stranger =
      SignHandover({other, before->key(), log->key(), witness->key(), kEnd, 8, Leaf('l')}, *before,
                   *log)
          .value();
  EXPECT_EQ(keys.Take(stranger).code(), StatusCode::kNotFound);
}

// Ledger formats section 10: the policy gets both log lines, the witness's next key stands beside
// the one before in a group of which any is enough; without handovers it is the policy itself.
TEST(KeyBook, BringsAPolicyForward) {
  KeyBook keys(SomeAnchor());
  const PartyCode readers[] = {Pak()};
  const Policy founding = FoundingPolicy(SomeAnchor(), Pak(), readers).value();
  EXPECT_EQ(keys.BringForward(founding).value(), founding);
  ASSERT_TRUE(keys.Take(Handed('1', '2', 'v', 7)).ok());
  const Policy now = keys.BringForward(founding).value();
  EXPECT_EQ(now.Format(), "log " + Log('2')->key().ToText() + "\nlog " + Log('1')->key().ToText() +
                              "\nwitness PAK-1 " + Cosigner('w')->key().ToText() +
                              "\nwitness PAK-2 " + Cosigner('v')->key().ToText() +
                              "\ngroup PAK any PAK-1 PAK-2\ngroup readers all PAK\n"
                              "quorum readers\n");
  const Checkpoint head{kMinistry, MemoryTree(TestLeaves()).HeadAt(8)};
  for (const char log : {'1', '2'}) {
    const Bytes note = SignCheckpoint(*Log(log), head).value();
    for (const char witness : {'w', 'v'}) {
      const Bytes final = CosignedBy(*Cosigner(witness), note, 10);
      EXPECT_TRUE(VerifyFinalCheckpoint(final, now).ok()) << log << witness;
      EXPECT_EQ(VerifyFinalCheckpoint(final, founding).ok(), log == '1' && witness == 'w');
    }
    EXPECT_FALSE(VerifyFinalCheckpoint(note, now).ok());
  }
}

// key_book.h: only some of the handovers, with what no longer follows left out.
TEST(KeyBook, ShowsWhatSomeHandoversLeave) {
  KeyBook keys(SomeAnchor());
  ASSERT_TRUE(keys.Take(Handed('1', '2', 'v', 7)).ok());
  ASSERT_TRUE(keys.Take(Handed('2', '3', 'v', 9, kLaterEnd)).ok());
  const auto first = keys.Where([](const Handover& one) { return one.entry < 9; });
  EXPECT_EQ(first->Logs(Pak()), Keys("21"));
  const auto second = keys.Where([](const Handover& one) { return one.entry == 9; });
  EXPECT_EQ(second->Logs(Pak()), Keys("1"));
  EXPECT_TRUE(second->empty());
}

// Ledger formats section 10: an offer proof made before or while keys are handed over stays what it
// is, also for who knows the old key alone; another stranger's line is still refused.
TEST(KeyBook, AnOfferProofOfTheOverlapIsReadByBoth) {
  Anchor anchor = SomeAnchor();
  const auto union1 = TestSigner("union.example/1", NoteAlgorithm::kCosignatureV1, 'u');
  anchor.always_on.push_back(union1->key());
  const KeyBook old_keys(anchor);
  KeyBook new_keys(anchor);
  ASSERT_TRUE(new_keys.Take(Handed('1', '2', 'v', 7)).ok());
  const Bytes entry = "an entry";
  const TreeHead tree{1, LeafHash(entry)};
  const Bytes by_old = SignCheckpoint(*Log('1'), {kMinistry, tree}).value();
  const auto proof = [&](const NoteSigner& also) {
    const Bytes both =
        AddSignatureLines(
            by_old,
            {FormatSignatureLine(SignNoteText(also, ParseNote(by_old).value().text).value())})
            .value();
    return FormatReceipt({0, {}, CosignedBy(*union1, both, 77)});
  };
  EXPECT_EQ(SeenAt(proof(*Log('2')), entry, Pak(), SeenKeysOf(old_keys)).value(), 77);
  EXPECT_EQ(SeenAt(proof(*Log('2')), entry, Pak(), SeenKeysOf(new_keys)).value(), 77);
  const auto stranger = TestSigner("stranger.example", NoteAlgorithm::kEd25519, 's');
  EXPECT_FALSE(SeenAt(proof(*stranger), entry, Pak(), SeenKeysOf(new_keys)).ok());
}

}  // namespace
}  // namespace chancery::ledger
