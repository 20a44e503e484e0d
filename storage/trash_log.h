// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "storage/actor.h"
#include "storage/entry.h"
#include "storage/prefetch.h"
#include "storage/trash_index.h"

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

// One version of a key: what it held when it was removed. Half a cache line.
struct TrashedKey {
  static constexpr uint64_t kUnit = 16;  // bytes; what an allocator rounds to

  Entry* entry;         // null: a gap in the log
  uint64_t older : 16;  // the log's: the one before it with the same tag in its run
  uint64_t by : 48;     // a SharedRemover's address; 0: the server itself
  uint64_t stamp;       // time in ms 48 bits, event 8, place in its segment 8
  uint32_t units;       // of memory that it takes, itself included
  int32_t db;

  // Counts all removals, from 1.
  uint64_t version() const;

  void Stamp(int64_t steady_ms, TrashEvent event) {
    stamp = static_cast<uint64_t>(steady_ms) << 16 | static_cast<uint64_t>(event) << 8 | place();
  }
  // On the steady clock.
  int64_t removed_ms() const { return static_cast<int64_t>(stamp >> 16); }
  TrashEvent event() const { return static_cast<TrashEvent>(stamp >> 8 & 0xff); }
  size_t place() const { return stamp & 0xff; }
  size_t bytes() const { return units * kUnit; }

  void SetBy(SharedRemover* remover) {
    by = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(remover)) & ((uint64_t{1} << 48) - 1);
  }
  SharedRemover* shared_remover() const {
    return reinterpret_cast<SharedRemover*>(static_cast<uintptr_t>(by));
  }
  // Null: the server itself.
  const Remover* remover() const { return by != 0 ? &shared_remover()->remover : nullptr; }
};
static_assert(sizeof(TrashedKey) == 32);

// The records of the trash in the order of removal, which is that of their versions. They come at
// one end and go, nearly always, at the other.
//
// The log is a sequence of runs, each of up to kRunPlaces records with an index of its own. So to
// append is a write beside the last one and one into a table that the cache holds, and to remove is
// to leave a gap: no index is told. A search asks the runs one after the other, newest first, the
// slots of several being fetched at the same time: some 10 ns a run. The fewer records there are,
// the smaller is a new run.
//
// A run's records lie in segments of a page, which go from its old end on as records do; the run
// goes with its last record. Versions that nobody has stay out of the way as gaps.
//
// Ownership: of the segments; records are valid from Append until Remove. Thread: one at a time.
class TrashLog {
 public:
  struct Segment;
  static constexpr size_t kSegmentBytes = 4096;
  // Records in a segment, whose own place is that of one.
  static constexpr size_t kPlaces = kSegmentBytes / sizeof(TrashedKey) - 1;
  static constexpr size_t kRunPlaces = 128 * kPlaces;

  TrashLog() = default;
  ~TrashLog();
  TrashLog(const TrashLog&) = delete;
  TrashLog& operator=(const TrashLog&) = delete;
  // What is left is empty, and goes on with its versions.
  TrashLog(TrashLog&& other) noexcept;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Bytes of segments and runs. O(1).
  size_t memory() const { return memory_; }
  // By how much the next record lets memory() grow. O(1).
  size_t growth() const { return next_ != end_ ? 0 : Growth(); }
  uint64_t last_version() const { return last_version_; }

  // The oldest record. REQUIRES: not empty. O(1).
  TrashedKey* oldest() { return At(runs_.front(), runs_.front().first); }

  // A record after all others, for the caller to fill in but for `older` and its place; `hash` is
  // what searches will ask for. O(1), amortised.
  TrashedKey* Append(uint64_t hash);

  // A version that no record has, after all others.
  uint64_t SkipVersion();

  // O(1), amortised, for the oldest; else O(log(runs)) and, with the last record of a run, O(runs).
  void Remove(TrashedKey* record);

  // The record of that version, null when there is none. O(log(runs)).
  TrashedKey* Find(uint64_t version);

  // The record of that version, or else of the last one before it. O(log(runs)), and O(gaps).
  TrashedKey* FindUpTo(uint64_t version);

  // The newest record of those up to version `last` whose hash may be `hash` and for which
  // `same(const TrashedKey&)`, if it is newer than version `above`; else null. O(runs) between the
  // two.
  template <typename Same>
  TrashedKey* FindNewest(uint64_t hash, uint64_t last, uint64_t above, Same&& same);

  // As FindNewest of those before `record`, which the search has found: goes on where it ended.
  template <typename Same>
  TrashedKey* FindOlder(const TrashedKey& record, uint64_t hash, Same&& same);

  // Counts what searches have looked at: runs, records and gaps.
  uint64_t looks() const { return looks_; }

  // Calls `visit(TrashedKey&)` for the oldest records, about `count` of them.
  template <typename Visit>
  void ForOldest(size_t count, Visit&& visit);

  // One step of a walk from version 1 on: calls `visit(TrashedKey&)` for the records of a segment
  // that are not older than version `from`. Answers from where the next step goes on, 0 at the end.
  // O(log(runs) + segment).
  template <typename Visit>
  uint64_t VisitSegment(uint64_t from, Visit&& visit);

 private:
  // Number n of a run is the record of version base + n; numbers begin with 1.
  struct Run {
    uint64_t base;
    uint32_t places;  // a multiple of kPlaces
    uint32_t slots;   // of the index
    uint32_t used;    // numbers that have been given away
    uint32_t first;   // no record is before; there is one unless none is left
    uint32_t live;
    Segment** segments;  // null those before `first`; the index lies behind them

    uint64_t last_version() const { return base + used; }
    TrashIndex index() const {
      return {reinterpret_cast<uint32_t*>(segments + places / kPlaces), slots};
    }
    size_t table_bytes() const {
      return places / kPlaces * sizeof(Segment*) + slots * sizeof(uint32_t);
    }
  };

  static TrashedKey* At(const Run& run, uint32_t number);
  Run NextRun() const;
  size_t Growth() const;
  bool Full() const { return runs_.empty() || runs_.back().used == runs_.back().places; }
  void AddRun();
  TrashedKey* AddPlace();
  void PassGaps(Run& run);
  void FreeSegment(Run& run, size_t at);
  void FreeRun(size_t at);
  size_t RunsBefore(uint64_t version) const;
  template <typename Same>
  TrashedKey* FindInRun(const Run& run, uint64_t hash, uint64_t last, Same&& same);

  // All but the newest have records.
  std::deque<Run> runs_;        // oldest first
  TrashedKey* next_ = nullptr;  // the newest segment's places that are free
  TrashedKey* end_ = nullptr;
  size_t size_ = 0;
  size_t memory_ = 0;
  uint64_t last_version_ = 0;
  uint64_t looks_ = 0;
};

struct alignas(sizeof(TrashedKey)) TrashLog::Segment {
  uint64_t first_version;
  alignas(sizeof(TrashedKey)) TrashedKey records[kPlaces];
};

inline uint64_t TrashedKey::version() const {
  const char* records = reinterpret_cast<const char*>(this - place());
  const char* segment = records - offsetof(TrashLog::Segment, records);
  return reinterpret_cast<const TrashLog::Segment*>(segment)->first_version + place();
}

inline TrashedKey* TrashLog::At(const Run& run, uint32_t number) {
  return &run.segments[(number - 1) / kPlaces]->records[(number - 1) % kPlaces];
}

template <typename Same>
TrashedKey* TrashLog::FindInRun(const Run& run, uint64_t hash, uint64_t last, Same&& same) {
  ++looks_;
  uint32_t* const slot = run.index().Find(hash);
  if (slot == nullptr) return nullptr;
  TrashedKey* newer = nullptr;
  for (uint32_t number = TrashIndex::Number(*slot); number >= run.first; ++looks_) {
    const uint32_t at = number;
    TrashedKey* record = At(run, at);
    number = record->older;
    if (record->entry != nullptr) {
      if (at <= last - run.base && same(static_cast<const TrashedKey&>(*record))) return record;
      newer = record;
    } else if (newer != nullptr) {
      newer->older = number;  // Nobody need come by the gap again.
    } else {
      TrashIndex::SetNumber(slot, number);
    }
  }
  return nullptr;
}

template <typename Same>
TrashedKey* TrashLog::FindNewest(uint64_t hash, uint64_t last, uint64_t above, Same&& same) {
  constexpr size_t kAhead = 12;
  const size_t end = RunsBefore(last);
  size_t begin = above > 0 ? RunsBefore(above) : 0;
  if (begin > 0 && runs_[begin - 1].last_version() > above) --begin;
  size_t fetched = end;
  for (size_t at = end; at-- > begin;) {
    while (fetched > begin && fetched + kAhead > at) {
      Prefetch(runs_[--fetched].index().Home(hash));
    }
    TrashedKey* record = FindInRun(runs_[at], hash, last, same);
    if (record != nullptr) return record->version() > above ? record : nullptr;
  }
  return nullptr;
}

template <typename Same>
TrashedKey* TrashLog::FindOlder(const TrashedKey& record, uint64_t hash, Same&& same) {
  const Run& run = runs_[RunsBefore(record.version()) - 1];
  for (uint32_t number = record.older; number >= run.first; ++looks_) {
    TrashedKey* const older = At(run, number);
    if (older->entry != nullptr && same(static_cast<const TrashedKey&>(*older))) return older;
    number = older->older;
  }
  return FindNewest(hash, run.base, 0, same);
}

template <typename Visit>
void TrashLog::ForOldest(size_t count, Visit&& visit) {
  for (const Run& run : runs_) {
    for (uint32_t number = run.first; number <= run.used; ++number) {
      if (count-- == 0) return;
      TrashedKey* record = At(run, number);
      if (record->entry != nullptr) visit(*record);
    }
  }
}

template <typename Visit>
uint64_t TrashLog::VisitSegment(uint64_t from, Visit&& visit) {
  const auto run = std::ranges::partition_point(
      runs_, [from](const Run& other) { return other.last_version() < from; });
  if (run == runs_.end()) return 0;
  uint32_t number =
      std::max(run->first, static_cast<uint32_t>(std::max(from, run->base) - run->base));
  const auto places = static_cast<uint32_t>(kPlaces);
  const uint32_t end = std::min(run->used, (number + places - 1) / places * places);
  for (; number <= end; ++number) {
    TrashedKey* record = At(*run, number);
    if (record->entry != nullptr) visit(*record);
  }
  return run->base + end + 1;
}

}  // namespace ebb
