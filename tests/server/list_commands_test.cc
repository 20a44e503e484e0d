// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

const Reply kWrongType =
    Reply::Error("WRONGTYPE Operation against a key holding the wrong kind of value");
const Reply kSyntaxError = Reply::Error("ERR syntax error");
const Reply kNotInteger = Reply::Error("ERR value is not an integer or out of range");
const Reply kNotPositive = Reply::Error("ERR value is out of range, must be positive");

// Every command on lists within their entry, and on lists of many nodes.
class ListCommandsTest : public EngineTest, public testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override { Run({"CONFIG", "SET", "list-max-listpack-size", "2"}); }

  // Pushes to the tail; to a long list, elements that are too big for an entry are among those.
  void Make(const std::string& key, const std::vector<std::string>& elements) {
    const bool nodes = GetParam() == "nodes";
    std::vector<std::string> argv = {"RPUSH", key};
    if (nodes) argv.emplace_back(2000, 'x');
    argv.insert(argv.end(), elements.begin(), elements.end());
    Run(argv);
    if (nodes) Run({"LPOP", key});
  }
  Reply All(const std::string& key) { return Run({"LRANGE", key, "0", "-1"}); }
};

INSTANTIATE_TEST_SUITE_P(Encodings, ListCommandsTest, testing::Values("packed", "nodes"),
                         [](const auto& param) { return param.param; });

TEST_P(ListCommandsTest, PushesAndPops) {
  EXPECT_EQ(Run({"RPUSH", "l", "c", "d"}), Reply::Integer(2));
  EXPECT_EQ(Run({"LPUSH", "l", "b", "a"}), Reply::Integer(4));
  EXPECT_EQ(All("l"), Reply::Bulks({"a", "b", "c", "d"}));
  EXPECT_EQ(Run({"LLEN", "l"}), Reply::Integer(4));
  EXPECT_EQ(Run({"TYPE", "l"}), Reply::Status("list"));
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "l"}), Reply::Bulk("quicklist"));
  EXPECT_EQ(Run({"LPOP", "l"}), Reply::Bulk("a"));
  EXPECT_EQ(Run({"RPOP", "l"}), Reply::Bulk("d"));
  EXPECT_EQ(Run({"LPOP", "l", "0"}), Reply::Array({}));
  EXPECT_EQ(Run({"LPOP", "l", "5"}), Reply::Bulks({"b", "c"}));
  EXPECT_EQ(Run({"EXISTS", "l"}), Reply::Integer(0));
  Make("l", {"1", "2", "3"});
  EXPECT_EQ(Run({"RPOP", "l", "2"}), Reply::Bulks({"3", "2"}));
  EXPECT_EQ(Run({"RPOP", "l", "1"}), Reply::Bulks({"1"}));
  EXPECT_EQ(Run({"RPOP", "l", "1"}), Reply::Nil());
  EXPECT_EQ(Run({"LPOP", "l"}), Reply::Nil());
}

TEST_P(ListCommandsTest, PushesOnlyToWhatIsThere) {
  EXPECT_EQ(Run({"LPUSHX", "l", "a"}), Reply::Integer(0));
  EXPECT_EQ(Run({"RPUSHX", "l", "a"}), Reply::Integer(0));
  EXPECT_EQ(Run({"EXISTS", "l"}), Reply::Integer(0));
  Make("l", {"b"});
  EXPECT_EQ(Run({"LPUSHX", "l", "a"}), Reply::Integer(2));
  EXPECT_EQ(Run({"RPUSHX", "l", "c", "d"}), Reply::Integer(4));
  EXPECT_EQ(All("l"), Reply::Bulks({"a", "b", "c", "d"}));
}

TEST_P(ListCommandsTest, AnswersRanges) {
  Make("l", {"a", "b", "c", "d", "e"});
  EXPECT_EQ(Run({"LRANGE", "l", "1", "3"}), Reply::Bulks({"b", "c", "d"}));
  EXPECT_EQ(Run({"LRANGE", "l", "-2", "100"}), Reply::Bulks({"d", "e"}));
  EXPECT_EQ(Run({"LRANGE", "l", "-100", "0"}), Reply::Bulks({"a"}));
  EXPECT_EQ(Run({"LRANGE", "l", "3", "2"}), Reply::Array({}));
  EXPECT_EQ(Run({"LRANGE", "l", "5", "9"}), Reply::Array({}));
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-6"}), Reply::Array({}));
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-9223372036854775808"}), Reply::Array({}));
  EXPECT_EQ(Run({"LINDEX", "l", "2"}), Reply::Bulk("c"));
  EXPECT_EQ(Run({"LINDEX", "l", "-5"}), Reply::Bulk("a"));
  EXPECT_EQ(Run({"LINDEX", "l", "5"}), Reply::Nil());
  EXPECT_EQ(Run({"LINDEX", "l", "-6"}), Reply::Nil());
}

TEST_P(ListCommandsTest, ChangesElements) {
  Make("l", {"a", "b", "c"});
  EXPECT_EQ(Run({"LSET", "l", "1", "B"}), Reply::Ok());
  EXPECT_EQ(Run({"LSET", "l", "-1", std::string(3000, 'C')}), Reply::Ok());
  EXPECT_EQ(Run({"LSET", "l", "-1", "C"}), Reply::Ok());
  EXPECT_EQ(All("l"), Reply::Bulks({"a", "B", "C"}));
  EXPECT_EQ(Run({"LSET", "l", "3", "x"}), Reply::Error("ERR index out of range"));
  EXPECT_EQ(Run({"LSET", "l", "-4", "x"}), Reply::Error("ERR index out of range"));
  EXPECT_EQ(Run({"LINSERT", "l", "before", "a", "0"}), Reply::Integer(4));
  EXPECT_EQ(Run({"LINSERT", "l", "AFTER", "B", "+"}), Reply::Integer(5));
  EXPECT_EQ(Run({"LINSERT", "l", "AFTER", "C", "end"}), Reply::Integer(6));
  EXPECT_EQ(Run({"LINSERT", "l", "BEFORE", "nope", "x"}), Reply::Integer(-1));
  EXPECT_EQ(Run({"LINSERT", "none", "BEFORE", "a", "x"}), Reply::Integer(0));
  EXPECT_EQ(All("l"), Reply::Bulks({"0", "a", "B", "+", "C", "end"}));
}

TEST_P(ListCommandsTest, RemovesElements) {
  const std::vector<std::string> elements = {"a", "x", "b", "x", "c", "x", "d"};
  Make("l", elements);
  EXPECT_EQ(Run({"LREM", "l", "1", "x"}), Reply::Integer(1));
  EXPECT_EQ(All("l"), Reply::Bulks({"a", "b", "x", "c", "x", "d"}));
  EXPECT_EQ(Run({"LREM", "l", "-1", "x"}), Reply::Integer(1));
  EXPECT_EQ(All("l"), Reply::Bulks({"a", "b", "x", "c", "d"}));
  EXPECT_EQ(Run({"LREM", "l", "0", "nope"}), Reply::Integer(0));
  EXPECT_EQ(Run({"LREM", "l", "-9223372036854775808", "x"}), Reply::Integer(1));
  EXPECT_EQ(All("l"), Reply::Bulks({"a", "b", "c", "d"}));
  Make("same", {"x", "x", "x", "x", "x"});
  EXPECT_EQ(Run({"LREM", "same", "0", "x"}), Reply::Integer(5));
  EXPECT_EQ(Run({"EXISTS", "same"}), Reply::Integer(0));
  EXPECT_EQ(Run({"LREM", "same", "0", "x"}), Reply::Integer(0));
}

TEST_P(ListCommandsTest, Trims) {
  Make("l", {"a", "b", "c", "d", "e"});
  EXPECT_EQ(Run({"LTRIM", "l", "1", "-2"}), Reply::Ok());
  EXPECT_EQ(All("l"), Reply::Bulks({"b", "c", "d"}));
  EXPECT_EQ(Run({"LTRIM", "l", "-100", "100"}), Reply::Ok());
  EXPECT_EQ(Run({"LTRIM", "l", "-2", "-1"}), Reply::Ok());
  EXPECT_EQ(All("l"), Reply::Bulks({"c", "d"}));
  EXPECT_EQ(Run({"LTRIM", "l", "5", "9"}), Reply::Ok());
  EXPECT_EQ(Run({"EXISTS", "l"}), Reply::Integer(0));
  EXPECT_EQ(Run({"LTRIM", "l", "0", "1"}), Reply::Ok());
}

TEST_P(ListCommandsTest, FindsPositions) {
  const auto integers = [](std::vector<int64_t> values) {
    std::vector<Reply> replies;
    for (const int64_t value : values) replies.push_back(Reply::Integer(value));
    return Reply::Array(replies);
  };
  Make("l", {"a", "x", "b", "x", "c", "x"});
  EXPECT_EQ(Run({"LPOS", "l", "x"}), Reply::Integer(1));
  EXPECT_EQ(Run({"LPOS", "l", "x", "RANK", "2"}), Reply::Integer(3));
  EXPECT_EQ(Run({"LPOS", "l", "x", "RANK", "-1"}), Reply::Integer(5));
  EXPECT_EQ(Run({"LPOS", "l", "x", "RANK", "4"}), Reply::Nil());
  EXPECT_EQ(Run({"LPOS", "l", "x", "COUNT", "0"}), integers({1, 3, 5}));
  EXPECT_EQ(Run({"LPOS", "l", "x", "COUNT", "2", "RANK", "-2"}), integers({3, 1}));
  EXPECT_EQ(Run({"LPOS", "l", "x", "COUNT", "0", "MAXLEN", "3"}), integers({1}));
  EXPECT_EQ(Run({"LPOS", "l", "x", "COUNT", "0", "MAXLEN", "3", "RANK", "-1"}), integers({5, 3}));
  EXPECT_EQ(Run({"LPOS", "l", "nope"}), Reply::Nil());
  EXPECT_EQ(Run({"LPOS", "l", "nope", "COUNT", "1"}), Reply::Array({}));
  EXPECT_EQ(Run({"LPOS", "l", "x", "RANK", "-9223372036854775808"}), Reply::Integer(5));
}

TEST_P(ListCommandsTest, MovesElements) {
  Make("s", {"a", "b", "c"});
  EXPECT_EQ(Run({"LMOVE", "s", "d", "LEFT", "RIGHT"}), Reply::Bulk("a"));
  EXPECT_EQ(Run({"LMOVE", "s", "d", "right", "left"}), Reply::Bulk("c"));
  EXPECT_EQ(All("d"), Reply::Bulks({"c", "a"}));
  EXPECT_EQ(Run({"RPOPLPUSH", "s", "d"}), Reply::Bulk("b"));
  EXPECT_EQ(Run({"EXISTS", "s"}), Reply::Integer(0));
  EXPECT_EQ(All("d"), Reply::Bulks({"b", "c", "a"}));
  EXPECT_EQ(Run({"RPOPLPUSH", "d", "d"}), Reply::Bulk("a"));
  EXPECT_EQ(All("d"), Reply::Bulks({"a", "b", "c"}));
  EXPECT_EQ(Run({"LMOVE", "d", "d", "LEFT", "LEFT"}), Reply::Bulk("a"));
  EXPECT_EQ(Run({"LMOVE", "d", "d", "LEFT", "RIGHT"}), Reply::Bulk("a"));
  EXPECT_EQ(All("d"), Reply::Bulks({"b", "c", "a"}));
  EXPECT_EQ(Run({"LMOVE", "s", "d", "LEFT", "RIGHT"}), Reply::Nil());
}

TEST_P(ListCommandsTest, PopsFromTheFirstThatIsThere) {
  Make("l", {"a", "b", "c"});
  const auto popped = [](const std::vector<std::string>& elements) {
    return Reply::Array({Reply::Bulk("l"), Reply::Bulks(elements)});
  };
  EXPECT_EQ(Run({"LMPOP", "2", "none", "l", "LEFT"}), popped({"a"}));
  EXPECT_EQ(Run({"LMPOP", "1", "l", "RIGHT", "COUNT", "10"}), popped({"c", "b"}));
  EXPECT_EQ(Run({"LMPOP", "2", "none", "l", "LEFT"}), Reply::Nil());
}

TEST_P(ListCommandsTest, LivesThroughWhatAllKeysDo) {
  for (int i = 0; i < 3000; ++i) Run({"RPUSH", "l", std::to_string(i), "v"});
  EXPECT_EQ(Run({"COPY", "l", "copy"}), Reply::Integer(1));
  AllowDebug();
  EXPECT_EQ(Run({"DEBUG", "DIGEST-VALUE", "l"}), Run({"DEBUG", "DIGEST-VALUE", "copy"}));
  EXPECT_EQ(Run({"RENAME", "copy", "l"}), Reply::Ok());
  EXPECT_EQ(Run({"EXPIRE", "l", "100"}), Reply::Integer(1));
  EXPECT_EQ(Run({"LLEN", "l"}), Reply::Integer(6000));
  EXPECT_GT(Run({"MEMORY", "USAGE", "l"}).integer, 3000 * 5);
  EXPECT_EQ(Run({"SET", "l", "v"}), Reply::Ok());
  EXPECT_EQ(Run({"GET", "l"}), Reply::Bulk("v"));
  EXPECT_EQ(Run({"UNLINK", "l"}), Reply::Integer(1));
}

// ----------------------------------------------------------------------------- errors and absences

using ListErrorsTest = EngineTest;

TEST_F(ListErrorsTest, WhatIsNotThereIsEmpty) {
  EXPECT_EQ(Run({"LLEN", "l"}), Reply::Integer(0));
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), Reply::Array({}));
  EXPECT_EQ(Run({"LINDEX", "l", "abc"}), Reply::Nil());
  EXPECT_EQ(Run({"LSET", "l", "abc", "v"}), Reply::Error("ERR no such key"));
  EXPECT_EQ(Run({"LPOS", "l", "v"}), Reply::Nil());
  EXPECT_EQ(Run({"LPOS", "l", "v", "COUNT", "1"}), Reply::Array({}));
  // The destination is not looked at when there is nothing to move.
  Run({"SET", "s", "v"});
  EXPECT_EQ(Run({"RPOPLPUSH", "l", "s"}), Reply::Nil());
}

TEST_F(ListErrorsTest, OtherTypesAreRefused) {
  Run({"SET", "s", "v"});
  Run({"RPUSH", "l", "a"});
  const std::vector<std::vector<std::string>> commands = {
      {"LPUSH", "s", "a"},
      {"RPUSHX", "s", "a"},
      {"LPOP", "s"},
      {"RPOP", "s", "0"},
      {"LLEN", "s"},
      {"LINDEX", "s", "0"},
      {"LINSERT", "s", "BEFORE", "a", "b"},
      {"LSET", "s", "0", "a"},
      {"LRANGE", "s", "0", "1"},
      {"LTRIM", "s", "0", "1"},
      {"LREM", "s", "0", "a"},
      {"LPOS", "s", "a"},
      {"LMOVE", "s", "l", "LEFT", "LEFT"},
      {"LMOVE", "l", "s", "LEFT", "LEFT"},
      {"RPOPLPUSH", "s", "l"},
      {"LMPOP", "2", "none", "s", "LEFT"},
      {"BLPOP", "none", "s", "0"},
      {"BLMOVE", "l", "s", "LEFT", "LEFT", "0"},
      {"BRPOPLPUSH", "s", "l", "0"},
      {"BLMPOP", "0", "1", "s", "LEFT"},
  };
  for (const auto& command : commands) EXPECT_EQ(Run(command), kWrongType) << command[0];
  EXPECT_EQ(Run({"GET", "l"}), kWrongType);
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), Reply::Bulks({"a"}));
}

TEST_F(ListErrorsTest, ArgumentsAreChecked) {
  Run({"RPUSH", "l", "a"});
  EXPECT_EQ(Run({"LPOP", "l", "-1"}), kNotPositive);
  EXPECT_EQ(Run({"LPOP", "none", "abc"}), kNotPositive);
  EXPECT_EQ(Run({"LPOP", "l", "1", "2"}),
            Reply::Error("ERR wrong number of arguments for 'lpop' command"));
  EXPECT_EQ(Run({"LRANGE", "none", "a", "0"}), kNotInteger);
  EXPECT_EQ(Run({"LTRIM", "l", "0", "b"}), kNotInteger);
  EXPECT_EQ(Run({"LREM", "l", "x", "a"}), kNotInteger);
  EXPECT_EQ(Run({"LINDEX", "l", "x"}), kNotInteger);
  EXPECT_EQ(Run({"LSET", "l", "x", "a"}), kNotInteger);
  EXPECT_EQ(Run({"LINSERT", "l", "MIDDLE", "a", "b"}), kSyntaxError);
  EXPECT_EQ(Run({"LMOVE", "l", "d", "LEFT", "UP"}), kSyntaxError);
  EXPECT_EQ(Run({"LPOS", "l", "a", "FOO", "1"}), kSyntaxError);
  EXPECT_EQ(Run({"LPOS", "l", "a", "RANK"}), kSyntaxError);
  EXPECT_EQ(Run({"LPOS", "l", "a", "RANK", "0"}),
            Reply::Error("ERR RANK can't be zero: use 1 to start from the first match, 2 from the "
                         "second ... or use negative to start from the end of the list"));
  EXPECT_EQ(Run({"LPOS", "l", "a", "COUNT", "-1"}), Reply::Error("ERR COUNT can't be negative"));
  EXPECT_EQ(Run({"LPOS", "l", "a", "MAXLEN", "x"}), Reply::Error("ERR MAXLEN can't be negative"));
  EXPECT_EQ(Run({"LMPOP", "0", "l", "LEFT"}), Reply::Error("ERR numkeys should be greater than 0"));
  EXPECT_EQ(Run({"LMPOP", "2", "l", "LEFT"}), kSyntaxError);
  EXPECT_EQ(Run({"LMPOP", "9223372036854775807", "l", "LEFT"}), kSyntaxError);
  EXPECT_EQ(Run({"LMPOP", "1", "l", "UP"}), kSyntaxError);
  EXPECT_EQ(Run({"LMPOP", "1", "l", "LEFT", "COUNT", "0"}),
            Reply::Error("ERR count should be greater than 0"));
  EXPECT_EQ(Run({"LMPOP", "1", "l", "LEFT", "COUNT", "1", "COUNT", "1"}), kSyntaxError);
}

TEST_F(ListErrorsTest, TimeoutsAreChecked) {
  const Reply not_float = Reply::Error("ERR timeout is not a float or out of range");
  const Reply negative = Reply::Error("ERR timeout is negative");
  for (const std::string timeout : {"abc", "", "nan", " 1", "1 "}) {
    EXPECT_EQ(Run({"BLPOP", "none", timeout}), not_float) << timeout;
  }
  for (const std::string timeout : {"-1", "-inf", "inf", "1e16", "9223372036854775807"}) {
    EXPECT_EQ(Run({"BRPOP", "none", timeout}), negative) << timeout;
  }
  // What else is wrong is told first.
  EXPECT_EQ(Run({"BLMOVE", "a", "b", "UP", "LEFT", "abc"}), kSyntaxError);
  EXPECT_EQ(Run({"BLMPOP", "abc", "1", "none", "UP"}), kSyntaxError);
  EXPECT_EQ(Run({"BLMPOP", "abc", "1", "none", "LEFT"}), not_float);
  EXPECT_EQ(Run({"BRPOPLPUSH", "a", "b", "-2"}), negative);
}

TEST_F(ListErrorsTest, AbsencesAreThoseOfResp3) {
  client().RunRaw({"HELLO", "3"});
  EXPECT_EQ(client().RunRaw({"LPOP", "none"}), "_\r\n");
  EXPECT_EQ(client().RunRaw({"LPOP", "none", "1"}), "_\r\n");
  EXPECT_EQ(client().RunRaw({"LMPOP", "1", "none", "LEFT"}), "_\r\n");
}

TEST_F(ListErrorsTest, AbsencesAreThoseOfResp2) {
  EXPECT_EQ(client().RunRaw({"LPOP", "none"}), "$-1\r\n");
  EXPECT_EQ(client().RunRaw({"LPOP", "none", "1"}), "*-1\r\n");
  EXPECT_EQ(client().RunRaw({"LMPOP", "1", "none", "LEFT"}), "*-1\r\n");
  EXPECT_EQ(client().RunRaw({"LMOVE", "none", "d", "LEFT", "LEFT"}), "$-1\r\n");
}

}  // namespace
}  // namespace ebb::test
