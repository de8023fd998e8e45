#include "audit/convict.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "engine/base/time.h"
#include "engine/codec/entry.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/receipt.h"

namespace chancery::audit {

namespace {

using ledger::Convicted;
using ledger::Conviction;
using ledger::ConvictionKind;

absl::Status NotShown(std::string_view what) {
  return PermissionDenied("conviction: " + std::string(what));
}

// An entry with the number and the checkpoint that a receipt proves it under.
struct ProvenEntry {
  std::uint64_t number = 0;
  ledger::VerifiedCheckpoint checkpoint;
  codec::Entry entry;
};
absl::StatusOr<ProvenEntry> ReadProven(ByteView text, ByteView entry, const ledger::KeyBook& keys) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Receipt receipt, ledger::ParseReceipt(text));
  const std::vector<ledger::NoteKey> logs = keys.AllLogs();
  const std::vector<ledger::NoteKey> witnesses = keys.AllWitnesses();
  CHANCERY_ASSIGN_OR_RETURN(ledger::VerifiedCheckpoint verified,
                            ledger::VerifyCheckpoint(receipt.checkpoint, logs, witnesses));
  if (!ledger::VerifyInclusion(receipt.entry, verified.checkpoint.tree.size,
                               ledger::LeafHash(entry), receipt.inclusion_proof,
                               verified.checkpoint.tree.root))
    return NotShown("a receipt does not prove the entry beside it");
  CHANCERY_ASSIGN_OR_RETURN(codec::Entry decoded, codec::DecodeEntry(entry));
  return ProvenEntry{receipt.entry, std::move(verified), std::move(decoded)};
}

// The newest time at which one of these signed; 0 when none did.
std::int64_t NewestOf(const ledger::VerifiedCheckpoint& verified,
                      const std::vector<ledger::NoteKey>& keys) {
  std::int64_t newest = 0;
  for (const ledger::VerifiedSignature& signature : verified.signatures) {
    if (std::find(keys.begin(), keys.end(), signature.key) != keys.end())
      newest = std::max(newest, signature.cosigned_at);
  }
  return newest;
}

// The keeper's own words alone: its witness's line says when the checkpoint was its largest tree.
absl::StatusOr<Convicted> JudgeBackdated(const Conviction& conviction,
                                         const ledger::KeyBook& keys) {
  const std::vector<ledger::NoteKey> logs = keys.AllLogs();
  const std::vector<ledger::NoteKey> witnesses = keys.AllWitnesses();
  CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint stood,
                            ledger::VerifyCheckpoint(conviction.first, logs, witnesses));
  CHANCERY_ASSIGN_OR_RETURN(const ProvenEntry outside,
                            ReadProven(conviction.second, conviction.second_entry, keys));
  const std::string& origin = stood.checkpoint.origin;
  if (outside.checkpoint.checkpoint.origin != origin)
    return NotShown("the checkpoint and the entry are of two ledgers");
  const std::int64_t said = NewestOf(stood, keys.Witnesses(keys.PartyOfOrigin(origin)));
  if (said == 0)
    return NotShown("its keeper does not say when the checkpoint was its largest tree");
  if (outside.number < stood.checkpoint.tree.size)
    return NotShown("the entry stands in the checkpoint");
  const Instant recorded = outside.entry.recorded_at;
  if (recorded.ms + ledger::kBackdatingToleranceMs >= said * kMsPerSecond)
    return NotShown("the entry is not older than the checkpoint it stands outside of");
  return Convicted{
      origin, "at " + chancery::ToText(Instant{said * kMsPerSecond}) +
                  " it said that its ledger had " + std::to_string(stood.checkpoint.tree.size) +
                  " entries, and entry " + std::to_string(outside.number) +
                  ", which came later, says it was recorded at " + chancery::ToText(recorded)};
}

absl::StatusOr<Convicted> JudgeSilence(const Conviction& conviction, const ledger::KeyBook& keys) {
  CHANCERY_ASSIGN_OR_RETURN(const ProvenEntry offered,
                            ReadProven(conviction.first, conviction.first_entry, keys));
  CHANCERY_ASSIGN_OR_RETURN(const ProvenEntry recorded,
                            ReadProven(conviction.second, conviction.second_entry, keys));
  const auto* sealed = std::get_if<codec::SealedBody>(&offered.entry.body);
  const auto* act = std::get_if<codec::ActBody>(&recorded.entry.body);
  if (sealed == nullptr || act == nullptr)
    return NotShown("it needs the entry of an act as sealed, and its entry as recorded");
  if (sealed->statement != act->statement) return NotShown("the entries are of two acts");
  const std::int64_t seen = NewestOf(offered.checkpoint, keys.always_on());
  if (seen == 0) return NotShown("no always-on witness has seen the act in its author's ledger");
  const Instant since{seen * kMsPerSecond};
  const Instant at = recorded.entry.recorded_at;
  if (at.ms <= since.ms + ledger::kLeftLyingMs)
    return NotShown("the act was recorded within two days of being seen");
  return Convicted{recorded.checkpoint.checkpoint.origin,
                   "an act that an always-on witness saw in the ledger " +
                       offered.checkpoint.checkpoint.origin + " at " + chancery::ToText(since) +
                       " was recorded at " + chancery::ToText(at) + ", as entry " +
                       std::to_string(recorded.number)};
}

}  // namespace

absl::StatusOr<ConvictedKeeper> Convict(const Conviction& conviction, const ledger::KeyBook& keys) {
  absl::StatusOr<Convicted> judged = [&]() -> absl::StatusOr<Convicted> {
    switch (conviction.kind) {
      case ConvictionKind::kHeads:
      case ConvictionKind::kPrefix:
      case ConvictionKind::kLeaves:
        return ledger::JudgeContradiction(conviction, keys.AllLogs());
      case ConvictionKind::kBackdated:
        return JudgeBackdated(conviction, keys);
      case ConvictionKind::kSilence:
        return JudgeSilence(conviction, keys);
    }
    return InvalidArgument("conviction: of no kind");
  }();
  if (!judged.ok()) return judged.status();
  return ConvictedKeeper{keys.PartyOfOrigin(judged->origin), judged->origin,
                         std::string(ledger::NameOf(conviction.kind)), judged->what};
}

std::string ToText(const ConvictedKeeper& convicted) {
  return "convicted: " + convicted.party.ToText() + ", keeper of " + convicted.origin + ": " +
         convicted.what + "\n";
}

std::string ToJson(const ConvictedKeeper& convicted) {
  const nlohmann::ordered_json json = {{"convicted", convicted.party.ToText()},
                                       {"origin", convicted.origin},
                                       {"kind", convicted.kind},
                                       {"what", convicted.what}};
  return json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace chancery::audit
