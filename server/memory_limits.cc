// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/memory_limits.h"

namespace ebb {
namespace {

size_t Of(const MemorySize& size, uint64_t whole) {
  return size.percent == 0 ? size.bytes : whole / 100 * size.percent;
}

}  // namespace

MemoryLimits ResolveMemoryLimits(const Config& config, const MemoryLimit& whole) {
  MemoryLimits limits{.whole = whole};
  limits.maxmemory = Of(config.maxmemory, whole.bytes);
  limits.maxmemory_rss = Of(config.maxmemory_rss, whole.bytes);
  limits.maxmemory_clients = Of(config.maxmemory_clients, limits.maxmemory);
  limits.trash =
      Of(config.trash_max_memory, limits.maxmemory != 0 ? limits.maxmemory : whole.bytes);
  return limits;
}

}  // namespace ebb
