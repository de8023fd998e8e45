// Taking one sealed statement out of a folder of evidence, so that a stranger can check it with
// plain openssl.
#ifndef CHANCERY_AUDIT_EXTRACT_H_
#define CHANCERY_AUDIT_EXTRACT_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/status.h"

namespace chancery::audit {

struct Extracted {
  std::vector<std::string> files;  // in the folder that was made
  std::string command;             // the openssl command, to be run inside that folder
};

// Writes into `out`, which must not exist: statement.bin, signature.p7s, certificates.pem (those
// that sealed it), roots/<PARTY>.pem and authorities/<PARTY>-<n>.pem (those above these, one
// certificate each), ca.pem (the same together), entry.bin, receipt.tlog-proof and README.txt with
// the commands to check them. InvalidArgument when `out` is inside the evidence folder; NotFound
// when there is no such folder or entry; FailedPrecondition for an entry without a sealed
// statement; AlreadyExists when `out` is there; DataLoss when the folder contradicts itself;
// Unavailable when the disk does not take it.
absl::StatusOr<Extracted> ExtractEntry(const std::filesystem::path& folder, std::uint64_t number,
                                       const std::filesystem::path& out);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_EXTRACT_H_
