#include "engine/crypto/hardening.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "engine/crypto/random.h"

namespace chancery::crypto {
namespace {

TEST(HardeningTest, AHardenedProcessLeavesNoCoreFile) {
  // Security section 3: no core dumps. In a process of its own, because it cannot be undone.
  const auto hardened = [] {
    rlimit limit = {1, 1};
    const bool good = ForbidCoreFiles().ok() && getrlimit(RLIMIT_CORE, &limit) == 0 &&
                      limit.rlim_cur == 0 && limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE) == 0;
    std::exit(good ? 0 : 1);
  };
  EXPECT_EXIT(hardened(), ::testing::ExitedWithCode(0), "");
}

TEST(RandomTest, BytesDoNotRepeatAndFillAllThatIsAsked) {
  // Parts header: bytes nobody can guess.
  SystemEntropy entropy;
  EXPECT_NE(entropy.Make<Digest>(), entropy.Make<Digest>());
  std::array<int, 64> zeros{};
  for (int round = 0; round < 20; ++round) {
    std::array<std::uint8_t, 64> bytes{};
    entropy.Fill(bytes.data(), bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) zeros[i] += bytes[i] == 0 ? 1 : 0;
  }
  for (const int count : zeros) EXPECT_LT(count, 10);
}

}  // namespace
}  // namespace chancery::crypto
