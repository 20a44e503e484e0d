// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "storage/random.h"

namespace ebb {

// Cuts `all` down to `count` of its items, each as likely as the others, in random order; leaves it
// as it is where these are not more. O(count).
template <typename Item>
void TakeRandom(std::vector<Item>* all, size_t count) {
  if (count >= all->size()) return;
  for (size_t i = 0; i < count; ++i) {
    std::swap((*all)[i], (*all)[i + ThreadRandom().Below(all->size() - i)]);
  }
  all->erase(all->begin() + static_cast<ptrdiff_t>(count), all->end());
}

}  // namespace ebb
