// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// Numbers as clients write them.
namespace ebb {

// Parses a decimal 64-bit integer in Redis's strict sense: "-0", " 1" and "01" are none.
std::optional<int64_t> ParseInteger(std::string_view text);

// Parses a decimal, hexadecimal ("0x1f") or infinite ("inf") number as C does: no blanks around it,
// no NaN, nothing that rounds to zero or infinity.
std::optional<long double> ParseLongDouble(std::string_view text);
std::optional<double> ParseDouble(std::string_view text);

}  // namespace ebb
