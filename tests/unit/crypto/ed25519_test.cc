#include "engine/crypto/ed25519.h"

#include <gtest/gtest.h>

#include "engine/crypto/random.h"
#include "engine/crypto/sha256.h"
#include "tests/support/pki.h"

namespace chancery::crypto {
namespace {

TEST(Ed25519Test, SignaturesAreThoseOfTheStandard) {
  // RFC 8032 section 7.1, tests 1 to 3.
  struct Vector {
    std::string seed, public_key, message, signature;
  };
  const std::vector<Vector> vectors = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf"
       "9b46bd25bf5f0595bbe246551"
       "41438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f"
       "11d8c387b2eaeb4302aeeb00d"
       "291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984"
       "dc6594a7c15e9716ed28dc027"
       "beceea1ec40a"}};
  for (const Vector& vector : vectors) {
    const auto key = Ed25519Key::FromSeed(*FromHex(vector.seed));
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key->public_key().ToHexText(), vector.public_key);
    EXPECT_EQ(key->Sign(*FromHex(vector.message)).ToHexText(), vector.signature);
  }
}

TEST(Ed25519Test, ASignedNoteOfAnotherToolVerifies) {
  // Ledger formats section 1, KAT 1 (x/mod sumdb/note): seed, public key and signature of one note.
  const Bytes seed = FromBase64("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")->substr(1);
  const Bytes public_key = FromBase64("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")->substr(1);
  const Bytes line =
      FromBase64(
          "x08go/ZJkuBS9UG/"
          "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=")
          ->substr(4);
  const ByteView text =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your "
      "problem is.\n";
  EXPECT_EQ(Ed25519Key::FromSeed(seed)->public_key().ToBytes(), public_key);
  EXPECT_EQ(Ed25519Key::FromSeed(seed)->Sign(text).ToBytes(), line);
  EXPECT_TRUE(VerifyEd25519(*Ed25519PublicKey::FromBytes(public_key), text,
                            *Ed25519Signature::FromBytes(line)));
}

TEST(Ed25519Test, AnythingAlteredDoesNotVerify) {
  // RFC 8032 section 5.1.7.
  SystemEntropy entropy;
  const Ed25519Key key = Ed25519Key::Generate(entropy);
  const Ed25519Signature signature = key.Sign("message");
  EXPECT_TRUE(VerifyEd25519(key.public_key(), "message", signature));
  EXPECT_FALSE(VerifyEd25519(key.public_key(), "messagf", signature));
  EXPECT_FALSE(VerifyEd25519(Ed25519Key::Generate(entropy).public_key(), "message", signature));
  for (std::size_t i = 0; i < Ed25519Signature::kSize; ++i) {
    Ed25519Signature altered = signature;
    altered.raw()[i] ^= 1;
    EXPECT_FALSE(VerifyEd25519(key.public_key(), "message", altered)) << i;
  }
}

TEST(Ed25519Test, ASignatureHasOneSpelling) {
  // RFC 8032 section 5.1.7: S is below the order of the group, so S + L is refused.
  const Bytes order = *FromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  const Ed25519Key key = *Ed25519Key::FromSeed(Bytes(32, 'k'));
  Ed25519Signature other = key.Sign("message");
  int carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const int sum = other.raw()[32 + i] + static_cast<unsigned char>(order[i]) + carry;
    other.raw()[32 + i] = static_cast<std::uint8_t>(sum);
    carry = sum >> 8;
  }
  EXPECT_FALSE(VerifyEd25519(key.public_key(), "message", other));
}

TEST(Ed25519Test, KeysAreReadFromSeedAndFromText) {
  // Ledger formats section 1: the private key is a 32-byte seed; the recipe writes PKCS#8 text.
  const support::RehearsalPki& pki = support::RehearsalPki::Get();
  const Ed25519Key checkpoint = pki.LedgerKey("GRC", "checkpoint");
  EXPECT_EQ(Ed25519Key::FromSeed(checkpoint.seed().Reveal())->public_key(),
            checkpoint.public_key());
  const auto raw = support::RunCommand(
      "openssl pkey -pubin -in '" + pki.Path("public/GRC/ledger/checkpoint.pub") +
      "' -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \\n'");
  EXPECT_EQ(checkpoint.public_key().ToHexText(), raw.output);
  EXPECT_NE(checkpoint.public_key(), pki.LedgerKey("GRC", "witness").public_key());
  EXPECT_FALSE(Ed25519Key::FromSeed(Bytes(31, 'x')).ok());
  EXPECT_FALSE(Ed25519Key::FromPem("no key").ok());
  EXPECT_FALSE(Ed25519Key::FromPem(support::ReadFile(pki.Path("GRC/seal/monitor-1.key"))).ok());
}

}  // namespace
}  // namespace chancery::crypto
