#include "server/files.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

namespace chancery::server {

absl::StatusOr<Bytes> ReadWholeFile(const std::filesystem::path& path) {
  if (path == "-") return Bytes(std::istreambuf_iterator<char>(std::cin), {});
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return NotFound("cannot read " + path.string());
  if (size > kMaxFileBytes) return InvalidArgument(path.string() + " is larger than 16 MiB");
  std::ifstream file(path, std::ios::binary);
  if (!file) return NotFound("cannot read " + path.string());
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

absl::Status ReplaceFile(const std::filesystem::path& path, ByteView bytes) {
  const std::filesystem::path beside = path.string() + ".new";
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) return Unavailable("cannot write " + beside.string());
  }
  std::error_code error;
  std::filesystem::rename(beside, path, error);
  if (error) return Unavailable("cannot write " + path.string());
  return absl::OkStatus();
}

}  // namespace chancery::server
