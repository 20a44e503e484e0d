// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "storage/actor.h"
#include "storage/entry.h"

namespace ebb {

// By what a key's content came into the trash.
enum class TrashEvent : uint8_t { kDel, kFlush, kOverwrite, kExpire, kEvict };
inline constexpr size_t kTrashEvents = 5;

// A Remover that several records share.
struct SharedRemover {
  Remover remover;
  size_t users = 0;
  size_t bytes = 0;
};

// One version of a key: what it held when it was removed. A cache line.
struct TrashedKey {
  static constexpr uint64_t kUnit = 16;  // bytes; what an allocator rounds to

  Entry* entry;       // null: a gap in the log
  TrashedKey* newer;  // of the same key; null: this is its newest
  TrashedKey* older;
  uint64_t hash;      // the trash's, of database and key
  uint64_t version;   // counts all removals, from 1
  SharedRemover* by;  // null: the server itself
  int32_t db;
  uint32_t units;  // of memory that it takes, itself included
  uint64_t stamp;  // time 48 bits, event 8, place in its segment 8

  void Stamp(int64_t unix_ms, TrashEvent event) {
    stamp = static_cast<uint64_t>(unix_ms) << 16 | static_cast<uint64_t>(event) << 8 | place();
  }
  // Unix time.
  int64_t removed_ms() const { return static_cast<int64_t>(stamp >> 16); }
  TrashEvent event() const { return static_cast<TrashEvent>(stamp >> 8 & 0xff); }
  size_t place() const { return stamp & 0xff; }
  size_t bytes() const { return units * kUnit; }
  // Null: the server itself.
  const Remover* remover() const { return by != nullptr ? &by->remover : nullptr; }
};
static_assert(sizeof(TrashedKey) == 64);

// The records of the trash in the order of removal, in segments of a page: they come at one end and
// go, nearly always, at the other. One that goes from the middle leaves a gap; a segment of gaps is
// freed.
//
// Ownership: of the segments; records are valid from Append until Remove. Thread: one at a time.
class TrashLog {
 public:
  struct Segment;
  static constexpr size_t kSegmentBytes = 4096;
  // Records in a segment, whose own place is that of one.
  static constexpr size_t kPlaces = kSegmentBytes / sizeof(TrashedKey) - 1;

  TrashLog() = default;
  ~TrashLog();
  TrashLog(const TrashLog&) = delete;
  TrashLog& operator=(const TrashLog&) = delete;
  TrashLog(TrashLog&& other) noexcept;

  bool empty() const { return oldest_ == nullptr; }
  // Bytes of the segments. O(1).
  size_t memory() const { return segments_ * kSegmentBytes; }

  // The oldest record. REQUIRES: not empty. O(1), amortised.
  TrashedKey* oldest();

  // A record after all others, for the caller to fill in but for its place. O(1).
  TrashedKey* Append();

  // O(1), amortised.
  void Remove(TrashedKey* record);

  // Calls `visit(TrashedKey&)` for the oldest records, about `count` of them.
  template <typename Visit>
  void ForOldest(size_t count, Visit&& visit);

  // One step of a walk that survives any change: calls `visit(TrashedKey&)` for the records of a
  // segment; those that come meanwhile may be missed. Answers whether there is more. O(segment).
  void BeginWalk() { walk_ = oldest_; }
  template <typename Visit>
  bool WalkStep(Visit&& visit);

 private:
  static Segment* SegmentOf(TrashedKey* record);
  void FreeSegment(Segment* segment);

  Segment* oldest_ = nullptr;
  Segment* newest_ = nullptr;
  Segment* walk_ = nullptr;  // the next that a walk will visit
  size_t segments_ = 0;
};

struct alignas(64) TrashLog::Segment {
  Segment* next;
  Segment* previous;
  uint32_t used;   // places that have been given away
  uint32_t first;  // no record is before this place
  uint32_t live;
  alignas(64) TrashedKey records[kPlaces];
};

template <typename Visit>
void TrashLog::ForOldest(size_t count, Visit&& visit) {
  for (Segment* segment = oldest_; segment != nullptr; segment = segment->next) {
    for (uint32_t at = segment->first; at < segment->used; ++at) {
      if (count-- == 0) return;
      if (segment->records[at].entry != nullptr) visit(segment->records[at]);
    }
  }
}

template <typename Visit>
bool TrashLog::WalkStep(Visit&& visit) {
  if (walk_ == nullptr) return false;
  Segment* const segment = walk_;
  walk_ = segment->next;
  for (uint32_t at = segment->first; at < segment->used; ++at) {
    if (segment->records[at].entry != nullptr) visit(segment->records[at]);
  }
  return walk_ != nullptr;
}

}  // namespace ebb
