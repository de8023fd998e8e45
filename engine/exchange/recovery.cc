#include "engine/exchange/recovery.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/codec/entry.h"
#include "engine/codec/matter.h"
#include "engine/codec/offer.h"
#include "engine/codec/statement.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/keeper.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/seen.h"
#include "engine/procedure/replay.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 256;

// The act of an entry that carries a ruling.
struct RuledAct {
  Bytes statement;
  Bytes seal;
  procedure::Ruling ruling;
};

std::optional<RuledAct> RuledActOf(const codec::Entry& entry) {
  if (const auto* act = std::get_if<codec::ActBody>(&entry.body))
    return RuledAct{act->statement, act->seal, act->ruling};
  if (const auto* founded = std::get_if<codec::FoundedBody>(&entry.body)) {
    return RuledAct{founded->statement, founded->seal, founded->ruling};
  }
  return std::nullopt;
}

absl::Status Differs(std::uint64_t number, std::string_view what) {
  return DataLoss("check: entry " + std::to_string(number) + ": " + std::string(what));
}

}  // namespace

absl::StatusOr<ledger::CompactRange> CheckHead(store::Store& store,
                                               const ledger::NoteKey& log_key) {
  const std::string& origin = store.identity().origin;
  if (log_key.name() != origin || log_key.algorithm() != ledger::NoteAlgorithm::kEd25519) {
    return FailedPrecondition("ledger: the checkpoint key " + log_key.name() + " is not that of " +
                              origin);
  }
  CHANCERY_ASSIGN_OR_RETURN(const store::Head head, store.ReadHead());
  CHANCERY_ASSIGN_OR_RETURN(ledger::CompactRange tree,
                            ledger::ReadCompactRange(store, head.tree.size));
  if (tree.Head() != head.tree)
    return DataLoss("ledger: the tree's right edge does not lead to the stored root");
  if (head.tree.size == 0) return tree;
  const absl::StatusOr<ledger::VerifiedCheckpoint> signed_head =
      ledger::VerifyCheckpoint(head.checkpoint, log_key);
  if (!signed_head.ok()) {
    return DataLoss("ledger: the stored checkpoint is not signed by this ledger's key: " +
                    std::string(ToStd(signed_head.status().message())));
  }
  if (signed_head->checkpoint.tree != head.tree)
    return DataLoss("ledger: the stored checkpoint is of another tree");
  CHANCERY_ASSIGN_OR_RETURN(const store::StoredEntry last, store.ReadEntry(head.tree.size - 1));
  CHANCERY_ASSIGN_OR_RETURN(const Digest leaf, store.Node(0, head.tree.size - 1));
  if (ledger::LeafHash(last.bytes) != leaf)
    return DataLoss("ledger: the last entry's bytes are not those of its leaf");
  return tree;
}

absl::Status CheckIdentity(const store::Store& store, const Anchor& anchor, PartyCode party,
                           const ledger::NoteKey& log_key, const ledger::NoteKey& witness_key) {
  CHANCERY_ASSIGN_OR_RETURN(const store::StoreIdentity expected, StoreIdentityOf(anchor, party));
  if (store.identity() != expected) {
    return FailedPrecondition("store: it is not " + party.ToText() +
                              "'s store under this anchor (party, origin, realm or "
                              "founding procedure differ)");
  }
  if (log_key != anchor.logs.at(party)) {
    return FailedPrecondition("keys: the checkpoint key is not the one the anchor names for " +
                              party.ToText());
  }
  const auto witness = anchor.witnesses.find(party);
  if (witness == anchor.witnesses.end() || witness_key != witness->second) {
    return FailedPrecondition("keys: the witness key is not the one the anchor names for " +
                              party.ToText());
  }
  return absl::OkStatus();
}

absl::StatusOr<CheckReport> CheckEverything(store::Store& store, const ledger::NoteKey& log_key,
                                            const procedure::ProcedureSet& procedures,
                                            const crypto::SealVerifier& seals) {
  CHANCERY_RETURN_IF_ERROR(store.Check());
  CHANCERY_RETURN_IF_ERROR(CheckHead(store, log_key).status());
  CHANCERY_ASSIGN_OR_RETURN(const store::Head head, store.ReadHead());

  CheckReport report;
  procedure::Replayer replayer(procedures);
  Instant last_recorded;
  for (std::uint64_t first = 0; first < head.tree.size; first += kPage) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> page,
                              store.ReadEntries(first, kPage));
    for (const store::StoredEntry& stored : page) {
      if (stored.number >= head.tree.size) break;
      ++report.entries;
      const absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(stored.bytes);
      if (!entry.ok()) return Differs(stored.number, ToStd(entry.status().message()));
      if (entry->stream != stored.stream || entry->position != stored.position) {
        return Differs(stored.number, "its stream or position is not the stored one");
      }
      if (entry->recorded_at < last_recorded)
        return Differs(stored.number, "recorded before the entry before it");
      last_recorded = entry->recorded_at;
      const std::optional<RuledAct> ruled = RuledActOf(*entry);
      if (!ruled) continue;
      ++report.acts;
      const auto signers = seals.Verify(ruled->statement, ruled->seal);
      if (!signers.ok()) return Differs(stored.number, ToStd(signers.status().message()));
      const auto statement = codec::DecodeStatement(ruled->statement);
      if (!statement.ok()) return Differs(stored.number, ToStd(statement.status().message()));
      procedure::RecordedAct recorded;
      recorded.entry = stored.number;
      recorded.recorded_at = entry->recorded_at;
      recorded.digest = crypto::Sha256(ruled->statement);
      for (const crypto::VerifiedSigner& signer : *signers)
        recorded.signers.push_back(signer.certificate);
      recorded.act = statement->act;
      if (const auto* act = std::get_if<codec::ActBody>(&entry->body);
          act != nullptr && !act->offer_proof.empty()) {
        const absl::StatusOr<codec::Offer> offer = codec::ParseOffer(act->offer_proof);
        const absl::StatusOr<std::int64_t> seen =
            offer.ok() ? ledger::SeenAtUnverified(offer->proof)
                       : absl::StatusOr<std::int64_t>(offer.status());
        if (!seen.ok()) return Differs(stored.number, ToStd(seen.status().message()));
        recorded.offered_since = Instant{*seen * kMsPerSecond};
      }
      const procedure::Stepped stepped = replayer.Add(recorded);
      if (stepped.ruling != ruled->ruling)
        return Differs(stored.number, "the ruling is not the one the core comes to");
      if (procedure::StreamOf(stepped.readers, store.identity().party) != entry->stream) {
        return Differs(stored.number, "it stands in another stream than its readers'");
      }
    }
  }

  std::optional<MatterId> after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::MatterRow> page,
                              store.ListMatters(std::nullopt, after, kPage));
    if (page.empty()) break;
    for (const store::MatterRow& row : page) {
      ++report.matters;
      CHANCERY_ASSIGN_OR_RETURN(const procedure::Matter matter, codec::DecodeMatter(row.bytes));
      const procedure::Matter* replayed = replayer.matters().Find(row.id);
      if (replayed == nullptr || *replayed != matter) {
        return DataLoss("check: matter " + row.id.ToHexText() +
                        " is not what the ledger's acts make of it");
      }
    }
    after = page.back().id;
  }
  if (report.matters != replayer.matters().all().size()) {
    return DataLoss("check: a matter that the ledger's acts make is missing");
  }
  return report;
}

}  // namespace chancery::exchange
