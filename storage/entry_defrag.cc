// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/entry_defrag.h"

namespace ebb {

bool MoveValue(Entry* entry, memory::BlockMover& mover) {
  const TypeOps& ops = OpsOf(entry->type());
  entry->set_value(ops.defrag(*entry, mover));
  if (ops.free_effort(*entry) > Disposer::kInlineEffort) return false;
  uint64_t cursor = 0;
  do {
    cursor = ops.defrag_elements(*entry, cursor, mover);
  } while (cursor != 0);
  return true;
}

}  // namespace ebb
