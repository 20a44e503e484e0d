// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class ConnectionCommandsTest : public EngineTest {
 protected:
  void RequirePassword(std::string_view password) {
    const std::string_view words[] = {"requirepass", password};
    EXPECT_EQ(config().Set(words, true), "");
  }
};

const Reply kWrongPassword =
    Reply::Error("WRONGPASS invalid username-password pair or user is disabled.");
const Reply kNoAuth = Reply::Error("NOAUTH Authentication required.");
const Reply kSyntaxError = Reply::Error("ERR syntax error");

TEST_F(ConnectionCommandsTest, AuthWithoutAPassword) {
  EXPECT_EQ(Run({"AUTH", "x"}),
            Reply::Error("ERR AUTH <password> called without any password configured for the "
                         "default user. Are you sure your configuration is correct?"));
  EXPECT_EQ(Run({"AUTH", "default", "anything"}), Reply::Ok());
  EXPECT_EQ(Run({"AUTH", "bob", "x"}), kWrongPassword);
  EXPECT_EQ(Run({"AUTH", "DEFAULT", "x"}), kWrongPassword);
  EXPECT_EQ(Run({"AUTH", "a", "b", "c"}), kSyntaxError);
}

TEST_F(ConnectionCommandsTest, AuthWithAPassword) {
  RequirePassword("secret");
  EXPECT_EQ(Run({"PING"}), Reply::Status("PONG")) << "who is in already stays in";
  TestClient& late = NewClient();
  EXPECT_EQ(late.Run({"PING"}), kNoAuth);
  EXPECT_EQ(late.Run({"AUTH", "secre"}), kWrongPassword);
  EXPECT_EQ(late.Run({"AUTH", "secreT"}), kWrongPassword);
  EXPECT_EQ(late.Run({"AUTH", "secretx"}), kWrongPassword);
  EXPECT_EQ(late.Run({"AUTH", ""}), kWrongPassword);
  EXPECT_EQ(late.Run({"PING"}), kNoAuth);
  EXPECT_EQ(late.Run({"AUTH", "default", "secret"}), Reply::Ok());
  EXPECT_EQ(late.Run({"PING"}), Reply::Status("PONG"));
}

TEST_F(ConnectionCommandsTest, AFailedAuthTakesNothingAway) {
  RequirePassword("secret");
  TestClient& other = NewClient();
  other.Run({"AUTH", "secret"});
  EXPECT_EQ(other.Run({"AUTH", "wrong"}), kWrongPassword);
  EXPECT_EQ(other.Run({"PING"}), Reply::Status("PONG"));
}

TEST_F(ConnectionCommandsTest, WhoWaitsForThePasswordComesInWhenItIsDropped) {
  RequirePassword("secret");
  TestClient& late = NewClient();
  EXPECT_EQ(late.Run({"PING"}), kNoAuth);
  RequirePassword("");
  EXPECT_EQ(late.Run({"PING"}), Reply::Status("PONG"));
}

TEST_F(ConnectionCommandsTest, HelloDescribesTheServer) {
  EXPECT_EQ(Run({"HELLO"}),
            Reply::Array({Reply::Bulk("server"), Reply::Bulk("redis"), Reply::Bulk("version"),
                          Reply::Bulk("7.0.15"), Reply::Bulk("proto"), Reply::Integer(2),
                          Reply::Bulk("id"), Reply::Integer(1), Reply::Bulk("mode"),
                          Reply::Bulk("standalone"), Reply::Bulk("role"), Reply::Bulk("master"),
                          Reply::Bulk("modules"), Reply::Array({})}));
}

TEST_F(ConnectionCommandsTest, HelloChoosesTheProtocol) {
  EXPECT_TRUE(client().RunRaw({"HELLO", "3"}).starts_with("%7\r\n$6\r\nserver\r\n"));
  EXPECT_EQ(client().RunRaw({"GET", "none"}), "_\r\n");
  EXPECT_TRUE(client().RunRaw({"HELLO"}).starts_with("%7\r\n")) << "no version: as it is";
  EXPECT_TRUE(client().RunRaw({"HELLO", "2"}).starts_with("*14\r\n"));
  EXPECT_EQ(client().RunRaw({"GET", "none"}), "$-1\r\n");
}

TEST_F(ConnectionCommandsTest, HelloRefuses) {
  EXPECT_EQ(Run({"HELLO", "x"}),
            Reply::Error("ERR Protocol version is not an integer or out of range"));
  EXPECT_EQ(Run({"HELLO", "1"}), Reply::Error("NOPROTO unsupported protocol version"));
  EXPECT_EQ(Run({"HELLO", "4"}), Reply::Error("NOPROTO unsupported protocol version"));
  EXPECT_EQ(Run({"HELLO", "3", "AUTH", "default"}),
            Reply::Error("ERR Syntax error in HELLO option 'AUTH'"));
  EXPECT_EQ(Run({"HELLO", "3", "SETNAME"}),
            Reply::Error("ERR Syntax error in HELLO option 'SETNAME'"));
  EXPECT_TRUE(Run({"HELLO", "3", "SETNAME", "a b"}).IsError("ERR Client names cannot contain"));
  EXPECT_EQ(client().RunRaw({"GET", "none"}), "$-1\r\n") << "a refused HELLO changes nothing";
}

TEST_F(ConnectionCommandsTest, HelloAuthenticatesAndNames) {
  RequirePassword("secret");
  TestClient& late = NewClient();
  EXPECT_TRUE(late.Run({"HELLO", "3"})
                  .IsError("NOAUTH HELLO must be called with the client already authenticated, "
                           "otherwise the HELLO AUTH <user> <pass> option can be used to"));
  EXPECT_EQ(late.Run({"HELLO", "3", "AUTH", "default", "wrong"}), kWrongPassword);
  EXPECT_TRUE(late.RunRaw({"HELLO", "2", "auth", "default", "secret", "setname", "worker"})
                  .starts_with("*14\r\n"));
  EXPECT_EQ(late.Run({"CLIENT", "GETNAME"}), Reply::Bulk("worker"));
}

TEST_F(ConnectionCommandsTest, Ping) {
  EXPECT_EQ(Run({"PING"}), Reply::Status("PONG"));
  EXPECT_EQ(Run({"PING", "hello"}), Reply::Bulk("hello"));
  EXPECT_TRUE(Run({"PING", "a", "b"}).IsError("ERR wrong number of arguments for 'ping'"));
  EXPECT_EQ(Run({"ECHO", ""}), Reply::Bulk(""));
}

TEST_F(ConnectionCommandsTest, Select) {
  Run({"SET", "k", "zero"});
  EXPECT_EQ(Run({"SELECT", "15"}), Reply::Ok());
  EXPECT_EQ(Run({"GET", "k"}), Reply::Nil());
  EXPECT_EQ(Run({"SELECT", "16"}), Reply::Error("ERR DB index is out of range"));
  EXPECT_EQ(Run({"SELECT", "-1"}), Reply::Error("ERR DB index is out of range"));
  EXPECT_EQ(Run({"SELECT", "3000000000"}),
            Reply::Error("ERR value is out of range, value must between -2147483648 and "
                         "2147483647"));
  EXPECT_EQ(Run({"SELECT", "x"}), Reply::Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(client().session().db, 15) << "a refused SELECT changes nothing";
  EXPECT_EQ(Run({"SELECT", "0"}), Reply::Ok());
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("zero"));
}

TEST_F(ConnectionCommandsTest, QuitEndsAfterItsReply) {
  client().Send("QUIT\r\nPING\r\n");
  EXPECT_EQ(client().Receive(), Reply::Ok());
  EXPECT_EQ(client().Receive().kind, Reply::Kind::kLost) << "what follows QUIT is not run";
  EXPECT_TRUE(client().session().close_after_reply);
}

TEST_F(ConnectionCommandsTest, ResetForgetsWhatTheConnectionWas) {
  RequirePassword("secret");
  TestClient& other = NewClient();
  other.RunRaw({"HELLO", "3", "AUTH", "default", "secret", "SETNAME", "worker"});
  other.RunRaw({"SELECT", "3"});
  other.RunRaw({"CLIENT", "NO-TOUCH", "ON"});
  other.RunRaw({"CLIENT", "NO-EVICT", "ON"});
  other.RunRaw({"MONITOR"});
  other.RunRaw({"CLIENT", "REPLY", "OFF"});
  EXPECT_EQ(other.RunRaw({"RESET"}), "+RESET\r\n");
  EXPECT_EQ(other.Run({"PING"}), kNoAuth);
  const Session& session = other.session();
  EXPECT_EQ(session.db, 0);
  EXPECT_EQ(session.name, "");
  EXPECT_FALSE(session.no_touch);
  EXPECT_FALSE(session.monitor);
  EXPECT_TRUE(engine().monitors().empty());
  EXPECT_EQ(session.reply.protocol(), 2);
}

}  // namespace
}  // namespace ebb::test
