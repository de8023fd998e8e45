#include "engine/exchange/outbox_party.h"

#include <map>

namespace chancery::exchange {

absl::StatusOr<StateParty> StatePartyOf(const Anchor& anchor, PartyCode self, PartyCode keeper) {
  if (self == keeper) return InvalidArgument("a state cannot keep the ledger it hands its acts to");
  const auto own_log = anchor.logs.find(self);
  if (own_log == anchor.logs.end()) {
    return FailedPrecondition("the anchor has no log of " + self.ToText() +
                              ": use the anchor this party was given");
  }
  const auto keeper_log = anchor.logs.find(keeper);
  if (keeper_log == anchor.logs.end()) {
    return FailedPrecondition("the anchor has no log of " + keeper.ToText() +
                              ": use the anchor this party was given");
  }
  const auto keeper_witness = anchor.witnesses.find(keeper);
  if (keeper_witness == anchor.witnesses.end()) {
    return FailedPrecondition("the anchor has no witness of " + keeper.ToText() +
                              ": use the anchor this party was given");
  }
  return StateParty{self,
                    keeper,
                    RealmOfStatements(anchor),
                    anchor.agreement,
                    anchor.founding,
                    own_log->second.name(),
                    keeper_log->second.name(),
                    std::make_shared<ledger::KeyBook>(anchor)};
}

}  // namespace chancery::exchange
