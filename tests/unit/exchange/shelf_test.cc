#include "engine/exchange/shelf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/codec/bundle.h"
#include "tests/support/exchange_world.h"
#include "tests/support/failing_store.h"
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

// Issue 4: a crash at any write loses nothing that was kept with what is there. A bundle never
// stands in a store without the seal it came with, nor one certificate of a chain without the
// others.
TEST(ProcedureShelf, WhatComesTogetherIsKeptInOneCommit) {
  ExchangeWorld ministry;
  support::FailingStore store(store::NewMemoryStore(ministry.Identity()));
  ProcedureShelf procedures(ministry.anchor.founding);
  Must(
      procedures.Add(store, ministry.bundle_2016, ExchangeWorld::SealOfBoth(ministry.bundle_2016)));
  EXPECT_EQ(store.applied, 1);
  CertificateShelf certificates;
  std::vector<crypto::Certificate> given = support::RehearsalPki::Get().Authorities();
  ASSERT_GT(given.size(), 1U);
  given.push_back(given.front());
  ASSERT_TRUE(certificates.Add(store, given).ok());
  EXPECT_EQ(store.applied, 2);
  // What is there is not written again.
  Must(
      procedures.Add(store, ministry.bundle_2016, ExchangeWorld::SealOfBoth(ministry.bundle_2016)));
  ASSERT_TRUE(certificates.Add(store, given).ok());
  EXPECT_EQ(store.applied, 2);
}

// A folder of procedures with one bundle and what lies beside it as its seal.
class AFolderOfProcedures : public testing::Test {
 protected:
  std::string Added(ByteView bundle, ByteView seal) {
    support::WriteFile(folder_.path() / "2016.bundle", std::string(bundle));
    std::filesystem::remove(folder_.path() / "2016.p7s");
    if (!seal.empty()) support::WriteFile(folder_.path() / "2016.p7s", std::string(seal));
    ProcedureShelf shelf(ministry_.anchor.founding);
    const absl::Status added = shelf.AddFolder(*ministry_.store, folder_.path(),
                                               *ministry_.certificates, *ministry_.trust);
    EXPECT_EQ(shelf.All().size(), added.ok() ? 1U : 0U);
    if (!added.ok()) {
      EXPECT_EQ(ReasonOf(added), "PROCEDURE_NOT_SIGNED");
      EXPECT_NE(added.message().find("2016.bundle: "), absl::string_view::npos) << added;
    }
    return added.ok() ? "added" : std::string(ToStd(added.message()));
  }
  static Bytes SealedBy(std::string_view party, std::string_view office, ByteView bundle) {
    return Must(support::RehearsalPki::Get()
                    .SealerOf(party, office)
                    .Seal(bundle, *ParseInstant("2016-02-01T00:00:00Z")));
  }

  ExchangeWorld ministry_;
  const support::TemporaryFolder folder_;
};

// Issue 3: a bundle is one CMS with both sides' signatures. A signature by one side only is refused
// with the file, what is missing and the remedy.
TEST_F(AFolderOfProcedures, IsNotReadWithoutBothSignatures) {
  using testing::HasSubstr;
  const Bytes& bundle = ministry_.bundle_2016;
  EXPECT_THAT(Added(bundle, {}), HasSubstr("it has no seal; put the .p7s"));
  const std::string remedy = "have it added with: chancery-procedure sign";
  const std::string by_union = Added(bundle, SealedBy("EUE", "union-signatory", bundle));
  EXPECT_THAT(by_union, HasSubstr("the ministry's signature is missing"));
  EXPECT_THAT(by_union, HasSubstr(remedy));
  const std::string by_ministry = Added(bundle, SealedBy("PAK", "ministry", bundle));
  EXPECT_THAT(by_ministry, HasSubstr("the Union's signature is missing"));
  EXPECT_THAT(by_ministry, HasSubstr(remedy));
  EXPECT_THAT(Added(bundle, SealedBy("GRC", "return-authority", bundle)),
              HasSubstr("neither the Union's nor the ministry's signature is there"));
  EXPECT_EQ(Added(bundle, ExchangeWorld::SealOfBoth(bundle)), "added") << "once it is put right";
}

// Issue 3: a changed byte, of the bundle or of the seal, is refused.
TEST_F(AFolderOfProcedures, IsNotReadWithAChangedByte) {
  using testing::HasSubstr;
  const Bytes seal = ExchangeWorld::SealOfBoth(ministry_.bundle_2016);
  Bytes bundle = ministry_.bundle_2016;
  const std::size_t at = bundle.find("the 2016 procedure");
  ASSERT_NE(at, Bytes::npos);
  bundle[at] = 'T';
  EXPECT_THAT(Added(bundle, seal), HasSubstr("a byte of the bundle or of the seal is another"));
  EXPECT_THAT(Added(ministry_.bundle_2016 + " ", seal), HasSubstr("take both files again"));
  Bytes torn = seal;
  torn[torn.size() / 2] = static_cast<char>(torn[torn.size() / 2] ^ 1);
  EXPECT_THAT(Added(ministry_.bundle_2016, torn), HasSubstr("take both files again"));
  EXPECT_EQ(Added(ministry_.bundle_2016, seal), "added");
}

// Issue 3: a state that lacks a bundle asks for it, holds while it is not signed by both, and goes
// on when it is.
TEST(ProcedureShelf, AStateHoldsUntilTheBundleIsSignedByBoth) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  const Bytes founding = ministry.founding_bundle;
  const Bytes whole = ExchangeWorld::SealOfBoth(founding);
  const Bytes half = Must(support::RehearsalPki::Get()
                              .SealerOf("EUE", "union-signatory")
                              .Seal(founding, *ParseInstant("2016-02-01T00:00:00Z")));
  state.transport.given_seals = half;
  EXPECT_EQ(ReasonOf(state.collector->CollectAll()), "PROCEDURE_NOT_SIGNED");
  EXPECT_EQ(state.procedures->Set()->Founding(), nullptr);
  state.transport.given_seals.reset();
  const absl::Status collected = state.collector->CollectAll();
  EXPECT_TRUE(collected.ok()) << collected;
  EXPECT_NE(state.procedures->Set()->Founding(), nullptr);
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
