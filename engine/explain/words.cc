#include "engine/explain/words.h"

#include <array>

#include "engine/base/text.h"

namespace chancery::explain {

using procedure::Fact;
using procedure::FactType;
using procedure::Ground;
using procedure::Role;

namespace {

struct GroundWords {
  Ground ground;
  std::string_view meaning;
  std::string_view remedy;
};

// One row for each ground; a ground without one is shown by its number's name.
constexpr std::array kGrounds = {
    GroundWords{Ground::kProcedureNotInForce, "the procedure it names is not in force",
                "name the version that is in force on that day"},
    GroundWords{Ground::kOtherProcedure, "the matter keeps another procedure than the act names",
                "name the version that the matter keeps"},
    GroundWords{Ground::kUnknownMatter, "there is no such matter",
                "name a matter of that kind between the same two parties"},
    GroundWords{Ground::kMatterExists, "the matter it would open exists already",
                "open a new matter under a fresh identifier"},
    GroundWords{Ground::kWrongRole, "its author has another role in this matter",
                "it is the other party's act"},
    GroundWords{Ground::kOutOfTurn, "the matter is not at a stage in which this may be done",
                "do it at a stage in which the rule allows it"},
    GroundWords{Ground::kMissingSeal, "an office that must seal it has not",
                "add the seals that are missing, each of another officer"},
    GroundWords{Ground::kMissingFact, "it lacks a fact that the rule requires",
                "say what the rule requires"},
    GroundWords{Ground::kAnswersOtherAct,
                "it answers another act than the one that waits for an answer",
                "name the act that waits for the answer"},
    GroundWords{Ground::kMayNotTakePart, "the party does not take part in this procedure",
                "the procedure's list of parties says from when on a party takes part"},
    GroundWords{Ground::kSuspended, "cooperation is suspended for this",
                "wait until the suspension ends"},
    GroundWords{Ground::kCarrierNotAccepted, "the carrier is not accepted",
                "use a carrier that the ministry has accepted"},
    GroundWords{Ground::kNotConfirmed, "the requested state has not confirmed this person",
                "wait for the requested state's own confirmation"},
    GroundWords{Ground::kAddedAfterClearance, "nobody is added after clearance",
                "put the person on the list of another flight"},
    GroundWords{Ground::kOpenCaseExists, "the sender has an open case of this person",
                "go on with the open case, or end it first"},
    GroundWords{Ground::kNoNewEvidence, "a new application needs new evidence",
                "apply again when there is new evidence"},
    GroundWords{Ground::kEnteredBeforeAgreement,
                "the person entered before the agreement was in force",
                "the agreement does not cover this person"},
    GroundWords{Ground::kDecisionNotFinal,
                "the sender does not assert a final, enforceable decision",
                "wait until the decision is final and enforceable"},
    GroundWords{Ground::kNotPresent, "the sender does not assert that the person is present",
                "assert it when it is so"},
    GroundWords{Ground::kClaimOpen, "a security claim is not settled",
                "settle the claim first: back it with evidence, acknowledge it or drop it"},
    GroundWords{Ground::kDocumentInvalid, "no travel document is valid on the day of arrival",
                "have a travel document issued or renewed first"},
    GroundWords{Ground::kConfirmationDiffers,
                "the line repeats another confirmation than the requested state gave",
                "repeat the confirmation of the requested state's reply"},
    GroundWords{Ground::kOnAnotherList, "the person is on another open list",
                "take the person off the other list first"},
    GroundWords{Ground::kHeld, "the requested state holds the case", "wait until the hold ends"},
    GroundWords{Ground::kNoticeTooShort, "the notice is too short", "choose a later departure"},
    GroundWords{Ground::kTooLate, "it is too late", "its time has passed"},
    GroundWords{Ground::kTooEarly, "it is too early", "do it again when its time has come"},
    GroundWords{Ground::kListDiffers, "it is about another list than the one lodged",
                "name the list that is lodged"},
    GroundWords{Ground::kCountsDiffer, "the head-counts differ", "count again, and say the count"},
    GroundWords{Ground::kUnknownLine, "the list has no such line", "name a line of the list"},
    GroundWords{Ground::kMinorUnprepared, "a minor's reception is not on record",
                "prepare the minor's reception, and say so in the line"},
    GroundWords{Ground::kNotFit, "the person is not said to be fit to fly",
                "leave the person out until fit to fly"},
    GroundWords{Ground::kAlreadyExtended, "the limit was extended before",
                "it can be done only once"},
    GroundWords{Ground::kNoEvidence, "it has no evidence", "name the means of evidence"},
    GroundWords{Ground::kNotVerified, "the nationality was not verified",
                "record the verifying office's finding first"},
    GroundWords{Ground::kLinesIncomplete, "it does not speak of every line it must",
                "have a line for each one it must speak of"},
    GroundWords{Ground::kClearedMayEnter, "a cleared own national cannot be refused on arrival",
                "admit the person; an error is notified afterwards"},
    GroundWords{Ground::kConditionNotMet, "a condition of the rule is not met",
                "do it again when the condition is met"},
    GroundWords{Ground::kDuplicateLine, "a line stands twice", "say each line once"},
    GroundWords{Ground::kWrongCategory, "the person's category is another one",
                "this rule is not for persons of that category"},
    GroundWords{Ground::kNotCleared, "the requested state has not cleared this person",
                "wait for the clearance"},
    GroundWords{Ground::kFamilyApart, "a minor of a family would fly without an adult of it",
                "board or leave out the family together"},
};

const GroundWords* WordsFor(Ground ground) {
  for (const GroundWords& row : kGrounds) {
    if (row.ground == ground) return &row;
  }
  return nullptr;
}

struct Noun {
  Fact fact;
  std::string_view noun;
};
// Where the name of a fact alone would not tell a lawyer what it is.
constexpr std::array kNouns = {
    Noun{Fact::kEntryDate, "date of entry"},
    Noun{Fact::kHandle, "handle of the person"},
    Noun{Fact::kClass, "verification class"},
    Noun{Fact::kConfirmationId, "number of the confirmation"},
    Noun{Fact::kDocumentKind, "kind of travel document"},
    Noun{Fact::kDocumentValidUntil, "last day of the travel document"},
    Noun{Fact::kClaim, "security claim"},
    Noun{Fact::kClaimBasis, "basis of the security claim"},
    Noun{Fact::kClaimEvidence, "evidence of the security claim"},
    Noun{Fact::kClaimAssured, "assurance with the security claim"},
    Noun{Fact::kHoldGround, "ground of the hold"},
    Noun{Fact::kExtensionReason, "reason of the extension"},
    Noun{Fact::kList, "open list"},
    Noun{Fact::kOpenedBy, "opening act"},
    Noun{Fact::kLimit, "time limit"},
    Noun{Fact::kFlightRevision, "revision of the flight"},
    Noun{Fact::kRevision, "revision of the list"},
    Noun{Fact::kManifest, "list"},
    Noun{Fact::kReturnees, "number of returnees listed"},
    Noun{Fact::kEscorts, "number of escorts listed"},
    Noun{Fact::kMonitors, "number of monitors listed"},
    Noun{Fact::kMedics, "number of medics listed"},
    Noun{Fact::kInterpreters, "number of interpreters listed"},
    Noun{Fact::kBoardedReturnees, "number of returnees aboard"},
    Noun{Fact::kBoardedEscorts, "number of escorts aboard"},
    Noun{Fact::kBoardedMonitors, "number of monitors aboard"},
    Noun{Fact::kBoardedMedics, "number of medics aboard"},
    Noun{Fact::kBoardedInterpreters, "number of interpreters aboard"},
    Noun{Fact::kBoarding, "boarding record"},
    Noun{Fact::kHandover, "handover record"},
    Noun{Fact::kLineKind, "kind of traveller"},
    Noun{Fact::kLineStage, "standing on the list"},
    Noun{Fact::kClearanceGround, "ground against clearance"},
    Noun{Fact::kOfficer, "number of the officer"},
    Noun{Fact::kFrom, "beginning"},
    Noun{Fact::kUntil, "end"},
    Noun{Fact::kProcedureStanding, "standing of the procedure"},
    Noun{Fact::kCarrierStanding, "standing of the carrier"},
    Noun{Fact::kBy, "party that spoke last"},
    Noun{Fact::kQuestionAct, "open question"},
    Noun{Fact::kInterviewGround, "ground why no interview was held"},
    Noun{Fact::kDecision, "word on the matter"},
    Noun{Fact::kDecisionAct, "last word in the Joint Committee"},
    Noun{Fact::kCorrects, "statement that is corrected"},
    Noun{Fact::kCorrectedBy, "last correction"},
    Noun{Fact::kAdmittedAt, "moment of the handover"},
    Noun{Fact::kErrorGround, "ground of the error"},
};

struct Clause {
  Fact fact;
  std::string_view yes;
  std::string_view no;
};
constexpr std::array kClauses = {
    Clause{Fact::kDecisionFinal, "the decision to return the person is final and enforceable",
           "the decision to return the person is not final"},
    Clause{Fact::kPresent, "the person is present on its territory",
           "the person is not present on its territory"},
    Clause{Fact::kMinor, "the person is a minor", "the person is no minor"},
    Clause{Fact::kNewEvidence, "there is new evidence", "there is no new evidence"},
    Clause{Fact::kLate, "a time limit was missed", "no time limit was missed"},
    Clause{Fact::kHeld, "the case is held", "the case is not held"},
    Clause{Fact::kExtended, "the limit was extended", "the limit was not extended"},
    Clause{Fact::kFitToFly, "the person is fit to fly", "the person is not fit to fly"},
    Clause{Fact::kDecisionRenewed, "the decision is still enforceable",
           "the decision is no longer enforceable"},
    Clause{Fact::kReception, "the minor's reception is arranged",
           "the minor's reception is not arranged"},
    Clause{Fact::kBestInterests, "the best interests of the child were looked at",
           "the best interests of the child were not looked at"},
    Clause{Fact::kCleared, "the person is cleared", "the person is not cleared"},
    Clause{Fact::kBoarded, "the person boarded", "the person did not board"},
    Clause{Fact::kReexamined, "the case was examined again", "the case was not examined again"},
    Clause{Fact::kErased, "the particulars are to be erased", "the particulars are kept"},
    Clause{Fact::kHeldBefore, "a hold went to the Joint Committee before",
           "no hold went to the Joint Committee before"},
};

std::string TwoDigits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

}  // namespace

std::string Spaced(std::string_view name) {
  std::string text = Legible(name);
  for (char& c : text) {
    if (c == '_') c = ' ';
  }
  return text;
}

std::string Listed(const std::vector<std::string>& items, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " " + std::string(last) + " " : ", ";
    text += items[i];
  }
  return text;
}

std::string Cited(const std::vector<std::string>& articles) {
  std::string text;
  for (const std::string& article : articles) text += (text.empty() ? "" : ", ") + Legible(article);
  return text;
}

std::string_view Meaning(Ground ground) {
  const GroundWords* words = WordsFor(ground);
  return words != nullptr ? words->meaning : procedure::NameOf(ground);
}

std::string_view RemedyFor(Ground ground) {
  const GroundWords* words = WordsFor(ground);
  return words != nullptr ? words->remedy : std::string_view("see docs/protocol.md");
}

std::string NounOf(Fact fact) {
  for (const Noun& row : kNouns) {
    if (row.fact == fact) return std::string(row.noun);
  }
  return Spaced(procedure::InfoOf(fact).name);
}

std::string_view ClauseOf(Fact fact, bool yes) {
  for (const Clause& row : kClauses) {
    if (row.fact == fact) return yes ? row.yes : row.no;
  }
  return {};
}

std::string SaidOf(Fact fact) {
  const std::string_view clause = ClauseOf(fact, true);
  return clause.empty() ? NounOf(fact) : "whether " + std::string(clause);
}

std::string NumberInWords(Fact fact, std::int64_t number) {
  switch (procedure::InfoOf(fact).type) {
    case FactType::kWord:
    case FactType::kFlag: {
      const std::string_view word = procedure::WordName(fact, number);
      return word.empty() ? std::to_string(number) : Spaced(word);
    }
    case FactType::kInstant:
      return Moment(Instant{number});
    case FactType::kDate:
      return Day(number);
    case FactType::kCode:
    case FactType::kParty:
      return Legible(procedure::UnpackCode(number));
    case FactType::kCount:
    case FactType::kId:
    case FactType::kDigest:
      break;
  }
  return std::to_string(number);
}

std::string Moment(Instant at) {
  std::string text = ToText(at);
  text.pop_back();
  for (char& c : text) {
    if (c == 'T') c = ' ';
  }
  return text + " UTC";
}

std::string Offset(int minutes) {
  const int size = minutes < 0 ? -minutes : minutes;
  return std::string("UTC") + (minutes < 0 ? "-" : "+") + TwoDigits(size / 60) + ":" +
         TwoDigits(size % 60);
}

std::string Day(std::int64_t days_since_1970) { return ToText(CivilFromDays(days_since_1970)); }

std::string Days(int days) { return std::to_string(days) + (days == 1 ? " day" : " days"); }

std::string SealsInWords(const std::vector<procedure::SealNeeded>& seals) {
  std::vector<std::string> parts;
  for (const procedure::SealNeeded& seal : seals) {
    parts.push_back("the " + Spaced(procedure::WordName(Fact::kOffice, seal.office)) +
                    (seal.count == 1 ? std::string(" (1 seal)")
                                     : " (" + std::to_string(seal.count) + " officers)"));
  }
  return Listed(parts);
}

std::string RoleInWords(Role role, const std::vector<PartyCode>& parties) {
  switch (role) {
    case Role::kRequesting:
      return "the requesting party";
    case Role::kRequested:
      return "the requested party";
    case Role::kEither:
      return "either of the two parties";
    case Role::kParticipant:
      return "any state of the flight";
    case Role::kParty:
      break;
  }
  std::vector<std::string> codes;
  for (const PartyCode party : parties) codes.push_back(party.ToText());
  return codes.empty() ? "the parties" : Listed(codes, "or");
}

std::string PartyInWords(Role role, const procedure::Matter& matter) {
  switch (role) {
    case Role::kRequesting:
      return matter.requesting.ToText() + ", the requesting party";
    case Role::kRequested:
      return matter.requested.ToText() + ", the requested party";
    case Role::kEither:
      return "either party, " + matter.requesting.ToText() + " or " + matter.requested.ToText();
    case Role::kParticipant:
    case Role::kParty:
      break;
  }
  return RoleInWords(role);
}

bool IsOurs(std::string_view article) { return article.starts_with("Ours:"); }

}  // namespace chancery::explain
