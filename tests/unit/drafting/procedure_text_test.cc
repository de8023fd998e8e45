#include "drafting/procedure_text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace chancery::drafting {
namespace {

// A procedure in which every text is this one.
procedure::Procedure WithTexts(const std::string& text) {
  procedure::Procedure terms;
  terms.id = text;
  terms.title = text;
  terms.limits.push_back({text, 30, false, false, {text}});
  procedure::StageRule stage;
  stage.name = text;
  stage.limit = text;
  terms.stages.push_back(stage);
  stage.limit.clear();
  stage.reason = text;
  terms.stages.push_back(stage);
  procedure::Condition condition;
  condition.text = text;
  procedure::Guard guard;
  guard.when = {condition};
  guard.require.text = text;
  guard.article = text;
  procedure::Effect effect;
  effect.when = {condition};
  effect.text = text;
  procedure::Lapse lapse;
  lapse.name = lapse.limit = lapse.to = text;
  lapse.from = lapse.articles = {text};
  lapse.effects = {effect};
  terms.lapses.push_back(lapse);
  procedure::Rule rule;
  rule.act = procedure::ActKind::kApplication;
  rule.name = rule.to = text;
  rule.from = rule.articles = {text};
  rule.when = {condition};
  rule.guards = rule.line_guards = {guard};
  rule.effects = rule.line_effects = {effect};
  terms.rules.push_back(rule);
  return terms;
}

// Security: whoever wrote a bundle neither steers the terminal of who reads it nor adds a line.
TEST(ProcedureText, NoTextOfABundleSteersTheTerminalOrBeginsALine) {
  const std::string plain = ToText(WithTexts("x"), Digest{}, {{{"x"}, "x", "x", true}}) +
                            ArticleToText(WithTexts("x"), "x", {{{"x"}, "x", "x", true}});
  const std::string text = "x\x1b[2J\u009b\nVERIFIED\u202e";
  const std::string hostile = ToText(WithTexts(text), Digest{}, {{{text}, text, text, true}}) +
                              ArticleToText(WithTexts(text), text, {{{text}, text, text, true}});
  for (const char* bad : {"\x1b", "\u009b", "\nVERIFIED", "\u202e"})
    EXPECT_EQ(hostile.find(bad), std::string::npos) << hostile;
  EXPECT_NE(hostile.find("x\\x1b[2J\\xc2\\x9b\\x0aVERIFIED"), std::string::npos) << hostile;
  EXPECT_EQ(std::count(hostile.begin(), hostile.end(), '\n'),
            std::count(plain.begin(), plain.end(), '\n'));
}

// Letters of the parties' languages are no controls.
TEST(ProcedureText, LettersBeyondAsciiStay) {
  EXPECT_NE(
      ToText(WithTexts("\u0639\u0644\u06cc \u00e9"), Digest{}).find("\u0639\u0644\u06cc \u00e9"),
      std::string::npos);
}

}  // namespace
}  // namespace chancery::drafting
