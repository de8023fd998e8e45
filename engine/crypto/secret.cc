#include "engine/crypto/secret.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace chancery::crypto {
namespace {

constexpr std::size_t kMaxSecretFile = 64 * 1024;

class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace

Secret::Secret(std::size_t size) : bytes_(std::make_unique<std::uint8_t[]>(size)), size_(size) {}

Secret Secret::CopyOf(ByteView bytes) {
  Secret secret(bytes.size());
  if (!bytes.empty()) std::memcpy(secret.data(), bytes.data(), bytes.size());
  return secret;
}

Secret Secret::Random(std::size_t size, Entropy& entropy) {
  Secret secret(size);
  entropy.Fill(secret.data(), size);
  return secret;
}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Wipe();
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Secret::~Secret() { Wipe(); }

void Secret::Wipe() {
  if (bytes_) OPENSSL_cleanse(bytes_.get(), size_);
}

absl::StatusOr<Secret> ReadSecretFile(const std::string& path) {
  const std::string doing = "read secret file " + path;
  const OpenFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (file.get() < 0) {
    const int error = errno;
    const std::string message = doing + ": " + std::generic_category().message(error);
    return error == ENOENT ? NotFound(message) : PermissionDenied(message);
  }
  struct stat about = {};
  if (fstat(file.get(), &about) != 0)
    return Internal(doing + ": " + std::generic_category().message(errno));
  if (!S_ISREG(about.st_mode)) return PermissionDenied(doing + ": not a regular file");
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return PermissionDenied(doing +
                            ": readable or writable by group or others; run chmod 600 on it");
  }
  if (about.st_size < 0 || static_cast<std::size_t>(about.st_size) > kMaxSecretFile) {
    return InvalidArgument(doing + ": larger than 64 KiB");
  }
  Secret secret(static_cast<std::size_t>(about.st_size));
  std::size_t have = 0;
  while (have < secret.size()) {
    const ssize_t got = read(file.get(), secret.data() + have, secret.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return DataLoss(doing + ": " + std::generic_category().message(errno));
    if (got == 0) return DataLoss(doing + ": it became shorter while being read");
    have += static_cast<std::size_t>(got);
  }
  return secret;
}

}  // namespace chancery::crypto
