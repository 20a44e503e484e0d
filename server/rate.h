// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ebb {

// A counter's growth per second over the last seconds: INFO's instantaneous_* fields.
// Thread: engine thread.
class Rate {
 public:
  // Takes the counter's value; call it ten times a second or more often. What comes within half of
  // that is passed over, so that the mean is of as long a time. `steady_ms` is the steady clock's.
  void Sample(uint64_t value, int64_t steady_ms);

  // Growth per second, mean of the last samples.
  double PerSecond() const;

 private:
  static constexpr size_t kSamples = 16;
  std::array<double, kSamples> samples_{};
  size_t next_ = 0;
  uint64_t last_value_ = 0;
  int64_t last_ms_ = 0;
};

}  // namespace ebb
