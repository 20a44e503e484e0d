// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

namespace ebb {

// Has the cache line at `address`, which need not be valid, fetched while the program goes on.
//
// The empty assembly is what keeps it: GCC takes a function that only prefetches for one without
// effects and drops the calls to it.
inline void Prefetch(const void* address) {
  __builtin_prefetch(address);
  asm volatile("");
}

// The same for the first two lines of a block: small values lie there, and the two cost hardly more
// than the one.
inline void PrefetchBlock(const void* block) {
  Prefetch(block);
  Prefetch(static_cast<const char*>(block) + 64);
}

}  // namespace ebb
