// What lawyers read of a procedure, and where they can cite it.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "drafting/places.h"
#include "drafting/procedure_text.h"
#include "drafting/reading_commands.h"
#include "tests/support/pki.h"

namespace chancery::drafting {
namespace {

using Json = nlohmann::json;
using support::Must;

const std::string kFolder = std::string(CHANCERY_SOURCE_DIR) + "/agreements/eu-pakistan/2016";

class ShowTest : public testing::Test {
 protected:
  const ReadProcedure read_ = Must(ReadProcedureFrom(kFolder));
  const procedure::Procedure& terms_ = read_.procedure->terms();
  const std::string text_ = ToText(terms_, read_.digest, read_.notes);

  // The places of a text: the first word of each line that begins with "#".
  static std::vector<std::string> PlacesOf(const std::string& text) {
    std::vector<std::string> places;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t at = line.find_first_not_of(' ');
      if (at != std::string::npos && line[at] == '#')
        places.push_back(line.substr(at, line.find(' ', at) - at));
    }
    return places;
  }
};

// Design section 13: every rule, limit, stage, lapse, article and condition is there, with its
// signed sentence and its place.
TEST_F(ShowTest, EverythingSignedStandsInTheTextAtItsPlace) {
  const std::vector<std::string> all = PlacesOf(text_);
  const std::set<std::string> places(all.begin(), all.end());
  const std::string json = ToJson(terms_, read_.digest, read_.notes);
  const auto stands = [&](const std::string& place) {
    EXPECT_TRUE(places.contains(place)) << place;
    EXPECT_NE(json.find(place), std::string::npos) << place;
  };
  for (const procedure::LimitRule& limit : terms_.limits) stands(PlaceOf(limit));
  for (const procedure::StageRule& stage : terms_.stages) stands(PlaceOf(stage));
  for (const procedure::Lapse& lapse : terms_.lapses) stands(PlaceOf(lapse));
  for (const std::string& article : terms_.articles) stands(PlaceOfArticle(article));
  for (const procedure::PartyTerm& term : terms_.parties) stands(PlaceOfParty(term.party));
  for (const procedure::Rule& rule : terms_.rules) {
    stands(PlaceOf(rule));
    for (const bool in_lines : {false, true}) {
      const auto& guards = in_lines ? rule.line_guards : rule.guards;
      for (std::size_t i = 0; i < guards.size(); ++i) {
        stands(PlaceOfGuard(rule, i, in_lines));
        EXPECT_NE(text_.find(guards[i].require.text), std::string::npos) << rule.name;
      }
    }
    for (const auto* effects : {&rule.effects, &rule.line_effects}) {
      for (const procedure::Effect& effect : *effects)
        EXPECT_NE(text_.find(effect.text), std::string::npos) << rule.name;
    }
  }
}

// A place is one place: nothing else has its name.
TEST_F(ShowTest, NoPlaceStandsTwice) {
  std::vector<std::string> places = PlacesOf(text_);
  std::sort(places.begin(), places.end());
  const auto twice = std::adjacent_find(places.begin(), places.end());
  EXPECT_TRUE(twice == places.end()) << *twice;
}

// Places stay when the text grows: a limit, a stage, a rule and a condition more, and every place
// that was there is there.
TEST_F(ShowTest, PlacesStayWhenTheTextGrows) {
  procedure::Procedure grown = terms_;
  grown.limits.insert(grown.limits.begin(), {"new", 3, false, false, {"Art 8"}});
  procedure::Rule rule = grown.rules[0];
  rule.name = "new";
  grown.rules.insert(grown.rules.begin(), rule);
  const auto same = std::find_if(grown.rules.begin(), grown.rules.end(),
                                 [](const auto& one) { return one.name == "reply_confirmed"; });
  ASSERT_NE(same, grown.rules.end());
  same->guards.insert(same->guards.begin(), terms_.rules[0].guards.front());
  const std::vector<std::string> now = PlacesOf(ToText(grown, read_.digest, read_.notes));
  const std::set<std::string> known(now.begin(), now.end());
  for (const std::string& place : PlacesOf(text_)) EXPECT_TRUE(known.contains(place)) << place;
}

// Issue 3 part 4: for each stage whose turn it is, what silence means, and who may do what with how
// many eyes.
TEST_F(ShowTest, AStageSaysWhoseTurnItIsAndWhatSilenceMeans) {
  const std::size_t begin = text_.find("\n#stage.case.open\n");
  ASSERT_NE(begin, std::string::npos);
  const std::string open = text_.substr(begin, text_.find("\n#stage.", begin + 1) - begin);
  for (const char* part :
       {"whose turn: the requested party, inside the limit reply (30 days)",
        "silence of the requested party until the limit reply (30 days) has passed: the case is "
        "then deemed agreed",
        "the limit referral (30 days) begins  [Art 8, Ours: silence]  #lapse.silence\n",
        "the requesting party may do:",
        "withdrawal, sealed by the return authority (1 seal): then withdrawn (the end)  "
        "#rule.withdrawal",
        "the requested party may do:",
        "reply, sealed by the registry (2 officers) and the ministry (1 seal): then confirmed  "
        "#rule.reply_confirmed"}) {
    EXPECT_NE(open.find(part), std::string::npos) << part << " in this text:\n" << open;
  }
}

// What both sides know to be broken stands in the text in a lawyer's words, and in the data.
TEST_F(ShowTest, WhatIsKnownToBeBrokenIsSaid) {
  EXPECT_NE(text_.find("\n#breaks\n== What these rules are known to break ==\n  Nothing is named."),
            std::string::npos);
  procedure::Procedure terms = terms_;
  terms.breaks = {"P9"};
  EXPECT_NE(ToText(terms, read_.digest, read_.notes)
                .find("#breaks.P9\n  P9 is known to be broken. It says: nobody is added after "
                      "clearance, and a cleared, matching own national is not refused on arrival"),
            std::string::npos);
  const Json row = Json::parse(ToJson(terms, read_.digest, read_.notes))["breaks"][0];
  EXPECT_EQ(row["place"], "#breaks.P9");
  EXPECT_EQ(row["property"], "P9");
  EXPECT_EQ(row["says"].get<std::string>().find("nobody is added after clearance"), 0U);
}

// Domain: what the sources do not settle, and what is ours, is marked.
TEST_F(ShowTest, MarksStandBesideTheLimits) {
  const auto line_after = [&](const std::string& place) {
    const std::size_t at = text_.find("\n" + place + "\n");
    EXPECT_NE(at, std::string::npos) << place;
    const std::size_t begin = at + place.size() + 2;
    return text_.substr(begin, text_.find('\n', begin) - begin);
  };
  EXPECT_NE(line_after("#limit.transfer").find("UNVERIFIED"), std::string::npos);
  EXPECT_EQ(line_after("#limit.transfer").find("OURS"), std::string::npos);
  EXPECT_NE(line_after("#limit.referral").find("OURS"), std::string::npos);
  EXPECT_EQ(line_after("#limit.reply").find("UNVERIFIED"), std::string::npos);
  EXPECT_NE(line_after("#article.Ours:-silence").find("OURS"), std::string::npos);
  EXPECT_NE(line_after("#article.Art-9").find("UNVERIFIED in part"), std::string::npos);
  EXPECT_NE(line_after("#article.Art-13").find("NOT EXECUTABLE"), std::string::npos);
}

// One article: its note, its limits, lapses and rules, and of other rules only the conditions that
// cite it.
TEST_F(ShowTest, OneArticleShowsOnlyWhatCarriesIt) {
  const std::string eight = ArticleToText(terms_, "Art 8", read_.notes);
  for (const char* part :
       {"#limit.reply\n", "#lapse.silence\n", "#rule.extension\n", "says: reply within 30 days"}) {
    EXPECT_NE(eight.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(eight.find("#rule.withdrawal\n"), std::string::npos);
  EXPECT_EQ(eight.find("#limit.transfer\n"), std::string::npos);
  const std::string third = ArticleToText(terms_, "Art 4(3)", read_.notes);
  EXPECT_NE(third.find("Rule manifest  [Art 9, Ours: lists]: only what carries this article"),
            std::string::npos)
      << third;
  EXPECT_NE(third.find("#rule.manifest.line.not_confirmed.stage"), std::string::npos);
  EXPECT_EQ(third.find("#rule.manifest.line.held.held"), std::string::npos);
  EXPECT_FALSE(KnowsArticle(terms_, "Art 99", read_.notes));
  const Json json = Json::parse(ArticleToJson(terms_, "Art 8", read_.notes));
  EXPECT_EQ(json["place"], "#article.Art-8");
  EXPECT_FALSE(json["limits"].empty());
}

// A bundle's file reads as its folder does.
TEST_F(ShowTest, ABundleReadsAsItsFolder) {
  const support::TemporaryFolder scratch;
  const Bytes bundle = Must(codec::PackFolder(kFolder));
  support::WriteFile(scratch.path() / "a.bundle", bundle);
  const ReadProcedure other = Must(ReadProcedureFrom((scratch.path() / "a.bundle").string()));
  EXPECT_EQ(other.digest, read_.digest);
  EXPECT_EQ(ToText(other.procedure->terms(), other.digest, other.notes), text_);
  EXPECT_TRUE(absl::IsNotFound(ReadProcedureFrom("/nonexistent/folder").status()));
}

// articles.md: a row for each article or for several, and neither heading nor dashes are rows.
TEST(ArticleNotes, RowsOfTheTableAreRead) {
  const std::vector<codec::ArticleNote> notes = codec::ReadArticleNotes(
      "# Title\n| article | what | by |\n|---|---|---|\n| Art 11, 12 | transit | not yet |\n"
      "| Ours: x | y | z; Unverified: w |\nno row | a | b\n| two | cells |\n");
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].articles, (std::vector<std::string>{"Art 11", "Art 12"}));
  EXPECT_FALSE(notes[0].unverified);
  EXPECT_TRUE(notes[1].unverified);
  EXPECT_EQ(FindNote(notes, "Art 12"), &notes[0]);
  EXPECT_EQ(FindNote(notes, "Art 13"), nullptr);
}

}  // namespace
}  // namespace chancery::drafting
