#include "engine/checker/graph.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/base/time.h"

namespace chancery::checker {

namespace {

struct Waiting {
  std::int64_t all = -1;
  std::int64_t requesting = 0;
  std::int64_t requested = 0;
};

}  // namespace

Graph::Graph(std::vector<Place> places, std::vector<Way> ways, std::vector<std::uint32_t> parents)
    : places_(std::move(places)), ways_(std::move(ways)), parents_(std::move(parents)) {
  std::sort(ways_.begin(), ways_.end(),
            [](const Way& one, const Way& other) { return one.from < other.from; });
  first_way_.assign(places_.size() + 1, 0);
  for (const Way& way : ways_) ++first_way_[way.from + 1];
  for (std::size_t i = 1; i < first_way_.size(); ++i) first_way_[i] += first_way_[i - 1];
  FindComponents();
}

// Tarjan's algorithm, without recursion.
void Graph::FindComponents() {
  constexpr std::uint32_t kNone = 0xffffffff;
  std::vector<std::uint32_t> index(places_.size(), kNone);
  std::vector<std::uint32_t> low(places_.size(), 0);
  std::vector<bool> on_stack(places_.size(), false);
  std::vector<std::uint32_t> stack;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> path;  // place, next way
  component_.assign(places_.size(), 0);
  std::uint32_t counter = 0;
  for (std::uint32_t root = 0; root < places_.size(); ++root) {
    if (index[root] != kNone) continue;
    path.emplace_back(root, first_way_[root]);
    index[root] = low[root] = counter++;
    stack.push_back(root);
    on_stack[root] = true;
    while (!path.empty()) {
      auto& [place, way] = path.back();
      if (way < first_way_[place + 1]) {
        const std::uint32_t to = ways_[way++].to;
        if (index[to] == kNone) {
          index[to] = low[to] = counter++;
          stack.push_back(to);
          on_stack[to] = true;
          path.emplace_back(to, first_way_[to]);
        } else if (on_stack[to]) {
          low[place] = std::min(low[place], index[to]);
        }
        continue;
      }
      const std::uint32_t done = place;
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

std::vector<Endless> Graph::EndlessWhenCounted() const {
  std::vector<Endless> all;
  std::vector<bool> waits(places_.size(), false);
  for (const Way& way : ways_) {
    if (way.waited > 0) waits[way.from] = true;
  }
  for (std::uint32_t place = 0; place < places_.size(); ++place) {
    if (places_[place].open && !waits[place]) all.push_back({place, false});
  }
  for (const Way& way : ways_) {
    if (way.waited > 0 && places_[way.from].open && component_[way.from] == component_[way.to])
      all.push_back({way.from, true});
  }
  return all;
}

std::vector<Endless> Graph::EndlessWhenLoose() const {
  // Of each circle: the limits that run in all of it and are nowhere in it started anew.
  std::vector<std::uint64_t> forcing(components_, ~std::uint64_t{0});
  std::vector<bool> circle(components_, false);
  for (std::uint32_t place = 0; place < places_.size(); ++place)
    forcing[component_[place]] &= places_[place].running;
  for (const Way& way : ways_) {
    const std::uint32_t component = component_[way.from];
    if (component != component_[way.to]) continue;
    forcing[component] &= ~way.renewed;
    circle[component] = true;
  }
  std::vector<Endless> all;
  for (std::uint32_t place = 0; place < places_.size(); ++place) {
    const std::uint32_t component = component_[place];
    if (places_[place].open && forcing[component] == 0)
      all.push_back({place, circle[component] && places_[place].running != 0});
  }
  return all;
}

std::vector<LongestWait> Graph::LongestWaits() const {
  std::vector<std::vector<std::uint32_t>> members(components_);
  for (std::uint32_t place = 0; place < places_.size(); ++place)
    members[component_[place]].push_back(place);
  std::vector<std::map<std::string, Waiting>> longest(components_);
  for (std::uint32_t component = 0; component < components_; ++component) {
    std::map<std::string, Waiting>& mine = longest[component];
    for (const std::uint32_t place : members[component]) {
      const Place& here = places_[place];
      if (here.terminal) {
        mine.emplace(here.stage, Waiting{0, 0, 0});
        continue;
      }
      for (std::uint32_t i = first_way_[place]; i < first_way_[place + 1]; ++i) {
        const Way& way = ways_[i];
        if (component_[way.to] == component) continue;
        for (const auto& [outcome, rest] : longest[component_[way.to]]) {
          Waiting through = rest;
          const std::int64_t waited = here.applied ? way.waited : 0;
          through.all += waited;
          if (here.due == procedure::Role::kRequesting) through.requesting += waited;
          if (here.due == procedure::Role::kRequested) through.requested += waited;
          Waiting& best = mine[outcome];
          if (through.all > best.all) best = through;
        }
      }
    }
  }
  std::map<std::pair<std::string, std::string>, Waiting> by_class;
  for (std::uint32_t place = 0; place < places_.size(); ++place) {
    // Right after the application, before anybody waited.
    const Place& here = places_[place];
    if (!here.applied || here.terminal || places_[parents_[place]].applied) continue;
    for (const auto& [outcome, waiting] : longest[component_[place]]) {
      Waiting& best = by_class[{here.person_class, outcome}];
      if (waiting.all > best.all) best = waiting;
    }
  }
  const auto days = [](std::int64_t ms) { return (ms + kMsPerDay - 1) / kMsPerDay; };
  std::vector<LongestWait> waits;
  for (const auto& [key, waiting] : by_class) {
    waits.push_back({key.first, key.second, days(waiting.all), days(waiting.requesting),
                     days(waiting.requested)});
  }
  return waits;
}

}  // namespace chancery::checker
