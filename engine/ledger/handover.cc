#include "engine/ledger/handover.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ledger/checkpoint.h"

namespace chancery::ledger {
namespace {

constexpr std::string_view kTitle = "chancery-handover v1";
constexpr std::string_view kWitnessEnding = "/witness";

absl::Status Malformed(std::string_view what) {
  return InvalidArgument("handover: " + std::string(what));
}

std::optional<std::string_view> TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

// What stands behind the name on the next line.
std::optional<std::string_view> TakeValue(std::string_view& text, std::string_view name) {
  const std::optional<std::string_view> line = TakeLine(text);
  if (!line || line->size() <= name.size() + 1 || !line->starts_with(name) ||
      (*line)[name.size()] != ' ')
    return std::nullopt;
  return line->substr(name.size() + 1);
}

std::string TextOf(const Handover& handover) {
  return std::string(kTitle) + "\n" + handover.origin + "\nbefore " + handover.before.ToText() +
         "\nlog " + handover.log.ToText() + "\nwitness " + handover.witness.ToText() + "\nuntil " +
         std::to_string(handover.until.ms) + "\nannounced " + std::to_string(handover.entry) + " " +
         handover.leaf_hash.ToHexText() + "\n";
}

absl::Status CheckNames(const Handover& handover) {
  const bool logs = handover.before.algorithm() == NoteAlgorithm::kEd25519 &&
                    handover.log.algorithm() == NoteAlgorithm::kEd25519 &&
                    handover.before.name() == handover.origin &&
                    handover.log.name() == handover.origin;
  if (!logs) return Malformed("both log keys must be Ed25519 keys named like the origin");
  if (handover.witness.algorithm() != NoteAlgorithm::kCosignatureV1 ||
      handover.witness.name() != handover.origin + std::string(kWitnessEnding))
    return Malformed("the witness's key must be a cosigning key named <origin>/witness");
  if (handover.witness.public_key() == handover.before.public_key() ||
      handover.witness.public_key() == handover.log.public_key())
    return Malformed("a key has one role");
  return absl::OkStatus();
}

absl::StatusOr<Handover> ParseText(std::string_view text) {
  if (TakeLine(text) != kTitle)
    return Malformed("the first line must be \"" + std::string(kTitle) + "\"");
  const std::optional<std::string_view> origin = TakeLine(text);
  if (!origin || !IsNoteName(*origin)) return Malformed("the second line must be an origin");
  std::vector<NoteKey> keys;
  for (const std::string_view name : std::array<std::string_view, 3>{"before", "log", "witness"}) {
    const std::optional<std::string_view> value = TakeValue(text, name);
    absl::StatusOr<NoteKey> key =
        value ? NoteKey::FromText(*value) : absl::StatusOr<NoteKey>(InvalidArgument(""));
    if (!key.ok())
      return Malformed("expected a line \"" + std::string(name) + "\" with a verifier key");
    keys.push_back(*std::move(key));
  }
  const std::optional<std::string_view> until = TakeValue(text, "until");
  const std::optional<std::uint64_t> ms = until ? ParseSize(*until) : std::nullopt;
  if (!ms) return Malformed("expected a line \"until\" with milliseconds");
  const std::optional<std::string_view> announced = TakeValue(text, "announced");
  const std::size_t space = announced ? announced->find(' ') : std::string_view::npos;
  if (space == std::string_view::npos)
    return Malformed("expected a line \"announced\" with a number and a leaf hash");
  const std::optional<std::uint64_t> entry = ParseSize(announced->substr(0, space));
  const std::optional<Digest> leaf = Digest::FromHexText(announced->substr(space + 1));
  if (!entry || !leaf)
    return Malformed("expected a line \"announced\" with a number and a leaf hash");
  if (!text.empty()) return Malformed("a surplus line");
  Handover handover{std::string(*origin),
                    keys[0],
                    keys[1],
                    keys[2],
                    Instant{static_cast<std::int64_t>(*ms)},
                    *entry,
                    *leaf};
  CHANCERY_RETURN_IF_ERROR(CheckNames(handover));
  return handover;
}

}  // namespace

absl::StatusOr<Bytes> SignHandover(const Handover& handover, const NoteSigner& before,
                                   const NoteSigner& log) {
  CHANCERY_RETURN_IF_ERROR(CheckNames(handover));
  if (before.key() != handover.before || log.key() != handover.log)
    return Malformed("it is signed by the two log keys that it names");
  Note note;
  note.text = TextOf(handover);
  CHANCERY_ASSIGN_OR_RETURN(NoteSignature old_line, SignNoteText(before, note.text));
  note.signatures.push_back(std::move(old_line));
  if (handover.before != handover.log) {
    CHANCERY_ASSIGN_OR_RETURN(NoteSignature new_line, SignNoteText(log, note.text));
    note.signatures.push_back(std::move(new_line));
  }
  return FormatNote(note);
}

absl::StatusOr<Handover> ReadHandover(ByteView bytes) {
  if (bytes.size() > kMaxHandoverBytes) return Malformed("larger than any handover");
  CHANCERY_ASSIGN_OR_RETURN(const Note note, ParseNote(bytes));
  CHANCERY_ASSIGN_OR_RETURN(Handover handover, ParseText(note.text));
  std::vector<NoteKey> keys = {handover.before};
  if (handover.log != handover.before) keys.push_back(handover.log);
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<VerifiedSignature> signatures,
                            VerifyNote(note, keys));
  if (signatures.size() != keys.size())
    return PermissionDenied("handover: both log keys must sign it, the old one and the new one");
  if (note.signatures.size() != keys.size() || note.text != TextOf(handover))
    return Malformed("a surplus line, or spelt in another way than the one text");
  return handover;
}

}  // namespace chancery::ledger
