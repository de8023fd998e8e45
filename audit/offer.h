// When an always-on witness saw an act in its author's ledger, by the offer proof in its entry.
#ifndef CHANCERY_AUDIT_OFFER_H_
#define CHANCERY_AUDIT_OFFER_H_

#include <optional>

#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/codec/entry.h"
#include "engine/ledger/seen.h"

namespace chancery::audit {

// With keys the proof is verified under them; without, the time is as the keeper has verified it.
// The status says what is wrong with the proof.
absl::StatusOr<Instant> SeenSince(const codec::ActBody& act, PartyCode author,
                                  const std::optional<ledger::SeenKeys>& keys);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_OFFER_H_
