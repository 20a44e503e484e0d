// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/resident_limit.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "server/log.h"
#include "tests/support/eviction_fixture.h"
#include "tests/support/temp_directory.h"

namespace ebb::test {
namespace {

class ResidentLimitTest : public EvictionTest {
 protected:
  ResidentLimitTest() {
    engine().resident_limit().read_resident = [this] { return resident_; };
    Set("maxmemory-rss", "100mb");
  }
  // A tick, with what threads and slices between the ticks would do.
  void Tick() {
    engine().resident_limit().Tick();
    while (engine().defragger().running()) engine().defragger().RunSlice([] { return false; });
    while (engine().lazy_free().Step()) {
    }
  }
  std::string_view ClimbTo(std::string_view rung) {
    // Pages go back by a thread of their own.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (Rung() != rung && std::chrono::steady_clock::now() < deadline) {
      Tick();
      std::this_thread::yield();
    }
    return Rung();
  }
  // A client that wants to write after much has come in and what is resident is too much.
  TestClient& HeldWriter() {
    for (int i = 0; i < 100; ++i) Write(i);
    resident_ = 110 << 20;
    engine().counters().net_input_bytes += 10 << 20;
    TestClient& writer = NewClient();
    writer.Send("SET key:0 new\r\n");
    EXPECT_TRUE(writer.session().postponed);
    return writer;
  }
  std::string_view Rung() { return engine().resident_limit().rung_name(); }

  size_t resident_ = 90 << 20;
};

TEST_F(ResidentLimitTest, DoesNothingBelowTheLimit) {
  Tick();
  EXPECT_EQ(Rung(), "none");
}

TEST_F(ResidentLimitTest, ClimbsFromRungToRung) {
  for (int i = 0; i < 4000; ++i) Write(i);
  Set("maxmemory-policy", "allkeys-lru");
  resident_ = 101 << 20;
  Tick();
  EXPECT_EQ(Rung(), "purge");
  EXPECT_EQ(ClimbTo("defrag"), "defrag");
  EXPECT_EQ(ClimbTo("shrink"), "shrink");
  EXPECT_EQ(ClimbTo("trash"), "trash");
  EXPECT_EQ(Evicted(), 0u);
  EXPECT_EQ(ClimbTo("evict"), "evict");
  resident_ = 99 << 20;
  Tick();
  // It stays at the top until there is some distance.
  EXPECT_EQ(Rung(), "evict");
  resident_ = 90 << 20;
  Tick();
  EXPECT_EQ(Rung(), "none");
  EXPECT_EQ(engine().used_memory_limit(), size_t{100} << 20);
}

TEST_F(ResidentLimitTest, ReachingTheGoalEndsTheClimb) {
  resident_ = 101 << 20;
  Tick();
  ClimbTo("defrag");
  resident_ = 95 << 20;
  Tick();
  EXPECT_EQ(Rung(), "none");
}

TEST_F(ResidentLimitTest, EvictsNoMoreThanIsTooMuch) {
  Set("maxmemory-policy", "allkeys-lru");
  for (int i = 0; i < 4000; ++i) Write(i);
  resident_ = 101 << 20;
  EXPECT_EQ(ClimbTo("evict"), "evict");
  for (int i = 0; i < 3; ++i) Tick();
  // A megabyte is a quarter of the keys. What is resident has not followed yet.
  EXPECT_GT(Evicted(), 800u);
  EXPECT_LT(Evicted(), 1300u);
}

// However much is too much: it may be free, and only its pages have not gone back yet.
TEST_F(ResidentLimitTest, TriesAllElseBeforeItEvicts) {
  Set("maxmemory-policy", "allkeys-lru");
  for (int i = 0; i < 4000; ++i) Write(i);
  resident_ = 300 << 20;
  EXPECT_EQ(ClimbTo("trash"), "trash");
  EXPECT_EQ(Evicted(), 0u);
  // What is still too much then is less than there is.
  resident_ = 102 << 20;
  EXPECT_EQ(ClimbTo("evict"), "evict");
  for (int i = 0; i < 3; ++i) Tick();
  EXPECT_GT(Evicted(), 800u);
  EXPECT_LT(Evicted(), 2000u);
}

// To evict all would not help: what is resident is somebody else's.
TEST_F(ResidentLimitTest, KeysStayThatCouldNotMakeUpForIt) {
  const TempDirectory directory;
  ASSERT_TRUE(log::Open(directory.path("log")));
  Set("maxmemory-policy", "allkeys-lru");
  for (int i = 0; i < 4000; ++i) Write(i);
  resident_ = 300 << 20;
  EXPECT_EQ(ClimbTo("refuse"), "refuse");
  for (int i = 0; i < 20; ++i) {
    Tick();
    EXPECT_TRUE(Write(4000).IsError("OOM "));
  }
  EXPECT_EQ(Evicted(), 0u);
  EXPECT_EQ(Run({"GET", "key:0"}), Reply::Bulk(value_));
  EXPECT_NE(directory.Read("log").find("no key is evicted, as all together would not"),
            std::string::npos);
  log::Open({});
  // Some of that has gone, and the keys can give the rest.
  resident_ = 101 << 20;
  EXPECT_EQ(ClimbTo("evict"), "evict");
  for (int i = 0; i < 3; ++i) Tick();
  EXPECT_GT(Evicted(), 800u);
  EXPECT_LT(Evicted(), 1300u);
}

TEST_F(ResidentLimitTest, WhatClientsHoldIsNothingThatKeysCouldGive) {
  Set("maxmemory-policy", "allkeys-lru");
  for (int i = 0; i < 4000; ++i) Write(i);
  TestClient& queueing = NewClient();
  queueing.Run({"MULTI"});
  for (int i = 0; i < 30'000; ++i) queueing.Run({"SET", "queued", value_});
  ASSERT_GT(queueing.session().OwnMemory().Sum(), size_t{20} << 20);
  resident_ = 120 << 20;
  EXPECT_EQ(ClimbTo("refuse"), "refuse");
  EXPECT_EQ(Evicted(), 0u);
}

TEST_F(ResidentLimitTest, WhatClientsDoNotReadIsNothingThatKeysCouldGive) {
  Set("maxmemory-policy", "allkeys-lru");
  for (int i = 0; i < 4000; ++i) Write(i);
  TestClient& subscriber = NewClient();
  subscriber.RunRaw({"SUBSCRIBE", "a"});
  const std::string text(1'000'000, 'x');
  for (int i = 0; i < 30; ++i) ASSERT_EQ(Run({"PUBLISH", "a", text}), Reply::Integer(1));
  ASSERT_GT(engine().loans().UnsentBytes(), size_t{20} << 20);
  resident_ = 120 << 20;
  EXPECT_EQ(ClimbTo("refuse"), "refuse");
  EXPECT_EQ(Evicted(), 0u);
}

TEST_F(ResidentLimitTest, MaxmemoryItselfSparesNoKeys) {
  Set("maxmemory-policy", "allkeys-lru");
  for (int i = 0; i < 4000; ++i) Write(i);
  resident_ = 300 << 20;
  EXPECT_EQ(ClimbTo("refuse"), "refuse");
  Limit(-size_t{1'000'000});
  Run({"PING"});
  EXPECT_GT(Evicted(), 800u);
  EXPECT_LT(Evicted(), 1300u);
}

TEST_F(ResidentLimitTest, AWriterThatIsTooFastWaits) {
  Set("maxmemory-policy", "allkeys-lru");
  TestClient& writer = HeldWriter();
  EXPECT_EQ(Run({"GET", "key:0"}), Reply::Bulk(value_));
  EXPECT_EQ(Run({"DEL", "key:1"}), Reply::Integer(1));
  EXPECT_NE(Rung(), "none");
  resident_ = 101 << 20;
  Tick();
  EXPECT_TRUE(writer.session().postponed);
  resident_ = 99 << 20;
  Tick();
  EXPECT_FALSE(writer.session().postponed);
  EXPECT_FALSE(engine().resident_limit().holding());
}

TEST_F(ResidentLimitTest, WhereNothingMayGoNobodyWaits) {
  TestClient& writer = HeldWriter();
  EXPECT_EQ(ClimbTo("refuse"), "refuse");
  EXPECT_FALSE(writer.session().postponed);
  EXPECT_TRUE(Write(1000).IsError("OOM "));
}

TEST_F(ResidentLimitTest, RefusesWhereNothingMayGo) {
  for (int i = 0; i < 100; ++i) Write(i);
  resident_ = 110 << 20;
  EXPECT_EQ(ClimbTo("refuse"), "refuse");
  EXPECT_TRUE(Write(1000).IsError("OOM "));
  EXPECT_EQ(Run({"GET", "key:0"}), Reply::Bulk(value_));
  resident_ = 90 << 20;
  Tick();
  EXPECT_EQ(Write(1000), Reply::Ok());
}

// Even where the new limit is still too low, or leaves little to spare.
TEST_F(ResidentLimitTest, NothingGoesForALimitThatHasChanged) {
  Set("maxmemory-policy", "allkeys-random");
  resident_ = 102'912 << 10;  // half a megabyte too much, of one that there is
  for (const char* limit : {"0", "102656kb", "104448kb"}) {
    SCOPED_TRACE(limit);
    Set("maxmemory-rss", "100mb");
    for (int i = 0; i < 1000; ++i) Write(i);
    ASSERT_EQ(ClimbTo("evict"), "evict");
    time().LetLooksTake(600);  // a key is a slice
    Tick();
    Set("maxmemory-rss", limit);
    ASSERT_TRUE(engine().eviction().pending());
    const uint64_t evicted = Evicted();
    engine().cron().RunSlice();
    EXPECT_EQ(Evicted(), evicted);
    EXPECT_FALSE(engine().eviction().pending());
    time().LetLooksTake(0);
  }
}

TEST_F(ResidentLimitTest, RefusesNothingOnceTheLimitIsRaised) {
  for (int i = 0; i < 100; ++i) Write(i);
  resident_ = 110 << 20;
  EXPECT_EQ(ClimbTo("refuse"), "refuse");
  EXPECT_TRUE(Write(0).IsError("OOM "));
  Set("maxmemory-rss", "112mb");
  EXPECT_EQ(Write(0), Reply::Ok());
}

// What is below the limit by little is there for good, where a cache has met its limit once.
TEST_F(ResidentLimitTest, RestsBetweenItsLimitAndWellBelow) {
  Set("maxmemory-policy", "allkeys-lru");
  for (int i = 0; i < 4000; ++i) Write(i);
  resident_ = 101 << 20;
  ASSERT_EQ(ClimbTo("evict"), "evict");
  for (int i = 0; i < 3; ++i) Tick();
  resident_ = 97 << 20;
  const uint64_t rounds = engine().defragger().rounds();
  for (int i = 0; i < 20; ++i) {
    Tick();
    const uint64_t ticket = engine().purger().Request();
    while (!engine().purger().Done(ticket)) std::this_thread::yield();
  }
  EXPECT_EQ(engine().defragger().rounds(), rounds);
  EXPECT_EQ(Rung(), "evict");
}

}  // namespace
}  // namespace ebb::test
