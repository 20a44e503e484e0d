// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/eviction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "storage/memory/allocator.h"
#include "tests/support/eviction_fixture.h"

namespace ebb::test {
namespace {

TEST_F(EvictionTest, NoEvictionRefusesWhatNeedsMemory) {
  Write(0);
  Limit(100'000);
  int i = 1;
  while (Write(i) == Reply::Ok()) ++i;
  EXPECT_GT(i, 50);
  EXPECT_EQ(Write(i), Reply::Error("OOM command not allowed when used memory > 'maxmemory'."));
  EXPECT_EQ(Run({"GET", "key:0"}), Reply::Bulk(value_));
  // More than the statistics of the first GET and DEL take.
  for (int gone = 1; gone <= 30; ++gone) Run({"DEL", "key:" + std::to_string(gone)});
  EXPECT_EQ(Write(1), Reply::Ok());
  EXPECT_EQ(Evicted(), 0u);
}

// A big value that is evicted is left to the lazy-free thread, unless the option says no.
TEST_F(EvictionTest, FollowsTheLazyFreeOption) {
  Set("maxmemory-policy", "allkeys-random");
  const std::string big(200'000, 'v');
  for (const std::string lazy : {"yes", "no"}) {
    Set("lazyfree-lazy-eviction", lazy);
    ASSERT_EQ(Run({"SET", "big", big}), Reply::Ok());
    Set("maxmemory", std::to_string(memory::UsedMemory() - 50'000));
    Run({"PING"});
    EXPECT_EQ(Size(), 0) << lazy;
    EXPECT_EQ(engine().lazy_free().pending_objects(), lazy == "yes" ? 1u : 0u) << lazy;
    while (engine().lazy_free().Step()) {
    }
    Set("maxmemory", "0");
  }
}

TEST_F(EvictionTest, EveryPolicyMakesRoom) {
  for (const char* policy : {"allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru",
                             "volatile-lfu", "volatile-random", "volatile-ttl"}) {
    Run({"FLUSHALL", "SYNC"});
    Set("maxmemory", "0");
    Set("maxmemory-policy", policy);
    Limit(300'000);
    for (int i = 0; i < 2000; ++i) ASSERT_EQ(Write(i, "1000"), Reply::Ok()) << policy;
    EXPECT_LT(Size(), 400) << policy;
    EXPECT_GT(Size(), 100) << policy;
    EXPECT_EQ(engine().eviction().Excess(), 0u) << policy;
  }
}

TEST_F(EvictionTest, VolatilePoliciesLeaveWhatLivesForEver) {
  for (const char* policy : {"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"}) {
    Run({"FLUSHALL", "SYNC"});
    Set("maxmemory", "0");
    Set("maxmemory-policy", policy);
    for (int i = 0; i < 100; ++i) Write(i);
    Limit(200'000);
    for (int i = 100; i < 1000; ++i) ASSERT_EQ(Write(i, "1000"), Reply::Ok()) << policy;
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(Has(i)) << policy << " " << i;
    // Without such keys there is nothing to evict.
    int i = 1000;
    while (i < 3000 && Write(i) == Reply::Ok()) ++i;
    EXPECT_LT(i, 3000) << policy;
    EXPECT_TRUE(Write(i).IsError("OOM ")) << policy;
  }
}

// A candidate of an earlier sample may live for ever by now.
TEST_F(EvictionTest, VolatilePoliciesLeaveWhatHasComeToLiveForEver) {
  Set("maxmemory-policy", "volatile-ttl");
  const std::string value(50'000, 'v');
  for (int i = 0; i < 3; ++i) {
    Run({"SET", "key:" + std::to_string(i), value, "EX", std::to_string(100 * (i + 1))});
  }
  const auto need_room = [&] { Limit(-size_t{20'000}); };
  need_room();
  ASSERT_FALSE(Has(0));
  ASSERT_EQ(Run({"PERSIST", "key:1"}), Reply::Integer(1));
  need_room();
  EXPECT_TRUE(Has(1));
  EXPECT_FALSE(Has(2));
}

// Not even the empty one, where a database has no key that may go.
TEST_F(EvictionTest, RandomPassesOverWhatLivesForEver) {
  Set("maxmemory-policy", "volatile-random");
  Run({"SET", "", "precious"});
  Run({"SELECT", "1"});
  Limit(100'000);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(Write(i, "1000"), Reply::Ok());
  EXPECT_GT(Evicted(), 500u);
  Run({"SELECT", "0"});
  EXPECT_EQ(Run({"GET", ""}), Reply::Bulk("precious"));
}

TEST_F(EvictionTest, LruKeepsWhatIsUsed) {
  Set("maxmemory-policy", "allkeys-lru");
  Set("maxmemory-samples", "10");
  for (int i = 0; i < 1000; ++i) Write(i);
  AdvanceTime(10'000);
  for (int i = 0; i < 1000; i += 4) Run({"GET", "key:" + std::to_string(i)});
  AdvanceTime(10'000);
  Limit(0);
  for (int i = 1000; i < 1500; ++i) Write(i);
  int used = 0;
  int unused = 0;
  for (int i = 0; i < 1000; ++i) {
    if (Has(i)) ++(i % 4 == 0 ? used : unused);
  }
  EXPECT_GT(used, 245);
  EXPECT_LT(unused, 300);
}

// Who samples everything gets the best choice. Redis's bound of the option is an int's.
TEST_F(EvictionTest, SamplesMayBeAllThereIs) {
  EXPECT_EQ(Run({"CONFIG", "SET", "maxmemory-samples", "2147483648"}),
            Reply::Error("ERR CONFIG SET failed (possibly related to argument 'maxmemory-samples') "
                         "- argument must be between 1 and 2147483647 inclusive"));
  Set("maxmemory-policy", "allkeys-lru");
  Set("maxmemory-samples", "2147483647");
  for (int i = 0; i < 400; ++i) Write(i);
  AdvanceTime(10'000);
  for (int i = 0; i < 400; i += 2) Run({"GET", "key:" + std::to_string(i)});
  AdvanceTime(10'000);
  Limit(0);
  for (int i = 400; i < 500; ++i) Write(i);
  EXPECT_GT(Evicted(), 50u);
  for (int i = 0; i < 400; i += 2) EXPECT_TRUE(Has(i)) << i;
}

TEST_F(EvictionTest, LfuKeepsWhatIsUsedOften) {
  Set("maxmemory-policy", "allkeys-lfu");
  Set("maxmemory-samples", "10");
  for (int i = 0; i < 1000; ++i) Write(i);
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 1000; i += 4) Run({"GET", "key:" + std::to_string(i)});
  }
  EXPECT_GT(Run({"OBJECT", "FREQ", "key:0"}).integer, 5);
  EXPECT_EQ(Run({"OBJECT", "FREQ", "key:1"}), Reply::Integer(5));
  EXPECT_TRUE(Run({"OBJECT", "IDLETIME", "key:1"}).IsError("ERR An LFU maxmemory policy is sel"));
  Limit(0);
  for (int i = 1000; i < 1500; ++i) Write(i);
  int used = 0;
  for (int i = 0; i < 1000; i += 4) used += Has(i);
  EXPECT_GT(used, 245);
}

TEST_F(EvictionTest, FrequencyFallsWithTime) {
  Set("maxmemory-policy", "allkeys-lfu");
  Set("lfu-decay-time", "2");
  Run({"SET", "k", "v"});
  AdvanceTime(4 * 60'000);
  EXPECT_EQ(Run({"OBJECT", "FREQ", "k"}), Reply::Integer(3));
  AdvanceTime(60 * 60'000);
  EXPECT_EQ(Run({"OBJECT", "FREQ", "k"}), Reply::Integer(0));
}

TEST_F(EvictionTest, TtlTakesTheOneThatExpiresNext) {
  Set("maxmemory-policy", "volatile-ttl");
  Set("maxmemory-samples", "10");
  for (int i = 0; i < 1000; ++i) Write(i, std::to_string(100 + i));
  Limit(0);
  for (int i = 1000; i < 1500; ++i) Write(i, "5000");
  int late = 0;
  for (int i = 700; i < 1000; ++i) late += Has(i);
  EXPECT_GT(late, 290);
}

TEST_F(EvictionTest, MemoryThatIsDeadAlreadyDoesNotCount) {
  Set("maxmemory-policy", "allkeys-lru");
  for (int i = 0; i < 100; ++i) Write(i);
  Run({"SET", "big", std::string(10 << 20, 'x')});
  Limit(100'000);
  // Nobody frees it here: it stays with the lazy-free queue.
  EXPECT_EQ(Run({"DEL", "big"}), Reply::Integer(1));
  ASSERT_GT(engine().pending_free_bytes(), size_t{10} << 20);
  Run({"SET", "another", std::string(1 << 20, 'y')});
  ASSERT_GT(memory::UsedMemory(), engine().used_memory_limit());
  EXPECT_EQ(Run({"SET", "k", "v"}), Reply::Ok());
  EXPECT_EQ(Evicted(), 0u);
  EXPECT_EQ(Size(), 102);
}

TEST_F(EvictionTest, WhatWasCutOffGoesBeforeAnythingThatLives) {
  Set("maxmemory-policy", "allkeys-lru");
  for (int i = 0; i < 40'000; ++i) Run({"ZADD", "z", std::to_string(i), "m" + std::to_string(i)});
  Run({"ZREMRANGEBYRANK", "z", "21000", "-1"});
  ASSERT_FALSE(engine().shedding().empty());
  Limit(0);
  for (int i = 0; i < 300; ++i) Write(i);
  EXPECT_EQ(Evicted(), 0u);
  EXPECT_EQ(Run({"ZCARD", "z"}), Reply::Integer(21'000));
}

TEST_F(EvictionTest, TheTrashGoesBeforeAnythingThatLives) {
  Set("maxmemory-policy", "allkeys-lru");
  Set("trash-max-memory", "10mb");
  Set("trash-ttl", "100");
  for (int i = 0; i < 1000; ++i) Write(i);
  for (int i = 0; i < 500; ++i) Run({"DEL", "key:" + std::to_string(i)});
  ASSERT_EQ(engine().trash().versions(), 500u);
  Limit(0);
  for (int i = 1000; i < 1300; ++i) Write(i);
  EXPECT_EQ(Evicted(), 0u);
  EXPECT_LT(engine().trash().versions(), 250u);
  for (int i = 1300; i < 2000; ++i) Write(i);
  EXPECT_EQ(engine().trash().versions(), 0u);
  EXPECT_GT(Evicted(), 0u);
}

TEST_F(EvictionTest, TheTrashGoesBeforeAnythingIsRefused) {
  Set("trash-max-memory", "10mb");
  Set("trash-ttl", "100");
  for (int i = 0; i < 500; ++i) Write(i);
  for (int i = 0; i < 500; ++i) Run({"DEL", "key:" + std::to_string(i)});
  Limit(0);
  for (int i = 0; i < 250; ++i) ASSERT_EQ(Write(i), Reply::Ok());
  EXPECT_LT(engine().trash().versions(), 300u);
  int written = 250;
  while (Write(written) == Reply::Ok()) ++written;
  EXPECT_EQ(engine().trash().versions(), 0u);
  EXPECT_EQ(Size(), written);
}

TEST_F(EvictionTest, WhatIsEvictedMayWaitInTheTrash) {
  Set("maxmemory-policy", "allkeys-lru");
  Set("trash-max-memory", "10mb");
  Set("trash-ttl", "100");
  Set("trash-events", "evict");
  for (int i = 0; i < 1000; ++i) Write(i);
  Limit(0);
  for (int i = 1000; i < 1100; ++i) Write(i);
  // It is the first to go for the next one; there is no room for more.
  EXPECT_GT(Evicted(), 0u);
  EXPECT_LE(engine().trash().versions(), 20u);
}

// What a command does for room before it leaves the rest to others: next to nothing, or all there
// is.
TEST_F(EvictionTest, TenacityIsHowMuchACommandDoes) {
  Set("maxmemory-policy", "allkeys-random");
  for (int i = 0; i < 4000; ++i) Write(i);
  time().LetLooksTake(1);
  Set("maxmemory-eviction-tenacity", "0");
  Set("maxmemory", std::to_string(memory::UsedMemory() / 4));
  Run({"PING"});
  EXPECT_GT(Evicted(), 1u);
  EXPECT_GT(Size(), 3000);
  Set("maxmemory-eviction-tenacity", "100");
  Run({"PING"});
  EXPECT_LT(Size(), 3000);
}

// To find one of the few keys that may go can take long by itself.
TEST_F(EvictionTest, EachKeyIsTimed) {
  EvictInSlicesOfOneKey();
  EXPECT_EQ(Evicted(), 1u);
  EXPECT_TRUE(engine().eviction().pending());
}

TEST_F(EvictionTest, EndsWithTheLimit) {
  EvictInSlicesOfOneKey();
  ASSERT_TRUE(engine().eviction().pending());
  Set("maxmemory", "0");
  engine().cron().RunSlice();
  EXPECT_FALSE(engine().eviction().pending());
  EXPECT_EQ(engine().eviction().current_exceeded_ms(), 0);
}

TEST_F(EvictionTest, GoesOnWhileAFlushComesBack) {
  Set("maxmemory-policy", "allkeys-random");
  Set("trash-max-memory", "100mb");
  Set("trash-ttl", "100");
  for (int i = 0; i < 20'000; ++i) Run({"SET", "old:" + std::to_string(i), "v"});
  Run({"FLUSHALL"});
  for (int i = 0; i < 1000; ++i) Write(i);
  TestClient& waiting = NewClient();
  waiting.Send("TRASH RESTORE FLUSH\r\n");
  Limit(-size_t{500'000});
  time().LetLooksTake(100);
  for (int i = 0; i < 5; ++i) engine().cron().RunSlice();
  EXPECT_TRUE(engine().flush_restore().pending());
  EXPECT_GE(Evicted(), 5u);
}

TEST_F(EvictionTest, PercentagesAreOfTheMachine) {
  Set("maxmemory", "50%");
  EXPECT_EQ(Run({"CONFIG", "GET", "maxmemory"}).elements[1], Reply::Bulk("50%"));
  const MemoryLimits& limits = engine().memory_limits();
  EXPECT_EQ(limits.maxmemory, limits.whole.bytes / 100 * 50);
  Set("maxmemory-clients", "10%");
  EXPECT_EQ(limits.maxmemory_clients, limits.maxmemory / 100 * 10);
  EXPECT_EQ(Run({"CONFIG", "SET", "maxmemory", "101%"}),
            Reply::Error("ERR CONFIG SET failed (possibly related to argument 'maxmemory') - "
                         "percentage argument must be less or equal to 100"));
}

TEST_F(EvictionTest, TheBiggestClientsGo) {
  TestClient& big = NewClient();
  TestClient& kept = NewClient();
  Run({"SET", "k", std::string(900'000, 'x')});
  EXPECT_EQ(kept.Run({"CLIENT", "NO-EVICT", "on"}), Reply::Ok());
  for (TestClient* client : {&big, &kept}) {
    client->Send("*2\r\n$6\r\nAPPEND\r\n$900000\r\n" + std::string(200'000, 'x'));
  }
  engine().cron().Run();
  EXPECT_FALSE(big.close_requested());
  Set("maxmemory-clients", "1kb");
  EXPECT_EQ(engine().memory_limits().maxmemory_clients, 128u << 10) << "so that all can speak";
  engine().cron().Run();
  EXPECT_TRUE(big.close_requested());
  EXPECT_FALSE(kept.close_requested());
  EXPECT_GE(engine().counters().evicted_clients, 1u);
}

// Where the protected ones alone take too much, who may be evicted goes as soon as it acts.
TEST_F(EvictionTest, ClientsAreWeighedWheneverOneActs) {
  TestClient& kept = NewClient();
  TestClient& other = NewClient();
  EXPECT_EQ(kept.Run({"CLIENT", "NO-EVICT", "on"}), Reply::Ok());
  Run({"CLIENT", "NO-EVICT", "on"});
  Set("maxmemory-clients", "200kb");
  engine().clients().NoteMemory(other.session());
  EXPECT_FALSE(other.close_requested());
  kept.Send("*2\r\n$6\r\nAPPEND\r\n$300000\r\n" + std::string(290'000, 'x'));
  engine().clients().NoteMemory(kept.session());
  EXPECT_FALSE(kept.close_requested());
  EXPECT_TRUE(other.close_requested());
  TestClient& late = NewClient();
  engine().clients().NoteMemory(kept.session());
  EXPECT_FALSE(late.close_requested()) << "to weigh them all for it again would help nobody";
  engine().clients().NoteMemory(late.session());
  EXPECT_TRUE(late.close_requested());
  EXPECT_EQ(engine().counters().evicted_clients, 2u);
}

TEST_F(EvictionTest, HowOftenAKeyWasUsedGoesWithIt) {
  Set("maxmemory-policy", "allkeys-lfu");
  Set("lfu-log-factor", "0");
  const auto frequency = [this](const char* key) { return Run({"OBJECT", "FREQ", key}).integer; };
  Run({"SET", "hot", "v"});
  Run({"SET", "cold", "v"});
  for (int i = 0; i < 50; ++i) Run({"GET", "hot"});
  Run({"RENAME", "hot", "key"});
  EXPECT_GE(frequency("key"), 55);
  Run({"COPY", "cold", "key", "REPLACE"});
  EXPECT_EQ(frequency("key"), 5);
  for (int i = 0; i < 50; ++i) Run({"GET", "key"});
  Run({"RENAME", "key", "cold"});
  Run({"MOVE", "cold", "1"});
  Run({"SELECT", "1"});
  EXPECT_GE(frequency("cold"), 55);
  Run({"CONFIG", "SET", "trash-ttl", "100"});
  Run({"DEL", "cold"});
  Run({"TRASH", "RESTORE", "cold"});
  EXPECT_GE(frequency("cold"), 55);
}

TEST_F(EvictionTest, ResetstatForgetsForHowLongTheLimitWasExceeded) {
  Set("maxmemory-policy", "noeviction");
  Limit(100'000);
  for (int i = 0; Write(i) == Reply::Ok(); ++i) {
  }
  AdvanceTime(1000);
  EXPECT_GE(engine().eviction().total_exceeded_ms(), 1000);
  Run({"CONFIG", "RESETSTAT"});
  EXPECT_EQ(engine().eviction().total_exceeded_ms(), 0);
  EXPECT_EQ(engine().eviction().current_exceeded_ms(), 0);
}

TEST_F(EvictionTest, APauseLeavesAloneForHowLongTheLimitWasExceeded) {
  const Eviction& eviction = engine().eviction();
  const auto one_second = [this] {
    Run({"PING"});
    AdvanceTime(1000);
    Run({"PING"});
  };
  for (int i = 0; i < 400; ++i) Write(i);
  Limit(-size_t{50'000});
  one_second();
  EXPECT_EQ(eviction.current_exceeded_ms(), 1000);
  // Nothing goes meanwhile, and nobody waits for more to go.
  Run({"CLIENT", "PAUSE", "5000", "WRITE"});
  Set("maxmemory-policy", "allkeys-random");
  one_second();
  EXPECT_EQ(Size(), 400);
  EXPECT_EQ(eviction.current_exceeded_ms(), 2000);
  EXPECT_FALSE(eviction.pending());
  Run({"CLIENT", "UNPAUSE"});
  Run({"PING"});
  EXPECT_LT(Size(), 400);
  EXPECT_EQ(eviction.current_exceeded_ms(), 0);
  EXPECT_EQ(eviction.total_exceeded_ms(), 2000);
}

}  // namespace
}  // namespace ebb::test
