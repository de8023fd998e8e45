// The anchor: what a reader of evidence was given out of band, and trusts without asking anybody.
//
// A text file, handed over beside the evidence and never inside it: the realm, the agreement, the
// founding procedure, the fingerprints of the roots, the keys of the ledgers, of the parties'
// witnesses and of the always-on witnesses, the digest of each party's founding trust policy, and
// the roots of the authorities whose time stamps count. Reading is strict: a file that is not what
// FormatAnchor writes of it is refused, so that two files never stand for one trust.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_LEDGER_ANCHOR_H_
#define CHANCERY_ENGINE_LEDGER_ANCHOR_H_

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/ledger/note.h"
#include "engine/ledger/policy.h"

namespace chancery::ledger {

// Much more than the parties of any agreement need.
inline constexpr std::size_t kMaxAnchorBytes = 64 * 1024;

struct Anchor {
  bool rehearsal = false;                  // else live
  std::string agreement;                   // "eu-pakistan"
  Digest founding;                         // SHA-256 of the founding procedure's bundle
  std::map<PartyCode, Digest> roots;       // SHA-256 of the root's DER
  std::map<PartyCode, NoteKey> logs;       // 0x01, named like the ledger's origin
  std::map<PartyCode, NoteKey> witnesses;  // 0x04, named "<origin>/witness"
  // 0x04, of those outside every keeper's control, in order of their names. The Union's are named
  // "<agreement>.chancery.example/<realm>/EUE/witness1" and so on, any other by any name.
  std::vector<NoteKey> always_on;
  std::map<PartyCode, Digest>
      policies;  // SHA-256 of the policy file with which that party's ledger is read
  // By the name it has here, 1 to 32 of a-z, 0-9 and '-': SHA-256 of the DER of a root under which
  // a time-stamping authority (RFC 3161) stands. It is nobody's of the agreement.
  std::map<std::string, Digest, std::less<>> stamping_roots;

  // "rehearsal" or "live".
  std::string realm() const { return rehearsal ? "rehearsal" : "live"; }

  friend bool operator==(const Anchor&, const Anchor&) = default;
};

// The origin of a party's ledger: "<agreement>.chancery.example/<realm>/<PARTY>". Bytes are
// forever.
std::string OriginOf(std::string_view agreement, std::string_view realm, PartyCode party);
// The name under which a party cosigns: its origin and "/witness".
std::string WitnessNameOf(std::string_view agreement, std::string_view realm, PartyCode party);

// What an origin says.
struct OriginParts {
  std::string agreement;
  std::string realm;
  PartyCode party;

  friend bool operator==(const OriginParts&, const OriginParts&) = default;
};
// The parts of exactly what OriginOf writes, or nothing.
std::optional<OriginParts> ParseOrigin(std::string_view origin);

// InvalidArgument names the line and what is expected there: another line, another order, a party
// twice, a key whose name or algorithm is not its party's, a missing end of line.
absl::StatusOr<Anchor> ParseAnchor(std::string_view text);
std::string FormatAnchor(const Anchor& anchor);

// Whose ledger of this anchor that is; nobody when it is none.
PartyCode PartyOfOrigin(const Anchor& anchor, std::string_view origin);
// The founding policy with which `readers` read the ledger that `keeper` keeps: signed by its log,
// by every reader's own witness, and, where the anchor names any, by one of the always-on
// witnesses. FailedPrecondition names what the anchor lacks.
absl::StatusOr<Policy> FoundingPolicy(const Anchor& anchor, PartyCode keeper,
                                      std::span<const PartyCode> readers);
// How many of the always-on witnesses share at least one with whichever of them any quorum needs.
std::size_t IntersectingAlwaysOn(const Anchor& anchor);

// The keys of all witnesses: the parties' in order of party, then the always-on ones.
std::vector<NoteKey> WitnessKeys(const Anchor& anchor);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_ANCHOR_H_
