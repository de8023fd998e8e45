// The anchor as a program reads it from its file.
#ifndef CHANCERY_EDGE_ANCHOR_FILE_H_
#define CHANCERY_EDGE_ANCHOR_FILE_H_

#include <filesystem>

#include "engine/base/status.h"
#include "engine/ledger/anchor.h"

namespace chancery::edge {

// NotFound when there is no such file, InvalidArgument with the line when it is no anchor.
absl::StatusOr<ledger::Anchor> ReadAnchorFile(const std::filesystem::path& path);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_ANCHOR_FILE_H_
