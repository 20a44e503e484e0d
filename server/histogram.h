// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace ebb {

// How often a duration was seen, to within 3 %: each power of two of nanoseconds is cut into 32
// equal steps, as in the "HDR" histograms. 8 KiB, O(1) to record. Durations above 17 s count as the
// longest.
//
// Thread: one.
class DurationHistogram {
 public:
  void Record(uint64_t nanoseconds) {
    ++counts_[StepOf(nanoseconds)];
    ++total_;
  }

  uint64_t total() const { return total_; }

  // The upper end, in ns, of the step that `percent` (0..100) of all durations do not exceed; 0
  // when empty. O(steps).
  uint64_t Percentile(double percent) const;

  // How many durations are at most `nanoseconds`, counting the step it falls into as a whole.
  // O(steps).
  uint64_t CountUpTo(uint64_t nanoseconds) const;

 private:
  static constexpr unsigned kStepBits = 5;
  static constexpr size_t kSteps = (34 - kStepBits + 1) << kStepBits;

  static size_t StepOf(uint64_t value) {
    if (value < (1u << kStepBits)) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kStepBits;
    const size_t step = (size_t{shift} << kStepBits) + (value >> shift);
    return step < kSteps ? step : kSteps - 1;
  }
  static uint64_t UpperEnd(size_t step) {
    if (step < (2u << kStepBits)) return step;
    const size_t shift = (step >> kStepBits) - 1;
    return (((step & ((1u << kStepBits) - 1)) + (1u << kStepBits) + 1) << shift) - 1;
  }

  std::array<uint64_t, kSteps> counts_{};
  uint64_t total_ = 0;
};

}  // namespace ebb
