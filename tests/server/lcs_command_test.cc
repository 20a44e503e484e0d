// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class LcsCommandTest : public EngineTest {
 protected:
  void SetUp() override { Run({"MSET", "a", "ohmytext", "b", "mynewtext"}); }

  static Reply Range(int64_t start, int64_t end) {
    return Reply::Array({Reply::Integer(start), Reply::Integer(end)});
  }
  static Reply Index(std::vector<Reply> matches, int64_t length) {
    return Reply::Array({Reply::Bulk("matches"), Reply::Array(std::move(matches)),
                         Reply::Bulk("len"), Reply::Integer(length)});
  }
};

TEST_F(LcsCommandTest, AnswersTextOrLength) {
  EXPECT_EQ(Run({"LCS", "a", "b"}), Reply::Bulk("mytext"));
  EXPECT_EQ(Run({"LCS", "a", "b", "LEN"}), Reply::Integer(6));
  EXPECT_EQ(Run({"LCS", "a", "a", "LEN"}), Reply::Integer(8));
  EXPECT_EQ(Run({"LCS", "a", "n"}), Reply::Bulk(""));
  EXPECT_EQ(Run({"LCS", "n", "n", "LEN"}), Reply::Integer(0));
  // Of two that are equally long, the one that ends earlier in the second string.
  Run({"MSET", "c", "ab", "d", "ba"});
  EXPECT_EQ(Run({"LCS", "c", "d"}), Reply::Bulk("b"));
  Run({"MSET", "i", "12345", "j", "245"});
  EXPECT_EQ(Run({"LCS", "i", "j"}), Reply::Bulk("245"));
}

TEST_F(LcsCommandTest, AnswersMatches) {
  const Reply text = Reply::Array({Range(4, 7), Range(5, 8)});
  const Reply my = Reply::Array({Range(2, 3), Range(0, 1)});
  EXPECT_EQ(Run({"LCS", "a", "b", "IDX"}), Index({text, my}, 6));
  EXPECT_EQ(Run({"LCS", "a", "b", "IDX", "MINMATCHLEN", "4"}), Index({text}, 6));
  EXPECT_EQ(Run({"LCS", "a", "b", "IDX", "MINMATCHLEN", "-4"}), Index({text, my}, 6));
  EXPECT_EQ(Run({"LCS", "a", "b", "idx", "minmatchlen", "3", "withmatchlen"}),
            Index({Reply::Array({Range(4, 7), Range(5, 8), Reply::Integer(4)})}, 6));
  EXPECT_EQ(Run({"LCS", "a", "n", "IDX"}), Index({}, 0));
}

TEST_F(LcsCommandTest, RefusesWrongArguments) {
  EXPECT_EQ(Run({"LCS", "a", "b", "LEN", "IDX"}),
            Reply::Error("ERR If you want both the length and indexes, please just use IDX."));
  EXPECT_EQ(Run({"LCS", "a", "b", "x"}), Reply::Error("ERR syntax error"));
  EXPECT_EQ(Run({"LCS", "a", "b", "MINMATCHLEN"}), Reply::Error("ERR syntax error"));
  EXPECT_EQ(Run({"LCS", "a", "b", "MINMATCHLEN", "x"}),
            Reply::Error("ERR value is not an integer or out of range"));
}

TEST_F(LcsCommandTest, LimitsItsEffort) {
  // 9 * 10 numbers of 4 bytes.
  config().mutable_values().proto_max_bulk_len_bytes = 359;
  const Reply too_much =
      Reply::Error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  EXPECT_EQ(Run({"LCS", "a", "b"}), too_much);
  EXPECT_EQ(Run({"LCS", "a", "b", "LEN"}), too_much);
  config().mutable_values().proto_max_bulk_len_bytes = 360;
  EXPECT_EQ(Run({"LCS", "a", "b"}), Reply::Bulk("mytext"));
}

}  // namespace
}  // namespace ebb::test
