// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// Strings as arrays of bits: bit 0 is the highest bit of the first byte. Works on bytes alone, no
// keys, no entries.
//
// Thread: any; nothing is shared.
namespace ebb::bits {

// The bit at `offset`; beyond the end it is 0. O(1).
bool Get(std::string_view bytes, uint64_t offset);

// Sets the bit at `offset`. REQUIRES: its byte is there. O(1).
void Set(char* bytes, uint64_t offset, bool value);

// The `width` bits (1 to 64) at `offset` as an unsigned number, the first bit the highest. Beyond
// the end they are 0. O(1).
uint64_t Read(std::string_view bytes, uint64_t offset, unsigned width);

// Puts the lowest `width` bits (1 to 64) of `value` at `offset`. REQUIRES: all their bytes are
// there. O(1).
void Write(char* bytes, uint64_t offset, unsigned width, uint64_t value);

// How many bits are 1: in all of `bytes`, or from bit `first` to bit `last`, both included and
// within `bytes`. O(bytes), eight at a time.
uint64_t Count(std::string_view bytes);
uint64_t Count(std::string_view bytes, uint64_t first, uint64_t last);

inline constexpr uint64_t kNotFound = UINT64_MAX;

// The place of the first bit equal to `wanted` from bit `first` to bit `last`, both included and
// within `bytes`; kNotFound when there is none. O(bytes), eight at a time.
uint64_t Find(std::string_view bytes, uint64_t first, uint64_t last, bool wanted);

enum class Operation { kAnd, kOr, kXor, kNot };

// Combines `sources` (at least one; kNot looks at the first alone) byte by byte into the `size`
// bytes at `result`. Sources that are shorter go on with zeros; none is longer than `size`. O(size
// * sources).
void Combine(Operation operation, std::span<const std::string_view> sources, char* result,
             size_t size);

}  // namespace ebb::bits
