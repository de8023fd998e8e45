// What an amendment changes is said in words, all of it and nothing else.
#include "drafting/difference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "drafting/reading_commands.h"
#include "tests/support/pki.h"

namespace chancery::drafting {
namespace {

using support::Must;

class DifferenceTest : public testing::Test {
 protected:
  // The one change that an amendment of the rules makes.
  void ExpectOne(const std::function<void(procedure::Procedure&)>& amend, ChangeKind kind,
                 const std::string& place, const std::vector<std::string>& parts) {
    procedure::Procedure after = before_.procedure->terms();
    amend(after);
    const std::vector<Change> changes = Compare(after, before_.notes, before_.bundle);
    ASSERT_EQ(changes.size(), 1U) << ToText(changes);
    EXPECT_EQ(changes[0].kind, kind);
    EXPECT_EQ(changes[0].place, place);
    for (const std::string& part : parts)
      EXPECT_NE(changes[0].what.find(part), std::string::npos) << part << "\n" << changes[0].what;
  }
  std::vector<Change> Compare(const procedure::Procedure& after,
                              const std::vector<codec::ArticleNote>& notes,
                              const codec::Bundle& bundle) const {
    return Difference({before_.procedure->terms(), before_.notes, before_.bundle},
                      {after, notes, bundle});
  }
  static procedure::Rule& RuleOf(procedure::Procedure& terms, const std::string& name) {
    return *std::find_if(terms.rules.begin(), terms.rules.end(),
                         [&](const procedure::Rule& rule) { return rule.name == name; });
  }
  static procedure::LimitRule& LimitOf(procedure::Procedure& terms, const std::string& name) {
    return *std::find_if(terms.limits.begin(), terms.limits.end(),
                         [&](const procedure::LimitRule& limit) { return limit.name == name; });
  }
  static procedure::Lapse& LapseOf(procedure::Procedure& terms, const std::string& name) {
    return *std::find_if(terms.lapses.begin(), terms.lapses.end(),
                         [&](const procedure::Lapse& lapse) { return lapse.name == name; });
  }
  static procedure::Condition Read(std::string_view sentence) {
    return std::get<procedure::Condition>(procedure::ParseCondition(sentence));
  }

  const ReadProcedure before_ =
      Must(ReadProcedureFrom(std::string(CHANCERY_SOURCE_DIR) + "/agreements/eu-pakistan/2016"));
};

// Design section 13: exit code 0 is for versions between which there is no difference.
TEST_F(DifferenceTest, EqualVersionsHaveNone) {
  EXPECT_TRUE(Compare(before_.procedure->terms(), before_.notes, before_.bundle).empty());
  EXPECT_EQ(ToText(std::vector<Change>{}), "no difference\n");
}

// Issue 3 part 2: limits in days, with the article they rest on.
TEST_F(DifferenceTest, ALimitSaysItsDays) {
  ExpectOne([](auto& terms) { LimitOf(terms, "reply").days = 45; }, ChangeKind::kChanged,
            "#limit.reply", {"the limit reply: was 30 days, is now 45 days"});
  ExpectOne([](auto& terms) { LimitOf(terms, "transfer").unverified = false; },
            ChangeKind::kChanged, "#limit.transfer", {"no longer marked as unverified"});
  ExpectOne(
      [](auto& terms) {
        LimitOf(terms, "reply").articles = {"Art 8", "Ours: silence"};
      },
      ChangeKind::kChanged, "#limit.reply", {"rested on Art 8, rests now on Art 8, Ours: silence"});
}

// Who may act, when and with how many eyes.
TEST_F(DifferenceTest, ARuleSaysWhoAndHowManyEyes) {
  ExpectOne([](auto& terms) { RuleOf(terms, "hold").seals[0].count = 2; }, ChangeKind::kChanged,
            "#rule.hold",
            {"the seals: was the ministry (1 seal), is now the ministry (2 officers)"});
  ExpectOne([](auto& terms) { RuleOf(terms, "hold").role = procedure::Role::kEither; },
            ChangeKind::kChanged, "#rule.hold",
            {"who: was the requested party, is now either of the two parties"});
  ExpectOne([](auto& terms) { RuleOf(terms, "hold").from.pop_back(); }, ChangeKind::kChanged,
            "#rule.hold", {"the stages it may be done in: was confirmed or documented"});
  ExpectOne(
      [](auto& terms) { RuleOf(terms, "hold").required.push_back(procedure::Fact::kReviewDate); },
      ChangeKind::kChanged, "#rule.hold", {"what it must say", "review date"});
  ExpectOne([](auto& terms) { RuleOf(terms, "reply_refused").when.clear(); }, ChangeKind::kChanged,
            "#rule.reply_refused", {"when it is meant: was the act's answer is refused"});
}

// Conditions and consequences that are added, removed or changed, in words and as signed.
TEST_F(DifferenceTest, ConditionsAndConsequencesAreSaid) {
  ExpectOne(
      [](auto& terms) {
        RuleOf(terms, "withdrawal")
            .guards.push_back(
                {{}, Read("unknown case.held"), procedure::Ground::kHeld, "Ours: hold"});
      },
      ChangeKind::kAdded, "#rule.withdrawal",
      {"condition: it is not on record that the case is held {unknown case.held}, otherwise held "
       "[Ours: hold]"});
  ExpectOne(
      [](auto& terms) {
        auto& guards = RuleOf(terms, "reply_refused").guards;
        guards.erase(guards.begin());
      },
      ChangeKind::kRemoved, "#rule.reply_refused", {"the act that it answers"});
  ExpectOne(
      [](auto& terms) {
        for (auto& guard : RuleOf(terms, "reply_confirmed").guards) {
          if (guard.ground == procedure::Ground::kNotVerified)
            guard.require = Read("case.verification in {national, not_found}");
        }
      },
      ChangeKind::kChanged, "#rule.reply_confirmed",
      {"was that the case's verification is national",
       "is now that the case's verification is "
       "national or not found"});
  ExpectOne([](auto& terms) { RuleOf(terms, "hold").effects.pop_back(); }, ChangeKind::kRemoved,
            "#rule.hold", {"consequence: the limit hold"});
}

// What silence means is the heart of an amendment.
TEST_F(DifferenceTest, WhatSilenceMeansIsSaid) {
  ExpectOne([](auto& terms) { LapseOf(terms, "silence").to = "refused"; }, ChangeKind::kChanged,
            "#lapse.silence", {"the stage it leads to: was deemed agreed, is now refused"});
  ExpectOne([](auto& terms) { LapseOf(terms, "silence").due = procedure::Role::kRequesting; },
            ChangeKind::kChanged, "#lapse.silence",
            {"whose days these are: was whoever's turn the stage is, is now the requesting party"});
  ExpectOne(
      [](auto& terms) {
        std::erase_if(terms.lapses, [](const auto& lapse) { return lapse.name == "silence"; });
      },
      ChangeKind::kRemoved, "#lapse.silence", {"deemed agreed", "[Art 8, Ours: silence]"});
}

// What both sides now know to be broken, or no longer, is a change of what they sign.
TEST_F(DifferenceTest, WhatIsKnownToBeBrokenIsSaid) {
  ExpectOne([](auto& terms) { terms.breaks.push_back("P1"); }, ChangeKind::kAdded, "#breaks.P1",
            {"P1 is named as known to be broken: nobody boards without the requested state's own"});
}

// Parties with their dates, stages, rules and articles that come and go.
TEST_F(DifferenceTest, PartiesStagesRulesAndArticlesComeAndGo) {
  ExpectOne(
      [](auto& terms) {
        terms.parties.push_back({*PartyCode::FromText("DNK"),
                                 ParseInstant("2018-01-01T00:00:00Z").value(), std::nullopt});
      },
      ChangeKind::kAdded, "#party.DNK", {"DNK takes part from 2018-01-01T00:00:00Z"});
  ExpectOne([](auto& terms) { terms.parties.pop_back(); }, ChangeKind::kRemoved,
            "#party." + before_.procedure->terms().parties.back().party.ToText(), {"takes part"});
  ExpectOne(
      [](auto& terms) {
        std::erase_if(terms.rules, [](const auto& rule) { return rule.name == "hold_lifted"; });
      },
      ChangeKind::kRemoved, "#rule.hold_lifted", {"may do \"hold lifted\"", "[Ours: hold]"});
  ExpectOne([](auto& terms) { terms.articles.push_back("Art 42"); }, ChangeKind::kAdded,
            "#article.Art-42", {"may now be cited"});
  ExpectOne(
      [](auto& terms) {
        for (auto& stage : terms.stages) {
          if (stage.name == "open") stage.due = procedure::Role::kEither;
        }
      },
      ChangeKind::kChanged, "#stage.case.open",
      {"whose turn it is: was the requested party, is now either of the two parties"});
}

// What stands beside the rules is signed with them: notes, scenarios, and a change of the text
// alone.
TEST_F(DifferenceTest, WhatStandsBesideTheRulesIsSaidToo) {
  const procedure::Procedure& same = before_.procedure->terms();
  std::vector<codec::ArticleNote> notes = before_.notes;
  notes[0].says = "another";
  std::vector<Change> changes = Compare(same, notes, before_.bundle);
  ASSERT_EQ(changes.size(), 1U) << ToText(changes);
  EXPECT_EQ(changes[0].place, "articles.md");

  const auto with = [&](std::string_view path, const std::string& more) {
    codec::Bundle bundle = before_.bundle;
    for (codec::BundleFile& file : bundle.files) {
      if (file.path == path) file.content += more;
    }
    return bundle;
  };
  changes = Compare(same, before_.notes, with("procedure.textproto", "\n# a comment\n"));
  ASSERT_EQ(changes.size(), 1U) << ToText(changes);
  EXPECT_NE(changes[0].what.find("no rule does"), std::string::npos);
  changes = Compare(same, before_.notes,
                    with("scenarios.sha256", std::string(64, '0') + "  scenarios/new.scenario\n"));
  ASSERT_EQ(changes.size(), 1U) << ToText(changes);
  EXPECT_EQ(changes[0].kind, ChangeKind::kAdded);
  EXPECT_NE(changes[0].what.find("scenarios/new.scenario"), std::string::npos);
  EXPECT_FALSE(nlohmann::json::parse(ToJson(changes))["equal"].get<bool>());
}

// The other direction: what is added one way is removed the other way.
TEST_F(DifferenceTest, TheOtherDirectionIsTheMirror) {
  const ReadProcedure founding = Must(
      ReadProcedureFrom(std::string(CHANCERY_SOURCE_DIR) + "/agreements/eu-pakistan/founding"));
  const Version old{before_.procedure->terms(), before_.notes, before_.bundle};
  const Version now{founding.procedure->terms(), founding.notes, founding.bundle};
  const auto count = [](const std::vector<Change>& changes, ChangeKind kind) {
    return std::count_if(changes.begin(), changes.end(),
                         [kind](const Change& change) { return change.kind == kind; });
  };
  const std::vector<Change> there = Difference(old, now);
  const std::vector<Change> back = Difference(now, old);
  EXPECT_EQ(count(there, ChangeKind::kAdded), count(back, ChangeKind::kRemoved));
  EXPECT_EQ(count(there, ChangeKind::kRemoved), count(back, ChangeKind::kAdded));
  EXPECT_EQ(there.size(), back.size());
}

}  // namespace
}  // namespace chancery::drafting
