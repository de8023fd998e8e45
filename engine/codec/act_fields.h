// Which facts an act's statement has room for: the wire contract as values, without Protobuf.
//
// Read from the descriptors of proto/chancery/statement/v1 once; a test proves that they and the
// core's words agree.
#ifndef CHANCERY_ENGINE_CODEC_ACT_FIELDS_H_
#define CHANCERY_ENGINE_CODEC_ACT_FIELDS_H_

#include <vector>

#include "engine/procedure/act.h"
#include "engine/procedure/facts.h"

namespace chancery::codec {

struct ActFields {
  std::vector<procedure::Fact> facts;  // in the order of their field numbers
  bool has_lines = false;
  std::vector<procedure::Fact> line_facts;
};

// Safe on every thread; the answer lives for ever.
const ActFields& FieldsOf(procedure::ActKind kind);

// Whether a value is one that a statement can carry for that fact: the right alternative, a known
// word, a count of 32 bits, a moment of the years 1970 to 9999, a date of the years 1 to 9999, a
// code, a party.
bool IsValueOf(procedure::Fact fact, const procedure::Value& value);

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_ACT_FIELDS_H_
