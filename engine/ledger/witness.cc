#include "engine/ledger/witness.h"

#include <algorithm>
#include <utility>

#include "engine/ledger/cosignature.h"
#include "engine/ledger/hash_lines.h"

namespace chancery::ledger {
namespace {

constexpr std::string_view kOld = "old ";

CosignRuling Refuse(CosignRefusal refusal, bool keep_as_evidence) {
  CosignRuling ruling;
  ruling.refusal = refusal;
  ruling.keep_as_evidence = keep_as_evidence;
  return ruling;
}

// Whether `proof` shows that `next` extends `held`; every tree extends the empty one, without a
// proof.
bool Extends(const TreeHead& held, const TreeHead& next, const ProofHashes& consistency_proof) {
  if (held.size == 0) return consistency_proof.empty();
  return VerifyConsistency(held.size, next.size, held.root, next.root, consistency_proof);
}

}  // namespace

absl::StatusOr<CosignOffer> ParseCosignOffer(ByteView body) {
  if (body.substr(0, kOld.size()) != kOld)
    return InvalidArgument("offer: does not begin with the old size");
  body.remove_prefix(kOld.size());
  const std::size_t end = body.find('\n');
  const std::optional<std::uint64_t> old_size =
      end == ByteView::npos ? std::nullopt : ParseSize(body.substr(0, end));
  if (!old_size) return InvalidArgument("offer: malformed old size");
  body.remove_prefix(end + 1);
  CosignOffer offer;
  offer.old_size = *old_size;
  absl::StatusOr<ProofHashes> hashes = TakeHashLines(body);
  if (!hashes.ok()) return Annotate(hashes.status(), "offer");
  offer.consistency_proof = *std::move(hashes);
  if (const absl::StatusOr<Note> note = ParseNote(body); !note.ok())
    return Annotate(note.status(), "offer");
  offer.checkpoint = Bytes(body);
  return offer;
}

Bytes FormatCosignOffer(const CosignOffer& offer) {
  return std::string(kOld) + std::to_string(offer.old_size) + "\n" +
         FormatHashLines(offer.consistency_proof) + offer.checkpoint;
}

std::string_view ToText(CosignRefusal refusal) {
  switch (refusal) {
    case CosignRefusal::kNone:
      return "none";
    case CosignRefusal::kMalformed:
      return "malformed";
    case CosignRefusal::kNotOurLog:
      return "not_our_log";
    case CosignRefusal::kStale:
      return "stale";
    case CosignRefusal::kBackwards:
      return "backwards";
    case CosignRefusal::kFork:
      return "fork";
    case CosignRefusal::kClockWentBack:
      return "clock_went_back";
    case CosignRefusal::kUnknownOrigin:
      return "unknown_origin";
    case CosignRefusal::kNotFresh:
      return "not_fresh";
    case CosignRefusal::kClockAhead:
      return "clock_ahead";
  }
  return "unknown";
}

std::int64_t TimeTold(std::span<const NoteKey> witnesses, const Note& note) {
  std::int64_t newest = 0;
  for (const NoteSignature& line : note.signatures) {
    for (const NoteKey& witness : witnesses) {
      if (VerifyCosignature(witness, line, note.text))
        newest = std::max(newest, CosignatureTime(line).value_or(0));
    }
  }
  return newest;
}

CosignRuling JudgeOffer(std::string_view origin, std::span<const NoteKey> logs,
                        const WitnessState& held, const CosignOffer& offer,
                        std::int64_t now_seconds) {
  const absl::StatusOr<VerifiedCheckpoint> verified = VerifyCheckpoint(offer.checkpoint, logs, {});
  if (!verified.ok()) {
    const bool malformed = verified.status().code() == absl::StatusCode::kInvalidArgument;
    return Refuse(malformed ? CosignRefusal::kMalformed : CosignRefusal::kNotOurLog, false);
  }
  if (verified->checkpoint.origin != origin) return Refuse(CosignRefusal::kNotOurLog, false);
  const TreeHead& next = verified->checkpoint.tree;
  if (offer.old_size > next.size) return Refuse(CosignRefusal::kMalformed, false);

  // From here on the log has signed what it is refused for.
  if (next.size == held.tree.size && next.root != held.tree.root)
    return Refuse(CosignRefusal::kFork, true);
  if (next.size < held.tree.size) return Refuse(CosignRefusal::kBackwards, true);
  if (offer.old_size != held.tree.size) return Refuse(CosignRefusal::kStale, next != held.tree);
  if (!Extends(held.tree, next, offer.consistency_proof)) return Refuse(CosignRefusal::kFork, true);
  if (now_seconds < held.cosigned_at) return Refuse(CosignRefusal::kClockWentBack, false);

  CosignRuling ruling;
  ruling.next = {next, now_seconds};
  ruling.checkpoint_text = verified->note.text;
  return ruling;
}

}  // namespace chancery::ledger
