// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/stored_bytes.h"

#include <cstring>

#include "storage/memory/allocator.h"

namespace ebb {

void AssignStored(KeyWriter& writer, Type type, Encoding encoding, std::string_view bytes) {
  char* to = nullptr;
  if (bytes.size() <= Entry::kInlineMax) {
    to = writer.MakeInline(type, encoding, bytes.size())->inline_bytes();
  } else {
    StringValue* const block = StringValue::Make(bytes.size(), bytes.size());
    if (block == nullptr) memory::OutOfMemory(bytes.size());
    writer.MakePointer(type, encoding, block);
    to = block->bytes();
  }
  std::memcpy(to, bytes.data(), bytes.size());
}

Garbage::Slice FreeStored(Value* value) {
  Release(static_cast<StringValue*>(value));
  return {.parts = 1};
}

size_t StoredMemory(const Entry& entry) {
  return entry.is_inline() ? 0 : memory::GoodSize(StoredBlock(entry)->block_size());
}

Value* CopyStored(const Entry& entry) {
  const std::string_view bytes = StoredBytes(entry);
  StringValue* const copy = StringValue::Make(bytes.size(), bytes.size());
  if (copy != nullptr) std::memcpy(copy->bytes(), bytes.data(), bytes.size());
  return copy;
}

Value* DefragStored(const Entry& entry, memory::BlockMover& mover) {
  return MoveIfAdvised(StoredBlock(entry), mover);
}

}  // namespace ebb
