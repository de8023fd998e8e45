#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "edge/convert.h"
#include "edge/events.h"
#include "edge/files.h"
#include "edge/output.h"
#include "edge/prepare_grpc.h"
#include "edge/rpc_status.h"
#include "tests/support/exchange_world.h"

namespace chancery::edge {
namespace {

using support::CountingEvents;
using support::Must;
using support::TemporaryFolder;
using support::WriteFile;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

// Design section 12: errors carry google.rpc details with a stable reason.
TEST(RpcStatus, AReasonSurvivesTheWire) {
  const absl::Status status = WithReason(PermissionDenied("seal: it is missing"), "SEAL_MISSING");
  const grpc::Status sent = ToRpc(status, "chancery.exchange.v1.Exchange");
  EXPECT_EQ(sent.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  const absl::Status read = FromRpc(sent);
  EXPECT_EQ(read.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(read.message(), status.message());
  EXPECT_EQ(ReasonOf(read), "SEAL_MISSING");
  EXPECT_TRUE(FromRpc(ToRpc(absl::OkStatus(), "any")).ok());
  EXPECT_EQ(ReasonOf(FromRpc({grpc::StatusCode::UNAVAILABLE, "away", "not a status"})), "");
}

// rpc_status.h: what another program answered is known as such, also after it was annotated, and
// is not sent on as an answer of ours.
TEST(RpcStatus, AnAnswerIsToldFromAFailureHere) {
  const absl::Status answer = FromRpc({grpc::StatusCode::NOT_FOUND, "none"});
  EXPECT_TRUE(IsAnswered(answer));
  EXPECT_TRUE(IsAnswered(Annotate(WithReason(answer, "MATTER_UNKNOWN"), "case")));
  EXPECT_FALSE(IsAnswered(NotFound("none")));
  EXPECT_FALSE(IsAnswered(Answered(absl::OkStatus())));
  EXPECT_THAT(ToRpc(answer, "any").error_details(), IsEmpty());
}

// Design section 13: exit codes.
TEST(ExitCodes, TellABrokenNetworkFromARefusalAndAFalseBook) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(DataLoss("x")), 1);
  EXPECT_EQ(ExitCodeOf(InvalidArgument("x")), 2);
  EXPECT_EQ(ExitCodeOf(NotFound("x")), 3);
  EXPECT_EQ(ExitCodeOf(PermissionDenied("x")), 3);
  EXPECT_EQ(ExitCodeOf(Unavailable("x")), 3);
  EXPECT_EQ(ExitCodeOf(Answered(InvalidArgument("x"))), 4);
  EXPECT_EQ(ExitCodeOf(Answered(PermissionDenied("x"))), 4);
  EXPECT_EQ(ExitCodeOf(Answered(Unavailable("x"))), 5);
  EXPECT_EQ(ExitCodeOf(Answered(absl::DeadlineExceededError("x"))), 5);
}

// Design section 13: data on stdout, as the document or as text; nothing where nothing was found.
TEST(OutputTest, DataIsPrintedAsTheDocumentOrAsText) {
  const Shown shown{{{"size", 3}}, "three", kExitRefused};
  CaptureStdout();
  EXPECT_EQ(Output("chancery-x", true).Print(shown), kExitRefused);
  EXPECT_EQ(Json::parse(GetCapturedStdout()), shown.document);
  CaptureStdout();
  EXPECT_EQ(Output("chancery-x", false).Print(shown), kExitRefused);
  EXPECT_EQ(GetCapturedStdout(), "three\n");
  CaptureStdout();
  EXPECT_EQ(Output("chancery-x", true).Print(Shown{}), kExitYes);
  EXPECT_EQ(Output("chancery-x", false).Print(Shown{}), kExitYes);
  EXPECT_EQ(GetCapturedStdout(), "");
}

// Design section 13: what failed goes to stderr with its reason, and stdout stays empty.
TEST(OutputTest, AFailureIsToldWithItsReasonOnStderr) {
  const absl::Status failure = Answered(WithReason(NotFound("matter: none"), "MATTER_UNKNOWN"));
  CaptureStderr();
  CaptureStdout();
  EXPECT_EQ(Output("chancery-x", false).Print(failure), kExitRefused);
  EXPECT_EQ(GetCapturedStdout(), "");
  EXPECT_EQ(GetCapturedStderr(), "chancery-x: matter: none (MATTER_UNKNOWN)\n");
  CaptureStderr();
  EXPECT_EQ(Output("chancery-x", true).Print(failure), kExitRefused);
  const Json error = Json::parse(GetCapturedStderr())["error"];
  EXPECT_EQ(error["code"], "NOT_FOUND");
  EXPECT_EQ(error["reason"], "MATTER_UNKNOWN");
}

// output.h: what another party wrote does not steer a terminal.
TEST(OutputTest, TextsForPeopleAreShownWithoutControls) {
  const Output output("chancery-x", false);
  CaptureStdout();
  output.Print(Shown{Json(), "name: \u0639\u0644\u06cc\x1b[2J\u202e\nnext"});
  output.Line(Json(), "a\x1b]0;b");
  EXPECT_EQ(GetCapturedStdout(),
            "name: \u0639\u0644\u06cc\\x1b[2J\\xe2\\x80\\xae\nnext\na\\x1b]0;b\n");
  CaptureStderr();
  output.Failure(WithReason(NotFound("a\x1b[1m"), "B\x07"));
  output.Note("c\x1b[1m");
  EXPECT_THAT(GetCapturedStderr(), Not(::testing::AnyOf(HasSubstr("\x1b"), HasSubstr("\x07"))));
}

// output.h: bytes that are no text do not end a command.
TEST(OutputTest, BytesThatAreNoTextAreReplacedInADocument) {
  CaptureStdout();
  EXPECT_EQ(Output("chancery-x", true).Print(Shown{{{"name", "a\xff"}}, "a"}), kExitYes);
  EXPECT_THAT(GetCapturedStdout(), HasSubstr("\xef\xbf\xbd"));
}

// events.h: EVENT:N.
TEST(DieAt, OnlyAnEventAndAPositiveNumberAreAFault) {
  const DieAt at = Must(ParseDieAt("commit.after:7"));
  EXPECT_EQ(at.event, "commit.after");
  EXPECT_EQ(at.count, 7);
  for (const char* bad : {"", "commit.after", "commit.after:", ":3", "commit.after:0",
                          "commit.after:-1", "commit.after:3x", "commit.after:x"}) {
    EXPECT_FALSE(ParseDieAt(bad).ok()) << bad;
  }
}

// events.h: the process ends at that event of that name and at no other.
TEST(DieAt, TheProcessEndsAtTheNthEventOfThatNameAndNoOther) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        CountingEvents next;
        DyingEvents events(next, {"commit.after", 2});
        events.Note({"commit.after", {}, 1});
        events.Note({"commit.before", {}, 1});
        if (next.Count("commit.after") != 1 || next.Count("commit.before") != 1) _exit(1);
        events.Note({"commit.after", {}, 2});
        _exit(2);
      },
      ::testing::KilledBySignal(SIGKILL), "");
}

// Design section 12: faults are for rehearsals; a live program cannot be told to die.
TEST(ProgramEventsTest, OnlyARehearsalsProgramMayBeToldToDie) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "anchor";
  const auto write = [&file](bool rehearsal) {
    exchange::Anchor anchor;
    anchor.rehearsal = rehearsal;
    anchor.agreement = "eu-pakistan";
    anchor.founding = crypto::Sha256("founding");
    anchor.roots = support::RehearsalPki::Get().Fingerprints();
    const auto signer = Must(ledger::MakeNoteSigner(
        ledger::OriginOf("eu-pakistan", anchor.realm(), support::Party("PAK")),
        ledger::NoteAlgorithm::kEd25519,
        support::RehearsalPki::Get().LedgerKey("PAK", "checkpoint")));
    anchor.logs.emplace(support::Party("PAK"), signer->key());
    WriteFile(file, ledger::FormatAnchor(anchor));
  };
  write(true);
  EXPECT_TRUE(ProgramEvents::Open("quiet", "commit.after:1", file).ok());
  EXPECT_EQ(ProgramEvents::Open("quiet", "sometime", file).status().code(),
            absl::StatusCode::kInvalidArgument);
  write(false);
  EXPECT_EQ(ProgramEvents::Open("quiet", "commit.after:1", file).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(ProgramEvents::Open("quiet", "", file).ok());
}

// events.h: one line of JSON an event; what is not a word of ours cannot forge another.
TEST(LogEventsTest, AnEventIsOneLineWithoutForeignLetters) {
  CaptureStderr();
  LogEvents events("info");
  events.Note({"act.sealed", "a\"}\n{b", 7});
  events.Note({"answer.before", {}, 1});
  events.Note({"send.before", {}, 1});
  events.Note({"commit.after", {}, 1});
  EXPECT_EQ(GetCapturedStderr(),
            "{\"event\":\"act.sealed\",\"subject\":\"a????b\",\"number\":7}\n");
}

// events.h: three levels, anything else is a mistake of whoever typed it.
TEST(LogEventsTest, ALevelIsQuietInfoOrDebug) {
  for (const char* level : {"quiet", "info", "debug"}) EXPECT_TRUE(CheckLogLevel(level).ok());
  for (const char* level : {"", "warn", "INFO"}) {
    EXPECT_EQ(CheckLogLevel(level).code(), absl::StatusCode::kInvalidArgument) << level;
  }
}

// files.h: whole or not at all, bounded, and a secret is its owner's alone and never overwritten.
TEST(Files, AreReadAndWrittenWhole) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "file";
  EXPECT_EQ(ReadWholeFile(file).status().code(), absl::StatusCode::kNotFound);
  const Bytes bytes("a\0b\n", 4);
  ASSERT_TRUE(ReplaceFile(file, bytes).ok());
  EXPECT_EQ(Must(ReadWholeFile(file)), bytes);
  ASSERT_TRUE(ReplaceFile(file, "c").ok());
  EXPECT_EQ(Must(ReadWholeFile(file)), "c");
  EXPECT_FALSE(std::filesystem::exists(file.string() + ".new"));
  EXPECT_FALSE(ReplaceFile(folder.path() / "none" / "file", "c").ok());
  WriteFile(file, Bytes(kMaxFileBytes + 1, 'x'));
  EXPECT_EQ(ReadWholeFile(file).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Files, ASecretIsItsOwnersAloneAndIsNotOverwritten) {
  // files.h: a new file of mode 0600.
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "key";
  ASSERT_TRUE(WriteNewSecretFile(file, "secret").ok());
  struct stat mode {};
  ASSERT_EQ(::stat(file.c_str(), &mode), 0);
  EXPECT_EQ(mode.st_mode & 0777, 0600U);
  EXPECT_EQ(WriteNewSecretFile(file, "other").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Must(ReadWholeFile(file)), "secret");
}

// convert.h: what goes through the wire's messages comes back the same; a salt of zero is none.
TEST(Convert, AnEnvelopeComesBackAsItWent) {
  codec::Envelope envelope{"statement", "seal", "proof", {}};
  envelope.items.push_back(
      {"name", Personal<std::string>("Invented Specimen"), *Salt::FromBytes(Bytes(32, 's'))});
  exchange::v1::Envelope wire;
  ToWire(envelope, wire);
  EXPECT_EQ(Must(FromWire(wire)), envelope);
  EXPECT_EQ(ToJson(wire.particulars()), (Json{{"name", "Invented Specimen"}}));
  envelope.items[0].salt = Salt{};
  ToWire(envelope.items, *wire.mutable_particulars());
  EXPECT_THAT(wire.particulars().item(1).salt(), IsEmpty());
}

// prepare_grpc.h: gRPC's traces could show particulars.
TEST(PrepareGrpcTest, TracesOfGrpcAreRefused) {
  ASSERT_TRUE(PrepareGrpc().ok());
  EXPECT_STREQ(::getenv("GRPC_SSL_CIPHER_SUITES"), "PSK-AES256-GCM-SHA384");
  ::setenv("GRPC_TRACE", "all", 1);
  const absl::Status refused = PrepareGrpc();
  ::unsetenv("GRPC_TRACE");
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace chancery::edge
