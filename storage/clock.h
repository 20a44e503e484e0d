// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>

namespace ebb {

// The time as storage sees it: a value that the engine sets before each command, so that one
// command sees one time, and tests set as they like.
struct Clock {
  int64_t unix_ms = 0;

  // Seconds, wrapped to the 24 bits an entry keeps of its last access.
  uint32_t access_clock() const { return static_cast<uint32_t>(unix_ms / 1000) & 0xffffff; }
};

}  // namespace ebb
