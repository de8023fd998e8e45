#include "engine/checker/explore.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

#include "engine/checker/moves.h"

namespace chancery::checker {

namespace {

using procedure::CheckedProcedure;
using procedure::Fact;
using procedure::Facts;
using procedure::Matter;
using procedure::Matters;
using procedure::ProcedureSet;
using procedure::RecordedAct;

constexpr std::size_t kPiece = 2048;  // situations expanded before their successors are merged
constexpr std::uint32_t kWait = 0;    // the move that is not an act; acts are numbered from 1

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

// The machinery of one exploration.
class Explorer {
 public:
  Explorer(const CheckedProcedure& founding, const CheckedProcedure& procedure,
           const ProcedureSet& procedures, Bounds bounds, const Limits& limits)
      : procedure_(procedure),
        procedures_(procedures),
        reading_({&procedure.terms(), &founding.terms()}),
        live_(procedure, reading_, bounds),
        moves_(founding, procedure, reading_, bounds),
        limits_(limits),
        beginning_(Beginning(founding, procedure)) {
    explored_.bounds = std::move(bounds);
  }

  Explored Run() {
    nodes_.push_back({0, 0});
    keys_.emplace(KeyOf(beginning_, live_, procedure_), 0);
    open_.push_back(false);
    ends_.push_back({});
    std::vector<std::pair<std::uint32_t, World>> frontier;
    frontier.emplace_back(0U, beginning_);
    while (!frontier.empty()) frontier = NextLevel(frontier);
    explored_.situations = nodes_.size();
    FindEndlessWaits();
    for (const auto& [breach, at] : found_) {
      std::vector<Move> story = StoryOf(at.first, at.second);
      explored_.violations.push_back({breach, explored_.bounds.name, std::move(story)});
    }
    return std::move(explored_);
  }

 private:
  struct Node {
    std::uint32_t parent;
    std::uint32_t move;
  };
  struct Edge {
    std::uint32_t from;
    std::uint32_t to;
    std::int64_t waited;  // milliseconds; 0 for an act
  };
  struct Successor {
    std::uint32_t move;
    std::string key;  // empty when the situation is known
    std::uint32_t known = 0;
    std::int64_t waited = 0;
    World world;
  };
  struct Expansion {
    std::vector<Successor> successors;
    std::vector<std::pair<std::uint32_t, Breach>> breaches;
    std::uint64_t tried = 0;
    std::uint64_t admitted = 0;
  };
  // Where a person's case stands, for the account of waiting.
  struct End {
    bool applied = false;
    bool terminal = false;
    std::string stage;
    std::string open_stage;  // of the first case that is still open
    std::string person_class;
    procedure::Role due = procedure::Role::kEither;
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
      for (auto& [move, breach] : expansion.breaches)
        found_.emplace(std::move(breach), std::pair(from, move));
      for (Successor& successor : expansion.successors) {
        if (successor.waited > 0) ++explored_.waits;
        std::uint32_t to = successor.known;
        if (!successor.key.empty()) {
          if (nodes_.size() >= limits_.most_situations) {
            explored_.complete = false;
            continue;
          }
          const auto [at, is_new] =
              keys_.emplace(std::move(successor.key), static_cast<std::uint32_t>(nodes_.size()));
          to = at->second;
          if (is_new) {
            nodes_.push_back({from, successor.move});
            Describe(successor.world);
            level.emplace_back(to, std::move(successor.world));
          }
        }
        if (to != from) edges_.push_back({from, to, successor.waited});
      }
      expansion = Expansion{};
    }
  }

  void Describe(const World& world) {
    bool open = false;
    End end;
    for (const SharedMatter& one_case : world.cases) {
      if (open || live_.IsTerminal(*one_case)) continue;
      open = true;
      end.open_stage = one_case->stage;
    }
    open_.push_back(open);
    if (!world.cases.empty()) {
      const Matter& one_case = *world.cases.front();
      end.applied = true;
      end.terminal = live_.IsTerminal(one_case);
      end.stage = one_case.stage;
      end.person_class =
          std::string(procedure::WordName(Fact::kClass, one_case.facts.NumberOr(Fact::kClass, 0)));
      const procedure::StageRule* stage = procedure_.FindStage(one_case.kind, one_case.stage);
      if (stage != nullptr) end.due = stage->due;
    }
    ends_.push_back(std::move(end));
  }

  // The situation after a wait: every limit that passed has been applied.
  World Waited(const World& world, Instant until, std::vector<procedure::Lapsed>* lapses) const {
    procedure::Standing standing = procedure::StandingAt(procedures_, world.AllMatters(), until);
    World after = world;
    after.now = until;
    for (Matter& matter : standing.matters) Put(after, std::move(matter));
    NoteLapses(standing.lapses, after);
    ForgetEndedSuspensions(after);
    if (lapses != nullptr) *lapses = std::move(standing.lapses);
    return after;
  }

  World Applied(const World& world, const RecordedAct& act, procedure::Stepped stepped,
                std::vector<Breach>& breaches) const {
    World after = world;
    for (Matter& matter : stepped.changed) Put(after, std::move(matter));
    breaches = Judge(procedure_, world, act, after);
    ForgetEndedSuspensions(after);
    return after;
  }

  Expansion Expand(const World& world) const {
    Expansion expansion;
    const auto add = [&](std::uint32_t move, std::int64_t waited, World after) {
      std::string key = KeyOf(after, live_, procedure_);
      const auto at = keys_.find(key);
      if (at != keys_.end()) {
        expansion.successors.push_back({move, {}, at->second, waited, {}});
      } else {
        expansion.successors.push_back({move, std::move(key), 0, waited, std::move(after)});
      }
    };
    if (const std::optional<Instant> until = moves_.NextMoment(world))
      add(kWait, until->ms - world.now.ms, Waited(world, *until, nullptr));
    const Matters matters = world.AllMatters();
    std::uint32_t move = 0;
    moves_.ForEachAct(world, [&](const RecordedAct& act) {
      ++move;
      ++expansion.tried;
      procedure::Stepped stepped = procedure::Step(procedures_, matters, act);
      if (!stepped.ruling.admitted()) return;
      ++expansion.admitted;
      std::vector<Breach> breaches;
      World after = Applied(world, act, std::move(stepped), breaches);
      for (Breach& breach : breaches) expansion.breaches.emplace_back(move, std::move(breach));
      add(move, 0, std::move(after));
    });
    return expansion;
  }

  // The moves that lead to a node, and one more from there when `last` says so.
  std::vector<Move> StoryOf(std::uint32_t node, std::optional<std::uint32_t> last) const {
    std::vector<std::uint32_t> ordinals;
    if (last) ordinals.push_back(*last);
    for (std::uint32_t at = node; at != 0; at = nodes_[at].parent)
      ordinals.push_back(nodes_[at].move);
    std::reverse(ordinals.begin(), ordinals.end());
    std::vector<Move> story;
    World world = beginning_;
    for (const std::uint32_t ordinal : ordinals) {
      Move move;
      if (ordinal == kWait) {
        move.waited = true;
        move.at = moves_.NextMoment(world).value_or(world.now);
        world = Waited(world, move.at, &move.lapses);
      } else {
        const Matters matters = world.AllMatters();
        std::uint32_t count = 0;
        moves_.ForEachAct(world, [&](const RecordedAct& act) {
          if (++count == ordinal) move.act = act;
        });
        procedure::Stepped stepped = procedure::Step(procedures_, matters, move.act);
        move.at = world.now;
        move.ruling = stepped.ruling;
        std::vector<Breach> breaches;
        world = Applied(world, move.act, std::move(stepped), breaches);
      }
      story.push_back(std::move(move));
    }
    return story;
  }

  // P5: a situation with an open case that nothing will ever change by itself, or a circle of
  // situations with an open case in which time passes.
  void FindEndlessWaits() {
    std::vector<bool> waits(nodes_.size(), false);
    for (const Edge& edge : edges_) {
      if (edge.waited > 0) waits[edge.from] = true;
    }
    for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
      if (!open_[node] || waits[node] || !explored_.complete) continue;
      found_.emplace(Breach{Property::kP5, "no limit ends the waiting of a case in the stage " +
                                               ends_[node].open_stage},
                     std::pair(node, std::optional<std::uint32_t>()));
    }
    FindComponents();
    for (const Edge& edge : edges_) {
      if (edge.waited > 0 && open_[edge.from] && component_[edge.from] == component_[edge.to]) {
        found_.emplace(Breach{Property::kP5, "acts can make a case wait for ever in the stage " +
                                                 ends_[edge.from].open_stage},
                       std::pair(edge.from, std::optional<std::uint32_t>()));
      }
    }
    const bool endless = std::any_of(found_.begin(), found_.end(), [](const auto& entry) {
      return entry.first.property == Property::kP5;
    });
    // A longest way is only known when every way is.
    if (limits_.longest_waits && explored_.complete && !endless && explored_.bounds.cases == 1)
      FindLongestWaits();
  }

  // Strongly connected components, numbered so that every edge leads to the same or a smaller
  // number (Tarjan, without recursion).
  void FindComponents() {
    first_edge_.assign(nodes_.size() + 1, 0);
    std::sort(edges_.begin(), edges_.end(),
              [](const Edge& one, const Edge& other) { return one.from < other.from; });
    for (const Edge& edge : edges_) ++first_edge_[edge.from + 1];
    for (std::size_t i = 1; i < first_edge_.size(); ++i) first_edge_[i] += first_edge_[i - 1];
    constexpr std::uint32_t kNone = 0xffffffff;
    std::vector<std::uint32_t> index(nodes_.size(), kNone);
    std::vector<std::uint32_t> low(nodes_.size(), 0);
    std::vector<bool> on_stack(nodes_.size(), false);
    std::vector<std::uint32_t> stack;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> path;  // node, next edge
    component_.assign(nodes_.size(), 0);
    std::uint32_t counter = 0;
    for (std::uint32_t root = 0; root < nodes_.size(); ++root) {
      if (index[root] != kNone) continue;
      path.emplace_back(root, first_edge_[root]);
      index[root] = low[root] = counter++;
      stack.push_back(root);
      on_stack[root] = true;
      while (!path.empty()) {
        auto& [node, edge] = path.back();
        if (edge < first_edge_[node + 1]) {
          const std::uint32_t to = edges_[edge++].to;
          if (index[to] == kNone) {
            index[to] = low[to] = counter++;
            stack.push_back(to);
            on_stack[to] = true;
            path.emplace_back(to, first_edge_[to]);
          } else if (on_stack[to]) {
            low[node] = std::min(low[node], index[to]);
          }
          continue;
        }
        const std::uint32_t done = node;
        path.pop_back();
        if (!path.empty()) low[path.back().first] = std::min(low[path.back().first], low[done]);
        if (low[done] != index[done]) continue;
        for (;;) {
          const std::uint32_t member = stack.back();
          stack.pop_back();
          on_stack[member] = false;
          component_[member] = components_;
          if (member == done) break;
        }
        ++components_;
      }
    }
  }

  struct Waiting {
    std::int64_t all = -1;
    std::int64_t requesting = 0;
    std::int64_t requested = 0;
  };

  // The longest way from every situation to every outcome of the case.
  void FindLongestWaits() {
    std::vector<std::vector<std::uint32_t>> members(components_);
    for (std::uint32_t node = 0; node < nodes_.size(); ++node)
      members[component_[node]].push_back(node);
    std::vector<std::map<std::string, Waiting>> longest(components_);
    for (std::uint32_t component = 0; component < components_; ++component) {
      std::map<std::string, Waiting>& mine = longest[component];
      for (const std::uint32_t node : members[component]) {
        const End& end = ends_[node];
        if (end.terminal) {
          mine.emplace(end.stage, Waiting{0, 0, 0});
          continue;
        }
        for (std::uint32_t i = first_edge_[node]; i < first_edge_[node + 1]; ++i) {
          const Edge& edge = edges_[i];
          if (component_[edge.to] == component) continue;
          for (const auto& [outcome, rest] : longest[component_[edge.to]]) {
            Waiting through = rest;
            const std::int64_t waited = end.applied ? edge.waited : 0;
            through.all += waited;
            if (end.due == procedure::Role::kRequesting) through.requesting += waited;
            if (end.due == procedure::Role::kRequested) through.requested += waited;
            Waiting& best = mine[outcome];
            if (through.all > best.all) best = through;
          }
        }
      }
    }
    std::map<std::pair<std::string, std::string>, Waiting> by_class;
    for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
      // Right after the application, before anybody waited.
      if (!ends_[node].applied || ends_[node].terminal || ends_[nodes_[node].parent].applied)
        continue;
      for (const auto& [outcome, waiting] : longest[component_[node]]) {
        Waiting& best = by_class[{ends_[node].person_class, outcome}];
        if (waiting.all > best.all) best = waiting;
      }
    }
    const auto days = [](std::int64_t ms) { return (ms + kMsPerDay - 1) / kMsPerDay; };
    for (const auto& [key, waiting] : by_class) {
      explored_.waits_by_class.push_back({key.first, key.second, days(waiting.all),
                                          days(waiting.requesting), days(waiting.requested)});
    }
  }

  const CheckedProcedure& procedure_;
  const ProcedureSet& procedures_;
  Reading reading_;
  Live live_;
  Moves moves_;
  Limits limits_;
  World beginning_;
  Explored explored_;
  std::vector<Node> nodes_;
  std::vector<bool> open_;
  std::vector<End> ends_;
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> first_edge_;
  std::vector<std::uint32_t> component_;
  std::uint32_t components_ = 0;
  std::unordered_map<std::string, std::uint32_t> keys_;
  // The first place where each kind of breach was met: situations are met in the order of their
  // distance from the beginning, so the story is a shortest one.
  std::map<Breach, std::pair<std::uint32_t, std::optional<std::uint32_t>>> found_;
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

std::vector<Bounds> AllBounds() {
  using procedure::ActKind;
  // Acts that speak of a case without moving it: explored with one case alone.
  const std::set<ActKind> words = {ActKind::kAcknowledged, ActKind::kExtension, ActKind::kReferred,
                                   ActKind::kLimitPassed};
  const std::set<ActKind> claims = {ActKind::kClaimMade, ActKind::kClaimSubstantiated,
                                    ActKind::kClaimAcknowledged, ActKind::kClaimContested,
                                    ActKind::kClaimDropped};
  const std::set<ActKind> holds = {ActKind::kHold, ActKind::kHoldLifted};
  const auto all_of = [](std::initializer_list<std::set<ActKind>> parts) {
    std::set<ActKind> all;
    for (const std::set<ActKind>& part : parts) all.insert(part.begin(), part.end());
    return all;
  };
  std::vector<Bounds> all;
  all.push_back({.name = "one case", .without = {}});
  all.push_back({.name = "one person twice", .cases = 2, .without = {}});
  all.push_back({.name = "a journey and its revisions",
                 .flights = 1,
                 .transfers = 1,
                 .list_revisions = 2,
                 .flight_revisions = 2,
                 .one_class = true,
                 .planned_first = true,
                 .without = all_of({words, claims, holds})});
  all.push_back({.name = "a journey under claims and holds",
                 .flights = 1,
                 .transfers = 1,
                 .one_class = true,
                 .planned_first = true,
                 .without = words});
  all.push_back({.name = "a journey under suspensions",
                 .flights = 1,
                 .transfers = 1,
                 .suspensions = true,
                 .carriers = true,
                 .one_class = true,
                 .planned_first = true,
                 .without = all_of({words, claims, holds})});
  all.push_back({.name = "two persons on one list",
                 .cases = 2,
                 .persons = 2,
                 .flights = 1,
                 .transfers = 1,
                 .list_revisions = 2,
                 .one_class = true,
                 .planned_first = true,
                 .without = all_of({words, claims, holds})});
  all.push_back({.name = "one person and two lists",
                 .flights = 1,
                 .transfers = 2,
                 .one_class = true,
                 .planned_first = true,
                 .without = all_of({words, claims, holds})});
  return all;
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
  std::stable_sort(verdict.violations.begin(), verdict.violations.end(),
                   [](const Violation& one, const Violation& other) {
                     return one.breach.property < other.breach.property;
                   });
  return verdict;
}

}  // namespace chancery::checker
