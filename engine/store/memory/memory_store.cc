#include "engine/store/memory/memory_store.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "engine/store/commit_check.h"

namespace chancery::store {
namespace {

// Tables in memory. Every change leaves behind how to take it back, so that a commit that fails in
// its middle leaves nothing.
class Tables {
 public:
  void Keep() { undo_.clear(); }
  void TakeBack() {
    for (auto step = undo_.rbegin(); step != undo_.rend(); ++step) (*step)();
    undo_.clear();
  }

  template <class Map, class Key, class Value>
  void Put(Map& map, const Key& key, Value value) {
    const auto found = map.find(key);
    if (found == map.end()) {
      undo_.push_back([&map, key] { map.erase(key); });
    } else {
      undo_.push_back([&map, key, old = found->second] { map.insert_or_assign(key, old); });
    }
    map.insert_or_assign(key, std::move(value));
  }

  template <class Map, class Key>
  void Drop(Map& map, const Key& key) {
    const auto found = map.find(key);
    if (found == map.end()) return;
    undo_.push_back([&map, key, old = found->second] { map.insert_or_assign(key, old); });
    map.erase(found);
  }

  template <class Value>
  void Set(Value& variable, Value value) {
    undo_.push_back([&variable, old = variable] { variable = old; });
    variable = std::move(value);
  }

  template <class Value>
  void Append(std::vector<Value>& list, Value value) {
    undo_.push_back([&list] { list.pop_back(); });
    list.push_back(std::move(value));
  }

 private:
  std::vector<std::function<void()>> undo_;
};

template <class Map>
auto Find(const Map& map, const typename Map::key_type& key)
    -> std::optional<typename Map::mapped_type> {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(StoreIdentity identity) : identity_(std::move(identity)) {}

  absl::Status Apply(const Commit& commit) override {
    CHANCERY_RETURN_IF_ERROR(CheckCommit(commit, identity_));
    const std::lock_guard lock(mutex_);
    absl::Status status = Write(commit);
    if (status.ok()) {
      tables_.Keep();
    } else {
      tables_.TakeBack();
    }
    return status;
  }

  const StoreIdentity& identity() const override { return identity_; }

  absl::StatusOr<Digest> Node(int level, std::uint64_t index) override {
    const std::lock_guard lock(mutex_);
    if (level < 0 || level > 62 || index >= (ledger::kMaxTreeSize >> level))
      return NotFound("store: no such subtree");
    const std::uint64_t entry = CompletingEntry(level, index);
    if (entry >= entries_.size()) return NotFound("store: this subtree is not complete");
    const ByteView hashes = hashes_[entry];
    return *Digest::FromBytes(
        hashes.substr(static_cast<std::size_t>(level) * Digest::kSize, Digest::kSize));
  }

  absl::StatusOr<std::vector<Bytes>> Entries(std::uint64_t first, std::uint64_t count) override {
    CHANCERY_ASSIGN_OR_RETURN(std::vector<StoredEntry> stored, ReadEntries(first, count));
    if (stored.size() != count) return NotFound("store: not that many entries");
    std::vector<Bytes> entries;
    entries.reserve(stored.size());
    for (StoredEntry& entry : stored) entries.push_back(std::move(entry.bytes));
    return entries;
  }

  absl::StatusOr<Head> ReadHead() override {
    const std::lock_guard lock(mutex_);
    return head_;
  }

  absl::StatusOr<StoredEntry> ReadEntry(std::uint64_t number) override {
    const std::lock_guard lock(mutex_);
    if (number >= entries_.size()) return NotFound("store: no entry " + std::to_string(number));
    return entries_[number];
  }

  absl::StatusOr<std::vector<StoredEntry>> ReadEntries(std::uint64_t first,
                                                       std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<StoredEntry> found;
    for (std::uint64_t number = first; number < entries_.size() && found.size() < limit; ++number) {
      found.push_back(entries_[number]);
    }
    return found;
  }

  absl::StatusOr<std::vector<StoredEntry>> ReadStream(std::string_view stream,
                                                      std::uint64_t first_position,
                                                      std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<StoredEntry> found;
    const auto numbers = numbers_.find(std::string(stream));
    if (numbers == numbers_.end()) return found;
    for (std::uint64_t at = first_position; at < numbers->second.size() && found.size() < limit;
         ++at) {
      found.push_back(entries_[numbers->second[at]]);
    }
    return found;
  }

  absl::StatusOr<StreamState> ReadStreamState(std::string_view stream) override {
    const std::lock_guard lock(mutex_);
    return StateOf(std::string(stream));
  }

  absl::StatusOr<std::vector<StreamState>> ListStreams() override {
    const std::lock_guard lock(mutex_);
    std::vector<StreamState> states;
    for (const auto& [name, state] : streams_) states.push_back(state);
    return states;
  }

  absl::StatusOr<std::optional<StatementRow>> FindStatement(const StatementKey& key) override {
    const std::lock_guard lock(mutex_);
    return Find(statements_, key);
  }

  absl::StatusOr<std::optional<MatterRow>> FindMatter(const MatterId& id) override {
    const std::lock_guard lock(mutex_);
    return Find(matters_, id);
  }

  absl::StatusOr<std::vector<MatterId>> FindOpenMatters(const PersonKey& person) override {
    const std::lock_guard lock(mutex_);
    std::vector<MatterId> found;
    for (auto at = by_person_.lower_bound({person, MatterId()}); at != by_person_.end(); ++at) {
      if (at->first.first != person) break;
      found.push_back(at->first.second);
    }
    return found;
  }

  absl::StatusOr<std::vector<MatterRow>> ListMatters(std::optional<int> kind,
                                                     const std::optional<MatterId>& after,
                                                     std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<MatterRow> found;
    for (auto at = after ? matters_.upper_bound(*after) : matters_.begin(); at != matters_.end();
         ++at) {
      if (found.size() == limit) break;
      if (!kind || at->second.kind == *kind) found.push_back(at->second);
    }
    return found;
  }

  absl::StatusOr<std::vector<MatterRow>> ListDueMatters(Instant until, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<MatterRow> found;
    for (const auto& [due, nothing] : by_limit_) {
      if (due.first > until || found.size() == limit) break;
      found.push_back(matters_.at(due.second));
    }
    return found;
  }

  absl::StatusOr<std::optional<Instant>> EarliestLimit() override {
    const std::lock_guard lock(mutex_);
    return by_limit_.empty() ? std::nullopt : std::optional(by_limit_.begin()->first.first);
  }

  absl::StatusOr<std::vector<Delivery>> ListOpenDeliveries(std::optional<PartyCode> to,
                                                           std::uint64_t after,
                                                           std::size_t limit) override {
    return SelectDeliveries(
        [&](const Delivery& delivery) {
          return delivery.sequence > after && delivery.state != DeliveryState::kAnswered &&
                 (!to || delivery.what.to == *to);
        },
        limit);
  }

  absl::StatusOr<std::optional<Delivery>> FindDelivery(std::uint64_t sequence) override {
    const std::lock_guard lock(mutex_);
    return Find(deliveries_, sequence);
  }

  absl::StatusOr<std::vector<Delivery>> FindDeliveriesOf(const StatementId& statement) override {
    return SelectDeliveries(
        [&](const Delivery& delivery) { return delivery.what.statement_id == statement; },
        deliveries_.max_size());
  }

  absl::StatusOr<std::int64_t> ReadCursor(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    return Find(cursors_, std::string(name)).value_or(0);
  }

  absl::StatusOr<std::vector<ParticularsRow>> FindParticulars(const Digest& digest) override {
    return SelectParticulars([&](const ParticularsRow& row) { return row.digest == digest; });
  }

  absl::StatusOr<std::vector<ParticularsRow>> ListParticularsOf(const MatterId& matter) override {
    return SelectParticulars([&](const ParticularsRow& row) {
      return row.matter == matter && row.reader != kAttachmentReader;
    });
  }

  absl::StatusOr<std::optional<Bytes>> FindWrappedKey(const MatterId& matter) override {
    const std::lock_guard lock(mutex_);
    return Find(wrapped_keys_, matter);
  }

  absl::StatusOr<std::vector<WrappedKeyRow>> ListWrappedKeys(const std::optional<MatterId>& after,
                                                             std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<WrappedKeyRow> rows;
    auto at = after ? wrapped_keys_.upper_bound(*after) : wrapped_keys_.begin();
    for (; at != wrapped_keys_.end() && rows.size() < limit; ++at)
      rows.push_back({at->first, at->second});
    return rows;
  }

  absl::StatusOr<std::optional<Paper>> FindPaper(std::string_view kind,
                                                 std::string_view id) override {
    const std::lock_guard lock(mutex_);
    return Find(papers_, {std::string(kind), std::string(id)});
  }

  absl::StatusOr<std::vector<Paper>> ListPapers(std::string_view kind, std::optional<int> state,
                                                std::string_view after,
                                                std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<Paper> found;
    for (auto at = papers_.upper_bound({std::string(kind), std::string(after)});
         at != papers_.end(); ++at) {
      if (at->first.first != kind || found.size() == limit) break;
      if (!state || at->second.state == *state) found.push_back(at->second);
    }
    return found;
  }

  absl::StatusOr<std::optional<WitnessedHead>> FindWitnessed(std::string_view origin) override {
    const std::lock_guard lock(mutex_);
    return Find(witnessed_, std::string(origin));
  }

  absl::StatusOr<std::vector<CosignatureRow>> ListCosignatures(std::uint64_t size) override {
    const std::lock_guard lock(mutex_);
    std::vector<CosignatureRow> found;
    for (const auto& [key, row] : cosignatures_) {
      if (row.size == size) found.push_back(row);
    }
    return found;
  }

  absl::StatusOr<std::optional<FinalCheckpoint>> LatestFinal() override {
    const std::lock_guard lock(mutex_);
    return finals_.empty() ? std::nullopt : std::optional(finals_.rbegin()->second);
  }

  absl::StatusOr<std::optional<FinalCheckpoint>> FindFinalCovering(std::uint64_t entry) override {
    const std::lock_guard lock(mutex_);
    const auto found = finals_.upper_bound(entry);
    return found == finals_.end() ? std::nullopt : std::optional(found->second);
  }

  absl::StatusOr<std::vector<Conflict>> ListConflicts(std::uint64_t after,
                                                      std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<Conflict> found;
    for (std::uint64_t at = after; at < conflicts_.size() && found.size() < limit; ++at) {
      found.push_back({at + 1, conflicts_[at]});
    }
    return found;
  }

  absl::Status VisitRows(RowVisitor& visitor) override {
    // One state of all tables; the visitor may read the store.
    std::unique_lock lock(mutex_);
    const auto statements = statements_;
    const auto deliveries = deliveries_;
    const auto cursors = cursors_;
    const auto particulars = particulars_;
    const auto wrapped_keys = wrapped_keys_;
    const auto papers = papers_;
    const auto witnessed = witnessed_;
    const auto cosignatures = cosignatures_;
    const auto finals = finals_;
    const auto conflicts = conflicts_;
    lock.unlock();
    for (const auto& [key, row] : statements) CHANCERY_RETURN_IF_ERROR(visitor.Visit(row));
    for (const auto& [key, row] : deliveries) CHANCERY_RETURN_IF_ERROR(visitor.Visit(row));
    for (const auto& [name, value] : cursors)
      CHANCERY_RETURN_IF_ERROR(visitor.Visit(Cursor{name, value}));
    for (const auto& [key, row] : particulars) CHANCERY_RETURN_IF_ERROR(visitor.Visit(row));
    for (const auto& [matter, wrapped] : wrapped_keys)
      CHANCERY_RETURN_IF_ERROR(visitor.Visit(WrappedKeyRow{matter, wrapped}));
    for (const auto& [key, row] : papers) CHANCERY_RETURN_IF_ERROR(visitor.Visit(row));
    for (const auto& [key, row] : witnessed) CHANCERY_RETURN_IF_ERROR(visitor.Visit(row));
    for (const auto& [key, row] : cosignatures) CHANCERY_RETURN_IF_ERROR(visitor.Visit(row));
    for (const auto& [key, row] : finals) CHANCERY_RETURN_IF_ERROR(visitor.Visit(row));
    for (std::size_t i = 0; i < conflicts.size(); ++i)
      CHANCERY_RETURN_IF_ERROR(visitor.Visit(Conflict{i + 1, conflicts[i]}));
    return absl::OkStatus();
  }

  absl::Status Check() override {
    const std::lock_guard lock(mutex_);
    ledger::CompactRange tree;
    for (const StoredEntry& entry : entries_) {
      if (ledger::LeafHash(entry.bytes) != entry.leaf_hash) {
        return DataLoss("store: entry " + std::to_string(tree.size()) +
                        " does not have its leaf hash");
      }
      tree.Append(entry.leaf_hash);
    }
    if (tree.Head() != head_.tree)
      return DataLoss("store: the entries do not make the root of the head");
    return absl::OkStatus();
  }

 private:
  StreamState StateOf(const std::string& stream) const {
    return Find(streams_, stream).value_or(StreamState{stream, 0, std::nullopt});
  }

  template <class Wanted>
  std::vector<Delivery> SelectDeliveries(Wanted wanted, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<Delivery> found;
    for (const auto& [sequence, delivery] : deliveries_) {
      if (found.size() == limit) break;
      if (wanted(delivery)) found.push_back(delivery);
    }
    return found;
  }

  template <class Wanted>
  std::vector<ParticularsRow> SelectParticulars(Wanted wanted) {
    const std::lock_guard lock(mutex_);
    std::vector<ParticularsRow> found;
    for (const auto& [key, row] : particulars_) {
      if (wanted(row)) found.push_back(row);
    }
    return found;
  }

  absl::Status Write(const Commit& commit) {
    if (commit.expected) CHANCERY_RETURN_IF_ERROR(WriteEntries(commit));
    for (const StatementRow& row : commit.statements) {
      if (statements_.contains(row.key)) return AlreadyExists("store: the statement id is taken");
      tables_.Put(statements_, row.key, row);
    }
    for (const MatterRow& row : commit.matters) CHANCERY_RETURN_IF_ERROR(WriteMatter(row));
    for (const NewDelivery& row : commit.deliveries) {
      tables_.Set(last_sequence_, last_sequence_ + 1);
      tables_.Put(deliveries_, last_sequence_,
                  Delivery{last_sequence_, row, DeliveryState::kWaiting, 0, {}});
    }
    for (const DeliveryMark& mark : commit.delivery_marks) {
      std::optional<Delivery> delivery = Find(deliveries_, mark.sequence);
      if (!delivery) return FailedPrecondition("store: there is no such delivery");
      delivery->state = mark.state;
      delivery->attempts = mark.attempts;
      delivery->what.next_attempt_at = mark.next_attempt_at;
      delivery->answer = mark.answer;
      tables_.Put(deliveries_, mark.sequence, *std::move(delivery));
    }
    for (const std::uint64_t sequence : commit.forgotten_deliveries)
      tables_.Drop(deliveries_, sequence);
    for (const Cursor& cursor : commit.cursors) tables_.Put(cursors_, cursor.name, cursor.value);
    for (const ParticularsRow& row : commit.particulars) {
      const std::pair<Digest, std::string> key(row.digest, row.reader);
      if (particulars_.contains(key))
        return AlreadyExists("store: these particulars are there already");
      tables_.Put(particulars_, key, row);
    }
    for (const auto& key : commit.forgotten_particulars) tables_.Drop(particulars_, key);
    for (const WrappedKeyRow& row : commit.wrapped_keys)
      tables_.Put(wrapped_keys_, row.matter, row.wrapped);
    for (const MatterId& matter : commit.erasures) Erase(matter);
    for (const PaperChange& change : commit.papers) CHANCERY_RETURN_IF_ERROR(ChangePaper(change));
    for (const WitnessedChange& change : commit.witnessed) {
      const std::optional<WitnessedHead> held = Find(witnessed_, change.next.origin);
      const bool as_expected =
          held ? change.expected && *change.expected == held->tree : !change.expected;
      if (!as_expected) return FailedPrecondition("store: the witnessed head is another one");
      tables_.Put(witnessed_, change.next.origin, change.next);
    }
    return WriteCheckpoints(commit);
  }

  absl::Status WriteEntries(const Commit& commit) {
    if (head_.tree != *commit.expected) return absl::AbortedError("store: the head is another one");
    if (!commit.next) return absl::OkStatus();
    if (commit.next->recorded_at < head_.recorded_at) {
      return FailedPrecondition("store: the new head is recorded before the last one");
    }
    CHANCERY_ASSIGN_OR_RETURN(GrownTree grown, GrowTree(tree_, commit));
    for (std::size_t i = 0; i < commit.entries.size(); ++i) {
      const NewEntry& entry = commit.entries[i];
      StreamState stream = StateOf(entry.stream);
      if (entry.position != stream.next_position) {
        return FailedPrecondition("store: an entry is not at its stream's next position");
      }
      const std::uint64_t number = entries_.size();
      tables_.Append(entries_, StoredEntry{number, entry.bytes, entry.leaf_hash, entry.stream,
                                           entry.position});
      tables_.Append(hashes_, std::move(grown.hashes[i]));
      tables_.Append(numbers_[entry.stream], number);
      ++stream.next_position;
      if (entry.head_of_day) stream.head_day = entry.head_of_day;
      tables_.Put(streams_, entry.stream, stream);
    }
    tables_.Set(tree_, std::move(grown.tree));
    tables_.Set(head_, *commit.next);
    return absl::OkStatus();
  }

  absl::Status WriteMatter(const MatterRow& row) {
    if (const std::optional<MatterRow> old = Find(matters_, row.id)) {
      if (old->kind != row.kind)
        return FailedPrecondition("store: a matter of another kind has this id");
      if (old->next_limit) tables_.Drop(by_limit_, std::pair(*old->next_limit, row.id));
      if (old->open_person) tables_.Drop(by_person_, std::pair(*old->open_person, row.id));
    }
    if (row.next_limit) tables_.Put(by_limit_, std::pair(*row.next_limit, row.id), true);
    if (row.open_person) tables_.Put(by_person_, std::pair(*row.open_person, row.id), true);
    tables_.Put(matters_, row.id, row);
    return absl::OkStatus();
  }

  void Erase(const MatterId& matter) {
    tables_.Drop(wrapped_keys_, matter);
    std::vector<std::pair<Digest, std::string>> keys;
    for (const auto& [key, row] : particulars_) {
      if (row.matter == matter) keys.push_back(key);
    }
    for (const auto& key : keys) tables_.Drop(particulars_, key);
  }

  absl::Status ChangePaper(const PaperChange& change) {
    const std::pair<std::string, std::string> key(change.kind, change.id);
    const std::optional<Paper> held = Find(papers_, key);
    const std::uint64_t version = held ? held->version : 0;
    if (version != change.expected_version || (change.remove && !held)) {
      return FailedPrecondition("store: the paper has another version");
    }
    if (change.remove) {
      tables_.Drop(papers_, key);
    } else {
      tables_.Put(papers_, key,
                  Paper{change.kind, change.id, version + 1, change.state, change.bytes});
    }
    return absl::OkStatus();
  }

  void DropCosignatures(std::uint64_t below) {
    std::vector<std::pair<std::uint64_t, std::string>> keys;
    for (const auto& [key, row] : cosignatures_) {
      if (key.first >= below) break;
      const bool newer = std::any_of(cosignatures_.begin(), cosignatures_.end(), [&](auto& other) {
        return other.second.witness == row.witness && other.second.size > row.size &&
               other.second.cosigned_at >= row.cosigned_at;
      });
      if (newer) keys.push_back(key);
    }
    for (const auto& key : keys) tables_.Drop(cosignatures_, key);
  }

  absl::Status WriteCheckpoints(const Commit& commit) {
    for (const CosignatureRow& row : commit.cosignatures) {
      const std::pair<std::uint64_t, std::string> key(row.size, row.witness);
      const std::optional<CosignatureRow> held = Find(cosignatures_, key);
      if (!held || held->cosigned_at <= row.cosigned_at) tables_.Put(cosignatures_, key, row);
    }
    DropCosignatures(commit.drop_cosignatures_below);
    for (const FinalCheckpoint& row : commit.finals) {
      const std::optional<FinalCheckpoint> held = Find(finals_, row.tree.size);
      if (held && held->tree != row.tree)
        return FailedPrecondition("store: another root was final at this size");
      tables_.Put(finals_, row.tree.size, row);
    }
    for (const NewConflict& row : commit.conflicts) tables_.Append(conflicts_, row);
    return absl::OkStatus();
  }

  const StoreIdentity identity_;

  std::mutex mutex_;
  Tables tables_;
  Head head_;
  ledger::CompactRange tree_;
  std::vector<StoredEntry> entries_;
  std::vector<Bytes> hashes_;  // per entry, of the subtrees it completes
  std::map<std::string, StreamState> streams_;
  std::map<std::string, std::vector<std::uint64_t>> numbers_;  // of the entries of a stream
  std::map<StatementKey, StatementRow> statements_;
  std::map<MatterId, MatterRow> matters_;
  std::map<std::pair<Instant, MatterId>, bool> by_limit_;
  std::map<std::pair<PersonKey, MatterId>, bool> by_person_;
  std::uint64_t last_sequence_ = 0;
  std::map<std::uint64_t, Delivery> deliveries_;
  std::map<std::string, std::int64_t> cursors_;
  std::map<std::pair<Digest, std::string>, ParticularsRow> particulars_;
  std::map<MatterId, Bytes> wrapped_keys_;
  std::map<std::pair<std::string, std::string>, Paper> papers_;
  std::map<std::string, WitnessedHead> witnessed_;
  std::map<std::pair<std::uint64_t, std::string>, CosignatureRow> cosignatures_;
  std::map<std::uint64_t, FinalCheckpoint> finals_;
  std::vector<NewConflict> conflicts_;
};

}  // namespace

std::unique_ptr<Store> NewMemoryStore(StoreIdentity identity) {
  return std::make_unique<MemoryStore>(std::move(identity));
}

}  // namespace chancery::store
