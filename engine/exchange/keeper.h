// The keeper of a party's own ledger: the one place that appends, on both sides.
//
// Whoever wants something recorded hands in a job. One sequencer thread takes what queued while it
// was busy (no timer), runs each job on a group in the making, signs one checkpoint for all of it,
// and commits the group once: entries, tree, matters, deliveries, particulars, cursors. A job is
// answered only after the commit; the signature is made inside it and released after it, so that
// nobody ever sees a checkpoint of something that may be lost.
//
// Time is corroborated (design section 6): a group is recorded at max(now, the last recorded_at,
// the newest time told or cosigned over a head). Streams have gapless positions; the first entry of
// a stream on a new UTC day is preceded by the stream's head entry.
//
// A gate may be shut (SetGate): before a ledger has learnt after its start that it has not gone
// back in time, and for good when it has (restart.h). While it is shut nothing is recorded and
// nothing is signed; every job is answered with the gate's status.
//
// A commit that fails for one job's sake is tried again job by job, so that nobody's mistake is
// another's. A commit whose outcome is unknown, or that finds another head than expected, ends the
// process: state that may be on the disk or not must not be signed again. The disk is read anew at
// the next start.
//
// Threads: every method may be called on any thread but those of Group, which belong to the
// sequencer while a job runs. The parts given must outlive the keeper.
#ifndef CHANCERY_ENGINE_EXCHANGE_KEEPER_H_
#define CHANCERY_ENGINE_EXCHANGE_KEEPER_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/codec/entry.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/note.h"
#include "engine/ledger/receipt.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// The kinds of StatementRow both sides use. Stored: numbers never change.
enum StatementUse : int {
  kUseAct = 8,
  kUseSealed = 9,
  kUseOffered = 10,
  kUseReceived = 11,
  kUseEquivocation = 13
};

// An entry as a job appended it.
struct AppendedEntry {
  std::uint64_t number = 0;
  Bytes bytes;
  Digest leaf_hash;
  std::string stream;
  std::uint64_t position = 0;
  Instant recorded_at;
};

// A group is committed at most this long after somebody was told what time it is (HeadNow).
inline constexpr std::int64_t kMostCommitLagMs = 1'000;

// What a group was committed as.
struct Committed {
  store::Head head;  // with the checkpoint signed for it
};

class LedgerKeeper {
 public:
  struct Options {
    std::size_t max_group = 512;
    // Called when the process must end (see above); must not return. The default writes one line to
    // stderr and ends the process with exit code 3.
    std::function<void(const absl::Status&)> on_fatal;
    // While a key is handed over: the checkpoint key before, which signs as well until its end.
    const ledger::NoteSigner* key_before = nullptr;
    Instant key_before_until;
    // Every key this ledger had, of which one signed the stored head; empty: `log_key` alone.
    std::vector<ledger::NoteKey> log_keys;
  };

  // The group in the making, as one job sees it. What a job adds stays only when the job returns
  // OK.
  class Group {
   public:
    // When the entries of this group are recorded.
    Instant recorded_at() const;
    // The number the next appended entry gets; a stream's head entry may take it first.
    std::uint64_t next_number() const;
    // Serialises the entry with its time, nonce, stream and position and puts it behind the group's
    // others. InvalidArgument with ENTRY_TOO_LARGE and the like when it cannot be an entry; nothing
    // was appended then.
    absl::StatusOr<AppendedEntry> Append(const std::string& stream, codec::EntryBody body,
                                         std::uint32_t core_revision = 0);
    // Rows that go with the job: everything of a commit but its entries and head.
    store::Commit& rows();

   private:
    friend class LedgerKeeper;
    struct Body;
    explicit Group(Body& body) : body_(body) {}
    Body& body_;
  };

  // A job may run more than once (see above) and must come to the same each time, apart from what
  // it reads. A failure drops all it added and is its answer.
  using Job = std::function<absl::Status(Group&)>;
  // Called once on the sequencer thread, after the group's commit or the failure; must not block.
  // `committed` is null on failure.
  using Done = std::function<void(const absl::Status&, const Committed* committed)>;
  // Whoever keeps values of a group that is not yet committed is told, on the sequencer thread,
  // whether they stand.
  class Overlay {
   public:
    virtual ~Overlay() = default;
    // The job that just ran stays in the group, or all it changed is dropped.
    virtual void KeepJob() = 0;
    virtual void DropJob() = 0;
    // The whole group was committed, or none of it.
    virtual void KeepGroup() = 0;
    virtual void DropGroup() = 0;
  };

  // Reads head and right edge, checks the signed checkpoint against them (recovery.h) and starts
  // the sequencer. `log_key` must be a 0x01 key named like the store's origin.
  static absl::StatusOr<std::unique_ptr<LedgerKeeper>> Open(store::Store& store,
                                                            const ledger::NoteSigner& log_key,
                                                            Clock& clock, Entropy& entropy,
                                                            Events& events, Options options);
  static absl::StatusOr<std::unique_ptr<LedgerKeeper>> Open(store::Store& store,
                                                            const ledger::NoteSigner& log_key,
                                                            Clock& clock, Entropy& entropy,
                                                            Events& events) {
    return Open(store, log_key, clock, entropy, events, Options{});
  }
  ~LedgerKeeper();

  LedgerKeeper(const LedgerKeeper&) = delete;
  LedgerKeeper& operator=(const LedgerKeeper&) = delete;

  // At most one overlay, set before the first job.
  void SetOverlay(Overlay* overlay);

  // Queues a job. After Close every job is answered Unavailable with SHUTTING_DOWN.
  void Submit(Job job, Done done);
  // The same, waiting for the answer.
  absl::StatusOr<Committed> Run(Job job);
  // Queues all of them at once, so that they are one group where nothing speaks against it, and
  // waits; an answer for each.
  std::vector<absl::Status> RunAll(std::vector<Job> jobs);

  // OK opens the gate; any other status shuts it, with what jobs are answered. It is open at first.
  void SetGate(absl::Status gate);
  absl::Status gate() const;

  // A cosignature of the own ledger's checkpoint was verified: no later entry is recorded before
  // it. Kept with the cosignature by whoever commits it.
  void NoteCosignatureTime(std::int64_t seconds);

  // The head and the time; a commit under way is waited for. Not from a job.
  struct HeadInTime {
    store::Head head;
    Instant at;
  };
  HeadInTime HeadNow();
  // The head as it stands when a time is told over it or an earlier one: a commit under way is
  // waited for, and one that begins later records a time that is not more than kMostCommitLagMs
  // earlier than `told`. Whoever tells another party what time it is, or takes another's word for
  // it, goes through here: an honest book must never be convicted of back-dating by its own words.
  // Not from a job.
  store::Head HeadAt(Instant told);

  // Applies a commit without entries, past the sequencer (papers, cosignatures, witnessed heads,
  // delivery marks); ends the process when the store says so.
  absl::Status Apply(const store::Commit& commit);

  // The committed head.
  store::Head head() const;
  // Waits until the ledger is larger than `size`, the keeper closes, or `milliseconds` have passed;
  // returns its size.
  std::uint64_t WaitForMoreThan(std::uint64_t size, std::int64_t milliseconds) const;
  // Wakes everybody who waits.
  void WakeAll() const;

  // The checkpoint of an earlier or the present size, signed by this ledger's key. Ed25519 is
  // deterministic, so it is the note that was signed when that was the head. While the gate is shut
  // only the head's, which was signed before.
  absl::StatusOr<Bytes> CheckpointOf(std::uint64_t size);
  // tlog-proof of an entry under the committed head, and the head it leads to.
  absl::StatusOr<ledger::Receipt> ReceiptOf(std::uint64_t number);
  // The same of many entries, in their order, under one head.
  absl::StatusOr<std::vector<ledger::Receipt>> ReceiptsOf(
      const std::vector<std::uint64_t>& numbers);

  // Finishes what is queued and ends the sequencer.
  void Close();

  store::Store& store() { return store_; }
  const std::string& origin() const { return store_.identity().origin; }
  PartyCode party() const { return store_.identity().party; }

 private:
  struct Queued {
    Job job;
    Done done;
  };

  LedgerKeeper(store::Store& store, const ledger::NoteSigner& log_key, Clock& clock,
               Entropy& entropy, Events& events, Options options, store::Head head,
               ledger::CompactRange tree);

  void RunSequencer();
  // The checkpoint of that tree, signed by the key and, until its end, by the one before.
  absl::StatusOr<Bytes> Sign(const ledger::TreeHead& tree) const;
  // What each of the jobs answers; what it added, if that is OK, is in the body.
  std::vector<absl::Status> RunJobs(const std::vector<Queued>& jobs, Group::Body& body);
  // Runs and commits these jobs as one group and answers them. False when the commit failed for a
  // reason that may be one job's: then none was answered and nothing was committed.
  bool CommitGroup(std::vector<Queued>& jobs, bool last_try);
  [[noreturn]] void Fatal(const absl::Status& status) const;
  Instant TimeOfGroup();
  // Nobody is told a time from here on until EndCommit. False when somebody was told one that is
  // later than that group's: then it has to run again, at a later time and with nobody told any.
  bool BeginCommit(Instant recorded_at);
  void EndCommit();

  store::Store& store_;
  const ledger::NoteSigner& log_key_;
  Clock& clock_;
  Entropy& entropy_;
  Events& events_;
  const Options options_;
  Overlay* overlay_ = nullptr;

  // Belongs to the sequencer thread.
  ledger::CompactRange tree_;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;  // of head_ and closed_
  std::condition_variable queued_;
  std::deque<Queued> queue_;
  store::Head head_;
  bool closed_ = false;
  absl::Status gate_;
  mutable std::uint64_t wakes_ = 0;
  bool committing_ = false;
  Instant told_;  // the newest time that was told, or cosigned, over a head
  std::thread sequencer_;
};

// The cursor in which the newest cosignature time is kept beside the cosignature.
inline constexpr std::string_view kCosignatureTimeCursor = "cosigned_at";
// The cursor with the newest recorded_at, in milliseconds, of the entries collected from another
// party's ledger.
inline constexpr std::string_view kCollectedTimeCursor = "collect/recorded_at";

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_KEEPER_H_
