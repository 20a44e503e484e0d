// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "storage/memory/slabs.h"

namespace ebb::memory {

// Answers the defragger's question: should this block move?
//
// A block moves out of a slab that is emptier than its size class allows. The allocator puts it
// into the oldest slab with room, so that the old ones fill up while the young ones empty. Where
// less than 60 % of a class is used, every slab up to 85 % is emptied, and one walk over the data
// makes it dense (measured: 12.5 % used before, 99.9 % after, each block moved once). Where more is
// used, only the slabs below the average are: moving the others would be work for little.
//
// Built without jemalloc it always says yes, so that the sanitizers see every block move.
//
// Thread: engine thread.
class DefragAdvisor {
 public:
  static constexpr size_t kMaxBlocks = 256;  // per question

  // Why there is no advice with this allocator; empty when there is.
  static std::string_view Unable();

  // Reads the allocator's figures anew. Some tens of microseconds.
  void Refresh();

  // Bytes of slabs that would not be needed if all others were full, and of regions in use; of all
  // size classes, as of Refresh.
  size_t slack_bytes() const { return slack_bytes_; }
  size_t used_bytes() const { return used_bytes_; }

  // The part of slack_bytes that is in the size classes of entries: up to kMaxEntry.
  size_t entry_slack_bytes() const { return entry_slack_bytes_; }
  static constexpr size_t kMaxEntry = 1280;

  // Sets `move[i]` for each of `blocks`, kMaxBlocks at most, live blocks of
  // any size. (jemalloc takes nothing else: it looks where a null would lie.)
  void Advise(std::span<const void* const> blocks, std::span<bool> move) const;

 private:
  struct Limit {
    size_t slab_bytes = 0;
    size_t regions = 0;
    size_t keep_from = 0;  // slabs with so many regions in use stay
  };

  // By slab size and number of regions, which name a size class.
  static constexpr size_t kPlaces = 256;
  static size_t PlaceOf(size_t slab_bytes, size_t regions) {
    return (slab_bytes / 4096 * 37 + regions) % kPlaces;
  }
  void Note(const SizeClass& size_class);
  size_t KeepFrom(const SlabUse& use) const;

  std::array<Limit, kPlaces> limits_{};
  size_t slack_bytes_ = 0;
  size_t used_bytes_ = 0;
  size_t entry_slack_bytes_ = 0;
};

}  // namespace ebb::memory
