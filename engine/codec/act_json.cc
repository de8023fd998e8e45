#include "engine/codec/act_json.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <variant>

#include "engine/base/check.h"
#include "engine/base/text.h"
#include "engine/codec/act_fields.h"
#include "engine/codec/identity_formats.h"

namespace chancery::codec {

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;
using procedure::Act;
using procedure::ActInfo;
using procedure::ActKind;
using procedure::Fact;
using procedure::FactInfo;
using procedure::Facts;
using procedure::FactType;
using procedure::InfoOf;
using procedure::MatterKind;
using procedure::Value;

constexpr std::size_t kMaxNameBytes = 40;
constexpr std::size_t kMaxTextBytes = 500;

constexpr std::array<std::string_view, 16> kLabels = {
    "address", "birth_date",      "birth_place",  "care_consent",    "care_note",
    "cnic",    "document_number", "father_name",  "given_names",     "mother_name",
    "name",    "passport_expiry", "passport_mrz", "passport_number", "sex",
    "surname"};
static_assert(std::is_sorted(kLabels.begin(), kLabels.end()));

// The fields of an act in JSON.
constexpr std::array<std::string_view, 7> kTopFields = {"act",   "addressee", "answers",    "facts",
                                                        "lines", "matter",    "particulars"};

// In a line, in place of the fact `attachment`.
constexpr std::string_view kAttachmentFile = "attachment_file";

// Acts that may begin a matter of their own. All others of a case, flight or transfer say which one
// they move; those of the cooperation are about the only one there is.
bool MayOpen(const ActInfo& act) {
  return act.matter == MatterKind::kCooperation || act.kind == ActKind::kApplication ||
         act.kind == ActKind::kNotice || act.kind == ActKind::kTransitAsked ||
         act.kind == ActKind::kFlightProposed || act.kind == ActKind::kManifest;
}

// ----------------------------------------------------------------------------------------------------------
// reading

// A field's name as it may be repeated in an error. What does not look like a name may be a value
// that slipped.
std::string Shown(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return "(not a name)";
  for (const char letter : name) {
    const bool allowed = (letter >= 'a' && letter <= 'z') || letter == '_';
    if (!allowed) return "(not a name)";
  }
  return std::string(name);
}

std::string Listed(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

std::string WordsOf(const FactInfo& info) {
  std::string text;
  for (const procedure::Word& word : info.words)
    text.append(text.empty() ? "" : ", ").append(word.name);
  return text;
}

std::string RuleOf(const FactInfo& info) {
  switch (info.type) {
    case FactType::kWord:
      return "one of " + WordsOf(info);
    case FactType::kFlag:
      return "true or false, without quotes";
    case FactType::kCount:
      return "a whole number from 0 to 4294967295, without quotes";
    case FactType::kInstant:
      return "a moment as \"2016-03-01T09:30:00Z\", or with an offset +05:00";
    case FactType::kDate:
      return "a date that exists, as \"2014-05-01\"";
    case FactType::kCode:
      return "a text of 1 to 8 of A-Z and 0-9";
    case FactType::kParty:
      return "a party code of three letters A-Z, as \"PAK\"";
    case FactType::kId:
      return "32 lower-case hexadecimal digits";
    case FactType::kDigest:
      return "64 lower-case hexadecimal digits";
  }
  return "";
}

// The value JSON gives for a fact, or nothing when it breaks the rule of its type.
std::optional<Value> ReadValue(const FactInfo& info, const Json& json) {
  if (info.type == FactType::kFlag) {
    if (!json.is_boolean()) return std::nullopt;
    return std::int64_t{json.get<bool>() ? 1 : 0};
  }
  if (info.type == FactType::kCount) {
    if (!json.is_number_unsigned()) return std::nullopt;
    const auto number = json.get<std::uint64_t>();
    if (number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (!json.is_string()) return std::nullopt;
  const std::string& text = json.get_ref<const std::string&>();
  std::optional<Value> value;
  switch (info.type) {
    case FactType::kWord:
      if (const auto word = procedure::WordNumber(info.fact, text)) value = *word;
      break;
    case FactType::kInstant:
      if (const auto instant = ParseInstant(text)) value = instant->ms;
      break;
    case FactType::kDate:
      if (const auto date = ParseCivilDate(text)) value = DaysFromCivil(*date);
      break;
    case FactType::kCode:
      if (const auto code = procedure::PackCode(text)) value = *code;
      break;
    case FactType::kParty:
      if (const auto party = PartyCode::FromText(text)) value = procedure::PackParty(*party);
      break;
    case FactType::kId:
      if (const auto id = MatterId::FromHexText(text)) value = *id;
      break;
    case FactType::kDigest:
      if (const auto digest = Digest::FromHexText(text)) value = *digest;
      break;
    case FactType::kFlag:
    case FactType::kCount:
      break;
  }
  if (value && !IsValueOf(info.fact, *value)) return std::nullopt;
  return value;
}

// Reads one act and collects everything that is wrong on the way.
class Reader {
 public:
  Reader(Json& root, Instant now) : root_(root), now_(now) {}

  absl::StatusOr<DraftedAct> Read() {
    for (const auto& [name, value] : root_.items()) {
      if (std::find(kTopFields.begin(), kTopFields.end(), name) == kTopFields.end()) {
        Problem(Shown(name), "is no field of an act; use " + Listed(kTopFields));
      }
    }
    ReadAct();
    ReadAddressee();
    ReadMatter();
    ReadAnswers();
    if (info_ != nullptr) {
      ReadFacts();
      ReadLines();
    }
    const bool act_is_sound = problems_.empty();
    ReadParticulars();
    if (!problems_.empty()) {
      std::string text;
      for (const std::string& problem : problems_)
        text.append(text.empty() ? "" : "\n").append(problem);
      return WithReason(InvalidArgument(text),
                        act_is_sound ? "PARTICULARS_FIELD" : "ACT_JSON_FIELD");
    }
    return std::move(drafted_);
  }

 private:
  void Problem(std::string_view field, std::string_view message) {
    problems_.push_back(std::string(field).append(": ").append(message));
  }

  // A field of the act that is a text; null when it is missing or of another type.
  const std::string* Text(const char* field, std::string_view rule, bool required) {
    const auto found = root_.find(field);
    if (found == root_.end()) {
      if (required) Problem(field, std::string("is missing; give ").append(rule));
      return nullptr;
    }
    if (!found->is_string()) {
      Problem(field, std::string("must be a text; give ").append(rule));
      return nullptr;
    }
    return &found->get_ref<const std::string&>();
  }

  void ReadAct() {
    const std::string* name = Text("act", "the act's name from docs/acts.md", true);
    if (name == nullptr) return;
    info_ = procedure::FindAct(*name);
    if (info_ == nullptr) {
      std::vector<std::string_view> names;
      for (const ActInfo& act : procedure::AllActs()) names.push_back(act.name);
      Problem("act", "is not known; use one of " + Listed(names));
      return;
    }
    drafted_.act.kind = info_->kind;
  }

  void ReadAddressee() {
    constexpr std::string_view kRule = "a party code of three letters A-Z, as \"PAK\"";
    const std::string* text = Text("addressee", kRule, true);
    if (text == nullptr) return;
    const std::optional<PartyCode> party = PartyCode::FromText(*text);
    if (!party) return Problem("addressee", std::string("must be ").append(kRule));
    drafted_.act.addressee = *party;
  }

  void ReadMatter() {
    constexpr std::string_view kRule =
        "the matter's 32 lower-case hexadecimal digits, as list and show print them";
    const std::string* text = Text("matter", kRule, info_ != nullptr && !MayOpen(*info_));
    if (text == nullptr) return;
    const std::optional<MatterId> id = MatterId::FromHexText(*text);
    if (!id || id->IsZero()) return Problem("matter", std::string("must be ").append(kRule));
    drafted_.matter = id;
    drafted_.act.matter = *id;
  }

  void ReadAnswers() {
    constexpr std::string_view kRule =
        "64 lower-case hexadecimal digits: the digest of the statement it answers";
    const std::string* text = Text("answers", kRule, false);
    if (text == nullptr) return;
    const std::optional<Digest> digest = Digest::FromHexText(*text);
    if (!digest) return Problem("answers", std::string("must be ").append(kRule));
    drafted_.act.answers = digest;
  }

  void ReadFactsOf(const Json& object, const std::vector<Fact>& allowed, const std::string& place,
                   Facts& out) {
    for (const auto& [name, value] : object.items()) {
      const std::string field = place + "." + Shown(name);
      const std::optional<Fact> fact = procedure::FactNamed(name);
      if (!fact || std::find(allowed.begin(), allowed.end(), *fact) == allowed.end()) {
        std::vector<std::string_view> names;
        for (const Fact known : allowed) names.push_back(InfoOf(known).name);
        Problem(field, names.empty() ? "is not a fact of this act, which has none; leave it out"
                                     : "is not a fact of this act; use " + Listed(names));
        continue;
      }
      const FactInfo& info = InfoOf(*fact);
      const std::optional<Value> read = ReadValue(info, value);
      if (!read) {
        Problem(field, "must be " + RuleOf(info) + "; leave the field out when it is not known");
        continue;
      }
      out.Set(*fact, *read);
    }
  }

  void ReadFacts() {
    const ActFields& fields = FieldsOf(info_->kind);
    const auto found = root_.find("facts");
    if (found == root_.end()) {
      if (!fields.facts.empty())
        Problem("facts", "is missing; give an object of the act's facts, {} when none is known");
      return;
    }
    if (!found->is_object())
      return Problem("facts", "must be an object of names and values; use {}");
    ReadFactsOf(*found, fields.facts, "facts", drafted_.act.facts);
  }

  void ReadLines() {
    const ActFields& fields = FieldsOf(info_->kind);
    const auto found = root_.find("lines");
    if (found == root_.end()) return;
    if (!fields.has_lines) return Problem("lines", "this act has no lines; leave the field out");
    if (!found->is_array()) return Problem("lines", "must be a list of objects; use []");
    if (found->size() > kMaxLines)
      return Problem("lines", "at most 200; use a second list for the others");
    for (std::size_t i = 0; i < found->size(); ++i) {
      const std::string place = "lines[" + std::to_string(i) + "]";
      Facts& line = drafted_.act.lines.emplace_back();
      if (!(*found)[i].is_object()) {
        Problem(place, "must be an object of names and values; use {}");
        continue;
      }
      ReadAttachmentFile((*found)[i], fields, place, i);
      ReadFactsOf((*found)[i], fields.line_facts, place, line);
    }
  }

  // Not a fact: it is taken out of the line, and its digest comes in its place.
  void ReadAttachmentFile(Json& line, const ActFields& fields, const std::string& place,
                          std::size_t number) {
    const auto file = line.find(kAttachmentFile);
    const auto& facts = fields.line_facts;
    if (file == line.end() ||
        std::find(facts.begin(), facts.end(), Fact::kAttachment) == facts.end())
      return;
    const std::string field = place + "." + std::string(kAttachmentFile);
    const bool named = file->is_string() && !file->get_ref<const std::string&>().empty();
    if (!named) Problem(field, "must be the name of a file, relative to this one");
    if (line.contains(InfoOf(Fact::kAttachment).name))
      Problem(field, "names the attachment again; leave one of the two out");
    if (named) drafted_.attachment_files.emplace(number, file->get<std::string>());
    line.erase(file);
  }

  void ReadParticulars() {
    const auto found = root_.find("particulars");
    if (found == root_.end()) return;
    if (!found->is_object() || found->empty()) {
      return Problem(
          "particulars",
          "must be an object of labels and texts; leave the field out when there are none");
    }
    for (auto& [label, value] : found->items()) {
      const std::string field = "particulars." + Shown(label);
      if (std::find(kLabels.begin(), kLabels.end(), label) == kLabels.end()) {
        Problem(field, "is no label of particulars; use " + Listed(kLabels));
        continue;
      }
      if (!value.is_string()) {
        Problem(field, "must be a text in quotes");
        continue;
      }
      std::string& text = value.get_ref<std::string&>();
      const std::size_t before = problems_.size();
      Personal<std::string> read = ReadParticular(label, field, text);
      Wipe(text);
      if (problems_.size() == before) drafted_.items.push_back({label, std::move(read), {}});
    }
    CompareParticulars();
  }

  // Words of a person: one line, nothing that moves a cursor and nothing that nobody sees. Urdu
  // writes joiners between letters: those stay.
  void CheckWords(const std::string& field, const std::string& text) {
    if (text.empty() || text.size() > kMaxTextBytes) {
      return Problem(field, "must have 1 to 500 bytes; leave the field out when it is not known");
    }
    if (text.front() == ' ' || text.back() == ' ')
      return Problem(field, "must not begin or end with a space");
    bool after_letter = false;
    for (std::string_view rest = text; !rest.empty();) {
      const std::optional<char32_t> character = TakeCharacter(rest);
      if (!character || IsControl(*character))
        return Problem(field, "must be one line without control characters");
      std::string_view ahead = rest;
      const bool joins =
          IsJoiner(*character) && after_letter && IsArabicLetter(TakeCharacter(ahead).value_or(0));
      if (IsHidden(*character) && !joins) {
        return Problem(field,
                       "must have no invisible characters (controls of direction, characters "
                       "without width; joiners only between letters of the Arabic script); type "
                       "the text again instead of copying it");
      }
      after_letter = IsArabicLetter(*character);
    }
  }

  Personal<std::string> ReadParticular(std::string_view label, const std::string& field,
                                       const std::string& text) {
    if (label == "cnic") {
      auto read = ReadCnic(text);
      if (auto* cnic = std::get_if<Personal<std::string>>(&read)) return std::move(*cnic);
      Problem(field, std::get<FormatProblem>(read).message);
    } else if (label == "birth_date") {
      auto read = ReadPartialDate(text);
      if (const auto* problem = std::get_if<FormatProblem>(&read)) {
        Problem(field, problem->message);
      } else {
        const PartialDate& date = std::get<PartialDate>(read);
        const CivilDate earliest{date.year, date.month.value_or(1), date.day.value_or(1)};
        if (DaysFromCivil(earliest) > CivilDayOf(now_, 0))
          Problem(field, "must not lie in the future; correct it");
        birth_ = date;
      }
    } else if (label == "passport_expiry") {
      auto read = ReadDate(text);
      if (const auto* problem = std::get_if<FormatProblem>(&read)) {
        Problem(field, problem->message);
      } else {
        expiry_ = std::get<CivilDate>(read);
      }
    } else if (label == "passport_mrz") {
      auto read = ReadMrz(text);
      if (const auto* problem = std::get_if<FormatProblem>(&read)) {
        Problem(field, problem->message);
      } else {
        mrz_ = std::get<Mrz>(std::move(read));
      }
    } else if (label == "passport_number" || label == "document_number") {
      if (!IsDocumentNumber(text))
        Problem(field, "must have 1 to 20 of A-Z and 0-9, without spaces; correct it");
    } else if (label == "care_consent") {
      if (text != "given")
        Problem(field, "must be given; without the person's consent leave it and the note out");
    } else if (label == "sex") {
      if (text != "female" && text != "male" && text != "unspecified") {
        Problem(field, "must be one of female, male, unspecified");
      }
    } else {
      CheckWords(field, text);
    }
    return Personal<std::string>(text);
  }

  const std::string* Particular(std::string_view label) const {
    for (const Item& item : drafted_.items) {
      if (item.label == label) return &item.value.Reveal();
    }
    return nullptr;
  }

  // Art 5(2): that somebody may need help or care is said only with the person's consent.
  void CompareCare() {
    const auto& given = root_["particulars"];
    if (given.contains("care_note") && !given.contains("care_consent")) {
      Problem("particulars.care_note",
              "needs the person's consent (Art 5(2)); add care_consent, or leave the note out");
    }
    if (given.contains("care_consent") && !given.contains("care_note"))
      Problem("particulars.care_consent", "consents to no note; add care_note, or leave it out");
  }

  // What the particulars say twice must be the same; what is only unusual is told and sent.
  void CompareParticulars() {
    CompareCare();
    const std::string* number = Particular("passport_number");
    const std::string* sex = Particular("sex");
    const std::string* cnic = Particular("cnic");
    if (mrz_) {
      if (birth_ && !SameDate(*birth_, mrz_->birth.Reveal())) {
        Problem("particulars.birth_date",
                "differs from the machine readable zone; correct the one that is wrong");
      }
      if (expiry_ &&
          !SameDate({expiry_->year, expiry_->month, expiry_->day}, mrz_->expiry.Reveal())) {
        Problem("particulars.passport_expiry",
                "differs from the machine readable zone; correct the one that is wrong");
      }
      if (number != nullptr && *number != mrz_->number.Reveal()) {
        Problem("particulars.passport_number",
                "differs from the machine readable zone; correct the one that is wrong");
      }
      if (sex != nullptr &&
          ((mrz_->sex == 'M' && *sex == "female") || (mrz_->sex == 'F' && *sex == "male"))) {
        Warn("particulars.sex",
             "differs from the machine readable zone; compare it with the document");
      }
    }
    if (cnic != nullptr && sex != nullptr && !CnicFitsSex(*cnic, *sex)) {
      Warn(
          "particulars.cnic",
          "its last digit is usually odd for men and even for women; compare it with the document");
    }
    const bool pakistani = mrz_ && !mrz_->issuer.empty() ? mrz_->issuer == "PAK"
                                                         : drafted_.act.addressee.view() == "PAK";
    if (number != nullptr && pakistani && !IsUsualPakistaniPassport(*number)) {
      Warn("particulars.passport_number",
           "a Pakistani passport usually has two letters and seven digits; compare it with "
           "the document");
    }
  }

  void Warn(std::string_view field, std::string_view message) {
    drafted_.warnings.push_back(std::string(field).append(": ").append(message));
  }

  Json& root_;
  Instant now_;
  const ActInfo* info_ = nullptr;
  DraftedAct drafted_;
  std::vector<std::string> problems_;
  std::optional<PartialDate> birth_;
  std::optional<CivilDate> expiry_;
  std::optional<Mrz> mrz_;
};

// Overwrites every text of a document that may have held particulars.
void WipeAll(Json& json) {
  if (json.is_string()) {
    Wipe(json.get_ref<std::string&>());
  } else if (json.is_structured()) {
    for (Json& inner : json) WipeAll(inner);
  }
}

// "line 3, column 14" of an offset, both counted from 1.
std::string PlaceOf(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t begin = before.rfind('\n');
  const std::size_t column = begin == std::string_view::npos ? offset + 1 : offset - begin;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

absl::Status Broken(std::string_view message) {
  return WithReason(InvalidArgument(message), "ACT_JSON_BROKEN");
}

// The document, or what is broken about it. The library's own messages quote the text, so they are
// not used.
absl::StatusOr<Json> ParseJson(std::string_view text) {
  std::vector<std::set<std::string, std::less<>>> names;
  std::optional<std::string> doubled;
  constexpr int kMaxDepth = 8;
  bool deep = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kMaxDepth) deep = true;
    if (event == Json::parse_event_t::object_start) {
      names.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      names.pop_back();
    } else if (event == Json::parse_event_t::key && !names.empty()) {
      const std::string& name = parsed.get_ref<const std::string&>();
      if (!names.back().insert(name).second && !doubled) doubled = Shown(name);
    }
    return !deep;
  };
  Json json;
  try {
    json = Json::parse(text.begin(), text.end(), watch);
  } catch (const Json::parse_error& error) {
    return Broken("act: not JSON at " + PlaceOf(text, error.byte == 0 ? 0 : error.byte - 1) +
                  "; correct the text there");
  } catch (const Json::exception&) {
    return Broken("act: not JSON; a number is too large to be one of an act's");
  }
  absl::Status status;
  if (deep) {
    status = Broken("act: nested deeper than an act ever is; write it as in docs/acts.md");
  } else if (doubled) {
    status = Broken("act: field " + *doubled + " stands twice in one object; take one of them out");
  } else if (!json.is_object()) {
    status = Broken("act: must be one object; write it as in docs/acts.md");
  }
  if (!status.ok()) {
    WipeAll(json);
    return status;
  }
  return json;
}

// ----------------------------------------------------------------------------------------------------------
// showing

OrderedJson ValueToJson(Fact fact, const Value& value) {
  if (const auto* id = std::get_if<MatterId>(&value)) return id->ToHexText();
  if (const auto* digest = std::get_if<Digest>(&value)) return digest->ToHexText();
  const std::int64_t number = std::get<std::int64_t>(value);
  switch (InfoOf(fact).type) {
    case FactType::kWord: {
      const std::string_view word = procedure::WordName(fact, number);
      return word.empty() ? OrderedJson(number) : OrderedJson(word);
    }
    case FactType::kFlag:
      return number != 0;
    case FactType::kInstant:
      return ToText(Instant{number});
    case FactType::kDate:
      return ToText(CivilFromDays(number));
    case FactType::kCode:
    case FactType::kParty:
      return procedure::UnpackCode(number);
    case FactType::kCount:
    case FactType::kId:
    case FactType::kDigest:
      break;
  }
  return number;
}

OrderedJson FactsToJson(const Facts& facts) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [fact, value] : facts)
    json[std::string(InfoOf(fact).name)] = ValueToJson(fact, value);
  return json;
}

OrderedJson LinesToJson(const std::vector<Facts>& lines) {
  OrderedJson json = OrderedJson::array();
  for (const Facts& line : lines) json.push_back(FactsToJson(line));
  return json;
}

OrderedJson ActJson(const Act& act) {
  const ActInfo* info = procedure::FindAct(act.kind);
  CHANCERY_CHECK(info != nullptr);
  OrderedJson json;
  json["act"] = info->name;
  json["author"] = act.author.ToText();
  json["addressee"] = act.addressee.ToText();
  json["statement_id"] = act.id.ToHexText();
  json["made_at"] = ToText(act.made_at);
  json["matter"] = act.matter.ToHexText();
  json["procedure"] = act.procedure.ToHexText();
  if (act.answers) json["answers"] = act.answers->ToHexText();
  if (act.commitment) json["commitment"] = act.commitment->ToHexText();
  json["facts"] = FactsToJson(act.facts);
  if (FieldsOf(act.kind).has_lines) json["lines"] = LinesToJson(act.lines);
  return json;
}

OrderedJson LapsedJson(const procedure::Lapsed& lapsed) {
  OrderedJson json;
  json["matter"] = lapsed.matter.ToHexText();
  json["lapse"] = lapsed.lapse;
  json["at"] = ToText(lapsed.at);
  json["stage"] = lapsed.stage;
  json["articles"] = lapsed.articles;
  return json;
}

OrderedJson LapsesJson(const std::vector<procedure::Lapsed>& lapses) {
  OrderedJson json = OrderedJson::array();
  for (const procedure::Lapsed& lapsed : lapses) json.push_back(LapsedJson(lapsed));
  return json;
}

OrderedJson RulingJson(const procedure::Ruling& ruling) {
  OrderedJson json;
  if (const auto* admitted = std::get_if<procedure::Admitted>(&ruling.outcome)) {
    json["outcome"] = "admitted";
    json["rule"] = admitted->because.rule;
    json["articles"] = admitted->because.articles;
    json["changed"] = OrderedJson::array();
    for (const procedure::Changed& changed : admitted->changed) {
      OrderedJson row;
      row["matter"] = changed.matter.ToHexText();
      row["stage"] = changed.stage;
      json["changed"].push_back(std::move(row));
    }
  } else {
    const auto& inadmissible = std::get<procedure::Inadmissible>(ruling.outcome);
    json["outcome"] = "inadmissible";
    json["ground"] = procedure::NameOf(inadmissible.ground);
    json["article"] = inadmissible.article;
    json["rule"] = inadmissible.rule;
    json["lines"] = inadmissible.lines;
  }
  json["lapses"] = LapsesJson(ruling.lapses);
  return json;
}

OrderedJson MatterJson(const procedure::Matter& matter) {
  OrderedJson json;
  json["matter"] = matter.id.ToHexText();
  json["kind"] = procedure::NameOf(matter.kind);
  json["stage"] = matter.stage;
  json["requesting"] = matter.requesting.ToText();
  json["requested"] = matter.requested.ToText();
  json["procedure"] = matter.procedure.ToHexText();
  json["facts"] = FactsToJson(matter.facts);
  json["lines"] = LinesToJson(matter.lines);
  json["limits"] = OrderedJson::array();
  for (const procedure::RunningLimit& limit : matter.limits) {
    OrderedJson row;
    row["limit"] = limit.name;
    row["since"] = ToText(limit.since);
    row["until"] = ToText(limit.until);
    json["limits"].push_back(std::move(row));
  }
  return json;
}

OrderedJson DueJson(const procedure::Due& due) {
  OrderedJson json;
  json["matter"] = due.matter.ToHexText();
  json["kind"] = procedure::NameOf(due.kind);
  json["stage"] = due.stage;
  json["by"] = due.by.ToText();
  if (!due.limit.empty()) {
    json["limit"] = due.limit;
    json["since"] = ToText(due.since);
    json["until"] = ToText(due.until);
  }
  if (!due.silence.empty()) json["silence"] = due.silence;
  json["acts"] = due.acts;
  return json;
}

// Texts come from procedures and are shown as they are; bytes that are no text are replaced, never
// thrown over.
std::string Dump(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace

std::string SafeName(std::string_view name) { return Shown(name); }

absl::Status CheckActSize(std::string_view json) {
  if (json.size() <= kMaxActJsonBytes) return absl::OkStatus();
  return WithReason(
      InvalidArgument("act: at most " + std::to_string(kMaxActJsonBytes) +
                      " bytes; write it without indentation and leave out what the rules do not "
                      "need (a scan is a file of its own: attachment_file)"),
      "ACT_JSON_TOO_LARGE");
}

absl::StatusOr<DraftedAct> ActFromJson(std::string_view json, Instant now) {
  CHANCERY_RETURN_IF_ERROR(CheckActSize(json));
  CHANCERY_ASSIGN_OR_RETURN(Json root, ParseJson(json));
  absl::StatusOr<DraftedAct> drafted = Reader(root, now).Read();
  WipeAll(root);
  return drafted;
}

std::string WithAttachments(std::string_view json, const MatterId& matter,
                            const std::map<std::size_t, Digest>& digests) {
  auto root = OrderedJson::parse(json, nullptr, false);
  root["matter"] = matter.ToHexText();
  for (const auto& [line, digest] : digests) {
    OrderedJson& facts = root["lines"][line];
    facts.erase(std::string(kAttachmentFile));
    facts[std::string(InfoOf(Fact::kAttachment).name)] = digest.ToHexText();
  }
  return Dump(root);
}

std::span<const std::string_view> ParticularsLabels() { return kLabels; }

std::string ActToJson(const Act& act) { return Dump(ActJson(act)); }

std::string StatementToJson(const Statement& statement) {
  OrderedJson json;
  json["realm"] = NameOf(statement.realm);
  json["agreement"] = statement.agreement;
  json.update(ActJson(statement.act));
  return Dump(json);
}

std::string RulingToJson(const procedure::Ruling& ruling) { return Dump(RulingJson(ruling)); }

std::string MatterToJson(const procedure::Matter& matter) { return Dump(MatterJson(matter)); }

std::string StandingToJson(const procedure::Standing& standing) {
  OrderedJson json;
  json["matters"] = OrderedJson::array();
  for (const procedure::Matter& matter : standing.matters)
    json["matters"].push_back(MatterJson(matter));
  json["lapses"] = LapsesJson(standing.lapses);
  json["due"] = OrderedJson::array();
  for (const procedure::Due& due : standing.due) json["due"].push_back(DueJson(due));
  return Dump(json);
}

std::string Summary(const procedure::Ruling& ruling) {
  if (const auto* admitted = std::get_if<procedure::Admitted>(&ruling.outcome)) {
    return "admitted " + admitted->because.rule;
  }
  const auto& inadmissible = std::get<procedure::Inadmissible>(ruling.outcome);
  std::string text = "inadmissible ";
  text.append(procedure::NameOf(inadmissible.ground));
  if (!inadmissible.article.empty()) text.append(", ").append(inadmissible.article);
  return text;
}

}  // namespace chancery::codec
