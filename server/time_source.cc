// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/time_source.h"

#include <ctime>

#include "server/cycle_clock.h"

namespace ebb {
namespace {

class SystemTime final : public TimeSource {
 public:
  int64_t UnixMicroseconds() override { return Read(CLOCK_REALTIME) / 1000; }
  int64_t MonotonicNanoseconds() override { return monotonic_.Nanoseconds(); }
  int64_t ThreadCpuNanoseconds() override { return Read(CLOCK_THREAD_CPUTIME_ID); }

 private:
  static int64_t Read(clockid_t clock) {
    timespec now;
    clock_gettime(clock, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  }

  CycleClock monotonic_;
};

}  // namespace

TimeSource& TimeSource::System() {
  static SystemTime system;
  return system;
}

}  // namespace ebb
