// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

#include "storage/dict.h"
#include "storage/prefetch.h"
#include "storage/random.h"

namespace ebb {

// A random place of a dict, each element about equally likely, while those that will be drawn next,
// if nobody else takes random numbers meanwhile, are fetched into the cache: SPOP took 1.6 times as
// long without. REQUIRES: the dict is not empty. Expected O(1).
template <typename Policy>
typename Dict<Policy>::Slot DrawAhead(const Dict<Policy>& dict) {
  constexpr uint64_t kBucketAhead = 8;
  constexpr uint64_t kElementAhead = 4;
  RandomGenerator& random = ThreadRandom();
  const auto slot = dict.Draw(random());
  Prefetch(dict.DrawnBucket(random.Peek(kBucketAhead)));
  Prefetch(dict.DrawnElement(random.Peek(kElementAhead)));
  return slot;
}

// Calls `visit(const Element&)` for `count` random elements of a dict, none twice. REQUIRES: it has
// several times as many, as draws that repeat one are in vain. Expected O(count).
template <typename Policy, typename Visit>
void DrawDistinct(const Dict<Policy>& dict, size_t count, Visit&& visit) {
  std::unordered_set<const typename Policy::Element*> drawn;
  while (drawn.size() < count) {
    const auto* const element = DrawAhead(dict).element();
    if (drawn.insert(element).second) visit(*element);
  }
}

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
