// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/cycle_clock.h"

#include <gtest/gtest.h>

namespace ebb {
namespace {

// Between two looks at the kernel's clock, what the cycle clock says lies between them but for what
// it may be off; long enough for it to go by the processor's counter.
TEST(CycleClockTest, GoesWithTheKernelsClockAndNeverBack) {
  constexpr int64_t kOff = 20'000;
  CycleClock clock;
  int64_t last = 0;
  const int64_t end = ReadClock(CLOCK_MONOTONIC) + 250'000'000;
  for (int64_t before = 0; before < end;) {
    before = ReadClock(CLOCK_MONOTONIC);
    const int64_t now = clock.Nanoseconds();
    const int64_t after = ReadClock(CLOCK_MONOTONIC);
    ASSERT_GE(now, last);
    ASSERT_GE(now, before - kOff);
    ASSERT_LE(now, after + kOff);
    last = now;
  }
}

// The kernel's clock and a counter of two cycles a nanosecond, which the test moves.
struct Clocks {
  CycleClock clock;
  int64_t now = 5'000'000'000;
  uint64_t cycles = 77;
  int64_t last = 0;

  Clocks() { clock.Watch(now, cycles); }

  // As often as asked, a millisecond apart; the counter is `ahead` when it is first looked at.
  void Look(int times, uint64_t ahead = 0) {
    cycles += ahead;
    for (int i = 0; i < times; ++i) {
      now += 1'000'000;
      cycles += 2'000'000;
      const int64_t answer = clock.Look(now, cycles);
      EXPECT_GE(answer, last);
      EXPECT_GE(answer, now);
      EXPECT_LE(answer, now + 1'000'000);
      last = answer;
    }
  }
};

TEST(CycleClockTest, TheCounterIsTrustedWhenItHasBeenWatched) {
  Clocks clocks;
  clocks.Look(99);
  EXPECT_FALSE(clocks.clock.trusting());
  clocks.Look(1);
  EXPECT_TRUE(clocks.clock.trusting());
  clocks.Look(1000);
  EXPECT_TRUE(clocks.clock.trusting());
}

TEST(CycleClockTest, ACounterThatJumpsIsWatchedAnew) {
  // Forth, back, and far away.
  for (const uint64_t ahead : {uint64_t{200'000}, ~uint64_t{200'000}, uint64_t{1} << 60}) {
    Clocks clocks;
    clocks.Look(200);
    clocks.Look(1, ahead);
    EXPECT_FALSE(clocks.clock.trusting()) << ahead;
    clocks.Look(99);
    EXPECT_FALSE(clocks.clock.trusting()) << ahead;
    clocks.Look(1);
    EXPECT_TRUE(clocks.clock.trusting()) << ahead;
  }
}

}  // namespace
}  // namespace ebb
