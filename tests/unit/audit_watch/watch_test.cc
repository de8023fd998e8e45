#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "audit/watch/heads.h"
#include "audit/watch/http_front.h"
#include "audit/watch/witness.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/handover.h"
#include "engine/ledger/key_book.h"
#include "tests/support/pki.h"
#include "tests/unit/ledger/fixtures.h"

namespace chancery::watch {
namespace {

using ledger::CosignRefusal;
using ledger::MemoryTree;
using ledger::NoteAlgorithm;
using ledger::TestSigner;
using support::Must;
using support::TemporaryFolder;
using ::testing::HasSubstr;

constexpr std::int64_t kNow = 1'472'709'600;
constexpr char kUnion[] = "eu-pakistan.chancery.example/rehearsal/EUE/witness1";
constexpr char kMinistry[] = "eu-pakistan.chancery.example/rehearsal/PAK";
constexpr char kState[] = "eu-pakistan.chancery.example/rehearsal/GRC";

class FixedClock final : public Clock {
 public:
  Instant Now() override { return {seconds * kMsPerSecond}; }
  std::int64_t seconds = kNow;
};
class CountedEvents final : public Events {
 public:
  void Note(const Event& event) override { ++seen[std::string(event.name)]; }
  std::map<std::string, int> seen;
};

class WatchTest : public ::testing::Test {
 protected:
  WatchTest() {
    anchor_.rehearsal = true;
    anchor_.agreement = "eu-pakistan";
    anchor_.logs.emplace(*PartyCode::FromText("PAK"), log_->key());
    anchor_.logs.emplace(*PartyCode::FromText("GRC"), state_log_->key());
    anchor_.witnesses.emplace(*PartyCode::FromText("GRC"), reader_->key());
    anchor_.always_on.push_back(key_->key());
    std::vector<Bytes> leaves = ledger::TestLeaves();
    leaves[3] = "another entry";
    other_ = MemoryTree(leaves);
  }

  std::filesystem::path Folder() const { return folder_.path() / "watched"; }
  void Make() { ASSERT_TRUE(Witness::Make(Folder(), anchor_, {}).ok()); }
  std::unique_ptr<Witness> Open() {
    return Must(Witness::Open(Folder(), {anchor_, *key_, clock_, events_}));
  }
  ledger::CosignOffer Offer(MemoryTree& tree, std::uint64_t old_size, std::uint64_t size) {
    return {old_size, Must(ledger::BuildConsistencyProof(tree, old_size, size)),
            Must(ledger::SignCheckpoint(*log_, {kMinistry, tree.HeadAt(size)}))};
  }

  TemporaryFolder folder_;
  std::unique_ptr<ledger::NoteSigner> log_ = TestSigner(kMinistry, NoteAlgorithm::kEd25519, 'l');
  std::unique_ptr<ledger::NoteSigner> state_log_ = TestSigner(kState, NoteAlgorithm::kEd25519, 's');
  std::unique_ptr<ledger::NoteSigner> reader_ =
      TestSigner(std::string(kState) + "/witness", NoteAlgorithm::kCosignatureV1, 'r');
  std::unique_ptr<ledger::NoteSigner> key_ = TestSigner(kUnion, NoteAlgorithm::kCosignatureV1, '1');
  ledger::Anchor anchor_;
  FixedClock clock_;
  CountedEvents events_;
  MemoryTree tree_{ledger::TestLeaves()};
  MemoryTree other_;
};

// Issue 4, item 2: no silent trust on first use; a witness that lost its folder begins nothing
// anew.
TEST_F(WatchTest, WithoutItsFolderItDoesNotBegin) {
  EXPECT_EQ(Witness::Open(Folder(), {anchor_, *key_, clock_, events_}).status().code(),
            absl::StatusCode::kNotFound);
  Make();
  EXPECT_EQ(Witness::Make(Folder(), anchor_, {}).code(), absl::StatusCode::kAlreadyExists);
  const auto witness = Open();
  EXPECT_EQ(Witness::Open(Folder(), {anchor_, *key_, clock_, events_}).status().code(),
            absl::StatusCode::kFailedPrecondition)
      << "two programs must not sign from one folder";
  EXPECT_EQ(Must(witness->Latest(kMinistry)), "");
  EXPECT_EQ(witness->Latest("somewhere.example/else").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Must(witness->AddCheckpoint(Offer(tree_, 3, 6))).refusal, CosignRefusal::kStale)
      << "the first head is that of size 0";
}

// A key the anchor does not name witnesses nothing for this agreement.
TEST_F(WatchTest, AnotherKeyThanTheAnchorsIsRefused) {
  Make();
  const auto stranger = TestSigner(kUnion, NoteAlgorithm::kCosignatureV1, '9');
  EXPECT_EQ(Witness::Open(Folder(), {anchor_, *stranger, clock_, events_}).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

// tlog-witness: what is consistent is cosigned, and what was cosigned is known after a restart.
TEST_F(WatchTest, WhatItCosignedItKnowsAfterARestart) {
  Make();
  {
    const auto witness = Open();
    const Watched first = Must(witness->AddCheckpoint(Offer(tree_, 0, 6)));
    ASSERT_EQ(first.refusal, CosignRefusal::kNone) << first.why;
    const auto line = Must(ledger::ParseSignatureLine(first.line));
    EXPECT_TRUE(ledger::VerifyCosignature(key_->key(), line,
                                          ledger::FormatCheckpoint({kMinistry, tree_.HeadAt(6)})));
    EXPECT_EQ(ledger::CosignatureTime(line), kNow);
  }
  const auto witness = Open();
  const Bytes latest = Must(witness->Latest(kMinistry));
  const ledger::NoteKey witnesses[] = {key_->key()};
  const auto verified = Must(ledger::VerifyCheckpoint(latest, log_->key(), witnesses));
  EXPECT_EQ(verified.checkpoint.tree, tree_.HeadAt(6));
  EXPECT_EQ(verified.signatures.size(), 2u);
  const Watched stale = Must(witness->AddCheckpoint(Offer(tree_, 3, 8)));
  EXPECT_EQ(stale.refusal, CosignRefusal::kStale);
  EXPECT_EQ(stale.known_size, 6u);
  EXPECT_EQ(Must(witness->AddCheckpoint(Offer(tree_, 6, 8))).refusal, CosignRefusal::kNone);
}

// Issue 4, item 2: a witness never signs backwards and keeps every conflicting checkpoint, as it
// came, also after a restart.
TEST_F(WatchTest, AForkAndARollbackAreRefusedAndKept) {
  Make();
  const ledger::CosignOffer fork = Offer(other_, 6, 6);
  const ledger::CosignOffer back = Offer(tree_, 3, 5);
  {
    const auto witness = Open();
    ASSERT_EQ(Must(witness->AddCheckpoint(Offer(tree_, 0, 6))).refusal, CosignRefusal::kNone);
    EXPECT_EQ(Must(witness->AddCheckpoint(fork)).refusal, CosignRefusal::kFork);
    EXPECT_EQ(Must(witness->AddCheckpoint(fork)).refusal, CosignRefusal::kFork);
    EXPECT_EQ(Must(witness->AddCheckpoint(back)).refusal, CosignRefusal::kBackwards);
    EXPECT_EQ(Must(witness->AddCheckpoint(Offer(other_, 6, 8))).refusal, CosignRefusal::kFork);
  }
  const std::vector<KeptEvidence> kept = Must(ListEvidence(Folder()));
  ASSERT_EQ(kept.size(), 3u) << "the same offer again says nothing new";
  int forks = 0;
  for (const KeptEvidence& one : kept) {
    EXPECT_EQ(one.origin, kMinistry);
    EXPECT_EQ(one.seen_at, kNow);
    EXPECT_THAT(one.held, HasSubstr(ledger::FormatCheckpoint({kMinistry, tree_.HeadAt(6)})));
    forks += one.reason == "fork" ? 1 : 0;
    if (one.reason == "backwards") {
      EXPECT_EQ(one.offered, ledger::FormatCosignOffer(back));
    }
  }
  EXPECT_EQ(forks, 2);
  const auto witness = Open();
  EXPECT_EQ(witness->heads().by_origin.at(kMinistry).state.tree, tree_.HeadAt(6));
}

// What no ledger of the anchor signed is nobody's crime: it is refused and leaves nothing behind.
TEST_F(WatchTest, WhatTheLedgerDidNotSignIsRefusedAndNotKept) {
  Make();
  const auto witness = Open();
  const auto stranger = TestSigner(kMinistry, NoteAlgorithm::kEd25519, 'x');
  ledger::CosignOffer forged = Offer(tree_, 0, 6);
  forged.checkpoint = Must(ledger::SignCheckpoint(*stranger, {kMinistry, tree_.HeadAt(6)}));
  EXPECT_EQ(Must(witness->AddCheckpoint(forged)).refusal, CosignRefusal::kNotOurLog);
  forged.checkpoint = "nonsense";
  EXPECT_EQ(Must(witness->AddCheckpoint(forged)).refusal, CosignRefusal::kMalformed);
  EXPECT_TRUE(Must(ListEvidence(Folder())).empty());
}

// Issue 4, Keys over time: with its handover a ledger's next key is known, the one before until its
// end, and both lines of the overlap are kept; without it the next key is nobody's.
TEST_F(WatchTest, AHandedOverKeyIsFollowed) {
  Make();
  const auto next = TestSigner(kMinistry, NoteAlgorithm::kEd25519, 'n');
  const auto cosigner =
      TestSigner(std::string(kMinistry) + "/witness", NoteAlgorithm::kCosignatureV1, 'c');
  const auto keys = std::make_shared<ledger::KeyBook>(anchor_);
  ASSERT_TRUE(
      keys->Take(Must(ledger::SignHandover({kMinistry, log_->key(), next->key(), cosigner->key(),
                                            Instant{(kNow + 100) * kMsPerSecond}, 3, Digest{}},
                                           *log_, *next)))
          .ok());
  const auto under = [&](const ledger::NoteSigner& log, std::uint64_t old_size,
                         std::uint64_t size) {
    ledger::CosignOffer offer = Offer(tree_, old_size, size);
    offer.checkpoint = Must(ledger::SignCheckpoint(log, {kMinistry, tree_.HeadAt(size)}));
    return offer;
  };
  {
    const auto without = Open();
    EXPECT_EQ(Must(without->AddCheckpoint(under(*next, 0, 3))).refusal, CosignRefusal::kNotOurLog);
  }
  const auto witness =
      Must(Witness::Open(Folder(), {anchor_, *key_, clock_, events_, nullptr, keys}));
  EXPECT_EQ(Must(witness->AddCheckpoint(under(*log_, 0, 3))).refusal, CosignRefusal::kNone);
  ledger::CosignOffer both = under(*next, 3, 5);
  const std::string text = Must(ledger::ParseNote(both.checkpoint)).text;
  both.checkpoint = Must(ledger::AddSignatureLines(
      both.checkpoint,
      {Bytes(ledger::FormatSignatureLine(Must(ledger::SignNoteText(*log_, text))))}));
  EXPECT_EQ(Must(witness->AddCheckpoint(both)).refusal, CosignRefusal::kNone);
  EXPECT_EQ(Must(ledger::ParseNote(Must(witness->Latest(kMinistry)))).signatures.size(), 3U);
  clock_.seconds = kNow + 100;
  EXPECT_EQ(Must(witness->AddCheckpoint(under(*log_, 5, 6))).refusal, CosignRefusal::kNotOurLog);
  EXPECT_EQ(Must(witness->AddCheckpoint(under(*next, 5, 6))).refusal, CosignRefusal::kNone);
}

// witnessing.h's rule of the clock: no cosignature bears an earlier time than the last, and a clock
// that leads by more than a day what others stand for signs nothing.
TEST_F(WatchTest, ItsClockNeitherGoesBackNorRunsAway) {
  Make();
  const auto witness = Open();
  ASSERT_EQ(Must(witness->AddCheckpoint(Offer(tree_, 0, 5))).refusal, CosignRefusal::kNone);
  clock_.seconds = kNow - 1;
  EXPECT_EQ(Must(witness->AddCheckpoint(Offer(tree_, 5, 6))).refusal,
            CosignRefusal::kClockWentBack);
  clock_.seconds = kNow + 1;
  ledger::CosignOffer told = Offer(tree_, 5, 6);
  told.checkpoint = ledger::CosignedBy(*reader_, told.checkpoint, kNow);
  ASSERT_EQ(Must(witness->AddCheckpoint(told)).refusal, CosignRefusal::kNone);
  clock_.seconds = kNow + ledger::kMostLeadSeconds + 1;
  EXPECT_EQ(Must(witness->AddCheckpoint(Offer(tree_, 6, 7))).refusal, CosignRefusal::kClockAhead);
  told = Offer(tree_, 6, 7);
  told.checkpoint = ledger::CosignedBy(*reader_, told.checkpoint, clock_.seconds);
  EXPECT_EQ(Must(witness->AddCheckpoint(told)).refusal, CosignRefusal::kNone);
}

// witness.h: what its keeper says stood at another moment is not cosigned, and the keeper's line is
// kept with the cosignature.
TEST_F(WatchTest, AnOfferIsOfThisMoment) {
  const auto keeper =
      TestSigner(std::string(kMinistry) + "/witness", NoteAlgorithm::kCosignatureV1, 'k');
  anchor_.witnesses.emplace(*PartyCode::FromText("PAK"), keeper->key());
  Make();
  const auto witness = Open();
  for (const std::int64_t told : {kNow - 3, kNow + 3}) {
    ledger::CosignOffer offer = Offer(tree_, 0, 6);
    offer.checkpoint = ledger::CosignedBy(*keeper, offer.checkpoint, told);
    EXPECT_EQ(Must(witness->AddCheckpoint(offer)).refusal, CosignRefusal::kNotFresh);
  }
  ledger::CosignOffer offer = Offer(tree_, 0, 6);
  offer.checkpoint = ledger::CosignedBy(*keeper, offer.checkpoint, kNow - 2);
  ASSERT_EQ(Must(witness->AddCheckpoint(offer)).refusal, CosignRefusal::kNone);
  const auto note = Must(ledger::ParseNote(Must(witness->Latest(kMinistry))));
  const ledger::NoteKey keys[] = {keeper->key()};
  EXPECT_EQ(ledger::TimeTold(keys, note), kNow - 2);
  EXPECT_EQ(note.signatures.size(), 3u);
}

// heads.h: a file that is not what a witness writes is an error, never a beginning.
TEST_F(WatchTest, DamagedHeadsAreNotGuessedAt) {
  Make();
  const Bytes text = support::ReadFile(Folder() / "heads");
  EXPECT_EQ(FormatHeads(Must(ParseHeads(text))), text);
  for (const std::string& bad :
       {std::string(), text.substr(0, text.size() - 1), text + "x\n",
        ledger::Replaced(text, "told 0", "told 00"), ledger::Replaced(text, " 0 ", " 1x "),
        text + text.substr(text.find("head "))}) {
    support::WriteFile(Folder() / "heads", bad);
    EXPECT_EQ(Witness::Open(Folder(), {anchor_, *key_, clock_, events_}).status().code(),
              absl::StatusCode::kDataLoss)
        << bad;
  }
}

// Ledger formats section 6: a first head comes from outside, signed by the ledger.
TEST_F(WatchTest, ALedgerIsTakenUpFromASignedHead) {
  const auto stranger = TestSigner(kMinistry, NoteAlgorithm::kEd25519, 'x');
  EXPECT_FALSE(
      Witness::Make(Folder(), anchor_,
                    {Must(ledger::SignCheckpoint(*stranger, {kMinistry, tree_.HeadAt(6)}))})
          .ok());
  ASSERT_TRUE(Witness::Make(Folder(), anchor_,
                            {Must(ledger::SignCheckpoint(*log_, {kMinistry, tree_.HeadAt(6)}))})
                  .ok());
  const auto witness = Open();
  EXPECT_EQ(Must(witness->AddCheckpoint(Offer(other_, 6, 8))).refusal, CosignRefusal::kFork);
  EXPECT_EQ(Must(witness->AddCheckpoint(Offer(tree_, 6, 8))).refusal, CosignRefusal::kNone);
}

// One request over a socket of this machine, and the whole answer.
std::string Ask(const std::string& address, const std::string& request) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  EXPECT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(got));
  ::close(fd);
  return answer;
}
std::string Post(const std::string& address, const std::string& body) {
  return Ask(address,
             "POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
             "Content-Length: " +
                 std::to_string(body.size()) + "\r\n\r\n" + body);
}
std::string Get(const std::string& address, const std::string& path) {
  return Ask(address, "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

// Issue 4, item 1: the standard HTTP form of tlog-witness v1.0.0, status by status.
TEST_F(WatchTest, OverHttpItAnswersAsTheSpecificationSays) {
  Make();
  const auto witness = Open();
  EXPECT_FALSE(HttpFront::Start("0.0.0.0:0", *witness).ok());
  EXPECT_FALSE(HttpFront::Start("localhost:0", *witness).ok());
  const auto front = Must(HttpFront::Start("127.0.0.1:0", *witness));
  const std::string at = front->address();
  const std::string path = "/" + crypto::Sha256(kMinistry).ToHexText() + "/checkpoint";
  EXPECT_THAT(Get(at, path), HasSubstr(" 404 "));

  const std::string cosigned = Post(at, ledger::FormatCosignOffer(Offer(tree_, 0, 6)));
  EXPECT_THAT(cosigned, HasSubstr(" 200 "));
  EXPECT_THAT(cosigned, HasSubstr("\xE2\x80\x94 " + std::string(kUnion) + " "));
  const std::string latest = Get(at, path);
  EXPECT_THAT(latest, HasSubstr(" 200 "));
  EXPECT_THAT(latest, HasSubstr(Must(witness->Latest(kMinistry))));

  const std::string stale = Post(at, ledger::FormatCosignOffer(Offer(tree_, 3, 8)));
  EXPECT_THAT(stale, HasSubstr(" 409 "));
  EXPECT_THAT(stale, HasSubstr("text/x.tlog.size"));
  EXPECT_THAT(stale, HasSubstr("\r\n\r\n6\n"));
  EXPECT_THAT(Post(at, ledger::FormatCosignOffer(Offer(other_, 6, 6))), HasSubstr(" 422 "));
  EXPECT_THAT(Post(at, ledger::FormatCosignOffer(Offer(other_, 6, 8))), HasSubstr(" 422 "));
  EXPECT_THAT(Post(at, ledger::FormatCosignOffer(Offer(tree_, 3, 5))), HasSubstr(" 409 "));
  EXPECT_THAT(Post(at, "nonsense"), HasSubstr(" 400 "));
  ledger::CosignOffer offer = Offer(tree_, 6, 8);
  offer.checkpoint = Must(ledger::SignCheckpoint(
      *TestSigner(kMinistry, NoteAlgorithm::kEd25519, 'x'), {kMinistry, tree_.HeadAt(8)}));
  EXPECT_THAT(Post(at, ledger::FormatCosignOffer(offer)), HasSubstr(" 403 "));
  const auto elsewhere = TestSigner("elsewhere.example/log", NoteAlgorithm::kEd25519, 'e');
  offer.checkpoint =
      Must(ledger::SignCheckpoint(*elsewhere, {"elsewhere.example/log", tree_.HeadAt(8)}));
  EXPECT_THAT(Post(at, ledger::FormatCosignOffer(offer)), HasSubstr(" 404 "));
  EXPECT_THAT(Get(at, "/checkpoint"), HasSubstr(" 404 "));
  EXPECT_THAT(Post(at, std::string(2 << 20, 'x')), HasSubstr(" 413 "));
}

}  // namespace
}  // namespace chancery::watch
