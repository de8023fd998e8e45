// Attachments in the commands: the files an act names, put at the desk before the act, and what was
// sent, fetched again.
//
// The command reads the files, with the rights of whoever calls it: the daemon opens no file that a
// caller names.
//
// Threads: functions of their arguments.
#ifndef CHANCERY_CLIENT_ATTACH_H_
#define CHANCERY_CLIENT_ATTACH_H_

#include <filesystem>
#include <string>

#include "client/desk_client.h"
#include "edge/output.h"
#include "engine/base/bytes.h"
#include "engine/base/parts.h"
#include "engine/base/status.h"

namespace chancery::client {

// The act with digests in place of the files its lines name, which lie beside `file`. They are at
// the desk then, under the act's matter, unless `only_named`. The text itself when it names none,
// or cannot be read: the daemon says what is wrong. `id` is the act's: one that was handed in
// before keeps its matter.
absl::StatusOr<std::string> PutFilesOf(DeskClient& desk, const std::filesystem::path& file,
                                       const std::string& act_json, const StatementId& id,
                                       bool only_named, Clock& clock, Entropy& entropy);

absl::StatusOr<edge::Shown> ListAttachments(DeskClient& desk, const std::string& matter);
// Writes one into a new file of mode 0600.
absl::StatusOr<edge::Shown> GetAttachment(DeskClient& desk, const std::string& matter,
                                          const std::string& digest,
                                          const std::filesystem::path& out);

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_ATTACH_H_
