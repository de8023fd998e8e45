// One SQLite connection with its prepared statements, and one use of a statement as a Query.
//
// A connection and its queries belong to one thread at a time.
#ifndef CHANCERY_ENGINE_STORE_SQLITE_CONNECTION_H_
#define CHANCERY_ENGINE_STORE_SQLITE_CONNECTION_H_

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/base/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace chancery::store {

class Connection {
 public:
  static constexpr int kPatienceMs = 10'000;

  // SQLite moves nothing out of the write-ahead log by itself: it would ignore a failure and try
  // again.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::filesystem::path& path);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // How long a call waits for another connection.
  void SetPatience(int milliseconds);
  // Runs statements that return nothing of interest, without keeping them.
  absl::Status Run(const char* sql);
  // The statement of a string literal, prepared at its first use. Null when it cannot be prepared:
  // Failure() says why.
  sqlite3_stmt* Prepared(const char* sql_literal);
  // The last failure as a status: ResourceExhausted for no room, Unavailable for a locked file,
  // AlreadyExists for a broken uniqueness, DataLoss for everything that says the disk or the file
  // is not to be trusted.
  absl::Status Failure() const;

  bool in_transaction() const;
  std::int64_t rows_changed() const;
  // How many pages the write-ahead log held after this connection's last commit.
  int log_pages() const { return log_pages_; }

 private:
  explicit Connection(sqlite3* database) : database_(database) {}

  sqlite3* database_;
  int log_pages_ = 0;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

// Binds in order, steps, reads; given back when it goes away. What is bound must outlive the query.
class Query {
 public:
  Query(Connection& connection, const char* sql_literal);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& Number(std::int64_t value);
  // Numbers beyond SQLite's are taken as the largest one: nothing is stored there, and every limit
  // is below it.
  Query& Number(std::uint64_t value);
  Query& Number(int value) { return Number(static_cast<std::int64_t>(value)); }
  Query& Text(std::string_view value);
  Query& Blob(ByteView value);
  Query& Null();
  // What ends with the statement would be gone before the first step.
  template <class Temporary>
  requires std::same_as<Temporary, std::string> Query& Text(Temporary&&) = delete;
  template <class Temporary>
  requires std::same_as<Temporary, Bytes> Query& Blob(Temporary&&) = delete;

  // True when there is a row to read.
  absl::StatusOr<bool> Next();
  // Steps to the end.
  absl::Status Run();

  bool IsNull(int column) const;
  std::int64_t GetNumber(int column) const;
  std::uint64_t GetCount(int column) const { return static_cast<std::uint64_t>(GetNumber(column)); }
  // Damaged beyond an int.
  int GetSmall(int column);
  Instant GetInstant(int column) const { return Instant{GetNumber(column)}; }
  // Valid until the next step.
  ByteView GetView(int column) const;
  Bytes GetBytes(int column) const { return Bytes(GetView(column)); }
  PartyCode GetParty(int column);
  template <class Fixed>
  Fixed GetFixed(int column) {
    const std::optional<Fixed> value = Fixed::FromBytes(GetView(column));
    if (!value) damaged_ = true;
    return value.value_or(Fixed());
  }
  // True when a value read so far had a form this program never writes.
  bool damaged() const { return damaged_; }
  // For whoever sees that the values of a row do not fit each other.
  void MarkDamaged() { damaged_ = true; }

 private:
  Connection& connection_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
  bool failed_ = false;
  bool damaged_ = false;
};

}  // namespace chancery::store

#endif  // CHANCERY_ENGINE_STORE_SQLITE_CONNECTION_H_
