// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

// Dict's check of itself; included by dict.h alone.

#include "storage/dict.h"

namespace ebb {
namespace dict_internal {

inline void Check(bool holds, const char* what) {
  if (holds) [[likely]]
    return;
  std::fprintf(stderr, "ebb: dict invariant broken: %s\n", what);
  std::abort();
}

}  // namespace dict_internal

template <typename Policy>
void Dict<Policy>::CheckInvariants() const {
  using dict_internal::Check;
  size_t elements = 0;
  size_t bytes = directory_.page_memory();
  for (uint32_t index = 0; directory_.allocated() && index < directory_.count(); ++index) {
    CheckChunk(index);
    elements += directory_.at(index).size;
    bytes += directory_.at(index).bucket_count * sizeof(Bucket);
  }
  Check(elements == size_, "size is the sum of the chunks' sizes");
  Check(bytes == memory(), "memory is the sum of the blocks");
  Check(size_ > 0 || directory_.count() > 1 || memory() == 0, "an empty dict holds no memory");
}

template <typename Policy>
void Dict<Policy>::CheckChunk(uint32_t index) const {
  using namespace dict_internal;
  const Chunk& chunk = directory_.at(index);
  const uint32_t count = chunk.bucket_count;
  Check((chunk.buckets == nullptr) == (count == 0), "a chunk has a block or no buckets");
  Check((count == 0) == (chunk.size == 0), "an empty chunk has no block");
  Check(count == 0 || chunk.size <= MaxElements(count), "a chunk is not too full");
  Check(chunk.hint == kNoHint || directory_.MayHoldHint(chunk.hint),
        "no chunk's hint is below the least of all");
  size_t elements = 0;
  for (uint32_t at = 0; at < count; ++at) {
    const Bucket& bucket = chunk.buckets[at];
    Check((bucket.marks & ~bucket.used) == 0, "marks are of elements");
    Check((bucket.displaced & ~bucket.used) == 0, "displaced ones are elements");
    ForEachSlot(bucket.used, [&](uint32_t slot) {
      ++elements;
      const uint64_t hash = HashOf(bucket.Get(slot));
      const uint32_t position = PositionOfHash(hash);
      const uint32_t home = HomeBucket(position, count);
      const uint32_t ahead = AheadOf(hash, directory_.LevelOf(index));
      Check(directory_.IndexOf(hash) == index, "an element is in the chunk of its hash");
      Check(bucket.tags[slot] == TagOf(position), "the tag is the hash's");
      Check(bucket.Word(slot).note() == ahead, "the note is the hash's");
      Check((home != at) == ((bucket.displaced >> slot & 1) != 0), "displaced means not at home");
      if ((bucket.marks >> slot & 1) != 0) {
        Check(chunk.hint <= HintOf(bucket.Get(slot)), "the hint is a lower bound");
      }
      if (home == at) return;
      const Bucket& home_bucket = chunk.buckets[home];
      const uint32_t distance = at > home ? at - home : at + count - home;
      Check(std::min<uint32_t>(distance, Bucket::kAnywhere) <= home_bucket.reach,
            "reach is a bound");
      Check((home_bucket.strays & Bucket::StrayBit(bucket.tags[slot])) != 0,
            "strays are filtered in");
    });
  }
  Check(elements == chunk.size, "a chunk's size is its elements");
  Movers movers(chunk.size);
  movers.Collect(chunk);
  for (const Mover mover : movers) {
    --elements;
    const uint32_t position = PositionOfHash(HashOf(mover.element()));
    Check(mover.position() == position, "positions are recalled rightly");
  }
  Check(elements == 0, "each element moves once");
}

}  // namespace ebb
