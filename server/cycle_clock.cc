// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/cycle_clock.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace ebb {
namespace {

// How long the counter is watched before its pace is known, and how long one anchor serves.
constexpr int64_t kWatchedNs = 100'000'000;
constexpr int64_t kTrustedNs = 1'000'000;

// Stretches of kTrustedNs.
constexpr uint64_t kLongAway = 2000;

// The kernel goes by the counter itself: it has found its pace to be steady.
bool CounterIsReliable() {
#if defined(__x86_64__)
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string source;
  return file >> source && source == "tsc";
#else
  return false;
#endif
}

}  // namespace

int64_t ReadClock(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

CycleClock::CycleClock() : usable_(CounterIsReliable()) {
  if (usable_) Watch(ReadClock(CLOCK_MONOTONIC), Cycles());
}

// Begins to learn the counter's pace.
void CycleClock::Watch(int64_t now, uint64_t cycles) {
  first_ns_ = now;
  first_cycles_ = cycles;
  trusted_cycles_ = 0;
}

// Looks at the kernel's clock. What has been answered may be a little ahead of it; then the next
// stretch is the shorter.
int64_t CycleClock::Anchor() {
  const int64_t now = ReadClock(CLOCK_MONOTONIC);
  if (!usable_) return now;
  const uint64_t cycles = Cycles();
  const uint64_t since = cycles - anchor_cycles_;
  const auto answered = static_cast<double>(std::min(since, trusted_cycles_)) * ns_per_cycle_;
  anchor_ns_ = std::max(now, anchor_ns_ + static_cast<int64_t>(answered));
  anchor_cycles_ = cycles;
  // So long is nobody away from a clock that is read for every piece of work: the machine slept, or
  // is another one now.
  if (trusted_cycles_ > 0 && since / kLongAway > trusted_cycles_) Watch(now, cycles);
  if (now - first_ns_ < kWatchedNs) return anchor_ns_;
  const double cycles_per_ns =
      static_cast<double>(cycles - first_cycles_) / static_cast<double>(now - first_ns_);
  trusted_cycles_ = static_cast<uint64_t>(static_cast<double>(kTrustedNs) * cycles_per_ns);
  ns_per_cycle_ =
      static_cast<double>(now + kTrustedNs - anchor_ns_) / static_cast<double>(trusted_cycles_);
  return anchor_ns_;
}

}  // namespace ebb
