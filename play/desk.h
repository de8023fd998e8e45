// What becomes of an act before it reaches the ministry's door: a party's own program reads it,
// finds the rule and puts the seals under it, or refuses to.
//
// The programs do this themselves (Outbox of a state, Casework of the ministry). Here are the same
// decisions over the core's matters, so that a sentence has the same ending at both depths; that
// they are the same is what playing every scenario at both depths shows.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_PLAY_DESK_H_
#define CHANCERY_PLAY_DESK_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/procedure/matter.h"
#include "engine/procedure/procedure.h"
#include "engine/procedure/ruling.h"
#include "nlohmann/json.hpp"
#include "play/scenario.h"
#include "play/script.h"

namespace chancery::play {

// An act read at the desk: refused for a ground of DeskGrounds, or to be sealed by these offices.
struct AtTheDesk {
  std::string refused;  // empty: it is sealed and sent
  std::vector<SealingOffice> seals;
};

// Grounds for which a party's own program refuses an act, as `-> turned away GROUND` names them.
// The programs' reason is the same in capitals, but for field_wrong.
constexpr std::string_view kMissingFact = "missing_fact";
constexpr std::string_view kNoRule = "no_rule";
constexpr std::string_view kNoSealingKey = "no_sealing_key";
constexpr std::string_view kAddresseeWrong = "addressee_wrong";
constexpr std::string_view kFieldWrong = "field_wrong";
constexpr std::string_view kSealMissing = "seal_missing";
constexpr std::string_view kNoProcedure = "no_procedure";

// The act as its author hands it in: a JSON document (docs/acts.md) that names the files of scans.
// `registered` is what the registry knows of the person, which a confirmation carries; without it
// the officer writes the name of the application.
std::string InputOf(const Scenario& scenario, const Planned& planned,
                    const nlohmann::ordered_json& registered);
// What the simulated registry knows of a person, as its answer says it.
nlohmann::ordered_json RegisteredOf(const Person& person);

// Whether that procedure governs new matters at that moment, as the cooperation's register says.
bool IsInForce(const procedure::Matter& cooperation, const Digest& procedure, Instant at);

// A state's daemon: `known` is the act's matter as that state has collected it, or null; `in_force`
// whether the procedure governs new matters.
AtTheDesk DeskOfState(const Scenario& scenario, const procedure::CheckedProcedure& rules,
                      const Planned& planned, const procedure::Matter* known, bool in_force);

// The ministry's server: `ruling` is what the core would rule if every office sealed the act,
// `office` the one the sentence names (0: none).
AtTheDesk DeskOfMinistry(const Scenario& scenario, const procedure::CheckedProcedure& rules,
                         const procedure::Act& act, const procedure::Ruling& ruling,
                         std::int64_t office);

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_DESK_H_
