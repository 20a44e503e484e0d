// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ebb {

// An intset: different integers in ascending order, all in as many bytes as the widest of them
// needs.
//
//   +-------+-----------+-----------+- - -
//   | width | integer 0 | integer 1 |         width: 1 byte, which says 2, 4 or 8 bytes an integer
//   +-------+-----------+-----------+- - -
//
// Where the bytes are kept knows how many they are; an empty run of bytes is an empty set. Intset
// reads; the functions at the end say what a change needs, and make it in room that somebody else
// provides.
//
// Thread: any, one at a time.
class Intset {
 public:
  static constexpr size_t kHeadSize = 1;

  explicit Intset(std::string_view bytes) : bytes_(bytes) {}

  // Whether `bytes` are an intset from the first to the last one. O(n).
  static bool IsValid(std::string_view bytes);

  // Bytes an integer. 2 for an empty set.
  size_t width() const { return bytes_.empty() ? 2 : static_cast<uint8_t>(bytes_[0]); }
  size_t Count() const { return bytes_.empty() ? 0 : (bytes_.size() - kHeadSize) / width(); }

  // The integer at `index`. REQUIRES: index < Count().
  int64_t At(size_t index) const;

  // Where `value` is, or where it would have to come in. O(log n).
  struct Place {
    size_t index;
    bool found;
  };
  Place Find(int64_t value) const;

 private:
  std::string_view bytes_;
};

// Bytes that `value` needs: 2, 4 or 8.
size_t IntsetWidth(int64_t value);

// Writes an intset with the integers of `from` in `width` bytes each to `to`, which has room for
// Intset::kHeadSize + width * from.Count() bytes; `width` is at least from.width().
void WriteWider(const Intset& from, size_t width, char* to);

// Writes the integer at `index` of the intset at `bytes`, whose width is enough for it.
void WriteIntsetAt(char* bytes, size_t index, int64_t value);

}  // namespace ebb
