#include "edge/books/note_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "engine/crypto/random.h"
#include "engine/exchange/handovers.h"
#include "engine/ledger/handover.h"
#include "engine/store/memory/memory_store.h"
#include "tests/support/pki.h"

namespace chancery::edge {
namespace {

namespace fs = std::filesystem;
using ledger::NoteAlgorithm;
using support::Must;
using support::Party;
using support::ReadFile;
using ::testing::HasSubstr;

class NoteKeys : public ::testing::Test {
 protected:
  NoteKeys() {
    anchor_.rehearsal = true;
    anchor_.agreement = "eu-pakistan";
    origin_ = ledger::OriginOf(anchor_.agreement, "rehearsal", Party("PAK"));
    log_ = Must(LoadNoteSigner(support::RehearsalPki::Get().Path("PAK/ledger/checkpoint.key"),
                               origin_, NoteAlgorithm::kEd25519));
    witness_ = Must(LoadNoteSigner(support::RehearsalPki::Get().Path("PAK/ledger/witness.key"),
                                   origin_ + "/witness", NoteAlgorithm::kCosignatureV1));
    anchor_.logs.emplace(Party("PAK"), log_->key());
    anchor_.witnesses.emplace(Party("PAK"), witness_->key());
    store_ = store::NewMemoryStore(Must(exchange::StoreIdentityOf(anchor_, Party("PAK"))));
  }
  fs::path Path(const char* name) const { return folder_.path() / name; }
  absl::StatusOr<Shown> Announce(const char* checkpoint, const char* witness,
                                 const std::string& until = "2016-10-01T00:00:00Z") {
    return AnnounceKeys(
        *store_, anchor_,
        {checkpoint == nullptr ? fs::path() : Path(checkpoint),
         witness == nullptr ? fs::path() : Path(witness), until, Path("act.json"), Party("EUE")},
        *ParseInstant("2016-09-01T00:00:00Z"), entropy_);
  }

  support::TemporaryFolder folder_;
  crypto::SystemEntropy entropy_;
  exchange::Anchor anchor_;
  std::string origin_;
  std::unique_ptr<ledger::NoteSigner> log_, witness_;
  std::unique_ptr<store::Store> store_;
};

// note_keys.h: a made key is read back for its name and role alone.
TEST_F(NoteKeys, AMadeKeyIsReadForItsNameAlone) {
  const ledger::NoteKey made =
      Must(MakeNoteKey(Path("key"), origin_, NoteAlgorithm::kEd25519, entropy_));
  EXPECT_EQ(Must(LoadNoteSigner(Path("key"), origin_, NoteAlgorithm::kEd25519))->key(), made);
  EXPECT_EQ(LoadNoteSigner(Path("key"), "another.example", NoteAlgorithm::kEd25519).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(LoadNoteSigner(Path("key"), origin_, NoteAlgorithm::kCosignatureV1).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(MakeNoteKey(Path("key"), origin_, NoteAlgorithm::kEd25519, entropy_).status().code(),
            absl::StatusCode::kAlreadyExists);
}

// Issue 4, Keys over time: the act names the new key and the one that stays, and when what went
// before ends; what is wrong changes nothing.
TEST_F(NoteKeys, AnAnnouncementNamesBothKeysAndTheEnd) {
  EXPECT_EQ(Announce(nullptr, nullptr).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Announce("next", nullptr, "2016-08-01T00:00:00Z").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Announce("next", nullptr, "soon").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(fs::exists(Path("next")) || fs::exists(Path("act.json")));
  EXPECT_TRUE(Announce("next", nullptr).ok());
  const auto next = Must(LoadNoteSigner(Path("next"), origin_, NoteAlgorithm::kEd25519));
  const Json act = Json::parse(ReadFile(Path("act.json")));
  EXPECT_EQ(act["act"], "authority_appointed");
  EXPECT_EQ(act["addressee"], "EUE");
  EXPECT_EQ(act["facts"]["party"], "PAK");
  EXPECT_EQ(act["facts"]["log_key"], ToHex(next->key().public_key().View()));
  EXPECT_EQ(act["facts"]["witness_key"], ToHex(witness_->key().public_key().View()));
  EXPECT_EQ(ParseInstant(act["facts"]["until"].get<std::string>()),
            ParseInstant("2016-10-01T00:00:00Z"));
  EXPECT_EQ(Announce("next", nullptr).status().code(), absl::StatusCode::kAlreadyExists);
}

// note_keys.h: handovers come out as they are kept, each under the number of its announcement.
TEST_F(NoteKeys, HandoversComeOutForWitnesses) {
  EXPECT_TRUE(WriteHandovers(*store_, anchor_, Path("none")).ok());
  EXPECT_TRUE(fs::is_empty(Path("none")));
  ASSERT_TRUE(MakeNoteKey(Path("next"), origin_, NoteAlgorithm::kEd25519, entropy_).ok());
  const auto next = Must(LoadNoteSigner(Path("next"), origin_, NoteAlgorithm::kEd25519));
  const Bytes note = Must(ledger::SignHandover(
      {origin_, log_->key(), next->key(), witness_->key(), Instant{1'475'280'000'000}, 7, Digest{}},
      *log_, *next));
  store::Commit rows;
  rows.papers.push_back({"handover", "7", 0, false, 0, note});
  ASSERT_TRUE(store_->Apply(rows).ok());
  EXPECT_TRUE(WriteHandovers(*store_, anchor_, Path("handovers")).ok());
  EXPECT_EQ(ReadFile(Path("handovers") / "7.handover"), note);
  EXPECT_EQ(WriteHandovers(*store_, anchor_, Path("handovers")).status().code(),
            absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace chancery::edge
