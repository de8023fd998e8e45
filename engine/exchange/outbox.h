// The outbox of a state: validate, seal, keep, send, and prove that it was received.
//
// Handing in an act ends with ONE commit: the `sealed` entry in this party's own ledger, the
// envelope in the outbox, and the particulars, encrypted. From then on the act is never lost and
// never sealed again: what is sent after any crash is those same bytes. It is sent until the
// ministry's receipt was verified or its door turned these bytes away for good; both are kept.
//
// What is found before anything is sealed is answered as InvalidArgument or FailedPrecondition with
// a reason and, line by line, the field, the rule and the remedy, never a value: those of
// ActFromJson, and
//   MISSING_FACT          the procedure's rule for this act requires a fact the act does not have
//   NO_RULE               the procedure has no rule by which this party does such an act
//   NO_SEALING_KEY        the rule needs a seal of an office whose key is not here
//   NO_PROCEDURE          no procedure is in force, or the matter's is not known here yet
//   ADDRESSEE_WRONG       acts of a state go to the ministry
//   ATTACHMENTS_MISSING   it names attachments that were not put in here first
//   STATEMENT_ID_REUSED   another act was handed in under that id
// (Particulars of an act in an erased case are destroyed again when the act was answered.)
// What the ministry may judge only by the matter as it stands there (turn, guards) is not judged
// here: a properly sealed act out of turn is evidence.
//
// Threads: every method may be called on any thread; SendWaiting lets one caller in at a time.
#ifndef CHANCERY_ENGINE_EXCHANGE_OUTBOX_H_
#define CHANCERY_ENGINE_EXCHANGE_OUTBOX_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/codec/act_json.h"
#include "engine/crypto/seal.h"
#include "engine/exchange/attachments.h"
#include "engine/exchange/collect_entry.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/outbox_party.h"
#include "engine/exchange/outbox_record.h"
#include "engine/exchange/particulars.h"
#include "engine/exchange/shelf.h"
#include "engine/exchange/transport.h"

namespace chancery::exchange {

// The sealing keys a daemon holds, by office (word of Fact::kOffice).
class SealingKeys {
 public:
  void Add(std::int64_t office, crypto::Sealer sealer) {
    by_office_[office].push_back(std::move(sealer));
  }
  const std::vector<crypto::Sealer>* Of(std::int64_t office) const {
    const auto found = by_office_.find(office);
    return found == by_office_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::int64_t, std::vector<crypto::Sealer>> by_office_;
};

struct HandedIn {
  StatementId id;
  Digest digest;
  MatterId matter;
  std::uint64_t number = 0;  // of the sealed entry in the own ledger; 0 when it was only validated
  bool again = false;        // the same act had been handed in under this id before
  std::vector<std::string> warnings;
  // When it was only validated: what the core would rule now by the matters known here. Nothing
  // when the act's matter has not been collected yet.
  std::optional<procedure::Ruling> ruling = std::nullopt;
};

class Outbox {
 public:
  struct Parts {
    LedgerKeeper& keeper;
    Clock& clock;
    Entropy& entropy;
    Events& events;
    const StateParty& party;
    const ProcedureShelf& procedures;
    const ParticularsVault& vault;
    const SealingKeys& keys;
    Transport& transport;
    SealsMade* seals_made = nullptr;  // told of every seal, where there is one
  };
  explicit Outbox(const Parts& parts)
      : parts_(parts), attachments_(parts.keeper, parts.vault, parts.clock) {}

  // What acts handed in here name is put in first, under the matter it is for.
  const Attachments& attachments() const { return attachments_; }
  // A chunk of one that the ministry holds of this party; the transport's error otherwise. While
  // the ministry is away: Unavailable.
  absl::StatusOr<AttachmentPiece> FetchAttachment(const AttachmentName& name,
                                                  std::uint64_t offset) const {
    return parts_.transport.GetAttachment(name.matter, name.digest, offset);
  }

  // Reads, validates, seals and keeps one act. A caller that gives the id itself may repeat the
  // call after a broken connection: the same act under the same id is kept once. `validate_only`
  // seals and keeps nothing, and foresees the ruling.
  absl::StatusOr<HandedIn> HandIn(std::string_view act_json,
                                  std::optional<StatementId> id = std::nullopt,
                                  bool validate_only = false);
  absl::StatusOr<HandedIn> HandIn(codec::DraftedAct drafted,
                                  std::optional<StatementId> id = std::nullopt,
                                  bool validate_only = false);

  // Sends what waits, in the order of handing in, many acts in a message where they are of
  // different matters; while the ministry is away one act at a time. OK when nothing is left to
  // send; else why something is left: Unavailable, DeadlineExceeded and the like when the ministry
  // is away (nothing after the act concerned was tried), PermissionDenied or InvalidArgument when a
  // receipt proves nothing (later acts of that matter were not tried; the receipt is kept as
  // evidence), or the door's status when it refused for a reason that may pass (likewise).
  // LEDGER_FORKED when the ministry's ledger has shown two histories: nothing is sent (forked.h).
  absl::Status SendWaiting();

  // How many acts have neither receipt nor refusal.
  absl::StatusOr<std::uint64_t> Waiting() const;
  // In the order of handing in, those after `after`, at most `limit`.
  absl::StatusOr<std::vector<SentAct>> List(const std::optional<StatementId>& after,
                                            std::size_t limit) const;
  absl::StatusOr<std::optional<SentAct>> Find(const StatementId& id) const;

 private:
  struct Ready;  // an act with everything filled in, not yet sealed

  absl::StatusOr<std::optional<HandedIn>> FindEarlier(const codec::DraftedAct& drafted,
                                                      const StatementId& id) const;
  absl::StatusOr<Ready> Prepare(codec::DraftedAct drafted, const StatementId& id) const;
  absl::Status FindMatter(const codec::DraftedAct& drafted, Ready& ready) const;
  absl::Status FindRule(const std::vector<Item>& items,
                        const procedure::CheckedProcedure& procedure, Ready& ready) const;
  bool HasKeys(const procedure::Rule& rule) const;
  absl::StatusOr<std::optional<procedure::Ruling>> RuledNow(const Ready& ready,
                                                            const Digest& digest) const;
  absl::StatusOr<Bytes> Seal(const procedure::Rule& rule, ByteView statement) const;

  struct Leaving;
  struct Sending;
  struct Kept {
    const Leaving* leaving = nullptr;
    ProvenEntry proven;
  };
  absl::Status SendAll();
  absl::StatusOr<std::optional<Leaving>> MakeReady(const store::Delivery& delivery);
  absl::Status Take(const store::Delivery& delivery, const MatterId& matter, Sending& sending);
  absl::Status SendBatch(Sending& sending);
  absl::StatusOr<std::optional<ProvenEntry>> Prove(const Leaving& leaving,
                                                   absl::StatusOr<GivenReceipt> given,
                                                   CheckedNote& checked);
  std::vector<absl::Status> Keep(const std::vector<Kept>& kept);
  absl::Status AfterKeeping(const Kept& one, const absl::Status& status);
  absl::StatusOr<Bytes> OfferProof(const store::Delivery& delivery) const;
  absl::Status KeepSilence(const codec::Envelope& envelope, const ProvenEntry& proven);
  absl::Status SendAttachments(const procedure::Act& act);
  absl::Status NoteOffered(const store::Delivery& delivery);
  absl::Status TurnAway(const store::Delivery& delivery, const absl::Status& refusal);
  absl::Status KeepEvidence(const store::Delivery& delivery, std::string_view what, ByteView held,
                            const GivenReceipt& given);

  const Parts parts_;
  const Attachments attachments_;
  std::mutex sending_;
  bool away_ = false;  // as it was found last; guarded by sending_
  // Acts with what was kept as evidence about them since the start; guarded by sending_.
  std::set<std::pair<StatementId, std::string>> evidence_kept_;
};

// Whether the ministry is away: nothing is known about what became of the call, and another act
// would fare no better now.
bool IsAway(const absl::Status& status);
// Whether it is the door's refusal for good: its reason is one of a closed list, each about the
// act's bytes or the standing of who sealed it. Any other reason, known or not, holds the act back
// and it is tried again.
bool IsRefusal(const absl::Status& status);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_OUTBOX_H_
