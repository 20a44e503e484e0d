// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/string.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "storage/digest.h"
#include "storage/memory/allocator.h"
#include "storage/types/stored_bytes.h"

namespace ebb {
namespace {

// Room that a growing string gets beyond its size: as much again, a megabyte at most.
constexpr size_t kMaxSpare = size_t{1} << 20;

Encoding EncodingFor(size_t size) {
  return size <= kEmbstrMax ? Encoding::kEmbstr : Encoding::kRaw;
}

// A gap of this size is worth asking for zeroed memory, which the kernel gives without writing it.
constexpr size_t kLargeGap = size_t{1} << 20;

// What the bytes are to be that come to a string: zeros, or the caller's.
enum class Growth { kZeros, kFilled };

// A string that has grown: its bytes, of which the first `defined` are as they should be and the
// rest is to be filled. Null bytes when memory could not be had.
struct Grown {
  char* bytes = nullptr;
  size_t defined = 0;
};

StringValue* MakeGrown(size_t size, size_t capacity, bool zeroed) {
  return zeroed ? StringValue::MakeZeroed(size, capacity) : StringValue::Make(size, capacity);
}

// Makes the string, whatever it was, an out-of-line one of `size` bytes that nobody else refers to.
Grown GrowOutOfLine(KeyWriter& writer, size_t size, size_t old_size, Growth growth) {
  Entry* entry = writer.entry();
  // What is only written once needs no room to spare.
  const size_t spare = size > old_size && old_size > 0 ? std::min(size, kMaxSpare) : 0;
  const bool zeroed = growth == Growth::kZeros && size - old_size >= kLargeGap;
  if (entry != nullptr && !entry->is_inline()) {
    StringValue* value = StoredBlock(*entry);
    const bool has_room = value->capacity >= size;
    if (value->sole() && (has_room || (!zeroed && value->Expand(size, spare)))) {
      value->size = size;
      entry->set_encoding(Encoding::kRaw);
      return {value->bytes(), old_size};
    }
  }
  StringValue* fresh = MakeGrown(size, size + spare, zeroed);
  if (fresh == nullptr && spare > 0) fresh = MakeGrown(size, size, zeroed);
  if (fresh == nullptr) return {};
  if (old_size > 0) std::memcpy(fresh->bytes(), StoredBytes(*entry).data(), old_size);
  writer.MakePointer(Type::kString, Encoding::kRaw, fresh);
  return {fresh->bytes(), zeroed ? size : old_size};
}

// Makes the value raw and of `size` bytes, the present ones first.
Grown Grow(KeyWriter& writer, size_t size, Growth growth) {
  Entry* entry = writer.entry();
  // An integer's digits become bytes first.
  if (entry != nullptr && entry->encoding() == Encoding::kInt) {
    const StringView digits(*entry);
    entry = writer.MakeInline(Type::kString, Encoding::kRaw, digits.size());
    std::memcpy(entry->inline_bytes(), digits.view().data(), digits.size());
  }
  const size_t old_size = entry != nullptr ? StoredBytes(*entry).size() : 0;
  const bool is_inline = entry == nullptr || entry->is_inline();
  if (!is_inline || size > Entry::kInlineMax) return GrowOutOfLine(writer, size, old_size, growth);
  entry = writer.MakeInline(Type::kString, Encoding::kRaw, size, true);
  return {entry->inline_bytes(), old_size};
}

}  // namespace

StringView::StringView(const Entry& entry) {
  if (entry.encoding() != Encoding::kInt) {
    view_ = StoredBytes(entry);
    return;
  }
  const auto end = std::to_chars(digits_, digits_ + sizeof digits_, entry.integer()).ptr;
  view_ = {digits_, static_cast<size_t>(end - digits_)};
}

size_t StringSize(const Entry& entry) {
  return StringView(entry).size();
}

std::optional<int64_t> StringAsInteger(const Entry& entry) {
  if (entry.encoding() == Encoding::kInt) return entry.integer();
  return ParseInteger(StoredBytes(entry));
}

void AssignInteger(KeyWriter& writer, int64_t value) {
  const size_t size = Entry::IntegerSize(value);
  writer.MakeInline(Type::kString, Encoding::kInt, size)->set_integer(value);
}

void AssignString(KeyWriter& writer, std::string_view value) {
  if (const auto integer = ParseInteger(value)) return AssignInteger(writer, *integer);
  AssignBytes(writer, value);
}

void AssignBytes(KeyWriter& writer, std::string_view value) {
  AssignStored(writer, Type::kString, EncodingFor(value.size()), value);
}

void AssignRaw(KeyWriter& writer, std::string_view value) {
  AssignStored(writer, Type::kString, Encoding::kRaw, value);
}

void AssignString(KeyWriter& writer, StringValue* value) {
  if (value->size <= Entry::kInlineMax) {
    AssignString(writer, value->view());
    Release(value);
    return;
  }
  writer.MakePointer(Type::kString, Encoding::kRaw, value);
}

void AssignRaw(KeyWriter& writer, StringValue* value) {
  if (value->size > Entry::kInlineMax) {
    writer.MakePointer(Type::kString, Encoding::kRaw, value);
    return;
  }
  Entry* entry = writer.MakeInline(Type::kString, Encoding::kRaw, value->size);
  std::memcpy(entry->inline_bytes(), value->bytes(), value->size);
  Release(value);
}

char* EditString(KeyWriter& writer, size_t size) {
  const Grown grown = Grow(writer, size, Growth::kZeros);
  if (grown.defined < size && grown.bytes != nullptr) {
    std::memset(grown.bytes + grown.defined, 0, size - grown.defined);
  }
  return grown.bytes;
}

bool AppendString(KeyWriter& writer, std::string_view tail) {
  const size_t old_size = StringSize(*writer.entry());
  const Grown grown = Grow(writer, old_size + tail.size(), Growth::kFilled);
  if (grown.bytes == nullptr) return false;
  std::memcpy(grown.bytes + old_size, tail.data(), tail.size());
  return true;
}

namespace {

std::string_view EncodingName(const Entry& entry) {
  switch (entry.encoding()) {
    case Encoding::kInt:
      return "int";
    case Encoding::kEmbstr:
      return "embstr";
    default:
      return "raw";
  }
}

void Free(Value* value, Encoding) {
  FreeStored(value);
}

Garbage::Slice FreeSlice(Value* value, Encoding) {
  return FreeStored(value);
}

size_t FreeEffort(const Entry& entry) {
  return StoredBlock(entry)->block_size() / kEffortBytes;
}

size_t MemoryUsage(const Entry& entry, size_t) {
  return StoredMemory(entry);
}

uint64_t DefragElements(const Entry&, uint64_t, memory::BlockMover&, DefragScope) {
  return 0;
}

void DigestString(const Entry& entry, Digest& digest) {
  digest.Mix(StringView(entry));
}

}  // namespace

constexpr TypeOps kStringOps = Complete({.name = "string",
                                         .encoding_name = EncodingName,
                                         .free = Free,
                                         .free_slice = FreeSlice,
                                         .free_effort = FreeEffort,
                                         .memory_usage = MemoryUsage,
                                         .copy = CopyStored,
                                         .defrag = DefragStored,
                                         .defrag_elements = DefragElements,
                                         .digest = DigestString});

}  // namespace ebb
