// The closed language in the words of lawyers.
#include "engine/explain/sentence.h"

#include <gtest/gtest.h>

#include "engine/explain/words.h"
#include "tests/support/core_world.h"

namespace chancery::explain {
namespace {

using procedure::Condition;
using procedure::Effect;

const procedure::Procedure& Terms() {
  static const auto* const kLoaded =
      new auto(testing::LoadFolder(testing::kAgreements + "2016", Digest{}));
  return (*kLoaded)->terms();
}

std::string Asks(std::string_view sentence) {
  const auto read = procedure::ParseCondition(sentence);
  EXPECT_TRUE(std::holds_alternative<Condition>(read)) << sentence;
  return InWords(std::get<Condition>(read), Terms());
}
std::string Follows(std::string_view sentence) {
  const auto read = procedure::ParseEffect(sentence);
  EXPECT_TRUE(std::holds_alternative<Effect>(read)) << sentence;
  return InWords(std::get<Effect>(read), Terms());
}

// docs/procedure-language.md, "Conditions": each kind of sentence says what it asks.
TEST(Sentence, EveryKindOfConditionIsSaidInWords) {
  EXPECT_EQ(Asks("case.verification == national"), "the case's verification is national");
  EXPECT_EQ(Asks("case.verification != national"), "the case's verification is not national");
  EXPECT_EQ(Asks("case.stage in {confirmed, documented}"), "the case is confirmed or documented");
  EXPECT_EQ(Asks("case.stage == hold_referred"), "the case is hold referred");
  EXPECT_EQ(Asks("act.decision_final == yes"),
            "the act says that the decision to return the person is final and enforceable");
  EXPECT_EQ(Asks("case.held == yes"), "it is on record that the case is held");
  EXPECT_EQ(Asks("unknown case.held"), "it is not on record that the case is held");
  EXPECT_EQ(Asks("act.revision == transfer.revision + 1"),
            "the act's revision of the list is the transfer's revision of the list plus 1");
  EXPECT_EQ(Asks("act.entry_date >= 2010-12-01"),
            "the act's date of entry is not before 2010-12-01");
  EXPECT_EQ(Asks("act.document_valid_until >= day(act.recorded_at) + 180"),
            "the act's last day of the travel document is not before 180 days after the day of "
            "recording");
  EXPECT_EQ(Asks("act.recorded_at < limit(charter_notice, act.departure)"),
            "the moment of recording is at least 15 days before the act's departure (limit charter "
            "notice)");
  EXPECT_EQ(Asks("act.departure < limit(announcement, act.recorded_at)"),
            "the act's departure is not more than 180 days after the moment of recording (limit "
            "announcement)");
  EXPECT_EQ(Asks("act.recorded_at < limit(reply)"),
            "the moment of recording is inside the limit reply (30 days)");
  EXPECT_EQ(Asks("some line.evidence == passport"),
            "in at least one line the evidence is passport");
  EXPECT_EQ(Asks("no line.evidence == passport"), "in no line the evidence is passport");
  EXPECT_EQ(Asks("every known line.grade"), "every line says the grade");
  EXPECT_EQ(Asks("known earlier.stage"), "the requesting party has an earlier case of this person");
  EXPECT_EQ(Asks("unknown act.answers"), "the act answers no other one");
  EXPECT_EQ(Asks("known case.claim"), "the case's security claim is on record");
  EXPECT_EQ(Asks("not suspended"), "the cooperation is not suspended for this matter");
  EXPECT_EQ(Asks("suspended"), "the cooperation is suspended for this matter");
  EXPECT_EQ(Asks("carrier_accepted(flight.carrier)"),
            "the flight's carrier is a carrier that is accepted");
  EXPECT_EQ(Asks("may_take_part(act.author)"), "the act's author may take part on that day");
  EXPECT_EQ(Asks("appointed(act.party)"), "the act's party has an appointed authority");
  EXPECT_EQ(Asks("families_together"),
            "no minor of a family is then aboard without an adult of it");
  EXPECT_EQ(Asks("case.requesting != ESP"), "the case's requesting party is not ESP");
  EXPECT_EQ(Asks("count(act.lines) >= 1"), "the number of the act's lines is at least 1");
  EXPECT_EQ(Asks("count(transfer.lines where listed.line_kind == returnee and "
                 "listed.line_stage == boarded) == act.boarded_returnees"),
            "the number of the transfer's lines where the kind of traveller is returnee and the "
            "standing on the list is boarded is the act's number of returnees aboard");
  EXPECT_EQ(Asks("sum(flight.lines of boarded_returnees where known lodged.boarding) == "
                 "act.boarded_returnees"),
            "the sum of the number of returnees aboard over the flight's states where the boarding "
            "record is on record is the act's number of returnees aboard");
}

// docs/procedure-language.md, "Effects": each says what follows.
TEST(Sentence, EveryKindOfConsequenceIsSaidInWords) {
  EXPECT_EQ(Follows("case.verification = act.verification"),
            "the case takes over from the act the verification");
  EXPECT_EQ(Follows("case.minor = act.minor"),
            "the case takes over from the act whether the person is a minor");
  EXPECT_EQ(Follows("case.stage = admitted"), "the case is then admitted");
  EXPECT_EQ(Follows("transfer.manifest = act.digest"), "the transfer's list is then this act");
  EXPECT_EQ(Follows("case.held = yes"), "it is on record that the case is held");
  EXPECT_EQ(Follows("clear case.held"), "it is no longer on record that the case is held");
  EXPECT_EQ(Follows("clear case.list"), "the case's open list is no longer on record");
  EXPECT_EQ(Follows("start case.reply since act.received_at"),
            "the limit reply (30 days) begins, counted from the moment of receipt");
  EXPECT_EQ(Follows("start case.transfer"), "the limit transfer (92 days) begins");
  EXPECT_EQ(Follows("stop case.reply"), "the limit reply stops");
}

// Style section 5: lawyers read no identifiers; every sentence that both agreed procedures hold has
// words, and none of them shows a name with underscores.
TEST(Sentence, EverySentenceOfTheAgreedProceduresHasWords) {
  int met = 0;
  for (const char* folder : {"2016", "founding"}) {
    const auto loaded = testing::LoadFolder(testing::kAgreements + folder, Digest{});
    const procedure::Procedure& terms = loaded->terms();
    const auto is_words = [&](const std::string& words, const std::string& sentence) {
      ++met;
      EXPECT_FALSE(words.empty()) << sentence;
      EXPECT_EQ(words.find('_'), std::string::npos) << words;
      EXPECT_EQ(words.find("  "), std::string::npos) << words;
    };
    for (const procedure::Rule& rule : terms.rules) {
      for (const Condition& condition : rule.when)
        is_words(InWords(condition, terms), condition.text);
      for (const auto* guards : {&rule.guards, &rule.line_guards}) {
        for (const procedure::Guard& guard : *guards)
          is_words(InWords(guard.require, terms), guard.require.text);
      }
      for (const auto* effects : {&rule.effects, &rule.line_effects}) {
        for (const Effect& effect : *effects) is_words(InWords(effect, terms), effect.text);
      }
    }
  }
  EXPECT_GT(met, 300);
}

// docs/protocol.md: every ground has a meaning in words, and says what would help.
TEST(Words, EveryGroundHasAMeaningAndARemedy) {
  for (const procedure::Ground ground : procedure::AllGrounds()) {
    EXPECT_NE(Meaning(ground), procedure::NameOf(ground));
    EXPECT_NE(RemedyFor(ground), "see docs/protocol.md") << procedure::NameOf(ground);
  }
}

// Security: whoever named something in a procedure neither steers a terminal nor begins a line.
TEST(Words, NamesOfAProcedureAreLegible) {
  EXPECT_EQ(Spaced("a\x1b[2J\nb_c"), "a\\x1b[2J\\x0ab c");
  EXPECT_EQ(Cited({"Art\n1"}), "Art\\x0a1");
  procedure::Procedure terms;
  terms.limits.push_back({"re\nply", 30, false, false, {}});
  EXPECT_EQ(LimitInWords("re\nply", terms), "limit re\\x0aply (30 days)");
}

// Design section 11: moments are UTC, days are civil days, and offsets have a sign.
TEST(Words, TimeIsWrittenOutright) {
  EXPECT_EQ(Moment(ParseInstant("2016-09-01T07:30:00Z").value()), "2016-09-01 07:30:00 UTC");
  EXPECT_EQ(Offset(300), "UTC+05:00");
  EXPECT_EQ(Offset(-210), "UTC-03:30");
  EXPECT_EQ(Day(0), "1970-01-01");
  EXPECT_EQ(Days(1), "1 day");
  EXPECT_EQ(Listed({"a", "b", "c"}, "or"), "a, b or c");
}

}  // namespace
}  // namespace chancery::explain
