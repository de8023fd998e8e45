#include "edge/books/key_rotation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "edge/files.h"
#include "engine/crypto/random.h"
#include "engine/store/memory/memory_store.h"
#include "tests/support/pki.h"

namespace chancery::edge {
namespace {

using crypto::DataKey;
using crypto::KeyEncryptionKey;
using support::Must;
using support::ReadFile;

// Ends the rotation at one event, as a program that is killed there.
struct Killed {};
class KillAt final : public Events {
 public:
  explicit KillAt(std::string name) : name_(std::move(name)) {}
  void Note(const Event& event) override {
    if (event.name == name_) throw Killed{};
  }

 private:
  const std::string name_;
};

class KeyRotation : public ::testing::Test {
 protected:
  KeyRotation() {
    EXPECT_TRUE(WriteNewSecretFile(path_, crypto::Secret::Random(32, entropy_).Reveal()).ok());
    old_bytes_ = ReadFile(path_);
    const KeyEncryptionKey key = Must(LoadEncryptionKey(path_));
    const DataKey data = DataKey::Generate(entropy_);
    hidden_ = data.Encrypt("Invented Specimen", "here", entropy_);
    store::Commit commit;
    commit.wrapped_keys = {{matter_, key.Wrap(data)}};
    EXPECT_TRUE(store_->Apply(commit).ok());
  }
  absl::Status Rotate(const std::string& kill_at = {}) {
    KillAt events(kill_at);
    return RotateEncryptionKey(*store_, path_, entropy_, events).status();
  }
  // What is in the store opens with the key in the file.
  std::string Opened() {
    const DataKey data =
        Must(Must(LoadEncryptionKey(path_)).Unwrap(*Must(store_->FindWrappedKey(matter_))));
    return Must(data.Decrypt(hidden_, "here")).Reveal();
  }
  bool OldKeyIsOnDisk() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (ReadFile(entry.path()).find(old_bytes_) != std::string::npos) return true;
    }
    return false;
  }

  support::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "kek";
  crypto::SystemEntropy entropy_;
  const MatterId matter_ = entropy_.Make<MatterId>();
  std::unique_ptr<store::Store> store_ = store::NewMemoryStore(
      {support::Party("PAK"), "an.example/log", "rehearsal", entropy_.Make<Digest>()});
  Bytes old_bytes_;
  Bytes hidden_;
};

// Issue 4, Erasure: the key-encryption key rotates: what is kept opens as before, and the old key
// is nowhere.
TEST_F(KeyRotation, WhatIsKeptOpensUnderTheNewKeyAndTheOldOneIsGone) {
  ASSERT_TRUE(Rotate().ok());
  EXPECT_FALSE(OldKeyIsOnDisk());
  EXPECT_NE(ReadFile(path_), old_bytes_);
  EXPECT_EQ(Opened(), "Invented Specimen");
  EXPECT_EQ(std::filesystem::status(path_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  ASSERT_TRUE(Rotate().ok());
  EXPECT_EQ(Opened(), "Invented Specimen");
}

// key_rotation.h: ended at any point it is finished by the next call, and until then nothing else
// opens the store.
TEST_F(KeyRotation, AnInterruptedRotationIsFinishedByTheNextCall) {
  for (const char* at : {"key.next_written", "key.rewrapped", "key.old_destroyed"}) {
    SCOPED_TRACE(at);
    EXPECT_THROW((void)Rotate(at), Killed);
    const auto refused = LoadEncryptionKey(path_);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_NE(refused.status().message().find("key rotate"), absl::string_view::npos);
    ASSERT_TRUE(Rotate().ok());
    EXPECT_FALSE(OldKeyIsOnDisk());
    EXPECT_EQ(Opened(), "Invented Specimen");
  }
  EXPECT_THROW((void)Rotate("key.replaced"), Killed);
  EXPECT_EQ(Opened(), "Invented Specimen");
}

// key_rotation.h: a torn next key never wrapped anything and is made anew; a file that is no key is
// left for its owner to look at; a store of another key is not touched.
TEST_F(KeyRotation, WhatLiesBesideTheKeyIsNotTrustedBlindly) {
  const std::string next = path_.string() + ".next";
  ASSERT_TRUE(WriteNewSecretFile(next, "torn").ok());
  ASSERT_TRUE(Rotate().ok());
  EXPECT_EQ(Opened(), "Invented Specimen");

  ASSERT_TRUE(WriteNewSecretFile(next, std::string(100, 'x')).ok());
  EXPECT_EQ(Rotate().code(), absl::StatusCode::kFailedPrecondition);
  std::filesystem::remove(next);

  const Bytes mine = ReadFile(path_);
  support::WriteFile(path_, std::string(32, 'w'));
  EXPECT_EQ(Rotate().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReadFile(path_), std::string(32, 'w'));
  std::filesystem::remove(next);
  support::WriteFile(path_, mine);
  EXPECT_EQ(Opened(), "Invented Specimen");
}

}  // namespace
}  // namespace chancery::edge
