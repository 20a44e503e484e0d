// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/request_limits.h"

#include "server/engine.h"
#include "storage/memory/allocator.h"

namespace ebb {

ParserLimits RequestLimits(Engine& engine) {
  const Config& options = engine.options();
  return {.max_bulk_bytes = options.proto_max_bulk_len_bytes,
          .query_buffer_bytes = options.client_query_buffer_limit_bytes,
          .allocate = memory::TryAllocate,
          .free = [&disposer = engine.disposer()](void* block,
                                                  size_t size) { disposer.FreeBlock(block, size); },
          .awaited_bytes = &engine.awaited_argument_bytes()};
}

}  // namespace ebb
