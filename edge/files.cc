#include "edge/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

namespace chancery::edge {

namespace {

absl::StatusOr<Bytes> ReadAll(std::istream& in, const std::string& name) {
  Bytes bytes;
  char buffer[65536];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    bytes.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (bytes.size() > kMaxFileBytes) return InvalidArgument(name + " is larger than 16 MiB");
  }
  if (in.bad()) return Unavailable(name + " cannot be read");
  return bytes;
}

}  // namespace

absl::StatusOr<Bytes> ReadWholeFile(const std::filesystem::path& path) {
  if (path == "-") return ReadAll(std::cin, "standard input");
  std::ifstream in(path, std::ios::binary);
  if (!in) return NotFound(path.string() + " cannot be opened");
  return ReadAll(in, path.string());
}

absl::Status ReplaceFile(const std::filesystem::path& path, ByteView bytes, int mode) {
  const std::filesystem::path folder =
      path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const auto failed = [&path](std::string_view what) {
    return path.string() + " cannot be " + std::string(what) + ": " +
           std::generic_category().message(errno);
  };
  // Opened first and kept open, so that what is synced at the end is the folder written to.
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return Unavailable(failed("replaced"));
  const std::string beside = path.string() + ".new";
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  bool good = file >= 0;
  for (std::size_t written = 0; good && written < bytes.size();) {
    const ssize_t part = ::write(file, bytes.data() + written, bytes.size() - written);
    if (part < 0 && errno == EINTR) continue;
    good = part > 0;
    if (good) written += static_cast<std::size_t>(part);
  }
  good = good && ::fsync(file) == 0;
  absl::Status status;
  if (!good) status = Unavailable(failed("written"));
  if (file >= 0) ::close(file);
  if (status.ok() && ::rename(beside.c_str(), path.c_str()) != 0)
    status = Unavailable(failed("replaced"));
  if (status.ok() && ::fsync(directory) != 0) status = DataLoss(failed("synced"));
  ::close(directory);
  return status;
}

absl::Status WriteNewSecretFile(const std::filesystem::path& path, ByteView bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    if (errno == EEXIST)
      return AlreadyExists(path.string() + " is there already; nothing was changed");
    return Unavailable(path.string() +
                       " cannot be made: " + std::generic_category().message(errno));
  }
  std::size_t written = 0;
  bool good = true;
  while (good && written < bytes.size()) {
    const ssize_t part = ::write(file, bytes.data() + written, bytes.size() - written);
    good = part > 0;
    if (good) written += static_cast<std::size_t>(part);
  }
  good = good && ::fsync(file) == 0;
  ::close(file);
  if (good) return absl::OkStatus();
  // Half a secret would stand in the way of the whole one.
  ::unlink(path.c_str());
  return Unavailable(path.string() + " cannot be written");
}

}  // namespace chancery::edge
