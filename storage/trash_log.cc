// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/trash_log.h"

#include <cassert>
#include <utility>

#include "storage/memory/allocator.h"

namespace ebb {

TrashLog::~TrashLog() {
  while (oldest_ != nullptr) FreeSegment(oldest_);
}

TrashLog::TrashLog(TrashLog&& other) noexcept
    : oldest_(std::exchange(other.oldest_, nullptr)),
      newest_(std::exchange(other.newest_, nullptr)),
      walk_(std::exchange(other.walk_, nullptr)),
      segments_(std::exchange(other.segments_, 0)) {}

TrashedKey* TrashLog::oldest() {
  Segment& segment = *oldest_;
  while (segment.records[segment.first].entry == nullptr) ++segment.first;
  assert(segment.first < segment.used);
  return &segment.records[segment.first];
}

TrashedKey* TrashLog::Append() {
  static_assert(sizeof(Segment) == kSegmentBytes);
  if (newest_ == nullptr || newest_->used == kPlaces) {
    auto* segment = static_cast<Segment*>(memory::AllocateAligned(kSegmentBytes));
    segment->next = nullptr;
    segment->previous = newest_;
    segment->used = segment->first = segment->live = 0;
    (newest_ != nullptr ? newest_->next : oldest_) = segment;
    newest_ = segment;
    ++segments_;
  }
  TrashedKey* record = &newest_->records[newest_->used];
  record->stamp = newest_->used++;
  ++newest_->live;
  return record;
}

TrashLog::Segment* TrashLog::SegmentOf(TrashedKey* record) {
  char* records = reinterpret_cast<char*>(record - record->place());
  return reinterpret_cast<Segment*>(records - offsetof(Segment, records));
}

void TrashLog::Remove(TrashedKey* record) {
  Segment* segment = SegmentOf(record);
  record->entry = nullptr;
  if (--segment->live == 0) FreeSegment(segment);
}

void TrashLog::FreeSegment(Segment* segment) {
  (segment->next != nullptr ? segment->next->previous : newest_) = segment->previous;
  (segment->previous != nullptr ? segment->previous->next : oldest_) = segment->next;
  if (walk_ == segment) walk_ = segment->next;
  memory::FreeAligned(segment, kSegmentBytes);
  --segments_;
}

}  // namespace ebb
