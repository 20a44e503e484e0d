// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using CommandCommandsTest = EngineTest;

TEST_F(CommandCommandsTest, InfoKeepsThePlaceOfAnUnknownCommand) {
  const std::string answer = client().RunRaw({"COMMAND", "INFO", "nosuch", "echo"});
  EXPECT_EQ(answer.substr(0, 22), "*2\r\n$-1\r\n*10\r\n$4\r\necho");
}

TEST_F(CommandCommandsTest, SubcommandsAreAnArrayAlsoInResp3) {
  Run({"HELLO", "3"});
  const std::string answer = client().RunRaw({"COMMAND", "INFO", "slowlog"});
  EXPECT_NE(answer.find("~0\r\n*4\r\n*10\r\n$11\r\nslowlog|get\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(client().RunRaw({"COMMAND", "INFO", "echo"}).ends_with("~0\r\n~0\r\n~0\r\n"));
}

TEST_F(CommandCommandsTest, AListIsAnArrayAlsoInResp3) {
  Run({"HELLO", "3"});
  const std::string all = client().RunRaw({"COMMAND", "LIST"});
  EXPECT_EQ(all[0], '*');
  EXPECT_NE(all.find("\r\nclient|list\r\n"), std::string::npos);
  EXPECT_EQ(client().RunRaw({"COMMAND", "LIST", "FILTERBY", "PATTERN", "ech*"}),
            "*1\r\n$4\r\necho\r\n");
}

TEST_F(CommandCommandsTest, DocsNumberTheKeySpecificationsThatExist) {
  const std::string lcs = Run({"COMMAND", "DOCS", "lcs"}).ToString();
  EXPECT_NE(lcs.find(R"("name", "key2", "type", "key", "key_spec_index", (integer) 0)"),
            std::string::npos)
      << lcs;
  const std::string rename = Run({"COMMAND", "DOCS", "rename"}).ToString();
  EXPECT_NE(rename.find(R"("name", "newkey", "type", "key", "key_spec_index", (integer) 1)"),
            std::string::npos)
      << rename;
}

TEST_F(CommandCommandsTest, DocsSaySinceWhen) {
  const std::string set = Run({"COMMAND", "DOCS", "set"}).ToString();
  for (const char* part :
       {R"("get", "type", "pure-token", "token", "GET", "since", "6.2.0", "flags", [optional])",
        R"("name", "seconds", "type", "integer", "token", "EX", "since", "2.6.12")",
        R"("name", "condition", "type", "oneof", "since", "2.6.12")",
        R"("history", [["2.6.12", "Takes EX, PX, NX and XX."], ["6.0.0", "Takes KEEPTTL."])"}) {
    EXPECT_NE(set.find(part), std::string::npos) << part << "\nin " << set;
  }
  const std::string debug = Run({"COMMAND", "DOCS", "debug"}).ToString();
  EXPECT_NE(debug.find(R"("doc_flags", [syscmd])"), std::string::npos) << debug;
}

TEST_F(CommandCommandsTest, AColonBeforeWhatIsNoTypeBelongsToTheName) {
  const std::string kill = client().RunRaw({"COMMAND", "DOCS", "client|kill"});
  EXPECT_NE(kill.find("\r\nip:port\r\n$4\r\ntype\r\n$6\r\nstring\r\n$16\r\ndeprecated_since\r\n"),
            std::string::npos)
      << kill;
  const std::string help = Run({"CLIENT", "HELP"}).ToString();
  EXPECT_NE(help.find("[LADDR ip:port]"), std::string::npos) << help;
}

TEST_F(CommandCommandsTest, CountedKeysAreAllThere) {
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "LMPOP", "2", "a", "b", "LEFT"}), Reply::Bulks({"a", "b"}));
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "LMPOP", "4", "a", "b", "LEFT"}),
            Reply::Error("ERR Invalid arguments specified for command"));
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "PFMERGE", "d", "a"}), Reply::Bulks({"d", "a"}));
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "PFMERGE", "d"}),
            Reply::Error("ERR Invalid arguments specified for command"));
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "ZUNIONSTORE", "d", "2", "a", "b"}),
            Reply::Bulks({"d", "a", "b"}));
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "ZUNIONSTORE", "d", "3", "a", "b"}),
            Reply::Error("ERR Invalid arguments specified for command"));
}

TEST_F(CommandCommandsTest, HelpLeavesTheVersionsOut) {
  const std::string help = Run({"CLIENT", "HELP"}).ToString();
  EXPECT_EQ(help.find('@'), std::string::npos) << help;
  EXPECT_NE(help.find("LIST [TYPE (NORMAL | MASTER | REPLICA | PUBSUB)] [ID client-id"),
            std::string::npos)
      << help;
}

TEST_F(CommandCommandsTest, HelpSaysThatAWholeCommandFollows) {
  const std::string help = Run({"COMMAND", "HELP"}).ToString();
  EXPECT_NE(help.find("GETKEYS <full-command>"), std::string::npos) << help;
  EXPECT_NE(help.find("GETKEYSANDFLAGS <full-command>"), std::string::npos) << help;
  const std::string docs = Run({"COMMAND", "DOCS", "command|getkeys"}).ToString();
  EXPECT_EQ(docs.find("arguments\""), std::string::npos) << docs;
}

// redis-cli shows an argument's name behind its token.
TEST_F(CommandCommandsTest, AFlushIsNamedByItsId) {
  const std::string help = Run({"TRASH", "HELP"}).ToString();
  EXPECT_NE(help.find("PURGE ([KEYS] key [key ...] | FLUSH [ID] id | ALL)"), std::string::npos)
      << help;
}

TEST_F(CommandCommandsTest, HelpEndsWithItself) {
  const Reply help = Run({"MEMORY", "HELP"});
  ASSERT_GT(help.elements.size(), 2u);
  EXPECT_EQ(help.elements[help.elements.size() - 2], Reply::Status("HELP"));
  EXPECT_EQ(help.elements.back(), Reply::Status("    Prints this help."));
}

}  // namespace
}  // namespace ebb::test
