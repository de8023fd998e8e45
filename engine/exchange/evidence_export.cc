#include "engine/exchange/evidence_export.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "engine/base/check.h"
#include "engine/codec/entry.h"
#include "engine/exchange/cosigned_history.h"
#include "engine/exchange/evidence_readme.h"
#include "engine/exchange/evidence_used.h"
#include "engine/exchange/folder_writer.h"
#include "engine/exchange/timestamping.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/policy.h"
#include "engine/ledger/receipt.h"
#include "engine/ledger/tiles.h"

namespace chancery::exchange {
namespace {

namespace layout = ledger::evidence;

constexpr std::uint64_t kEntriesAtOnce = 256;

absl::Status PutReceipts(const std::vector<HeldReceipt>& receipts, EvidenceCollector& collector,
                         FolderWriter& writer) {
  // Of several receipts for one entry the one that was recorded last is taken.
  std::map<std::uint64_t, const HeldReceipt*> by_number;
  for (const HeldReceipt& held : receipts) {
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Receipt receipt, ledger::ParseReceipt(held.proof));
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(receipt.checkpoint));
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                              ledger::ParseCheckpoint(note.text));
    const auto wanted = collector.used().received.find(receipt.entry);
    if (wanted == collector.used().received.end()) continue;
    const codec::ReceivedBody& received = wanted->second;
    if (received.leaf_hash == ledger::LeafHash(held.entry) &&
        received.origin == checkpoint.origin && received.size == checkpoint.tree.size &&
        received.root == checkpoint.tree.root) {
      by_number[receipt.entry] = &held;
    }
  }
  // Reading an entry adds to what is used, but never to what was received here.
  const std::map<std::uint64_t, codec::ReceivedBody> received = collector.used().received;
  for (const auto& [number, body] : received) {
    const auto found = by_number.find(number);
    if (found == by_number.end()) {
      return NotFound("the receipt for entry " + std::to_string(number) + " of " + body.origin +
                      " under the checkpoint recorded with it");
    }
    CHANCERY_RETURN_IF_ERROR(
        collector.AddEntry("received entry " + std::to_string(number), found->second->entry));
    CHANCERY_RETURN_IF_ERROR(writer.Put(layout::ReceiptPath(number), found->second->proof));
    CHANCERY_RETURN_IF_ERROR(writer.Put(layout::ReceiptEntryPath(number), found->second->entry));
  }
  return absl::OkStatus();
}

// Whether the book whose first entry this is orders the acts.
bool IsFounding(ByteView first) {
  const absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(first);
  return entry.ok() && std::holds_alternative<codec::FoundedBody>(entry->body);
}

}  // namespace

absl::StatusOr<Bytes> CleanNote(const ledger::VerifiedCheckpoint& verified) {
  ledger::Note note{verified.note.text, {}};
  for (const ledger::VerifiedSignature& signature : verified.signatures) {
    for (const ledger::NoteSignature& line : verified.note.signatures) {
      if (line.name != signature.key.name() || line.key_id != signature.key.id()) continue;
      const bool cosigned = signature.key.algorithm() == ledger::NoteAlgorithm::kCosignatureV1;
      if (cosigned && ledger::CosignatureTime(line) != signature.cosigned_at) continue;
      note.signatures.push_back(line);
      break;
    }
  }
  return ledger::FormatNote(note);
}

absl::StatusOr<Bytes> NewestFinalNote(store::Store& store, ByteView policy_text,
                                      const ledger::KeyBook* keys) {
  CHANCERY_ASSIGN_OR_RETURN(ledger::Policy policy, ledger::Policy::Parse(policy_text));
  if (keys != nullptr) {
    CHANCERY_ASSIGN_OR_RETURN(policy, keys->BringForward(policy));
  }
  CHANCERY_ASSIGN_OR_RETURN(const store::Head head, store.ReadHead());
  if (!head.checkpoint.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::CosignatureRow> rows,
                              store.ListCosignatures(head.tree.size));
    std::vector<Bytes> lines;
    for (const store::CosignatureRow& row : rows) lines.push_back(row.line);
    CHANCERY_ASSIGN_OR_RETURN(const Bytes cosigned,
                              ledger::AddSignatureLines(head.checkpoint, lines));
    CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint verified,
                              ledger::VerifyCheckpointOf(cosigned, policy));
    if (verified.checkpoint.tree != head.tree)
      return DataLoss("the head's checkpoint is of another tree");
    if (ledger::Satisfied(policy, verified.checkpoint.origin, verified.signatures))
      return CleanNote(verified);
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::FinalCheckpoint> final_checkpoint,
                            store.LatestFinal());
  if (!final_checkpoint) {
    return FailedPrecondition(
        "no checkpoint of this book has the quorum of its policy yet: wait until its witnesses "
        "have cosigned");
  }
  CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint verified,
                            ledger::VerifyFinalCheckpoint(final_checkpoint->note, policy));
  return CleanNote(verified);
}

absl::StatusOr<ShownKeys> PutHandovers(
    const EvidenceParts& parts, const std::function<bool(std::uint64_t entry)>& holds, Bytes note,
    const std::function<absl::Status(const std::string&, ByteView)>& put) {
  CHANCERY_ASSIGN_OR_RETURN(ledger::Policy policy, ledger::Policy::Parse(parts.policy));
  if (parts.keys == nullptr || parts.keys->empty())
    return ShownKeys{std::move(policy), std::move(note)};
  const std::shared_ptr<ledger::KeyBook> shown = parts.keys->Where(
      [&holds](const ledger::Handover& handover) { return holds(handover.entry); });
  for (const Bytes& handed : shown->Notes()) {
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Handover handover, ledger::ReadHandover(handed));
    CHANCERY_RETURN_IF_ERROR(put(layout::HandoverPath(handover.entry), handed));
  }
  CHANCERY_ASSIGN_OR_RETURN(policy, shown->BringForward(policy));
  if (!shown->empty())
    CHANCERY_RETURN_IF_ERROR(put(std::string(layout::kPolicyNow), policy.Format()));
  // A line of a key that nothing in the folder announces is left out.
  CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint verified,
                            ledger::VerifyFinalCheckpoint(note, policy));
  CHANCERY_ASSIGN_OR_RETURN(Bytes clean, CleanNote(verified));
  return ShownKeys{std::move(policy), std::move(clean)};
}

absl::StatusOr<ExportedEvidence> ExportEvidence(store::Store& store, const EvidenceParts& parts,
                                                const std::filesystem::path& folder) {
  CHANCERY_CHECK(parts.anchors != nullptr);
  CHANCERY_ASSIGN_OR_RETURN(Bytes note_bytes,
                            NewestFinalNote(store, parts.policy, parts.keys.get()));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(note_bytes));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                            ledger::ParseCheckpoint(note.text));

  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<FolderWriter> writer,
                            FolderWriter::Create(folder));
  EvidenceCollector collector(parts);
  const std::uint64_t size = checkpoint.tree.size;
  bool orders_acts = false;
  for (std::uint64_t first = 0; first < size; first += kEntriesAtOnce) {
    const std::uint64_t count = std::min(kEntriesAtOnce, size - first);
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Bytes> entries, store.Entries(first, count));
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string name = "entry " + std::to_string(first + i);
      if (first + i == 0) orders_acts = IsFounding(entries.front());
      if (const absl::Status added = collector.AddEntry(name, entries[static_cast<std::size_t>(i)]);
          !added.ok()) {
        return Annotate(added, name);
      }
    }
  }
  CHANCERY_RETURN_IF_ERROR(PutReceipts(parts.receipts, collector, *writer));
  CHANCERY_RETURN_IF_ERROR(collector.PutProcedures(*writer));
  CHANCERY_RETURN_IF_ERROR(collector.PutTrust(*writer));
  CHANCERY_RETURN_IF_ERROR(PutTimestamps(store, size, [&](const std::string& path, ByteView bytes) {
    return writer->Put(path, bytes);
  }));
  CHANCERY_RETURN_IF_ERROR(ledger::WriteTiles(
      size, store, store,
      [&](const std::string& path, ByteView bytes) { return writer->Put(path, bytes); }));
  CHANCERY_RETURN_IF_ERROR(writer->Put(std::string(layout::kPolicy), parts.policy));
  const auto holds = [&](std::uint64_t entry) {
    return orders_acts ? entry < size : collector.used().received.contains(entry);
  };
  CHANCERY_ASSIGN_OR_RETURN(const ShownKeys shown,
                            PutHandovers(parts, holds, std::move(note_bytes),
                                         [&](const std::string& path, ByteView bytes) {
                                           return writer->Put(path, bytes);
                                         }));
  CHANCERY_RETURN_IF_ERROR(writer->Put(std::string(layout::kCheckpoint), shown.note));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes cosigned, CosignedHistory(store, shown.policy, size));
  if (!cosigned.empty())
    CHANCERY_RETURN_IF_ERROR(writer->Put(std::string(layout::kCosigned), cosigned));
  CHANCERY_RETURN_IF_ERROR(
      writer->Put(std::string(layout::kReadme),
                  EvidenceReadme(checkpoint, parts.made_for, parts.anchors->IsRehearsal(),
                                 collector.used().without_chain)));
  CHANCERY_RETURN_IF_ERROR(writer->Finish());
  return ExportedEvidence{checkpoint, size, writer->files(), writer->bytes(),
                          std::move(collector.used().without_chain)};
}

}  // namespace chancery::exchange
