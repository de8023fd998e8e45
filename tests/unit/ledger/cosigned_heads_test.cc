#include "engine/ledger/cosigned_heads.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/crypto/sha256.h"
#include "engine/ledger/cosignature.h"
#include "tests/support/pki.h"

namespace chancery::ledger {
namespace {

using support::Must;

CosignedHead Head(std::uint64_t size, std::int64_t seconds, const std::string& witness = "w1") {
  const auto signer = Must(MakeNoteSigner(
      witness, NoteAlgorithm::kCosignatureV1,
      Must(crypto::Ed25519Key::FromSeed(crypto::Sha256("a witness", witness).View()))));
  return Must(CosignedHeadOf(size, Must(Cosign(*signer, "text\n", seconds))));
}

// docs/ledger.md, "When an entry was written": one form only, in order of size, time and witness.
TEST(CosignedHeads, HaveOneForm) {
  const std::vector<CosignedHead> heads = {Head(9, 30), Head(2, 20), Head(9, 10), Head(9, 10),
                                           Head(9, 10, "w0")};
  const std::string text = FormatCosignedHeads(heads);
  const std::vector<CosignedHead> read = Must(ParseCosignedHeads(text));
  EXPECT_EQ(read,
            (std::vector<CosignedHead>{Head(2, 20), Head(9, 10, "w0"), Head(9, 10), Head(9, 30)}));
  EXPECT_TRUE(text.starts_with("chancery-cosigned-heads v1\n2 \xE2\x80\x94 w1 ")) << text;
}

// Design section 14: exports are strict.
TEST(CosignedHeads, EveryOtherFormIsRefused) {
  const std::string title = "chancery-cosigned-heads v1\n";
  const std::string two = "2 " + FormatSignatureLine(Head(2, 20).line);
  const std::string nine = "9 " + FormatSignatureLine(Head(9, 10).line);
  ASSERT_TRUE(ParseCosignedHeads(title + two + nine).ok());
  const std::string ed25519 = "2 " + FormatSignatureLine({"log", 1, Bytes(64, 'x')});
  for (const std::string& text :
       {std::string(), title, two, title + nine + two, title + two + two,
        title + two.substr(0, two.size() - 1), title + "0" + two, title + "0" + two.substr(1),
        title + two + "\n", "chancery-cosigned-heads v2\n" + two, title + two.substr(2),
        title + ed25519, title + "2  " + two.substr(2)}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseCosignedHeads(text).status())) << text;
  }
}

}  // namespace
}  // namespace chancery::ledger
