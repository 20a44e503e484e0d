// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "storage/memory/allocator.h"
#include "storage/memory/defrag_advisor.h"

namespace ebb::memory {

// What a BlockMover has done, since the start or since the counts were reset.
struct MoveCounters {
  uint64_t moved = 0;  // blocks
  uint64_t stayed = 0;
  uint64_t keys_moved = 0;  // of which something has moved
  uint64_t keys_stayed = 0;
};

// Moves blocks to where the allocator would rather have them, on the advice of a DefragAdvisor.
// What points to a block is for the caller to change.
//
// Thread: engine thread.
class BlockMover {
 public:
  explicit BlockMover(const DefragAdvisor& advisor) : advisor_(advisor) {}

  // Which of `blocks` should move, DefragAdvisor::kMaxBlocks at most.
  void Advise(std::span<const void* const> blocks, std::span<bool> move) {
    advisor_.Advise(blocks, move);
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (!move[i]) ++counters_.stayed;
    }
  }

  // Moves `block` of `size` bytes and answers where its bytes are now; `size` and `cache_aligned`
  // as it was allocated. The old block is free. Where no memory is to be had it stays. O(size).
  void* Move(void* block, size_t size, bool cache_aligned = false) {
    void* fresh = AllocateDense(size, cache_aligned);
    if (fresh == nullptr) [[unlikely]]
      return block;
    std::memcpy(fresh, block, size);
    FreeSparse(block, size, cache_aligned);
    ++counters_.moved;
    moved_bytes_ += size;
    return fresh;
  }

  // Moves `block` if it should; null when it stays.
  void* MoveIfAdvised(void* block, size_t size, bool cache_aligned = false) {
    const void* const blocks[] = {block};
    bool move[] = {false};
    Advise(blocks, move);
    return move[0] ? Move(block, size, cache_aligned) : nullptr;
  }

  // MoveIfAdvised for a dict's own blocks, as Dict::Defrag has them moved.
  void* MoveTableBlock(void* block, size_t size) {
    return MoveIfAdvised(block, size, size % kCacheLine == 0);
  }

  // Notes a key of which all has been looked at, and whether something has moved.
  void NoteKey(bool moved) { ++(moved ? counters_.keys_moved : counters_.keys_stayed); }

  const MoveCounters& counters() const { return counters_; }
  void ResetCounters() { counters_ = MoveCounters(); }

  // All that it ever moved.
  uint64_t moved_bytes() const { return moved_bytes_; }

 private:
  const DefragAdvisor& advisor_;
  MoveCounters counters_;
  uint64_t moved_bytes_ = 0;
};

}  // namespace ebb::memory
