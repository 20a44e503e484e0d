// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <cstdint>

#include "storage/clock.h"
#include "storage/random.h"

namespace ebb {

// How an entry's 24 bits of access history are kept, for evictions by age (LRU) or by frequency
// (LFU): the second of the last access, or the minute of it (16 bits) and a logarithmic counter of
// accesses (8 bits) that time takes down. As Redis does it, so that both choose about the same
// keys; but by the steady clock, so that nothing seems old because somebody has set the system's.
//
// Thread: engine thread.
struct AccessTracking {
  bool lfu = false;
  int64_t log_factor = 10;    // how much harder each step of the counter is than the one before
  int64_t decay_minutes = 1;  // without an access that take the counter down by one; 0: it stays

  // What a new entry begins with: not so little that it goes before it has been used.
  static constexpr uint32_t kInitialFrequency = 5;

  uint32_t Fresh(const Clock& clock) const {
    return lfu ? Minutes(clock) << 8 | kInitialFrequency : clock.access_clock();
  }

  // Of an entry that has been one of another key, or in the trash, with this history.
  uint32_t Moved(uint32_t history, const Clock& clock) const {
    return lfu ? history : clock.access_clock();
  }

  // After one more access.
  uint32_t Touched(uint32_t history, const Clock& clock) const {
    if (!lfu) return clock.access_clock();
    return Minutes(clock) << 8 | Counted(Frequency(history, clock));
  }

  // The counter as of now. REQUIRES: lfu.
  uint32_t Frequency(uint32_t history, const Clock& clock) const {
    const uint32_t idle = (Minutes(clock) - (history >> 8)) & 0xffff;
    const int64_t periods = decay_minutes > 0 ? idle / decay_minutes : 0;
    return static_cast<uint32_t>(std::max<int64_t>((history & 0xff) - periods, 0));
  }

 private:
  static uint32_t Minutes(const Clock& clock) {
    return static_cast<uint32_t>(clock.steady_ms / 60'000) & 0xffff;
  }

  // One more, with a chance that falls with the counter.
  uint32_t Counted(uint32_t counter) const {
    if (counter == 255) return counter;
    const int64_t above = std::max<int64_t>(int64_t{counter} - kInitialFrequency, 0);
    const auto against = static_cast<uint64_t>(above * log_factor + 1);
    return counter + (ThreadRandom().Below(against) == 0 ? 1 : 0);
  }
};

}  // namespace ebb
