#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/config.h"
#include "server/registry_client.h"
#include "tests/support/exchange_world.h"

namespace chancery::server {
namespace {

using support::Must;
using support::TemporaryFolder;
using support::WriteFile;
using ::testing::HasSubstr;

// ecosystem.md section 2: an error names file, line and setting; unknown settings are errors.
TEST(Config, AMistakeIsToldWithItsPlace) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "ministry.toml";
  WriteFile(file, "party = \"PAK\"\nstore = \"db\"\n[exchange]\nlisten = \"127.0.0.1:1\"\n");
  const MinistryConfig config = Must(ReadConfig(file));
  EXPECT_EQ(config.store, folder.path() / "db");
  EXPECT_EQ(config.exchange_listen, "127.0.0.1:1");
  const auto message = [&](const std::string& text) {
    WriteFile(file, text);
    const auto read = ReadConfig(file);
    EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(ToStd(read.status().message()));
  };
  EXPECT_THAT(message("party = \"PAK\"\nstor = \"db\"\n"), HasSubstr(":2:"));
  EXPECT_THAT(message("party = \"pak\"\n"), HasSubstr("three upper-case letters"));
  EXPECT_THAT(message("store = 3\n"), HasSubstr("quotation marks"));
  EXPECT_THAT(message("store = \n"), HasSubstr(":1:"));
  EXPECT_EQ(ReadConfig(folder.path() / "none").status().code(), absl::StatusCode::kNotFound);
}

// Design section 16: particulars do not leave the machine unencrypted.
TEST(Registry, OnlyASocketOfThisMachineIsAnAddress) {
  EXPECT_TRUE(MakeRegistryClient("unix:/tmp/registry").ok());
  EXPECT_FALSE(MakeRegistryClient("127.0.0.1:50051").ok());
  EXPECT_FALSE(MakeRegistryClient("dns:registry.example:443").ok());
}

}  // namespace
}  // namespace chancery::server
