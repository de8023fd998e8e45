// Acts in any order: the core rules every one of them, never crashes, and keeps its promises about
// what a ruling may depend on and change (design section 7).
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/sequences.h"

namespace chancery::testing {
namespace {

using procedure::Act;
using procedure::ActKind;
using procedure::Elapsed;
using procedure::Fact;
using procedure::Inadmissible;
using procedure::Matter;
using procedure::MatterKind;
using procedure::Matters;
using procedure::ProcedureSet;
using procedure::RecordedAct;
using procedure::Replayer;
using procedure::Stepped;

// What sequences came to, so that nobody takes a heap of refusals for a proof.
class Reached {
 public:
  void Add(const RecordedAct& recorded, const Stepped& stepped) {
    ++acts_;
    if (stepped.ruling.admitted()) {
      ++admitted_;
      kinds_.insert(recorded.act.kind);
      in_this_.insert(recorded.act.kind);
    } else {
      grounds_.insert(std::get<Inadmissible>(stepped.ruling.outcome).ground);
    }
    for (const procedure::Lapsed& lapsed : stepped.ruling.lapses) lapses_.insert(lapsed.lapse);
  }
  void EndSequence() {
    ++sequences_;
    for (const ActKind kind : in_this_) ++with_[kind];
    in_this_.clear();
  }

  void Print() const {
    std::printf(
        "%d sequences, %d acts, %d%% admitted; %zu kinds of act admitted, %zu grounds, %zu "
        "lapses; of 1000 sequences:",
        sequences_, acts_, 100 * admitted_ / std::max(acts_, 1), kinds_.size(), grounds_.size(),
        lapses_.size());
    for (const auto& [kind, count] : with_)
      std::printf(" %s %d,", std::string(procedure::FindAct(kind)->name).c_str(),
                  1000 * count / sequences_);
    std::printf("\n");
  }
  // Of 1000 sequences how many came to an admitted act of that kind.
  int Share(ActKind kind) const {
    const auto found = with_.find(kind);
    return found == with_.end() ? 0 : 1000 * found->second / sequences_;
  }
  int sequences() const { return sequences_; }
  int admitted_percent() const { return 100 * admitted_ / std::max(acts_, 1); }
  std::size_t kinds() const { return kinds_.size(); }
  std::size_t grounds() const { return grounds_.size(); }
  std::size_t lapses() const { return lapses_.size(); }

 private:
  int sequences_ = 0;
  int acts_ = 0;
  int admitted_ = 0;
  std::set<ActKind> kinds_;
  std::set<ActKind> in_this_;
  std::map<ActKind, int> with_;
  std::set<procedure::Ground> grounds_;
  std::set<std::string> lapses_;
};

Matters ReadBy(const Matters& matters, PartyCode party) {
  Matters read;
  for (const auto& [id, matter] : matters) {
    if (MayRead(matter, party)) read.Add(matter);
  }
  return read;
}

// Design section 7: what an inadmissible act leaves behind is what silence has done by then, and
// silence is applied alike whoever asks.
void CheckLapses(const ProcedureSet& procedures, const Matters& touched,
                 const RecordedAct& recorded, const Stepped& stepped) {
  Matters applied = ReadBy(touched, recorded.act.author);
  const Matter* cooperation = touched.Cooperation();
  if (cooperation != nullptr) applied.Add(*cooperation);
  const Elapsed elapsed = ElapsedBy(procedures, applied, recorded.recorded_at);
  RC_ASSERT(stepped.ruling.lapses == elapsed.lapses);
  if (!stepped.ruling.admitted()) RC_ASSERT(stepped.changed == elapsed.changed);
  RC_ASSERT(StandingAt(procedures, applied, recorded.recorded_at).lapses == elapsed.lapses);
  RC_ASSERT(std::is_sorted(elapsed.lapses.begin(), elapsed.lapses.end(),
                           [](const procedure::Lapsed& one, const procedure::Lapsed& other) {
                             return one.at < other.at;
                           }));
}

// Design section 7: Touched names everything a ruling reads. Matters of others, and of the same
// parties, change nothing; but of several cases of one person only the newest is given.
void CheckMoreMattersChangeNothing(const Replayer& replayer, const Matters& touched,
                                   const RecordedAct& recorded, const Stepped& stepped) {
  Matters all = touched;
  for (const auto& [id, matter] : replayer.matters().all()) {
    const bool passed =
        std::any_of(matter.limits.begin(), matter.limits.end(),
                    [&](const auto& limit) { return limit.until <= recorded.recorded_at; });
    const bool of_the_person =
        matter.kind == MatterKind::kCase && recorded.act.facts.Has(Fact::kHandle) &&
        matter.facts.IdOr(Fact::kHandle) == recorded.act.facts.IdOr(Fact::kHandle);
    if (!passed && !of_the_person && touched.Find(id) == nullptr) all.Add(matter);
  }
  const Stepped with_all = Step(replayer.procedures(), all, recorded);
  RC_ASSERT(with_all.ruling == stepped.ruling);
  RC_ASSERT(with_all.changed == stepped.changed);
  RC_ASSERT(with_all.readers == stepped.readers);
}

// A matter that is not given is not there: the act is ruled all the same, and only an act that
// opens its matter can be admitted without it.
void CheckFewerMattersAreRuledToo(const Replayer& replayer, const Matters& touched,
                                  const RecordedAct& recorded) {
  for (const auto& [left_out, unused] : touched) {
    Matters fewer;
    for (const auto& [id, matter] : touched) {
      if (id != left_out) fewer.Add(matter);
    }
    const Stepped stepped = Step(replayer.procedures(), fewer, recorded);
    const auto* rules = replayer.procedures().Find(recorded.act.procedure);
    const bool opens =
        rules != nullptr && std::any_of(rules->RulesOf(recorded.act.kind).begin(),
                                        rules->RulesOf(recorded.act.kind).end(),
                                        [](const procedure::Rule* rule) { return rule->opens; });
    if (left_out == recorded.act.matter && !opens) RC_ASSERT(!stepped.ruling.admitted());
    for (const Matter& changed : stepped.changed) RC_ASSERT(changed.id != left_out || opens);
  }
}

// Nothing passes before the moment NextTimeLimit names, and something does at it.
void CheckNextTimeLimit(const ProcedureSet& procedures, const Matters& matters) {
  const std::optional<Instant> next = NextTimeLimit(procedures, matters);
  if (!next) {
    RC_ASSERT(ElapsedBy(procedures, matters, {4'102'444'800'000}).lapses.empty());
    return;
  }
  RC_ASSERT(ElapsedBy(procedures, matters, {next->ms - 1}).lapses.empty());
  const Elapsed at = ElapsedBy(procedures, matters, *next);
  RC_ASSERT(!at.lapses.empty());
  RC_ASSERT(at.lapses.front().at == *next);
}

void CheckChanged(const Matters& touched, const RecordedAct& recorded, const Stepped& stepped) {
  for (std::size_t i = 0; i < stepped.changed.size(); ++i) {
    const Matter& changed = stepped.changed[i];
    if (i > 0) RC_ASSERT(stepped.changed[i - 1].id < changed.id);
    const Matter* before = touched.Find(changed.id);
    RC_ASSERT(before != nullptr || changed.id == recorded.act.matter);
    if (before != nullptr) RC_ASSERT(!(*before == changed));
  }
  if (const auto* admitted = std::get_if<procedure::Admitted>(&stepped.ruling.outcome)) {
    RC_ASSERT(admitted->changed.size() == stepped.changed.size());
    for (std::size_t i = 0; i < stepped.changed.size(); ++i) {
      RC_ASSERT(admitted->changed[i].matter == stepped.changed[i].id);
      RC_ASSERT(admitted->changed[i].stage == stepped.changed[i].stage);
    }
    RC_ASSERT(!admitted->because.rule.empty());
    RC_ASSERT(!admitted->because.articles.empty());
  }
}

void TryOne(const Numbers& numbers, Habits habits, Reached& reached) {
  Sequence sequence(Beginnings()[numbers.beginning], habits);
  std::size_t done = 0;
  for (const std::uint64_t number : numbers.acts) {
    const RecordedAct recorded = sequence.Next(number);
    const Replayer& replayer = sequence.replayer();
    const Matters touched = Gather(recorded.act, replayer.matters());
    const Stepped stepped = Step(replayer.procedures(), touched, recorded);
    CheckChanged(touched, recorded, stepped);
    CheckLapses(replayer.procedures(), touched, recorded, stepped);
    CheckNextTimeLimit(replayer.procedures(), touched);
    // These look at everything; on every fourth act they are dear enough.
    if (++done % 4 == 0) {
      CheckMoreMattersChangeNothing(replayer, touched, recorded, stepped);
      CheckFewerMattersAreRuledToo(replayer, touched, recorded);
      replayer.AtTheDoor(recorded);
    }
    reached.Add(recorded, stepped);
    const Stepped again = sequence.Do(recorded);
    RC_ASSERT(again.ruling == stepped.ruling);
    RC_ASSERT(again.changed == stepped.changed);
    RC_ASSERT(again.readers == stepped.readers);
  }
  reached.EndSequence();
}

TEST(AnyOrder, EveryActIsRuledAndTheRulingKeepsItsPromises) {
  // Design section 7: total and deterministic; an inadmissible act changes nothing but what silence
  // had changed already; Touched is enough; NextTimeLimit tells the truth.
  Reached reached;
  Try(7500, [&] { TryOne(*AnyNumbers(), {}, reached); });
  reached.Print();
  if (reached.sequences() < 1000) return;  // somebody asked for fewer
  EXPECT_GT(reached.admitted_percent(), 60);
  EXPECT_GE(reached.kinds(), 58U);
  EXPECT_GE(reached.grounds(), 35U);
  EXPECT_GE(reached.lapses(), 25U);
  // So many of 1000 sequences come to a clearance, a boarding, a handover, an error, a suspension.
  EXPECT_GE(reached.Share(ActKind::kLinesCleared), 20);
  EXPECT_GE(reached.Share(ActKind::kBoardingRecorded), 30);
  EXPECT_GE(reached.Share(ActKind::kHandover), 30);
  EXPECT_GE(reached.Share(ActKind::kErrorNotified), 15);
  EXPECT_GE(reached.Share(ActKind::kSuspended), 30);
}

TEST(AnyOrder, ActsOfAnyKindWithAnyFactsAtAnyTimeAreRuled) {
  // Design section 7: total. Most acts are damaged or nonsense here, moments lie anywhere between
  // the first and the last that a number can say, and time runs back.
  Reached reached;
  Try(2500, [&] {
    TryOne(*AnyNumbers(), {.damaged_in_16 = 6, .anything_in_16 = 5, .forwards = false}, reached);
  });
  reached.Print();
}

}  // namespace
}  // namespace chancery::testing
