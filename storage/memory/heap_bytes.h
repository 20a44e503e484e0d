// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "storage/memory/allocator.h"

namespace ebb::memory {

// Bytes of the block that a string or a vector keeps what it holds in, for sums that are kept of
// many; 0 where there is none, as with texts that are short enough to lie in the string itself. A
// vector's elements may have blocks of their own, which are not in it. O(1).
inline size_t HeapBytes(const std::string& text) {
  const bool has_block = text.capacity() > std::string().capacity();
  return has_block ? GoodSize(text.capacity() + 1) : 0;
}

template <typename T>
size_t HeapBytes(const std::vector<T>& list) {
  return list.capacity() == 0 ? 0 : GoodSize(list.capacity() * sizeof(T));
}

}  // namespace ebb::memory
