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

}  // namespace
}  // namespace ebb
