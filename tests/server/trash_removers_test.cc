// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gtest/gtest.h>

#include <string>

#include "tests/support/trash_fixture.h"

namespace ebb::test {
namespace {

// What TRASH says of who has removed something, and by what.
class TrashRemoversTest : public WithTrashTest {
 protected:
  // "id name command" of a key's version, 0 the newest.
  std::string By(const std::string& key, size_t version = 0) {
    const Reply info = Run({"TRASH", "INFO", key});
    if (info.elements.size() <= version) return "not there";
    return ByOf(info.elements[version]);
  }
  static std::string ByOf(const Reply& map) {
    return Field(map, "client-id") + " " + Field(map, "client-name") + " " + Field(map, "command");
  }
  std::string Id(TestClient& who) { return std::to_string(who.session().id); }
};

TEST_F(TrashRemoversTest, TheClientItsNameAndItsCommand) {
  TestClient& other = NewClient();
  other.Run({"CLIENT", "SETNAME", "cleaner"});
  Run({"MSET", "a", "1", "b", "2", "c", "3"});
  other.Run({"UNLINK", "a"});
  Run({"DEL", "b"});
  other.Run({"GETDEL", "c"});
  EXPECT_EQ(By("a"), Id(other) + " cleaner unlink");
  EXPECT_EQ(By("b"), Id(client()) + "  del");
  EXPECT_EQ(By("c"), Id(other) + " cleaner getdel");
  EXPECT_EQ(Field(Run({"TRASH", "INFO", "a"}).elements[0], "client-addr"),
            other.session().transport.PeerAddress());
}

TEST_F(TrashRemoversTest, AsItWasThen) {
  for (const char* name : {"first", "second"}) {
    Run({"CLIENT", "SETNAME", name});
    Run({"SET", "k", "v"});
    Run({"DEL", "k"});
  }
  Run({"CLIENT", "SETNAME", "third"});
  EXPECT_EQ(By("k", 0), Id(client()) + " second del");
  EXPECT_EQ(By("k", 1), Id(client()) + " first del");
}

TEST_F(TrashRemoversTest, TheCommandOutOfATransaction) {
  Run({"MSET", "a", "1", "b", "2"});
  Run({"MULTI"});
  Run({"DEL", "a"});
  Run({"UNLINK", "b"});
  Run({"EXEC"});
  EXPECT_EQ(By("a"), Id(client()) + "  del");
  EXPECT_EQ(By("b"), Id(client()) + "  unlink");
}

TEST_F(TrashRemoversTest, OfAFlush) {
  Run({"CLIENT", "SETNAME", "deploy"});
  Run({"SET", "k", "1"});
  Run({"FLUSHALL"});
  EXPECT_EQ(ByOf(Run({"TRASH", "FLUSHES"}).elements[0]), Id(client()) + " deploy flushall");
  // What a merge does not bring back keeps it.
  Run({"SET", "k", "2"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}).kind, Reply::Kind::kLost);
  Settle();
  EXPECT_EQ(client().Receive(), Reply::Integer(0));
  EXPECT_EQ(By("k"), Id(client()) + " deploy flushall");
}

// Whoever looks at a key whose time is over has not removed it.
TEST_F(TrashRemoversTest, NobodyOfWhatExpires) {
  Set("trash-events", "expire");
  Run({"SET", "k", "v", "PX", "10"});
  AdvanceTime(20);
  EXPECT_EQ(Run({"GET", "k"}), Reply::Nil());
  EXPECT_EQ(By("k"), "0  ");
}

// Each client costs once what its name and address take, and that is counted.
TEST_F(TrashRemoversTest, AreCountedAndShared) {
  TestClient& other = NewClient();
  other.Run({"CLIENT", "SETNAME", std::string(5000, 'n')});
  other.Run({"SET", "first", "v"});
  other.Run({"DEL", "first"});
  const size_t one = engine().trash().bytes();
  EXPECT_GT(one, 5000u);
  for (int i = 0; i < 10; ++i) {
    other.Run({"SET", "k" + std::to_string(i), "v"});
    other.Run({"DEL", "k" + std::to_string(i)});
  }
  EXPECT_LT(engine().trash().bytes(), one + 5000);
  Run({"TRASH", "PURGE", "first"});
  EXPECT_GT(engine().trash().bytes(), 5000u);
  for (int i = 0; i < 10; ++i) Run({"TRASH", "PURGE", "k" + std::to_string(i)});
  EXPECT_EQ(engine().trash().bytes(), 0u);
}

// Whatever goes first, and however long the removers' names are.
TEST_F(TrashRemoversTest, WhatFlushesCountedIsTakenOffAgain) {
  TestClient& other = NewClient();
  other.Run({"CLIENT", "SETNAME", std::string(5000, 'n')});
  for (int i = 0; i < 6; ++i) {
    Run({"SET", "k", "v"});
    (i % 2 == 0 ? other : client()).Run({"FLUSHALL"});
  }
  EXPECT_EQ(engine().trash().flushed_keys(), 6u);
  const uint64_t third = engine().trash().flushes()[2].id;
  Run({"TRASH", "PURGE", "FLUSH", std::to_string(third)});
  for (int i = 0; i < 5; ++i) {
    const uint64_t oldest = engine().trash().flushes().front().id;
    Run({"TRASH", "PURGE", "FLUSH", std::to_string(oldest)});
  }
  EXPECT_EQ(engine().trash().flush_count(), 0u);
  EXPECT_EQ(engine().trash().bytes(), 0u);
  EXPECT_EQ(engine().trash().flushed_keys(), 0u);
}

}  // namespace
}  // namespace ebb::test
