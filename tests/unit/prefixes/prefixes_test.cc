// Replaying: whoever steps the recorded acts again, from the beginning, in parts, or with visible
// marks of silence between them, comes to the same rulings and the same matters (design section 7).
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/core_world.h"
#include "tests/support/sequences.h"

namespace chancery::testing {
namespace {

using procedure::Admitted;
using procedure::Inadmissible;
using procedure::Lapsed;
using procedure::Matter;
using procedure::MatterKind;
using procedure::Matters;
using procedure::Replayer;

// A sequence with what came of it, act by act.
struct Told {
  std::vector<RecordedAct> acts;
  std::vector<Stepped> steps;
  std::vector<std::map<MatterId, Matter>> after;  // the matters after each act
};

Told Tell(const Numbers& numbers) {
  Told told;
  Sequence sequence(Beginnings()[numbers.beginning]);
  for (const std::uint64_t number : numbers.acts) {
    told.acts.push_back(sequence.Next(number));
    told.steps.push_back(sequence.Do(told.acts.back()));
    told.after.push_back(sequence.replayer().matters().all());
  }
  return told;
}

TEST(Prefixes, ReplayingAnyPrefixGivesTheSameRulingsAndMatters) {
  // Design section 7: stored state is what a replay gives. The prefix is replayed at once and in
  // parts; each part begins from what the one before it left.
  int prefixes = 0;
  Try(1500, [&] {
    const Numbers numbers = *AnyNumbers();
    const Told told = Tell(numbers);
    const std::size_t length = told.acts.size();
    Dice dice(length == 0 ? 0 : numbers.acts.front());
    const std::size_t prefix = dice.Below(length + 1);
    for (const std::size_t part : {length + 1, std::size_t{1}, 1 + dice.Below(length + 1)}) {
      auto replayer = std::make_unique<Replayer>(Beginnings()[numbers.beginning].replayer);
      for (std::size_t i = 0; i < prefix; ++i) {
        if (i % part == 0) replayer = std::make_unique<Replayer>(*replayer);
        const Stepped stepped = replayer->Add(told.acts[i]);
        RC_ASSERT(stepped.ruling == told.steps[i].ruling);
        RC_ASSERT(stepped.changed == told.steps[i].changed);
        RC_ASSERT(stepped.readers == told.steps[i].readers);
      }
      if (prefix > 0) RC_ASSERT(replayer->matters().all() == told.after[prefix - 1]);
    }
    prefixes += prefix > 0 ? 1 : 0;
  });
  EXPECT_GT(prefixes, 0);
}

// The lapses that rulings named, each matter's in their order.
using Silences = std::map<MatterId, std::vector<Lapsed>>;

void Collect(const Stepped& stepped, Silences& silences) {
  for (const Lapsed& lapsed : stepped.ruling.lapses) silences[lapsed.matter].push_back(lapsed);
}

Matters StandingOf(const Replayer& replayer, Instant at, Silences& silences) {
  Matters all;
  for (const auto& [id, matter] : replayer.matters().all()) all.Add(matter);
  const auto standing = StandingAt(replayer.procedures(), all, at);
  for (const Lapsed& lapsed : standing.lapses) silences[lapsed.matter].push_back(lapsed);
  Matters settled;
  for (const Matter& matter : standing.matters) settled.Add(matter);
  return settled;
}

// The act by which a party says that a limit has passed, on some matter.
RecordedAct SayingSilence(const Replayer& replayer, Dice& dice, Instant at) {
  const auto& all = replayer.matters().all();
  const Matter& matter =
      std::next(all.begin(), static_cast<std::ptrdiff_t>(dice.Below(all.size())))->second;
  RecordedAct recorded;
  recorded.recorded_at = at;
  Act& act = recorded.act;
  act.kind = ActKind::kLimitPassed;
  act.matter = matter.id;
  act.procedure = matter.procedure;
  const bool theirs = dice.OneIn(2);
  act.author = theirs ? matter.requested : matter.requesting;
  act.addressee = theirs ? matter.requesting : matter.requested;
  act.facts.Set(Fact::kLimit, static_cast<std::int64_t>(1 + dice.Below(18)));
  recorded.digest = Named("silence " + std::to_string(dice.Draw()));
  const Matter& cooperation = *replayer.matters().Find(replayer.matters().Cooperation());
  for (const procedure::Appointment& appointment : procedure::AppointmentsOf(cooperation)) {
    if (appointment.party == act.author) recorded.signers.push_back(appointment.certificate);
  }
  std::sort(recorded.signers.begin(), recorded.signers.end());
  return recorded;
}

TEST(Prefixes, WhoeverSaysThatALimitPassedChangesNothing) {
  // Design section 7: silence needs no act. The same sequence with and without acts of
  // limit_passed between its acts: equal outcomes, the same lapses at the same moments, and in the
  // end the same matters.
  int said = 0;
  int admitted = 0;
  int lapsed = 0;
  Try(1500, [&] {
    const Numbers numbers = *AnyNumbers();
    const Told told = Tell(numbers);
    if (told.acts.empty()) return;
    Replayer replayer = Beginnings()[numbers.beginning].replayer;
    Dice dice(numbers.acts.front());
    Silences with;
    Silences without;
    for (std::size_t i = 0; i < told.acts.size(); ++i) {
      for (std::size_t left = dice.Below(3); left > 0; --left) {
        const RecordedAct saying = SayingSilence(replayer, dice, told.acts[i].recorded_at);
        const Stepped stepped = replayer.Add(saying);
        Collect(stepped, with);
        ++said;
        admitted += stepped.ruling.admitted() ? 1 : 0;
      }
      const Stepped stepped = replayer.Add(told.acts[i]);
      Collect(stepped, with);
      Collect(told.steps[i], without);
      const auto* one = std::get_if<Admitted>(&stepped.ruling.outcome);
      const auto* other = std::get_if<Admitted>(&told.steps[i].ruling.outcome);
      RC_ASSERT((one == nullptr) == (other == nullptr));
      if (one != nullptr) {
        RC_ASSERT(one->because == other->because);
      } else {
        RC_ASSERT(stepped.ruling.outcome == told.steps[i].ruling.outcome);
      }
      RC_ASSERT(stepped.readers == told.steps[i].readers);
    }
    Sequence plain(Beginnings()[numbers.beginning]);
    for (const RecordedAct& recorded : told.acts) plain.Do(recorded);
    const Instant end = told.acts.back().recorded_at;
    const Matters one = StandingOf(replayer, end, with);
    const Matters other = StandingOf(plain.replayer(), end, without);
    RC_ASSERT(one.size() == other.size());
    for (const auto& [id, matter] : one) RC_ASSERT(*other.Find(id) == matter);
    RC_ASSERT(with == without);
    for (const auto& [id, lapses] : with) lapsed += static_cast<int>(lapses.size());
  });
  std::printf("%d acts of limit_passed, %d admitted; %d lapses\n", said, admitted, lapsed);
  EXPECT_GT(admitted, 0);
  EXPECT_GT(lapsed, 0);
}

}  // namespace
}  // namespace chancery::testing
