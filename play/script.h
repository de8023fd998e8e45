// From sentences to acts: what each party has to write, given what happened so far.
//
// The same script serves the core and the programs: it fills in what a careful official would look
// up (the case's id, the confirmation a line must repeat, the digest of the list that is cleared,
// the head-counts on board) and leaves to the player what only a player knows: statement ids,
// times, seals, particulars.
//
// Not safe on several threads at once.
#ifndef CHANCERY_PLAY_SCRIPT_H_
#define CHANCERY_PLAY_SCRIPT_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/procedure/act.h"
#include "engine/procedure/procedure.h"
#include "play/agreed.h"
#include "play/scenario.h"

namespace chancery::play {

// An act ready to be written. `act` has no statement id, time and commitment yet.
struct Planned {
  procedure::Act act;
  std::string person;       // whose case it is about; empty for other matters
  std::string flight;       // of flights and transfers
  std::int64_t office = 0;  // the office the sentence names; 0: whichever the rules ask for
  bool bare = false;        // without particulars, whatever the act
  bool one_seal = false;    // under one seal of that office, whatever the rules ask for
  // Under the seals of these, whatever the rules ask for.
  std::optional<std::vector<NamedCertificate>> sealed{};
  bool past_the_door = false;      // recorded whatever the door says
  std::optional<Instant> offered;  // proved by what comes with the act
};

// So many officers of an office seal an act.
struct SealingOffice {
  std::int64_t office = 0;  // word of Fact::kOffice
  int count = 1;
};

// A party with the offices that take part in every scenario.
struct Cast {
  PartyCode party;
  std::vector<std::string_view> offices;  // words of Fact::kOffice
};
// Whether the ministry's party opens a case in the story: then it is the requesting one there, and
// every party has the offices of both sides.
bool AsksOfAState(const Scenario& scenario);
// The ministry's party, the states and the Union, in this order.
std::vector<Cast> CastOf(const Scenario& scenario);
// Whose officers hold an office in a seal on an act of `author`.
PartyCode PartyOfOffice(const Scenario& scenario, std::int64_t office, PartyCode author);
// Whether a party has an office.
bool Holds(const Scenario& scenario, PartyCode party, std::int64_t office);

// What stands for a certificate where nobody has keys: in the core.
Digest StandInCertificate(const NamedCertificate& named);

// What must be known to set the scene: the certificates of offices, and each party's keys.
struct OfficeKey {
  PartyCode party;
  std::int64_t office = 0;
  std::int64_t officer = 0;  // the officer's number within the party
  Digest certificate;
  int number = 1;  // among the certificates of that office, from 1
};
struct AuthorityKeys {
  PartyCode party;
  Digest log_key;
  Digest witness_key;
};
// Whether particulars travel beside the act: an application's, and those of a confirmation.
bool CarriesParticulars(const procedure::Act& act);
bool CarriesParticulars(const Planned& planned);
// Whether the act begins somebody's case.
bool OpensCase(procedure::ActKind kind);
// What the Union and the ministry do before the story: one day before the procedure comes into
// force.
Instant SceneTime(const Scenario& scenario);

class Script {
 public:
  // The scenario and the procedures must outlive the script.
  Script(const Scenario& scenario, const Agreed& agreed, Entropy& entropy);

  // The acts that found the cooperation, appoint authorities and offices, and bring the procedure
  // into force at the moment the scenario says. They are recorded at SceneTime, one after another.
  // The Union's and the ministry's first certificates in `offices` seal the founding act.
  std::vector<Planned> SetScene(const std::vector<OfficeKey>& offices,
                                const std::vector<AuthorityKeys>& authorities);

  // The acts of one sentence; those for several persons are independent of each other.
  // FailedPrecondition names the scenario's line when the sentence speaks of something that does
  // not exist yet.
  absl::StatusOr<std::vector<Planned>> Plan(const Step& step);

  // What became of a planned act. `statement` is the digest of its statement, `commitment` that to
  // its particulars.
  void Recorded(const Planned& planned, const Digest& statement,
                const std::optional<Digest>& commitment, bool admitted);

  // The sets of seals that would do for an act, the most fitting first: those whose rule asks for
  // `office` when it is given.
  std::vector<std::vector<SealingOffice>> SealsFor(const Planned& planned) const;

  // Whether the sentence names an office that no rule asks of the act's author. No program of a
  // state seals so; such an act is sealed by hand and brought to the door. Never of the ministry.
  bool ByHand(const Planned& planned) const;
  const procedure::CheckedProcedure& RulesFor(procedure::ActKind kind) const;

  const MatterId& cooperation() const { return cooperation_; }
  // Ids of the matters opened so far; null when there is none.
  const MatterId* FindCase(const std::string& person) const;
  // Whether the person's newest case was opened by asking for transit.
  bool IsInTransit(const std::string& person) const;
  const MatterId* FindFlight(const std::string& flight) const;
  const MatterId* FindTransfer(const std::string& flight, PartyCode state) const;

 private:
  struct Done {
    std::map<procedure::ActKind, Digest>
        last;  // newest admitted act of each kind, by its statement
  };
  struct CaseFile : Done {
    MatterId id;
    MatterId handle;
    PartyCode state;
    std::int64_t category = 0;  // word of Fact::kCategory
    std::optional<Digest> confirmation;
    MatterId confirmation_id;
  };
  struct FlightFile : Done {
    MatterId id;
    PartyCode organiser;
    std::int64_t revision = 1;
    procedure::Facts terms;
    std::vector<PartyCode> states;
  };
  struct ListFile : Done {
    MatterId id;
    bool opened = false;
    std::int64_t revision = 0;
    std::vector<procedure::Facts> lines;
    std::vector<procedure::Facts> not_cleared;  // keys of lines that nobody records as boarding
    std::vector<procedure::Facts> boarding;
    std::optional<Digest> aboard;  // the act that last said who is aboard
    std::vector<procedure::Facts> outcomes;
  };

  MatterId HandleOf(const Person& person, PartyCode state);
  MatterId FamilyOf(const Person& person);
  CaseFile& CaseOf(const std::string& person);
  ListFile& ListOf(const std::string& flight, PartyCode state);
  absl::Status Missing(const Step& step, const std::string& what) const;

  absl::Status PlanCase(const Step& step, const ActSentence& sentence, const std::string& person,
                        Planned& planned);
  absl::Status PlanFlight(const Step& step, const ActSentence& sentence, Planned& planned);
  absl::Status PlanTransfer(const Step& step, const ActSentence& sentence, Planned& planned);
  void PlanCooperation(const Step& step, const ActSentence& sentence, Planned& planned);
  absl::Status AddGiven(const Step& step, const ActSentence& sentence, Planned& planned);
  absl::StatusOr<MatterId> IdOf(const Step& step, const NamedMatter& named) const;
  absl::StatusOr<Digest> DigestOf(const Step& step, NamedVersion version);
  absl::StatusOr<procedure::Value> LookUp(const Step& step, const GivenFact& given,
                                          const Planned& planned);

  procedure::Facts ReturneeLine(const std::string& person);
  void AddCompanions(const ListFile& list, std::int64_t kind, std::int64_t count,
                     std::vector<procedure::Facts>& lines);
  procedure::Facts KeyOf(const procedure::Facts& line) const;
  void SetCounts(const std::vector<procedure::Facts>& lines,
                 const std::vector<procedure::Facts>& boarding, procedure::Facts& facts) const;
  void SetBoardedCounts(const ListFile& list, procedure::Facts& facts) const;
  void AddBoardedCounts(const std::string& flight, procedure::Facts& facts);

  const Scenario& scenario_;
  const procedure::CheckedProcedure& founding_;
  const procedure::CheckedProcedure& agreed_;
  const procedure::CheckedProcedure* second_;  // null when the story has none
  Entropy& entropy_;
  MatterId cooperation_;
  Done cooperation_done_;
  std::map<std::pair<std::string, PartyCode>, MatterId> handles_;
  std::map<std::string, MatterId> families_;
  std::map<std::string, CaseFile> cases_;
  std::map<std::string, FlightFile> flights_;
  std::map<std::pair<std::string, PartyCode>, ListFile> lists_;
};

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_SCRIPT_H_
