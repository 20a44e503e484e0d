// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/trash_log.h"

#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

#include "storage/memory/allocator.h"

namespace ebb {

TrashLog::~TrashLog() {
  while (!runs_.empty()) FreeRun(runs_.size() - 1);
}

TrashLog::TrashLog(TrashLog&& other) noexcept
    : runs_(std::move(other.runs_)),
      next_(std::exchange(other.next_, nullptr)),
      end_(std::exchange(other.end_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      memory_(std::exchange(other.memory_, 0)),
      last_version_(other.last_version_),
      looks_(other.looks_) {}

// Without its table. It has a share of what there is, so that a few records cost little, and as
// many slots as its block has room for.
TrashLog::Run TrashLog::NextRun() const {
  constexpr size_t kShare = 16;
  static_assert(kRunPlaces <= TrashIndex::kMaxNumber);
  const size_t segments =
      std::clamp<size_t>(std::bit_floor(size_ / (kShare * kPlaces)), 1, kRunPlaces / kPlaces);
  const size_t places = segments * kPlaces;
  const size_t bytes = memory::GoodSize(segments * sizeof(Segment*) +
                                        TrashIndex::SlotsFor(places) * sizeof(uint32_t));
  const size_t slots = (bytes - segments * sizeof(Segment*)) / sizeof(uint32_t);
  return {.base = last_version_,
          .places = static_cast<uint32_t>(places),
          .slots = static_cast<uint32_t>(slots),
          .used = 0,
          .first = 1,
          .live = 0,
          .segments = nullptr};
}

size_t TrashLog::Growth() const {
  if (!Full()) return kSegmentBytes;
  return sizeof(Run) + NextRun().table_bytes() + kSegmentBytes;
}

void TrashLog::AddRun() {
  if (!runs_.empty() && runs_.back().live == 0) FreeRun(runs_.size() - 1);
  Run run = NextRun();
  void* table = memory::Allocate(run.table_bytes());
  std::memset(table, 0, run.table_bytes());
  run.segments = static_cast<Segment**>(table);
  runs_.push_back(run);
  memory_ += sizeof(Run) + run.table_bytes();
}

// The next place of the newest run, which has one.
TrashedKey* TrashLog::AddPlace() {
  static_assert(sizeof(Segment) == kSegmentBytes);
  Run& run = runs_.back();
  ++last_version_;
  if (next_ == end_) {
    auto* segment = static_cast<Segment*>(memory::AllocateAligned(kSegmentBytes));
    segment->first_version = last_version_;
    run.segments[run.used / kPlaces] = segment;
    memory_ += kSegmentBytes;
    next_ = segment->records;
    end_ = segment->records + kPlaces;
  }
  next_->stamp = run.used++ % kPlaces;
  return next_++;
}

TrashedKey* TrashLog::Append(uint64_t hash) {
  if (next_ == end_ && Full()) AddRun();
  TrashedKey* record = AddPlace();
  Run& run = runs_.back();
  ++run.live;
  ++size_;
  record->older = run.index().Enter(hash, run.used) & TrashIndex::kMaxNumber;
  return record;
}

uint64_t TrashLog::SkipVersion() {
  if (Full()) return ++last_version_;
  AddPlace()->entry = nullptr;
  PassGaps(runs_.back());
  return last_version_;
}

void TrashLog::Remove(TrashedKey* record) {
  const uint64_t version = record->version();
  const size_t at = version <= runs_.front().last_version() ? 0 : RunsBefore(version) - 1;
  Run& run = runs_[at];
  record->entry = nullptr;
  --size_;
  // The newest stays for who comes next, as long as there are others.
  if (--run.live == 0 && (at + 1 < runs_.size() || at == 0)) {
    FreeRun(at);
    if (size_ == 0 && !runs_.empty()) FreeRun(0);
  } else {
    PassGaps(run);
  }
}

// Brings `first` to a record, or to the end; frees the segments that it passes.
void TrashLog::PassGaps(Run& run) {
  for (; run.first <= run.used && At(run, run.first)->entry == nullptr; ++run.first) {
    if (run.first % kPlaces == 0) FreeSegment(run, run.first / kPlaces - 1);
  }
}

void TrashLog::FreeSegment(Run& run, size_t at) {
  if (run.segments[at] == nullptr) return;
  memory::FreeAligned(std::exchange(run.segments[at], nullptr), kSegmentBytes);
  memory_ -= kSegmentBytes;
}

void TrashLog::FreeRun(size_t at) {
  Run& run = runs_[at];
  for (size_t i = 0; i < run.places / kPlaces; ++i) FreeSegment(run, i);
  memory::Free(run.segments, run.table_bytes());
  memory_ -= sizeof(Run) + run.table_bytes();
  if (at + 1 == runs_.size()) next_ = end_ = nullptr;
  runs_.erase(runs_.begin() + static_cast<ptrdiff_t>(at));
}

// How many of the runs begin before that version.
size_t TrashLog::RunsBefore(uint64_t version) const {
  const auto end =
      std::ranges::partition_point(runs_, [version](const Run& run) { return run.base < version; });
  return static_cast<size_t>(end - runs_.begin());
}

TrashedKey* TrashLog::Find(uint64_t version) {
  TrashedKey* record = FindUpTo(version);
  return record != nullptr && record->version() == version ? record : nullptr;
}

TrashedKey* TrashLog::FindUpTo(uint64_t version) {
  for (size_t at = RunsBefore(version); at-- > 0;) {
    const Run& run = runs_[at];
    uint64_t number = std::min<uint64_t>(version - run.base, run.used);
    for (; number >= run.first; --number, ++looks_) {
      TrashedKey* record = At(run, static_cast<uint32_t>(number));
      if (record->entry != nullptr) return record;
    }
  }
  return nullptr;
}

}  // namespace ebb
