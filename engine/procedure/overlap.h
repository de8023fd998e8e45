// Whether two rules could both rule one act: then which of them does would hang on the order in
// which they are written.
//
// Pure; safe on every thread.
#ifndef CHANCERY_ENGINE_PROCEDURE_OVERLAP_H_
#define CHANCERY_ENGINE_PROCEDURE_OVERLAP_H_

#include "engine/procedure/procedure.h"

namespace chancery::procedure {

// False only when they can never both fit: they are about different acts, parties or stages, or
// their `when` speak of the same thing and cannot both hold. Whatever is not seen to exclude the
// other is taken to overlap.
bool MayOverlap(const Rule& one, const Rule& other);

}  // namespace chancery::procedure

#endif  // CHANCERY_ENGINE_PROCEDURE_OVERLAP_H_
