// One situation that acts and silence can lead to, and how two situations are told apart.
#ifndef CHANCERY_ENGINE_CHECKER_WORLD_H_
#define CHANCERY_ENGINE_CHECKER_WORLD_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/checker/reading.h"
#include "engine/procedure/step.h"

namespace chancery::checker {

// How time passes in an explored world.
enum class Clock : std::uint8_t {
  // Limits are counted in days, and what can be done before one passes is all that can be done.
  kCounted,
  // A running limit may pass at any moment, however long it is, and need not pass: whatever the
  // days are, each order in which limits can pass is among those explored.
  kLoose,
};

// How much of the world is explored. Everything inside these bounds is explored without exception;
// docs/checker.md argues why more of each changes no verdict.
struct Bounds {
  std::string name;
  Clock clock = Clock::kCounted;
  int cases = 1;    // applications of the requesting state
  int persons = 1;  // different persons among them
  int flights = 0;
  int transfers = 0;            // lists of the requesting state on those flights
  int list_revisions = 1;       // of each list
  int flight_revisions = 1;     // of each flight
  bool suspensions = false;     // cooperation suspended as a whole and resumed, any number of times
  bool carriers = false;        // a carrier refused and accepted again
  bool one_class = false;       // every application with a passport and an identity card
  bool every_category = false;  // with one class: third-country nationals as well
  bool planned_first = false;   // flights are proposed before anybody has waited
  bool old_documents = false;   // with a loose clock: travel documents come close to running out
  bool families = false;        // persons may belong to one family
  bool true_counts = false;     // what is lodged names a list there is and counts who stands on it
  bool reversed = false;        // the ministry's own state is the one that asks
  bool until_over = false;      // nothing is followed once every case or every flight has ended
  // Every story begins with acts of these kinds, in this order and before anything else happens;
  // afterwards they may come again.
  std::vector<procedure::ActKind> first;
  // Acts nobody does in this world.
  std::set<procedure::ActKind> without;
};

// A decision is renewed shortly before boarding when no more than so many days lie between (P7;
// the number is ours).
constexpr std::int64_t kShortlyBeforeDays = 30;

// What a claim's acts have said so far.
enum class ClaimSaid : std::uint8_t {
  kNothing,
  kMade,
  kSubstantiated,
  kAcknowledged,
  kContested,
  kDropped
};

// What one side would have the Joint Committee decide.
struct Word {
  PartyCode by;
  std::int64_t decision = 0;
  Digest said_by;  // the act

  friend bool operator==(const Word&, const Word&) = default;
};

// What the acts have said of one person's case, in the checker's own books: nothing here is read
// from what the procedure writes down, so that a rule that forgets to write is found out.
struct Person {
  bool asserted = false;  // decision, presence and entry as P7 wants them
  bool own_national = false;
  bool minor = false;
  MatterId family;         // zero: of no family
  bool confirmed = false;  // the requested state's own signed confirmation stands
  bool verified = false;   // its office found a national
  bool denied = false;     // refused, or of another nationality, by a signed reply
  bool withdrawn = false;
  bool held = false;
  bool other_person = false;  // the registry found somebody else than who was confirmed
  ClaimSaid claim = ClaimSaid::kNothing;
  std::optional<Word> word;                    // said to the Joint Committee and not answered
  std::optional<Digest> confirmation;          // the commitment of the confirming reply
  std::optional<std::int64_t> document_until;  // last civil day of the travel document

  friend bool operator==(const Person&, const Person&) = default;
};

// What the requested state has cleared on one list.
struct Clearance {
  Digest manifest;           // the list it cleared
  std::int64_t carrier = 0;  // and the flight it cleared it for
  std::int64_t departure = 0;
  std::vector<MatterId> cases;  // person by person

  friend bool operator==(const Clearance&, const Clearance&) = default;
};

// One person's line in the newest revision of a list.
struct Listed {
  MatterId one_case;
  std::optional<Digest> confirmation;
  bool fit = false;
  bool renewed = false;  // the decision was looked at again
  bool reception = false;
  bool open = true;  // not taken off, refused or left behind
  bool aboard = false;

  friend bool operator==(const Listed&, const Listed&) = default;
};

struct List {
  bool own_nationals = true;
  Digest manifest;             // the newest revision
  std::int64_t listed_at = 0;  // when it was signed
  std::vector<Listed> lines;
  std::optional<Clearance> clearance;  // the newest
  bool cleared_once = false;
  std::vector<MatterId> cleared_at_first;  // who stood on the list when it was first cleared

  friend bool operator==(const List&, const List&) = default;
};

// What the acts have said of one flight.
struct FlightSaid {
  std::int64_t carrier = 0;
  std::int64_t departure = 0;
  bool permitted = false;  // landing was permitted for exactly this carrier and date

  friend bool operator==(const FlightSaid&, const FlightSaid&) = default;
};

// A matter as some act left it; situations share those that did not change between them.
using SharedMatter = std::shared_ptr<const procedure::Matter>;

struct World {
  PartyCode requesting;
  PartyCode requested;
  Instant began;
  Instant now;
  SharedMatter cooperation;
  std::vector<SharedMatter> cases;
  std::vector<SharedMatter> flights;
  std::vector<SharedMatter> transfers;
  std::vector<Person> persons;  // by case
  std::vector<List> lists;      // by transfer
  std::vector<FlightSaid> said_of_flights;

  const procedure::Matter* Find(const MatterId& id) const;
  procedure::Matters AllMatters() const;
};

// The identifiers under which matters are opened, by number from 0.
MatterId CaseId(std::size_t number);
MatterId FlightId(std::size_t number);
MatterId TransferId(std::size_t number);
MatterId HandleOf(std::size_t person);
// The number of the matter among those of its kind.
std::size_t NumberOf(const MatterId& id);

// Parties of the explored world: a member state, the state of the ministry that keeps the register
// of the cooperation, the Union.
PartyCode MemberState();
PartyCode Ministry();
PartyCode Union();
// Carriers: the one that is accepted at the start, and one that is not.
std::int64_t AcceptedCarrier();
std::int64_t OtherCarrier();

// The requested state's civil day of a moment, in whose days limits are counted.
std::int64_t DayOf(const procedure::CheckedProcedure& procedure, PartyCode requested, Instant at);
// Whether a row of the cooperation's register is a suspension.
bool IsSuspension(const procedure::Facts& row);

// The certificates of an office of a party, as many as seals can be asked for.
Digest CertificateOf(PartyCode party, std::int64_t office, int officer);

// Where every exploration begins: the cooperation founded, every office appointed, the procedure in
// force, a carrier accepted, nobody applied for. `reversed`: the ministry's state is the one that
// asks, and a member state the one that is asked.
World Beginning(const procedure::CheckedProcedure& founding,
                const procedure::CheckedProcedure& procedure, bool reversed);

}  // namespace chancery::checker

#endif  // CHANCERY_ENGINE_CHECKER_WORLD_H_
