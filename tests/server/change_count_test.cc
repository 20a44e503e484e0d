// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors

// What INFO's rdb_changes_since_last_save counts: as redis-server does, element by element.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/words.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class ChangeCountTest : public EngineTest {
 protected:
  // How many changes the command, its words between blanks, counts as.
  uint64_t Changes(const std::string& command) {
    const uint64_t before = engine().changes();
    Run(*SplitWords(command));
    return engine().changes() - before;
  }
};

TEST_F(ChangeCountTest, CountsElements) {
  EXPECT_EQ(Changes("HSET h a 1 b 2 c 3"), 3u);
  EXPECT_EQ(Changes("HDEL h a b x"), 2u);
  EXPECT_EQ(Changes("RPUSH l 1 2 3 4"), 4u);
  EXPECT_EQ(Changes("LPOP l 2"), 2u);
  EXPECT_EQ(Changes("LTRIM l 0 0"), 1u);
  EXPECT_EQ(Changes("LTRIM l 0 0"), 0u);
  EXPECT_EQ(Changes("SADD s 1 2 3 4 1"), 4u);
  EXPECT_EQ(Changes("SREM s 1 9"), 1u);
  EXPECT_EQ(Changes("SPOP s 2"), 2u);
  EXPECT_EQ(Changes("ZADD z 1 a 2 b 3 c"), 3u);
  EXPECT_EQ(Changes("ZADD z 1 a 9 b 4 d"), 2u);
  EXPECT_EQ(Changes("ZREM z a q"), 1u);
  EXPECT_EQ(Changes("ZPOPMIN z 2"), 2u);
  EXPECT_EQ(Changes("PFADD p a b c"), 4u);  // the key, too
  EXPECT_EQ(Changes("BITFIELD f SET u8 0 5 SET u8 8 6 GET u8 0"), 2u);
  EXPECT_EQ(Changes("MSET a 1 b 2 c 3"), 3u);
  EXPECT_EQ(Changes("DEL a b nokey"), 2u);
}

TEST_F(ChangeCountTest, CountsTheKeyThatGoesWithItsLastElementNoMore) {
  Run({"SADD", "s", "1", "2"});
  EXPECT_EQ(Changes("SREM s 1 2"), 2u);
  Run({"RPUSH", "l", "1"});
  EXPECT_EQ(Changes("RPOP l"), 1u);
}

TEST_F(ChangeCountTest, CountsWhatIsToldTwiceOnce) {
  EXPECT_EQ(Changes("SET k v EX 100"), 1u);
  EXPECT_EQ(Changes("RENAME k q"), 1u);
  EXPECT_EQ(Changes("MOVE q 3"), 1u);
  Run({"RPUSH", "l", "1", "2", "3"});
  EXPECT_EQ(Changes("LMOVE l l LEFT RIGHT"), 1u);
  EXPECT_EQ(Changes("LMOVE l m LEFT RIGHT"), 1u);
}

// What is handed to who waits for it, and is no longer there, is the matter of the push alone, but
// for some commands. As redis-server 7.0 has it.
TEST_F(ChangeCountTest, CountsWhatWasWaitedForWhereRedisDoes) {
  struct Case {
    std::string waiting;
    std::string command;
    uint64_t changes;
  };
  const std::vector<Case> cases = {
      {"BLPOP l 0", "RPUSH l a b", 2},
      {"BLPOP l 0", "RPUSH l a", 1},
      {"BRPOP l 0", "RPUSH l a b", 2},
      {"BLMPOP 0 1 l LEFT", "RPUSH l a b", 3},
      {"BLMPOP 0 1 l LEFT COUNT 2", "RPUSH l a b c", 5},
      {"BLMPOP 0 1 l LEFT COUNT 5", "RPUSH l a b c", 6},
      {"BLMOVE l m LEFT RIGHT 0", "RPUSH l a b", 2},
      {"BLMOVE l m LEFT RIGHT 0", "RPUSH l a", 1},
      {"BLMOVE l l LEFT RIGHT 0", "RPUSH l a b", 2},
      {"BLMOVE l l LEFT LEFT 0", "RPUSH l a", 1},
      {"BRPOPLPUSH l m 0", "RPUSH l a b", 2},
      {"BRPOPLPUSH l l 0", "RPUSH l a b", 2},
      {"BZPOPMIN z 0", "ZADD z 1 a 2 b", 3},
      {"BZPOPMAX z 0", "ZADD z 1 a", 2},
      {"BZMPOP 0 1 z MIN", "ZADD z 1 a 2 b", 3},
      {"BZMPOP 0 1 z MIN COUNT 2", "ZADD z 1 a 2 b 3 c", 5},
      {"BZMPOP 0 1 z MIN COUNT 9", "ZADD z 1 a 2 b 3 c", 6},
  };
  for (const Case& one : cases) {
    TestClient& waiting = NewClient();
    waiting.Send(one.waiting + "\r\n");
    ASSERT_TRUE(waiting.session().blocked) << one.waiting;
    EXPECT_EQ(Changes(one.command), one.changes) << one.waiting << " served by " << one.command;
    EXPECT_FALSE(waiting.session().blocked) << one.waiting;
    Run({"FLUSHALL"});
  }
}

// Who need not wait has it counted.
TEST_F(ChangeCountTest, CountsWhatBlockingCommandsFindAtOnce) {
  Run({"RPUSH", "l", "a", "b", "c", "d", "e"});
  EXPECT_EQ(Changes("BLPOP l 0"), 1u);
  EXPECT_EQ(Changes("BLMOVE l m LEFT RIGHT 0"), 1u);
  EXPECT_EQ(Changes("BRPOPLPUSH l l 0"), 1u);
  EXPECT_EQ(Changes("BLMPOP 0 1 l LEFT COUNT 2"), 2u);
}

TEST_F(ChangeCountTest, CountsStoredElementsWhereRedisDoes) {
  Run({"RPUSH", "l", "3", "1", "2"});
  EXPECT_EQ(Changes("SORT l STORE to"), 3u);
  Run({"GEOADD", "g", "13", "38", "p", "15", "37", "c"});
  EXPECT_EQ(Changes("GEOSEARCHSTORE to g FROMLONLAT 15 37 BYRADIUS 500 km"), 2u);
  EXPECT_EQ(Changes("SUNIONSTORE to nokey"), 1u);  // the key that goes
  Run({"SADD", "s", "1", "2", "3"});
  EXPECT_EQ(Changes("SUNIONSTORE to s"), 1u);
}

TEST_F(ChangeCountTest, CountsNothingThatNoClientHasDone) {
  Run({"SET", "k", "v", "PX", "10"});
  AdvanceTime(11);
  EXPECT_EQ(Changes("GET k"), 0u);
  EXPECT_EQ(Run({"EXISTS", "k"}), Reply::Integer(0));

  Run({"SET", "k", "v", "PX", "10"});
  Run({"SET", "l", "v"});
  const uint64_t before = engine().changes();
  AdvanceTime(11);
  engine().cron().Run();
  EXPECT_EQ(engine().keyspace_counters().expired, 2u);
  EXPECT_TRUE(engine().db(0).Evict("l", false));
  AllowDebug();
  Run({"DEBUG", "POPULATE", "3"});
  EXPECT_EQ(engine().changes(), before);
}

TEST_F(ChangeCountTest, CountsAllKeysOfAFlush) {
  Run({"MSET", "a", "1", "b", "2", "c", "3"});
  EXPECT_EQ(Changes("FLUSHALL"), 3u);
}

}  // namespace
}  // namespace ebb::test
