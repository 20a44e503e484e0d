// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class SetCommandsTest : public EngineTest {
 protected:
  // The members that a reply shows, in order.
  std::vector<std::string> Members(const std::vector<std::string>& argv) {
    std::vector<std::string> members;
    for (const Reply& element : Run(argv).elements) members.push_back(element.text);
    std::ranges::sort(members);
    return members;
  }
  using Texts = std::vector<std::string>;
};

const Reply kWrongType =
    Reply::Error("WRONGTYPE Operation against a key holding the wrong kind of value");

TEST_F(SetCommandsTest, AddsAndRemoves) {
  EXPECT_EQ(Run({"SADD", "s", "a", "b", "a"}), Reply::Integer(2));
  EXPECT_EQ(Run({"SADD", "s", "b", "c"}), Reply::Integer(1));
  EXPECT_EQ(Run({"SCARD", "s"}), Reply::Integer(3));
  EXPECT_EQ(Run({"SISMEMBER", "s", "a"}), Reply::Integer(1));
  EXPECT_EQ(Run({"SISMEMBER", "s", "x"}), Reply::Integer(0));
  EXPECT_EQ(Run({"SMISMEMBER", "s", "a", "x"}),
            Reply::Array({Reply::Integer(1), Reply::Integer(0)}));
  EXPECT_EQ(Members({"SMEMBERS", "s"}), (Texts{"a", "b", "c"}));
  EXPECT_EQ(Run({"SREM", "s", "a", "x", "b"}), Reply::Integer(2));
  EXPECT_EQ(Run({"SREM", "s", "c"}), Reply::Integer(1));
  EXPECT_EQ(Run({"EXISTS", "s"}), Reply::Integer(0));
  EXPECT_EQ(Run({"SREM", "s", "c"}), Reply::Integer(0));
  EXPECT_EQ(Run({"SMEMBERS", "s"}), Reply::Array({}));
  EXPECT_EQ(Run({"TYPE", "s"}), Reply::Status("none"));
}

TEST_F(SetCommandsTest, TellsTypeAndEncoding) {
  Run({"SADD", "i", "1", "2"});
  Run({"SADD", "t", "a"});
  EXPECT_EQ(Run({"TYPE", "i"}), Reply::Status("set"));
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "i"}), Reply::Bulk("intset"));
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "t"}), Reply::Bulk("listpack"));
  Run({"CONFIG", "SET", "set-max-intset-entries", "2", "set-max-listpack-entries", "1"});
  Run({"SADD", "i", "3"});
  Run({"SADD", "t", "b"});
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "i"}), Reply::Bulk("hashtable"));
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "t"}), Reply::Bulk("hashtable"));
}

TEST_F(SetCommandsTest, RefusesOtherTypes) {
  Run({"SET", "k", "v"});
  Run({"SADD", "s", "a"});
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"SADD", "k", "a"},
                                             {"SREM", "k", "a"},
                                             {"SCARD", "k"},
                                             {"SMEMBERS", "k"},
                                             {"SPOP", "k"},
                                             {"SRANDMEMBER", "k"},
                                             {"SRANDMEMBER", "k", "-16777217"},
                                             {"SMOVE", "k", "s", "a"},
                                             {"SMOVE", "s", "k", "a"},
                                             {"SINTER", "none", "k"},
                                             {"SUNION", "s", "k"},
                                             {"SDIFFSTORE", "d", "s", "k"},
                                             {"SINTERCARD", "1", "k"},
                                             {"SSCAN", "k", "0"}}) {
    EXPECT_EQ(Run(command), kWrongType) << command[0];
  }
  EXPECT_EQ(Run({"GET", "s"}), kWrongType);
  // A destination may be anything.
  EXPECT_EQ(Run({"SUNIONSTORE", "k", "s"}), Reply::Integer(1));
  EXPECT_EQ(Run({"TYPE", "k"}), Reply::Status("set"));
}

TEST_F(SetCommandsTest, Moves) {
  Run({"SADD", "a", "1", "x"});
  Run({"SADD", "b", "x"});
  EXPECT_EQ(Run({"SMOVE", "a", "b", "1"}), Reply::Integer(1));
  EXPECT_EQ(Run({"SMOVE", "a", "b", "1"}), Reply::Integer(0));
  EXPECT_EQ(Run({"SMOVE", "a", "a", "x"}), Reply::Integer(1));
  EXPECT_EQ(Run({"SMOVE", "a", "b", "x"}), Reply::Integer(1));
  EXPECT_EQ(Run({"EXISTS", "a"}), Reply::Integer(0));
  EXPECT_EQ(Members({"SMEMBERS", "b"}), (Texts{"1", "x"}));
}

TEST_F(SetCommandsTest, Pops) {
  Run({"SADD", "s", "a", "b", "c", "4", "5"});
  EXPECT_EQ(Run({"SPOP", "s"}).kind, Reply::Kind::kBulk);
  EXPECT_EQ(Run({"SPOP", "s", "2"}).elements.size(), 2u);
  EXPECT_EQ(Run({"SCARD", "s"}), Reply::Integer(2));
  EXPECT_EQ(Run({"SPOP", "s", "0"}), Reply::Array({}));
  EXPECT_EQ(Run({"SPOP", "s", "-1"}), Reply::Error("ERR value is out of range, must be positive"));
  EXPECT_EQ(Run({"SPOP", "s", "10"}).elements.size(), 2u);
  EXPECT_EQ(Run({"EXISTS", "s"}), Reply::Integer(0));
  EXPECT_EQ(Run({"SPOP", "s"}), Reply::Nil());
}

TEST_F(SetCommandsTest, IsMadeAnewWhereFewStay) {
  Texts all;
  for (int i = 10; i < 70; ++i) all.push_back(std::to_string(i));
  Run({"SADD", "s", "text"});
  for (const std::string& member : all) Run({"SADD", "s", member});
  Run({"EXPIRE", "s", "100"});
  Run({"SREM", "s", "text"});
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "s"}), Reply::Bulk("listpack"));
  Texts members = Members({"SPOP", "s", "50"});
  EXPECT_EQ(members.size(), 50u);
  EXPECT_EQ(Run({"SCARD", "s"}), Reply::Integer(10));
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "s"}), Reply::Bulk("intset"));
  EXPECT_EQ(Run({"TTL", "s"}), Reply::Integer(100));
  std::ranges::copy(Members({"SMEMBERS", "s"}), std::back_inserter(members));
  std::ranges::sort(members);
  EXPECT_EQ(members, all);
}

// Members of a listpack and of a table, integers among them.
TEST_F(SetCommandsTest, WhatStaysIsOutOfTheOldSet) {
  for (const int size : {60, 600}) {
    std::vector<std::string> add = {"SADD", "s"};
    for (int i = 0; i < size; ++i) {
      add.push_back((i % 2 == 0 ? "" : "a member that is ") + std::to_string(i));
    }
    Run(add);
    Texts all(add.begin() + 2, add.end());
    std::ranges::sort(all);
    Texts members = Members({"SPOP", "s", std::to_string(size - 6)});
    EXPECT_EQ(Run({"SCARD", "s"}), Reply::Integer(6));
    std::ranges::copy(Members({"SPOP", "s", "6"}), std::back_inserter(members));
    std::ranges::sort(members);
    EXPECT_EQ(members, all);
  }
}

TEST_F(SetCommandsTest, AnswersRandomMembers) {
  Run({"SADD", "s", "a", "b", "c"});
  EXPECT_EQ(Run({"SRANDMEMBER", "s"}).kind, Reply::Kind::kBulk);
  EXPECT_EQ(Members({"SRANDMEMBER", "s", "5"}), (Texts{"a", "b", "c"}));
  EXPECT_EQ(Run({"SRANDMEMBER", "s", "-5"}).elements.size(), 5u);
  EXPECT_EQ(Run({"SRANDMEMBER", "s", "0"}), Reply::Array({}));
  EXPECT_EQ(Run({"SRANDMEMBER", "none"}), Reply::Nil());
  EXPECT_EQ(Run({"SRANDMEMBER", "none", "3"}), Reply::Array({}));
  // More than any reply should have, where there is something to draw.
  EXPECT_EQ(Run({"SRANDMEMBER", "s", "-16777217"}), Reply::Error("ERR value is out of range"));
  EXPECT_EQ(Run({"SRANDMEMBER", "none", "-9223372036854775807"}), Reply::Array({}));
}

TEST_F(SetCommandsTest, Combines) {
  Run({"SADD", "a", "1", "2", "3", "x"});
  Run({"SADD", "b", "2", "3", "y"});
  EXPECT_EQ(Members({"SINTER", "a", "b"}), (Texts{"2", "3"}));
  EXPECT_EQ(Members({"SUNION", "a", "b", "none"}), (Texts{"1", "2", "3", "x", "y"}));
  EXPECT_EQ(Members({"SDIFF", "a", "b", "none"}), (Texts{"1", "x"}));
  EXPECT_EQ(Members({"SINTER", "b", "a", "b", "a", "a"}), (Texts{"2", "3"}));
  EXPECT_EQ(Members({"SUNION", "b", "a", "b", "a"}), (Texts{"1", "2", "3", "x", "y"}));
  EXPECT_EQ(Members({"SDIFF", "a", "b", "b"}), (Texts{"1", "x"}));
  EXPECT_EQ(Run({"SDIFF", "a", "b", "a"}), Reply::Array({}));
  EXPECT_EQ(Run({"SINTER", "a", "none"}), Reply::Array({}));
  EXPECT_EQ(Run({"SINTERCARD", "2", "a", "b"}), Reply::Integer(2));
  EXPECT_EQ(Run({"SINTERCARD", "4", "a", "b", "b", "a"}), Reply::Integer(2));
  EXPECT_EQ(Run({"SINTERCARD", "2", "a", "b", "LIMIT", "1"}), Reply::Integer(1));
  EXPECT_EQ(Run({"SINTERCARD", "2", "a", "b", "LIMIT", "0"}), Reply::Integer(2));
  EXPECT_EQ(Run({"SINTERCARD", "0", "a"}), Reply::Error("ERR numkeys should be greater than 0"));
  EXPECT_EQ(Run({"SINTERCARD", "3", "a", "b"}),
            Reply::Error("ERR Number of keys can't be greater than number of args"));
  EXPECT_EQ(Run({"SINTERCARD", "1", "a", "LIMIT", "-1"}),
            Reply::Error("ERR LIMIT can't be negative"));
}

TEST_F(SetCommandsTest, Stores) {
  Run({"SADD", "a", "1", "2", "3"});
  Run({"SADD", "b", "2", "3", "4"});
  Run({"SET", "d", "old", "EX", "100"});
  EXPECT_EQ(Run({"SINTERSTORE", "d", "a", "b"}), Reply::Integer(2));
  EXPECT_EQ(Run({"TTL", "d"}), Reply::Integer(-1));
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "d"}), Reply::Bulk("intset"));
  // Onto one of the sources.
  EXPECT_EQ(Run({"SUNIONSTORE", "a", "a", "b"}), Reply::Integer(4));
  EXPECT_EQ(Members({"SMEMBERS", "a"}), (Texts{"1", "2", "3", "4"}));
  EXPECT_EQ(Run({"SDIFFSTORE", "a", "a", "a"}), Reply::Integer(0));
  EXPECT_EQ(Run({"EXISTS", "a"}), Reply::Integer(0));
}

TEST_F(SetCommandsTest, Scans) {
  for (int i = 0; i < 1000; ++i) Run({"SADD", "s", "m" + std::to_string(i)});
  Texts found;
  std::string cursor = "0";
  do {
    const Reply reply = Run({"SSCAN", "s", cursor, "COUNT", "50"});
    cursor = reply.elements[0].text;
    for (const Reply& member : reply.elements[1].elements) found.push_back(member.text);
  } while (cursor != "0");
  EXPECT_EQ(found.size(), 1000u);
  Run({"SADD", "few", "a1", "a2", "b1"});
  EXPECT_EQ(Run({"SSCAN", "few", "0", "MATCH", "a*"}).elements[1].elements.size(), 2u);
}

TEST_F(SetCommandsTest, AreSetsInResp3) {
  client().RunRaw({"HELLO", "3"});
  client().RunRaw({"SADD", "s", "1"});
  EXPECT_EQ(client().RunRaw({"SMEMBERS", "s"}), "~1\r\n$1\r\n1\r\n");
  EXPECT_EQ(client().RunRaw({"SINTER", "s", "s"}), "~1\r\n$1\r\n1\r\n");
  EXPECT_EQ(client().RunRaw({"SRANDMEMBER", "s", "1"}), "*1\r\n$1\r\n1\r\n");
  EXPECT_EQ(client().RunRaw({"SPOP", "s", "1"}), "~1\r\n$1\r\n1\r\n");
}

// Small sets are gathered, large ones asked; of integers and texts, in any encoding.
TEST_F(SetCommandsTest, TheDifferenceIsWhatIsInNoneOfTheOthers) {
  std::vector<std::string> add = {"SADD", "s"};
  Texts left;
  for (int i = 0; i < 1000; ++i) {
    add.push_back(i % 2 == 0 ? std::to_string(i) : "t" + std::to_string(i));
    if (i >= 900) left.push_back(add.back());
  }
  Run(add);
  std::ranges::sort(left);
  const auto add_some = [&](const std::string& key, int from, int to) {
    std::vector<std::string> argv = {"SADD", key, "none of s"};
    for (int i = from; i < to; ++i) argv.push_back(add[2 + static_cast<size_t>(i)]);
    Run(argv);
  };
  add_some("large", 0, 700);
  add_some("half", 200, 600);
  add_some("small", 690, 710);
  add_some("rest", 700, 900);
  EXPECT_EQ(Members({"SDIFF", "s", "large", "nothing", "small", "half", "rest"}), left);
  EXPECT_EQ(Run({"SDIFFSTORE", "d", "s", "rest", "half", "small", "large"}), Reply::Integer(100));
  EXPECT_EQ(Members({"SMEMBERS", "d"}), left);
  EXPECT_EQ(Members({"ZDIFF", "5", "s", "large", "small", "half", "rest"}), left);
  EXPECT_EQ(Members({"SDIFF", "s", "small", "s"}), Texts());
  EXPECT_EQ(Members({"SDIFF", "small", "s"}), Texts({"none of s"}));
}

// Whatever becomes of the command: observers hear of it.
TEST_F(SetCommandsTest, SMoveFindsThatItsDestinationHasExpired) {
  Run({"SET", "to", "v", "PX", "10"});
  AdvanceTime(20);
  EXPECT_EQ(Run({"SMOVE", "none", "to", "m"}), Reply::Integer(0));
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
}

}  // namespace
}  // namespace ebb::test
