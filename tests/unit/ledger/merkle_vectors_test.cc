#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/bytes.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/merkle/merkle.h"

namespace chancery::ledger {
namespace {

std::vector<std::filesystem::path> CasesIn(const char* folder) {
  std::vector<std::filesystem::path> paths;
  const std::filesystem::path root =
      std::filesystem::path(CHANCERY_SOURCE_DIR) / "tests/data/merkle" / folder;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

nlohmann::json Load(const std::filesystem::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

// Byte strings are base64 or null, and of any length: that is part of what is tested.
Bytes BytesOf(const nlohmann::json& value) {
  return value.is_null() ? Bytes() : FromBase64(value.get<std::string>()).value();
}
std::optional<ProofHashes> HashesOf(const nlohmann::json& value) {
  std::vector<Bytes> hashes;
  if (!value.is_null()) {
    for (const nlohmann::json& hash : value) hashes.push_back(BytesOf(hash));
  }
  return ProofHashesFrom(hashes);
}

// tests/data/merkle: the inclusion cases of another implementation of RFC 6962 section 2.1.1.
TEST(MerkleVectors, EveryInclusionCaseIsRuledAsExpected) {
  const std::vector<std::filesystem::path> paths = CasesIn("inclusion");
  EXPECT_EQ(paths.size(), 46u);
  for (const std::filesystem::path& path : paths) {
    const nlohmann::json c = Load(path);
    const std::optional<Digest> leaf = Digest::FromBytes(BytesOf(c["leafHash"]));
    const std::optional<Digest> root = Digest::FromBytes(BytesOf(c["root"]));
    const std::optional<ProofHashes> hashes = HashesOf(c["proof"]);
    const bool holds = leaf && root && hashes &&
                       VerifyInclusion(c["leafIdx"].get<std::uint64_t>(),
                                       c["treeSize"].get<std::uint64_t>(), *leaf, *hashes, *root);
    EXPECT_EQ(holds, !c["wantErr"].get<bool>()) << path << ": " << c["desc"];
  }
}

// Roots there are sometimes short texts, because their value does not matter; ours are digests, so
// that a digest of the text stands in for it and equal texts stay equal.
Digest RootOf(const nlohmann::json& value) {
  const Bytes bytes = BytesOf(value);
  return Digest::FromBytes(bytes).value_or(crypto::Sha256(bytes));
}

// tests/data/merkle: the consistency cases of another implementation of RFC 6962 section 2.1.2.
TEST(MerkleVectors, EveryConsistencyCaseIsRuledAsExpected) {
  const std::vector<std::filesystem::path> paths = CasesIn("consistency");
  EXPECT_EQ(paths.size(), 54u);
  for (const std::filesystem::path& path : paths) {
    const nlohmann::json c = Load(path);
    const std::optional<ProofHashes> hashes = HashesOf(c["proof"]);
    const bool holds = hashes && VerifyConsistency(c["size1"].get<std::uint64_t>(),
                                                   c["size2"].get<std::uint64_t>(),
                                                   RootOf(c["root1"]), RootOf(c["root2"]), *hashes);
    EXPECT_EQ(holds, !c["wantErr"].get<bool>()) << path << ": " << c["desc"];
  }
}

// merkle.h: hashes from outside are refused unless each has 32 bytes.
TEST(MerkleVectors, HashesOfAnotherLengthAreNoProofHashes) {
  EXPECT_TRUE(ProofHashesFrom({}).has_value());
  EXPECT_TRUE(ProofHashesFrom({Bytes(32, 'a'), Bytes(32, 'b')}).has_value());
  EXPECT_FALSE(ProofHashesFrom({Bytes(32, 'a'), Bytes()}).has_value());
  EXPECT_FALSE(ProofHashesFrom({Bytes(31, 'a')}).has_value());
  EXPECT_FALSE(ProofHashesFrom({Bytes(33, 'a')}).has_value());
}

}  // namespace
}  // namespace chancery::ledger
