// Everything a party's program must not lose, behind one interface.
//
// There is ONE way to change a store: Apply(commit). A commit is applied whole or not at all, and
// when Apply returns OK it survives a power cut. Whatever belongs together (entry, matter,
// delivery, cursor) goes into one commit; a group of acts is one commit too, so that one wait for
// the disk serves all of them. Reads see whole commits only.
//
// The head moves by compare-and-swap: a commit says which head it was made for (`expected`), and is
// refused when the store has another. Before anything is written the store computes every leaf hash
// from the bytes again, grows the tree by itself and compares the root: a bit that flipped in
// memory is refused, not signed.
//
// What Apply answers:
//   OK                  durable.
//   Aborted             the head is not `expected`: another writer, or this program has gone back
//   in time. Fatal. AlreadyExists       the same (kind, author, statement id) is there with another
//   digest: equivocation. Or a key that
//                       may be written once is there already. Nothing was applied.
//   FailedPrecondition  another expectation of the commit does not hold (paper version, witnessed
//   head, position in a
//                       stream). Nothing was applied.
//   InvalidArgument     the commit contradicts itself (sizes, hashes, root). Nothing was applied.
//   ResourceExhausted   no room. Nothing was applied; the same commit may be tried again later.
//   Unavailable         another program holds the file. Nothing was applied; may be tried again.
//   DataLoss            it is UNKNOWN whether the commit is on the disk. Fatal: end the process and
//   start again; the
//                       store refuses every later call with the same answer.
// IsFatal() names the two after which a program must not go on.
//
// Threads: every method of every implementation may be called on any thread. Commits are applied
// one after another; reads do not wait for them.
//
// No value here is opened by the store: entries, matters, deliveries and papers are opaque bytes.
// Particulars and keys are given already encrypted and wrapped.
#ifndef CHANCERY_ENGINE_STORE_STORE_H_
#define CHANCERY_ENGINE_STORE_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/ledger/merkle/merkle.h"

namespace chancery::store {

// The largest entry: tiles allow 65,535 bytes, we stop earlier (design section 5).
inline constexpr std::size_t kMaxEntryBytes = 60'000;

// Whose store this is. Written once when the store is made; opening it as anybody else is refused.
struct StoreIdentity {
  PartyCode party;
  std::string origin;  // of this party's own ledger
  std::string realm;   // "rehearsal" or "live"
  Digest founding;     // digest of the founding procedure

  friend bool operator==(const StoreIdentity&, const StoreIdentity&) = default;
};

// ---- the ledger

// The head of the own ledger. A new store has size 0, EmptyRoot(), Instant{0} and no checkpoint.
struct Head {
  ledger::TreeHead tree;
  Instant recorded_at;  // of the last entry
  Bytes checkpoint;     // the note for exactly `tree` and the own origin (its text is compared, its
                        // signature is not)

  friend bool operator==(const Head&, const Head&) = default;
};

// An entry to be appended; its number is its place in the commit.
struct NewEntry {
  Bytes bytes;
  Digest leaf_hash;            // compared with the hash of `bytes`
  std::string stream;          // "all", "GRC", "flight/<hex>"
  std::uint64_t position = 0;  // must be the stream's next position: streams have no gap
  // Set only on a stream's head entry: the UTC day (days since 1970-01-01) it opens.
  std::optional<std::int64_t> head_of_day;
};

struct StoredEntry {
  std::uint64_t number = 0;
  Bytes bytes;
  Digest leaf_hash;
  std::string stream;
  std::uint64_t position = 0;

  friend bool operator==(const StoredEntry&, const StoredEntry&) = default;
};

struct StreamState {
  std::string stream;
  std::uint64_t next_position = 0;
  std::optional<std::int64_t> head_day;  // UTC day of its last head entry

  friend bool operator==(const StreamState&, const StreamState&) = default;
};

// ---- acts and matters

// Names an act of one kind of use (the caller numbers the kinds: act, sealed, offered, received).
struct StatementKey {
  int kind = 0;  // 0..255
  PartyCode author;
  StatementId id;

  friend auto operator<=>(const StatementKey&, const StatementKey&) = default;
};
// Written once. The same key with the same digest again is AlreadyExists as well: whoever commits
// has looked before.
struct StatementRow {
  StatementKey key;
  Digest digest;            // SHA-256 of the statement bytes
  std::uint64_t entry = 0;  // number of the entry in the own ledger

  friend bool operator==(const StatementRow&, const StatementRow&) = default;
};

// A person as one sender knows them; empty after erasure.
struct PersonKey {
  PartyCode party;
  PersonHandle handle;

  friend auto operator<=>(const PersonKey&, const PersonKey&) = default;
};
// A matter as of the last commit; committing one with a known id replaces it whole.
struct MatterRow {
  MatterId id;
  int kind = 0;  // 0..255, never changes
  Bytes bytes;
  std::optional<Instant> next_limit;     // when a time limit of it lapses next
  std::optional<PersonKey> open_person;  // set while it is an open case of that person

  friend bool operator==(const MatterRow&, const MatterRow&) = default;
};

// ---- outbox and cursors

enum class DeliveryState : std::uint8_t { kWaiting = 0, kSent = 1, kAnswered = 2 };

struct NewDelivery {
  PartyCode to;
  int kind = 0;  // 0..255
  Bytes bytes;
  StatementId statement_id;
  Digest statement_digest;
  Instant next_attempt_at;

  friend bool operator==(const NewDelivery&, const NewDelivery&) = default;
};
struct Delivery {
  std::uint64_t sequence = 0;  // given by the store, growing, never used twice
  NewDelivery what;            // next_attempt_at as of the last mark
  DeliveryState state = DeliveryState::kWaiting;
  int attempts = 0;
  Bytes answer;

  friend bool operator==(const Delivery&, const Delivery&) = default;
};
// Replaces what is known about the way of a delivery; FailedPrecondition when there is no such
// delivery.
struct DeliveryMark {
  std::uint64_t sequence = 0;
  DeliveryState state = DeliveryState::kWaiting;
  int attempts = 0;
  Instant next_attempt_at;
  Bytes answer;
};

struct Cursor {
  std::string name;
  std::int64_t value = 0;
};

// ---- what is destroyed at erasure

// Who reads a row that is a piece of an attachment: no party code.
inline constexpr std::string_view kAttachmentReader = "attachment";
// Encrypted particulars or a piece of an encrypted attachment. (digest, reader) is written once.
struct ParticularsRow {
  Digest digest;       // of the statement they belong to, or what names the piece
  std::string reader;  // who may read them: a party code, or kAttachmentReader
  MatterId matter;
  Bytes ciphertext;

  friend bool operator==(const ParticularsRow&, const ParticularsRow&) = default;
};
// The data key of one matter, wrapped by the node's key-encryption key. Replaced when it is wrapped
// anew.
struct WrappedKeyRow {
  MatterId matter;
  Bytes wrapped;

  friend bool operator==(const WrappedKeyRow&, const WrappedKeyRow&) = default;
};

// ---- officers' papers

// A draft, a task, or another small thing that is not yet an act: (kind, id) is its name.
struct Paper {
  std::string kind;
  std::string id;
  std::uint64_t version = 0;  // 1 when new, one more with every change
  int state = 0;              // the caller numbers the states
  Bytes bytes;

  friend bool operator==(const Paper&, const Paper&) = default;
};
struct PaperChange {
  std::string kind;
  std::string id;
  std::uint64_t expected_version = 0;  // 0: there must be none
  bool remove = false;
  int state = 0;
  Bytes bytes;
};

// ---- checkpoints, beside the ledger and never in it

// As a witness: the largest head of another ledger this party has cosigned. Store it before
// answering.
struct WitnessedHead {
  std::string origin;
  ledger::TreeHead tree;
  Bytes note;

  friend bool operator==(const WitnessedHead&, const WitnessedHead&) = default;
};
struct WitnessedChange {
  std::optional<ledger::TreeHead> expected;  // nothing: there must be none yet
  WitnessedHead next;                        // never smaller than `expected`
};
// A cosignature somebody gave to a checkpoint of the own ledger; the newest one of each witness and
// size is kept.
struct CosignatureRow {
  std::uint64_t size = 0;
  std::string witness;
  Bytes line;
  std::int64_t cosigned_at = 0;  // seconds since 1970-01-01T00:00:00Z

  friend bool operator==(const CosignatureRow&, const CosignatureRow&) = default;
};
// A checkpoint of the own ledger that its quorum has signed; kept for ever. Same size, same root,
// later note: replaced.
struct FinalCheckpoint {
  ledger::TreeHead tree;
  Instant final_at;
  Bytes note;

  friend bool operator==(const FinalCheckpoint&, const FinalCheckpoint&) = default;
};
// Two things that cannot both be honest, kept as they came: a fork, a rollback, two statements
// under one id.
struct NewConflict {
  std::string origin;  // whose
  std::string reason;  // a word from the caller's closed list
  Instant seen_at;
  Bytes held;
  Bytes offered;

  friend bool operator==(const NewConflict&, const NewConflict&) = default;
};
struct Conflict {
  std::uint64_t sequence = 0;
  NewConflict what;

  friend bool operator==(const Conflict&, const Conflict&) = default;
};

// ---- the one way to change a store

// All of it or none of it. An empty part changes nothing.
struct Commit {
  // The head this commit was made for. Required with entries; alone it is a fence.
  std::optional<ledger::TreeHead> expected;
  // The head after `entries`, with a time not before the last one's. Set exactly when there are
  // entries.
  std::optional<Head> next;
  std::vector<NewEntry> entries;

  std::vector<StatementRow> statements;
  std::vector<MatterRow> matters;
  std::vector<NewDelivery> deliveries;
  std::vector<DeliveryMark> delivery_marks;
  std::vector<std::uint64_t> forgotten_deliveries;  // by sequence; missing ones are no error
  std::vector<Cursor> cursors;
  std::vector<ParticularsRow> particulars;
  // By digest and reader, after `particulars`; missing ones are no error. Destroyed like an
  // erasure.
  std::vector<std::pair<Digest, std::string>> forgotten_particulars;
  std::vector<WrappedKeyRow> wrapped_keys;
  // Matters whose wrapped key and particulars are destroyed, after the rest of the commit. No file
  // of the store holds either of them any more when Apply returns; if a read was running on an
  // older state, or the program was killed within Apply, with the next commit.
  std::vector<MatterId> erasures;
  std::vector<PaperChange> papers;
  std::vector<WitnessedChange> witnessed;
  std::vector<CosignatureRow> cosignatures;
  // Cosignatures of checkpoints smaller than this are dropped: their checkpoint was replaced before
  // it became final. What shows the largest size and the newest time of each witness stays.
  std::uint64_t drop_cosignatures_below = 0;
  std::vector<FinalCheckpoint> finals;
  std::vector<NewConflict> conflicts;
};

// ---- reading everything

// Is handed every row beside the ledger and the matters, table by table, each in the order of its
// key. The first failure ends the reading.
class RowVisitor {
 public:
  virtual ~RowVisitor() = default;
  virtual absl::Status Visit(const StatementRow& row) = 0;
  virtual absl::Status Visit(const Delivery& row) = 0;
  virtual absl::Status Visit(const Cursor& row) = 0;
  virtual absl::Status Visit(const ParticularsRow& row) = 0;
  virtual absl::Status Visit(const WrappedKeyRow& row) = 0;
  virtual absl::Status Visit(const Paper& row) = 0;
  virtual absl::Status Visit(const WitnessedHead& row) = 0;
  virtual absl::Status Visit(const CosignatureRow& row) = 0;
  virtual absl::Status Visit(const FinalCheckpoint& row) = 0;
  virtual absl::Status Visit(const Conflict& row) = 0;
};

// True for the two answers of Apply after which the program must end (see above).
bool IsFatal(const absl::Status& status);

class Store : public ledger::NodeSource, public ledger::EntrySource {
 public:
  ~Store() override = default;

  virtual absl::Status Apply(const Commit& commit) = 0;

  virtual const StoreIdentity& identity() const = 0;

  // The ledger. Node(), Nodes() and Entries() of the base classes read it too.
  virtual absl::StatusOr<Head> ReadHead() = 0;
  virtual absl::StatusOr<StoredEntry> ReadEntry(std::uint64_t number) = 0;  // NotFound
  // From `first` in order, at most `limit`; short or empty at the end.
  virtual absl::StatusOr<std::vector<StoredEntry>> ReadEntries(std::uint64_t first,
                                                               std::size_t limit) = 0;
  // The same along one stream, from a position in it. An unknown stream is an empty one.
  virtual absl::StatusOr<std::vector<StoredEntry>> ReadStream(std::string_view stream,
                                                              std::uint64_t first_position,
                                                              std::size_t limit) = 0;
  // A stream nobody has written to is at position 0 without a head day.
  virtual absl::StatusOr<StreamState> ReadStreamState(std::string_view stream) = 0;
  virtual absl::StatusOr<std::vector<StreamState>> ListStreams() = 0;  // by name

  // Acts and matters.
  virtual absl::StatusOr<std::optional<StatementRow>> FindStatement(const StatementKey& key) = 0;
  virtual absl::StatusOr<std::optional<MatterRow>> FindMatter(const MatterId& id) = 0;
  virtual absl::StatusOr<std::vector<MatterId>> FindOpenMatters(
      const PersonKey& person) = 0;  // by id
  // In order of id, those greater than `after`, at most `limit`; of one kind, or of every kind.
  virtual absl::StatusOr<std::vector<MatterRow>> ListMatters(std::optional<int> kind,
                                                             const std::optional<MatterId>& after,
                                                             std::size_t limit) = 0;
  // Those whose next limit is at or before `until`, earliest first, then by id.
  virtual absl::StatusOr<std::vector<MatterRow>> ListDueMatters(Instant until,
                                                                std::size_t limit) = 0;
  // The earliest next limit of all matters.
  virtual absl::StatusOr<std::optional<Instant>> EarliestLimit() = 0;

  // Outbox and cursors.
  // Those not yet answered, in order, with sequence greater than `after`; to one party or to every
  // party.
  virtual absl::StatusOr<std::vector<Delivery>> ListOpenDeliveries(std::optional<PartyCode> to,
                                                                   std::uint64_t after,
                                                                   std::size_t limit) = 0;
  virtual absl::StatusOr<std::optional<Delivery>> FindDelivery(std::uint64_t sequence) = 0;
  virtual absl::StatusOr<std::vector<Delivery>> FindDeliveriesOf(
      const StatementId& statement) = 0;                                       // in order
  virtual absl::StatusOr<std::int64_t> ReadCursor(std::string_view name) = 0;  // 0 when never set

  // Particulars and keys.
  virtual absl::StatusOr<std::vector<ParticularsRow>> FindParticulars(
      const Digest& digest) = 0;  // by reader
  // By digest, reader; without the pieces of attachments, which are many and large.
  virtual absl::StatusOr<std::vector<ParticularsRow>> ListParticularsOf(const MatterId& matter) = 0;
  virtual absl::StatusOr<std::optional<Bytes>> FindWrappedKey(const MatterId& matter) = 0;
  // In order of the matter's id, those greater than `after`, at most `limit`.
  virtual absl::StatusOr<std::vector<WrappedKeyRow>> ListWrappedKeys(
      const std::optional<MatterId>& after, std::size_t limit) = 0;

  // Papers.
  virtual absl::StatusOr<std::optional<Paper>> FindPaper(std::string_view kind,
                                                         std::string_view id) = 0;
  // Of one kind in order of id, those greater than `after`, at most `limit`; in one state, or in
  // every state.
  virtual absl::StatusOr<std::vector<Paper>> ListPapers(std::string_view kind,
                                                        std::optional<int> state,
                                                        std::string_view after,
                                                        std::size_t limit) = 0;

  // Checkpoints.
  virtual absl::StatusOr<std::optional<WitnessedHead>> FindWitnessed(std::string_view origin) = 0;
  virtual absl::StatusOr<std::vector<CosignatureRow>> ListCosignatures(
      std::uint64_t size) = 0;  // by witness
  virtual absl::StatusOr<std::optional<FinalCheckpoint>> LatestFinal() = 0;
  // The smallest final checkpoint that covers the entry.
  virtual absl::StatusOr<std::optional<FinalCheckpoint>> FindFinalCovering(std::uint64_t entry) = 0;
  virtual absl::StatusOr<std::vector<Conflict>> ListConflicts(std::uint64_t after,
                                                              std::size_t limit) = 0;

  // The rows of one state of the store; the visitor may read the store meanwhile, but not change
  // it.
  virtual absl::Status VisitRows(RowVisitor& visitor) = 0;

  // Reads everything again: the files' own integrity, that the tables are those this program makes,
  // every leaf hash from its bytes, every subtree hash, the root against the head, every stream
  // without a gap. DataLoss says what is wrong.
  virtual absl::Status Check() = 0;
};

}  // namespace chancery::store

#endif  // CHANCERY_ENGINE_STORE_STORE_H_
