// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class KeyCommandsTest : public EngineTest {
 protected:
  // Runs a command in another database than the first.
  Reply RunIn(int db, const std::vector<std::string>& argv) {
    TestClient& other = NewClient();
    other.session().db = db;
    return other.Run(argv);
  }

  const std::string long_value_ = std::string(100'000, 'v');
};

TEST_F(KeyCommandsTest, DelAndUnlinkCountWhatTheyRemove) {
  for (const char* name : {"DEL", "UNLINK"}) {
    Run({"SET", "a", "1"});
    Run({"SET", "b", long_value_});
    EXPECT_EQ(Run({name, "a", "none", "b", "a"}), Reply::Integer(2));
    EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
  }
}

TEST_F(KeyCommandsTest, AnExpiredKeyIsNotThereToBeRemoved) {
  Run({"SET", "k", "v", "PX", "10"});
  AdvanceTime(11);
  EXPECT_EQ(Run({"DEL", "k"}), Reply::Integer(0));
  EXPECT_EQ(engine().keyspace_counters().expired, 1u);
}

TEST_F(KeyCommandsTest, ExistsAndTouchCountEachNaming) {
  Run({"SET", "a", "1"});
  EXPECT_EQ(Run({"EXISTS", "a", "none", "a"}), Reply::Integer(2));
  EXPECT_EQ(Run({"TOUCH", "a", "none", "a"}), Reply::Integer(2));
}

TEST_F(KeyCommandsTest, AWriteThatComesToNothingHasUsedTheKeys) {
  Run({"SADD", "s", "a"});
  Run({"SADD", "t", "b"});
  Run({"SET", "k", "v"});
  AdvanceTime(10'000);
  EXPECT_EQ(Run({"SMOVE", "s", "t", "none"}), Reply::Integer(0));
  EXPECT_EQ(Run({"MSETNX", "k", "1", "new", "2"}), Reply::Integer(0));
  EXPECT_EQ(engine().keyspace_counters().hits, 0u);
  for (const char* key : {"s", "t", "k"}) {
    EXPECT_EQ(Run({"OBJECT", "IDLETIME", key}), Reply::Integer(0)) << key;
  }
}

TEST_F(KeyCommandsTest, QuestionsAboutAKeyCountHitsButDoNotTouchIt) {
  Run({"SET", "k", "v"});
  AdvanceTime(10'000);
  const uint64_t hits = engine().keyspace_counters().hits;
  const uint64_t misses = engine().keyspace_counters().misses;
  for (const char* name : {"EXISTS", "TYPE", "TTL", "PTTL", "EXPIRETIME"}) {
    Run({name, "k"});
    Run({name, "none"});
  }
  EXPECT_EQ(engine().keyspace_counters().hits, hits + 5);
  EXPECT_EQ(engine().keyspace_counters().misses, misses + 5);
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Reply::Integer(10));
  Run({"TOUCH", "k"});
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Reply::Integer(0));
}

TEST_F(KeyCommandsTest, TypeNamesTheType) {
  Run({"SET", "k", "v"});
  EXPECT_EQ(Run({"TYPE", "k"}), Reply::Status("string"));
  EXPECT_EQ(Run({"TYPE", "none"}), Reply::Status("none"));
}

TEST_F(KeyCommandsTest, RandomKeyAnswersALiveKey) {
  EXPECT_EQ(Run({"RANDOMKEY"}), Reply::Nil());
  Run({"SET", "dead", "v", "PX", "10"});
  Run({"SET", "live", "v"});
  AdvanceTime(11);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Run({"RANDOMKEY"}), Reply::Bulk("live"));
}

TEST_F(KeyCommandsTest, RenameTakesValueAndExpiryAlong) {
  Run({"SET", "a", long_value_, "PX", "5000"});
  Run({"SET", "b", "gone"});
  EXPECT_EQ(Run({"RENAME", "a", "b"}), Reply::Ok());
  EXPECT_EQ(Run({"EXISTS", "a"}), Reply::Integer(0));
  EXPECT_EQ(Run({"GET", "b"}), Reply::Bulk(long_value_));
  EXPECT_EQ(Run({"PTTL", "b"}), Reply::Integer(5000));
}

TEST_F(KeyCommandsTest, RenameOntoAKeyWithExpiryLosesIt) {
  Run({"SET", "a", "1"});
  Run({"SET", "b", "2", "PX", "5000"});
  EXPECT_EQ(Run({"RENAME", "a", "b"}), Reply::Ok());
  EXPECT_EQ(Run({"TTL", "b"}), Reply::Integer(-1));
}

TEST_F(KeyCommandsTest, RenameOntoItselfChangesNothing) {
  EXPECT_EQ(Run({"RENAME", "a", "a"}), Reply::Error("ERR no such key"));
  Run({"SET", "a", "1"});
  const uint64_t changes = engine().changes();
  EXPECT_EQ(Run({"RENAME", "a", "a"}), Reply::Ok());
  EXPECT_EQ(Run({"RENAMENX", "a", "a"}), Reply::Integer(0));
  EXPECT_EQ(engine().changes(), changes);
  EXPECT_EQ(Run({"GET", "a"}), Reply::Bulk("1"));
}

TEST_F(KeyCommandsTest, RenameNxLeavesATakenName) {
  EXPECT_EQ(Run({"RENAMENX", "a", "b"}), Reply::Error("ERR no such key"));
  Run({"SET", "a", "1"});
  Run({"SET", "b", "2"});
  EXPECT_EQ(Run({"RENAMENX", "a", "b"}), Reply::Integer(0));
  EXPECT_EQ(Run({"GET", "b"}), Reply::Bulk("2"));
  EXPECT_EQ(Run({"RENAMENX", "a", "c"}), Reply::Integer(1));
  EXPECT_EQ(Run({"GET", "c"}), Reply::Bulk("1"));
}

TEST_F(KeyCommandsTest, CopyKeepsTheSource) {
  Run({"SET", "a", long_value_, "PX", "5000"});
  EXPECT_EQ(Run({"COPY", "a", "b"}), Reply::Integer(1));
  EXPECT_EQ(Run({"APPEND", "b", "!"}), Reply::Integer(100'001));
  EXPECT_EQ(Run({"GET", "a"}), Reply::Bulk(long_value_));
  EXPECT_EQ(Run({"PTTL", "b"}), Reply::Integer(5000));
}

TEST_F(KeyCommandsTest, CopyReplacesOnlyWhenTold) {
  Run({"SET", "a", "1"});
  Run({"SET", "b", "2", "PX", "5000"});
  EXPECT_EQ(Run({"COPY", "none", "b", "REPLACE"}), Reply::Integer(0));
  EXPECT_EQ(Run({"COPY", "a", "b"}), Reply::Integer(0));
  EXPECT_EQ(Run({"GET", "b"}), Reply::Bulk("2"));
  EXPECT_EQ(Run({"COPY", "a", "b", "replace"}), Reply::Integer(1));
  EXPECT_EQ(Run({"GET", "b"}), Reply::Bulk("1"));
  EXPECT_EQ(Run({"TTL", "b"}), Reply::Integer(-1));
}

TEST_F(KeyCommandsTest, CopyGoesToAnotherDatabase) {
  Run({"SET", "a", "1"});
  EXPECT_EQ(Run({"COPY", "a", "a", "DB", "3"}), Reply::Integer(1));
  EXPECT_EQ(RunIn(3, {"GET", "a"}), Reply::Bulk("1"));
  EXPECT_EQ(Run({"GET", "a"}), Reply::Bulk("1"));
}

TEST_F(KeyCommandsTest, CopyRefusesWrongArguments) {
  EXPECT_EQ(Run({"COPY", "a", "a"}),
            Reply::Error("ERR source and destination objects are the same"));
  EXPECT_EQ(Run({"COPY", "a", "a", "DB", "0"}),
            Reply::Error("ERR source and destination objects are the same"));
  EXPECT_EQ(Run({"COPY", "a", "b", "DB"}), Reply::Error("ERR syntax error"));
  EXPECT_EQ(Run({"COPY", "a", "b", "DB", "16"}), Reply::Error("ERR DB index is out of range"));
  EXPECT_EQ(Run({"COPY", "a", "b", "DB", "x", "FOO"}),
            Reply::Error("ERR value is not an integer or out of range"));
}

TEST_F(KeyCommandsTest, MoveTakesAKeyToAnotherDatabase) {
  Run({"SET", "k", "v", "PX", "5000"});
  EXPECT_EQ(Run({"MOVE", "k", "2"}), Reply::Integer(1));
  EXPECT_EQ(Run({"EXISTS", "k"}), Reply::Integer(0));
  EXPECT_EQ(RunIn(2, {"PTTL", "k"}), Reply::Integer(5000));
  EXPECT_EQ(Run({"MOVE", "k", "2"}), Reply::Integer(0));
  Run({"SET", "k", "another"});
  EXPECT_EQ(Run({"MOVE", "k", "2"}), Reply::Integer(0));
  EXPECT_EQ(RunIn(2, {"GET", "k"}), Reply::Bulk("v"));
}

TEST_F(KeyCommandsTest, MoveRefusesWrongDatabases) {
  EXPECT_EQ(Run({"MOVE", "k", "0"}),
            Reply::Error("ERR source and destination objects are the same"));
  EXPECT_EQ(Run({"MOVE", "k", "-1"}), Reply::Error("ERR DB index is out of range"));
  EXPECT_EQ(Run({"MOVE", "k", "99999999999"}),
            Reply::Error("ERR value is out of range, value must between -2147483648 and "
                         "2147483647"));
}

}  // namespace
}  // namespace ebb::test
