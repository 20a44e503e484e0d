// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

// A listpack: a sequence of short byte strings in one run of bytes. What reads as an integer is
// stored as one.
//
//   +-------+-----------+-----------+- - -
//   | count | element 0 | element 1 |         count: 2 bytes; kManyElements: to be counted
//   +-------+-----------+-----------+- - -
//
//   element: head and payload; in lists then the length of both, written backwards (1 to 5 bytes)
//
//   0vvvvvvv                  integer 0 .. 127
//   10llllll bytes            string of up to 63 bytes
//   110vvvvv v8               integer of 13 bits
//   1110llll l8 bytes         string of up to 4095 bytes
//   11110000 l32 bytes        longer string
//   11110001 .. 11110100      integer of 16, 24, 32, 64 bits
//
// There is no length and no end mark: where the bytes are kept (an entry, a node) knows how many
// they are. An empty run of bytes is an empty listpack, too. The idea, and the element heads, are
// those of Redis's format of that name, which has the length behind each element everywhere: of a
// hash of five fields, or a sorted set of ten members, it would be about a tenth.
//
// Listpack reads; who changes one makes room or closes the gap himself (types/packed.h does it for
// small collections) and writes elements with the functions at the end. Offsets are in bytes from
// the start of the run.
//
// Thread: any, one at a time. Steps from element to element are O(1).
namespace ebb {

// Which ways a listpack can be walked. Both: it has lengths behind its elements. The bytes do not
// say it; whose they are knows.
enum class ListpackWays : uint8_t { kForward, kBoth };

// One element: a string, or an integer that reads as one.
class ListpackElement {
 public:
  // Room for an integer's digits.
  using Digits = char[24];

  ListpackElement() = default;  // an empty text
  explicit ListpackElement(std::string_view text) : text_(text) {}
  explicit ListpackElement(int64_t integer) : integer_(integer), is_integer_(true) {}

  bool is_integer() const { return is_integer_; }
  int64_t integer() const { return integer_; }     // REQUIRES: is_integer()
  std::string_view text() const { return text_; }  // REQUIRES: !is_integer()

  // The element's bytes: in place, or written to `digits`.
  std::string_view View(Digits& digits) const;

 private:
  std::string_view text_;
  int64_t integer_ = 0;
  bool is_integer_ = false;
};

// A value that is looked for, parsed once for many comparisons.
class ListpackNeedle {
 public:
  explicit ListpackNeedle(std::string_view text);

 private:
  friend class Listpack;
  std::string_view text_;
  int64_t integer_ = 0;
  bool is_integer_ = false;
};

// A listpack's bytes, read. The bytes are trusted: what comes from outside goes through IsValid
// first.
class Listpack {
 public:
  static constexpr size_t kHeadSize = 2;
  static constexpr uint16_t kManyElements = 0xffff;

  explicit Listpack(std::string_view bytes, ListpackWays ways = ListpackWays::kForward)
      : bytes_(bytes), ways_(ways) {}

  // Whether `bytes` are a listpack from the first to the last byte, and each element is as it would
  // be written here: what is equal has equal bytes, or it would not be found. O(n).
  static bool IsValid(std::string_view bytes, ListpackWays ways = ListpackWays::kForward);

  std::string_view bytes() const { return bytes_; }

  // How many elements there are. O(1), O(n) from kManyElements on.
  size_t Count() const;

  // The first element's offset, and that behind the last one. Equal when there is none.
  size_t Begin() const { return bytes_.empty() ? 0 : kHeadSize; }
  size_t End() const { return bytes_.size(); }

  // The neighbours of the element at `offset`. REQUIRES: offset < End(); offset > Begin(), and that
  // it can be walked both ways.
  size_t Next(size_t offset) const;
  size_t Previous(size_t offset) const;

  // `steps` times Next; End() where there are not so many.
  size_t Skip(size_t offset, size_t steps) const;

  // The offset of element `index`; negative ones count from the end, -1 is the last. End() when
  // there is no such element. O(n); O(|index|) from the nearer end where it can be walked both
  // ways.
  size_t Seek(int64_t index) const;

  // How many elements begin before `offset`, a place of one or the end. O(n).
  size_t CountBefore(size_t offset) const;

  // The element at `offset`. REQUIRES: offset < End().
  ListpackElement Get(size_t offset) const;

  // Whether the element at `offset` is `needle`.
  bool Equals(size_t offset, const ListpackNeedle& needle) const;

  // The first element from `offset` on that is `needle`, looking at every `stride`-th; End() when
  // there is none. O(n).
  size_t Find(const ListpackNeedle& needle, size_t offset, size_t stride = 1) const;

 private:
  std::string_view bytes_;
  ListpackWays ways_;
};

// Bytes that `value` takes as an element.
size_t ListpackElementSize(std::string_view value, ListpackWays ways = ListpackWays::kForward);
size_t ListpackElementSize(int64_t value, ListpackWays ways = ListpackWays::kForward);

// Writes `value` as an element to `to`, which has room for it; answers where it ends.
char* WriteListpackElement(char* to, std::string_view value,
                           ListpackWays ways = ListpackWays::kForward);
char* WriteListpackElement(char* to, int64_t value, ListpackWays ways = ListpackWays::kForward);

// Sets the count in the head right after `added` elements have come, or gone if it is negative.
void AdjustListpackCount(char* bytes, int64_t added);

// Makes a listpack that can be walked forward, element by element.
class ListpackBuilder {
 public:
  // `value` is a text or an integer.
  template <typename Value>
  void Append(Value value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + ListpackElementSize(value));
    WriteListpackElement(bytes_.data() + at, value);
    ++count_;
  }

  // Of what is there so far.
  size_t size() const { return bytes_.size(); }

  // The listpack's bytes. The builder is done with then.
  std::string Take() {
    AdjustListpackCount(bytes_.data(), count_);
    return std::move(bytes_);
  }

 private:
  std::string bytes_ = std::string(Listpack::kHeadSize, '\0');
  int64_t count_ = 0;
};

}  // namespace ebb
