// The matters of a store as the core wants them, with what a group of acts not yet committed has
// made of them.
//
// Matters are derived: the ledger's acts are the truth, the store keeps their outcome so that
// nothing has to be replayed. A MatterBook reads them through a cache; a group's changes lie over
// it and stand only when the group was committed.
//
// The newest case a party opened for a person is the one whose row carries the person
// (store::MatterRow::open_person).
//
// Threads: one writer (the sequencer's thread) uses the book; readers on other threads make their
// own with ReadMatter.
#ifndef CHANCERY_ENGINE_EXCHANGE_MATTERS_H_
#define CHANCERY_ENGINE_EXCHANGE_MATTERS_H_

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/status.h"
#include "engine/exchange/keeper.h"
#include "engine/procedure/procedure.h"
#include "engine/procedure/replay.h"
#include "engine/procedure/step.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// The cooperation's matter, or nothing before the founding act.
absl::StatusOr<std::optional<procedure::Matter>> ReadCooperation(store::Store& store);
// One matter as of the last commit.
absl::StatusOr<std::optional<procedure::Matter>> ReadMatter(store::Store& store,
                                                            const MatterId& id);
// The matter with the cooperation and the flight or cases it names: what StandingAt must be given
// about it.
absl::StatusOr<procedure::Matters> ReadMatterWithOthers(store::Store& store, const MatterId& id);

// The procedure that governs matters opened at that moment: of those in force the one that came
// into force last.
std::optional<Digest> ProcedureInForce(const procedure::Matter& cooperation, Instant at);

// What the core would rule on an act by the matters as of the last commit. Nothing is recorded.
absl::StatusOr<procedure::Ruling> Foresee(store::Store& store,
                                          const procedure::ProcedureSet& procedures,
                                          const procedure::RecordedAct& act);

// The row a matter is kept in. `newest_of_person`: it is the newest case its sender opened for its
// person.
store::MatterRow RowOf(const procedure::ProcedureSet& procedures, const procedure::Matter& matter,
                       bool newest_of_person);

class MatterBook final : public procedure::Lookup, public LedgerKeeper::Overlay {
 public:
  explicit MatterBook(store::Store& store, std::size_t max_cached = 20'000)
      : store_(store), max_cached_(max_cached) {}

  // procedure::Lookup. A store that cannot be read is remembered in failure() and looks empty.
  const procedure::Matter* Find(const MatterId& id) const override;
  MatterId CaseOf(PartyCode party, const MatterId& handle) const override;
  MatterId Cooperation() const override;

  // The first failure to read since ClearFailure: whatever was looked up may be incomplete, and
  // must not be ruled on.
  const absl::Status& failure() const { return failure_; }
  void ClearFailure() { failure_ = absl::OkStatus(); }

  // What a step on this act is given. The store's failure when it could not be read.
  absl::StatusOr<procedure::Matters> Touched(const procedure::Act& act);
  // The matters a step changed, into the group: the rows go into `commit`, the values over the
  // cache. The store's failure when what stood there before could not be read: the job must fail.
  absl::Status Put(const procedure::ProcedureSet& procedures,
                   const std::vector<procedure::Matter>& changed, store::Commit& commit);
  // The same for the outcome of a replay of everything: what differs from what stands is replaced.
  absl::Status Follow(const procedure::ProcedureSet& procedures,
                      const procedure::MatterTable& replayed, store::Commit& commit);

  // LedgerKeeper::Overlay
  void KeepJob() override;
  void DropJob() override;
  void KeepGroup() override;
  void DropGroup() override;

 private:
  struct PersonOf {
    PartyCode party;
    MatterId handle;
    friend auto operator<=>(const PersonOf&, const PersonOf&) = default;
  };
  struct Changes {
    std::map<MatterId, procedure::Matter> matters;
    std::map<PersonOf, MatterId> cases;
    std::optional<MatterId> cooperation;
  };

  void PutRow(const procedure::ProcedureSet& procedures, const procedure::Matter& matter,
              bool newest_of_person, store::Commit& commit) const;

  store::Store& store_;
  const std::size_t max_cached_;
  mutable absl::Status failure_;
  mutable std::map<MatterId, procedure::Matter> cache_;  // of what is committed
  mutable std::optional<MatterId> cooperation_;          // of what is committed
  Changes group_;                                        // of the group's jobs that were kept
  Changes job_;                                          // of the job that runs
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_MATTERS_H_
