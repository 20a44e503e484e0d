// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/support/eviction_fixture.h"

namespace ebb::test {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kHourMs = 3'600'000;

// Somebody sets the system's clock, forward or back. Ages and deadlines are none the wiser.
class ClockTest : public EvictionTest, public ::testing::WithParamInterface<int64_t> {
 protected:
  void SetClock() { SetClockForward(GetParam()); }
  void SetClockRight() { SetClockForward(-GetParam()); }

  void UseTrash() {
    Set("trash-max-memory", "64mb");
    Set("trash-ttl", "60");
  }
  void Delete(const std::string& key) {
    Run({"SET", key, "v"});
    EXPECT_EQ(Run({"DEL", key}), Reply::Integer(1));
  }
  void Sweep() {
    do {
      engine().cron().RunSlice();
    } while (engine().cron().work_pending());
  }
};

TEST_P(ClockTest, TheTrashKeepsWhatItHas) {
  UseTrash();
  Run({"SET", "flushed", "v"});
  Run({"FLUSHALL"});
  Delete("k");
  AdvanceTime(1000);
  SetClock();
  Sweep();
  const Reply info = Run({"TRASH", "INFO", "k"});
  ASSERT_EQ(info.elements.size(), 1u);
  EXPECT_THAT(info.ToString(),
              HasSubstr(R"("age-ms", (integer) 1000, "expires-in-ms", (integer) 59000)"));
  EXPECT_THAT(Run({"TRASH", "FLUSHES"}).ToString(),
              HasSubstr(R"("age-ms", (integer) 1000, "expires-in-ms", (integer) 59000)"));
  EXPECT_EQ(Run({"TRASH", "RESTORE", "k"}), Reply::Integer(1));
  Run({"DEL", "k"});
  EXPECT_EQ(Run({"TRASH", "RESTORE", "FLUSH"}), Reply::Integer(1));
}

// What was deleted while the clock was wrong holds up nothing that came later.
TEST_P(ClockTest, TheTrashEndsWhatIsDue) {
  UseTrash();
  SetClock();
  Delete("wrong");
  SetClockRight();
  Delete("right");
  AdvanceTime(59'999);
  Sweep();
  EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(2));
  AdvanceTime(1);
  Sweep();
  EXPECT_EQ(Run({"TRASH", "LEN"}), Reply::Integer(0));
}

TEST_P(ClockTest, KeysAreAsIdleAsTheyWere) {
  Run({"SET", "k", "v"});
  SetClock();
  AdvanceTime(5000);
  EXPECT_EQ(Run({"OBJECT", "IDLETIME", "k"}), Reply::Integer(5));
}

TEST_P(ClockTest, KeysAreUsedAsOftenAsTheyWere) {
  Set("maxmemory-policy", "allkeys-lfu");
  Run({"SET", "k", "v"});
  SetClock();
  EXPECT_EQ(Run({"OBJECT", "FREQ", "k"}), Reply::Integer(5));
}

// Also what was used while the clock was wrong.
TEST_P(ClockTest, WhatIsUsedIsNotEvicted) {
  Set("maxmemory-policy", "allkeys-lru");
  Set("maxmemory-samples", "2147483647");
  for (int i = 0; i < 400; ++i) Write(i);
  AdvanceTime(10'000);
  SetClock();
  for (int i = 0; i < 400; i += 2) Run({"GET", "key:" + std::to_string(i)});
  SetClockRight();
  AdvanceTime(10'000);
  Limit(0);
  for (int i = 400; i < 500; ++i) Write(i);
  EXPECT_GT(Evicted(), 50u);
  for (int i = 0; i < 400; i += 2) EXPECT_TRUE(Has(i)) << i;
}

TEST_P(ClockTest, WhoWaitsForAKeyWaitsForAsLong) {
  TestClient& waiting = NewClient();
  EXPECT_EQ(waiting.RunRaw({"BLPOP", "none", "3"}), "");
  SetClock();
  EXPECT_EQ(engine().blocked().next_deadline_ms() - engine().steady_ms(), 3000);
  AdvanceTime(2999);
  engine().ExpireBlocked();
  EXPECT_EQ(waiting.TakeOutput(), "");
  AdvanceTime(1);
  engine().ExpireBlocked();
  EXPECT_EQ(waiting.TakeOutput(), "*-1\r\n");
}

TEST_P(ClockTest, ReclaimTakesNoLonger) {
  client().Send("MEMORY RECLAIM TIMEOUT 50\r\n");
  SetClock();
  AdvanceTime(49);
  engine().ExpireBlocked();
  EXPECT_EQ(client().Receive().kind, Reply::Kind::kLost);
  AdvanceTime(1);
  engine().ExpireBlocked();
  EXPECT_EQ(client().Receive().kind, Reply::Kind::kArray);
}

TEST_P(ClockTest, APauseIsAsLongAsItWas) {
  Run({"CLIENT", "PAUSE", "1000", "WRITE"});
  SetClock();
  AdvanceTime(999);
  EXPECT_TRUE(engine().Paused());
  AdvanceTime(1);
  EXPECT_FALSE(engine().Paused());
}

TEST_P(ClockTest, ClientsAreAsOldAndAsIdleAsTheyWere) {
  TestClient& other = NewClient();
  AdvanceTime(2000);
  other.Run({"PING"});
  SetClock();
  AdvanceTime(3000);
  EXPECT_THAT(Run({"CLIENT", "LIST"}).text, HasSubstr(" age=5 idle=3 "));
}

TEST_P(ClockTest, IdleClientsAreClosedWhenTheyAreDue) {
  Set("timeout", "10");
  TestClient& idle = NewClient();
  SetClock();
  AdvanceTime(10'000);
  engine().clients().Tick();
  EXPECT_FALSE(idle.close_requested());
  AdvanceTime(1);
  engine().clients().Tick();
  EXPECT_TRUE(idle.close_requested());
}

TEST_P(ClockTest, TheServerIsAsOldAsItWas) {
  SetClock();
  AdvanceTime(5000);
  EXPECT_THAT(Run({"INFO", "server"}).text, HasSubstr("uptime_in_seconds:5\r\n"));
}

// As Redis: somebody has said when they expire, if not in so many words.
TEST_P(ClockTest, KeysExpireByTheSystemsClock) {
  Run({"SET", "k", "v", "PX", std::to_string(2 * kHourMs)});
  SetClock();
  EXPECT_EQ(Run({"PTTL", "k"}), Reply::Integer(2 * kHourMs - GetParam()));
}

INSTANTIATE_TEST_SUITE_P(SetByAnHour, ClockTest, ::testing::Values(kHourMs, -kHourMs),
                         [](const auto& test) { return test.param > 0 ? "Forward" : "Back"; });

}  // namespace
}  // namespace ebb::test
