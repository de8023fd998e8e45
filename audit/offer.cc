#include "audit/offer.h"

#include "engine/codec/offer.h"

namespace chancery::audit {

absl::StatusOr<Instant> SeenSince(const codec::ActBody& act, PartyCode author,
                                  const std::optional<ledger::SeenKeys>& keys) {
  CHANCERY_ASSIGN_OR_RETURN(const codec::Offer offer, codec::ParseOffer(act.offer_proof));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes entry,
                            codec::SealedEntryOf(offer, author, act.statement, act.seal));
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t seen,
                            keys ? ledger::SeenAt(offer.proof, entry, author, *keys)
                                 : ledger::SeenAtUnverified(offer.proof));
  return Instant{seen * kMsPerSecond};
}

}  // namespace chancery::audit
