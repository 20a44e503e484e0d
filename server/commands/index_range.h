// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <cstdint>

namespace ebb {

// A part of a string, in bytes or bits, as GETRANGE, BITCOUNT and BITPOS take it: both ends
// included, negative ones from the string's end, and what reaches beyond the string cut off.
struct IndexRange {
  uint64_t first = 0;
  uint64_t count = 0;

  bool empty() const { return count == 0; }
  uint64_t last() const { return first + count - 1; }  // REQUIRES: !empty()

  // `length` is the string's. An end that lies before the string's begin means its first element.
  static IndexRange Of(int64_t start, int64_t end, uint64_t length) {
    const auto size = static_cast<int64_t>(length);
    start = std::max<int64_t>(start < 0 ? start + size : start, 0);
    end = std::min(std::max<int64_t>(end < 0 ? end + size : end, 0), size - 1);
    if (start > end) return {};
    return {static_cast<uint64_t>(start), static_cast<uint64_t>(end - start + 1)};
  }

  // As LRANGE and its kin take elements: an end that lies before the first one means none.
  static IndexRange OfElements(int64_t start, int64_t end, uint64_t count) {
    if (end < 0 && end + static_cast<int64_t>(count) < 0) return {};
    return Of(start, end, count);
  }
};

// Whether a range is empty already as written: both ends counted from the string's end, and the
// wrong way round. GETRANGE and BITCOUNT ask, BITPOS does not.
inline bool IsReversed(int64_t start, int64_t end) {
  return start < 0 && end < 0 && start > end;
}

}  // namespace ebb
