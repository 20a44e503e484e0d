// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>

// Numbers with a fraction as text, as Redis shows them. Thread: any.
namespace ebb {

// The text of `value` in 17 significant digits, as printf's %.17g: it reads back as the same
// number. "inf", "-inf", "nan". `text` has room for kDoubleMax bytes; answers the length.
inline constexpr size_t kDoubleMax = 32;
size_t FormatDouble(double value, char* text);

// The text of INCRBYFLOAT and its kin: no exponent, no trailing zeros, at most 17 digits after the
// point. `text` has room for kHumanDoubleMax bytes; answers the length.
inline constexpr size_t kHumanDoubleMax = 5 * 1024;
size_t FormatHumanDouble(long double value, char* text);

}  // namespace ebb
