// The long check of a party's store, with nobody else's help and no change to it: every entry, and
// everything that was kept beside them, against each other.
//
//   the file      its own integrity, its tables, every leaf and subtree hash, the signed head
//   entries       read strictly; streams, days and times; seals; every ruling made again
//   statements    exactly those of the entries
//   matters       exactly what the acts make of them, each row and its limit
//   outbox        each sealed act with its record and envelope; what was received, with its receipt
//   particulars   exactly those an act commits to, opened with the node's key
//   attachments   every chunk with its record, opened and seen to have the digest
//   papers        certificates, procedures with both sides' seal, handovers, positions in streams,
//   convictions;
//                 heads that were relied on, final, seen or stamped, with the signatures they need
//   checkpoints   every signature and cosignature over the root of its size
//   cursors       each with the rows it speaks of
//
// What nothing in the store can contradict is not judged: who claimed a task, how often a paper was
// written anew, when a checkpoint was noticed to be final, evidence against others (it stands on
// its own signatures) and that some of it is missing, whether a fork was released, a draft's
// wording, the reason with which the other side turned an act away, and that a cosignature or a
// head that can be asked for again is missing, or an attachment with all its chunks. Nor that the
// whole file is an older one: the
// witnesses tell that (restart.h).
//
// A finding names table and row and what to do. It never holds personal data.
// Threads: safe while nobody changes the store.
#ifndef CHANCERY_ENGINE_EXCHANGE_CHECK_STORE_H_
#define CHANCERY_ENGINE_EXCHANGE_CHECK_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/crypto/trust.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/particulars.h"
#include "engine/exchange/shelf.h"
#include "engine/ledger/note.h"
#include "engine/ledger/policy.h"
#include "engine/procedure/procedure.h"
#include "engine/store/store.h"

namespace chancery::exchange {

struct CheckFinding {
  std::string table;
  std::string row;  // its key as text; empty for the table as a whole
  std::string what;
  std::string remedy;
};
// "matter 5f3a…: it is not what the ledger's acts make of it; restore the store from a backup".
std::string ToText(const CheckFinding& finding);

struct CheckReport {
  std::uint64_t entries = 0;
  std::uint64_t acts = 0;  // ruled again: those of the own ledger, or those received
  std::uint64_t matters = 0;
  std::uint64_t statements = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t particulars = 0;
  std::uint64_t particulars_opened = 0;  // 0 without the key
  std::uint64_t papers = 0;
  std::uint64_t cosignatures = 0;
  std::vector<CheckFinding> findings;  // at most kMaxNamed of them
  std::uint64_t finding_count = 0;

  static constexpr std::size_t kMaxNamed = 100;
  bool whole() const { return finding_count == 0; }
};

struct CheckParts {
  const Anchor& anchor;
  PartyCode keeper;  // whose ledger orders the acts; the store's own party for the ministry
  const ledger::NoteKey& log_key;
  const procedure::ProcedureSet& procedures;
  const CertificateShelf& certificates;
  const crypto::TrustAnchors* trust = nullptr;  // without it no procedure's seal is judged
  const ParticularsVault* vault = nullptr;      // without it particulars are not opened
  // By which the own checkpoints became final; without it nobody asks who signed those.
  const ledger::Policy* policy = nullptr;
};

// The store's failure when it cannot be read for another reason than damage; what is wrong is in
// the report.
absl::StatusOr<CheckReport> CheckStore(store::Store& store, const CheckParts& parts);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_CHECK_STORE_H_
