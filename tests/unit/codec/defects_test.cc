// Issue 3: a bad procedure is refused with file, line and remedy. docs/procedure-language.md lists
// every kind; each stands here once, with the place and the words of the remedy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/codec/bundle.h"

namespace chancery::codec {
namespace {

using testing::HasSubstr;

// A small procedure that is whole.
constexpr std::string_view kRules = R"(id: "test/one"
title: "A test"
party { party: "PAK" from: "2010-12-01T00:00:00Z" }
party { party: "GRC" from: "2010-12-01T00:00:00Z" }
zone { party: "PAK" from: "2009-11-01T00:00:00Z" minutes: 300 }
zone { party: "GRC" from: "2010-10-31T01:00:00Z" minutes: 120 }
article: "Art 8"
article: "Ours: ends"
limit { name: "reply" days: 30 article: "Art 8" }
limit { name: "referral" days: 10 article: "Ours: ends" }
stage { matter: "case" name: "open" limit: "reply" due: "requested" }
stage { matter: "case" name: "silent" limit: "referral" due: "requesting" }
stage { matter: "case" name: "closed" terminal: true }
rule {
  name: "apply" act: "application" role: "requesting" opens: true to: "open"
  seal { office: "return_authority" }
  required: "category"
  guard { require: "act.present == yes" ground: "not_present" article: "Art 8" }
  then { do: "start case.reply" }
  article: "Art 8"
}
rule {
  name: "confirm" act: "reply" role: "requested" from: "open" to: "closed"
  when: "act.answer == confirmed"
  seal { office: "ministry" }
  article: "Art 8"
}
rule {
  name: "refuse" act: "reply" role: "requested" from: "open" to: "closed"
  when: "act.answer == refused"
  seal { office: "ministry" }
  article: "Art 8"
}
lapse { name: "silence" matter: "case" from: "open" limit: "reply" to: "silent"
  then { do: "start case.referral" } article: "Ours: ends" }
lapse { name: "over" matter: "case" from: "silent" limit: "referral" to: "closed" article: "Ours: ends" }
)";
constexpr std::string_view kArticles = R"(# Articles

| article | what it says | carried by |
|---|---|---|
| Art 8 | a reply | `apply`, `confirm`, `refuse`, limit `reply` |
| Ours: ends | silence | lapses `silence`, `over` |
| Art 13 | costs | not executable: no act turns on money |
)";
constexpr std::string_view kDigests =
    "1111111111111111111111111111111111111111111111111111111111111111  scenarios/a.scenario\n"
    "2222222222222222222222222222222222222222222222222222222222222222  scenarios/b.scenario\n";

// One change to one file, and what is said of it.
struct Bad {
  std::string kind;
  std::string_view file;
  std::string from;
  std::string to;
  std::string said;  // with file, line and element
  std::string remedy;
};

std::string Said(const Bad& bad) {
  std::vector<BundleFile> files;
  for (const auto& [path, text] :
       {std::pair(kProcedureFile, kRules), std::pair(kArticlesFile, kArticles),
        std::pair(kScenarioDigestsFile, kDigests)}) {
    Bytes content(text);
    if (path == bad.file) {
      const std::size_t at = content.find(bad.from);
      EXPECT_NE(at, Bytes::npos) << bad.kind;
      if (at != Bytes::npos) content.replace(at, bad.from.size(), bad.to);
    }
    files.push_back({std::string(path), std::move(content)});
  }
  const auto bundle = PackBundle("test/one", std::move(files));
  if (!bundle.ok()) return std::string(ToStd(bundle.status().message()));
  const auto loaded = LoadProcedure(*bundle, Digest{});
  return loaded.ok() ? "accepted" : std::string(ToStd(loaded.status().message()));
}

const std::vector<Bad>& AllBad() {
  static const std::vector<Bad> all = {
      {"unknown act", kProcedureFile, "act: \"application\"", "act: \"applicatoin\"",
       "procedure.textproto:15:17: rule apply: there is no act \"applicatoin\"",
       "did you mean application?"},
      {"unknown fact", kProcedureFile, "required: \"category\"", "required: \"categori\"",
       "procedure.textproto:17:3: rule apply: there is no fact \"categori\"",
       "did you mean category?"},
      {"unknown fact in a sentence", kProcedureFile, "act.present == yes", "act.presence == yes",
       "procedure.textproto:18:11: rule apply: require \"act.presence == yes\", character ",
       "is not a fact"},
      {"unknown word", kProcedureFile, "act.answer == refused", "act.answer == denied",
       "procedure.textproto:30:3: rule refuse: when \"act.answer == denied\"", "is not a word"},
      {"unknown office", kProcedureFile, "office: \"return_authority\"", "office: \"police\"",
       "procedure.textproto:16:10: rule apply: there is no office \"police\"", "use one of"},
      {"unknown ground", kProcedureFile, "ground: \"not_present\"", "ground: \"not_presend\"",
       "procedure.textproto:18:41: rule apply: there is no ground", "did you mean not_present?"},
      {"unknown role", kProcedureFile, "role: \"requesting\"", "role: \"author\"",
       "procedure.textproto:15:36: rule apply: role has no word \"author\"", "use one of"},
      {"unknown stage", kProcedureFile, "from: \"silent\"", "from: \"silend\"",
       "procedure.textproto:36:37: lapse over: a case has no stage \"silend\"",
       "did you mean silent?"},
      {"a stage of another kind of matter", kProcedureFile,
       "stage { matter: \"case\" name: \"closed\" terminal: true }",
       "stage { matter: \"flight\" name: \"closed\" terminal: true }",
       "rule confirm: a case has no stage \"closed\", which is one of a flight", "use one of"},
      {"unknown field", kProcedureFile, "title:", "titlf:",
       "procedure.textproto:2:6: Procedure has no field titlf", "did you mean title?"},
      {"not the text form", kProcedureFile, "title: \"A test\"", "title: \"A test",
       "procedure.textproto:2:", "correct the text there"},
      {"trailing text", kProcedureFile, "\"closed\" article: \"Ours: ends\" }\n",
       "\"closed\" article: \"Ours: ends\" }\n}\n",
       "procedure.textproto:37:1: ", "correct the text there"},
      {"negative days", kProcedureFile, "days: 30", "days: -30",
       "procedure.textproto:9:23: limit reply: a limit has 1 to 36600 days",
       "give the number the article names"},
      {"a limit of more than ten years", kProcedureFile, "days: 30", "days: 3661",
       "procedure.textproto:9:23: limit reply: is longer than ten years", "give at most 3660"},
      {"cyclic limits", kProcedureFile, "limit: \"referral\" to: \"closed\"",
       "limit: \"referral\" to: \"open\" then { do: \"start case.reply\" }",
       "procedure.textproto:34:1: lapse silence: is in a circle of limits that start each other "
       "without an act: limit \"reply\" starts limit \"referral\" starts the first again",
       "let one of them lead to a terminal stage"},
      {"a limit that starts itself", kProcedureFile, "limit: \"referral\" to: \"closed\"",
       "limit: \"referral\" then { do: \"start case.referral\" }",
       "procedure.textproto:36:1: lapse over: is in a circle of limits", "start nothing"},
      {"a limit nobody defined", kProcedureFile, "start case.reply", "start case.answer",
       "procedure.textproto:19:10: rule apply, \"start case.answer\": the limit \"answer\" is not "
       "defined",
       "define it or correct the name"},
      {"a limit nobody defined, asked for", kProcedureFile, "act.present == yes",
       "act.recorded_at < limit(answer)",
       "procedure.textproto:18:11: rule apply, \"act.recorded_at < limit(answer)\": speaks of the "
       "limit \"answer\"",
       "define it or correct the name"},
      {"a limit that nothing starts", kProcedureFile, "then { do: \"start case.referral\" }", "",
       "procedure.textproto:36:52: lapse over: nothing starts its limit \"referral\"",
       "start it in the rule that leads here"},
      {"a limit that serves nothing", kProcedureFile, "stage { matter: \"case\" name: \"open\"",
       "limit { name: \"spare\" days: 3 article: \"Art 8\" }\nstage { matter: \"case\" name: "
       "\"open\"",
       "procedure.textproto:11:1: limit spare: nothing starts it", "use it or take it out"},
      {"missing calendar", kProcedureFile,
       "zone { party: \"GRC\" from: \"2010-10-31T01:00:00Z\" minutes: 120 }\n", "",
       "procedure.textproto:4:1: party GRC: has no calendar: no zone",
       "add zone { party: \"GRC\" from: ... minutes: ... }"},
      {"a calendar that begins late", kProcedureFile, "2010-10-31T01", "2011-10-31T01",
       "procedure.textproto:4:22: party GRC: has no calendar in its first days",
       "let a zone begin no later than the term"},
      {"a calendar of nobody", kProcedureFile, "zone { party: \"GRC\"",
       "zone { party: \"DEU\" party: \"GRC\"", "zone DEU: is of a party that takes no part",
       "take it out or add the party"},
      {"a calendar twice", kProcedureFile, "minutes: 120 }",
       "minutes: 120 }\nzone { party: \"GRC\" from: \"2010-10-31T01:00:00Z\" "
       "minutes: 60 }",
       "procedure.textproto:7:21: zone GRC: two offsets of one party begin at one moment",
       "keep one"},
      {"a moment that is none", kProcedureFile, "2010-12-01T00:00:00Z", "1 December 2010",
       "procedure.textproto:3:22: party PAK: a moment is written", "correct it"},
      {"a term that ends before it begins", kProcedureFile, "from: \"2010-12-01T00:00:00Z\" }",
       "from: \"2010-12-01T00:00:00Z\" until: \"2010-11-01T00:00:00Z\" }",
       "procedure.textproto:3:51: party PAK: ends before it begins", "correct from or until"},
      {"a party twice", kProcedureFile, "party { party: \"GRC\"", "party { party: \"PAK\"",
       "procedure.textproto:4:1: party PAK: takes part twice at one time", "keep one term"},
      {"an article that does not exist", kProcedureFile,
       "ground: \"not_present\" article: \"Art 8\"", "ground: \"not_present\" article: \"Art 99\"",
       "procedure.textproto:18:63: rule apply, \"act.present == yes\": cites \"Art 99\"",
       "add it or correct the citation"},
      {"no article", kProcedureFile,
       "when: \"act.answer == refused\"\n  seal { office: "
       "\"ministry\" }\n  article: \"Art 8\"",
       "when: \"act.answer == refused\"\n  seal { office: \"ministry\" }",
       "procedure.textproto:28:1: rule refuse: cites no article", "name its legal basis"},
      {"an article that nobody explains", kArticlesFile, "| Art 8 | a reply |",
       "| Art 9 | not executable |",
       "procedure.textproto:7:1: article Art 8: articles.md does not explain it",
       "add a row | Art 8 |"},
      {"an article that nothing carries", kArticlesFile, "not executable: no act turns on money",
       "the rules", "articles.md:7: article Art 13: nothing in procedure.textproto carries it",
       "write \"not executable: \" and why"},
      {"an article explained twice", kArticlesFile, "| Art 13 |", "| Art 8 |",
       "articles.md:7: article Art 8: line 5 explains it already", "keep one row"},
      {"a row that names no rule", kArticlesFile, "`confirm`", "`confirmation_of_a_case`",
       "articles.md:5: article Art 8: it names \"confirmation_of_a_case\"", "correct the name"},
      {"an article that nothing cites", kProcedureFile, "article: \"Ours: ends\"\nlimit",
       "article: \"Ours: ends\"\narticle: \"Art 13\"\nlimit",
       "procedure.textproto:9:1: article Art 13: no rule, guard, limit or lapse cites it",
       "take it out of the list"},
      {"an article twice", kProcedureFile, "article: \"Art 8\"\narticle",
       "article: \"Art 8\"\narticle: \"Art 8\"\narticle",
       "procedure.textproto:8:1: article Art 8: stands twice in the list", "take one of them out"},
      {"two rules overlapping", kProcedureFile, "when: \"act.answer == refused\"",
       "when: \"act.answer in {refused, confirmed}\"",
       "procedure.textproto:28:1: rule refuse: may rule the same act at the same stage as rule "
       "confirm",
       "tell them apart by from or when"},
      {"an unreachable stage", kProcedureFile, "rule {\n  name: \"apply\"",
       "stage { matter: \"case\" name: \"lost\" terminal: true }\nrule {\n  name: \"apply\"",
       "procedure.textproto:14:1: stage case.lost: no act and no limit leads there",
       "remove it or lead something to it"},
      {"a stage nobody leaves", kProcedureFile, "limit: \"referral\" to: \"closed\"",
       "limit: \"referral\" then { do: \"case.late = yes\" }",
       "procedure.textproto:12:1: stage case.silent: nothing leads out of it",
       "mark it terminal or add a rule"},
      {"a stage without limit or reason", kProcedureFile,
       "name: \"silent\" limit: \"referral\" due: \"requesting\"", "name: \"silent\"",
       "procedure.textproto:12:1: stage case.silent: has neither a limit nor a reason",
       "add one of them"},
      {"a stage whose limit ends nothing", kProcedureFile, "name: \"open\" limit: \"reply\"",
       "name: \"open\" limit: \"referral\"",
       "procedure.textproto:11:37: stage case.open: no lapse says what follows when its limit "
       "\"referral\" passes here",
       "add a lapse from this stage"},
      {"a stage without a turn", kProcedureFile, " due: \"requested\"", "",
       "procedure.textproto:11:24: stage case.open: stage open has a limit but does not say whose "
       "turn it is",
       "add due"},
      {"a stage twice", kProcedureFile, "rule {\n  name: \"apply\"",
       "stage { matter: \"case\" name: \"closed\" terminal: true }\nrule {\n  name: \"apply\"",
       "procedure.textproto:14:24: stage case.closed: is defined twice", "take one of them out"},
      {"a lapse in a stage that has ended", kProcedureFile, "from: \"silent\" limit",
       "from: \"silent\" from: \"closed\" limit",
       "procedure.textproto:36:52: lapse over: happens in the stage \"closed\"", "take it out"},
      {"two lapses of one limit", kProcedureFile, "from: \"open\" limit: \"reply\" to: \"silent\"",
       "from: \"open\" from: \"silent\" limit: \"referral\" to: \"silent\"",
       "procedure.textproto:36:37: lapse over: the lapse silence says already what follows",
       "keep one of them"},
      {"a name twice", kProcedureFile, "name: \"refuse\"", "name: \"confirm\"",
       "procedure.textproto:29:3: rule confirm: the name is used twice", "rename one"},
      {"no seal", kProcedureFile, "  seal { office: \"return_authority\" }\n", "",
       "procedure.textproto:14:1: rule apply: needs no seal", "name the office that must seal"},
      {"an office nobody can hold", kProcedureFile, "office: \"return_authority\"",
       "office: \"union_signatory\"",
       "procedure.textproto:16:10: rule apply: asks for the Union's signatory",
       "name an office of that party"},
      {"an office twice", kProcedureFile, "seal { office: \"return_authority\" }",
       "seal { office: \"return_authority\" } seal { office: \"return_authority\" }",
       "procedure.textproto:16:39: rule apply: asks twice for the seal of one office",
       "give a count"},
      {"a party that takes no part", kProcedureFile, "role: \"requesting\"",
       "role: \"party\" party: \"DNK\"",
       "procedure.textproto:15:50: rule apply: names DNK, which takes no part",
       "add the party with its dates"},
      {"parties beside a role", kProcedureFile, "role: \"requesting\"",
       "role: \"requesting\" party: \"GRC\"",
       "procedure.textproto:15:55: rule apply: names parties although a role decides",
       "write role: \"party\" or take them out"},
      {"an act of the cooperation", kProcedureFile, "act: \"reply\"", "act: \"suspended\"",
       "rule confirm", "the founding procedure"},
      {"what not every reader may read", kProcedureFile, "do: \"start case.reply\"",
       "do: \"flight.carrier = act.carrier\"",
       "procedure.textproto:19:10: rule apply, \"flight.carrier = act.carrier\": changes something",
       "use an act of that matter"},
      {"a line where none is in view", kProcedureFile, "do: \"start case.reply\"",
       "do: \"listed.handle = act.handle\"",
       "procedure.textproto:19:10: rule apply, \"listed.handle = act.handle\": changes a line "
       "where "
       "none is in view",
       "let it follow in lines"},
      {"silence that speaks of an act", kProcedureFile, "do: \"start case.referral\"",
       "do: \"start case.referral since act.recorded_at\"",
       "procedure.textproto:35:3: lapse silence, \"start case.referral since act.recorded_at\": "
       "speaks of an act",
       "speak of the matter"},
      {"what is never known there", kProcedureFile, "act.present == yes", "act.stage == open",
       "procedure.textproto:18:", "nothing has a \"stage\" there"},
      {"a predicate of something else", kProcedureFile, "act.present == yes",
       "may_take_part(act.present)", "procedure.textproto:18:", "is asked of a party"},
      {"no property", kProcedureFile, "title:", "breaks: \"P13\" title:",
       "procedure.textproto:2:1: procedure: there is no property", "use one of P1 to P12"},
      {"no UTF-8 in the rules", kProcedureFile, "A test", "A t\xff st",
       "procedure.textproto:2: the line holds bytes that are no UTF-8", "save the file as UTF-8"},
      {"what nobody sees", kArticlesFile, "a reply", "a \xe2\x80\xae reply",
       "articles.md:5: the line holds a character that nobody sees", "take it out"},
      {"carriage returns", kArticlesFile, "# Articles\n", "# Articles\r\n",
       "articles.md:1: the line holds a control character", "end lines with line feeds only"},
      {"a digest that is none", kScenarioDigestsFile, "2222  ", "222  ",
       "scenarios.sha256:2: is not a line of SHA-256", "sha256sum scenarios/*.scenario"},
      {"a scenario twice", kScenarioDigestsFile, "scenarios/b.scenario", "scenarios/a.scenario",
       "scenarios.sha256:2: scenarios/a.scenario: stands twice or out of order", "in byte order"},
      {"a path outside", kScenarioDigestsFile, "scenarios/b.scenario", "../b.scenario",
       "scenarios.sha256:2: is not a line", "scenarios/NAME.scenario"},
      {"an id that is none", kProcedureFile, "test/one", "Test One",
       "procedure.textproto:1:1: ", "a procedure's id is"},
  };
  return all;
}

// Issue 3: every kind is refused with file, line, element and remedy.
TEST(ABadProcedure, IsRefusedWithFileLineAndRemedy) {
  EXPECT_EQ(Said({"whole", kProcedureFile, "title", "title", "", ""}), "accepted");
  for (const Bad& bad : AllBad()) {
    const std::string said = Said(bad);
    EXPECT_THAT(said, HasSubstr(bad.said)) << bad.kind;
    EXPECT_THAT(said, HasSubstr(bad.remedy)) << bad.kind;
  }
}

// Each line of the answer begins with a file and a line of it.
TEST(ABadProcedure, IsToldPlaceByPlace) {
  for (const Bad& bad : AllBad()) {
    std::istringstream lines(Said(bad));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_THAT(line, testing::ContainsRegex("^(procedure\\.textproto|articles\\.md|"
                                               "scenarios\\.sha256):[0-9]+(:[0-9]+)?: "))
          << bad.kind;
    }
  }
}

// docs/procedure-language.md: the table of defects has a row for each kind.
TEST(ABadProcedure, IsInTheReference) {
  std::ifstream file(std::string(CHANCERY_SOURCE_DIR) + "/docs/procedure-language.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const Bad& bad : AllBad())
    EXPECT_NE(text.str().find("| " + bad.kind + " |"), std::string::npos) << bad.kind;
}

// A text longer than a bundle can be is refused as a whole, never read up to there.
TEST(ABadProcedure, IsNotReadInPart) {
  const std::string text = std::string(kRules) + std::string(kMaxBundleBytes, '\n');
  const auto procedure = ParseProcedure(text);
  ASSERT_FALSE(procedure.ok());
  EXPECT_THAT(std::string(ToStd(procedure.status().message())),
              HasSubstr("procedure.textproto: is longer than 4000000 bytes; shorten it"));
}

}  // namespace
}  // namespace chancery::codec
