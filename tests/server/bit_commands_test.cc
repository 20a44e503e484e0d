// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

const Reply kSyntaxError = Reply::Error("ERR syntax error");
const Reply kNotInteger = Reply::Error("ERR value is not an integer or out of range");
const Reply kBadOffset = Reply::Error("ERR bit offset is not an integer or out of range");

class BitCommandsTest : public EngineTest {
 protected:
  int64_t Number(const std::vector<std::string>& argv) {
    const Reply reply = Run(argv);
    EXPECT_EQ(reply.kind, Reply::Kind::kInteger) << reply;
    return reply.integer;
  }
};

TEST_F(BitCommandsTest, SetsAndGetsBits) {
  EXPECT_EQ(Number({"SETBIT", "k", "1", "1"}), 0);
  EXPECT_EQ(Number({"SETBIT", "k", "1", "1"}), 1);
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("@"));
  EXPECT_EQ(Number({"SETBIT", "k", "23", "1"}), 0);
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk(std::string("@\0\1", 3)));
  EXPECT_EQ(Number({"GETBIT", "k", "1"}), 1);
  EXPECT_EQ(Number({"GETBIT", "k", "2"}), 0);
  EXPECT_EQ(Number({"GETBIT", "k", "1000"}), 0);
  EXPECT_EQ(Number({"GETBIT", "n", "0"}), 0);
  Run({"SET", "i", "1"});
  EXPECT_EQ(Number({"GETBIT", "i", "2"}), 1);
  EXPECT_EQ(Number({"SETBIT", "i", "6", "1"}), 0);
  EXPECT_EQ(Run({"GET", "i"}), Reply::Bulk("3"));
}

TEST_F(BitCommandsTest, TellsObserversOfRealChanges) {
  const auto changes = [&](const std::vector<std::string>& argv) {
    const uint64_t before = engine().changes();
    Run(argv);
    return engine().changes() - before;
  };
  EXPECT_EQ(changes({"SETBIT", "k", "0", "0"}), 1u);  // there was no key
  EXPECT_EQ(changes({"SETBIT", "k", "0", "0"}), 0u);
  EXPECT_EQ(changes({"SETBIT", "k", "8", "0"}), 1u);  // it grew
  EXPECT_EQ(changes({"SETBIT", "k", "0", "1"}), 1u);
  EXPECT_EQ(changes({"SETBIT", "k", "0", "1"}), 0u);
}

TEST_F(BitCommandsTest, RefusesWrongBits) {
  EXPECT_EQ(Run({"SETBIT", "k", "-1", "1"}), kBadOffset);
  EXPECT_EQ(Run({"SETBIT", "k", "x", "2"}), kBadOffset);
  EXPECT_EQ(Run({"SETBIT", "k", "4294967296", "1"}), kBadOffset);
  EXPECT_EQ(Run({"GETBIT", "k", "4294967296"}), kBadOffset);
  EXPECT_EQ(Number({"GETBIT", "k", "4294967295"}), 0);
  const Reply bad_bit = Reply::Error("ERR bit is not an integer or out of range");
  EXPECT_EQ(Run({"SETBIT", "k", "0", "2"}), bad_bit);
  EXPECT_EQ(Run({"SETBIT", "k", "0", "-1"}), bad_bit);
  EXPECT_EQ(Run({"SETBIT", "k", "0", "x"}), bad_bit);
  config().mutable_values().proto_max_bulk_len_bytes = 4;
  EXPECT_EQ(Run({"SETBIT", "k", "32", "1"}), kBadOffset);
  EXPECT_EQ(Number({"SETBIT", "k", "31", "1"}), 0);
}

TEST_F(BitCommandsTest, CountsBits) {
  Run({"SET", "k", "foobar"});
  EXPECT_EQ(Number({"BITCOUNT", "k"}), 26);
  EXPECT_EQ(Number({"BITCOUNT", "k", "0", "0"}), 4);
  EXPECT_EQ(Number({"BITCOUNT", "k", "1", "1", "byte"}), 6);
  EXPECT_EQ(Number({"BITCOUNT", "k", "5", "30", "BIT"}), 17);
  EXPECT_EQ(Number({"BITCOUNT", "k", "-2", "-1"}), 7);
  EXPECT_EQ(Number({"BITCOUNT", "k", "-1", "-2"}), 0);
  EXPECT_EQ(Number({"BITCOUNT", "k", "0", "-100"}), 4);
  EXPECT_EQ(Number({"BITCOUNT", "k", "6", "9"}), 0);
  EXPECT_EQ(Run({"BITCOUNT", "k", "0"}), kSyntaxError);
  EXPECT_EQ(Run({"BITCOUNT", "k", "0", "1", "x"}), kSyntaxError);
  EXPECT_EQ(Run({"BITCOUNT", "k", "0", "1", "BIT", "x"}), kSyntaxError);
  EXPECT_EQ(Run({"BITCOUNT", "k", "x", "1"}), kNotInteger);
  // A reversed range is noticed before a wrong unit, a missing key before everything.
  EXPECT_EQ(Number({"BITCOUNT", "k", "-1", "-2", "x"}), 0);
  EXPECT_EQ(Number({"BITCOUNT", "n", "x"}), 0);
}

TEST_F(BitCommandsTest, FindsBits) {
  Run({"SET", "k", std::string("\xff\xf0\x00", 3)});
  EXPECT_EQ(Number({"BITPOS", "k", "0"}), 12);
  EXPECT_EQ(Number({"BITPOS", "k", "1", "1"}), 8);
  EXPECT_EQ(Number({"BITPOS", "k", "1", "2"}), -1);
  EXPECT_EQ(Number({"BITPOS", "k", "0", "-1", "-1"}), 16);
  EXPECT_EQ(Number({"BITPOS", "k", "0", "9", "-1", "BIT"}), 12);
  EXPECT_EQ(Number({"BITPOS", "k", "1", "12", "-1", "BIT"}), -1);
  EXPECT_EQ(Number({"BITPOS", "k", "1", "3", "5", "BIT"}), 3);
  // Zeros follow the string, unless its end was named.
  Run({"SET", "k", "\xff\xff"});
  EXPECT_EQ(Number({"BITPOS", "k", "0"}), 16);
  EXPECT_EQ(Number({"BITPOS", "k", "0", "1"}), 16);
  EXPECT_EQ(Number({"BITPOS", "k", "0", "2"}), -1);
  EXPECT_EQ(Number({"BITPOS", "k", "0", "0", "-1"}), -1);
  EXPECT_EQ(Number({"BITPOS", "k", "1", "-30", "-40"}), 0);
  EXPECT_EQ(Number({"BITPOS", "n", "0"}), 0);
  EXPECT_EQ(Number({"BITPOS", "n", "1", "x"}), -1);
  Run({"SET", "k", ""});
  EXPECT_EQ(Number({"BITPOS", "k", "0"}), -1);
  EXPECT_EQ(Run({"BITPOS", "k", "2"}), Reply::Error("ERR The bit argument must be 1 or 0."));
  EXPECT_EQ(Run({"BITPOS", "k", "x"}), kNotInteger);
  EXPECT_EQ(Run({"BITPOS", "k", "0", "x", "0", "x"}), kNotInteger);
  EXPECT_EQ(Run({"BITPOS", "k", "0", "0", "x", "x"}), kSyntaxError);
  EXPECT_EQ(Run({"BITPOS", "k", "0", "0", "0", "BIT", "x"}), kSyntaxError);
}

TEST_F(BitCommandsTest, Combines) {
  Run({"MSET", "a", "abc", "b", "AB"});
  EXPECT_EQ(Number({"BITOP", "AND", "d", "a", "b"}), 3);
  EXPECT_EQ(Run({"GET", "d"}), Reply::Bulk(std::string("AB\0", 3)));
  EXPECT_EQ(Number({"BITOP", "or", "d", "a", "b"}), 3);
  EXPECT_EQ(Run({"GET", "d"}), Reply::Bulk("abc"));
  EXPECT_EQ(Number({"BITOP", "XOR", "d", "a", "b", "n"}), 3);
  EXPECT_EQ(Run({"GET", "d"}), Reply::Bulk("  c"));
  EXPECT_EQ(Number({"BITOP", "AND", "d", "a", "n"}), 3);
  EXPECT_EQ(Run({"GET", "d"}), Reply::Bulk(std::string(3, '\0')));
  EXPECT_EQ(Number({"BITOP", "NOT", "a", "a"}), 3);
  EXPECT_EQ(Run({"GET", "a"}), Reply::Bulk("\x9e\x9d\x9c"));
  Run({"SET", "i", "12"});
  EXPECT_EQ(Number({"BITOP", "OR", "d", "i"}), 2);
  EXPECT_EQ(Run({"GET", "d"}), Reply::Bulk("12"));
  EXPECT_EQ(engine().db(0).Peek("d")->encoding(), Encoding::kRaw);
}

TEST_F(BitCommandsTest, CombiningNothingRemovesTheDestination) {
  Run({"SET", "d", "v"});
  EXPECT_EQ(Number({"BITOP", "OR", "d", "n", "m"}), 0);
  EXPECT_EQ(Run({"GET", "d"}), Reply::Nil());
  EXPECT_EQ(Number({"BITOP", "NOT", "d", "n"}), 0);
  Run({"SET", "d", "v", "EX", "10"});
  Run({"SET", "a", "w"});
  EXPECT_EQ(Number({"BITOP", "OR", "d", "a"}), 1);
  EXPECT_FALSE(engine().db(0).Peek("d")->has_expire());
}

TEST_F(BitCommandsTest, RefusesWrongOperations) {
  EXPECT_EQ(Run({"BITOP", "x", "d", "a"}), kSyntaxError);
  EXPECT_EQ(Run({"BITOP", "NOT", "d", "a", "b"}),
            Reply::Error("ERR BITOP NOT must be called with a single source key."));
}

TEST_F(BitCommandsTest, CombinesLongStrings) {
  const std::string ones(100'003, '\xff');
  Run({"MSET", "a", ones, "b", std::string(50'001, '\x0f')});
  EXPECT_EQ(Number({"BITOP", "AND", "d", "a", "b"}), 100'003);
  EXPECT_EQ(Number({"BITCOUNT", "d"}), 4 * 50'001);
  EXPECT_EQ(Number({"BITOP", "XOR", "d", "a", "b"}), 100'003);
  EXPECT_EQ(Number({"BITCOUNT", "d"}), 8 * 100'003 - 4 * 50'001);
  EXPECT_EQ(Number({"BITPOS", "d", "1"}), 0);
  EXPECT_EQ(Number({"BITPOS", "d", "0", "50001"}), 8 * 100'003);
}

}  // namespace
}  // namespace ebb::test
