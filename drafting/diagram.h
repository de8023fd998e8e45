// A procedure as a drawing: the stages of one kind of matter and what leads from one to the next,
// from the same data that rules acts.
#ifndef CHANCERY_DRAFTING_DIAGRAM_H_
#define CHANCERY_DRAFTING_DIAGRAM_H_

#include <string>

#include "engine/base/status.h"
#include "engine/procedure/procedure.h"

namespace chancery::drafting {

// The drawing in Graphviz's language, for the program dot. Stages are boxes with whose turn it is,
// the limits that can run out there and what leaves the matter where it is; the end of a matter has
// a double frame. What an act does is an arrow with the act, its party and its offices, drawn out;
// what silence does is dashed.
std::string ToDot(const procedure::Procedure& terms, procedure::MatterKind matter);

// The drawing as SVG. Unavailable when there is no program dot to draw it, naming the Debian
// package that has it; DataLoss when dot refuses.
absl::StatusOr<std::string> Draw(const std::string& dot);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_DIAGRAM_H_
