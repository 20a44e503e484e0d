// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <utility>

#include "storage/dict_bucket.h"
#include "storage/dict_directory.h"
#include "storage/memory/allocator.h"
#include "storage/prefetch.h"
#include "storage/random.h"

namespace ebb {

// What DEBUG HTSTATS shows of a Dict.
struct DictStats {
  size_t elements = 0;
  size_t memory = 0;              // bytes of the table itself
  size_t largest_allocation = 0;  // bytes, ever made
  size_t chunks = 0;
  size_t largest_chunk = 0;  // elements
  size_t buckets = 0;
  size_t displaced = 0;                     // elements that are not in their home bucket
  std::array<size_t, 9> buckets_by_fill{};  // how many buckets hold 0, 1, .. 8 elements
  std::array<size_t, 11> chunks_by_fill{};  // how many chunks are 0-9 %, 10-19 %, .. 100 % full
};

// The table of the keyspace, of hashes and of sets: pointers to elements, found by key. It grows
// and shrinks a few hundred elements at a time with the size of the data, and is never more than a
// few percent away from the memory that it needs.
//
//   hash (64 bits) | position 12 | ............................ low bits |
//                    |   \_ its low 8 bits: the tag             |
//                    |                                          v
//                    |                 directory: 16 bytes per chunk, in pages of 256
//                    |                 | chunk 0 | chunk 1 | ... | chunk c-1 |
//                    v                      |
//   chunk: one block of n cache lines <-----+
//   | bucket 0 | bucket 1 | ... home ... | bucket n-1 |      home = position * n / 2^12
//
//   bucket, 64 bytes:
//   | 8 tags (8 x 1) | 8 addresses with notes (8 x 6) | used marks displaced reach strays |
//
// - Which chunk: linear hashing (Litwin, 1980) on the low bits. When there are more than
//   kSplitLoad elements per chunk, an insertion divides ONE chunk in two; when there are fewer
//   than kMergeLoad, an erasure joins the last one to its other half. There is never a second
//   table, and no work greater than one chunk.
// - Where in the chunk: open addressing by buckets. An element whose home bucket is full strays
//   into the next one with room, wrapping around. Each bucket knows how far its strays went
//   (`reach`) and some bits of their tags (`strays`), so nearly all searches end in the home
//   bucket. A chunk grows by a third to a half (a small one bucket by bucket), always to
//   a size class of the allocator.
// - Chosen keys: Scan's cursors tell bits of the hash, so a client can gather keys that belong into
//   one chunk. One that holds more than kCrowd, which chance does not bring about, has each further
//   insertion into it split on, until its elements part; merges that would make another one wait,
//   but in a sparse table.
// - No look at the elements while moving them: the slot has eight bits of the position as its tag,
//   and as its note, in the bits that an address has to spare, the next bits that splits go by.
//   Only every fifth doubling reads the hashes again, as do the few elements that lie far from
//   home. So a rebuild costs a few ns per element, not a cache miss.
// - Two cache misses per hit: bucket, element (a directory of 16 bytes per ~200 elements stays in
//   the cache much longer). One per miss: in about 1 of 20 full buckets another element has the
//   same tag.
//
// Invariants (CheckInvariants):
// 1. An element is in the chunk that linear hashing names for its hash, in its home bucket or in
//    one that follows it, no farther than the home bucket's reach; and the home bucket's strays
//    have its tag's bit.
// 2. displaced and marks are subsets of used; displaced says exactly which elements are not at
//    home.
// 3. A chunk's hint is at most the least Policy::Hint of its marked elements; and the directory's
//    bound, but while a round of SweepMarked goes on, at most the least hint of the chunks.
// 4. Nothing allocated is larger than a chunk or a directory page (a few KB), but for the top
//    array: 8 to 16 bytes per ~50 000 elements.
//
// Memory: n is chosen so that chunks are 63 % to 94 % full while they grow, about 79 % on average:
// 10.1 bytes per element, plus 0.1 for the directory. (Steps half as long, for 9.4 bytes, took 8 %
// of the time of SETs of new keys.) An empty dict allocates nothing, one of up to 8 elements
// 64 + 16 bytes.
//
// The Policy says what elements are:
//
//   struct Policy {
//     using Element = ...;              // the dict stores Element*, aligned to 16 bytes
//     using Key = std::string_view;     // what Find takes, by value
//     static uint64_t Hash(const Element&);      // all 64 bits matter; the same all its life
//     static bool Equal(const Element&, Key);
//     static uint32_t Hint(const Element&);      // of a marked element; see SweepMarked
//   };
//
// Searches take the hash beside the key: Policy::Hash of an element with that key. Each element has
// a mark, one bit with a meaning of the caller's choice (the keyspace: "has an expire").
//
// Ownership: the dict never frees elements. Erase, SweepMarked, ClearStep and TakeApartStep hand
// them back; the destructor forgets them. Validity: a Slot is valid until the next Insert, Erase,
// SweepMarked, Maintain, ClearStep or Defrag of the dict. Callbacks must not change the dict.
// Thread: one at a time.
template <typename Policy>
class Dict {
  using Bucket = dict_internal::Bucket;
  using Chunk = dict_internal::Chunk;
  using Mover = dict_internal::Mover;

 public:
  using Element = typename Policy::Element;
  using Key = typename Policy::Key;

  // Elements per chunk on average: above kSplitLoad chunks are split, below kMergeLoad merged.
  static constexpr size_t kSplitLoad = 192;
  static constexpr size_t kMergeLoad = 96;

  // So many elements in one chunk are no accident; so many it can hold. And with so few elements
  // per chunk on average a table is merged in spite of a crowd.
  static constexpr size_t kCrowd = 2048;
  static constexpr size_t kMostInChunk =
      dict_internal::FittingElements(dict_internal::kMaxBucketCount);
  static constexpr size_t kSparseLoad = 4;

  // The hint of a chunk that has no marked element.
  static constexpr uint32_t kNoHint = dict_internal::kNoHint;

  // A place in the table that holds an element, or none.
  class Slot {
   public:
    Slot() = default;
    explicit operator bool() const { return bucket_ != nullptr; }

    // All below REQUIRE that the slot is not none.
    Element* element() const { return static_cast<Element*>(bucket_->Get(index_)); }

    // Puts an element with the same key and hash in the place of the present one; the mark stays.
    void Replace(Element* element) { bucket_->Replace(index_, element); }

    bool marked() const { return (bucket_->marks >> index_ & 1) != 0; }

    // Sets the mark. The chunk's hint does not follow by itself: call Dict::LowerHint for an
    // element that gets a mark.
    void set_marked(bool marked) {
      const auto bit = static_cast<uint8_t>(1u << index_);
      bucket_->marks = marked ? bucket_->marks | bit : bucket_->marks & ~bit;
    }

   private:
    friend class Dict;
    Slot(Bucket* bucket, uint32_t index, uint32_t chunk)
        : bucket_(bucket), index_(index), chunk_(chunk) {}

    Bucket* bucket_ = nullptr;
    uint32_t index_ = 0;
    uint32_t chunk_ = 0;
  };

  Dict() = default;
  Dict(const Dict&) = delete;
  Dict& operator=(const Dict&) = delete;
  Dict(Dict&& other) noexcept { Swap(other); }
  Dict& operator=(Dict&& other) noexcept {
    Swap(other);
    return *this;
  }
  void Swap(Dict& other) noexcept {
    directory_.Swap(other.directory_);
    std::swap(size_, other.size_);
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Bytes that the table takes, without the elements and without this object. O(1).
  size_t memory() const { return directory_.memory(); }

  // The greatest allocation ever made, in bytes. O(1).
  size_t largest_allocation() const { return directory_.largest_allocation(); }

  // The element with `key`, or none. O(1): one bucket, rarely two.
  Slot Find(Key key, uint64_t hash) const;

  // The slot of `element` itself, whose hash is `hash`, or none: by its address, so that nobody
  // looks at its key. O(1).
  Slot FindElement(const Element* element, uint64_t hash) const {
    return Search(hash, [element](const Element* other) { return other == element; });
  }

  // Adds `element`, whose hash is `hash`, and answers its slot. May split one chunk; two where its
  // own is crowded, as many as part it where that is full. Amortised O(1), at worst O(chunk) but
  // for that. REQUIRES: no element with its key is in the dict. A marked element's
  // Policy::Hint is read.
  Slot Insert(Element* element, uint64_t hash, bool marked = false);

  // The element with `key`; when there is none, the one that `make()` returns is added. `make` may
  // return null to add none.
  struct FindOrInsertResult {
    Slot slot;
    bool inserted;
  };
  template <typename Make>
  FindOrInsertResult FindOrInsert(Key key, uint64_t hash, Make&& make);

  // Takes the element out and answers it. May shrink one chunk and merge one. Amortised O(1), at
  // worst O(chunk). REQUIRES: slot is an element's; the element is still intact.
  Element* Erase(Slot slot);

  // The bucket that a search for `hash` begins with, and the element that it will probably find, to
  // have them fetched into the cache: addresses that only Prefetch may use, null where there is
  // nothing. LikelyElement looks into the bucket, and into those after it if the element may be
  // there. For batches: all buckets first, then all elements, then the searches.
  const void* LikelyBucket(uint64_t hash) const;
  const void* LikelyElement(uint64_t hash) const;
  void PrefetchBucket(uint64_t hash) const { Prefetch(LikelyBucket(hash)); }

  // What such a search looks at when it has seen its first bucket: an element, or the next bucket,
  // from where LikelyElement goes on; a null place where that is all. For batches: who is not at
  // home is looked for when others have been, as the next bucket has to be fetched first.
  struct Likely {
    const void* place = nullptr;
    bool is_element = false;
  };
  Likely LikelyPlace(uint64_t hash) const;

  // A random element, null when empty. Within a chunk all are equally likely; chunks are chosen by
  // their share of the hashes, so that single elements differ by a few percent in a dict of many
  // chunks. Takes one number of the generator. Expected O(1); with chosen keys, O(chunks).
  Element* Random() const { return Random(ThreadRandom()); }
  template <typename Generator>
  Element* Random(Generator& random) const {
    const Slot slot = Draw(random());
    return slot ? slot.element() : nullptr;
  }

  // The element that a random number leads to, none when empty; and, as LikelyBucket and
  // LikelyElement, where that will look: DrawnElement looks into the bucket.
  Slot Draw(uint64_t number) const;
  const void* DrawnBucket(uint64_t number) const;
  const void* DrawnElement(uint64_t number) const;

  // Calls `visit(Element*)` for up to `count` elements, marked ones alone if `only_marked`, that
  // lie beside each other in a random place. There the hash has put them, so they are a random
  // sample at the price of a few cache misses. May visit fewer where there are few, but at least
  // one when there is one and `count` > 0. O(count), and looks at up to kSweepChunks descriptors;
  // at all of them, some ns each, while it has found none. (A chunk that has lost its marks is
  // looked through once.)
  template <typename Generator, typename Visit>
  void Sample(Generator& random, size_t count, bool only_marked, Visit&& visit);

  // One step of a walk over everything: calls `visit(Element*)` for the elements of one home bucket
  // (none to about eight) and answers the cursor for the next step, 0 when the walk is over. Begin
  // with 0. Any number is a safe cursor. Guarantee: an element that is in the dict from the first
  // step to the last is visited at least once, whatever is inserted and erased between the steps;
  // exactly once when nothing is. See dict_scan.h for why.
  template <typename Visit>
  uint64_t Scan(uint64_t cursor, Visit&& visit) const;

  // Calls `visit(Element*)` for each element, until it answers false if it answers. O(n).
  template <typename Visit>
  void ForEach(Visit&& visit) const;

  // Tells the dict that the marked element in `slot` now has this Policy::Hint. To be called when
  // an element gets its mark and when its hint falls. (One that rises is noticed by SweepMarked.)
  void LowerHint(Slot slot, uint32_t hint) { LowerHint(directory_.at(slot.chunk_), hint); }

  // One step of a round over the marked elements whose Policy::Hint is at most `limit`: goes from
  // `*cursor` to the next chunk that may hold one and calls `is_due(Element*)` for each marked
  // element there; those for which it says true are taken out of the table, then handed to
  // `dispose(Element*)`. Answers false when the round is over; the cursor is 0 then, as it must be
  // for the first step. Afterwards the chunk's hint is exact, so a chunk with nothing due costs
  // nothing. O(chunk) for elements, and looks at up to kSweepChunks descriptors.
  //
  // A round that is over has told the least hint of all. Where that is above `limit`, and nothing
  // has become lower since, the next one is over at once, without a look at a chunk. One round at a
  // time: who begins anew gives up the one before.
  template <typename IsDue, typename Dispose>
  bool SweepMarked(uint64_t* cursor, uint32_t limit, IsDue&& is_due, Dispose&& dispose);
  static constexpr uint32_t kSweepChunks = 1024;

  // Whether SweepMarked with this cursor would look at the chunks. O(1).
  bool NeedsSweep(uint64_t cursor, uint32_t limit) const {
    return cursor != 0 || directory_.MayHoldHint(limit);
  }

  // One step towards the right number of chunks, as if by an insertion or an erasure: O(chunk).
  // Answers whether there is more to do. There rarely is, but a sweep may leave some.
  bool Maintain();

  // Whether Maintain would do anything.
  bool NeedsMaintenance() const { return SplitDue(size_) || MergeDue(); }

  // Takes the elements of the last chunk out, each handed to `dispose(Element*)`. Answers whether
  // any are left. In between the dict can be searched and erased from as always; but with
  // insertions it may never end. O(chunk).
  template <typename Dispose>
  bool ClearStep(Dispose&& dispose);

  // As ClearStep, but for a dict that is only to be taken apart: it cannot be searched or changed
  // afterwards, so no work goes into keeping it whole, and no memory. The elements' first cache
  // lines are fetched ahead. Answers whether any are left. O(chunk).
  template <typename Dispose>
  bool TakeApartStep(Dispose&& dispose);

  // One step of a walk for the defragger: chunk by chunk, from cursor 0 until it answers 0. Calls
  // `move_elements(std::span<Element*>)` for the elements of a chunk, kDefragRun at a time, which
  // puts in the place of each pointer where the element is now; and `move_block(void* block, size_t
  // size)` for the table's own blocks, which answers null to leave the block alone, or a new block
  // of `size` bytes with the contents, the old one freed. Blocks whose size is a multiple of a
  // cache line are AllocateAligned's, the others Allocate's. O(chunk). Elements in chunks that are
  // split, merged or made meanwhile may be missed until the next walk.
  template <typename MoveElements, typename MoveBlock>
  uint64_t Defrag(uint64_t cursor, MoveElements&& move_elements, MoveBlock&& move_block);
  static constexpr uint32_t kDefragRun = 256;

  // The same for the table's own blocks alone.
  template <typename MoveBlock>
  uint64_t DefragTable(uint64_t cursor, MoveBlock&& move_block);

  // O(n / 8).
  DictStats Stats() const;

  // Ends the process when an invariant is broken. For tests. O(n).
  void CheckInvariants() const;

 private:
  class Movers;

  static uint64_t HashOf(const void* element) {
    return Policy::Hash(*static_cast<const Element*>(element));
  }
  static uint32_t HintOf(const void* element) {
    return Policy::Hint(*static_cast<const Element*>(element));
  }

  bool SplitDue(size_t size) const { return size > directory_.count() * kSplitLoad; }
  bool MergeDue() const {
    return directory_.count() > 1 && size_ < directory_.count() * kMergeLoad && !MergeCrowds();
  }
  // So that what has been merged is not split at once. But where few elements would keep very many
  // chunks, which draws have to look through, they are merged as far as a chunk can hold them.
  bool MergeCrowds() const {
    const size_t most = size_ < directory_.count() * kSparseLoad ? kMostInChunk : kCrowd / 2;
    return size_t{directory_.at(directory_.MergeTarget()).size} +
               directory_.at(directory_.count() - 1).size >
           most;
  }
  bool IsCrowded(uint64_t hash) const {
    return directory_.at(directory_.IndexOf(hash)).size >= kCrowd;
  }
  void Disperse(uint64_t hash);
  void LowerHint(Chunk& chunk, uint32_t hint) {
    chunk.hint = std::min(chunk.hint, hint);
    directory_.NoteHint(hint);
  }
  void Split();
  void Merge();
  static void RenewNotes(const Chunk& chunk, uint32_t level);
  void AllocateFor(Chunk& chunk, uint32_t elements, uint32_t hint);
  void Rebuild(Chunk& chunk, uint32_t bucket_count);
  void ShrinkIfDue(Chunk& chunk);
  void ReleaseIfEmpty();

  // Goes from place to place of the chunk that a random number leads to.
  class Drawing;

  // Where a search begins.
  struct Home {
    Bucket* bucket = nullptr;  // null: nothing is there
    const Chunk* chunk = nullptr;
    uint32_t index = 0;  // the chunk's
    uint8_t tag = 0;

    // Slots of the bucket that may hold the element.
    uint32_t Candidates() const {
      return dict_internal::MatchTags(bucket->tags, tag) & bucket->used & ~bucket->displaced;
    }
    // Whether it may be in one of the next buckets.
    bool MayHaveStrayed() const { return (bucket->strays & Bucket::StrayBit(tag)) != 0; }
    // The bucket after `other`, in a circle.
    Bucket* After(Bucket* other) const {
      return other + 1 == chunk->buckets + chunk->bucket_count ? chunk->buckets : other + 1;
    }
  };
  Home HomeOf(uint64_t hash) const;
  template <typename Accept>
  Slot Search(uint64_t hash, Accept&& accept) const;

  // Puts an element into a chunk that has room.
  static Slot Place(const Chunk& chunk, Mover mover);

  static Slot Put(Bucket& bucket, Mover mover, bool displaced);

  // Empties a slot. No rebuild, no merge.
  static Element* Remove(Chunk& chunk, uint32_t bucket, uint32_t slot);

  template <typename Visit>
  static void ForEachStray(const Chunk& chunk, uint32_t home, Visit&& visit);
  static void RenewStrays(const Chunk& chunk, uint32_t home);

  template <auto fetch>
  static void FetchElements(const Bucket& bucket, uint32_t slots);
  template <auto fetch, typename Visit>
  static bool WalkFetched(const Chunk& chunk, uint8_t Bucket::*slots, Visit&& visit);
  template <typename Visit>
  static void VisitHome(const Chunk& chunk, uint32_t home, Visit&& visit);
  template <typename Generator, typename Visit>
  static void SampleChunk(Chunk& chunk, Generator& random, bool only_marked, size_t* count,
                          Visit& visit);
  template <typename IsDue, typename Dispose>
  void SweepChunk(Chunk& chunk, IsDue& is_due, Dispose& dispose);
  template <typename MoveElements>
  static void DefragRun(std::span<Bucket> run, MoveElements& move_elements);
  void CheckChunk(uint32_t index) const;

  dict_internal::Directory directory_;
  size_t size_ = 0;
};

template <typename Policy>
void swap(Dict<Policy>& a, Dict<Policy>& b) noexcept {
  a.Swap(b);
}

}  // namespace ebb

#include "storage/dict_check.h"  // IWYU pragma: keep
#include "storage/dict_impl.h"   // IWYU pragma: keep
#include "storage/dict_scan.h"   // IWYU pragma: keep
