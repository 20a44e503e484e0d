// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>

#include "storage/dict.h"
#include "storage/entry.h"
#include "storage/memory/allocator.h"
#include "storage/type_ops.h"
#include "storage/types/dict_defrag.h"
#include "storage/types/dict_fetch.h"
#include "storage/types/packed.h"

namespace ebb {

// What the entry of a big hash or set points to: a dict of elements that are a block each.
//
// Ownership: the elements are the table's; TableOps::FreeSlice alone ends both. Thread: as TypeOps.
template <typename Policy>
struct TableValue : Value {
  using Element = typename Dict<Policy>::Element;

  Dict<Policy> elements;
  size_t bytes = 0;  // of the elements' blocks

  static TableValue* Make() { return new (memory::Allocate(sizeof(TableValue))) TableValue; }

  // REQUIRES: IsTable(entry), of a type whose table this is.
  static TableValue& Of(const Entry& entry) { return *static_cast<TableValue*>(entry.value()); }
};

// Whether a hash or a set is a big one.
inline bool IsTable(const Entry& entry) {
  return entry.encoding() == Encoding::kHashtable;
}

// What hashes and sets, packed while they are small, have in common of TypeOps.
template <typename Policy>
struct TableOps {
  using Table = TableValue<Policy>;

  // All of a type's operations: what is its own, and these.
  static consteval TypeOps With(TypeOps own) {
    own.free = Free;
    own.free_slice = FreeSlice;
    own.free_effort = FreeEffort;
    own.memory_usage = MemoryUsage;
    own.defrag = Defrag;
    own.defrag_elements = DefragElements;
    own.finds_by_hash = IsTable;
    own.fetch_element = FetchElement;
    own.table_stats = TableStats;
    return Complete(own);
  }

  static Garbage::Slice FreeSlice(Value* value, Encoding encoding) {
    if (encoding != Encoding::kHashtable) return FreeStored(value);
    auto* const table = static_cast<Table*>(value);
    Garbage::Slice slice;
    size_t bytes = 0;
    slice.more = table->elements.TakeApartStep([&](typename Table::Element* element) {
      ++slice.parts;
      bytes += element->block_size();
      Table::Element::Free(element);
    });
    slice.parts += bytes / kEffortBytes;
    if (!slice.more) {
      table->~Table();
      memory::Free(table, sizeof(Table));
    }
    return slice;
  }

  static void Free(Value* value, Encoding encoding) {
    if (encoding == Encoding::kHashtable && !GiveBack(value)) return;
    while (FreeSlice(value, encoding).more) {
    }
  }

  static size_t FreeEffort(const Entry& entry) {
    if (!IsTable(entry)) return StoredMemory(entry) / kEffortBytes;
    const Table& table = Table::Of(entry);
    return table.elements.size() + table.bytes / kEffortBytes;
  }

  // Exact at once: the table counts its elements' blocks.
  static size_t MemoryUsage(const Entry& entry, size_t) {
    if (!IsTable(entry)) return StoredMemory(entry);
    const Table& table = Table::Of(entry);
    return memory::GoodSize(sizeof(Table)) + table.elements.memory() + table.bytes;
  }

  static Value* Defrag(const Entry& entry, memory::BlockMover& mover) {
    if (!IsTable(entry)) return DefragStored(entry, mover);
    void* const moved = mover.MoveIfAdvised(entry.value(), sizeof(Table));
    return moved == nullptr ? entry.value() : static_cast<Table*>(moved);
  }

  static uint64_t DefragElements(const Entry& entry, uint64_t cursor, memory::BlockMover& mover,
                                 DefragScope scope) {
    return IsTable(entry) ? DefragDict(Table::Of(entry).elements, cursor, mover, scope) : 0;
  }

  static void FetchElement(const Entry& entry, uint64_t hash, FetchStage stage) {
    FetchFromDict(Table::Of(entry).elements, hash, stage);
  }

  static bool TableStats(const Entry& entry, DictStats* stats) {
    if (!IsTable(entry)) return false;
    *stats = Table::Of(entry).elements.Stats();
    return true;
  }
};

}  // namespace ebb
