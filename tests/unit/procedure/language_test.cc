// The closed language of conditions and effects, and what is found wrong with a procedure before
// anybody acts under it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "engine/codec/bundle.h"
#include "engine/procedure/check.h"
#include "engine/procedure/expression.h"
#include "engine/procedure/procedure.h"
#include "tests/support/core_world.h"

namespace chancery::procedure {
namespace {

std::string ErrorOf(std::string_view sentence) {
  const auto parsed = ParseCondition(sentence);
  const auto* error = std::get_if<ParseError>(&parsed);
  return error != nullptr ? error->message : "";
}

std::string EffectErrorOf(std::string_view sentence) {
  const auto parsed = ParseEffect(sentence);
  const auto* error = std::get_if<ParseError>(&parsed);
  return error != nullptr ? error->message : "";
}

TEST(Language, ReadsEverySentenceOfTheReference) {
  // docs/procedure-language.md: every example in it is a sentence of the language.
  std::ifstream file(std::string(CHANCERY_SOURCE_DIR) + "/docs/procedure-language.md");
  ASSERT_TRUE(file);
  std::string line;
  std::string block;
  int read = 0;
  while (std::getline(file, line)) {
    if (line.starts_with("```")) {
      block = block.empty() ? line : "";
      continue;
    }
    if (line.empty()) continue;
    if (block == "```condition") {
      EXPECT_EQ(ErrorOf(line), "") << line;
      ++read;
    } else if (block == "```effect") {
      EXPECT_EQ(EffectErrorOf(line), "") << line;
      ++read;
    }
  }
  EXPECT_GE(read, 20);
}

TEST(Language, TheReferenceNamesEveryFactAndEveryWord) {
  // docs/procedure-language.md lists the vocabulary that rules may speak of.
  std::ifstream file(std::string(CHANCERY_SOURCE_DIR) + "/docs/procedure-language.md");
  std::stringstream text;
  text << file.rdbuf();
  for (int i = 0; i < static_cast<int>(Fact::kCount_); ++i) {
    const FactInfo& info = InfoOf(static_cast<Fact>(i));
    EXPECT_NE(text.str().find("`" + std::string(info.name) + "`"), std::string::npos) << info.name;
    for (const Word& word : info.words) {
      EXPECT_NE(text.str().find(std::string(word.name)), std::string::npos)
          << info.name << " " << word.name;
    }
  }
}

TEST(Language, SaysWhatIsWrongWithASentence) {
  // Developers' guide: bad input gets an error that names the field, the rule and the remedy.
  EXPECT_NE(ErrorOf("case.nationality == pakistan").find("is not a fact"), std::string::npos);
  EXPECT_NE(ErrorOf("case.claim == proven").find("is not a word"), std::string::npos);
  EXPECT_NE(ErrorOf("person.claim == made").find("has no facts"), std::string::npos);
  EXPECT_NE(ErrorOf("case.claim = made").find("expected =="), std::string::npos);
  EXPECT_NE(ErrorOf("case.claim == made and").find("should end here"), std::string::npos);
  EXPECT_NE(ErrorOf("act.entry_date >= 2015-02-30").find("is not a date"), std::string::npos);
  EXPECT_NE(
      ErrorOf("act.revision == 2015-02-03").find("can only be compared with a fact that is a date"),
      std::string::npos);
  EXPECT_NE(ErrorOf("case.list == case.claim").find("not of the same type"), std::string::npos);
  EXPECT_NE(ErrorOf("made == case.claim").find("needs a fact on the left"), std::string::npos);
  EXPECT_NE(ErrorOf("not case.held == yes").find("only \"suspended\""), std::string::npos);
  EXPECT_NE(ErrorOf("sum(flight.lines of claim) == 1").find("only a count"), std::string::npos);
  EXPECT_NE(ErrorOf("count(case.lines) == 1").find("can be counted"), std::string::npos);
  EXPECT_NE(ErrorOf("").find("expected a fact"), std::string::npos);
  // What nothing has there would never be known, and the guard would refuse everybody.
  EXPECT_NE(ErrorOf("known line.digest").find("nothing has a \"digest\" there"), std::string::npos);
  EXPECT_NE(ErrorOf("entry.stage == founded").find("nothing has"), std::string::npos);
  EXPECT_NE(ErrorOf("case.author == PAK").find("nothing has"), std::string::npos);
  EXPECT_NE(ErrorOf("act.requesting == PAK").find("nothing has"), std::string::npos);
  EXPECT_NE(ErrorOf("may_take_part(flight.carrier)").find("asked of a party"), std::string::npos);
  EXPECT_NE(ErrorOf("appointed(act.office)").find("asked of a party"), std::string::npos);
  EXPECT_NE(ErrorOf("carrier_accepted(act.author)").find("a carrier's code"), std::string::npos);
  EXPECT_NE(EffectErrorOf("case.claim made").find("expected \"=\""), std::string::npos);
  EXPECT_NE(EffectErrorOf("start reply").find("is not act, case"), std::string::npos);
}

TEST(Language, NothingMakesTheReaderCrash) {
  // Total: any text is a sentence or an error. Pieces of true sentences in every short order.
  const std::vector<std::string> pieces = {
      "case.claim", "==",    "in",   "{",     "}",     ",",     "made", "(", ")",          "count",
      "act.lines",  "where", "some", "known", "limit", "reply", "+",    "1", "2015-01-01", "start"};
  for (const std::string& one : pieces) {
    for (const std::string& two : pieces) {
      for (const std::string& three : pieces) {
        const std::string sentence = one + " " + two + three;
        static_cast<void>(ParseCondition(sentence));
        static_cast<void>(ParseEffect(sentence));
      }
    }
  }
}

TEST(Facts, CodesAndPartiesKeepTheirTextAndOrder) {
  // engine/procedure/facts.h: a code of one to eight characters as one number.
  EXPECT_EQ(UnpackCode(*PackCode("HAX351")), "HAX351");
  EXPECT_LT(*PackCode("ATH"), *PackCode("ISB"));
  EXPECT_FALSE(PackCode("").has_value());
  EXPECT_FALSE(PackCode("NINECHARS").has_value());
  EXPECT_FALSE(PackCode("ath").has_value());
  EXPECT_EQ(UnpackParty(PackParty(*PartyCode::FromText("GRC"))).view(), "GRC");
}

TEST(Facts, TheWordsTheCoreReadsHaveTheirNumbers) {
  // engine/procedure/facts.h: Register, Scope and the standings are the words of their facts.
  EXPECT_EQ(WordNumber(Fact::kRegister, "suspension"),
            static_cast<std::int64_t>(Register::kSuspension));
  EXPECT_EQ(WordNumber(Fact::kRegister, "authority"),
            static_cast<std::int64_t>(Register::kAuthority));
  EXPECT_EQ(WordNumber(Fact::kRegister, "office"), static_cast<std::int64_t>(Register::kOffice));
  EXPECT_EQ(WordNumber(Fact::kRegister, "procedure"),
            static_cast<std::int64_t>(Register::kProcedure));
  EXPECT_EQ(WordNumber(Fact::kRegister, "carrier"), static_cast<std::int64_t>(Register::kCarrier));
  EXPECT_EQ(WordNumber(Fact::kScope, "whole"), static_cast<std::int64_t>(Scope::kWhole));
  EXPECT_EQ(WordNumber(Fact::kScope, "state"), static_cast<std::int64_t>(Scope::kState));
  EXPECT_EQ(WordNumber(Fact::kScope, "carrier"), static_cast<std::int64_t>(Scope::kCarrier));
  EXPECT_EQ(WordNumber(Fact::kScope, "category"), static_cast<std::int64_t>(Scope::kCategory));
  EXPECT_EQ(WordNumber(Fact::kScope, "all_except_state"),
            static_cast<std::int64_t>(Scope::kAllExceptState));
  EXPECT_EQ(WordNumber(Fact::kCarrierStanding, "accepted"),
            static_cast<std::int64_t>(CarrierStanding::kAccepted));
  EXPECT_EQ(WordNumber(Fact::kProcedureStanding, "in_force"),
            static_cast<std::int64_t>(ProcedureStanding::kInForce));
}

TEST(Facts, SetFindAndEraseKeepThemInOrder) {
  // engine/procedure/facts.h: facts in the order of their numbers, each at most once.
  Facts facts;
  facts.Set(Fact::kRevision, std::int64_t{2});
  facts.Set(Fact::kCategory, std::int64_t{1});
  facts.Set(Fact::kRevision, std::int64_t{3});
  EXPECT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts.begin()->first, Fact::kCategory);
  EXPECT_EQ(facts.NumberOr(Fact::kRevision, 0), 3);
  facts.Erase(Fact::kCategory);
  EXPECT_FALSE(facts.Has(Fact::kCategory));
}

// The 2016 procedure's text, changed in one place.
std::string DefectsOf(const std::string& from, const std::string& to) {
  std::ifstream file(chancery::testing::kAgreements + "2016/procedure.textproto");
  std::stringstream stream;
  stream << file.rdbuf();
  std::string text = stream.str();
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  const auto parsed = codec::ParseProcedure(text);
  if (!parsed.ok()) return std::string(parsed.status().message());
  std::string all;
  for (const Defect& defect : Check(*parsed)) all += defect.where + ": " + defect.message + "\n";
  return all;
}

TEST(Check, TheAgreedProceduresAreWhole) {
  // Design section 7: only a whole procedure becomes a CheckedProcedure.
  EXPECT_EQ(DefectsOf("title:", "title:"), "");
}

TEST(Check, FindsWhatIsNotWholeAndNamesThePlace) {
  // Design section 8 and issue 3: uncited rules, unknown stages and limits, endless stages, short
  // limits do not load.
  const auto finds = [](const std::string& from, const std::string& to,
                        const std::string& expected) {
    EXPECT_NE(DefectsOf(from, to).find(expected), std::string::npos) << DefectsOf(from, to);
  };
  finds("article: \"Art 4(1)\" article: \"Art 5\" article: \"Art 2(1)\"", "",
        "rule application_own_national: cites no article");
  finds("article: \"SOP class A\" article: \"Art 6\"", "article: \"Art 99\"",
        "rule verification_by_the_mission: cites \"Art 99\"");
  finds("from: \"confirmed\" to: \"documented\"", "from: \"konfirmed\" to: \"documented\"",
        "a case has no stage \"konfirmed\"");
  finds("limit { name: \"reply\" days: 30", "limit { name: \"reply\" days: 0", "a limit has 1 to");
  finds("limit { name: \"referral\" days: 30 article: \"Ours: silence\" }", "",
        "the limit \"referral\" is not defined");
  finds("stage { matter: \"case\" name: \"open\" limit: \"reply\" due",
        "stage { matter: \"case\" name: \"open\" due",
        "stage case.open: has neither a limit nor a reason");
  // A lapse that stays where it is does something, and its own turn is one of two.
  finds("then { do: \"clear case.list\" }\n  article: \"Ours: departure\"",
        "article: \"Ours: departure\"", "lapse listing_over: changes nothing");
  finds("limit: \"listing\" due: \"requesting\"", "limit: \"listing\" due: \"either\"",
        "due has no word \"either\"");
  // Staying is not leaving.
  finds("from: \"boarded\" limit: \"handover\" to: \"handover_unrecorded\"\n  then",
        "from: \"boarded\" limit: \"handover\"\n  then",
        "stage case.handover_unrecorded: no act and no limit leads there");
  finds("stage { matter: \"case\" name: \"refused\" terminal: true }",
        "stage { matter: \"case\" name: \"refused\" terminal: true } stage { matter: \"case\" "
        "name: \"lost\" terminal: true }",
        "stage case.lost: no act and no limit leads there");
  finds("name: \"extension\" act", "name: \"acknowledged\" act",
        "rule acknowledged: the name is used twice");
  // A limit passes without an act, and a line is changed where one is in view.
  const std::string cleared = "then { do: \"clear case.list\" }\n  article: \"Ours: departure\"";
  for (const std::string_view effect :
       {"do: \"case.list = act.handle\"",
        "do: \"clear case.list\" when: \"some known line.handle\"",
        "do: \"clear case.list\" when: \"families_together\"",
        "do: \"clear case.list\" when: \"count(act.lines) == 0\"",
        "do: \"clear case.list\" when: \"act.recorded_at < limit(listing)\""}) {
    finds(cleared, "then { " + std::string(effect) + " }\n  article: \"Ours: departure\"",
          "speaks of an act, and a limit passes without one");
  }
  EXPECT_EQ(DefectsOf(cleared,
                      "then { do: \"clear case.list\" when: \"known case.list\" }\n  article: "
                      "\"Ours: departure\""),
            "");
  finds("then { do: \"transfer.manifest = act.digest\" }",
        "then { do: \"listed.handle = act.digest\" }", "changes a line where none is in view");
  finds("then { do: \"transfer.manifest = act.digest\" }",
        "then { do: \"flight.manifest = act.digest\" }",
        "changes something that not every reader of the act may read");
  finds("  seal { office: \"return_authority\" }\n  article: \"Ours: withdrawal\"",
        "  article: \"Ours: withdrawal\"", "rule withdrawal: needs no seal");
}

TEST(Check, EveryArticleIsExplainedAndEveryExplainedRuleExists) {
  // Design section 8: articles.md names for every article the rules that carry it.
  for (const std::string folder : {"2010", "2016", "founding"}) {
    std::ifstream file(chancery::testing::kAgreements + folder + "/articles.md");
    std::stringstream text;
    text << file.rdbuf();
    const auto checked =
        chancery::testing::LoadFolder(chancery::testing::kAgreements + folder, Digest{});
    ASSERT_NE(checked, nullptr);
    for (const std::string& article : checked->terms().articles) {
      EXPECT_NE(text.str().find("| " + article + " |"), std::string::npos)
          << folder << ": " << article;
    }
  }
}

TEST(Limits, AreCountedInTheRequestedPartysCivilDaysAcrossLeapDaysAndClockChanges) {
  // Design section 11: the day of receipt is not counted; the limit ends with the civil day of the
  // requested party.
  const auto checked =
      chancery::testing::LoadFolder(chancery::testing::kAgreements + "2016", Digest{});
  ASSERT_NE(checked, nullptr);
  const LimitRule* reply = checked->FindLimit("reply");
  ASSERT_NE(reply, nullptr);
  const PartyCode pakistan = *PartyCode::FromText("PAK");
  const PartyCode greece = *PartyCode::FromText("GRC");
  const auto too_late = [&](std::string_view since, PartyCode party) {
    return ToText(checked->FirstTooLate(*reply, *ParseInstant(since), party));
  };
  EXPECT_EQ(too_late("2016-02-01T10:00:00Z", pakistan),
            "2016-03-02T19:00:00Z");  // over 29 February
  EXPECT_EQ(too_late("2017-02-01T10:00:00Z", pakistan), "2017-03-03T19:00:00Z");
  EXPECT_EQ(too_late("2016-02-01T18:59:59Z", pakistan), "2016-03-02T19:00:00Z");
  EXPECT_EQ(too_late("2016-02-01T19:00:00Z", pakistan),
            "2016-03-03T19:00:00Z");  // the next day in Pakistan
  EXPECT_EQ(too_late("2016-10-01T10:00:00Z", greece),
            "2016-10-31T22:00:00Z");  // summer time ended on the way
  // Before the first day that the procedure names for a party, and for a party it names none for,
  // the civil day is that of UTC.
  EXPECT_EQ(too_late("1990-02-01T10:00:00Z", greece), "1990-03-04T00:00:00Z");
  EXPECT_EQ(too_late("2016-02-01T10:00:00Z", *PartyCode::FromText("AAA")), "2016-03-03T00:00:00Z");
  EXPECT_EQ(too_late("2016-02-01T10:00:00Z", *PartyCode::FromText("ZZZ")), "2016-03-03T00:00:00Z");
}

}  // namespace
}  // namespace chancery::procedure
