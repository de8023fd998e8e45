// Verifying a folder of evidence with no network and no trust in who made it.
//
// Everything is read again and strictly: every file is accounted for, every leaf and tile is
// computed from the entries' bytes, every seal is checked with its chain at the recorded time,
// every ruling is made again by the core and compared byte for byte. What is false is a finding
// that names the file and the entry; it never stops the search for more.
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

#include "audit/timestamps.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/merkle/merkle.h"

namespace chancery::audit {

// One thing that is wrong.
struct Finding {
  std::string file;                    // relative to the folder, or empty
  std::optional<std::uint64_t> entry;  // its number, when it is about one
  std::string what;
};
// "tile/entries/000.p/7, entry 3: the seal does not verify: …"
std::string ToText(const Finding& finding);

struct Verdict {
  bool anchored = false;
  std::string origin;
  std::string realm;
  PartyCode party;           // whose book it is
  bool orders_acts = false;  // the ministry's book; otherwise one of a state
  ledger::TreeHead tree;
  std::uint64_t entries = 0;       // read
  std::uint64_t acts = 0;          // with a ruling
  std::uint64_t statements = 0;    // sealed statements verified, receipts' included
  std::uint64_t signatures = 0;    // of offices, each with its chain
  std::uint64_t rulings = 0;       // replayed and equal
  std::uint64_t inadmissible = 0;  // of these
  std::uint64_t streams = 0;
  std::uint64_t procedures = 0;
  std::uint64_t certificates = 0;
  std::uint64_t receipts = 0;  // verified
  std::vector<std::string> cosigned_by;
  std::vector<Stamped> stamps;    // that verified, in order of size
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
  unsigned threads = 0;  // for seals; 0: as many as the machine has
  Progress progress;     // may be empty
};

// NotFound when there is no such folder, Unavailable when the machine does not give a file: both
// say nothing about the evidence. Everything else is in the verdict.
absl::StatusOr<Verdict> VerifyEvidence(const std::filesystem::path& folder,
                                       const VerifyOptions& options);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_VERIFY_H_
