// The closed language of an agreed procedure's conditions and consequences.
//
// Rules say when they hold and what follows in short sentences such as
//
//   case.verification == national
//   act.revision == transfer.revision + 1
//   act.recorded_at < limit(charter_notice, flight.departure)
//   some line.evidence == passport
//   case.stage in {documented, confirmed}
//   start case.reply
//
// They compare facts of closed types with words, counts, dates, digests and limits; there are no
// loops, no functions of the author's own and no arithmetic beyond adding a constant. A fact that
// is not known makes every comparison with it false: a guard then refuses, so that not knowing
// never lets anybody through. docs/procedure-language.md is the reference.
//
// Pure values; reading a sentence allocates, evaluating one does not.
#ifndef CHANCERY_ENGINE_PROCEDURE_EXPRESSION_H_
#define CHANCERY_ENGINE_PROCEDURE_EXPRESSION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/procedure/facts.h"

namespace chancery::procedure {

// Whose facts a path reads.
enum class Holder : std::uint8_t {
  kAct,
  kCase,      // the act's case, or the case of the line under judgement
  kTransfer,  // the act's transfer
  kFlight,    // the act's flight, or the flight of the act's transfer
  kLine,      // a line of the act
  kListed,    // the line of the act's matter with the same key as the act's line
  kLodged,    // what the author's state (or the state named by a line) lodged on the flight
  kEarlier,   // the newest other case of the same sender for the same person
  kEntry,     // the row of the cooperation's register that the act is about
};

// What is read there: a fact, or one of the things every holder of that kind has.
enum class Field : std::uint8_t {
  kFact,
  kStage,
  kId,
  kRequesting,
  kRequested,
  kAuthor,
  kAddressee,
  kDigest,  // of the act's statement
  kAnswers,
  kCommitment,
  kRecordedAt,
  kReceivedAt,  // when the addressee had it: recorded, or offered and the time for a receipt over
};

struct Path {
  Holder holder = Holder::kAct;
  Field field = Field::kFact;
  Fact fact = Fact::kCategory;

  friend bool operator==(const Path&, const Path&) = default;
};

struct Condition;

struct Operand {
  enum class Kind : std::uint8_t {
    kPath,    // path [+ number]
    kNumber,  // a word, count, date, code or party, by its number
    kStage,   // the name of a stage
    kLimit,   // limit(name): the running limit's first moment too late, or limit(name, path):
              // counted from path
    kSince,   // since(name): from when the running limit is counted
    kDay,     // day(path) [+ number]: the civil day of a moment where the requested party is
    kCount,   // count(act.lines where ... and ...): how many lines fulfil all conditions
    kSum,     // sum(flight.lines of fact where ... and ...): of the lines that fulfil them
  };
  Kind kind = Kind::kNumber;
  Path path;
  std::int64_t number = 0;
  std::string name;              // of the stage or limit
  bool has_path = false;         // for limit(name, path)
  std::vector<Condition> where;  // for kCount and kSum; of the lines of path.holder
};

struct Condition {
  enum class Kind : std::uint8_t {
    kCompare,
    kIn,
    kKnown,
    kUnknown,
    kSome,  // some CONDITION over the act's lines
    kNo,
    kEvery,
    kSuspended,  // the cooperation is suspended for this matter now
    kNotSuspended,
    kCarrierAccepted,   // carrier_accepted(path)
    kMayTakePart,       // may_take_part(path): the procedure admits that party on this day
    kAppointed,         // appointed(path): that party has an appointed authority
    kFamiliesTogether,  // families_together: after this act no minor of a family is aboard without
                        // an adult of it
  };
  enum class Compare : std::uint8_t {
    kEqual,
    kUnequal,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual
  };

  Kind kind = Kind::kCompare;
  Compare compare = Compare::kEqual;
  std::vector<Operand> operands;  // left, then right or the members of the set
  std::vector<Condition> inner;   // for some, no, every
  std::string text;               // as written
};

// What follows from an admitted act.
struct Effect {
  enum class Kind : std::uint8_t {
    kSet,    // path = operand
    kClear,  // clear path
    kStart,  // start holder.limit [since operand]
    kStop,   // stop holder.limit
  };
  Kind kind = Kind::kSet;
  Path path;
  std::string limit;
  std::optional<Operand> operand;
  std::vector<Condition> when;
  std::string text;
};

// Reads one sentence. The error says what was expected and where.
struct ParseError {
  std::size_t at = 0;  // offset in the sentence
  std::string message;
};
std::variant<Condition, ParseError> ParseCondition(std::string_view sentence);
std::variant<Effect, ParseError> ParseEffect(std::string_view sentence);

}  // namespace chancery::procedure

#endif  // CHANCERY_ENGINE_PROCEDURE_EXPRESSION_H_
