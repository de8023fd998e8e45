// Witnessing both ways: others' cosignatures of the own ledger taken in, others' checkpoints
// cosigned.
//
// Cosigned heads are stored, by compare-and-swap, before the cosignature is made (C2SP
// tlog-witness); a log's contradiction is kept as evidence. Whose key is whose is said by the
// appointments in the ledger, and by the anchor before there are any.
//
// A cosignature says what its witness had seen by its time, so no later one bears an earlier time:
// a witness that signed while its clock was ahead cannot sign again until then. Two rules keep that
// short. A witness whose clock leads by more than a day (ledger::kMostLeadSeconds) the newest time
// that another party stands for does not sign (WITNESS_CLOCK_AHEAD): one wrong clock costs at most
// that day. The times that count are those of the others' cosignatures of the own ledger, of the
// entries collected from another's, and of a caller that cosigned the very head it offers
// (TellTime), never those of the own ledger: the same clock wrote them. A witness that no other
// party has told a time yet has nothing to compare with, and signs. And one that has signed ahead
// refuses (WITNESS_CLOCK_BEHIND) and names the time from which it signs again, which it then does
// by itself; all else goes on meanwhile. Both are noted as events with that time.
//
// Threads: every method may be called on any thread.
#ifndef CHANCERY_ENGINE_EXCHANGE_WITNESSING_H_
#define CHANCERY_ENGINE_EXCHANGE_WITNESSING_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/keeper.h"
#include "engine/ledger/key_book.h"
#include "engine/ledger/note.h"
#include "engine/ledger/policy.h"
#include "engine/ledger/witness.h"
#include "engine/procedure/matter.h"

namespace chancery::exchange {

// The keys a party's appointed authority signs its ledger's checkpoints and its cosignatures with.
// NotFound when it is not appointed at that time.
struct AuthorityKeys {
  ledger::NoteKey log;
  ledger::NoteKey witness;
};
absl::StatusOr<AuthorityKeys> KeysOfAuthority(const Anchor& anchor,
                                              const procedure::Matter& cooperation, PartyCode party,
                                              Instant at);

// Every key that any authority was appointed with, at any time: what is kept may bear any of them.
std::vector<ledger::NoteKey> AppointedKeys(const Anchor& anchor,
                                           const procedure::Matter& cooperation);

using ledger::CosignAnswer;

// Under what a checkpoint of the own ledger is final: for everybody (the policy that goes with the
// evidence), and for single readers, each under its own. Empty where nobody asks.
struct OwnPolicies {
  std::optional<ledger::Policy> all;
  std::map<PartyCode, ledger::Policy> readers;
};

class Witnessing {
 public:
  Witnessing(LedgerKeeper& keeper, const ledger::NoteSigner& witness_key, const Anchor& anchor,
             Clock& clock, Events& events, OwnPolicies policies = {},
             std::shared_ptr<ledger::KeyBook> keys = nullptr)
      : keeper_(keeper),
        witness_key_(witness_key),
        anchor_(anchor),
        clock_(clock),
        events_(events),
        policies_(std::move(policies)),
        keys_(keys ? std::move(keys) : std::make_shared<ledger::KeyBook>(anchor)) {}

  // Takes in the handovers of its keys that another party gives with its checkpoint (handovers.h);
  // of the ministry's node alone.
  absl::Status TakeHandovers(PartyCode party, const std::vector<Bytes>& notes);
  const ledger::KeyBook& keys() const { return *keys_; }

  // Takes in a reader's cosignature of the own checkpoint of that size. PermissionDenied with
  // WITNESS_NOT_APPOINTED or COSIGNATURE_INVALID; InvalidArgument for a size beyond the head.
  absl::Status AddCosignature(PartyCode party, std::uint64_t size, std::string_view line);

  // The same of an always-on witness of the anchor, which says by it that this was the largest tree
  // at that time. Unavailable when it was given so late that entries after it say they are older:
  // the witness is asked again.
  absl::Status AddAlwaysOn(const ledger::NoteKey& witness, std::uint64_t size,
                           std::string_view line);

  // Cosigns a head of the ledger that `party` keeps when it extends the last one cosigned. An offer
  // made for another old size is answered with the size known and no line. PermissionDenied with
  // CHECKPOINT_REFUSED for a fork, a rollback, or a note that is not its log's; Unavailable with
  // WITNESS_CLOCK_AHEAD or WITNESS_CLOCK_BEHIND when nothing is wrong but the own clock.
  absl::StatusOr<CosignAnswer> Cosign(PartyCode party, const ledger::CosignOffer& offer);

  // The offered note with this party's own cosignature: it tells the witness it is offered to what
  // time it is here, and convicts this party when something it does not hold says that it is older.
  // Unavailable when something does already.
  absl::StatusOr<Bytes> TellTime(ByteView note, Instant at) const;

  // The largest size of the own ledger that party cosigned, and of that party's ledger cosigned
  // here; 0 when none.
  absl::StatusOr<std::uint64_t> CosignedBy(PartyCode party) const;
  absl::StatusOr<std::uint64_t> CosignedOf(PartyCode party) const;
  // The same of an always-on witness and the own ledger.
  absl::StatusOr<std::uint64_t> CosignedBy(const ledger::NoteKey& always_on) const;

  // The largest own checkpoint that is final for that reader, as a note; empty when there is none.
  absl::StatusOr<Bytes> FinalFor(PartyCode reader) const;
  // Whether it is known here when a checkpoint is final for everybody.
  bool JudgesFinality() const { return policies_.all.has_value(); }
  // The size of the largest own checkpoint that is final for everybody; 0 when there is none.
  absl::StatusOr<std::uint64_t> FinalSize() const;

 private:
  // The keys of an appointed party that count at that moment.
  struct PartyKeys {
    std::vector<ledger::NoteKey> logs;
    std::vector<ledger::NoteKey> witnesses;
  };
  absl::StatusOr<PartyKeys> KeysOf(PartyCode party, Instant now) const;
  absl::Status Take(std::span<const ledger::NoteKey> witness, const std::string& cursor,
                    std::string_view subject, std::uint64_t size, std::string_view line,
                    bool always_on);
  // OK when nothing that this tree does not hold says that it is older than that.
  absl::Status CheckStillLargest(std::uint64_t size, Instant cosigned_at) const;
  // Adds what became final with the cosignatures of that checkpoint to the rows.
  absl::Status AddFinals(ByteView checkpoint, const store::CosignatureRow& newest, Instant now,
                         store::Commit& rows) const;
  absl::Status CheckLead(PartyCode party, std::span<const ledger::NoteKey> caller, ByteView offered,
                         Instant now) const;

  LedgerKeeper& keeper_;
  const ledger::NoteSigner& witness_key_;
  const Anchor& anchor_;
  Clock& clock_;
  Events& events_;
  const OwnPolicies policies_;
  const std::shared_ptr<ledger::KeyBook> keys_;  // of every party over time
  std::mutex mutex_;                             // one offer at a time: read, judge, store
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_WITNESSING_H_
