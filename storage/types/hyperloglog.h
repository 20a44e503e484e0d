// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// HyperLogLogs: strings that estimate how many different elements they were shown, to about 0.8 %,
// in 12 KiB at most. The bytes are those of Redis, so that a value may come from there or go there:
//
//   "HYLL", a byte for the form, 3 bytes of nothing, 8 bytes with the last estimate (little endian;
//   the highest bit says that it is out of date), and then 16,384 registers of 6 bits:
//   dense:  one after the other, the lowest bits first;
//   sparse: as runs of equal registers. 00nnnnnn: n + 1 zeros; 01nnnnnn nnnnnnnn: the same for up
//           to 16,384; 1vvvvvnn: n + 1 times the value v + 1.
//
// An element's hash says which register it belongs to and, by the place of its lowest bit that is
// set, to what that is raised at least. The estimate is O. Ertl's ("New cardinality estimation
// algorithms for HyperLogLog sketches", 2017), which needs no corrections by experience.
//
// Works on bytes alone, no keys, no entries. Bytes may come from anywhere: what is no HyperLogLog
// is noticed. Thread: any; nothing is shared.
namespace ebb::hll {

inline constexpr size_t kRegisters = size_t{1} << 14;
inline constexpr size_t kHeaderSize = 16;
inline constexpr size_t kDenseSize = kHeaderSize + kRegisters * 6 / 8;
inline constexpr size_t kMaxSparseSize = kHeaderSize + kRegisters * 2;  // runs of two bytes

// The registers, a byte each.
using Registers = std::array<uint8_t, kRegisters>;

// Whether the bytes have a HyperLogLog's header and, if dense, its size. All below needs that.
bool IsValid(std::string_view bytes);

bool IsDense(std::string_view bytes);

// A sparse one that was shown nothing.
std::string Empty();

// The estimate that is kept with the registers; nothing when it is out of date.
std::optional<uint64_t> KeptCount(std::string_view bytes);
void KeepCount(char* bytes, uint64_t count);
void ForgetCount(char* bytes);

// Estimates how many different elements there were. Nothing when the runs of a sparse one do not
// make up all registers. O(registers), or O(bytes) if sparse.
std::optional<uint64_t> Count(std::string_view bytes);
uint64_t Count(const Registers& registers);

// Raises `registers` to those of `bytes`, so that they have seen what either has. False as with
// Count. O(registers).
bool Merge(std::string_view bytes, Registers* registers);

// A register, and what an element raises it to.
struct Mark {
  size_t index;
  uint8_t value;  // 1 to 51
};

// What `element` is to a HyperLogLog. O(element).
Mark MarkOf(std::string_view element);

enum class Raised : uint8_t { kNo, kYes, kCorrupt };

// Raises a register of a dense one, in place. Only the estimate that is kept stays as it is. O(1).
// REQUIRES: IsDense.
Raised RaiseDense(char* bytes, Mark mark);

// The same for one in any form. A sparse one becomes dense when it would be longer than
// `max_sparse_bytes` or the value is above 32, the largest that runs have. O(bytes) if sparse.
Raised Raise(std::string* bytes, Mark mark, size_t max_sparse_bytes);

// Makes it dense, if it is not; false, and as it was, when it is corrupt. O(registers).
bool MakeDense(std::string* bytes);

// The runs of a sparse one, for people: "Z:1000 v:3,1 z:7", values with their number.
std::string DescribeRuns(std::string_view bytes);

}  // namespace ebb::hll
