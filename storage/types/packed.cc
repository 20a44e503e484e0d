// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/packed.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "storage/memory/allocator.h"

namespace ebb {
namespace {

StringValue* MakeBlock(size_t size, size_t capacity) {
  StringValue* block = StringValue::Make(size, capacity);
  if (block == nullptr) memory::OutOfMemory(capacity);
  return block;
}

// A change of the bytes: `removed` at `offset` make room for `inserted`.
struct Splice {
  size_t offset;
  size_t removed;
  size_t inserted;

  // Closes or opens the gap in `bytes`, of which there are `size` before the change.
  void ShiftTail(char* bytes, size_t size) const {
    const size_t tail = offset + removed;
    if (removed != inserted) std::memmove(bytes + offset + inserted, bytes + tail, size - tail);
  }
  // Copies what stays of `from` to other bytes.
  void Copy(char* to, std::string_view from) const {
    if (from.empty()) return;
    const size_t tail = offset + removed;
    std::memcpy(to, from.data(), offset);
    std::memcpy(to + offset + inserted, from.data() + tail, from.size() - tail);
  }
};

// The bytes are in the entry and stay there.
char* SpliceInline(KeyWriter& writer, Type type, Encoding encoding, const Splice& splice) {
  Entry* entry = writer.entry();
  const size_t size = entry != nullptr ? entry->inline_size() : 0;
  const size_t new_size = size - splice.removed + splice.inserted;
  // A block that becomes shorter is changed first, one that becomes longer afterwards.
  const bool shrinks = new_size < size;
  if (shrinks) splice.ShiftTail(entry->inline_bytes(), size);
  char* bytes = writer.MakeInline(type, encoding, new_size, true)->inline_bytes();
  if (!shrinks) splice.ShiftTail(bytes, size);
  return bytes;
}

// The bytes are, and stay, in a block of their own.
char* SpliceBlock(KeyWriter& writer, const Splice& splice) {
  StringValue* block = StoredBlock(*writer.entry());
  const size_t size = block->size;
  const size_t new_size = size - splice.removed + splice.inserted;
  const bool roomy = block->capacity > 2 * new_size;
  if (new_size <= block->capacity && !roomy) {
    splice.ShiftTail(block->bytes(), size);
    block->size = new_size;
    return block->bytes();
  }
  // An eighth to spare keeps growing by single elements linear.
  StringValue* fresh = MakeBlock(new_size, new_size + (roomy ? 0 : new_size / 8));
  splice.Copy(fresh->bytes(), block->view());
  writer.MakePointer(writer.entry()->type(), writer.entry()->encoding(), fresh);
  return fresh->bytes();
}

// The bytes move from the entry to a block of their own.
char* MoveOut(KeyWriter& writer, Type type, Encoding encoding, const Splice& splice) {
  const std::string_view bytes =
      writer.exists() ? StoredBytes(*writer.entry()) : std::string_view();
  const size_t new_size = bytes.size() - splice.removed + splice.inserted;
  StringValue* fresh = MakeBlock(new_size, new_size + new_size / 8);
  splice.Copy(fresh->bytes(), bytes);
  writer.MakePointer(type, encoding, fresh);
  return fresh->bytes();
}

// And back.
char* MoveIn(KeyWriter& writer, Type type, Encoding encoding, const Splice& splice) {
  StringValue* block = StoredBlock(*writer.entry());
  Retain(block);
  const size_t new_size = block->size - splice.removed + splice.inserted;
  char* bytes = writer.MakeInline(type, encoding, new_size)->inline_bytes();
  splice.Copy(bytes, block->view());
  Release(block);
  return bytes;
}

}  // namespace

char* SplicePacked(KeyWriter& writer, Type type, Encoding encoding, size_t offset, size_t removed,
                   size_t inserted) {
  const Splice splice{offset, removed, inserted};
  const Entry* entry = writer.entry();
  assert(entry == nullptr || (entry->type() == type && entry->encoding() == encoding));
  const size_t size = entry != nullptr ? StoredBytes(*entry).size() : 0;
  const size_t new_size = size - removed + inserted;
  if (entry == nullptr || entry->is_inline()) {
    return new_size <= Entry::kInlineMax ? SpliceInline(writer, type, encoding, splice)
                                         : MoveOut(writer, type, encoding, splice);
  }
  return new_size <= kBackInline ? MoveIn(writer, type, encoding, splice)
                                 : SpliceBlock(writer, splice);
}

ListpackWays PackedWays(Type type) {
  return type == Type::kList ? ListpackWays::kBoth : ListpackWays::kForward;
}

void InsertPacked(KeyWriter& writer, Type type, size_t offset,
                  std::span<const std::string_view> values) {
  const ListpackWays ways = PackedWays(type);
  size_t inserted = 0;
  for (const std::string_view value : values) inserted += ListpackElementSize(value, ways);
  const bool fresh = !writer.exists();
  if (fresh) offset = Listpack::kHeadSize;
  char* bytes = SplicePacked(writer, type, Encoding::kListpack, fresh ? 0 : offset, 0,
                             inserted + (fresh ? Listpack::kHeadSize : 0));
  if (fresh) std::memset(bytes, 0, Listpack::kHeadSize);
  AdjustListpackCount(bytes, static_cast<int64_t>(values.size()));
  char* at = bytes + offset;
  for (const std::string_view value : values) at = WriteListpackElement(at, value, ways);
}

void ErasePacked(KeyWriter& writer, size_t offset, size_t count) {
  const Entry& entry = *writer.entry();
  const Listpack list(StoredBytes(entry), PackedWays(entry.type()));
  const size_t end = list.Skip(offset, count);
  char* bytes = SplicePacked(writer, entry.type(), Encoding::kListpack, offset, end - offset, 0);
  AdjustListpackCount(bytes, -static_cast<int64_t>(count));
}

void ReplacePacked(KeyWriter& writer, size_t offset, std::string_view value) {
  const Entry& entry = *writer.entry();
  const ListpackWays ways = PackedWays(entry.type());
  const size_t old_size = Listpack(StoredBytes(entry), ways).Next(offset) - offset;
  char* bytes = SplicePacked(writer, entry.type(), Encoding::kListpack, offset, old_size,
                             ListpackElementSize(value, ways));
  WriteListpackElement(bytes + offset, value, ways);
}

}  // namespace ebb
