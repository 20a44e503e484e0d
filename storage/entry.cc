// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/entry.h"

#include <new>

#include "storage/memory/allocator.h"

namespace ebb {

size_t Entry::BlockSize(size_t key_size, const Shape& shape) {
  size_t size = sizeof(Entry) + key_size;
  if (shape.has_expire) size += 8;
  if (NeedsLongLengths(key_size, shape)) size += sizeof(LongLengths);
  return size + (shape.inline_value ? shape.inline_size : sizeof(Value*));
}

Entry* Entry::Make(std::string_view key, const Shape& shape) {
  void* block = memory::Allocate(BlockSize(key.size(), shape));
  return new (block) Entry(key, shape, NeedsLongLengths(key.size(), shape));
}

Entry::Entry(std::string_view key, const Shape& shape, bool long_lengths)
    : access_clock_(0),
      type_(static_cast<uint32_t>(shape.type) & ((1 << kTypeBits) - 1)),
      encoding_(static_cast<uint32_t>(shape.encoding) & ((1 << kEncodingBits) - 1)),
      has_expire_(shape.has_expire),
      key_length_(long_lengths ? 0 : key.size() & kLengthMax),
      value_length_(long_lengths ? 0 : shape.inline_size & kLengthMax),
      inline_(shape.inline_value),
      long_lengths_(long_lengths) {
  if (long_lengths) {
    Store(long_offset(),
          LongLengths{static_cast<uint32_t>(key.size()), static_cast<uint32_t>(shape.inline_size)});
  }
  std::memcpy(bytes() + key_offset(), key.data(), key.size());
}

void Entry::FreeBlock(Entry* entry) {
  memory::FreeAnySize(entry, entry->block_size());
}

Entry::Shape Entry::shape() const {
  return {.type = type(),
          .encoding = encoding(),
          .inline_value = is_inline(),
          .inline_size = is_inline() ? inline_size() : 0,
          .has_expire = has_expire()};
}

bool Entry::ReshapeInPlace(const Shape& wanted) {
  const size_t key_size = key().size();
  if (wanted.has_expire != has_expire() || wanted.inline_value != is_inline() || long_lengths_ ||
      NeedsLongLengths(key_size, wanted)) {
    return false;
  }
  // The block must stay of the class that FreeBlock will derive from the new lengths.
  const size_t old_size = block_size();
  const size_t new_size = BlockSize(key_size, wanted);
  if (old_size != new_size && memory::GoodSize(old_size) != memory::GoodSize(new_size)) {
    return false;
  }
  type_ = static_cast<uint32_t>(wanted.type) & 7;
  encoding_ = static_cast<uint32_t>(wanted.encoding) & 15;
  value_length_ = wanted.inline_size & kLengthMax;
  return true;
}

}  // namespace ebb
