// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/glob.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace ebb {
namespace {

struct Case {
  std::string_view pattern;
  std::string_view text;
  bool matches;
};

// What a real Redis 7.0 answers: KEYS, and PUBSUB CHANNELS, as KEYS takes "*" for everything.
constexpr Case kCases[] = {
    {"", "", true},
    {"", "a", false},
    {"a", "", false},
    {"abc", "abc", true},
    {"abc", "ab", false},
    {"abc", "abcd", false},
    {"abc", "ABC", false},
    // Stars and question marks.
    {"*", "", false},
    {"**", "", false},
    {"*", "anything", true},
    {"**", "a", true},
    {"a*", "a", true},
    {"a*c", "abbbc", true},
    {"a*c", "abbb", false},
    {"*a*b*", "xxaxxbxx", true},
    {"*a*b*", "xxbxxaxx", false},
    {"*abc", "ababc", true},
    {"a*b?c", "axbxbyc", true},
    {"?", "a", true},
    {"?", "", false},
    {"?", "ab", false},
    {"a?c", "abc", true},
    // Classes.
    {"[abc]", "b", true},
    {"[abc]", "d", false},
    {"[a-c]", "b", true},
    {"[c-a]", "b", true},
    {"[a-c]", "d", false},
    {"[^a-c]", "d", true},
    {"[^a-c]", "b", false},
    {"[^]", "a", true},
    {"[]", "a", false},
    {"[]a]", "a", false},
    {"[]a]", "]", false},
    {"h[ae]llo", "hallo", true},
    {"h[ae]llo", "hillo", false},
    {"[-a]", "-", true},
    {"[a-]", "_", true},  // a range from 'a' to ']'
    {"[a-]", "-", false},
    {"[\\-]", "-", true},
    {"[\\]]", "]", true},
    {"[\\]]", "\\", false},
    {"[a^]", "^", true},
    {"[*]", "*", true},
    {"[*]", "a", false},
    {"*[0-9]", "key7", true},
    {"*[0-9]", "key", false},
    // Classes that are not closed end with the pattern.
    {"[ab", "a", true},
    {"[ab", "c", false},
    {"[", "[", false},
    {"[^", "a", true},
    {"[a-", "-", true},
    {"[\\", "\\", true},
    // Backslashes.
    {"\\*", "*", true},
    {"\\*", "a", false},
    {"\\?", "?", true},
    {"a\\", "a\\", true},
    {"\\a", "a", true},
    {"\\\\", "\\", true},
    {"\\[a]", "[a]", true},
};

TEST(GlobTest, MatchesAsKeysDoes) {
  for (const Case& c : kCases) {
    EXPECT_EQ(GlobMatch(c.pattern, c.text), c.matches) << c.pattern << " on '" << c.text << "'";
  }
}

TEST(GlobTest, IgnoresCaseWhenAsked) {
  EXPECT_FALSE(GlobMatch("Max*", "maxclients"));
  EXPECT_TRUE(GlobMatch("Max*", "maxclients", true));
  EXPECT_TRUE(GlobMatch("[A-C]x", "bX", true));
  EXPECT_TRUE(GlobMatch("[a-c]x", "BX", true));
  EXPECT_FALSE(GlobMatch("[^a-c]x", "BX", true));
}

TEST(GlobTest, BytesOfAnyValueAreOrdinary) {
  using std::string_view_literals::operator""sv;
  EXPECT_TRUE(GlobMatch("a\0b"sv, "a\0b"sv));
  EXPECT_FALSE(GlobMatch("a\0b"sv, "a\0c"sv));
  EXPECT_TRUE(GlobMatch("?\xff*"sv, "\0\xff"sv));
  EXPECT_TRUE(GlobMatch("[\xc0-\xff]"sv, "\xe9"sv));
}

// With backtracking over every star this takes longer than anybody can wait.
TEST(GlobTest, ManyStarsStayCheap) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  EXPECT_FALSE(GlobMatch(pattern + "b", std::string(2000, 'a')));
  EXPECT_TRUE(GlobMatch(pattern, std::string(2000, 'a')));
}

// The definition, tried in the plainest way.
bool Matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return Matches(pattern.substr(1), text) || (!text.empty() && Matches(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         Matches(pattern.substr(1), text.substr(1));
}

TEST(GlobTest, StarsAgreeWithTheDefinition) {
  std::mt19937 random(7);
  const auto word = [&](std::string_view letters, size_t longest) {
    std::string made(random() % (longest + 1), ' ');
    for (char& c : made) c = letters[random() % letters.size()];
    return made;
  };
  for (int i = 0; i < 20000; ++i) {
    const std::string pattern = word("ab*?", 8);
    const std::string text = word("ab", 9) + "a";
    ASSERT_EQ(GlobMatch(pattern, text), Matches(pattern, text)) << pattern << " on " << text;
  }
}

}  // namespace
}  // namespace ebb
