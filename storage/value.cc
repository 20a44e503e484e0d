// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/value.h"

#include <cassert>
#include <cstddef>
#include <limits>
#include <new>

#include "storage/memory/allocator.h"
#include "storage/memory/block_mover.h"

namespace ebb {

namespace {

StringValue* MakeIn(void* (*allocate)(size_t), size_t size, size_t capacity) {
  assert(capacity >= size);
  // Beyond what can be had, the allocator knows of no good size.
  if (capacity > std::numeric_limits<ptrdiff_t>::max() / 2) return nullptr;
  const size_t block = memory::GoodSize(sizeof(StringValue) + capacity);
  void* memory = allocate(block);
  if (memory == nullptr) return nullptr;
  auto* string = new (memory) StringValue;
  string->size = size;
  string->capacity = block - sizeof(StringValue);
  return string;
}

}  // namespace

StringValue* StringValue::Make(size_t size, size_t capacity) {
  return MakeIn(memory::TryAllocate, size, capacity);
}

StringValue* StringValue::MakeZeroed(size_t size, size_t capacity) {
  return MakeIn(memory::TryAllocateZeroed, size, capacity);
}

bool StringValue::Expand(size_t wanted, size_t spare) {
  if (block_size() <= memory::kMaxSlabBlock) return false;
  const size_t before = prefix + sizeof(StringValue);
  void* const block = reinterpret_cast<char*>(this) - prefix;
  const size_t usable = memory::TryExpand(block, before + wanted, spare);
  if (usable < before + wanted) return false;
  capacity = usable - before;
  return true;
}

StringValue* StringValue::Adopt(void* block, size_t block_bytes, size_t offset, size_t size) {
  assert(offset >= sizeof(StringValue) && offset + size <= block_bytes);
  const size_t prefix = offset - sizeof(StringValue);
  auto* string = new (static_cast<char*>(block) + prefix) StringValue;
  string->prefix = static_cast<uint32_t>(prefix);
  string->size = size;
  string->capacity = block_bytes - offset;
  return string;
}

StringValue* MoveIfAdvised(StringValue* string, memory::BlockMover& mover) {
  // Blocks above the slabs' sizes are slabs by themselves.
  if (string->block_size() > memory::kMaxSlabBlock) return string;
  const size_t prefix = string->prefix;
  char* const block = reinterpret_cast<char*>(string) - prefix;
  auto* const moved = static_cast<char*>(mover.MoveIfAdvised(block, string->block_size()));
  return moved == nullptr ? string : reinterpret_cast<StringValue*>(moved + prefix);
}

void Release(StringValue* string) {
  if (!GiveBack(string)) return;
  memory::FreeAnySize(reinterpret_cast<char*>(string) - string->prefix, string->block_size());
}

}  // namespace ebb
