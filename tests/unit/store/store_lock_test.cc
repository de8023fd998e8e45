#include "engine/store/sqlite/store_lock.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace chancery::store {
namespace {

// Ledger-formats section 9: one writer. A second daemon on one store would contradict the first.
TEST(StoreLock, IsHeldByOneAndFreeAgainWhenThatOneEnds) {
  const std::string store = testing::TempDir() + "store_lock_test.db";
  std::filesystem::remove(store + ".lock");
  auto first = StoreLock::Take(store);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = StoreLock::Take(store);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  first->reset();
  EXPECT_TRUE(StoreLock::Take(store).ok());
}

}  // namespace
}  // namespace chancery::store
