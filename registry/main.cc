// chancery-registry-sim: a national registry of invented people, for rehearsals and tests.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "CLI/CLI.hpp"
#include "engine/crypto/hardening.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "registry/people.h"
#include "registry/service.h"

namespace {

int Fail(const std::string& message, int code) {
  std::cerr << "chancery-registry-sim: " << message << '\n';
  return code;
}

int Serve(const std::string& socket, const std::string& file, const std::string& ready_file) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);

  std::ifstream in(file, std::ios::binary);
  if (!in) return Fail(file + " cannot be opened", 3);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto people = chancery::registry::People::FromJson(text);
  chancery::Wipe(text);
  if (!people.ok())
    return Fail(file + ": " + std::string(chancery::ToStd(people.status().message())), 2);

  chancery::registry::RegistryService service(*people);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket, grpc::InsecureServerCredentials());
  builder.SetMaxReceiveMessageSize(256 * 1024);
  builder.RegisterService(&service);
  const mode_t before = ::umask(0177);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ::umask(before);
  if (server == nullptr || ::chmod(socket.c_str(), 0600) != 0)
    return Fail(socket + " cannot be listened on", 3);
  if (!ready_file.empty()) {
    std::ofstream ready(ready_file + ".new");
    ready << ::getpid() << '\n';
    ready.close();
    if (!ready || std::rename((ready_file + ".new").c_str(), ready_file.c_str()) != 0) {
      return Fail(ready_file + " cannot be written", 3);
    }
  }
  std::cerr << "{\"event\":\"registry.ready\",\"number\":" << people->size() << "}\n";
  int received = 0;
  sigwait(&set, &received);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (const absl::Status forbidden = chancery::crypto::ForbidCoreFiles(); !forbidden.ok()) {
    return Fail(std::string(chancery::ToStd(forbidden.message())), 3);
  }
  CLI::App app("A national registry of invented people: verifies one claim, is never searched.",
               "chancery-registry-sim");
  app.set_version_flag("--version", "chancery-registry-sim 0.1.0");
  app.footer("Example:\n  chancery-registry-sim --socket registry.sock --people people.json");
  std::string socket;
  std::string people;
  std::string ready_file;
  app.add_option("--socket", socket, "Unix socket to serve on")
      ->required()
      ->envname("CHANCERY_REGISTRY_SOCKET");
  app.add_option("--people", people, "JSON file of invented people")->required();
  app.add_option("--ready-file", ready_file, "written when the socket answers");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return Serve(socket, people, ready_file);
}
