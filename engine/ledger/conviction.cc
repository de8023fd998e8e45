#include "engine/ledger/conviction.h"

#include <array>
#include <utility>

#include "engine/ledger/checkpoint.h"
#include "engine/ledger/hash_lines.h"
#include "engine/ledger/receipt.h"

namespace chancery::ledger {
namespace {

constexpr std::string_view kTitle = "chancery-conviction v1\n";
constexpr std::array kKinds = {ConvictionKind::kHeads, ConvictionKind::kPrefix,
                               ConvictionKind::kLeaves, ConvictionKind::kBackdated,
                               ConvictionKind::kSilence};

// The value of the next line when it begins with that name; the line is taken.
std::optional<std::string_view> TakeLine(std::string_view& text, std::string_view name) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  if (line.size() <= name.size() || !line.starts_with(name) || line[name.size()] != ' ')
    return std::nullopt;
  text.remove_prefix(end + 1);
  return line.substr(name.size() + 1);
}

absl::Status TakeBytes(std::string_view& text, std::string_view name, Bytes& out) {
  const std::optional<std::string_view> value = TakeLine(text, name);
  const std::optional<Bytes> bytes = value ? FromBase64(*value) : std::nullopt;
  if (!bytes || bytes->empty()) {
    return InvalidArgument("conviction: expected a line \"" + std::string(name) +
                           "\" with bytes in base64");
  }
  out = *bytes;
  return absl::OkStatus();
}

bool HasEntries(ConvictionKind kind) {
  return kind == ConvictionKind::kLeaves || kind == ConvictionKind::kSilence;
}

std::string Line(std::string_view name, ByteView bytes) {
  return std::string(name) + " " + ToBase64(bytes) + "\n";
}

absl::Status NotShown(std::string_view what) {
  return PermissionDenied("conviction: " + std::string(what));
}

std::string Of(const TreeHead& tree) {
  return std::to_string(tree.size) + " entries with the root " + tree.root.ToHexText();
}

absl::StatusOr<Convicted> JudgeHeads(const Conviction& conviction, std::span<const NoteKey> logs) {
  CHANCERY_ASSIGN_OR_RETURN(const VerifiedCheckpoint first,
                            VerifyCheckpoint(conviction.first, logs, {}));
  CHANCERY_ASSIGN_OR_RETURN(const VerifiedCheckpoint second,
                            VerifyCheckpoint(conviction.second, logs, {}));
  const Checkpoint& a = first.checkpoint;
  const Checkpoint& b = second.checkpoint;
  if (a.origin != b.origin) return NotShown("the checkpoints are of two ledgers");
  if (conviction.kind == ConvictionKind::kHeads) {
    if (a.tree.size != b.tree.size || a.tree.root == b.tree.root)
      return NotShown("the checkpoints are not of one size with different roots");
    return Convicted{a.origin, "it has signed two trees of " + std::to_string(a.tree.size) +
                                   " entries, with the roots " + a.tree.root.ToHexText() + " and " +
                                   b.tree.root.ToHexText()};
  }
  const std::optional<ProvenRoots> roots = RootsOf(a.tree.size, b.tree.size, conviction.proof);
  if (!roots || roots->new_root != b.tree.root)
    return NotShown("the proof does not lead to the larger checkpoint");
  if (roots->old_root == a.tree.root)
    return NotShown("the larger checkpoint extends the smaller one");
  return Convicted{a.origin, "it has signed " + Of(a.tree) + ", and then a tree of " +
                                 std::to_string(b.tree.size) + " entries of which the first " +
                                 std::to_string(a.tree.size) + " have the root " +
                                 roots->old_root.ToHexText()};
}

absl::StatusOr<std::pair<Receipt, Checkpoint>> Proven(ByteView text, ByteView entry,
                                                      std::span<const NoteKey> logs) {
  CHANCERY_ASSIGN_OR_RETURN(Receipt receipt, ParseReceipt(text));
  CHANCERY_ASSIGN_OR_RETURN(const VerifiedCheckpoint verified,
                            VerifyCheckpoint(receipt.checkpoint, logs, {}));
  if (!VerifyInclusion(receipt.entry, verified.checkpoint.tree.size, LeafHash(entry),
                       receipt.inclusion_proof, verified.checkpoint.tree.root))
    return NotShown("a receipt does not prove the entry beside it");
  return std::pair(std::move(receipt), verified.checkpoint);
}

absl::StatusOr<Convicted> JudgeLeaves(const Conviction& conviction, std::span<const NoteKey> logs) {
  CHANCERY_ASSIGN_OR_RETURN(const auto first,
                            Proven(conviction.first, conviction.first_entry, logs));
  CHANCERY_ASSIGN_OR_RETURN(const auto second,
                            Proven(conviction.second, conviction.second_entry, logs));
  if (first.second.origin != second.second.origin)
    return NotShown("the receipts are of two ledgers");
  if (first.first.entry != second.first.entry || conviction.first_entry == conviction.second_entry)
    return NotShown("the receipts do not prove different entries under one number");
  return Convicted{first.second.origin, "it has signed two different entries under the number " +
                                            std::to_string(first.first.entry)};
}

}  // namespace

std::string_view NameOf(ConvictionKind kind) {
  switch (kind) {
    case ConvictionKind::kHeads:
      return "heads";
    case ConvictionKind::kPrefix:
      return "prefix";
    case ConvictionKind::kLeaves:
      return "leaves";
    case ConvictionKind::kBackdated:
      return "backdated";
    case ConvictionKind::kSilence:
      return "silence";
  }
  return "unknown";
}

absl::StatusOr<Conviction> ParseConviction(std::string_view text) {
  if (text.size() > kMaxConvictionBytes)
    return InvalidArgument("conviction: larger than any conviction");
  std::string_view rest = text;
  if (!rest.starts_with(kTitle))
    return InvalidArgument("conviction: the first line must be \"chancery-conviction v1\"");
  rest.remove_prefix(kTitle.size());
  Conviction conviction;
  const std::optional<std::string_view> kind = TakeLine(rest, "kind");
  bool known = false;
  for (const ConvictionKind one : kKinds) {
    if (kind != NameOf(one)) continue;
    conviction.kind = one;
    known = true;
  }
  if (!known) {
    return InvalidArgument(
        "conviction: the second line must be \"kind\" with heads, prefix, leaves, backdated or "
        "silence");
  }
  CHANCERY_RETURN_IF_ERROR(TakeBytes(rest, "first", conviction.first));
  CHANCERY_RETURN_IF_ERROR(TakeBytes(rest, "second", conviction.second));
  while (rest.starts_with("proof ")) {
    Bytes hash;
    CHANCERY_RETURN_IF_ERROR(TakeBytes(rest, "proof", hash));
    const std::optional<Digest> digest = Digest::FromBytes(hash);
    if (!digest || conviction.proof.size() == kMaxHashLines)
      return InvalidArgument("conviction: a proof has at most 63 hashes of 32 bytes");
    conviction.proof.push_back(*digest);
  }
  if (HasEntries(conviction.kind))
    CHANCERY_RETURN_IF_ERROR(TakeBytes(rest, "first-entry", conviction.first_entry));
  if (HasEntries(conviction.kind) || conviction.kind == ConvictionKind::kBackdated)
    CHANCERY_RETURN_IF_ERROR(TakeBytes(rest, "second-entry", conviction.second_entry));
  if (!rest.empty() || FormatConviction(conviction) != text)
    return InvalidArgument("conviction: a surplus line, or spelt in another way than the one text");
  return conviction;
}

std::string FormatConviction(const Conviction& conviction) {
  std::string text(kTitle);
  text += "kind " + std::string(NameOf(conviction.kind)) + "\n";
  text += Line("first", conviction.first) + Line("second", conviction.second);
  if (conviction.kind == ConvictionKind::kPrefix) {
    for (const Digest& hash : conviction.proof) text += Line("proof", hash.View());
  }
  if (HasEntries(conviction.kind)) text += Line("first-entry", conviction.first_entry);
  if (HasEntries(conviction.kind) || conviction.kind == ConvictionKind::kBackdated)
    text += Line("second-entry", conviction.second_entry);
  return text;
}

std::optional<Conviction> ConvictionOfHeads(ByteView one, ByteView other,
                                            const ProofHashes& proof) {
  const absl::StatusOr<Checkpoint> a = CheckpointIn(one);
  const absl::StatusOr<Checkpoint> b = CheckpointIn(other);
  if (!a.ok() || !b.ok() || a->origin != b->origin) return std::nullopt;
  if (a->tree.size > b->tree.size) return ConvictionOfHeads(other, one, proof);
  if (a->tree.size == b->tree.size) {
    if (a->tree.root == b->tree.root) return std::nullopt;
    return Conviction{ConvictionKind::kHeads, Bytes(one), Bytes(other), {}, {}, {}};
  }
  const std::optional<ProvenRoots> roots = RootsOf(a->tree.size, b->tree.size, proof);
  if (!roots || roots->new_root != b->tree.root || roots->old_root == a->tree.root)
    return std::nullopt;
  return Conviction{ConvictionKind::kPrefix, Bytes(one), Bytes(other), proof, {}, {}};
}

absl::StatusOr<Convicted> JudgeContradiction(const Conviction& conviction,
                                             std::span<const NoteKey> logs) {
  switch (conviction.kind) {
    case ConvictionKind::kHeads:
    case ConvictionKind::kPrefix:
      return JudgeHeads(conviction, logs);
    case ConvictionKind::kLeaves:
      return JudgeLeaves(conviction, logs);
    case ConvictionKind::kBackdated:
    case ConvictionKind::kSilence:
      break;
  }
  return InvalidArgument("conviction: this kind is judged with the entries it holds");
}

}  // namespace chancery::ledger
