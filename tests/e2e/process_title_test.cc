// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// What others on the machine see of the process: its title, and not its command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/await.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_directory.h"

namespace ebb::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kInvalid[] = "template format is invalid or contains unknown variables";

// As the kernel shows it, zeros and all.
std::string RawCommandLine(const std::string& pid) {
  std::ostringstream text;
  text << std::ifstream("/proc/" + pid + "/cmdline", std::ios::binary).rdbuf();
  return text.str();
}

// Without the zeros at its end.
std::string CommandLine(pid_t pid) {
  std::string text = RawCommandLine(std::to_string(pid));
  text.erase(text.find_last_not_of('\0') + 1);
  return text;
}

class ProcessTitleE2eTest : public ::testing::TestWithParam<const char*> {
 protected:
  static std::string Program() { return GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(Programs, ProcessTitleE2eTest,
                         ::testing::Values(EBB_SERVER_PATH, "redis-server"),
                         [](const auto& program) {
                           return program.index == 0 ? std::string("Ebb") : std::string("Redis");
                         });

TEST_P(ProcessTitleE2eTest, ThePasswordIsNotShown) {
  ServerProcess server({.program = Program(), .options = {"--requirepass", "secret"}});
  EXPECT_EQ(CommandLine(server.pid()), Program() + " 127.0.0.1:" + std::to_string(server.port()));
}

TEST_P(ProcessTitleE2eTest, TheCommandLineStaysOnRequest) {
  ServerProcess server(
      {.program = Program(), .options = {"--requirepass", "secret", "--set-proc-title", "no"}});
  EXPECT_THAT(CommandLine(server.pid()), HasSubstr(std::string("--requirepass\0secret\0", 21)));
  Connection client = server.Connect();
  EXPECT_EQ(client.Command({"AUTH", "secret"}), Reply::Ok());
  EXPECT_EQ(client.Command({"CONFIG", "SET", "bind", "localhost"}), Reply::Ok());
  EXPECT_THAT(CommandLine(server.pid()), HasSubstr(std::string("--requirepass\0secret\0", 21)));
  EXPECT_THAT(client.Command({"CONFIG", "SET", "set-proc-title", "yes"}).text,
              HasSubstr("can't set immutable config"));
}

TEST_P(ProcessTitleE2eTest, TheTitleFollowsTheAddress) {
  ServerProcess server({.program = Program(), .unix_socket = true});
  Connection client = server.ConnectUnix();
  const std::string port = std::to_string(server.port());
  EXPECT_EQ(client.Command({"CONFIG", "SET", "bind", "localhost"}), Reply::Ok());
  EXPECT_EQ(CommandLine(server.pid()), Program() + " localhost:" + port);
  EXPECT_EQ(client.Command({"CONFIG", "SET", "port", "0"}), Reply::Ok());
  EXPECT_EQ(CommandLine(server.pid()), Program() + " unixsocket:" + server.socket_path().string());
}

TEST_P(ProcessTitleE2eTest, TheTemplateCanChange) {
  ServerProcess server({.program = Program(), .config = "hz 10\n", .unix_socket = true});
  Connection client = server.Connect();
  const auto set = [&client](const std::string& text) {
    return client.Command({"CONFIG", "SET", "proc-title-template", text});
  };
  const std::string port = std::to_string(server.port());
  EXPECT_EQ(set("TEST {title} {listen-addr} {port} {tls-port} {unixsocket} {config-file}"),
            Reply::Ok());
  const std::string title = "TEST " + Program() + " 127.0.0.1:" + port + " " + port + " 0 " +
                            server.socket_path().string() + " " + server.config_path().string();
  EXPECT_EQ(CommandLine(server.pid()), title);
  for (const char* text : {"", "{foo}", "{title", "{title}", "x{"}) {
    EXPECT_EQ(set(text), Reply::Error("ERR CONFIG SET failed (possibly related to argument "
                                      "'proc-title-template') - " +
                                      std::string(kInvalid)));
  }
  EXPECT_EQ(CommandLine(server.pid()), title);
  EXPECT_EQ(set(std::string(300, 'x')), Reply::Ok());
  EXPECT_EQ(CommandLine(server.pid()), std::string(255, 'x'));
}

TEST_P(ProcessTitleE2eTest, AnInvalidTemplateEndsTheStart) {
  ServerProcess server({.program = Program(),
                        .options = {"--proc-title-template", "{title} {foo}"},
                        .await_ready = false});
  EXPECT_EQ(server.WaitForExit(), 1);
  EXPECT_THAT(server.Log(), HasSubstr("proc-title-template \"{title} {foo}\""));
  EXPECT_THAT(server.Log(), HasSubstr(kInvalid));
}

// Nor bytes behind it.
TEST(ProcessTitleEbbTest, NothingButTheTitleIsShown) {
  ServerProcess server({.options = {"--proc-title-template", "x"}});
  EXPECT_EQ(RawCommandLine(std::to_string(server.pid())), std::string("x\0", 2));
}

TEST(ProcessTitleEbbTest, InTheBackgroundAsWell) {
  ServerProcess server(
      {.options = {"--daemonize", "yes", "--pidfile", "pid", "--requirepass", "secret"},
       .await_ready = false});
  EXPECT_EQ(server.WaitForExit(), 0);
  ASSERT_TRUE(Await([&] { return server.Connect().Command({"PING"}).IsError("NOAUTH"); }));
  Connection client = server.Connect();
  EXPECT_EQ(client.Command({"AUTH", "secret"}), Reply::Ok());
  EXPECT_EQ(RawCommandLine(client.Info("process_id")),
            EBB_SERVER_PATH " 127.0.0.1:" + std::to_string(server.port()) + '\0');
  EXPECT_EQ(client.Command({"SHUTDOWN"}).kind, Reply::Kind::kLost);
}

// A supervisor's socket, which is asked for at the start and at the end. While it is there, the
// first of the servers' variables names it: the one that long titles go over.
class NotifySocket {
 public:
  NotifySocket() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval limit{.tv_sec = 30, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    variables_.push_back(variable_.data());
    for (char** other = others_; *other != nullptr; ++other) variables_.push_back(*other);
    variables_.push_back(nullptr);
    environ = variables_.data();
  }
  ~NotifySocket() {
    environ = others_;
    ::close(fd_);
  }

  std::string Receive() const {
    std::string text(1000, '\0');
    const ssize_t size = ::recv(fd_, text.data(), text.size(), 0);
    text.resize(static_cast<size_t>(std::max<ssize_t>(size, 0)));
    return text;
  }

 private:
  const TempDirectory directory_;
  const std::string path_ = directory_.path("notify");
  const int fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  std::string variable_ = "NOTIFY_SOCKET=" + path_;
  char** const others_ = environ;
  std::vector<char*> variables_;
};

TEST(ProcessTitleEbbTest, TheEnvironmentStaysReadable) {
  const NotifySocket supervisor;
  ServerProcess server({.options = {"--supervised", "systemd"},
                        .config = "proc-title-template " + std::string(255, 'x') + "\n"});
  EXPECT_EQ(RawCommandLine(std::to_string(server.pid())), std::string(255, 'x') + '\0');
  EXPECT_THAT(supervisor.Receive(), HasSubstr("READY=1"));
  EXPECT_EQ(server.Stop(), 0);
  EXPECT_THAT(supervisor.Receive(), HasSubstr("STOPPING=1"));
}

// Its lines name the program, by a pointer that the C library has from the command line.
TEST(ProcessTitleEbbTest, TheCrashReportNamesTheProgramAlone) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP();
#endif
  ServerProcess server({.options = {"--enable-debug-command", "yes"}});
  server.Connect().Command({"DEBUG", "SEGFAULT"});
  server.WaitForExit();
  EXPECT_THAT(server.Log(), HasSubstr(std::string(EBB_SERVER_PATH) + "(+0x"));
  EXPECT_THAT(server.Log(), Not(HasSubstr(std::to_string(server.port()) + "(+0x")));
}

}  // namespace
}  // namespace ebb::test
