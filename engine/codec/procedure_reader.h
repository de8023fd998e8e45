// A procedure's text as rules, and where in the text each of them stands.
//
// Reading tells everything that is wrong at once, one line each: file, line and column, the name of
// the element, what is wrong and what to write instead. What is wrong with the rules as a whole is
// found later (engine/procedure/check.h) and is given its line here.
//
// Plain values; safe on every thread once read.
#ifndef CHANCERY_ENGINE_CODEC_PROCEDURE_READER_H_
#define CHANCERY_ENGINE_CODEC_PROCEDURE_READER_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/procedure/procedure.h"

namespace chancery::codec {

// "eu-pakistan/2016": 1 to 64 of a-z, 0-9 and "-", joined by "/".
bool IsProcedureId(std::string_view id);

class ProcedureText {
 public:
  // Nothing, and lines added to `errors`, when the text cannot be read. `file` is how errors name
  // it.
  static std::optional<ProcedureText> Read(std::string_view text, std::string_view file,
                                           std::vector<std::string>& errors);

  const procedure::Procedure& procedure() const { return procedure_; }
  // "procedure.textproto:12:3", counted from 1, of a defect found in these rules; for a field that
  // is not there, where what should hold it begins.
  std::string PlaceOf(const std::vector<procedure::PlaceStep>& steps) const;

 private:
  struct Parsed;

  ProcedureText() = default;

  std::shared_ptr<Parsed> parsed_;
  procedure::Procedure procedure_;
};

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_PROCEDURE_READER_H_
