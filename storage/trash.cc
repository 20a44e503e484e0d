// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/trash.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "storage/hash.h"
#include "storage/memory/allocator.h"
#include "storage/type_ops.h"

namespace ebb {
namespace {

// Versions that one step ends, and that one removal ends to make room for itself.
constexpr size_t kSweepVersions = 256;
constexpr size_t kRoomVersions = 16;

// Versions beside the newest ones that one step of the defragger moves. What a key has beyond that
// stays where it is until its time is over.
constexpr size_t kDefragVersions = 256;

// Elements of which a collection's memory is estimated.
constexpr size_t kSamples = 5;

size_t BytesOf(const Entry& entry) {
  size_t bytes = memory::GoodSize(entry.block_size()) + memory::GoodSize(sizeof(TrashedKey));
  if (!entry.is_inline()) bytes += OpsOf(entry.type()).memory_usage(entry, kSamples);
  return bytes;
}

// What is left of a trash at its end: records in the order of removal.
struct DeadRecords {
  TrashedKey* oldest;
};

Garbage::Slice FreeRecords(void* what, uint32_t) {
  auto* dead = static_cast<DeadRecords*>(what);
  Garbage::Slice slice;
  for (; dead->oldest != nullptr && slice.parts < kSweepVersions; ++slice.parts) {
    TrashedKey* const record = dead->oldest;
    dead->oldest = record->next;
    Disposer::Free(record->entry);
    memory::Free(record, sizeof(TrashedKey));
  }
  slice.more = dead->oldest != nullptr;
  if (!slice.more) delete dead;
  return slice;
}

}  // namespace

std::string_view TrashEventName(TrashEvent event) {
  static constexpr std::string_view kNames[] = {"del", "flush", "overwrite", "expire", "evict"};
  static_assert(std::size(kNames) == kTrashEvents);
  return kNames[static_cast<size_t>(event)];
}

size_t TrashedFlush::keys() const {
  size_t sum = 0;
  for (const Part& part : parts) sum += part.table.size();
  return sum;
}

size_t TrashedFlush::bytes() const {
  size_t sum = 0;
  for (const Part& part : parts) sum += part.bytes;
  return sum;
}

uint64_t Trash::Policy::HashOf(const KeyName& name) {
  return HashBytes(name.key) ^ static_cast<uint64_t>(name.db) * 0x9e3779b97f4a7c15;
}

Trash::~Trash() {
  while (!flushes_.empty()) EndFlush(&counters_.purged_asked, 0);
  if (oldest_ == nullptr) return;
  // As with a database's table: the process does not stay for it.
  Garbage rest(new DeadRecords{oldest_}, 0, FreeRecords, versions_, bytes_, versions_);
  if (disposer_.lazy(DisposeCause::kAsync)) disposer_.DisposeLater(std::move(rest));
}

void Trash::Put(Entry* entry, int db, TrashEvent event, uint64_t client_id) {
  const size_t bytes = BytesOf(*entry);
  if (bytes > limits_.max_bytes) return disposer_.Dispose(entry, DisposeCause::kAsync);
  Add(entry, db, event, client_id, bytes);
  MakeRoom();
}

void Trash::PutCopy(const Entry& entry, int db, TrashEvent event, uint64_t client_id) {
  Entry* copy = Entry::Make(entry.key(), entry.shape());
  std::memcpy(static_cast<void*>(copy), static_cast<const void*>(&entry), entry.block_size());
  if (!copy->is_inline()) Retain(copy->value());
  Put(copy, db, event, client_id);
}

void Trash::Add(Entry* entry, int db, TrashEvent event, uint64_t client_id, size_t bytes) {
  auto* record = new (memory::Allocate(sizeof(TrashedKey))) TrashedKey{.entry = entry,
                                                                       .newer = nullptr,
                                                                       .older = nullptr,
                                                                       .next = nullptr,
                                                                       .previous = newest_,
                                                                       .removed_ms = clock_.unix_ms,
                                                                       .version = ++last_version_,
                                                                       .client_id = client_id,
                                                                       .bytes = bytes,
                                                                       .db = db,
                                                                       .event = event};
  (newest_ != nullptr ? newest_->next : oldest_) = record;
  newest_ = record;
  ++versions_;
  bytes_ += bytes;
  const auto [slot, inserted] =
      index_.FindOrInsert({db, entry->key()}, Policy::Hash(*record), [record] { return record; });
  if (inserted) return;
  record->older = slot.element();
  record->older->newer = record;
  auto place = slot;
  place.Replace(record);
}

// Takes the record out of all orders; its entry is the caller's.
void Trash::Unlink(TrashedKey* record) {
  (record->next != nullptr ? record->next->previous : newest_) = record->previous;
  (record->previous != nullptr ? record->previous->next : oldest_) = record->next;
  if (record->older != nullptr) record->older->newer = record->newer;
  if (record->newer != nullptr) {
    record->newer->older = record->older;
  } else {
    auto slot = index_.Find({record->db, record->entry->key()}, Policy::Hash(*record));
    if (record->older != nullptr) {
      slot.Replace(record->older);
    } else {
      index_.Erase(slot);
    }
  }
  --versions_;
  bytes_ -= record->bytes;
  memory::Free(record, sizeof(TrashedKey));
}

void Trash::End(TrashedKey* record, uint64_t* counter) {
  Entry* entry = record->entry;
  Unlink(record);
  disposer_.Dispose(entry, DisposeCause::kAsync);
  ++*counter;
}

Entry* Trash::Take(TrashedKey* record) {
  Entry* entry = record->entry;
  Unlink(record);
  return entry;
}

void Trash::Purge(TrashedKey* record) {
  End(record, &counters_.purged_asked);
}

TrashedKey* Trash::Find(int db, std::string_view key, uint64_t version) {
  const KeyName name{db, key};
  const auto slot = index_.Find(name, Policy::HashOf(name));
  TrashedKey* record = slot ? slot.element() : nullptr;
  while (record != nullptr && version != 0 && record->version != version) record = record->older;
  return record == nullptr || Due(record->removed_ms, record->version) ? nullptr : record;
}

TrashedKey* Trash::Older(const TrashedKey& record) {
  TrashedKey* older = record.older;
  return older == nullptr || Due(older->removed_ms, older->version) ? nullptr : older;
}

void Trash::BeginFlush(uint64_t client_id) {
  flush_client_id_ = client_id;
  flush_begun_ = true;
}

void Trash::PutTable(Keyspace::Table table, int db, size_t expires, size_t bytes) {
  if (bytes > limits_.max_bytes) {
    return DisposeTable(std::move(table), bytes, DisposeCause::kAsync, disposer_);
  }
  if (flush_begun_ || flushes_.empty()) {
    flush_begun_ = false;
    flushes_.push_back({.id = ++last_version_,
                        .removed_ms = clock_.unix_ms,
                        .client_id = flush_client_id_,
                        .parts = {}});
  }
  flushes_.back().parts.push_back({db, std::move(table), expires, bytes});
  bytes_ += bytes;
  MakeRoom();
}

TrashedFlush* Trash::FindFlush(uint64_t id) {
  for (auto flush = flushes_.rbegin(); flush != flushes_.rend(); ++flush) {
    if ((id == 0 || flush->id == id) && Live(*flush)) return &*flush;
  }
  return nullptr;
}

TrashedFlush Trash::TakeFlush(uint64_t id) {
  const auto found = std::ranges::find(flushes_, id, &TrashedFlush::id);
  assert(found != flushes_.end());
  TrashedFlush flush = std::move(*found);
  flushes_.erase(found);
  bytes_ -= flush.bytes();
  return flush;
}

void Trash::PutBack(Entry* entry, int db, const TrashedFlush& from) {
  Put(entry, db, TrashEvent::kFlush, from.client_id);
}

void Trash::PurgeFlush(uint64_t id) {
  const auto found = std::ranges::find(flushes_, id, &TrashedFlush::id);
  EndFlush(&counters_.purged_asked, static_cast<size_t>(found - flushes_.begin()));
}

void Trash::EndFlush(uint64_t* counter, size_t at) {
  const auto flush = flushes_.begin() + static_cast<ptrdiff_t>(at);
  *counter += flush->keys();
  bytes_ -= flush->bytes();
  for (TrashedFlush::Part& part : flush->parts) {
    DisposeTable(std::move(part.table), part.bytes, DisposeCause::kAsync, disposer_);
  }
  flushes_.erase(flush);
}

void Trash::PurgeAll() {
  counters_.purged_asked += versions_ + flushed_keys();
  purged_through_ = last_version_;
}

size_t Trash::flushed_keys() const {
  size_t sum = 0;
  for (const TrashedFlush& flush : flushes_) sum += flush.keys();
  return sum;
}

// REQUIRES: the trash is not empty.
bool Trash::OldestIsFlush() const {
  if (flushes_.empty()) return false;
  return oldest_ == nullptr || flushes_.front().id < oldest_->version;
}

// Ends the oldest version, or flush, and answers how many bytes that was.
size_t Trash::EndOldest(uint64_t* counter) {
  const size_t before = bytes_;
  if (OldestIsFlush()) {
    EndFlush(counter, 0);
  } else {
    End(oldest_, counter);
  }
  return before - bytes_;
}

void Trash::MakeRoom() {
  for (size_t i = 0; i < kRoomVersions && bytes() > limits_.max_bytes; ++i) {
    if (oldest_ == nullptr && flushes_.empty()) return;
    EndOldest(&counters_.purged_memory);
  }
}

bool Trash::SweepStep() {
  for (size_t i = 0; i < kSweepVersions; ++i) {
    if (oldest_ == nullptr && flushes_.empty()) return index_.Maintain();
    const bool flush = OldestIsFlush();
    const uint64_t version = flush ? flushes_.front().id : oldest_->version;
    const int64_t removed_ms = flush ? flushes_.front().removed_ms : oldest_->removed_ms;
    if (Due(removed_ms, version)) {
      // What was purged by PurgeAll has been counted there.
      uint64_t counted = 0;
      EndOldest(version <= purged_through_ ? &counted : &counters_.purged_expired);
    } else if (bytes() > limits_.max_bytes) {
      EndOldest(&counters_.purged_memory);
    } else {
      return index_.Maintain();
    }
  }
  return true;
}

size_t Trash::YieldStep(size_t bytes) {
  size_t yielded = 0;
  for (size_t i = 0; i < kSweepVersions && yielded < bytes; ++i) {
    if (oldest_ == nullptr && flushes_.empty()) break;
    yielded += EndOldest(&counters_.purged_memory);
  }
  return yielded;
}

uint64_t Trash::Defrag(uint64_t cursor, memory::BlockMover& mover) {
  size_t left = kDefragVersions;
  const auto move_entries = [&mover, &left](std::span<TrashedKey*> records) {
    for (TrashedKey* newest : records) {
      for (TrashedKey* record = newest; record != nullptr; record = record->older) {
        if (record != newest && left == 0) break;
        if (record != newest) --left;
        Entry*& entry = record->entry;
        if (void* moved = mover.MoveIfAdvised(entry, entry->block_size())) {
          entry = static_cast<Entry*>(moved);
        }
        if (!entry->is_inline()) entry->set_value(OpsOf(entry->type()).defrag(*entry, mover));
      }
    }
  };
  const auto move_block = [&mover](void* block, size_t size) {
    return mover.MoveIfAdvised(block, size, size % memory::kCacheLine == 0);
  };
  return index_.Defrag(cursor, move_entries, move_block);
}

}  // namespace ebb
