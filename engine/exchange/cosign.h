// Two sets of books, watched from both sides: a state cosigns the ministry's head and has its own
// cosigned.
//
// A head of the ministry's ledger is cosigned only after everything in it that is for this party
// was collected and ruled again, and only when it extends the head cosigned last and every head
// relied on since, whether in this run of the program or before (relied.h). A head that does not,
// or that is smaller than what was relied on before it was asked for, is refused, and both signed
// notes are kept as evidence (CHECKPOINT_REFUSED, LEDGER_FORKED); nothing is collected and nothing
// cosigned while the ministry shows it, also after a restart, and the whole node reads only as
// forked.h says. OWN_HEAD_REFUSED: the ministry has
// cosigned more of this party's ledger than its store holds. The cosigned head is stored before the
// cosignature is made (witnessing.h).
//
// The always-on witnesses are asked first what they saw of the ministry's ledger. A head they saw
// is relied on like one this party saw: so a history that was shown to others only must be a prefix
// of this party's too, and two states that are shown different ones find out.
//
// Of the heads the ministry gives, the newest is what collecting goes by; cosigned is the one it
// offers to all witnesses (offering.h), and a checkpoint that all this party asks for have signed
// is kept as final.
//
// When this party's clock leads what others stand for (witnessing.h), the ministry is asked to
// cosign this party's head once more: its cosignature says what time it is there.
//
// Threads: every method may be called on any thread; one round runs at a time.
#ifndef CHANCERY_ENGINE_EXCHANGE_COSIGN_H_
#define CHANCERY_ENGINE_EXCHANGE_COSIGN_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/exchange/collect.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/offering.h"
#include "engine/exchange/outbox_party.h"
#include "engine/exchange/relied.h"
#include "engine/exchange/transport.h"
#include "engine/exchange/witnessing.h"
#include "engine/ledger/policy.h"
#include "engine/ledger/witness.h"

namespace chancery::exchange {

class Cosigner {
 public:
  struct Parts {
    LedgerKeeper& keeper;
    Clock& clock;
    Events& events;
    const StateParty& party;
    Collector& collector;
    Witnessing& witnessing;
    Transport& transport;
    Offering& offering;  // of the own ledger
    // Asked what they saw of the ministry's ledger.
    std::vector<ledger::CalledWitness*> always_on = {};
    // Under which a checkpoint of the ministry's ledger is final for this party; may be null.
    const ledger::Policy* keeper_policy = nullptr;
  };
  explicit Cosigner(const Parts& parts) : parts_(parts) {}

  // One round: the ministry's head is asked for, everything up to it collected, it is cosigned, and
  // this party's own head is offered. Each step is taken also when one before it failed for its own
  // reason; the first failure is the answer.
  absl::Status Round();

  // The largest size of the ministry's ledger seen in a checkpoint its key signed.
  std::uint64_t ministry_size() const { return ministry_size_.load(); }
  // The largest one that was cosigned here and taken by the ministry.
  absl::StatusOr<std::uint64_t> MinistryCosigned() const;
  // The largest size of the own ledger that the ministry cosigned.
  absl::StatusOr<std::uint64_t> OwnCosigned() const;
  // The size of the largest checkpoint of the ministry's ledger that is final for this party: the
  // receipts of the entries below it are final. 0 when there is none.
  absl::StatusOr<std::uint64_t> MinistryFinal() const;

 private:
  absl::Status CollectAndCosign();
  // What was collected up to a head is relied on; the offered checkpoint is cosigned.
  absl::Status CosignOffered(const GivenHeads& given, const ledger::TreeHead& head,
                             const std::vector<ReliedHead>& before);
  absl::Status AskAlwaysOn();
  absl::Status RelyOnSeen(const ledger::CalledWitness& witness, const Bytes& note);
  absl::Status KeepFinal(const Bytes& note);
  absl::Status CheckRelied(const std::vector<ReliedHead>& relied, const ledger::TreeHead& head,
                           ByteView note);
  // `proof`: the consistency proof that was given from the held head to the other; may be empty.
  absl::Status Contradiction(const ReliedHead& held, const ledger::TreeHead& head, ByteView note,
                             const ledger::ProofHashes& proof);
  absl::Status Cosign(const ledger::TreeHead& head, const Bytes& note);
  absl::StatusOr<CosignAnswer> AskWitness(const ledger::CosignOffer& offer);
  absl::Status OfferOwnHead(bool again);
  absl::Status Behind(std::uint64_t size);
  absl::StatusOr<ledger::ProofHashes> Consistency(std::uint64_t old_size, std::uint64_t new_size);

  const Parts parts_;
  std::mutex round_;
  std::atomic<std::uint64_t> ministry_size_{0};
  // All guarded by round_, and none of them outlives the program.
  std::size_t handed_over_ = 0;  // how many handovers of the own keys the ministry was given
  std::optional<ledger::TreeHead> collected_;      // up to which everything was collected
  std::optional<ledger::TreeHead> taken_;          // whose cosignature the ministry has taken
  std::optional<ledger::TreeHead> contradiction_;  // that was kept as evidence last
  // Of always-on witnesses, by their names: what they saw last, and until when one is not asked.
  std::map<std::string, ledger::TreeHead> seen_;
  std::map<std::string, std::chrono::steady_clock::time_point> away_until_;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_COSIGN_H_
