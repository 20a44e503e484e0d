// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/cycle_clock.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <utility>

namespace ebb {
namespace {

// How long the counter is watched before its pace is known, and how long one anchor serves.
constexpr int64_t kWatchedNs = 100'000'000;
constexpr int64_t kTrustedNs = 1'000'000;

// By so much the kernel's clock and the counter may differ when they are compared.
constexpr double kMostOffNs = 50'000;

// The kernel's clock is the counter itself, whose pace it has found to be steady, or the counter as
// a virtual machine's host scales it. A machine that moves to another host may get another pace
// there, but that is noticed.
bool CounterIsReliable() {
#if defined(__x86_64__)
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string source;
  return file >> source && (source == "tsc" || source == "kvm-clock");
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

// Both are read at the same moment, but who loses the processor in between tries again.
int64_t CycleClock::Anchor() {
  constexpr uint64_t kApart = 20'000;  // cycles, some microseconds
  if (!usable_) return ReadClock(CLOCK_MONOTONIC);
  int64_t now;
  uint64_t before;
  uint64_t cycles;
  int tries = 3;
  do {
    before = Cycles();
    now = ReadClock(CLOCK_MONOTONIC);
    cycles = Cycles();
  } while (cycles - before > kApart && --tries > 0);
  return Look(now, cycles);
}

// What has been answered may be a little ahead of the kernel's clock; then the next stretch is the
// shorter.
int64_t CycleClock::Look(int64_t now, uint64_t cycles) {
  const auto since = static_cast<double>(cycles - anchor_cycles_);
  const double off = static_cast<double>(now - looked_ns_) - since * pace_;
  anchor_ns_ = last_ns_ = std::max(now, last_ns_);
  anchor_cycles_ = cycles;
  looked_ns_ = now;
  // The machine slept or is another one now, or the counters of its processors differ.
  if (trusting() && std::abs(off) > kMostOffNs) Watch(now, cycles);
  if (now - first_ns_ < kWatchedNs) return anchor_ns_;
  const double pace =
      static_cast<double>(now - first_ns_) / static_cast<double>(cycles - first_cycles_);
  const double pace_before = std::exchange(pace_, pace);
  // A watch alone does not tell whether the counter jumped in it: two have to agree.
  if (!trusting() && std::abs(pace - pace_before) * kWatchedNs > kMostOffNs * pace) {
    Watch(now, cycles);
    return anchor_ns_;
  }
  trusted_cycles_ = static_cast<uint64_t>(static_cast<double>(kTrustedNs) / pace);
  ns_per_cycle_ =
      static_cast<double>(now + kTrustedNs - anchor_ns_) / static_cast<double>(trusted_cycles_);
  return anchor_ns_;
}

}  // namespace ebb
