// Verifying a folder of evidence with no network and no trust in who made it.
//
// Everything is read again and strictly: every file is accounted for, every leaf and tile is
// computed from the entries' bytes, every seal is checked with its chain at the recorded time,
// every ruling is made again by the core and compared byte for byte. What is false is a finding
// that names the file and the entry; it never stops the search for more.
//
// A folder is a party's whole book or one reader's slice of a book (engine/ledger/slice.h). It is
// read bundle by bundle: entries are read and their seals verified on every processor, what depends
// on order comes behind, and memory grows with the matters and the statements' ids, not with the
// entries' bytes.
//
// Trust comes from outside: without an anchor a folder can only be consistent with itself.
#ifndef CHANCERY_AUDIT_VERIFY_H_
#define CHANCERY_AUDIT_VERIFY_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/corroboration.h"
#include "audit/suspects.h"
#include "audit/timestamps.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/handover.h"
#include "engine/ledger/merkle/merkle.h"

namespace chancery::audit {

class SealMemory;

// How much is checked; each level includes those before it.
enum class Level : std::uint8_t {
  // Every file, the checkpoint with its quorum, every leaf, every tile, the root.
  kStructure = 1,
  // Every entry read strictly, times, streams without a gap, every seal with its chain, receipts.
  kSeals = 2,
  // Every act judged again: the door, the ruling, who may read it.
  kReplay = 3,
  // What acts appoint against the certificates; nothing in the folder that nothing needs.
  kFull = 4,
};
std::string_view NameOf(Level level);  // "structure", "seals", "replay", "full"
std::optional<Level> ParseLevel(std::string_view name);
// What a verdict of this level leaves open, a sentence each; empty for kFull.
std::vector<std::string> NotSaidAt(Level level);
struct Verdict;
// The same, and what this folder does not let anybody say.
std::vector<std::string> NotSaidBy(const Verdict& verdict);

// One thing that is wrong.
struct Finding {
  std::string file;                    // relative to the folder, or empty
  std::optional<std::uint64_t> entry;  // its number, when it is about one
  std::string what;
};
// "tile/entries/000.p/7, entry 3: the seal does not verify: …"
std::string ToText(const Finding& finding);

// How far one of a slice's streams is proven complete.
struct SliceStream {
  std::string name;
  std::uint64_t entries = 0;
  std::uint64_t head_entry = 0;  // its newest head: nothing is withheld before this entry
  std::int64_t head_day = 0;     // the UTC day that head opened, in days since 1970
};

struct Verdict {
  Level level = Level::kFull;  // up to which everything was checked
  bool anchored = false;
  std::string origin;
  std::string realm;
  PartyCode party;           // whose book it is
  bool orders_acts = false;  // the ministry's book; otherwise one of a state
  PartyCode slice_for;       // whose slice of it; nobody when it is the whole book
  std::vector<SliceStream> slice_streams;
  ledger::TreeHead tree;
  std::uint64_t entries = 0;       // read
  std::uint64_t acts = 0;          // with a ruling
  std::uint64_t statements = 0;    // sealed statements verified, receipts' included
  std::uint64_t signatures = 0;    // of offices, each with its chain
  std::uint64_t shared_seals = 0;  // of the statements: verified already in another book
  std::uint64_t rulings = 0;       // replayed and equal
  std::uint64_t inadmissible = 0;  // of these
  std::uint64_t streams = 0;
  std::uint64_t procedures = 0;
  std::uint64_t certificates = 0;
  std::uint64_t receipts = 0;  // verified
  std::vector<std::string> cosigned_by;
  std::vector<ledger::Handover> handovers;  // of keys, in the order of their announcements
  std::vector<Stamped> stamps;              // that verified, in order of size
  // What witnesses say about the recorded times; nothing when the folder holds no cosigned heads.
  std::optional<Corroborated> times;
  // Acts to look at again. They are as recorded: no verdict depends on them.
  std::vector<Suspect> suspects;
  std::vector<Finding> findings;  // at most kMaxNamed of them
  std::uint64_t finding_count = 0;

  static constexpr std::size_t kMaxNamed = 100;
  bool consistent() const { return finding_count == 0; }
};

// What a program shows while it works: what is being done, how much of how much.
using Progress =
    std::function<void(std::string_view doing, std::uint64_t done, std::uint64_t total)>;

struct VerifyOptions {
  std::optional<ledger::Anchor> anchor;
  Level level = Level::kFull;
  unsigned threads = 0;  // 0: as many as the machine has
  // For how long an entry's time may rest on its keeper's word alone; nothing: the longest is told.
  std::optional<std::int64_t> window_ms = std::nullopt;
  Progress progress;            // may be empty
  SealMemory* seals = nullptr;  // shared by the books verified in one run; null: each for itself
};

// NotFound when there is no such folder, Unavailable when the machine does not give a file: both
// say nothing about the evidence. Everything else is in the verdict.
absl::StatusOr<Verdict> VerifyEvidence(const std::filesystem::path& folder,
                                       const VerifyOptions& options);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_VERIFY_H_
