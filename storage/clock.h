// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>

namespace ebb {

// The time as storage sees it: a value that the engine sets before each command, so that one
// command sees one time, and tests set as they like.
//
// There are two clocks, which may not be mixed: what has a date goes by one, what has passed or is
// waited for by the other.
struct Clock {
  // The system's clock, for the times at which keys expire and for what people read. Somebody may
  // set it: it jumps then, back as well.
  int64_t unix_ms = 0;

  // The steady clock goes on evenly from an arbitrary start, perhaps from 0 when the machine began,
  // whatever becomes of the system's clock. For ages and for deadlines.
  int64_t steady_ms = 0;

  // Seconds of the steady clock, wrapped to the 24 bits an entry keeps of its last access.
  uint32_t access_clock() const { return static_cast<uint32_t>(steady_ms / 1000) & 0xffffff; }
};

}  // namespace ebb
