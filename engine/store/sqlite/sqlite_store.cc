#include "engine/store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "engine/store/commit_check.h"
#include "engine/store/sqlite/connection.h"
#include "engine/store/sqlite/schema.h"

namespace chancery::store {
namespace {

constexpr char kWriterSettings[] =
    "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON; PRAGMA "
    "trusted_schema = OFF;"
    "PRAGMA cache_size = -32768; PRAGMA synchronous = FULL;";
constexpr char kReaderSettings[] =
    "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;";

constexpr std::size_t kCheckPiece = 1024;  // entries read at a time by Check

// Every row that `read` makes of the query.
template <class T, class Read>
absl::StatusOr<std::vector<T>> All(Query& query, Read read) {
  std::vector<T> rows;
  while (true) {
    CHANCERY_ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) break;
    rows.push_back(read(query));
  }
  if (query.damaged()) return DataLoss("store: a row has a form this program never writes");
  return rows;
}

// The first row, if any.
template <class T, class Read>
absl::StatusOr<std::optional<T>> First(Query& query, Read read) {
  CHANCERY_ASSIGN_OR_RETURN(const bool row, query.Next());
  if (!row) return std::optional<T>();
  std::optional<T> value = read(query);
  if (query.damaged()) return DataLoss("store: a row has a form this program never writes");
  return value;
}

template <class T>
absl::StatusOr<T> Required(absl::StatusOr<std::optional<T>> found, std::string_view what) {
  CHANCERY_RETURN_IF_ERROR(found.status());
  if (!found->has_value()) return NotFound(what);
  return std::move(**found);
}

Head HeadFrom(Query& row) {
  return {{row.GetCount(0), row.GetFixed<Digest>(1)}, row.GetInstant(2), row.GetBytes(3)};
}

StoredEntry EntryFrom(Query& row) {
  StoredEntry entry;
  entry.number = row.GetCount(0);
  entry.stream = row.GetBytes(1);
  entry.position = row.GetCount(2);
  entry.leaf_hash = row.GetFixed<Digest>(3);
  entry.bytes = row.GetBytes(4);
  return entry;
}

StreamState StreamFrom(Query& row) {
  StreamState state{row.GetBytes(0), row.GetCount(1), std::nullopt};
  if (!row.IsNull(2)) state.head_day = row.GetNumber(2);
  return state;
}

MatterRow MatterFrom(Query& row) {
  MatterRow matter;
  matter.id = row.GetFixed<MatterId>(0);
  matter.kind = row.GetSmall(1);
  if (!row.IsNull(2)) matter.next_limit = row.GetInstant(2);
  if (row.IsNull(3) != row.IsNull(4)) row.MarkDamaged();
  if (!row.IsNull(3))
    matter.open_person = PersonKey{row.GetParty(3), row.GetFixed<PersonHandle>(4)};
  matter.bytes = row.GetBytes(5);
  return matter;
}

Delivery DeliveryFrom(Query& row) {
  Delivery delivery;
  delivery.sequence = row.GetCount(0);
  delivery.what.to = row.GetParty(1);
  delivery.what.kind = row.GetSmall(2);
  const int state = row.GetSmall(3);
  if (state < static_cast<int>(DeliveryState::kWaiting) ||
      state > static_cast<int>(DeliveryState::kAnswered))
    row.MarkDamaged();
  delivery.state = static_cast<DeliveryState>(state);
  delivery.attempts = row.GetSmall(4);
  delivery.what.next_attempt_at = row.GetInstant(5);
  delivery.what.statement_id = row.GetFixed<StatementId>(6);
  delivery.what.statement_digest = row.GetFixed<Digest>(7);
  delivery.answer = row.GetBytes(8);
  delivery.what.bytes = row.GetBytes(9);
  return delivery;
}

ParticularsRow ParticularsFrom(Query& row) {
  return {row.GetFixed<Digest>(0), row.GetBytes(1), row.GetFixed<MatterId>(2), row.GetBytes(3)};
}

Paper PaperFrom(Query& row) {
  return {row.GetBytes(0), row.GetBytes(1), row.GetCount(2), row.GetSmall(3), row.GetBytes(4)};
}

FinalCheckpoint FinalFrom(Query& row) {
  return {{row.GetCount(0), row.GetFixed<Digest>(1)}, row.GetInstant(2), row.GetBytes(3)};
}

// Moves the write-ahead log into the file as far as nobody reads from it, and syncs the file; with
// `cut` waits for readers and cuts the log to nothing. Whether all of it was moved.
absl::StatusOr<bool> Checkpoint(Connection& connection, bool cut) {
  Query query(connection,
              cut ? "PRAGMA wal_checkpoint(TRUNCATE)" : "PRAGMA wal_checkpoint(PASSIVE)");
  CHANCERY_ASSIGN_OR_RETURN(const bool row, query.Next());
  return row && query.GetNumber(0) == 0 && query.GetNumber(1) == query.GetNumber(2);
}

CosignatureRow CosignatureFrom(Query& row) {
  return {row.GetCount(0), row.GetBytes(1), row.GetBytes(2), row.GetNumber(3)};
}

WitnessedHead WitnessedFrom(Query& row) {
  return {row.GetBytes(0), {row.GetCount(1), row.GetFixed<Digest>(2)}, row.GetBytes(3)};
}

Conflict ConflictFrom(Query& row) {
  return {row.GetCount(0),
          {row.GetBytes(1), row.GetBytes(2), row.GetInstant(3), row.GetBytes(4), row.GetBytes(5)}};
}

// Hands every row that `read` makes of the query to the visitor.
template <class Read>
absl::Status VisitEach(Query query, Read read, RowVisitor& visitor) {
  while (true) {
    CHANCERY_ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row) return absl::OkStatus();
    const auto value = read(query);
    if (query.damaged()) return DataLoss("store: a row has a form this program never writes");
    CHANCERY_RETURN_IF_ERROR(visitor.Visit(value));
  }
}

// The settings a store was made with, by name.
std::map<std::string, Bytes> SettingsOf(const StoreIdentity& identity) {
  return {{"schema", std::to_string(kSchemaVersion)},
          {"party", identity.party.ToText()},
          {"origin", identity.origin},
          {"realm", identity.realm},
          {"founding", identity.founding.ToBytes()}};
}

// One group of changes, inside one transaction of the writing connection.
class CommitWriter {
 public:
  explicit CommitWriter(Connection& connection) : connection_(connection) {}

  absl::Status Write(const Commit& commit, const GrownTree& grown) {
    CHANCERY_RETURN_IF_ERROR(WriteEntries(commit, grown));
    for (const StatementRow& row : commit.statements) CHANCERY_RETURN_IF_ERROR(WriteStatement(row));
    for (const MatterRow& row : commit.matters) CHANCERY_RETURN_IF_ERROR(WriteMatter(row));
    for (const NewDelivery& row : commit.deliveries) CHANCERY_RETURN_IF_ERROR(WriteDelivery(row));
    for (const DeliveryMark& mark : commit.delivery_marks)
      CHANCERY_RETURN_IF_ERROR(MarkDelivery(mark));
    for (const std::uint64_t sequence : commit.forgotten_deliveries) {
      Query query(connection_, "DELETE FROM delivery WHERE sequence = ?");
      CHANCERY_RETURN_IF_ERROR(query.Number(sequence).Run());
    }
    for (const Cursor& cursor : commit.cursors) {
      Query query(
          connection_,
          "INSERT INTO cursor VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value");
      CHANCERY_RETURN_IF_ERROR(query.Text(cursor.name).Number(cursor.value).Run());
    }
    for (const ParticularsRow& row : commit.particulars) {
      Query query(connection_, "INSERT INTO particulars VALUES (?, ?, ?, ?)");
      query.Blob(row.digest.View()).Text(row.reader).Blob(row.matter.View()).Blob(row.ciphertext);
      CHANCERY_RETURN_IF_ERROR(query.Run());
    }
    for (const auto& [digest, reader] : commit.forgotten_particulars) {
      Query query(connection_, "DELETE FROM particulars WHERE digest = ? AND reader = ?");
      CHANCERY_RETURN_IF_ERROR(query.Blob(digest.View()).Text(reader).Run());
    }
    for (const WrappedKeyRow& row : commit.wrapped_keys) {
      Query query(connection_,
                  "INSERT INTO wrapped_key VALUES (?, ?) ON CONFLICT DO UPDATE SET wrapped = "
                  "excluded.wrapped");
      CHANCERY_RETURN_IF_ERROR(query.Blob(row.matter.View()).Blob(row.wrapped).Run());
    }
    for (const MatterId& matter : commit.erasures) CHANCERY_RETURN_IF_ERROR(Erase(matter));
    for (const PaperChange& change : commit.papers) CHANCERY_RETURN_IF_ERROR(ChangePaper(change));
    for (const WitnessedChange& change : commit.witnessed)
      CHANCERY_RETURN_IF_ERROR(ChangeWitnessed(change));
    return WriteCheckpoints(commit);
  }

 private:
  struct OpenStream {
    std::int64_t id = 0;
    StreamState state;
    bool head_day_changed = false;
  };

  absl::StatusOr<OpenStream*> StreamOf(const std::string& name) {
    const auto known = streams_.find(name);
    if (known != streams_.end()) return &known->second;
    OpenStream stream;
    {
      Query query(connection_,
                  "SELECT name, next_position, head_day, id FROM stream WHERE name = ?");
      CHANCERY_ASSIGN_OR_RETURN(const bool found, query.Text(name).Next());
      if (found) {
        stream.state = StreamFrom(query);
        stream.id = query.GetNumber(3);
        return &streams_.emplace(name, std::move(stream)).first->second;
      }
    }
    Query query(connection_, "INSERT INTO stream (name, next_position) VALUES (?, 0) RETURNING id");
    CHANCERY_ASSIGN_OR_RETURN(const bool made, query.Text(name).Next());
    if (!made) return Internal("store: a stream was not made");
    stream.id = query.GetNumber(0);
    stream.state.stream = name;
    CHANCERY_RETURN_IF_ERROR(query.Run());
    return &streams_.emplace(name, std::move(stream)).first->second;
  }

  absl::Status WriteEntries(const Commit& commit, const GrownTree& grown) {
    if (commit.entries.empty()) return absl::OkStatus();
    std::uint64_t number = commit.expected->size;
    for (std::size_t i = 0; i < commit.entries.size(); ++i, ++number) {
      const NewEntry& entry = commit.entries[i];
      CHANCERY_ASSIGN_OR_RETURN(OpenStream * stream, StreamOf(entry.stream));
      if (entry.position != stream->state.next_position) {
        return FailedPrecondition("store: entry " + std::to_string(number) +
                                  " is not at its stream's next position");
      }
      ++stream->state.next_position;
      if (entry.head_of_day) {
        stream->state.head_day = entry.head_of_day;
        stream->head_day_changed = true;
      }
      Query query(connection_, "INSERT INTO entry VALUES (?, ?, ?, ?, ?)");
      query.Number(number)
          .Number(stream->id)
          .Number(entry.position)
          .Blob(grown.hashes[i])
          .Blob(entry.bytes);
      CHANCERY_RETURN_IF_ERROR(query.Run());
    }
    for (const auto& [name, stream] : streams_) {
      Query query(connection_, "UPDATE stream SET next_position = ?, head_day = ? WHERE id = ?");
      query.Number(stream.state.next_position);
      if (stream.state.head_day) {
        query.Number(*stream.state.head_day);
      } else {
        query.Null();
      }
      CHANCERY_RETURN_IF_ERROR(query.Number(stream.id).Run());
    }
    // The compare-and-swap: whoever moved the head in between makes this change no row.
    Query query(connection_,
                "UPDATE head SET size = ?, root = ?, recorded_at = ?, checkpoint = ? WHERE id = 1 "
                "AND size = ? AND root = ?");
    query.Number(commit.next->tree.size)
        .Blob(commit.next->tree.root.View())
        .Number(commit.next->recorded_at.ms);
    query.Blob(commit.next->checkpoint)
        .Number(commit.expected->size)
        .Blob(commit.expected->root.View());
    CHANCERY_RETURN_IF_ERROR(query.Run());
    if (connection_.rows_changed() != 1)
      return absl::AbortedError("store: the head is another one");
    return absl::OkStatus();
  }

  absl::Status WriteStatement(const StatementRow& row) {
    Query query(connection_, "INSERT INTO statement VALUES (?, ?, ?, ?, ?)");
    query.Number(row.key.kind)
        .Text(row.key.author.view())
        .Blob(row.key.id.View())
        .Blob(row.digest.View());
    return query.Number(row.entry).Run();
  }

  absl::Status WriteMatter(const MatterRow& row) {
    Query query(connection_,
                "INSERT INTO matter VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET bytes = "
                "excluded.bytes,"
                " next_limit = excluded.next_limit, person_party = excluded.person_party,"
                " person_handle = excluded.person_handle WHERE kind = excluded.kind");
    query.Blob(row.id.View()).Number(row.kind);
    if (row.next_limit) {
      query.Number(row.next_limit->ms);
    } else {
      query.Null();
    }
    if (row.open_person) {
      query.Text(row.open_person->party.view()).Blob(row.open_person->handle.View());
    } else {
      query.Null().Null();
    }
    CHANCERY_RETURN_IF_ERROR(query.Blob(row.bytes).Run());
    if (connection_.rows_changed() != 1)
      return FailedPrecondition("store: a matter of another kind has this id");
    return absl::OkStatus();
  }

  absl::Status WriteDelivery(const NewDelivery& row) {
    Query query(connection_,
                "INSERT INTO delivery (party, kind, state, attempts, next_attempt_at, "
                "statement_id, statement_digest,"
                " answer, bytes) VALUES (?, ?, 0, 0, ?, ?, ?, x'', ?)");
    query.Text(row.to.view())
        .Number(row.kind)
        .Number(row.next_attempt_at.ms)
        .Blob(row.statement_id.View());
    return query.Blob(row.statement_digest.View()).Blob(row.bytes).Run();
  }

  absl::Status MarkDelivery(const DeliveryMark& mark) {
    Query query(connection_,
                "UPDATE delivery SET state = ?, attempts = ?, next_attempt_at = ?, answer = ? "
                "WHERE sequence = ?");
    query.Number(static_cast<int>(mark.state))
        .Number(mark.attempts)
        .Number(mark.next_attempt_at.ms);
    CHANCERY_RETURN_IF_ERROR(query.Blob(mark.answer).Number(mark.sequence).Run());
    if (connection_.rows_changed() != 1)
      return FailedPrecondition("store: there is no such delivery");
    return absl::OkStatus();
  }

  absl::Status Erase(const MatterId& matter) {
    Query key(connection_, "DELETE FROM wrapped_key WHERE matter = ?");
    CHANCERY_RETURN_IF_ERROR(key.Blob(matter.View()).Run());
    Query rows(connection_, "DELETE FROM particulars WHERE matter = ?");
    return rows.Blob(matter.View()).Run();
  }

  absl::Status ChangePaper(const PaperChange& change) {
    const auto failed = [] { return FailedPrecondition("store: the paper has another version"); };
    if (change.expected_version == 0) {
      if (change.remove) return failed();
      Query query(connection_, "INSERT INTO paper VALUES (?, ?, 1, ?, ?) ON CONFLICT DO NOTHING");
      CHANCERY_RETURN_IF_ERROR(
          query.Text(change.kind).Text(change.id).Number(change.state).Blob(change.bytes).Run());
    } else if (change.remove) {
      Query query(connection_, "DELETE FROM paper WHERE kind = ? AND id = ? AND version = ?");
      CHANCERY_RETURN_IF_ERROR(
          query.Text(change.kind).Text(change.id).Number(change.expected_version).Run());
    } else {
      Query query(connection_,
                  "UPDATE paper SET version = version + 1, state = ?, bytes = ? WHERE kind = ? AND "
                  "id = ? AND version = ?");
      query.Number(change.state).Blob(change.bytes).Text(change.kind).Text(change.id);
      CHANCERY_RETURN_IF_ERROR(query.Number(change.expected_version).Run());
    }
    return connection_.rows_changed() == 1 ? absl::OkStatus() : failed();
  }

  absl::Status ChangeWitnessed(const WitnessedChange& change) {
    const WitnessedHead& next = change.next;
    if (change.expected) {
      Query query(connection_,
                  "UPDATE witnessed SET size = ?, root = ?, note = ? WHERE origin = ? AND size = ? "
                  "AND root = ?");
      query.Number(next.tree.size).Blob(next.tree.root.View()).Blob(next.note).Text(next.origin);
      CHANCERY_RETURN_IF_ERROR(
          query.Number(change.expected->size).Blob(change.expected->root.View()).Run());
    } else {
      Query query(connection_, "INSERT INTO witnessed VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
      query.Text(next.origin).Number(next.tree.size).Blob(next.tree.root.View()).Blob(next.note);
      CHANCERY_RETURN_IF_ERROR(query.Run());
    }
    if (connection_.rows_changed() != 1)
      return FailedPrecondition("store: the witnessed head is another one");
    return absl::OkStatus();
  }

  absl::Status WriteCheckpoints(const Commit& commit) {
    for (const CosignatureRow& row : commit.cosignatures) {
      Query query(connection_,
                  "INSERT INTO cosignature VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                  " cosigned_at = excluded.cosigned_at, line = excluded.line WHERE cosigned_at <= "
                  "excluded.cosigned_at");
      CHANCERY_RETURN_IF_ERROR(
          query.Number(row.size).Text(row.witness).Number(row.cosigned_at).Blob(row.line).Run());
    }
    if (commit.drop_cosignatures_below > 0) {
      Query query(connection_,
                  "DELETE FROM cosignature WHERE size < ? AND EXISTS (SELECT 1 FROM cosignature AS "
                  "newer WHERE newer.witness = cosignature.witness AND newer.size > "
                  "cosignature.size AND newer.cosigned_at >= cosignature.cosigned_at)");
      CHANCERY_RETURN_IF_ERROR(query.Number(commit.drop_cosignatures_below).Run());
    }
    for (const FinalCheckpoint& row : commit.finals) {
      Query query(connection_,
                  "INSERT INTO final_checkpoint VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                  " final_at = excluded.final_at, note = excluded.note WHERE root = excluded.root");
      query.Number(row.tree.size).Blob(row.tree.root.View()).Number(row.final_at.ms).Blob(row.note);
      CHANCERY_RETURN_IF_ERROR(query.Run());
      if (connection_.rows_changed() != 1)
        return FailedPrecondition("store: another root was final at this size");
    }
    for (const NewConflict& row : commit.conflicts) {
      Query query(
          connection_,
          "INSERT INTO conflict (origin, reason, seen_at, held, offered) VALUES (?, ?, ?, ?, ?)");
      query.Text(row.origin)
          .Text(row.reason)
          .Number(row.seen_at.ms)
          .Blob(row.held)
          .Blob(row.offered);
      CHANCERY_RETURN_IF_ERROR(query.Run());
    }
    return absl::OkStatus();
  }

  Connection& connection_;
  std::map<std::string, OpenStream> streams_;
};

absl::Status CompareSettings(Connection& connection, const StoreIdentity& identity);

class SqliteStore final : public Store {
 public:
  SqliteStore(std::filesystem::path path, StoreIdentity identity, int log_pages,
              std::unique_ptr<Connection> writer)
      : path_(std::move(path)),
        identity_(std::move(identity)),
        log_pages_(log_pages),
        writer_(std::move(writer)) {}

  absl::Status Apply(const Commit& commit) override {
    CHANCERY_RETURN_IF_ERROR(CheckCommit(commit, identity_));
    const std::lock_guard lock(writer_mutex_);
    if (poisoned_) return Poisoned();
    absl::Status status = writer_->Run("BEGIN IMMEDIATE");
    if (!status.ok()) return Settle(std::move(status));
    absl::StatusOr<ledger::CompactRange> tree = WriteInTransaction(commit);
    if (!tree.ok()) return Settle(tree.status());
    status = writer_->Run("COMMIT");
    if (!status.ok()) {
      // No room at the commit leaves frames behind that a later commit overwrites. Anything else
      // leaves it open whether the commit is on the disk.
      if (status.code() != absl::StatusCode::kResourceExhausted) poisoned_ = true;
      return Settle(std::move(status));
    }
    tree_ = *std::move(tree);
    if (!commit.erasures.empty() || !commit.forgotten_particulars.empty()) log_holds_erased_ = true;
    return MoveLog();
  }

  const StoreIdentity& identity() const override { return identity_; }

  absl::StatusOr<Digest> Node(int level, std::uint64_t index) override {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Digest> hashes, Nodes(level, index, 1));
    return hashes[0];
  }

  absl::StatusOr<std::vector<Digest>> Nodes(int level, std::uint64_t first,
                                            std::uint64_t count) override {
    if (level < 0 || level > 62 || first >= (ledger::kMaxTreeSize >> level) ||
        count > ledger::kMaxTreeSize) {
      return NotFound("store: no such subtree");
    }
    return Read([&](Connection& connection) -> absl::StatusOr<std::vector<Digest>> {
      std::vector<Digest> hashes;
      for (std::uint64_t i = 0; i < count; ++i) {
        Query query(connection, "SELECT substr(hashes, ?, 32) FROM entry WHERE number = ?");
        query.Number(1 + level * static_cast<int>(Digest::kSize))
            .Number(CompletingEntry(level, first + i));
        CHANCERY_ASSIGN_OR_RETURN(const bool found, query.Next());
        if (!found) return NotFound("store: this subtree is not complete");
        hashes.push_back(query.GetFixed<Digest>(0));
        if (query.damaged()) return DataLoss("store: a subtree hash is damaged");
      }
      return hashes;
    });
  }

  absl::StatusOr<std::vector<Bytes>> Entries(std::uint64_t first, std::uint64_t count) override {
    CHANCERY_ASSIGN_OR_RETURN(std::vector<StoredEntry> stored, ReadEntries(first, count));
    if (stored.size() != count) return NotFound("store: not that many entries");
    std::vector<Bytes> entries;
    entries.reserve(stored.size());
    for (StoredEntry& entry : stored) entries.push_back(std::move(entry.bytes));
    return entries;
  }

  absl::StatusOr<Head> ReadHead() override { return Read(&SqliteStore::HeadOf); }

  absl::StatusOr<StoredEntry> ReadEntry(std::uint64_t number) override {
    CHANCERY_ASSIGN_OR_RETURN(std::vector<StoredEntry> entries, ReadEntries(number, 1));
    if (entries.empty()) return NotFound("store: no entry " + std::to_string(number));
    return std::move(entries[0]);
  }

  absl::StatusOr<std::vector<StoredEntry>> ReadEntries(std::uint64_t first,
                                                       std::size_t limit) override {
    if (first >= ledger::kMaxTreeSize) return std::vector<StoredEntry>();
    return Read([&](Connection& connection) { return EntriesOf(connection, first, limit); });
  }

  absl::StatusOr<std::vector<StoredEntry>> ReadStream(std::string_view stream,
                                                      std::uint64_t first_position,
                                                      std::size_t limit) override {
    if (first_position >= ledger::kMaxTreeSize) return std::vector<StoredEntry>();
    return Read([&](Connection& connection) {
      Query query(connection,
                  "SELECT entry.number, stream.name, entry.position, substr(entry.hashes, 1, 32), "
                  "entry.bytes"
                  " FROM stream CROSS JOIN entry ON entry.stream = stream.id"
                  " WHERE stream.name = ? AND entry.position >= ? ORDER BY entry.position LIMIT ?");
      query.Text(stream).Number(first_position).Number(limit);
      return All<StoredEntry>(query, EntryFrom);
    });
  }

  absl::StatusOr<StreamState> ReadStreamState(std::string_view stream) override {
    return Read([&](Connection& connection) -> absl::StatusOr<StreamState> {
      Query query(connection, "SELECT name, next_position, head_day FROM stream WHERE name = ?");
      query.Text(stream);
      CHANCERY_ASSIGN_OR_RETURN(std::optional<StreamState> state,
                                First<StreamState>(query, StreamFrom));
      return state ? *std::move(state) : StreamState{std::string(stream), 0, std::nullopt};
    });
  }

  absl::StatusOr<std::vector<StreamState>> ListStreams() override {
    return Read([&](Connection& connection) {
      Query query(connection, "SELECT name, next_position, head_day FROM stream ORDER BY name");
      return All<StreamState>(query, StreamFrom);
    });
  }

  absl::StatusOr<std::optional<StatementRow>> FindStatement(const StatementKey& key) override {
    return Read([&](Connection& connection) {
      Query query(connection,
                  "SELECT digest, entry FROM statement WHERE kind = ? AND author = ? AND id = ?");
      query.Number(key.kind).Text(key.author.view()).Blob(key.id.View());
      return First<StatementRow>(query, [&key](Query& row) {
        return StatementRow{key, row.GetFixed<Digest>(0), row.GetCount(1)};
      });
    });
  }

  absl::StatusOr<std::optional<MatterRow>> FindMatter(const MatterId& id) override {
    return Read([&](Connection& connection) {
      Query query(connection,
                  "SELECT id, kind, next_limit, person_party, person_handle, bytes FROM matter "
                  "WHERE id = ?");
      query.Blob(id.View());
      return First<MatterRow>(query, MatterFrom);
    });
  }

  absl::StatusOr<std::vector<MatterId>> FindOpenMatters(const PersonKey& person) override {
    return Read([&](Connection& connection) {
      Query query(connection,
                  "SELECT id FROM matter WHERE person_handle IS NOT NULL AND person_party = ? AND "
                  "person_handle = ?"
                  " ORDER BY id");
      query.Text(person.party.view()).Blob(person.handle.View());
      return All<MatterId>(query, [](Query& row) { return row.GetFixed<MatterId>(0); });
    });
  }

  absl::StatusOr<std::vector<MatterRow>> ListMatters(std::optional<int> kind,
                                                     const std::optional<MatterId>& after,
                                                     std::size_t limit) override {
    return Read([&](Connection& connection) {
      Query query(
          connection,
          kind ? "SELECT id, kind, next_limit, person_party, person_handle, bytes FROM matter"
                 " WHERE id > ? AND kind = ? ORDER BY id LIMIT ?"
               : "SELECT id, kind, next_limit, person_party, person_handle, bytes FROM matter"
                 " WHERE id > ? ORDER BY id LIMIT ?");
      query.Blob(after ? after->View() : ByteView());
      if (kind) query.Number(*kind);
      query.Number(limit);
      return All<MatterRow>(query, MatterFrom);
    });
  }

  absl::StatusOr<std::vector<MatterRow>> ListDueMatters(Instant until, std::size_t limit) override {
    return Read([&](Connection& connection) {
      Query query(
          connection,
          "SELECT id, kind, next_limit, person_party, person_handle, bytes FROM matter"
          " WHERE next_limit IS NOT NULL AND next_limit <= ? ORDER BY next_limit, id LIMIT ?");
      query.Number(until.ms).Number(limit);
      return All<MatterRow>(query, MatterFrom);
    });
  }

  absl::StatusOr<std::optional<Instant>> EarliestLimit() override {
    return Read([&](Connection& connection) {
      Query query(
          connection,
          "SELECT next_limit FROM matter WHERE next_limit IS NOT NULL ORDER BY next_limit LIMIT 1");
      return First<Instant>(query, [](Query& row) { return row.GetInstant(0); });
    });
  }

  absl::StatusOr<std::vector<Delivery>> ListOpenDeliveries(std::optional<PartyCode> to,
                                                           std::uint64_t after,
                                                           std::size_t limit) override {
    return Read([&](Connection& connection) {
      Query query(connection,
                  to ? "SELECT sequence, party, kind, state, attempts, next_attempt_at, "
                       "statement_id, statement_digest,"
                       " answer, bytes FROM delivery WHERE state < 2 AND sequence > ? AND party = ?"
                       " ORDER BY sequence LIMIT ?"
                     : "SELECT sequence, party, kind, state, attempts, next_attempt_at, "
                       "statement_id, statement_digest,"
                       " answer, bytes FROM delivery INDEXED BY delivery_open WHERE state < 2 AND "
                       "sequence > ?"
                       " ORDER BY sequence LIMIT ?");
      query.Number(after);
      if (to) query.Text(to->view());
      query.Number(limit);
      return All<Delivery>(query, DeliveryFrom);
    });
  }

  absl::StatusOr<std::optional<Delivery>> FindDelivery(std::uint64_t sequence) override {
    return Read([&](Connection& connection) {
      Query query(connection,
                  "SELECT sequence, party, kind, state, attempts, next_attempt_at, statement_id, "
                  "statement_digest,"
                  " answer, bytes FROM delivery WHERE sequence = ?");
      query.Number(sequence);
      return First<Delivery>(query, DeliveryFrom);
    });
  }

  absl::StatusOr<std::vector<Delivery>> FindDeliveriesOf(const StatementId& statement) override {
    return Read([&](Connection& connection) {
      Query query(connection,
                  "SELECT sequence, party, kind, state, attempts, next_attempt_at, statement_id, "
                  "statement_digest,"
                  " answer, bytes FROM delivery WHERE statement_id = ? ORDER BY sequence");
      query.Blob(statement.View());
      return All<Delivery>(query, DeliveryFrom);
    });
  }

  absl::StatusOr<std::int64_t> ReadCursor(std::string_view name) override {
    return Read([&](Connection& connection) -> absl::StatusOr<std::int64_t> {
      Query query(connection, "SELECT value FROM cursor WHERE name = ?");
      query.Text(name);
      CHANCERY_ASSIGN_OR_RETURN(
          const std::optional<std::int64_t> value,
          First<std::int64_t>(query, [](Query& row) { return row.GetNumber(0); }));
      return value.value_or(0);
    });
  }

  absl::StatusOr<std::vector<ParticularsRow>> FindParticulars(const Digest& digest) override {
    return Read([&](Connection& connection) {
      Query query(connection,
                  "SELECT digest, reader, matter, ciphertext FROM particulars WHERE digest = ? "
                  "ORDER BY reader");
      query.Blob(digest.View());
      return All<ParticularsRow>(query, ParticularsFrom);
    });
  }

  absl::StatusOr<std::vector<ParticularsRow>> ListParticularsOf(const MatterId& matter) override {
    return Read([&](Connection& connection) {
      Query query(connection,
                  "SELECT digest, reader, matter, ciphertext FROM particulars WHERE matter = ? "
                  "AND reader <> ? ORDER BY digest, reader");
      query.Blob(matter.View()).Text(kAttachmentReader);
      return All<ParticularsRow>(query, ParticularsFrom);
    });
  }

  absl::StatusOr<std::optional<Bytes>> FindWrappedKey(const MatterId& matter) override {
    return Read([&](Connection& connection) {
      Query query(connection, "SELECT wrapped FROM wrapped_key WHERE matter = ?");
      query.Blob(matter.View());
      return First<Bytes>(query, [](Query& row) { return row.GetBytes(0); });
    });
  }

  absl::StatusOr<std::vector<WrappedKeyRow>> ListWrappedKeys(const std::optional<MatterId>& after,
                                                             std::size_t limit) override {
    return Read([&](Connection& connection) {
      Query query(connection,
                  after ? "SELECT matter, wrapped FROM wrapped_key WHERE matter > ? ORDER BY "
                          "matter LIMIT ?"
                        : "SELECT matter, wrapped FROM wrapped_key ORDER BY matter LIMIT ?");
      if (after) query.Blob(after->View());
      query.Number(limit);
      return All<WrappedKeyRow>(query, [](Query& row) {
        return WrappedKeyRow{row.GetFixed<MatterId>(0), row.GetBytes(1)};
      });
    });
  }

  absl::StatusOr<std::optional<Paper>> FindPaper(std::string_view kind,
                                                 std::string_view id) override {
    return Read([&](Connection& connection) {
      Query query(connection,
                  "SELECT kind, id, version, state, bytes FROM paper WHERE kind = ? AND id = ?");
      query.Text(kind).Text(id);
      return First<Paper>(query, PaperFrom);
    });
  }

  absl::StatusOr<std::vector<Paper>> ListPapers(std::string_view kind, std::optional<int> state,
                                                std::string_view after,
                                                std::size_t limit) override {
    return Read([&](Connection& connection) {
      Query query(
          connection,
          state ? "SELECT kind, id, version, state, bytes FROM paper WHERE kind = ? AND id > ? AND "
                  "state = ?"
                  " ORDER BY id LIMIT ?"
                : "SELECT kind, id, version, state, bytes FROM paper WHERE kind = ? AND id > ?"
                  " ORDER BY id LIMIT ?");
      query.Text(kind).Text(after);
      if (state) query.Number(*state);
      query.Number(limit);
      return All<Paper>(query, PaperFrom);
    });
  }

  absl::StatusOr<std::optional<WitnessedHead>> FindWitnessed(std::string_view origin) override {
    return Read([&](Connection& connection) {
      Query query(connection, "SELECT origin, size, root, note FROM witnessed WHERE origin = ?");
      query.Text(origin);
      return First<WitnessedHead>(query, WitnessedFrom);
    });
  }

  absl::StatusOr<std::vector<CosignatureRow>> ListCosignatures(std::uint64_t size) override {
    return Read([&](Connection& connection) {
      Query query(connection,
                  "SELECT size, witness, line, cosigned_at FROM cosignature WHERE size = ? ORDER "
                  "BY witness");
      query.Number(size);
      return All<CosignatureRow>(query, CosignatureFrom);
    });
  }

  absl::StatusOr<std::optional<FinalCheckpoint>> LatestFinal() override {
    return Read([&](Connection& connection) {
      Query query(
          connection,
          "SELECT size, root, final_at, note FROM final_checkpoint ORDER BY size DESC LIMIT 1");
      return First<FinalCheckpoint>(query, FinalFrom);
    });
  }

  absl::StatusOr<std::optional<FinalCheckpoint>> FindFinalCovering(std::uint64_t entry) override {
    return Read([&](Connection& connection) {
      Query query(connection,
                  "SELECT size, root, final_at, note FROM final_checkpoint WHERE size > ? ORDER BY "
                  "size LIMIT 1");
      query.Number(entry);
      return First<FinalCheckpoint>(query, FinalFrom);
    });
  }

  absl::StatusOr<std::vector<Conflict>> ListConflicts(std::uint64_t after,
                                                      std::size_t limit) override {
    return Read([&](Connection& connection) {
      Query query(
          connection,
          "SELECT sequence, origin, reason, seen_at, held, offered FROM conflict WHERE sequence > ?"
          " ORDER BY sequence LIMIT ?");
      query.Number(after).Number(limit);
      return All<Conflict>(query, ConflictFrom);
    });
  }

  absl::Status VisitRows(RowVisitor& visitor) override {
    return Read([&](Connection& connection) -> absl::Status {
      CHANCERY_RETURN_IF_ERROR(connection.Run("BEGIN"));
      const absl::Status status = VisitAll(connection, visitor);
      CHANCERY_RETURN_IF_ERROR(connection.Run("ROLLBACK"));
      return status;
    });
  }

  absl::Status Check() override {
    return Read([&](Connection& connection) -> absl::Status {
      // One transaction, so that all of it is one state of the store.
      CHANCERY_RETURN_IF_ERROR(connection.Run("BEGIN"));
      const absl::Status status = CheckAll(connection);
      CHANCERY_RETURN_IF_ERROR(connection.Run("ROLLBACK"));
      return status;
    });
  }

  static absl::StatusOr<Head> HeadOf(Connection& connection) {
    Query query(connection, "SELECT size, root, recorded_at, checkpoint FROM head");
    return Required(First<Head>(query, HeadFrom), "store: no head");
  }

 private:
  static absl::Status Poisoned() {
    return DataLoss("store: it is unknown what is on the disk since a commit failed");
  }

  // Runs `read` on a connection of the pool.
  template <class Function>
  auto Read(Function read) -> decltype(read(std::declval<Connection&>())) {
    if (poisoned_) return Poisoned();
    std::unique_ptr<Connection> connection;
    {
      const std::lock_guard lock(readers_mutex_);
      if (!readers_.empty()) {
        connection = std::move(readers_.back());
        readers_.pop_back();
      }
    }
    if (connection == nullptr) {
      CHANCERY_ASSIGN_OR_RETURN(connection, Connection::Open(path_));
      CHANCERY_RETURN_IF_ERROR(connection->Run(kReaderSettings));
    }
    auto answer = read(*connection);
    const std::lock_guard lock(readers_mutex_);
    readers_.push_back(std::move(connection));
    return answer;
  }

  static absl::StatusOr<std::vector<StoredEntry>> EntriesOf(Connection& connection,
                                                            std::uint64_t first,
                                                            std::size_t limit) {
    Query query(
        connection,
        "SELECT entry.number, stream.name, entry.position, substr(entry.hashes, 1, 32), entry.bytes"
        " FROM entry CROSS JOIN stream ON stream.id = entry.stream"
        " WHERE entry.number >= ? ORDER BY entry.number LIMIT ?");
    query.Number(first).Number(limit);
    return All<StoredEntry>(query, EntryFrom);
  }

  // Everything of the commit but its end; the tree it makes.
  absl::StatusOr<ledger::CompactRange> WriteInTransaction(const Commit& commit) {
    if (!commit.expected) {
      CHANCERY_RETURN_IF_ERROR(CommitWriter(*writer_).Write(commit, GrownTree()));
      return tree_;
    }
    CHANCERY_ASSIGN_OR_RETURN(const Head head, HeadOf(*writer_));
    if (head.tree != *commit.expected) return absl::AbortedError("store: the head is another one");
    if (commit.next && commit.next->recorded_at < head.recorded_at) {
      return FailedPrecondition("store: the new head is recorded before the last one");
    }
    ledger::CompactRange before = tree_;
    if (before.Head() != head.tree) {
      // Another writer came before us and our caller has read the head since.
      CHANCERY_ASSIGN_OR_RETURN(before, ledger::ReadCompactRange(*this, head.tree.size));
      if (before.Head() != head.tree)
        return DataLoss("store: the subtree hashes do not make the root of the head");
    }
    CHANCERY_ASSIGN_OR_RETURN(GrownTree grown, GrowTree(before, commit));
    CHANCERY_RETURN_IF_ERROR(CommitWriter(*writer_).Write(commit, grown));
    return std::move(grown.tree);
  }

  // Ends a commit that did not succeed: nothing of it stays, or the store is not used any more.
  absl::Status Settle(absl::Status status) {
    if (writer_->in_transaction() && !writer_->Run("ROLLBACK").ok()) poisoned_ = true;
    if (status.code() == absl::StatusCode::kDataLoss) poisoned_ = true;
    if (poisoned_)
      return DataLoss("store: it is unknown what is on the disk: " +
                      std::string(ToStd(status.message())));
    return Annotate(status, "store");
  }

  // After a commit: moves a long write-ahead log into the file; one that holds what was erased is
  // cut to nothing as well, so that it is in neither. No room and somebody who reads only put it
  // off.
  absl::Status MoveLog() {
    if (!log_holds_erased_ && writer_->log_pages() < log_pages_) return absl::OkStatus();
    const absl::StatusOr<bool> moved = Checkpoint(*writer_, log_holds_erased_);
    if (moved.ok() && *moved) log_holds_erased_ = false;
    if (moved.ok() || absl::IsResourceExhausted(moved.status()) ||
        absl::IsUnavailable(moved.status())) {
      return absl::OkStatus();
    }
    return Settle(moved.status());
  }

  static absl::Status VisitAll(Connection& connection, RowVisitor& visitor) {
    CHANCERY_RETURN_IF_ERROR(VisitEach(
        Query(connection,
              "SELECT kind, author, id, digest, entry FROM statement ORDER BY kind, author, id"),
        [](Query& row) {
          return StatementRow{{row.GetSmall(0), row.GetParty(1), row.GetFixed<StatementId>(2)},
                              row.GetFixed<Digest>(3),
                              row.GetCount(4)};
        },
        visitor));
    CHANCERY_RETURN_IF_ERROR(VisitEach(
        Query(connection,
              "SELECT sequence, party, kind, state, attempts, next_attempt_at, statement_id, "
              "statement_digest, answer, bytes FROM delivery ORDER BY sequence"),
        DeliveryFrom, visitor));
    CHANCERY_RETURN_IF_ERROR(VisitEach(
        Query(connection, "SELECT name, value FROM cursor ORDER BY name"),
        [](Query& row) {
          return Cursor{row.GetBytes(0), row.GetNumber(1)};
        },
        visitor));
    CHANCERY_RETURN_IF_ERROR(VisitEach(
        Query(connection,
              "SELECT digest, reader, matter, ciphertext FROM particulars ORDER BY digest, reader"),
        ParticularsFrom, visitor));
    CHANCERY_RETURN_IF_ERROR(VisitEach(
        Query(connection, "SELECT matter, wrapped FROM wrapped_key ORDER BY matter"),
        [](Query& row) {
          return WrappedKeyRow{row.GetFixed<MatterId>(0), row.GetBytes(1)};
        },
        visitor));
    CHANCERY_RETURN_IF_ERROR(VisitEach(
        Query(connection, "SELECT kind, id, version, state, bytes FROM paper ORDER BY kind, id"),
        PaperFrom, visitor));
    CHANCERY_RETURN_IF_ERROR(VisitEach(
        Query(connection, "SELECT origin, size, root, note FROM witnessed ORDER BY origin"),
        WitnessedFrom, visitor));
    CHANCERY_RETURN_IF_ERROR(
        VisitEach(Query(connection,
                        "SELECT size, witness, line, cosigned_at FROM cosignature ORDER BY size, "
                        "witness"),
                  CosignatureFrom, visitor));
    CHANCERY_RETURN_IF_ERROR(VisitEach(
        Query(connection, "SELECT size, root, final_at, note FROM final_checkpoint ORDER BY size"),
        FinalFrom, visitor));
    return VisitEach(
        Query(connection,
              "SELECT sequence, origin, reason, seen_at, held, offered FROM conflict ORDER BY "
              "sequence"),
        ConflictFrom, visitor);
  }

  // The tables are those of this schema, word for word: a constraint or an index that is not there
  // protects nothing.
  static absl::Status CheckSchema(Connection& connection) {
    const auto objects = [](Connection& of) -> absl::StatusOr<std::vector<Bytes>> {
      Query query(of,
                  "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM "
                  "sqlite_schema ORDER BY name");
      return All<Bytes>(query, [](Query& row) { return row.GetBytes(0); });
    };
    CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> fresh,
                              Connection::Open(":memory:"));
    CHANCERY_RETURN_IF_ERROR(fresh->Run(kSchema));
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Bytes> expected, objects(*fresh));
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Bytes> found, objects(connection));
    if (found != expected) return DataLoss("store: the tables are not those this program makes");
    return absl::OkStatus();
  }

  absl::Status CheckSettings(Connection& connection) {
    Query query(connection, "SELECT count(*) FROM setting");
    CHANCERY_ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row || query.GetCount(0) != SettingsOf(identity_).size())
      return DataLoss("store: table setting holds another row than this program writes");
    return CompareSettings(connection, identity_);
  }

  // SQLite's own counter of deliveries and conflicts: a number is never given twice.
  static absl::Status CheckSequences(Connection& connection) {
    Query query(connection,
                "SELECT count(*) FROM (SELECT 'delivery' AS name, max(sequence) AS largest FROM "
                "delivery UNION ALL SELECT 'conflict', max(sequence) FROM conflict) AS used LEFT "
                "JOIN sqlite_sequence ON sqlite_sequence.name = used.name WHERE used.largest > "
                "coalesce(sqlite_sequence.seq, 0)");
    CHANCERY_ASSIGN_OR_RETURN(const bool row, query.Next());
    if (!row || query.GetCount(0) != 0)
      return DataLoss("store: a delivery or conflict has a sequence that was never given");
    return absl::OkStatus();
  }

  absl::Status CheckAll(Connection& connection) {
    {
      Query query(connection, "PRAGMA integrity_check(1)");
      CHANCERY_ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row || query.GetView(0) != "ok")
        return DataLoss("store: integrity check: " + query.GetBytes(0));
    }
    CHANCERY_RETURN_IF_ERROR(CheckSchema(connection));
    CHANCERY_RETURN_IF_ERROR(CheckSettings(connection));
    CHANCERY_RETURN_IF_ERROR(CheckSequences(connection));
    CHANCERY_ASSIGN_OR_RETURN(const Head head, HeadOf(connection));
    std::map<std::string, std::uint64_t> positions;
    ledger::CompactRange tree;
    std::vector<ledger::SubtreeHash> completed;
    while (true) {
      CHANCERY_ASSIGN_OR_RETURN(const std::vector<StoredEntry> piece,
                                EntriesOf(connection, tree.size(), kCheckPiece));
      if (piece.empty()) break;
      for (const StoredEntry& entry : piece) {
        const std::string name = "store: entry " + std::to_string(tree.size());
        if (entry.number != tree.size()) return DataLoss(name + " is missing");
        if (ledger::LeafHash(entry.bytes) != entry.leaf_hash)
          return DataLoss(name + " does not have its leaf hash");
        if (entry.position != positions[entry.stream]++)
          return DataLoss(name + " leaves a gap in its stream");
        completed.clear();
        tree.Append(entry.leaf_hash, &completed);
        Bytes hashes;
        for (const ledger::SubtreeHash& node : completed) hashes += node.hash.View();
        Query query(connection, "SELECT hashes FROM entry WHERE number = ?");
        CHANCERY_ASSIGN_OR_RETURN(const bool found, query.Number(entry.number).Next());
        if (!found || query.GetView(0) != hashes)
          return DataLoss(name + " does not have its subtree hashes");
      }
    }
    if (tree.Head() != head.tree)
      return DataLoss("store: the entries do not make the root of the head");
    Query query(connection, "SELECT name, next_position, head_day FROM stream");
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<StreamState> streams,
                              All<StreamState>(query, StreamFrom));
    for (const StreamState& stream : streams) {
      if (positions[stream.stream] != stream.next_position || stream.next_position == 0) {
        return DataLoss("store: the stream '" + stream.stream + "' does not end where it says");
      }
    }
    return absl::OkStatus();
  }

  const std::filesystem::path path_;
  const StoreIdentity identity_;
  const int log_pages_;

  std::mutex writer_mutex_;
  std::unique_ptr<Connection> writer_;
  ledger::CompactRange tree_;           // as of our last commit
  std::atomic<bool> poisoned_ = false;  // set under the lock, read by readers too
  // At the start it may hold what a program erased that was killed before it emptied the log.
  bool log_holds_erased_ = true;

  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Connection>> readers_;
};

// The names in the folder of `path` are on the disk.
absl::Status SyncFolderOf(const std::filesystem::path& path) {
  const std::filesystem::path parent =
      path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const int folder = open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder >= 0 && fsync(folder) == 0;
  if (folder >= 0) close(folder);
  return synced ? absl::OkStatus()
                : Unavailable("store: cannot sync the folder of " + path.string());
}

// Makes the file with its tables, readable by its owner only; leaves an existing one alone.
absl::Status MakeFile(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return Unavailable("store: cannot open " + path.string());
  close(file);
  return SyncFolderOf(path);
}

absl::StatusOr<bool> HasTables(Connection& connection) {
  Query query(connection, "SELECT count(*) FROM sqlite_schema");
  CHANCERY_ASSIGN_OR_RETURN(const bool row, query.Next());
  return row && query.GetNumber(0) > 0;
}

absl::Status MakeTables(Connection& connection, const StoreIdentity& identity) {
  CHANCERY_RETURN_IF_ERROR(connection.Run(kSchema));
  for (const auto& [name, value] : SettingsOf(identity)) {
    Query query(connection, "INSERT INTO setting VALUES (?, ?)");
    CHANCERY_RETURN_IF_ERROR(query.Text(name).Blob(value).Run());
  }
  Query query(connection, "INSERT INTO head VALUES (1, 0, ?, 0, x'')");
  return query.Blob(ledger::EmptyRoot().View()).Run();
}

absl::Status CompareSettings(Connection& connection, const StoreIdentity& identity) {
  std::map<std::string, Bytes> found;
  {
    Query query(connection, "SELECT name, value FROM setting");
    while (true) {
      CHANCERY_ASSIGN_OR_RETURN(const bool row, query.Next());
      if (!row) break;
      found[query.GetBytes(0)] = query.GetBytes(1);
    }
  }
  const Bytes schema = found["schema"];
  if (schema != std::to_string(kSchemaVersion)) {
    return FailedPrecondition("store: its schema is version " + schema +
                              ", this program knows version " + std::to_string(kSchemaVersion) +
                              ": use the program that wrote it, or a newer one");
  }
  for (const auto& [name, value] : SettingsOf(identity)) {
    if (found[name] == value) continue;
    if (name == "founding")
      return FailedPrecondition("store: it was made under another founding procedure");
    return FailedPrecondition("store: it belongs to " + name + " '" + found[name] + "', not '" +
                              value + "'");
  }
  return absl::OkStatus();
}

absl::Status QuickCheck(Connection& connection) {
  Query query(connection, "PRAGMA quick_check(1)");
  CHANCERY_ASSIGN_OR_RETURN(const bool row, query.Next());
  if (!row || query.GetView(0) != "ok") return DataLoss("store: quick check: " + query.GetBytes(0));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::filesystem::path& path,
                                                       const StoreIdentity& identity,
                                                       const SqliteOptions& options) {
  CHANCERY_RETURN_IF_ERROR(MakeFile(path));
  CHANCERY_ASSIGN_OR_RETURN(std::unique_ptr<Connection> writer, Connection::Open(path));
  CHANCERY_RETURN_IF_ERROR(Annotate(writer->Run("PRAGMA journal_mode = WAL"), "store"));
  CHANCERY_RETURN_IF_ERROR(Annotate(writer->Run(kWriterSettings), "store"));
  if (options.max_pages > 0) {
    const std::string limit = "PRAGMA max_page_count = " + std::to_string(options.max_pages);
    CHANCERY_RETURN_IF_ERROR(Annotate(writer->Run(limit.c_str()), "store"));
  }
  CHANCERY_RETURN_IF_ERROR(Annotate(writer->Run("BEGIN IMMEDIATE"), "store"));
  CHANCERY_ASSIGN_OR_RETURN(const bool has_tables, HasTables(*writer));
  if (!has_tables) CHANCERY_RETURN_IF_ERROR(Annotate(MakeTables(*writer, identity), "store"));
  CHANCERY_RETURN_IF_ERROR(Annotate(CompareSettings(*writer, identity), "open"));
  CHANCERY_RETURN_IF_ERROR(Annotate(writer->Run("COMMIT"), "store"));
  // What the log holds may be in the machine's memory alone, since a sync that failed before the
  // program ended.
  CHANCERY_RETURN_IF_ERROR(Annotate(Checkpoint(*writer, false).status(), "store"));
  // And it may hold what was erased just before. Whoever else uses the store is not waited for.
  writer->SetPatience(0);
  CHANCERY_RETURN_IF_ERROR(Annotate(Checkpoint(*writer, true).status(), "store"));
  writer->SetPatience(Connection::kPatienceMs);
  // The log is a file of its own, and SQLite does not look whether its name could be synced.
  CHANCERY_RETURN_IF_ERROR(SyncFolderOf(path));
  if (options.quick_check) CHANCERY_RETURN_IF_ERROR(QuickCheck(*writer));
  return std::make_unique<SqliteStore>(path, identity, options.log_pages, std::move(writer));
}

}  // namespace chancery::store
