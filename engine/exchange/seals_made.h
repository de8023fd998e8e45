// The seals this program has made, the newest few thousand of them: what its own keys signed over
// bytes it wrote itself is not verified a second time when it comes back in the ministry's ledger.
// That it is exactly those bytes is told by a digest; whether the certificates stood under a root
// and were valid at the recorded time is asked every time.
//
// Threads: every method on any thread.
#ifndef CHANCERY_ENGINE_EXCHANGE_SEALS_MADE_H_
#define CHANCERY_ENGINE_EXCHANGE_SEALS_MADE_H_

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/base/bytes.h"

namespace chancery::exchange {

class SealsMade {
 public:
  // `certificates`: of those who sealed, by digest.
  void Note(ByteView statement, ByteView seal, std::vector<Digest> certificates);
  // Who sealed; nothing when the seal was not made here, before the last start, or long ago.
  std::optional<std::vector<Digest>> Find(ByteView statement, ByteView seal) const;

 private:
  static constexpr std::size_t kMost = 4096;

  mutable std::mutex mutex_;
  std::map<Digest, std::vector<Digest>> made_;
  std::deque<Digest> order_;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_SEALS_MADE_H_
