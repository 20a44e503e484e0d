// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ebb {

// What a walk of the defragger looks at: the tables' own blocks alone, or all blocks.
enum class DefragScope : uint8_t { kTables, kAll };

// Keys whose values have more elements than a walk over the tables moves on its way.
struct LargeValues {
  size_t above = 1000;  // elements
  std::vector<std::string> keys = {};
};

}  // namespace ebb
