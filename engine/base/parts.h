// The parts of the outside world that programs hand to the engine: time, randomness, and where
// named events go.
//
// They are interfaces without fields; each program makes its own in main.cc and passes them through
// constructors. The pure core uses none of them: it is given values.
#ifndef CHANCERY_ENGINE_BASE_PARTS_H_
#define CHANCERY_ENGINE_BASE_PARTS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/time.h"

namespace chancery {

// Where the engine learns the time. Safe on every thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() = 0;
};

// Where unpredictable bytes come from. Safe on every thread.
class Entropy {
 public:
  virtual ~Entropy() = default;
  // Fills with bytes nobody can guess; a failure of the source ends the process.
  virtual void Fill(std::uint8_t* out, std::size_t size) = 0;

  template <class Fixed>
  Fixed Make() {
    Fixed value;
    Fill(value.raw().data(), value.raw().size());
    return value;
  }
};

// Something that happened, as a closed list: names are asserted on by tests and searched by
// operators. A fields' value is a number, a random identifier or a word from a closed list, never
// personal data.
struct Event {
  std::string_view name;  // "act.committed"
  std::string_view subject =
      {};                   // a random identifier in hex, a party code or a rule id; may be empty
  std::int64_t number = 0;  // an entry number, a count or a size; 0 when it means nothing
};

// Where events go. Safe on every thread; must not block for long.
class Events {
 public:
  virtual ~Events() = default;
  virtual void Note(const Event& event) = 0;
};

// UUIDv7 (RFC 9562): 48 bits of `now` in milliseconds, then random bits.
StatementId NewStatementId(Instant now, Entropy& entropy);

}  // namespace chancery

#endif  // CHANCERY_ENGINE_BASE_PARTS_H_
