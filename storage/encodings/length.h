// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>

// Lengths in front of bytes: seven bits a byte, the lowest first, with a mark on all but the last,
// so that up to 127 takes one byte.
namespace ebb {

inline size_t LengthSize(size_t length) {
  size_t bytes = 1;
  while (length >>= 7) ++bytes;
  return bytes;
}

// Answers where it ends.
inline char* WriteLength(char* to, size_t length) {
  for (; length > 0x7f; length >>= 7) *to++ = static_cast<char>(length | 0x80);
  *to++ = static_cast<char>(length);
  return to;
}

// Moves `*at` behind it.
inline size_t ReadLength(const char** at) {
  auto byte = static_cast<uint8_t>(*(*at)++);
  size_t length = byte & 0x7f;
  for (int shift = 7; byte & 0x80; shift += 7) {
    byte = static_cast<uint8_t>(*(*at)++);
    length |= size_t{byte & 0x7fu} << shift;
  }
  return length;
}

}  // namespace ebb
