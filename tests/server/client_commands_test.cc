// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using ::testing::HasSubstr;

using ClientCommandsTest = EngineTest;

const Reply kSyntaxError = Reply::Error("ERR syntax error");

std::string IdOf(TestClient& client) {
  return std::to_string(client.session().id);
}

// The fields of one line of CLIENT LIST.
std::map<std::string, std::string> Fields(const std::string& line) {
  std::map<std::string, std::string> fields;
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    fields[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return fields;
}

TEST_F(ClientCommandsTest, IdsAreNeverGivenTwice) {
  EXPECT_EQ(Run({"CLIENT", "ID"}), Reply::Integer(1));
  EXPECT_EQ(NewClient().Run({"CLIENT", "ID"}), Reply::Integer(2));
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", "2"}), Reply::Integer(1));
  EXPECT_EQ(NewClient().Run({"CLIENT", "ID"}), Reply::Integer(3));
}

TEST_F(ClientCommandsTest, Names) {
  EXPECT_EQ(Run({"CLIENT", "GETNAME"}), Reply::Nil());
  EXPECT_EQ(Run({"CLIENT", "SETNAME", "worker-1!~"}), Reply::Ok());
  EXPECT_EQ(Run({"CLIENT", "GETNAME"}), Reply::Bulk("worker-1!~"));
  for (const char* bad : {"a b", "a\n", "\x7f", "\xc3\xa9"}) {
    EXPECT_EQ(
        Run({"CLIENT", "SETNAME", bad}),
        Reply::Error("ERR Client names cannot contain spaces, newlines or special characters."));
  }
  EXPECT_EQ(Run({"CLIENT", "GETNAME"}), Reply::Bulk("worker-1!~"));
  EXPECT_EQ(Run({"CLIENT", "SETNAME", ""}), Reply::Ok());
  EXPECT_EQ(Run({"CLIENT", "GETNAME"}), Reply::Nil());
}

TEST_F(ClientCommandsTest, SetInfo) {
  EXPECT_EQ(Run({"CLIENT", "SETINFO", "lib-name", "py"}), Reply::Ok());
  EXPECT_EQ(Run({"CLIENT", "SETINFO", "LIB-VER", "1.2"}), Reply::Ok());
  EXPECT_EQ(Run({"CLIENT", "SETINFO", "LIB-VER", "1 2"}),
            Reply::Error("ERR LIB-VER cannot contain spaces, newlines or special characters."));
  EXPECT_EQ(Run({"CLIENT", "SETINFO", "lib", "x"}), Reply::Error("ERR Unrecognized option 'lib'"));
  EXPECT_THAT(Run({"CLIENT", "INFO"}).text, HasSubstr(" lib-name=py lib-ver=1.2\n"));
}

TEST_F(ClientCommandsTest, InfoHasTheFieldsOfRedis) {
  EXPECT_EQ(Run({"SELECT", "4"}), Reply::Ok());
  AdvanceTime(3000);
  const Reply info = Run({"CLIENT", "INFO"});
  EXPECT_THAT(info.text, ::testing::MatchesRegex(
                             "id=1 addr=127.0.0.1:50000 laddr=127.0.0.1:6379 fd=8 name= age=3 "
                             "idle=0 flags=N db=4 sub=0 psub=0 ssub=0 multi=-1 qbuf=[0-9]+ "
                             "qbuf-free=[0-9]+ argv-mem=10 multi-mem=0 rbs=[0-9]+ rbp=[0-9]+ "
                             "obl=0 oll=0 omem=0 tot-mem=[0-9]+ events=r cmd=client.info "
                             "user=default redir=-1 resp=2 lib-name= lib-ver=\n"));
}

TEST_F(ClientCommandsTest, InfoIsVerbatimInResp3) {
  client().RunRaw({"HELLO", "3"});
  EXPECT_EQ(client().RunRaw({"CLIENT", "LIST", "TYPE", "pubsub"}), "=4\r\ntxt:\r\n");
  EXPECT_THAT(client().RunRaw({"CLIENT", "INFO"}), HasSubstr("\r\ntxt:id=1 "));
}

TEST_F(ClientCommandsTest, ListShowsEveryone) {
  TestClient& other = NewClient();
  other.Run({"GET", "k"});
  AdvanceTime(2000);
  std::istringstream list(Run({"CLIENT", "LIST"}).text);
  std::string first, second, none;
  std::getline(list, first);
  std::getline(list, second);
  EXPECT_FALSE(std::getline(list, none));
  EXPECT_EQ(Fields(first)["cmd"], "client|list");
  EXPECT_EQ(Fields(second)["cmd"], "get");
  EXPECT_EQ(Fields(second)["idle"], "2");
  EXPECT_EQ(Fields(second)["id"], IdOf(other));
}

TEST_F(ClientCommandsTest, ListForgetsAnUnknownCommand) {
  TestClient& other = NewClient();
  other.Run({"GET", "k"});
  other.Run({"NOSUCH"});
  EXPECT_EQ(Fields(Run({"CLIENT", "LIST", "ID", IdOf(other)}).text)["cmd"], "NULL");
  other.Run({"GET", "k"});
  EXPECT_EQ(Fields(Run({"CLIENT", "LIST", "ID", IdOf(other)}).text)["cmd"], "get");
  other.Run({"CLIENT", "GETNAME"});
  EXPECT_EQ(Fields(Run({"CLIENT", "LIST", "ID", IdOf(other)}).text)["cmd"], "client|getname");
}

TEST_F(ClientCommandsTest, ListFilters) {
  EXPECT_THAT(Run({"CLIENT", "LIST", "TYPE", "normal"}).text, HasSubstr("id=1 "));
  for (const char* type : {"MASTER", "replica", "slave", "pubsub"}) {
    EXPECT_EQ(Run({"CLIENT", "LIST", "TYPE", type}), Reply::Bulk("")) << type;
  }
  EXPECT_EQ(Run({"CLIENT", "LIST", "TYPE", "x"}), Reply::Error("ERR Unknown client type 'x'"));
  EXPECT_EQ(Run({"CLIENT", "LIST", "TYPE"}), kSyntaxError);
  EXPECT_EQ(Run({"CLIENT", "LIST", "ID"}), kSyntaxError);
  EXPECT_EQ(Run({"CLIENT", "LIST", "ID", "1", "x"}), Reply::Error("ERR Invalid client ID"));
  EXPECT_EQ(Run({"CLIENT", "LIST", "ID", "77", "-1"}), Reply::Bulk(""));
}

TEST_F(ClientCommandsTest, KillByAddress) {
  TestClient& other = NewClient();
  EXPECT_EQ(Run({"CLIENT", "KILL", "127.0.0.1:1"}), Reply::Error("ERR No such client"));
  EXPECT_EQ(Run({"CLIENT", "KILL", other.PeerAddress()}), Reply::Ok());
  EXPECT_TRUE(other.close_requested());
  EXPECT_EQ(Run({"CLIENT", "LIST", "ID", IdOf(other)}), Reply::Bulk(""));
  EXPECT_EQ(Run({"CLIENT", "KILL", other.PeerAddress()}), Reply::Error("ERR No such client"));
}

TEST_F(ClientCommandsTest, KillByFilters) {
  TestClient& second = NewClient();
  TestClient& third = NewClient();
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", IdOf(second), "ADDR", third.PeerAddress()}),
            Reply::Integer(0));
  EXPECT_EQ(Run({"CLIENT", "KILL", "TYPE", "normal", "ID", IdOf(second)}), Reply::Integer(1));
  EXPECT_EQ(Run({"CLIENT", "KILL", "LADDR", "127.0.0.1:6379"}), Reply::Integer(1));
  EXPECT_TRUE(second.close_requested());
  EXPECT_TRUE(third.close_requested());
  EXPECT_FALSE(client().session().close_after_reply) << "oneself is spared";
  EXPECT_EQ(Run({"CLIENT", "KILL", "USER", "default", "SKIPME", "no"}), Reply::Integer(1));
  EXPECT_TRUE(client().session().close_after_reply);
}

TEST_F(ClientCommandsTest, KillOfOneselfStillAnswers) {
  client().Send("CLIENT KILL " + client().PeerAddress() + "\r\nPING\r\n");
  EXPECT_EQ(client().Receive(), Reply::Ok());
  EXPECT_EQ(client().Receive().kind, Reply::Kind::kLost);
}

TEST_F(ClientCommandsTest, KillRefuses) {
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", "x"}),
            Reply::Error("ERR client-id should be greater than 0"));
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", "0"}),
            Reply::Error("ERR client-id should be greater than 0"));
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", "1", "SKIPME"}), kSyntaxError);
  EXPECT_EQ(Run({"CLIENT", "KILL", "SKIPME", "maybe"}), kSyntaxError);
  EXPECT_EQ(Run({"CLIENT", "KILL", "USER", "bob", "TYPE", "x"}),
            Reply::Error("ERR No such user 'bob'"));
  EXPECT_EQ(Run({"CLIENT", "KILL", "TYPE", "x"}), Reply::Error("ERR Unknown client type 'x'"));
}

TEST_F(ClientCommandsTest, ReplySkipLeavesOutOne) {
  client().Send("CLIENT REPLY SKIP\r\nECHO skipped\r\nECHO shown\r\n");
  EXPECT_EQ(client().RunRaw({"PING"}), "$5\r\nshown\r\n+PONG\r\n");
  client().Send("CLIENT REPLY SKIP\r\nNOSUCH\r\n");
  EXPECT_EQ(client().RunRaw({"PING"}), "+PONG\r\n") << "an error is a reply";
  client().Send("CLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nECHO skipped\r\n");
  EXPECT_EQ(client().RunRaw({"PING"}), "+PONG\r\n");
}

TEST_F(ClientCommandsTest, ReplyOffLastsUntilOn) {
  client().Send("CLIENT REPLY OFF\r\nSET k v\r\nCLIENT REPLY SKIP\r\nGET k\r\nNOSUCH\r\n");
  EXPECT_EQ(client().RunRaw({"CLIENT", "REPLY", "ON"}), "+OK\r\n");
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("v"));
  EXPECT_EQ(Run({"CLIENT", "REPLY", "x"}), kSyntaxError);
}

TEST_F(ClientCommandsTest, NoTouchLeavesTheAccessClockAlone) {
  Run({"SET", "k", "v"});
  AdvanceTime(60'000);
  EXPECT_EQ(Run({"CLIENT", "NO-TOUCH", "on"}), Reply::Ok());
  Run({"GET", "k"});
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Reply::Integer(60));
  EXPECT_EQ(Run({"TOUCH", "k"}), Reply::Integer(1));
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Reply::Integer(0)) << "that is what TOUCH is for";
  AdvanceTime(60'000);
  EXPECT_EQ(Run({"CLIENT", "NO-TOUCH", "off"}), Reply::Ok());
  Run({"GET", "k"});
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Reply::Integer(0));
  EXPECT_EQ(Run({"CLIENT", "NO-TOUCH", "maybe"}), kSyntaxError);
}

TEST_F(ClientCommandsTest, SwitchesShowAsFlags) {
  Run({"CLIENT", "NO-EVICT", "on"});
  Run({"CLIENT", "NO-TOUCH", "on"});
  EXPECT_EQ(Fields(Run({"CLIENT", "INFO"}).text)["flags"], "eT");
}

TEST_F(ClientCommandsTest, UnblockFindsNobody) {
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", "1"}), Reply::Integer(0));
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", "1", "error"}), Reply::Integer(0));
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", "x", "y"}),
            Reply::Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"));
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", "x"}),
            Reply::Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"CLIENT", "GETREDIR"}), Reply::Integer(-1));
}

TEST_F(ClientCommandsTest, HelpNamesEverySubcommand) {
  const Reply help = Run({"CLIENT", "HELP"});
  ASSERT_EQ(help.kind, Reply::Kind::kArray);
  EXPECT_EQ(help.elements[0],
            Reply::Status("CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
  EXPECT_THAT(help.elements, ::testing::Contains(Reply::Status("UNPAUSE")));
}

// ------------------------------------------------------------------------------------------ pauses

class ClientPauseTest : public EngineTest {
 protected:
  // Sends a command that is expected to wait.
  void SendPostponed(TestClient& client, const std::string& line) {
    client.Send(line + "\r\n");
    EXPECT_EQ(client.Receive().kind, Reply::Kind::kLost) << line;
    EXPECT_TRUE(client.session().postponed) << line;
  }

  // What the client has been sent once it goes on.
  Reply Resumed(TestClient& client) {
    client.Send("");
    return client.Receive();
  }
};

TEST_F(ClientPauseTest, WritesWaitReadsDoNot) {
  TestClient& writer = NewClient();
  Run({"SET", "k", "old"});
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "1000", "WRITE"}), Reply::Ok());
  SendPostponed(writer, "SET k new");
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("old"));
  EXPECT_EQ(Run({"SET", "k"}), Reply::Error("ERR wrong number of arguments for 'set' command"));
  EXPECT_EQ(Run({"CLIENT", "UNPAUSE"}), Reply::Ok());
  EXPECT_FALSE(writer.session().postponed);
  EXPECT_EQ(Resumed(writer), Reply::Ok());
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("new"));
}

TEST_F(ClientPauseTest, ATransactionThatWaitsShowsBoth) {
  TestClient& writer = NewClient();
  writer.Run({"MULTI"});
  writer.Run({"SET", "k", "v"});
  Run({"CLIENT", "PAUSE", "1000", "WRITE"});
  SendPostponed(writer, "EXEC");
  EXPECT_THAT(Run({"CLIENT", "LIST"}).text, HasSubstr(" flags=xb "));
}

TEST_F(ClientPauseTest, EverythingWaitsUntilTheTimeIsOver) {
  Run({"CLIENT", "PAUSE", "1000"});
  SendPostponed(client(), "PING");
  TestClient& other = NewClient();
  SendPostponed(other, "CLIENT UNPAUSE");
  AdvanceTime(999);
  engine().cron().Run();
  EXPECT_TRUE(other.session().postponed);
  AdvanceTime(1);
  engine().cron().Run();
  EXPECT_EQ(Resumed(client()), Reply::Status("PONG"));
  EXPECT_EQ(Resumed(other), Reply::Ok());
}

TEST_F(ClientPauseTest, EndsAlsoWhileNothingExpires) {
  AllowDebug();
  Run({"DEBUG", "SET-ACTIVE-EXPIRE", "0"});
  Run({"CLIENT", "PAUSE", "1000"});
  SendPostponed(client(), "PING");
  AdvanceTime(1000);
  engine().cron().Run();
  EXPECT_EQ(Resumed(client()), Reply::Status("PONG"));
}

TEST_F(ClientPauseTest, ASecondPauseOnlyAdds) {
  Run({"CLIENT", "PAUSE", "1000", "WRITE"});
  Run({"CLIENT", "PAUSE", "10", "WRITE"});
  AdvanceTime(500);
  SendPostponed(NewClient(), "SET k v");
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "10", "ALL"}), Reply::Ok());
  AdvanceTime(100);
  SendPostponed(client(), "PING");
  AdvanceTime(400);
  EXPECT_EQ(Resumed(NewClient()).kind, Reply::Kind::kLost);
  EXPECT_EQ(NewClient().Run({"PING"}), Reply::Status("PONG"));
  EXPECT_EQ(Resumed(client()), Reply::Status("PONG")) << "ended by the other's command";
}

TEST_F(ClientPauseTest, NothingExpiresMeanwhile) {
  Run({"SET", "k", "v", "PX", "100"});
  Run({"CLIENT", "PAUSE", "1000", "WRITE"});
  AdvanceTime(500);
  engine().cron().Run();
  EXPECT_EQ(Run({"GET", "k"}), Reply::Nil()) << "its time has come";
  EXPECT_EQ(Run({"RANDOMKEY"}), Reply::Nil());
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(1)) << "but it stays";
  Run({"CLIENT", "UNPAUSE"});
  EXPECT_EQ(Run({"GET", "k"}), Reply::Nil());
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
}

// A transaction may go on to write when it has begun a pause.
TEST_F(ClientPauseTest, WhatIsExpiredMakesRoomForWhatIsWritten) {
  Run({"MULTI"});
  Run({"SET", "k", "old", "PXAT", "1"});
  Run({"CLIENT", "PAUSE", "1000", "WRITE"});
  Run({"SET", "k", "new"});
  Run({"EXEC"});
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("new"));
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(1));
}

TEST_F(ClientPauseTest, OfWritesHoldsWhatReplicasWouldHear) {
  Run({"PFADD", "h", "a"});
  Run({"CLIENT", "PAUSE", "1000", "WRITE"});
  TestClient& counts = NewClient();
  TestClient& publishes = NewClient();
  SendPostponed(counts, "PFCOUNT h");
  SendPostponed(publishes, "PUBLISH c m");
  EXPECT_EQ(engine().pause().waiting(), 2u);
  Run({"CLIENT", "UNPAUSE"});
  EXPECT_EQ(Resumed(counts), Reply::Integer(1));
  EXPECT_EQ(Resumed(publishes), Reply::Integer(0));
}

TEST_F(ClientPauseTest, ThoseWhoWaitCanBeKilled) {
  TestClient& writer = NewClient();
  Run({"CLIENT", "PAUSE", "1000", "WRITE"});
  SendPostponed(writer, "SET k v");
  EXPECT_THAT(Run({"CLIENT", "LIST"}).text, HasSubstr(" flags=b "));
  EXPECT_EQ(Run({"CLIENT", "UNBLOCK", IdOf(writer)}), Reply::Integer(0));
  EXPECT_EQ(Run({"CLIENT", "KILL", "ID", IdOf(writer)}), Reply::Integer(1));
  EXPECT_EQ(engine().pause().waiting(), 0u);
  Run({"CLIENT", "UNPAUSE"});
  EXPECT_EQ(Run({"GET", "k"}), Reply::Nil());
}

TEST_F(ClientPauseTest, Refuses) {
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "x"}),
            Reply::Error("ERR timeout is not an integer or out of range"));
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "-1"}), Reply::Error("ERR timeout is negative"));
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "9223372036854775807"}),
            Reply::Error("ERR timeout is out of range"));
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "x", "y"}),
            Reply::Error("ERR CLIENT PAUSE mode must be WRITE or ALL"));
  EXPECT_EQ(Run({"CLIENT", "PAUSE", "1", "ALL", "x"}),
            Reply::Error("ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try "
                         "CLIENT HELP."));
  EXPECT_FALSE(engine().Paused());
}

}  // namespace
}  // namespace ebb::test
