#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "chancery/casework/v1/casework.grpc.pb.h"
#include "chancery/exchange/v1/exchange.grpc.pb.h"
#include "edge/convert.h"
#include "edge/prepare_grpc.h"
#include "edge/rpc_status.h"
#include "edge/tls.h"
#include "engine/exchange/reasons.h"
#include "grpcpp/create_channel.h"
#include "nlohmann/json.hpp"
#include "tests/support/exchange_world.h"

namespace chancery::server {
namespace {

using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::RehearsalPki;
using support::RunCommand;
using support::WriteFile;

constexpr const char* kProgram = CHANCERY_BINARY_DIR "/bin/chancery-ministry";

// The ministry's program on a folder of its own, with the keys of the recipe.
class MinistryTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(edge::PrepareGrpc().ok()); }

  MinistryTest() {
    const RehearsalPki& pki = RehearsalPki::Get();
    WriteFile(Path("anchor"), ledger::FormatAnchor(world_.anchor));
    WriteFile(Path("clock"), std::to_string(world_.clock.Now().ms) + "\n");
    WriteFile(Path("revocations"), "chancery-revocations v1\n");
    std::filesystem::create_directories(Path("procedures"));
    WriteFile(Path("procedures/founding.bundle"), world_.founding_bundle);
    WriteFile(Path("procedures/founding.p7s"), ExchangeWorld::SealOfBoth(world_.founding_bundle));
    WriteFile(Path("procedures/2016.bundle"), world_.bundle_2016);
    WriteFile(Path("procedures/2016.p7s"), ExchangeWorld::SealOfBoth(world_.bundle_2016));
    WriteFile(
        Path("ministry.toml"),
        "party = \"PAK\"\nanchor = \"anchor\"\nstore = \"ministry.db\"\ntrust = \"" +
            pki.Path("public") +
            "\"\nprocedures = \"procedures\"\nclock_file = \"clock\"\n\n[keys]\ncheckpoint = \"" +
            pki.Path("PAK/ledger/checkpoint.key") + "\"\nwitness = \"" +
            pki.Path("PAK/ledger/witness.key") + "\"\nencryption = \"" + pki.Path("PAK/kek") +
            "\"\nseal = \"" + pki.Path("PAK/seal/ministry-1.key") + "\"\nseal_certificate = \"" +
            pki.Path("PAK/seal/ministry-1.pem") + "\"\n\n[tls]\nkey = \"" +
            pki.Path("PAK/tls/server.key") + "\"\ncertificate = \"" +
            pki.Path("PAK/tls/server.pem") + "\"\nroots = \"" + pki.Path("public/roots.pem") +
            "\"\nrevocations = \"revocations\"\n\n[exchange]\nlisten = "
            "\"127.0.0.1:0\"\n\n[casework]\nlisten = "
            "\"127.0.0.1:0\"\n\n[officer]\ntls_key = \"" +
            pki.Path("PAK/tls/ministry.key") + "\"\ntls_certificate = \"" +
            pki.Path("PAK/tls/ministry.pem") + "\"\ntls_roots = \"" + pki.Path("public/roots.pem") +
            "\"\n");
  }
  ~MinistryTest() override {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }
  support::CommandResult Run(const std::string& arguments) const {
    return RunCommand(std::string("'") + kProgram + "' " + arguments + " --config '" +
                      Path("ministry.toml") + "'");
  }

  // Starts the server and waits until it accepts calls.
  void Serve(const std::string& die_at = {}) {
    std::filesystem::remove(Path("ready"));
    const std::string config = Path("ministry.toml");
    const std::string ready = Path("ready");
    pid_ = ::fork();
    if (pid_ == 0) {
      std::vector<const char*> arguments = {kProgram,       "serve",        "--config",
                                            config.c_str(), "--ready-file", ready.c_str(),
                                            "--log-level",  "quiet"};
      if (!die_at.empty()) {
        arguments.push_back("--die-at");
        arguments.push_back(die_at.c_str());
      }
      arguments.push_back(nullptr);
      ::execv(kProgram, const_cast<char* const*>(arguments.data()));
      ::_exit(127);
    }
    for (int i = 0; i < 600 && !std::filesystem::exists(ready); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      ASSERT_EQ(::waitpid(pid_, nullptr, WNOHANG), 0) << "the server ended";
    }
    const auto addresses = nlohmann::json::parse(support::ReadFile(ready));
    exchange_ = addresses["exchange"];
    casework_ = addresses["casework"];
  }
  int Stop() {
    ::kill(pid_, SIGTERM);
    return Wait();
  }
  // The exit code, or minus the signal that ended it.
  int Wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  std::shared_ptr<grpc::Channel> Channel(const std::string& address, const std::string& key,
                                         const std::string& certificate) {
    const edge::TlsFiles files{key, certificate, RehearsalPki::Get().Path("public/roots.pem"), {}};
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(
        address, Must(edge::MakeChannelCredentials(files, Party("PAK"))), arguments);
  }
  std::shared_ptr<grpc::Channel> Of(const std::string& address, const std::string& party,
                                    const std::string& office) {
    const std::string stem = RehearsalPki::Get().Path(party + "/tls/" + office);
    return Channel(address, stem + ".key", stem + ".pem");
  }
  static absl::StatusOr<exchange::v1::Receipt> Submit(const std::shared_ptr<grpc::Channel>& channel,
                                                      const codec::Envelope& envelope,
                                                      int seconds = 10) {
    const auto stub = exchange::v1::Exchange::NewStub(channel);
    grpc::ClientContext context;
    if (seconds > 0)
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(seconds));
    exchange::v1::SubmitRequest request;
    edge::ToWire(envelope, *request.mutable_envelope());
    exchange::v1::SubmitResponse response;
    CHANCERY_RETURN_IF_ERROR(edge::FromRpc(stub->Submit(&context, request, &response)));
    return response.receipt();
  }
  absl::StatusOr<exchange::v1::Receipt> BringIn(const codec::Envelope& envelope) {
    const auto stub = casework::v1::Casework::NewStub(Of(casework_, "PAK", "ministry"));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    casework::v1::BringInRequest request;
    edge::ToWire(envelope, *request.mutable_envelope());
    casework::v1::BringInResponse response;
    CHANCERY_RETURN_IF_ERROR(edge::FromRpc(stub->BringIn(&context, request, &response)));
    return response.receipt();
  }
  // The story so far of the world in memory, told to the program.
  void TellTheStory() {
    const auto ministry = Of(exchange_, "PAK", "ministry");
    const auto greece = Of(exchange_, "GRC", "daemon");
    for (const ExchangeWorld::AdmittedEnvelope& one : world_.admitted) {
      const PartyCode author = Must(codec::DecodeStatement(one.envelope.statement)).act.author;
      const auto receipt = one.brought_in
                               ? BringIn(one.envelope)
                               : Submit(author == Party("PAK") ? ministry : greece, one.envelope);
      ASSERT_TRUE(receipt.ok()) << receipt.status();
    }
  }
  void InitServeAndBegin() {
    ASSERT_EQ(Run("init").exit_code, 0);
    Serve();
    world_.Begin();
    TellTheStory();
  }

  support::TemporaryFolder folder_;
  ExchangeWorld world_;
  pid_t pid_ = -1;
  std::string exchange_;
  std::string casework_;
};

// Security: a ministry that would seal with a key whose certificate is not its own office's does
// not start, and says which file.
TEST_F(MinistryTest, AWrongSealingKeyIsFoundBeforeAnythingIsSealed) {
  ASSERT_EQ(Run("init").exit_code, 0);
  const RehearsalPki& pki = RehearsalPki::Get();
  const std::string good = support::ReadFile(Path("ministry.toml"));
  const std::string own = pki.Path("PAK/seal/ministry-1");
  for (const std::string& wrong :
       {pki.Path("PAK/seal/registry-1"), (pki.bad() / "wrong-party-seal").string()}) {
    SCOPED_TRACE(wrong);
    std::string changed = good;
    for (const char* ending : {".key", ".pem"}) {
      const std::string from = own + ending;
      changed.replace(changed.find(from), from.size(), wrong + ending);
    }
    WriteFile(Path("ministry.toml"), changed);
    const auto started = Run("serve");
    EXPECT_EQ(started.exit_code, 3) << started.output;
    EXPECT_NE(started.output.find(wrong + ".pem"), std::string::npos) << started.output;
  }
}

// Issue 3: a procedure signed by one side only, or with a changed byte, stops the start with the
// file, what is missing and the remedy; put right, the server starts.
TEST_F(MinistryTest, AProcedureNotSignedByBothIsRefusedAtStart) {
  ASSERT_EQ(Run("init").exit_code, 0);
  const std::string file = Path("procedures/2016.bundle");
  const auto refused = [&](const std::string& remedy) {
    for (const char* command : {"check", "serve"}) {
      const auto started = Run(command);
      EXPECT_EQ(started.exit_code, 3) << started.output;
      EXPECT_NE(started.output.find(file + ": procedure: not signed by both sides"),
                std::string::npos)
          << started.output;
      EXPECT_NE(started.output.find(remedy), std::string::npos) << started.output;
    }
  };
  WriteFile(Path("procedures/2016.p7s"),
            Must(RehearsalPki::Get()
                     .SealerOf("EUE", "union-signatory")
                     .Seal(world_.bundle_2016, *ParseInstant("2016-02-01T00:00:00Z"))));
  refused("the ministry's signature is missing; have it added with: chancery-procedure sign");
  WriteFile(Path("procedures/2016.p7s"), ExchangeWorld::SealOfBoth(world_.bundle_2016));
  Bytes changed = world_.bundle_2016;
  changed[changed.find("the 2016 procedure")] = 'T';
  WriteFile(file, changed);
  refused("take both files again from whoever signed them");
  WriteFile(file, world_.bundle_2016);
  EXPECT_EQ(Run("check").exit_code, 0);
  Serve();
  EXPECT_EQ(Stop(), 0);
}

// docs/acts.md, office_appointed: a certificate that lies in the trust folder and contradicts what
// was appointed without it stops the start, with the folder and the reason.
TEST_F(MinistryTest, ATrustFolderThatContradictsAnAppointmentIsRefusedAtStart) {
  const RehearsalPki& pki = RehearsalPki::Get();
  InitServeAndBegin();
  const crypto::Certificate renewed = pki.BadCertificate("renewed-seal");
  procedure::Act other = world_.Appointment("PAK", "registry", renewed);
  other.facts.Set(procedure::Fact::kOfficer, renewed.officer() + 1);
  ASSERT_TRUE(
      Submit(Of(exchange_, "PAK", "ministry"), world_.Sealed(other, {{"PAK", "ministry"}})).ok());
  EXPECT_EQ(Stop(), 0);
  std::filesystem::copy(pki.Path("public"), Path("trust"),
                        std::filesystem::copy_options::recursive);
  WriteFile(Path("trust/renewed.pem"), renewed.ToPem());
  std::string config = support::ReadFile(Path("ministry.toml"));
  const std::string from = pki.Path("public") + "\"\nprocedures";
  config.replace(config.find(from), from.size(), "trust\"\nprocedures");
  WriteFile(Path("ministry.toml"), config);
  for (const char* command : {"check", "serve"}) {
    const auto refused = Run(command);
    EXPECT_EQ(refused.exit_code, 3) << refused.output;
    EXPECT_NE(refused.output.find("APPOINTMENT_DIFFERS"), std::string::npos) << refused.output;
    EXPECT_NE(refused.output.find(Path("trust")), std::string::npos) << refused.output;
  }
  std::filesystem::remove(Path("trust/renewed.pem"));
  EXPECT_EQ(Run("check").exit_code, 0);
}

// Design section 13: exit codes; a store is made once.
TEST_F(MinistryTest, AStoreIsMadeOnceAndChecked) {
  EXPECT_EQ(Run("check").exit_code, 3);
  const auto made = Run("init");
  ASSERT_EQ(made.exit_code, 0) << made.output;
  EXPECT_EQ(Run("init").exit_code, 3);
  const auto checked = Run("check --json");
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  EXPECT_EQ(nlohmann::json::parse(checked.output)["entries"], 0);
  EXPECT_EQ(Run("no-such-command").exit_code, 2);
  WriteFile(Path("ministry.toml"), "no_such_setting = \"x\"\n");
  const auto misspelt = Run("check");
  EXPECT_EQ(misspelt.exit_code, 2);
  EXPECT_THAT(misspelt.output, ::testing::HasSubstr("no_such_setting"));
}

// Design section 11: what moves the time or breaks the program is refused outside a rehearsal.
TEST_F(MinistryTest, FaultsAndTracesAreRefusedWhereTheyMustBe) {
  ASSERT_EQ(Run("init").exit_code, 0);
  EXPECT_EQ(Run("serve --die-at nonsense").exit_code, 2);
  const auto traced = RunCommand(std::string("GRPC_TRACE=all '") + kProgram + "' serve --config '" +
                                 Path("ministry.toml") + "'");
  EXPECT_NE(traced.exit_code, 0);
  EXPECT_THAT(traced.output, ::testing::HasSubstr("GRPC_TRACE"));
}

// Issue 2: one application over mTLS: receipt, idempotence, equivocation, the peer, the deadline; a
// stop that drains.
TEST_F(MinistryTest, AnApplicationOverMutualTlsGetsItsReceipt) {
  InitServeAndBegin();
  const auto greece = Of(exchange_, "GRC", "daemon");
  const codec::Envelope application = world_.SealedApplication();
  const auto first = Must(Submit(greece, application));
  EXPECT_TRUE(Must(exchange::RulingOf(first.entry())).admitted());
  const auto again = Must(Submit(greece, application));
  EXPECT_EQ(again.number(), first.number());
  EXPECT_EQ(again.entry(), first.entry());
  EXPECT_EQ(again.proof(), first.proof());

  EXPECT_EQ(ReasonOf(Submit(Of(exchange_, "AUT", "daemon"), world_.SealedApplication()).status()),
            exchange::reason::kPeerNotAuthor);
  EXPECT_EQ(ReasonOf(Submit(greece, world_.SealedApplication(), 0).status()), "DEADLINE_REQUIRED");
  EXPECT_EQ(ReasonOf(Submit(greece, world_.SealedApplication(), 3600).status()),
            "DEADLINE_REQUIRED");
  const auto status = Run("status --json --server " + casework_);
  ASSERT_EQ(status.exit_code, 0) << status.output;
  EXPECT_EQ(nlohmann::json::parse(status.output)["size"], first.number() + 1);
  // Rows that are written meanwhile would contradict what was read before.
  EXPECT_EQ(Run("check").exit_code, 3);
  EXPECT_EQ(Stop(), 0);
  const auto checked = Run("check");
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  EXPECT_EQ(Run("status --server " + casework_).exit_code, 5);
}

// Design section 12: SubmitStream, many envelopes a message, receipts in order; each act stands or
// falls alone.
TEST_F(MinistryTest, ManyActsInAStreamGetTheirReceiptsInOrder) {
  InitServeAndBegin();
  const auto stub = exchange::v1::Exchange::NewStub(Of(exchange_, "GRC", "daemon"));
  const auto open = [&](grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    return stub->SubmitStream(&context);
  };
  const auto message = [&](int good, bool bad) {
    exchange::v1::SubmitStreamRequest request;
    for (int i = 0; i < good; ++i)
      edge::ToWire(world_.SealedApplication(), *request.add_envelopes());
    if (bad) request.mutable_envelopes(1)->mutable_statement()->push_back('x');
    return request;
  };
  grpc::ClientContext context;
  const auto stream = open(context);
  // The second is sent before the answer to the first.
  const exchange::v1::SubmitStreamRequest first = message(3, true);
  const exchange::v1::SubmitStreamRequest second = message(2, false);
  ASSERT_TRUE(stream->Write(first) && stream->Write(second));
  std::uint64_t last = 0;
  for (const auto* request : {&first, &second}) {
    exchange::v1::SubmitStreamResponse response;
    ASSERT_TRUE(stream->Read(&response));
    ASSERT_EQ(response.answers_size(), request->envelopes_size());
    for (int i = 0; i < response.answers_size(); ++i) {
      const exchange::v1::SubmitAnswer& answer = response.answers(i);
      if (request == &first && i == 1) {
        ASSERT_TRUE(answer.has_refusal());
        EXPECT_EQ(ReasonOf(edge::FromWire(answer.refusal())), exchange::reason::kSealInvalid);
        continue;
      }
      ASSERT_TRUE(answer.has_receipt()) << answer.refusal().message();
      EXPECT_GT(answer.receipt().number(), last);
      last = answer.receipt().number();
      const auto entry = Must(codec::DecodeEntry(answer.receipt().entry()));
      EXPECT_EQ(std::get<codec::ActBody>(entry.body).statement, request->envelopes(i).statement());
    }
  }
  // The same again gives the same receipts.
  exchange::v1::SubmitStreamResponse again;
  ASSERT_TRUE(stream->Write(second) && stream->Read(&again));
  EXPECT_EQ(again.answers(1).receipt().number(), last);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());

  for (const int acts : {0, 65}) {
    grpc::ClientContext other;
    const auto wrong = open(other);
    exchange::v1::SubmitStreamRequest request;
    for (int i = 0; i < acts; ++i) request.add_envelopes();
    ASSERT_TRUE(wrong->Write(request));
    exchange::v1::SubmitStreamResponse none;
    EXPECT_FALSE(wrong->Read(&none));
    EXPECT_EQ(wrong->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
  grpc::ClientContext endless;
  const auto refused = stub->SubmitStream(&endless);
  EXPECT_EQ(ReasonOf(edge::FromRpc(refused->Finish())), "DEADLINE_REQUIRED");

  // One that is left open ends with the server, and one that is cut leaves what it recorded.
  grpc::ClientContext cut;
  const auto broken = open(cut);
  const exchange::v1::SubmitStreamRequest third = message(4, false);
  ASSERT_TRUE(broken->Write(third));
  exchange::v1::SubmitStreamResponse recorded;
  ASSERT_TRUE(broken->Read(&recorded));
  cut.TryCancel();
  broken->Finish();
  // Whoever writes and goes away at once harms nobody.
  for (int i = 0; i < 100; ++i) {
    grpc::ClientContext gone;
    const auto hasty = open(gone);
    hasty->Write(second);
    gone.TryCancel();
    EXPECT_FALSE(hasty->Finish().ok());
  }
  // A party has four streams at most: those that were left are not all gone at once.
  for (bool room = false; !room;) {
    grpc::ClientContext another;
    const auto tried = open(another);
    exchange::v1::SubmitStreamResponse none;
    room = tried->Write(third) && tried->Read(&none);
    tried->WritesDone();
    tried->Finish();
  }
  grpc::ClientContext idle;
  const auto waiting = open(idle);
  ASSERT_TRUE(waiting->Write(third));
  exchange::v1::SubmitStreamResponse known;
  ASSERT_TRUE(waiting->Read(&known));
  EXPECT_EQ(known.answers(3).receipt().number(), recorded.answers(3).receipt().number());
  EXPECT_EQ(Stop(), 0);
  EXPECT_FALSE(waiting->Finish().ok());
  EXPECT_EQ(Run("check").exit_code, 0);
}

// Issue 4, item 5: what a state can read of the ministry's ledger is its own entries, the
// cooperation's, and leaf hashes of the rest: Austria asks every call of Exchange, Ledger and
// Procedures for what is Greece's. A call that is added and not asked here fails the test.
TEST_F(MinistryTest, NoCallGivesMoreThanLeafHashesOfAnothersMatters) {
  InitServeAndBegin();
  const codec::Envelope application = world_.SealedApplication();
  const auto given = Must(Submit(Of(exchange_, "GRC", "daemon"), application));
  const codec::Entry entry = Must(codec::DecodeEntry(given.entry()));

  const auto channel = Of(exchange_, "AUT", "daemon");
  std::string heard;  // all that Austria was told, errors too
  std::set<std::string> asked;
  const auto hear = [&](const std::string& call, const grpc::Status& status,
                        const google::protobuf::Message& response) {
    asked.insert(call);
    heard += response.SerializeAsString() + status.error_message() + status.error_details();
    return status.ok();
  };
  const auto within = [](grpc::ClientContext& context) -> grpc::ClientContext* {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    return &context;
  };
  const auto ask = [&](const std::string& name, auto& stub, auto method, auto request,
                       auto response) {
    grpc::ClientContext context;
    const grpc::Status status = (stub.*method)(within(context), request, &response);
    return hear(name, status, response);
  };

  const auto exchange_stub = exchange::v1::Exchange::NewStub(channel);
  using Exchange = exchange::v1::Exchange::Stub;
  exchange::v1::SubmitRequest again;
  edge::ToWire(application, *again.mutable_envelope());
  EXPECT_FALSE(
      ask("Submit", *exchange_stub, &Exchange::Submit, again, exchange::v1::SubmitResponse()));
  {
    exchange::v1::SubmitStreamRequest many;
    edge::ToWire(application, *many.add_envelopes());
    grpc::ClientContext context;
    const auto stream = exchange_stub->SubmitStream(within(context));
    exchange::v1::SubmitStreamResponse response;
    EXPECT_TRUE(stream->Write(many) && stream->Read(&response));
    hear("SubmitStream", grpc::Status::OK, response);
    ASSERT_EQ(response.answers_size(), 1);
    EXPECT_TRUE(response.answers(0).has_refusal());
    stream->WritesDone();
    EXPECT_TRUE(stream->Finish().ok());
  }
  for (const char* stream : {"", "GRC", "AUT+GRC", "GRC+AUT", "PAK", "all", "*"}) {
    exchange::v1::CollectRequest from;
    exchange::v1::StreamPosition& position = *from.add_from();
    position.set_stream(stream);
    grpc::ClientContext context;
    const auto reader = exchange_stub->Collect(within(context), from);
    exchange::v1::CollectResponse response;
    while (reader->Read(&response)) hear("Collect", grpc::Status::OK, response);
    EXPECT_TRUE(reader->Finish().ok());
  }

  // A Greek attachment in that case; another under its name is not put beside it.
  const std::string scan = "a scan that Austria must not see";
  exchange::v1::PutAttachmentRequest put;
  put.set_matter(Must(codec::DecodeStatement(application.statement)).act.matter.ToBytes());
  put.set_digest(crypto::Sha256(scan).ToBytes());
  put.set_size(scan.size());
  put.set_chunk(scan);
  {
    grpc::ClientContext context;
    exchange::v1::PutAttachmentResponse taken;
    const auto greek = exchange::v1::Exchange::NewStub(Of(exchange_, "GRC", "daemon"));
    ASSERT_TRUE(greek->PutAttachment(within(context), put, &taken).ok());
    ASSERT_TRUE(taken.whole());
  }
  exchange::v1::FindAttachmentRequest find;
  find.set_matter(put.matter());
  find.set_digest(put.digest());
  EXPECT_TRUE(ask("FindAttachment", *exchange_stub, &Exchange::FindAttachment, find,
                  exchange::v1::FindAttachmentResponse()));
  exchange::v1::GetAttachmentRequest get;
  get.set_matter(put.matter());
  get.set_digest(put.digest());
  EXPECT_FALSE(ask("GetAttachment", *exchange_stub, &Exchange::GetAttachment, get,
                   exchange::v1::GetAttachmentResponse()));
  EXPECT_FALSE(ask("PutAttachment", *exchange_stub, &Exchange::PutAttachment, put,
                   exchange::v1::PutAttachmentResponse()));

  const auto ledger_stub = exchange::v1::Ledger::NewStub(channel);
  using Ledger = exchange::v1::Ledger::Stub;
  EXPECT_TRUE(ask("GetCheckpoint", *ledger_stub, &Ledger::GetCheckpoint,
                  exchange::v1::GetCheckpointRequest(), exchange::v1::GetCheckpointResponse()));
  exchange::v1::GetConsistencyRequest consistency;
  consistency.set_old_size(given.number());
  consistency.set_new_size(given.number() + 1);
  EXPECT_TRUE(ask("GetConsistency", *ledger_stub, &Ledger::GetConsistency, consistency,
                  exchange::v1::GetConsistencyResponse()));
  exchange::v1::GetInclusionRequest inclusion;
  inclusion.set_number(given.number());
  inclusion.set_size(given.number() + 1);
  EXPECT_TRUE(ask("GetInclusion", *ledger_stub, &Ledger::GetInclusion, inclusion,
                  exchange::v1::GetInclusionResponse()));
  ask("GetSliceHead", *ledger_stub, &Ledger::GetSliceHead, exchange::v1::GetSliceHeadRequest(),
      exchange::v1::GetSliceHeadResponse());
  exchange::v1::GetLeafHashesRequest leaves;
  leaves.set_count(1'000'000);
  EXPECT_TRUE(ask("GetLeafHashes", *ledger_stub, &Ledger::GetLeafHashes, leaves,
                  exchange::v1::GetLeafHashesResponse()));
  EXPECT_NE(heard.find(ledger::LeafHash(given.entry()).ToBytes()), std::string::npos);
  EXPECT_TRUE(ask("GetCosignedHeads", *ledger_stub, &Ledger::GetCosignedHeads,
                  exchange::v1::GetCosignedHeadsRequest(),
                  exchange::v1::GetCosignedHeadsResponse()));
  EXPECT_TRUE(ask("GetTimeStamps", *ledger_stub, &Ledger::GetTimeStamps,
                  exchange::v1::GetTimeStampsRequest(), exchange::v1::GetTimeStampsResponse()));
  exchange::v1::AddCosignatureRequest cosignature;
  cosignature.set_size(given.number() + 1);
  cosignature.set_line("no cosignature");
  EXPECT_FALSE(ask("AddCosignature", *ledger_stub, &Ledger::AddCosignature, cosignature,
                   exchange::v1::AddCosignatureResponse()));
  exchange::v1::AddCheckpointRequest checkpoint;
  checkpoint.set_checkpoint("no checkpoint");
  EXPECT_FALSE(ask("AddCheckpoint", *ledger_stub, &Ledger::AddCheckpoint, checkpoint,
                   exchange::v1::AddCheckpointResponse()));

  const auto procedures_stub = exchange::v1::Procedures::NewStub(channel);
  using Procedures = exchange::v1::Procedures::Stub;
  EXPECT_TRUE(ask("ListProcedures", *procedures_stub, &Procedures::ListProcedures,
                  exchange::v1::ListProceduresRequest(), exchange::v1::ListProceduresResponse()));
  for (const Digest& digest :
       {crypto::Sha256(world_.bundle_2016), crypto::Sha256(application.statement)}) {
    exchange::v1::GetProcedureRequest procedure;
    procedure.set_digest(digest.ToBytes());
    EXPECT_EQ(ask("GetProcedure", *procedures_stub, &Procedures::GetProcedure, procedure,
                  exchange::v1::GetProcedureResponse()),
              digest == crypto::Sha256(world_.bundle_2016));
  }

  std::set<std::string> all;
  const auto* file = exchange::v1::SubmitRequest::descriptor()->file();
  for (int i = 0; i < file->service_count(); ++i) {
    for (int k = 0; k < file->service(i)->method_count(); ++k)
      all.insert(file->service(i)->method(k)->name());
  }
  EXPECT_EQ(asked, all);

  const auto act = Must(codec::DecodeStatement(application.statement)).act;
  std::vector<std::string> secrets = {scan,
                                      given.entry(),
                                      application.statement,
                                      application.seal,
                                      std::string(entry.nonce.View()),
                                      std::string(act.matter.View()),
                                      std::string(act.id.View()),
                                      std::string(act.commitment->View()),
                                      std::string(act.facts.IdOr(procedure::Fact::kHandle).View())};
  for (const Item& item : application.items) {
    secrets.emplace_back(item.value.Reveal());
    secrets.emplace_back(item.salt.View());
  }
  for (const std::string& secret : secrets)
    EXPECT_EQ(heard.find(secret), std::string::npos) << "secret of " << secret.size() << " bytes";
  EXPECT_EQ(Stop(), 0);
}

// security.md 1.3, 1.4: TLS 1.2, no certificate, a stranger's, an expired, a revoked one; an
// unreadable list refuses all.
TEST_F(MinistryTest, OnlyHoldersOfAGoodCertificateGetInAndOnlyOverTls13) {
  InitServeAndBegin();
  const RehearsalPki& pki = RehearsalPki::Get();
  const auto connect = [&](const std::string& flags) {
    return RunCommand("openssl s_client -connect " + exchange_ + " -CAfile '" +
                      pki.Path("public/roots.pem") + "' -alpn h2 " + flags + " </dev/null")
        .output;
  };
  const std::string own = "-cert '" + pki.Path("GRC/tls/daemon.pem") + "' -cert_chain '" +
                          pki.Path("GRC/ca.pem") + "' -key '" + pki.Path("GRC/tls/daemon.key") +
                          "' ";
  EXPECT_THAT(connect(own + "-tls1_3"), ::testing::HasSubstr("Cipher is TLS_AES"));
  EXPECT_THAT(connect(own + "-tls1_2"), ::testing::HasSubstr("Cipher is (NONE)"));

  const auto bad = [&](const std::string& name) {
    const std::string stem = (pki.bad() / name).string();
    // With its issuing authority behind it, as TLS peers show theirs.
    WriteFile(Path(name + ".pem"),
              support::ReadFile(stem + ".pem") + support::ReadFile(pki.folder() / "GRC/ca.pem"));
    return Submit(Channel(exchange_, stem + ".key", Path(name + ".pem")),
                  world_.SealedApplication(), 3)
        .status()
        .code();
  };
  EXPECT_EQ(bad("expired-tls"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(bad("stranger-tls"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(bad("wrong-party-tls"), absl::StatusCode::kUnavailable);

  // Not in the list it gets in; in the list it does not, neither anew nor on a connection that
  // lives.
  const std::string stem = (pki.bad() / "revoked-tls").string();
  WriteFile(Path("revocable.pem"),
            support::ReadFile(stem + ".pem") + support::ReadFile(pki.folder() / "GRC/ca.pem"));
  const auto revocable = Channel(exchange_, stem + ".key", Path("revocable.pem"));
  EXPECT_TRUE(Submit(revocable, world_.SealedApplication()).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  WriteFile(Path("revocations"), "chancery-revocations v1\n" +
                                     pki.BadCertificate("revoked-tls").digest().ToHexText() + "\n");
  EXPECT_EQ(ReasonOf(Submit(revocable, world_.SealedApplication()).status()), "PEER_REFUSED");
  EXPECT_EQ(Submit(Channel(exchange_, stem + ".key", Path("revocable.pem")),
                   world_.SealedApplication(), 3)
                .status()
                .code(),
            absl::StatusCode::kUnavailable);
  const auto greece = Of(exchange_, "GRC", "daemon");
  EXPECT_TRUE(Submit(greece, world_.SealedApplication()).ok());
  // Without its list the server lets nobody in and judges nobody: what waits goes on waiting.
  std::filesystem::remove(Path("revocations"));
  const absl::Status without_list = Submit(greece, world_.SealedApplication()).status();
  EXPECT_EQ(without_list.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(without_list), "REVOCATIONS_AWAY");
}

// Design section 12: Casework is for the ministry's own officers.
TEST_F(MinistryTest, AStatesDaemonGetsNothingFromCasework) {
  InitServeAndBegin();
  const auto stub = casework::v1::Casework::NewStub(Of(casework_, "GRC", "daemon"));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  casework::v1::GetStatusResponse response;
  EXPECT_EQ(ReasonOf(edge::FromRpc(
                stub->GetStatus(&context, casework::v1::GetStatusRequest(), &response))),
            "PEER_REFUSED");
}

// Design section 12: Collect gives what the caller may read, and goes on with what comes.
TEST_F(MinistryTest, CollectGoesOnWithWhatComes) {
  InitServeAndBegin();
  const auto greece = Of(exchange_, "GRC", "daemon");
  const auto stub = exchange::v1::Exchange::NewStub(greece);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  exchange::v1::CollectRequest request;
  request.set_follow(true);
  const auto reader = stub->Collect(&context, request);
  exchange::v1::CollectResponse page;
  std::uint64_t read = 0;
  const std::uint64_t so_far = world_.keeper->head().tree.size;
  while (read < so_far && reader->Read(&page))
    read += static_cast<std::uint64_t>(page.entries_size());
  EXPECT_EQ(read, so_far);  // all of it is in the stream of all
  const auto receipt = Must(Submit(greece, world_.SealedApplication()));
  std::uint64_t last = 0;
  while (last < receipt.number() && reader->Read(&page))
    last = page.entries(page.entries_size() - 1).number();
  EXPECT_EQ(last, receipt.number());
  context.TryCancel();
  while (reader->Read(&page)) {
  }
  reader->Finish();
  EXPECT_EQ(Stop(), 0);
}

// Issue 2: kill -9 before and after a commit and before an answer, then a restart: no act lost,
// none twice.
TEST_F(MinistryTest, KilledAtACommitItGoesOnAfterARestartWithEveryActOnce) {
  InitServeAndBegin();
  EXPECT_EQ(Stop(), 0);
  std::uint64_t expected = world_.keeper->head().tree.size;
  for (const std::string at : {"commit.before:1", "commit.after:1", "answer.before:1"}) {
    Serve(at);
    const codec::Envelope application = world_.SealedApplication();
    EXPECT_FALSE(Submit(Of(exchange_, "GRC", "daemon"), application).ok()) << at;
    EXPECT_EQ(Wait(), -SIGKILL) << at;
    Serve();
    const auto receipt = Must(Submit(Of(exchange_, "GRC", "daemon"), application));
    EXPECT_GE(receipt.number(), expected) << at;
    EXPECT_EQ(Must(Submit(Of(exchange_, "GRC", "daemon"), application)).number(), receipt.number())
        << at;
    expected = receipt.number() + 1;
    EXPECT_EQ(Stop(), 0);
  }
  const auto checked = Run("check --json");
  ASSERT_EQ(checked.exit_code, 0) << checked.output;
  EXPECT_EQ(nlohmann::json::parse(checked.output)["entries"], expected);
}

// Issue 2: officers draft and seal with the program's own commands; an inadmissible act exits 4.
TEST_F(MinistryTest, OfficersDraftAndSealWithTheProgramsCommands) {
  InitServeAndBegin();
  const codec::Envelope application = world_.SealedApplication();
  Must(Submit(Of(exchange_, "GRC", "daemon"), application));
  const std::string matter =
      Must(codec::DecodeStatement(application.statement)).act.matter.ToHexText();
  const RehearsalPki& pki = RehearsalPki::Get();
  const auto seal = [&](int officer) {
    const std::string stem = pki.Path("PAK/seal/registry-" + std::to_string(officer));
    return " --json --server " + casework_ + " --seal-key '" + stem + ".key' --seal-certificate '" +
           stem + ".pem'";
  };
  WriteFile(Path("reply.json"),
            R"({"act": "reply", "addressee": "GRC", "matter": ")" + matter + R"(", "answers": ")" +
                crypto::Sha256(application.statement).ToHexText() +
                R"(", "facts": {"answer": "refused", "refusal_ground": "false_document"}})");
  const auto drafted = Run("act do '" + Path("reply.json") + "'" + seal(1));
  ASSERT_EQ(drafted.exit_code, 0) << drafted.output;
  EXPECT_EQ(nlohmann::json::parse(drafted.output)["recorded"], false);
  const std::string draft = nlohmann::json::parse(drafted.output)["draft"];
  // An act is checked before it is sent, as at a state's desk: field, rule and remedy, no value.
  WriteFile(Path("broken.json"),
            "{\"act\": \"reply\", \"particulars\": {\"name\": \"Qandar\xff\"}}");
  for (const std::string& broken_act :
       {"act do '" + Path("broken.json") + "'" + seal(1),
        "act draft '" + Path("broken.json") + "' --server " + casework_}) {
    const auto broken = Run(broken_act);
    EXPECT_EQ(broken.exit_code, 4) << broken.output;
    EXPECT_THAT(broken.output, ::testing::HasSubstr("particulars.name: must be UTF-8"));
    EXPECT_THAT(broken.output, ::testing::Not(::testing::HasSubstr("Qandar")));
  }
  EXPECT_EQ(Run("act approve " + draft + seal(1)).exit_code, 3);  // one officer's key seals once
  const auto approved = Run("act approve " + draft + seal(2));
  // Nobody verified the claim yet: recorded, and inadmissible.
  EXPECT_EQ(approved.exit_code, 4) << approved.output;
  EXPECT_EQ(nlohmann::json::parse(approved.output)["recorded"], true);
  EXPECT_THAT(std::string(nlohmann::json::parse(approved.output)["ruling"]),
              ::testing::HasSubstr("not_verified"));

  const auto tasks = Run("task list --json --server " + casework_);
  ASSERT_EQ(tasks.exit_code, 0) << tasks.output;
  EXPECT_EQ(nlohmann::json::parse(tasks.output)["tasks"][0]["matter"], matter);
  const auto shown = Run("case show " + matter + " --json --server " + casework_);
  EXPECT_EQ(shown.exit_code, 0) << shown.output;
  EXPECT_THAT(shown.output, ::testing::Not(::testing::HasSubstr("Specimen")));
  const auto with = Run("case show " + matter + " --particulars --json --server " + casework_);
  EXPECT_EQ(nlohmann::json::parse(with.output)["sent"]["name"], "Invented Specimen");
  EXPECT_EQ(Run("cooperation show --json --server " + casework_).exit_code, 0);
  EXPECT_EQ(Run("case show 00112233445566778899aabbccddeeff --server " + casework_).exit_code, 4);
}

}  // namespace
}  // namespace chancery::server
