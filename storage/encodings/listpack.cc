// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/encodings/listpack.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <optional>

#include "storage/encodings/length.h"
#include "storage/number.h"

namespace ebb {
namespace {

// Heads of elements that are not told apart by their first bits.
constexpr uint8_t kString32 = 0xf0;
constexpr uint8_t kInt16 = 0xf1;
constexpr uint8_t kInt24 = 0xf2;
constexpr uint8_t kInt32 = 0xf3;
constexpr uint8_t kInt64 = 0xf4;

constexpr size_t kShortString = 63;
constexpr size_t kMiddleString = 4095;

// An element's head: how long it and the payload are.
struct Head {
  size_t head = 0;
  size_t payload = 0;

  size_t size() const { return head + payload; }
};

uint8_t ByteAt(const char* at) {
  return static_cast<uint8_t>(*at);
}

// Little-endian numbers of 1 to 8 bytes.
void Store(char* to, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) to[i] = static_cast<char>(value >> (8 * i));
}
uint64_t Load(const char* from, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= uint64_t{ByteAt(from + i)} << (8 * i);
  return value;
}
int64_t LoadSigned(const char* from, size_t bytes) {
  const auto shift = static_cast<int>(64 - 8 * bytes);
  return static_cast<int64_t>(Load(from, bytes) << shift) >> shift;
}

// The head at `at`; `available` bytes may be read. Nothing where they are too few, or no head.
std::optional<Head> ReadHead(const char* at, size_t available) {
  if (available == 0) return std::nullopt;
  const uint8_t first = ByteAt(at);
  if (first < 0x80) return Head{1, 0};
  if (first < 0xc0) return Head{1, first & kShortString};
  if (first < 0xe0) return Head{1, 1};
  if (first < 0xf0) {
    if (available < 2) return std::nullopt;
    return Head{2, size_t{first & 0x0fu} << 8 | ByteAt(at + 1)};
  }
  switch (first) {
    case kString32:
      if (available < 5) return std::nullopt;
      return Head{5, Load(at + 1, 4)};
    case kInt16:
      return Head{1, 2};
    case kInt24:
      return Head{1, 3};
    case kInt32:
      return Head{1, 4};
    case kInt64:
      return Head{1, 8};
    default:
      return std::nullopt;
  }
}

// The bytes of trusted elements are there, however many a head asks for.
Head TrustedHead(const char* at) {
  return *ReadHead(at, 5);
}

// The length behind an element: seven bits a byte, the lowest last, with a mark on all but the
// first one written, so that it is read backwards.
char* WriteBackLength(char* to, size_t length) {
  const size_t bytes = LengthSize(length);
  for (size_t i = 0; i < bytes; ++i) {
    const size_t bits = length >> (7 * (bytes - 1 - i)) & 0x7f;
    to[i] = static_cast<char>(i == 0 ? bits : bits | 0x80);
  }
  return to + bytes;
}

// The bytes that head and payload of an integer take.
size_t IntegerSize(int64_t value) {
  if (value >= 0 && value < 128) return 1;
  if (value >= -4096 && value < 4096) return 2;
  for (const size_t bytes : {2, 3, 4}) {
    const int64_t limit = int64_t{1} << (8 * bytes - 1);
    if (value >= -limit && value < limit) return 1 + bytes;
  }
  return 9;
}

size_t StringSize(size_t length) {
  return (length <= kShortString ? 1 : length <= kMiddleString ? 2 : 5) + length;
}

// What an element takes whose head and payload are `size` bytes.
size_t Whole(size_t size, ListpackWays ways) {
  return ways == ListpackWays::kBoth ? size + LengthSize(size) : size;
}

// Ends an element that began at `begin`; answers where it ends.
char* EndElement(const char* begin, char* end, ListpackWays ways) {
  return ways == ListpackWays::kBoth ? WriteBackLength(end, static_cast<size_t>(end - begin)) : end;
}

// Whether the length behind an element of `size` bytes is there.
bool HasBackLength(const char* at, size_t size) {
  char expected[10];
  const char* end = WriteBackLength(expected, size);
  return std::memcmp(at + size, expected, static_cast<size_t>(end - expected)) == 0;
}

}  // namespace

std::string_view ListpackElement::View(Digits& digits) const {
  if (!is_integer_) return text_;
  const char* end = std::to_chars(digits, digits + sizeof digits, integer_).ptr;
  return {digits, static_cast<size_t>(end - digits)};
}

ListpackNeedle::ListpackNeedle(std::string_view text) : text_(text) {
  if (const auto integer = ParseInteger(text)) {
    integer_ = *integer;
    is_integer_ = true;
  }
}

bool Listpack::IsValid(std::string_view bytes, ListpackWays ways) {
  if (bytes.empty()) return true;
  if (bytes.size() < kHeadSize) return false;
  size_t count = 0;
  for (size_t offset = kHeadSize; offset < bytes.size(); ++count) {
    const size_t left = bytes.size() - offset;
    const auto head = ReadHead(bytes.data() + offset, left);
    if (!head || head->size() > left) return false;
    const size_t whole = Whole(head->size(), ways);
    if (whole > left) return false;
    if (whole > head->size() && !HasBackLength(bytes.data() + offset, head->size())) return false;
    // A longer head than the element needs, or digits that are a string, take other lengths.
    ListpackElement::Digits digits;
    const std::string_view value = Listpack(bytes).Get(offset).View(digits);
    if (ListpackElementSize(value, ways) != whole) return false;
    offset += whole;
  }
  const uint64_t told = Load(bytes.data(), kHeadSize);
  return told == kManyElements || told == count;
}

size_t Listpack::Count() const {
  if (bytes_.empty()) return 0;
  const uint64_t told = Load(bytes_.data(), kHeadSize);
  if (told != kManyElements) return told;
  return CountBefore(End());
}

size_t Listpack::CountBefore(size_t offset) const {
  size_t count = 0;
  for (size_t at = Begin(); at < offset; at = Next(at)) ++count;
  return count;
}

size_t Listpack::Next(size_t offset) const {
  return offset + Whole(TrustedHead(bytes_.data() + offset).size(), ways_);
}

size_t Listpack::Previous(size_t offset) const {
  assert(ways_ == ListpackWays::kBoth);
  size_t length = 0;
  int shift = 0;
  uint8_t byte;
  do {
    byte = ByteAt(bytes_.data() + --offset);
    length |= size_t{byte & 0x7fu} << shift;
    shift += 7;
  } while (byte & 0x80);
  return offset - length;
}

size_t Listpack::Skip(size_t offset, size_t steps) const {
  for (; steps > 0 && offset < End(); --steps) offset = Next(offset);
  return offset;
}

size_t Listpack::Seek(int64_t index) const {
  const bool both = ways_ == ListpackWays::kBoth;
  // Of queues without a look at their heads: lists' nodes know better, and what pushes and pops
  // have just written there comes late.
  if (index == 0) return Begin();
  if (index == -1 && both) return End() == Begin() ? End() : Previous(End());
  const auto told = bytes_.empty() ? 0 : static_cast<int64_t>(Load(bytes_.data(), kHeadSize));
  // From the other end where that is nearer, or the only way.
  if (told != kManyElements) {
    if (index >= told || index < -told) return End();
    if (both && index > told / 2) index -= told;
    if (index < (both ? -told / 2 : 0)) index += told;
  } else if (!both && index < 0) {
    const auto count = static_cast<int64_t>(CountBefore(End()));
    if (index < -count) return End();
    index += count;
  }
  if (index >= 0) return Skip(Begin(), static_cast<size_t>(index));
  size_t offset = End();
  for (; index < 0; ++index) {
    if (offset == Begin()) return End();
    offset = Previous(offset);
  }
  return offset;
}

ListpackElement Listpack::Get(size_t offset) const {
  const char* at = bytes_.data() + offset;
  const uint8_t first = ByteAt(at);
  if (first < 0x80) return ListpackElement(int64_t{first});
  const Head head = TrustedHead(at);
  if (first >= 0xc0 && first < 0xe0) {
    // 13 bits, the highest of which is the sign.
    const uint64_t bits = uint64_t{first & 0x1fu} << 8 | ByteAt(at + 1);
    return ListpackElement(static_cast<int64_t>(bits << 51) >> 51);
  }
  if (first > kString32) return ListpackElement(LoadSigned(at + 1, head.payload));
  return ListpackElement(std::string_view(at + head.head, head.payload));
}

bool Listpack::Equals(size_t offset, const ListpackNeedle& needle) const {
  const ListpackElement element = Get(offset);
  if (element.is_integer() != needle.is_integer_) return false;
  return needle.is_integer_ ? element.integer() == needle.integer_ : element.text() == needle.text_;
}

size_t Listpack::Find(const ListpackNeedle& needle, size_t offset, size_t stride) const {
  while (offset < End() && !Equals(offset, needle)) offset = Skip(offset, stride);
  return offset;
}

size_t ListpackElementSize(std::string_view value, ListpackWays ways) {
  if (const auto integer = ParseInteger(value)) return ListpackElementSize(*integer, ways);
  return Whole(StringSize(value.size()), ways);
}

size_t ListpackElementSize(int64_t value, ListpackWays ways) {
  return Whole(IntegerSize(value), ways);
}

char* WriteListpackElement(char* to, std::string_view value, ListpackWays ways) {
  if (const auto integer = ParseInteger(value)) return WriteListpackElement(to, *integer, ways);
  char* at = to;
  if (value.size() <= kShortString) {
    *at++ = static_cast<char>(0x80 | value.size());
  } else if (value.size() <= kMiddleString) {
    *at++ = static_cast<char>(0xe0 | value.size() >> 8);
    *at++ = static_cast<char>(value.size());
  } else {
    *at++ = static_cast<char>(kString32);
    Store(at, value.size(), 4);
    at += 4;
  }
  std::memcpy(at, value.data(), value.size());
  at += value.size();
  return EndElement(to, at, ways);
}

char* WriteListpackElement(char* to, int64_t value, ListpackWays ways) {
  const size_t size = IntegerSize(value);
  const auto bits = static_cast<uint64_t>(value);
  if (size == 1) {
    *to = static_cast<char>(value);
  } else if (size == 2) {
    to[0] = static_cast<char>(0xc0 | (bits >> 8 & 0x1f));
    to[1] = static_cast<char>(bits);
  } else {
    constexpr uint8_t kHeads[] = {0, 0, 0, kInt16, kInt24, kInt32, 0, 0, 0, kInt64};
    *to = static_cast<char>(kHeads[size]);
    Store(to + 1, bits, size - 1);
  }
  return EndElement(to, to + size, ways);
}

void AdjustListpackCount(char* bytes, int64_t added) {
  const auto told = static_cast<int64_t>(Load(bytes, Listpack::kHeadSize));
  // Once they were too many to be told, they stay so: nobody has counted them.
  if (told == Listpack::kManyElements) return;
  const int64_t count = std::min<int64_t>(told + added, Listpack::kManyElements);
  Store(bytes, static_cast<uint64_t>(count), Listpack::kHeadSize);
}

}  // namespace ebb
