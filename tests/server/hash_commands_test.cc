// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

const Reply kWrongType =
    Reply::Error("WRONGTYPE Operation against a key holding the wrong kind of value");
const Reply kSyntaxError = Reply::Error("ERR syntax error");
const Reply kNotInteger = Reply::Error("ERR value is not an integer or out of range");
const Reply kOutOfRange = Reply::Error("ERR value is out of range");

// Every command on both sides of where a hash becomes a table.
class HashCommandsTest : public EngineTest, public testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    const std::string limit = GetParam() == "listpack" ? "512" : "0";
    Run({"CONFIG", "SET", "hash-max-listpack-entries", limit});
  }
  void ExpectEncoding(const std::string& key) {
    EXPECT_EQ(Run({"OBJECT", "ENCODING", key}), Reply::Bulk(GetParam()));
  }

  // An array's texts, which may come in any order.
  static std::multiset<std::string> Texts(const Reply& reply) {
    EXPECT_EQ(reply.kind, Reply::Kind::kArray);
    std::multiset<std::string> texts;
    for (const Reply& element : reply.elements) texts.insert(element.text);
    return texts;
  }
};
using Set = std::multiset<std::string>;

INSTANTIATE_TEST_SUITE_P(Encodings, HashCommandsTest, testing::Values("listpack", "hashtable"),
                         [](const auto& param) { return param.param; });

TEST_P(HashCommandsTest, AnswersWhatWasSet) {
  EXPECT_EQ(Run({"HSET", "h", "a", "1", "b", "two"}), Reply::Integer(2));
  EXPECT_EQ(Run({"HSET", "h", "b", "2", "c", "", "c", "3"}), Reply::Integer(1));
  ExpectEncoding("h");
  EXPECT_EQ(Run({"HGET", "h", "a"}), Reply::Bulk("1"));
  EXPECT_EQ(Run({"HGET", "h", "d"}), Reply::Nil());
  EXPECT_EQ(Run({"HMGET", "h", "c", "d", "b", "b"}),
            Reply::Array({Reply::Bulk("3"), Reply::Nil(), Reply::Bulk("2"), Reply::Bulk("2")}));
  EXPECT_EQ(Run({"HLEN", "h"}), Reply::Integer(3));
  EXPECT_EQ(Run({"HEXISTS", "h", "a"}), Reply::Integer(1));
  EXPECT_EQ(Run({"HEXISTS", "h", "d"}), Reply::Integer(0));
  EXPECT_EQ(Run({"HMSET", "h", "a", "-1000"}), Reply::Ok());
  EXPECT_EQ(Run({"HSTRLEN", "h", "a"}), Reply::Integer(5));
  EXPECT_EQ(Run({"HSTRLEN", "h", "d"}), Reply::Integer(0));
  EXPECT_EQ(Texts(Run({"HKEYS", "h"})), (Set{"a", "b", "c"}));
  EXPECT_EQ(Texts(Run({"HVALS", "h"})), (Set{"-1000", "2", "3"}));
  EXPECT_EQ(Texts(Run({"HGETALL", "h"})), (Set{"a", "-1000", "b", "2", "c", "3"}));
  EXPECT_EQ(Run({"TYPE", "h"}), Reply::Status("hash"));
}

TEST_P(HashCommandsTest, SetsOnlyWhatIsNotThere) {
  EXPECT_EQ(Run({"HSETNX", "h", "a", "1"}), Reply::Integer(1));
  EXPECT_EQ(Run({"HSETNX", "h", "a", std::string(100, 'x')}), Reply::Integer(0));
  EXPECT_EQ(Run({"HGET", "h", "a"}), Reply::Bulk("1"));
  ExpectEncoding("h");
}

TEST_P(HashCommandsTest, TheLastFieldTakesTheKeyWithIt) {
  Run({"HSET", "h", "a", "1", "b", "2", "c", "3"});
  EXPECT_EQ(Run({"HDEL", "h", "a", "x", "a"}), Reply::Integer(1));
  EXPECT_EQ(Run({"HDEL", "h", "x"}), Reply::Integer(0));
  EXPECT_EQ(Run({"HDEL", "h", "b", "c", "d"}), Reply::Integer(2));
  EXPECT_EQ(Run({"EXISTS", "h"}), Reply::Integer(0));
  EXPECT_EQ(Run({"HDEL", "h", "b"}), Reply::Integer(0));
}

TEST_P(HashCommandsTest, AddsIntegers) {
  EXPECT_EQ(Run({"HINCRBY", "h", "n", "5"}), Reply::Integer(5));
  EXPECT_EQ(Run({"HINCRBY", "h", "n", "-7"}), Reply::Integer(-2));
  ExpectEncoding("h");
  EXPECT_EQ(Run({"HINCRBY", "h", "n", "abc"}), kNotInteger);
  EXPECT_EQ(Run({"HINCRBY", "h", "n", "-9223372036854775807"}),
            Reply::Error("ERR increment or decrement would overflow"));
  Run({"HSET", "h", "t", "1 "});
  EXPECT_EQ(Run({"HINCRBY", "h", "t", "1"}), Reply::Error("ERR hash value is not an integer"));
  EXPECT_EQ(Run({"HGET", "h", "n"}), Reply::Bulk("-2"));
}

TEST_P(HashCommandsTest, AddsDecimals) {
  EXPECT_EQ(Run({"HINCRBYFLOAT", "h", "n", "1.5"}), Reply::Bulk("1.5"));
  EXPECT_EQ(Run({"HINCRBYFLOAT", "h", "n", "-3"}), Reply::Bulk("-1.5"));
  EXPECT_EQ(Run({"HINCRBYFLOAT", "h", "n", "1e2"}), Reply::Bulk("98.5"));
  EXPECT_EQ(Run({"HINCRBYFLOAT", "h", "n", "abc"}), Reply::Error("ERR value is not a valid float"));
  EXPECT_EQ(Run({"HINCRBYFLOAT", "h", "n", "inf"}), Reply::Error("ERR value is NaN or Infinity"));
  Run({"HSET", "h", "t", "x"});
  EXPECT_EQ(Run({"HINCRBYFLOAT", "h", "t", "1"}), Reply::Error("ERR hash value is not a float"));
  EXPECT_EQ(Run({"HINCRBYFLOAT", "none", "f", "inf"}),
            Reply::Error("ERR value is NaN or Infinity"));
  EXPECT_EQ(Run({"EXISTS", "none"}), Reply::Integer(0));
}

TEST_P(HashCommandsTest, AnswersRandomFields) {
  Run({"HSET", "h", "a", "1", "b", "2", "c", "3"});
  EXPECT_TRUE((Set{"a", "b", "c"}).contains(Run({"HRANDFIELD", "h"}).text));
  EXPECT_EQ(Texts(Run({"HRANDFIELD", "h", "5"})), (Set{"a", "b", "c"}));
  EXPECT_EQ(Texts(Run({"HRANDFIELD", "h", "3", "withvalues"})),
            (Set{"a", "1", "b", "2", "c", "3"}));
  EXPECT_EQ(Run({"HRANDFIELD", "h", "2"}).elements.size(), 2u);
  EXPECT_EQ(Run({"HRANDFIELD", "h", "0"}), Reply::Array({}));
  EXPECT_EQ(Run({"HRANDFIELD", "h", "-2500"}).elements.size(), 2500u);
  const Reply pairs = Run({"HRANDFIELD", "h", "-20", "WITHVALUES"});
  ASSERT_EQ(pairs.elements.size(), 40u);
  for (size_t i = 0; i < 40; i += 2) {
    EXPECT_EQ(pairs.elements[i].text[0] - 'a', pairs.elements[i + 1].text[0] - '1');
  }
}

TEST_P(HashCommandsTest, WalksOverFields) {
  Run({"HSET", "h", "a1", "1", "a2", "2", "b", "3"});
  const Reply all = Run({"HSCAN", "h", "0", "COUNT", "100"});
  EXPECT_EQ(all.elements[0], Reply::Bulk("0"));
  EXPECT_EQ(Texts(all.elements[1]), (Set{"a1", "1", "a2", "2", "b", "3"}));
  const Reply some = Run({"HSCAN", "h", "0", "MATCH", "a*", "COUNT", "100"});
  EXPECT_EQ(Texts(some.elements[1]), (Set{"a1", "1", "a2", "2"}));
}

TEST_P(HashCommandsTest, LivesThroughWhatAllKeysDo) {
  for (int i = 0; i < 300; ++i) Run({"HSET", "h", std::to_string(i), "v"});
  ExpectEncoding("h");
  EXPECT_EQ(Run({"COPY", "h", "copy"}), Reply::Integer(1));
  AllowDebug();
  EXPECT_EQ(Run({"DEBUG", "DIGEST-VALUE", "h"}), Run({"DEBUG", "DIGEST-VALUE", "copy"}));
  EXPECT_EQ(Run({"RENAME", "copy", "h"}), Reply::Ok());
  EXPECT_EQ(Run({"EXPIRE", "h", "100"}), Reply::Integer(1));
  EXPECT_EQ(Run({"HLEN", "h"}), Reply::Integer(300));
  EXPECT_GT(Run({"MEMORY", "USAGE", "h"}).integer, 300 * 4);
  EXPECT_EQ(Run({"SET", "h", "v"}), Reply::Ok());
  EXPECT_EQ(Run({"GET", "h"}), Reply::Bulk("v"));
  EXPECT_EQ(Run({"UNLINK", "h"}), Reply::Integer(1));
}

// ----------------------------------------------------------------------------- errors and absences

using HashErrorsTest = EngineTest;

TEST_F(HashErrorsTest, WhatIsNotThereIsEmpty) {
  EXPECT_EQ(Run({"HGET", "h", "a"}), Reply::Nil());
  EXPECT_EQ(Run({"HMGET", "h", "a", "b"}), Reply::Array({Reply::Nil(), Reply::Nil()}));
  for (const std::string command : {"HGETALL", "HKEYS", "HVALS"}) {
    EXPECT_EQ(Run({command, "h"}), Reply::Array({}));
  }
  EXPECT_EQ(Run({"HLEN", "h"}), Reply::Integer(0));
  EXPECT_EQ(Run({"HSTRLEN", "h", "a"}), Reply::Integer(0));
  EXPECT_EQ(Run({"HEXISTS", "h", "a"}), Reply::Integer(0));
  EXPECT_EQ(Run({"HRANDFIELD", "h"}), Reply::Nil());
  EXPECT_EQ(Run({"HRANDFIELD", "h", "5"}), Reply::Array({}));
  const Reply nothing = Reply::Array({Reply::Bulk("0"), Reply::Array({})});
  EXPECT_EQ(Run({"HSCAN", "h", "0"}), nothing);
  EXPECT_EQ(Run({"HSCAN", "h", "0", "nonsense"}), nothing);
}

TEST_F(HashErrorsTest, OtherTypesAreRefused) {
  Run({"SET", "s", "v"});
  const std::vector<std::vector<std::string>> commands = {{"HSET", "s", "a", "1"},
                                                          {"HSETNX", "s", "a", "1"},
                                                          {"HMSET", "s", "a", "1"},
                                                          {"HGET", "s", "a"},
                                                          {"HMGET", "s", "a"},
                                                          {"HGETALL", "s"},
                                                          {"HKEYS", "s"},
                                                          {"HVALS", "s"},
                                                          {"HLEN", "s"},
                                                          {"HSTRLEN", "s", "a"},
                                                          {"HEXISTS", "s", "a"},
                                                          {"HDEL", "s", "a"},
                                                          {"HINCRBY", "s", "a", "1"},
                                                          {"HRANDFIELD", "s"},
                                                          {"HRANDFIELD", "s", "2"},
                                                          {"HRANDFIELD", "s", "-16777217"},
                                                          {"HSCAN", "s", "0"},
                                                          {"HINCRBYFLOAT", "s", "a", "1"}};
  for (const auto& command : commands) EXPECT_EQ(Run(command), kWrongType) << command[0];
  Run({"HSET", "h", "a", "1"});
  EXPECT_EQ(Run({"GET", "h"}), kWrongType);
}

TEST_F(HashErrorsTest, PairsHaveToBeWhole) {
  EXPECT_EQ(Run({"HSET", "h", "a", "1", "b"}),
            Reply::Error("ERR wrong number of arguments for 'hset' command"));
  EXPECT_EQ(Run({"HMSET", "h", "a", "1", "b"}),
            Reply::Error("ERR wrong number of arguments for 'hmset' command"));
  EXPECT_EQ(Run({"EXISTS", "h"}), Reply::Integer(0));
}

TEST_F(HashErrorsTest, OptionsAreChecked) {
  Run({"HSET", "h", "a", "1"});
  EXPECT_EQ(Run({"HRANDFIELD", "h", "abc", "foo"}), kNotInteger);
  EXPECT_EQ(Run({"HRANDFIELD", "h", "1", "foo"}), kSyntaxError);
  EXPECT_EQ(Run({"HRANDFIELD", "h", "1", "WITHVALUES", "foo"}), kSyntaxError);
  EXPECT_EQ(Run({"HRANDFIELD", "h", "4611686018427387904", "WITHVALUES"}), kOutOfRange);
  EXPECT_EQ(Run({"HRANDFIELD", "h", "-4611686018427387904", "WITHVALUES"}), kOutOfRange);
  EXPECT_EQ(Run({"HRANDFIELD", "h", "-9223372036854775808"}),
            Reply::Error("ERR value is out of range, value must between -9223372036854775807 and "
                         "9223372036854775807"));
  EXPECT_EQ(Run({"HRANDFIELD", "none", "-9223372036854775807", "WITHVALUES"}), kOutOfRange);
  // More than any reply should have, where there is something to draw.
  EXPECT_EQ(Run({"HRANDFIELD", "h", "-16777217"}), kOutOfRange);
  EXPECT_EQ(Run({"HRANDFIELD", "none", "-9223372036854775807"}), Reply::Array({}));
  EXPECT_EQ(Run({"HRANDFIELD", "none", "-16777217", "WITHVALUES"}), Reply::Array({}));
  EXPECT_EQ(Run({"HSCAN", "none", "abc"}), Reply::Error("ERR invalid cursor"));
  EXPECT_EQ(Run({"HSCAN", "none", "0", "COUNT", "0"}),
            Reply::Array({Reply::Bulk("0"), Reply::Array({})}));
  EXPECT_EQ(Run({"HSCAN", "h", "0", "COUNT", "0"}), kSyntaxError);
  EXPECT_EQ(Run({"HSCAN", "h", "0", "TYPE", "hash"}), kSyntaxError);
}

TEST_F(HashErrorsTest, SpeaksInMapsInTheNewProtocol) {
  client().RunRaw({"HELLO", "3"});
  Run({"HSET", "h", "a", "1"});
  EXPECT_EQ(client().RunRaw({"HGETALL", "h"}), "%1\r\n$1\r\na\r\n$1\r\n1\r\n");
  EXPECT_EQ(client().RunRaw({"HGETALL", "none"}), "%0\r\n");
  EXPECT_EQ(client().RunRaw({"HKEYS", "h"}), "*1\r\n$1\r\na\r\n");
  EXPECT_EQ(client().RunRaw({"HRANDFIELD", "h", "1", "WITHVALUES"}),
            "*1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n");
  EXPECT_EQ(client().RunRaw({"HRANDFIELD", "h", "-1"}), "*1\r\n$1\r\na\r\n");
}

// ------------------------------------------------------------------------------------- what is
// told

// Each field counts; with the last one the key goes, which is no change of its own.
TEST_F(HashErrorsTest, TellsWhatItDoes) {
  uint64_t seen = engine().changes();
  const auto changes = [&](const std::vector<std::string>& command) {
    Run(command);
    return engine().changes() - std::exchange(seen, engine().changes());
  };
  EXPECT_EQ(changes({"HSET", "h", "a", "1", "b", "2"}), 2u);
  EXPECT_EQ(changes({"HSETNX", "h", "a", "1"}), 0u);
  EXPECT_EQ(changes({"HINCRBY", "h", "a", "1"}), 1u);
  EXPECT_EQ(changes({"HINCRBY", "h", "a", "x"}), 0u);
  EXPECT_EQ(changes({"HINCRBYFLOAT", "h", "a", "1"}), 1u);
  EXPECT_EQ(changes({"HDEL", "h", "x"}), 0u);
  EXPECT_EQ(changes({"HDEL", "h", "a"}), 1u);
  EXPECT_EQ(changes({"HDEL", "h", "b"}), 1u);
}

}  // namespace
}  // namespace ebb::test
