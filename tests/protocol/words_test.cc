// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ebb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using Words = std::vector<std::string>;

// What an inline command of Redis 7.0.15 comes to.
TEST(WordsTest, Splits) {
  EXPECT_THAT(SplitWords(""), Optional(IsEmpty()));
  EXPECT_THAT(SplitWords(" \t\r\v\f"), Optional(IsEmpty()));
  EXPECT_THAT(SplitWords("set  a\tb\rc "), Optional(ElementsAre("set", "a", "b", "c")));
  EXPECT_THAT(SplitWords("a\vb c\fd"), Optional(ElementsAre("a\vb", "c\fd")));
  EXPECT_THAT(SplitWords("\va \vb"), Optional(ElementsAre("a", "b")));
  EXPECT_THAT(SplitWords("\xff\xa0z"), Optional(ElementsAre("\xff\xa0z")));
  EXPECT_THAT(SplitWords("a\\x41"), Optional(ElementsAre("a\\x41")));
}

TEST(WordsTest, Quotes) {
  EXPECT_THAT(SplitWords(R"("a\x41\n\r\t\b\a\q\x4g\"")"),
              Optional(ElementsAre("aA\n\r\t\b\aqx4g\"")));
  EXPECT_THAT(SplitWords(R"('a\'b\n"')"), Optional(ElementsAre("a'b\\n\"")));
  EXPECT_THAT(SplitWords(R"(a"b c" d'e f')"), Optional(ElementsAre("ab c", "de f")));
  EXPECT_THAT(SplitWords("\"\" ''"), Optional(ElementsAre("", "")));
  EXPECT_THAT(SplitWords("\"a\"\vb"), Optional(ElementsAre("a", "b")));
  EXPECT_THAT(SplitWords(R"("a\x4")"), Optional(ElementsAre("ax4")));
  EXPECT_THAT(SplitWords(R"("\xFf\x0a")"), Optional(ElementsAre("\xff\n")));
  for (const char* line : {"\"a", "'a", "\"a\"b", "'a'b", "\"a\"\"b\"", "a'b'\"c\"", "\"a\\\"",
                           "'a\\'", "\"a\\", "x \"", "'"}) {
    EXPECT_EQ(SplitWords(line), std::nullopt) << line;
  }
}

TEST(WordsTest, PlainWordsAreViews) {
  std::vector<std::string_view> words = {"kept"};
  EXPECT_FALSE(SplitPlainWords("a b\"c\"", &words));
  EXPECT_FALSE(SplitPlainWords("it's", &words));
  EXPECT_THAT(words, ElementsAre("kept"));
  const std::string_view line = "  a\vb\tcd ";
  EXPECT_TRUE(SplitPlainWords(line, &words));
  EXPECT_THAT(words, ElementsAre("kept", "a\vb", "cd"));
  EXPECT_EQ(words[2].data(), line.data() + 6);
}

TEST(WordsTest, PlainAndQuotedAgree) {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string line(random() % 12, '\0');
    for (char& c : line) c = "ab\\ \t\r\v\f"[random() % 8];
    std::vector<std::string_view> plain;
    ASSERT_TRUE(SplitPlainWords(line, &plain));
    ASSERT_EQ(SplitWords(line), Words(plain.begin(), plain.end())) << Quoted(line);
  }
}

TEST(WordsTest, QuotedWordsComeBack) {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    Words words(1 + random() % 3);
    std::string line;
    for (std::string& word : words) {
      word.resize(random() % 6);
      for (char& c : word) {
        c = random() % 2 ? "a\"'\\ #\n\r\t\a\b\0x"[random() % 13] : static_cast<char>(random());
      }
      line += (line.empty() ? "" : " ") + QuoteWord(word);
    }
    ASSERT_EQ(SplitWords(line), words) << line;
    ASSERT_EQ(SplitWords(Quoted(words[0])), Words{words[0]});
  }
}

TEST(WordsTest, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(QuoteWord("plain"), "plain");
  EXPECT_EQ(QuoteWord(""), "\"\"");
  EXPECT_EQ(QuoteWord("a b"), "\"a b\"");
  EXPECT_EQ(QuoteWord("#a"), "\"#a\"") << "no comment in a configuration file";
  EXPECT_EQ(Quoted("a\"\\\n\r\t\a\b\x01\xff"), R"("a\"\\\n\r\t\a\b\x01\xff")");
}

TEST(WordsTest, EscapesAsRedisDoes) {
  EXPECT_EQ(Quoted("plain ~"), "\"plain ~\"");
  EXPECT_EQ(Quoted("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(Quoted("\r\n\t\a\b"), R"("\r\n\t\a\b")");
  EXPECT_EQ(Quoted({"\0\x1f\x7f\xff", 4}), R"("\x00\x1f\x7f\xff")");
}

}  // namespace
}  // namespace ebb
