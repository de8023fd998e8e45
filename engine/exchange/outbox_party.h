// Who a state's program is and with whom it exchanges acts, as the anchor says.
#ifndef CHANCERY_ENGINE_EXCHANGE_OUTBOX_PARTY_H_
#define CHANCERY_ENGINE_EXCHANGE_OUTBOX_PARTY_H_

#include <memory>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/codec/statement.h"
#include "engine/exchange/anchor.h"
#include "engine/ledger/key_book.h"
#include "engine/ledger/note.h"

namespace chancery::exchange {

// A value; safe on every thread. Copies share the keys.
struct StateParty {
  PartyCode self;
  PartyCode keeper;  // whose ledger orders the acts: the ministry's party
  codec::Realm realm = codec::Realm::kRehearsal;
  std::string agreement;
  Digest founding;
  std::string own_origin;
  std::string ministry_origin;
  std::shared_ptr<ledger::KeyBook> keys;  // of every party; never null

  const std::string& origin() const { return own_origin; }
  const std::string& keeper_origin() const { return ministry_origin; }
  // The keys of the ministry's ledger that count at that moment.
  std::vector<ledger::NoteKey> KeeperLogs(Instant at) const { return keys->LogsAt(keeper, at); }
};

// FailedPrecondition names what the anchor lacks of one of the two.
absl::StatusOr<StateParty> StatePartyOf(const Anchor& anchor, PartyCode self, PartyCode keeper);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_OUTBOX_PARTY_H_
