// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/value.h"

#include <cassert>
#include <new>

#include "storage/memory/allocator.h"

namespace ebb {

StringValue* StringValue::Make(size_t size, size_t capacity) {
  assert(capacity >= size);
  const size_t block = memory::GoodSize(sizeof(StringValue) + capacity);
  void* memory = memory::TryAllocate(block);
  if (memory == nullptr) return nullptr;
  auto* string = new (memory) StringValue;
  string->size = size;
  string->capacity = block - sizeof(StringValue);
  return string;
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

void Release(StringValue* string) {
  assert(string->references > 0);
  if (--string->references > 0) return;
  memory::Free(reinterpret_cast<char*>(string) - string->prefix, string->block_size());
}

}  // namespace ebb
