// Statements: the exact bytes an author signs, and what they say.
//
// The way in is strict: a text that this program would not have written itself is refused, so that
// one meaning has one spelling (proto/chancery/statement/v1/statement.proto, normative rules). What
// was signed is kept as it was; nothing is ever signed or hashed after a second serialisation.
//
// Errors: InvalidArgument with a reason (ReasonOf), naming field, rule and remedy and no value:
//   STATEMENT_TOO_LARGE       more than kMaxStatementBytes
//   STATEMENT_NOT_READABLE    not a Protobuf message of this shape
//   STATEMENT_NOT_CANONICAL   another spelling of a message: unknown or double fields, long
//   numbers, other order STATEMENT_FORMAT          another format than 1 STATEMENT_FIELD a field
//   outside its rule: length, party code, unknown word, impossible number STATEMENT_NO_ACT no act,
//   or one this program does not know STATEMENT_TOO_MANY_LINES  more than kMaxLines
//
// Safe on every thread: the tables are made once and never change.
#ifndef CHANCERY_ENGINE_CODEC_STATEMENT_H_
#define CHANCERY_ENGINE_CODEC_STATEMENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/procedure/act.h"

namespace chancery::codec {

// Design section 5: an entry stays under 60,000 bytes, and a statement leaves room in it for seal,
// proof and ruling.
constexpr std::size_t kMaxStatementBytes = 50'000;
constexpr std::size_t kMaxLines = 200;

// Whether an act counts between the parties. Bytes are forever: the numbers of
// chancery.statement.v1.Realm.
enum class Realm : std::uint8_t { kLive = 1, kRehearsal = 2 };
// "live" or "rehearsal", as in an anchor.
std::string_view NameOf(Realm realm);

struct Statement {
  Realm realm = Realm::kRehearsal;
  std::string agreement;  // "eu-pakistan": 1 to 64 of a-z, 0-9 and "-"
  procedure::Act act;
};

// The bytes to sign. The same rules hold as for reading, so whatever this returns DecodeStatement
// accepts.
absl::StatusOr<Bytes> EncodeStatement(const Statement& statement);
absl::StatusOr<Statement> DecodeStatement(ByteView bytes);

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_STATEMENT_H_
