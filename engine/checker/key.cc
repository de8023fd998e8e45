#include "engine/checker/key.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

namespace chancery::checker {

namespace {

using procedure::Fact;
using procedure::Facts;
using procedure::Matter;
using procedure::Value;

// Ends a list of facts: no fact has that number.
constexpr std::int64_t kEnd = -1;

// With a loose clock all days farther away than every limit are alike.
constexpr std::int64_t kFarDays = 400;

bool IsMoment(Fact fact) { return procedure::InfoOf(fact).type == procedure::FactType::kInstant; }
bool IsDate(Fact fact) { return procedure::InfoOf(fact).type == procedure::FactType::kDate; }

// Writes one key: numbers as they are, identifiers and digests by the order in which they first
// occur.
class KeyWriter {
 public:
  KeyWriter(const Live& live, const Bounds& bounds, Instant now, std::int64_t day)
      : live_(live), loose_(bounds.clock == Clock::kLoose), now_(now), day_(day) {
    bytes_.reserve(512);
  }

  void Number(std::int64_t number) {
    // Small numbers are the rule: one byte for them, nine for the rest.
    if (number >= -100 && number <= 100) {
      bytes_.push_back(static_cast<char>(number));
      return;
    }
    bytes_.push_back(static_cast<char>(127));
    for (int shift = 0; shift < 64; shift += 8) {
      bytes_.push_back(static_cast<char>((static_cast<std::uint64_t>(number) >> shift) & 0xff));
    }
  }
  void Flag(bool flag) { bytes_.push_back(flag ? 1 : 0); }
  void Name(std::string_view name) {
    bytes_ += name;
    bytes_.push_back('\0');
  }
  void Opaque(std::string_view bytes) {
    const auto at = std::find(names_.begin(), names_.end(), bytes);
    Number(at - names_.begin());
    if (at == names_.end()) names_.emplace_back(bytes);
  }
  void Moment(std::int64_t ms) {
    const std::int64_t from_now = ms - now_.ms;
    Number(loose_ ? std::clamp(from_now / kMsPerDay, -kFarDays, kFarDays) : from_now);
  }
  void Day(std::int64_t day) {
    const std::int64_t from_now = day - day_;
    Number(loose_ ? std::clamp(from_now, -kFarDays, kFarDays) : from_now);
  }
  void Write(Fact fact, const Value& value) {
    Number(static_cast<std::int64_t>(fact));
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      if (IsMoment(fact)) {
        Moment(*number);
      } else if (IsDate(fact)) {
        Day(*number);
      } else {
        Number(*number);
      }
    } else if (const auto* id = std::get_if<MatterId>(&value)) {
      Opaque(id->View());
    } else {
      Opaque(std::get<Digest>(value).View());
    }
  }

  // Which of two persons comes first says nothing: identifiers of cases in the order given.
  void Order(const std::vector<std::size_t>& order) { order_ = &order; }

  void Write(const Matter& matter) {
    Opaque(matter.id.View());
    Name(matter.stage);
    for (const auto& [fact, value] : matter.facts) {
      if (live_.IsLive(matter, fact)) Write(fact, value);
    }
    Number(kEnd);
    Number(static_cast<std::int64_t>(matter.lines.size()));
    for (const Facts* line :
         Ordered(matter.lines, [](const Facts& one) { return one.IdOr(Fact::kCase); })) {
      for (const auto& [fact, value] : *line) {
        if (live_.IsLiveInRow(fact)) Write(fact, value);
      }
      Number(kEnd);
    }
    // Only which limits run and when they end: their order in the list says nothing.
    std::map<std::string_view, const procedure::RunningLimit*> limits;
    for (const procedure::RunningLimit& limit : matter.limits) {
      if (live_.IsLiveLimit(matter, limit.name)) limits[limit.name] = &limit;
    }
    Number(static_cast<std::int64_t>(limits.size()));
    for (const auto& [name, limit] : limits) {
      Name(name);
      if (!loose_ || live_.IsComparedLimit(limit->name)) Moment(limit->until.ms);
      if (loose_) Moment(limit->since.ms);
    }
  }

  // Where nobody travels only a document, a claim and a new application look into the books.
  void Write(const Person& person, bool over, bool travel) {
    Flag(person.denied);
    if (over) return;
    Number((person.confirmed ? 2 : 0) + (person.verified ? 1 : 0));
    Number(static_cast<std::int64_t>(person.claim));
    Flag(person.word.has_value());
    if (person.word) {
      Name(person.word->by.view());
      Number(person.word->decision);
      Opaque(person.word->said_by.View());
    }
    if (!travel) return;
    std::int64_t flags = 0;
    for (const bool flag :
         {person.own_national, person.minor, person.withdrawn, person.held, person.other_person})
      flags = flags * 2 + (flag ? 1 : 0);
    Number(flags);
    Opaque(person.family.View());
    Flag(person.confirmation.has_value());
    if (person.confirmation) Opaque(person.confirmation->View());
    Flag(person.document_until.has_value());
    if (person.document_until) Day(*person.document_until);
  }

  void Write(const List& list) {
    Flag(list.own_nationals);
    Opaque(list.manifest.View());
    Number((now_.ms - list.listed_at) / kMsPerDay > kShortlyBeforeDays ? 1 : 0);
    Number(static_cast<std::int64_t>(list.lines.size()));
    for (const Listed* line : Ordered(list.lines, [](const Listed& one) { return one.one_case; })) {
      Opaque(line->one_case.View());
      Flag(line->confirmation.has_value());
      if (line->confirmation) Opaque(line->confirmation->View());
      Number((line->aboard ? 16 : 0) + (line->fit ? 8 : 0) + (line->renewed ? 4 : 0) +
             (line->reception ? 2 : 0) + (line->open ? 1 : 0));
    }
    Flag(list.cleared_once);
    Number(static_cast<std::int64_t>(list.cleared_at_first.size()));
    for (const MatterId* id : Ordered(list.cleared_at_first, Itself)) Opaque(id->View());
    Flag(list.clearance.has_value());
    if (!list.clearance) return;
    Opaque(list.clearance->manifest.View());
    Number(list.clearance->carrier);
    Moment(list.clearance->departure);
    Number(static_cast<std::int64_t>(list.clearance->cases.size()));
    for (const MatterId* id : Ordered(list.clearance->cases, Itself)) Opaque(id->View());
  }

  std::string Take() { return {bytes_.begin(), bytes_.end()}; }

 private:
  static MatterId Itself(const MatterId& id) { return id; }

  // Things about cases in the order of the cases.
  template <class Thing, class CaseOf>
  std::vector<const Thing*> Ordered(const std::vector<Thing>& things, const CaseOf& case_of) const {
    std::vector<const Thing*> ordered;
    ordered.reserve(things.size());
    for (const Thing& thing : things) ordered.push_back(&thing);
    const auto place_of = [&](const Thing& thing) {
      const MatterId id = case_of(thing);
      if (id.IsZero()) return order_->size();
      return static_cast<std::size_t>(std::find(order_->begin(), order_->end(), NumberOf(id)) -
                                      order_->begin());
    };
    std::stable_sort(ordered.begin(), ordered.end(), [&](const Thing* one, const Thing* other) {
      return place_of(*one) < place_of(*other);
    });
    return ordered;
  }

  const Live& live_;
  const std::vector<std::size_t>* order_ = nullptr;
  const bool loose_;
  const Instant now_;
  const std::int64_t day_;
  std::string bytes_;
  std::vector<std::string> names_;
};

// Whether a list that has not ended names that flight.
bool IsAwaited(const World& world, const Live& live, const Matter& flight) {
  return std::any_of(
      world.transfers.begin(), world.transfers.end(), [&](const SharedMatter& transfer) {
        return !live.IsOver(*transfer) && transfer->facts.IdOr(Fact::kFlight) == flight.id;
      });
}

std::string KeyInOrder(const World& world, const Live& live, const Bounds& bounds,
                       const procedure::CheckedProcedure& procedure,
                       const std::vector<std::size_t>& order) {
  const std::int64_t day = DayOf(procedure, world.requested, world.now);
  KeyWriter key(live, bounds, world.now, day);
  key.Order(order);
  // The time of day decides when the civil day ends.
  if (bounds.clock == Clock::kCounted)
    key.Number(world.now.ms -
               StartOfCivilDay(day, procedure.OffsetOf(world.requested, world.now)).ms);
  key.Flag(bounds.planned_first && world.now == world.began);
  for (const Facts& row : world.cooperation->lines) {
    const auto in_register = static_cast<procedure::Register>(row.NumberOr(Fact::kRegister, 0));
    if (IsSuspension(row)) {
      key.Number(row.NumberOr(Fact::kScope, 0));
      key.Number(row.NumberOr(Fact::kBy, 0));
    } else if (in_register == procedure::Register::kCarrier) {
      key.Number(row.NumberOr(Fact::kCarrier, 0));
      key.Number(row.NumberOr(Fact::kCarrierStanding, 0));
    }
  }
  key.Number(kEnd);
  key.Number(static_cast<std::int64_t>(world.cases.size()));
  for (const std::size_t i : order) {
    const Matter& one_case = *world.cases[i];
    const bool over = live.IsOver(one_case);
    if (over) {
      key.Opaque(one_case.id.View());
      key.Name(one_case.stage);
      key.Opaque(one_case.facts.IdOr(Fact::kHandle).View());
    } else {
      key.Write(one_case);
    }
    key.Write(world.persons[i], over, bounds.transfers > 0);
  }
  key.Number(static_cast<std::int64_t>(world.flights.size()));
  for (std::size_t i = 0; i < world.flights.size(); ++i) {
    const Matter& flight = *world.flights[i];
    const FlightSaid& said = world.said_of_flights[i];
    const bool forgotten = live.IsOver(flight) && !IsAwaited(world, live, flight);
    key.Flag(forgotten);
    if (forgotten) {
      key.Opaque(flight.id.View());
      continue;
    }
    key.Write(flight);
    key.Flag(said.permitted);
    if (live.IsTerminal(flight)) continue;
    key.Number(said.carrier);
    key.Moment(said.departure);
  }
  key.Number(static_cast<std::int64_t>(world.transfers.size()));
  for (std::size_t i = 0; i < world.transfers.size(); ++i) {
    const Matter& transfer = *world.transfers[i];
    const bool over = live.IsOver(transfer);
    key.Flag(over);
    if (over) {
      key.Opaque(transfer.id.View());
      continue;
    }
    key.Write(transfer);
    key.Write(world.lists[i]);
  }
  return key.Take();
}

}  // namespace

std::string KeyOf(const World& world, const Live& live, const Bounds& bounds,
                  const procedure::CheckedProcedure& procedure) {
  std::vector<std::size_t> order(world.cases.size());
  std::iota(order.begin(), order.end(), 0U);
  std::string key = KeyInOrder(world, live, bounds, procedure, order);
  // Of different persons either may be the first; of one person's cases the newest is looked for.
  while (bounds.persons > 1 && std::next_permutation(order.begin(), order.end()))
    key = std::min(key, KeyInOrder(world, live, bounds, procedure, order));
  return key;
}

}  // namespace chancery::checker
