// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/peek.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace ebb::test {
namespace {

constexpr std::string_view kSet = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nvv\r\n";

TEST(PeekTest, ShowsTheFirstArgumentsAndMovesOn) {
  std::string two(kSet);
  two += "*1\r\n$4\r\nPING\r\n";
  std::string_view bytes = two;
  std::array<std::string_view, 2> first;
  EXPECT_EQ(PeekCommand(&bytes, first), 3u);
  EXPECT_EQ(first[0], "SET");
  EXPECT_EQ(first[1], "k");
  EXPECT_EQ(PeekCommand(&bytes, first), 1u);
  EXPECT_EQ(first[0], "PING");
  EXPECT_EQ(first[1], "k") << "what the command does not have stays as it was";
  EXPECT_TRUE(bytes.empty());
  EXPECT_EQ(PeekCommand(&bytes, first), 0u);
}

TEST(PeekTest, PassesOverWhatIsNotWhole) {
  std::array<std::string_view, 4> first;
  for (size_t size = 0; size < kSet.size(); ++size) {
    const std::string_view cut = kSet.substr(0, size);
    std::string_view bytes = cut;
    EXPECT_EQ(PeekCommand(&bytes, first), 0u) << size;
    EXPECT_EQ(bytes.size(), size);
  }
}

TEST(PeekTest, PassesOverWhatIsWrittenOtherwise) {
  std::array<std::string_view, 4> first;
  for (const std::string_view text :
       {"GET k\r\n", "*2\r\n:3\r\n$1\r\nk\r\n", "*-1\r\n$3\r\nGET\r\n",
        "*0\r\n*1\r\n$4\r\nPING\r\n", "*1\r\n$99999999\r\nGET\r\n", "*01\r\n$4\r\nPING\r\n",
        "*1\r\n$04\r\nPING\r\n"}) {
    std::string_view bytes = text;
    EXPECT_EQ(PeekCommand(&bytes, first), 0u) << text;
    EXPECT_EQ(bytes, text);
  }
}

}  // namespace
}  // namespace ebb::test
