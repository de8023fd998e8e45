#include "engine/base/status.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace chancery {
namespace {

absl::StatusOr<std::unique_ptr<int>> Half(int value) {
  if (value % 2 != 0) return InvalidArgument("odd");
  return std::make_unique<int>(value / 2);
}

absl::StatusOr<int> Quarter(int value) {
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<int> half, Half(value));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<int> quarter, Half(*half));
  return *quarter;
}

absl::Status Divisible(int value) {
  CHANCERY_RETURN_IF_ERROR(Quarter(value).status());
  return absl::OkStatus();
}

// engine/base/status.h: the macros pass a failure on unchanged and hand a value over, also one that
// only moves.
TEST(Status, IsPassedOn) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_EQ(Quarter(6).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Divisible(8).ok());
  EXPECT_EQ(Divisible(7).message(), "odd");
}

// Style section 5, rule 9: a failure says what was tried, on what, and what happened, and keeps its
// kind.
TEST(Status, SaysWhatWasBeingDone) {
  const absl::Status status = Annotate(DataLoss("disk full"), "open store");
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ToStd(status.message()), "open store: disk full");
  EXPECT_TRUE(Annotate(absl::OkStatus(), "open store").ok());
}

// engine/base/status.h: each word makes the status of its kind.
TEST(Status, HasTheKindOfItsWord) {
  EXPECT_EQ(NotFound("x").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FailedPrecondition("x").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(PermissionDenied("x").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Unavailable("x").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Internal("x").code(), absl::StatusCode::kInternal);
  EXPECT_EQ(AlreadyExists("x").code(), absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace chancery
