// Who a state's program is and with whom it exchanges acts, as the anchor says.
#ifndef CHANCERY_ENGINE_EXCHANGE_OUTBOX_PARTY_H_
#define CHANCERY_ENGINE_EXCHANGE_OUTBOX_PARTY_H_

#include <string>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/codec/statement.h"
#include "engine/exchange/anchor.h"
#include "engine/ledger/note.h"
#include "engine/ledger/seen.h"

namespace chancery::exchange {

// A value; safe on every thread.
struct StateParty {
  PartyCode self;
  PartyCode keeper;  // whose ledger orders the acts: the ministry's party
  codec::Realm realm = codec::Realm::kRehearsal;
  std::string agreement;
  Digest founding;
  ledger::NoteKey own_log;
  ledger::NoteKey keeper_log;
  ledger::NoteKey keeper_witness;
  ledger::SeenKeys seen_keys;  // of every party, for the offer proofs in entries

  const std::string& origin() const { return own_log.name(); }
  const std::string& keeper_origin() const { return keeper_log.name(); }
};

// FailedPrecondition names what the anchor lacks of one of the two.
absl::StatusOr<StateParty> StatePartyOf(const Anchor& anchor, PartyCode self, PartyCode keeper);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_OUTBOX_PARTY_H_
