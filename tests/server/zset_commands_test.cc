// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using Argv = std::vector<std::string>;

class ZsetCommandsTest : public EngineTest {
 protected:
  // All members with their scores.
  Reply All(const std::string& key) { return Run({"ZRANGE", key, "0", "-1", "WITHSCORES"}); }
  // Has sorted sets of more than a few members be skiplists.
  void LimitListpacks(const std::string& entries) {
    Run({"CONFIG", "SET", "zset-max-listpack-entries", entries});
  }
  static Reply Error(const std::string& text) { return Reply::Error("ERR " + text); }
};

const Reply kWrongType =
    Reply::Error("WRONGTYPE Operation against a key holding the wrong kind of value");

TEST_F(ZsetCommandsTest, AddsAndRemoves) {
  for (const char* const entries : {"128", "0"}) {
    LimitListpacks(entries);
    EXPECT_EQ(Run({"ZADD", "z", "1", "a", "2.5", "b", "1", "c"}), Reply::Integer(3));
    EXPECT_EQ(Run({"ZADD", "z", "3", "a", "0", "d"}), Reply::Integer(1));
    EXPECT_EQ(Run({"ZADD", "z", "CH", "3", "a", "1", "d"}), Reply::Integer(1));
    EXPECT_EQ(All("z"), Reply::Bulks({"c", "1", "d", "1", "b", "2.5", "a", "3"}));
    EXPECT_EQ(Run({"ZCARD", "z"}), Reply::Integer(4));
    EXPECT_EQ(Run({"ZSCORE", "z", "b"}), Reply::Bulk("2.5"));
    EXPECT_EQ(Run({"ZSCORE", "z", "x"}), Reply::Nil());
    EXPECT_EQ(Run({"ZMSCORE", "z", "a", "x"}), Reply::Array({Reply::Bulk("3"), Reply::Nil()}));
    EXPECT_EQ(Run({"ZRANK", "z", "b"}), Reply::Integer(2));
    EXPECT_EQ(Run({"ZREVRANK", "z", "b"}), Reply::Integer(1));
    EXPECT_EQ(Run({"ZRANK", "z", "x"}), Reply::Nil());
    EXPECT_EQ(Run({"ZREM", "z", "a", "x", "c"}), Reply::Integer(2));
    EXPECT_EQ(Run({"ZREM", "z", "b", "d", "b"}), Reply::Integer(2));
    EXPECT_EQ(Run({"EXISTS", "z"}), Reply::Integer(0));
  }
}

TEST_F(ZsetCommandsTest, AddsAsTheOptionsSay) {
  EXPECT_EQ(Run({"ZADD", "z", "XX", "1", "a"}), Reply::Integer(0));
  EXPECT_EQ(Run({"EXISTS", "z"}), Reply::Integer(0));
  EXPECT_EQ(Run({"ZADD", "z", "XX", "INCR", "1", "a"}), Reply::Nil());
  EXPECT_EQ(Run({"ZADD", "z", "NX", "5", "a"}), Reply::Integer(1));
  EXPECT_EQ(Run({"ZADD", "z", "NX", "CH", "6", "a", "1", "b"}), Reply::Integer(1));
  EXPECT_EQ(Run({"ZADD", "z", "GT", "CH", "4", "a"}), Reply::Integer(0));
  EXPECT_EQ(Run({"ZADD", "z", "LT", "CH", "4", "a"}), Reply::Integer(1));
  EXPECT_EQ(Run({"ZADD", "z", "GT", "INCR", "-1", "a"}), Reply::Nil());
  EXPECT_EQ(Run({"ZADD", "z", "INCR", "0.5", "a"}), Reply::Bulk("4.5"));
  EXPECT_EQ(Run({"ZINCRBY", "z", "-1.5", "a"}), Reply::Bulk("3"));
  EXPECT_EQ(Run({"ZINCRBY", "z", "7", "new"}), Reply::Bulk("7"));
  EXPECT_EQ(Run({"ZADD", "z", "NX", "XX", "1", "a"}),
            Error("XX and NX options at the same time are not compatible"));
  EXPECT_EQ(Run({"ZADD", "z", "GT", "LT", "1", "a"}),
            Error("GT, LT, and/or NX options at the same time are not compatible"));
  EXPECT_EQ(Run({"ZADD", "z", "INCR", "1", "a", "2", "b"}),
            Error("INCR option supports a single increment-element pair"));
  EXPECT_EQ(Run({"ZADD", "z", "NX", "1"}), Error("syntax error"));
  EXPECT_EQ(Run({"ZADD", "z", "1", "a", "x", "b"}), Error("value is not a valid float"));
  EXPECT_EQ(Run({"ZADD", "z", "nan", "b"}), Error("value is not a valid float"));
  EXPECT_EQ(Run({"ZINCRBY", "z", "NX", "a"}), Error("syntax error"));
  Run({"ZADD", "z", "inf", "i"});
  EXPECT_EQ(Run({"ZINCRBY", "z", "-inf", "i"}), Error("resulting score is not a number (NaN)"));
  EXPECT_EQ(Run({"ZSCORE", "z", "i"}), Reply::Bulk("inf"));
}

TEST_F(ZsetCommandsTest, WritesScoresInFull) {
  Run({"ZADD", "z", "0.1", "a", "-0", "b", "1e20", "c", "3.0e-5", "d", "17179869184", "e"});
  // In a listpack there is but one zero.
  EXPECT_EQ(All("z"), Reply::Bulks({"b", "0", "d", "3.0000000000000001e-05", "a",
                                    "0.10000000000000001", "e", "17179869184", "c", "1e+20"}));
  LimitListpacks("0");
  Run({"DEL", "z"});
  Run({"ZADD", "z", "0.1", "a", "-0", "b", "1e20", "c"});
  EXPECT_EQ(Run({"ZSCORE", "z", "b"}), Reply::Bulk("-0"));
  Run({"HELLO", "3"});
  EXPECT_EQ(client().RunRaw({"ZSCORE", "z", "a"}), ",0.10000000000000001\r\n");
  EXPECT_EQ(client().RunRaw({"ZRANGE", "z", "0", "0", "WITHSCORES"}),
            "*1\r\n*2\r\n$1\r\nb\r\n,-0\r\n");
  EXPECT_EQ(client().RunRaw({"ZPOPMAX", "z"}), "*2\r\n$1\r\nc\r\n,1e+20\r\n");
  EXPECT_EQ(client().RunRaw({"ZPOPMIN", "z", "1"}), "*1\r\n*2\r\n$1\r\nb\r\n,-0\r\n");
}

TEST_F(ZsetCommandsTest, TellsTypeAndEncoding) {
  Run({"ZADD", "z", "1", "a", "2", "b"});
  EXPECT_EQ(Run({"TYPE", "z"}), Reply::Status("zset"));
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "z"}), Reply::Bulk("listpack"));
  Run({"CONFIG", "SET", "zset-max-ziplist-entries", "2"});
  Run({"ZADD", "z", "3", "a"});
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "z"}), Reply::Bulk("listpack"));
  Run({"ZADD", "z", "3", "c"});
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "z"}), Reply::Bulk("skiplist"));
  Run({"CONFIG", "SET", "zset-max-listpack-value", "3"});
  Run({"ZADD", "long", "3", "four"});
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "long"}), Reply::Bulk("skiplist"));
  // What is made anew takes the encoding that fits.
  Run({"ZRANGESTORE", "few", "z", "0", "0"});
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "few"}), Reply::Bulk("listpack"));
}

TEST_F(ZsetCommandsTest, RefusesOtherTypes) {
  Run({"SET", "k", "v"});
  Run({"ZADD", "z", "1", "a"});
  for (const Argv& command : std::vector<Argv>{{"ZADD", "k", "1", "a"},
                                               {"ZINCRBY", "k", "1", "a"},
                                               {"ZREM", "k", "a"},
                                               {"ZCARD", "k"},
                                               {"ZSCORE", "k", "a"},
                                               {"ZMSCORE", "k", "a"},
                                               {"ZRANK", "k", "a"},
                                               {"ZRANGE", "k", "0", "1"},
                                               {"ZRANGESTORE", "d", "k", "0", "1"},
                                               {"ZCOUNT", "k", "0", "1"},
                                               {"ZLEXCOUNT", "k", "-", "+"},
                                               {"ZREMRANGEBYRANK", "k", "0", "1"},
                                               {"ZREMRANGEBYSCORE", "k", "0", "1"},
                                               {"ZREMRANGEBYLEX", "k", "-", "+"},
                                               {"ZPOPMIN", "k"},
                                               {"ZMPOP", "1", "k", "MAX"},
                                               {"BZPOPMIN", "none", "k", "0"},
                                               {"ZUNION", "2", "z", "k"},
                                               {"ZINTERCARD", "1", "k"},
                                               {"ZRANDMEMBER", "k"},
                                               {"ZRANDMEMBER", "k", "-16777217"},
                                               {"ZSCAN", "k", "0"}}) {
    EXPECT_EQ(Run(command), kWrongType) << command[0];
  }
  EXPECT_EQ(Run({"GET", "z"}), kWrongType);
  // A destination may be anything.
  EXPECT_EQ(Run({"ZUNIONSTORE", "k", "1", "z"}), Reply::Integer(1));
  EXPECT_EQ(Run({"TYPE", "k"}), Reply::Status("zset"));
}

TEST_F(ZsetCommandsTest, AnswersRanges) {
  for (const char* const entries : {"128", "0"}) {
    LimitListpacks(entries);
    Run({"DEL", "z"});
    Run({"ZADD", "z", "1", "a", "2", "b", "3", "c", "4", "d"});
    EXPECT_EQ(Run({"ZRANGE", "z", "1", "-2"}), Reply::Bulks({"b", "c"}));
    EXPECT_EQ(Run({"ZRANGE", "z", "0", "1", "REV"}), Reply::Bulks({"d", "c"}));
    EXPECT_EQ(Run({"ZREVRANGE", "z", "-1", "9", "WITHSCORES"}), Reply::Bulks({"a", "1"}));
    EXPECT_EQ(Run({"ZRANGE", "z", "3", "1"}), Reply::Array({}));
    EXPECT_EQ(Run({"ZRANGE", "z", "(1", "3", "BYSCORE"}), Reply::Bulks({"b", "c"}));
    EXPECT_EQ(Run({"ZRANGE", "z", "+inf", "(1", "BYSCORE", "REV", "LIMIT", "1", "2"}),
              Reply::Bulks({"c", "b"}));
    EXPECT_EQ(Run({"ZRANGEBYSCORE", "z", "-inf", "inf", "LIMIT", "1", "1", "WITHSCORES"}),
              Reply::Bulks({"b", "2"}));
    EXPECT_EQ(Run({"ZRANGEBYSCORE", "z", "2", "3", "LIMIT", "-1", "1"}), Reply::Array({}));
    EXPECT_EQ(Run({"ZREVRANGEBYSCORE", "z", "3", "2"}), Reply::Bulks({"c", "b"}));
    EXPECT_EQ(Run({"ZREVRANGEBYSCORE", "z", "2", "3"}), Reply::Array({}));
    EXPECT_EQ(Run({"ZCOUNT", "z", "(1", "(4"}), Reply::Integer(2));
    EXPECT_EQ(Run({"ZCOUNT", "none", "1", "4"}), Reply::Integer(0));
    EXPECT_EQ(Run({"ZRANGE", "none", "1", "4"}), Reply::Array({}));
  }
}

TEST_F(ZsetCommandsTest, AnswersRangesOfTexts) {
  for (const char* const entries : {"128", "0"}) {
    LimitListpacks(entries);
    Run({"DEL", "z"});
    Run({"ZADD", "z", "0", "a", "0", "b", "0", "c", "0", "12"});
    EXPECT_EQ(Run({"ZRANGEBYLEX", "z", "-", "(c"}), Reply::Bulks({"12", "a", "b"}));
    EXPECT_EQ(Run({"ZRANGEBYLEX", "z", "[a", "+", "LIMIT", "1", "5"}), Reply::Bulks({"b", "c"}));
    EXPECT_EQ(Run({"ZREVRANGEBYLEX", "z", "[b", "-"}), Reply::Bulks({"b", "a", "12"}));
    EXPECT_EQ(Run({"ZRANGE", "z", "+", "(a", "BYLEX", "REV"}), Reply::Bulks({"c", "b"}));
    EXPECT_EQ(Run({"ZLEXCOUNT", "z", "[1", "[b"}), Reply::Integer(3));
    EXPECT_EQ(Run({"ZREMRANGEBYLEX", "z", "[a", "(c"}), Reply::Integer(2));
    EXPECT_EQ(Run({"ZRANGE", "z", "0", "-1"}), Reply::Bulks({"12", "c"}));
  }
}

TEST_F(ZsetCommandsTest, RefusesWrongRanges) {
  Run({"ZADD", "z", "1", "a"});
  EXPECT_EQ(Run({"ZRANGE", "z", "0", "1", "LIMIT", "0", "1"}),
            Error("syntax error, LIMIT is only supported in combination with either BYSCORE or "
                  "BYLEX"));
  EXPECT_EQ(Run({"ZRANGE", "z", "-", "+", "BYLEX", "WITHSCORES"}),
            Error("syntax error, WITHSCORES not supported in combination with BYLEX"));
  EXPECT_EQ(Run({"ZRANGE", "z", "a", "1"}), Error("value is not an integer or out of range"));
  EXPECT_EQ(Run({"ZRANGEBYSCORE", "z", "x", "1"}), Error("min or max is not a float"));
  EXPECT_EQ(Run({"ZRANGEBYLEX", "z", "a", "+"}), Error("min or max not valid string range item"));
  EXPECT_EQ(Run({"ZREVRANGE", "z", "0", "1", "BYSCORE"}), Error("syntax error"));
  EXPECT_EQ(Run({"ZRANGESTORE", "d", "z", "0", "1", "WITHSCORES"}), Error("syntax error"));
}

TEST_F(ZsetCommandsTest, StoresAndRemovesRanges) {
  for (const char* const entries : {"128", "0"}) {
    LimitListpacks(entries);
    Run({"DEL", "z", "d"});
    Run({"ZADD", "z", "1", "a", "2", "b", "3", "10", "4", "d", "5", "e"});
    EXPECT_EQ(Run({"ZRANGESTORE", "d", "z", "2", "4", "BYSCORE", "LIMIT", "1", "9"}),
              Reply::Integer(2));
    EXPECT_EQ(All("d"), Reply::Bulks({"10", "3", "d", "4"}));
    EXPECT_EQ(Run({"ZRANGESTORE", "z", "z", "0", "3"}), Reply::Integer(4));
    EXPECT_EQ(Run({"ZRANGESTORE", "d", "z", "9", "9"}), Reply::Integer(0));
    EXPECT_EQ(Run({"EXISTS", "d"}), Reply::Integer(0));
    EXPECT_EQ(Run({"ZREMRANGEBYRANK", "z", "0", "0"}), Reply::Integer(1));
    EXPECT_EQ(Run({"ZREMRANGEBYSCORE", "z", "(3", "9"}), Reply::Integer(1));
    EXPECT_EQ(All("z"), Reply::Bulks({"b", "2", "10", "3"}));
    EXPECT_EQ(Run({"ZREMRANGEBYRANK", "z", "-9", "9"}), Reply::Integer(2));
    EXPECT_EQ(Run({"EXISTS", "z"}), Reply::Integer(0));
    EXPECT_EQ(Run({"ZREMRANGEBYRANK", "z", "-9", "9"}), Reply::Integer(0));
  }
}

TEST_F(ZsetCommandsTest, RemovesMostOfManyAndGoesOn) {
  LimitListpacks("0");
  for (int i = 0; i < 2000; ++i) Run({"ZADD", "z", std::to_string(i), "m" + std::to_string(i)});
  EXPECT_EQ(Run({"ZREMRANGEBYSCORE", "z", "100", "1899"}), Reply::Integer(1800));
  EXPECT_EQ(Run({"ZCARD", "z"}), Reply::Integer(200));
  EXPECT_EQ(Run({"ZSCORE", "z", "m500"}), Reply::Nil());
  EXPECT_EQ(Run({"ZSCORE", "z", "m1950"}), Reply::Bulk("1950"));
  EXPECT_EQ(Run({"ZADD", "z", "7", "m500"}), Reply::Integer(1));
  EXPECT_EQ(Run({"ZRANK", "z", "m500"}), Reply::Integer(7));
  EXPECT_EQ(Run({"ZREMRANGEBYRANK", "z", "50", "100"}), Reply::Integer(51));
  EXPECT_EQ(Run({"ZCARD", "z"}), Reply::Integer(150));
}

TEST_F(ZsetCommandsTest, Pops) {
  for (const char* const entries : {"128", "0"}) {
    LimitListpacks(entries);
    Run({"ZADD", "z", "1", "a", "2", "b", "3", "c", "4", "d", "5", "5"});
    EXPECT_EQ(Run({"ZPOPMIN", "z"}), Reply::Bulks({"a", "1"}));
    EXPECT_EQ(Run({"ZPOPMAX", "z", "2"}), Reply::Bulks({"5", "5", "d", "4"}));
    EXPECT_EQ(Run({"ZPOPMAX", "z", "0"}), Reply::Array({}));
    EXPECT_EQ(Run({"ZPOPMIN", "z", "-1"}), Error("value is out of range, must be positive"));
    EXPECT_EQ(Run({"ZMPOP", "2", "none", "z", "MAX"}),
              Reply::Array({Reply::Bulk("z"), Reply::Array({Reply::Bulks({"c", "3"})})}));
    EXPECT_EQ(Run({"ZPOPMIN", "z", "9"}), Reply::Bulks({"b", "2"}));
    EXPECT_EQ(Run({"EXISTS", "z"}), Reply::Integer(0));
    EXPECT_EQ(Run({"ZPOPMIN", "z"}), Reply::Array({}));
    EXPECT_EQ(client().RunRaw({"ZMPOP", "1", "z", "MIN"}), "*-1\r\n");
  }
  EXPECT_EQ(Run({"ZMPOP", "0", "z", "MIN"}), Error("numkeys should be greater than 0"));
  EXPECT_EQ(Run({"ZMPOP", "1", "z", "LEFT"}), Error("syntax error"));
  EXPECT_EQ(Run({"ZMPOP", "1", "z", "MIN", "COUNT", "0"}), Error("count should be greater than 0"));
}

TEST_F(ZsetCommandsTest, Combines) {
  for (const char* const entries : {"128", "0"}) {
    LimitListpacks(entries);
    Run({"DEL", "a", "b", "s"});
    Run({"ZADD", "a", "1", "x", "2", "y", "3", "7"});
    Run({"ZADD", "b", "10", "y", "20", "z", "30", "7"});
    Run({"SADD", "s", "y", "7", "q"});
    EXPECT_EQ(Run({"ZUNION", "2", "a", "b", "WITHSCORES"}),
              Reply::Bulks({"x", "1", "y", "12", "z", "20", "7", "33"}));
    EXPECT_EQ(Run({"ZINTER", "3", "a", "b", "s", "WITHSCORES"}),
              Reply::Bulks({"y", "13", "7", "34"}));
    EXPECT_EQ(
        Run({"ZINTER", "2", "a", "b", "WEIGHTS", "2", "0.5", "AGGREGATE", "MAX", "WITHSCORES"}),
        Reply::Bulks({"y", "5", "7", "15"}));
    EXPECT_EQ(Run({"ZDIFF", "2", "a", "s", "WITHSCORES"}), Reply::Bulks({"x", "1"}));
    EXPECT_EQ(Run({"ZINTERCARD", "2", "a", "b"}), Reply::Integer(2));
    EXPECT_EQ(Run({"ZINTERCARD", "2", "a", "b", "LIMIT", "1"}), Reply::Integer(1));
    EXPECT_EQ(Run({"ZUNIONSTORE", "d", "2", "a", "s", "AGGREGATE", "MIN"}), Reply::Integer(4));
    EXPECT_EQ(All("d"), Reply::Bulks({"7", "1", "q", "1", "x", "1", "y", "1"}));
    EXPECT_EQ(Run({"ZINTERSTORE", "a", "2", "a", "b"}), Reply::Integer(2));
    EXPECT_EQ(All("a"), Reply::Bulks({"y", "12", "7", "33"}));
    EXPECT_EQ(Run({"ZDIFFSTORE", "d", "1", "none"}), Reply::Integer(0));
    EXPECT_EQ(Run({"EXISTS", "d"}), Reply::Integer(0));
  }
  EXPECT_EQ(Run({"ZUNION", "0", "a"}),
            Error("at least 1 input key is needed for 'zunion' command"));
  EXPECT_EQ(Run({"ZUNION", "3", "a", "b"}), Error("syntax error"));
  EXPECT_EQ(Run({"ZDIFF", "1", "a", "WEIGHTS", "1"}), Error("syntax error"));
  EXPECT_EQ(Run({"ZUNION", "1", "a", "WEIGHTS", "x"}), Error("weight value is not a float"));
}

TEST_F(ZsetCommandsTest, AnswersRandomMembers) {
  Run({"ZADD", "z", "1", "a", "2", "b", "3", "c"});
  EXPECT_EQ(Run({"ZRANDMEMBER", "z"}).kind, Reply::Kind::kBulk);
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "5"}).elements.size(), 3u);
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "2", "WITHSCORES"}).elements.size(), 4u);
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "-5", "WITHSCORES"}).elements.size(), 10u);
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "0"}), Reply::Array({}));
  EXPECT_EQ(Run({"ZRANDMEMBER", "none"}), Reply::Nil());
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "1", "x"}), Error("syntax error"));
  // More than any reply should have, where there is something to draw.
  EXPECT_EQ(Run({"ZRANDMEMBER", "z", "-16777217", "WITHSCORES"}), Error("value is out of range"));
  EXPECT_EQ(Run({"ZRANDMEMBER", "none", "-16777217", "WITHSCORES"}), Reply::Array({}));
}

TEST_F(ZsetCommandsTest, IsWalkedOver) {
  LimitListpacks("0");
  for (int i = 0; i < 300; ++i) Run({"ZADD", "z", "0.5", "m" + std::to_string(i)});
  size_t found = 0;
  std::string cursor = "0";
  do {
    const Reply reply = Run({"ZSCAN", "z", cursor, "COUNT", "50", "MATCH", "m*"});
    cursor = reply.elements.at(0).text;
    for (size_t i = 1; i < reply.elements.at(1).elements.size(); i += 2) {
      EXPECT_EQ(reply.elements[1].elements[i], Reply::Bulk("0.5"));
      ++found;
    }
  } while (cursor != "0");
  EXPECT_EQ(found, 300u);
}

TEST_F(ZsetCommandsTest, IsCopiedAndRenamed) {
  for (const char* const entries : {"128", "0"}) {
    LimitListpacks(entries);
    Run({"DEL", "z", "c", "r"});
    Run({"ZADD", "z", "1", "a", "2", "12"});
    EXPECT_EQ(Run({"COPY", "z", "c"}), Reply::Integer(1));
    Run({"ZADD", "c", "9", "a"});
    EXPECT_EQ(All("z"), Reply::Bulks({"a", "1", "12", "2"}));
    EXPECT_EQ(All("c"), Reply::Bulks({"12", "2", "a", "9"}));
    Run({"RENAME", "c", "r"});
    EXPECT_EQ(Run({"ZRANK", "r", "a"}), Reply::Integer(1));
  }
}

// Clients that wait for sorted sets.
class ZsetWaitTest : public EngineTest {
 protected:
  TestClient& Waiting(const Argv& argv) {
    TestClient& waiting = NewClient();
    EXPECT_EQ(waiting.RunRaw(argv), "") << argv[0];
    EXPECT_TRUE(waiting.session().blocked);
    return waiting;
  }
};

TEST_F(ZsetWaitTest, WhatIsThereIsAnsweredAtOnce) {
  Run({"ZADD", "z", "1", "a", "2", "b", "3", "c"});
  EXPECT_EQ(Run({"BZPOPMIN", "none", "z", "0"}), Reply::Bulks({"z", "a", "1"}));
  EXPECT_EQ(Run({"BZPOPMAX", "z", "0"}), Reply::Bulks({"z", "c", "3"}));
  EXPECT_EQ(Run({"BZMPOP", "0", "1", "z", "MIN", "COUNT", "9"}),
            Reply::Array({Reply::Bulk("z"), Reply::Array({Reply::Bulks({"b", "2"})})}));
}

TEST_F(ZsetWaitTest, WhateverMakesASortedSetServes) {
  const std::vector<std::vector<Argv>> ways = {
      {{"ZADD", "z", "1", "a"}},
      {{"ZINCRBY", "z", "1", "a"}},
      {{"ZADD", "o", "1", "a"}, {"RENAME", "o", "z"}},
      {{"ZADD", "o", "1", "a"}, {"COPY", "o", "z"}},
      {{"ZADD", "o", "1", "a"}, {"ZUNIONSTORE", "z", "1", "o"}},
      {{"ZADD", "o", "1", "a"}, {"ZRANGESTORE", "z", "o", "0", "-1"}}};
  for (const std::vector<Argv>& way : ways) {
    TestClient& waiting = Waiting({"BZPOPMIN", "other", "z", "0"});
    for (const Argv& argv : way) Run(argv);
    EXPECT_EQ(waiting.Receive(), Reply::Bulks({"z", "a", "1"})) << way.back()[0];
    EXPECT_EQ(Run({"EXISTS", "z"}), Reply::Integer(0));
    Run({"DEL", "o"});
  }
}

TEST_F(ZsetWaitTest, ServesInTheOrderOfArrivalAndPassesOtherTypesOver) {
  TestClient& first = Waiting({"BZPOPMAX", "z", "0"});
  TestClient& second = Waiting({"BZMPOP", "0", "1", "z", "MIN", "COUNT", "2"});
  TestClient& list = Waiting({"BLPOP", "z", "0"});
  Run({"ZADD", "z", "1", "a", "2", "b", "3", "c", "4", "d"});
  EXPECT_EQ(first.Receive(), Reply::Bulks({"z", "d", "4"}));
  EXPECT_EQ(second.Receive(),
            Reply::Array({Reply::Bulk("z"),
                          Reply::Array({Reply::Bulks({"a", "1"}), Reply::Bulks({"b", "2"})})}));
  EXPECT_TRUE(list.session().blocked);
  EXPECT_EQ(Run({"ZCARD", "z"}), Reply::Integer(1));
}

TEST_F(ZsetWaitTest, ATimeoutAnswersNothing) {
  TestClient& waiting = Waiting({"BZPOPMIN", "z", "1"});
  AdvanceTime(1001);
  ExpireBlocked();
  EXPECT_EQ(waiting.TakeOutput(), "*-1\r\n");
}

}  // namespace
}  // namespace ebb::test
