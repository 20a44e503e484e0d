// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

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

}  // namespace ebb
