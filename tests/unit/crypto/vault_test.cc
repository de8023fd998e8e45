#include "engine/crypto/vault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "engine/crypto/random.h"
#include "tests/support/pki.h"

namespace chancery::crypto {
namespace {

// Hands out given bytes, so that a vector of a standard can be met.
class FixedEntropy final : public Entropy {
 public:
  explicit FixedEntropy(Bytes bytes) : bytes_(std::move(bytes)) {}
  void Fill(std::uint8_t* out, std::size_t size) override {
    ASSERT_LE(size, bytes_.size());
    std::copy_n(bytes_.begin(), size, out);
    bytes_.erase(0, size);
  }

 private:
  Bytes bytes_;
};

class VaultTest : public ::testing::Test {
 protected:
  SystemEntropy entropy_;
};

TEST_F(VaultTest, WhatWasEncryptedIsDecryptedInItsPlaceOnly) {
  // Design section 5: AES-256-GCM with a key per matter; security section 3: bound by associated
  // data.
  const DataKey key = DataKey::Generate(entropy_);
  const Bytes at = AssociatedData(*MatterId::FromBytes(Bytes(16, 'm')), support::Party("GRC"),
                                  support::Party("PAK"), {});
  for (const Bytes& text : {Bytes(), Bytes("A"), Bytes(100000, 'x')}) {
    const Bytes hidden = key.Encrypt(text, at, entropy_);
    EXPECT_EQ(hidden.size(), text.size() + 28);
    EXPECT_EQ(key.Decrypt(hidden, at)->Reveal(), text);
    EXPECT_FALSE(key.Decrypt(hidden, "elsewhere").ok());
    EXPECT_FALSE(DataKey::Generate(entropy_).Decrypt(hidden, at).ok());
  }
}

TEST_F(VaultTest, AnyByteAlteredOrCutIsRefused) {
  // Security section 3: one flipped byte, an error and no output.
  const DataKey key = DataKey::Generate(entropy_);
  Bytes hidden = key.Encrypt("particulars", "here", entropy_);
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    hidden[i] = static_cast<char>(hidden[i] ^ 1);
    const auto refused = key.Decrypt(hidden, "here");
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied) << i;
    hidden[i] = static_cast<char>(hidden[i] ^ 1);
    EXPECT_FALSE(key.Decrypt(ByteView(hidden).substr(0, i), "here").ok()) << i;
  }
  EXPECT_TRUE(key.Decrypt(hidden, "here").ok());
}

TEST_F(VaultTest, TheSameTextIsNeverEncryptedTheSameWay) {
  // Security section 3: a random 96-bit nonce for each message.
  const DataKey key = DataKey::Generate(entropy_);
  std::set<Bytes> nonces;
  for (int i = 0; i < 1000; ++i) nonces.insert(key.Encrypt("same", "here", entropy_).substr(0, 12));
  EXPECT_EQ(nonces.size(), 1000U);
}

TEST_F(VaultTest, CiphertextIsThatOfTheStandard) {
  // McGrew and Viega, the GCM specification, test case 16: key, nonce, text and associated data as
  // given there.
  FixedEntropy key_bytes(
      *FromHex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
  FixedEntropy nonce(*FromHex("cafebabefacedbaddecaf888"));
  const Bytes text = *FromHex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
      "b525b16aedf5aa0de657ba637b3"
      "9");
  EXPECT_EQ(ToHex(DataKey::Generate(key_bytes).Encrypt(
                text, *FromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2"), nonce)),
            "cafebabefacedbaddecaf888"
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b"
            "1056828838c5f61e6393ba7a0abcc9f6"
            "6276fc6ece0f4e1768cddf8853bb2d551b");
}

TEST_F(VaultTest, AWrappedKeyIsThatOfTheStandard) {
  // RFC 3394 section 4.6: 256 bits of key data under a 256-bit key.
  FixedEntropy kek(*FromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
  FixedEntropy key(*FromHex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f"));
  EXPECT_EQ(ToHex(KeyEncryptionKey::Generate(kek).Wrap(DataKey::Generate(key))),
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
}

TEST_F(VaultTest, ADataKeyComesBackOnlyUnderItsOwnKey) {
  // Design section 5: data keys are wrapped by the node's key-encryption key.
  const KeyEncryptionKey kek = KeyEncryptionKey::Generate(entropy_);
  const DataKey key = DataKey::Generate(entropy_);
  const Bytes hidden = key.Encrypt("particulars", "here", entropy_);
  Bytes wrapped = kek.Wrap(key);
  EXPECT_EQ(wrapped.size(), 40U);
  EXPECT_EQ(kek.Unwrap(wrapped)->Decrypt(hidden, "here")->Reveal(), "particulars");
  EXPECT_EQ(KeyEncryptionKey::Generate(entropy_).Unwrap(wrapped).status().code(),
            absl::StatusCode::kPermissionDenied);
  for (std::size_t i = 0; i < wrapped.size(); ++i) {
    wrapped[i] = static_cast<char>(wrapped[i] ^ 1);
    EXPECT_FALSE(kek.Unwrap(wrapped).ok()) << i;
    wrapped[i] = static_cast<char>(wrapped[i] ^ 1);
    EXPECT_FALSE(kek.Unwrap(ByteView(wrapped).substr(0, i)).ok()) << i;
  }
  EXPECT_FALSE(kek.Unwrap(wrapped + Bytes(8, '\0')).ok());
  EXPECT_FALSE(kek.Unwrap(Bytes(64 * 1024, 'x')).ok());
  const auto two = kek.Unwrap(wrapped + wrapped);
  EXPECT_EQ(two.status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(VaultTest, TheNodesKeyIsReadOnlyFromAPrivateFile) {
  // Security section 3: the key-encryption key comes from a sealed file; mode 0600 or stricter.
  const support::TemporaryFolder folder;
  const std::string path = (folder.path() / "kek").string();
  support::WriteFile(path, Bytes(32, 'k'));
  for (const mode_t open :
       {mode_t{0640}, mode_t{0604}, mode_t{0620}, mode_t{0610}, mode_t{0644}, mode_t{0601}}) {
    ASSERT_EQ(chmod(path.c_str(), open), 0);
    const auto refused = KeyEncryptionKey::Load(path);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied) << std::oct << open;
    EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr("chmod 600"));
  }
  for (const mode_t closed : {mode_t{0600}, mode_t{0400}}) {
    ASSERT_EQ(chmod(path.c_str(), closed), 0);
    EXPECT_TRUE(KeyEncryptionKey::Load(path).ok());
  }
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  support::WriteFile(path, Bytes(31, 'k'));
  EXPECT_EQ(KeyEncryptionKey::Load(path).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(KeyEncryptionKey::Load(path + ".none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(KeyEncryptionKey::Load(folder.path().string()).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(KeyEncryptionKey::Load(support::RehearsalPki::Get().Path("PAK/kek")).ok());
}

TEST_F(VaultTest, SecretFilesHaveALimit) {
  // Secret header: InvalidArgument above 64 KiB.
  const support::TemporaryFolder folder;
  const std::string path = (folder.path() / "large").string();
  support::WriteFile(path, Bytes(64 * 1024, 'x'));
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  EXPECT_EQ(ReadSecretFile(path)->size(), 64U * 1024);
  support::WriteFile(path, Bytes(64 * 1024 + 1, 'x'));
  EXPECT_EQ(ReadSecretFile(path).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(VaultTest, ASecretIsOverwrittenAndLeavesNoCopyWhenMoved) {
  // Security section 3: keys are wiped.
  Secret secret = Secret::CopyOf("a secret");
  const std::uint8_t* const memory = secret.data();
  Secret moved = std::move(secret);
  EXPECT_EQ(moved.data(), memory);
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(moved.Reveal(), "a secret");
  moved.Wipe();
  EXPECT_EQ(moved.Reveal(), ByteView("\0\0\0\0\0\0\0\0", 8));
}

TEST_F(VaultTest, AssociatedDataNamesEveryPlaceApart) {
  // Security section 3: matter id, author, addressee, statement digest.
  const MatterId matter = *MatterId::FromBytes(Bytes(16, 'm'));
  const Digest statement = *Digest::FromBytes(Bytes(32, 's'));
  EXPECT_EQ(AssociatedData(matter, support::Party("GRC"), support::Party("PAK"), statement),
            Bytes(16, 'm') + "GRCPAK" + Bytes(32, 's'));
}

}  // namespace
}  // namespace chancery::crypto
