#include "audit/corroboration.h"

#include <algorithm>
#include <utility>

#include "audit/folder_tree.h"
#include "engine/ledger/conviction.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/evidence_layout.h"

namespace chancery::audit {
namespace {

namespace layout = ledger::evidence;

// Of four heads an hour over many years.
constexpr std::size_t kMaxHeadsBytes = std::size_t{256} << 20;
// A witness may sign any time; this one is far beyond every recorded one.
constexpr std::int64_t kMostSeconds = std::int64_t{1} << 50;

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

}  // namespace

absl::StatusOr<std::optional<Corroboration>> Corroboration::Read(EvidenceFolder& folder,
                                                                 const Parts& parts,
                                                                 const NoteWrong& wrong) {
  const std::string file(layout::kCosigned);
  if (!folder.Has(file)) return std::optional<Corroboration>();
  folder.AccountFile(file);
  const absl::StatusOr<Bytes> text = folder.Peek(file, kMaxHeadsBytes);
  if (absl::IsUnavailable(text.status())) return text.status();
  const absl::StatusOr<std::vector<ledger::CosignedHead>> heads =
      text.ok() ? ledger::ParseCosignedHeads(*text)
                : absl::StatusOr<std::vector<ledger::CosignedHead>>(text.status());
  Corroboration read;
  read.result_.window_ms = parts.window_ms;
  if (!heads.ok()) {
    wrong(file, Message(heads.status()));
    return std::optional<Corroboration>();
  }
  FolderNodes nodes(folder, parts.checkpoint.tree.size);
  std::vector<ledger::CosignedHead> verified = parts.newest;
  std::string checkpoint_text;
  std::uint64_t size = 0;
  for (const ledger::CosignedHead& head : *heads) {
    const std::string name = "the line of " + head.line.name + " over the first " +
                             std::to_string(head.size) + " entries";
    if (head.size > parts.checkpoint.tree.size) {
      wrong(file, name + ": the folder has " + std::to_string(parts.checkpoint.tree.size));
      continue;
    }
    if (head.size != size) {
      size = head.size;
      checkpoint_text.clear();
      const absl::StatusOr<ledger::CompactRange> tree = ledger::ReadCompactRange(nodes, size);
      if (absl::IsUnavailable(tree.status())) return tree.status();
      if (tree.ok())
        checkpoint_text = ledger::FormatCheckpoint({parts.checkpoint.origin, tree->Head()});
    }
    const ledger::NoteKey* key = ledger::KeyOf(parts.witnesses, head.line);
    if (key == nullptr) {
      wrong(file, name + ": a surplus line: its key is none of those that are trusted here");
    } else if (checkpoint_text.empty() ||
               !ledger::VerifyCosignature(*key, head.line, checkpoint_text)) {
      wrong(file, name + ": it does not verify over the root that these entries make");
    } else {
      ++read.result_.heads;
      verified.push_back(head);
    }
  }
  if (read.result_.heads == 0) return std::optional<Corroboration>();
  std::sort(verified.begin(), verified.end(),
            [](const auto& a, const auto& b) { return a.size < b.size; });
  read.bounds_ = BoundsOf(verified, parts.always_on);
  read.result_.since_entry = read.bounds_.front().size;
  return std::optional<Corroboration>(std::move(read));
}

std::vector<Corroboration::Bounds> Corroboration::BoundsOf(
    const std::vector<ledger::CosignedHead>& heads, std::span<const ledger::NoteKey> always_on) {
  std::vector<Bounds> bounds;
  std::optional<Seen> newest;  // of an always-on witness, over the heads so far
  for (std::size_t i = 0; i < heads.size();) {
    Bounds one;
    one.size = heads[i].size;
    one.not_before = newest;
    for (; i < heads.size() && heads[i].size == one.size; ++i) {
      const Seen seen{std::min(heads[i].time, kMostSeconds) * kMsPerSecond, heads[i].line.name,
                      one.size};
      if (!one.first_seen || seen.time_ms < one.first_seen->time_ms) one.first_seen = seen;
      if (ledger::KeyOf(always_on, heads[i].line) == nullptr) continue;
      if (!one.not_after || seen.time_ms < one.not_after->time_ms) one.not_after = seen;
      if (!newest || seen.time_ms > newest->time_ms) newest = seen;
    }
    bounds.push_back(std::move(one));
  }
  // Whoever saw a larger head saw what a smaller one holds.
  for (std::size_t i = bounds.size(); i > 1; --i) {
    Bounds& one = bounds[i - 2];
    const Bounds& next = bounds[i - 1];
    if (next.first_seen->time_ms < one.first_seen->time_ms) one.first_seen = next.first_seen;
    if (next.not_after && (!one.not_after || next.not_after->time_ms < one.not_after->time_ms))
      one.not_after = next.not_after;
  }
  return bounds;
}

std::optional<std::string> Corroboration::Judge(std::uint64_t number, Instant recorded_at) {
  while (at_ < bounds_.size() && bounds_[at_].size <= number) ++at_;
  if (at_ == bounds_.size()) return std::nullopt;  // beyond the checkpoint: found elsewhere
  const Bounds& bounds = bounds_[at_];
  const std::string says = "says it was recorded at " + ToText(recorded_at) + ", and ";
  if (bounds.not_before &&
      recorded_at.ms < bounds.not_before->time_ms - ledger::kBackdatingToleranceMs) {
    return says + "stands outside of the first " + std::to_string(bounds.not_before->size) +
           " entries, which were the largest tree at " +
           ToText(Instant{bounds.not_before->time_ms}) + ", as " + bounds.not_before->witness +
           " saw it: back-dated";
  }
  if (bounds.not_after &&
      recorded_at.ms > bounds.not_after->time_ms + ledger::kBackdatingToleranceMs) {
    return says + bounds.not_after->witness + " saw it among the first " +
           std::to_string(bounds.not_after->size) + " entries at " +
           ToText(Instant{bounds.not_after->time_ms}) + ": post-dated";
  }
  if (number < result_.since_entry) return std::nullopt;
  const std::int64_t uncovered = bounds.first_seen->time_ms - recorded_at.ms;
  result_.longest_ms = std::max(result_.longest_ms, uncovered);
  if (!result_.window_ms || uncovered <= *result_.window_ms) return std::nullopt;
  return says + "nobody but its keeper saw it before " +
         ToText(Instant{bounds.first_seen->time_ms}) + ": " + LengthOf(uncovered) +
         " rest on the keeper's word alone, and " + LengthOf(*result_.window_ms) + " may";
}

std::string LengthOf(std::int64_t milliseconds) {
  constexpr std::int64_t kMinute = 60 * kMsPerSecond;
  constexpr std::int64_t kHour = 60 * kMinute;
  const auto counted = [](std::int64_t count, const std::string& unit) {
    return std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
  };
  if (milliseconds < 2 * kMinute) return counted(milliseconds / kMsPerSecond, "second");
  if (milliseconds < 2 * kHour) return counted(milliseconds / kMinute, "minute");
  if (milliseconds < 2 * kMsPerDay) return counted(milliseconds / kHour, "hour");
  return counted(milliseconds / kMsPerDay, "day");
}

}  // namespace chancery::audit
