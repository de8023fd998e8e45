// Scenarios: stories of acts between the parties, as readable text, and what must become of them.
//
// docs/scenarios.md is the reference of the format. Reading checks everything that can be known
// without playing: the shape of every sentence, that people, flights and words exist, check digits
// of invented documents, and that time never runs back. Every error names file, line and remedy.
//
// Plain values; a scenario may be read on any thread and shared once it is made.
#ifndef CHANCERY_PLAY_SCENARIO_H_
#define CHANCERY_PLAY_SCENARIO_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/party.h"
#include "engine/base/personal.h"
#include "engine/base/time.h"
#include "engine/procedure/act.h"
#include "engine/procedure/ruling.h"

namespace chancery::play {

// Something wrong with a scenario's text.
struct ScenarioError {
  std::string file;
  int line = 0;
  std::string message;  // what is wrong; never a person's particulars
  std::string remedy;   // what to write instead
};
// "story.scenario:12: unknown person P77. Remedy: add a block 'person P77 invented'"
std::string ToText(const ScenarioError& error);

// One of a person's particulars: a label of our own and the invented value.
struct Particular {
  std::string label;
  Personal<std::string> value;
};

// What the simulated registry answers about a person's claim.
struct RegistryRecord {
  std::int64_t finding = 0;  // word of Fact::kVerification
  Personal<std::string> name;
  Personal<std::string> cnic;
};

// A scan of one of a person's documents: so many bytes that the player makes up (scans.h).
struct Scan {
  std::int64_t evidence = 0;  // word of Fact::kEvidence
  std::size_t size = 0;
};

// An invented person.
struct Person {
  std::string id;  // "P07": the only name of a person that is ever printed
  int line = 0;
  std::vector<Particular> particulars;  // what the requesting state sends, in the order written
  std::vector<Scan> scans;              // sent as attachments of the lines with that evidence
  bool cnic_known = false;              // whether the sender knows it
  std::optional<std::int64_t> entered;  // date of entry, in days; every person read has one
  std::optional<std::int64_t> born;     // the earliest day of birth_date, in days
  bool minor = false;
  std::string family;  // a group that travels together; empty for nobody
  RegistryRecord on_file;
};

// What a sentence says its ruling must be.
struct ExpectedRuling {
  enum class Outcome : std::uint8_t { kAdmitted, kInadmissible, kTurnedAway };
  Outcome outcome = Outcome::kAdmitted;
  std::optional<procedure::Ground> ground;
  std::string article;      // empty: any
  std::string door_ground;  // for kTurnedAway: "seal_missing"
  // What else the ruling must say, by name: the names of RulingDetails() with the words expected.
  std::vector<std::pair<std::string, std::string>> details;
};

// A version that an act of the general form may name instead of the one it goes by.
enum class NamedVersion : std::uint8_t { kAgreed, kSecond, kFounding, kUnknown };

// A certificate as a story names it, "PAK registry 2": the second of that office. The first three
// of every office are appointed before the story begins.
struct NamedCertificate {
  PartyCode party;
  std::int64_t office = 0;  // word of Fact::kOffice
  std::int64_t number = 1;
};

// A matter as a story names it: a person's case, a flight, a state's list on it, or, when neither
// is named, the cooperation.
struct NamedMatter {
  std::string person;
  std::string flight;
  PartyCode list_of;
};

// A fact as a sentence of the general form gives it. Facts that are identifiers or digests name
// what they mean
// ("P07", "confirmation of P07") and are looked up when the act is drafted.
struct GivenFact {
  procedure::Fact fact = procedure::Fact::kCategory;
  std::string text;
};

// One sentence about an act. Which fields speak depends on `kind`; docs/scenarios.md lists the
// sentences.
struct ActSentence {
  PartyCode author;
  std::int64_t office = 0;  // word of Fact::kOffice; 0: the office the procedure asks for
  procedure::ActKind kind = procedure::ActKind::kApplication;
  std::vector<std::string> persons;  // one act each in a case; the lines meant in a list
  std::string flight;
  PartyCode list_of;                    // whose list on the flight
  PartyCode addressee;                  // none: the other side
  procedure::Facts facts;               // those whose values stand in the text
  std::vector<procedure::Facts> lines;  // evidence, states of a flight
  std::vector<GivenFact> given;         // of the general form, also those looked up later
  std::vector<std::vector<GivenFact>> given_lines;
  bool general = false;  // written in the general form: nothing is filled in but what every act has
  // Of the general form too, and of the core alone.
  bool on_nothing = false;               // on a matter that nobody opened
  bool on_same = false;                  // an act that opens a matter, on the one that is there
  bool on_lowest = false;                // opens its matter under the lowest of all identifiers
  std::optional<NamedMatter> on_matter;  // on this one, whatever the sentence is about
  bool bare = false;                     // without the particulars that travel beside it
  bool astray = false;                   // answering an act that nobody did
  bool one_seal = false;                 // under one seal of the office that it names
  std::optional<NamedVersion> version;   // named by the act, whatever its matter goes by
  // By these, past its author's own program.
  std::optional<std::vector<NamedCertificate>> sealed;
  bool past_the_door = false;      // recorded by a keeper who does not ask the door
  std::optional<Instant> offered;  // the offer proof that comes with it proves this moment
  bool all = false;                // "all" lines
  bool back = false;               // takes back what was lodged
  ExpectedRuling expected;

  // No program does such an act, or none that a play runs.
  bool InCoreAlone() const;
};

// "expect P07 admitted", "expect P07 class d", "expect F1 boarded_returnees 19",
// "expect GRC's list on F1 stage cleared", "expect P07 limits reply interview",
// "expect P07 on F1 line_stage boarded", "expect GRC's row on F1 without boarding".
struct MatterExpectation {
  enum class Kind : std::uint8_t {
    kOutcome,  // of a person
    kStage,
    kFact,     // a fact and its value
    kWith,     // a fact, whatever it says
    kWithout,  // a fact that is not known
    kLimits,   // those that run, and no others
    kLimit,    // one that runs, until when
  };
  Kind kind = Kind::kOutcome;
  std::string subject;  // a person or a flight
  PartyCode list_of;    // of this state's list on the flight
  PartyCode row_of;     // of this state's row in the flight
  std::string line_on;  // of the person's line in the list on this flight
  std::string what;     // the name of a fact or limit
  std::string value;    // an outcome, a stage, a fact's value, the limits by name, a moment
};

// "expect sums applied 49 confirmed 20".
struct SumsExpectation {
  std::vector<std::pair<std::string, std::int64_t>> sums;
};

// What happens to a program; the core alone has none and passes over it.
struct Disturbance {
  enum class Kind : std::uint8_t { kKill, kAway, kBack };
  Kind kind = Kind::kKill;
  PartyCode program;
};

struct Step {
  int line = 0;
  Instant at;
  std::string text;  // as written, without its expectation
  std::variant<ActSentence, MatterExpectation, SumsExpectation, Disturbance> what;
};

struct Scenario {
  std::string file;
  std::string title;
  std::string agreement;  // "eu-pakistan"
  std::string procedure;  // "2016"
  std::string second;     // a version that may be agreed later, of the core alone; mostly empty
  bool founded = true;    // whether the scene is set before the story; else of the core alone
  Instant agreed;         // when the cooperation was founded and the procedure came into force
  PartyCode ministry;     // the party whose ledger orders the acts
  std::vector<PartyCode> states;
  std::vector<Person> persons;
  std::vector<std::string> flights;  // in the order of their proposals
  std::vector<Step> steps;

  const Person* FindPerson(std::string_view id) const;
  // A state takes part for which a rehearsal has no keys, or the story founds its ledger itself.
  bool InCoreAlone() const;
};

using ReadResult = std::variant<Scenario, std::vector<ScenarioError>>;
// "rule", "lines", "changes", "silence", "read by": what an arrow may expect behind semicolons.
const std::vector<std::string_view>& RulingDetails();

// Reads a scenario. All errors that can be told apart are reported at once, in the order of their
// lines.
ReadResult ReadScenario(std::string_view text, std::string_view file);
// The same from a file; an unreadable file is one error at line 0.
ReadResult ReadScenarioFile(const std::string& path);

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_SCENARIO_H_
