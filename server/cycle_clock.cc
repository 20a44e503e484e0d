// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/cycle_clock.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

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

int64_t CycleClock::Anchor() {
  const int64_t now = ReadClock(CLOCK_MONOTONIC);
  return usable_ ? Look(now, Cycles()) : now;
}

// What has been answered may be a little ahead of the kernel's clock; then the next stretch is the
// shorter.
int64_t CycleClock::Look(int64_t now, uint64_t cycles) {
  const uint64_t since = cycles - anchor_cycles_;
  const auto answered = static_cast<double>(std::min(since, trusted_cycles_)) * ns_per_cycle_;
  const double off = static_cast<double>(now - looked_ns_) - static_cast<double>(since) * pace_;
  anchor_ns_ = std::max(now, anchor_ns_ + static_cast<int64_t>(answered));
  anchor_cycles_ = cycles;
  looked_ns_ = now;
  // The machine slept or is another one now, or the counters of its processors differ.
  if (trusting() && std::abs(off) > kMostOffNs) Watch(now, cycles);
  if (now - first_ns_ < kWatchedNs) return anchor_ns_;
  pace_ = static_cast<double>(now - first_ns_) / static_cast<double>(cycles - first_cycles_);
  trusted_cycles_ = static_cast<uint64_t>(static_cast<double>(kTrustedNs) / pace_);
  ns_per_cycle_ =
      static_cast<double>(now + kTrustedNs - anchor_ns_) / static_cast<double>(trusted_cycles_);
  return anchor_ns_;
}

}  // namespace ebb
