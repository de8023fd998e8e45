#include "engine/crypto/sha256.h"

#include <gtest/gtest.h>

namespace chancery::crypto {
namespace {

TEST(Sha256Test, DigestsAreThoseOfTheStandard) {
  // FIPS 180-4, the examples of NIST; ledger formats section 4: MTH({}) = SHA-256("").
  EXPECT_EQ(ToBase64(Sha256("").View()), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(Sha256("abc").ToHexText(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").ToHexText(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256Test, PiecesHashLikeTheWhole) {
  // Sha256 header: the digest of the pieces one after another, with nothing between them.
  const Bytes whole(1000, 'x');
  for (std::size_t cut = 0; cut <= whole.size(); cut += 37) {
    const ByteView view = whole;
    EXPECT_EQ(Sha256(view.substr(0, cut), view.substr(cut)), Sha256(whole));
    EXPECT_EQ(Sha256(view.substr(0, cut), "", view.substr(cut)), Sha256(whole));
  }
  EXPECT_EQ(Sha256Hasher().AddByte('a').Add("b").AddByte('c').Finish(), Sha256("abc"));
}

TEST(Sha256Test, AHasherBeginsAnewAndItsCopyGoesOnAlone) {
  // Sha256 header: Finish begins anew; a copy goes on from the same point.
  Sha256Hasher hasher;
  hasher.Add("ab");
  Sha256Hasher copy = hasher;
  EXPECT_EQ(hasher.Add("c").Finish(), Sha256("abc"));
  EXPECT_EQ(hasher.Add("x").Finish(), Sha256("x"));
  EXPECT_EQ(copy.Add("d").Finish(), Sha256("abd"));
}

}  // namespace
}  // namespace chancery::crypto
