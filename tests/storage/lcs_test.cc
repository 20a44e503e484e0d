// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/lcs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace ebb {
namespace {

// By the textbook, with the whole table.
uint32_t LengthByTable(const std::string& a, const std::string& b) {
  std::vector<std::vector<uint32_t>> table(a.size() + 1, std::vector<uint32_t>(b.size() + 1));
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      table[i][j] = a[i - 1] == b[j - 1] ? table[i - 1][j - 1] + 1
                                         : std::max(table[i - 1][j], table[i][j - 1]);
    }
  }
  return table[a.size()][b.size()];
}

TEST(LcsTest, FindsACommonSubsequenceOfTheGreatestLength) {
  std::mt19937 random(1);
  const auto text = [&] {
    std::string result(random() % 60, '\0');
    for (char& c : result) c = static_cast<char>('a' + random() % 3);
    return result;
  };
  for (int round = 0; round < 500; ++round) {
    const std::string a = text();
    const std::string b = text();
    LcsResult result;
    ASSERT_TRUE(FindLcs(a, b, &result));
    ASSERT_EQ(result.length, LengthByTable(a, b));
    ASSERT_EQ(LcsLength(a, b), result.length);
    // The runs, from the first on, are equal in both, lie one after the other and make the text.
    std::string joined;
    size_t a_end = 0, b_end = 0;
    std::reverse(result.matches.begin(), result.matches.end());
    for (const LcsMatch& match : result.matches) {
      ASSERT_GE(match.a_start, a_end);
      ASSERT_GE(match.b_start, b_end);
      a_end = match.a_start + match.size;
      b_end = match.b_start + match.size;
      ASSERT_EQ(a.substr(match.a_start, match.size), b.substr(match.b_start, match.size));
      joined += a.substr(match.a_start, match.size);
    }
    ASSERT_LE(a_end, a.size());
    ASSERT_LE(b_end, b.size());
    ASSERT_EQ(joined, result.text);
    ASSERT_EQ(joined.size(), result.length);
  }
}

TEST(LcsTest, FindsNothingInNothing) {
  for (const auto& [a, b] : {std::pair("", ""), std::pair("a", ""), std::pair("", "a")}) {
    LcsResult result;
    ASSERT_TRUE(FindLcs(a, b, &result));
    EXPECT_EQ(result.length, 0u);
    EXPECT_TRUE(result.matches.empty());
  }
}

}  // namespace
}  // namespace ebb
