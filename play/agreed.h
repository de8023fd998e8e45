// The procedures a scenario is played under, from the folder of its agreement.
//
// Safe on every thread.
#ifndef CHANCERY_PLAY_AGREED_H_
#define CHANCERY_PLAY_AGREED_H_

#include <memory>
#include <optional>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/procedure/procedure.h"
#include "play/scenario.h"

namespace chancery::play {

// One procedure with the bytes both sides sign.
struct AgreedProcedure {
  std::string folder;
  Bytes bundle;
  std::shared_ptr<const procedure::CheckedProcedure> rules;
};

// What rules the cooperation, and what rules everything else.
struct Agreed {
  AgreedProcedure founding;
  AgreedProcedure procedure;
  // Known to everybody, and agreed only when the story says so. Its digest is never that of
  // `procedure`, though its rules may be the same. Of the core alone: nobody signs it.
  std::optional<AgreedProcedure> second{};

  procedure::ProcedureSet All() const;
};

// Loads both from `agreements`/<agreement>/{founding,<procedure>}. With an empty `agreements` the
// folder of that name is looked for above the scenario's file, then in the working directory.
// NotFound says where was looked.
absl::StatusOr<Agreed> LoadAgreed(const Scenario& scenario, const std::string& agreements);

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_AGREED_H_
