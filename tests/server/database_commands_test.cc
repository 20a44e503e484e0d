// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

class DatabaseCommandsTest : public EngineTest {
 protected:
  DatabaseCommandsTest() {
    other_.session().db = 1;
    Run({"SET", "a", "0"});
    Run({"SET", "b", "0"});
    other_.Run({"SET", "a", "1"});
  }

  TestClient& other_ = NewClient();
};

TEST_F(DatabaseCommandsTest, DbSizeCountsTheSelectedDatabase) {
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(2));
  EXPECT_EQ(other_.Run({"DBSIZE"}), Reply::Integer(1));
}

TEST_F(DatabaseCommandsTest, FlushDbEmptiesTheSelectedDatabase) {
  EXPECT_EQ(Run({"FLUSHDB"}), Reply::Ok());
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
  EXPECT_EQ(other_.Run({"DBSIZE"}), Reply::Integer(1));
}

TEST_F(DatabaseCommandsTest, FlushAllEmptiesAll) {
  EXPECT_EQ(Run({"FLUSHALL"}), Reply::Ok());
  EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
  EXPECT_EQ(other_.Run({"DBSIZE"}), Reply::Integer(0));
}

TEST_F(DatabaseCommandsTest, FlushingTakesOneWordOfTwo) {
  for (const char* name : {"FLUSHDB", "FLUSHALL"}) {
    EXPECT_EQ(Run({name, "foo"}), Reply::Error("ERR syntax error"));
    EXPECT_EQ(Run({name, "SYNC", "SYNC"}), Reply::Error("ERR syntax error"));
    EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(2));
  }
  for (const char* word : {"async", "SYNC"}) {
    Run({"SET", "k", "v"});
    EXPECT_EQ(Run({"FLUSHALL", word}), Reply::Ok());
    EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
  }
}

// Whatever the server has taken for itself since its start.
TEST_F(DatabaseCommandsTest, AFlushIsOfWhatItsFewKeysTake) {
  Run({"CONFIG", "SET", "trash-ttl", "100", "trash-max-memory", "1mb"});
  const std::string servers_own(size_t{4} << 20, 'x');
  EXPECT_EQ(Run({"FLUSHALL"}), Reply::Ok());
  EXPECT_GT(engine().trash().bytes(), 0u);
  EXPECT_LT(engine().trash().bytes(), 10'000u);
}

// What dies is not counted with less than it takes, or others would be evicted for it.
TEST_F(DatabaseCommandsTest, ADeadFlushIsOfAllThatItsKeysMayTake) {
  for (int i = 0; i < 20'000; ++i) Run({"SET", "key:" + std::to_string(i), "v"});
  Run({"SET", "big", std::string(30 << 20, 'x')});
  EXPECT_EQ(Run({"FLUSHALL"}), Reply::Ok());
  EXPECT_GT(engine().pending_free_bytes(), size_t{30} << 20);
}

TEST_F(DatabaseCommandsTest, SwapDbExchangesWhatClientsSee) {
  const uint64_t changes = engine().changes();
  EXPECT_EQ(Run({"SWAPDB", "0", "1"}), Reply::Ok());
  EXPECT_EQ(engine().changes(), changes + 1);
  EXPECT_EQ(Run({"GET", "a"}), Reply::Bulk("1"));
  EXPECT_EQ(other_.Run({"DBSIZE"}), Reply::Integer(2));
  EXPECT_EQ(Run({"SWAPDB", "1", "1"}), Reply::Ok());
  EXPECT_EQ(other_.Run({"DBSIZE"}), Reply::Integer(2));
  EXPECT_EQ(engine().changes(), changes + 2);
}

TEST_F(DatabaseCommandsTest, SwapDbRefusesWrongIndexes) {
  EXPECT_EQ(Run({"SWAPDB", "x", "y"}), Reply::Error("ERR invalid first DB index"));
  EXPECT_EQ(Run({"SWAPDB", "99", "y"}), Reply::Error("ERR invalid second DB index"));
  EXPECT_EQ(Run({"SWAPDB", "0", "16"}), Reply::Error("ERR DB index is out of range"));
  EXPECT_EQ(Run({"SWAPDB", "-1", "0"}), Reply::Error("ERR DB index is out of range"));
}

}  // namespace
}  // namespace ebb::test
