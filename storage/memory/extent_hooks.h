// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>

namespace ebb::memory {

class PageReturns;

// Pages of the data that the allocator has let go of, and that are not back with the system yet.
// Thread: any.
PageReturns& PagesOnTheirWay();

// From now on the jemalloc arena of this number asks Ebb for what it does with its pages: those
// that are free go back many runs at a time (PageReturns), and slabs come from the system as a
// whole, those of small blocks at least and not the first 8 MiB. jemalloc goes on alone where the
// kernel does not overcommit, or no thread can be started. Once; after any fork.
void TakePagesInHand(unsigned arena);

// While it lives, the calling thread has blocks grow where they are: the pages that come to them
// are no slab, whatever their number.
class GrowingBlock {
 public:
  GrowingBlock();
  ~GrowingBlock();
  GrowingBlock(const GrowingBlock&) = delete;
  GrowingBlock& operator=(const GrowingBlock&) = delete;
};

}  // namespace ebb::memory
