// Matters: what the acts recorded so far have made of one person's case, a flight, a transfer or
// the cooperation.
//
// A matter is derived: it can always be had again by replaying the ledger's acts. It holds no
// personal data.
#ifndef CHANCERY_ENGINE_PROCEDURE_MATTER_H_
#define CHANCERY_ENGINE_PROCEDURE_MATTER_H_

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/procedure/act.h"

namespace chancery::procedure {

// A limit that is running in a matter.
struct RunningLimit {
  std::string name;
  Instant since;  // what it is counted from
  Instant until;  // the first moment that is too late

  friend bool operator==(const RunningLimit&, const RunningLimit&) = default;
};

struct Matter {
  MatterId id;
  MatterKind kind = MatterKind::kCase;
  Digest procedure;      // the bundle this matter keeps
  PartyCode requesting;  // who opened it; for a flight its organiser
  PartyCode requested;   // to whom it was addressed
  std::string stage;
  Facts facts;
  // A transfer's lines, a flight's states with what they lodged, the cooperation's register. Kept
  // in the order written.
  std::vector<Facts> lines;
  std::vector<RunningLimit> limits;

  const RunningLimit* FindLimit(std::string_view name) const;
  friend bool operator==(const Matter&, const Matter&) = default;
};

// Where matters are found. The store behind it is the caller's.
class Lookup {
 public:
  virtual ~Lookup() = default;
  // The matter, or null when there is none of that id. Valid until the next call that changes the
  // store.
  virtual const Matter* Find(const MatterId& id) const = 0;
  // The newest case that `party` opened for the person with that handle, open or closed; zero when
  // there is none.
  virtual MatterId CaseOf(PartyCode party, const MatterId& handle) const = 0;
  // The cooperation; zero before the ledger is founded.
  virtual MatterId Cooperation() const = 0;
};

// The matters one step is given: those that Touched named and that exist.
class Matters {
 public:
  // Walks (id, matter) in byte order of the ids.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::pair<const MatterId&, const Matter&>;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = value_type;

    explicit Iterator(const std::shared_ptr<const Matter>* at) : at_(at) {}
    reference operator*() const { return {(*at_)->id, **at_}; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const std::shared_ptr<const Matter>* at_;
  };

  // Takes the place of the one with the same id. A shared matter is not copied.
  void Add(Matter matter) { Add(std::make_shared<const Matter>(std::move(matter))); }
  void Add(std::shared_ptr<const Matter> matter);
  const Matter* Find(const MatterId& id) const;
  const Matter* Cooperation() const;
  // The rows of the cooperation's register; none before the ledger is founded.
  const std::vector<Facts>& Register() const;
  std::size_t size() const { return by_id_.size(); }
  Iterator begin() const { return Iterator(by_id_.data()); }
  Iterator end() const { return Iterator(by_id_.data() + by_id_.size()); }

 private:
  std::vector<std::shared_ptr<const Matter>> by_id_;  // in byte order: an act touches few
};

// What a step on `act` must be given: its matter, the cooperation, and the flight, cases and
// earlier case that the rules of its kind may read. In byte order, each once; only matters that
// exist.
std::vector<MatterId> Touched(const Act& act, const Lookup& lookup);

// Who may read the entry of an act: everybody, or the named parties in their order.
struct Readers {
  bool everyone = false;
  std::vector<PartyCode> parties;

  friend bool operator==(const Readers&, const Readers&) = default;
};
// Design section 6: a pure function that replay compares. An act on a matter that its author may
// not read is read by its author and addressee alone.
Readers ReadersOf(const Act& act, const Matters& matters);
// Who may read a matter.
Readers ReadersOf(const Matter& matter);
bool MayRead(const Readers& readers, PartyCode party);
// Whether `party` is one of ReadersOf(matter).
bool MayRead(const Matter& matter, PartyCode party);

// Whether a row of the cooperation's register is of a version that governs new matters at that
// moment. One that was taken out of force does until the moment named for its end.
bool GovernsNewMatters(const Facts& row, Instant at);

}  // namespace chancery::procedure

#endif  // CHANCERY_ENGINE_PROCEDURE_MATTER_H_
