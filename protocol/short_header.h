// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <cstddef>

namespace ebb {

// The greatest number that a short header can have.
inline constexpr size_t kShortHeaderMax = 99'999;

// Reads a header such as "$64\r\n", of one to five digits, at `at`. Answers where it ends; null
// when it is anything else or not here whole, and the slow way has to look at it.
inline const char* ShortHeader(char type, const char* at, const char* end, size_t* value) {
  const ptrdiff_t here = end - at;
  if (here < 4 || at[0] != type) return nullptr;
  size_t result = static_cast<unsigned char>(at[1] - '0');
  if (result > 9) return nullptr;
  ptrdiff_t i = 2;
  for (const ptrdiff_t last = std::min<ptrdiff_t>(here - 2, 6); i < last; ++i) {
    const size_t digit = static_cast<unsigned char>(at[i] - '0');
    if (digit > 9) break;
    result = result * 10 + digit;
  }
  if (at[i] != '\r' || (at[1] == '0' && i > 2)) return nullptr;
  *value = result;
  return at + i + 2;
}

}  // namespace ebb
