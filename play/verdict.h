// What became of an act, and whether that is what its sentence expects. Both players speak these
// words.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_PLAY_VERDICT_H_
#define CHANCERY_PLAY_VERDICT_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/procedure/ruling.h"
#include "engine/procedure/step.h"
#include "play/outcome.h"
#include "play/scenario.h"
#include "play/script.h"

namespace chancery::play {

struct Verdict {
  ExpectedRuling::Outcome outcome = ExpectedRuling::Outcome::kAdmitted;
  std::string ground;  // of an inadmissible act, or of the door
  std::string article;
  std::string summary;  // one line for people
  // By the names of RulingDetails(); nothing of an act that was turned away.
  std::map<std::string, std::string, std::less<>> details{};
};

Verdict VerdictOf(const procedure::Ruling& ruling);
// With what the core alone shows of it.
Verdict VerdictOf(const procedure::Stepped& stepped);
Verdict VerdictOf(const std::optional<procedure::TurnedAway>& away);
// An act that its author's own program refused to seal.
Verdict RefusedAtTheDesk(std::string_view ground);
// "seal_missing"
std::string NameOf(procedure::DoorGround ground);

// Why a program's answer says that an act was turned away: its stable reason, else its message,
// else its first line.
std::string ReasonIn(const std::string& answer);

// The verdict a program's refusal stands for: the grounds a scenario knows by their names, any
// other reason as it is.
Verdict TurnedAwayFor(const std::string& reason);
// One text for both depths: "admitted withdrawal", "inadmissible not_confirmed, Art 4(3)", "turned
// away seal_missing".
std::string InShort(const Verdict& verdict);

// "application P07", "manifest F1"
std::string NameOf(const Planned& planned);
// The line to report when the verdict is not what the sentence expects.
std::optional<std::string> Compare(const Scenario& scenario, const Step& step,
                                   const std::string& what, const Verdict& verdict);

// The line to report when a verification that shall be admitted says other than the registry. An
// office may also err: then the sentence expects what becomes of it.
std::optional<std::string> RegistryDiffers(const Scenario& scenario, const Step& step,
                                           const Planned& planned);

// How the matters of a script stand at the end, found by `find`.
Ending EndingFrom(const Scenario& scenario, const Script& script,
                  const std::function<const procedure::Matter*(const MatterId&)>& find);

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_VERDICT_H_
