// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>

namespace ebb {

// Where a run of the trash's log has its records, by the hashes of their keys: open addressing, 32
// bits a slot, small enough to stay in the cache while the run is being filled. A slot is entered
// for the first record of its tag and never leaves; it names the newest one, and each record the
// one before it, so that a key that is deleted again and again takes one slot.
//
// A view; the slots, all zero at first, are the run's. Records are numbered from 1.
class TrashIndex {
 public:
  // So few slots still keep searches short; more do so better.
  static constexpr size_t SlotsFor(size_t records) { return records + records / 2; }
  static constexpr uint32_t kMaxNumber = 0xffff;

  TrashIndex(uint32_t* slots, size_t count) : slots_(slots), count_(count) {}

  // Names the record, which is newer than all others; answers the one before, 0 when there is none.
  // REQUIRES: a slot is free.
  uint32_t Enter(uint64_t hash, uint32_t number) {
    uint32_t& slot = *Probe(hash);
    const uint32_t before = Number(slot);
    slot = Tag(hash) | number;
    return before;
  }

  // The slot of the records that may have this hash; null when none has.
  uint32_t* Find(uint64_t hash) const {
    uint32_t* slot = Probe(hash);
    return *slot != 0 ? slot : nullptr;
  }
  static uint32_t Number(uint32_t slot) { return slot & kMaxNumber; }
  static void SetNumber(uint32_t* slot, uint32_t number) { *slot = (*slot & ~kMaxNumber) | number; }

  // Where a search begins.
  const uint32_t* Home(uint64_t hash) const { return slots_ + HomeOf(hash); }

 private:
  // Never 0, as what is free is.
  static uint32_t Tag(uint64_t hash) { return static_cast<uint32_t>(hash >> 48 | 1) << 16; }
  size_t HomeOf(uint64_t hash) const { return (hash & 0xffffffff) * count_ >> 32; }

  // The slot with the hash's tag, or the free one where it would be.
  uint32_t* Probe(uint64_t hash) const {
    const uint32_t tag = Tag(hash);
    size_t at = HomeOf(hash);
    while (slots_[at] != 0 && (slots_[at] & ~kMaxNumber) != tag) {
      if (++at == count_) at = 0;
    }
    return slots_ + at;
  }

  uint32_t* slots_;
  size_t count_;
};

}  // namespace ebb
