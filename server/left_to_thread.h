// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "protocol/large_bulk.h"
#include "storage/dispose.h"
#include "storage/memory/allocator.h"

// What clients leave of which nothing is the engine's: the lazy-free thread ends it, part by part.
namespace ebb {

// How many small parts are freed at once: about ten microseconds' worth, which is what it takes to
// wake a thread.
inline constexpr size_t kMostAtOnce = 256;

// Leaves `dead` to the thread; `bytes` and `parts` as Garbage takes them. A `T` has empty(), and
// FreeLast() for one part; both, and the destructor of an empty one, may run on any thread.
// REQUIRES: disposer.lazy(DisposeCause::kServerDel).
template <typename T>
void LeaveToThread(std::unique_ptr<T> dead, size_t bytes, size_t parts, Disposer& disposer) {
  const auto free_some = [](void* what, uint32_t) {
    auto* left = static_cast<T*>(what);
    Garbage::Slice slice;
    for (; slice.parts < kMostAtOnce && !left->empty(); ++slice.parts) left->FreeLast();
    slice.more = !left->empty();
    if (!slice.more) delete left;
    return slice;
  };
  // It was no object of a database, so it does not count as one.
  constexpr size_t kObjects = 0;
  disposer.DisposeLater(Garbage(dead.release(), 0, free_some, kObjects, bytes, parts));
}

// Frees the last of `arguments`, which is complete, or has been taken: past its limits, as those
// are the engine thread's. Any thread. REQUIRES: the block is of memory::TryAllocate.
inline void FreeLastArgument(std::vector<LargeArgument>* arguments) {
  LargeBulk& bulk = arguments->back().bulk;
  if (bulk.valid()) memory::FreeAnySize(bulk.ReleaseBlock(), bulk.block_bytes());
  arguments->pop_back();
}

}  // namespace ebb
