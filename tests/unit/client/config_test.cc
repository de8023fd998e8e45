#include "client/config.h"

#include <gmock/gmock.h>

#include "engine/procedure/facts.h"
#include "tests/support/pki.h"

namespace chancery::client {
namespace {

using support::TemporaryFolder;
using support::WriteFile;
using testing::HasSubstr;

constexpr std::string_view kWhole = R"(party = "GRC"
ministry = "PAK"
address = "127.0.0.1:7443"
anchor = "anchor"
store = "state.db"
socket = "desk.sock"
trust = "trust"
procedures = "procedures"
policy = "policy"

[keys]
checkpoint = "ledger/checkpoint.key"
witness = "ledger/witness.key"
kek = "/elsewhere/kek"

[tls]
key = "tls/daemon.key"
certificate = "tls/daemon.pem"

[[seal]]
office = "return_authority"
key = "seal/return-authority-1.key"
certificate = "seal/return-authority-1.pem"
)";

Environment Nothing() {
  return [](const std::string&) { return std::nullopt; };
}

absl::StatusOr<Config> Read(const std::string& text, const Environment& environment = Nothing()) {
  static const TemporaryFolder folder;
  WriteFile(folder.path() / "state.toml", text);
  return ReadConfig(folder.path() / "state.toml", environment);
}

std::string With(std::string_view from, std::string_view to) {
  std::string text(kWhole);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, from.size(), to);
}

// ecosystem.md 2: names of files are relative to the file that gives them.
TEST(Config, ReadsEveryKeyAndTakesNamesFromItsOwnFolder) {
  const absl::StatusOr<Config> config = Read(std::string(kWhole));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->party.ToText(), "GRC");
  EXPECT_EQ(config->ministry.ToText(), "PAK");
  EXPECT_TRUE(config->anchor.is_absolute());
  EXPECT_EQ(config->anchor.filename(), "anchor");
  EXPECT_EQ(config->kek, "/elsewhere/kek");
  EXPECT_EQ(config->log, "info");
  ASSERT_EQ(config->seals.size(), 1U);
  EXPECT_EQ(config->seals[0].office,
            *procedure::WordNumber(procedure::Fact::kOffice, "return_authority"));
}

// ecosystem.md 0.2: the environment beats the file.
TEST(Config, TheEnvironmentBeatsTheFile) {
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "CHANCERY_ADDRESS") return "10.0.0.1:7443";
    if (name == "CHANCERY_LOG") return "debug";
    return std::nullopt;
  };
  const absl::StatusOr<Config> config = Read(std::string(kWhole), environment);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->address, "10.0.0.1:7443");
  EXPECT_EQ(config->log, "debug");
}

// A misspelt key must not silently be the default.
TEST(Config, RefusesWhatIsUnknownMissingOrOfAnotherShapeAndNamesIt) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {With("address = ", "location = "), "address"},
      {With("[tls]", "[tsl]"), "tsl"},
      {With("kek = \"/elsewhere/kek\"\n", ""), "keys.kek"},
      {With("kek = \"/elsewhere/kek\"", "kek = 7"), "keys.kek"},
      {With("kek =", "kkek ="), "keys.kek"},
      {With("party = \"GRC\"", "party = \"Greece\""), "party"},
      {With("office = \"return_authority\"", "office = \"embassy\""), "seal[0].office"},
      {With("[[seal]]", "[[seals]]"), "seals"},
      {With("policy = \"policy\"", "policy = \"policy\"\nlog = \"loud\""), "log"},
      {With("ministry = \"PAK\"", "ministry = "), "state.toml:2"},
      {With("ministry = \"PAK\"", "ministry = \"PAK\"\nministry = \"PAK\""), "state.toml:3"},
  };
  for (const auto& [text, says] : bad) {
    const absl::StatusOr<Config> config = Read(text);
    ASSERT_FALSE(config.ok()) << says;
    EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(ToStd(config.status().message())), HasSubstr(says));
  }
  EXPECT_EQ(ReadConfig("/nowhere/state.toml", Nothing()).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace chancery::client
