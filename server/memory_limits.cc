// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/memory_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace ebb {
namespace {

// With less the server cannot hold its own.
constexpr size_t kTooLittle = size_t{1} << 20;

// With less for their buffers no client could say anything, nor take the limit back.
constexpr size_t kMinClientMemory = size_t{128} << 10;

size_t Of(const MemorySize& size, uint64_t whole) {
  return size.percent == 0 ? size.bytes : whole / 100 * size.percent;
}

// "maxmemory", "maxmemory 50%": as it was set.
std::string AsSet(std::string_view option, const MemorySize& size) {
  return size.percent == 0 ? std::string(option) : fmt::format("{} {}%", option, size.percent);
}

// Adds to `text` what there is to say of one limit, if there is one.
void Describe(std::string_view option, const MemorySize& size, size_t bytes, std::string_view what,
              const MemoryLimit& whole, MemoryLimitsText* text) {
  if (bytes == 0) return;
  text->notice += fmt::format("at most {}{} ({}), ", HumanBytes(bytes), what, AsSet(option, size));
  if (bytes > whole.bytes) {
    text->warnings.push_back(fmt::format(
        "{} is {}, more than {} has ({}): the system may end the process before it is reached",
        option, HumanBytes(bytes), whole.source, HumanBytes(whole.bytes)));
  }
  if (bytes < kTooLittle) {
    text->warnings.push_back(fmt::format(
        "{} is {} bytes, less than 1 MB, and no room for data. Is a unit missing (100mb, 2gb)?",
        option, bytes));
  }
}

}  // namespace

MemoryLimits ResolveMemoryLimits(const Config& config, const MemoryLimit& whole) {
  MemoryLimits limits{.whole = whole};
  limits.maxmemory = Of(config.maxmemory, whole.bytes);
  limits.maxmemory_rss = Of(config.maxmemory_rss, whole.bytes);
  limits.maxmemory_clients = Of(config.maxmemory_clients, limits.maxmemory);
  if (limits.maxmemory_clients != 0) {
    limits.maxmemory_clients = std::max(limits.maxmemory_clients, kMinClientMemory);
  }
  limits.trash =
      Of(config.trash_max_memory, limits.maxmemory != 0 ? limits.maxmemory : whole.bytes);
  return limits;
}

MemoryLimitsText DescribeMemoryLimits(const Config& config, const MemoryLimits& limits) {
  const MemoryLimit& whole = limits.whole;
  MemoryLimitsText text{.notice = "Memory: ", .warnings = {}};
  Describe("maxmemory", config.maxmemory, limits.maxmemory, "", whole, &text);
  Describe("maxmemory-rss", config.maxmemory_rss, limits.maxmemory_rss, " resident", whole, &text);
  if (limits.maxmemory == 0 && limits.maxmemory_rss == 0) {
    text.notice += fmt::format("no limit of its own; {} has {}. Set one with --maxmemory",
                               whole.source, HumanBytes(whole.bytes));
  } else {
    text.notice += fmt::format("of {} that {} has", HumanBytes(whole.bytes), whole.source);
  }
  return text;
}

}  // namespace ebb
