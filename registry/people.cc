#include "registry/people.h"

#include <optional>
#include <utility>

#include "nlohmann/json.hpp"

namespace chancery::registry {

namespace {

using Json = nlohmann::json;

std::optional<Finding> FindingNamed(std::string_view word) {
  if (word == "national") return Finding::kNational;
  if (word == "not_national") return Finding::kNotNational;
  if (word == "other_nationality") return Finding::kOtherNationality;
  if (word == "not_found") return Finding::kNotFound;
  return std::nullopt;
}

// The digits of a CNIC, so that its dashes make no difference.
std::string DigitsOf(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  return digits;
}

absl::Status Problem(std::size_t person, std::string_view what) {
  return InvalidArgument("persons[" + std::to_string(person) + "]: " + std::string(what));
}

// A text field that may be missing; false when it is there and no text.
bool ReadText(const Json& object, const char* key, Personal<std::string>& out) {
  const auto found = object.find(key);
  if (found == object.end()) return true;
  if (!found->is_string()) return false;
  out = Personal<std::string>(found->get<std::string>());
  return true;
}

const Personal<std::string>* Find(const std::vector<Item>& items, std::string_view label) {
  for (const Item& item : items) {
    if (item.label == label && !item.value.empty()) return &item.value;
  }
  return nullptr;
}

bool Same(const Personal<std::string>* claimed, const Personal<std::string>& known) {
  return claimed != nullptr && !known.empty() && *claimed == known;
}

}  // namespace

absl::StatusOr<People> People::FromJson(std::string_view text) {
  const Json root = Json::parse(text, nullptr, false);
  if (!root.is_object()) return InvalidArgument("the file is no JSON object");
  if (!root.contains("invented") || root.at("invented") != Json(true)) {
    return WithReason(
        InvalidArgument(
            "the file does not say \"invented\": true; a simulation holds invented people only"),
        "NOT_INVENTED");
  }
  if (!root.contains("persons") || !root.at("persons").is_array())
    return InvalidArgument("persons: must be a list");
  People people;
  for (const Json& entry : root.at("persons")) {
    const std::size_t at = people.people_.size();
    if (!entry.is_object()) return Problem(at, "must be an object");
    Person person;
    const auto word = entry.find("finding");
    const auto finding = word != entry.end() && word->is_string()
                             ? FindingNamed(word->get_ref<const std::string&>())
                             : std::nullopt;
    if (!finding)
      return Problem(at,
                     "finding: expected national, not_national, other_nationality or not_found");
    person.finding = *finding;
    Personal<std::string> cnic;
    bool good = ReadText(entry, "cnic", cnic) &&
                ReadText(entry, "passport_number", person.passport_number) &&
                ReadText(entry, "name", person.name) &&
                ReadText(entry, "birth_date", person.birth_date);
    const auto registered = entry.find("registered");
    if (registered != entry.end()) {
      good = good && registered->is_object() &&
             ReadText(*registered, "name", person.registered_name) &&
             ReadText(*registered, "cnic", person.registered_cnic);
    }
    if (!good)
      return Problem(
          at, "cnic, passport_number, name, birth_date and those of registered must be texts");
    person.cnic = Personal<std::string>(DigitsOf(cnic.Reveal()));
    const bool national = *finding == Finding::kNational;
    if (national != (!person.registered_name.empty() && !person.registered_cnic.empty())) {
      return Problem(at, "registered: a national has name and cnic there, nobody else has");
    }
    people.people_.push_back(std::move(person));
  }
  return people;
}

Answer People::Verify(const std::vector<Item>& claimed) const {
  const Personal<std::string>* cnic = Find(claimed, "cnic");
  const Personal<std::string> digits(cnic == nullptr ? std::string() : DigitsOf(cnic->Reveal()));
  const Personal<std::string>* passport = Find(claimed, "passport_number");
  const Personal<std::string>* name = Find(claimed, "name");
  const Personal<std::string>* birth = Find(claimed, "birth_date");
  for (const Person& person : people_) {
    const bool by_cnic = Same(&digits, person.cnic);
    const bool by_passport = Same(passport, person.passport_number) && Same(name, person.name) &&
                             Same(birth, person.birth_date);
    // Who has no document on file is met by name and birth alone, as an office would after an
    // interview.
    const bool by_interview =
        person.passport_number.empty() && Same(name, person.name) && Same(birth, person.birth_date);
    if (!by_cnic && !by_passport && !by_interview) continue;
    Answer answer{person.finding, {}};
    if (person.finding == Finding::kNational) {
      answer.registered.push_back({"cnic", person.registered_cnic, {}});
      answer.registered.push_back({"name", person.registered_name, {}});
    }
    return answer;
  }
  return {};
}

}  // namespace chancery::registry
