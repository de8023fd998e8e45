#include "audit/words.h"

#include <algorithm>
#include <variant>

#include "engine/base/text.h"

namespace chancery::audit {

using procedure::Ground;

std::string ShellWord(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+";
  if (!text.empty() && text.front() != '-' &&
      text.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string escaped;
  for (const char c : text) {
    if (c == '\'' || c == '\\') escaped += '\\';
    escaped += c;
  }
  const std::string shown = Printable(escaped);
  // Quotes and backslashes need the longer form too: plain quotes cannot hold both.
  if (shown == text) return "'" + shown + "'";
  return "$'" + shown + "'";
}

std::string Spaced(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c == '_') c = ' ';
  }
  return text;
}

std::string Short(const MatterId& id) { return id.ToHexText().substr(0, 8); }

std::string Joined(const std::vector<std::string>& articles) {
  std::string text;
  for (const std::string& article : articles) text += (text.empty() ? "" : ", ") + article;
  return text;
}

std::string_view Meaning(Ground ground) {
  switch (ground) {
    case Ground::kProcedureNotInForce:
      return "the procedure it names is not in force";
    case Ground::kOtherProcedure:
      return "the matter keeps another procedure than the act names";
    case Ground::kUnknownMatter:
      return "there is no such matter";
    case Ground::kMatterExists:
      return "the matter it would open exists already";
    case Ground::kWrongRole:
      return "its author has another role in this matter";
    case Ground::kOutOfTurn:
      return "the matter is not at a stage in which this may be done";
    case Ground::kMissingSeal:
      return "an office that must seal it has not";
    case Ground::kMissingFact:
      return "it lacks a fact that the rule requires";
    case Ground::kAnswersOtherAct:
      return "it answers another act than the one that waits for an answer";
    case Ground::kMayNotTakePart:
      return "the party does not take part in this procedure";
    case Ground::kSuspended:
      return "cooperation is suspended for this";
    case Ground::kCarrierNotAccepted:
      return "the carrier is not accepted";
    case Ground::kNotConfirmed:
      return "the requested state has not confirmed this person";
    case Ground::kAddedAfterClearance:
      return "nobody is added after clearance";
    case Ground::kOpenCaseExists:
      return "the sender has an open case of this person";
    case Ground::kNoNewEvidence:
      return "a new application needs new evidence";
    case Ground::kEnteredBeforeAgreement:
      return "the person entered before the agreement was in force";
    case Ground::kDecisionNotFinal:
      return "the sender does not assert a final, enforceable decision";
    case Ground::kNotPresent:
      return "the sender does not assert that the person is present";
    case Ground::kClaimOpen:
      return "a security claim is not settled";
    case Ground::kDocumentInvalid:
      return "no travel document is valid on the day of arrival";
    case Ground::kConfirmationDiffers:
      return "the line repeats another confirmation than the requested state gave";
    case Ground::kOnAnotherList:
      return "the person is on another open list";
    case Ground::kHeld:
      return "the requested state holds the case";
    case Ground::kNoticeTooShort:
      return "the notice is too short";
    case Ground::kTooLate:
      return "it is too late";
    case Ground::kTooEarly:
      return "it is too early";
    case Ground::kListDiffers:
      return "it is about another list than the one lodged";
    case Ground::kCountsDiffer:
      return "the head-counts differ";
    case Ground::kUnknownLine:
      return "the list has no such line";
    case Ground::kMinorUnprepared:
      return "a minor's reception is not on record";
    case Ground::kNotFit:
      return "the person is not said to be fit to fly";
    case Ground::kAlreadyExtended:
      return "the limit was extended before";
    case Ground::kNoEvidence:
      return "it has no evidence";
    case Ground::kNotVerified:
      return "the nationality was not verified";
    case Ground::kLinesIncomplete:
      return "it does not speak of every line it must";
    case Ground::kClearedMayEnter:
      return "a cleared own national cannot be refused on arrival";
    case Ground::kConditionNotMet:
      return "a condition of the rule is not met";
    case Ground::kDuplicateLine:
      return "a line stands twice";
    case Ground::kWrongCategory:
      return "the person's category is another one";
    case Ground::kNotCleared:
      return "the requested state has not cleared this person";
    case Ground::kFamilyApart:
      return "a minor of a family would fly without an adult of it";
  }
  return "a ground this program does not know";
}

std::string Sentence(const procedure::Ruling& ruling) {
  if (const auto* admitted = std::get_if<procedure::Admitted>(&ruling.outcome)) {
    const std::string articles = Joined(admitted->because.articles);
    return "admitted under rule " + admitted->because.rule +
           (articles.empty() ? "" : " (" + articles + ")");
  }
  const auto& inadmissible = std::get<procedure::Inadmissible>(ruling.outcome);
  std::string text = "inadmissible: " + std::string(Meaning(inadmissible.ground));
  if (!inadmissible.article.empty()) text += ", " + inadmissible.article;
  if (!inadmissible.rule.empty()) text += ", rule " + inadmissible.rule;
  if (!inadmissible.lines.empty()) {
    text += inadmissible.lines.size() == 1 ? " (line " : " (lines ";
    for (std::size_t i = 0; i < inadmissible.lines.size(); ++i) {
      text += (i == 0 ? "" : ", ") + std::to_string(inadmissible.lines[i]);
    }
    text += ")";
  }
  return text;
}

std::string FactsOf(const procedure::Act& act) {
  std::string text;
  for (const auto& [fact, value] : act.facts) {
    text += (text.empty() ? "" : ", ") + Spaced(procedure::Describe(fact, value));
  }
  if (!act.lines.empty()) {
    text += (text.empty() ? "" : ", ") + std::to_string(act.lines.size()) +
            (act.lines.size() == 1 ? " line" : " lines");
  }
  return text;
}

std::string Minute(Instant at) {
  std::string text = ToText(Instant{at.ms - at.ms % kMsPerMinute});
  text = text.substr(0, 16);
  text[10] = ' ';
  return text;
}

}  // namespace chancery::audit
