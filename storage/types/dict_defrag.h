// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "storage/dict.h"
#include "storage/memory/block_mover.h"
#include "storage/memory/defrag_scope.h"
#include "storage/memory/slabs.h"

namespace ebb {

// TypeOps::defrag_elements for a dict whose elements are one block each, of block_size() bytes.
template <typename Policy>
uint64_t DefragDict(Dict<Policy>& dict, uint64_t cursor, memory::BlockMover& mover,
                    DefragScope scope) {
  using Table = Dict<Policy>;
  using Element = typename Table::Element;
  const auto move_elements = [&mover](std::span<Element*> elements) {
    std::array<const void*, Table::kDefragRun> blocks;
    std::array<bool, Table::kDefragRun> move;
    // Blocks above the slabs' sizes are slabs by themselves: no advice is asked for these.
    std::ranges::transform(elements, blocks.begin(), [](const Element* element) {
      return element->block_size() <= memory::kMaxSlabBlock ? element : nullptr;
    });
    mover.Advise(std::span(blocks).first(elements.size()), move);
    for (size_t i = 0; i < elements.size(); ++i) {
      if (blocks[i] == nullptr || !move[i]) continue;
      elements[i] = static_cast<Element*>(mover.Move(elements[i], elements[i]->block_size()));
    }
  };
  const auto move_block = [&mover](void* block, size_t size) {
    return mover.MoveTableBlock(block, size);
  };
  return scope == DefragScope::kAll ? dict.Defrag(cursor, move_elements, move_block)
                                    : dict.DefragTable(cursor, move_block);
}

}  // namespace ebb
