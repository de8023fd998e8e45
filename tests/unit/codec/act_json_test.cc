// docs/acts.md: how an act is written in JSON, what is refused, and that no error repeats a
// person's value.
#include "engine/codec/act_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "engine/codec/act_fields.h"
#include "tests/unit/codec/samples.h"

namespace chancery::codec {
namespace {

using procedure::Fact;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Instant kNow{1'456'824'600'000};  // 2016-03-01T09:30:00Z

constexpr std::string_view kApplication = R"({"act":"application","addressee":"PAK",
  "facts":{"category":"own_national","entry_date":"2014-05-01","present":true,"handle":"000102030405060708090a0b0c0d0e0f"},
  "lines":[{"evidence":"passport","grade":"original"},{}],
  "particulars":{"name":"Zafar Iqbal","cnic":"3520212345671","birth_date":"1974-08-12","sex":"male"}})";

std::string Replaced(std::string_view from, std::string_view to,
                     std::string_view text = kApplication) {
  std::string changed(text);
  const std::size_t at = changed.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return changed.replace(at, from.size(), to);
}

// "REASON message" of a refusal, or "accepted".
std::string Refusal(std::string_view json) {
  const auto drafted = ActFromJson(json, kNow);
  if (drafted.ok()) return "accepted";
  EXPECT_EQ(drafted.status().code(), absl::StatusCode::kInvalidArgument);
  return ReasonOf(drafted.status()) + " " + std::string(ToStd(drafted.status().message()));
}

std::string WithParticulars(const std::string& particulars) {
  return R"({"act":"application","addressee":"PAK","facts":{},"particulars":)" + particulars + "}";
}

std::vector<std::string> Warnings(const std::string& particulars) {
  const auto drafted = ActFromJson(WithParticulars(particulars), kNow);
  EXPECT_TRUE(drafted.ok()) << drafted.status();
  return drafted.ok() ? drafted->warnings : std::vector<std::string>{"refused"};
}

// The JSON blocks of docs/acts.md.
std::vector<std::string> Examples(const std::string& page) {
  std::vector<std::string> examples;
  const std::string open = "```json\n";
  for (std::size_t at = page.find(open); at != std::string::npos; at = page.find(open, at)) {
    at += open.size();
    const std::size_t end = page.find("```", at);
    examples.push_back(page.substr(at, end - at));
    at = end;
  }
  return examples;
}

// Docs/acts.md, The form: every field comes into the act.
TEST(AnActInJson, IsReadWithItsFactsLinesAndParticulars) {
  const auto drafted = ActFromJson(kApplication, kNow);
  ASSERT_TRUE(drafted.ok()) << drafted.status();
  EXPECT_EQ(drafted->act.kind, procedure::ActKind::kApplication);
  EXPECT_EQ(drafted->act.addressee.view(), "PAK");
  EXPECT_FALSE(drafted->matter.has_value());
  EXPECT_EQ(drafted->act.facts.size(), 4u);
  EXPECT_EQ(drafted->act.facts.NumberOr(Fact::kCategory, 0), 1);
  EXPECT_EQ(drafted->act.facts.NumberOr(Fact::kEntryDate, 0), DaysFromCivil({2014, 5, 1}));
  EXPECT_EQ(drafted->act.facts.NumberOr(Fact::kPresent, 0), 1);
  EXPECT_EQ(drafted->act.facts.IdOr(Fact::kHandle).ToHexText(), "000102030405060708090a0b0c0d0e0f");
  ASSERT_EQ(drafted->act.lines.size(), 2u);
  EXPECT_EQ(drafted->act.lines[0].NumberOr(Fact::kGrade, 0), 1);
  EXPECT_TRUE(drafted->act.lines[1].empty());
  EXPECT_TRUE(drafted->warnings.empty());
}

// item.h and design section 5: items in byte order of their labels, values as they will be
// committed.
TEST(AnActInJson, GivesParticularsInTheOrderOfTheirLabels) {
  const auto drafted = ActFromJson(kApplication, kNow);
  ASSERT_TRUE(drafted.ok());
  std::vector<std::string> labels;
  for (const Item& item : drafted->items) labels.push_back(item.label);
  EXPECT_THAT(labels, ElementsAre("birth_date", "cnic", "name", "sex"));
  EXPECT_EQ(drafted->items[1].value.Reveal(), "35202-1234567-1");
  EXPECT_EQ(drafted->items[2].value.Reveal(), "Zafar Iqbal");
  EXPECT_TRUE(drafted->items[0].salt.IsZero());
}

// docs/acts.md: every example reads, every act has one, every fact and word is there.
TEST(TheReferenceOfActs, HasAnExampleOfEveryActThatReads) {
  const std::string page = ReadSource("docs/acts.md");
  std::set<std::string> shown;
  for (const std::string& example : Examples(page)) {
    const auto drafted = ActFromJson(example, kNow);
    ASSERT_TRUE(drafted.ok()) << example << drafted.status();
    EXPECT_TRUE(drafted->warnings.empty()) << example;
    shown.insert(std::string(procedure::FindAct(drafted->act.kind)->name));
    Statement statement{Realm::kRehearsal, "eu-pakistan", drafted->act};
    Random random(1);
    statement.act.author = *PartyCode::FromText("GRC");
    statement.act.id = RandomFixed<StatementId>(random);
    statement.act.matter = RandomFixed<MatterId>(random);
    EXPECT_TRUE(EncodeStatement(statement).ok()) << example;
  }
  for (const procedure::ActInfo& info : procedure::AllActs()) {
    EXPECT_TRUE(shown.contains(std::string(info.name)))
        << info.name << " has no example in docs/acts.md";
    EXPECT_THAT(page, HasSubstr("### " + std::string(info.name) + "\n"));
    std::vector<Fact> facts = FieldsOf(info.kind).facts;
    const std::vector<Fact>& lines = FieldsOf(info.kind).line_facts;
    facts.insert(facts.end(), lines.begin(), lines.end());
    for (const Fact fact : facts) {
      EXPECT_THAT(page, HasSubstr("| `" + std::string(procedure::InfoOf(fact).name) + "` |"))
          << info.name;
      for (const procedure::Word& word : procedure::InfoOf(fact).words) {
        EXPECT_THAT(page, HasSubstr("`" + std::string(word.name) + "`"));
      }
    }
  }
  for (const std::string_view label : ParticularsLabels()) {
    EXPECT_THAT(page, HasSubstr("`" + std::string(label) + "`"));
  }
}

// What is shown of an act is spelt as it is read: facts and lines come back.
TEST(AnActInJson, ShowsFactsAndLinesAsItReadsThem) {
  Random random(8);
  for (const procedure::ActInfo& info : procedure::AllActs()) {
    for (int round = 0; round < 20; ++round) {
      const procedure::Act act = RandomAct(info.kind, random);
      nlohmann::json json = nlohmann::json::parse(ActToJson(act));
      for (const char* added : {"author", "statement_id", "made_at", "procedure", "commitment"})
        json.erase(added);
      const auto again = ActFromJson(json.dump(), kNow);
      ASSERT_TRUE(again.ok()) << again.status() << json.dump();
      EXPECT_EQ(again->act.facts, act.facts);
      EXPECT_EQ(again->act.lines, act.lines);
      EXPECT_EQ(again->act.answers, act.answers);
      EXPECT_EQ(again->matter, act.matter);
    }
  }
}

// Docs/acts.md: "text that is not JSON (the error gives line and column)".
TEST(AnActInJson, TellsWhereBrokenJsonIsBroken) {
  EXPECT_EQ(Refusal("{\"act\":\n  \"application\",,}"),
            "ACT_JSON_BROKEN act: not JSON at line 2, column 17; correct the text there");
  EXPECT_THAT(Refusal(""), HasSubstr("line 1, column 1"));
  EXPECT_THAT(Refusal("{} {}"), HasSubstr("ACT_JSON_BROKEN"));
  EXPECT_THAT(Refusal("[]"), HasSubstr("must be one object"));
  EXPECT_THAT(Refusal("7"), HasSubstr("must be one object"));
  EXPECT_THAT(Refusal(std::string(300, '[') + std::string(300, ']')), HasSubstr("nested deeper"));
  EXPECT_THAT(Refusal("{\"act\": 1e999}"), HasSubstr("too large"));
  EXPECT_THAT(Refusal("{\"act\": \"\xff\"}"), HasSubstr("ACT_JSON_BROKEN"));
}

// Docs/acts.md: "a field that stands twice" is refused.
TEST(AnActInJson, RefusesAFieldThatStandsTwice) {
  EXPECT_THAT(Refusal(Replaced("\"present\":true", "\"present\":true,\"present\":false")),
              HasSubstr("field present stands twice"));
  EXPECT_EQ(Refusal(Replaced("\"name\":", "\"sex\":\"male\",\"name\":")).find("ACT_JSON_BROKEN"),
            0u);
  EXPECT_EQ(Refusal(Replaced("{},", "{},", Replaced("{}", "{},{\"grade\":\"original\"}"))),
            "accepted")
      << "the same name in another object is another field";
}

// docs/acts.md: a line may name a file in place of `attachment`; whoever reads it puts the digest
// there, under the act's matter, and the act is else the same.
TEST(AnActInJson, NamesFilesInPlaceOfAttachments) {
  const std::string file =
      Replaced(R"("grade":"original")", R"("grade":"original","attachment_file":"scans/p.jpg")");
  const absl::StatusOr<DraftedAct> drafted = ActFromJson(file, kNow);
  ASSERT_TRUE(drafted.ok()) << drafted.status();
  EXPECT_EQ(drafted->attachment_files, (std::map<std::size_t, std::string>{{0, "scans/p.jpg"}}));
  EXPECT_FALSE(drafted->act.lines[0].Has(Fact::kAttachment));
  const Digest digest = *Digest::FromHexText(std::string(64, 'a'));
  const MatterId matter = *MatterId::FromHexText(std::string(32, 'b'));
  const absl::StatusOr<DraftedAct> with =
      ActFromJson(WithAttachments(file, matter, {{0, digest}}), kNow);
  ASSERT_TRUE(with.ok()) << with.status();
  EXPECT_TRUE(with->attachment_files.empty());
  EXPECT_EQ(with->matter, matter);
  EXPECT_EQ(with->act.lines[0].DigestOr(Fact::kAttachment), digest);
  EXPECT_EQ(with->act.lines[1], drafted->act.lines[1]);
  EXPECT_EQ(with->act.facts, drafted->act.facts);
  EXPECT_EQ(with->items, drafted->items);

  EXPECT_THAT(Refusal(Replaced("scans/p.jpg", "", file)), HasSubstr("lines[0].attachment_file"));
  EXPECT_THAT(Refusal(Replaced(R"("scans/p.jpg")", "7", file)),
              HasSubstr("must be the name of a file"));
  EXPECT_THAT(Refusal(Replaced(
                  R"("attachment_file")",
                  R"("attachment":")" + std::string(64, 'a') + R"(","attachment_file")", file)),
              HasSubstr("leave one of the two out"));
  // Where a line has no attachment, it has no file either.
  EXPECT_THAT(Refusal(R"({"act":"manifest","addressee":"PAK","facts":{},
                          "lines":[{"attachment_file":"x"}]})"),
              HasSubstr("is not a fact of this act"));
}

// Docs/acts.md: "an act of more than 65,536 bytes" is refused.
TEST(AnActInJson, IsAtMostSixtyFourKibibytes) {
  EXPECT_EQ(
      Refusal(std::string(kApplication) + std::string(kMaxActJsonBytes - kApplication.size(), ' ')),
      "accepted");
  EXPECT_THAT(
      Refusal(std::string(kApplication) + std::string(kMaxActJsonBytes, ' ')),
      HasSubstr("ACT_JSON_TOO_LARGE act: at most 65536 bytes; write it without indentation"));
}

// Docs/acts.md, The form: what each field needs, and that errors name field, rule and remedy.
TEST(AnActInJson, RefusesEveryTopFieldOutsideItsRule) {
  EXPECT_THAT(Refusal(R"({"addressee":"PAK"})"), HasSubstr("act: is missing"));
  EXPECT_THAT(Refusal(R"({"act":"applicationx","addressee":"PAK"})"),
              HasSubstr("act: is not known; use one of founded, authority_appointed"));
  EXPECT_THAT(Refusal(R"({"act":7,"addressee":"PAK"})"), HasSubstr("act: must be a text"));
  EXPECT_THAT(Refusal(R"({"act":"application","facts":{}})"), HasSubstr("addressee: is missing"));
  EXPECT_THAT(Refusal(Replaced("\"PAK\"", "\"Pakistan\"")),
              HasSubstr("addressee: must be a party code"));
  EXPECT_THAT(Refusal(Replaced("\"facts\":", "\"fact\":")),
              HasSubstr("fact: is no field of an act; use act, addressee"));
  EXPECT_THAT(Refusal(R"({"act":"application","addressee":"PAK"})"),
              HasSubstr("facts: is missing"));
  EXPECT_THAT(Refusal(R"({"act":"application","addressee":"PAK","facts":[]})"),
              HasSubstr("facts: must be an object"));
  EXPECT_THAT(Refusal(R"({"act":"reply","addressee":"GRC","facts":{}})"),
              HasSubstr("matter: is missing"));
  EXPECT_THAT(Refusal(R"({"act":"reply","addressee":"GRC","facts":{},"matter":"00"})"),
              HasSubstr("matter: must be the matter's 32"));
  EXPECT_THAT(
      Refusal(
          R"({"act":"reply","addressee":"GRC","facts":{},"matter":"00000000000000000000000000000000"})"),
      HasSubstr("matter: must be"));
  EXPECT_EQ(Refusal(R"({"act":"procedure_proposed","addressee":"PAK","facts":{}})"), "accepted")
      << "there is one cooperation";
  EXPECT_THAT(Refusal(Replaced("\"facts\":", "\"answers\":\"12\",\"facts\":")),
              HasSubstr("answers: must be 64"));
  EXPECT_THAT(
      Refusal(
          R"({"act":"withdrawal","addressee":"PAK","matter":"0190a3c2d4e57f8091a2b3c4d5e6f708","lines":[]})"),
      HasSubstr("lines: this act has no lines"));
  EXPECT_THAT(Refusal(Replaced("{}]", "7]")), HasSubstr("lines[1]: must be an object"));
  EXPECT_THAT(Refusal(R"({"act":"application","addressee":"PAK","facts":{},"lines":{}})"),
              HasSubstr("lines: must be a list"));
  std::string many;
  for (int i = 0; i < 201; ++i) many += i == 0 ? "{}" : ",{}";
  EXPECT_THAT(Refusal(Replaced("{}]", many + "]")), HasSubstr("lines: at most 200"));
}

// Docs/acts.md, Values: each type of fact has one form.
TEST(AnActInJson, RefusesEveryFactOutsideItsRule) {
  const auto fact = [](std::string_view from, std::string_view to) {
    return Refusal(Replaced(from, to));
  };
  EXPECT_EQ(fact("own_national", "national"),
            "ACT_JSON_FIELD facts.category: must be one of own_national, third_country_national, "
            "stateless_person; leave "
            "the field out when it is not known");
  EXPECT_THAT(fact("\"own_national\"", "1"), HasSubstr("facts.category: must be one of"));
  EXPECT_THAT(fact("2014-05-01", "2014-02-30"),
              HasSubstr("facts.entry_date: must be a date that exists"));
  EXPECT_THAT(fact("2014-05-01", "0000-05-01"),
              HasSubstr("facts.entry_date: must be a date that exists"));
  EXPECT_THAT(fact("\"present\":true", "\"present\":\"true\""),
              HasSubstr("facts.present: must be true or false"));
  EXPECT_THAT(fact("\"present\":true", "\"present\":1"),
              HasSubstr("facts.present: must be true or false"));
  EXPECT_THAT(fact("0e0f\"", "0E0F\""), HasSubstr("facts.handle: must be 32 lower-case"));
  EXPECT_THAT(fact("\"present\"", "\"carrier\""),
              HasSubstr("facts.carrier: is not a fact of this act; use category"));
  EXPECT_THAT(fact("\"present\"", "\"presence\""),
              HasSubstr("facts.presence: is not a fact of this act"));
  EXPECT_THAT(fact("{}]", "{\"grade\":\"good\"}]"),
              HasSubstr("lines[1].grade: must be one of original"));
  EXPECT_THAT(fact("{}]", "{\"present\":true}]"),
              HasSubstr("lines[1].present: is not a fact of this act; use evidence"));
  const auto flight = [](const std::string& name, const std::string& value) {
    return Refusal(
        R"({"act":"flight_amended","addressee":"PAK","matter":"0190a3c2d4e57f8091a2b3c4d5e6f708","facts":{")" +
        name + "\":" + value + "}}");
  };
  EXPECT_EQ(flight("departure", "\"2016-04-20T07:30:00+03:00\""), "accepted");
  EXPECT_THAT(flight("departure", "\"2016-04-20 07:30\""),
              HasSubstr("facts.departure: must be a moment"));
  EXPECT_THAT(flight("departure", "\"1969-04-20T07:30:00Z\""),
              HasSubstr("facts.departure: must be a moment"));
  EXPECT_EQ(flight("flight_revision", "4294967295"), "accepted");
  for (const char* bad : {"4294967296", "-1", "1.0", "\"1\""}) {
    EXPECT_THAT(flight("flight_revision", bad),
                HasSubstr("facts.flight_revision: must be a whole number"))
        << bad;
  }
  EXPECT_THAT(flight("carrier", "\"Pia\""), HasSubstr("facts.carrier: must be a text of 1 to 8"));
  EXPECT_THAT(
      Refusal(R"({"act":"withdrawal","addressee":"PAK","matter":"0190a3c2d4e57f8091a2b3c4d5e6f708",
                          "facts":{"present":true}})"),
      HasSubstr("which has none; leave it out"));
}

// All that is wrong is told at once.
TEST(AnActInJson, TellsEverythingThatIsWrongAtOnce) {
  const std::string refusal =
      Refusal(Replaced("\"PAK\"", "\"pak\"", Replaced("own_national", "x")));
  EXPECT_THAT(refusal, HasSubstr("addressee: "));
  EXPECT_THAT(refusal, HasSubstr("\nfacts.category: "));
}

// Art 5(2): that somebody may need help or care is said only with the person's consent.
TEST(Particulars, SayWhatCareIsNeededOnlyWithConsent) {
  const auto with = [](const std::string& more) {
    return WithParticulars("{\"name\":\"Invented Name\"" + more + "}");
  };
  const auto both =
      ActFromJson(with(R"(,"care_note":"walks with a stick","care_consent":"given")"), kNow);
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(both->items.size(), 3U);
  const std::string alone = Refusal(with(R"(,"care_note":"walks with a stick")"));
  EXPECT_THAT(alone, HasSubstr("particulars.care_note: needs the person's consent (Art 5(2)); add "
                               "care_consent, or leave the note out"));
  EXPECT_THAT(alone, Not(HasSubstr("stick")));
  EXPECT_THAT(Refusal(with(R"(,"care_consent":"given")")), HasSubstr("consents to no note"));
  EXPECT_THAT(Refusal(with(R"(,"care_note":"a stick","care_consent":"refused")")),
              HasSubstr("particulars.care_consent: must be given"));
}

// docs/acts.md, Particulars: "Invisible characters are refused", told with field, rule and remedy.
TEST(Particulars, HaveNoInvisibleCharacters) {
  for (const char* hidden : {"\u202e", "\u202a", "\u2066", "\u200e", "\u200f", "\u061c", "\u200b",
                             "\u2060", "\ufeff", "\u00ad", "\U000E0041", "\u200c", "\u200d"}) {
    for (const char* label : {"name", "given_names", "surname", "father_name", "mother_name",
                              "birth_place", "address"}) {
      const std::string refusal =
          Refusal(WithParticulars("{\"" + std::string(label) + "\":\"Zafar" + hidden + "Khan\"}"));
      EXPECT_THAT(refusal, HasSubstr("PARTICULARS_FIELD particulars." + std::string(label) +
                                     ": must have no invisible characters"));
      EXPECT_THAT(refusal, HasSubstr("; type the text again"));
      EXPECT_THAT(refusal, Not(HasSubstr("Zafar")));
    }
  }
  EXPECT_THAT(Refusal(WithParticulars(R"({"name":"Zafar\u202eKhan"})")), HasSubstr("invisible"));
  EXPECT_THAT(Refusal(WithParticulars("{\"name\":\"a\u009bb\"}")),
              HasSubstr("without control characters"));
}

// docs/acts.md, Particulars: joiners "may stand between two letters of the Arabic script".
TEST(Particulars, HaveTheJoinersOfUrduBetweenItsLetters) {
  const auto name = [](const std::string& text) {
    return Refusal(WithParticulars("{\"name\":\"" + text + "\"}"));
  };
  EXPECT_EQ(name("\u0628\u06cc\u200c\u0628\u06cc"), "accepted");
  EXPECT_EQ(name("\u0639\u0644\u200d\u06cc"), "accepted");
  EXPECT_EQ(name("\u0639\u064e\u200c\u0644"), "accepted") << "after a vowel's mark";
  EXPECT_EQ(name("\u0639\u0644\u06cc Zafar \u00c9l"), "accepted");
  EXPECT_THAT(name("\u0639\u200c"), HasSubstr("invisible")) << "at the end";
  EXPECT_THAT(name("\u200c\u0639"), HasSubstr("invisible")) << "at the beginning";
  EXPECT_THAT(name("\u0639\u200c\u200c\u0644"), HasSubstr("invisible")) << "two of them";
  EXPECT_THAT(name("\u0639\u200ca"), HasSubstr("invisible")) << "before another script";
}

// design section 5: particulars have labels from a closed list.
TEST(Particulars, HaveLabelsFromAClosedListAndTexts) {
  EXPECT_THAT(Refusal(WithParticulars(R"({"religion":"x"})")),
              HasSubstr("PARTICULARS_FIELD particulars.religion: is no label of particulars; use "
                        "address, birth_date"));
  EXPECT_THAT(Refusal(WithParticulars(R"({"name":7})")),
              HasSubstr("particulars.name: must be a text in quotes"));
  EXPECT_THAT(Refusal(WithParticulars("{}")),
              HasSubstr("particulars: must be an object of labels"));
  EXPECT_THAT(Refusal(WithParticulars("[]")),
              HasSubstr("particulars: must be an object of labels"));
  EXPECT_THAT(Refusal(WithParticulars(R"({"name":""})")),
              HasSubstr("particulars.name: must have 1 to 500 bytes"));
  EXPECT_THAT(Refusal(WithParticulars(R"({"name":" Zafar"})")),
              HasSubstr("must not begin or end with a space"));
  EXPECT_THAT(Refusal(WithParticulars(R"({"address":"a\nb"})")), HasSubstr("must be one line"));
  EXPECT_EQ(Refusal(WithParticulars(R"({"name":"ظفر اقبال"})")), "accepted") << "any script";
}

// Docs/acts.md, Particulars: the form of each label.
TEST(Particulars, HaveTheFormsOfTheirDocuments) {
  EXPECT_THAT(Refusal(WithParticulars(R"({"cnic":"3520212345"})")),
              HasSubstr("particulars.cnic: a CNIC has 13 digits"));
  EXPECT_THAT(Refusal(WithParticulars(R"({"sex":"M"})")),
              HasSubstr("must be one of female, male, unspecified"));
  EXPECT_THAT(Refusal(WithParticulars(R"({"birth_date":"2015-02-29"})")),
              HasSubstr("a date is a real day"));
  EXPECT_EQ(Refusal(WithParticulars(R"({"birth_date":"2016-03-01"})")), "accepted") << "today";
  EXPECT_THAT(Refusal(WithParticulars(R"({"birth_date":"2016-03-02"})")),
              HasSubstr("must not lie in the future"));
  EXPECT_THAT(Refusal(WithParticulars(R"({"birth_date":"2017"})")),
              HasSubstr("must not lie in the future"));
  EXPECT_EQ(Refusal(WithParticulars(R"({"birth_date":"1974"})")), "accepted");
  EXPECT_THAT(Refusal(WithParticulars(R"({"passport_expiry":"2020-02-30"})")),
              HasSubstr("a date is a real day"));
  EXPECT_THAT(Refusal(WithParticulars(R"({"passport_number":"AB 123"})")),
              HasSubstr("1 to 20 of A-Z and 0-9"));
  EXPECT_THAT(Refusal(WithParticulars(R"({"passport_mrz":"P<PAK"})")),
              HasSubstr("two lines of 44"));
}

// What a machine readable zone says again must be the same.
TEST(Particulars, AgreeWithTheMachineReadableZone) {
  const std::string zone = R"("passport_mrz":"L898902C36UTO7408122F1204159ZE184226B<<<<<10")";
  const auto beside = [&](const std::string& more) {
    return Refusal(WithParticulars("{" + zone + "," + more + "}"));
  };
  EXPECT_EQ(
      beside(
          R"("birth_date":"1974-08-12","passport_number":"L898902C3","passport_expiry":"2012-04-15")"),
      "accepted");
  EXPECT_THAT(beside(R"("birth_date":"1974-08-13")"),
              HasSubstr("particulars.birth_date: differs from the machine"));
  EXPECT_THAT(beside(R"("passport_number":"L898902C4")"),
              HasSubstr("particulars.passport_number: differs from"));
  EXPECT_THAT(beside(R"("passport_expiry":"2022-04-16")"),
              HasSubstr("particulars.passport_expiry: differs from"));
}

// The CNIC and passport forms of Pakistan: format and parity give a warning; nobody is refused for
// them.
TEST(Particulars, WarnOfWhatIsOnlyUnusual) {
  EXPECT_THAT(Warnings(R"({"cnic":"35202-1234567-2","sex":"male"})"),
              ElementsAre(HasSubstr("particulars.cnic: ")));
  EXPECT_TRUE(Warnings(R"({"cnic":"35202-1234567-2","sex":"female"})").empty());
  EXPECT_THAT(Warnings(R"({"passport_number":"A1234567"})"),
              ElementsAre(HasSubstr("particulars.passport_number: ")));
  EXPECT_TRUE(Warnings(R"({"passport_number":"AB1234567"})").empty());
  EXPECT_THAT(
      Warnings(R"({"sex":"male","passport_mrz":"L898902C36UTO7408122F1204159ZE184226B<<<<<10"})"),
      ElementsAre(HasSubstr("particulars.sex: ")));
  const std::string utopian =
      R"({"passport_number":"L898902C3","passport_mrz":"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n)"
      R"(L898902C36UTO7408122F1204159ZE184226B<<<<<10"})";
  EXPECT_TRUE(Warnings(utopian).empty())
      << "the usual form of another State's passport is not known";
}

// security: no error and no warning repeats what belongs to a person, wherever it was written by
// mistake.
TEST(Particulars, AreNeverRepeatedInAnError) {
  for (const std::string& json :
       {WithParticulars(R"({"cnic":"SECRET"})"), WithParticulars(R"({"SECRET":"x"})"),
        WithParticulars(R"({"name":"SECRET )"), WithParticulars(R"({"sex":"SECRET"})"),
        WithParticulars(R"({"birth_date":"SECRET"})"),
        WithParticulars(R"({"passport_mrz":"SECRET"})"),
        WithParticulars(R"({"passport_number":"SECRET "})"), Replaced("own_national", "SECRET"),
        Replaced("\"PAK\"", "\"SECRET\""), Replaced("\"application\"", "\"SECRET\""),
        Replaced("\"facts\"", "\"SECRET\"")}) {
    const std::string refusal = Refusal(json);
    EXPECT_NE(refusal, "accepted") << json;
    EXPECT_THAT(refusal, Not(HasSubstr("SECRET"))) << json;
  }
  for (const std::string& warning :
       Warnings(R"({"cnic":"35202-1234567-2","sex":"male","passport_number":"X9"})")) {
    EXPECT_THAT(warning, Not(HasSubstr("35202")));
    EXPECT_THAT(warning, Not(HasSubstr("X9")));
  }
}

// Whatever text comes in, an answer comes out.
TEST(AnActInJson, SurvivesMutations) {
  Random random(77);
  for (int round = 0; round < 5'000; ++round) {
    const auto drafted = ActFromJson(Mutated(Bytes(kApplication), random), kNow);
    if (!drafted.ok()) {
      EXPECT_FALSE(ReasonOf(drafted.status()).empty());
    }
  }
}

// Design section 7: "every ruling explains itself": outcome, rule or ground, article, lines,
// lapses.
TEST(ARulingInJson, SaysWhatWasRuledAndWhy) {
  const procedure::Ruling inadmissible =
      std::get<ActBody>(GoldenEntry(EntryKind::kAct).body).ruling;
  const nlohmann::json json = nlohmann::json::parse(RulingToJson(inadmissible));
  EXPECT_EQ(json["outcome"], "inadmissible");
  EXPECT_EQ(json["ground"], "not_confirmed");
  EXPECT_EQ(json["article"], "Art 4(3)");
  EXPECT_EQ(json["lines"], nlohmann::json({0, 7, 199}));
  EXPECT_EQ(json["lapses"][0]["lapse"], "silence");
  EXPECT_EQ(Summary(inadmissible), "inadmissible not_confirmed, Art 4(3)");
  const procedure::Ruling admitted =
      std::get<FoundedBody>(GoldenEntry(EntryKind::kFounded).body).ruling;
  const nlohmann::json other = nlohmann::json::parse(RulingToJson(admitted));
  EXPECT_EQ(other["outcome"], "admitted");
  EXPECT_EQ(other["rule"], "reply_confirmed");
  EXPECT_EQ(other["changed"][0]["stage"], "confirmed");
  EXPECT_EQ(Summary(admitted), "admitted reply_confirmed");
}

// Act_json.h: a matter is shown with its stage, facts and running limits.
TEST(AMatterInJson, SaysHowItStands) {
  procedure::Matter matter;
  matter.kind = procedure::MatterKind::kCase;
  matter.stage = "applied";
  matter.requesting = *PartyCode::FromText("GRC");
  matter.facts.Set(Fact::kCategory, std::int64_t{1});
  matter.limits.push_back({"reply", Instant{0}, Instant{kMsPerDay}});
  const nlohmann::json json = nlohmann::json::parse(MatterToJson(matter));
  EXPECT_EQ(json["kind"], "case");
  EXPECT_EQ(json["stage"], "applied");
  EXPECT_EQ(json["requesting"], "GRC");
  EXPECT_EQ(json["requested"], "");
  EXPECT_EQ(json["facts"]["category"], "own_national");
  EXPECT_EQ(json["limits"][0]["until"], "1970-01-02T00:00:00Z");
}

// Design section 1: a state sees what is due and whose turn it is.
TEST(AStandingInJson, SaysWhoseTurnItIs) {
  procedure::Standing standing;
  standing.matters.emplace_back();
  procedure::Due due;
  due.stage = "applied";
  due.by = *PartyCode::FromText("PAK");
  due.limit = "reply";
  due.until = Instant{kMsPerDay};
  due.silence = "silence";
  due.acts = {"reply"};
  standing.due.push_back(due);
  due.limit.clear();
  standing.due.push_back(due);
  const nlohmann::json json = nlohmann::json::parse(StandingToJson(standing));
  EXPECT_EQ(json["matters"].size(), 1u);
  EXPECT_EQ(json["due"][0]["by"], "PAK");
  EXPECT_EQ(json["due"][0]["until"], "1970-01-02T00:00:00Z");
  EXPECT_EQ(json["due"][0]["acts"][0], "reply");
  EXPECT_FALSE(json["due"][1].contains("until")) << "no limit runs";
}

// Texts of a broken procedure cannot make a program fail while it shows a matter.
TEST(AMatterInJson, IsShownEvenWhenATextIsBroken) {
  procedure::Matter matter;
  matter.stage = "\xff";
  EXPECT_NO_THROW(static_cast<void>(MatterToJson(matter)));
}

}  // namespace
}  // namespace chancery::codec
