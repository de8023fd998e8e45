// Why an act was admitted or is inadmissible, and what the passing of a limit did: one plain
// sentence with articles, the facts that decided and dates, and the same as data.
//
// The rules are asked, not repeated: Explain steps the act itself and looks on, so that an
// explanation cannot say anything else than the ruling.
//
// Pure functions of their arguments, safe on every thread.
#ifndef CHANCERY_ENGINE_EXPLAIN_WHY_H_
#define CHANCERY_ENGINE_EXPLAIN_WHY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/procedure/step.h"

namespace chancery::explain {

// A condition that decided. Of an admitted act all that spoke of it; of an inadmissible one those
// that refused.
struct Decided {
  std::string asked;       // in words
  std::string situation;   // what the facts were: "the case's verification is not known"
  std::string as_written;  // the sentence of the procedure; empty for what no sentence asks
  std::string article;
  bool held = false;
};

// A limit that began or stopped.
struct LimitMoved {
  std::string limit;
  bool began = false;
  int days = 0;
  bool unverified = false;
  std::vector<std::string> articles;
  Instant since;
  Instant until;          // the first moment too late
  std::string since_day;  // both in the requested party's civil days
  std::string last_day;   // inside it
  PartyCode requested;
};

// What an admitted act did to a matter.
struct Moved {
  MatterId matter;
  procedure::MatterKind kind = procedure::MatterKind::kCase;
  std::string from;  // the stage before; empty when the act opened the matter
  std::string to;
  std::vector<LimitMoved> limits;
};

struct Why {
  bool admitted = false;
  std::string rule;    // empty when no rule fits
  std::string ground;  // its name in docs/protocol.md; empty when admitted
  std::vector<std::string> articles;
  std::vector<std::uint32_t> lines;  // of the act, that an inadmissible one is about
  std::vector<Decided> decided;
  std::vector<Moved> moved;
  std::string remedy;  // what would make the act admissible; empty when it is
  std::string sentence;
};

// A limit that passed with nobody acting whose turn it was.
struct ToldLapse {
  procedure::Lapsed lapsed;
  std::string from;  // the stage before
  std::string due;   // whose days they were: "PAK, the requested party"
  std::string sentence;
};

struct Explained {
  procedure::Stepped stepped;
  Why why;
  std::vector<ToldLapse> lapses;  // that were applied before the act was judged
};
// Steps the act (procedure::Step) and says why the ruling is what it is.
Explained Explain(const procedure::ProcedureSet& procedures, const procedure::Matters& touched,
                  const procedure::RecordedAct& recorded);

// What the ruling alone says, for whoever has it without the matters it was made on. `procedure` is
// the one the act names; null when it is not at hand.
Why WhyOf(const procedure::CheckedProcedure* procedure, const procedure::Act& act,
          Instant recorded_at, const procedure::Ruling& ruling);

// "the case goes from open to confirmed, the limit reply stops and …".
std::string InWords(const Moved& moved, const procedure::Procedure& terms);

// The limits that passed in `before`, in words.
std::vector<ToldLapse> Tell(const procedure::ProcedureSet& procedures,
                            const procedure::Matters& before,
                            const std::vector<procedure::Lapsed>& lapses);

}  // namespace chancery::explain

#endif  // CHANCERY_ENGINE_EXPLAIN_WHY_H_
