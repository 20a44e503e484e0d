// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Keys = std::vector<std::string>;

class ScanCommandsTest : public EngineTest {
 protected:
  static Keys Texts(const Reply& array) {
    Keys keys;
    for (const Reply& element : array.elements) keys.push_back(element.text);
    return keys;
  }

  // One call; answers its cursor.
  std::string ScanOnce(const std::string& cursor, const Keys& options, Keys* found) {
    Keys argv{"SCAN", cursor};
    argv.insert(argv.end(), options.begin(), options.end());
    const Reply reply = Run(argv);
    EXPECT_EQ(reply.elements.size(), 2u) << reply;
    const Keys keys = Texts(reply.elements[1]);
    found->insert(found->end(), keys.begin(), keys.end());
    return reply.elements[0].text;
  }

  Keys ScanAll(const Keys& options = {}) {
    Keys found;
    std::string cursor = "0";
    for (int calls = 0; calls < 10'000; ++calls) {
      cursor = ScanOnce(cursor, options, &found);
      if (cursor == "0") return found;
    }
    ADD_FAILURE() << "the walk does not end";
    return found;
  }

  void SetMany(const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) Run({"SET", prefix + std::to_string(i), "v"});
  }
};

TEST_F(ScanCommandsTest, KeysMatchesGlobPatterns) {
  for (const char* key : {"hello", "hallo", "hxllo", "h*llo", ""}) Run({"SET", key, "v"});
  EXPECT_EQ(Texts(Run({"KEYS", "*"})).size(), 5u);
  EXPECT_THAT(Texts(Run({"KEYS", "h?llo"})).size(), 4u);
  EXPECT_THAT(Texts(Run({"KEYS", "h[ae]llo"})), UnorderedElementsAre("hello", "hallo"));
  EXPECT_THAT(Texts(Run({"KEYS", "h[^ae]llo"})), UnorderedElementsAre("hxllo", "h*llo"));
  EXPECT_THAT(Texts(Run({"KEYS", "h\\*llo"})), UnorderedElementsAre("h*llo"));
  EXPECT_THAT(Texts(Run({"KEYS", ""})), UnorderedElementsAre(""));
  EXPECT_THAT(Texts(Run({"KEYS", "none"})), IsEmpty());
}

TEST_F(ScanCommandsTest, KeysLeavesExpiredKeysOut) {
  Run({"SET", "dead", "v", "PX", "10"});
  Run({"SET", "live", "v"});
  AdvanceTime(11);
  EXPECT_THAT(Texts(Run({"KEYS", "*"})), UnorderedElementsAre("live"));
}

TEST_F(ScanCommandsTest, AWalkFindsEveryKeyOnce) {
  SetMany("k", 2000);
  for (const char* count : {"1", "10", "100000", "9223372036854775807"}) {
    const Keys found = ScanAll({"COUNT", count});
    EXPECT_EQ(found.size(), 2000u) << count;
    EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), 2000u) << count;
  }
}

TEST_F(ScanCommandsTest, AnEmptyDatabaseIsOneCall) {
  Keys found;
  EXPECT_EQ(ScanOnce("0", {}, &found), "0");
  EXPECT_THAT(found, IsEmpty());
}

TEST_F(ScanCommandsTest, CountBoundsACall) {
  SetMany("k", 2000);
  Keys found;
  EXPECT_NE(ScanOnce("0", {"COUNT", "50"}, &found), "0");
  EXPECT_GE(found.size(), 50u);
  EXPECT_LT(found.size(), 100u);
}

TEST_F(ScanCommandsTest, KeysThatStayAreFoundWhateverElseComesAndGoes) {
  SetMany("stay", 500);
  SetMany("go", 3000);
  std::set<std::string> seen;
  std::string cursor = "0";
  for (int step = 0;; ++step) {
    ASSERT_LT(step, 10'000);
    Keys found;
    cursor = ScanOnce(cursor, {"MATCH", "stay*"}, &found);
    seen.insert(found.begin(), found.end());
    if (cursor == "0") break;
    for (int i = 0; i < 20; ++i) Run({"DEL", "go" + std::to_string(step * 20 + i)});
    for (int i = 0; step > 100 && i < 60; ++i) {
      Run({"SET", "come" + std::to_string(step) + ":" + std::to_string(i), "v"});
    }
  }
  EXPECT_EQ(seen.size(), 500u);
}

TEST_F(ScanCommandsTest, MatchAndTypeFilter) {
  SetMany("a", 20);
  SetMany("b", 20);
  EXPECT_EQ(ScanAll({"MATCH", "a*"}).size(), 20u);
  EXPECT_EQ(ScanAll({"match", "a1?", "type", "STRING"}).size(), 10u);
  EXPECT_THAT(ScanAll({"TYPE", "list"}), IsEmpty());
  EXPECT_THAT(ScanAll({"TYPE", "no such type"}), IsEmpty());
  // The last of several counts.
  EXPECT_EQ(ScanAll({"MATCH", "x", "MATCH", "b*"}).size(), 20u);
}

TEST_F(ScanCommandsTest, MatchWithAStarAloneIsNone) {
  for (const char* key : {"", "a"}) Run({"SET", key, "v"});
  EXPECT_THAT(ScanAll({"MATCH", "*"}), UnorderedElementsAre("", "a"));
  EXPECT_THAT(ScanAll({"MATCH", "x", "MATCH", "*"}), UnorderedElementsAre("", "a"));
  EXPECT_THAT(ScanAll({"MATCH", "**"}), UnorderedElementsAre("a"));
  EXPECT_THAT(ScanAll({"MATCH", ""}), UnorderedElementsAre(""));
  Run({"HSET", "h", "", "v"});
  Run({"SADD", "s", ""});
  Run({"ZADD", "z", "1", ""});
  EXPECT_EQ(Run({"HSCAN", "h", "0", "MATCH", "*"}).elements[1], Reply::Bulks({"", "v"}));
  EXPECT_EQ(Run({"SSCAN", "s", "0", "MATCH", "*"}).elements[1], Reply::Bulks({""}));
  EXPECT_EQ(Run({"ZSCAN", "z", "0", "MATCH", "*"}).elements[1], Reply::Bulks({"", "1"}));
}

TEST_F(ScanCommandsTest, ExpiredKeysAreLeftOutAndRemoved) {
  for (int i = 0; i < 200; ++i) Run({"SET", "dead" + std::to_string(i), "v", "PX", "10"});
  for (int i = 0; i < 200; ++i) Run({"SET", "other" + std::to_string(i), "v", "PX", "10"});
  SetMany("live", 200);
  AdvanceTime(11);
  // Only those that the pattern lets through are looked at so closely.
  EXPECT_EQ(ScanAll({"MATCH", "dead*", "COUNT", "1000"}).size(), 0u);
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(400));
  EXPECT_EQ(ScanAll({"COUNT", "1000"}).size(), 200u);
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(200));
}

TEST_F(ScanCommandsTest, CursorsAreReadAsStrtoulReadsThem) {
  for (const char* cursor : {"", "0", "+0", "-1", "18446744073709551615"}) {
    EXPECT_EQ(Run({"SCAN", cursor}).elements.size(), 2u) << cursor;
  }
  for (const char* cursor : {"x", "1x", " 1", "1 ", "18446744073709551616"}) {
    EXPECT_EQ(Run({"SCAN", cursor}), Reply::Error("ERR invalid cursor")) << cursor;
  }
}

TEST_F(ScanCommandsTest, WrongOptionsAreRefusedFromLeftToRight) {
  EXPECT_EQ(Run({"SCAN", "0", "COUNT", "0"}), Reply::Error("ERR syntax error"));
  EXPECT_EQ(Run({"SCAN", "0", "COUNT", "x", "FOO"}),
            Reply::Error("ERR value is not an integer or out of range"));
  EXPECT_EQ(Run({"SCAN", "0", "FOO", "COUNT", "x"}), Reply::Error("ERR syntax error"));
  EXPECT_EQ(Run({"SCAN", "0", "MATCH"}), Reply::Error("ERR syntax error"));
  EXPECT_EQ(Run({"SCAN", "x", "FOO"}), Reply::Error("ERR invalid cursor"));
}

}  // namespace
}  // namespace ebb::test
