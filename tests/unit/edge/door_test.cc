#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "edge/clock.h"
#include "edge/listener.h"
#include "edge/tls.h"
#include "edge/workers.h"
#include "tests/support/pki.h"

namespace chancery::edge {
namespace {

using support::Must;
using support::RehearsalPki;
using support::TemporaryFolder;
using support::WriteFile;
using ::testing::HasSubstr;

const std::string kOne(64, '1');
const std::string kTwo(64, '2');

// tls.h: a title, then digests in hex, sorted, a line each; anything else is no list.
TEST(Revocations, OnlyTheOneSpellingIsAList) {
  const std::string title = "chancery-revocations v1\n";
  EXPECT_TRUE(Must(ParseRevocations(title)).empty());
  EXPECT_EQ(Must(ParseRevocations(title + kOne + "\n" + kTwo + "\n")).size(), 2u);
  for (const std::string& bad :
       {std::string(), std::string("\n"), title + kOne, title + kTwo + "\n" + kOne + "\n",
        title + kOne + "\n" + kOne + "\n", title + "A" + kOne.substr(1) + "\n", title + "\n",
        kOne + "\n", title + kOne + " \n"}) {
    EXPECT_FALSE(ParseRevocations(bad).ok()) << bad;
  }
}

// security.md 1.4 P1: unknown, expired or unverifiable means refused.
class PeerRulesTest : public ::testing::Test {
 protected:
  absl::StatusOr<Peer> Check(const std::string& pem, crypto::CertificatePurpose purpose =
                                                         crypto::CertificatePurpose::kTlsClient) {
    const Bytes authority = support::ReadFile(RehearsalPki::Get().Path("GRC/ca.pem"));
    return PeerRules(trust_, agreement_, folder_.path() / "list", clock_)
        .Check(pem, pem + authority, purpose);
  }
  std::string Pem(const std::string& relative) {
    return RehearsalPki::Get().CertificateAt(relative).ToPem();
  }

  TemporaryFolder folder_;
  crypto::TrustAnchors trust_ = RehearsalPki::Get().Anchors();
  SystemClock clock_;
  std::string agreement_ = "eu-pakistan";
};

// security.md 1.4 P1: without a list that can be read nobody is let in; that is the server's own
// trouble (Unavailable), and only a certificate in the list is refused for what it is.
TEST_F(PeerRulesTest, ADaemonsCertificateIsItsOfficeWhileTheListCanBeReadAndDoesNotNameIt) {
  const std::string daemon = Pem("GRC/tls/daemon.pem");
  EXPECT_THAT(std::string(ToStd(Check(daemon).status().message())), HasSubstr("cannot be read"));
  EXPECT_EQ(Check(daemon).status().code(), absl::StatusCode::kUnavailable);
  WriteFile(folder_.path() / "list", "nonsense\n");
  EXPECT_THAT(std::string(ToStd(Check(daemon).status().message())), HasSubstr("malformed"));
  EXPECT_EQ(Check(daemon).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(Check(daemon).status()), "REVOCATIONS_AWAY");
  WriteFile(folder_.path() / "list", "chancery-revocations v1\n");
  const Peer peer = Must(Check(daemon));
  EXPECT_EQ(peer.party, *PartyCode::FromText("GRC"));
  EXPECT_EQ(peer.office, "daemon");
  WriteFile(folder_.path() / "list",
            "chancery-revocations v1\n" +
                RehearsalPki::Get().CertificateAt("GRC/tls/daemon.pem").digest().ToHexText() +
                "\n");
  EXPECT_THAT(std::string(ToStd(Check(daemon).status().message())), HasSubstr("is revoked"));
  EXPECT_EQ(Check(daemon).status().code(), absl::StatusCode::kPermissionDenied);
}

// security.md 1.4 P1: only an office's TLS certificate under the roots and of the agreement is a
// peer's.
TEST_F(PeerRulesTest, WhatIsNoOfficesTlsCertificateUnderTheRootsIsRefused) {
  WriteFile(folder_.path() / "list", "chancery-revocations v1\n");
  EXPECT_FALSE(Check(Pem("GRC/seal/return-authority-1.pem")).ok());
  EXPECT_FALSE(Check(Pem("GRC/ca.pem")).ok());
  for (const char* bad : {"expired-tls", "stranger-tls", "wrong-party-tls"}) {
    EXPECT_FALSE(Check(RehearsalPki::Get().BadCertificate(bad).ToPem()).ok()) << bad;
  }
  EXPECT_FALSE(Check(Pem("GRC/tls/daemon.pem"), crypto::CertificatePurpose::kTlsServer).ok());
  agreement_ = "eu-elsewhere";
  EXPECT_FALSE(Check(Pem("GRC/tls/daemon.pem")).ok());
}

// workers.h: what was taken is run; what is too much is refused, not queued for ever.
TEST(Workers, TooMuchIsRefusedAndWhatWasTakenIsRun) {
  std::mutex gate;
  gate.lock();
  std::atomic<int> ran{0};
  Workers workers(1, 2);
  ASSERT_TRUE(workers.Post([&] {
    const std::lock_guard wait(gate);
    ++ran;
  }));
  int taken = 1;
  for (int i = 0; i < 10; ++i) taken += workers.Post([&] { ++ran; }) ? 1 : 0;
  EXPECT_LE(taken, 4);
  gate.unlock();
  workers.Close();
  EXPECT_EQ(ran, taken);
  EXPECT_FALSE(workers.Post([] {}));
}

// Takes connections and closes them when it is told to.
class Acceptor final : public grpc::experimental::ExternalConnectionAcceptor {
 public:
  explicit Acceptor(std::atomic<int>& accepted) : accepted_(accepted) {}
  ~Acceptor() override {
    for (const int fd : fds_) ::close(fd);
  }
  void HandleNewConnection(NewConnectionParameters* parameters) override {
    fds_.push_back(parameters->fd);
    ++accepted_;
  }

 private:
  std::atomic<int>& accepted_;
  std::vector<int> fds_;
};

// security.md 1.2: connections are bounded before TLS, and room comes back when one ends.
TEST(Listener, ConnectionsFromOneAddressAreBoundedAndRoomComesBack) {
  std::atomic<int> accepted{0};
  const auto listener = Must(Listener::Open("127.0.0.1:0", {64, 3}));
  listener->Start(std::make_unique<Acceptor>(accepted));
  const int port = std::stoi(listener->address().substr(listener->address().rfind(':') + 1));
  const auto connect_one = [port] {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  };
  const auto wait_for = [&accepted](int count) {
    for (int i = 0; i < 100 && accepted < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return accepted.load();
  };
  std::vector<int> fds;
  for (int i = 0; i < 6; ++i) fds.push_back(connect_one());
  EXPECT_EQ(wait_for(4), 3);
  // A place is free once the listener has seen that its connection ended.
  for (int i = 0; i < 1000 && accepted < 4; ++i) {
    ::close(fds.front());
    fds.front() = connect_one();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(accepted, 4);
  for (const int fd : fds) ::close(fd);
  listener->Stop();
  EXPECT_FALSE(Listener::Open("localhost:0", {}).ok());
  EXPECT_FALSE(Listener::Open("7443", {}).ok());
}

}  // namespace
}  // namespace chancery::edge
