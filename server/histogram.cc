// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/histogram.h"

#include <cmath>

namespace ebb {

uint64_t DurationHistogram::Percentile(double percent) const {
  if (total_ == 0) return 0;
  const auto wanted = static_cast<uint64_t>(std::ceil(percent / 100 * static_cast<double>(total_)));
  uint64_t seen = 0;
  for (size_t step = 0; step < kSteps; ++step) {
    seen += counts_[step];
    if (seen >= wanted && seen > 0) return UpperEnd(step);
  }
  return UpperEnd(kSteps - 1);
}

uint64_t DurationHistogram::CountUpTo(uint64_t nanoseconds) const {
  const size_t last = StepOf(nanoseconds);
  uint64_t seen = 0;
  for (size_t step = 0; step <= last; ++step) seen += counts_[step];
  return seen;
}

}  // namespace ebb
