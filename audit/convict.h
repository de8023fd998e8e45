// Judging a text that convicts the keeper of a ledger (engine/ledger/conviction.h) under an anchor:
// with no network, no folder of evidence, and no trust in who brings it.
//
// Pure functions; safe on every thread.
#ifndef CHANCERY_AUDIT_CONVICT_H_
#define CHANCERY_AUDIT_CONVICT_H_

#include <cstdint>
#include <string>

#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/ledger/conviction.h"
#include "engine/ledger/key_book.h"

namespace chancery::audit {

struct ConvictedKeeper {
  PartyCode party;
  std::string origin;
  std::string kind;  // "heads"
  std::string what;  // a sentence
};
// `keys`: those of the anchor, and those that followed them. PermissionDenied when the text does
// not convict, InvalidArgument when a part cannot be read.
absl::StatusOr<ConvictedKeeper> Convict(const ledger::Conviction& conviction,
                                        const ledger::KeyBook& keys);

std::string ToText(const ConvictedKeeper& convicted);
std::string ToJson(const ConvictedKeeper& convicted);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_CONVICT_H_
