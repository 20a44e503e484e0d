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

  // The looks until the counter is trusted.
  int LooksUntilTrusted() {
    int looks = 0;
    for (; !clock.trusting() && looks < 1000; ++looks) Look(1);
    return looks;
  }
};

// Forth, back, and far away.
constexpr uint64_t kJumps[] = {200'000, ~uint64_t{200'000}, uint64_t{1} << 60, uint64_t{1} << 63};

TEST(CycleClockTest, TheCounterIsTrustedWhenItHasBeenWatchedTwice) {
  Clocks clocks;
  EXPECT_EQ(clocks.LooksUntilTrusted(), 200);
  clocks.Look(1000);
  EXPECT_TRUE(clocks.clock.trusting());
}

TEST(CycleClockTest, ACounterThatJumpsIsWatchedAnew) {
  for (const uint64_t ahead : kJumps) {
    Clocks clocks;
    clocks.Look(300);
    clocks.Look(1, ahead);
    EXPECT_FALSE(clocks.clock.trusting()) << ahead;
    // Its pace is known from before.
    EXPECT_EQ(clocks.LooksUntilTrusted(), 100) << ahead;
  }
}

TEST(CycleClockTest, AJumpWhileItIsWatchedTeachesNoPace) {
  for (const uint64_t ahead : kJumps) {
    Clocks clocks;
    clocks.Look(150);
    clocks.Look(1, ahead);
    EXPECT_EQ(clocks.LooksUntilTrusted(), 400 - 151) << ahead;
    clocks.Look(1000);
    EXPECT_TRUE(clocks.clock.trusting()) << ahead;
  }
}

}  // namespace
}  // namespace ebb
