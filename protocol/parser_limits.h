// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdlib>
#include <functional>

namespace ebb {

// Limits that all connections share; CONFIG SET changes them live. With them comes the memory of
// big arguments, so that storage can own what the parser received.
struct ParserLimits {
  size_t max_bulk_bytes = size_t{512} << 20;       // proto-max-bulk-len
  size_t query_buffer_bytes = size_t{1} << 30;     // client-query-buffer-limit
  size_t short_arguments_bytes = size_t{1} << 30;  // of one command, which lie in one buffer
  void* (*allocate)(size_t size) = std::malloc;    // null when there is none
  std::function<void(void* block, size_t size)> free = [](void* block, size_t) {
    std::free(block);
  };

  // Counts the bytes that were taken for arguments and are still to come, of all connections; null:
  // of no interest.
  size_t* awaited_bytes = nullptr;
};

}  // namespace ebb
