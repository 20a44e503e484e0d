// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The longest common subsequence of two strings by dynamic programming: the bytes that both have in
// the same order, not necessarily beside each other.
//
// Memory: one row of lengths (4 bytes for each byte of `b`); to find the subsequence itself one bit
// for each pair of bytes on top, not the table of lengths that the textbook keeps.
namespace ebb {

// A run of equal bytes, both ends included: `size` bytes of a from `a_start`, of b from `b_start`.
struct LcsMatch {
  uint32_t a_start;
  uint32_t b_start;
  uint32_t size;
};

struct LcsResult {
  uint32_t length = 0;
  std::string text;               // the subsequence
  std::vector<LcsMatch> matches;  // its runs, the last one first
};

// Only the length. Strings are shorter than 2^32 - 1 bytes. O(a * b).
uint32_t LcsLength(std::string_view a, std::string_view b);

// The whole. False when the memory for the bits cannot be had; the rest has to be there, as the
// result, which is no longer than the strings. O(a * b).
bool FindLcs(std::string_view a, std::string_view b, LcsResult* result);

}  // namespace ebb
