// Ruling a recorded act again, by the matters as they stood before it.
//
// Nobody's ruling is taken on trust: what was recorded must be what the own core says.
// Errors: PermissionDenied with a stable reason.
//   RULING_DIFFERS  another ruling, another stream, or another core's
//   DOOR_DIFFERS    it should have been turned away
//   what CheckAppointing says
// Threads: as the MatterBook.
#ifndef CHANCERY_ENGINE_EXCHANGE_RULE_AGAIN_H_
#define CHANCERY_ENGINE_EXCHANGE_RULE_AGAIN_H_

#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/codec/entry.h"
#include "engine/exchange/collect_entry.h"
#include "engine/exchange/matters.h"
#include "engine/exchange/shelf.h"
#include "engine/ledger/key_book.h"
#include "engine/procedure/procedure.h"
#include "engine/store/store.h"

namespace chancery::exchange {

struct AgainParts {
  const procedure::ProcedureSet& procedures;
  const CertificateShelf& certificates;
  const ledger::KeyBook& keys;
  PartyCode keeper;  // whose ledger orders the acts
  MatterBook& matters;
};

// Puts what the act of that entry, which carries a ruling, makes of the matters into the rows.
// `own_ruling` is then what the own core said, as bytes; empty when it was not asked.
absl::Status RuleAgain(const AgainParts& parts, std::uint64_t number, const codec::Entry& entry,
                       const VerifiedStatement& verified, store::Commit& rows, Bytes* own_ruling);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_RULE_AGAIN_H_
