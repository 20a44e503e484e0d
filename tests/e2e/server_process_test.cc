// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// The server as a process: it starts, answers, ends, and so does the helper that the other
// end-to-end tests stand on.
#include "tests/support/server_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temp_directory.h"

namespace ebb::test {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class ServerProcessTest : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Programs, ServerProcessTest,
                         ::testing::Values(EBB_SERVER_PATH, "redis-server"),
                         [](const auto& program) {
                           return program.index == 0 ? std::string("Ebb") : std::string("Redis");
                         });

TEST_P(ServerProcessTest, AnswersOnItsPort) {
  ServerProcess server({.program = GetParam()});
  Connection client = server.Connect();
  EXPECT_EQ(client.Command({"PING"}), Reply::Status("PONG"));
  EXPECT_EQ(client.Command({"SET", "key", std::string("a\0b", 3)}), Reply::Ok());
  EXPECT_EQ(client.Command({"GET", "key"}), Reply::Bulk(std::string("a\0b", 3)));
  EXPECT_EQ(client.Command({"GET", "other"}), Reply::Nil());
  EXPECT_TRUE(client.Command({"NOSUCH"}).IsError("ERR unknown command"));
}

TEST_P(ServerProcessTest, AnswersAPipelineInOrder) {
  ServerProcess server({.program = GetParam()});
  Connection client = server.Connect();
  for (int i = 0; i < 1000; ++i) client.Append({"ECHO", std::to_string(i)});
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(client.Receive(), Reply::Bulk(std::to_string(i)));
}

TEST_P(ServerProcessTest, SaysInItsLogWhenItIsReady) {
  ServerProcess server({.program = GetParam()});
  EXPECT_THAT(server.Log(),
              ContainsRegex(std::to_string(server.pid()) +
                            ":M [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}"
                            "\\.[0-9]{3} \\* Ready to accept connections\n"));
}

TEST_P(ServerProcessTest, EndsOnSigterm) {
  ServerProcess server({.program = GetParam()});
  Connection client = server.Connect();
  ASSERT_EQ(client.Command({"PING"}), Reply::Status("PONG"));
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitForExit(), 0);
  EXPECT_EQ(client.Command({"PING"}).kind, Reply::Kind::kLost);
}

TEST(EndTest, SaysHowManyKeysAreLost) {
  ServerProcess server;
  Connection client = server.Connect();
  EXPECT_EQ(client.Command({"MSET", "a", "1", "b", "2"}), Reply::Ok());
  EXPECT_EQ(client.Command({"SELECT", "1"}), Reply::Ok());
  EXPECT_EQ(client.Command({"SET", "c", "3"}), Reply::Ok());
  EXPECT_EQ(server.Stop(), 0);
  EXPECT_THAT(server.Log(),
              HasSubstr("* Keys that are gone now, for nothing is kept on disk: 3\n"));
  ServerProcess empty;
  EXPECT_EQ(empty.Stop(), 0);
  EXPECT_THAT(empty.Log(), Not(HasSubstr("Keys that")));
}

TEST_P(ServerProcessTest, StartsAgainOnItsPort) {
  ServerProcess server({.program = GetParam()});
  const int port = server.port();
  server.Restart();
  EXPECT_EQ(server.port(), port);
  EXPECT_EQ(server.Connect().Command({"PING"}), Reply::Status("PONG"));
}

TEST_P(ServerProcessTest, ListensOnAUnixSocket) {
  ServerProcess server({.program = GetParam(), .unix_socket = true});
  EXPECT_EQ(server.ConnectUnix().Command({"PING"}), Reply::Status("PONG"));
}

TEST_P(ServerProcessTest, ReadsAConfigurationFileAndOptionsOverIt) {
  ServerProcess server({.program = GetParam(),
                        .options = {"--maxmemory", "20mb"},
                        .config = "maxmemory 10mb\nrequirepass secret\n"});
  Connection client = server.Connect();
  EXPECT_TRUE(client.Command({"PING"}).IsError("NOAUTH"));
  EXPECT_EQ(client.Command({"AUTH", "secret"}), Reply::Ok());
  EXPECT_EQ(client.Command({"CONFIG", "GET", "maxmemory"}),
            Reply::Bulks({"maxmemory", "20971520"}));
}

TEST_P(ServerProcessTest, RefusesAnUnknownOption) {
  ServerProcess server(
      {.program = GetParam(), .options = {"--no-such-option", "1"}, .await_ready = false});
  EXPECT_EQ(server.WaitForExit(), 1);
  EXPECT_THAT(server.Log(), HasSubstr("no-such-option"));
}

TEST_P(ServerProcessTest, BindsToANameOfTheMachine) {
  ServerProcess server({.program = GetParam(), .options = {"--bind", "localhost", "-192.0.2.77"}});
  EXPECT_EQ(server.Connect().Command({"PING"}), Reply::Status("PONG"));
}

// The '-' is for addresses that the machine has at other times, not for words that are none.
TEST_P(ServerProcessTest, RefusesToBindToWhatIsNoAddress) {
  ServerProcess server({.program = GetParam(),
                        .options = {"--bind", "127.0.0.1", "-no.such.name.invalid"},
                        .await_ready = false});
  EXPECT_EQ(server.WaitForExit(), 1);
}

TEST_P(ServerProcessTest, RefusesToLogWhereThereIsNoDirectory) {
  ServerProcess server({.program = GetParam(),
                        .options = {"--logfile", "no-such-directory/log"},
                        .await_ready = false});
  EXPECT_EQ(server.WaitForExit(), 1);
  EXPECT_THAT(server.Log(), HasSubstr("log file"));
  EXPECT_FALSE(std::filesystem::exists(server.directory() / "no-such-directory"));
}

TEST_P(ServerProcessTest, TellsItsInfoFields) {
  ServerProcess server({.program = GetParam()});
  Connection client = server.Connect();
  EXPECT_EQ(client.Info("tcp_port"), std::to_string(server.port()));
  EXPECT_TRUE(client.AwaitInfo("connected_clients", [](const auto& text) { return text == "1"; }));
}

// Another descriptor in the place of a closed stream would have the log written into it.
TEST(StandardStreamsTest, ThoseThatAreClosedLeadNowhere) {
  const auto stream = [](const ServerProcess& server, const char* number) {
    return std::filesystem::read_symlink("/proc/" + std::to_string(server.pid()) + "/fd/" + number);
  };
  // The "configuration" is a script that is given the server's options.
  const std::string start = "exec '" EBB_SERVER_PATH "' \"$@\" ";
  ServerProcess without_output({.program = "/bin/sh", .config = start + ">&-\n"});
  EXPECT_EQ(stream(without_output, "1"), "/dev/null");
  ServerProcess without_any({.program = "/bin/sh", .config = start + "<&- >&- 2>&-\n"});
  for (const char* number : {"0", "1", "2"}) EXPECT_EQ(stream(without_any, number), "/dev/null");
}

TEST(StartTest, WarnsOfAPidFileThatItCannotWrite) {
  const TempDirectory temp;
  std::filesystem::create_symlink("/dev/full", temp.path("pid"));
  ServerProcess server({.options = {"--pidfile", temp.path("pid")}});
  EXPECT_THAT(server.Log(), HasSubstr("# Cannot write the pid file '" + temp.path("pid") +
                                      "': No space left on device\n"));
}

// The server inherits so many descriptors that hardly one is left, and needs some.
TEST(StartTest, SaysThatItNeedsMoreFiles) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer needs some itself";
#endif
  constexpr int kFiles = 33;
  // One, because the program's libraries are opened.
  for (int left = 1; left < 8; ++left) {
    std::vector<int> held = {open("/dev/null", O_RDONLY)};
    // Two are its streams.
    while (held.back() < kFiles - 3 - left) held.push_back(dup(held[0]));
    ServerProcess server(
        {.options = {"--maxclients", "1"}, .max_files = kFiles, .await_ready = false});
    for (const int fd : held) close(fd);
    EXPECT_EQ(server.WaitForExit(), 1) << left;
    EXPECT_THAT(server.Log(), ContainsRegex("# Cannot start: .*Too many open files")) << left;
    EXPECT_THAT(server.Log(), Not(HasSubstr("BUG REPORT"))) << left;
  }
}

// A second server has taken the path that was free.
TEST(EndTest, LeavesTheUnixSocketOfAnotherServer) {
  ServerProcess first({.unix_socket = true});
  std::filesystem::remove(first.socket_path());
  ServerProcess second({.options = {"--unixsocket", first.socket_path().string()}});
  EXPECT_EQ(first.Stop(), 0);
  EXPECT_EQ(first.ConnectUnix().Command({"PING"}), Reply::Status("PONG"));
  EXPECT_EQ(second.Stop(), 0);
  EXPECT_FALSE(std::filesystem::exists(first.socket_path()));
}

TEST(EndTest, RemovesItsOwnFilesWhereverItHasGone) {
  const ServerSpec spec = {.options = {"--unixsocket", "socket", "--pidfile", "pid",
                                       "--enable-protected-configs", "yes"}};
  ServerProcess first(spec);
  ServerProcess second(spec);
  const auto exists = [](const ServerProcess& server, const char* name) {
    return std::filesystem::exists(server.directory() / name);
  };
  Connection client = first.Connect();
  EXPECT_EQ(client.Command({"CONFIG", "SET", "dir", second.directory().string()}), Reply::Ok());
  for (const char* name : {"socket", "pid"}) EXPECT_TRUE(exists(first, name)) << name;
  EXPECT_EQ(first.Stop(), 0);
  for (const char* name : {"socket", "pid"}) {
    EXPECT_FALSE(exists(first, name)) << name;
    EXPECT_TRUE(exists(second, name)) << name;
  }
  EXPECT_EQ(second.Stop(), 0);
  for (const char* name : {"socket", "pid"}) EXPECT_FALSE(exists(second, name)) << name;
}

TEST_P(ServerProcessTest, RefusesAUnixSocketsPathThatIsTooLong) {
  ServerProcess server({.program = GetParam(),
                        .options = {"--unixsocket", "/tmp/" + std::string(120, 'x')},
                        .await_ready = false});
  EXPECT_EQ(server.WaitForExit(), 1);
  EXPECT_THAT(server.Log(), HasSubstr("unix socket path too long (125), must be under 108"));
}

}  // namespace
}  // namespace ebb::test
