// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// How full the allocator's slabs are: runs of pages cut into regions of one size, which is where
// blocks of up to 14 KiB live. A slab goes back to the system only when its last region is free.
//
// jemalloc tells since 5.2 (its experimental.utilization interface), and every distribution's build
// of 5.3 does. Without jemalloc, or with a build that does not tell, SlabsUnknown says why.
//
// Thread: the engine thread.
namespace ebb::memory {

// Bigger blocks lie in no slab.
inline constexpr size_t kMaxSlabBlock = 14 * 1024;

// The slab in which a block lies. In the order in which jemalloc answers.
struct SlabUse {
  size_t free_regions;
  size_t regions;  // 1: the block is a slab by itself
  size_t bytes;
};

// The slabs of one size class.
struct SizeClass {
  size_t region_bytes;
  size_t slab_bytes;
  size_t regions_per_slab;
  size_t slabs;
  size_t regions_used;

  // Bytes of the slabs that would not be needed if the others were full.
  size_t SlackBytes() const {
    const size_t needed = (regions_used + regions_per_slab - 1) / regions_per_slab;
    return slabs > needed ? (slabs - needed) * slab_bytes : 0;
  }
};

// Why nothing is known of slabs; empty when it is. Found out once, by trying.
std::string_view SlabsUnknown();

// The slab of each of `blocks`, live blocks of Allocate and its like, into `uses` of the same size.
// REQUIRES: SlabsUnknown() is empty. About 150 ns a block.
void QuerySlabs(std::span<const void* const> blocks, std::span<SlabUse> uses);

// Reads all size classes anew, up to kMaxSizeClasses, into `classes`; answers how many there are; 0
// when they are not known. Some tens of microseconds.
inline constexpr size_t kMaxSizeClasses = 64;
size_t ReadSizeClasses(std::span<SizeClass, kMaxSizeClasses> classes);

// How many blocks there are that lie in no slab. As of RefreshStatistics; some tens of
// microseconds.
size_t LargeBlocks();

// Blocks for the defragger: these two go past the thread's cache, so that a new place is the best
// that there is, and an old one really becomes free. `cache_aligned` as AllocateAligned; null when
// the memory cannot be had.
void* AllocateDense(size_t size, bool cache_aligned);
void FreeSparse(void* memory, size_t size, bool cache_aligned);

// Gives the regions that the thread's cache holds back to their slabs.
void FlushThreadCache();

}  // namespace ebb::memory
