// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/encodings/hash_field.h"

#include <cstring>

#include "storage/memory/allocator.h"

namespace ebb {
namespace {

size_t HeadSize(size_t field, size_t value) {
  return LengthSize(field) + LengthSize(value);
}

char* WriteHead(char* to, size_t field, size_t value) {
  return WriteLength(WriteLength(to, field), value);
}

}  // namespace

HashField* HashField::Make(std::string_view field, std::string_view value) {
  const size_t size = HeadSize(field.size(), value.size()) + field.size() + value.size();
  auto* const block = static_cast<char*>(memory::Allocate(size));
  char* at = WriteHead(block, field.size(), value.size());
  std::memcpy(at, field.data(), field.size());
  std::memcpy(at + field.size(), value.data(), value.size());
  return reinterpret_cast<HashField*>(block);
}

void HashField::Free(HashField* field) {
  memory::FreeAnySize(field, field->block_size());
}

bool HashField::Rewrite(std::string_view value) {
  const Parts parts = Read();
  const size_t old_size = block_size();
  const size_t new_size = old_size - parts.value + value.size();
  if (LengthSize(parts.value) != LengthSize(value.size())) return false;
  if (old_size != new_size && memory::GoodSize(old_size) != memory::GoodSize(new_size)) {
    return false;
  }
  char* at = WriteHead(reinterpret_cast<char*>(this), parts.field, value.size());
  std::memcpy(at + parts.field, value.data(), value.size());
  return true;
}

}  // namespace ebb
