// The tables of the SQLite store. Bytes are forever: a change is a new schema version with a step
// from the one before.
#ifndef CHANCERY_ENGINE_STORE_SQLITE_SCHEMA_H_
#define CHANCERY_ENGINE_STORE_SQLITE_SCHEMA_H_

#include <cstdint>

namespace chancery::store {

inline constexpr std::int64_t kSchemaVersion = 1;

// Rows are narrow because their number limits the speed. There is no table of tree nodes: the
// hashes of the subtrees that an entry completes stand beside it, so that an entry costs one row
// and one place in the index of its stream.
inline constexpr char kSchema[] = R"(
CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, root BLOB NOT NULL, recorded_at INTEGER NOT NULL,
  checkpoint BLOB NOT NULL) STRICT;
CREATE TABLE stream (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, next_position INTEGER NOT NULL, head_day INTEGER) STRICT;
CREATE TABLE entry (
  number INTEGER PRIMARY KEY, stream INTEGER NOT NULL, position INTEGER NOT NULL, hashes BLOB NOT NULL,
  bytes BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX entry_of_stream ON entry (stream, position);

CREATE TABLE statement (
  kind INTEGER NOT NULL, author TEXT NOT NULL, id BLOB NOT NULL, digest BLOB NOT NULL, entry INTEGER NOT NULL,
  PRIMARY KEY (kind, author, id)) STRICT, WITHOUT ROWID;

CREATE TABLE matter (
  id BLOB PRIMARY KEY, kind INTEGER NOT NULL, next_limit INTEGER, person_party TEXT, person_handle BLOB,
  bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX matter_of_kind ON matter (kind);
CREATE INDEX matter_due ON matter (next_limit) WHERE next_limit IS NOT NULL;
CREATE INDEX matter_of_person ON matter (person_party, person_handle) WHERE person_handle IS NOT NULL;

CREATE TABLE delivery (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, party TEXT NOT NULL, kind INTEGER NOT NULL, state INTEGER NOT NULL,
  attempts INTEGER NOT NULL, next_attempt_at INTEGER NOT NULL, statement_id BLOB NOT NULL,
  statement_digest BLOB NOT NULL, answer BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE INDEX delivery_open ON delivery (sequence) WHERE state < 2;
CREATE INDEX delivery_open_to ON delivery (party, sequence) WHERE state < 2;
CREATE INDEX delivery_of_statement ON delivery (statement_id);

CREATE TABLE cursor (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE particulars (
  digest BLOB NOT NULL, reader TEXT NOT NULL, matter BLOB NOT NULL, ciphertext BLOB NOT NULL,
  PRIMARY KEY (digest, reader)) STRICT;
CREATE INDEX particulars_of_matter ON particulars (matter);
CREATE TABLE wrapped_key (matter BLOB PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE paper (
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, state INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (kind, id)) STRICT;

CREATE TABLE witnessed (
  origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE cosignature (
  size INTEGER NOT NULL, witness TEXT NOT NULL, cosigned_at INTEGER NOT NULL, line BLOB NOT NULL,
  PRIMARY KEY (size, witness)) STRICT, WITHOUT ROWID;
CREATE TABLE final_checkpoint (
  size INTEGER PRIMARY KEY, root BLOB NOT NULL, final_at INTEGER NOT NULL, note BLOB NOT NULL) STRICT;
CREATE TABLE conflict (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, origin TEXT NOT NULL, reason TEXT NOT NULL, seen_at INTEGER NOT NULL,
  held BLOB NOT NULL, offered BLOB NOT NULL) STRICT;
)";

}  // namespace chancery::store

#endif  // CHANCERY_ENGINE_STORE_SQLITE_SCHEMA_H_
