#include "edge/attachment_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "edge/rpc_status.h"
#include "engine/base/attachment.h"
#include "engine/base/status_detail.h"
#include "engine/crypto/sha256.h"

namespace chancery::edge {
namespace {

std::string Bytes300K() {
  std::string bytes;
  while (bytes.size() < 300'000) bytes += std::to_string(bytes.size()) + ",";
  bytes.resize(300'000);
  return bytes;
}
AttachmentFile FileOf(const std::string& bytes) {
  return {Personal<std::string>(bytes), crypto::Sha256(bytes)};
}
absl::Status Offset(const std::string& held) {
  return WithDetail(WithReason(FailedPrecondition("go on from there"), "ATTACHMENT_OFFSET"), "held",
                    held);
}

// Whoever sends what the other side holds a part of.
class Sending : public ::testing::Test {
 protected:
  absl::Status Put(std::uint64_t held, std::uint64_t whole_at = 300'000) {
    return PutChunks(
        file_, [&, held, whole_at](std::uint64_t offset, ByteView chunk) -> absl::StatusOr<bool> {
          offsets_.push_back(offset);
          if (taken_ == 0) taken_ = held;
          if (offset != taken_) return Offset(std::to_string(taken_));
          EXPECT_EQ(chunk, ByteView(file_.bytes.Reveal()).substr(offset, kAttachmentChunk));
          taken_ += chunk.size();
          return taken_ >= whole_at;
        });
  }

  const AttachmentFile file_ = FileOf(Bytes300K());
  std::vector<std::uint64_t> offsets_;
  std::uint64_t taken_ = 0;
};

// attachment_file.h: chunk after chunk to the end; what is held already is not sent again.
TEST_F(Sending, GoesOnFromWhatIsHeld) {
  EXPECT_TRUE(Put(0).ok());
  EXPECT_EQ(offsets_, (std::vector<std::uint64_t>{0, kAttachmentChunk, 2 * kAttachmentChunk}));
  offsets_.clear();
  taken_ = 0;
  EXPECT_TRUE(Put(2 * kAttachmentChunk).ok());
  EXPECT_EQ(offsets_, (std::vector<std::uint64_t>{0, 2 * kAttachmentChunk}));
}

// attachment_file.h: whatever the other side answers, sending ends.
TEST_F(Sending, EndsWhateverTheOtherSideAnswers) {
  EXPECT_FALSE(Put(0, 300'001).ok());  // took all of it and has not the whole
  for (const char* held : {"", "x", "131072", "999999999"}) {
    int calls = 0;
    EXPECT_FALSE(PutChunks(file_,
                           [&](std::uint64_t, ByteView) -> absl::StatusOr<bool> {
                             ++calls;
                             return Offset(held);
                           })
                     .ok())
        << held;
    EXPECT_LE(calls, 2);
  }
}

// attachment_file.h: what comes is given on only when the whole has the digest, and is no larger
// than an attachment may be.
TEST(Fetching, GivesTheWholeOrNothing) {
  const std::string bytes = Bytes300K();
  const auto from = [&](std::uint64_t size, std::size_t wrong) {
    return GetChunks(crypto::Sha256(bytes),
                     [&, size, wrong](std::uint64_t offset) -> absl::StatusOr<GivenChunk> {
                       std::string chunk = bytes.substr(offset % bytes.size(), kAttachmentChunk);
                       if (wrong >= offset && wrong < offset + chunk.size())
                         chunk[wrong - offset]++;
                       return GivenChunk{size, Personal<std::string>(std::move(chunk))};
                     });
  };
  const auto whole = from(bytes.size(), bytes.size());
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->Reveal(), bytes);
  EXPECT_TRUE(absl::IsDataLoss(from(bytes.size(), 5).status()));
  EXPECT_TRUE(absl::IsDataLoss(from(5, bytes.size()).status()));
  EXPECT_TRUE(absl::IsDataLoss(from(std::uint64_t{1} << 60, bytes.size()).status()));
  EXPECT_TRUE(absl::IsUnavailable(GetChunks({}, [](std::uint64_t) -> absl::StatusOr<GivenChunk> {
                                    return Unavailable("away");
                                  }).status()));
}

// attachment_file.h: a file has 1 byte to the limit.
TEST(Reading, RefusesWhatCannotBeAnAttachment) {
  const std::string path = ::testing::TempDir() + "/attachment_file_test";
  const auto write = [&](std::size_t size) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << std::string(size, 'x');
  };
  write(kMaxAttachmentBytes);
  const auto read = ReadAttachmentFile(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->digest, crypto::Sha256(std::string(kMaxAttachmentBytes, 'x')));
  for (const std::size_t size : {std::size_t{0}, std::size_t{kMaxAttachmentBytes} + 1}) {
    write(size);
    EXPECT_TRUE(absl::IsInvalidArgument(ReadAttachmentFile(path).status())) << size;
  }
  EXPECT_TRUE(absl::IsNotFound(ReadAttachmentFile(path + ".none").status()));
}

// status_detail.h: details travel with the reason, as metadata of google.rpc.ErrorInfo.
TEST(Details, TravelWithTheReason) {
  const absl::Status there = FromRpc(ToRpc(Offset("131072"), "a.service"));
  EXPECT_EQ(ReasonOf(there), "ATTACHMENT_OFFSET");
  EXPECT_EQ(DetailOf(there, "held"), "131072");
  EXPECT_EQ(DetailOf(there, "missing"), "");
  EXPECT_EQ(DetailOf(Annotate(there, "putting"), "held"), "131072");
}

}  // namespace
}  // namespace chancery::edge
