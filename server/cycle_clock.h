// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace ebb {

// What the kernel says of one of its clocks, in nanoseconds.
int64_t ReadClock(clockid_t clock);

// CLOCK_MONOTONIC in nanoseconds, as the processor's cycle counter continues it for a millisecond
// after each look at it.
//
// The time of every command is taken, and in a pipeline a command takes 400 ns: clock_gettime was
// 8 % of a GET there, this is 4 %. Where the kernel's clock source is neither tsc nor kvm-clock, on
// another architecture, and for a while after the counter has done something strange, every call
// asks the kernel.
//
// Thread: one at a time.
class CycleClock {
 public:
  CycleClock();

  // Never goes back, and is not more than some microseconds off; for a millisecond, where the
  // counter does something strange, by a millisecond at most. O(1).
  int64_t Nanoseconds() {
    const uint64_t since = Cycles() - anchor_cycles_;
    if (since >= trusted_cycles_) [[unlikely]]
      return Anchor();
    const auto ns = static_cast<int64_t>(static_cast<double>(since) * ns_per_cycle_);
    return last_ns_ = std::max(last_ns_, anchor_ns_ + ns);
  }

  // For tests, as is what follows: the kernel's clock and the counter say this now, and the
  // counter's pace begins to be learnt.
  void Watch(int64_t now, uint64_t cycles);

  // They are looked at again. Answers the time.
  int64_t Look(int64_t now, uint64_t cycles);

  // Whether the counter goes for the kernel's clock until the next look.
  bool trusting() const { return trusted_cycles_ > 0; }

 private:
  static uint64_t Cycles() {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return 0;
#endif
  }
  int64_t Anchor();

  uint64_t first_cycles_ = 0;
  int64_t first_ns_ = 0;
  double pace_ = 0;        // ns per cycle: since then, or as the watch before had it
  int64_t looked_ns_ = 0;  // what the kernel said last
  uint64_t anchor_cycles_ = 0;
  int64_t anchor_ns_ = 0;  // what was answered then
  int64_t last_ns_ = 0;    // what was answered last
  double ns_per_cycle_ = 0;
  uint64_t trusted_cycles_ = 0;  // after the anchor; 0: none
  const bool usable_;
};

}  // namespace ebb
