// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

// Dict's walks; included by dict.h alone.
//
// Why Scan keeps its promise
//
// Read the hash's bits from the lowest up as a binary fraction x = 0.b0 b1 b2 ..; the hashes of
// chunk i with level k are then an interval of length 2^-k that begins at i's own bits reversed. At
// any time the chunks' intervals cover [0, 1) without gap or overlap: a split halves one, a merge
// joins two halves. The walk goes through the chunks in the order of x, and through each chunk in
// the order of positions. Both orders belong to the hash alone, so neither splits and merges nor
// rebuilds of a chunk change which of two elements comes first.
//
// The cursor is (start, level, position): `start` is the lower end of an interval and 2^-level its
// length when the cursor was made. It stands for this claim about every element that has been in
// the dict since the walk began:
//
//   It has been visited if x < start, or if x < start + 2^-level and its position is less than
//   `position`.
//
// A step finds the chunk whose interval holds `start` now, and visits one home bucket's elements:
//
// - The interval begins at `start` and is no longer than 2^-level: it is the same chunk, or the
//   lower half of it after splits. By the claim all positions before `position` are done. The step
//   goes on with the bucket that is the home of `position`. (After a rebuild this bucket may hold
//   some lower positions too: visited twice, no harm.)
// - It is longer, or begins earlier: it was merged since. About the part that came in nothing is
//   known, so the step begins this chunk anew, at position 0. It may visit much of it again.
//
// In both cases the claim then holds for the chunk's own (start, level) and the first position of
// the next bucket or, after the last bucket, for (the end of the interval, position 0). x = 1 is
// the end, cursor 0 again. Erasing moves no element but by these rebuilds and merges, so that is
// all that can happen between two steps.

#include "storage/dict.h"
#include "storage/prefetch.h"
#include "storage/visit.h"

namespace ebb {
namespace dict_internal {

inline uint64_t ReverseBits(uint64_t word) {
  word = (word >> 1 & 0x5555555555555555) | (word & 0x5555555555555555) << 1;
  word = (word >> 2 & 0x3333333333333333) | (word & 0x3333333333333333) << 2;
  word = (word >> 4 & 0x0f0f0f0f0f0f0f0f) | (word & 0x0f0f0f0f0f0f0f0f) << 4;
  return __builtin_bswap64(word);
}

// Scan's cursor as a number: chunk bits | position (12) | level (6). It is 0 only at the very
// beginning, since a later cursor has a chunk or a position other than 0.
struct ScanCursor {
  uint64_t chunk = 0;  // the interval's first bits, reversed: a chunk number
  uint32_t position = 0;
  uint32_t level = 0;

  static constexpr uint32_t kLevelBits = 6;
  static ScanCursor Decode(uint64_t cursor) {
    return {cursor >> (kLevelBits + kPositionBits),
            static_cast<uint32_t>(cursor >> kLevelBits) & (kPositions - 1),
            static_cast<uint32_t>(cursor) & ((1u << kLevelBits) - 1)};
  }
  uint64_t Encode() const { return (chunk << kPositionBits | position) << kLevelBits | level; }
};

// The chunk number where the interval of chunk `chunk` with `level` bits ends; 0 when that is 1.
inline uint64_t IntervalEnd(uint64_t chunk, uint32_t level) {
  if (level == 0) return 0;
  return ReverseBits(ReverseBits(chunk) + (uint64_t{1} << (64 - level)));
}

}  // namespace dict_internal

template <typename Policy>
template <typename Visit>
uint64_t Dict<Policy>::Scan(uint64_t cursor, Visit&& visit) const {
  using namespace dict_internal;
  if (size_ == 0) return 0;
  ScanCursor at = ScanCursor::Decode(cursor);
  const uint32_t index = directory_.IndexOf(at.chunk);
  const uint32_t level = directory_.LevelOf(index);
  const bool same_or_split = index == at.chunk && level >= at.level;
  const Chunk& chunk = directory_.at(index);
  uint32_t next = kPositions;
  if (chunk.size > 0) {
    const uint32_t home = HomeBucket(same_or_split ? at.position : 0, chunk.bucket_count);
    VisitHome(chunk, home, visit);
    next = FirstPosition(home + 1, chunk.bucket_count);
  }
  if (next < kPositions) return ScanCursor{index, next, level}.Encode();
  return ScanCursor{IntervalEnd(index, level), 0, 0}.Encode();
}

// Visits the elements whose home is bucket `home`, wherever they are.
template <typename Policy>
template <typename Visit>
void Dict<Policy>::VisitHome(const Chunk& chunk, uint32_t home, Visit&& visit) {
  using namespace dict_internal;
  const uint32_t count = chunk.bucket_count;
  const Bucket* bucket = &chunk.buckets[home];
  FetchElements<Prefetch>(*bucket, bucket->used);
  if (home + 1 < count) FetchElements<Prefetch>(bucket[1], bucket[1].used);  // the next step's
  ForEachSlot(bucket->used & ~bucket->displaced,
              [&](uint32_t slot) { visit(static_cast<Element*>(bucket->Get(slot))); });
  ForEachStray(chunk, home, [&](const Bucket& stray_bucket, uint32_t slot, uint32_t) {
    auto* element = static_cast<Element*>(stray_bucket.Get(slot));
    if (HomeBucket(PositionOfHash(HashOf(element)), count) == home) visit(element);
  });
}

template <typename Policy>
template <typename Visit>
void Dict<Policy>::ForEach(Visit&& visit) const {
  if (size_ == 0) return;
  for (uint32_t index = 0; index < directory_.count(); ++index) {
    const Chunk& chunk = directory_.at(index);
    // Who reads everything reads more than the first line of many.
    const bool more = WalkFetched<PrefetchBlock>(chunk, &Bucket::used, [&](uint32_t at) {
      const Bucket& bucket = chunk.buckets[at];
      for (uint32_t slots = bucket.used; slots != 0; slots &= slots - 1) {
        const auto slot = static_cast<uint32_t>(std::countr_zero(slots));
        if (!GoesOn(visit, static_cast<Element*>(bucket.Get(slot)))) return false;
      }
      return true;
    });
    if (!more) return;
  }
}

template <typename Policy>
class Dict<Policy>::Drawing {
 public:
  // REQUIRES: the dict is not empty.
  Drawing(const Dict& dict, uint64_t number) : random_(number) {
    do {
      index_ = dict.directory_.IndexOf(random_());
      chunk_ = &dict.directory_.at(index_);
    } while (chunk_->size == 0);
    Next();
  }

  // To another place, each as likely as the others. Chunks are nearly two thirds full, but for the
  // smallest: few tries.
  void Next() {
    const uint32_t slots = chunk_->bucket_count * Bucket::kSlots;
    place_ = static_cast<uint32_t>((random_() >> 32) * slots >> 32);
  }

  Bucket* bucket() const { return chunk_->buckets + place_ / Bucket::kSlots; }
  bool used() const { return (bucket()->used >> place_ % Bucket::kSlots & 1) != 0; }
  Slot slot() const { return Slot(bucket(), place_ % Bucket::kSlots, index_); }

 private:
  RandomGenerator random_;
  const Chunk* chunk_;
  uint32_t index_;
  uint32_t place_;
};

template <typename Policy>
typename Dict<Policy>::Slot Dict<Policy>::Draw(uint64_t number) const {
  if (size_ == 0) return Slot();
  Drawing drawing(*this, number);
  while (!drawing.used()) drawing.Next();
  return drawing.slot();
}

template <typename Policy>
const void* Dict<Policy>::DrawnBucket(uint64_t number) const {
  return size_ == 0 ? nullptr : Drawing(*this, number).bucket();
}

template <typename Policy>
const void* Dict<Policy>::DrawnElement(uint64_t number) const {
  if (size_ == 0) return nullptr;
  Drawing drawing(*this, number);
  if (drawing.used()) return drawing.slot().element();
  // Another place, which is not in the cache: it is to be, by then.
  drawing.Next();
  return drawing.bucket();
}

template <typename Policy>
template <typename Generator, typename Visit>
void Dict<Policy>::Sample(Generator& random, size_t count, bool only_marked, Visit&& visit) {
  if (size_ == 0) return;
  const uint32_t chunks = directory_.count();
  // By its share of the hashes: a chunk that has not been split yet gets twice as many elements,
  // and is to be chosen twice as often.
  uint32_t index = directory_.IndexOf(random());
  const size_t wanted = count;
  for (uint32_t looked_at = 0; looked_at < chunks && count > 0; ++looked_at) {
    if (looked_at >= kSweepChunks && count < wanted) return;
    Chunk& chunk = directory_.at(index);
    index = index + 1 < chunks ? index + 1 : 0;
    if (chunk.size == 0 || (only_marked && chunk.hint == kNoHint)) continue;
    SampleChunk(chunk, random, only_marked, &count, visit);
  }
}

// Visits up to `*count` elements of a chunk, and counts them down, from a random slot on: the first
// part of that bucket comes last. Each slot must be as likely as the others, because the lower ones
// are filled first and so hold other elements than the higher ones.
template <typename Policy>
template <typename Generator, typename Visit>
void Dict<Policy>::SampleChunk(Chunk& chunk, Generator& random, bool only_marked, size_t* count,
                               Visit& visit) {
  const size_t wanted = *count;
  auto at = static_cast<uint32_t>(random.Below(chunk.bucket_count));
  const uint32_t from_first = 0xffu << random.Below(Bucket::kSlots);
  for (uint32_t seen = 0; seen <= chunk.bucket_count && *count > 0; ++seen) {
    const Bucket& bucket = chunk.buckets[at];
    at = at + 1 < chunk.bucket_count ? at + 1 : 0;
    uint32_t slots = only_marked ? bucket.marks : bucket.used;
    if (seen == 0) slots &= from_first;
    if (seen == chunk.bucket_count) slots &= ~from_first;
    dict_internal::ForEachSlot(slots, [&](uint32_t slot) {
      if (*count == 0) return;
      --*count;
      visit(static_cast<Element*>(bucket.Get(slot)));
    });
  }
  if (only_marked && *count == wanted) chunk.hint = kNoHint;
}

template <typename Policy>
template <typename IsDue, typename Dispose>
bool Dict<Policy>::SweepMarked(uint64_t* cursor, uint32_t limit, IsDue&& is_due,
                               Dispose&& dispose) {
  if (!NeedsSweep(*cursor, limit)) return false;
  if (*cursor == 0) directory_.BeginRound();
  // From the last chunk to the first, and the cursor is how many are still to come: a merge on the
  // way moves elements from the end of the table to places that come later, or were looked at too.
  uint64_t index =
      *cursor == 0 ? directory_.count() : std::min<uint64_t>(*cursor, directory_.count());
  const uint64_t stop = index - std::min<uint64_t>(index, size_ == 0 ? 0 : kSweepChunks);
  while (index > stop) {
    Chunk& chunk = directory_.at(static_cast<uint32_t>(--index));
    // kNoHint is above every limit.
    const bool due = chunk.hint <= limit && chunk.hint != kNoHint;
    if (due) SweepChunk(chunk, is_due, dispose);
    directory_.NoteHint(chunk.hint);
    if (!due) continue;
    // Two, as a chunk that loses all its elements makes two too many: kMergeLoad is half of
    // kSplitLoad.
    for (int merges = 0; merges < 2 && MergeDue(); ++merges) Merge();
    ReleaseIfEmpty();
    break;
  }
  const bool more = size_ > 0 && index > 0;
  if (!more) directory_.EndRound();
  *cursor = more ? index : 0;
  return more;
}

template <typename Policy>
template <typename IsDue, typename Dispose>
void Dict<Policy>::SweepChunk(Chunk& chunk, IsDue& is_due, Dispose& dispose) {
  uint32_t least = kNoHint;
  WalkFetched<Prefetch>(chunk, &Bucket::marks, [&](uint32_t at) {
    const Bucket& bucket = chunk.buckets[at];
    dict_internal::ForEachSlot(uint32_t{bucket.marks}, [&](uint32_t slot) {
      auto* element = static_cast<Element*>(bucket.Get(slot));
      if (is_due(element)) {
        Remove(chunk, at, slot);
        --size_;
        dispose(element);
      } else {
        least = std::min(least, Policy::Hint(*element));
      }
    });
  });
  chunk.hint = least;
  ShrinkIfDue(chunk);
}

template <typename Policy>
template <typename MoveElements, typename MoveBlock>
uint64_t Dict<Policy>::Defrag(uint64_t cursor, MoveElements&& move_elements,
                              MoveBlock&& move_block) {
  if (!directory_.allocated() || cursor >= directory_.count()) return 0;
  const uint64_t next = DefragTable(cursor, move_block);
  Chunk& chunk = directory_.at(static_cast<uint32_t>(cursor));
  constexpr uint32_t kRun = kDefragRun / Bucket::kSlots;
  for (uint32_t at = 0; at < chunk.bucket_count; at += kRun) {
    const std::span run(chunk.buckets + at, std::min(kRun, chunk.bucket_count - at));
    DefragRun(run, move_elements);
  }
  return next;
}

template <typename Policy>
template <typename MoveBlock>
uint64_t Dict<Policy>::DefragTable(uint64_t cursor, MoveBlock&& move_block) {
  if (!directory_.allocated() || cursor >= directory_.count()) return 0;
  const auto index = static_cast<uint32_t>(cursor);
  directory_.DefragPages(index, move_block);
  Chunk& chunk = directory_.at(index);
  if (chunk.buckets != nullptr) {
    if (void* moved =
            move_block(static_cast<void*>(chunk.buckets), chunk.bucket_count * sizeof(Bucket))) {
      chunk.buckets = static_cast<Bucket*>(moved);
    }
  }
  return cursor + 1 < directory_.count() ? cursor + 1 : 0;
}

template <typename Policy>
template <typename MoveElements>
void Dict<Policy>::DefragRun(std::span<Bucket> run, MoveElements& move_elements) {
  std::array<Element*, kDefragRun> elements;
  size_t count = 0;
  for (const Bucket& bucket : run) {
    dict_internal::ForEachSlot(bucket.used, [&](uint32_t slot) {
      elements[count++] = static_cast<Element*>(bucket.Get(slot));
    });
  }
  move_elements(std::span(elements).first(count));
  Element** moved = elements.data();
  for (Bucket& bucket : run) {
    dict_internal::ForEachSlot(bucket.used, [&](uint32_t slot) { bucket.Replace(slot, *moved++); });
  }
}

template <typename Policy>
DictStats Dict<Policy>::Stats() const {
  DictStats stats;
  stats.elements = size_;
  stats.memory = memory();
  stats.largest_allocation = largest_allocation();
  if (!directory_.allocated()) return stats;
  stats.chunks = directory_.count();
  for (uint32_t index = 0; index < directory_.count(); ++index) {
    const Chunk& chunk = directory_.at(index);
    if (chunk.bucket_count == 0) {
      ++stats.chunks_by_fill[0];
      continue;
    }
    stats.largest_chunk = std::max<size_t>(stats.largest_chunk, chunk.size);
    stats.buckets += chunk.bucket_count;
    ++stats.chunks_by_fill[chunk.size * 10 / (chunk.bucket_count * Bucket::kSlots)];
    for (uint32_t at = 0; at < chunk.bucket_count; ++at) {
      ++stats.buckets_by_fill[static_cast<size_t>(std::popcount(chunk.buckets[at].used))];
      stats.displaced += static_cast<size_t>(std::popcount(chunk.buckets[at].displaced));
    }
  }
  return stats;
}

}  // namespace ebb
