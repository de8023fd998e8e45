// Acts as JSON: how a case system hands one in, and how people and programs read what was ruled.
//
// docs/acts.md is the reference for writers, with an example of every act. Reading is strict: what
// is misspelt, doubled, unknown or of another type is refused with the field, the rule and the
// remedy, and never with a value, because a value may belong to a person. What is shown holds no
// personal data: matters and rulings have none by their types.
//
// Errors: InvalidArgument with the reason ACT_JSON_TOO_LARGE, ACT_JSON_BROKEN (with line and
// column), ACT_JSON_FIELD or PARTICULARS_FIELD; the message has one line for each thing that is
// wrong.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_CODEC_ACT_JSON_H_
#define CHANCERY_ENGINE_CODEC_ACT_JSON_H_

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/item.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/codec/statement.h"
#include "engine/procedure/act.h"
#include "engine/procedure/matter.h"
#include "engine/procedure/ruling.h"
#include "engine/procedure/step.h"

namespace chancery::codec {

constexpr std::size_t kMaxActJsonBytes = 64 * 1024;

// An act as its author wrote it. The caller adds what only a program knows: author, statement id,
// time, procedure, a new matter's id, salts and the commitment.
struct DraftedAct {
  procedure::Act act;  // kind, addressee, facts and lines; answers and matter when given
  std::optional<MatterId> matter;  // absent: the act opens a matter, or is about the cooperation
  std::vector<Item> items;         // in byte order of their labels, salts zero
  // By line, the files that a line names in place of an attachment's digest. Whoever reads them
  // puts the digest there: an act that names a file cannot be sealed.
  std::map<std::size_t, std::string> attachment_files;
  std::vector<std::string>
      warnings;  // about a field, never its value: the act may be sent all the same
};

// A field's name as it may be repeated in an error: what does not look like a name of ours may be a
// value that slipped, and is not repeated.
std::string SafeName(std::string_view name);

// ACT_JSON_TOO_LARGE for a text of more than kMaxActJsonBytes.
absl::Status CheckActSize(std::string_view json);

// Reads one act. `now` is what dates in the particulars are compared with.
absl::StatusOr<DraftedAct> ActFromJson(std::string_view json, Instant now);

// The same act with the digests of its files in place of their names, under that matter. `digests`
// has one for every line of attachment_files; the text must be one that ActFromJson reads.
std::string WithAttachments(std::string_view json, const MatterId& matter,
                            const std::map<std::size_t, Digest>& digests);

// The labels that particulars may have, in byte order.
std::span<const std::string_view> ParticularsLabels();

// What an act says, facts and lines spelt as ActFromJson reads them.
std::string ActToJson(const procedure::Act& act);
std::string StatementToJson(const Statement& statement);
std::string RulingToJson(const procedure::Ruling& ruling);
std::string MatterToJson(const procedure::Matter& matter);
std::string StandingToJson(const procedure::Standing& standing);

// A ruling as one line for people: "admitted application_own_national", "inadmissible
// not_confirmed, Art 4(3)".
std::string Summary(const procedure::Ruling& ruling);

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_ACT_JSON_H_
