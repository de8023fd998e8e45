// What an exploration found, kept in a small file, so that whoever signs the same bytes with the
// same program need not explore them again.
//
// It guards against mistakes: a verdict of other bytes, of another build, of a part, or one that
// was changed by hand is not relied on. It does not guard against whoever holds the signing key:
// they could sign without it.
#ifndef CHANCERY_DRAFTING_KEPT_VERDICT_H_
#define CHANCERY_DRAFTING_KEPT_VERDICT_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/base/time.h"

namespace chancery::drafting {

// What a verdict is of.
struct VerdictSubject {
  Digest bundle;
  Digest founding;  // the procedure that rules the cooperation in the explored worlds
  Digest program;   // that explored

  friend bool operator==(const VerdictSubject&, const VerdictSubject&) = default;
};

struct KeptVerdict {
  VerdictSubject subject;
  std::vector<std::string> broken;  // properties, "P1"; all others hold
  bool complete = false;            // every situation of every world was looked at
  std::uint64_t situations = 0;
  Instant made_at;

  friend bool operator==(const KeptVerdict&, const KeptVerdict&) = default;
};

// SHA-256 of the file this program runs from. Unavailable when it cannot be read.
absl::StatusOr<Digest> DigestOfThisProgram();

// One JSON document, with a digest of itself.
std::string Format(const KeptVerdict& verdict);
// NotFound when there is no such file; InvalidArgument when it is not exactly what Format writes.
absl::StatusOr<KeptVerdict> ReadVerdict(const std::filesystem::path& path);
// Written whole or not at all, and to the disk; makes the folder.
absl::Status WriteVerdict(const std::filesystem::path& path, const KeptVerdict& verdict);

// Why a verdict says nothing about the subject: "it is of another build of this program". Empty
// when it may be relied on.
std::string WhyNot(const KeptVerdict& verdict, const VerdictSubject& subject);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_KEPT_VERDICT_H_
