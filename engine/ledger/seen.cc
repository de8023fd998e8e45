#include "engine/ledger/seen.h"

#include <algorithm>

#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/receipt.h"

namespace chancery::ledger {

SeenKeys SeenKeysOf(const KeyBook& keys) {
  SeenKeys seen;
  for (const PartyCode party : keys.Parties()) {
    seen.logs.emplace(party, keys.Logs(party));
    seen.witnesses.emplace(party, keys.Witnesses(party));
  }
  seen.always_on = keys.always_on();
  return seen;
}

absl::StatusOr<std::int64_t> SeenAt(ByteView proof, ByteView entry, PartyCode party,
                                    const SeenKeys& keys) {
  CHANCERY_ASSIGN_OR_RETURN(const Receipt receipt, ParseReceipt(proof));
  const auto log = keys.logs.find(party);
  if (log == keys.logs.end())
    return PermissionDenied("offer proof: no ledger of " + party.ToText() + " is known here");
  std::vector<NoteKey> known = keys.always_on;
  const auto own = keys.witnesses.find(party);
  if (own != keys.witnesses.end())
    known.insert(known.end(), own->second.begin(), own->second.end());
  CHANCERY_ASSIGN_OR_RETURN(const VerifiedCheckpoint verified,
                            VerifyCheckpoint(receipt.checkpoint, log->second, known));
  // A line under the ledger's own name may be of a key that is being handed over and not known
  // here.
  const auto asked_for = std::count_if(
      verified.note.signatures.begin(), verified.note.signatures.end(),
      [&](const NoteSignature& line) {
        return KeyOf(known, line) != nullptr || line.name == verified.checkpoint.origin;
      });
  if (static_cast<std::size_t>(asked_for) != verified.note.signatures.size())
    return PermissionDenied("offer proof: its checkpoint bears a line that is not asked for");
  if (!VerifyInclusion(receipt.entry, verified.checkpoint.tree.size, LeafHash(entry),
                       receipt.inclusion_proof, verified.checkpoint.tree.root))
    return PermissionDenied(
        "offer proof: it does not lead from the sealed entry to the checkpoint");
  std::int64_t earliest = 0;
  for (const VerifiedSignature& signature : verified.signatures) {
    if (std::find(keys.always_on.begin(), keys.always_on.end(), signature.key) ==
        keys.always_on.end())
      continue;
    if (earliest == 0 || signature.cosigned_at < earliest) earliest = signature.cosigned_at;
  }
  if (earliest == 0)
    return PermissionDenied("offer proof: no always-on witness has cosigned its checkpoint");
  return earliest;
}

absl::StatusOr<std::int64_t> SeenAtUnverified(ByteView proof) {
  CHANCERY_ASSIGN_OR_RETURN(const Receipt receipt, ParseReceipt(proof));
  CHANCERY_ASSIGN_OR_RETURN(const Note note, ParseNote(receipt.checkpoint));
  CHANCERY_ASSIGN_OR_RETURN(const Checkpoint checkpoint, ParseCheckpoint(note.text));
  const std::string own = checkpoint.origin + "/witness";
  std::int64_t earliest = 0;
  for (const NoteSignature& line : note.signatures) {
    if (line.name == checkpoint.origin || line.name == own) continue;
    const std::int64_t at = CosignatureTime(line).value_or(0);
    if (earliest == 0 || at < earliest) earliest = at;
  }
  if (earliest == 0) return InvalidArgument("offer proof: its checkpoint has no cosignature");
  return earliest;
}

}  // namespace chancery::ledger
