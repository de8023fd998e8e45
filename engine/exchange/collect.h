// The inbox of a state: what the ministry's ledger holds for this party, collected, verified, ruled
// again, and kept.
//
// Nothing is believed. Each entry must stand in the ministry's ledger under a checkpoint its key
// signed, be spelt strictly, follow its stream without a gap, carry seals of appointed offices
// under the roots of the anchor, and hold the ruling that this party's own core comes to with its
// own matters. An entry, the matters it changed, its particulars (encrypted), the position in its
// stream and the head it was proven under (relied.h) are ONE commit, together with the entries that
// came in their turn beside it: after any crash collecting goes on behind the last whole commit.
//
// An entry with a number behind what was collected before was withheld by the ministry: it is noted
// ("collect.late") and kept as evidence (COLLECT_LATE), each once. What rules nothing, a stream's
// head above all, is taken at once; acts are taken together as collect_late.h says.
//
// The first entry that fails stops collecting with a named event and a reason; it is tried again at
// the next call and never passed over. Reasons beside those of collect_entry.h:
//   COLLECT_ORDER          time ran back along the numbers; kept as evidence
//   STREAM_GAP             a stream's position was left out or came twice
//   STREAM_FOREIGN         the entry's stream is not for this party
//   STREAM_HEAD_WRONG      a stream's head entry contradicts what was collected before it
//   OTHER_EXCHANGE         another realm, agreement or founding procedure
//   DOOR_DIFFERS           the act should have been turned away
//   APPOINTMENT_DIFFERS    the act appoints what a certificate known here contradicts; kept as
//                          evidence
//   RULING_DIFFERS         another ruling, core revision or stream than this party's core comes to;
//                          kept as evidence
//   COMMITMENT_DIFFERS     particulars that are not the committed ones
//   PARTICULARS_UNBOUND    particulars that no commitment binds
//   LEDGER_FORKED          the ministry's ledger has shown two histories; kept as evidence
//
// Threads: every method may be called on any thread; one collects at a time.
#ifndef CHANCERY_ENGINE_EXCHANGE_COLLECT_H_
#define CHANCERY_ENGINE_EXCHANGE_COLLECT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/crypto/trust.h"
#include "engine/exchange/collect_entry.h"
#include "engine/exchange/collect_late.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/matters.h"
#include "engine/exchange/outbox_party.h"
#include "engine/exchange/particulars.h"
#include "engine/exchange/shelf.h"
#include "engine/exchange/transport.h"
#include "engine/ledger/merkle/merkle.h"

namespace chancery::exchange {

class Collector {
 public:
  struct Parts {
    LedgerKeeper& keeper;  // with `matters` as its overlay
    Clock& clock;
    Events& events;
    const StateParty& party;
    const crypto::TrustAnchors& trust;
    const CertificateShelf& certificates;
    ProcedureShelf& procedures;
    const ParticularsVault& vault;
    MatterBook& matters;
    Transport& transport;
    // Called when a seal names a certificate that is not on the shelf: reads the trust folder
    // again. May be empty.
    std::function<absl::Status()> refresh_trust;
    const SealsMade* seals_made = nullptr;  // by the outbox of this program
  };
  explicit Collector(const Parts& parts) : parts_(parts) {}

  // Everything the ministry has for this party beyond what is kept. OK when nothing is left.
  absl::Status CollectAll();

  // The number behind the largest one collected; 0 when there is none.
  absl::StatusOr<std::uint64_t> NextNumber() const;

 private:
  // Where collecting stands in one stream.
  struct Position {
    std::uint64_t next = 0;
    Digest last_leaf;
    std::uint64_t version = 0;  // of its paper
  };

  absl::StatusOr<std::vector<StreamFrom>> Positions() const;
  // As of the last commit, and with the entries that wait.
  absl::StatusOr<Position> PositionOf(const std::string& stream) const;
  absl::StatusOr<Position> PositionWithWaiting(const std::string& stream) const;
  absl::Status TakeBatch(const GivenBatch& batch);
  absl::Status TakeEntry(const GivenEntry& given, ByteView note,
                         const ledger::VerifiedCheckpoint& checkpoint);
  absl::Status CheckPlace(const ProvenEntry& proven, const Position& position) const;
  absl::Status CheckTime(const ProvenEntry& proven, std::uint64_t next) const;
  static absl::Status CheckStreamHead(const ProvenEntry& proven, const Position& position);
  // `position` is its stream's before it.
  absl::Status CommitEntry(const LateEntry& entry, Position position);
  // Rules and commits these in one commit; `positions` are their streams' behind them. On failure
  // `own_ruling` is this party's of the entry ruled last.
  absl::Status CommitInOrder(std::span<const LateEntry> entries,
                             const std::map<std::string, Position>& positions, Bytes& own_ruling);
  // Rules and commits the entries that came in their turn: all in one commit, or one by one up to
  // the one that is not as it should be.
  absl::Status CommitTurn();
  // Adds what an entry leaves in this party's store and ledger beside its matters and position;
  // `matters` are those with its act. An admitted erasure is carried out here (erasure.h): this
  // party destroys on its own core's ruling, never on the ministry's word.
  absl::Status KeepEntry(const LateEntry& entry, const procedure::Lookup& matters,
                         LedgerKeeper::Group& group);
  absl::Status NoteLate(const ProvenEntry& proven);
  // Judges and commits the late entries that wait; they are given again when it fails.
  absl::Status CommitLate();
  absl::Status CommitJudged(const LateEntries& late, const procedure::MatterTable& matters);
  absl::StatusOr<VerifiedStatement> Verify(const SealedStatement& sealed,
                                           Instant recorded_at) const;
  absl::Status CheckExchange(const ProvenEntry& proven, const VerifiedStatement& verified) const;
  absl::Status FetchProcedures(const procedure::Act& act);
  absl::Status CheckItems(const procedure::Act& act, const std::vector<Item>& items) const;
  absl::Status Contradicted(const LateEntry& entry, const absl::Status& status,
                            ByteView own_ruling);
  absl::Status KeepEvidence(std::uint64_t number, std::string_view what, ByteView held,
                            ByteView offered);

  const Parts parts_;
  std::mutex collecting_;
  // All guarded by collecting_.
  std::uint64_t evidence_kept_for_ = 0;  // number + 1 of the entry
  // Those that came in their turn and were checked, in their order, and where their streams are
  // then. Empty while late ones wait, and behind every batch.
  std::vector<LateEntry> turn_;
  std::map<std::string, Position> turn_positions_;
  LateEntries late_;  // those that wait to be judged together
  std::map<std::string, Position> late_positions_;
  // The late entries judged last and not taken, by digest: the same ones are not judged again by
  // the same procedures.
  Digest refused_late_;
  std::shared_ptr<const procedure::ProcedureSet> refused_under_;  // shared with the shelf
  absl::Status refused_because_;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_COLLECT_H_
