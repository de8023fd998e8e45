// Whose hands a call or an envelope comes from.
#ifndef CHANCERY_ENGINE_BASE_PEER_H_
#define CHANCERY_ENGINE_BASE_PEER_H_

#include <string>

#include "engine/base/party.h"

namespace chancery {

// A value; safe on every thread.
struct Peer {
  PartyCode party;
  std::string office;   // as in its certificate: "daemon", "border-agency"
  bool bearer = false;  // brings in what others sealed: a courier's file, the Union's acts

  friend bool operator==(const Peer&, const Peer&) = default;
};

}  // namespace chancery

#endif  // CHANCERY_ENGINE_BASE_PEER_H_
