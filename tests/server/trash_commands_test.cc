// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class TrashTest : public EngineTest {
 protected:
  TrashTest() {
    Set("trash-max-memory", "64mb");
    Set("trash-ttl", "60");
  }
  void Set(const std::string& option, const std::string& value) {
    EXPECT_EQ(Run({"CONFIG", "SET", option, value}), Reply::Ok()) << option;
  }
  void Sweep() { engine().cron().RunSlice(); }
  void SweepAll() {
    do {
      Sweep();
    } while (engine().cron().work_pending());
  }
  std::string Digest() {
    AllowDebug();
    return Run({"DEBUG", "DIGEST"}).text;
  }
  std::string Keep(const std::string& key) {
    const Reply info = Run({"TRASH", "INFO", key});
    return info.elements.empty() ? "" : info.elements[0].elements[9].text;
  }
};

TEST_F(TrashTest, IsOffUnlessAskedFor) {
  Set("trash-ttl", "0");
  Run({"SET", "k", "v"});
  Run({"DEL", "k"});
  EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(0));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k"}), Reply::Integer(0));
}

TEST_F(TrashTest, BringsADeletedKeyBackWhole) {
  Run({"SET", "k", "value", "PX", "5000"});
  Run({"SET", "long", std::string(100'000, 'x')});
  const std::string before = Digest();
  EXPECT_EQ(Run({"DEL", "k", "long", "none"}), Reply::Integer(2));
  EXPECT_EQ(Run({"EXISTS", "k"}), Reply::Integer(0));
  EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Bulk("value"));
  AdvanceTime(1000);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k", "long", "none"}), Reply::Integer(2));
  EXPECT_EQ(Digest(), before);
  EXPECT_EQ(Run({"PTTL", "k"}), Reply::Integer(4000));
  EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(0));
}

TEST_F(TrashTest, BringsHashesBackInEitherEncoding) {
  Run({"HSET", "small", "a", "1", "b", "two"});
  for (int i = 0; i < 1000; ++i) Run({"HSET", "large", std::to_string(i), std::to_string(i * i)});
  const std::string before = Digest();
  EXPECT_EQ(Run({"UNLINK", "small", "large"}), Reply::Integer(2));
  EXPECT_EQ(Run({"TRASH", "GET", "small"}),
            Reply::Error("WRONGTYPE Operation against a key holding the wrong kind of value"));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "small", "large"}), Reply::Integer(2));
  EXPECT_EQ(Digest(), before);
}

// Every type in each of its encodings, with time to live and without.
TEST_F(TrashTest, BringsEveryTypeBackInEveryEncoding) {
  std::vector<std::string> keys;
  const auto fill = [&](const std::string& command, const std::string& name, int count,
                        const std::function<std::vector<std::string>(int)>& element) {
    std::vector<std::string> words = {command, name};
    for (int i = 0; i < count; ++i) std::ranges::copy(element(i), std::back_inserter(words));
    Run(words);
    if (count % 2 == 0) Run({"PEXPIRE", name, "900000"});
    keys.push_back(name);
  };
  const auto text = [](int i) { return "element:" + std::to_string(i); };
  for (const int count : {3, 100, 3000}) {
    const std::string of = ":" + std::to_string(count);
    fill("HSET", "hash" + of, count, [&](int i) { return std::vector{text(i), text(i * 7)}; });
    fill("RPUSH", "list" + of, count, [&](int i) { return std::vector{text(i)}; });
    fill("SADD", "set" + of, count, [&](int i) { return std::vector{text(i)}; });
    fill("SADD", "integers" + of, count, [&](int i) { return std::vector{std::to_string(i)}; });
    fill("ZADD", "zset" + of, count, [&](int i) {
      return std::vector{std::to_string(i * 37 % 101) + ".5", text(i)};
    });
    fill("PFADD", "log" + of, count, [&](int i) { return std::vector{text(i)}; });
    fill("SET", "string" + of, 1, [&](int) { return std::vector{std::string(count, 'x')}; });
  }
  const std::string before = Digest();
  for (const std::string& key : keys) EXPECT_EQ(Run({"DEL", key}), Reply::Integer(1)) << key;
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
  std::vector<std::string> restore = {"TRASH", "RESTORE"};
  restore.insert(restore.end(), keys.begin(), keys.end());
  EXPECT_EQ(Run(restore), Reply::Integer(static_cast<int64_t>(keys.size())));
  EXPECT_EQ(Digest(), before);
  Run({"FLUSHALL"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}), Reply::Integer(static_cast<int64_t>(keys.size())));
  EXPECT_EQ(Digest(), before);
}

// Whatever takes the last element out.
TEST_F(TrashTest, KeepsNoEmptyCollections) {
  Set("trash-events", "del flush overwrite expire evict");
  const std::vector<std::vector<std::string>> commands = {
      {"LPOP", "list"},
      {"RPOP", "list", "5"},
      {"LTRIM", "list", "5", "9"},
      {"LREM", "list", "0", "a"},
      {"LMOVE", "list", "other", "LEFT", "LEFT"},
      {"RPOPLPUSH", "list", "other"},
      {"LMPOP", "1", "list", "LEFT"},
      {"BLPOP", "list", "0"},
      {"SPOP", "set"},
      {"SREM", "set", "a"},
      {"SMOVE", "set", "other", "a"},
      {"HDEL", "hash", "a"},
      {"ZREM", "zset", "a"},
      {"ZREMRANGEBYRANK", "zset", "0", "-1"},
      {"ZREMRANGEBYSCORE", "zset", "-inf", "+inf"},
      {"ZREMRANGEBYLEX", "zset", "-", "+"},
      {"ZPOPMIN", "zset"},
      {"ZPOPMAX", "zset", "5"},
      {"ZMPOP", "1", "zset", "MIN"},
      {"BZPOPMIN", "zset", "0"},
  };
  for (const std::vector<std::string>& command : commands) {
    Run({"RPUSH", "list", "a"});
    Run({"SADD", "set", "a"});
    Run({"HSET", "hash", "a", "1"});
    Run({"ZADD", "zset", "1", "a"});
    EXPECT_FALSE(Run(command).IsError()) << command[0];
    EXPECT_EQ(Run({"EXISTS", "list", "set", "hash", "zset"}), Reply::Integer(3)) << command[0];
    EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(0)) << command[0];
    Run({"FLUSHALL"});
  }
}

// Whatever its time to live guarded is over, but it can still be had.
TEST_F(TrashTest, StaysWhereItsTimeToLiveHasRunOut) {
  Run({"SET", "k", "v", "PX", "500"});
  Run({"UNLINK", "k"});
  Run({"SET", "other", "v", "PX", "501"});
  Run({"DEL", "other"});
  AdvanceTime(500);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k", "TTL", "KEEP"}), Reply::Integer(0));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k", "other"}), Reply::Integer(1));
  EXPECT_EQ(Run({"EXISTS", "k"}), Reply::Integer(0));
  EXPECT_EQ(Run({"PTTL", "other"}), Reply::Integer(1));
  EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Bulk("v"));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k", "TTL", "700"}), Reply::Integer(1));
  EXPECT_EQ(Run({"PTTL", "k"}), Reply::Integer(700));
  Run({"DEL", "k"});
  AdvanceTime(700);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k", "TTL", "0"}), Reply::Integer(1));
  EXPECT_EQ(Run({"PTTL", "k"}), Reply::Integer(-1));
}

TEST_F(TrashTest, WhatHasExpiredComesBackWithoutATimeToLive) {
  Set("trash-events", "expire");
  Run({"SET", "k", "v", "PX", "500"});
  AdvanceTime(500);
  EXPECT_EQ(Run({"GET", "k"}), Reply::Nil());
  AdvanceTime(500);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k"}), Reply::Integer(1));
  EXPECT_EQ(Run({"PTTL", "k"}), Reply::Integer(-1));
}

TEST_F(TrashTest, TakesATimeToLive) {
  Run({"SET", "k", "v", "PX", "5000"});
  Run({"DEL", "k"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k", "TTL", "700"}), Reply::Integer(1));
  EXPECT_EQ(Run({"PTTL", "k"}), Reply::Integer(700));
  Run({"DEL", "k"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k", "TTL", "0"}), Reply::Integer(1));
  EXPECT_EQ(Run({"PTTL", "k"}), Reply::Integer(-1));
  Run({"DEL", "k"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k", "TTL", "-1"}),
            Reply::Error("ERR Invalid TTL value, must be >= 0"));
}

TEST_F(TrashTest, KeepsVersionsNewestFirst) {
  for (const char* value : {"one", "two", "three"}) {
    Run({"SET", "k", value});
    Run({"DEL", "k"});
  }
  EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(3));
  const Reply info = Run({"TRASH", "INFO", "k"});
  ASSERT_EQ(info.elements.size(), 3u);
  const std::string oldest = std::to_string(info.elements[2].elements[1].integer);
  EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Bulk("three"));
  EXPECT_EQ(Run({"TRASH", "GET", "k", "VERSION", oldest}), Reply::Bulk("one"));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k", "VERSION", oldest, "TO", "old"}), Reply::Integer(1));
  EXPECT_EQ(Run({"GET", "old"}), Reply::Bulk("one"));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k"}), Reply::Integer(1));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("three"));
  EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Bulk("two"));
}

// It would be held for each run of removals.
TEST_F(TrashTest, KeepsTheBeginningOfALongName) {
  Run({"CLIENT", "SETNAME", std::string(1000, 'n')});
  Run({"SET", "k", "v"});
  Run({"DEL", "k"});
  const Reply info = Run({"TRASH", "INFO", "k"});
  ASSERT_EQ(info.elements.size(), 1u);
  EXPECT_EQ(info.elements[0].elements[18], Reply::Bulk("client-name"));
  EXPECT_EQ(info.elements[0].elements[19], Reply::Bulk(std::string(128, 'n')));
}

TEST_F(TrashTest, RestoresNothingWhereOneIsInTheWay) {
  Run({"MSET", "a", "1", "b", "2"});
  Run({"DEL", "a", "b"});
  Run({"SET", "b", "new"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "a", "b"}),
            Reply::Error("BUSYKEY Target key name already exists."));
  EXPECT_EQ(Run({"EXISTS", "a"}), Reply::Integer(0));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "a", "b", "REPLACE"}), Reply::Integer(2));
  EXPECT_EQ(Run({"GET", "b"}), Reply::Bulk("2"));
}

TEST_F(TrashTest, AKeyNamedTwiceComesBackOnce) {
  for (const char* value : {"old", "new"}) {
    Run({"SET", "k", value});
    Run({"DEL", "k"});
  }
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k", "k", "REPLACE"}), Reply::Integer(1));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("new"));
  Run({"DEL", "k"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k", "k"}), Reply::Integer(1));
  EXPECT_EQ(Run({"GET", "k"}), Reply::Bulk("new"));
  EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Bulk("old"));
}

// To make way it goes into the trash, which may be too much there for what it makes way for.
TEST_F(TrashTest, WhatHasJustExpiredMakesWay) {
  Set("trash-max-memory", "100kb");
  Set("trash-events", "del expire");
  Run({"SET", "k", "old"});
  Run({"DEL", "k"});
  for (int i = 0; i < 4; ++i) {
    Run({"SET", "other", std::string(15'000, 'x')});
    Run({"DEL", "other"});
  }
  Run({"SET", "k", std::string(60'000, 'x'), "PX", "1"});
  AdvanceTime(5);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k", "REPLACE"}), Reply::Integer(1));
  EXPECT_EQ(Run({"STRLEN", "k"}), Reply::Integer(60'000));
}

// What one key replaces goes into the trash, and there is no room for it but by the other, which is
// the oldest.
TEST_F(TrashTest, WhatIsReplacedDrivesOutNothingThatComesBack) {
  Set("trash-max-memory", "100kb");
  Set("trash-events", "del overwrite");
  for (const char* key : {"second", "first"}) {
    Run({"SET", key, "old"});
    Run({"DEL", key});
  }
  for (int i = 0; i < 4; ++i) {
    Run({"SET", "filler", std::string(15'000, 'x')});
    Run({"DEL", "filler"});
  }
  Run({"SET", "first", std::string(60'000, 'x')});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "first", "second", "REPLACE"}), Reply::Integer(2));
  EXPECT_EQ(Run({"MGET", "first", "second"}), Reply::Bulks({"old", "old"}));
  EXPECT_EQ(Run({"TRASH", "GET", "first"}), Reply::Bulk(std::string(60'000, 'x')));
  EXPECT_GT(engine().trash().counters().purged_memory, 0u);
}

// However many are asked for, one call ends soon, and the walk goes on.
TEST_F(TrashTest, ListsAMillionInSeveralCalls) {
  for (int i = 0; i < 40'000; ++i) {
    const std::string key = "k" + std::to_string(i);
    Run({"SET", key, "v"});
    Run({"DEL", key});
  }
  std::string cursor = "0";
  size_t keys = 0;
  size_t calls = 0;
  do {
    const Reply some = Run({"TRASH", "LIST", cursor, "COUNT", "1000000"});
    cursor = some.elements.at(0).text;
    keys += some.elements.at(1).elements.size();
    ++calls;
  } while (cursor != "0");
  EXPECT_EQ(keys, 40'000u);
  EXPECT_GE(calls, 3u);
}

TEST_F(TrashTest, ListsWithoutACursor) {
  Run({"MSET", "a", "1", "b", "2"});
  Run({"DEL", "a", "b"});
  const Reply all = Run({"TRASH", "LIST", "MATCH", "a"});
  ASSERT_EQ(all.elements.size(), 2u);
  EXPECT_EQ(all.elements[1].elements.size(), 1u);
  EXPECT_EQ(Run({"TRASH", "LIST", "x"}), Reply::Error("ERR invalid cursor"));
}

TEST_F(TrashTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(Run({"TRASH", "RESTORE", "a", "b", "TO", "c"}),
            Reply::Error("ERR VERSION and TO go with a single key"));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "a", "TO"}), Reply::Error("ERR syntax error"));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH", "REPLACE", "x"}), Reply::Error("ERR syntax error"));
  EXPECT_EQ(Run({"TRASH", "LIST", "x"}), Reply::Error("ERR invalid cursor"));
  EXPECT_EQ(Run({"TRASH", "LIST", "0", "DB", "16"}), Reply::Error("ERR DB index is out of range"));
}

TEST_F(TrashTest, IsOfOneDatabase) {
  Run({"SET", "k", "v"});
  Run({"DEL", "k"});
  Run({"SELECT", "1"});
  EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Nil());
  EXPECT_EQ(Run({"TRASH", "LIST"}).elements[1].elements.size(), 0u);
  EXPECT_EQ(Run({"TRASH", "LIST", "0", "DB", "0"}).elements[1].elements.size(), 1u);
}

TEST_F(TrashTest, ListsByPatternAndType) {
  Run({"MSET", "a:1", "1", "a:2", "2", "b:1", "3"});
  Run({"DEL", "a:1", "a:2", "b:1"});
  const Reply found = Run({"TRASH", "LIST", "0", "MATCH", "a:*", "TYPE", "string", "COUNT", "100"});
  EXPECT_EQ(found.elements[1].elements.size(), 2u);
  EXPECT_EQ(Run({"TRASH", "LIST", "0", "TYPE", "hash"}).elements[1].elements.size(), 0u);
}

TEST_F(TrashTest, EndsWhenTheTimeIsOver) {
  Run({"SET", "k", "v"});
  Run({"DEL", "k"});
  AdvanceTime(59'000);
  EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Bulk("v"));
  AdvanceTime(1'001);
  EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Nil());
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k"}), Reply::Integer(0));
  EXPECT_GT(engine().trash().bytes(), 0u);
  Sweep();
  EXPECT_EQ(engine().trash().bytes(), 0u);
  EXPECT_EQ(engine().trash().counters().purged_expired, 1u);
}

TEST_F(TrashTest, SwitchedOffForgetsAtOnce) {
  Run({"SET", "k", "v"});
  Run({"DEL", "k"});
  Set("trash-ttl", "0");
  EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Nil());
  Sweep();
  EXPECT_EQ(engine().trash().bytes(), 0u);
}

TEST_F(TrashTest, KeepsWhatTheEventsSay) {
  Set("trash-events", "expire overwrite");
  Run({"SET", "d", "v"});
  Run({"DEL", "d"});
  EXPECT_EQ(Keep("d"), "");
  Run({"SET", "e", "v", "PX", "10"});
  AdvanceTime(20);
  EXPECT_EQ(Run({"GET", "e"}), Reply::Nil());
  EXPECT_EQ(Keep("e"), "expire");
  EXPECT_EQ(Run({"TRASH", "GET", "e"}), Reply::Bulk("v"));
  Run({"SET", "o", std::string(5000, 'x')});
  Run({"SET", "o", "short"});
  EXPECT_EQ(Keep("o"), "overwrite");
  EXPECT_EQ(Run({"TRASH", "GET", "o"}), Reply::Bulk(std::string(5000, 'x')));
  Run({"SET", "p", "1"});
  Run({"RENAME", "p", "o"});
  EXPECT_EQ(Run({"TRASH", "GET", "o"}), Reply::Bulk("short"));
  EXPECT_EQ(Run({"CONFIG", "GET", "trash-events"}).elements[1], Reply::Bulk("overwrite expire"));
  // What is only edited is not overwritten.
  Run({"APPEND", "o", "2"});
  Run({"INCR", "o"});
  EXPECT_EQ(Run({"TRASH", "GET", "o"}), Reply::Bulk("short"));
}

TEST_F(TrashTest, OverwrittenCollectionsAreKept) {
  Set("trash-events", "overwrite");
  const std::vector<std::vector<std::string>> adding = {
      {"HSET", "k"}, {"SADD", "k"}, {"RPUSH", "k"}};
  for (const auto& add : adding) {
    for (int i = 0; i < 1000; ++i) {
      std::vector<std::string> argv = add;
      argv.push_back("element " + std::to_string(i));
      if (add[0] == "HSET") argv.emplace_back("v");
      Run(argv);
    }
    AllowDebug();
    const Reply digest = Run({"DEBUG", "DIGEST-VALUE", "k"});
    EXPECT_EQ(Run({"SET", "k", "v"}), Reply::Ok());
    while (engine().lazy_free().Step()) {
    }
    Run({"DEL", "k"});
    EXPECT_EQ(Run({"TRASH", "RESTORE", "k"}), Reply::Integer(1)) << add[0];
    EXPECT_EQ(Run({"DEBUG", "DIGEST-VALUE", "k"}), digest) << add[0];
    Run({"DEL", "k"});
    while (engine().lazy_free().Step()) {
    }
  }
}

TEST_F(TrashTest, ExpiredByTheCycleIsKept) {
  Set("trash-events", "expire");
  for (int i = 0; i < 1000; ++i) Run({"SET", "k" + std::to_string(i), "v", "PX", "10"});
  AdvanceTime(20);
  SweepAll();
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
  EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(1000));
}

TEST_F(TrashTest, KeepsToItsMemory) {
  Set("trash-max-memory", "1mb");
  const std::string value(1000, 'x');
  for (int i = 0; i < 5000; ++i) {
    Run({"SET", "k" + std::to_string(i), value});
    Run({"DEL", "k" + std::to_string(i)});
    ASSERT_LE(engine().trash().bytes(), (1u << 20) + 2000);
  }
  // The newest are there, the oldest are not.
  EXPECT_EQ(Run({"TRASH", "GET", "k4999"}), Reply::Bulk(value));
  EXPECT_EQ(Run({"TRASH", "GET", "k0"}), Reply::Nil());
  EXPECT_GT(engine().trash().counters().purged_memory, 3000u);
  // What is too big by itself does not drive the others out.
  Run({"SET", "big", std::string(2 << 20, 'x')});
  Run({"DEL", "big"});
  EXPECT_EQ(Run({"TRASH", "GET", "big"}), Reply::Nil());
  EXPECT_EQ(Run({"TRASH", "GET", "k4999"}), Reply::Bulk(value));
}

// All of its databases come in, or none.
TEST_F(TrashTest, AFlushIsKeptWholeOrNotAtAll) {
  Run({"SET", "kept", "v"});
  Run({"DEL", "kept"});
  Set("trash-max-memory", "4mb");
  for (const char* db : {"0", "1"}) {
    Run({"SELECT", db});
    for (int i = 0; i < 3000; ++i) Run({"SET", "k" + std::to_string(i), std::string(1000, 'x')});
  }
  Run({"FLUSHALL"});
  EXPECT_EQ(Run({"TRASH", "FLUSHES"}).elements.size(), 0u);
  Run({"SELECT", "0"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "kept"}), Reply::Integer(1));
}

TEST_F(TrashTest, UndoesAFlushOfEmptyDatabases) {
  AllowDebug();
  Run({"DEBUG", "POPULATE", "10000"});
  Run({"EXPIRE", "key:1", "100"});
  Run({"SELECT", "3"});
  Run({"SET", "other", "1"});
  const std::string before = Digest();
  Run({"FLUSHALL"});
  EXPECT_EQ(Run({"TRASH", "FLUSHES"}).elements.size(), 1u);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}), Reply::Integer(10001));
  EXPECT_EQ(Digest(), before);
  Run({"SELECT", "0"});
  EXPECT_EQ(Run({"TTL", "key:1"}), Reply::Integer(100));
  EXPECT_EQ(engine().db(0).expires(), 1u);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}), Reply::Integer(0));
}

// To tell them would take a look at everything.
TEST_F(TrashTest, AFlushThatComesBackWholeCountsWhatHasRunOut) {
  Run({"SET", "k", "v"});
  Run({"SET", "lock", "v", "PX", "500"});
  Run({"FLUSHDB"});
  AdvanceTime(500);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}), Reply::Integer(2));
  EXPECT_EQ(Run({"EXISTS", "k", "lock"}), Reply::Integer(1));
}

TEST_F(TrashTest, UndoesFlushesByTheirNumber) {
  Run({"SET", "first", "1"});
  Run({"FLUSHDB"});
  Run({"SET", "second", "2"});
  Run({"FLUSHDB", "SYNC"});
  const Reply flushes = Run({"TRASH", "FLUSHES"});
  ASSERT_EQ(flushes.elements.size(), 2u);
  const std::string first = std::to_string(flushes.elements[1].elements[1].integer);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH", "ID", first}), Reply::Integer(1));
  EXPECT_EQ(Run({"GET", "first"}), Reply::Bulk("1"));
  EXPECT_EQ(Run({"GET", "second"}), Reply::Nil());
  const std::string second = std::to_string(flushes.elements[0].elements[1].integer);
  EXPECT_EQ(Run({"TRASH", "PURGE", "FLUSH", second}), Reply::Integer(1));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH", "ID", second}), Reply::Integer(0));
}

TEST_F(TrashTest, MergesAFlushWithWhatCameSince) {
  AllowDebug();
  Run({"DEBUG", "POPULATE", "10000"});
  Run({"FLUSHDB"});
  Run({"MSET", "key:7", "mine", "new", "1"});
  // It takes some slices; who has asked waits.
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}).kind, Reply::Kind::kLost);
  SweepAll();
  EXPECT_EQ(client().Receive(), Reply::Integer(9999));
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(10001));
  EXPECT_EQ(Run({"GET", "key:7"}), Reply::Bulk("mine"));
  EXPECT_EQ(Run({"TRASH", "GET", "key:7"}), Reply::Bulk("value:7"));
}

TEST_F(TrashTest, MergesAFlushOverWhatCameSince) {
  Run({"MSET", "a", "1", "b", "2"});
  Run({"FLUSHDB"});
  Run({"SET", "a", "mine"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH", "REPLACE"}).kind, Reply::Kind::kLost);
  SweepAll();
  EXPECT_EQ(client().Receive(), Reply::Integer(2));
  EXPECT_EQ(Run({"GET", "a"}), Reply::Bulk("1"));
}

TEST_F(TrashTest, MovedIsTheSame) {
  const std::string value(300, 'x');
  for (int i = 0; i < 2000; ++i) {
    Run({"SET", "k" + std::to_string(i % 500), value + std::to_string(i)});
    Run({"DEL", "k" + std::to_string(i % 500)});
  }
  const uint64_t moved = engine().defragger().mover().counters().moved;
  for (int i = 0; i < 500; ++i) {
    if (i % 8 != 0) Run({"TRASH", "PURGE", "k" + std::to_string(i)});
  }
  engine().defragger().Begin();
  while (engine().defragger().running()) engine().defragger().RunSlice([] { return true; });
  EXPECT_GT(engine().defragger().mover().counters().moved, moved);
  for (int i = 0; i < 500; i += 8) {
    const std::string key = "k" + std::to_string(i);
    EXPECT_EQ(Run({"TRASH", "GET", key}), Reply::Bulk(value + std::to_string(1500 + i)));
    EXPECT_EQ(Run({"TRASH", "RESTORE", key}), Reply::Integer(1));
  }
}

TEST_F(TrashTest, PurgesAKeyAndAll) {
  Run({"SET", "k", "1"});
  Run({"DEL", "k"});
  Run({"SET", "k", "2"});
  Run({"DEL", "k"});
  EXPECT_EQ(Run({"TRASH", "PURGE", "k", "none"}), Reply::Integer(2));
  Run({"SET", "k", "3"});
  Run({"DEL", "k"});
  Run({"SET", "l", "4"});
  Run({"FLUSHALL"});
  EXPECT_EQ(Run({"TRASH", "PURGE", "ALL"}), Reply::Integer(2));
  EXPECT_EQ(Run({"TRASH", "GET", "k"}), Reply::Nil());
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}), Reply::Integer(0));
  SweepAll();
  EXPECT_EQ(engine().trash().bytes(), 0u);
  EXPECT_EQ(engine().trash().counters().purged_asked, 4u);
}

// However large the values of another database are, of which a look at some keys shows none.
TEST_F(TrashTest, ASmallDatabaseCountsAsWhatItTakes) {
  Set("trash-max-memory", "1mb");
  Run({"SELECT", "1"});
  for (int i = 0; i < 20'000; ++i) Run({"SET", "key:" + std::to_string(i), "v"});
  Run({"SET", "large", std::string(20'000'000, 'x')});
  Run({"SELECT", "0"});
  for (int i = 0; i < 10; ++i) Run({"SET", "key:" + std::to_string(i), "v"});
  Run({"FLUSHDB"});
  EXPECT_EQ(engine().trash().flushed_keys(), 10u);
  EXPECT_LT(engine().trash().bytes(), 5000u);
  Run({"SET", "large", std::string(2'000'000, 'x')});
  Run({"FLUSHDB"});
  EXPECT_EQ(engine().trash().flushed_keys(), 10u);
}

}  // namespace
}  // namespace ebb::test
