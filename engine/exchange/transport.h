// How a state's engine reaches the ministry: the calls of Exchange, Ledger and Procedures as plain
// values.
//
// The engine knows no RPC library. A program gives it a transport; tests give it one that refuses,
// lies or stays silent. Nothing that comes through a transport is believed: receipts, entries,
// proofs and checkpoints are verified by who asked for them.
//
// Errors are the world's: UNAVAILABLE, DEADLINE_EXCEEDED and the like mean that nothing is known
// about what became of a call. What the ministry's door refused carries a stable reason (ReasonOf,
// reasons.h).
//
// Threads: implementations must allow every method on any thread.
#ifndef CHANCERY_ENGINE_EXCHANGE_TRANSPORT_H_
#define CHANCERY_ENGINE_EXCHANGE_TRANSPORT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/item.h"
#include "engine/base/personal.h"
#include "engine/base/status.h"
#include "engine/codec/envelope.h"
#include "engine/ledger/witness.h"

namespace chancery::exchange {

// A receipt as it came, not verified.
struct GivenReceipt {
  std::uint64_t number = 0;
  Bytes entry;
  Bytes proof;  // c2sp.org/tlog-proof@v1 text

  friend bool operator==(const GivenReceipt&, const GivenReceipt&) = default;
};

// A chunk of an attachment as it came: nobody has seen yet that the whole has its digest.
struct AttachmentPiece {
  std::uint64_t size = 0;  // of the whole
  Personal<std::string> chunk;
};

// From which position on a stream is wanted; streams not named are wanted from their beginning.
struct StreamFrom {
  std::string stream;
  std::uint64_t position = 0;

  friend bool operator==(const StreamFrom&, const StreamFrom&) = default;
};

// An entry of the ministry's ledger as it came, not verified.
struct GivenEntry {
  std::uint64_t number = 0;
  Bytes entry;
  std::vector<Bytes> inclusion;  // leaf sibling first
  std::vector<Item> items;       // particulars for this reader, when the act carries some

  friend bool operator==(const GivenEntry&, const GivenEntry&) = default;
};
struct GivenBatch {
  std::vector<GivenEntry> entries;
  Bytes checkpoint;  // signed note to which the inclusion proofs lead

  friend bool operator==(const GivenBatch&, const GivenBatch&) = default;
};

// Signed notes of the ministry's ledger as they came.
struct GivenHeads {
  Bytes head;
  Bytes offered;     // what witnesses are to cosign: the head, or one before it
  Bytes final_note;  // the largest one whose quorum for this reader has signed; may be empty
  std::vector<Bytes> handovers = {};  // of every party's keys, oldest first

  friend bool operator==(const GivenHeads&, const GivenHeads&) = default;
};

// What the ministry answered to a checkpoint of this party's ledger.
using GivenCosignature = ledger::CosignAnswer;

// Many acts one after the other, each of which stands or falls alone.
class SubmitChannel {
 public:
  virtual ~SubmitChannel() = default;
  // Sends acts that are to be recorded in their order. An answer for each in the same order; fewer
  // when the ministry went away: those after the last answer were not sent.
  virtual std::vector<absl::StatusOr<GivenReceipt>> Send(
      const std::vector<codec::Envelope>& envelopes) = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;

  virtual absl::StatusOr<GivenReceipt> Submit(const codec::Envelope& envelope) = 0;
  // One that submits each act by itself, where there is no better way.
  virtual std::unique_ptr<SubmitChannel> OpenSubmitChannel();
  // Hands every batch to `take` in order until the ministry has no more. When `take` fails the call
  // ends with its status.
  virtual absl::Status Collect(const std::vector<StreamFrom>& from,
                               const std::function<absl::Status(const GivenBatch&)>& take) = 0;
  virtual absl::StatusOr<GivenHeads> GetCheckpoint() = 0;
  virtual absl::StatusOr<std::vector<Bytes>> GetConsistency(std::uint64_t old_size,
                                                            std::uint64_t new_size) = 0;
  // This party's cosignature line of the ministry's checkpoint of that size.
  virtual absl::Status AddCosignature(std::uint64_t size, ByteView line) = 0;
  // A checkpoint of this party's own ledger, and the handovers of its keys, oldest first.
  virtual absl::StatusOr<GivenCosignature> AddCheckpoint(const ledger::CosignOffer& offer,
                                                         const std::vector<Bytes>& handovers) = 0;
  // How much the ministry holds of an attachment of this party.
  struct AttachmentHeld {
    std::uint64_t held = 0;
    bool whole = false;
  };
  virtual absl::StatusOr<AttachmentHeld> FindAttachment(const MatterId& matter,
                                                        const Digest& digest) = 0;
  // Sends the chunk that follows what is held; what is held then.
  virtual absl::StatusOr<AttachmentHeld> PutAttachment(const MatterId& matter, const Digest& digest,
                                                       std::uint64_t size, std::uint64_t offset,
                                                       ByteView chunk) = 0;
  // The chunk at that offset.
  virtual absl::StatusOr<AttachmentPiece> GetAttachment(const MatterId& matter,
                                                        const Digest& digest,
                                                        std::uint64_t offset) = 0;
  // The bytes and the seal of a procedure's bundle.
  struct GivenProcedure {
    Bytes bundle;
    Bytes seal;
  };
  virtual absl::StatusOr<GivenProcedure> GetProcedure(const Digest& digest) = 0;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_TRANSPORT_H_
