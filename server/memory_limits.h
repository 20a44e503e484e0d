// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "server/config.h"
#include "server/system_memory.h"

namespace ebb {

// The limits of memory in bytes, 0 for none, as the options come to on this machine.
struct MemoryLimits {
  MemoryLimit whole;  // what the container or the machine has; what percentages are of
  size_t maxmemory = 0;
  size_t maxmemory_rss = 0;
  size_t maxmemory_clients = 0;  // a percentage is of maxmemory
  size_t trash = 0;              // of maxmemory, or of the whole where there is none
};

MemoryLimits ResolveMemoryLimits(const Config& config, const MemoryLimit& whole);

// What the log says of them when the server starts: a line of what they are, and one for each of
// maxmemory and maxmemory-rss that is hardly meant so, as it is more than the whole or next to
// nothing. `limits` are those that `config` has come to.
struct MemoryLimitsText {
  std::string notice;
  std::vector<std::string> warnings;
};
MemoryLimitsText DescribeMemoryLimits(const Config& config, const MemoryLimits& limits);

}  // namespace ebb
