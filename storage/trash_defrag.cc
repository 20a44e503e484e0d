// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <array>
#include <span>
#include <string>

#include "storage/entry_defrag.h"
#include "storage/hash.h"
#include "storage/trash.h"

// The defragger's walk through the trash: what the records hold, the tables of flushes.
namespace ebb {

uint64_t Trash::Defrag(uint64_t cursor, memory::BlockMover& mover, DefragScope scope, size_t most) {
  constexpr uint64_t kMore = 1;
  if (cursor == 0) {
    walk_ = Walk();
    if (scope == DefragScope::kTables) walk_.part = Walk::Part::kFlushes;
  }
  if (!walk_.large.empty()) {
    Entry* entry = FindLarge(walk_.large.back());
    walk_.value_cursor =
        entry == nullptr || entry->is_inline()
            ? 0
            : OpsOf(entry->type()).defrag_elements(*entry, walk_.value_cursor, mover, scope);
    if (walk_.value_cursor == 0) walk_.large.pop_back();
    return kMore;
  }
  switch (walk_.part) {
    case Walk::Part::kRecords:
      WalkRecords(mover, scope, most);
      return kMore;
    case Walk::Part::kFlushes:
      return WalkFlush(mover, scope, most) ? kMore : 0;
  }
  return 0;
}

// One segment's entries.
void Trash::WalkRecords(memory::BlockMover& mover, DefragScope scope, size_t most) {
  static_assert(TrashLog::kPlaces <= memory::DefragAdvisor::kMaxBlocks);
  std::array<TrashedKey*, TrashLog::kPlaces> records;
  std::array<Entry*, TrashLog::kPlaces> entries;
  size_t count = 0;
  walk_.cursor = log_.VisitSegment(walk_.cursor, [&](TrashedKey& record) {
    records[count] = &record;
    entries[count++] = record.entry;
  });
  size_t at = 0;
  const auto note_large = [&](const Entry& entry) {
    while (entries[at] != &entry) ++at;
    walk_.large.push_back({.version = records[at]->version()});
  };
  ElementBudget budget{.most = most};
  MoveEntries(std::span(entries).first(count), mover, scope, &budget, note_large);
  for (size_t i = 0; i < count; ++i) records[i]->entry = entries[i];
  if (walk_.cursor == 0) walk_.part = Walk::Part::kFlushes;
}

// A chunk of a flushed table; false when there is none left.
bool Trash::WalkFlush(memory::BlockMover& mover, DefragScope scope, size_t most) {
  const auto flush = FlushFrom(walk_.flush_id);
  if (flush == flushes_.end()) return false;
  if (flush->id != walk_.flush_id) {
    walk_.flush_id = flush->id;
    walk_.table = walk_.cursor = 0;
  }
  if (walk_.table < flush->parts.size()) {
    TrashedFlush::Part& part = flush->parts[walk_.table];
    const auto note_large = [&](const Entry& entry) {
      walk_.large.push_back({flush->id, part.db, std::string(entry.key())});
    };
    walk_.cursor = DefragTable(part.table, walk_.cursor, mover, scope, most, note_large);
    if (walk_.cursor == 0) ++walk_.table;
    return true;
  }
  ++walk_.flush_id;
  walk_.table = 0;
  return true;
}

// Null when it is not here any more.
Entry* Trash::FindLarge(const Walk::Large& large) {
  const auto flush = FlushFrom(large.version);
  if (flush == flushes_.end() || flush->id != large.version) {
    TrashedKey* record = log_.Find(large.version);
    return record != nullptr ? record->entry : nullptr;
  }
  for (TrashedFlush::Part& part : flush->parts) {
    if (part.db != large.db) continue;
    const auto slot = part.table.Find(large.key, HashBytes(large.key));
    if (slot) return slot.element();
  }
  return nullptr;
}

}  // namespace ebb
