#include "play/verdict.h"

#include "nlohmann/json.hpp"

#include <variant>

#include "engine/codec/act_json.h"

namespace chancery::play {

namespace {

std::string InWords(const ExpectedRuling& expected) {
  switch (expected.outcome) {
    case ExpectedRuling::Outcome::kAdmitted:
      return "admitted";
    case ExpectedRuling::Outcome::kInadmissible: {
      std::string text = "inadmissible";
      if (expected.ground) text += " " + std::string(procedure::NameOf(*expected.ground));
      if (!expected.article.empty()) text += ", " + expected.article;
      return text;
    }
    case ExpectedRuling::Outcome::kTurnedAway:
      return expected.door_ground.empty() ? "turned away" : "turned away " + expected.door_ground;
  }
  return {};
}

}  // namespace

std::string NameOf(procedure::DoorGround ground) {
  switch (ground) {
    case procedure::DoorGround::kNotFounded:
      return "not_founded";
    case procedure::DoorGround::kAuthorNotAppointed:
      return "author_not_appointed";
    case procedure::DoorGround::kSignerNotAppointed:
      return "signer_not_appointed";
    case procedure::DoorGround::kMatterTaken:
      return "matter_taken";
    case procedure::DoorGround::kSealMissing:
      return "seal_missing";
  }
  return {};
}

Verdict VerdictOf(const procedure::Ruling& ruling) {
  Verdict verdict;
  verdict.summary = codec::Summary(ruling);
  if (const auto* refused = std::get_if<procedure::Inadmissible>(&ruling.outcome)) {
    verdict.outcome = ExpectedRuling::Outcome::kInadmissible;
    verdict.ground = std::string(procedure::NameOf(refused->ground));
    verdict.article = refused->article;
  }
  return verdict;
}

Verdict VerdictOf(const std::optional<procedure::TurnedAway>& away) {
  Verdict verdict;
  verdict.outcome = ExpectedRuling::Outcome::kTurnedAway;
  verdict.ground = away ? NameOf(away->ground) : "seal_missing";
  verdict.summary = "turned away " + verdict.ground + (away ? ": " + away->message : "");
  return verdict;
}

std::string ReasonIn(const std::string& answer) {
  for (const char* reason : {"SEAL_MISSING", "AUTHOR_NOT_APPOINTED", "CERTIFICATE_NOT_APPOINTED",
                             "CERTIFICATE_OF_OTHER_PARTY"}) {
    if (answer.find(reason) != std::string::npos) return reason;
  }
  const auto json = nlohmann::json::parse(answer, nullptr, false);
  if (json.is_object() && json.contains("error") && json.at("error").is_object()) {
    for (const char* field : {"reason", "message"}) {
      const auto at = json.at("error").find(field);
      if (at == json.at("error").end() || !at->is_string()) continue;
      if (const auto text = at->get<std::string>(); !text.empty()) return text;
    }
  }
  return answer.substr(0, answer.find('\n'));
}

std::string NameOf(const Planned& planned) {
  std::string text(procedure::FindAct(planned.act.kind)->name);
  if (!planned.person.empty()) text += " " + planned.person;
  if (!planned.flight.empty()) text += " " + planned.flight;
  return text;
}

std::optional<std::string> Compare(const Scenario& scenario, const Step& step,
                                   const std::string& what, const Verdict& verdict) {
  const ExpectedRuling& expected = std::get<ActSentence>(step.what).expected;
  const bool met = verdict.outcome == expected.outcome &&
                   (!expected.ground || procedure::NameOf(*expected.ground) == verdict.ground) &&
                   (expected.article.empty() || expected.article == verdict.article) &&
                   (expected.door_ground.empty() || expected.door_ground == verdict.ground);
  if (met) return std::nullopt;
  return scenario.file + ":" + std::to_string(step.line) + ": " + what + ": expected " +
         InWords(expected) + ", was " + verdict.summary;
}

Ending EndingFrom(const Scenario& scenario, const Script& script,
                  const std::function<const procedure::Matter*(const MatterId&)>& find) {
  Ending ending;
  const auto look = [&](const MatterId* id) { return id != nullptr ? find(*id) : nullptr; };
  for (const Person& person : scenario.persons) {
    if (const auto* matter = look(script.FindCase(person.id))) ending.cases[person.id] = *matter;
  }
  for (const std::string& flight : scenario.flights) {
    if (const auto* matter = look(script.FindFlight(flight))) ending.flights[flight] = *matter;
    for (const PartyCode state : scenario.states) {
      if (const auto* matter = look(script.FindTransfer(flight, state)))
        ending.transfers[{flight, state}] = *matter;
    }
  }
  return ending;
}

}  // namespace chancery::play
