#include "engine/exchange/shelf.h"

#include <gtest/gtest.h>

#include "engine/codec/bundle.h"
#include "tests/support/exchange_world.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using support::ExchangeWorld;
using support::Must;
using support::StateWorld;

// Founding bundles that differ from the anchor's in their articles' last lines alone: one with a
// digest before it in byte order and one behind.
std::vector<Bytes> OtherFoundingBundles(const ExchangeWorld& world) {
  const codec::Bundle ours = Must(codec::ReadBundle(world.founding_bundle));
  std::optional<Bytes> before;
  std::optional<Bytes> behind;
  for (int i = 0; !before || !behind; ++i) {
    std::vector<codec::BundleFile> files = ours.files;
    for (codec::BundleFile& file : files) {
      if (file.path == codec::kArticlesFile) file.content += "\nAnother text, " + std::to_string(i);
    }
    Bytes bundle = Must(codec::PackBundle(ours.id, std::move(files)));
    (crypto::Sha256(bundle) < world.anchor.founding ? before : behind) = std::move(bundle);
  }
  return {*before, *behind};
}

// Design section 2: the anchor names the founding procedure. Whatever other founding bundle a node
// was given rules nothing, also after a restart, when bundles are read in the order of their
// digests.
TEST(ProcedureShelf, AnotherFoundingBundleNeverRulesTheCooperation) {
  ExchangeWorld ministry;
  const std::vector<Bytes> others = OtherFoundingBundles(ministry);
  for (const Bytes& other : others) Must(ministry.procedures->Add(*ministry.store, other, {}));
  ministry.Stop();
  ministry.Start();
  EXPECT_EQ(ministry.procedures->All().size(), 4U);
  ASSERT_NE(ministry.procedures->Set()->Founding(), nullptr);
  EXPECT_EQ(ministry.procedures->Set()->Founding()->digest(), ministry.anchor.founding);
  ministry.Begin();

  StateWorld state(ministry);
  for (const Bytes& other : others) Must(state.procedures->Add(*state.store, other, {}));
  state.Stop();
  state.Start();
  EXPECT_EQ(state.procedures->Set()->Founding(), nullptr) << "ours is not known here yet";
  const absl::Status collected = state.collector->CollectAll();
  EXPECT_TRUE(collected.ok()) << collected;
  EXPECT_EQ(state.procedures->Set()->Founding()->digest(), ministry.anchor.founding);
}

// shelf.h: what the store holds under a digest is what that digest says.
TEST(ProcedureShelf, ABundleUnderAnotherDigestIsDamage) {
  ExchangeWorld ministry;
  store::Commit commit;
  commit.papers.push_back({"procedure.bundle", crypto::Sha256("another").ToHexText(), 0, false, 0,
                           ministry.bundle_2016});
  ASSERT_TRUE(ministry.store->Apply(commit).ok());
  ProcedureShelf shelf(ministry.anchor.founding);
  EXPECT_EQ(shelf.Load(*ministry.store).code(), absl::StatusCode::kDataLoss);
}

// The same for certificates.
TEST(CertificateShelf, ACertificateUnderAnotherDigestIsDamage) {
  ExchangeWorld ministry;
  store::Commit commit;
  commit.papers.push_back({"certificate", crypto::Sha256("another").ToHexText(), 0, false, 0,
                           ministry.certificates->Seals().front().der()});
  ASSERT_TRUE(ministry.store->Apply(commit).ok());
  CertificateShelf shelf;
  EXPECT_EQ(shelf.Load(*ministry.store).code(), absl::StatusCode::kDataLoss);
}

// Trust begins with the anchor's fingerprints: a root it names must be there, and the roots must be
// of its realm and its agreement.
TEST(TrustFolder, FitsTheAnchorOrIsRefused) {
  const ExchangeWorld world;
  const std::filesystem::path folder = support::RehearsalPki::Get().folder() / "public";
  const TrustFolder trust = Must(ReadTrustFolder(folder, world.anchor));
  EXPECT_TRUE(MakeTrustAnchors(trust, world.anchor).ok());
  Anchor other = world.anchor;
  other.roots.begin()->second = crypto::Sha256("another root");
  EXPECT_EQ(ReadTrustFolder(folder, other).status().code(), absl::StatusCode::kFailedPrecondition);
  other = world.anchor;
  other.rehearsal = false;
  EXPECT_EQ(MakeTrustAnchors(trust, other).status().code(), absl::StatusCode::kFailedPrecondition);
  other = world.anchor;
  other.agreement = "another-agreement";
  EXPECT_EQ(MakeTrustAnchors(trust, other).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace chancery::exchange
