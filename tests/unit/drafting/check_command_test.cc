// What `check` answers, and that nobody signs what they do not know.
#include "drafting/check_command.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "drafting/proof.h"
#include "drafting/sign_command.h"
#include "tests/unit/drafting/small_procedure.h"

namespace chancery::drafting {
namespace {

using Json = nlohmann::json;
using support::Must;
namespace fs = std::filesystem;

class CheckTest : public testing::Test {
 protected:
  CheckTest() { options_.folder = small_.folder().string(); }

  struct Answer {
    ExitCode code;
    std::string out;
    std::string err;
  };
  template <class Command>
  static Answer Captured(const Command& command) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const ExitCode code = command();
    return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
  }
  Answer Check() const {
    return Captured([&] { return RunCheck(options_); });
  }
  Answer Sign() const {
    return Captured([&] {
      SignOptions options;
      options.folder = options_.folder;
      options.verdict = options_.verdict;
      options.key = pki_.Path("EUE/seal/union-signatory-1.key");
      options.certificate = pki_.Path("EUE/seal/union-signatory-1.pem");
      options.out = out().string();
      options.at = "2016-06-01T00:00:00Z";
      return RunSign(options);
    });
  }
  fs::path out() const { return small_.scratch() / "out"; }
  fs::path verdict() const { return small_.scratch() / "verdicts/small.json"; }
  VerdictSubject Subject() const {
    return Must(SubjectOf(Must(PackFounding({}, options_.folder)), Must(Pack(options_.folder))));
  }

  const support::RehearsalPki& pki_ = support::RehearsalPki::Get();
  const SmallProcedure small_;
  CheckOptions options_;
};

// docs/checker.md, exit code 0: the form, every world to its end, every property.
TEST_F(CheckTest, AllThatHoldsIsProven) {
  small_.MakeWhole();
  const Answer answer = Check();
  EXPECT_EQ(answer.code, kYes) << answer.out;
  EXPECT_EQ(answer.out.find("naive/small: no defect of form\ndigest "), 0U) << answer.out;
  EXPECT_NE(answer.out.find("\nP12 holds: nobody has two open cases"), std::string::npos);
  EXPECT_NE(answer.out.find("\nPROVEN: "), std::string::npos) << answer.out;
}

// Exit code 1: what is broken is told with its story, and that nobody will sign it.
TEST_F(CheckTest, WhatIsBrokenIsTold) {
  const Answer answer = Check();
  EXPECT_EQ(answer.code, kNo);
  EXPECT_NE(answer.out.find("\nP12 IS BROKEN: somebody stands on two open lists\n    2016-"),
            std::string::npos)
      << answer.out;
  EXPECT_NE(answer.out.find("\nBROKEN: P12, not named in what is signed; sign refuses\n"),
            std::string::npos);
}

// "What both sides know": what is named is marked and broken all the same; what is named and holds
// is said.
TEST_F(CheckTest, WhatIsNamedIsMarked) {
  small_.Add("\nbreaks: \"P12\" breaks: \"P5\"\n");
  const Answer answer = Check();
  EXPECT_EQ(answer.code, kNo);
  EXPECT_NE(answer.out.find("P12 IS BROKEN (named in what is signed): somebody stands"),
            std::string::npos);
  EXPECT_NE(answer.out.find("P5 holds: "), std::string::npos);
  EXPECT_NE(answer.out.find("take P5 out of breaks"), std::string::npos) << answer.out;
  EXPECT_NE(answer.out.find("\nBROKEN AS NAMED: P12; nothing else is\n"), std::string::npos);
}

// A property that is none, that stands twice, or in the cooperation's own procedure, is a defect
// with its line and what to write.
TEST_F(CheckTest, WhatCannotBeNamedIsADefect) {
  const std::string text = support::ReadFile(small_.folder() / "procedure.textproto");
  const std::string line = std::to_string(std::count(text.begin(), text.end(), '\n') + 1);
  small_.Add("breaks: \"P13\" breaks: \"P1\" breaks: \"P1\"\n");
  const Answer answer = Check();
  EXPECT_EQ(answer.code, kNo);
  EXPECT_NE(answer.out.find("procedure.textproto:" + line + ":1"), std::string::npos) << answer.out;
  EXPECT_NE(answer.out.find("there is no property \"P13\"; use one of P1 to P12"),
            std::string::npos)
      << answer.out;
  EXPECT_NE(answer.out.find("procedure.textproto:" + line + ":28"), std::string::npos)
      << answer.out;
  EXPECT_NE(answer.out.find("names \"P1\" twice; keep one of them"), std::string::npos);
  EXPECT_EQ(answer.out.find("digest"), std::string::npos);

  const fs::path founding = small_.founding() / "procedure.textproto";
  support::WriteFile(founding, support::ReadFile(founding) + "\nbreaks: \"P1\"\n");
  options_.folder = small_.founding().string();
  const Answer cooperation = Check();
  EXPECT_EQ(cooperation.code, kNo);
  EXPECT_NE(cooperation.out.find("are not explored; take breaks out"), std::string::npos)
      << cooperation.out;
}

// Exit code 6: a part proves nothing, whichever way it was left a part.
TEST_F(CheckTest, APartProvesNothing) {
  small_.MakeWhole();
  options_.situations = 10;
  const Answer bounded = Check();
  EXPECT_EQ(bounded.code, kPartly) << bounded.out;
  EXPECT_NE(bounded.out.find("P12 not broken so far"), std::string::npos);
  EXPECT_NE(bounded.out.find("\nNOT PROVEN: "), std::string::npos);
  options_.situations = kMostSituations;
  options_.worlds = {"one case"};
  const Answer one = Check();
  EXPECT_EQ(one.code, kPartly) << one.out;
  EXPECT_NE(one.out.find("\nNOT PROVEN: "), std::string::npos);
  EXPECT_EQ(one.out.find("a journey:"), std::string::npos);
}

// --form, and the procedure of the cooperation: that nothing was said about safety is said.
TEST_F(CheckTest, TheFormAloneSaysNothingAboutSafety) {
  options_.form = true;
  const Answer form = Check();
  EXPECT_EQ(form.code, kYes);
  EXPECT_NE(form.out.find("nothing is said about safety"), std::string::npos);
  EXPECT_EQ(form.out.find("P12"), std::string::npos);
  options_.form = false;
  options_.folder = small_.founding().string();
  const Answer founding = Check();
  EXPECT_EQ(founding.code, kYes);
  EXPECT_NE(founding.out.find("It rules the cooperation: only its form is looked at"),
            std::string::npos);
  options_.verdict = verdict().string();
  EXPECT_EQ(Check().code, kUsage);
  EXPECT_FALSE(fs::exists(verdict()));
}

// --json: one document with the form and what was explored.
TEST_F(CheckTest, OneDocumentHoldsBoth) {
  small_.Add("\nbreaks: \"P12\"\n");
  options_.json = true;
  const Json json = Json::parse(Check().out);
  EXPECT_EQ(json["form"], "whole");
  EXPECT_TRUE(json["defects"].empty());
  EXPECT_TRUE(json["explored"]["complete"].get<bool>());
  EXPECT_TRUE(json["explored"]["unnamed"].empty());
  const Json last = json["explored"]["properties"].back();
  EXPECT_EQ(last["property"], "P12");
  EXPECT_EQ(last["result"], "broken");
  EXPECT_TRUE(last["named"].get<bool>());
  EXPECT_EQ(json["explored"]["properties"][0]["result"], "holds");
  options_.form = true;
  EXPECT_TRUE(Json::parse(Check().out)["explored"].is_null());
}

// What does not go together is usage, and says what to do; what cannot be read is a file.
TEST_F(CheckTest, WhatMeansNothingIsUsage) {
  const auto answer = [&](const auto& change) {
    CheckOptions options = options_;
    change(options);
    return Captured([&] { return RunCheck(options); });
  };
  const auto code = [&](const auto& change) { return answer(change).code; };
  fs::create_directories(out());
  support::WriteFile(out() / "a", "a");
  EXPECT_EQ(code([](auto& o) { o.worlds = {"nowhere"}; }), kUsage);
  EXPECT_EQ(code([&](auto& o) { o.stories = out().string(); }), kUsage);
  EXPECT_EQ(code([](auto& o) { o.kept = true; }), kUsage);
  EXPECT_EQ(code([&](auto& o) {
              o.verdict = verdict().string();
              o.worlds = {"one case"};
            }),
            kUsage);
  EXPECT_EQ(code([&](auto& o) {
              o.verdict = verdict().string();
              o.kept = true;
              o.stories = (out() / "stories").string();
            }),
            kUsage);
  EXPECT_EQ(code([&](auto& o) {
              o.form = true;
              o.verdict = verdict().string();
            }),
            kUsage);
  EXPECT_EQ(code([&](auto& o) { o.folder = (small_.scratch() / "none").string(); }), kLocal);
  EXPECT_EQ(code([&](auto& o) { o.founding = (small_.scratch() / "none").string(); }), kLocal);
  const Answer other = answer([&](auto& o) { o.founding = o.folder; });
  EXPECT_EQ(other.code, kNo);
  EXPECT_NE(other.err.find("does not rule the cooperation: give --founding"), std::string::npos);
  EXPECT_EQ(code([](auto& o) { o.verdict = "/dev/null/a.json"; }), kLocal);
}

// "What both sides know": nobody signs what breaks a property that it does not name; nothing is
// written, and the way to the stories is told. Named, it is signed.
TEST_F(CheckTest, NobodySignsWhatTheyDoNotKnow) {
  options_.verdict = verdict().string();
  const Answer refused = Sign();
  EXPECT_EQ(refused.code, kNo);
  EXPECT_NE(refused.err.find("naive/small breaks P12, which it does not name"), std::string::npos)
      << refused.err;
  EXPECT_NE(refused.err.find(" --stories DIR"), std::string::npos);
  EXPECT_NE(refused.err.find("Nothing was signed"), std::string::npos);
  EXPECT_FALSE(fs::exists(out()));
  small_.Add("\nbreaks: \"P12\"\n");
  const Answer named = Sign();
  EXPECT_EQ(named.code, kYes) << named.err;
  EXPECT_NE(named.err.find("is not relied on: it is of another bundle"), std::string::npos);
  EXPECT_TRUE(fs::exists(out() / "naive-small.p7s"));
}

// A property that is named and holds is no reason not to sign.
TEST_F(CheckTest, MoreMayBeNamedThanIsBroken) {
  small_.MakeWhole();
  small_.Add("\nbreaks: \"P12\"\n");
  EXPECT_EQ(Sign().code, kYes);
}

// "A verdict is kept": sign relies on one that may be relied on without exploring, and on no other.
TEST_F(CheckTest, SignReliesOnTheVerdictOfThisVeryBundleAndProgram) {
  small_.MakeWhole();
  options_.verdict = verdict().string();
  // What no exploration would find: whoever refuses for it has read the file.
  KeptVerdict planted{Subject(), {"P3"}, true, 1, Instant{0}};
  ASSERT_TRUE(WriteVerdict(verdict(), planted).ok());
  const Answer relied = Sign();
  EXPECT_EQ(relied.code, kNo);
  EXPECT_NE(relied.err.find("breaks P3"), std::string::npos) << relied.err;
  EXPECT_EQ(relied.err.find("exploring"), std::string::npos) << relied.err;

  const auto ignored = [&](const KeptVerdict& verdict_there) {
    fs::remove_all(out());
    EXPECT_TRUE(WriteVerdict(verdict(), verdict_there).ok());
    const Answer answer = Sign();
    EXPECT_EQ(answer.code, kYes) << answer.err;
    EXPECT_NE(answer.err.find("exploring"), std::string::npos) << answer.err;
    // And what was found now is kept instead.
    EXPECT_TRUE(Must(KeptOf(verdict(), Subject())).broken.empty());
  };
  KeptVerdict other = planted;
  other.subject.program = planted.subject.bundle;
  ignored(other);
  other = planted;
  other.subject.bundle = planted.subject.program;
  ignored(other);
  other = planted;
  other.subject.founding = planted.subject.program;
  ignored(other);
  other = planted;
  other.complete = false;
  ignored(other);
  support::WriteFile(verdict(), "{");
  EXPECT_EQ(Sign().code, kYes);

  const Answer again = Sign();
  EXPECT_EQ(again.code, kYes);
  EXPECT_EQ(again.err.find("exploring"), std::string::npos) << again.err;
}

// `check --verdict` always explores anew, and with --kept only when it must.
TEST_F(CheckTest, CheckExploresAnewUnlessItIsAskedForWhatIsKept) {
  small_.MakeWhole();
  options_.verdict = verdict().string();
  const KeptVerdict planted{Subject(), {"P3"}, true, 1, Instant{0}};
  ASSERT_TRUE(WriteVerdict(verdict(), planted).ok());
  options_.kept = true;
  const Answer kept = Check();
  EXPECT_EQ(kept.code, kNo) << kept.out;
  EXPECT_NE(kept.out.find("found on 1970-01-01"), std::string::npos) << kept.out;
  EXPECT_NE(kept.out.find("BROKEN: P3"), std::string::npos) << kept.out;
  options_.json = true;
  EXPECT_EQ(Json::parse(Check().out)["explored"]["unnamed"][0], "P3");
  options_.json = options_.kept = false;
  EXPECT_EQ(Check().code, kYes);
  EXPECT_TRUE(Must(KeptOf(verdict(), Subject())).broken.empty());
  // A part is written down as one, and nobody relies on it.
  options_.situations = 10;
  EXPECT_EQ(Check().code, kPartly);
  EXPECT_FALSE(KeptOf(verdict(), Subject()).ok());
  options_.situations = kMostSituations;
  options_.kept = true;
  EXPECT_EQ(Check().code, kYes);
  EXPECT_TRUE(KeptOf(verdict(), Subject()).ok());
}

// What was not explored to its end is not signed, whatever it names.
TEST_F(CheckTest, NobodySignsWhatIsExploredInPart) {
  procedure::Procedure terms;
  terms.id = "a/b";
  KeptVerdict part{{}, {}, false, 7, Instant{0}};
  EXPECT_NE(WhyNotToSign(part, terms, "DIR").find("nothing is proven"), std::string::npos);
  part.broken = terms.breaks = {"P1"};
  EXPECT_NE(WhyNotToSign(part, terms, "DIR"), "");
  part.complete = true;
  EXPECT_EQ(WhyNotToSign(part, terms, "DIR"), "");
}

// "Stories to play": a file for each that can be told, and a line for each that cannot.
TEST_F(CheckTest, WhatCannotBeToldIsSaid) {
  small_.Replace(
      "guard { require: \"case.verification == national\" ground: \"not_verified\" "
      "article: \"Small\" }",
      "");
  options_.stories = out().string();
  EXPECT_EQ(Check().code, kNo);
  EXPECT_TRUE(fs::exists(out() / "P1.scenario"));
  EXPECT_FALSE(fs::exists(out() / "P12.scenario"));
  const std::string readme = support::ReadFile(out() / "README.md");
  EXPECT_NE(
      readme.find("- P1.scenario: somebody boards whom the requested state has not confirmed"),
      std::string::npos)
      << readme;
  EXPECT_NE(readme.find("- P12, no scenario: somebody stands on two open lists (scenarios have one "
                        "list of a state on a flight"),
            std::string::npos)
      << readme;
}

}  // namespace
}  // namespace chancery::drafting
