// What is wrong with a procedure's form, found before anybody acts under it.
//
// Names that nothing defines or that stand twice, stages nobody reaches or leaves, stages in which
// nothing ends the waiting, rules of which two may rule one act, offices that nobody holds,
// citations of articles that are not listed, limits that nothing starts or that start each other
// for ever, parties without a calendar. docs/procedure-language.md lists every kind.
//
// What can happen under a whole procedure is another question: engine/checker answers it.
//
// Pure; safe on every thread.
#ifndef CHANCERY_ENGINE_PROCEDURE_CHECK_H_
#define CHANCERY_ENGINE_PROCEDURE_CHECK_H_

#include <vector>

#include "engine/procedure/procedure.h"

namespace chancery::procedure {

// Every defect, each with the place in the procedure's text. Empty when it is whole.
std::vector<Defect> Check(const Procedure& procedure);

}  // namespace chancery::procedure

#endif  // CHANCERY_ENGINE_PROCEDURE_CHECK_H_
