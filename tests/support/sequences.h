// Random sequences of acts under the agreed procedures, most of them what an official might do
// next, the others anything at all.
//
// A sequence is a list of numbers. Each number stands for one act, drawn from the matters as they
// are when its turn comes: most often one that some rule admits now, with the facts, lines and
// seals its sentences ask for; sometimes the same damaged; sometimes an act of any kind with any
// facts. Leaving numbers out leaves a sequence, so that a failing one becomes short.
#ifndef CHANCERY_TESTS_SUPPORT_SEQUENCES_H_
#define CHANCERY_TESTS_SUPPORT_SEQUENCES_H_

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "engine/procedure/replay.h"

namespace chancery::testing {

// Numbers drawn one from another: the same for the same seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Draw();
  // From 0 to one less than `bound`, which is at least 1.
  std::size_t Below(std::size_t bound) { return static_cast<std::size_t>(Draw() % bound); }
  bool OneIn(std::size_t times) { return Below(times) == 0; }
  template <class Values>
  const auto& OneOf(const Values& values) {
    return values[Below(values.size())];
  }

 private:
  std::uint64_t state_;
};

// Where sequences begin: freshly agreed, or in the middle of a scenario.
struct Beginning {
  std::string name;
  procedure::Replayer replayer;
  Instant now;
};
// All beginnings: both procedures agreed with every office of both sides in every party, and each
// scenario of theirs after a third, two thirds and all of its acts.
const std::vector<Beginning>& Beginnings();
// The first of them: the 2016 procedure, between Pakistan, Greece and Austria.
const Beginning& FreshlyAgreed();

// How far acts may stray from what is sensible.
struct Habits {
  int damaged_in_16 = 2;   // so many of 16 acts are damaged
  int anything_in_16 = 1;  // so many of 16 are acts of any kind with any facts
  bool forwards = true;    // recorded times never run back and keep to the years of the agreement
};

class Sequence {
 public:
  explicit Sequence(const Beginning& beginning, Habits habits = {})
      : replayer_(beginning.replayer), now_(beginning.now), habits_(habits) {}

  // The act that `number` stands for as matters are now.
  procedure::RecordedAct Next(std::uint64_t number);
  procedure::Stepped Do(const procedure::RecordedAct& recorded) { return replayer_.Add(recorded); }

  const procedure::Replayer& replayer() const { return replayer_; }

 private:
  procedure::Replayer replayer_;
  Instant now_;
  Habits habits_;
  std::uint64_t entry_ = 0;
};

// What rapidcheck draws: numbers that shrink by being left out.
struct Numbers {
  std::size_t beginning = 0;  // of Beginnings()
  std::vector<std::uint64_t> acts;
};
void showValue(const Numbers& numbers, std::ostream& out);
// Half of them begin where somebody is on the way.
rc::Gen<Numbers> AnyNumbers();

// The act in one line, without its identifiers: "GRC application at 2016-09-01T06:00:00Z".
std::string InWords(const procedure::RecordedAct& recorded);

// Tries `law` on `sequences` random ones. The seed is fixed, so that every run tries the same, and
// printed; RC_PARAMS="seed=... max_success=..." gives others.
template <class Law>
void Try(int sequences, const Law& law) {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  if (std::getenv("RC_PARAMS") == nullptr) {
    params.seed = 20160229;
    params.maxSuccess = sequences;
    params.maxSize = 160;  // acts of the longest
  }
  const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
  rc::detail::TestMetadata metadata;
  metadata.id = std::string(test.test_suite_name()) + "/" + test.name();
  metadata.description = test.name();
  std::printf("%s: RC_PARAMS=\"seed=%llu max_success=%d\"\n", metadata.id.c_str(),
              static_cast<unsigned long long>(params.seed), params.maxSuccess);
  const rc::detail::TestResult result = rc::detail::checkTestable(law, metadata, params);
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << text.str();
}

}  // namespace chancery::testing

#endif  // CHANCERY_TESTS_SUPPORT_SEQUENCES_H_
