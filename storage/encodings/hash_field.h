// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/dict.h"
#include "storage/encodings/length.h"
#include "storage/hash.h"

namespace ebb {

// A field of a big hash with its value: what the hash's dict holds. One allocation.
//
//   +--------------+--------------+-------+-------+
//   | field length | value length | field | value |      lengths: see length.h
//   +--------------+--------------+-------+-------+
//
// So two bytes, for all that is short, and the dict's nine come to the bytes themselves.
//
// Ownership: whoever made it frees it. Thread: any, one at a time.
class HashField {
 public:
  // O(field + value).
  static HashField* Make(std::string_view field, std::string_view value);
  static void Free(HashField* field);

  HashField() = delete;
  HashField(const HashField&) = delete;
  HashField& operator=(const HashField&) = delete;

  std::string_view field() const {
    const Parts parts = Read();
    return {parts.bytes, parts.field};
  }
  std::string_view value() const {
    const Parts parts = Read();
    return {parts.bytes + parts.field, parts.value};
  }

  // Puts another value in the present one's place, when it needs a block of the same class. Answers
  // whether it could.
  bool Rewrite(std::string_view value);

  // The bytes asked for; the allocator's block may be larger.
  size_t block_size() const {
    const Parts parts = Read();
    const auto head = static_cast<size_t>(parts.bytes - reinterpret_cast<const char*>(this));
    return head + parts.field + parts.value;
  }

 private:
  struct Parts {
    const char* bytes;
    size_t field;
    size_t value;
  };
  Parts Read() const {
    const char* at = reinterpret_cast<const char*>(this);
    const size_t field = ReadLength(&at);
    const size_t value = ReadLength(&at);
    return {at, field, value};
  }
};

// How the dict sees fields; no marks.
struct HashFieldPolicy {
  using Element = HashField;
  using Key = std::string_view;
  static uint64_t Hash(const HashField& field) { return HashBytes(field.field()); }
  static bool Equal(const HashField& field, std::string_view key) { return field.field() == key; }
  static uint32_t Hint(const HashField&) { return 0; }
};

}  // namespace ebb
