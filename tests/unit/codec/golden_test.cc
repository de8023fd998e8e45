// Bytes are forever: statements and entries written by the first release read, and are written, the
// same by every later one.
//
// tests/golden holds each as hexadecimal text beside a description. Files that are missing are
// written when the program is run with CHANCERY_WRITE_GOLDEN=1; a file that is there is never
// written again.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "engine/codec/act_json.h"
#include "engine/codec/entry.h"
#include "engine/codec/statement.h"
#include "tests/unit/codec/samples.h"

namespace chancery::codec {
namespace {

std::string HexLines(ByteView bytes) {
  const std::string hex = ToHex(bytes);
  std::string text;
  for (std::size_t at = 0; at < hex.size(); at += 96) text += hex.substr(at, 96) + "\n";
  return text;
}

Bytes FromHexLines(std::string text) {
  std::erase(text, '\n');
  const auto bytes = FromHex(text);
  EXPECT_TRUE(bytes.has_value());
  return bytes.value_or("");
}

// Writes a golden file when asked to and when it is not there.
void WriteOnce(const std::string& path, const std::string& content) {
  if (std::getenv("CHANCERY_WRITE_GOLDEN") == nullptr || SourceExists(path)) return;
  const std::string file = std::string(CHANCERY_SOURCE_DIR) + "/" + path;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

std::string Describe(const Entry& entry) {
  std::string text =
      "A chancery.ledger.v1.Entry of kind " + std::string(NameOf(entry.kind)) + ".\n";
  text += "recorded_at " + ToText(entry.recorded_at) + ", core revision " +
          std::to_string(entry.core_revision);
  text += ", stream " + entry.stream + ", position " + std::to_string(entry.position) + "\n";
  text += "nonce " + entry.nonce.ToHexText() + "\n";
  const procedure::Ruling* ruling = nullptr;
  if (const auto* act = std::get_if<ActBody>(&entry.body)) ruling = &act->ruling;
  if (const auto* founded = std::get_if<FoundedBody>(&entry.body)) ruling = &founded->ruling;
  if (ruling != nullptr) text += "ruling " + RulingToJson(*ruling) + "\n";
  return text;
}

// Entry.proto: an entry's "bytes are the leaf of the tree and are kept for ever".
TEST(GoldenEntries, AreWrittenAndReadAsTheFirstReleaseDid) {
  for (const EntryKind kind : AllEntryKinds()) {
    const std::string path = "tests/golden/entries/" + std::string(NameOf(kind));
    const Entry entry = GoldenEntry(kind);
    const auto bytes = EncodeEntry(entry);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    WriteOnce(path + ".hex", HexLines(*bytes));
    WriteOnce(path + ".txt", Describe(entry));
    const Bytes golden = FromHexLines(ReadSource(path + ".hex"));
    EXPECT_EQ(ToHex(*bytes), ToHex(golden)) << path;
    const auto decoded = DecodeEntry(golden);
    ASSERT_TRUE(decoded.ok()) << path << " " << decoded.status();
    EXPECT_EQ(*decoded, entry) << path;
    EXPECT_EQ(Describe(*decoded), ReadSource(path + ".txt")) << path;
  }
}

// The description is the statement in JSON, so a fact that changed its meaning or a word that
// changed its number shows.
TEST(GoldenStatements, AreWrittenAndReadAsTheFirstReleaseDid) {
  for (const procedure::ActInfo& info : procedure::AllActs()) {
    const std::string path = "tests/golden/statements/" + std::string(info.name);
    if (std::getenv("CHANCERY_WRITE_GOLDEN") != nullptr && !SourceExists(path + ".hex")) {
      const Statement statement = FullStatement(info.kind);
      WriteOnce(path + ".hex", HexLines(*EncodeStatement(statement)));
      WriteOnce(path + ".txt", StatementToJson(statement) + "\n");
    }
    const Bytes golden = FromHexLines(ReadSource(path + ".hex"));
    const auto decoded = DecodeStatement(golden);
    ASSERT_TRUE(decoded.ok()) << path << " " << decoded.status();
    EXPECT_EQ(decoded->act.kind, info.kind);
    EXPECT_EQ(StatementToJson(*decoded) + "\n", ReadSource(path + ".txt")) << path;
    const auto again = EncodeStatement(*decoded);
    ASSERT_TRUE(again.ok()) << path;
    EXPECT_EQ(ToHex(*again), ToHex(golden)) << path;
  }
}

}  // namespace
}  // namespace chancery::codec
