// What of a matter can still make a difference, stage by stage.
//
// Two situations that differ only in what nothing can read any more allow the same acts with the
// same consequences for ever, and are explored as one. What is read is followed backwards through
// the procedure, as a compiler does it for variables: a fact is live in a stage when an act or a
// lapse there reads it, or when it is live in a stage that follows and nothing on the way there
// writes it anew.
#ifndef CHANCERY_ENGINE_CHECKER_LIVE_H_
#define CHANCERY_ENGINE_CHECKER_LIVE_H_

#include <map>
#include <set>
#include <string>
#include <utility>

#include "engine/checker/reading.h"

namespace chancery::checker {

// Which matters there are besides cases decides what can be read of a case.
struct Company {
  bool travel = false;       // there are lists, which move cases
  bool other_cases = false;  // an application can meet an earlier case
};

// Immutable; speaks of the procedure given, which must outlive it.
class Live {
 public:
  Live(const procedure::CheckedProcedure& procedure, const Reading& reading,
       const std::set<procedure::ActKind>& without, Company company);

  bool IsLive(const procedure::Matter& matter, procedure::Fact fact) const;
  bool IsLiveInRow(procedure::Fact fact) const;
  // Whether it makes a difference that a limit of that name runs, or when it passes.
  bool IsLiveLimit(const procedure::Matter& matter, const std::string& limit) const;
  // Whether some guard compares a moment with the limit itself, not only its lapse.
  bool IsComparedLimit(const std::string& limit) const { return compared_limits_.contains(limit); }
  bool IsTerminal(const procedure::Matter& matter) const;
  // Ended, and no act leads out of it again.
  bool IsOver(const procedure::Matter& matter) const;

 private:
  struct Stage {
    bool terminal = false;
    bool over = false;
    std::set<procedure::Fact> facts;
    std::set<std::string> limits;
  };
  const Stage* Find(const procedure::Matter& matter) const;

  std::map<std::pair<procedure::MatterKind, std::string>, Stage> stages_;
  std::set<std::string> compared_limits_;
  const Reading& reading_;
};

}  // namespace chancery::checker

#endif  // CHANCERY_ENGINE_CHECKER_LIVE_H_
