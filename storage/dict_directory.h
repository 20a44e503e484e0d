// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "storage/dict_bucket.h"

namespace ebb::dict_internal {

// The chunks of a Dict and the arithmetic of linear hashing over them, without knowledge of
// elements.
//
//   first_ -> [ Chunk 0 .. 255 ]         one page, of 1, 2, 4, .. 256 descriptors
//   pages_ -> [ page 0 | page 1 | .. ]   null up to 256 chunks; then page 0 is that one, and
//                                        the others are a full 256 descriptors (4 KB)
//
// With c chunks and L = floor(log2 c), chunk i < c holds the hashes whose low bits are i: L + 1
// bits of them when chunk i has been split in this round (i ^ 2^L exists), else L bits. That number
// is the chunk's level.
//
// Counts every byte that it and the chunks' bucket blocks take.
class Directory {
 public:
  static constexpr uint32_t kPageChunks = 256;

  Directory() = default;
  ~Directory();  // REQUIRES: chunks hold no blocks any more, see ReleaseAll
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  void Swap(Directory& other) noexcept;

  // Chunks; at least 1 in arithmetic, even while nothing is allocated.
  uint32_t count() const { return count_; }
  bool allocated() const { return first_ != nullptr; }

  // REQUIRES: allocated(), index < count().
  Chunk& at(uint32_t index) const {
    assert(index < count_);
    return pages_ == nullptr ? first_[index] : pages_[index / kPageChunks][index % kPageChunks];
  }

  // Without a branch, which no processor could predict.
  uint32_t IndexOf(uint64_t hash) const {
    const auto index = static_cast<uint32_t>(hash) & mask_;
    const auto beyond = static_cast<uint32_t>(index >= count_);
    return index & (mask_ >> beyond);
  }

  // How many low bits of the hash the elements of chunk `index` have in common.
  uint32_t LevelOf(uint32_t index) const {
    const auto bits = static_cast<uint32_t>(std::bit_width(mask_));
    const uint32_t top = (mask_ + 1) >> 1;
    return (index | top) < count_ ? bits : bits - 1;
  }

  // The chunk that the next split divides: its new half becomes chunk count().
  uint32_t SplitSource() const { return count_ ^ std::bit_floor(count_); }

  // The chunk into which the last one is merged. REQUIRES: count() > 1.
  uint32_t MergeTarget() const { return (count_ - 1) ^ std::bit_floor(count_ - 1); }

  // Makes the first page when there is none.
  void AllocateFirst();

  // Appends an empty chunk. Chunk references are invalid afterwards.
  void Append();

  // Removes the last chunk. REQUIRES: it has no block, count() > 1. Chunk references are invalid
  // afterwards.
  void RemoveLast();

  // The same in a directory that is being taken apart: it gives back pages that have become empty
  // and fits nothing to what is left, so it takes no memory.
  void DropLast();

  // Frees the pages. REQUIRES: count() == 1 and chunk 0 has no block.
  void ReleaseFirst();

  // Frees all blocks and pages: an empty directory.
  void ReleaseAll();

  // A block of `count` empty buckets; its free.
  Bucket* AllocateBuckets(uint32_t count);
  void FreeBuckets(Bucket* buckets, uint32_t count);

  // Asks `move_block(void* block, size_t size)` about the top array (with page 0) and about the
  // page that begins with chunk `index`, if one does; see Dict::Defrag.
  template <typename MoveBlock>
  void DefragPages(uint32_t index, MoveBlock&& move_block);

  // Whether a chunk may have a hint of `limit` or less, so that a round over the chunks is worth
  // while: by a lower bound of all hints. Whoever lowers a chunk's hint, or makes a chunk that has
  // one, says so by NoteHint. A round finds the bound anew: BeginRound, NoteHint of each chunk as
  // it is left, EndRound; in between every chunk may have any hint. All O(1).
  bool MayHoldHint(uint32_t limit) const {
    return in_round_ || (least_hint_ <= limit && least_hint_ != kNoHint);
  }
  void NoteHint(uint32_t hint) { least_hint_ = std::min(least_hint_, hint); }
  void BeginRound() {
    in_round_ = true;
    least_hint_ = kNoHint;
  }
  void EndRound() { in_round_ = false; }

  size_t memory() const { return memory_; }
  size_t page_memory() const;  // of which its own pages, counted anew; for tests
  size_t largest_allocation() const { return largest_; }

 private:
  void ResizeFirst(uint32_t capacity);
  void ResizePages(uint32_t capacity);
  void* Take(size_t size);
  void GiveBack(void* memory, size_t size);

  Chunk* first_ = nullptr;
  Chunk** pages_ = nullptr;
  size_t memory_ = 0;
  uint32_t count_ = 1;
  uint32_t mask_ = 0;            // bit_ceil(count_) - 1
  uint16_t page_capacity_ = 0;   // of the first page
  bool in_round_ = false;        // one has begun, and was perhaps given up: not all is noted
  uint32_t pages_capacity_ = 0;  // of the top array
  uint32_t largest_ = 0;
  uint32_t least_hint_ = kNoHint;  // in a round: of those noted since it began
};

template <typename MoveBlock>
void Directory::DefragPages(uint32_t index, MoveBlock&& move_block) {
  if (index == 0 && pages_ != nullptr) {
    if (void* moved = move_block(static_cast<void*>(pages_), pages_capacity_ * sizeof(Chunk*))) {
      pages_ = static_cast<Chunk**>(moved);
    }
  }
  if (index % kPageChunks != 0) return;
  Chunk* page = &at(index);
  const size_t size = (index == 0 ? page_capacity_ : kPageChunks) * sizeof(Chunk);
  if (void* moved = move_block(static_cast<void*>(page), size)) {
    page = static_cast<Chunk*>(moved);
    if (index == 0) first_ = page;
    if (pages_ != nullptr) pages_[index / kPageChunks] = page;
  }
}

}  // namespace ebb::dict_internal
