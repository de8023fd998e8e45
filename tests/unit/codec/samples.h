// Statements with made-up contents for the tests of the codec: random ones from a seed, and one
// fixed one of every act.
#ifndef CHANCERY_TESTS_UNIT_CODEC_SAMPLES_H_
#define CHANCERY_TESTS_UNIT_CODEC_SAMPLES_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/codec/entry.h"
#include "engine/codec/statement.h"
#include "engine/procedure/matter.h"

namespace chancery::codec {

using Random = std::mt19937_64;

// 0 to bound - 1.
std::uint64_t Below(Random& random, std::uint64_t bound);
Bytes RandomBytes(Random& random, std::size_t size);
template <class Fixed>
Fixed RandomFixed(Random& random) {
  return *Fixed::FromBytes(RandomBytes(random, Fixed::kSize));
}

procedure::Value RandomValue(procedure::Fact fact, Random& random);
procedure::Facts RandomFacts(const std::vector<procedure::Fact>& allowed, Random& random);
procedure::Act RandomAct(procedure::ActKind kind, Random& random);
Statement RandomStatement(procedure::ActKind kind, Random& random);
procedure::Matter RandomMatter(Random& random);
procedure::Ruling RandomRuling(Random& random);
Entry RandomEntry(EntryKind kind, Random& random);

bool SameAct(const procedure::Act& a, const procedure::Act& b);
bool SameStatement(const Statement& a, const Statement& b);

// `bytes` with a few random changes: bits, bytes, pieces cut, doubled or put in.
Bytes Mutated(Bytes bytes, Random& random);

std::vector<EntryKind> AllEntryKinds();
// Entries with contents that never change: what tests/golden/entries holds.
Entry GoldenEntry(EntryKind kind);
// A statement of that act with every fact it has room for: from these tests/golden/statements was
// once written.
Statement FullStatement(procedure::ActKind kind);

// A file of the source tree; empty when it is not there.
std::string ReadSource(const std::string& path);
bool SourceExists(const std::string& path);

}  // namespace chancery::codec

#endif  // CHANCERY_TESTS_UNIT_CODEC_SAMPLES_H_
