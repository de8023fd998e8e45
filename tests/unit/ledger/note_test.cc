#include "engine/ledger/note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/ledger/fixtures.h"

namespace chancery::ledger {
namespace {

using absl::StatusCode;

constexpr char kNeumannKey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr char kNeumannPrivate[] =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr char kNeumannText[] =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your "
    "problem is.\n";
constexpr char kNeumannLine[] =
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
constexpr char kEnochKey[] = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
constexpr char kExampleKey[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr char kExampleNote[] =
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";

Bytes NeumannNote() { return std::string(kNeumannText) + "\n" + kNeumannLine; }
NoteKey Key(std::string_view text) { return NoteKey::FromText(text).value(); }
std::string Repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// Ledger formats section 1, KAT 1 and KAT 2.
TEST(Note, TheKnownNotesVerify) {
  const std::vector<NoteKey> known = {Key(kNeumannKey)};
  const auto verified = VerifyNote(ParseNote(NeumannNote()).value(), known);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(*verified, (std::vector<VerifiedSignature>{{known[0], 0}}));
  const std::vector<NoteKey> example = {Key(kExampleKey)};
  EXPECT_TRUE(VerifyNote(ParseNote(kExampleNote).value(), example).ok());
}

// Ledger formats section 1, KAT 1: Ed25519 is deterministic, so that signing gives the known line.
TEST(Note, SigningTheKnownTextGivesTheKnownLine) {
  const std::unique_ptr<NoteSigner> signer = ReadNoteSigner(kNeumannPrivate).value();
  EXPECT_EQ(signer->key().ToText(), kNeumannKey);
  EXPECT_EQ(FormatSignatureLine(SignNoteText(*signer, kNeumannText).value()), kNeumannLine);
}

// note.h: a note that was read is written as the same bytes.
TEST(Note, WhatWasReadIsWrittenAsTheSameBytes) {
  for (const Bytes& bytes : {NeumannNote(), Bytes(kExampleNote), NeumannNote() + kNeumannLine}) {
    EXPECT_EQ(FormatNote(ParseNote(bytes).value()), bytes);
  }
}

// C2SP signed-note, "verifier keys": a key is written as it was read.
TEST(Note, KeysAreWrittenAsTheyWereRead) {
  for (const char* text : {kNeumannKey, kEnochKey, kExampleKey})
    EXPECT_EQ(Key(text).ToText(), text);
}

// Ledger formats section 1, must-reject keys: every proper substring of a good one.
TEST(Note, NoPartOfAKeyIsAKey) {
  for (const char* whole : {kNeumannKey, kExampleKey}) {
    const std::string_view text = whole;
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
      for (std::size_t length = 0; length <= text.size() - begin; ++length) {
        if (length == text.size()) continue;
        ASSERT_EQ(NoteKey::FromText(text.substr(begin, length)).status().code(),
                  StatusCode::kInvalidArgument)
            << text.substr(begin, length);
      }
    }
  }
}

std::string KeyText(std::string_view name, std::uint8_t algorithm, const Bytes& key) {
  const std::uint32_t id = NoteKeyId(name, algorithm, key);
  Bytes id_bytes;
  for (int shift = 24; shift >= 0; shift -= 8) id_bytes += static_cast<char>(id >> shift);
  return std::string(name) + "+" + ToHex(id_bytes) + "+" +
         ToBase64(Bytes(1, static_cast<char>(algorithm)) + key);
}

// Ledger formats section 1, must-reject keys: unknown algorithm and wrong length, each under the
// right key id.
TEST(Note, KeysOfUnknownAlgorithmOrWrongLengthAreRefused) {
  const Bytes key(32, 'k');
  EXPECT_TRUE(NoteKey::FromText(KeyText("a", 0x01, key)).ok());
  EXPECT_TRUE(NoteKey::FromText(KeyText("a", 0x04, key)).ok());
  EXPECT_FALSE(NoteKey::FromText(KeyText("a", 0x65, key)).ok());
  EXPECT_FALSE(NoteKey::FromText(KeyText("a", 0x02, key)).ok());
  EXPECT_FALSE(NoteKey::FromText(KeyText("a", 0x01, Bytes(31, 'k'))).ok());
  EXPECT_FALSE(NoteKey::FromText(KeyText("a", 0x01, Bytes(33, 'k'))).ok());
  EXPECT_FALSE(NoteKey::FromText(KeyText("a", 0x01, Bytes())).ok());
}

// C2SP signed-note: the key id belongs to the name, and is 8 lower-case hexadecimal digits.
TEST(Note, AKeyIdOfAnotherKeyIsRefused) {
  EXPECT_FALSE(NoteKey::FromText(Replaced(kNeumannKey, "c74f20a3", "c74f20a4")).ok());
  EXPECT_FALSE(NoteKey::FromText(Replaced(kNeumannKey, "c74f20a3", "C74F20A3")).ok());
  EXPECT_FALSE(NoteKey::FromText(Replaced(kNeumannKey, "PeterNeumann", "PeterNeumanm")).ok());
  EXPECT_FALSE(ReadNoteSigner(Replaced(kNeumannPrivate, "c74f20a3", "c74f20a4")).ok());
  EXPECT_FALSE(ReadNoteSigner(kNeumannKey).ok());
}

// C2SP signed-note: names are UTF-8 without Unicode spaces, '+' and control characters.
TEST(Note, NamesFollowTheFormat) {
  for (const char* name : {"a", "example.com/foo", "Zürich", "\xF0\x9F\x8C\x8D"})
    EXPECT_TRUE(IsNoteName(name)) << name;
  for (const char* name : {"", "a b", "a+b", "a\nb", "a\tb",
                           "a\xC2\xA0"
                           "b",
                           "a\xE2\x80\xA8"
                           "b",
                           "a\xE3\x80\x80"
                           "b",
                           "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "a\xE2\x80", "\x80"}) {
    EXPECT_FALSE(IsNoteName(name)) << name;
  }
}

// Ledger formats section 7, malformed matrix: each of these is refused, not repaired.
TEST(Note, MalformedNotesAreRefused) {
  const Bytes good = NeumannNote();
  const std::vector<std::pair<const char*, Bytes>> bad = {
      {"carriage returns", Replaced(good, "\n\n", "\r\n\r\n")},
      {"a carriage return in the text", Replaced(good, "problem,\n", "problem,\r\n")},
      {"no newline at the end", good.substr(0, good.size() - 1)},
      {"a hyphen for the em dash", Replaced(good, "—", "-")},
      {"an en dash for the em dash", Replaced(good, "—", "–")},
      {"no space behind the dash", Replaced(good, "— P", "—P")},
      {"two spaces", Replaced(good, "Neumann x0", "Neumann  x0")},
      {"no empty line", Replaced(good, "\n\n", "\n")},
      {"no signature", good.substr(0, good.find("—"))},
      {"an empty line behind the signatures", good + "\n"},
      {"text behind the signatures", good + "text\n"},
      {"a tab", Replaced(good, "think ", "think\t")},
      {"a null byte", Replaced(good, "think ", Bytes("think\0", 6))},
      {"not UTF-8", Replaced(good, "think", "th\xFFnk")},
      {"base64 without padding", Replaced(good, "JnAM=", "JnAM")},
      {"base64 of another spelling", Replaced(good, "JnAM=", "JnAN=")},
      {"URL base64", Replaced(good, "x08go/", "x08go_")},
      {"a key id and nothing else", Replaced(good, kNeumannLine, "— PeterNeumann x08gow==\n")},
      {"a plus in the name", Replaced(good, "— PeterNeumann", "— Peter+Neumann")},
      {"nothing", ""},
  };
  for (const auto& [what, bytes] : bad) {
    EXPECT_EQ(ParseNote(bytes).status().code(), StatusCode::kInvalidArgument) << what;
  }
}

// C2SP signed-note: the text ends at the LAST empty line, and may have empty lines itself.
TEST(Note, TheTextMayHoldEmptyLines) {
  const std::unique_ptr<NoteSigner> signer = ReadNoteSigner(kNeumannPrivate).value();
  Note note{"one\n\ntwo\n", {}};
  note.signatures.push_back(SignNoteText(*signer, note.text).value());
  EXPECT_EQ(ParseNote(FormatNote(note)).value(), note);
}

// C2SP signed-note: at least 16 signatures are accepted; ours: at most 100, and 1 MiB.
TEST(Note, TheNumberOfSignaturesHasALimit) {
  const Bytes text = std::string(kNeumannText) + "\n";
  EXPECT_TRUE(ParseNote(text + Repeated(kNeumannLine, 16)).ok());
  EXPECT_TRUE(ParseNote(text + Repeated(kNeumannLine, 100)).ok());
  EXPECT_FALSE(ParseNote(text + Repeated(kNeumannLine, 101)).ok());
  EXPECT_FALSE(ParseNote(Bytes(kMaxNoteBytes, 'a') + NeumannNote()).ok());
  EXPECT_TRUE(ParseNote(Bytes(kMaxNoteBytes - NeumannNote().size(), 'a') + NeumannNote()).ok());
}

// Ledger formats sections 0 and 1: a line of a type unknown here, ML-DSA-44 with its 2,420 bytes,
// is passed over and does not make the note too large; nor does one of ECDSA.
TEST(Note, LinesOfOtherTypesArePassedOver) {
  const std::vector<NoteKey> known = {Key(kNeumannKey)};
  for (const std::size_t size : {8u + 2420u, 71u, 1u}) {
    Note note = ParseNote(NeumannNote()).value();
    for (int i = 0; i < 8; ++i)
      note.signatures.push_back({"PeterNeumann", 0x06060606u, Bytes(size, 's')});
    EXPECT_EQ(VerifyNote(ParseNote(FormatNote(note)).value(), known).value().size(), 1u) << size;
  }
}

// C2SP signed-note: unknown keys are passed over, a known key that fails spoils the whole note.
TEST(Note, UnknownLinesArePassedOverAndKnownOnesMustVerify) {
  const std::vector<NoteKey> neumann = {Key(kNeumannKey)};
  const std::vector<NoteKey> enoch = {Key(kEnochKey)};
  const std::vector<NoteKey> both = {Key(kEnochKey), Key(kNeumannKey)};
  EXPECT_EQ(VerifyNote(ParseNote(NeumannNote()).value(), enoch).status().code(),
            StatusCode::kPermissionDenied);

  // Enoch's name and key id over a signature that is not his.
  Note forged = ParseNote(NeumannNote()).value();
  forged.signatures.push_back({"EnochRoot", 0xaf0cfe78, Bytes(64, 's')});
  EXPECT_TRUE(VerifyNote(forged, neumann).ok());
  EXPECT_EQ(VerifyNote(forged, both).status().code(), StatusCode::kPermissionDenied);

  // His name under another key id is another key.
  forged.signatures.back().key_id = 0xaf0cfe79;
  EXPECT_TRUE(VerifyNote(forged, both).ok());

  Note changed = ParseNote(NeumannNote()).value();
  changed.text[0] = 'i';
  EXPECT_EQ(VerifyNote(changed, neumann).status().code(), StatusCode::kPermissionDenied);
  Note short_signature = ParseNote(NeumannNote()).value();
  short_signature.signatures[0].signature.pop_back();
  EXPECT_EQ(VerifyNote(short_signature, neumann).status().code(), StatusCode::kPermissionDenied);
}

// Ledger formats section 1, TRAP: several lines of one key count once, and each of them must
// verify.
TEST(Note, DuplicateLinesOfOneKeyCountOnce) {
  const std::vector<NoteKey> known = {Key(kNeumannKey), Key(kNeumannKey)};
  const Note twice = ParseNote(NeumannNote() + kNeumannLine).value();
  EXPECT_EQ(VerifyNote(twice, known).value().size(), 1u);
  Note second_is_bad = twice;
  second_is_bad.signatures[1].signature[5] ^= 1;
  EXPECT_EQ(VerifyNote(second_is_bad, known).status().code(), StatusCode::kPermissionDenied);
}

// note.h: the two kinds of keys do not do each other's work.
TEST(Note, AWitnessKeySignsNoText) {
  const TestKeys keys;
  EXPECT_EQ(SignNoteText(*keys.reader, "text\n").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(SignNoteText(*keys.log, "text").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeNoteSigner("a b", NoteAlgorithm::kEd25519,
                           crypto::Ed25519Key::FromSeed(Bytes(32, 'x')).value())
                .status()
                .code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace chancery::ledger
