// The inbox of the party that orders the acts: verify, decode, step, commit. There is no second way
// in.
//
// On the caller's thread, in parallel: sizes, the seal and each signer's chain at the present time,
// decoding, realm, agreement, author, particulars. Then on the sequencer's thread, in the ledger's
// order: whether the act is here already, the door (who is appointed at the recorded time), the
// core's ruling, and the commit of entry, matters and particulars together; an act naming
// attachments that are not held is turned away with their list (attachments.h). What is turned away
// leaves no trace but an event; every properly sealed act that the procedure does not allow is
// recorded as inadmissible.
//
// An act is named by (author, statement id). The same statement again gives the same entry's
// receipt; another statement under that id is refused with STATEMENT_ID_REUSED, and the first such
// attempt is recorded as an equivocation.
//
// Errors: InvalidArgument, PermissionDenied, FailedPrecondition and AlreadyExists with a reason of
// reasons.h or of the decoder; Unavailable when the store or the keeper does not take it now. Never
// personal data.
//
// Threads: every method may be called on any thread. The parts must outlive the inbox; Close the
// keeper before destroying it.
#ifndef CHANCERY_ENGINE_EXCHANGE_INBOX_H_
#define CHANCERY_ENGINE_EXCHANGE_INBOX_H_

#include <functional>
#include <memory>
#include <string>

#include "engine/base/parts.h"
#include "engine/base/peer.h"
#include "engine/base/status.h"
#include "engine/codec/envelope.h"
#include "engine/codec/statement.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/trust.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/attachments.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/matters.h"
#include "engine/exchange/particulars.h"
#include "engine/exchange/shelf.h"
#include "engine/ledger/key_book.h"
#include "engine/procedure/step.h"

namespace chancery::exchange {

using chancery::Peer;

// Proof that an act stands in this ledger.
struct ActReceipt {
  std::uint64_t number = 0;
  Bytes entry;  // exact bytes
  Bytes proof;  // c2sp.org/tlog-proof@v1 text, under the head the act was committed with or a later
                // one
  bool again = false;  // the act had been recorded before
};

// The ruling that an entry's bytes carry; nothing for an entry that rules nothing.
absl::StatusOr<procedure::Ruling> RulingOf(ByteView entry);

class Inbox {
 public:
  struct Parts {
    LedgerKeeper& keeper;
    Clock& clock;
    Entropy& entropy;
    Events& events;
    const Anchor& anchor;
    const crypto::TrustAnchors& trust;
    const CertificateShelf& certificates;
    const ProcedureShelf& procedures;
    const ParticularsVault& vault;
    // Of every party over time; null: those of the anchor.
    std::shared_ptr<const ledger::KeyBook> keys = nullptr;
  };
  explicit Inbox(const Parts& parts);
  ~Inbox();

  // Blocks until the act's group is committed.
  absl::StatusOr<ActReceipt> Submit(codec::Envelope envelope, const Peer& peer);
  // Verifies on the calling thread and returns; the answer comes on the sequencer's thread after
  // the commit, or at once on the calling one when the envelope is turned away. It must not block:
  // whoever wants the receipt asks ReceiptOf elsewhere.
  struct Recorded {
    std::uint64_t number = 0;
    bool again = false;  // the act had been recorded before
  };
  using Answer = std::function<void(absl::StatusOr<Recorded>)>;
  void SubmitAsync(codec::Envelope envelope, const Peer& peer, Answer answer);
  // The receipt of a recorded act.
  absl::StatusOr<ActReceipt> ReceiptOf(const Recorded& recorded) const;
  // Those of many acts, in their order.
  absl::StatusOr<std::vector<ActReceipt>> ReceiptsOf(const std::vector<Recorded>& recorded) const;

  // Verified signers of a seal and nothing more: for drafts. `at` is when the chains are judged.
  absl::StatusOr<std::vector<Digest>> VerifySeal(ByteView statement, ByteView seal,
                                                 Instant at) const;

 private:
  struct Verified;
  struct Outcome;

  absl::StatusOr<Verified> Verify(codec::Envelope envelope, const Peer& peer) const;
  absl::StatusOr<std::vector<Digest>> VerifySigners(ByteView statement, ByteView seal,
                                                    Instant at) const;
  absl::Status Record(const Verified& verified, LedgerKeeper::Group& group, Outcome& outcome);
  absl::Status RecordEquivocation(const Verified& verified, const store::StatementRow& earlier,
                                  LedgerKeeper::Group& group) const;

  const Parts parts_;
  const std::shared_ptr<const ledger::KeyBook> keys_;
  const Attachments attachments_;
  MatterBook matters_;  // belongs to the sequencer's thread
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_INBOX_H_
