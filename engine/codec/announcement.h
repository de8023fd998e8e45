// The act that announces a party's next keys, as it stands in an entry of the ledger that orders
// the acts.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_CODEC_ANNOUNCEMENT_H_
#define CHANCERY_ENGINE_CODEC_ANNOUNCEMENT_H_

#include <optional>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/time.h"
#include "engine/codec/entry.h"

namespace chancery::codec {

struct Announcement {
  PartyCode party;
  Digest log;  // the public keys' 32 bytes
  Digest witness;
  std::optional<Instant> until;  // when what went before ends; nothing: it is not said

  friend bool operator==(const Announcement&, const Announcement&) = default;
};
// Nothing unless the entry holds an admitted authority_appointed.
std::optional<Announcement> AnnouncementIn(const Entry& entry);

// Why that entry does not announce exactly this; nothing when it does. The end must come after the
// entry: nothing is announced backwards.
std::optional<std::string> AnnouncementDefect(const Entry& entry, const Announcement& expected);

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_ANNOUNCEMENT_H_
