// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/crash_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kBySignal = 128;

class CrashReportTest : public ::testing::Test {
 protected:
  // A sanitizer makes a report of its own.
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP();
#endif
  }

  static ServerSpec Spec(std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--enable-debug-command", "yes"});
    return {.options = std::move(more)};
  }
};

TEST_F(CrashReportTest, NamesSignalStackAndCommand) {
  ServerProcess server(Spec());
  Connection client = server.Connect();
  client.Command({"DEBUG", "SEGFAULT"});
  EXPECT_EQ(server.WaitForExit(), kBySignal + SIGSEGV);
  const std::string log = server.Log();
  EXPECT_THAT(log, HasSubstr("crashed by signal: 11"));
  EXPECT_THAT(log, HasSubstr("STACK TRACE"));
  EXPECT_THAT(log, HasSubstr("ebb-server(+0x"));
  EXPECT_THAT(log, HasSubstr("debug of client id="));
  EXPECT_THAT(log, HasSubstr("BUG REPORT END"));
}

TEST_F(CrashReportTest, GoesToTheLogFile) {
  ServerProcess server(Spec({"--logfile", "ebb.log"}));
  server.Connect().Command({"DEBUG", "PANIC"});
  EXPECT_EQ(server.WaitForExit(), kBySignal + SIGABRT);
  std::ostringstream log;
  log << std::ifstream(server.directory() / "ebb.log").rdbuf();
  EXPECT_THAT(log.str(), HasSubstr("crashed by signal: 6"));
  EXPECT_THAT(log.str(), HasSubstr("BUG REPORT END"));
}

TEST_F(CrashReportTest, GoesToTheFileThatHasTheNameNow) {
  ServerProcess server(Spec({"--logfile", "ebb.log"}));
  const std::filesystem::path log = server.directory() / "ebb.log";
  std::filesystem::rename(log, server.directory() / "ebb.log.1");
  server.Connect().Command({"DEBUG", "PANIC"});
  EXPECT_EQ(server.WaitForExit(), kBySignal + SIGABRT);
  std::ostringstream text;
  text << std::ifstream(log).rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("BUG REPORT END"));
}

TEST_F(CrashReportTest, SaysWhoSentTheSignal) {
  ServerProcess server(Spec());
  server.Signal(SIGBUS);
  EXPECT_EQ(server.WaitForExit(), kBySignal + SIGBUS);
  EXPECT_THAT(server.Log(), HasSubstr("Sent by the process " + std::to_string(getpid())));
  EXPECT_THAT(server.Log(), HasSubstr("none\n"));
}

// The thread of the server's that has this name; 0: none has.
pid_t FindThread(pid_t server, const std::string& name) {
  const std::filesystem::path tasks = "/proc/" + std::to_string(server) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::string comm;
    std::getline(std::ifstream(task.path() / "comm"), comm);
    if (comm == name) return std::stoi(task.path().filename());
  }
  return 0;
}

TEST_F(CrashReportTest, IsWholeWhenTwoThreadsFail) {
  for (int round = 0; round < 10; ++round) {
    ServerProcess server(Spec());
    const pid_t thread = FindThread(server.pid(), "ebb-lazy-free");
    ASSERT_NE(thread, 0);
    syscall(SYS_tgkill, server.pid(), thread, SIGSEGV);
    syscall(SYS_tgkill, server.pid(), server.pid(), SIGBUS);
    EXPECT_GE(server.WaitForExit(), kBySignal);
    EXPECT_THAT(server.Log(), HasSubstr("BUG REPORT END"));
  }
}

TEST_F(CrashReportTest, CanBeSwitchedOff) {
  ServerProcess server(Spec({"--crash-log-enabled", "no"}));
  server.Connect().Command({"DEBUG", "SEGFAULT"});
  EXPECT_EQ(server.WaitForExit(), kBySignal + SIGSEGV);
  EXPECT_THAT(server.Log(), Not(HasSubstr("BUG REPORT")));
  server.Restart();
  Connection client = server.Connect();
  EXPECT_EQ(client.Command({"CONFIG", "SET", "crash-log-enabled", "yes"}), Reply::Ok());
  client.Command({"DEBUG", "SEGFAULT"});
  EXPECT_EQ(server.WaitForExit(), kBySignal + SIGSEGV);
  EXPECT_THAT(server.Log(), HasSubstr("BUG REPORT END"));
}

}  // namespace
}  // namespace ebb::test
