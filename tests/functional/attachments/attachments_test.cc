// Attachments with the real programs over mTLS: cut off and resumed, kept from whoever they are not
// for, and brought in without a peer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "chancery/exchange/v1/exchange.grpc.pb.h"
#include "engine/codec/envelope.h"
#include "engine/exchange/attachments.h"
#include "engine/exchange/reasons.h"
#include "tests/support/both_programs.h"

namespace chancery::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using support::CommandResult;
using support::Must;
using support::ReadFile;
using support::WriteFile;
using testing::HasSubstr;

constexpr std::uint64_t kChunks = 7;

// What a call answered: its reason, or "" for yes.
template <class Stub, class Request, class Response>
std::string ReasonOfCall(Stub& stub,
                         grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                      Response*),
                         const Request& request, Response& response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  const absl::Status status = edge::FromRpc((stub.*method)(&context, request, &response));
  if (!status.ok() && ReasonOf(status).empty()) return std::string(ToStd(status.message()));
  return ReasonOf(status);
}

class AttachmentsOfPrograms : public support::BothPrograms {
 protected:
  AttachmentsOfPrograms() {
    while (scan_.size() < kChunks * kAttachmentChunk - 1000)
      scan_ += std::to_string(scan_.size()) + " a scan of nobody\n";
    WriteFile(Path("scan.jpg"), scan_);
    WriteFile(Path("application.json"),
              R"({"act": "application", "addressee": "PAK",
      "facts": {"category": "own_national", "decision_final": true, "present": true,
                "entry_date": "2015-02-01", "minor": false},
      "lines": [{"evidence": "passport", "grade": "original", "attachment_file": "scan.jpg"}],
      "particulars": {"name": "Nobody Ofscans", "birth_date": "1980-01-02"}})");
  }
  void Found() {
    ASSERT_EQ(Ministry("init").exit_code, 0);
    StartMinistry();
    // The same address after every start.
    std::string config = ReadFile(Path("ministry/ministry.toml"));
    const std::string anywhere = "127.0.0.1:0";
    config.replace(config.find(anywhere), anywhere.size(), exchange_);
    WriteFile(Path("ministry/ministry.toml"), config);
    world_.Begin();
    for (const support::ExchangeWorld::AdmittedEnvelope& one : world_.admitted)
      BringIn(one.envelope);
  }
  json Submitted(const std::string& more = {}) const {
    const CommandResult done =
        State("--json application submit " + Path("application.json") + " " + more);
    EXPECT_EQ(done.exit_code, 0) << done.output;
    const json answer = json::parse(done.output, nullptr, false);
    return answer.is_array() && answer.size() == 1 ? answer[0] : json::object();
  }
  std::string Get(const std::string& matter) const {
    return "attachment get " + matter + " " + crypto::Sha256(scan_).ToHexText() + " --out " +
           Path("fetched");
  }
  // Gets the scan by that program's command, for its owner alone.
  void ExpectFetched(const CommandResult& got) const {
    EXPECT_EQ(got.exit_code, 0) << got.output;
    EXPECT_EQ(ReadFile(Path("fetched")), scan_);
    struct stat status {};
    ASSERT_EQ(::stat(Path("fetched").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    fs::remove(Path("fetched"));
  }

  std::string scan_;
};

// Issue 4, Attachments: resumed after a cut. The server is killed in mid-transfer, then the daemon;
// both are started again, the act is recorded with its attachment, and there is one copy of it.
TEST_F(AttachmentsOfPrograms, KilledInMidTransferTheyGoOnToOneCopy) {
  Found();
  StartState();
  ASSERT_EQ(State("wait --settled --timeout 60").exit_code, 0);
  EXPECT_EQ(ministry_.End(SIGTERM), 0);
  StartMinistry({"--die-at", "attachment.kept:3"});
  // Accepted at once, whatever becomes of the ministry.
  const std::string matter = Submitted()["matter"];
  EXPECT_NE(ministry_.Wait(), 0);
  EXPECT_EQ(state_.End(SIGTERM), 0);
  // Three chunks are there: the second of the others is the fifth.
  StartMinistry();
  std::vector<std::string> armed = ServeState();
  armed.insert(armed.end(), {"--die-at", "attachment.sent:2"});
  state_.Begin(std::move(armed));
  EXPECT_NE(state_.Wait(), 0);
  const json cut = json::parse(Ministry("--json attachment list " + matter).output);
  ASSERT_EQ(cut["attachments"].size(), 1U) << cut;
  EXPECT_EQ(cut["attachments"][0]["state"], "partly");
  EXPECT_THAT(Ministry(Get(matter)).output, HasSubstr("ATTACHMENT_UNKNOWN"));

  StartState();
  ASSERT_EQ(State("wait --settled --timeout 60").exit_code, 0);
  EXPECT_THAT(State("sent list").output, HasSubstr("admitted application_own_national"));
  const json whole = json::parse(Ministry("--json attachment list " + matter).output);
  ASSERT_EQ(whole["attachments"].size(), 1U) << whole;
  EXPECT_EQ(whole["attachments"][0]["state"], "bound");
  EXPECT_EQ(whole["attachments"][0]["size"], scan_.size());
  ExpectFetched(Ministry(Get(matter)));
  ExpectFetched(State(Get(matter)));
  // A file that is there is not written over.
  WriteFile(Path("fetched"), "kept");
  EXPECT_EQ(State(Get(matter)).exit_code, 3);
  EXPECT_EQ(ReadFile(Path("fetched")), "kept");
  StopBoth();
  EXPECT_EQ(Ministry("check").exit_code, 0);
  EXPECT_EQ(State("check --clock-file " + Path("clock")).exit_code, 0);
}

// docs/acts.md: a repeated call with the same id is the same act, also when it names files; a dry
// run keeps nothing; a file that is not there is told by its line.
TEST_F(AttachmentsOfPrograms, ARepeatedCallIsTheSameAct) {
  Found();
  StartState();
  ASSERT_EQ(State("wait --settled --timeout 60").exit_code, 0);
  const json dry = Submitted("--dry-run");
  EXPECT_EQ(dry["ruling"], "admitted application_own_national");
  EXPECT_EQ(json::parse(State("--json attachment list " + dry["matter"].get<std::string>()).output),
            json::array());
  const std::string id = "--id 0190a3c2d4e57f8091a2b3c4d5e6f708 --wait";
  const json first = Submitted(id);
  const json again = Submitted(id);
  EXPECT_EQ(again["matter"], first["matter"]);
  EXPECT_EQ(again["number"], first["number"]);

  fs::remove(Path("scan.jpg"));
  const CommandResult missing = State("application submit " + Path("application.json"));
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.output, HasSubstr("lines[0].attachment_file"));
  StopBoth();
}

// Design sections 6 and 12, need to know: through no call does an office that it is not for get an
// attachment, learn that there is one, or put anything beside it.
TEST_F(AttachmentsOfPrograms, NobodyElseGetsThemThroughAnyCall) {
  Found();
  StartState();
  ASSERT_EQ(State("wait --settled --timeout 60").exit_code, 0);
  const std::string hex = Submitted("--wait")["matter"];
  const Bytes matter = MatterId::FromHexText(hex)->ToBytes();
  const Bytes digest = crypto::Sha256(scan_).ToBytes();

  const auto stranger = exchange::v1::Exchange::NewStub(ChannelOf("AUT/tls/daemon", exchange_));
  using Exchange = exchange::v1::Exchange::Stub;
  exchange::v1::FindAttachmentRequest find;
  find.set_matter(matter);
  find.set_digest(digest);
  exchange::v1::FindAttachmentResponse found;
  EXPECT_EQ(ReasonOfCall(*stranger, &Exchange::FindAttachment, find, found), "");
  EXPECT_EQ(found.held(), 0U);
  EXPECT_FALSE(found.whole());
  exchange::v1::GetAttachmentRequest get;
  get.set_matter(matter);
  get.set_digest(digest);
  exchange::v1::GetAttachmentResponse got;
  EXPECT_EQ(ReasonOfCall(*stranger, &Exchange::GetAttachment, get, got),
            exchange::reason::kAttachmentUnknown);
  EXPECT_TRUE(got.chunk().empty());
  exchange::v1::PutAttachmentRequest put;
  put.set_matter(matter);
  put.set_digest(digest);
  put.set_size(1);
  put.set_chunk("x");
  exchange::v1::PutAttachmentResponse taken;
  EXPECT_EQ(ReasonOfCall(*stranger, &Exchange::PutAttachment, put, taken),
            exchange::reason::kAttachmentUnknown);
  // The same calls of whose it is.
  const auto owner = exchange::v1::Exchange::NewStub(ChannelOf("GRC/tls/daemon", exchange_));
  EXPECT_EQ(ReasonOfCall(*owner, &Exchange::GetAttachment, get, got), "");
  EXPECT_EQ(got.chunk(), scan_.substr(0, kAttachmentChunk));
  EXPECT_EQ(ReasonOfCall(*owner, &Exchange::FindAttachment, find, found), "");
  EXPECT_TRUE(found.whole());

  // Officers' calls are for the ministry's officers, also when it is a party's own.
  for (const char* office : {"GRC/tls/daemon", "AUT/tls/daemon"}) {
    const auto casework = casework::v1::Casework::NewStub(ChannelOf(office, casework_));
    using Casework = casework::v1::Casework::Stub;
    casework::v1::ListAttachmentsRequest list;
    list.set_matter(matter);
    casework::v1::ListAttachmentsResponse listed;
    EXPECT_EQ(ReasonOfCall(*casework, &Casework::ListAttachments, list, listed), "PEER_REFUSED");
    casework::v1::GetAttachmentRequest read;
    read.set_matter(matter);
    read.set_digest(digest);
    casework::v1::GetAttachmentResponse chunk;
    EXPECT_EQ(ReasonOfCall(*casework, &Casework::GetAttachment, read, chunk), "PEER_REFUSED");
    casework::v1::BringAttachmentRequest bring;
    bring.set_party("GRC");
    bring.set_matter(matter);
    casework::v1::BringAttachmentResponse brought;
    EXPECT_EQ(ReasonOfCall(*casework, &Casework::BringAttachment, bring, brought), "PEER_REFUSED");
  }
  StopBoth();
}

// Design section 4: a courier's envelope comes through the same inbox, and the attachments it names
// by an officer's hand before it.
TEST_F(AttachmentsOfPrograms, AnOfficerBringsThemInAheadOfACouriersAct) {
  Found();
  procedure::Act act = world_.Application();
  act.matter = world_.entropy.Make<MatterId>();
  act.lines.front().Set(procedure::Fact::kAttachment, crypto::Sha256(scan_));
  const codec::Envelope envelope =
      world_.Sealed(act, {{"GRC", "return-authority"}}, world_.Particulars());
  WriteFile(Path("envelope"), Must(codec::EncodeEnvelope(envelope)).Reveal());
  const CommandResult refused = Ministry("bring-in " + Path("envelope"));
  EXPECT_EQ(refused.exit_code, 4) << refused.output;
  EXPECT_THAT(refused.output, HasSubstr("ATTACHMENTS_MISSING"));
  EXPECT_THAT(refused.output, HasSubstr(crypto::Sha256(scan_).ToHexText()));
  const std::string matter = act.matter.ToHexText();
  const CommandResult brought =
      Ministry("attachment bring-in " + Path("scan.jpg") + " --party GRC --matter " + matter);
  EXPECT_EQ(brought.exit_code, 0) << brought.output;
  EXPECT_EQ(Ministry("bring-in " + Path("envelope")).exit_code, 0);
  ExpectFetched(Ministry(Get(matter)));
}

}  // namespace
}  // namespace chancery::server
