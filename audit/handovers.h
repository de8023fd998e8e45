// The handovers in a folder of evidence: how its keys follow from the anchor's, and that the acts
// that announced them stand in the book.
#ifndef CHANCERY_AUDIT_HANDOVERS_H_
#define CHANCERY_AUDIT_HANDOVERS_H_

#include <cstdint>
#include <map>
#include <string>

#include "audit/entry_reader.h"
#include "audit/evidence_folder.h"
#include "audit/trust_reader.h"
#include "engine/base/status.h"
#include "engine/ledger/handover.h"
#include "engine/ledger/key_book.h"

namespace chancery::audit {

// Reads "keys/" strictly and takes every handover in, in the order of their announcements.
// `introduce`: without an anchor a ledger that is not known yet is taken from its first handover.
// Fails only when the machine does not give a file.
absl::Status ReadHandovers(EvidenceFolder& folder, bool introduce, ledger::KeyBook& keys,
                           const NoteWrong& wrong);

// Holds the handovers against the entries that announced them. Used by one thread.
class AnnouncementCheck {
 public:
  void Expect(const ledger::KeyBook& keys);
  // An entry of the ledger that orders the acts.
  void See(const ReadEntry& read, const NoteWrong& wrong);
  // Names those whose entry was never seen.
  void Finish(const NoteWrong& wrong) const;

 private:
  std::map<std::uint64_t, ledger::Handover> open_;  // by the announcing entry
};

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_HANDOVERS_H_
