// Signed notes (C2SP signed-note v1.0.0): a text with signature lines of named keys.
//
// Reading is strict: another spelling of the same thing is refused. A line of a key we do not know
// says nothing and is passed over; a line of a key we know that does not verify makes the whole
// note bad. What verifying returns is the SET of keys that signed: one verified line is enough for
// VerifyNote, so WHOSE line it must be is for the caller to ask (checkpoint.h asks for the log's,
// policy.h for the log's and the quorum).
//
// Two kinds of keys: 0x01 signs the text, 0x04 is a witness's cosignature/v1 and also carries a
// time (cosignature.h).
//
// Values and functions; safe on every thread. Malformed input is InvalidArgument, a signature that
// fails or is missing PermissionDenied.
#ifndef CHANCERY_ENGINE_LEDGER_NOTE_H_
#define CHANCERY_ENGINE_LEDGER_NOTE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/crypto/ed25519.h"

namespace chancery::ledger {

inline constexpr std::size_t kMaxNoteBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxNoteSignatures = 100;

// The algorithm byte of a note key. Bytes are forever.
enum class NoteAlgorithm : std::uint8_t { kEd25519 = 0x01, kCosignatureV1 = 0x04 };

// SHA-256(name || 0A || algorithm || key), first four bytes, big-endian.
std::uint32_t NoteKeyId(std::string_view name, std::uint8_t algorithm, ByteView key);
// Non-empty UTF-8 without a Unicode space, a '+' or a control character.
bool IsNoteName(std::string_view name);

// A public key with the name it signs under.
class NoteKey {
 public:
  // Reads "<name>+<8 hex digits>+<base64>" and compares the key id.
  static absl::StatusOr<NoteKey> FromText(std::string_view vkey);
  static absl::StatusOr<NoteKey> Make(std::string_view name, NoteAlgorithm algorithm,
                                      const crypto::Ed25519PublicKey& public_key);

  std::string ToText() const;

  const std::string& name() const { return name_; }
  NoteAlgorithm algorithm() const { return algorithm_; }
  std::uint32_t id() const { return id_; }
  const crypto::Ed25519PublicKey& public_key() const { return public_key_; }

  friend bool operator==(const NoteKey&, const NoteKey&) = default;

 private:
  NoteKey() = default;

  std::string name_;
  NoteAlgorithm algorithm_ = NoteAlgorithm::kEd25519;
  std::uint32_t id_ = 0;
  crypto::Ed25519PublicKey public_key_;
};

// One signature line as it stands.
struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  Bytes signature;  // what follows the key id

  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

struct Note {
  std::string text;  // ends in a newline
  std::vector<NoteSignature> signatures;

  friend bool operator==(const Note&, const Note&) = default;
};

// A note as bytes and back; a note that was read is written as the same bytes.
absl::StatusOr<Note> ParseNote(ByteView bytes);
Bytes FormatNote(const Note& note);
// One signature line with its newline: "— <name> <base64>\n".
std::string FormatSignatureLine(const NoteSignature& signature);
absl::StatusOr<NoteSignature> ParseSignatureLine(ByteView line);

// A key that verified. Several lines of one key count once; of a witness's the newest time stays.
struct VerifiedSignature {
  NoteKey key;
  std::int64_t cosigned_at = 0;  // seconds since 1970-01-01T00:00:00Z; only for kCosignatureV1

  friend bool operator==(const VerifiedSignature&, const VerifiedSignature&) = default;
};

// The known key that a line names, by name and id, whether or not the line verifies; null when
// none.
const NoteKey* KeyOf(std::span<const NoteKey> known, const NoteSignature& line);

// Which of the known keys signed, in the order of `known`. PermissionDenied when a line of a known
// key fails or when no known key signed; InvalidArgument when two different known keys share name
// and id.
absl::StatusOr<std::vector<VerifiedSignature>> VerifyNote(const Note& note,
                                                          std::span<const NoteKey> known);

// Who signs notes. A key in software; a key in a device later. Safe on every thread.
class NoteSigner {
 public:
  virtual ~NoteSigner() = default;
  virtual const NoteKey& key() const = 0;
  // Over exactly these bytes. Unavailable when the key cannot be reached.
  virtual absl::StatusOr<crypto::Ed25519Signature> Sign(ByteView bytes) const = 0;
};

// InvalidArgument when the name is none.
absl::StatusOr<std::unique_ptr<NoteSigner>> MakeNoteSigner(std::string_view name,
                                                           NoteAlgorithm algorithm,
                                                           crypto::Ed25519Key key);
// The x/mod convention "PRIVATE+KEY+<name>+<8 hex digits>+<base64(algorithm || seed)>".
absl::StatusOr<std::unique_ptr<NoteSigner>> ReadNoteSigner(std::string_view private_key_text);

// The line of a 0x01 key over `text`. InvalidArgument for another algorithm.
absl::StatusOr<NoteSignature> SignNoteText(const NoteSigner& signer, std::string_view text);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_NOTE_H_
