#include "engine/ledger/note.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/text.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/cosignature.h"

namespace chancery::ledger {
namespace {

constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // an em dash and a space
constexpr std::string_view kPrivateKeyPrefix = "PRIVATE+KEY+";
constexpr std::size_t kKeyIdSize = 4;

Bytes KeyIdBytes(std::uint32_t id) {
  Bytes bytes(kKeyIdSize, '\0');
  for (std::size_t i = 0; i < kKeyIdSize; ++i)
    bytes[i] = static_cast<char>((id >> (24 - 8 * i)) & 0xFF);
  return bytes;
}

std::uint32_t KeyIdFrom(ByteView bytes) {
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < kKeyIdSize; ++i)
    id = (id << 8) | static_cast<unsigned char>(bytes[i]);
  return id;
}

std::optional<NoteAlgorithm> AlgorithmFrom(char byte) {
  switch (static_cast<unsigned char>(byte)) {
    case 0x01:
      return NoteAlgorithm::kEd25519;
    case 0x04:
      return NoteAlgorithm::kCosignatureV1;
    default:
      return std::nullopt;
  }
}

// "<name>+<id>+<base64>", split at the first two '+': base64 has a '+' of its own.
struct KeyText {
  std::string_view name;
  std::uint32_t id = 0;
  NoteAlgorithm algorithm = NoteAlgorithm::kEd25519;
  Bytes key;
};
absl::StatusOr<KeyText> SplitKeyText(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos)
    return InvalidArgument("note key: not <name>+<id>+<base64>");
  KeyText parts;
  parts.name = text.substr(0, first);
  if (!IsNoteName(parts.name)) return InvalidArgument("note key: malformed name");
  const std::optional<Bytes> id = FromHex(text.substr(first + 1, second - first - 1));
  if (!id || id->size() != kKeyIdSize)
    return InvalidArgument("note key: the key id is not 8 hex digits");
  parts.id = KeyIdFrom(*id);
  std::optional<Bytes> key = FromBase64(text.substr(second + 1));
  if (!key || key->empty()) return InvalidArgument("note key: malformed base64");
  const std::optional<NoteAlgorithm> algorithm = AlgorithmFrom((*key)[0]);
  if (!algorithm) return InvalidArgument("note key: unknown algorithm");
  parts.algorithm = *algorithm;
  key->erase(0, 1);
  parts.key = *std::move(key);
  return parts;
}

bool VerifyLine(const NoteKey& key, const NoteSignature& line, std::string_view text) {
  switch (key.algorithm()) {
    case NoteAlgorithm::kEd25519: {
      const auto signature = crypto::Ed25519Signature::FromBytes(line.signature);
      return signature && crypto::VerifyEd25519(key.public_key(), text, *signature);
    }
    case NoteAlgorithm::kCosignatureV1:
      return VerifyCosignature(key, line, text);
  }
  return false;
}

class SoftwareSigner final : public NoteSigner {
 public:
  SoftwareSigner(NoteKey key, crypto::Ed25519Key private_key)
      : key_(std::move(key)), private_key_(std::move(private_key)) {}

  const NoteKey& key() const override { return key_; }
  absl::StatusOr<crypto::Ed25519Signature> Sign(ByteView bytes) const override {
    return private_key_.Sign(bytes);
  }

 private:
  const NoteKey key_;
  const crypto::Ed25519Key private_key_;
};

}  // namespace

std::uint32_t NoteKeyId(std::string_view name, std::uint8_t algorithm, ByteView key) {
  const char algorithm_byte = static_cast<char>(algorithm);
  return KeyIdFrom(
      crypto::Sha256(name, ByteView("\n", 1), ByteView(&algorithm_byte, 1), key).View());
}

bool IsNoteName(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const std::optional<char32_t> character = TakeCharacter(name);
    if (!character || *character < 0x20 || *character == '+' || IsUnicodeSpace(*character))
      return false;
  }
  return true;
}

absl::StatusOr<NoteKey> NoteKey::FromText(std::string_view vkey) {
  CHANCERY_ASSIGN_OR_RETURN(const KeyText parts, SplitKeyText(vkey));
  const auto public_key = crypto::Ed25519PublicKey::FromBytes(parts.key);
  if (!public_key) return InvalidArgument("note key: the public key is not 32 bytes long");
  CHANCERY_ASSIGN_OR_RETURN(NoteKey key, Make(parts.name, parts.algorithm, *public_key));
  if (key.id_ != parts.id)
    return InvalidArgument("note key: the key id does not belong to name and key");
  return key;
}

absl::StatusOr<NoteKey> NoteKey::Make(std::string_view name, NoteAlgorithm algorithm,
                                      const crypto::Ed25519PublicKey& public_key) {
  if (!IsNoteName(name)) return InvalidArgument("note key: malformed name");
  NoteKey key;
  key.name_ = std::string(name);
  key.algorithm_ = algorithm;
  key.id_ = NoteKeyId(name, static_cast<std::uint8_t>(algorithm), public_key.View());
  key.public_key_ = public_key;
  return key;
}

std::string NoteKey::ToText() const {
  Bytes key(1, static_cast<char>(algorithm_));
  key += public_key_.View();
  return name_ + "+" + ToHex(KeyIdBytes(id_)) + "+" + ToBase64(key);
}

absl::StatusOr<NoteSignature> ParseSignatureLine(ByteView line) {
  if (line.empty() || line.back() != '\n')
    return InvalidArgument("signature line: no newline at its end");
  line.remove_suffix(1);
  if (line.substr(0, kSignaturePrefix.size()) != kSignaturePrefix) {
    return InvalidArgument("signature line: does not begin with an em dash and a space");
  }
  line.remove_prefix(kSignaturePrefix.size());
  const std::size_t space = line.find(' ');
  if (space == ByteView::npos) return InvalidArgument("signature line: not <name> <base64>");
  const ByteView name = line.substr(0, space);
  if (!IsNoteName(name)) return InvalidArgument("signature line: malformed name");
  const std::optional<Bytes> bytes = FromBase64(line.substr(space + 1));
  if (!bytes) return InvalidArgument("signature line: malformed base64");
  if (bytes->size() <= kKeyIdSize)
    return InvalidArgument("signature line: no signature behind the key id");
  return NoteSignature{std::string(name), KeyIdFrom(*bytes), bytes->substr(kKeyIdSize)};
}

std::string FormatSignatureLine(const NoteSignature& signature) {
  std::string line(kSignaturePrefix);
  line += signature.name;
  line += ' ';
  line += ToBase64(KeyIdBytes(signature.key_id) + signature.signature);
  line += '\n';
  return line;
}

absl::StatusOr<Note> ParseNote(ByteView bytes) {
  if (bytes.size() > kMaxNoteBytes) return InvalidArgument("note: larger than 1 MiB");
  if (!IsUtf8(bytes)) return InvalidArgument("note: not UTF-8");
  const bool control = std::any_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n';
  });
  if (control) return InvalidArgument("note: has a control character");
  const std::size_t split = bytes.rfind("\n\n");
  if (split == ByteView::npos) return InvalidArgument("note: no empty line before the signatures");
  Note note;
  note.text = std::string(bytes.substr(0, split + 1));
  ByteView lines = bytes.substr(split + 2);
  if (lines.empty()) return InvalidArgument("note: no signature");
  while (!lines.empty()) {
    if (note.signatures.size() == kMaxNoteSignatures)
      return InvalidArgument("note: more than 100 signatures");
    const std::size_t end = lines.find('\n');
    const std::size_t length = end == ByteView::npos ? lines.size() : end + 1;
    CHANCERY_ASSIGN_OR_RETURN(NoteSignature signature, ParseSignatureLine(lines.substr(0, length)));
    note.signatures.push_back(std::move(signature));
    lines.remove_prefix(length);
  }
  return note;
}

Bytes FormatNote(const Note& note) {
  Bytes bytes = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) bytes += FormatSignatureLine(signature);
  return bytes;
}

const NoteKey* KeyOf(std::span<const NoteKey> known, const NoteSignature& line) {
  const auto found = std::find_if(known.begin(), known.end(), [&line](const NoteKey& key) {
    return key.name() == line.name && key.id() == line.key_id;
  });
  return found == known.end() ? nullptr : &*found;
}

absl::StatusOr<std::vector<VerifiedSignature>> VerifyNote(const Note& note,
                                                          std::span<const NoteKey> known) {
  std::vector<VerifiedSignature> verified;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const NoteKey& key = known[i];
    bool seen = false;
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (known[earlier].name() != key.name() || known[earlier].id() != key.id()) continue;
      if (known[earlier] != key)
        return InvalidArgument("two keys of " + key.name() + " share one key id");
      seen = true;
    }
    if (seen) continue;

    std::optional<VerifiedSignature> signature;
    for (const NoteSignature& line : note.signatures) {
      if (line.name != key.name() || line.key_id != key.id()) continue;
      if (!VerifyLine(key, line, note.text)) {
        return PermissionDenied("note: the signature of " + key.name() + " does not verify");
      }
      if (!signature) signature = VerifiedSignature{key, 0};
      if (key.algorithm() == NoteAlgorithm::kCosignatureV1) {
        signature->cosigned_at =
            std::max(signature->cosigned_at, CosignatureTime(line).value_or(0));
      }
    }
    if (signature) verified.push_back(*std::move(signature));
  }
  if (verified.empty()) return PermissionDenied("note: no known key has signed it");
  return verified;
}

absl::StatusOr<std::unique_ptr<NoteSigner>> MakeNoteSigner(std::string_view name,
                                                           NoteAlgorithm algorithm,
                                                           crypto::Ed25519Key key) {
  CHANCERY_ASSIGN_OR_RETURN(NoteKey public_part, NoteKey::Make(name, algorithm, key.public_key()));
  return std::make_unique<SoftwareSigner>(std::move(public_part), std::move(key));
}

absl::StatusOr<std::unique_ptr<NoteSigner>> ReadNoteSigner(std::string_view private_key_text) {
  if (private_key_text.substr(0, kPrivateKeyPrefix.size()) != kPrivateKeyPrefix) {
    return InvalidArgument("note key: not a private key");
  }
  private_key_text.remove_prefix(kPrivateKeyPrefix.size());
  CHANCERY_ASSIGN_OR_RETURN(const KeyText parts, SplitKeyText(private_key_text));
  CHANCERY_ASSIGN_OR_RETURN(crypto::Ed25519Key key, crypto::Ed25519Key::FromSeed(parts.key));
  CHANCERY_ASSIGN_OR_RETURN(std::unique_ptr<NoteSigner> signer,
                            MakeNoteSigner(parts.name, parts.algorithm, std::move(key)));
  if (signer->key().id() != parts.id)
    return InvalidArgument("note key: the key id does not belong to name and key");
  return signer;
}

absl::StatusOr<NoteSignature> SignNoteText(const NoteSigner& signer, std::string_view text) {
  if (signer.key().algorithm() != NoteAlgorithm::kEd25519) {
    return InvalidArgument("note: the key of " + signer.key().name() +
                           " is a witness's, it signs no text");
  }
  if (text.empty() || text.back() != '\n')
    return InvalidArgument("note: the text does not end in a newline");
  CHANCERY_ASSIGN_OR_RETURN(const crypto::Ed25519Signature signature, signer.Sign(text));
  return NoteSignature{signer.key().name(), signer.key().id(), signature.ToBytes()};
}

}  // namespace chancery::ledger
