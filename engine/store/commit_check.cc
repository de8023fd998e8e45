#include "engine/store/commit_check.h"

#include <algorithm>
#include <utility>

#include "engine/ledger/checkpoint.h"
#include "engine/ledger/note.h"

namespace chancery::store {
namespace {

bool IsSmall(int number) { return number >= 0 && number <= 255; }

absl::Status CheckHead(const Commit& commit, const StoreIdentity& identity) {
  if (commit.next.has_value() == commit.entries.empty()) {
    return InvalidArgument("commit: a new head and new entries go together");
  }
  if (!commit.next) return absl::OkStatus();
  if (!commit.expected) return InvalidArgument("commit: entries without the head they follow");
  if (commit.next->tree.size != commit.expected->size + commit.entries.size()) {
    return InvalidArgument("commit: the sizes do not add up");
  }
  const absl::StatusOr<ledger::Note> note = ledger::ParseNote(commit.next->checkpoint);
  if (!note.ok()) return Annotate(note.status(), "commit");
  const absl::StatusOr<ledger::Checkpoint> checkpoint = ledger::ParseCheckpoint(note->text);
  if (!checkpoint.ok()) return Annotate(checkpoint.status(), "commit");
  if (*checkpoint != ledger::Checkpoint{identity.origin, commit.next->tree}) {
    return InvalidArgument("commit: the checkpoint is not one of the new head");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCommit(const Commit& commit, const StoreIdentity& identity) {
  CHANCERY_RETURN_IF_ERROR(CheckHead(commit, identity));
  for (const NewEntry& entry : commit.entries) {
    if (entry.bytes.empty() || entry.bytes.size() > kMaxEntryBytes) {
      return InvalidArgument("commit: an entry of " + std::to_string(entry.bytes.size()) +
                             " bytes");
    }
    if (entry.stream.empty()) return InvalidArgument("commit: an entry without a stream");
  }
  for (const StatementRow& row : commit.statements) {
    if (!IsSmall(row.key.kind) || row.key.author.IsNone())
      return InvalidArgument("commit: malformed statement key");
  }
  for (const MatterRow& row : commit.matters) {
    if (!IsSmall(row.kind)) return InvalidArgument("commit: malformed kind of matter");
    if (row.open_person && row.open_person->party.IsNone())
      return InvalidArgument("commit: a person of nobody");
  }
  for (const NewDelivery& row : commit.deliveries) {
    if (!IsSmall(row.kind) || row.to.IsNone()) return InvalidArgument("commit: malformed delivery");
  }
  for (const WitnessedChange& change : commit.witnessed) {
    if (change.expected && change.next.tree.size < change.expected->size) {
      return InvalidArgument("commit: a witnessed head goes backwards");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<GrownTree> GrowTree(const ledger::CompactRange& before, const Commit& commit) {
  GrownTree grown;
  grown.tree = before;
  grown.hashes.reserve(commit.entries.size());
  std::vector<ledger::SubtreeHash> completed;
  for (const NewEntry& entry : commit.entries) {
    const Digest leaf_hash = ledger::LeafHash(entry.bytes);
    if (leaf_hash != entry.leaf_hash) {
      return InvalidArgument("commit: the bytes of entry " + std::to_string(grown.tree.size()) +
                             " do not have the leaf hash they came with");
    }
    completed.clear();
    grown.tree.Append(leaf_hash, &completed);
    Bytes hashes;
    hashes.reserve(completed.size() * Digest::kSize);
    for (const ledger::SubtreeHash& node : completed) hashes += node.hash.View();
    grown.hashes.push_back(std::move(hashes));
  }
  if (commit.next && commit.next->tree != grown.tree.Head()) {
    return InvalidArgument("commit: the entries do not have the root of the new head");
  }
  return grown;
}

std::uint64_t CompletingEntry(int level, std::uint64_t index) { return ((index + 1) << level) - 1; }

bool IsFatal(const absl::Status& status) {
  return status.code() == absl::StatusCode::kAborted ||
         status.code() == absl::StatusCode::kDataLoss;
}

}  // namespace chancery::store
