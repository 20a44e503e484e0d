// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/dispose.h"

#include "storage/memory/allocator.h"
#include "storage/type_ops.h"

namespace ebb {
namespace {

// Elements of which the memory of a collection is estimated.
constexpr size_t kSamples = 5;

// Type and encoding of a value whose entry is gone, in one number.
uint32_t NoteOf(Type type, Encoding encoding) {
  return static_cast<uint32_t>(type) << 8 | static_cast<uint32_t>(encoding);
}

Garbage::Slice FreeValue(void* value, uint32_t note) {
  return OpsOf(static_cast<Type>(note >> 8))
      .free_slice(static_cast<Value*>(value), static_cast<Encoding>(note & 0xff));
}

Garbage::Slice FreeString(void* string, uint32_t) {
  Release(static_cast<StringValue*>(string));
  return {.parts = 1};
}

Garbage::Slice FreeEntryBlock(void* entry, uint32_t) {
  Entry::FreeBlock(static_cast<Entry*>(entry));
  return {.parts = 1};
}

Garbage::Slice FreeBareBlock(void* block, uint32_t) {
  memory::FreeAnySize(block, memory::UsableSize(block));
  return {.parts = 1};
}

}  // namespace

void Disposer::LetGo(const Entry& entry, DisposeCause cause) {
  const TypeOps& ops = OpsOf(entry.type());
  Value* value = entry.value();
  // With other references left, nothing is freed.
  const size_t effort = ops.free_effort(entry);
  if (!lazy(cause) || !value->sole() || effort <= kInlineEffort) {
    return ops.free(value, entry.encoding());
  }
  DisposeLater(Garbage(value, NoteOf(entry.type(), entry.encoding()), FreeValue, 1,
                       ops.memory_usage(entry, kSamples), effort));
}

size_t Disposer::EffortOf(const Entry& entry, DisposeCause cause) const {
  const auto here = [this, cause](size_t effort) {
    return effort > kInlineEffort && lazy(cause) ? 1 : effort;
  };
  size_t effort = here((entry.block_size() + kEffortBytes - 1) / kEffortBytes);
  if (!entry.is_inline() && entry.value()->sole()) {
    effort += here(OpsOf(entry.type()).free_effort(entry));
  }
  return effort;
}

bool Disposer::TakesLong(const Entry& entry) {
  return !entry.is_inline() && entry.value()->sole() &&
         OpsOf(entry.type()).free_effort(entry) > kInlineEffort;
}

void Disposer::DisposeParts(Entry* entry, DisposeCause cause) {
  DisposeValue(*entry, cause);
  const size_t size = entry->block_size();
  if (IsSmall(size) || !lazy(cause)) return Entry::FreeBlock(entry);
  DisposeLater(Garbage(entry, 0, FreeEntryBlock, 1, memory::GoodSize(size), 1));
}

void Disposer::Release(StringValue* string) {
  const size_t size = string->block_size();
  if (IsSmall(size) || !lazy(DisposeCause::kServerDel) || !string->sole()) {
    return ebb::Release(string);
  }
  DisposeLater(Garbage(string, 0, FreeString, 1, memory::GoodSize(size), 1));
}

// It was no object of a database, so it does not count as one.
void Disposer::FreeBlock(void* block, size_t size) {
  if (IsSmall(size) || !lazy(DisposeCause::kServerDel)) return memory::FreeAnySize(block, size);
  DisposeLater(Garbage(block, 0, FreeBareBlock, 0, memory::GoodSize(size), 1));
}

void Disposer::Free(Entry* entry) {
  if (!entry->is_inline()) OpsOf(entry->type()).free(entry->value(), entry->encoding());
  Entry::FreeBlock(entry);
}

}  // namespace ebb
