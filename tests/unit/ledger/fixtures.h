// What the ledger's tests share: the eight leaves of RFC 6962's tests, a tree in memory, and keys
// made from fixed seeds.
#ifndef CHANCERY_TESTS_UNIT_LEDGER_FIXTURES_H_
#define CHANCERY_TESTS_UNIT_LEDGER_FIXTURES_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/crypto/ed25519.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/note.h"

namespace chancery::ledger {

inline Bytes Unhex(std::string_view hex) { return FromHex(hex).value(); }
inline Digest Hash(std::string_view hex) { return Digest::FromHexText(hex).value(); }

inline std::vector<Bytes> TestLeaves() {
  std::vector<Bytes> leaves;
  for (const char* hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(Unhex(hex));
  }
  return leaves;
}

// A ledger that is grown entry by entry and answers for every complete subtree.
class MemoryTree final : public NodeSource, public EntrySource {
 public:
  MemoryTree() = default;
  explicit MemoryTree(const std::vector<Bytes>& entries) {
    for (const Bytes& entry : entries) Add(entry);
  }
  void Add(const Bytes& entry) {
    std::vector<SubtreeHash> completed;
    range_.Append(LeafHash(entry), &completed);
    for (const SubtreeHash& node : completed) nodes_[node.subtree] = node.hash;
    entries_.push_back(entry);
    roots_.push_back(range_.Root());
  }
  std::uint64_t size() const { return range_.size(); }
  TreeHead HeadAt(std::uint64_t size) const {
    return {size, size == 0 ? EmptyRoot() : roots_.at(size - 1)};
  }
  const std::vector<Bytes>& entries() const { return entries_; }

  absl::StatusOr<Digest> Node(int level, std::uint64_t index) override {
    const auto found = nodes_.find({level, index});
    if (found == nodes_.end()) return NotFound("not complete");
    return found->second;
  }
  absl::StatusOr<std::vector<Bytes>> Entries(std::uint64_t first, std::uint64_t count) override {
    if (first + count > entries_.size()) return NotFound("no such entry");
    const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(first);
    return std::vector<Bytes>(begin, begin + static_cast<std::ptrdiff_t>(count));
  }

 private:
  CompactRange range_;
  std::map<Subtree, Digest> nodes_;
  std::vector<Bytes> entries_;
  std::vector<Digest> roots_;
};

inline std::unique_ptr<NoteSigner> TestSigner(std::string_view name, NoteAlgorithm algorithm,
                                              char seed) {
  return MakeNoteSigner(name, algorithm, crypto::Ed25519Key::FromSeed(Bytes(32, seed)).value())
      .value();
}

inline constexpr char kOrigin[] = "eu-pakistan.chancery.example/rehearsal/PAK";

// A log and three witnesses.
struct TestKeys {
  std::unique_ptr<NoteSigner> log = TestSigner(kOrigin, NoteAlgorithm::kEd25519, 'l');
  std::unique_ptr<NoteSigner> reader =
      TestSigner("reader.example/witness", NoteAlgorithm::kCosignatureV1, 'r');
  std::unique_ptr<NoteSigner> union1 =
      TestSigner("union.example/1", NoteAlgorithm::kCosignatureV1, '1');
  std::unique_ptr<NoteSigner> union2 =
      TestSigner("union.example/2", NoteAlgorithm::kCosignatureV1, '2');

  std::vector<NoteKey> Witnesses() const { return {reader->key(), union1->key(), union2->key()}; }
};

inline Bytes SignedHead(const TestKeys& keys, const TreeHead& tree) {
  return SignCheckpoint(*keys.log, {kOrigin, tree}).value();
}

inline Bytes CosignedBy(const NoteSigner& witness, const Bytes& note, std::int64_t seconds) {
  const std::string text = ParseNote(note).value().text;
  return AddSignatureLines(note, {FormatSignatureLine(Cosign(witness, text, seconds).value())})
      .value();
}

// The note without the lines of one name.
inline Bytes WithoutLinesOf(const Bytes& note, std::string_view name) {
  Note parsed = ParseNote(note).value();
  std::erase_if(parsed.signatures, [name](const NoteSignature& line) { return line.name == name; });
  return FormatNote(parsed);
}

inline Bytes Replaced(Bytes bytes, std::string_view what, std::string_view with) {
  const std::size_t at = bytes.find(what);
  EXPECT_NE(at, Bytes::npos) << what;
  return bytes.replace(at, what.size(), with);
}

}  // namespace chancery::ledger

#endif  // CHANCERY_TESTS_UNIT_LEDGER_FIXTURES_H_
