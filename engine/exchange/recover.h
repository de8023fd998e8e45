// A store that went back in time, brought forward again from folders of evidence.
//
// An old copy of a store was put back: witnesses have cosigned a larger tree than it holds, and its
// node reads only (restart.h). Whoever exported the book since, or a slice of it, holds the entries
// that are missing. They are taken when, and only when, together with the entries in the store they
// make exactly the tree of a checkpoint that is final under the policy the anchor names; so nothing
// is believed that the ledger's own key and its witnesses have not signed, and a store with another
// history is refused. Everything that hangs on the entries is made again by the same rules as when
// they were recorded: every seal and chain, every ruling, matters, erasures.
//
//   the ministry   from exports of its book and from its readers' slices, which complete each other
//   a state        from an export of its own book, which holds what it received with its receipts.
//                  What it collected of the ministry's ledger stays as the old copy has it: the
//                  daemon collects the rest again, and is given the particulars once more
//
// What is beside the ledger and was newer is lost: particulars that came in since (CheckStore names
// them), drafts, claims, attachments, and which acts the other side turned away.
//
// No key signs anything here. Threads: one caller, and nobody else works on the store.
#ifndef CHANCERY_ENGINE_EXCHANGE_RECOVER_H_
#define CHANCERY_ENGINE_EXCHANGE_RECOVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/crypto/trust.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/particulars.h"
#include "engine/exchange/shelf.h"
#include "engine/ledger/key_book.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// A folder of evidence. Nothing in it is believed.
struct RecoverySource {
  std::string name;  // for messages
  // The bytes of a file by its path in the folder; NotFound when there is none.
  std::function<absl::StatusOr<Bytes>(const std::string& path)> read;
  std::vector<std::string> handovers;  // the files under "keys/"
};

struct RecoveryParts {
  const Anchor& anchor;
  PartyCode keeper;  // whose ledger orders the acts
  const crypto::TrustAnchors& trust;
  const CertificateShelf& certificates;
  const procedure::ProcedureSet& procedures;
  ledger::KeyBook& keys;  // of the store; handovers in the folders are taken in
  const ParticularsVault& vault;
};

struct Recovered {
  std::uint64_t from = 0;  // the size of the ledger as it was
  std::uint64_t to = 0;    // and as it is now
  std::uint64_t acts = 0;  // of the entries between those that are an act of somebody
};

// Works on a COPY of the store: after an error the copy is of no use and is thrown away.
//   FailedPrecondition  the folders hold nothing that the store has not; the anchor names no policy
//   NotFound            an entry is in none of the folders; names the first and how many
//   PermissionDenied    a checkpoint is not final under the anchor's policy, a seal, a ruling or a
//                       handover is not what it must be
//   DataLoss            the store's entries are not the beginning of that tree, or a file of a
//                       folder is not what its tree says
absl::StatusOr<Recovered> Recover(store::Store& store, const RecoveryParts& parts,
                                  const std::vector<RecoverySource>& sources);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_RECOVER_H_
