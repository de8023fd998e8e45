// The acts of a folder of evidence in the order of their entries, replayed: what case and report
// are made from. A slice shows the acts its reader may read, and they replay by themselves: no
// ruling reads a matter that a reader of its entry cannot read.
//
// Reading a book computes the tree again and stops at the first file that contradicts it, but it
// does not ask who made the folder: only VerifyEvidence with an anchor says whether a book may be
// believed.
#ifndef CHANCERY_AUDIT_BOOK_H_
#define CHANCERY_AUDIT_BOOK_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/slice_folder.h"
#include "audit/suspects.h"
#include "engine/base/status.h"
#include "engine/codec/entry.h"
#include "engine/codec/statement.h"
#include "engine/crypto/certificate.h"
#include "engine/ledger/checkpoint.h"
#include "engine/procedure/replay.h"

namespace chancery::audit {

// An act with what the ledger and the replay say about it.
struct BookAct {
  std::uint64_t number = 0;  // of its entry in the ledger that orders the acts
  Instant recorded_at;
  Digest digest;
  codec::Statement statement;
  std::optional<Instant> offered_since;    // by its offer proof, as the keeper verified it
  std::vector<Digest> signers;             // certificates whose seals were verified
  std::vector<std::string> offices;        // that sealed it: "PAK ministry", in order
  procedure::Ruling ruling;                // as recorded
  std::vector<procedure::Matter> changed;  // as the replay left them
  std::vector<procedure::Matter>
      before;  // the same matters before it; those that are new are missing

  const procedure::Act& act() const { return statement.act; }
  // As the core is given it.
  procedure::RecordedAct Recorded() const;
};

struct Book {
  ledger::Checkpoint checkpoint;
  std::string realm;
  PartyCode party;
  bool orders_acts = false;  // the ministry's book; otherwise what one state received
  std::vector<BookAct> acts;
  procedure::Replayer replayer;  // after the last act
  Instant last_recorded_at;
  // By what the book knows of revocations at its end, in order of entry.
  std::vector<Suspect> suspects;
  Shown shown;  // how much of the ledger the folder shows
};

// NotFound and Unavailable as for VerifyEvidence; DataLoss, naming the file, for a folder that
// contradicts itself.
absl::StatusOr<Book> ReadBook(const std::filesystem::path& folder);

// How every matter of the book stands at a moment: limits that have passed are applied.
procedure::Standing StandingOf(const Book& book, Instant at);

// The one case whose id begins with these hexadecimal digits. NotFound when there is none, with
// the reason kNotShown when the book is a slice; InvalidArgument when there are several or it is no
// beginning of an id.
absl::StatusOr<MatterId> FindCase(const Book& book, std::string_view beginning);

// One entry of the ledger in a folder. NotFound when it has none of that number, with the reason
// kNotShown when the folder is a slice that has the hash of it alone.
struct FoundEntry {
  std::uint64_t number = 0;
  Bytes bytes;
  Digest leaf_hash;
  codec::Entry entry;
};
absl::StatusOr<FoundEntry> ReadEntryOf(const std::filesystem::path& folder, std::uint64_t number);
// Every entry of the ledger in a folder, in order; `visit_hidden` is given the leaf hashes of those
// that a slice does not show. A failure of either ends the reading with it.
struct FoundLedger {
  ledger::Checkpoint checkpoint;
  Shown shown;
};
absl::StatusOr<FoundLedger> VisitEntries(
    const std::filesystem::path& folder,
    const std::function<absl::Status(const FoundEntry&)>& visit,
    const std::function<absl::Status(std::uint64_t number, const Digest& leaf_hash)>& visit_hidden);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_BOOK_H_
