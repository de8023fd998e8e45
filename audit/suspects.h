// Acts under a key that was later declared invalid from an earlier moment on.
//
// An act that revokes a certificate says from when on its seals no longer count (`until`). When
// that moment lies before the revocation was recorded, what was sealed with the certificate in
// between was rightly taken in: nobody knew. It stands as recorded and is suspect: somebody else
// may have held the key. Nothing is deleted and no ruling changes; the parties deal with each by a
// further act of the procedure.
#ifndef CHANCERY_AUDIT_SUSPECTS_H_
#define CHANCERY_AUDIT_SUSPECTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/time.h"
#include "engine/procedure/matter.h"
#include "engine/procedure/procedure.h"

namespace chancery::audit {

struct Suspect {
  std::uint64_t entry = 0;
  Instant recorded_at;
  PartyCode party;     // whose certificate it is
  Digest certificate;  // with which it was sealed
  Instant since;       // from when on that certificate's seals do not count

  friend bool operator==(const Suspect&, const Suspect&) = default;
};
// "entry 41: sealed with …; its ruling stands as recorded".
std::string ToText(const Suspect& suspect);

// Collects who sealed what while a book is replayed. Used by one thread; its memory grows with the
// number of seals.
class SuspectSearch {
 public:
  void Add(const procedure::RecordedAct& recorded);
  // By what the cooperation says at the end, in order of entry, then of certificate.
  std::vector<Suspect> Find(const procedure::Matter& cooperation) const;

 private:
  using Use = std::pair<Instant, std::uint64_t>;  // in order of time, as entries are
  std::map<Digest, std::vector<Use>> uses_;
};

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_SUSPECTS_H_
