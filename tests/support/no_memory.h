// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>

namespace ebb::test {

// While one lives, threads ask for memory in vain, the server's allocator's as well as that of
// `new`: for programs that are linked as ebb_threaded_tests. One at a time. A test's assertions
// need memory.
class NoMemory {
 public:
  enum class For { kAllThreads, kOtherThreads };

  explicit NoMemory(For whom);
  ~NoMemory();
  NoMemory(const NoMemory&) = delete;
  NoMemory& operator=(const NoMemory&) = delete;

  // How often one has asked.
  uint64_t refusals() const;
};

}  // namespace ebb::test
