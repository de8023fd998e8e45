#include "engine/ledger/checkpoint.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "engine/ledger/cosignature.h"
#include "tests/unit/ledger/fixtures.h"

namespace chancery::ledger {
namespace {

using absl::StatusCode;

TreeHead SomeHead() { return MemoryTree(TestLeaves()).HeadAt(8); }

// C2SP tlog-checkpoint: three lines, and written as they were read.
TEST(Checkpoint, TheTextHasThreeLines) {
  const Checkpoint checkpoint{kOrigin, SomeHead()};
  const std::string text = FormatCheckpoint(checkpoint);
  EXPECT_EQ(text, std::string(kOrigin) + "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n");
  EXPECT_EQ(ParseCheckpoint(text).value(), checkpoint);
  const Checkpoint empty{kOrigin, {}};
  EXPECT_EQ(FormatCheckpoint(empty),
            std::string(kOrigin) + "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
  EXPECT_EQ(ParseCheckpoint(FormatCheckpoint(empty)).value(), empty);
}

// Ledger formats section 2 and the malformed matrix of section 7.
TEST(Checkpoint, MalformedTextsAreRefused) {
  const std::string good = FormatCheckpoint({kOrigin, SomeHead()});
  const std::vector<std::pair<const char*, std::string>> bad = {
      {"a leading zero", Replaced(good, "\n8\n", "\n08\n")},
      {"a sign", Replaced(good, "\n8\n", "\n+8\n")},
      {"a negative size", Replaced(good, "\n8\n", "\n-8\n")},
      {"a space", Replaced(good, "\n8\n", "\n8 \n")},
      {"no size", Replaced(good, "\n8\n", "\n\n")},
      {"a size beyond the limit", Replaced(good, "\n8\n", "\n4611686018427387905\n")},
      {"a size beyond 64 bits", Replaced(good, "\n8\n", "\n18446744073709551624\n")},
      {"an extension line", good + "extension\n"},
      {"an empty fourth line", good + "\n"},
      {"no newline at the end", good.substr(0, good.size() - 1)},
      {"carriage returns", Replaced(good, "\n8\n", "\r\n8\r\n")},
      {"no origin", good.substr(good.find('\n'))},
      {"an origin with a space", "a " + good},
      {"two lines", good.substr(0, good.find("\n8\n") + 3)},
      {"an empty tree with another root", Replaced(good, "\n8\n", "\n0\n")},
      {"nothing", ""},
  };
  for (const auto& [what, text] : bad) {
    EXPECT_EQ(ParseCheckpoint(text).status().code(), StatusCode::kInvalidArgument) << what;
  }
  const std::string head = std::string(kOrigin) + "\n8\n";
  EXPECT_FALSE(ParseCheckpoint(head + ToBase64(Bytes(31, 'r')) + "\n").ok());
  EXPECT_FALSE(ParseCheckpoint(head + ToBase64(Bytes(33, 'r')) + "\n").ok());
  EXPECT_TRUE(ParseCheckpoint(head + ToBase64(Bytes(32, 'r')) + "\n").ok());
  EXPECT_FALSE(ParseCheckpoint(head + Replaced(ToBase64(Bytes(32, 'r')), "=", "") + "\n").ok());
}

// tlog-checkpoint: the log's key is named like the origin.
TEST(Checkpoint, ALogSignsForItsOwnOriginOnly) {
  const TestKeys keys;
  EXPECT_TRUE(SignCheckpoint(*keys.log, {kOrigin, SomeHead()}).ok());
  EXPECT_EQ(SignCheckpoint(*keys.log, {"other.example/log", SomeHead()}).status().code(),
            StatusCode::kInvalidArgument);
  const auto witness = TestSigner(kOrigin, NoteAlgorithm::kCosignatureV1, 'w');
  EXPECT_EQ(SignCheckpoint(*witness, {kOrigin, SomeHead()}).status().code(),
            StatusCode::kInvalidArgument);
}

// Ledger formats section 1, TRAP: one known key is enough for a note, but a checkpoint needs the
// log's own line.
TEST(Checkpoint, WitnessesDoNotStandInForTheLog) {
  const TestKeys keys;
  const std::vector<NoteKey> witnesses = keys.Witnesses();
  const Bytes cosigned =
      CosignedBy(*keys.union1, CosignedBy(*keys.reader, SignedHead(keys, SomeHead()), 100), 200);
  const VerifiedCheckpoint verified =
      VerifyCheckpoint(cosigned, keys.log->key(), witnesses).value();
  EXPECT_EQ(verified.checkpoint, (Checkpoint{kOrigin, SomeHead()}));
  EXPECT_EQ(verified.signatures,
            (std::vector<VerifiedSignature>{
                {keys.log->key(), 0}, {keys.reader->key(), 100}, {keys.union1->key(), 200}}));

  const Bytes without_log = WithoutLinesOf(cosigned, kOrigin);
  std::vector<NoteKey> all = witnesses;
  all.push_back(keys.log->key());
  ASSERT_TRUE(VerifyNote(ParseNote(without_log).value(), all).ok()) << "the trap itself";
  EXPECT_EQ(VerifyCheckpoint(without_log, keys.log->key(), witnesses).status().code(),
            StatusCode::kPermissionDenied);
}

// checkpoint.h: a signature of another log under this origin, or of this log's key under another,
// is refused.
TEST(Checkpoint, TheOriginIsTheLogs) {
  const TestKeys keys;
  const auto other = TestSigner("other.example/log", NoteAlgorithm::kEd25519, 'o');
  const Bytes note = SignCheckpoint(*other, {"other.example/log", SomeHead()}).value();
  EXPECT_EQ(VerifyCheckpoint(note, keys.log->key()).status().code(), StatusCode::kPermissionDenied);
  // The right key signs a text with another origin.
  Note mixed{FormatCheckpoint({"other.example/log", SomeHead()}), {}};
  mixed.signatures.push_back(SignNoteText(*keys.log, mixed.text).value());
  EXPECT_EQ(VerifyCheckpoint(FormatNote(mixed), keys.log->key()).status().code(),
            StatusCode::kPermissionDenied);
  const auto witness_as_log = TestSigner(kOrigin, NoteAlgorithm::kCosignatureV1, 'l');
  EXPECT_EQ(VerifyCheckpoint(SignedHead(keys, SomeHead()), witness_as_log->key()).status().code(),
            StatusCode::kInvalidArgument);
}

// Ledger formats section 10, key rotation: both keys sign for a while, one of them is enough, none
// may fail.
TEST(Checkpoint, DuringARotationEitherKeyIsEnough) {
  const TestKeys keys;
  const auto next = TestSigner(kOrigin, NoteAlgorithm::kEd25519, 'n');
  const std::vector<NoteKey> logs = {keys.log->key(), next->key()};
  const Bytes old_only = SignedHead(keys, SomeHead());
  const Bytes new_only = SignCheckpoint(*next, {kOrigin, SomeHead()}).value();
  EXPECT_TRUE(VerifyCheckpoint(old_only, logs, {}).ok());
  EXPECT_TRUE(VerifyCheckpoint(new_only, logs, {}).ok());
  Note both = ParseNote(old_only).value();
  both.signatures.push_back(ParseNote(new_only).value().signatures[0]);
  EXPECT_EQ(VerifyCheckpoint(FormatNote(both), logs, {}).value().signatures.size(), 2u);
  both.signatures[1].signature[7] ^= 1;
  EXPECT_EQ(VerifyCheckpoint(FormatNote(both), logs, {}).status().code(),
            StatusCode::kPermissionDenied);
  EXPECT_EQ(VerifyCheckpoint(new_only, keys.log->key()).status().code(),
            StatusCode::kPermissionDenied);
}

// Ledger formats section 7, malformed matrix: changed size, added extension line, carriage returns.
TEST(Checkpoint, AChangedCheckpointIsRefused) {
  const TestKeys keys;
  const Bytes good = SignedHead(keys, SomeHead());
  EXPECT_TRUE(VerifyCheckpoint(good, keys.log->key()).ok());
  for (const Bytes& bad :
       {Replaced(good, "\n8\n", "\n9\n"), Replaced(good, "\n\n", "\nextension\n\n"),
        Replaced(good, "\n8\n", "\r\n8\r\n"), good.substr(0, good.size() - 1)}) {
    EXPECT_FALSE(VerifyCheckpoint(bad, keys.log->key()).ok()) << bad;
  }
  // An extension line that the log itself signed.
  Note extended{FormatCheckpoint({kOrigin, SomeHead()}) + "extension\n", {}};
  extended.signatures.push_back(SignNoteText(*keys.log, extended.text).value());
  EXPECT_EQ(VerifyCheckpoint(FormatNote(extended), keys.log->key()).status().code(),
            StatusCode::kInvalidArgument);
}

// C2SP tlog-cosignature, cosignature/v1: the exact bytes that are signed, and the payload around
// the signature.
TEST(Cosignature, TheSignedBytesCarryHeaderTimeAndText) {
  const TestKeys keys;
  const std::string text = FormatCheckpoint({kOrigin, SomeHead()});
  EXPECT_EQ(CosignedBytes(1679315147, text), "cosignature/v1\ntime 1679315147\n" + text);
  const NoteSignature line = Cosign(*keys.reader, text, 1679315147).value();
  EXPECT_EQ(line.signature.size(), 72u);
  EXPECT_EQ(ToHex(line.signature.substr(0, 8)), "00000000641850cb");
  EXPECT_EQ(CosignatureTime(line), 1679315147);
  const auto signature =
      crypto::Ed25519Signature::FromBytes(ByteView(line.signature).substr(8)).value();
  EXPECT_TRUE(crypto::VerifyEd25519(keys.reader->key().public_key(),
                                    CosignedBytes(1679315147, text), signature));
  EXPECT_TRUE(VerifyCosignature(keys.reader->key(), line, text));
}

// Ledger formats section 7, malformed matrix: a flipped cosignature time, and everything else that
// is not this line.
TEST(Cosignature, AChangedCosignatureDoesNotVerify) {
  const TestKeys keys;
  const std::string text = FormatCheckpoint({kOrigin, SomeHead()});
  const NoteSignature good = Cosign(*keys.reader, text, 1000).value();
  for (std::size_t i = 0; i < good.signature.size(); ++i) {
    NoteSignature bent = good;
    bent.signature[i] = static_cast<char>(bent.signature[i] ^ 1);
    EXPECT_FALSE(VerifyCosignature(keys.reader->key(), bent, text)) << i;
  }
  EXPECT_FALSE(VerifyCosignature(keys.reader->key(), good, text + "x\n"));
  EXPECT_FALSE(VerifyCosignature(keys.union1->key(), good, text));
  NoteSignature short_line = good;
  short_line.signature.pop_back();
  EXPECT_FALSE(VerifyCosignature(keys.reader->key(), short_line, text));
  EXPECT_EQ(CosignatureTime(short_line), std::nullopt);
  NoteSignature late = good;
  late.signature[0] = '\x80';  // 2^63 and more
  EXPECT_EQ(CosignatureTime(late), std::nullopt);
  // A witness's line in a checkpoint that does not verify spoils the checkpoint.
  Note note = ParseNote(CosignedBy(*keys.reader, SignedHead(keys, SomeHead()), 1000)).value();
  note.signatures[1].signature[7] ^= 1;
  const std::vector<NoteKey> witnesses = keys.Witnesses();
  EXPECT_EQ(VerifyCheckpoint(FormatNote(note), keys.log->key(), witnesses).status().code(),
            StatusCode::kPermissionDenied);
}

// cosignature.h: who may cosign, and when.
TEST(Cosignature, OnlyAWitnessKeyCosignsAndNotBefore1970) {
  const TestKeys keys;
  const std::string text = FormatCheckpoint({kOrigin, SomeHead()});
  EXPECT_EQ(Cosign(*keys.log, text, 1000).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Cosign(*keys.reader, text, -1).status().code(), StatusCode::kInvalidArgument);
  const auto largest = std::numeric_limits<std::int64_t>::max();
  EXPECT_TRUE(
      VerifyCosignature(keys.reader->key(), Cosign(*keys.reader, text, largest).value(), text));
}

// note.h: of a witness's several lines the newest time stays, and it counts once.
TEST(Cosignature, TheNewestOfSeveralCosignaturesStays) {
  const TestKeys keys;
  const std::vector<NoteKey> witnesses = keys.Witnesses();
  Bytes note = SignedHead(keys, SomeHead());
  for (const std::int64_t seconds : {50, 70, 60}) note = CosignedBy(*keys.reader, note, seconds);
  const VerifiedCheckpoint verified = VerifyCheckpoint(note, keys.log->key(), witnesses).value();
  ASSERT_EQ(verified.signatures.size(), 2u);
  EXPECT_EQ(verified.signatures[1], (VerifiedSignature{keys.reader->key(), 70}));
}

// cosignature.h: lines are added behind those that are there, and never beyond the limits of a
// note.
TEST(Cosignature, LinesAreAddedWithinTheLimitsOfANote) {
  const TestKeys keys;
  const Bytes note = SignedHead(keys, SomeHead());
  const Bytes line =
      FormatSignatureLine(Cosign(*keys.reader, ParseNote(note).value().text, 5).value());
  EXPECT_EQ(AddSignatureLines(note, {line}).value(), note + line);
  EXPECT_FALSE(AddSignatureLines(note, {"no line\n"}).ok());
  EXPECT_FALSE(AddSignatureLines("no note\n", {line}).ok());
  EXPECT_TRUE(AddSignatureLines(note, std::vector<Bytes>(99, line)).ok());
  EXPECT_FALSE(AddSignatureLines(note, std::vector<Bytes>(100, line)).ok());
}

}  // namespace
}  // namespace chancery::ledger
