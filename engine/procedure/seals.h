// Whose seals an act carries, and whether they are those its rule asks for.
//
// A seal is made with a certificate, and a certificate is appointed for an office of a party by an
// act in the ledger. Who looks through those eyes is the officer: a number within the party that
// stays when the certificate is renewed. Where a rule asks for several officers it is officers that
// are counted, never certificates. A seal without an officer's number is the office's own (a
// server's, say): it is nobody's eyes, and counts only where one seal of the office is enough.
//
// Pure functions of their arguments.
#ifndef CHANCERY_ENGINE_PROCEDURE_SEALS_H_
#define CHANCERY_ENGINE_PROCEDURE_SEALS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/procedure/procedure.h"

namespace chancery::procedure {

// A certificate that may seal for an office of a party.
struct Appointment {
  PartyCode party;
  std::int64_t office = 0;
  std::int64_t officer = 0;  // the officer's number within the party; 0: the office's own seal
  Digest certificate;
  Instant from;
  std::optional<Instant> until;  // from when on its seals no longer count
};
// The appointments in the rows of the cooperation's register; with `certificates` only those of
// these.
std::vector<Appointment> AppointmentsOf(const std::vector<Facts>& rows,
                                        const std::vector<Digest>* certificates = nullptr);
inline std::vector<Appointment> AppointmentsOf(const Matter& cooperation) {
  return AppointmentsOf(cooperation.lines);
}
// What an act appoints: a founding act its own signers, office_appointed one certificate, others
// nothing.
std::vector<Appointment> AppointmentsBy(const RecordedAct& recorded);
// Those whom a founding act names: by them its own seals count.
std::vector<Appointment> FoundersIn(const RecordedAct& founded);

// What a certificate says of itself, for whoever has it.
struct Credential {
  Digest certificate;
  Digest key;  // the same for two certificates of one key
  PartyCode party;
  std::string office;  // as in its URI: "return-authority"
  std::int64_t officer = 0;
};
using CredentialLookup = std::function<std::optional<Credential>(const Digest& certificate)>;
// Why `appointment` must not stand beside `others`, as far as certificates are known: the
// certificate is another party's, office's or officer's than is said, or its key is appointed for
// somebody else. The message names the field, the rule and the remedy. The core itself never sees a
// certificate: ministry and auditor ask this beside the door.
std::optional<std::string> AppointmentDefect(const Appointment& appointment,
                                             const std::vector<Appointment>& others,
                                             const CredentialLookup& known);

// The appointments behind the seals of an act at its recorded time, each certificate once; shorter
// than the signers when one is not appointed for `party` (nobody: for any party).
std::vector<Appointment> SealsOf(const RecordedAct& recorded,
                                 const std::vector<Appointment>& appointments, PartyCode party);

// What `needed` still lacks when the act carries `seals`; empty when nothing. Every officer fills
// one place, whatever the number of certificates; of all ways to fill the places the one that
// leaves the fewest open counts, so that a further seal never spoils an act.
std::vector<SealNeeded> SealsLacking(const std::vector<SealNeeded>& needed,
                                     const std::vector<Appointment>& seals);

}  // namespace chancery::procedure

#endif  // CHANCERY_ENGINE_PROCEDURE_SEALS_H_
