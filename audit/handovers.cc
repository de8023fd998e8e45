#include "audit/handovers.h"

#include <optional>
#include <string_view>

#include "engine/codec/announcement.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/evidence_layout.h"

namespace chancery::audit {
namespace {

namespace layout = ledger::evidence;

Digest AsDigest(const ledger::NoteKey& key) { return *Digest::FromBytes(key.public_key().View()); }

}  // namespace

absl::Status ReadHandovers(EvidenceFolder& folder, bool introduce, ledger::KeyBook& keys,
                           const NoteWrong& wrong) {
  std::map<std::uint64_t, std::string> files;
  for (const std::string& file : folder.Under(layout::kKeys)) {
    const std::string_view name = std::string_view(file).substr(layout::kKeys.size());
    const std::optional<std::uint64_t> number = ledger::ParseSize(name.substr(0, name.find('.')));
    // What is named otherwise nobody accounts for: it will be surplus.
    if (number && layout::HandoverPath(*number) == file) files.emplace(*number, file);
  }
  for (const auto& [number, file] : files) {
    const absl::StatusOr<Bytes> note = folder.Read(file);
    if (absl::IsUnavailable(note.status())) return note.status();
    const absl::StatusOr<ledger::Handover> handover =
        note.ok() ? ledger::ReadHandover(*note) : absl::StatusOr<ledger::Handover>(note.status());
    absl::Status taken = handover.status();
    if (handover.ok() && handover->entry != number)
      taken = InvalidArgument("announced by another entry than its name says");
    if (taken.ok()) {
      if (introduce) keys.Introduce(*handover);
      taken = keys.Take(*note);
    }
    if (!taken.ok()) wrong(file, std::string(ToStd(taken.message())));
  }
  return absl::OkStatus();
}

void AnnouncementCheck::Expect(const ledger::KeyBook& keys) {
  for (const ledger::Handover& handover : keys.Handovers()) open_.emplace(handover.entry, handover);
}

void AnnouncementCheck::See(const ReadEntry& read, const NoteWrong& wrong) {
  const auto found = open_.find(read.number);
  if (found == open_.end()) return;
  const ledger::Handover handover = found->second;
  open_.erase(found);
  const std::string file = layout::HandoverPath(handover.entry);
  const std::string entry = "entry " + std::to_string(handover.entry) + ", which it names, ";
  if (read.leaf_hash != handover.leaf_hash) {
    wrong(file, entry + "is another one");
    return;
  }
  if (!read.entry) return;  // that was said before
  const std::optional<ledger::OriginParts> origin = ledger::ParseOrigin(handover.origin);
  if (const auto defect = codec::AnnouncementDefect(
          *read.entry, {origin ? origin->party : PartyCode{}, AsDigest(handover.log),
                        AsDigest(handover.witness), handover.until}))
    wrong(file, entry + *defect);
}

void AnnouncementCheck::Finish(const NoteWrong& wrong) const {
  for (const auto& [number, handover] : open_) {
    wrong(layout::HandoverPath(number),
          "the keys of " + handover.origin + " were handed over, and entry " +
              std::to_string(number) + ", which is to announce it, is not here");
  }
}

}  // namespace chancery::audit
