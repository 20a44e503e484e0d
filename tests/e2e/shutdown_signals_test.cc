// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// SIGINT and SIGTERM, once and again, while the server is idle or in the middle of a long command.
#include "server/shutdown_signals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/await.h"
#include "tests/support/raw_client.h"
#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

// A field of /proc/PID/status.
std::string Status(const ServerProcess& server, const std::string& field) {
  std::ifstream lines("/proc/" + std::to_string(server.pid()) + "/status");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(field + ":\t")) return line.substr(field.size() + 2);
  }
  return {};
}

bool HasEnded(const ServerProcess& server) {
  return Status(server, "State").starts_with('Z');
}

// Waits until the server stands still: it sleeps, or has ended.
void AwaitSleep(const ServerProcess& server) {
  EXPECT_TRUE(Await([&] { return Status(server, "State").starts_with('S') || HasEnded(server); }));
}

// Sends a signal, and waits until the server has been given it and has slept again or ended. Before
// that another one could meet it in the middle of something, such as writing its log, in which
// Redis cannot end.
void Give(ServerProcess& server, int number) {
  server.Signal(number);
  EXPECT_TRUE(Await([&] {
    const std::string pending = Status(server, "ShdPnd");
    return pending.empty() || (std::stoull(pending, nullptr, 16) >> (number - 1) & 1) == 0;
  }));
  AwaitSleep(server);
}

constexpr char kInsist[] =
    "[0-9]+:signal-handler \\([0-9]+\\) You insist\\.\\.\\. exiting now\\.\n";

ServerSpec Spec(const char* program, std::vector<std::string> more = {}) {
  more.insert(more.end(), {"--enable-debug-command", "yes"});
  return {.program = program, .options = std::move(more)};
}

std::string Read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Has the server do one command for hours; each signal ends one of its sleeps.
void KeepBusy(RawClient& client, const ServerProcess& server, const std::string& log = "log") {
  std::string commands = "MULTI\r\nDEBUG LOG begun\r\n";
  for (int i = 0; i < 5; ++i) commands += "DEBUG SLEEP 1e4\r\n";
  ASSERT_TRUE(client.Send(commands + "EXEC\r\n"));
  const auto path = server.directory() / log;
  ASSERT_TRUE(Await([&] { return Read(path).find("DEBUG LOG: begun") != std::string::npos; }));
  AwaitSleep(server);
}

class ShutdownSignalsTest : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Programs, ShutdownSignalsTest,
                         ::testing::Values(EBB_SERVER_PATH, "redis-server"),
                         [](const auto& program) {
                           return program.index == 0 ? std::string("Ebb") : std::string("Redis");
                         });

TEST_P(ShutdownSignalsTest, ASecondSigintEndsABusyServerAtOnce) {
  ServerProcess server(Spec(GetParam()));
  RawClient client(server.port());
  KeepBusy(client, server);
  Give(server, SIGINT);
  EXPECT_THAT(server.Log(), Not(HasSubstr("You insist")));
  Give(server, SIGINT);
  EXPECT_EQ(server.WaitForExit(), 1);
  EXPECT_THAT(server.Log(), ContainsRegex(kInsist));
  EXPECT_EQ(client.Read().find('*'), std::string::npos) << "EXEC has been answered";
}

TEST_P(ShutdownSignalsTest, TheLogFileSaysSo) {
  ServerProcess server(Spec(GetParam(), {"--logfile", "file"}));
  RawClient client(server.port());
  KeepBusy(client, server, "file");
  Give(server, SIGINT);
  Give(server, SIGINT);
  EXPECT_EQ(server.WaitForExit(), 1);
  EXPECT_THAT(Read(server.directory() / "file"), ContainsRegex(kInsist));
}

// They end the sleeps, so that the command comes to its end, and change nothing else.
TEST_P(ShutdownSignalsTest, AnyNumberOfSigtermsIsOne) {
  ServerProcess server(Spec(GetParam()));
  RawClient client(server.port());
  KeepBusy(client, server);
  EXPECT_TRUE(Await([&] {
    server.Signal(SIGTERM);
    return HasEnded(server);
  }));
  EXPECT_EQ(server.WaitForExit(), 0);
  EXPECT_THAT(server.Log(), Not(HasSubstr("You insist")));
  EXPECT_THAT(server.Log(), HasSubstr("is now ready to exit, bye bye..."));
}

TEST_P(ShutdownSignalsTest, OneSigintEndsAnIdleServerWell) {
  ServerProcess server(Spec(GetParam()));
  server.Signal(SIGINT);
  EXPECT_EQ(server.WaitForExit(), 0);
  EXPECT_THAT(server.Log(), HasSubstr("Received SIGINT"));
  EXPECT_THAT(server.Log(), HasSubstr("is now ready to exit, bye bye..."));
}

TEST_P(ShutdownSignalsTest, ASigtermAfterASigintDoesNot) {
  ServerProcess server(Spec(GetParam()));
  RawClient client(server.port());
  KeepBusy(client, server);
  Give(server, SIGINT);
  EXPECT_TRUE(Await([&] {
    server.Signal(SIGTERM);
    return HasEnded(server);
  }));
  EXPECT_EQ(server.WaitForExit(), 0);
  EXPECT_THAT(server.Log(), HasSubstr("Received SIGINT"));
}

TEST_P(ShutdownSignalsTest, ASigintAfterASigtermInsists) {
  ServerProcess server(Spec(GetParam()));
  RawClient client(server.port());
  KeepBusy(client, server);
  Give(server, SIGTERM);
  Give(server, SIGINT);
  EXPECT_EQ(server.WaitForExit(), 1);
  EXPECT_THAT(server.Log(), ContainsRegex(kInsist));
}

}  // namespace
}  // namespace ebb::test
