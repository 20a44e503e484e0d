// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/monitors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using ::testing::MatchesRegex;
using ::testing::StartsWith;

using MonitorsTest = EngineTest;

TEST_F(MonitorsTest, SeesEveryCommandAfterItRan) {
  TestClient& monitor = NewClient();
  EXPECT_EQ(monitor.Run({"MONITOR"}), Reply::Ok());
  AdvanceTime(1);
  Run({"SELECT", "3"});
  EXPECT_EQ(monitor.Receive(),
            Reply::Status(R"(1750000000.001000 [3 127.0.0.1:50000] "SELECT" "3")"));
  EXPECT_EQ(monitor.RunRaw({"PING"}),
            "+PONG\r\n+1750000000.001000 [0 127.0.0.1:50001] \"PING\"\r\n");
}

TEST_F(MonitorsTest, SeesNoAdministrationAndNothingRefused) {
  TestClient& monitor = NewClient();
  monitor.Run({"MONITOR"});
  Run({"CLIENT", "LIST"});
  Run({"CONFIG", "GET", "port"});
  Run({"NOSUCH"});
  Run({"GET"});
  EXPECT_EQ(monitor.Receive().kind, Reply::Kind::kLost);
}

TEST_F(MonitorsTest, PasswordsAreHidden) {
  TestClient& monitor = NewClient();
  monitor.Run({"MONITOR"});
  const auto seen = [&] {
    const std::string line = monitor.Receive().text;
    return line.substr(line.find("] ") + 2);
  };
  Run({"AUTH", "pw"});
  EXPECT_EQ(seen(), R"-("AUTH" "(redacted)")-");
  Run({"AUTH", "default", "pw"});
  EXPECT_EQ(seen(), R"-("AUTH" "(redacted)" "(redacted)")-");
  Run({"HELLO", "2", "SETNAME", "x", "AUTH", "default", "pw"});
  EXPECT_EQ(seen(), R"-("HELLO" "2" "SETNAME" "x" "AUTH" "(redacted)" "(redacted)")-");
  Run({"HELLO", "9", "AUTH", "default", "pw"});
  EXPECT_EQ(seen(), R"-("HELLO" "9" "AUTH" "(redacted)" "(redacted)")-");
}

TEST_F(MonitorsTest, ASecondMonitorHasNoReply) {
  client().Run({"MONITOR"});
  EXPECT_EQ(client().RunRaw({"MONITOR"}), "");
  EXPECT_THAT(client().RunRaw({"PING"}), StartsWith("+PONG\r\n+"));
  EXPECT_THAT(Run({"CLIENT", "INFO"}).text, ::testing::_);
}

TEST_F(MonitorsTest, IsANormalClientToTheOthers) {
  TestClient& monitor = NewClient();
  monitor.Run({"MONITOR"});
  EXPECT_THAT(Run({"CLIENT", "LIST", "TYPE", "normal"}).text, ::testing::HasSubstr(" flags=O "));
}

TEST_F(MonitorsTest, WantsNothingWhileItsRepliesAreOff) {
  TestClient& monitor = NewClient();
  monitor.Run({"MONITOR"});
  monitor.RunRaw({"CLIENT", "REPLY", "OFF"});
  Run({"PING"});
  EXPECT_EQ(monitor.Receive().kind, Reply::Kind::kLost);
}

TEST_F(MonitorsTest, ShowsBigArgumentsWhole) {
  TestClient& monitor = NewClient();
  monitor.Run({"MONITOR"});
  const std::string first(100'000, 'a');
  const std::string second(100'000, 'b');
  Run({"MSET", "k", first, "k", second});
  const Reply line = monitor.Receive();
  EXPECT_NE(line.text.find('"' + first + '"'), std::string::npos);
  EXPECT_NE(line.text.find('"' + second + '"'), std::string::npos);
}

TEST_F(MonitorsTest, ShowsBigArgumentsOfATransactionWhole) {
  TestClient& monitor = NewClient();
  monitor.Run({"MONITOR"});
  const std::string first(100'000, 'a');
  const std::string second(100'000, 'b');
  Run({"MULTI"});
  Run({"MSET", "k", first, "k", second});
  Run({"PUBLISH", "c", first});
  Run({"EXEC"});
  const std::string lines = monitor.TakeOutput();
  const std::string mset = R"("MSET" "k" ")" + first + R"(" "k" ")" + second + '"';
  EXPECT_NE(lines.find(mset), std::string::npos);
  EXPECT_NE(lines.find(R"("PUBLISH" "c" ")" + first + '"'), std::string::npos);
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk(second));
}

TEST_F(MonitorsTest, OneWhoDoesNotReadIsKilledAtTheLimit) {
  const std::string_view words[] = {"client-output-buffer-limit", "normal 1000000 0 0"};
  ASSERT_EQ(config().Set(words, true), "");
  TestClient& monitor = NewClient();
  TestClient& reader = NewClient();
  monitor.Run({"MONITOR"});
  reader.Run({"MONITOR"});
  for (int i = 0; i < 30; ++i) {
    Run({"ECHO", std::string(50'000, 'x')});
    reader.Receive();
  }
  EXPECT_TRUE(monitor.close_requested());
  EXPECT_EQ(monitor.session().output.size(), 0u) << "its memory is free at once";
  EXPECT_FALSE(reader.close_requested());
  EXPECT_EQ(engine().counters().output_buffer_limit_disconnections, 1u);
}

// The line of its own command is what goes beyond: the transaction runs on.
TEST_F(MonitorsTest, OneInATransactionIsClosedAfterIt) {
  const std::string_view words[] = {"client-output-buffer-limit", "normal 100000 0 0"};
  ASSERT_EQ(config().Set(words, true), "");
  TestClient& monitor = NewClient();
  monitor.Run({"MONITOR"});
  monitor.Run({"MULTI"});
  for (int i = 0; i < 3; ++i) monitor.Run({"ECHO", std::string(50'000, 'x')});
  monitor.Run({"SUBSCRIBE", "ch"});
  monitor.Run({"EXEC"});
  EXPECT_TRUE(monitor.close_requested());
  EXPECT_EQ(monitor.session().output.size(), 0u) << "no reply without its beginning";
  EXPECT_EQ(engine().counters().output_buffer_limit_disconnections, 1u);
  engine().Detach(monitor.session());  // as its transport does
  EXPECT_EQ(Run({"PUBSUB", "CHANNELS"}), Reply::Array({}));
}

TEST_F(MonitorsTest, ASecondOneInATransactionIsRefusedAsTheFirst) {
  TestClient& monitor = NewClient();
  monitor.Run({"MONITOR"});
  monitor.Run({"MULTI"});
  monitor.Run({"MONITOR"});
  const std::string reply = monitor.RunRaw({"EXEC"});
  EXPECT_TRUE(reply.starts_with("*1\r\n-ERR MONITOR isn't allowed for DENY BLOCKING client\r\n"))
      << reply;
}

TEST_F(MonitorsTest, ByDefaultTheReplicasLimitHolds) {
  TestClient& monitor = NewClient();
  monitor.Run({"MONITOR"});
  monitor.session().output.Append(std::string(300'000'000, 'x'));
  EXPECT_TRUE(engine().clients().OverOutputLimit(monitor.session()));
  client().session().output.Append(std::string(300'000'000, 'x'));
  EXPECT_FALSE(engine().clients().OverOutputLimit(client().session()));
}

TEST_F(MonitorsTest, SlowLogKeepsSecretsAndMovedArguments) {
  const std::string_view words[] = {"slowlog-log-slower-than", "0"};
  ASSERT_EQ(config().Set(words, true), "");
  Run({"AUTH", "default", "pw"});
  const Reply auth = Run({"SLOWLOG", "GET", "1"});
  EXPECT_EQ(auth.elements.at(0).elements.at(3), Reply::Bulks({"AUTH", "(redacted)", "(redacted)"}));
  const std::string first(100'000, 'a');
  const std::string second(100'000, 'b');
  const std::string more = "... (99872 more bytes)";
  const Reply shown =
      Reply::Bulks({"MSET", "k", std::string(128, 'a') + more, "k", std::string(128, 'b') + more});
  Run({"MSET", "k", first, "k", second});
  const Reply mset = Run({"SLOWLOG", "GET", "1"});
  EXPECT_EQ(mset.elements.at(0).elements.at(3), shown);
  Run({"SLOWLOG", "RESET"});
  Run({"MULTI"});
  Run({"MSET", "k", first, "k", second});
  Run({"EXEC"});  // which is not logged itself
  const Reply queued = Run({"SLOWLOG", "GET", "1"});
  EXPECT_EQ(queued.elements.at(0).elements.at(3), shown);
}

TEST_F(MonitorsTest, NothingFollowsTheReplyToQuit) {
  TestClient& monitor = NewClient();
  monitor.Run({"MONITOR"});
  EXPECT_EQ(monitor.RunRaw({"QUIT"}), "+OK\r\n");
}

TEST_F(MonitorsTest, MayNotUseKeys) {
  constexpr char kRefused[] = "ERR Replica can't interact with the keyspace";
  TestClient& monitor = NewClient();
  monitor.Run({"MONITOR"});
  EXPECT_EQ(monitor.Run({"SET", "k", "v"}), Reply::Error(kRefused));
  EXPECT_EQ(monitor.Run({"GET", "k"}), Reply::Error(kRefused));
  EXPECT_EQ(monitor.Run({"PUBLISH", "c", "m"}), Reply::Error(kRefused));
  monitor.Run({"RESET"});
  EXPECT_EQ(monitor.Run({"SET", "k", "v"}), Reply::Ok());
}

}  // namespace
}  // namespace ebb::test
