#include "audit/contradict.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "audit/evidence_folder.h"
#include "audit/folder_tree.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/evidence_layout.h"

namespace chancery::audit {

namespace {

std::string Of(const ledger::TreeHead& tree) {
  return std::to_string(tree.size) + " entries with the root " + tree.root.ToHexText();
}

}  // namespace

absl::StatusOr<HeldAgainst> HoldAgainst(ByteView note, const std::filesystem::path& folder,
                                        std::span<const ledger::NoteKey> logs) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint shown,
                            ledger::VerifyCheckpoint(note, logs, {}));
  CHANCERY_ASSIGN_OR_RETURN(EvidenceFolder files, EvidenceFolder::Open(folder));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes checkpoint, files.Read(ledger::evidence::kCheckpoint));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint book,
                            ledger::VerifyCheckpoint(checkpoint, logs, {}));
  const ledger::TreeHead& head = shown.checkpoint.tree;
  const ledger::TreeHead& tree = book.checkpoint.tree;
  HeldAgainst held{shown.checkpoint.origin, head, tree, std::nullopt};
  if (book.checkpoint.origin != held.origin)
    return InvalidArgument("the head is of the ledger " + held.origin + " and the folder of " +
                           book.checkpoint.origin + ": take a folder of the same ledger");
  if (head.size > tree.size)
    return FailedPrecondition("the head is of " + std::to_string(head.size) +
                              " entries and the folder holds " + std::to_string(tree.size) +
                              ": take one that was exported later");
  // Every tree extends the empty one, whose root is always the same.
  if (head.size == 0) return held;

  ledger::ProofHashes proof;
  if (head.size < tree.size) {
    FolderNodes nodes(files, tree.size);
    absl::StatusOr<ledger::ProofHashes> built =
        ledger::BuildPrefixProof(nodes, head.size, tree.size);
    // What is not there or is not given says nothing about the keeper.
    if (absl::IsUnavailable(built.status()) || absl::IsNotFound(built.status()))
      return Annotate(built.status(), "the folder's tiles");
    if (!built.ok())
      return DataLoss("the folder's tiles: " + std::string(ToStd(built.status().message())));
    proof = *std::move(built);
    const auto roots = ledger::RootsOf(head.size, tree.size, proof);
    if (!roots || roots->new_root != tree.root)
      return DataLoss("the folder's tiles do not lead to the root in its checkpoint");
  }
  held.conviction = ledger::ConvictionOfHeads(note, checkpoint, proof);
  return held;
}

std::string ToText(const HeldAgainst& held) {
  const std::string what = held.origin + ": the head of " + Of(held.head);
  if (held.conviction)
    return what + " contradicts the folder's of " + Of(held.book) +
           "; the keeper has signed two histories\n";
  return what + " belongs to the history of the folder, which has " +
         std::to_string(held.book.size) + " entries\n";
}

std::string ToJson(const HeldAgainst& held) {
  const nlohmann::ordered_json json = {
      {"origin", held.origin},
      {"head", {{"size", held.head.size}, {"root", held.head.root.ToHexText()}}},
      {"book", {{"size", held.book.size}, {"root", held.book.root.ToHexText()}}},
      {"contradicts", held.conviction.has_value()}};
  return json.dump(2) + "\n";
}

}  // namespace chancery::audit
