// Bytes that must not outlive their use: private keys, data keys, key-encryption keys.
//
// A Secret overwrites its bytes when it goes away and has no text form. It keeps them in memory of
// its own, so that moving leaves no second copy behind. Files of secrets are read only when nobody
// but their owner can read them.
#ifndef CHANCERY_ENGINE_CRYPTO_SECRET_H_
#define CHANCERY_ENGINE_CRYPTO_SECRET_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/parts.h"
#include "engine/base/status.h"

namespace chancery::crypto {

// Movable, not copyable. Safe to read on several threads.
class Secret {
 public:
  Secret() = default;
  // `size` bytes of zero.
  explicit Secret(std::size_t size);
  // A copy of `bytes`; the caller wipes its own.
  static Secret CopyOf(ByteView bytes);
  static Secret Random(std::size_t size, Entropy& entropy);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::uint8_t* data() { return bytes_.get(); }
  const std::uint8_t* data() const { return bytes_.get(); }
  ByteView Reveal() const { return {reinterpret_cast<const char*>(bytes_.get()), size_}; }

  // Overwrites the bytes now.
  void Wipe();

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
};

// The bytes of a regular file whose mode gives nothing to group and others (0600 or stricter).
// PermissionDenied with the remedy otherwise, NotFound when there is no such file, InvalidArgument
// above 64 KiB.
absl::StatusOr<Secret> ReadSecretFile(const std::string& path);

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_SECRET_H_
