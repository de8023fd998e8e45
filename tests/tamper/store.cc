// Changes of a party's database: values and rows by SQL, bytes of the file, an old copy of some
// tables, a re-signed entry. What a change does to the content is told by a dump of every table.
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <variant>
#include <vector>

#include "engine/codec/entry.h"
#include "engine/crypto/random.h"
#include "engine/crypto/sha256.h"
#include "engine/crypto/vault.h"
#include "engine/exchange/check_store.h"
#include "engine/exchange/row_names.h"
#include "engine/exchange/shelf.h"
#include "engine/ledger/checkpoint.h"
#include "engine/store/sqlite/sqlite_store.h"
#include "tests/tamper/tamper.h"

namespace chancery::tamper {

namespace {

namespace fs = std::filesystem;

// What nothing in the store can contradict (check_store.h): how often a paper was written anew, and
// when the ledger's keeper noticed that a checkpoint was final.
bool IsBookkeeping(const std::string& table, const std::string& column) {
  return (table == "paper" && column == "version") ||
         (table == "final_checkpoint" && column == "final_at");
}

// A database file opened by SQLite alone.
class Database {
 public:
  explicit Database(const fs::path& path) {
    if (sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK)
      failed_ = true;
  }
  ~Database() { sqlite3_close_v2(database_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  sqlite3* get() { return database_; }
  bool failed() const { return failed_; }
  bool Run(const std::string& sql) {
    return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  }

 private:
  sqlite3* database_ = nullptr;
  bool failed_ = false;
};

struct Value {
  int type = SQLITE_NULL;
  std::int64_t number = 0;
  Bytes bytes;
  friend bool operator==(const Value&, const Value&) = default;
};
using Row = std::vector<Value>;

class Statement {
 public:
  Statement(Database& database, const std::string& sql) {
    failed_ =
        sqlite3_prepare_v2(database.get(), sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK;
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  void Bind(const Value& value) {
    ++bound_;
    const int size = static_cast<int>(value.bytes.size());
    if (value.type == SQLITE_INTEGER) sqlite3_bind_int64(statement_, bound_, value.number);
    if (value.type == SQLITE_TEXT)
      sqlite3_bind_text(statement_, bound_, value.bytes.data(), size, SQLITE_TRANSIENT);
    if (value.type == SQLITE_BLOB)
      sqlite3_bind_blob(statement_, bound_, value.bytes.data(), size, SQLITE_TRANSIENT);
  }
  // A row, or the end, or nothing for a failure.
  std::optional<bool> Step() {
    if (failed_) return std::nullopt;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    return code == SQLITE_DONE ? std::optional(false) : std::nullopt;
  }
  Row Read() const {
    Row row;
    for (int i = 0; i < sqlite3_column_count(statement_); ++i) {
      Value value;
      value.type = sqlite3_column_type(statement_, i);
      if (value.type == SQLITE_INTEGER) value.number = sqlite3_column_int64(statement_, i);
      if (value.type == SQLITE_TEXT || value.type == SQLITE_BLOB) {
        const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, i));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, i));
        if (data != nullptr) value.bytes.assign(data, size);
      }
      row.push_back(std::move(value));
    }
    return row;
  }
  std::vector<std::string> Columns() const {
    std::vector<std::string> names;
    for (int i = 0; i < sqlite3_column_count(statement_); ++i)
      names.emplace_back(sqlite3_column_name(statement_, i));
    return names;
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
  bool failed_ = false;
  int bound_ = 0;
};

// Every row of a query; nothing when it cannot be read to its end.
std::optional<std::vector<Row>> Rows(Database& database, const std::string& sql) {
  Statement query(database, sql);
  std::vector<Row> rows;
  while (true) {
    const std::optional<bool> row = query.Step();
    if (!row) return std::nullopt;
    if (!*row) return rows;
    rows.push_back(query.Read());
  }
}

// The digest of all that the file holds: every table's rows and definition, but SQLite's own
// counters and what is bookkeeping.
std::optional<Digest> Dump(const fs::path& path) {
  Database database(path);
  if (database.failed()) return std::nullopt;
  const auto tables = Rows(database, "SELECT type, name, tbl_name, sql FROM sqlite_schema");
  if (!tables) return std::nullopt;
  Bytes all;
  const auto put = [&all](const Row& row) {
    for (const Value& value : row) {
      all += std::to_string(value.type) + ":" + std::to_string(value.number) + ":" +
             std::to_string(value.bytes.size()) + ":" + value.bytes + ";";
    }
  };
  for (const Row& table : *tables) {
    put(table);
    const std::string& name = table[1].bytes;
    if (table[0].bytes != "table" || name == "sqlite_sequence") continue;
    const auto columns = Statement(database, "SELECT * FROM \"" + name + "\"").Columns();
    auto rows = Rows(database, "SELECT * FROM \"" + name + "\" NOT INDEXED");
    if (!rows) return std::nullopt;
    for (Row& row : *rows) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (IsBookkeeping(name, columns[i])) row[i] = {};
      }
      put(row);
    }
  }
  return crypto::Sha256(all);
}

class Store {
 public:
  Store(const Story& story, PartyCode party, Random& random, Counts& counts)
      : story_(story),
        party_(party),
        random_(random),
        counts_(counts),
        good_(story.scratch / ("good-" + party.ToText() + ".db")),
        work_(story.scratch / ("work-" + party.ToText() + ".db")),
        log_(story.LogSigner(party)),
        key_(Must(crypto::KeyEncryptionKey::Load((story.Keys(party) / "kek").string()))),
        procedures_(story.anchor.founding) {
    fs::copy_file(story.FolderOf(party) / "store.db", good_);
    {
      // One file without a log beside it.
      Database database(good_);
      if (!database.Run("PRAGMA journal_mode = DELETE"))
        GiveUp("the store of " + party.ToText() + " cannot be opened: is a program running?");
      std::optional<std::vector<Row>> tables =
          Rows(database,
               "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
               "'sqlite%' ORDER BY name");
      for (const Row& table : *tables) {
        const std::string& name = table[0].bytes;
        if (!Rows(database, "SELECT * FROM " + name)->empty()) tables_.push_back(name);
      }
    }
    std::ifstream file(good_, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    dump_ = *Dump(good_);
    Restore();
    const auto opened = Open();
    Must(procedures_.Load(*opened));
    bundles_ = Must(opened->ListPapers(exchange::kBundlePaper, std::nullopt, "", 1000));
    const exchange::TrustFolder folder =
        Must(exchange::ReadTrustFolder(story.play / "pki/public", story.anchor));
    trust_.emplace(Must(exchange::MakeTrustAnchors(folder, story.anchor)));
    policy_ = Must(ledger::Policy::Parse(ReadFile(story.FolderOf(party) / "policy")));
    if (const std::string found = Check(); found != "whole")
      GiveUp("the untouched store of " + party.ToText() + ": " + found);
    if (tables_.size() < 8) GiveUp("too few tables with rows in the store of " + party.ToText());
  }

  void ChangeValue() {
    Restore();
    const std::string& table = tables_[random_.Below(tables_.size())];
    std::string what;
    bool bookkeeping = false;
    {
      Database database(work_);
      const std::vector<Row> rows = *Rows(database, "SELECT * FROM " + table);
      const std::vector<std::string> columns = Columns(database, table);
      const Row& row = rows[random_.Below(rows.size())];
      const std::size_t column = random_.Below(columns.size());
      const Value changed = Changed(row[column], rows[random_.Below(rows.size())][column]);
      if (changed == row[column]) return;
      what = table + "." + columns[column];
      bookkeeping = IsBookkeeping(table, columns[column]);
      Statement update(
          database, "UPDATE " + table + " SET " + columns[column] + " = ? WHERE " + Where(columns));
      update.Bind(changed);
      for (const Value& value : row) update.Bind(value);
      if (update.Step() != false) return;  // another row has this key, or a constraint refuses it
      what += " from " + Text(row[column]) + " to " + Text(changed);
    }
    Judge("store: value edited", bookkeeping, what);
  }

  void ChangeRows() {
    Restore();
    const std::string& table = tables_[random_.Below(tables_.size())];
    std::string kind;
    std::string what = table;
    bool droppable = false;
    {
      Database database(work_);
      const std::vector<Row> rows = *Rows(database, "SELECT * FROM " + table);
      const std::vector<std::string> columns = Columns(database, table);
      const std::size_t at = random_.Below(rows.size());
      switch (random_.Below(3)) {
        case 0: {
          kind = "store: row dropped";
          Statement drop(database, "DELETE FROM " + table + " WHERE " + Where(columns));
          for (const Value& value : rows[at]) drop.Bind(value);
          if (drop.Step() != false) return;
          what += " row " + std::to_string(at);
          droppable = IsSpare(database, table, rows, at);
          break;
        }
        case 1: {
          kind = "store: values swapped";
          const std::size_t other = random_.Below(rows.size());
          const std::size_t column = random_.Below(columns.size());
          if (rows[at][column] == rows[other][column]) return;
          if (IsBookkeeping(table, columns[column])) return;
          what += "." + columns[column];
          for (const auto& [row, value] : {std::pair(at, other), std::pair(other, at)}) {
            Statement update(database, "UPDATE " + table + " SET " + columns[column] +
                                           " = ? WHERE " + Where(columns));
            update.Bind(rows[value][column]);
            for (const Value& of_row : rows[row]) update.Bind(of_row);
            if (update.Step() != false) return;
          }
          break;
        }
        default: {
          kind = "store: row repeated";
          // With one column changed, so that the key is another one.
          Row copy = rows[at];
          const std::size_t column = random_.Below(columns.size());
          copy[column] = Changed(copy[column], rows[random_.Below(rows.size())][column]);
          std::string places = "?";
          for (std::size_t i = 1; i < columns.size(); ++i) places += ", ?";
          Statement insert(database, "INSERT INTO " + table + " VALUES (" + places + ")");
          for (const Value& value : copy) insert.Bind(value);
          if (insert.Step() != false) return;
          what += "." + columns[column];
        }
      }
    }
    Judge(kind, droppable, what);
  }

  // The ledger's own tables as they were at an earlier size, under the checkpoint of then, beside
  // rows of now: what is left of a restore that took only some of the tables.
  void OldTables() {
    Restore();
    std::string what;
    {
      Database database(work_);
      const std::vector<Row> entries = *Rows(database, "SELECT * FROM entry ORDER BY number");
      const std::size_t size = 1 + random_.Below(entries.size() - 1);
      what = "at size " + std::to_string(size);
      std::vector<Row> kept(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(size));
      if (!database.Run("DELETE FROM entry WHERE number >= " + std::to_string(size)))
        GiveUp("an old ledger cannot be made");
      WriteLedger(database, kept);
    }
    Judge("store: old backup of the ledger's tables", false, what);
  }

  // An entry edited in the database, and everything above it made anew by the ledger's own key.
  void ResignEntry() {
    Restore();
    std::string what;
    {
      Database database(work_);
      std::vector<Row> entries = *Rows(database, "SELECT * FROM entry ORDER BY number");
      const std::size_t at = random_.Below(entries.size());
      codec::Entry entry = Must(codec::DecodeEntry(entries[at][4].bytes));
      what = "entry " + std::to_string(at);
      if (random_.Below(2) == 0) {
        entry.recorded_at.ms += random_.Below(2) == 0 ? 1 : -1;
      } else {
        Bytes nonce = entry.nonce.ToBytes();
        random_.Flip(nonce);
        entry.nonce = *codec::EntryNonce::FromBytes(nonce);
      }
      entries[at][4].bytes = Must(codec::EncodeEntry(entry));
      WriteLedger(database, entries);
    }
    Judge("store: entry re-signed by its keeper", false, what);
  }

  void ChangeByte() {
    Bytes bytes = bytes_;
    const std::size_t at = random_.Below(bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + random_.Below(255)));
    std::ofstream(work_, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const std::optional<Digest> dump = Dump(work_);
    Judge("store: byte of the file", dump == dump_, "byte " + std::to_string(at));
  }

 private:
  void Restore() const {
    std::ofstream(work_, std::ios::binary)
        .write(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
    for (const char* beside : {"-wal", "-shm", "-journal"}) {
      std::error_code error;
      fs::remove(work_.string() + beside, error);
    }
  }

  absl::StatusOr<std::unique_ptr<store::Store>> TryOpen() const {
    return store::OpenSqliteStore(work_, Must(exchange::StoreIdentityOf(story_.anchor, party_)));
  }
  std::unique_ptr<store::Store> Open() const { return Must(TryOpen()); }

  // "whole", or the first thing that is not. As chancery-ministry check and chancery-state check do
  // it.
  std::string Check() {
    const auto opened = TryOpen();
    if (!opened.ok()) return std::string(ToStd(opened.status().message()));
    exchange::CertificateShelf certificates;
    if (const absl::Status loaded = certificates.Load(**opened); !loaded.ok())
      return std::string(ToStd(loaded.message()));
    const auto procedures = Procedures(**opened);
    if (!procedures.ok()) return std::string(ToStd(procedures.status().message()));
    const exchange::ParticularsVault vault(**opened, key_, entropy_);
    const auto report =
        exchange::CheckStore(**opened, {story_.anchor, story_.ministry, log_->key(), **procedures,
                                        certificates, &*trust_, &vault, &*policy_});
    if (!report.ok()) return std::string(ToStd(report.status().message()));
    return report->whole() ? "whole" : exchange::ToText(report->findings.front());
  }

  // Those in the store. Reading a procedure takes long, so that unchanged ones are read once.
  absl::StatusOr<std::shared_ptr<const procedure::ProcedureSet>> Procedures(
      store::Store& opened) const {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Paper> bundles,
                              opened.ListPapers(exchange::kBundlePaper, std::nullopt, "", 1000));
    if (bundles == bundles_) return procedures_.Set();
    exchange::ProcedureShelf shelf(story_.anchor.founding);
    CHANCERY_RETURN_IF_ERROR(shelf.Load(opened));
    return shelf.Set();
  }

  void Judge(const std::string& kind, bool harmless, const std::string& what) {
    const bool noticed = Check() != "whole";
    counts_.Add(kind,
                noticed    ? Outcome::kNoticed
                : harmless ? Outcome::kHarmless
                           : Outcome::kMissed,
                party_.ToText() + " " + what);
    for (const char* beside : {"-wal", "-shm", "-journal"}) {
      std::error_code error;
      fs::remove(work_.string() + beside, error);
    }
  }

  static std::vector<std::string> Columns(Database& database, const std::string& table) {
    return Statement(database, "SELECT * FROM " + table).Columns();
  }
  static std::string Where(const std::vector<std::string>& columns) {
    std::string text;
    for (const std::string& column : columns)
      text += (text.empty() ? "" : " AND ") + column + " IS ?";
    return text;
  }
  static std::string Text(const Value& value) {
    if (value.type == SQLITE_NULL) return "NULL";
    if (value.type == SQLITE_INTEGER) return std::to_string(value.number);
    return std::to_string(value.bytes.size()) + " bytes";
  }

  // Another value of the same type.
  Value Changed(const Value& value, const Value& of_another_row) {
    if (random_.Below(4) == 0) return of_another_row;
    Value changed = value;
    switch (value.type) {
      case SQLITE_INTEGER: {
        const std::int64_t numbers[] = {
            value.number + 1, value.number - 1,
            static_cast<std::int64_t>(static_cast<std::uint64_t>(value.number) ^
                                      (std::uint64_t{1} << random_.Below(63))),
            static_cast<std::int64_t>(random_.Any())};
        changed.number = numbers[random_.Below(std::size(numbers))];
        return changed;
      }
      case SQLITE_TEXT:
        if (changed.bytes.empty() || random_.Below(4) == 0) {
          changed.bytes += "x";
        } else {
          changed.bytes[random_.Below(changed.bytes.size())] = 'q';
        }
        return changed;
      case SQLITE_BLOB:
        if (changed.bytes.empty() || random_.Below(6) == 0) {
          changed.bytes += '\0';
        } else if (random_.Below(6) == 0) {
          changed.bytes.resize(random_.Below(changed.bytes.size()));
        } else {
          random_.Flip(changed.bytes);
        }
        return changed;
      default:
        return of_another_row;
    }
  }

  // Rows whose loss changes nothing that anybody relies on.
  static bool IsSpare(Database& database, const std::string& table, const std::vector<Row>& rows,
                      std::size_t at) {
    const Row& row = rows[at];
    // (size, witness, cosigned_at, line): a later one of the same witness says more.
    if (table == "cosignature") {
      return std::any_of(rows.begin(), rows.end(), [&row](const Row& other) {
        return other[1] == row[1] && other[0].number > row[0].number;
      });
    }
    // (size, root, final_at, note): the same.
    if (table == "final_checkpoint") {
      return std::any_of(rows.begin(), rows.end(),
                         [&row](const Row& other) { return other[0].number > row[0].number; });
    }
    if (table != "paper") return false;
    // (kind, id, version, state, bytes). A certificate that sealed nothing here is not needed; the
    // seal of a procedure comes with it again out of the folder.
    const Bytes& kind = row[0].bytes;
    if (kind == "certificate" || kind == "procedure.seal") return true;
    // What a witness saw while an act waited, when none waits any more.
    if (kind == "seen") return Rows(database, "SELECT 1 FROM delivery WHERE state < 2")->empty();
    // A head that a witness showed and nothing was taken under: it is asked for again.
    return kind == "relied" && !IsOfReceipts(database, row[1].bytes);
  }
  // Whether a receipt is under a checkpoint of that size, given in 20 digits.
  static bool IsOfReceipts(Database& database, const Bytes& size) {
    const Bytes line = "\n" + std::to_string(std::stoull(size)) + "\n";
    const auto received = Rows(database, "SELECT bytes FROM paper WHERE kind = 'received'");
    return std::any_of(received->begin(), received->end(),
                       [&line](const Row& row) { return row[0].bytes.find(line) != Bytes::npos; });
  }

  // The ledger's tables for these entries, with every hash and the head made anew and signed.
  void WriteLedger(Database& database, std::vector<Row>& entries) {
    ledger::CompactRange tree;
    std::map<std::int64_t, std::int64_t> next;
    std::map<std::int64_t, std::optional<std::int64_t>> days;
    Instant recorded_at;
    for (Row& row : entries) {
      std::vector<ledger::SubtreeHash> completed;
      tree.Append(ledger::LeafHash(row[4].bytes), &completed);
      row[3].bytes.clear();
      for (const ledger::SubtreeHash& node : completed) row[3].bytes += Bytes(node.hash.View());
      Statement update(database, "UPDATE entry SET hashes = ?, bytes = ? WHERE number = ?");
      update.Bind(row[3]);
      update.Bind(row[4]);
      update.Bind(row[0]);
      if (update.Step() != false) GiveUp("an entry cannot be written");
      const codec::Entry entry = Must(codec::DecodeEntry(row[4].bytes));
      recorded_at = entry.recorded_at;
      next[row[1].number] = row[2].number + 1;
      if (const auto* day = std::get_if<codec::StreamHeadBody>(&entry.body))
        days[row[1].number] = day->day;
    }
    if (!database.Run("DELETE FROM stream WHERE id NOT IN (SELECT stream FROM entry)"))
      GiveUp("the streams cannot be written");
    for (const auto& [id, position] : next) {
      const std::string day = days[id] ? std::to_string(*days[id]) : "NULL";
      if (!database.Run("UPDATE stream SET next_position = " + std::to_string(position) +
                        ", head_day = " + day + " WHERE id = " + std::to_string(id)))
        GiveUp("the streams cannot be written");
    }
    Statement head(database, "UPDATE head SET size = ?, root = ?, recorded_at = ?, checkpoint = ?");
    head.Bind({SQLITE_INTEGER, static_cast<std::int64_t>(tree.size()), {}});
    head.Bind({SQLITE_BLOB, 0, Bytes(tree.Root().View())});
    head.Bind({SQLITE_INTEGER, recorded_at.ms, {}});
    head.Bind(
        {SQLITE_BLOB, 0, Must(ledger::SignCheckpoint(*log_, {log_->key().name(), tree.Head()}))});
    if (head.Step() != false) GiveUp("the head cannot be written");
  }

  const Story& story_;
  const PartyCode party_;
  Random& random_;
  Counts& counts_;
  const fs::path good_, work_;
  Bytes bytes_;
  std::optional<Digest> dump_;
  std::vector<std::string> tables_;
  std::unique_ptr<ledger::NoteSigner> log_;
  crypto::KeyEncryptionKey key_;
  mutable crypto::SystemEntropy entropy_;
  exchange::ProcedureShelf procedures_;
  std::vector<store::Paper> bundles_;
  std::optional<crypto::TrustAnchors> trust_;
  std::optional<ledger::Policy> policy_;
};

}  // namespace

void TamperWithStore(const Story& story, PartyCode party, std::size_t changes, Random& random,
                     Counts& counts) {
  Store store(story, party, random, counts);
  for (const std::uint64_t end = counts.tried() + changes; counts.tried() < end;) {
    switch (random.Below(20)) {
      case 0:
        store.OldTables();
        break;
      case 1:
        store.ResignEntry();
        break;
      case 2:
      case 3:
      case 4:
      case 5:
        store.ChangeRows();
        break;
      case 6:
      case 7:
      case 8:
      case 9:
      case 10:
      case 11:
      case 12:
        store.ChangeByte();
        break;
      default:
        store.ChangeValue();
    }
  }
}

}  // namespace chancery::tamper
