#include "engine/exchange/anchor.h"

namespace chancery::exchange {

codec::Realm RealmOfStatements(const Anchor& anchor) {
  return anchor.rehearsal ? codec::Realm::kRehearsal : codec::Realm::kLive;
}

absl::StatusOr<store::StoreIdentity> StoreIdentityOf(const Anchor& anchor, PartyCode party) {
  const auto log = anchor.logs.find(party);
  if (log == anchor.logs.end())
    return FailedPrecondition("anchor: it names no ledger of " + party.ToText());
  return store::StoreIdentity{party, log->second.name(), anchor.realm(), anchor.founding};
}

}  // namespace chancery::exchange
