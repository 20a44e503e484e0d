// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// What no client should send, and servers get all the same: a clear error, and nobody else notices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/raw_client.h"
#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;
using namespace std::string_view_literals;

// A server and a client that behaves: at the end of each test all is as it was, for that client and
// in the process.
class WrongInputTest : public ::testing::Test {
 protected:
  WrongInputTest() { EXPECT_EQ(observer_.Command({"SET", "mine", "untouched"}), Reply::Ok()); }

  void TearDown() override {
    EXPECT_TRUE(observer_.AwaitInfo("connected_clients", [](const auto& n) { return n == "1"; }));
    EXPECT_EQ(observer_.Command({"GET", "mine"}), Reply::Bulk("untouched"));
    EXPECT_EQ(observer_.Command({"DBSIZE"}), Reply::Integer(1));
    EXPECT_EQ(OpenFiles(), files_before_);
    // Long arguments are freed by the lazy-free thread.
    EXPECT_TRUE(observer_.AwaitInfo("used_memory",
                                    [&](const std::string& used) {
                                      return std::atoll(used.c_str()) - memory_before_ < (4 << 20);
                                    }))
        << UsedMemory() - memory_before_ << " bytes are left";
    EXPECT_EQ(server_.Stop(), 0);
  }

  RawClient NewClient() const { return RawClient(server_.port()); }
  int64_t UsedMemory() { return std::atoll(observer_.Info("used_memory").c_str()); }

  int64_t OpenFiles() const {
    const auto files = "/proc/" + std::to_string(server_.pid()) + "/fd";
    return std::distance(std::filesystem::directory_iterator(files), {});
  }

  ServerProcess server_;
  Connection observer_ = server_.Connect();
  const int64_t memory_before_ = UsedMemory();
  const int64_t files_before_ = OpenFiles();
};

constexpr std::string_view kCommand =
    "*3\r\n$3\r\nSET\r\n$5\r\nother\r\n$12\r\nsome\r\n\0 text\r\n"sv;

TEST_F(WrongInputTest, TruncatedCommandsAreNotExecuted) {
  for (size_t size = 0; size < kCommand.size(); ++size) {
    RawClient polite = NewClient();
    ASSERT_TRUE(polite.Send(kCommand.substr(0, size)));
    polite.FinishSending();
    ASSERT_EQ(polite.Read(), "") << size;
    RawClient rude = NewClient();
    ASSERT_TRUE(rude.Send(kCommand.substr(0, size)));
    rude.Reset();
  }
}

TEST_F(WrongInputTest, RandomBytesHarmNobody) {
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    std::string bytes(random() % 4096 + 1, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    // Every other one begins as a command does.
    if (i % 2 == 0) bytes = "*" + std::to_string(random() % 5) + "\r\n$3\r\n" + bytes;
    RawClient client = NewClient();
    client.Send(bytes);
    client.FinishSending();
    client.Read();
    ASSERT_EQ(observer_.Command({"PING"}), Reply::Status("PONG")) << i;
  }
}

TEST_F(WrongInputTest, CommandsThatStopHalfWayCostNobodyAnything) {
  constexpr int kCount = 200;
  std::vector<RawClient> clients;
  for (int i = 0; i < kCount; ++i) {
    clients.push_back(NewClient());
    ASSERT_TRUE(clients.back().Send(kCommand.substr(0, static_cast<size_t>(i) % kCommand.size())));
  }
  EXPECT_TRUE(observer_.AwaitInfo("connected_clients",
                                  [](const auto& n) { return n == std::to_string(kCount + 1); }));
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(observer_.Command({"PING"}), Reply::Status("PONG"));
  // They may still go on.
  for (size_t i = 0; i < kCount; ++i) {
    ASSERT_TRUE(clients[i].Send(kCommand.substr(i % kCommand.size())));
    ASSERT_EQ(clients[i].Read(5), "+OK\r\n");
  }
  EXPECT_EQ(observer_.Command({"DEL", "other"}), Reply::Integer(1));
}

// Announcing bytes is free; only those that come are paid for.
TEST_F(WrongInputTest, AnnouncedBytesTakeNoMemory) {
  std::vector<RawClient> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(NewClient());
    ASSERT_TRUE(clients.back().Send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000000\r\nabc"));
    ASSERT_TRUE(clients.back().Send("def"));
  }
  EXPECT_TRUE(observer_.AwaitInfo("connected_clients", [](const auto& n) { return n == "101"; }));
  EXPECT_LT(UsedMemory() - memory_before_, 64 << 20);
}

TEST_F(WrongInputTest, ClientsThatVanishLeaveNothing) {
  ASSERT_EQ(observer_.Command({"SET", "big", std::string(1 << 20, 'x')}), Reply::Ok());
  for (int i = 0; i < 200; ++i) {
    RawClient client = NewClient();
    ASSERT_TRUE(client.Send("GET big\r\nGET big\r\nMONITOR\r\n*2\r\n$3\r\nGET\r\n$40000\r\nabc"));
    if (i % 2 == 0) client.Read(10);
    client.Reset();
  }
  EXPECT_EQ(observer_.Command({"DEL", "big"}), Reply::Integer(1));
}

// For every command that there is: one argument less than its arity, and one more.
TEST_F(WrongInputTest, WrongNumbersOfArgumentsAreSaid) {
  const Reply commands = observer_.Command({"COMMAND"});
  ASSERT_GT(commands.elements.size(), 50u);
  for (const Reply& command : commands.elements) {
    const std::string& name = command.elements[0].text;
    const int64_t arity = command.elements[1].integer;
    // An EXEC that is refused says so of its transaction.
    const std::string code =
        name == "exec" ? "EXECABORT Transaction discarded because of: " : "ERR ";
    const Reply error = Reply::Error(code + "wrong number of arguments for '" + name + "' command");
    const auto few = static_cast<size_t>(std::abs(arity) - 1);
    const bool container = command.elements.size() > 9 && !command.elements[9].elements.empty();
    if (few > 0 && !(container && few > 1)) {
      std::vector<std::string> argv(few, "0");
      argv[0] = name;
      EXPECT_EQ(observer_.Command(argv), error);
    }
    if (arity > 0) {
      std::vector<std::string> argv(static_cast<size_t>(arity) + 1, "0");
      argv[0] = name;
      EXPECT_EQ(observer_.Command(argv), error);
    }
  }
}

// ------------------------------------------------------------------------------------------ oracle

std::string Answer(const ServerProcess& server, std::string_view bytes) {
  RawClient client(server.port());
  client.Send(bytes);
  client.FinishSending();
  return client.Read();
}

TEST(WrongBytesTest, AreAnsweredAsRedisAnswersThem) {
  const std::string cases[] = {
      // Counts
      "*0\r\nPING\r\n", "*-1\r\nPING\r\n", "*-5\r\n*1\r\n$4\r\nPING\r\n", "*1048577\r\n",
      "*2147483648\r\n", "*9223372036854775808\r\n", "*\r\n", "* 1\r\n$4\r\nPING\r\n",
      "*+1\r\n$4\r\nPING\r\n", "*01\r\n$4\r\nPING\r\n", "*1x\r\n$4\r\nPING\r\n", "*x\r\n",
      "*1\r\n$-1\r\n", "*1\r\n$+4\r\nPING\r\n", "*1\r\n$04\r\nPING\r\n", "*1\r\n$\r\n",
      "*1\r\n$4x\r\nPING\r\n", "*1\r\n$536870913\r\n", "*1\r\n$99999999999999999999\r\n",
      "*2\r\n$4\r\nPING\r\n", "*1\r\n$3\r\nPING\r\n", "*1\r\n$5\r\nPING\r\nPING\r\n",
      "*1\r\n$0\r\n\r\nPING\r\n", "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n",
      // Kinds
      "*1\r\n:4\r\n", "*1\r\n+PING\r\n", "*1\r\n*1\r\n$4\r\nPING\r\n", "*1\r\n\r\n",
      "$4\r\nPING\r\n", "+PING\r\n", ":1\r\n", "-ERR\r\n", "%1\r\n", "*1\r\n$4PING\r\n",
      // Line ends
      "PING\n", "PING\r", "\r\n\r\n\r\nPING\r\n", "\n\nPING\nPING\n", "   \r\nPING\r\n",
      "PING \r\n", " PING\r\n", "\tPING\r\n", "*1\n$4\nPING\n", "*1\r\n$4\r\nPINGxyPING\r\n",
      // NUL and other bytes
      "PING\0\r\n"s, "\0PING\r\n"s, "PING a\0b\r\nPING\r\n"s, "\0\r\nPING\r\n"s,
      "*1\0\r\n$4\r\nPING\r\n"s, "*1\r\n$4\0\r\nPING\r\n"s, "*1\r\n$5\r\nPING\0\r\n"s,
      "*2\r\n$4\r\nECHO\r\n$3\r\na\0b\r\n"s, "\xff\xfe\xfd\r\n", "\x16\x03\x01\x02\r\n",
      "*2\r\n$3\r\nGET\r\n$2\r\n\0\0\r\n"s, "*1\r\n$3\r\n\0\0\0\r\n"s,
      // Quotes
      "PING \"\r\n", "PING 'a\r\n", "PING \"a\"b\r\n", "PING \"\\x00\"\r\n", "\"PING\"\r\n",
      "'' a\r\n", "PING \"a b\"\r\n", "PING '\\''\r\n", "PING \\\r\n",
      // Who takes it for another server
      "GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", "host: a\r\nPING\r\n",
      "PING\r\nPOST / HTTP/1.1\r\n",

      // Who does not mean it
      "NOSUCH a b\r\n", "*1\r\n$6\r\nNO\r\nSU\r\n", std::string(70000, 'x'),
      "PING " + std::string(60000, 'x') + "\r\n", "*" + std::string(70000, '1'),
      "*1\r\n$" + std::string(70000, '1')};
  const ServerProcess ebb;
  const ServerProcess redis({.program = "redis-server"});
  for (const std::string& bytes : cases) {
    EXPECT_EQ(Answer(ebb, bytes), Answer(redis, bytes))
        << ::testing::PrintToString(bytes.substr(0, 100));
  }
}

// ------------------------------------------------------------------------------------------- start

// The exit status and all that a server says that cannot start.
struct Refusal {
  std::optional<int> status;
  std::string log;
};

Refusal StartWith(const std::string& config, std::vector<std::string> options = {}) {
  ServerProcess server({.options = std::move(options), .config = config, .await_ready = false});
  Refusal refusal{server.WaitForExit(), ""};
  refusal.log = server.Log();
  return refusal;
}

TEST(WrongStartTest, EveryWrongLineIsShownWithWhatIsAllowed) {
  const Refusal refusal =
      StartWith("hz 10\nmaxclients many\n\nprotected-mode perhaps\nmaxclient 3\n");
  EXPECT_EQ(refusal.status, 1);
  EXPECT_THAT(refusal.log, HasSubstr("server.conf, line 2:\n>>> maxclients many\n"));
  EXPECT_THAT(refusal.log, HasSubstr("'maxclients' takes a number from 1 to 4294967295."));
  EXPECT_THAT(refusal.log, HasSubstr("server.conf, line 4:\n>>> protected-mode perhaps\n"));
  EXPECT_THAT(refusal.log, HasSubstr("'protected-mode' takes yes or no."));
  EXPECT_THAT(refusal.log, HasSubstr("server.conf, line 5:\n>>> maxclient 3\n"));
  EXPECT_THAT(refusal.log, HasSubstr("Did you mean 'maxclients'?"));
}

TEST(WrongStartTest, AFileThatIsNoConfigurationIsRefused) {
  std::mt19937 random(1);
  std::string bytes(100000, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  EXPECT_EQ(StartWith(bytes).status, 1);
  const Refusal refusal = StartWith("hz 10\n" + std::string(1 << 20, 'x') + "\n");
  EXPECT_EQ(refusal.status, 1);
  EXPECT_THAT(refusal.log, HasSubstr("server.conf, line 2:"));
  EXPECT_LT(refusal.log.size(), 20000u);
}

TEST(WrongStartTest, AFileThatIncludesItselfIsRefused) {
  const Refusal refusal = StartWith("include server.conf\n");
  EXPECT_EQ(refusal.status, 1);
  EXPECT_THAT(refusal.log, HasSubstr("server.conf, line 1:\n>>> include server.conf\n"));
}

TEST(WrongStartTest, WhoeverHasThePortKeepsIt) {
  ServerProcess first({.unix_socket = true});
  Connection client = first.Connect();
  const Refusal refusal = StartWith("hz 10\n", {"--port", std::to_string(first.port()),
                                                "--unixsocket", first.socket_path().string()});
  EXPECT_EQ(refusal.status, 1);
  EXPECT_THAT(refusal.log, HasSubstr("could not listen on 127.0.0.1:" +
                                     std::to_string(first.port()) + ": Address already in use"));
  EXPECT_EQ(client.Command({"PING"}), Reply::Status("PONG"));
  EXPECT_EQ(first.Connect().Command({"PING"}), Reply::Status("PONG"));
  EXPECT_EQ(first.ConnectUnix().Command({"PING"}), Reply::Status("PONG"));
}

TEST(WrongStartTest, SaysThatALowPortNeedsRoot) {
  int first_free = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_unprivileged_port_start") >> first_free;
  if (geteuid() == 0 || first_free <= 1) GTEST_SKIP() << "any port may be had here";
  const Refusal refusal = StartWith("hz 10\n", {"--port", "1"});
  EXPECT_EQ(refusal.status, 1);
  EXPECT_THAT(refusal.log, HasSubstr("Permission denied. Ports below 1024 need root\n"));
}

TEST(WrongStartTest, WhoeverHasTheUnixSocketKeepsIt) {
  ServerProcess first({.unix_socket = true});
  const Refusal refusal = StartWith("port 0\n", {"--unixsocket", first.socket_path().string()});
  EXPECT_EQ(refusal.status, 1);
  EXPECT_THAT(refusal.log, HasSubstr("it is in use. Is another server running there?"));
  EXPECT_EQ(first.ConnectUnix().Command({"PING"}), Reply::Status("PONG"));
}

TEST(WrongStartTest, AUnixSocketThatADeadServerHasLeftIsNoObstacle) {
  ServerProcess server({.unix_socket = true});
  server.Signal(SIGKILL);
  server.WaitForExit();
  ASSERT_TRUE(std::filesystem::exists(server.socket_path()));
  server.Restart();
  EXPECT_EQ(server.ConnectUnix().Command({"PING"}), Reply::Status("PONG"));
}

// As who asks for a temporary file's name makes it.
TEST(WrongStartTest, AnEmptyFileIsReplacedByAUnixSocket) {
  ServerProcess server({.unix_socket = true});
  server.Stop();
  std::ofstream file(server.socket_path());
  ASSERT_TRUE(std::filesystem::is_regular_file(server.socket_path()));
  server.Restart();
  EXPECT_EQ(server.ConnectUnix().Command({"PING"}), Reply::Status("PONG"));
}

TEST(WrongStartTest, AFileIsNotReplacedByAUnixSocket) {
  ServerProcess other;
  const std::filesystem::path file = other.directory() / "precious";
  std::ofstream(file) << "text";
  const Refusal refusal = StartWith("port 0\n", {"--unixsocket", file.string()});
  EXPECT_EQ(refusal.status, 1);
  EXPECT_THAT(refusal.log, HasSubstr("there is a file that is no socket"));
  EXPECT_EQ(std::filesystem::file_size(file), 4u);
}

}  // namespace
}  // namespace ebb::test
