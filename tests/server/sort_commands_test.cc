// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

const Reply kSyntaxError = Reply::Error("ERR syntax error");
const Reply kNoNumbers = Reply::Error("ERR One or more scores can't be converted into double");

class SortCommandsTest : public EngineTest {
 protected:
  void SetUp() override {
    Run({"RPUSH", "l", "3", "1", "2", "10"});
    Run({"MSET", "w_1", "9", "w_2", "5", "w_3", "7", "w_10", "x", "d_1", "one", "d_2", "two"});
    Run({"HSET", "h_1", "f", "8"});
    Run({"HSET", "h_2", "f", "4"});
    Run({"HSET", "h_3", "f", "6"});
    Run({"SADD", "s", "c", "b", "a"});
  }

  // SORT's reply to "l" with these arguments.
  Reply Sort(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"SORT", "l"});
    return Run(arguments);
  }
  Reply Stored() { return Run({"LRANGE", "o", "0", "-1"}); }
};

TEST_F(SortCommandsTest, SortsNumbersAndTexts) {
  EXPECT_EQ(Sort({}), Reply::Bulks({"1", "2", "3", "10"}));
  EXPECT_EQ(Sort({"DESC"}), Reply::Bulks({"10", "3", "2", "1"}));
  EXPECT_EQ(Sort({"desc", "asc"}), Reply::Bulks({"1", "2", "3", "10"}));
  EXPECT_EQ(Sort({"ALPHA"}), Reply::Bulks({"1", "10", "2", "3"}));
  EXPECT_EQ(Sort({"ALPHA", "DESC"}), Reply::Bulks({"3", "2", "10", "1"}));
  EXPECT_EQ(Run({"SORT", "s", "ALPHA"}), Reply::Bulks({"a", "b", "c"}));
  EXPECT_EQ(Run({"SORT_RO", "l"}), Reply::Bulks({"1", "2", "3", "10"}));
  EXPECT_EQ(Run({"SORT", "nosuch"}), Reply::Array({}));
}

TEST_F(SortCommandsTest, TakesAPart) {
  EXPECT_EQ(Sort({"LIMIT", "1", "2"}), Reply::Bulks({"2", "3"}));
  EXPECT_EQ(Sort({"LIMIT", "-5", "2"}), Reply::Bulks({"1", "2"}));
  EXPECT_EQ(Sort({"LIMIT", "1", "-7"}), Reply::Bulks({"2", "3", "10"}));
  EXPECT_EQ(Sort({"LIMIT", "1", "9223372036854775807"}), Reply::Bulks({"2", "3", "10"}));
  EXPECT_EQ(Sort({"LIMIT", "9223372036854775807", "1"}), Reply::Array({}));
  EXPECT_EQ(Sort({"LIMIT", "0", "0"}), Reply::Array({}));
  EXPECT_EQ(Sort({"LIMIT", "4", "1"}), Reply::Array({}));
  EXPECT_EQ(Sort({"DESC", "LIMIT", "3", "1"}), Reply::Bulks({"1"}));
}

TEST_F(SortCommandsTest, SortsByOtherKeys) {
  EXPECT_EQ(Sort({"BY", "w_*", "ALPHA"}), Reply::Bulks({"2", "3", "1", "10"}));
  EXPECT_EQ(Sort({"BY", "h_*->f"}), Reply::Bulks({"10", "2", "3", "1"}));
  // What is not there counts as 0, or as less than any text; equal numbers go by the element.
  EXPECT_EQ(Sort({"BY", "nosuch_*"}), Reply::Bulks({"1", "10", "2", "3"}));
  EXPECT_EQ(Sort({"BY", "d_*", "ALPHA"}), Reply::Bulks({"3", "10", "1", "2"}));
  EXPECT_EQ(Sort({"BY", "d_*", "ALPHA", "DESC"}), Reply::Bulks({"2", "1", "3", "10"}));
  EXPECT_EQ(Sort({"BY", "h_*->nosuch"}), Reply::Bulks({"1", "10", "2", "3"}));
  // Other types are not there.
  EXPECT_EQ(Sort({"BY", "h_*"}), Reply::Bulks({"1", "10", "2", "3"}));
  EXPECT_EQ(Sort({"BY", "w_*->f"}), Reply::Bulks({"1", "10", "2", "3"}));
  EXPECT_EQ(Sort({"BY", "w_*"}), kNoNumbers);
}

TEST_F(SortCommandsTest, AnswersOtherKeys) {
  EXPECT_EQ(Sort({"GET", "d_*", "GET", "#", "LIMIT", "1", "2"}),
            Reply::Array({Reply::Bulk("two"), Reply::Bulk("2"), Reply::Nil(), Reply::Bulk("3")}));
  EXPECT_EQ(Sort({"GET", "h_*->f", "LIMIT", "0", "1"}), Reply::Bulks({"8"}));
  // A constant is nothing, and an arrow with nothing behind it belongs to the key.
  EXPECT_EQ(Sort({"GET", "d_1", "LIMIT", "0", "1"}), Reply::Array({Reply::Nil()}));
  EXPECT_EQ(Sort({"GET", "h_*->", "LIMIT", "0", "1"}), Reply::Array({Reply::Nil()}));
  Run({"SET", "h_1->", "arrow"});
  Run({"SET", "x->1", "before"});
  EXPECT_EQ(Sort({"GET", "h_*->", "GET", "x->*", "LIMIT", "0", "1"}),
            Reply::Bulks({"arrow", "before"}));
  Run({"HSET", "k1t", "a->b", "c"});
  EXPECT_EQ(Sort({"GET", "k*t->a->b", "LIMIT", "0", "1"}), Reply::Bulks({"c"}));
}

TEST_F(SortCommandsTest, LeavesTheOrderWhereNothingIsToBeSorted) {
  EXPECT_EQ(Sort({"BY", "nosort"}), Reply::Bulks({"3", "1", "2", "10"}));
  EXPECT_EQ(Sort({"BY", "nosort", "DESC"}), Reply::Bulks({"10", "2", "1", "3"}));
  EXPECT_EQ(Sort({"BY", "nosort", "DESC", "LIMIT", "1", "2"}), Reply::Bulks({"2", "1"}));
  EXPECT_EQ(Sort({"BY", "nosort", "LIMIT", "2", "0"}), Reply::Array({}));
  EXPECT_EQ(Sort({"BY", "nosort", "LIMIT", "7", "1"}), Reply::Array({}));
  EXPECT_EQ(Run({"SORT", "s", "BY", "nosort"}).elements.size(), 3u);
  EXPECT_EQ(Run({"SORT", "s", "BY", "nosort", "LIMIT", "1", "5"}).elements.size(), 2u);
}

TEST_F(SortCommandsTest, NumbersAreThoseOfC) {
  const auto sorts = [this](const std::string& element) {
    Run({"DEL", "n"});
    Run({"RPUSH", "n", element});
    const Reply reply = Run({"SORT", "n"});
    return reply.IsError() ? reply == kNoNumbers ? "no" : "?" : "yes";
  };
  for (const std::string& number :
       {std::string(" 7"), std::string("0x10"), std::string("-inf"), std::string(),
        std::string("1\0x", 3), std::string("\0", 1), std::string("1e3")}) {
    EXPECT_EQ(sorts(number), "yes") << number;
  }
  for (const std::string text : {"7 ", "nan", "1e400", "1e-400", "abc", "1,5"}) {
    EXPECT_EQ(sorts(text), "no") << text;
  }
  Run({"RPUSH", "m", "5", "0x4", " 3", "-inf", "", "1e1", "4.5"});
  EXPECT_EQ(Run({"SORT", "m"}), Reply::Bulks({"-inf", "", " 3", "0x4", "4.5", "5", "1e1"}));
}

TEST_F(SortCommandsTest, Stores) {
  EXPECT_EQ(Sort({"STORE", "o"}), Reply::Integer(4));
  EXPECT_EQ(Stored(), Reply::Bulks({"1", "2", "3", "10"}));
  EXPECT_EQ(Sort({"BY", "nosort", "GET", "d_*", "GET", "#", "STORE", "o"}), Reply::Integer(8));
  EXPECT_EQ(Stored(), Reply::Bulks({"", "3", "one", "1", "two", "2", "", "10"}));
  EXPECT_EQ(Run({"OBJECT", "ENCODING", "o"}), Reply::Bulk("quicklist"));
  // Over whatever is there, without its time to live; over what is sorted, too.
  Run({"SET", "o", "text", "EX", "100"});
  EXPECT_EQ(Sort({"DESC", "STORE", "o"}), Reply::Integer(4));
  EXPECT_EQ(Run({"TTL", "o"}), Reply::Integer(-1));
  EXPECT_EQ(Sort({"STORE", "l"}), Reply::Integer(4));
  EXPECT_EQ(Run({"LRANGE", "l", "0", "-1"}), Reply::Bulks({"1", "2", "3", "10"}));
  EXPECT_EQ(Run({"SORT", "nosuch", "STORE", "o"}), Reply::Integer(0));
  EXPECT_EQ(Run({"EXISTS", "o"}), Reply::Integer(0));
}

TEST_F(SortCommandsTest, ASortedSetHasAnOrder) {
  for (const std::string most : {"128", "0"}) {
    Run({"CONFIG", "SET", "zset-max-listpack-entries", most});
    Run({"DEL", "z"});
    Run({"ZADD", "z", "4", "d", "1", "c", "2", "a", "3", "b"});
    EXPECT_EQ(Run({"SORT", "z", "ALPHA"}), Reply::Bulks({"a", "b", "c", "d"}));
    EXPECT_EQ(Run({"SORT", "z", "BY", "nosort"}), Reply::Bulks({"c", "a", "b", "d"}));
    EXPECT_EQ(Run({"SORT", "z", "BY", "nosort", "DESC"}), Reply::Bulks({"d", "b", "a", "c"}));
    EXPECT_EQ(Run({"SORT", "z", "BY", "nosort", "LIMIT", "1", "2"}), Reply::Bulks({"a", "b"}));
    EXPECT_EQ(Run({"SORT", "z", "BY", "nosort", "DESC", "LIMIT", "1", "2"}),
              Reply::Bulks({"b", "a"}));
    EXPECT_EQ(Run({"SORT", "z", "BY", "nosort", "STORE", "o"}), Reply::Integer(4));
    EXPECT_EQ(Stored(), Reply::Bulks({"c", "a", "b", "d"}));
    EXPECT_EQ(Run({"SORT", "z"}), kNoNumbers);
    EXPECT_EQ(Run({"OBJECT", "ENCODING", "z"}), Reply::Bulk(most == "0" ? "skiplist" : "listpack"));
  }
}

TEST_F(SortCommandsTest, ASetIsNeverStoredInItsOwnOrder) {
  EXPECT_EQ(Run({"SORT", "s", "BY", "nosort", "STORE", "o"}), Reply::Integer(3));
  EXPECT_EQ(Stored(), Reply::Bulks({"a", "b", "c"}));
  EXPECT_EQ(Run({"SORT", "s", "BY", "nosort", "DESC", "STORE", "o"}), Reply::Integer(3));
  EXPECT_EQ(Stored(), Reply::Bulks({"c", "b", "a"}));
}

TEST_F(SortCommandsTest, AFailureStoresNothing) {
  Run({"SET", "o", "text"});
  EXPECT_EQ(Run({"SORT", "s", "STORE", "o"}), kNoNumbers);
  EXPECT_EQ(Run({"GET", "o"}), Reply::Bulk("text"));
}

// Lists, and sets, of thousands of elements.
TEST_F(SortCommandsTest, SortsMany) {
  std::vector<std::string> push = {"RPUSH", "big"};
  std::vector<std::string> add = {"SADD", "bigset"};
  for (int i = 0; i < 3000; ++i) {
    const int number = i * 7919 % 3000;
    push.push_back(std::to_string(number));
    add.push_back("m" + std::to_string(100000 + number));
  }
  Run(push);
  Run(add);
  EXPECT_EQ(Run({"SORT", "big", "LIMIT", "1500", "3"}), Reply::Bulks({"1500", "1501", "1502"}));
  EXPECT_EQ(Run({"SORT", "bigset", "ALPHA", "DESC", "LIMIT", "0", "1"}), Reply::Bulks({"m102999"}));
  EXPECT_EQ(Run({"SORT", "big", "STORE", "o"}), Reply::Integer(3000));
  const Reply stored = Stored();
  ASSERT_EQ(stored.elements.size(), 3000u);
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(stored.elements[i].text, std::to_string(i));
}

TEST_F(SortCommandsTest, WakesWhoWaitsForTheStoredList) {
  TestClient& waiting = NewClient();
  waiting.Send("*3\r\n$5\r\nBLPOP\r\n$1\r\no\r\n$1\r\n0\r\n");
  EXPECT_EQ(waiting.TakeOutput(), "");
  EXPECT_EQ(Sort({"STORE", "o"}), Reply::Integer(4));
  EXPECT_EQ(waiting.TakeOutput(), "*2\r\n$1\r\no\r\n$1\r\n1\r\n");
  EXPECT_EQ(Stored(), Reply::Bulks({"2", "3", "10"}));
}

TEST_F(SortCommandsTest, RefusesWrongArguments) {
  EXPECT_EQ(Sort({"LIMIT", "1"}), kSyntaxError);
  EXPECT_EQ(Sort({"BY"}), kSyntaxError);
  EXPECT_EQ(Sort({"GET"}), kSyntaxError);
  EXPECT_EQ(Sort({"STORE"}), kSyntaxError);
  EXPECT_EQ(Sort({"FOO"}), kSyntaxError);
  EXPECT_EQ(Run({"SORT_RO", "l", "STORE", "o"}), kSyntaxError);
  EXPECT_EQ(Sort({"LIMIT", "a", "1"}), Reply::Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"SORT", "w_1"}),
            Reply::Error("WRONGTYPE Operation against a key holding the wrong kind of value"));
}

TEST_F(SortCommandsTest, NamesItsKeys) {
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "SORT", "l", "BY", "STORE", "STORE", "a", "STORE", "b"}),
            Reply::Bulks({"l", "b"}));
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "SORT", "l", "LIMIT", "STORE", "STORE", "STORE", "x"}),
            Reply::Bulks({"l", "x"}));
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "SORT", "l", "STORE"}), Reply::Bulks({"l"}));
  EXPECT_EQ(Run({"COMMAND", "GETKEYS", "SORT_RO", "l", "STORE", "b"}), Reply::Bulks({"l"}));
}

}  // namespace
}  // namespace ebb::test
