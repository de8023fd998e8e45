#include "engine/store/sqlite/connection.h"

#include <sqlite3.h>

#include <algorithm>
#include <limits>

namespace chancery::store {
namespace {

absl::Status StatusOf(int code, const std::string& message) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return absl::ResourceExhaustedError(ToAbsl(message));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return Unavailable(message);
    case SQLITE_CONSTRAINT:
      return AlreadyExists(message);
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_PROTOCOL:
      return DataLoss(message);
    default:
      return Internal(message);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::filesystem::path& path) {
  sqlite3* database = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  const int code = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(database));
  if (code != SQLITE_OK)
    return StatusOf(code, std::string("cannot open the file: ") + sqlite3_errstr(code));
  sqlite3_extended_result_codes(database, 1);
  connection->SetPatience(kPatienceMs);
  sqlite3_wal_hook(
      database,
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &connection->log_pages_);
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(database_);
}

void Connection::SetPatience(int milliseconds) { sqlite3_busy_timeout(database_, milliseconds); }

absl::Status Connection::Run(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return Failure();
  return absl::OkStatus();
}

sqlite3_stmt* Connection::Prepared(const char* sql_literal) {
  const auto found = statements_.find(sql_literal);
  if (found != statements_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database_, sql_literal, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK) {
    return nullptr;
  }
  statements_.emplace(sql_literal, statement);
  return statement;
}

absl::Status Connection::Failure() const {
  const int code = sqlite3_extended_errcode(database_);
  return StatusOf(code, "SQLite " + std::to_string(code) + ": " + sqlite3_errmsg(database_));
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

std::int64_t Connection::rows_changed() const { return sqlite3_changes64(database_); }

Query::Query(Connection& connection, const char* sql_literal)
    : connection_(connection),
      statement_(connection.Prepared(sql_literal)),
      failed_(statement_ == nullptr) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::Number(std::int64_t value) {
  failed_ = failed_ || sqlite3_bind_int64(statement_, ++bound_, value) != SQLITE_OK;
  return *this;
}

Query& Query::Number(std::uint64_t value) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return Number(static_cast<std::int64_t>(std::min(value, kLargest)));
}

Query& Query::Text(std::string_view value) {
  // A null pointer would bind NULL instead of the empty text.
  const char* data = value.empty() ? "" : value.data();
  failed_ = failed_ || sqlite3_bind_text64(statement_, ++bound_, data, value.size(), SQLITE_STATIC,
                                           SQLITE_UTF8) != SQLITE_OK;
  return *this;
}

Query& Query::Blob(ByteView value) {
  const char* data = value.empty() ? "" : value.data();
  failed_ = failed_ || sqlite3_bind_blob64(statement_, ++bound_, data, value.size(),
                                           SQLITE_STATIC) != SQLITE_OK;
  return *this;
}

Query& Query::Null() {
  failed_ = failed_ || sqlite3_bind_null(statement_, ++bound_) != SQLITE_OK;
  return *this;
}

absl::StatusOr<bool> Query::Next() {
  if (failed_) return connection_.Failure();
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.Failure();
}

absl::Status Query::Run() {
  while (true) {
    CHANCERY_ASSIGN_OR_RETURN(const bool row, Next());
    if (!row) return absl::OkStatus();
  }
}

int Query::GetSmall(int column) {
  const std::int64_t number = GetNumber(column);
  if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max()) {
    damaged_ = true;
    return 0;
  }
  return static_cast<int>(number);
}

bool Query::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Query::GetNumber(int column) const { return sqlite3_column_int64(statement_, column); }

ByteView Query::GetView(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? ByteView()
                         : ByteView(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

PartyCode Query::GetParty(int column) {
  const std::optional<PartyCode> party = PartyCode::FromText(GetView(column));
  if (!party) damaged_ = true;
  return party.value_or(PartyCode());
}

}  // namespace chancery::store
