// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "server/arg_parser.h"

// The arguments of SCAN, HSCAN, SSCAN and ZSCAN.
namespace ebb {

// A cursor as strtoul reads it: nothing at all is 0, a sign is allowed.
std::optional<uint64_t> ParseCursor(std::string_view text);

struct ScanOptions {
  std::optional<std::string_view> pattern;
  std::optional<std::string_view> type;
  uint64_t count = 10;
};

// MATCH, COUNT, and for SCAN itself, `over_keys`, TYPE. The parser keeps the error.
ScanOptions ParseScanOptions(ArgParser& parser, bool over_keys);

// Goes on from `cursor` until there are as many items as asked for: `step(cursor)` adds what it
// finds to `items` and answers the next cursor, as this does.
template <typename Item, typename Step>
uint64_t CollectScan(uint64_t cursor, uint64_t count, std::vector<Item>* items, Step&& step) {
  // A step may find nothing: sparse tables are walked for so many steps at most.
  constexpr uint64_t kStepsPerItem = 10;
  constexpr uint64_t kMaxSteps = std::numeric_limits<uint64_t>::max();
  uint64_t steps = count < kMaxSteps / kStepsPerItem ? count * kStepsPerItem : kMaxSteps;
  do {
    cursor = step(cursor);
  } while (cursor != 0 && items->size() < count && steps-- > 0);
  return cursor;
}

}  // namespace ebb
