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
#include "engine/procedure/replay.h"

namespace chancery::audit {

struct Suspect {
  std::uint64_t entry = 0;
  Instant recorded_at;
  PartyCode party;     // whose certificate it is
  Digest certificate;  // with which it was sealed
  Instant since;       // from when on that certificate's seals do not count

  friend bool operator==(const Suspect&, const Suspect&) = default;
};
// "sealed with the certificate … of PAK, which was later revoked as from …; its ruling stands as
// recorded".
std::string WhySuspect(const Suspect& suspect);
// "entry 41, recorded at …: sealed with …".
std::string ToText(const Suspect& suspect);
// The same as data, in the caller's own library.
template <class Json>
Json JsonOf(const Suspect& suspect) {
  return {{"entry", suspect.entry},
          {"recorded_at", chancery::ToText(suspect.recorded_at)},
          {"party", suspect.party.ToText()},
          {"certificate", suspect.certificate.ToHexText()},
          {"since", chancery::ToText(suspect.since)}};
}

// Those of one entry.
std::vector<Suspect> SuspectsOf(const std::vector<Suspect>& all, std::uint64_t entry);

// Collects who sealed what while a book is replayed. Used by one thread; its memory grows with the
// number of seals.
class SuspectSearch {
 public:
  void Add(const procedure::RecordedAct& recorded);
  // By what the cooperation among these says, in order of entry, then of certificate; none where
  // there is no cooperation.
  std::vector<Suspect> Find(const procedure::MatterTable& matters) const;

 private:
  using Use = std::pair<Instant, std::uint64_t>;  // in order of time, as entries are
  std::map<Digest, std::vector<Use>> uses_;
};

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_SUSPECTS_H_
