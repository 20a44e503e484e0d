// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/rate.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace ebb {
namespace {

// A counter that grows by `per_ms` is sampled every `step_ms` for `ms`.
double After(int64_t ms, int64_t step_ms, uint64_t per_ms) {
  constexpr int64_t kStart = 1'000'000;
  Rate rate;
  for (int64_t at = 0; at <= ms; at += step_ms) {
    rate.Sample(static_cast<uint64_t>(at) * per_ms, kStart + at);
  }
  return rate.PerSecond();
}

TEST(RateTest, IsTheMeanOfTheLastSeconds) {
  EXPECT_DOUBLE_EQ(After(10'000, 100, 3), 3000);
  EXPECT_DOUBLE_EQ(After(800, 100, 3), 1500) << "nothing came before";
}

TEST(RateTest, SamplesThatComeMoreOftenDoNotMakeItShorter) {
  EXPECT_DOUBLE_EQ(After(10'000, 2, 3), 3000);
  EXPECT_LE(After(400, 2, 3), 1500);
}

TEST(RateTest, ACounterThatBeginsAnewIsNoGrowth) {
  Rate rate;
  rate.Sample(1000, 1000);
  rate.Sample(5, 2000);
  EXPECT_EQ(rate.PerSecond(), 0);
}

}  // namespace
}  // namespace ebb
