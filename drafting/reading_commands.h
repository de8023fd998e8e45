// The commands of chancery-procedure that read a procedure to people and change nothing.
//
// A procedure is given as its folder under agreements/, or as a bundle's file such as those in a
// folder of evidence. Every command writes its answer to standard output, says on standard error
// what went wrong, and returns the exit code: 0 yes or equal, 1 a procedure with defects or a
// difference, 2 usage, 3 a file that cannot be read or written, 5 a program that is missing.
#ifndef CHANCERY_DRAFTING_READING_COMMANDS_H_
#define CHANCERY_DRAFTING_READING_COMMANDS_H_

#include <memory>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/codec/article_notes.h"
#include "engine/codec/bundle.h"
#include "engine/procedure/procedure.h"

namespace chancery::drafting {

// A procedure read from its folder or its bundle.
struct ReadProcedure {
  codec::Bundle bundle;
  Digest digest;
  std::shared_ptr<const procedure::CheckedProcedure> procedure;
  std::vector<codec::ArticleNote> notes;
};
// InvalidArgument for a procedure with defects; NotFound or Unavailable when it cannot be read.
absl::StatusOr<ReadProcedure> ReadProcedureFrom(const std::string& path);

struct ShowOptions {
  std::string path;
  std::string article;  // only what carries it; empty: everything
  bool json = false;
};
int RunShow(const ShowOptions& options);

struct DiagramOptions {
  std::string path;
  std::string matter = "case";
  std::string out;  // empty: standard output
  bool dot = false;
};
int RunDiagram(const DiagramOptions& options);

struct DiffOptions {
  std::string before;
  std::string after;
  bool json = false;
};
int RunDiff(const DiffOptions& options);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_READING_COMMANDS_H_
