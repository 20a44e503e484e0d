// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ebb {

uint64_t SecretBits() {
  uint64_t bits = 0;
  for (;;) {
    // Up to 256 bytes come whole or not at all, unless a signal interrupts the wait for the pool at
    // boot.
    const ssize_t got = getrandom(&bits, sizeof(bits), 0);
    if (got == sizeof(bits)) return bits;
    if (got < 0 && errno != EINTR) break;
  }
  std::fprintf(stderr, "ebb: no random numbers from the kernel: %s\n", std::strerror(errno));
  std::abort();
}

RandomGenerator& ThreadRandom() {
  thread_local RandomGenerator generator(SecretBits());
  return generator;
}

}  // namespace ebb
