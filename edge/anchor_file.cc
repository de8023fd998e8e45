#include "edge/anchor_file.h"

#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace chancery::edge {

absl::StatusOr<ledger::Anchor> ReadAnchorFile(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return NotFound("anchor: no file " + path.string());
  if (const auto size = std::filesystem::file_size(path, error);
      error || size > ledger::kMaxAnchorBytes) {
    return InvalidArgument("anchor: " + path.string() + " is larger than an anchor can be");
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.good() && !file.eof()) return NotFound("anchor: cannot read " + path.string());
  absl::StatusOr<ledger::Anchor> anchor = ledger::ParseAnchor(text);
  if (!anchor.ok()) return Annotate(anchor.status(), path.string());
  return anchor;
}

}  // namespace chancery::edge
