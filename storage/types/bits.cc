// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/types/bits.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace ebb::bits {
namespace {

uint64_t LoadWord(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// The word whose highest bit is the first bit of `bytes`.
uint64_t LoadBigEndian(const char* bytes) {
  return __builtin_bswap64(LoadWord(bytes));
}

uint8_t ByteAt(std::string_view bytes, uint64_t index) {
  return index < bytes.size() ? static_cast<uint8_t>(bytes[index]) : 0;
}

// The bits of a byte from its bit `first` on, and those up to its bit `last`.
uint8_t MaskFrom(uint64_t first) {
  return static_cast<uint8_t>(0xff >> (first & 7));
}
uint8_t MaskTo(uint64_t last) {
  return static_cast<uint8_t>(0xff << (7 - (last & 7)));
}

// Four sums at once: an x86 POPCNT waits for its destination's old value, so a single sum would run
// at a quarter of the speed.
[[gnu::always_inline]] inline uint64_t CountWords(const char* bytes, size_t size) {
  uint64_t sums[4] = {0, 0, 0, 0};
  for (; size >= 32; bytes += 32, size -= 32) {
    for (int i = 0; i < 4; ++i) {
      sums[i] += static_cast<uint64_t>(std::popcount(LoadWord(bytes + 8 * i)));
    }
  }
  uint64_t sum = sums[0] + sums[1] + sums[2] + sums[3];
  for (; size >= 8; bytes += 8, size -= 8) {
    sum += static_cast<uint64_t>(std::popcount(LoadWord(bytes)));
  }
  for (; size > 0; ++bytes, --size) {
    sum += static_cast<uint64_t>(std::popcount(static_cast<uint8_t>(*bytes)));
  }
  return sum;
}

#if defined(__x86_64__)
// The baseline of x86-64 has no POPCNT instruction; every processor of the last fifteen years has.
[[gnu::target("popcnt")]] uint64_t CountWithInstruction(const char* bytes, size_t size) {
  return CountWords(bytes, size);
}

bool HasInstruction() {
  static const bool has = __builtin_cpu_supports("popcnt");
  return has;
}
#endif

// The first byte from `begin` on that is not `filler`, or `end`.
size_t SkipBytes(const char* bytes, size_t begin, size_t end, uint8_t filler) {
  const uint64_t word = filler * 0x0101010101010101u;
  const auto differs = [&](size_t at) { return LoadWord(bytes + at) ^ word; };
  while (end - begin >= 32 &&
         (differs(begin) | differs(begin + 8) | differs(begin + 16) | differs(begin + 24)) == 0) {
    begin += 32;
  }
  while (end - begin >= 8 && differs(begin) == 0) begin += 8;
  while (begin < end && static_cast<uint8_t>(bytes[begin]) == filler) ++begin;
  return begin;
}

// result[i] = function(result[i], source[i]), a word at a time.
template <typename Function>
void Apply(char* result, std::string_view source, Function function) {
  size_t at = 0;
  for (; source.size() - at >= 8; at += 8) {
    const uint64_t word = function(LoadWord(result + at), LoadWord(source.data() + at));
    std::memcpy(result + at, &word, sizeof word);
  }
  for (; at < source.size(); ++at) {
    result[at] = static_cast<char>(
        function(static_cast<uint8_t>(result[at]), static_cast<uint8_t>(source[at])));
  }
}

// The bytes of `source` from `at` on, `size` or as many as there are.
std::string_view PartOf(std::string_view source, size_t at, size_t size) {
  return at < source.size() ? source.substr(at, size) : std::string_view();
}

// Combines the `size` bytes from `at` on.
void CombinePart(Operation operation, std::span<const std::string_view> sources, char* result,
                 size_t at, size_t size) {
  const std::string_view first = PartOf(sources[0], at, size);
  std::copy(first.begin(), first.end(), result);
  std::memset(result + first.size(), 0, size - first.size());
  if (operation == Operation::kNot) {
    return Apply(result, {result, size}, [](auto byte, auto) { return ~byte; });
  }
  for (const std::string_view source : sources.subspan(1)) {
    const std::string_view part = PartOf(source, at, size);
    switch (operation) {
      case Operation::kAnd:
        Apply(result, part, [](auto a, auto b) { return a & b; });
        std::memset(result + part.size(), 0, size - part.size());
        break;
      case Operation::kOr:
        Apply(result, part, [](auto a, auto b) { return a | b; });
        break;
      default:
        Apply(result, part, [](auto a, auto b) { return a ^ b; });
    }
  }
}

}  // namespace

bool Get(std::string_view bytes, uint64_t offset) {
  return (ByteAt(bytes, offset / 8) >> (7 - offset % 8)) & 1;
}

void Set(char* bytes, uint64_t offset, bool value) {
  const auto mask = static_cast<uint8_t>(1 << (7 - offset % 8));
  const auto byte = static_cast<uint8_t>(bytes[offset / 8]);
  bytes[offset / 8] = static_cast<char>(value ? byte | mask : byte & ~mask);
}

uint64_t Read(std::string_view bytes, uint64_t offset, unsigned width) {
  assert(width >= 1 && width <= 64);
  const uint64_t first = offset / 8;
  const auto shift = static_cast<unsigned>(offset % 8);
  uint64_t word = 0;
  if (first < bytes.size() && bytes.size() - first >= 8) {
    word = LoadBigEndian(bytes.data() + first);
  } else {
    for (uint64_t i = 0; i < 8; ++i) word = word << 8 | ByteAt(bytes, first + i);
  }
  word <<= shift;
  // Up to 7 bits may stand in a ninth byte.
  if (shift + width > 64) word |= uint64_t{ByteAt(bytes, first + 8)} >> (8 - shift);
  return word >> (64 - width);
}

void Write(char* bytes, uint64_t offset, unsigned width, uint64_t value) {
  assert(width >= 1 && width <= 64);
  // From the last byte to the first, as many bits of each as belong to the field.
  while (width > 0) {
    const uint64_t last = offset + width - 1;
    const unsigned below = 7 - static_cast<unsigned>(last % 8);
    const unsigned count = std::min(width, 8 - below);
    const auto mask = static_cast<uint8_t>(((1u << count) - 1) << below);
    const auto byte = static_cast<uint8_t>(bytes[last / 8]);
    bytes[last / 8] =
        static_cast<char>((byte & ~mask) | (static_cast<uint8_t>(value << below) & mask));
    value >>= count;
    width -= count;
  }
}

uint64_t Count(std::string_view bytes) {
#if defined(__x86_64__)
  if (HasInstruction()) return CountWithInstruction(bytes.data(), bytes.size());
#endif
  return CountWords(bytes.data(), bytes.size());
}

uint64_t Count(std::string_view bytes, uint64_t first, uint64_t last) {
  assert(first <= last && last / 8 < bytes.size());
  const uint64_t first_byte = first / 8;
  const uint64_t last_byte = last / 8;
  uint64_t sum = Count(bytes.substr(first_byte, last_byte - first_byte + 1));
  // What the edge bytes have outside the range.
  const auto outside = [&](uint64_t index, uint8_t mask) {
    return static_cast<uint64_t>(std::popcount(static_cast<uint8_t>(ByteAt(bytes, index) & ~mask)));
  };
  sum -= outside(first_byte, MaskFrom(first));
  sum -= outside(last_byte, MaskTo(last));
  return sum;
}

uint64_t Find(std::string_view bytes, uint64_t first, uint64_t last, bool wanted) {
  assert(first <= last && last / 8 < bytes.size());
  // A byte of `filler` has no wanted bit; others, XORed with it, show the wanted bits as ones.
  const uint8_t filler = wanted ? 0x00 : 0xff;
  const uint64_t end = last / 8 + 1;
  uint64_t index = first / 8;
  auto found = static_cast<uint8_t>((ByteAt(bytes, index) ^ filler) & MaskFrom(first));
  if (found == 0) {
    index = SkipBytes(bytes.data(), index + 1, end, filler);
    if (index == end) return kNotFound;
    found = static_cast<uint8_t>(ByteAt(bytes, index) ^ filler);
  }
  const uint64_t place = index * 8 + static_cast<uint64_t>(std::countl_zero(found));
  return place <= last ? place : kNotFound;
}

void Combine(Operation operation, std::span<const std::string_view> sources, char* result,
             size_t size) {
  assert(!sources.empty());
  // In parts that stay in the fastest cache while all sources pass over them.
  constexpr size_t kPart = 16 * 1024;
  for (size_t at = 0; at < size; at += kPart) {
    CombinePart(operation, sources, result + at, at, std::min(kPart, size - at));
  }
}

}  // namespace ebb::bits
