// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

// Dict's searches, changes and resizing; included by dict.h alone.

#include "storage/dict.h"
#include "storage/prefetch.h"
#include "storage/visit.h"

namespace ebb {

// The elements of a chunk or two on their way to other blocks. Kept on the stack when the chunks
// have an ordinary size.
template <typename Policy>
class Dict<Policy>::Movers {
 public:
  explicit Movers(size_t capacity)
      : heap_(capacity > kOnStack ? capacity : 0),
        movers_(heap_ > 0 ? static_cast<Mover*>(memory::Allocate(heap_ * sizeof(Mover))) : stack_) {
  }
  ~Movers() {
    if (heap_ > 0) memory::Free(movers_, heap_ * sizeof(Mover));
  }
  Movers(const Movers&) = delete;
  Movers& operator=(const Movers&) = delete;

  // Adds the elements of `chunk`. Looks at the elements themselves only where their slots do not
  // tell enough.
  void Collect(const Chunk& chunk);

  // Puts all of them into the chunks that `chunk_of(mover)` answers, which have room, and forgets
  // them.
  template <typename ChunkOf>
  void PlaceAll(ChunkOf&& chunk_of);

  Mover* begin() { return movers_; }
  Mover* end() { return movers_ + count_; }

 private:
  static constexpr size_t kOnStack = 1024;

  // Puts the elements in `slots` of a bucket, whose positions lie in [begin, end), at `mover`;
  // answers where the next goes.
  Mover* CollectSlots(const Bucket& bucket, uint32_t slots, uint32_t begin, uint32_t end,
                      Mover* mover);

  // The element will be asked for its hash, once the cache has it.
  void SetUnknown(Mover* mover) {
    __builtin_prefetch(mover->element());
    mover->set_unknown();
    unknown_ = true;
  }
  void AskUnknown(Mover* from);

  const size_t heap_;
  Mover* const movers_;
  size_t count_ = 0;
  bool unknown_ = false;  // some positions of the last chunk were
  Mover stack_[kOnStack];
};

template <typename Policy>
inline dict_internal::Mover* Dict<Policy>::Movers::CollectSlots(const Bucket& bucket,
                                                                uint32_t slots, uint32_t begin,
                                                                uint32_t end, Mover* mover) {
  using namespace dict_internal;
  const bool all_known = end - begin <= kKnownPositions;
  const uint32_t marks = bucket.marks;
  for (; slots != 0; slots &= slots - 1) {
    const auto slot = static_cast<uint32_t>(std::countr_zero(slots));
    const uint32_t position = RecallPosition(bucket.tags[slot], begin);
    *mover = Mover(bucket.Word(slot), (marks >> slot & 1) != 0, position);
    if (!all_known && position + kKnownPositions < end) SetUnknown(mover);
    ++mover;
  }
  return mover;
}

template <typename Policy>
void Dict<Policy>::Movers::Collect(const Chunk& chunk) {
  using namespace dict_internal;
  const uint32_t count = chunk.bucket_count;
  Mover* const from = end();
  Mover* mover = from;
  unknown_ = false;
  // Strays from the chunk's end come as far as here from the front.
  uint32_t wrap_end = 0;
  for (uint32_t home = 0; home < count; ++home) {
    const uint32_t reach = ReachOf(chunk.buckets[home], count);
    if (home + reach >= count) wrap_end = std::max(wrap_end, home + reach - count + 1);
  }
  // The homes of displaced elements are in the run of buckets before theirs from which some have
  // strayed so far; in positions, from `run` to `begin`. Where the run wraps around the end of the
  // chunk, everything is possible.
  uint32_t begin = 0;
  uint32_t run = 0;
  uint32_t run_end = 0;
  for (uint32_t at = 0; at < count; ++at) {
    const Bucket& bucket = chunk.buckets[at];
    const uint32_t end = FirstPosition(at + 1, count);
    if (at >= run_end) run = begin;
    mover = CollectSlots(bucket, bucket.used & ~bucket.displaced, begin, end, mover);
    const bool wraps = at < wrap_end;
    mover =
        CollectSlots(bucket, bucket.displaced, wraps ? 0 : run, wraps ? kPositions : begin, mover);
    run_end = std::max(run_end, at + ReachOf(bucket, count) + 1);
    begin = end;
  }
  count_ = static_cast<size_t>(mover - movers_);
  if (unknown_) AskUnknown(from);
}

template <typename Policy>
void Dict<Policy>::Movers::AskUnknown(Mover* from) {
  for (Mover* mover = from; mover != end(); ++mover) {
    if (!mover->unknown()) [[likely]]
      continue;
    const uint64_t hash = HashOf(mover->element());
    *mover = Mover(mover->slot_word(), mover->marked(), dict_internal::PositionOfHash(hash));
  }
}

template <typename Policy>
template <typename ChunkOf>
void Dict<Policy>::Movers::PlaceAll(ChunkOf&& chunk_of) {
  // First those that find room at home, so that nobody is driven out by one who is not at home.
  size_t homeless = 0;
  for (size_t i = 0; i < count_; ++i) {
    const Mover mover = movers_[i];
    const Chunk& chunk = chunk_of(mover);
    Bucket& home = chunk.buckets[dict_internal::HomeBucket(mover.position(), chunk.bucket_count)];
    if (home.full()) [[unlikely]] {
      movers_[homeless++] = mover;
    } else {
      Put(home, mover, false);
    }
  }
  for (size_t i = 0; i < homeless; ++i) Place(chunk_of(movers_[i]), movers_[i]);
  count_ = 0;
}

template <typename Policy>
inline typename Dict<Policy>::Home Dict<Policy>::HomeOf(uint64_t hash) const {
  if (size_ == 0) return {};
  const uint32_t index = directory_.IndexOf(hash);
  const Chunk& chunk = directory_.at(index);
  const uint32_t position = dict_internal::PositionOfHash(hash);
  return {.bucket = chunk.buckets + dict_internal::HomeBucket(position, chunk.bucket_count),
          .chunk = &chunk,
          .index = index,
          .tag = dict_internal::TagOf(position)};
}

// The first element on the path of a search for `hash` whose tag is right and that `accept(const
// Element*)` takes.
template <typename Policy>
template <typename Accept>
inline typename Dict<Policy>::Slot Dict<Policy>::Search(uint64_t hash, Accept&& accept) const {
  const Home home = HomeOf(hash);
  if (home.bucket == nullptr) [[unlikely]]
    return Slot();
  for (uint32_t slots = home.Candidates(); slots != 0; slots &= slots - 1) {
    const auto slot = static_cast<uint32_t>(std::countr_zero(slots));
    if (accept(static_cast<const Element*>(home.bucket->Get(slot)))) [[likely]] {
      return Slot(home.bucket, slot, home.index);
    }
  }
  // Asked only now: nine in ten are at home, and the answer is hard to predict.
  if (!home.MayHaveStrayed()) return Slot();
  Bucket* bucket = home.bucket;
  for (uint32_t left = dict_internal::ReachOf(*bucket, home.chunk->bucket_count); left > 0;
       --left) {
    bucket = home.After(bucket);
    uint32_t slots = dict_internal::MatchTags(bucket->tags, home.tag) & bucket->displaced;
    for (; slots != 0; slots &= slots - 1) {
      const auto slot = static_cast<uint32_t>(std::countr_zero(slots));
      if (accept(static_cast<const Element*>(bucket->Get(slot))))
        return Slot(bucket, slot, home.index);
    }
  }
  return Slot();
}

template <typename Policy>
typename Dict<Policy>::Slot Dict<Policy>::Find(Key key, uint64_t hash) const {
  return Search(hash, [&](const Element* element) { return Policy::Equal(*element, key); });
}

template <typename Policy>
typename Dict<Policy>::Slot Dict<Policy>::Insert(Element* element, uint64_t hash, bool marked) {
  assert(Policy::Hash(*element) == hash);
  directory_.AllocateFirst();
  if (SplitDue(size_ + 1)) Split();
  if (IsCrowded(hash)) [[unlikely]]
    Disperse(hash);
  const uint32_t index = directory_.IndexOf(hash);
  Chunk& chunk = directory_.at(index);
  if (chunk.bucket_count == 0) {
    Rebuild(chunk, 1);
  } else if (chunk.size >= dict_internal::MaxElements(chunk.bucket_count)) {
    Rebuild(chunk, dict_internal::GrownBucketCount(chunk.bucket_count));
  }
  if (marked) LowerHint(chunk, Policy::Hint(*element));
  ++size_;
  ++chunk.size;
  const uint32_t position = dict_internal::PositionOfHash(hash);
  const uint32_t ahead = dict_internal::AheadOf(hash, directory_.LevelOf(index));
  Slot slot = Place(chunk, Mover(dict_internal::SlotWord(element, ahead), marked, position));
  slot.chunk_ = index;
  return slot;
}

template <typename Policy>
template <typename Make>
typename Dict<Policy>::FindOrInsertResult Dict<Policy>::FindOrInsert(Key key, uint64_t hash,
                                                                     Make&& make) {
  const Slot found = Find(key, hash);
  if (found) return {found, false};
  Element* element = make();
  if (element == nullptr) return {Slot(), false};
  return {Insert(element, hash), true};
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
const void* Dict<Policy>::LikelyBucket(uint64_t hash) const {
  return HomeOf(hash).bucket;
}

template <typename Policy>
const void* Dict<Policy>::LikelyElement(uint64_t hash) const {
  const Slot slot = Search(hash, [](const Element*) { return true; });
  return slot ? slot.element() : nullptr;
}

template <typename Policy>
typename Dict<Policy>::Likely Dict<Policy>::LikelyPlace(uint64_t hash) const {
  const Home home = HomeOf(hash);
  if (home.bucket == nullptr) [[unlikely]]
    return {};
  const uint32_t slots = home.Candidates();
  if (slots != 0) return {home.bucket->Get(static_cast<uint32_t>(std::countr_zero(slots))), true};
  if (!home.MayHaveStrayed()) return {};
  return {home.After(home.bucket), false};
}

template <typename Policy>
inline typename Dict<Policy>::Slot Dict<Policy>::Put(Bucket& bucket, Mover mover, bool displaced) {
  const uint32_t used = bucket.used;
  const auto slot = static_cast<uint32_t>(std::countr_one(used));
  bucket.tags[slot] = dict_internal::TagOf(mover.position());
  bucket.SetWord(slot, mover.slot_word());
  bucket.used = static_cast<uint8_t>(used | 1u << slot);
  bucket.marks |= static_cast<uint8_t>(uint32_t{mover.marked()} << slot);
  bucket.displaced |= static_cast<uint8_t>(uint32_t{displaced} << slot);
  return Slot(&bucket, slot, 0);
}

template <typename Policy>
typename Dict<Policy>::Slot Dict<Policy>::Place(const Chunk& chunk, Mover mover) {
  const uint32_t count = chunk.bucket_count;
  const uint32_t home_index = dict_internal::HomeBucket(mover.position(), count);
  Bucket& home = chunk.buckets[home_index];
  if (!home.full()) [[likely]]
    return Put(home, mover, false);
  uint32_t distance = 0;
  uint32_t at = home_index;
  do {
    ++distance;
    at = at + 1 == count ? 0 : at + 1;
    assert(distance < count);
  } while (chunk.buckets[at].full());
  home.strays |= Bucket::StrayBit(dict_internal::TagOf(mover.position()));
  home.reach =
      std::max(home.reach, static_cast<uint8_t>(std::min<uint32_t>(distance, Bucket::kAnywhere)));
  return Put(chunk.buckets[at], mover, true);
}

template <typename Policy>
typename Dict<Policy>::Element* Dict<Policy>::Remove(Chunk& chunk, uint32_t at, uint32_t slot) {
  Bucket& bucket = chunk.buckets[at];
  const auto bit = static_cast<uint8_t>(1u << slot);
  assert((bucket.used & bit) != 0);
  auto* element = static_cast<Element*>(bucket.Get(slot));
  const bool displaced = (bucket.displaced & bit) != 0;
  bucket.used &= ~bit;
  bucket.marks &= ~bit;
  bucket.displaced &= ~bit;
  --chunk.size;
  if (displaced) [[unlikely]] {
    const uint32_t position = dict_internal::PositionOfHash(HashOf(element));
    RenewStrays(chunk, dict_internal::HomeBucket(position, chunk.bucket_count));
  }
  return element;
}

// Calls `visit(bucket, slot)` for each slot that may hold an element that has strayed from bucket
// `home`: all that do and few others.
template <typename Policy>
template <typename Visit>
void Dict<Policy>::ForEachStray(const Chunk& chunk, uint32_t home, Visit&& visit) {
  using namespace dict_internal;
  const uint32_t count = chunk.bucket_count;
  const uint8_t strays = chunk.buckets[home].strays;
  const uint32_t farthest = ReachOf(chunk.buckets[home], count);
  const uint32_t begin = FirstPosition(home, count);
  const uint32_t end = FirstPosition(home + 1, count);
  uint32_t at = home;
  for (uint32_t distance = 1; distance <= farthest; ++distance) {
    at = at + 1 == count ? 0 : at + 1;
    const Bucket& bucket = chunk.buckets[at];
    ForEachSlot(bucket.displaced, [&](uint32_t slot) {
      if ((strays & Bucket::StrayBit(bucket.tags[slot])) == 0) return;
      if (RecallPosition(bucket.tags[slot], begin) < end) visit(bucket, slot, distance);
    });
  }
}

// Lowers the bounds of a bucket from which a stray has been removed.
template <typename Policy>
void Dict<Policy>::RenewStrays(const Chunk& chunk, uint32_t home) {
  uint32_t strays = 0;
  uint32_t reach = 0;
  ForEachStray(chunk, home, [&](const Bucket& bucket, uint32_t slot, uint32_t distance) {
    strays |= Bucket::StrayBit(bucket.tags[slot]);
    reach = distance;
  });
  chunk.buckets[home].strays = static_cast<uint8_t>(strays);
  chunk.buckets[home].reach = static_cast<uint8_t>(std::min<uint32_t>(reach, Bucket::kAnywhere));
}

// Has `fetch`, Prefetch or PrefetchBlock, fetch the elements in these slots.
template <typename Policy>
template <auto fetch>
void Dict<Policy>::FetchElements(const Bucket& bucket, uint32_t slots) {
  dict_internal::ForEachSlot(slots, [&](uint32_t slot) { fetch(bucket.Get(slot)); });
}

// Calls `visit(at)` for each bucket of a chunk, until it answers false if it answers, and has the
// elements in `slots` of those that come next fetched meanwhile. Answers whether all were visited.
template <typename Policy>
template <auto fetch, typename Visit>
bool Dict<Policy>::WalkFetched(const Chunk& chunk, uint8_t Bucket::*slots, Visit&& visit) {
  constexpr uint32_t kBucketsInFlight = 3;
  for (uint32_t at = 0; at < chunk.bucket_count + kBucketsInFlight; ++at) {
    if (at < chunk.bucket_count) FetchElements<fetch>(chunk.buckets[at], chunk.buckets[at].*slots);
    if (at >= kBucketsInFlight && !GoesOn(visit, at - kBucketsInFlight)) return false;
  }
  return true;
}

// Moves a chunk's elements to a block of another size. REQUIRES: they fit.
template <typename Policy>
void Dict<Policy>::Rebuild(Chunk& chunk, uint32_t bucket_count) {
  Chunk fresh = chunk;
  fresh.bucket_count = static_cast<uint16_t>(bucket_count);
  fresh.buckets = directory_.AllocateBuckets(bucket_count);
  if (chunk.buckets != nullptr) {
    Movers movers(chunk.size);
    movers.Collect(chunk);
    directory_.FreeBuckets(chunk.buckets, chunk.bucket_count);
    movers.PlaceAll([&](Mover) -> const Chunk& { return fresh; });
  }
  chunk = fresh;
}

template <typename Policy>
void Dict<Policy>::ShrinkIfDue(Chunk& chunk) {
  if (chunk.size > dict_internal::MinElements(chunk.bucket_count)) [[likely]]
    return;
  if (chunk.size == 0) {
    if (chunk.buckets != nullptr) directory_.FreeBuckets(chunk.buckets, chunk.bucket_count);
    chunk = Chunk();
    return;
  }
  Rebuild(chunk, dict_internal::FittingBucketCount(chunk.size));
}

// Makes way for an element in a crowded chunk: by one split, which may be another chunk's turn; by
// as many as it takes where the chunk is full. Where its elements do not part in kMost chunks
// either, somebody has tried 10^11 keys, or the hash function is none: then AllocateBuckets ends
// the process when the chunk is to grow.
template <typename Policy>
void Dict<Policy>::Disperse(uint64_t hash) {
  constexpr uint32_t kMost = uint32_t{1} << 22;
  while (directory_.count() < kMost) {
    Split();
    if (directory_.at(directory_.IndexOf(hash)).size < kMostInChunk) return;
  }
}

template <typename Policy>
void Dict<Policy>::ReleaseIfEmpty() {
  if (size_ == 0 && directory_.count() == 1) directory_.ReleaseFirst();
}

template <typename Policy>
void Dict<Policy>::Split() {
  using namespace dict_internal;
  const uint32_t source = directory_.SplitSource();
  const uint32_t target = directory_.count();
  const uint32_t level = directory_.LevelOf(source);
  directory_.Append();
  Chunk& lower = directory_.at(source);
  Chunk& upper = directory_.at(target);
  const Chunk old = std::exchange(lower, Chunk());
  if (old.size == 0) return;
  const uint32_t bit = level % kBitsAhead;
  Movers movers(old.size);
  movers.Collect(old);
  directory_.FreeBuckets(old.buckets, old.bucket_count);
  uint32_t upper_size = 0;
  for (const Mover mover : movers) upper_size += mover.ahead() >> bit & 1;
  // Both halves keep the whole's hint: a lower bound that spares a look at the elements. The next
  // sweep makes it exact. A round that goes on may have the old chunk still before it and the new
  // one, at the end, behind it.
  directory_.NoteHint(old.hint);
  AllocateFor(lower, old.size - upper_size, old.hint);
  AllocateFor(upper, upper_size, old.hint);
  const Chunk* const halves[2] = {&lower, &upper};
  movers.PlaceAll([&](Mover mover) -> const Chunk& { return *halves[mover.ahead() >> bit & 1]; });
  if (bit + 1 == kBitsAhead) {
    RenewNotes(lower, level + 1);
    RenewNotes(upper, level + 1);
  }
}

// Notes the hash's bits for a new level, which the elements have to be asked for.
template <typename Policy>
void Dict<Policy>::RenewNotes(const Chunk& chunk, uint32_t level) {
  WalkFetched<Prefetch>(chunk, &Bucket::used, [&](uint32_t at) {
    Bucket& bucket = chunk.buckets[at];
    dict_internal::ForEachSlot(bucket.used, [&](uint32_t slot) {
      const void* element = bucket.Get(slot);
      const uint32_t ahead = dict_internal::AheadOf(HashOf(element), level);
      bucket.SetWord(slot, dict_internal::SlotWord(element, ahead));
    });
  });
}

// Makes a chunk that is about to get `elements`.
template <typename Policy>
void Dict<Policy>::AllocateFor(Chunk& chunk, uint32_t elements, uint32_t hint) {
  if (elements == 0) {
    chunk = Chunk();
    return;
  }
  const uint32_t count = dict_internal::FittingBucketCount(elements);
  chunk.buckets = directory_.AllocateBuckets(count);
  chunk.bucket_count = static_cast<uint16_t>(count);
  chunk.size = static_cast<uint16_t>(elements);
  chunk.hint = hint;
}

template <typename Policy>
void Dict<Policy>::Merge() {
  using namespace dict_internal;
  const uint32_t target = directory_.MergeTarget();
  const uint32_t last = directory_.count() - 1;
  const uint32_t level = directory_.LevelOf(last);
  // Notes for the lower level: when they begin with other bits than those for this one, all of them
  // are bits by which the halves were chosen, so they are in the chunk's number.
  const bool notes_change = level % kBitsAhead == 0;
  const uint32_t size = uint32_t{directory_.at(target).size} + directory_.at(last).size;
  const uint32_t hint = std::min(directory_.at(target).hint, directory_.at(last).hint);
  Movers movers(size);
  for (const uint32_t index : {target, last}) {
    Chunk& half = directory_.at(index);
    Mover* const first = movers.end();
    movers.Collect(half);
    if (notes_change) {
      const uint32_t ahead = AheadOf(index, level - 1);
      for (Mover* mover = first; mover != movers.end(); ++mover) mover->set_ahead(ahead);
    }
    if (half.buckets != nullptr) directory_.FreeBuckets(half.buckets, half.bucket_count);
    half = Chunk();
  }
  Chunk& merged = directory_.at(target);
  AllocateFor(merged, size, hint);
  movers.PlaceAll([&](Mover) -> const Chunk& { return merged; });
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
  // The chunk's hashes belong to its other half now.
  if (directory_.count() > 1) Merge();
  ReleaseIfEmpty();
  for (uint32_t at = 0; at < old.bucket_count; ++at) {
    dict_internal::ForEachSlot(old.buckets[at].used, [&](uint32_t slot) {
      dispose(static_cast<Element*>(old.buckets[at].Get(slot)));
    });
  }
  if (old.buckets != nullptr) directory_.FreeBuckets(old.buckets, old.bucket_count);
  return size_ > 0 || directory_.allocated();
}

template <typename Policy>
template <typename Dispose>
bool Dict<Policy>::TakeApartStep(Dispose&& dispose) {
  if (!directory_.allocated()) return false;
  const Chunk old = std::exchange(directory_.at(directory_.count() - 1), Chunk());
  size_ -= old.size;
  if (directory_.count() > 1) {
    directory_.DropLast();
  } else {
    directory_.ReleaseFirst();
  }
  WalkFetched<Prefetch>(old, &Bucket::used, [&](uint32_t at) {
    const Bucket& bucket = old.buckets[at];
    dict_internal::ForEachSlot(
        bucket.used, [&](uint32_t slot) { dispose(static_cast<Element*>(bucket.Get(slot))); });
  });
  if (old.buckets != nullptr) directory_.FreeBuckets(old.buckets, old.bucket_count);
  return directory_.allocated();
}

}  // namespace ebb
