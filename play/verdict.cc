#include "play/verdict.h"

#include "nlohmann/json.hpp"

#include <map>
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

Verdict VerdictOf(const procedure::Stepped& stepped) {
  Verdict verdict = VerdictOf(stepped.ruling);
  const auto say = [](std::string& text, const std::string& word) {
    text += (text.empty() ? "" : " ") + word;
  };
  if (const auto* refused = std::get_if<procedure::Inadmissible>(&stepped.ruling.outcome)) {
    verdict.details["rule"] = refused->rule;
    for (const std::uint32_t line : refused->lines)
      say(verdict.details["lines"], std::to_string(line + 1));
  } else {
    const auto& admitted = std::get<procedure::Admitted>(stepped.ruling.outcome);
    verdict.details["rule"] = admitted.because.rule;
    for (const auto& changed : admitted.changed) say(verdict.details["changes"], changed.stage);
  }
  for (const procedure::Lapsed& lapsed : stepped.ruling.lapses)
    say(verdict.details["silence"], lapsed.lapse);
  std::string& readers = verdict.details["read by"];
  if (stepped.readers.everyone) readers = "everyone";
  for (const PartyCode party : stepped.readers.parties)
    say(readers, party.IsNone() ? "nobody" : party.ToText());
  for (const std::string_view name : RulingDetails()) {
    std::string& text = verdict.details[std::string(name)];
    if (text.empty()) text = "none";
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

Verdict RefusedAtTheDesk(std::string_view ground) {
  Verdict verdict;
  verdict.outcome = ExpectedRuling::Outcome::kTurnedAway;
  verdict.ground = std::string(ground);
  verdict.summary = "turned away " + verdict.ground;
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

Verdict TurnedAwayFor(const std::string& reason) {
  static const std::map<std::string, std::string> names = {
      {"SEAL_MISSING", "seal_missing"},
      {"OFFICE_NOT_NEEDED", "seal_missing"},  // the same act, refused before it reached the door
      {"AUTHOR_NOT_APPOINTED", "author_not_appointed"},
      {"CERTIFICATE_NOT_APPOINTED", "signer_not_appointed"},
      {"CERTIFICATE_OF_OTHER_PARTY", "signer_not_appointed"},
      {"MATTER_TAKEN", "matter_taken"},
      {"MISSING_FACT", "missing_fact"},
      {"NO_RULE", "no_rule"},
      {"NO_PROCEDURE", "no_procedure"},
      {"NO_SEALING_KEY", "no_sealing_key"},
      {"ADDRESSEE_WRONG", "addressee_wrong"},
      {"ACT_JSON_FIELD", "field_wrong"},
      {"PARTICULARS_FIELD", "field_wrong"}};
  const auto at = names.find(reason.substr(0, reason.find(':')));
  Verdict verdict = RefusedAtTheDesk(at != names.end() ? at->second : reason);
  verdict.summary = "turned away " + reason;
  return verdict;
}

std::string InShort(const Verdict& verdict) {
  return verdict.outcome == ExpectedRuling::Outcome::kTurnedAway ? "turned away " + verdict.ground
                                                                 : verdict.summary;
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
  if (met) {
    for (const auto& [name, wanted] : expected.details) {
      const auto said = verdict.details.find(name);
      if (said != verdict.details.end() && said->second == wanted) continue;
      return scenario.file + ":" + std::to_string(step.line) + ": " + what + ": expected " + name +
             " " + wanted + ", was " + (said == verdict.details.end() ? "nothing" : said->second);
    }
    return std::nullopt;
  }
  return scenario.file + ":" + std::to_string(step.line) + ": " + what + ": expected " +
         InWords(expected) + ", was " + verdict.summary;
}

std::optional<std::string> RegistryDiffers(const Scenario& scenario, const Step& step,
                                           const Planned& planned) {
  using procedure::Fact;
  const auto& sentence = std::get<ActSentence>(step.what);
  // In the general form an office that looks again may find otherwise.
  if (planned.act.kind != procedure::ActKind::kVerification || sentence.general ||
      sentence.expected.outcome != ExpectedRuling::Outcome::kAdmitted) {
    return std::nullopt;
  }
  const std::int64_t found = scenario.FindPerson(planned.person)->on_file.finding;
  const std::int64_t said = planned.act.facts.NumberOr(Fact::kVerification, 0);
  // The registry knows nationals; of the duty of Art 3 the office for immigration has the records.
  if (found == said || said > procedure::WordNumber(Fact::kVerification, "not_found"))
    return std::nullopt;
  return scenario.file + ":" + std::to_string(step.line) + ": the registry finds " +
         std::string(procedure::WordName(Fact::kVerification, found)) + " for " + planned.person +
         ", the sentence says " + std::string(procedure::WordName(Fact::kVerification, said)) +
         ". Remedy: write the line 'registry' of " + planned.person +
         " and the sentence alike, or expect what becomes of the error";
}

Ending EndingFrom(const Scenario& scenario, const Script& script,
                  const std::function<const procedure::Matter*(const MatterId&)>& find) {
  Ending ending;
  const auto look = [&](const MatterId* id) { return id != nullptr ? find(*id) : nullptr; };
  for (const Person& person : scenario.persons) {
    if (const auto* matter = look(script.FindCase(person.id))) ending.cases[person.id] = *matter;
    if (script.IsInTransit(person.id)) ending.in_transit.insert(person.id);
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
