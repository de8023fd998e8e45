#include "engine/checker/explore.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

#include "engine/base/check.h"
#include "engine/checker/key.h"
#include "engine/checker/live.h"
#include "engine/checker/moves.h"
#include "engine/checker/worlds.h"

namespace chancery::checker {

namespace {

using procedure::CheckedProcedure;
using procedure::Fact;
using procedure::Facts;
using procedure::Matter;
using procedure::MatterKind;
using procedure::Matters;
using procedure::ProcedureSet;
using procedure::RecordedAct;

constexpr std::size_t kPiece = 2048;  // situations expanded before their successors are merged
// Moves by number: a wait, acts from 1, and limits that pass from kFirstLimit.
constexpr std::uint32_t kWait = 0;
constexpr std::uint32_t kFirstLimit = 0x80000000;
constexpr std::size_t kStoriesTried = 16;  // to find one that happens on real days

// Ended suspensions are never read again.
void ForgetEndedSuspensions(World& world) {
  const auto ended = [&](const Facts& row) {
    return IsSuspension(row) && row.Has(Fact::kUntil) &&
           row.NumberOr(Fact::kUntil, 0) <= world.now.ms;
  };
  const std::vector<Facts>& rows = world.cooperation->lines;
  if (std::none_of(rows.begin(), rows.end(), ended)) return;
  Matter cooperation = *world.cooperation;
  std::erase_if(cooperation.lines, ended);
  world.cooperation = std::make_shared<const Matter>(std::move(cooperation));
}

template <class Visit>
void ForEachMatter(const World& world, const Visit& visit) {
  for (const auto* matters : {&world.cases, &world.flights, &world.transfers}) {
    for (const SharedMatter& matter : *matters) visit(*matter);
  }
}

void Put(World& world, Matter matter) {
  std::vector<SharedMatter>* among = nullptr;
  switch (matter.kind) {
    case procedure::MatterKind::kCooperation:
      break;
    case procedure::MatterKind::kCase:
      among = &world.cases;
      break;
    case procedure::MatterKind::kFlight:
      among = &world.flights;
      break;
    case procedure::MatterKind::kTransfer:
      among = &world.transfers;
      break;
  }
  SharedMatter* at = &world.cooperation;
  if (among != nullptr) {
    const std::size_t number = NumberOf(matter.id);
    if (number >= among->size()) among->resize(number + 1);
    at = &(*among)[number];
  }
  if (*at != nullptr && **at == matter) return;
  *at = std::make_shared<const Matter>(std::move(matter));
}

// When a limit that may pass at any moment would pass by itself: never.
constexpr Instant kNever{std::int64_t{30'000} * 365 * kMsPerDay};

// From when a limit is counted that was started at the moment of its act.
constexpr Instant kSomeMoment{0};

// Which limits there can be, as bits: those of a matter whose passing changes something.
class LimitBits {
 public:
  LimitBits(const procedure::Procedure& terms, const Bounds& bounds) : terms_(terms) {
    const auto add = [&](MatterKind kind, char letter, int matters) {
      for (int number = 0; number < matters; ++number) {
        for (const procedure::Lapse& lapse : terms.lapses) {
          if (lapse.matter == kind)
            bits_.emplace(std::pair(std::pair(letter, number), lapse.limit), bits_.size());
        }
      }
    };
    add(MatterKind::kCase, 'C', bounds.cases);
    add(MatterKind::kFlight, 'F', bounds.flights);
    add(MatterKind::kTransfer, 'T', bounds.transfers);
    CHANCERY_CHECK(bits_.size() <= 64);
  }

  // Zero for a limit whose passing changes nothing in the stage the matter is in.
  std::uint64_t BitOf(const Matter& matter, const std::string& limit) const {
    const bool passes =
        std::any_of(terms_.lapses.begin(), terms_.lapses.end(), [&](const procedure::Lapse& lapse) {
          return lapse.matter == matter.kind && lapse.limit == limit &&
                 std::find(lapse.from.begin(), lapse.from.end(), matter.stage) != lapse.from.end();
        });
    if (!passes) return 0;
    const auto at = bits_.find(
        {std::pair(static_cast<char>(matter.id.raw()[0]), static_cast<int>(NumberOf(matter.id))),
         limit});
    return at != bits_.end() ? std::uint64_t{1} << at->second : 0;
  }

 private:
  const procedure::Procedure& terms_;
  std::map<std::pair<std::pair<char, int>, std::string>, std::size_t> bits_;
};

// Names by number.
class Names {
 public:
  void Add(const std::string& name) {
    if (numbers_.emplace(name, names_.size()).second) names_.push_back(name);
  }
  std::size_t size() const { return names_.size(); }
  std::size_t NumberOf(const std::string& name) const {
    const auto at = numbers_.find(name);
    CHANCERY_CHECK(at != numbers_.end());
    return at->second;
  }
  const std::string& At(std::size_t number) const { return names_[number]; }

 private:
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<std::string> names_;
};

// Bounds as far as a procedure fills them: a story cannot begin with acts it does not have.
Bounds Fitting(Bounds bounds, const procedure::Procedure& terms) {
  std::erase_if(bounds.first, [&](procedure::ActKind act) {
    return std::none_of(terms.rules.begin(), terms.rules.end(),
                        [&](const procedure::Rule& rule) { return rule.act == act; });
  });
  return bounds;
}

// The machinery of one exploration.
class Explorer {
 public:
  Explorer(const CheckedProcedure& founding, const CheckedProcedure& procedure,
           const ProcedureSet& procedures, Bounds bounds, const Limits& limits)
      : bounds_(Fitting(std::move(bounds), procedure.terms())),
        loose_(bounds_.clock == Clock::kLoose),
        procedure_(procedure),
        procedures_(procedures),
        reading_({&procedure.terms(), &founding.terms()}),
        live_(procedure, reading_, bounds_.without, {bounds_.transfers > 0, bounds_.cases > 1}),
        moves_(procedures, founding, procedure, reading_, live_, bounds_),
        bits_(procedure.terms(), bounds_),
        limits_(limits),
        beginning_(Beginning(founding, procedure, bounds_.reversed)) {
    for (const procedure::Rule& rule : procedure.terms().rules) names_.Add(rule.name);
    for (const procedure::Rule& rule : founding.terms().rules) names_.Add(rule.name);
    for (const procedure::Lapse& lapse : procedure.terms().lapses) names_.Add(lapse.name);
    played_.resize(names_.size());
    for (const procedure::Lapse& lapse : procedure.terms().lapses) {
      if (!live_.IsComparedLimit(lapse.limit)) passing_.emplace(lapse.matter, lapse.limit);
    }
  }

  Explored Run() {
    explored_.bounds = bounds_;
    parents_.push_back({0, 0});
    keys_.emplace(KeyOf(beginning_, live_, bounds_, procedure_), 0);
    places_.push_back({});
    std::vector<std::pair<std::uint32_t, World>> frontier;
    frontier.emplace_back(0U, beginning_);
    while (!frontier.empty()) {
      frontier = NextLevel(frontier);
      ++level_;
      if (limits_.until_broken && IsBroken(*limits_.until_broken) && !frontier.empty()) {
        explored_.complete = false;
        break;
      }
    }
    explored_.situations = parents_.size();
    for (std::size_t i = 0; i < played_.size(); ++i) {
      if (played_[i]) explored_.played.insert(names_.At(i));
    }
    FindEndlessWaits();
    for (const auto& [breach, ends] : found_) explored_.violations.push_back(Told(breach, ends));
    return std::move(explored_);
  }

 private:
  // From which situation a situation was first reached, and by which move.
  struct Parent {
    std::uint32_t place;
    std::uint32_t move;
  };
  // The end of a story: a situation, and one more move from there.
  struct Ending {
    std::uint32_t place;
    std::optional<std::uint32_t> move;
  };
  struct Successor {
    std::uint32_t move = 0;
    std::string key;  // empty when the situation is known
    std::uint32_t known = 0;
    std::int64_t waited = 0;
    std::uint64_t renewed = 0;
    World world;
  };
  struct Expansion {
    std::vector<Successor> successors;
    std::vector<std::pair<std::uint32_t, Breach>> breaches;
    std::uint64_t tried = 0;
    std::uint64_t admitted = 0;
    std::vector<bool> played;  // rules and lapses by number
  };

  std::vector<std::pair<std::uint32_t, World>> NextLevel(
      const std::vector<std::pair<std::uint32_t, World>>& frontier) {
    std::vector<std::pair<std::uint32_t, World>> level;
    // A piece at a time: what a piece leads to is held in memory until it is merged.
    for (std::size_t begin = 0; begin < frontier.size(); begin += kPiece) {
      NextPiece(frontier, begin, std::min(begin + kPiece, frontier.size()), level);
    }
    return level;
  }

  void NextPiece(const std::vector<std::pair<std::uint32_t, World>>& frontier, std::size_t begin,
                 std::size_t end, std::vector<std::pair<std::uint32_t, World>>& level) {
    std::vector<Expansion> expansions(end - begin);
    std::atomic<std::size_t> next{begin};
    const auto work = [&] {
      for (;;) {
        const std::size_t at = next.fetch_add(1);
        if (at >= end) return;
        expansions[at - begin] = Expand(frontier[at].second);
      }
    };
    std::vector<std::thread> threads;
    const int extra = end - begin < 32 ? 0 : limits_.threads - 1;
    for (int i = 0; i < extra; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();

    for (std::size_t i = begin; i < end; ++i) {
      const std::uint32_t from = frontier[i].first;
      Expansion& expansion = expansions[i - begin];
      explored_.tried += expansion.tried;
      explored_.admitted += expansion.admitted;
      for (std::size_t one = 0; one < expansion.played.size(); ++one) {
        if (expansion.played[one]) played_[one] = true;
      }
      for (auto& [move, breach] : expansion.breaches) Note(std::move(breach), {from, move});
      for (Successor& successor : expansion.successors) {
        if (successor.waited > 0) ++explored_.waits;
        std::uint32_t to = successor.known;
        if (!successor.key.empty()) {
          if (parents_.size() >= limits_.most_situations) {
            explored_.complete = false;
            continue;
          }
          const auto [at, is_new] =
              keys_.emplace(std::move(successor.key), static_cast<std::uint32_t>(parents_.size()));
          to = at->second;
          if (is_new) {
            parents_.push_back({from, successor.move});
            Describe(successor.world);
            level.emplace_back(to, std::move(successor.world));
          }
        }
        if (to != from || successor.renewed != 0)
          ways_.push_back({from, to, successor.waited, successor.renewed});
      }
      expansion = Expansion{};
    }
  }

  bool IsBroken(Property property) const {
    return std::any_of(found_.begin(), found_.end(),
                       [&](const auto& entry) { return entry.first.property == property; });
  }

  void Note(Breach breach, Ending ending) {
    std::vector<Ending>& endings = found_[std::move(breach)];
    if (endings.size() < (loose_ ? kStoriesTried : 1)) endings.push_back(ending);
  }

  void Describe(const World& world) {
    Place place;
    for (const SharedMatter& one_case : world.cases) {
      if (place.open || live_.IsTerminal(*one_case)) continue;
      // Before its first acts are done no story has begun: other worlds see who waits there.
      place.open = level_ + 1 >= bounds_.first.size();
      place.open_stage = one_case->stage;
    }
    if (!world.cases.empty()) {
      const Matter& one_case = *world.cases.front();
      place.applied = true;
      place.terminal = live_.IsTerminal(one_case);
      place.stage = one_case.stage;
      place.person_class =
          std::string(procedure::WordName(Fact::kClass, one_case.facts.NumberOr(Fact::kClass, 0)));
      const procedure::StageRule* stage = procedure_.FindStage(one_case.kind, one_case.stage);
      if (stage != nullptr) place.due = stage->due;
    }
    if (loose_) {
      ForEachMatter(world, [&](const Matter& matter) {
        for (const procedure::RunningLimit& limit : matter.limits)
          place.running |= bits_.BitOf(matter, limit.name);
      });
    }
    places_.push_back(std::move(place));
  }

  // With a loose clock no limit passes by itself; what a limit is compared with keeps its days. A
  // limit counted from another moment than that of its act remembers from which: of several that
  // are counted from one moment it is known which passes first.
  void Store(World& world, Matter matter) const {
    if (loose_) {
      for (procedure::RunningLimit& limit : matter.limits) {
        if (!passing_.contains({matter.kind, limit.name})) continue;
        limit.until = kNever;
        if (limit.since == world.now) limit.since = kSomeMoment;
      }
    }
    Put(world, std::move(matter));
  }

  // Whether a limit has passed at the latest when the other does.
  bool PassesWith(const Matter& matter, const procedure::RunningLimit& limit,
                  const Matter& other_matter, const procedure::RunningLimit& other) const {
    if (&matter == &other_matter && limit.name == other.name) return true;
    if (limit.since == kSomeMoment || limit.since != other.since) return false;
    return UntilOf(matter, limit) <= UntilOf(other_matter, other);
  }
  Instant UntilOf(const Matter& matter, const procedure::RunningLimit& limit) const {
    return procedure_.FirstTooLate(*procedure_.FindLimit(limit.name), limit.since,
                                   matter.requested);
  }

  // Limits of a matter that ran before and were started anew or stopped by what led to `after`.
  std::uint64_t Renewed(const Matter& before, const Matter& after) const {
    std::uint64_t renewed = 0;
    for (const procedure::RunningLimit& limit : before.limits) {
      const procedure::RunningLimit* now = after.FindLimit(limit.name);
      if (now == nullptr || now->until != limit.until || now->since != limit.since)
        renewed |= bits_.BitOf(before, limit.name);
    }
    return renewed;
  }

  // The situation after a wait: with limits counted every limit that passed has been applied.
  World Waited(const World& world, Instant until, std::vector<procedure::Lapsed>* lapses) const {
    World after = world;
    after.now = until;
    procedure::Elapsed elapsed = procedure::ElapsedBy(procedures_, world.AllMatters(), until);
    for (Matter& matter : elapsed.changed) Store(after, std::move(matter));
    NoteLapses(elapsed.lapses, after);
    ForgetEndedSuspensions(after);
    if (lapses != nullptr) *lapses = std::move(elapsed.lapses);
    return after;
  }

  // The situation after one limit has passed, with those that pass before it, and no time with it.
  World Passed(const World& world, const Matter& passing, const procedure::RunningLimit& limit,
               std::vector<procedure::Lapsed>* lapses, std::uint64_t* renewed) const {
    Matters matters;
    matters.Add(world.cooperation);
    for (const auto* among : {&world.cases, &world.flights, &world.transfers}) {
      for (const SharedMatter& shared : *among) {
        const Matter& matter = *shared;
        std::optional<Matter> due;  // a copy only of a matter whose limit passes
        for (std::size_t i = 0; i < matter.limits.size(); ++i) {
          const std::uint64_t bit = bits_.BitOf(matter, matter.limits[i].name);
          if (bit == 0 || !PassesWith(matter, matter.limits[i], passing, limit)) continue;
          if (!due) due = matter;
          due->limits[i].until = world.now;
          if (renewed != nullptr) *renewed |= bit;
        }
        matters.Add(due ? std::make_shared<const Matter>(*std::move(due)) : shared);
      }
    }
    procedure::Elapsed elapsed = procedure::ElapsedBy(procedures_, matters, world.now);
    World after = world;
    for (Matter& one : elapsed.changed) Store(after, std::move(one));
    NoteLapses(elapsed.lapses, after);
    if (lapses != nullptr) *lapses = std::move(elapsed.lapses);
    return after;
  }

  World Applied(const World& world, const RecordedAct& act, procedure::Stepped stepped,
                std::vector<Breach>& breaches, std::uint64_t* renewed) const {
    World after = world;
    for (Matter& matter : stepped.changed) {
      if (renewed != nullptr) {
        if (const Matter* before = world.Find(matter.id)) *renewed |= Renewed(*before, matter);
      }
      Store(after, std::move(matter));
    }
    breaches = Judge(procedure_, world, act, after);
    ForgetEndedSuspensions(after);
    return after;
  }

  // The limits that can pass in a situation, in a fixed order.
  using Running = std::pair<const Matter*, const procedure::RunningLimit*>;
  std::vector<Running> Passing(const World& world) const {
    std::vector<Running> passing;
    if (!loose_) return passing;
    ForEachMatter(world, [&](const Matter& matter) {
      for (const procedure::RunningLimit& limit : matter.limits) {
        if (bits_.BitOf(matter, limit.name) != 0) passing.emplace_back(&matter, &limit);
      }
    });
    return passing;
  }

  // With a loose clock a limit may have been started just now, and so need not have passed by then;
  // but none is longer than its days.
  bool MayWait(const World& world, Instant until) const {
    const std::vector<Running> passing = Passing(world);
    return std::all_of(passing.begin(), passing.end(), [&](const Running& one) {
      procedure::RunningLimit limit = *one.second;
      if (limit.since == kSomeMoment) limit.since = world.now;
      return UntilOf(*one.first, limit) > until;
    });
  }

  // Every case has ended for good, or every flight there can be.
  bool IsOver(const World& world) const {
    const auto ended = [&](const SharedMatter& matter) { return live_.IsOver(*matter); };
    return (!world.cases.empty() && std::all_of(world.cases.begin(), world.cases.end(), ended)) ||
           (static_cast<int>(world.flights.size()) == bounds_.flights &&
            std::all_of(world.flights.begin(), world.flights.end(), ended));
  }

  Expansion Expand(const World& world) const {
    Expansion expansion;
    expansion.played.resize(names_.size());
    std::vector<procedure::Lapsed> lapses;
    const auto note_lapses = [&] {
      for (const procedure::Lapsed& lapsed : lapses)
        expansion.played[names_.NumberOf(lapsed.lapse)] = true;
    };
    const auto add = [&](std::uint32_t move, std::int64_t waited, std::uint64_t renewed,
                         World after) {
      std::string key = KeyOf(after, live_, bounds_, procedure_);
      const auto at = keys_.find(key);
      Successor successor{move, {}, 0, waited, renewed, {}};
      if (at != keys_.end()) {
        successor.known = at->second;
      } else {
        successor.key = std::move(key);
        successor.world = std::move(after);
      }
      expansion.successors.push_back(std::move(successor));
    };
    if (bounds_.until_over && IsOver(world)) return expansion;
    const bool beginning = level_ < bounds_.first.size();
    if (!beginning) {
      const std::optional<Instant> until = moves_.NextMoment(world);
      if (until && MayWait(world, *until)) {
        add(kWait, until->ms - world.now.ms, 0, Waited(world, *until, &lapses));
        note_lapses();
      }
      std::uint32_t move = kFirstLimit;
      for (const auto& [matter, limit] : Passing(world)) {
        std::uint64_t renewed = 0;
        World after = Passed(world, *matter, *limit, &lapses, &renewed);
        note_lapses();
        add(move, 0, renewed, std::move(after));
        ++move;
      }
    }
    const Matters matters = world.AllMatters();
    std::uint32_t move = 0;
    moves_.ForEachAct(world, matters, [&](const RecordedAct& act) {
      ++move;
      if (beginning && act.act.kind != bounds_.first[level_]) return;
      ++expansion.tried;
      procedure::Stepped stepped = procedure::Step(procedures_, matters, act);
      if (!stepped.ruling.admitted()) return;
      ++expansion.admitted;
      const auto& admitted = std::get<procedure::Admitted>(stepped.ruling.outcome);
      expansion.played[names_.NumberOf(admitted.because.rule)] = true;
      std::vector<Breach> breaches;
      std::uint64_t renewed = 0;
      World after = Applied(world, act, std::move(stepped), breaches, loose_ ? &renewed : nullptr);
      for (Breach& breach : breaches) expansion.breaches.emplace_back(move, std::move(breach));
      add(move, 0, renewed, std::move(after));
    });
    return expansion;
  }

  // One move as it was made, with the situation before it and, for a limit that passed, which.
  struct Made {
    Move move;
    World before;
    MatterId passed_of;
    std::string passed;
  };

  // The moves that lead to an ending.
  std::vector<Made> StoryOf(const Ending& ending) const {
    std::vector<std::uint32_t> ordinals;
    if (ending.move) ordinals.push_back(*ending.move);
    for (std::uint32_t at = ending.place; at != 0; at = parents_[at].place)
      ordinals.push_back(parents_[at].move);
    std::reverse(ordinals.begin(), ordinals.end());
    std::vector<Made> story;
    World world = beginning_;
    for (const std::uint32_t ordinal : ordinals) {
      Made made;
      made.before = world;
      Move& move = made.move;
      if (ordinal == kWait) {
        move.waited = true;
        move.at = moves_.NextMoment(world).value_or(world.now);
        world = Waited(world, move.at, &move.lapses);
      } else if (ordinal >= kFirstLimit) {
        const auto passing = Passing(world);
        const auto& [matter, limit] = passing[ordinal - kFirstLimit];
        move.waited = true;
        move.at = world.now;
        made.passed_of = matter->id;
        made.passed = limit->name;
        world = Passed(world, *matter, *limit, &move.lapses, nullptr);
      } else {
        const Matters matters = world.AllMatters();
        std::uint32_t count = 0;
        moves_.ForEachAct(world, matters, [&](const RecordedAct& act) {
          if (++count == ordinal) move.act = act;
        });
        procedure::Stepped stepped = procedure::Step(procedures_, matters, move.act);
        move.at = world.now;
        move.ruling = stepped.ruling;
        std::vector<Breach> breaches;
        world = Applied(world, move.act, std::move(stepped), breaches, nullptr);
      }
      story.push_back(std::move(made));
    }
    return story;
  }

  Violation Told(const Breach& breach, const std::vector<Ending>& endings) const {
    Violation violation{breach, bounds_.name, {}, !loose_};
    for (std::size_t i = 0; loose_ && i < endings.size(); ++i) {
      std::optional<std::vector<Move>> dated =
          Dated(StoryOf(endings[i]), endings[i].move ? &breach : nullptr);
      if (dated) return {breach, bounds_.name, *std::move(dated), true};
    }
    for (Made& made : StoryOf(endings.front())) violation.story.push_back(std::move(made.move));
    return violation;
  }

  // The same story on real days: where a limit passed, the days it needs are waited for, and every
  // other limit passes when it must. Nothing when an act is then not admitted, or the breach does
  // not happen.
  std::optional<std::vector<Move>> Dated(const std::vector<Made>& story,
                                         const Breach* breach) const {
    std::vector<Move> dated;
    World world = beginning_;
    std::vector<Breach> breaches;
    const auto wait = [&](Instant until) {
      Move move;
      move.waited = true;
      move.at = until;
      procedure::Elapsed elapsed = procedure::ElapsedBy(procedures_, world.AllMatters(), until);
      for (Matter& matter : elapsed.changed) Put(world, std::move(matter));
      NoteLapses(elapsed.lapses, world);
      move.lapses = std::move(elapsed.lapses);
      world.now = until;
      dated.push_back(std::move(move));
    };
    for (const Made& made : story) {
      if (!made.passed.empty()) {
        const Matter* matter = world.Find(made.passed_of);
        const procedure::RunningLimit* limit =
            matter != nullptr ? matter->FindLimit(made.passed) : nullptr;
        // It has passed already, while another was waited for.
        if (limit == nullptr || limit->until <= world.now) continue;
        wait(limit->until);
      } else if (made.move.waited) {
        if (const std::optional<Instant> until = moves_.NextMoment(world)) wait(*until);
      } else {
        Move move = made.move;
        moves_.MoveDates(move.act, world, made.before.now);
        move.at = world.now;
        procedure::Stepped stepped = procedure::Step(procedures_, world.AllMatters(), move.act);
        if (!stepped.ruling.admitted()) return std::nullopt;
        move.ruling = stepped.ruling;
        World after = world;
        for (Matter& matter : stepped.changed) Put(after, std::move(matter));
        breaches = Judge(procedure_, world, move.act, after);
        world = std::move(after);
        dated.push_back(std::move(move));
      }
    }
    if (breach != nullptr &&
        std::find(breaches.begin(), breaches.end(), *breach) == breaches.end()) {
      return std::nullopt;
    }
    return dated;
  }

  // P5: a situation with an open case that nothing will ever change by itself, or a circle of
  // situations with an open case in which nothing forces anybody to leave it.
  void FindEndlessWaits() {
    std::vector<std::uint32_t> parents;
    parents.reserve(parents_.size());
    for (const Parent& parent : parents_) parents.push_back(parent.place);
    const Graph graph(std::move(places_), std::move(ways_), std::move(parents));
    const std::vector<Endless> endless =
        loose_ ? graph.EndlessWhenLoose() : graph.EndlessWhenCounted();
    for (const Endless& one : endless) {
      // What was not explored may let time pass.
      if (!explored_.complete && !one.circle && !loose_) continue;
      const std::string& stage = graph.At(one.place).open_stage;
      Note(
          {Property::kP5, one.circle ? "acts can make a case wait for ever in the stage " + stage
                                     : "no limit ends the waiting of a case in the stage " + stage},
          {one.place, std::nullopt});
    }
    // A longest way is only known when every way is.
    if (limits_.longest_waits && explored_.complete && endless.empty() && !loose_ &&
        bounds_.cases == 1) {
      explored_.waits_by_class = graph.LongestWaits();
    }
  }

  const Bounds bounds_;
  const bool loose_;
  const CheckedProcedure& procedure_;
  const ProcedureSet& procedures_;
  const Reading reading_;
  const Live live_;
  const Moves moves_;
  const LimitBits bits_;
  const Limits limits_;
  const World beginning_;
  std::set<std::pair<MatterKind, std::string>> passing_;  // limits that may pass at any moment
  Names names_;
  std::vector<bool> played_;  // by number
  Explored explored_;
  std::size_t level_ = 0;  // how many moves away from the beginning
  std::vector<Parent> parents_;
  std::vector<Place> places_;
  std::vector<Way> ways_;
  std::unordered_map<std::string, std::uint32_t> keys_;
  // Where each kind of breach was first met: situations are met in the order of their distance
  // from the beginning, so the story is a shortest one.
  std::map<Breach, std::vector<Ending>> found_;
};

ProcedureSet Both(const CheckedProcedure& founding, const CheckedProcedure& procedure) {
  // The set shares what the caller owns for the length of the exploration.
  const auto borrow = [](const CheckedProcedure& one) {
    return std::shared_ptr<const CheckedProcedure>(std::shared_ptr<const CheckedProcedure>(), &one);
  };
  ProcedureSet procedures(founding.digest());
  procedures.Add(borrow(founding));
  procedures.Add(borrow(procedure));
  return procedures;
}

}  // namespace

Explored Explore(const CheckedProcedure& founding, const CheckedProcedure& procedure,
                 const Bounds& bounds, const Limits& limits) {
  const ProcedureSet procedures = Both(founding, procedure);
  return Explorer(founding, procedure, procedures, bounds, limits).Run();
}

bool Verdict::Holds(Property property) const {
  return std::none_of(violations.begin(), violations.end(), [&](const Violation& violation) {
    return violation.breach.property == property;
  });
}

bool Verdict::Complete() const {
  return std::all_of(worlds.begin(), worlds.end(),
                     [](const Explored& world) { return world.complete; });
}

Verdict CheckProperties(const CheckedProcedure& founding, const CheckedProcedure& procedure,
                        const Limits& limits) {
  Verdict verdict;
  std::set<Breach> known;
  for (Breach& breach : JudgeRules(procedure.terms())) {
    known.insert(breach);
    verdict.violations.push_back({std::move(breach), {}, {}});
  }
  for (const Bounds& bounds : AllBounds()) {
    if (!limits.worlds.empty() && !limits.worlds.contains(bounds.name)) continue;
    Explored explored = Explore(founding, procedure, bounds, limits);
    for (const Violation& violation : explored.violations) {
      if (known.insert(violation.breach).second) verdict.violations.push_back(violation);
    }
    verdict.worlds.push_back(std::move(explored));
  }
  const auto ask = [&](const std::string& name) {
    if (std::none_of(verdict.worlds.begin(), verdict.worlds.end(),
                     [&](const Explored& world) { return world.played.contains(name); })) {
      verdict.unplayed.push_back(name);
    }
  };
  for (const procedure::Rule& rule : procedure.terms().rules) ask(rule.name);
  for (const procedure::Lapse& lapse : procedure.terms().lapses) ask(lapse.name);
  std::stable_sort(verdict.violations.begin(), verdict.violations.end(),
                   [](const Violation& one, const Violation& other) {
                     return one.breach.property < other.breach.property;
                   });
  return verdict;
}

}  // namespace chancery::checker
