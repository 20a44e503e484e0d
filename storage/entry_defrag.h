// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <span>

#include "storage/dispose.h"
#include "storage/entry.h"
#include "storage/memory/block_mover.h"
#include "storage/memory/defrag_advisor.h"
#include "storage/memory/defrag_scope.h"
#include "storage/prefetch.h"
#include "storage/type_ops.h"

// What defragmentation does to entries, whoever holds them.
namespace ebb {

// Which elements one step moves on its way: those of values that have no more than `most`, and of
// all values some 100 us' worth.
struct ElementBudget {
  size_t most;
  size_t moved = 0;
};

// Moves the value's blocks that should move, but for those that hold its elements where they are
// beyond the budget: false then.
bool MoveValue(Entry* entry, memory::BlockMover& mover, DefragScope scope, ElementBudget* budget);

// Moves those of `entries` that should move, and puts in the place of each pointer where the entry
// is now; then, as in all scopes but kTables, their values. Calls `large(const Entry&)` for those
// whose values' elements have not moved. REQUIRES: no more than DefragAdvisor::kMaxBlocks.
template <typename Large>
void MoveEntries(std::span<Entry*> entries, memory::BlockMover& mover, DefragScope scope,
                 ElementBudget* budget, Large&& large) {
  std::array<const void*, memory::DefragAdvisor::kMaxBlocks> blocks;
  std::array<bool, memory::DefragAdvisor::kMaxBlocks> move{};
  assert(entries.size() <= blocks.size());
  if (scope == DefragScope::kAll) {
    std::copy(entries.begin(), entries.end(), blocks.begin());
    mover.Advise(std::span(blocks).first(entries.size()), move);
  } else {
    for (const Entry* entry : entries) Prefetch(entry);
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    Entry*& entry = entries[i];
    const uint64_t moved = mover.moved_bytes();
    if (move[i]) entry = static_cast<Entry*>(mover.Move(entry, entry->block_size()));
    if (!entry->is_inline() && !MoveValue(entry, mover, scope, budget)) large(*entry);
    if (scope == DefragScope::kAll) mover.NoteKey(mover.moved_bytes() != moved);
  }
}

// One step of a walk over a table of entries, as Keyspace::Defrag's; values of up to `most`
// elements are walked through on the way, `large` as above.
template <typename Table, typename Large>
uint64_t DefragTable(Table& table, uint64_t cursor, memory::BlockMover& mover, DefragScope scope,
                     size_t most, Large&& large) {
  static_assert(Table::kDefragRun <= memory::DefragAdvisor::kMaxBlocks);
  const auto move_block = [&mover](void* block, size_t size) {
    return mover.MoveTableBlock(block, size);
  };
  if (scope == DefragScope::kTables) return table.DefragTable(cursor, move_block);
  ElementBudget budget{.most = most};
  const auto move_entries = [&](std::span<Entry*> entries) {
    MoveEntries(entries, mover, scope, &budget, large);
  };
  return table.Defrag(cursor, move_entries, move_block);
}

}  // namespace ebb
