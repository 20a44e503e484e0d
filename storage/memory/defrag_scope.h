// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ebb {

// What a walk of the defragger looks at, each beside what the one before does: the keyspaces'
// tables, which are few blocks; the values' own blocks, their tables among them; the entries, and
// those elements of values that have a block each, which are nearly all blocks there are.
enum class DefragScope : uint8_t { kTables, kValues, kAll };

// Keys whose values have more elements than a walk over the tables moves on its way.
struct LargeValues {
  size_t above = 1000;  // elements
  std::vector<std::string> keys = {};
};

}  // namespace ebb
