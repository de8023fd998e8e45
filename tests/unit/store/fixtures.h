// What the store's tests share: an identity, a folder that goes away, and a keeper who appends
// entries the proper way.
#ifndef CHANCERY_TESTS_UNIT_STORE_FIXTURES_H_
#define CHANCERY_TESTS_UNIT_STORE_FIXTURES_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/store/store.h"

namespace chancery::store {

template <class Fixed>
Fixed Filled(char with) {
  return Fixed::FromBytes(Bytes(Fixed::kSize, with)).value();
}
template <class Fixed>
Fixed Counted(std::uint64_t number) {
  Fixed value;
  for (std::size_t i = 0; i < 8; ++i)
    value.raw()[7 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return value;
}

inline PartyCode Party(const char* text) { return PartyCode::FromText(text).value(); }

inline StoreIdentity TestIdentity() {
  return {Party("PAK"), "eu-pakistan.chancery.example/rehearsal/PAK", "rehearsal",
          Filled<Digest>('f')};
}

// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "storeXXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file() const { return path_ / "ledger.db"; }

 private:
  std::filesystem::path path_;
};

// The note of a head. The store compares its text and leaves its signatures to others.
inline Bytes NoteOf(const ledger::TreeHead& tree,
                    const std::string& origin = TestIdentity().origin) {
  return ledger::FormatNote(
      {ledger::FormatCheckpoint({origin, tree}), {{"log", 1, Bytes(64, 's')}}});
}

// Makes commits that append, as a sequencer would. Continues from whatever the store holds.
class Keeper {
 public:
  explicit Keeper(Store& store) {
    const Head head = store.ReadHead().value();
    range_ = ledger::ReadCompactRange(store, head.tree.size).value();
    recorded_at_ = head.recorded_at;
    const std::vector<StreamState> streams = store.ListStreams().value();
    for (const StreamState& stream : streams) next_[stream.stream] = stream.next_position;
  }

  Commit Append(const std::vector<std::pair<std::string, Bytes>>& stream_and_bytes) {
    Commit commit;
    commit.expected = range_.Head();
    for (const auto& [stream, bytes] : stream_and_bytes) {
      NewEntry entry{bytes, ledger::LeafHash(bytes), stream, next_[stream]++, std::nullopt};
      range_.Append(entry.leaf_hash);
      commit.entries.push_back(std::move(entry));
    }
    recorded_at_.ms += 10;
    commit.next = Head{range_.Head(), recorded_at_, NoteOf(range_.Head())};
    return commit;
  }
  Commit AppendTo(const std::string& stream, int count) {
    std::vector<std::pair<std::string, Bytes>> entries;
    for (int i = 0; i < count; ++i) {
      entries.emplace_back(
          stream, "entry " + std::to_string(range_.size() + static_cast<std::uint64_t>(i)));
    }
    return Append(entries);
  }

 private:
  ledger::CompactRange range_;
  Instant recorded_at_;
  std::map<std::string, std::uint64_t> next_;
};

}  // namespace chancery::store

#endif  // CHANCERY_TESTS_UNIT_STORE_FIXTURES_H_
