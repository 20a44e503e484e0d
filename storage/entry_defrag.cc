// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/entry_defrag.h"

namespace ebb {

namespace {

// Elements of small collections that one step moves, about: some 100 us.
constexpr size_t kElementsAStep = 512;

}  // namespace

bool MoveValue(Entry* entry, memory::BlockMover& mover, DefragScope scope, ElementBudget* budget) {
  const TypeOps& ops = OpsOf(entry->type());
  // What somebody else holds a reference to stays where it is.
  if (entry->value()->sole()) entry->set_value(ops.defrag(*entry, mover));
  const size_t effort = ops.free_effort(*entry);
  if (effort > budget->most || budget->moved > kElementsAStep) return false;
  budget->moved += effort;
  uint64_t cursor = 0;
  do {
    cursor = ops.defrag_elements(*entry, cursor, mover, scope);
  } while (cursor != 0);
  return true;
}

}  // namespace ebb
