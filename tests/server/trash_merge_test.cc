// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/flush_restore.h"
#include "tests/support/trash_fixture.h"

namespace ebb::test {
namespace {

constexpr int kKeys = 5000;

// A flush comes back into a database where something has been written since, and clients go on
// meanwhile.
class TrashMergeTest : public WithTrashTest {
 protected:
  TrashMergeTest() {
    for (int i = 0; i < kKeys; ++i) Run({"SET", Key(i), "old"});
  }
  static std::string Key(int i) { return "key:" + std::to_string(i); }

  // Begins to bring the latest flush back, and goes so many steps.
  void Begin(int steps, const std::string& option = "") {
    std::vector<std::string> restore = {"TRASH", "RESTORE", "FLUSH"};
    if (!option.empty()) restore.push_back(option);
    EXPECT_EQ(asking_.RunRaw(restore), "");
    EXPECT_TRUE(asking_.session().blocked);
    for (int i = 0; i < steps; ++i) engine().flush_restore().Step();
    EXPECT_TRUE(engine().flush_restore().pending());
  }
  Reply Finish() {
    Settle();
    EXPECT_FALSE(engine().flush_restore().pending());
    return asking_.Receive();
  }
  int64_t Size() { return Run({"DBSIZE"}).integer; }

  TestClient& asking_ = NewClient();
};

TEST_F(TrashMergeTest, AStepIsSmallHoweverMuchThereIs) {
  Run({"FLUSHALL"});
  Run({"SET", "new", "v"});
  Begin(0);
  int64_t before = Size();
  int steps = 0;
  while (engine().flush_restore().pending()) {
    engine().flush_restore().Step();
    EXPECT_LE(Size() - before, 512);
    before = Size();
    ++steps;
  }
  EXPECT_GT(steps, 10);
  EXPECT_EQ(asking_.Receive(), Reply::Integer(kKeys));
  EXPECT_EQ(Size(), kKeys + 1);
}

// What is there is as it was; what a client has written meanwhile stays.
TEST_F(TrashMergeTest, ClientsGoOn) {
  Run({"FLUSHALL"});
  Run({"SET", Key(0), "new"});
  Begin(3);
  const int64_t back = Size();
  EXPECT_GT(back, 1);
  EXPECT_LT(back, kKeys);
  int written = 1;
  for (int i = 1; i < kKeys; ++i) {
    const Reply found = Run({"GET", Key(i)});
    if (i % 3 == 0 && found == Reply::Nil()) {
      Run({"SET", Key(i), "new"});
      ++written;
    } else if (found != Reply::Nil()) {
      EXPECT_EQ(found, Reply::Bulk("old"));
    }
  }
  EXPECT_EQ(Finish(), Reply::Integer(kKeys - written));
  EXPECT_EQ(Size(), kKeys);
  for (int i = 0; i < kKeys; ++i) {
    const Reply now = Run({"GET", Key(i)});
    if (now == Reply::Bulk("old")) continue;
    EXPECT_EQ(now, Reply::Bulk("new"));
    EXPECT_EQ(Run({"TRASH", "GET", Key(i)}), Reply::Bulk("old"));
    --written;
  }
  EXPECT_EQ(written, 0);
}

TEST_F(TrashMergeTest, WithReplaceTheFlushWins) {
  Run({"FLUSHALL"});
  for (int i = 0; i < 100; ++i) Run({"SET", Key(i), "new"});
  Begin(1, "REPLACE");
  EXPECT_EQ(Finish(), Reply::Integer(kKeys));
  for (int i = 0; i < kKeys; ++i) EXPECT_EQ(Run({"GET", Key(i)}), Reply::Bulk("old"));
}

// As if the whole had been back: what is flushed is all of it.
TEST_F(TrashMergeTest, AFlushTakesWhatIsNotBackYet) {
  const std::string before = Digest();
  Run({"FLUSHALL"});
  Run({"SET", "new", "v"});
  Begin(3);
  const int64_t back = Size();
  Run({"FLUSHALL"});
  EXPECT_EQ(Size(), 0);
  EXPECT_EQ(Finish(), Reply::Integer(back - 1));
  EXPECT_EQ(Size(), 0);
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}).kind, Reply::Kind::kLost);
  Settle();
  EXPECT_EQ(client().Receive(), Reply::Integer(kKeys + 1));
  Run({"UNLINK", "new"});
  EXPECT_EQ(Digest(), before);
}

// What was there goes before what was on its way, whichever comes back first.
TEST_F(TrashMergeTest, AFlushOfBothBringsTheNewerBack) {
  for (const char* option : {"", "REPLACE"}) {
    Run({"FLUSHALL"});
    for (int i = 0; i < kKeys; i += 10) Run({"SET", Key(i), "new"});
    Begin(0);
    Run({"FLUSHALL"});
    Finish();
    Run({"SET", "other", "v"});
    Begin(0, option);
    Finish();
    EXPECT_EQ(Size(), kKeys + 1);
    for (int i = 0; i < kKeys; ++i) {
      EXPECT_EQ(Run({"GET", Key(i)}), Reply::Bulk(i % 10 == 0 ? "new" : "old")) << i << option;
    }
    for (int i = 0; i < kKeys; ++i) Run({"SET", Key(i), "old"});
  }
}

TEST_F(TrashMergeTest, AFlushOfBothNeedsAMerge) {
  Run({"FLUSHALL"});
  Run({"SET", "new", "v"});
  Begin(0);
  Run({"FLUSHALL"});
  Finish();
  Run({"MULTI"});
  Run({"TRASH", "RESTORE", "FLUSH"});
  Run({"PING"});
  const Reply answers = Run({"EXEC"});
  ASSERT_EQ(answers.elements.size(), 2u);
  EXPECT_TRUE(answers.elements[0].IsError("ERR Inside a transaction"));
}

TEST_F(TrashMergeTest, AFlushWithoutATrashEndsIt) {
  Run({"FLUSHALL"});
  Run({"SET", "new", "v"});
  Begin(3);
  Set("trash-ttl", "0");
  Run({"FLUSHALL"});
  Finish();
  EXPECT_EQ(Size(), 0);
  EXPECT_EQ(engine().trash().bytes(), 0u);
}

TEST_F(TrashMergeTest, GoesWithItsDatabase) {
  Run({"FLUSHALL"});
  Run({"SET", "new", "v"});
  Begin(3);
  Run({"SWAPDB", "0", "5"});
  Run({"SET", "other", "v"});
  EXPECT_EQ(Finish(), Reply::Integer(kKeys));
  EXPECT_EQ(Size(), 1);
  Run({"SELECT", "5"});
  EXPECT_EQ(Size(), kKeys + 1);
}

TEST_F(TrashMergeTest, WaitsForTheEndOfAPause) {
  Run({"FLUSHALL"});
  Run({"SET", "new", "v"});
  Begin(3);
  const int64_t back = Size();
  Run({"CLIENT", "PAUSE", "100000", "WRITE"});
  Settle();
  EXPECT_EQ(Size(), back);
  Run({"CLIENT", "UNPAUSE"});
  EXPECT_EQ(Finish(), Reply::Integer(kKeys));
}

// Keys whose time is over stay away, and are what has expired to a trash that keeps that.
TEST_F(TrashMergeTest, TimeHasGoneOn) {
  Set("trash-events", "flush expire");
  for (int i = 0; i < 100; ++i) Run({"PEXPIRE", Key(i), "1000"});
  for (int i = 100; i < 200; ++i) Run({"PEXPIRE", Key(i), "9000"});
  Run({"FLUSHALL"});
  Run({"SET", "new", "v"});
  AdvanceTime(2000);
  Begin(0);
  EXPECT_EQ(Finish(), Reply::Integer(kKeys - 100));
  EXPECT_EQ(engine().db(0).expires(), 100u);
  EXPECT_EQ(Run({"PTTL", Key(150)}), Reply::Integer(7000));
  EXPECT_EQ(Field(Run({"TRASH", "INFO", Key(50)}).elements.at(0), "event"), "expire");
}

TEST_F(TrashMergeTest, GoesOnWithoutWhoHasAsked) {
  Run({"FLUSHALL"});
  Run({"SET", "new", "v"});
  {
    TestClient leaving(engine());
    EXPECT_EQ(leaving.RunRaw({"TRASH", "RESTORE", "FLUSH"}), "");
  }
  Settle();
  EXPECT_EQ(Size(), kKeys + 1);
}

TEST_F(TrashMergeTest, InATransactionOnlyIntoEmptyDatabases) {
  Run({"FLUSHALL"});
  Run({"SET", "new", "v"});
  Run({"MULTI"});
  Run({"TRASH", "RESTORE", "FLUSH"});
  Run({"DEL", "new"});
  Run({"TRASH", "RESTORE", "FLUSH"});
  const Reply done = Run({"EXEC"});
  ASSERT_EQ(done.elements.size(), 3u);
  EXPECT_TRUE(done.elements[0].IsError("ERR Inside a transaction")) << done;
  EXPECT_EQ(done.elements[2], Reply::Integer(kKeys));
  EXPECT_EQ(Size(), kKeys);
}

// Blocked clients are woken, watched keys invalidated, whichever way the keys come back.
TEST_F(TrashMergeTest, WhoWaitsAndWatchesHears) {
  for (const bool merges : {false, true}) {
    Run({"FLUSHALL"});
    Run({"RPUSH", "list", "element"});
    Run({"FLUSHALL"});
    if (merges) Run({"SET", "new", "v"});
    TestClient& waiting = NewClient();
    TestClient& watching = NewClient();
    EXPECT_EQ(waiting.RunRaw({"BLPOP", "list", "0"}), "");
    watching.Run({"WATCH", "list"});
    watching.Run({"MULTI"});
    watching.Run({"PING"});
    asking_.RunRaw({"TRASH", "RESTORE", "FLUSH"});
    Settle();
    EXPECT_EQ(waiting.Receive(), Reply::Bulks({"list", "element"}));
    EXPECT_EQ(watching.Run({"EXEC"}), Reply::Nil());
    asking_.TakeOutput();
  }
}

}  // namespace
}  // namespace ebb::test
