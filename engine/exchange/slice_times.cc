#include "engine/exchange/slice_times.h"

#include <algorithm>
#include <utility>

#include "engine/exchange/collect_received.h"
#include "engine/exchange/cosigned_history.h"
#include "engine/exchange/row_names.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/note.h"
#include "engine/ledger/receipt.h"

namespace chancery::exchange {
namespace {

namespace layout = ledger::evidence;

constexpr std::size_t kPage = 256;

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

// The heads of a tree whose leaves lie here, asked for in order of size.
class GrowingTree {
 public:
  explicit GrowingTree(std::span<const Digest> leaf_hashes) : leaf_hashes_(leaf_hashes) {}

  const ledger::TreeHead& HeadOf(std::uint64_t size) {
    if (size == head_.size) return head_;
    while (tree_.size() < size) tree_.Append(leaf_hashes_[static_cast<std::size_t>(tree_.size())]);
    head_ = tree_.Head();
    return head_;
  }

 private:
  std::span<const Digest> leaf_hashes_;
  ledger::CompactRange tree_;
  ledger::TreeHead head_ = tree_.Head();
};

// The cosignatures on a note, whoever's they are.
absl::StatusOr<std::vector<ledger::CosignedHead>> LinesOf(ByteView bytes) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(bytes));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                            ledger::ParseCheckpoint(note.text));
  std::vector<ledger::CosignedHead> lines;
  for (const ledger::NoteSignature& signature : note.signatures) {
    // The log's own line is none.
    absl::StatusOr<ledger::CosignedHead> line =
        ledger::CosignedHeadOf(checkpoint.tree.size, signature);
    if (line.ok()) lines.push_back(*std::move(line));
  }
  return lines;
}

// What this state was shown with cosignatures: it need not be what the ministry gives now.
absl::Status AddHeld(store::Store& store, std::vector<ledger::CosignedHead>& heads) {
  std::optional<std::uint64_t> after;
  std::optional<std::int64_t> last_time;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<ReceivedEntry> page,
                              ListReceived(store, after, kPage));
    if (page.empty()) break;
    after = page.back().number;
    for (const ReceivedEntry& received : page) {
      CHANCERY_ASSIGN_OR_RETURN(const ledger::Receipt receipt,
                                ledger::ParseReceipt(received.proof));
      CHANCERY_ASSIGN_OR_RETURN(const std::vector<ledger::CosignedHead> lines,
                                LinesOf(receipt.checkpoint));
      if (lines.empty()) continue;
      const std::int64_t time = lines.front().time;
      if (last_time && (time - *last_time) * kMsPerSecond < ledger::kHeadsEveryMs) continue;
      last_time = time;
      heads.insert(heads.end(), lines.begin(), lines.end());
    }
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> newest,
                            store.FindPaper(kKeeperFinalPaper, kLatest));
  if (!newest) return absl::OkStatus();
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<ledger::CosignedHead> lines, LinesOf(newest->bytes));
  heads.insert(heads.end(), lines.begin(), lines.end());
  return absl::OkStatus();
}

absl::Status FetchHeads(TimesSource& ministry, std::uint64_t size,
                        std::vector<ledger::CosignedHead>& heads) {
  for (std::uint64_t after = 0; after < size;) {
    const absl::StatusOr<Bytes> given = ministry.GetCosignedHeads(after);
    if (absl::IsUnimplemented(given.status())) return absl::OkStatus();
    CHANCERY_RETURN_IF_ERROR(given.status());
    if (given->empty()) return absl::OkStatus();
    const absl::StatusOr<std::vector<ledger::CosignedHead>> page =
        ledger::ParseCosignedHeads(*given);
    if (!page.ok())
      return DataLoss("slice: the ministry's cosigned heads: " + Message(page.status()));
    if (page->front().size <= after)
      return DataLoss("slice: the ministry's cosigned heads are not in order");
    after = page->back().size;
    heads.insert(heads.end(), page->begin(), page->end());
  }
  return absl::OkStatus();
}

// A stamp under the roots that the anchor names, with no certificate that does not stand above it.
absl::StatusOr<KeptTimestamp> Verified(GivenStamp given, const Anchor& anchor) {
  CHANCERY_ASSIGN_OR_RETURN(std::vector<crypto::Certificate> above,
                            crypto::Certificate::ListFromPem(given.above));
  ledger::StampingTrust trust;
  for (const auto& [name, digest] : anchor.stamping_roots) {
    for (const crypto::Certificate& certificate : above) {
      if (certificate.digest() == digest) trust.roots.emplace(name, certificate);
    }
  }
  trust.between = above;
  CHANCERY_ASSIGN_OR_RETURN(const ledger::StampedCheckpoint stamped,
                            ledger::VerifyTimeStamp(given.parts, trust));
  if (!std::equal(above.begin(), above.end(), stamped.stamp.chain.begin() + 1,
                  stamped.stamp.chain.end())) {
    return InvalidArgument("the certificates given with it are not those above it");
  }
  return KeptTimestamp{stamped.name, std::move(given.parts), std::move(above)};
}

absl::Status FetchStamps(TimesSource& ministry, const Anchor& anchor, std::uint64_t size,
                         std::vector<KeptTimestamp>& stamps) {
  std::optional<ledger::StampName> after;
  for (;;) {
    absl::StatusOr<std::vector<GivenStamp>> given = ministry.GetTimeStamps(after);
    if (absl::IsUnimplemented(given.status())) return absl::OkStatus();
    CHANCERY_RETURN_IF_ERROR(given.status());
    if (given->empty()) return absl::OkStatus();
    for (GivenStamp& one : *given) {
      absl::StatusOr<KeptTimestamp> stamp = Verified(std::move(one), anchor);
      if (!stamp.ok())
        return DataLoss("slice: a time stamp of the ministry: " + Message(stamp.status()));
      if (after && stamp->name <= *after)
        return DataLoss("slice: the ministry's time stamps are not in order");
      after = stamp->name;
      // What was stamped after the checkpoint is for the next slice.
      if (stamp->name.size > size) return absl::OkStatus();
      stamps.push_back(*std::move(stamp));
    }
  }
}

// That a stamped checkpoint is a head of this tree, with its log's line and of known keys only.
absl::Status CheckStamped(const KeptTimestamp& stamp, const std::string& origin,
                          const ledger::TreeHead& head, std::span<const ledger::NoteKey> logs,
                          std::span<const ledger::NoteKey> witnesses) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint verified,
                            ledger::VerifyCheckpoint(stamp.parts.checkpoint, logs, witnesses));
  if (verified.checkpoint.origin != origin || verified.checkpoint.tree != head)
    return InvalidArgument("it stamps what is no head of the tree in this slice");
  for (const ledger::NoteSignature& line : verified.note.signatures) {
    if (ledger::KeyOf(logs, line) == nullptr && ledger::KeyOf(witnesses, line) == nullptr)
      return InvalidArgument("the stamped checkpoint has a line of a key that is not known here");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SliceTimes> TimesKept(store::Store& store, std::uint64_t size) {
  SliceTimes times;
  for (std::uint64_t after = 0; after < size;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<ledger::CosignedHead> page,
                              CosignedAfter(store, after, kPage));
    if (page.empty()) break;
    after = page.back().size;
    times.heads.insert(times.heads.end(), page.begin(), page.end());
  }
  CHANCERY_ASSIGN_OR_RETURN(times.stamps, ListTimestamps(store));
  return times;
}

absl::StatusOr<SliceTimes> FetchTimes(TimesSource& ministry, store::Store& store,
                                      const Anchor& anchor, std::uint64_t size) {
  SliceTimes times;
  CHANCERY_RETURN_IF_ERROR(FetchHeads(ministry, size, times.heads));
  CHANCERY_RETURN_IF_ERROR(FetchStamps(ministry, anchor, size, times.stamps));
  CHANCERY_RETURN_IF_ERROR(AddHeld(store, times.heads));
  return times;
}

absl::Status PutTimes(const SliceTimes& times, const std::string& origin,
                      std::span<const Digest> leaf_hashes, const ledger::Policy& policy,
                      const std::function<absl::Status(const std::string&, ByteView)>& put) {
  const std::uint64_t size = leaf_hashes.size();
  std::vector<ledger::NoteKey> logs;
  for (const ledger::PolicyLog& log : policy.parts().logs) logs.push_back(log.key);
  std::vector<ledger::NoteKey> witnesses;
  for (const ledger::PolicyWitness& witness : policy.parts().witnesses)
    witnesses.push_back(witness.key);

  std::vector<ledger::CosignedHead> heads;
  for (const ledger::CosignedHead& head : times.heads) {
    if (head.size > 0 && head.size <= size && ledger::KeyOf(witnesses, head.line) != nullptr)
      heads.push_back(head);
  }
  std::stable_sort(heads.begin(), heads.end(),
                   [](const auto& a, const auto& b) { return a.size < b.size; });
  GrowingTree tree(leaf_hashes);
  for (const ledger::CosignedHead& head : heads) {
    const Bytes text = ledger::FormatCheckpoint({origin, tree.HeadOf(head.size)});
    if (ledger::VerifyCosignature(*ledger::KeyOf(witnesses, head.line), head.line, text)) continue;
    return DataLoss("slice: the line of " + head.line.name + " over the first " +
                    std::to_string(head.size) +
                    " entries does not verify over the root that the leaf hashes make");
  }
  if (!heads.empty()) {
    CHANCERY_RETURN_IF_ERROR(
        put(std::string(layout::kCosigned), ledger::FormatCosignedHeads(std::move(heads))));
  }

  GrowingTree stamped(leaf_hashes);
  for (const KeptTimestamp& stamp : times.stamps) {
    if (stamp.name.size > size) continue;
    const absl::Status checked =
        CheckStamped(stamp, origin, stamped.HeadOf(stamp.name.size), logs, witnesses);
    if (!checked.ok())
      return DataLoss("slice: the time stamp " + stamp.name.ToText() + ": " + Message(checked));
  }
  return PutTimestamps(times.stamps, size, put);
}

}  // namespace chancery::exchange
