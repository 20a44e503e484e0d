// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>

namespace ebb {

// Where the server's time comes from; tests bring their own.
// Thread: engine thread.
class TimeSource {
 public:
  virtual ~TimeSource() = default;
  virtual int64_t UnixMicroseconds() = 0;
  // Never goes back; from an arbitrary start.
  virtual int64_t MonotonicNanoseconds() = 0;
  // CPU time that the calling thread has taken. A system call.
  virtual int64_t ThreadCpuNanoseconds() = 0;

  // The machine's clocks.
  static TimeSource& System();
};

}  // namespace ebb
