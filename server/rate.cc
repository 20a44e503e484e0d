// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/rate.h"

namespace ebb {

void Rate::Sample(uint64_t value, int64_t steady_ms) {
  constexpr int64_t kLeastMs = 50;
  const int64_t elapsed = steady_ms - last_ms_;
  if (elapsed < kLeastMs) return;
  if (last_ms_ != 0 && value >= last_value_) {
    samples_[next_] =
        static_cast<double>(value - last_value_) * 1000 / static_cast<double>(elapsed);
    next_ = (next_ + 1) % kSamples;
  }
  last_value_ = value;
  last_ms_ = steady_ms;
}

double Rate::PerSecond() const {
  double sum = 0;
  for (const double sample : samples_) sum += sample;
  return sum / kSamples;
}

}  // namespace ebb
