// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

// Dict's searches, changes and resizing; included by dict.h alone.

#include "storage/dict.h"

namespace ebb {

template <typename Policy>
class Dict<Policy>::Items {
 public:
  explicit Items(size_t capacity)
      : heap_(capacity > kOnStack ? capacity : 0),
        items_(heap_ > 0 ? static_cast<Item*>(memory::Allocate(heap_ * sizeof(Item))) : stack_) {}
  ~Items() {
    if (heap_ > 0) memory::Free(items_, heap_ * sizeof(Item));
  }
  Items(const Items&) = delete;
  Items& operator=(const Items&) = delete;

  void Add(const Item& item) { items_[count_++] = item; }
  const Item* begin() const { return items_; }
  const Item* end() const { return items_ + count_; }

 private:
  static constexpr size_t kOnStack = 640;
  const size_t heap_;
  Item* const items_;
  size_t count_ = 0;
  Item stack_[kOnStack];
};

template <typename Policy>
typename Dict<Policy>::Slot Dict<Policy>::Find(Key key, uint64_t hash) const {
  if (size_ == 0) return Slot();
  const uint32_t index = directory_.IndexOf(hash);
  const Chunk& chunk = directory_.at(index);
  const uint32_t count = chunk.bucket_count;
  if (count == 0) [[unlikely]]
    return Slot();
  const uint32_t position = dict_internal::PositionOfHash(hash);
  const uint8_t tag = dict_internal::TagOfPosition(position);
  const uint32_t home = dict_internal::HomeBucket(position, count);
  Bucket* bucket = chunk.buckets + home;
  uint32_t candidates =
      dict_internal::MatchTags(bucket->tags, tag) & bucket->used & ~bucket->displaced;
  for (uint32_t at = home;;) {
    for (; candidates != 0; candidates &= candidates - 1) {
      const auto slot = static_cast<uint32_t>(std::countr_zero(candidates));
      if (Policy::Equal(*static_cast<const Element*>(bucket->Get(slot)), key)) [[likely]] {
        return Slot(bucket, slot, index);
      }
    }
    if (bucket->passed == 0) [[likely]]
      return Slot();
    at = at + 1 == count ? 0 : at + 1;
    if (at == home) return Slot();
    bucket = chunk.buckets + at;
    candidates = dict_internal::MatchTags(bucket->tags, tag) & bucket->displaced;
  }
}

template <typename Policy>
typename Dict<Policy>::Slot Dict<Policy>::Insert(Element* element, uint64_t hash, bool marked) {
  assert(Policy::Hash(*element) == hash);
  directory_.AllocateFirst();
  if (SplitDue(size_ + 1)) Split();
  const uint32_t index = directory_.IndexOf(hash);
  Chunk& chunk = directory_.at(index);
  if (chunk.bucket_count == 0) {
    Rebuild(chunk, 1);
  } else if (chunk.size >= dict_internal::MaxElements(chunk.bucket_count)) {
    Rebuild(chunk, dict_internal::NextBucketCount(chunk.bucket_count));
  }
  if (marked) chunk.hint = std::min(chunk.hint, Policy::Hint(*element));
  ++size_;
  Slot slot = Place(chunk, element, dict_internal::PositionOfHash(hash), marked);
  slot.chunk_ = index;
  return slot;
}

template <typename Policy>
template <typename Make>
typename Dict<Policy>::FindOrInsertResult Dict<Policy>::FindOrInsert(Key key, uint64_t hash,
                                                                     Make&& make, bool marked) {
  const Slot found = Find(key, hash);
  if (found) return {found, false};
  Element* element = make();
  if (element == nullptr) return {Slot(), false};
  return {Insert(element, hash, marked), true};
}

template <typename Policy>
typename Dict<Policy>::Element* Dict<Policy>::Erase(Slot slot) {
  Chunk& chunk = directory_.at(slot.chunk_);
  Element* element =
      Remove(chunk, static_cast<uint32_t>(slot.bucket_ - chunk.buckets), slot.index_);
  --size_;
  ShrinkIfDue(chunk);
  if (MergeDue()) Merge();
  ReleaseIfEmpty();
  return element;
}

template <typename Policy>
void Dict<Policy>::PrefetchBucket(uint64_t hash) const {
  if (size_ == 0) return;
  const Chunk& chunk = directory_.at(directory_.IndexOf(hash));
  const uint32_t position = dict_internal::PositionOfHash(hash);
  __builtin_prefetch(chunk.buckets + dict_internal::HomeBucket(position, chunk.bucket_count));
}

template <typename Policy>
void Dict<Policy>::PrefetchElement(uint64_t hash) const {
  if (size_ == 0) return;
  const Chunk& chunk = directory_.at(directory_.IndexOf(hash));
  if (chunk.bucket_count == 0) return;
  const uint32_t position = dict_internal::PositionOfHash(hash);
  const Bucket& bucket = chunk.buckets[dict_internal::HomeBucket(position, chunk.bucket_count)];
  const uint8_t tag = dict_internal::TagOfPosition(position);
  const uint32_t candidates = dict_internal::MatchTags(bucket.tags, tag) & bucket.used;
  if (candidates != 0)
    __builtin_prefetch(bucket.Get(static_cast<uint32_t>(std::countr_zero(candidates))));
}

template <typename Policy>
typename Dict<Policy>::Slot Dict<Policy>::Place(Chunk& chunk, Element* element, uint32_t position,
                                                bool marked) {
  const uint32_t count = chunk.bucket_count;
  const uint32_t home = dict_internal::HomeBucket(position, count);
  uint32_t at = home;
  while (chunk.buckets[at].full()) {
    uint8_t& passed = chunk.buckets[at].passed;
    if (passed != Bucket::kPassedMax) ++passed;
    at = at + 1 == count ? 0 : at + 1;
    assert(at != home);
  }
  Bucket& bucket = chunk.buckets[at];
  const auto slot = static_cast<uint32_t>(std::countr_one(bucket.used));
  const auto bit = static_cast<uint8_t>(1u << slot);
  bucket.tags[slot] = dict_internal::TagOfPosition(position);
  bucket.Set(slot, element);
  bucket.used |= bit;
  if (marked) bucket.marks |= bit;
  if (at != home) bucket.displaced |= bit;
  ++chunk.size;
  return Slot(&bucket, slot, 0);
}

template <typename Policy>
typename Dict<Policy>::Element* Dict<Policy>::Remove(Chunk& chunk, uint32_t at, uint32_t slot) {
  Bucket& bucket = chunk.buckets[at];
  const auto bit = static_cast<uint8_t>(1u << slot);
  assert((bucket.used & bit) != 0);
  auto* element = static_cast<Element*>(bucket.Get(slot));
  if ((bucket.displaced & bit) != 0) [[unlikely]] {
    const uint32_t count = chunk.bucket_count;
    const uint32_t position = dict_internal::PositionOfHash(HashOf(element));
    for (uint32_t i = dict_internal::HomeBucket(position, count); i != at;
         i = i + 1 == count ? 0 : i + 1) {
      uint8_t& passed = chunk.buckets[i].passed;
      if (passed != Bucket::kPassedMax) --passed;
    }
  }
  bucket.used &= ~bit;
  bucket.marks &= ~bit;
  bucket.displaced &= ~bit;
  --chunk.size;
  return element;
}

template <typename Policy>
bool Dict<Policy>::PositionIsKnown(const Chunk& chunk, uint32_t bucket, uint32_t slot,
                                   uint32_t* position) {
  if ((chunk.buckets[bucket].displaced >> slot & 1) != 0) return false;
  // The element is at home, so its position lies between the bucket's first and the next bucket's
  // first. The tag names one in each run of 256.
  const uint32_t first = dict_internal::FirstPosition(bucket, chunk.bucket_count);
  const uint32_t end = dict_internal::FirstPosition(bucket + 1, chunk.bucket_count);
  *position = first + static_cast<uint8_t>(chunk.buckets[bucket].tags[slot] - first);
  return *position + 256 >= end;
}

template <typename Policy>
uint32_t Dict<Policy>::PositionOf(const Chunk& chunk, uint32_t bucket, uint32_t slot) {
  uint32_t position;
  if (PositionIsKnown(chunk, bucket, slot, &position)) return position;
  return dict_internal::PositionOfHash(HashOf(chunk.buckets[bucket].Get(slot)));
}

template <typename Policy>
void Dict<Policy>::PrefetchUnknown(const Chunk& chunk, uint32_t bucket) {
  if (bucket >= chunk.bucket_count) return;
  dict_internal::ForEachSlot(chunk.buckets[bucket].used, [&](uint32_t slot) {
    uint32_t position;
    if (!PositionIsKnown(chunk, bucket, slot, &position)) {
      __builtin_prefetch(chunk.buckets[bucket].Get(slot));
    }
  });
}

// Moves a chunk's elements to a block of another size. REQUIRES: they fit.
template <typename Policy>
void Dict<Policy>::Rebuild(Chunk& chunk, uint32_t bucket_count) {
  Chunk fresh;
  fresh.hint = chunk.hint;
  fresh.bucket_count = static_cast<uint16_t>(bucket_count);
  fresh.buckets = directory_.AllocateBuckets(bucket_count);
  PrefetchUnknown(chunk, 0);
  for (uint32_t at = 0; at < chunk.bucket_count; ++at) {
    PrefetchUnknown(chunk, at + 1);
    const Bucket& bucket = chunk.buckets[at];
    dict_internal::ForEachSlot(bucket.used, [&](uint32_t slot) {
      Place(fresh, static_cast<Element*>(bucket.Get(slot)), PositionOf(chunk, at, slot),
            (bucket.marks >> slot & 1) != 0);
    });
  }
  if (chunk.buckets != nullptr) directory_.FreeBuckets(chunk.buckets, chunk.bucket_count);
  chunk = fresh;
}

template <typename Policy>
void Dict<Policy>::ShrinkIfDue(Chunk& chunk) {
  if (chunk.size >= dict_internal::MinElements(chunk.bucket_count)) return;
  if (chunk.size == 0) {
    if (chunk.buckets != nullptr) directory_.FreeBuckets(chunk.buckets, chunk.bucket_count);
    chunk = Chunk();
    return;
  }
  const uint32_t fitting = dict_internal::FittingBucketCount(chunk.size);
  if (fitting < chunk.bucket_count) Rebuild(chunk, fitting);
}

template <typename Policy>
void Dict<Policy>::ReleaseIfEmpty() {
  if (size_ == 0 && directory_.count() == 1) directory_.ReleaseFirst();
}

template <typename Policy>
void Dict<Policy>::Split() {
  using dict_internal::FittingBucketCount;
  const uint32_t source = directory_.SplitSource();
  const uint32_t target = directory_.count();
  const uint64_t bit = source ^ target;
  directory_.Append();
  Chunk& lower = directory_.at(source);
  Chunk& upper = directory_.at(target);
  const Chunk old = std::exchange(lower, Chunk());
  if (old.size == 0) {
    if (old.buckets != nullptr) directory_.FreeBuckets(old.buckets, old.bucket_count);
    return;
  }
  Items items(old.size);
  size_t upper_size = 0;
  for (uint32_t at = 0; at < old.bucket_count; ++at) {
    const Bucket& bucket = old.buckets[at];
    if (at + 2 < old.bucket_count) {
      const Bucket& later = old.buckets[at + 2];
      dict_internal::ForEachSlot(later.used,
                                 [&](uint32_t slot) { __builtin_prefetch(later.Get(slot)); });
    }
    dict_internal::ForEachSlot(bucket.used, [&](uint32_t slot) {
      auto* element = static_cast<Element*>(bucket.Get(slot));
      const uint64_t hash = HashOf(element);
      const bool is_upper = (hash & bit) != 0;
      const bool marked = (bucket.marks >> slot & 1) != 0;
      upper_size += is_upper;
      if (marked) {
        uint32_t& hint = is_upper ? upper.hint : lower.hint;
        hint = std::min(hint, HintOf(element));
      }
      items.Add({element, dict_internal::PositionOfHash(hash), marked, is_upper});
    });
  }
  directory_.FreeBuckets(old.buckets, old.bucket_count);
  for (Chunk* half : {&lower, &upper}) {
    const size_t half_size = half == &upper ? upper_size : old.size - upper_size;
    if (half_size == 0) continue;
    half->bucket_count =
        static_cast<uint16_t>(FittingBucketCount(static_cast<uint32_t>(half_size)));
    half->buckets = directory_.AllocateBuckets(half->bucket_count);
  }
  for (const Item& item : items)
    Place(item.upper ? upper : lower, item.element, item.position, item.marked);
}

template <typename Policy>
void Dict<Policy>::Merge() {
  Chunk& target = directory_.at(directory_.MergeTarget());
  Chunk& last = directory_.at(directory_.count() - 1);
  const uint32_t total = uint32_t{target.size} + last.size;
  Chunk fresh;
  fresh.hint = std::min(target.hint, last.hint);
  if (total > 0) {
    fresh.bucket_count = static_cast<uint16_t>(dict_internal::FittingBucketCount(total));
    fresh.buckets = directory_.AllocateBuckets(fresh.bucket_count);
  }
  for (Chunk* half : {&target, &last}) {
    PrefetchUnknown(*half, 0);
    for (uint32_t at = 0; at < half->bucket_count; ++at) {
      PrefetchUnknown(*half, at + 1);
      const Bucket& bucket = half->buckets[at];
      dict_internal::ForEachSlot(bucket.used, [&](uint32_t slot) {
        Place(fresh, static_cast<Element*>(bucket.Get(slot)), PositionOf(*half, at, slot),
              (bucket.marks >> slot & 1) != 0);
      });
    }
    if (half->buckets != nullptr) directory_.FreeBuckets(half->buckets, half->bucket_count);
    *half = Chunk();
  }
  target = fresh;
  directory_.RemoveLast();
}

template <typename Policy>
bool Dict<Policy>::Maintain() {
  if (SplitDue(size_)) {
    Split();
  } else if (MergeDue()) {
    Merge();
  }
  ReleaseIfEmpty();
  return NeedsMaintenance();
}

template <typename Policy>
template <typename Dispose>
bool Dict<Policy>::ClearStep(Dispose&& dispose) {
  if (!directory_.allocated()) return false;
  Chunk& last = directory_.at(directory_.count() - 1);
  const Chunk old = std::exchange(last, Chunk());
  size_ -= old.size;
  // Without its last chunk the directory is that of a smaller dict; the chunk's hashes belong to
  // its other half then.
  if (directory_.count() > 1) directory_.RemoveLast();
  ReleaseIfEmpty();
  for (uint32_t at = 0; at < old.bucket_count; ++at) {
    dict_internal::ForEachSlot(old.buckets[at].used, [&](uint32_t slot) {
      dispose(static_cast<Element*>(old.buckets[at].Get(slot)));
    });
  }
  if (old.buckets != nullptr) directory_.FreeBuckets(old.buckets, old.bucket_count);
  return size_ > 0 || directory_.allocated();
}

}  // namespace ebb
