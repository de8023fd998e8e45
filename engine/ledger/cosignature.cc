#include "engine/ledger/cosignature.h"

#include <limits>
#include <utility>

namespace chancery::ledger {
namespace {

constexpr std::size_t kTimeSize = 8;

Bytes TimeBytes(std::int64_t seconds) {
  Bytes bytes(kTimeSize, '\0');
  for (std::size_t i = 0; i < kTimeSize; ++i) {
    bytes[i] = static_cast<char>((static_cast<std::uint64_t>(seconds) >> (56 - 8 * i)) & 0xFF);
  }
  return bytes;
}

}  // namespace

std::string CosignedBytes(std::int64_t seconds, std::string_view checkpoint_text) {
  std::string bytes = "cosignature/v1\ntime " + std::to_string(seconds) + "\n";
  bytes += checkpoint_text;
  return bytes;
}

absl::StatusOr<NoteSignature> Cosign(const NoteSigner& witness, std::string_view checkpoint_text,
                                     std::int64_t seconds) {
  if (witness.key().algorithm() != NoteAlgorithm::kCosignatureV1) {
    return InvalidArgument("cosignature: the key of " + witness.key().name() + " is no witness's");
  }
  if (seconds < 0) return InvalidArgument("cosignature: the time is before 1970");
  CHANCERY_ASSIGN_OR_RETURN(const crypto::Ed25519Signature signature,
                            witness.Sign(CosignedBytes(seconds, checkpoint_text)));
  return NoteSignature{witness.key().name(), witness.key().id(),
                       TimeBytes(seconds) + signature.ToBytes()};
}

std::optional<std::int64_t> CosignatureTime(const NoteSignature& line) {
  if (line.signature.size() != kTimeSize + crypto::Ed25519Signature::kSize) return std::nullopt;
  std::uint64_t seconds = 0;
  for (std::size_t i = 0; i < kTimeSize; ++i) {
    seconds = (seconds << 8) | static_cast<unsigned char>(line.signature[i]);
  }
  if (seconds > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  return static_cast<std::int64_t>(seconds);
}

bool VerifyCosignature(const NoteKey& witness, const NoteSignature& line,
                       std::string_view checkpoint_text) {
  if (witness.algorithm() != NoteAlgorithm::kCosignatureV1) return false;
  if (line.name != witness.name() || line.key_id != witness.id()) return false;
  const std::optional<std::int64_t> seconds = CosignatureTime(line);
  if (!seconds) return false;
  const auto signature =
      crypto::Ed25519Signature::FromBytes(ByteView(line.signature).substr(kTimeSize));
  return signature && crypto::VerifyEd25519(witness.public_key(),
                                            CosignedBytes(*seconds, checkpoint_text), *signature);
}

absl::StatusOr<Bytes> AddSignatureLines(ByteView note, const std::vector<Bytes>& lines) {
  CHANCERY_ASSIGN_OR_RETURN(Note whole, ParseNote(note));
  for (const Bytes& line : lines) {
    CHANCERY_ASSIGN_OR_RETURN(NoteSignature signature, ParseSignatureLine(line));
    whole.signatures.push_back(std::move(signature));
  }
  Bytes bytes = FormatNote(whole);
  if (whole.signatures.size() > kMaxNoteSignatures || bytes.size() > kMaxNoteBytes) {
    return InvalidArgument("note: too many signatures");
  }
  return bytes;
}

}  // namespace chancery::ledger
