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

namespace ebb {

// Calls `move(Element*&)` for those of up to `kMost` elements, a block of block_size() bytes each,
// that should move.
template <size_t kMost, typename Element, typename Move>
void ForEachAdvised(std::span<Element*> elements, memory::BlockMover& mover, Move&& move) {
  std::array<const void*, kMost> blocks;
  std::array<bool, kMost> advised;
  std::ranges::copy(elements, blocks.begin());
  mover.Advise(std::span(blocks).first(elements.size()), advised);
  for (size_t i = 0; i < elements.size(); ++i) {
    if (advised[i]) move(elements[i]);
  }
}

// TypeOps::defrag_elements for a dict whose elements are one block each, of block_size() bytes.
template <typename Policy>
uint64_t DefragDict(Dict<Policy>& dict, uint64_t cursor, memory::BlockMover& mover,
                    DefragScope scope) {
  using Table = Dict<Policy>;
  using Element = typename Table::Element;
  const auto move_elements = [&mover](std::span<Element*> elements) {
    ForEachAdvised<Table::kDefragRun>(elements, mover, [&mover](Element*& element) {
      element = static_cast<Element*>(mover.Move(element, element->block_size()));
    });
  };
  const auto move_block = [&mover](void* block, size_t size) {
    return mover.MoveTableBlock(block, size);
  };
  return scope == DefragScope::kAll ? dict.Defrag(cursor, move_elements, move_block)
                                    : dict.DefragTable(cursor, move_block);
}

}  // namespace ebb
