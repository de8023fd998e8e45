#include "audit/timestamps.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "audit/folder_tree.h"
#include "engine/codec/entry.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/slice.h"
#include "engine/ledger/tiles.h"
#include "engine/ledger/timestamp.h"

namespace chancery::audit {
namespace {

namespace layout = ledger::evidence;

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

// An entry and when it was recorded.
struct Covered {
  std::uint64_t number = 0;
  Instant recorded_at;
};

// The newest of the first `count` entries; in a slice of those whose bytes are here. Nothing when
// there is none that can be read.
std::optional<Covered> NewestOf(const EvidenceFolder& folder, std::uint64_t size,
                                std::uint64_t count) {
  const bool slice = folder.Has(layout::kStreams);
  for (std::uint64_t bundles = (count - 1) / ledger::kTileWidth + 1; bundles > 0; --bundles) {
    const std::optional<ledger::Tile> tile = ledger::TileOf(size, true, 0, bundles - 1);
    if (!tile) return std::nullopt;
    const std::string name = slice ? ledger::SlicePath(*tile) : ledger::TilePath(*tile);
    if (slice && !folder.Has(name)) continue;  // nothing in it is for this reader
    const absl::StatusOr<Bytes> bundle = folder.Peek(name, ledger::kMaxBundleBytes);
    if (!bundle.ok()) return std::nullopt;
    const absl::StatusOr<std::vector<Bytes>> entries = ledger::DecodeBundle(*bundle, tile->width);
    if (!entries.ok()) return std::nullopt;
    const std::uint64_t first = (bundles - 1) * ledger::kTileWidth;
    for (std::uint64_t number = std::min(count, first + entries->size()); number > first;
         --number) {
      const Bytes& bytes = (*entries)[static_cast<std::size_t>(number - 1 - first)];
      if (slice && bytes.empty()) continue;  // of others
      const absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(bytes);
      if (!entry.ok()) return std::nullopt;
      return Covered{number - 1, entry->recorded_at};
    }
  }
  return std::nullopt;
}

class Reader {
 public:
  Reader(EvidenceFolder& folder, const ledger::Anchor* anchor, const ledger::Policy* policy,
         const ledger::Checkpoint& checkpoint, const NoteWrong& wrong)
      : folder_(folder), anchor_(anchor), checkpoint_(checkpoint), wrong_(wrong) {
    if (policy != nullptr) {
      for (const ledger::PolicyLog& log : policy->parts().logs) logs_.push_back(log.key);
      for (const ledger::PolicyWitness& witness : policy->parts().witnesses)
        witnesses_.push_back(witness.key);
    }
  }

  absl::StatusOr<std::vector<Stamped>> Read() {
    CHANCERY_RETURN_IF_ERROR(ReadTrust());
    std::set<ledger::StampName> names;
    for (const std::string& file : folder_.Under(layout::kTimestamps)) {
      for (const std::string_view ending :
           {layout::kStampedEnding, layout::kQueryEnding, layout::kReplyEnding}) {
        if (!file.ends_with(ending)) continue;
        const std::string_view rest = std::string_view(file).substr(
            layout::kTimestamps.size(), file.size() - layout::kTimestamps.size() - ending.size());
        if (const auto name = ledger::StampName::FromText(rest)) names.insert(*name);
      }
    }
    for (const ledger::StampName& name : names) CHANCERY_RETURN_IF_ERROR(ReadStamp(name));
    for (const auto& [digest, certificate] : above_) {
      if (!used_.contains(digest)) {
        wrong_(layout::StampingPath(digest), "a surplus file: it stands above no time stamp here");
      }
    }
    std::sort(stamps_.begin(), stamps_.end(), [](const Stamped& a, const Stamped& b) {
      return std::tie(a.size, a.time, a.authority) < std::tie(b.size, b.time, b.authority);
    });
    for (Stamped& one : stamps_) {
      one.renewed = std::any_of(stamps_.begin(), stamps_.end(), [&one](const Stamped& other) {
        return other.size >= one.size && other.ends > one.ends && other.time < one.ends;
      });
    }
    return std::move(stamps_);
  }

 private:
  absl::Status ReadTrust() {
    for (const std::string& file : folder_.Under(layout::kStamping)) {
      std::string_view name = std::string_view(file).substr(layout::kStamping.size());
      if (!name.ends_with(layout::kCertificateEnding)) continue;
      name.remove_suffix(layout::kCertificateEnding.size());
      const std::optional<Digest> digest = Digest::FromHexText(name);
      if (!digest) continue;  // nobody accounts for it: it will be surplus
      const absl::StatusOr<Bytes> pem = folder_.Read(file);
      if (absl::IsUnavailable(pem.status())) return pem.status();
      const absl::StatusOr<crypto::Certificate> certificate =
          pem.ok() ? crypto::Certificate::FromPem(*pem)
                   : absl::StatusOr<crypto::Certificate>(pem.status());
      if (!certificate.ok()) {
        wrong_(file, "not a certificate: " + Message(certificate.status()));
      } else if (certificate->digest() != *digest || certificate->ToPem() != *pem) {
        wrong_(file, "not the certificate of that digest in its one text form");
      } else {
        above_.emplace(*digest, *certificate);
        trust_.between.push_back(*certificate);
      }
    }
    if (anchor_ == nullptr) {
      for (const auto& [digest, certificate] : above_)
        trust_.roots.emplace(digest.ToHexText(), certificate);
      return absl::OkStatus();
    }
    for (const auto& [name, digest] : anchor_->stamping_roots) {
      const auto found = above_.find(digest);
      if (found != above_.end()) trust_.roots.emplace(name, found->second);
    }
    return absl::OkStatus();
  }

  absl::Status ReadStamp(const ledger::StampName& name) {
    ledger::TimeStamp parts;
    for (const auto& [ending, part] :
         std::array{std::pair{layout::kStampedEnding, &parts.checkpoint},
                    std::pair{layout::kQueryEnding, &parts.query},
                    std::pair{layout::kReplyEnding, &parts.reply}}) {
      const std::string file = layout::Join(layout::kTimestamps, name.ToText(), ending);
      const absl::StatusOr<Bytes> bytes = folder_.Read(file);
      if (absl::IsUnavailable(bytes.status())) return bytes.status();
      if (!bytes.ok()) {
        wrong_(file, Message(bytes.status()));
        missing_.insert(name);
        continue;
      }
      *part = *bytes;
    }
    if (missing_.contains(name)) return absl::OkStatus();
    const std::string reply =
        layout::Join(layout::kTimestamps, name.ToText(), layout::kReplyEnding);
    const absl::StatusOr<ledger::StampedCheckpoint> stamped =
        ledger::VerifyTimeStamp(parts, trust_);
    if (!stamped.ok()) {
      wrong_(reply, Message(stamped.status()));
      return absl::OkStatus();
    }
    for (const crypto::Certificate& certificate : stamped->stamp.chain)
      used_.insert(certificate.digest());
    if (stamped->name != name) {
      wrong_(reply, "a time stamp named " + stamped->name.ToText() + ", not as its files are");
      return absl::OkStatus();
    }
    CheckStamped(*stamped, parts.checkpoint, reply);
    return absl::OkStatus();
  }

  void CheckStamped(const ledger::StampedCheckpoint& stamped, ByteView note,
                    const std::string& reply) {
    const std::string file =
        layout::Join(layout::kTimestamps, stamped.name.ToText(), layout::kStampedEnding);
    const std::uint64_t size = stamped.checkpoint.tree.size;
    if (stamped.checkpoint.origin != checkpoint_.origin) {
      wrong_(file, "of another ledger than this folder's");
      return;
    }
    if (size == 0 || size > checkpoint_.tree.size) {
      wrong_(file, "of a tree that this folder's does not extend: it has " + std::to_string(size) +
                       " entries, the folder " + std::to_string(checkpoint_.tree.size));
      return;
    }
    if (const absl::Status lines = CheckNote(stamped.note, note); !lines.ok()) {
      wrong_(file, Message(lines));
      return;
    }
    FolderNodes nodes(folder_, checkpoint_.tree.size);
    const absl::StatusOr<ledger::CompactRange> tree = ledger::ReadCompactRange(nodes, size);
    if (!tree.ok() || tree->Head() != stamped.checkpoint.tree) {
      wrong_(file, "the folder's first " + std::to_string(size) +
                       " entries do not make the stamped root " +
                       stamped.checkpoint.tree.root.ToHexText());
      return;
    }
    const std::optional<Covered> newest = NewestOf(folder_, checkpoint_.tree.size, size);
    if (newest && ledger::LatestOf(stamped.stamp) < newest->recorded_at) {
      wrong_(reply, "made at " + ToText(stamped.stamp.time) + ", before entry " +
                        std::to_string(newest->number) +
                        ", which it covers, says it was recorded: at " +
                        ToText(newest->recorded_at));
      return;
    }
    stamps_.push_back({size, newest ? std::optional(newest->recorded_at) : std::nullopt,
                       stamped.stamp.time, stamped.stamp.accuracy_ms, stamped.authority,
                       stamped.stamp.ends(), false});
  }

  // The log's own line, and no line of anybody who is not known here.
  absl::Status CheckNote(const ledger::Note& note, ByteView bytes) const {
    std::set<std::pair<std::string, std::uint32_t>> seen;
    for (const ledger::NoteSignature& line : note.signatures) {
      if (ledger::KeyOf(logs_, line) == nullptr && ledger::KeyOf(witnesses_, line) == nullptr) {
        return PermissionDenied("a surplus line: its key is none of those that are trusted here");
      }
      if (!seen.emplace(line.name, line.key_id).second)
        return PermissionDenied("a key has two lines");
    }
    return ledger::VerifyCheckpoint(bytes, logs_, witnesses_).status();
  }

  EvidenceFolder& folder_;
  const ledger::Anchor* anchor_;
  const ledger::Checkpoint& checkpoint_;
  const NoteWrong& wrong_;
  std::vector<ledger::NoteKey> logs_;
  std::vector<ledger::NoteKey> witnesses_;
  std::map<Digest, crypto::Certificate> above_;
  ledger::StampingTrust trust_;
  std::set<Digest> used_;
  std::set<ledger::StampName> missing_;
  std::vector<Stamped> stamps_;
};

}  // namespace

absl::StatusOr<std::vector<Stamped>> ReadTimestamps(EvidenceFolder& folder,
                                                    const ledger::Anchor* anchor,
                                                    const ledger::Policy* policy,
                                                    const ledger::Checkpoint& checkpoint,
                                                    const NoteWrong& wrong) {
  return Reader(folder, anchor, policy, checkpoint, wrong).Read();
}

std::string ToText(const Stamped& stamped) {
  std::string text = "the first " + std::to_string(stamped.size) + " entries";
  if (stamped.covered_until) text += ", recorded until " + ToText(*stamped.covered_until) + ",";
  text += " existed at " + ToText(stamped.time) + ", says " + stamped.authority;
  text += "; its certificate ends at " + ToText(stamped.ends);
  if (stamped.renewed) text += ", and a newer stamp covers it on";
  return text;
}

}  // namespace chancery::audit
