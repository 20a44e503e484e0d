// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/time_source.h"

#include "server/cycle_clock.h"

namespace ebb {
namespace {

class SystemTime final : public TimeSource {
 public:
  int64_t UnixMicroseconds() override { return ReadClock(CLOCK_REALTIME) / 1000; }
  int64_t MonotonicNanoseconds() override { return monotonic_.Nanoseconds(); }
  int64_t ThreadCpuNanoseconds() override { return ReadClock(CLOCK_THREAD_CPUTIME_ID); }

 private:
  CycleClock monotonic_;
};

}  // namespace

TimeSource& TimeSource::System() {
  static SystemTime system;
  return system;
}

}  // namespace ebb
