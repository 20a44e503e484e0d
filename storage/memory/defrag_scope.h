// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>

namespace ebb {

// What a walk of the defragger looks at: the tables' own blocks alone, or all blocks.
enum class DefragScope : uint8_t { kTables, kAll };

}  // namespace ebb
