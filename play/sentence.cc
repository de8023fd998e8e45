#include "play/sentence.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "play/outcome.h"
#include "play/script.h"
#include "play/words.h"

namespace chancery::play {

namespace {

using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using procedure::FactType;

// What a sentence means that says nothing else.
constexpr std::int64_t kOwnNational = 1;
constexpr std::int64_t kThirdCountryNational = 2;
constexpr std::int64_t kNoException = 1;

void Put(ActSentence& act, Fact fact, std::int64_t value) { act.facts.Set(fact, value); }

// ---- one function for each verb
// -----------------------------------------------------------------------------------

void EvidenceOf(Words& words, ActSentence& act) {
  words.Expect("with");
  do {
    Facts line;
    line.Set(Fact::kEvidence, words.Word(Fact::kEvidence, "a kind of evidence"));
    line.Set(Fact::kGrade, words.Word(Fact::kGrade, "a grade of evidence"));
    act.lines.push_back(std::move(line));
  } while (words.Take("and"));
}

// Whoever is no national: why the addressee must readmit all the same.
void DutyOf(Words& words, ActSentence& act) {
  words.Expect("because");
  Put(act, Fact::kDutyBasis, words.Word(Fact::kDutyBasis, "what the duty of Art 3 rests on"));
  Put(act, Fact::kException,
      words.Take("despite") ? words.Word(Fact::kException, "an exception") : kNoException);
  if (words.Take("known since"))
    Put(act, Fact::kKnownSince, words.Value(Fact::kKnownSince, "a date such as 2016-08-01"));
}

// Whom an act that opens a case goes to: a state writes to the ministry, the ministry to a state.
void AddresseeOf(Words& words, ActSentence& act) {
  if (words.Take("to")) {
    act.addressee = words.Party();
  } else if (act.author == words.scenario().ministry) {
    words.Fail("nothing says which state the ministry writes to", "write 'to GRC' at the end");
  }
}

void Applies(Words& words, ActSentence& act) {
  act.kind = ActKind::kApplication;
  words.Expect("for");
  act.persons = words.Persons();
  EvidenceOf(words, act);
  const std::int64_t category =
      words.Take("as") ? words.Word(Fact::kCategory, "a category") : kOwnNational;
  Put(act, Fact::kCategory, category);
  if (category != kOwnNational && !words.problem()) DutyOf(words, act);
  if (words.Take("on new evidence")) Put(act, Fact::kNewEvidence, 1);
  AddresseeOf(words, act);
}

void Announces(Words& words, ActSentence& act) {
  act.kind = ActKind::kNotice;
  act.persons = words.Persons();
  EvidenceOf(words, act);
  words.Expect("valid until");
  Put(act, Fact::kCategory, kOwnNational);
  Put(act, Fact::kDocumentKind, procedure::WordNumber(Fact::kDocumentKind, "passport").value_or(0));
  Put(act, Fact::kDocumentValidUntil,
      words.Value(Fact::kDocumentValidUntil, "a date such as 2017-06-30"));
  AddresseeOf(words, act);
}

void Acknowledges(Words& words, ActSentence& act) {
  act.kind = words.Take("the claim against") ? ActKind::kClaimAcknowledged : ActKind::kAcknowledged;
  act.persons = words.Persons();
}

// "transit for P01 by air to AFG through ISB on 2016-10-20 [escorts 2] [as stateless_person]"
void AsksTransit(Words& words, ActSentence& act) {
  act.kind = ActKind::kTransitAsked;
  act.persons = words.Persons();
  words.Expect("by");
  Put(act, Fact::kTransitKind, words.Word(Fact::kTransitKind, "a kind of transit"));
  words.Expect("to");
  Put(act, Fact::kDestination, words.Value(Fact::kDestination, "a destination's code"));
  words.Expect("through");
  Put(act, Fact::kArrivalAirport, words.Value(Fact::kArrivalAirport, "an airport"));
  words.Expect("on");
  Put(act, Fact::kTransitDate, words.Value(Fact::kTransitDate, "a date such as 2016-10-20"));
  Put(act, Fact::kEscorts, words.Take("escorts") ? words.People() : 0);
  Put(act, Fact::kCategory,
      words.Take("as") ? words.Word(Fact::kCategory, "a category") : kThirdCountryNational);
  Put(act, Fact::kOnwardAssured, words.Take("without a way on") ? 0 : 1);
  AddresseeOf(words, act);
}

void Asks(Words& words, ActSentence& act) {
  if (words.Take("transit for")) {
    AsksTransit(words, act);
    return;
  }
  act.kind = ActKind::kExtension;
  words.Expect("for longer for");
  act.persons = words.Persons();
  words.Expect("because");
  Put(act, Fact::kExtensionReason, words.Word(Fact::kExtensionReason, "a reason for an extension"));
}

void Verifies(Words& words, ActSentence& act) {
  act.kind = ActKind::kVerification;
  act.persons = words.Persons();
  Put(act, Fact::kVerification, words.Word(Fact::kVerification, "what was found"));
}

void Replies(Words& words, ActSentence& act) {
  act.kind = ActKind::kReply;
  act.persons = words.Persons();
  const std::int64_t answer = words.Word(Fact::kAnswer, "an answer");
  Put(act, Fact::kAnswer, answer);
  if (answer == procedure::WordNumber(Fact::kAnswer, "refused")) {
    Put(act, Fact::kRefusalGround, words.Word(Fact::kRefusalGround, "a ground of refusal"));
  }
}

void Issues(Words& words, ActSentence& act) {
  act.kind = ActKind::kDocumentIssued;
  words.Expect("a document for");
  act.persons = words.Persons();
  words.Expect("valid until");
  Put(act, Fact::kDocumentKind, 1);
  Put(act, Fact::kDocumentValidUntil,
      words.Value(Fact::kDocumentValidUntil, "a date such as 2017-06-30"));
}

void OnPersons(Words& words, ActSentence& act, ActKind kind) {
  act.kind = kind;
  act.persons = words.Persons();
}

void Claims(Words& words, ActSentence& act) {
  act.kind = ActKind::kClaimMade;
  Put(act, Fact::kClaimBasis, words.Word(Fact::kClaimBasis, "the basis of a claim"));
  words.Expect("against");
  act.persons = words.Persons();
  if (words.Take("with evidence")) act.given.push_back({Fact::kClaimEvidence, "new"});
  Put(act, Fact::kClaimAssured, words.Take("without assurance") ? 0 : 1);
  if (words.Take("best interests looked at")) Put(act, Fact::kBestInterests, 1);
}

void OnClaim(Words& words, ActSentence& act, ActKind kind) {
  words.Expect("the claim against");
  OnPersons(words, act, kind);
  if (kind == ActKind::kClaimSubstantiated) act.given.push_back({Fact::kClaimEvidence, "new"});
}

void Holds(Words& words, ActSentence& act) {
  OnPersons(words, act, ActKind::kHold);
  words.Expect("on");
  Put(act, Fact::kHoldGround, words.Word(Fact::kHoldGround, "a ground of a hold"));
}

void Notes(Words& words, ActSentence& act) {
  act.kind = ActKind::kLimitPassed;
  words.Expect("the limit");
  Put(act, Fact::kLimit, words.Word(Fact::kLimit, "a limit"));
  words.Expect("passed for");
  act.persons = words.Persons();
}

void FlightTerms(Words& words, ActSentence& act) {
  bool more = true;
  while (more && !words.problem()) {
    if (words.Take("carrier")) {
      Put(act, Fact::kCarrier, words.Value(Fact::kCarrier, "a carrier's code"));
    } else if (words.Take("number")) {
      Put(act, Fact::kFlightNumber, words.Value(Fact::kFlightNumber, "a flight number"));
    } else if (words.Take("from")) {
      Put(act, Fact::kDepartureAirport, words.Value(Fact::kDepartureAirport, "an airport"));
    } else if (words.Take("to")) {
      Put(act, Fact::kArrivalAirport, words.Value(Fact::kArrivalAirport, "an airport"));
    } else if (words.Take("on")) {
      Put(act, Fact::kDeparture,
          words.Value(Fact::kDeparture, "a moment such as 2016-12-06T07:00:00Z"));
    } else {
      more = false;
    }
  }
}

void Proposes(Words& words, ActSentence& act) {
  act.kind = ActKind::kFlightProposed;
  words.Expect("flight");
  act.flight = words.Flight(true);
  FlightTerms(words, act);
  for (const Fact needed : {Fact::kCarrier, Fact::kFlightNumber, Fact::kDepartureAirport,
                            Fact::kArrivalAirport, Fact::kDeparture}) {
    if (!act.facts.Has(needed)) {
      words.Fail("the flight has no " + std::string(procedure::InfoOf(needed).name),
                 "write 'carrier C number N from AIRPORT to AIRPORT on MOMENT for STATES'");
    }
  }
  words.Expect("for");
  while (!words.AtEnd() && words.IsParty(words.Peek())) {
    Facts line;
    line.Set(Fact::kParty, procedure::PackParty(words.Party()));
    act.lines.push_back(std::move(line));
  }
  if (act.lines.empty())
    words.Fail("the flight is for no state", "name the states that may use it, its organiser too");
  const char* kind = words.Take("scheduled") ? "scheduled" : "charter";
  Put(act, Fact::kFlightKind, procedure::WordNumber(Fact::kFlightKind, kind).value_or(0));
}

void Amends(Words& words, ActSentence& act) {
  act.kind = ActKind::kFlightAmended;
  words.Expect("flight");
  act.flight = words.Flight();
  FlightTerms(words, act);
  if (act.facts.empty())
    words.Fail("nothing is amended", "write a new 'carrier C', 'number N' or 'on MOMENT'");
}

void Lists(Words& words, ActSentence& act) {
  act.kind = ActKind::kManifest;
  act.persons = words.Persons();
  Put(act, Fact::kCategory,
      words.Take("as") ? words.Word(Fact::kCategory, "a category") : kOwnNational);
  bool more = true;
  while (more && !words.problem()) {
    more = false;
    for (const Fact fact : {Fact::kEscorts, Fact::kMonitors, Fact::kMedics, Fact::kInterpreters}) {
      if (!words.Take(procedure::InfoOf(fact).name)) continue;
      Put(act, fact, words.People());
      more = true;
    }
  }
  words.Expect("on");
  act.flight = words.Flight();
}

void Lodges(Words& words, ActSentence& act) {
  words.Expect("its");
  if (words.Take("boarding")) {
    act.kind = ActKind::kBoardingLodged;
  } else {
    words.Expect("list");
    act.kind = ActKind::kManifestLodged;
  }
  words.Expect("on");
  act.flight = words.Flight();
}

// "all", or "all except P05 because GROUND" where a ground is needed.
void AllExcept(Words& words, ActSentence& act, std::optional<Fact> ground) {
  words.Expect("all");
  act.all = true;
  if (!words.Take("except")) return;
  act.persons = words.Persons();
  if (!ground) return;
  words.Expect("because");
  Put(act, *ground, words.Word(*ground, "a ground"));
}

void Clears(Words& words, ActSentence& act) {
  act.kind = ActKind::kLinesCleared;
  act.list_of = words.Possessive();
  words.Expect("list on");
  act.flight = words.Flight();
  AllExcept(words, act, Fact::kClearanceGround);
}

void OnFlight(Words& words, ActSentence& act, std::string_view between, ActKind kind) {
  act.kind = kind;
  words.Expect(between);
  act.flight = words.Flight();
}

void AnswersTransit(Words& words, ActSentence& act, std::string_view answer) {
  OnPersons(words, act, ActKind::kTransitAnswered);
  Put(act, Fact::kTransitAnswer, procedure::WordNumber(Fact::kTransitAnswer, answer).value_or(0));
}

void Permits(Words& words, ActSentence& act) {
  if (words.Take("transit of")) {
    AnswersTransit(words, act, "permitted");
  } else {
    OnFlight(words, act, "landing of", ActKind::kLandingPermitted);
  }
}

void Finds(Words& words, ActSentence& act) {
  OnPersons(words, act, ActKind::kIdentityFound);
  Put(act, Fact::kFinding, words.Word(Fact::kFinding, "what was found"));
  words.Expect("by");
  Put(act, Fact::kFindingMeans, words.Word(Fact::kFindingMeans, "what it was found by"));
}

void Refuses(Words& words, ActSentence& act) {
  if (words.Take("carrier")) {
    act.kind = ActKind::kCarrierRefused;
    Put(act, Fact::kCarrier, words.Value(Fact::kCarrier, "a carrier's code"));
    return;
  }
  if (words.Take("transit of")) {
    AnswersTransit(words, act, "refused");
    words.Expect("because");
    Put(act, Fact::kTransitGround, words.Word(Fact::kTransitGround, "a ground"));
    return;
  }
  OnFlight(words, act, "landing of", ActKind::kLandingRefused);
  words.Expect("because");
  Put(act, Fact::kLandingGround, words.Word(Fact::kLandingGround, "a ground"));
}

void Takes(Words& words, ActSentence& act) {
  if (words.Take("the procedure out of force")) {
    act.kind = ActKind::kProcedureOutOfForce;
    act.given.push_back({Fact::kProcedure, "agreed"});
    return;
  }
  if (words.Take("its")) {
    OnFlight(words, act, "boarding back on", ActKind::kBoardingLodged);
    act.back = true;
    return;
  }
  act.kind = ActKind::kTakenOff;
  act.persons = words.Persons();
  if (words.Take("back")) {
    act.kind = ActKind::kTakenBack;
    return;
  }
  words.Expect("off");
  act.flight = words.Flight();
}

void Records(Words& words, ActSentence& act) {
  OnFlight(words, act, "boarding on", ActKind::kBoardingRecorded);
  if (words.Take("nobody")) return;
  AllExcept(words, act, std::nullopt);
}

void Receives(Words& words, ActSentence& act) {
  act.kind = ActKind::kHandover;
  act.list_of = words.Possessive();
  words.Expect("returnees on");
  act.flight = words.Flight();
  words.Expect("all");
  act.all = true;
  if (!words.Take("except")) return;
  act.persons = words.Persons();  // these go back on the same aircraft, or later
  Put(act, Fact::kOutcome,
      procedure::WordNumber(Fact::kOutcome, words.Take("held over") ? "held_over" : "returned")
          .value_or(0));
}

void Confirms(Words& words, ActSentence& act) {
  OnFlight(words, act, "handover on", ActKind::kHandover);
  act.list_of = act.author;
}

void Accepts(Words& words, ActSentence& act) {
  act.kind = ActKind::kCarrierAccepted;
  words.Expect("carrier");
  Put(act, Fact::kCarrier, words.Value(Fact::kCarrier, "a carrier's code"));
}

void Suspends(Words& words, ActSentence& act) {
  act.kind = ActKind::kSuspended;
  const auto scope = [&](std::string_view word) {
    Put(act, Fact::kScope, procedure::WordNumber(Fact::kScope, word).value_or(0));
  };
  if (words.Take("the whole")) {
    scope("whole");
  } else if (words.Take("all except")) {
    scope("all_except_state");
    Put(act, Fact::kParty, procedure::PackParty(words.Party()));
  } else if (words.Take("state")) {
    scope("state");
    Put(act, Fact::kParty, procedure::PackParty(words.Party()));
  } else if (words.Take("carrier")) {
    scope("carrier");
    Put(act, Fact::kCarrier, words.Value(Fact::kCarrier, "a carrier's code"));
  } else if (words.Take("category")) {
    scope("category");
    Put(act, Fact::kCategory, words.Word(Fact::kCategory, "a category"));
  } else {
    words.Fail("nothing says what is suspended",
               "write 'the whole', 'state GRC', 'carrier HAX', 'category own_national' or 'all "
               "except GRC'");
  }
  words.Expect("until review");
  Put(act, Fact::kReviewDate, words.Value(Fact::kReviewDate, "a date such as 2016-11-01"));
  Put(act, Fact::kClocks,
      words.Take("while clocks") ? words.Word(Fact::kClocks, "run or stand") : 1);
}

constexpr std::pair<std::string_view, NamedVersion> kVersions[] = {
    {"under the agreed version", NamedVersion::kAgreed},
    {"under the second version", NamedVersion::kSecond},
    {"under the founding version", NamedVersion::kFounding},
    {"under an unknown version", NamedVersion::kUnknown},
};

// "PAK registry 2"
NamedCertificate CertificateNamed(Words& words) {
  NamedCertificate named;
  named.party = words.Take("EUE") ? *PartyCode::FromText("EUE") : words.Party();
  named.office = words.Word(Fact::kOffice, "an office");
  named.number = words.Count();
  return named;
}

// "P01", "F1", "GRC's list on F1", "the cooperation"
NamedMatter MatterNamed(Words& words) {
  NamedMatter named;
  if (words.Take("the cooperation")) return named;
  if (words.AtPossessive()) {
    named.list_of = words.Possessive();
    words.Expect("list on");
    named.flight = words.Flight();
  } else if (words.Peek()[0] == 'F') {
    named.flight = words.Flight();
  } else {
    named.person = words.Persons().front();
  }
  return named;
}

void Does(Words& words, ActSentence& act) {
  act.general = true;
  const std::string name = words.Next("the name of an act");
  const procedure::ActInfo* info = procedure::FindAct(name);
  if (info == nullptr) {
    words.Fail("there is no act '" + name + "'",
               "write the name of an act as in docs/scenarios.md, such as hold");
    return;
  }
  act.kind = info->kind;
  words.Expect("on");
  if (words.Take("the cooperation")) {
  } else if (words.AtPossessive()) {
    act.list_of = words.Possessive();
    words.Expect("list on");
    act.flight = words.Flight();
  } else if (words.Peek()[0] == 'F') {
    const bool again =
        words.Peek(1) == "under" && words.Peek(2) == "the";  // of a flight that is there
    act.flight = words.Flight(act.kind == ActKind::kFlightProposed && !again);
  } else {
    act.persons = words.Persons();
  }
  if (words.Take("under a new matter")) act.on_nothing = true;
  if (words.Take("under the same matter")) act.on_same = true;
  if (words.Take("under the lowest identifier")) act.on_lowest = true;
  if (words.Take("under the matter of")) act.on_matter = MatterNamed(words);
  for (const auto& [text, version] : kVersions) {
    if (words.Take(text)) act.version = version;
  }
  if (words.Take("answering another act")) act.astray = true;
  if (words.Take("offered")) {
    act.offered = ParseInstant(words.Next("a moment"));
    if (!act.offered) {
      words.Fail("an act is offered at a moment", "write one such as 2016-09-05T08:00:00Z");
    }
  }
  if (words.Take("sealed by one officer")) {
    act.one_seal = true;
    if (act.office == 0) words.Fail("nobody says whose seal", "name the office after the party");
  }
  if (words.Take("sealed with")) {
    act.sealed.emplace();
    if (!words.Take("nothing")) {
      do act.sealed->push_back(CertificateNamed(words));
      while (words.Take("and"));
    }
  }
  if (words.Take("past the door")) act.past_the_door = true;
  if (words.Take("to")) act.addressee = words.Party();
  if (words.Take("without particulars")) act.bare = true;
  if (words.Take("with")) {
    auto read = ReadGivenFacts(words.Rest(), words.scenario());
    if (auto* problem = std::get_if<SentenceProblem>(&read)) {
      words.Fail(std::move(problem->message), std::move(problem->remedy));
    } else {
      act.given = std::get<std::vector<GivenFact>>(std::move(read));
    }
  }
}

struct Verb {
  std::string_view word;
  void (*read)(Words&, ActSentence&);
};
constexpr Verb kVerbs[] = {
    {"applies", Applies},
    {"announces", Announces},
    {"acknowledges", Acknowledges},
    {"asks", Asks},
    {"verifies", Verifies},
    {"replies", Replies},
    {"issues", Issues},
    {"withdraws", [](Words& w, ActSentence& a) { OnPersons(w, a, ActKind::kWithdrawal); }},
    {"claims", Claims},
    {"substantiates",
     [](Words& w, ActSentence& a) { OnClaim(w, a, ActKind::kClaimSubstantiated); }},
    {"contests", [](Words& w, ActSentence& a) { OnClaim(w, a, ActKind::kClaimContested); }},
    {"drops", [](Words& w, ActSentence& a) { OnClaim(w, a, ActKind::kClaimDropped); }},
    {"holds", Holds},
    {"lifts",
     [](Words& w, ActSentence& a) {
       w.Expect("the hold on");
       OnPersons(w, a, ActKind::kHoldLifted);
     }},
    {"refers", [](Words& w, ActSentence& a) { OnPersons(w, a, ActKind::kReferred); }},
    {"notes", Notes},
    {"proposes", Proposes},
    {"amends", Amends},
    {"lists", Lists},
    {"lodges", Lodges},
    {"clears", Clears},
    {"permits", Permits},
    {"finds", Finds},
    {"refuses", Refuses},
    {"takes", Takes},
    {"opens",
     [](Words& w, ActSentence& a) { OnFlight(w, a, "boarding of", ActKind::kBoardingOpened); }},
    {"records", Records},
    {"closes",
     [](Words& w, ActSentence& a) { OnFlight(w, a, "the doors of", ActKind::kDoorsClosed); }},
    {"reports", [](Words& w, ActSentence& a) { OnFlight(w, a, "arrival of", ActKind::kArrived); }},
    {"receives", Receives},
    {"confirms", Confirms},
    {"counts",
     [](Words& w, ActSentence& a) {
       OnFlight(w, a, "heads at handover of", ActKind::kFlightHandover);
     }},
    {"calls", [](Words& w, ActSentence& a) { OnFlight(w, a, "off flight", ActKind::kCalledOff); }},
    {"accepts", Accepts},
    {"suspends", Suspends},
    {"resumes", [](Words&, ActSentence& a) { a.kind = ActKind::kResumed; }},
    {"does", Does},
};

// Why both players can see an act turned away.
constexpr std::string_view kDoorGrounds[] = {
    "seal_missing", "signer_not_appointed", "author_not_appointed", "matter_taken", "missing_fact",
    "no_rule",      "no_sealing_key",       "addressee_wrong",      "field_wrong",  "no_procedure",
    "not_founded"};

ExpectedRuling ReadExpectedRuling(Words& words) {
  ExpectedRuling expected;
  if (words.Take("admitted")) return expected;
  if (words.Take("inadmissible")) {
    expected.outcome = ExpectedRuling::Outcome::kInadmissible;
    if (words.AtEnd()) return expected;
    const std::string word = words.Next("a ground");
    expected.ground = procedure::GroundNamed(word);
    if (!expected.ground) {
      std::vector<std::string> grounds;
      for (const procedure::Ground ground : procedure::AllGrounds())
        grounds.emplace_back(procedure::NameOf(ground));
      words.Fail("'" + word + "' is no ground",
                 "play the file in the core to see the ground, one of: " + Join(grounds));
    }
    expected.article = words.Rest();
  } else if (words.Take("turned away")) {
    expected.outcome = ExpectedRuling::Outcome::kTurnedAway;
    if (words.AtEnd()) return expected;
    expected.door_ground = words.Next("a ground");
    const auto& grounds = kDoorGrounds;
    if (std::find(std::begin(grounds), std::end(grounds), expected.door_ground) ==
        std::end(grounds)) {
      std::string choices;
      for (const std::string_view ground : grounds) choices += std::string(ground) + ", ";
      words.Fail("no act is turned away for '" + expected.door_ground + "'",
                 "write " + choices + "or no ground");
    }
  } else {
    words.Fail("'" + words.Peek() + "' is no ruling",
               "write '-> admitted', '-> inadmissible GROUND ARTICLE' or '-> turned away GROUND'");
  }
  return expected;
}

// "lines 1 3": one thing that a ruling says, and the words it must say it in.
std::pair<std::string, std::string> ReadDetail(Words& words) {
  for (const std::string_view name : RulingDetails()) {
    if (!words.Take(name)) continue;
    if (words.AtEnd())
      words.Fail("nothing is expected of '" + std::string(name) + "'", "write what it must say");
    return {std::string(name), words.Rest()};
  }
  std::string choices;
  for (const std::string_view name : RulingDetails()) choices += std::string(name) + ", ";
  words.Fail("a ruling does not say '" + words.Peek() + "'",
             "write one of " + choices + "and what it must say");
  return {};
}

std::string LimitNamed(Words& words) {
  const std::string name = words.Next("a limit");
  // Two that no act says have passed: they are no words of the fact.
  const bool unsaid = name == "receipt" || name == "announcement";
  if (!unsaid && !procedure::WordNumber(procedure::Fact::kLimit, name)) {
    words.Fail("'" + name + "' is no limit",
               "write one of " + Choices(procedure::Fact::kLimit) + ", receipt, announcement");
  }
  return name;
}

void ReadWhatIsExpected(Words& words, MatterExpectation& expected) {
  using Kind = MatterExpectation::Kind;
  const std::string word = words.Next("what is expected");
  if (word == "limits") {
    expected.kind = Kind::kLimits;
    std::vector<std::string> names;
    if (!words.Take("none")) {
      do names.push_back(LimitNamed(words));
      while (!words.AtEnd());
    }
    std::sort(names.begin(), names.end());
    expected.value = Join(names);
  } else if (word == "limit" && words.Peek(1) == "until") {
    expected.kind = Kind::kLimit;
    expected.what = LimitNamed(words);
    words.Expect("until");
    expected.value = words.Next("a moment");
    if (!ParseInstant(expected.value)) {
      words.Fail("'" + expected.value + "' is no moment",
                 "write the first instant that is too late, such as 2016-10-05T19:00:00Z");
    }
  } else if ((word == "with" || word == "without") && !words.AtEnd()) {
    expected.kind = word == "with" ? Kind::kWith : Kind::kWithout;
    expected.what = words.Next("a fact");
    if (!procedure::FactNamed(expected.what)) {
      words.Fail("'" + expected.what + "' is no fact", "write the name of a fact (docs/acts.md)");
    }
  } else if (words.AtEnd()) {
    expected.value = word;
    if (!words.problem() && (!IsOutcome(word) || expected.subject[0] != 'P')) {
      words.Fail("'" + word + "' is no outcome of a person", "write one of " + OutcomeNames());
    }
  } else if (word == "stage") {
    expected.kind = Kind::kStage;
    expected.value = words.Next("a value");
  } else {
    expected.kind = Kind::kFact;
    expected.what = word;
    expected.value = words.Next("a value");
    const auto fact = procedure::FactNamed(word);
    if (!fact) {
      words.Fail("'" + word + "' is neither a stage nor a fact",
                 "write 'stage NAME' or a fact and its value");
    } else if (!NumberOf(*fact, expected.value)) {
      const std::string choices = Choices(*fact);
      words.Fail("'" + expected.value + "' cannot be a value of " + word,
                 choices.empty() ? "write a value of that fact" : "write one of " + choices);
    }
  }
}

Step ReadExpectation(Words& words) {
  Step step;
  if (words.Take("sums")) {
    SumsExpectation sums;
    while (!words.AtEnd()) {
      const std::string name = words.Next("the name of a sum");
      if (!IsSum(name)) words.Fail("'" + name + "' is no sum", "write one of " + SumNames());
      sums.sums.emplace_back(name, words.Count());
    }
    if (sums.sums.empty())
      words.Fail("no sum is expected", "write 'expect sums applied 49 confirmed 20'");
    step.what = std::move(sums);
    return step;
  }
  MatterExpectation expected;
  if (words.AtPossessive()) {
    const PartyCode party = words.Possessive();
    if (words.Take("row")) {
      expected.row_of = party;
      words.Expect("on");
    } else {
      expected.list_of = party;
      words.Expect("list on");
    }
    expected.subject = words.Flight();
  } else if (words.Peek()[0] == 'F') {
    expected.subject = words.Flight();
  } else {
    const std::vector<std::string> persons = words.Persons();
    if (persons.size() > 1)
      words.Fail("several persons in one expectation", "write a line for each");
    if (!persons.empty()) expected.subject = persons.front();
    if (words.Take("on")) expected.line_on = words.Flight();
  }
  ReadWhatIsExpected(words, expected);
  step.what = std::move(expected);
  return step;
}

PartyCode ReadProgram(Words& words) {
  if (words.Take("ministry")) return words.scenario().ministry;
  return words.Party();
}

Step ReadDisturbance(Words& words) {
  Step step;
  Disturbance disturbance;
  if (words.Take("kill")) {
    disturbance.program = ReadProgram(words);
  } else {
    disturbance.program = ReadProgram(words);
    disturbance.kind = words.Take("away") ? Disturbance::Kind::kAway : Disturbance::Kind::kBack;
    if (disturbance.kind == Disturbance::Kind::kBack) words.Expect("back");
  }
  step.what = disturbance;
  return step;
}

Step ReadAct(Words& words) {
  ActSentence act;
  act.author = words.Take("EUE") ? *PartyCode::FromText("EUE") : words.Party();
  if (const auto office = procedure::WordNumber(Fact::kOffice, words.Peek())) {
    act.office = *office;
    const std::string named = words.Next("an office");
    const PartyCode ministry = words.scenario().ministry;
    if (act.author == ministry && !Holds(words.scenario(), ministry, *office)) {
      words.Fail(ministry.ToText() + " has no office '" + named + "'",
                 "leave the office out, or write one of those of the ministry as "
                 "docs/scenarios.md lists them under OFFICE");
    }
  }
  const std::string verb = words.Next("a verb");
  const auto* at = std::find_if(std::begin(kVerbs), std::end(kVerbs),
                                [&](const Verb& v) { return v.word == verb; });
  if (at != std::end(kVerbs)) {
    at->read(words, act);
  } else {
    words.Fail(
        "no sentence has the verb '" + verb + "'",
        "see the sentences in docs/scenarios.md, or use 'does ACT on SUBJECT with FACT VALUE'");
  }
  Step step;
  step.what = std::move(act);
  return step;
}

}  // namespace

std::optional<std::int64_t> NumberOf(Fact fact, std::string_view text) {
  switch (procedure::InfoOf(fact).type) {
    case FactType::kWord:
    case FactType::kFlag:
      return procedure::WordNumber(fact, text);
    case FactType::kCount:
      return WholeNumber(text);
    case FactType::kInstant: {
      const auto at = ParseInstant(text);
      return at ? std::optional<std::int64_t>(at->ms) : std::nullopt;
    }
    case FactType::kDate: {
      const auto date = ParseCivilDate(text);
      return date ? std::optional<std::int64_t>(DaysFromCivil(*date)) : std::nullopt;
    }
    case FactType::kCode:
      return procedure::PackCode(text);
    case FactType::kParty: {
      const auto party = PartyCode::FromText(text);
      return party ? std::optional<std::int64_t>(procedure::PackParty(*party)) : std::nullopt;
    }
    case FactType::kId:
    case FactType::kDigest:
      break;
  }
  return std::nullopt;
}

std::variant<std::vector<GivenFact>, SentenceProblem> ReadGivenFacts(std::string_view text,
                                                                     const Scenario& scenario) {
  std::vector<GivenFact> facts;
  std::size_t at = 0;
  while (at <= text.size()) {
    std::size_t end = text.find(',', at);
    if (end == std::string_view::npos) end = text.size();
    std::vector<std::string> words = WordsOf(text.substr(at, end - at));
    at = end + 1;
    if (words.size() < 2) {
      return SentenceProblem{"a fact without a value", "write 'FACT VALUE, FACT VALUE'"};
    }
    const auto fact = procedure::FactNamed(words.front());
    if (!fact) {
      return SentenceProblem{"there is no fact '" + words.front() + "'",
                             "write a fact as docs/acts.md lists them"};
    }
    words.erase(words.begin());
    GivenFact given{*fact, Join(words)};
    const FactType type = procedure::InfoOf(*fact).type;
    if (type == FactType::kId || type == FactType::kDigest) {
      if (words.front()[0] == 'P' && scenario.FindPerson(words.front()) == nullptr) {
        return SentenceProblem{"unknown person " + words.front(),
                               "add a block 'person " + words.front() + " invented'"};
      }
    } else if (!NumberOf(*fact, given.text)) {
      return SentenceProblem{
          "'" + given.text + "' cannot be a value of " + std::string(procedure::InfoOf(*fact).name),
          procedure::InfoOf(*fact).words.empty() ? "write a value of that fact"
                                                 : "write one of " + Choices(*fact)};
    }
    facts.push_back(std::move(given));
  }
  return facts;
}

std::variant<Step, SentenceProblem> ReadSentenceText(std::string_view text,
                                                     const Scenario& scenario) {
  const std::size_t arrow = text.find("->");
  std::vector<std::string> sentence = WordsOf(text.substr(0, arrow));
  Step step;
  Words words(sentence, scenario);
  if (words.Take("expect")) {
    step = ReadExpectation(words);
  } else if (words.Peek() == "kill" || words.Peek() == "ministry" || words.Peek(1) == "away" ||
             words.Peek(1) == "back") {
    step = ReadDisturbance(words);
  } else {
    step = ReadAct(words);
  }
  words.ExpectEnd();
  if (words.problem()) return *words.problem();
  if (arrow != std::string_view::npos) {
    std::string_view rest = text.substr(arrow + 2);
    const std::size_t more = rest.find(';');
    Words ruling(WordsOf(rest.substr(0, more)), scenario);
    auto* act = std::get_if<ActSentence>(&step.what);
    if (act == nullptr)
      return SentenceProblem{"'->' after a line that is no act", "expect a ruling only of an act"};
    act->expected = ReadExpectedRuling(ruling);
    ruling.ExpectEnd();
    if (ruling.problem()) return *ruling.problem();
    for (std::size_t at = more; at != std::string_view::npos;) {
      rest.remove_prefix(at + 1);
      at = rest.find(';');
      Words detail(WordsOf(rest.substr(0, at)), scenario);
      act->expected.details.push_back(ReadDetail(detail));
      if (detail.problem()) return *detail.problem();
    }
  }
  step.text = Join(sentence);
  return step;
}

}  // namespace chancery::play
