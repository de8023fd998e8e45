#include "engine/exchange/keeper.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <tuple>
#include <utility>

#include "engine/base/check.h"
#include "engine/exchange/reasons.h"
#include "engine/exchange/recovery.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"

namespace chancery::exchange {

namespace {

// Where a stream ends: what its next entry must follow.
struct StreamTail {
  store::StreamState state;
  Digest last_leaf;
};

std::int64_t UtcDayOf(Instant instant) { return CivilDayOf(instant, 0); }

// How long the vectors of a commit were before a job added to them.
struct Sizes {
  std::size_t entries, statements, matters, deliveries, marks, forgotten, cursors, particulars,
      forgotten_particulars, keys, erasures, papers, witnessed, cosignatures, finals, conflicts;
};

Sizes SizesOf(const store::Commit& commit) {
  return {
      commit.entries.size(),      commit.statements.size(),     commit.matters.size(),
      commit.deliveries.size(),   commit.delivery_marks.size(), commit.forgotten_deliveries.size(),
      commit.cursors.size(),      commit.particulars.size(),    commit.forgotten_particulars.size(),
      commit.wrapped_keys.size(), commit.erasures.size(),       commit.papers.size(),
      commit.witnessed.size(),    commit.cosignatures.size(),   commit.finals.size(),
      commit.conflicts.size()};
}

template <class T>
void Cut(std::vector<T>& rows, std::size_t size) {
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(size), rows.end());
}

void CutBack(store::Commit& commit, const Sizes& sizes) {
  Cut(commit.entries, sizes.entries);
  Cut(commit.statements, sizes.statements);
  Cut(commit.matters, sizes.matters);
  Cut(commit.deliveries, sizes.deliveries);
  Cut(commit.delivery_marks, sizes.marks);
  Cut(commit.forgotten_deliveries, sizes.forgotten);
  Cut(commit.cursors, sizes.cursors);
  Cut(commit.particulars, sizes.particulars);
  Cut(commit.forgotten_particulars, sizes.forgotten_particulars);
  Cut(commit.wrapped_keys, sizes.keys);
  Cut(commit.erasures, sizes.erasures);
  Cut(commit.papers, sizes.papers);
  Cut(commit.witnessed, sizes.witnessed);
  Cut(commit.cosignatures, sizes.cosignatures);
  Cut(commit.finals, sizes.finals);
  Cut(commit.conflicts, sizes.conflicts);
}

bool HasRows(const store::Commit& commit) {
  const Sizes sizes = SizesOf(commit);
  return sizes.statements + sizes.matters + sizes.deliveries + sizes.marks + sizes.forgotten +
             sizes.cursors + sizes.particulars + sizes.forgotten_particulars + sizes.keys +
             sizes.erasures + sizes.papers + sizes.witnessed + sizes.cosignatures + sizes.finals +
             sizes.conflicts >
         0;
}

absl::Status ShuttingDown() {
  return WithReason(Unavailable("ledger: the program is shutting down; try again later"),
                    reason::kShuttingDown);
}

// Of several states of one matter in a group only the last is written.
void KeepLastOfEachMatter(std::vector<store::MatterRow>& rows) {
  std::map<MatterId, std::size_t> last;
  for (std::size_t i = 0; i < rows.size(); ++i) last[rows[i].id] = i;
  if (last.size() == rows.size()) return;
  std::vector<store::MatterRow> kept;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (last[rows[i].id] == i) kept.push_back(std::move(rows[i]));
  }
  rows = std::move(kept);
}

void EndProcess(const absl::Status& status) {
  std::ignore = std::fprintf(
      stderr,
      "chancery: the ledger's commit did not end as it must, and the program ends with it: %s\n",
      std::string(ToStd(status.message())).c_str());
  std::ignore = std::fflush(stderr);
  ::_exit(3);
}

}  // namespace

struct LedgerKeeper::Group::Body {
  store::Store& store;
  Entropy& entropy;
  Instant recorded_at;
  std::uint64_t first_number = 0;
  store::Commit commit;
  std::map<std::string, StreamTail> streams;  // those this group has looked at

  std::uint64_t NextNumber() const { return first_number + commit.entries.size(); }

  absl::StatusOr<StreamTail*> Tail(const std::string& stream) {
    const auto known = streams.find(stream);
    if (known != streams.end()) return &known->second;
    StreamTail tail;
    CHANCERY_ASSIGN_OR_RETURN(tail.state, store.ReadStreamState(stream));
    if (tail.state.next_position > 0) {
      CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> last,
                                store.ReadStream(stream, tail.state.next_position - 1, 1));
      if (last.size() != 1)
        return DataLoss("store: the last entry of stream " + stream + " is missing");
      tail.last_leaf = last.front().leaf_hash;
    }
    return &streams.emplace(stream, std::move(tail)).first->second;
  }

  absl::StatusOr<AppendedEntry> AppendOne(const std::string& stream, StreamTail& tail,
                                          codec::EntryBody body, std::uint32_t core_revision,
                                          std::optional<std::int64_t> head_of_day) {
    codec::Entry entry;
    entry.kind = codec::KindOf(body);
    entry.recorded_at = recorded_at;
    entry.core_revision = core_revision;
    entry.nonce = entropy.Make<codec::EntryNonce>();
    entry.stream = stream;
    entry.position = tail.state.next_position;
    entry.body = std::move(body);
    AppendedEntry appended;
    CHANCERY_ASSIGN_OR_RETURN(appended.bytes, codec::EncodeEntry(entry));
    appended.number = NextNumber();
    appended.leaf_hash = ledger::LeafHash(appended.bytes);
    appended.stream = stream;
    appended.position = entry.position;
    appended.recorded_at = recorded_at;
    commit.entries.push_back(
        {appended.bytes, appended.leaf_hash, stream, entry.position, head_of_day});
    ++tail.state.next_position;
    tail.last_leaf = appended.leaf_hash;
    if (head_of_day) tail.state.head_day = head_of_day;
    return appended;
  }
};

Instant LedgerKeeper::Group::recorded_at() const { return body_.recorded_at; }

std::uint64_t LedgerKeeper::Group::next_number() const { return body_.NextNumber(); }

store::Commit& LedgerKeeper::Group::rows() { return body_.commit; }

absl::StatusOr<AppendedEntry> LedgerKeeper::Group::Append(const std::string& stream,
                                                          codec::EntryBody body,
                                                          std::uint32_t core_revision) {
  CHANCERY_ASSIGN_OR_RETURN(StreamTail* const tail, body_.Tail(stream));
  const std::int64_t today = UtcDayOf(body_.recorded_at);
  const bool founding = codec::KindOf(body) == codec::EntryKind::kFounded;
  // Entry 0 of the ledger that orders the acts is the founding one; every stream's day begins with
  // its head otherwise.
  if (!founding && (!tail->state.head_day || *tail->state.head_day < today)) {
    codec::StreamHeadBody head;
    head.day = static_cast<std::int32_t>(today);
    head.first = tail->state.next_position == 0;
    if (!head.first) {
      head.position = tail->state.next_position - 1;
      head.leaf_hash = tail->last_leaf;
    }
    CHANCERY_RETURN_IF_ERROR(body_.AppendOne(stream, *tail, head, 0, today).status());
  }
  return body_.AppendOne(stream, *tail, std::move(body), core_revision, std::nullopt);
}

LedgerKeeper::LedgerKeeper(store::Store& store, const ledger::NoteSigner& log_key, Clock& clock,
                           Entropy& entropy, Events& events, Options options, store::Head head,
                           ledger::CompactRange tree)
    : store_(store),
      log_key_(log_key),
      clock_(clock),
      entropy_(entropy),
      events_(events),
      options_(std::move(options)),
      tree_(std::move(tree)),
      head_(std::move(head)) {}

absl::StatusOr<std::unique_ptr<LedgerKeeper>> LedgerKeeper::Open(store::Store& store,
                                                                 const ledger::NoteSigner& log_key,
                                                                 Clock& clock, Entropy& entropy,
                                                                 Events& events, Options options) {
  std::vector<ledger::NoteKey> log_keys = options.log_keys;
  if (log_keys.empty()) log_keys.push_back(log_key.key());
  CHANCERY_ASSIGN_OR_RETURN(ledger::CompactRange tree, CheckHead(store, log_keys));
  CHANCERY_ASSIGN_OR_RETURN(store::Head head, store.ReadHead());
  CHANCERY_CHECK(head.tree == tree.Head());
  const bool is_signed =
      head.tree.size != 0 && ledger::VerifyCheckpoint(head.checkpoint, log_key.key()).ok();
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t cosigned_at,
                            store.ReadCursor(kCosignatureTimeCursor));
  std::unique_ptr<LedgerKeeper> keeper(new LedgerKeeper(store, log_key, clock, entropy, events,
                                                        std::move(options), std::move(head),
                                                        std::move(tree)));
  // An empty tree's, or one signed by an earlier key: what was signed before is said again.
  if (!is_signed) {
    CHANCERY_ASSIGN_OR_RETURN(keeper->head_.checkpoint, keeper->Sign(keeper->head_.tree));
  }
  keeper->told_ = Instant{cosigned_at * kMsPerSecond};
  keeper->sequencer_ = std::thread([raw = keeper.get()] { raw->RunSequencer(); });
  return keeper;
}

LedgerKeeper::~LedgerKeeper() { Close(); }

void LedgerKeeper::SetOverlay(Overlay* overlay) {
  const std::lock_guard lock(mutex_);
  CHANCERY_CHECK(overlay_ == nullptr || overlay == nullptr);
  overlay_ = overlay;
}

void LedgerKeeper::Submit(Job job, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      queue_.push_back({std::move(job), std::move(done)});
      queued_.notify_one();
      return;
    }
  }
  done(ShuttingDown(), nullptr);
}

absl::StatusOr<Committed> LedgerKeeper::Run(Job job) {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<absl::StatusOr<Committed>> answer;
  Submit(std::move(job), [&](const absl::Status& status, const Committed* committed) {
    const std::lock_guard lock(mutex);
    if (status.ok()) {
      answer = *committed;
    } else {
      answer = status;
    }
    // Notified under the lock: the waiting function owns both and ends as soon as it can take the
    // lock.
    answered.notify_one();
  });
  std::unique_lock lock(mutex);
  answered.wait(lock, [&] { return answer.has_value(); });
  return *std::move(answer);
}

std::vector<absl::Status> LedgerKeeper::RunAll(std::vector<Job> jobs) {
  std::vector<absl::Status> answers(jobs.size());
  std::mutex mutex;
  std::condition_variable answered;
  std::size_t missing = jobs.size();
  const auto answer = [&](std::size_t place, const absl::Status& status) {
    // Notified under the lock, as above.
    const std::lock_guard lock(mutex);
    answers[place] = status;
    if (--missing == 0) answered.notify_one();
  };
  std::unique_lock queue(mutex_);
  for (std::size_t place = 0; !closed_ && place < jobs.size(); ++place) {
    queue_.push_back(
        {std::move(jobs[place]), [&answer, place](const absl::Status& status, const Committed*) {
           answer(place, status);
         }});
  }
  const bool taken = !closed_;
  queued_.notify_one();
  queue.unlock();
  if (!taken) {
    std::fill(answers.begin(), answers.end(), ShuttingDown());
    return answers;
  }
  std::unique_lock lock(mutex);
  answered.wait(lock, [&] { return missing == 0; });
  return answers;
}

void LedgerKeeper::SetGate(absl::Status gate) {
  const std::lock_guard lock(mutex_);
  gate_ = std::move(gate);
}

absl::Status LedgerKeeper::gate() const {
  const std::lock_guard lock(mutex_);
  return gate_;
}

void LedgerKeeper::NoteCosignatureTime(std::int64_t seconds) {
  const std::lock_guard lock(mutex_);
  told_ = std::max(told_, Instant{seconds * kMsPerSecond});
}

LedgerKeeper::HeadInTime LedgerKeeper::HeadNow() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !committing_; });
  return {head_, clock_.Now()};
}

store::Head LedgerKeeper::HeadAt(Instant told) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !committing_; });
  told_ = std::max(told_, told);
  return head_;
}

bool LedgerKeeper::BeginCommit(Instant recorded_at) {
  const std::lock_guard lock(mutex_);
  const bool again = committing_;
  committing_ = true;
  return again || told_.ms - recorded_at.ms <= kMostCommitLagMs;
}

void LedgerKeeper::EndCommit() {
  const std::lock_guard lock(mutex_);
  committing_ = false;
  changed_.notify_all();
}

absl::Status LedgerKeeper::Apply(const store::Commit& commit) {
  CHANCERY_CHECK(commit.entries.empty() && !commit.next);
  const absl::Status status = store_.Apply(commit);
  if (store::IsFatal(status)) Fatal(status);
  return status;
}

store::Head LedgerKeeper::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

std::uint64_t LedgerKeeper::WaitForMoreThan(std::uint64_t size, std::int64_t milliseconds) const {
  std::unique_lock lock(mutex_);
  const std::uint64_t wakes = wakes_;
  changed_.wait_for(lock, std::chrono::milliseconds(milliseconds),
                    [&] { return head_.tree.size > size || closed_ || wakes_ != wakes; });
  return head_.tree.size;
}

void LedgerKeeper::WakeAll() const {
  const std::lock_guard lock(mutex_);
  ++wakes_;
  changed_.notify_all();
}

absl::StatusOr<Bytes> LedgerKeeper::CheckpointOf(std::uint64_t size) {
  const store::Head now = head();
  if (size == now.tree.size) return now.checkpoint;
  if (size > now.tree.size) {
    return InvalidArgument("ledger: there is no checkpoint of size " + std::to_string(size) +
                           " yet");
  }
  CHANCERY_RETURN_IF_ERROR(gate());
  CHANCERY_ASSIGN_OR_RETURN(const ledger::CompactRange tree,
                            ledger::ReadCompactRange(store_, size));
  return Sign(tree.Head());
}

absl::StatusOr<Bytes> LedgerKeeper::Sign(const ledger::TreeHead& tree) const {
  const ledger::Checkpoint checkpoint{store_.identity().origin, tree};
  CHANCERY_ASSIGN_OR_RETURN(Bytes note, ledger::SignCheckpoint(log_key_, checkpoint));
  const ledger::NoteSigner* before = options_.key_before;
  if (before == nullptr || clock_.Now() >= options_.key_before_until) return note;
  CHANCERY_ASSIGN_OR_RETURN(const ledger::NoteSignature line,
                            ledger::SignNoteText(*before, ledger::FormatCheckpoint(checkpoint)));
  return ledger::AddSignatureLines(note, {ledger::FormatSignatureLine(line)});
}

absl::StatusOr<ledger::Receipt> LedgerKeeper::ReceiptOf(std::uint64_t number) {
  CHANCERY_ASSIGN_OR_RETURN(std::vector<ledger::Receipt> receipts, ReceiptsOf({number}));
  return std::move(receipts.front());
}

absl::StatusOr<std::vector<ledger::Receipt>> LedgerKeeper::ReceiptsOf(
    const std::vector<std::uint64_t>& numbers) {
  const store::Head now = head();
  ledger::RememberedNodes nodes(store_);
  std::vector<ledger::Receipt> receipts;
  for (const std::uint64_t number : numbers) {
    ledger::Receipt receipt;
    receipt.entry = number;
    receipt.checkpoint = now.checkpoint;
    CHANCERY_ASSIGN_OR_RETURN(receipt.inclusion_proof,
                              ledger::BuildInclusionProof(nodes, number, now.tree.size));
    receipts.push_back(std::move(receipt));
  }
  return receipts;
}

void LedgerKeeper::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    queued_.notify_all();
    changed_.notify_all();
  }
  if (sequencer_.joinable()) sequencer_.join();
}

void LedgerKeeper::RunSequencer() {
  for (;;) {
    std::vector<Queued> jobs;
    absl::Status gate;
    {
      std::unique_lock lock(mutex_);
      queued_.wait(lock, [&] { return closed_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const std::size_t count = std::min(queue_.size(), options_.max_group);
      std::move(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count),
                std::back_inserter(jobs));
      queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
      gate = gate_;
    }
    if (!gate.ok()) {
      for (const Queued& job : jobs) job.done(gate, nullptr);
      continue;
    }
    if (CommitGroup(jobs, jobs.size() == 1)) continue;
    for (Queued& job : jobs) {
      std::vector<Queued> alone;
      alone.push_back(std::move(job));
      CommitGroup(alone, true);
    }
  }
}

Instant LedgerKeeper::TimeOfGroup() {
  const std::lock_guard lock(mutex_);
  return std::max({clock_.Now(), head_.recorded_at, told_});
}

std::vector<absl::Status> LedgerKeeper::RunJobs(const std::vector<Queued>& jobs,
                                                Group::Body& body) {
  std::vector<absl::Status> answers(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Sizes sizes = SizesOf(body.commit);
    std::map<std::string, StreamTail> streams = body.streams;
    Group group(body);
    answers[i] = jobs[i].job(group);
    if (!answers[i].ok()) {
      CutBack(body.commit, sizes);
      body.streams = std::move(streams);
    }
    if (overlay_ != nullptr) {
      answers[i].ok() ? overlay_->KeepJob() : overlay_->DropJob();
    }
  }
  return answers;
}

bool LedgerKeeper::CommitGroup(std::vector<Queued>& jobs, bool last_try) {
  const store::Head before = head();
  std::optional<Group::Body> made;
  std::vector<absl::Status> answers;
  const auto run = [&] {
    made.emplace(Group::Body{store_, entropy_, TimeOfGroup(), before.tree.size, {}, {}});
    answers = RunJobs(jobs, *made);
  };
  run();
  if (!made->commit.entries.empty() && !BeginCommit(made->recorded_at)) {
    if (overlay_ != nullptr) overlay_->DropGroup();
    run();
  }
  Group::Body& body = *made;

  store::Head after = before;
  ledger::CompactRange tree = tree_;
  KeepLastOfEachMatter(body.commit.matters);
  absl::Status committed;
  if (!body.commit.entries.empty()) {
    for (const store::NewEntry& entry : body.commit.entries) tree.Append(entry.leaf_hash);
    after.tree = tree.Head();
    after.recorded_at = body.recorded_at;
    absl::StatusOr<Bytes> checkpoint = Sign(after.tree);
    if (checkpoint.ok()) {
      after.checkpoint = *std::move(checkpoint);
      body.commit.expected = before.tree;
      body.commit.next = after;
    } else {
      committed = checkpoint.status();
    }
  }
  if (committed.ok() && (!body.commit.entries.empty() || HasRows(body.commit))) {
    events_.Note({"commit.before", {}, static_cast<std::int64_t>(before.tree.size)});
    committed = store_.Apply(body.commit);
    if (store::IsFatal(committed)) Fatal(committed);
    if (committed.ok())
      events_.Note({"commit.after", {}, static_cast<std::int64_t>(after.tree.size)});
  }
  if (!committed.ok()) {
    EndCommit();
    if (overlay_ != nullptr) overlay_->DropGroup();
    const bool full = absl::IsResourceExhausted(committed);
    if (!last_try && !full && !absl::IsUnavailable(committed)) return false;
    if (full) {
      committed = WithReason(
          Unavailable("ledger: the store is full; nothing was recorded, try again later"),
          reason::kStoreFull);
    }
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      jobs[i].done(answers[i].ok() ? committed : answers[i], nullptr);
    }
    return true;
  }

  if (overlay_ != nullptr) overlay_->KeepGroup();
  tree_ = std::move(tree);
  {
    const std::lock_guard lock(mutex_);
    head_ = after;
    committing_ = false;
    changed_.notify_all();
  }
  const Committed told{after};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].done(answers[i], answers[i].ok() ? &told : nullptr);
  }
  return true;
}

void LedgerKeeper::Fatal(const absl::Status& status) const {
  if (options_.on_fatal) options_.on_fatal(status);
  EndProcess(status);
  std::abort();
}

}  // namespace chancery::exchange
