// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/oracle/duel.h"

namespace ebb::oracle {

// A difference with the shortest stream found that shows it.
struct Finding {
  Difference difference;
  std::vector<Step> steps;
  bool repeatable = true;  // false: it did not show again, and the steps are all that were said
};

// Leaves out steps, then words, then bytes, as long as a difference of the same kind shows; gives
// up after `limit`.
Finding Shrink(Duel& duel, std::vector<Step> steps, const Difference& difference,
               std::chrono::milliseconds limit);

}  // namespace ebb::oracle
