// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "storage/type.h"
#include "storage/value.h"

namespace ebb {

// One key with its value: what the keyspace's dict holds. One allocation for everything small.
//
//   8 bytes          8, if any     8, if long     8, if not inline
//   +--------------+-------------+--------------+-----------------+-----+--------------+
//   | header       | expire (ms) | long lengths | Value*          | key | inline value |
//   +--------------+-------------+--------------+-----------------+-----+--------------+
//
// Header: access clock 24 bits, type 3, encoding 4, flags 3, key length 15, inline value's
// length 15. Lengths that do not fit the header are kept in a field of their own, so a key of 16
// bytes with a value of 8 takes a 32-byte block. Integers (Encoding::kInt) are as few inline bytes
// as they need, the lowest first: a counter with a key of 20 bytes takes a 32-byte block, too.
//
// Thread: engine thread only. Entries are made and changed through the keyspace's KeyWriter alone.
class Entry {
 public:
  // What an entry has to hold; decides its layout and size.
  struct Shape {
    Type type = Type::kString;
    Encoding encoding = Encoding::kRaw;
    bool inline_value = true;
    size_t inline_size = 0;  // bytes of the inline value
    bool has_expire = false;
  };

  // Values up to this many bytes live in the entry; bigger ones get a Value of their own that can
  // be shared with replies and freed elsewhere. Moving an entry (EXPIRE on a key that had none)
  // copies at most this much.
  static constexpr size_t kInlineMax = 1024;

  // An entry with room for the value, which the caller fills in (set_value or inline_bytes).
  // O(key).
  static Entry* Make(std::string_view key, const Shape& shape);

  // Bytes that Make would ask the allocator for.
  static size_t BlockSize(size_t key_size, const Shape& shape);

  // Frees the entry's block, not the Value it may point to.
  static void FreeBlock(Entry* entry);

  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  Type type() const { return static_cast<Type>(type_); }
  Encoding encoding() const { return static_cast<Encoding>(encoding_); }
  void set_encoding(Encoding encoding) { encoding_ = static_cast<uint32_t>(encoding) & 15; }
  bool has_expire() const { return has_expire_; }
  bool is_inline() const { return inline_; }

  // Whether the key, or the inline value, is longer than the header can say: the only entries whose
  // block may be large.
  bool has_long_lengths() const { return long_lengths_; }

  Shape shape() const;

  std::string_view key() const {
    return {bytes() + key_offset(), long_lengths_ ? long_lengths().key : key_length_};
  }

  // Unix time in ms at which the entry expires. REQUIRES: has_expire().
  int64_t expire_ms() const { return Load<int64_t>(sizeof(Entry)); }
  void set_expire_ms(int64_t unix_ms) { Store(sizeof(Entry), unix_ms); }

  // REQUIRES: is_inline().
  size_t inline_size() const { return long_lengths_ ? long_lengths().value : value_length_; }
  const char* inline_bytes() const { return bytes() + inline_offset(); }
  char* inline_bytes() { return bytes() + inline_offset(); }

  // The inline bytes that an integer needs: 1 to 8, of two's complement.
  static size_t IntegerSize(int64_t value) {
    const auto magnitude = static_cast<uint64_t>(value < 0 ? ~value : value);
    return static_cast<size_t>(std::bit_width(magnitude)) / 8 + 1;
  }

  // REQUIRES: encoding() == kInt; to set it, inline_size() == IntegerSize(value). The eight bytes
  // that end with it are read and written as one, those before it as they are: the header alone has
  // so many.
  int64_t integer() const {
    return Load<int64_t>(inline_end() - 8) >> (64 - 8 * static_cast<int>(inline_size()));
  }
  void set_integer(int64_t value) {
    const int shift = 64 - 8 * static_cast<int>(inline_size());
    const uint64_t before = Load<uint64_t>(inline_end() - 8) & ((uint64_t{1} << shift) - 1);
    Store(inline_end() - 8, static_cast<uint64_t>(value) << shift | before);
  }

  // REQUIRES: !is_inline().
  Value* value() const { return Load<Value*>(value_offset()); }
  void set_value(Value* value) { Store(value_offset(), value); }

  // 24-bit clock of the last access: seconds of the steady clock for LRU.
  uint32_t access_clock() const { return access_clock_; }
  void set_access_clock(uint32_t clock) { access_clock_ = clock & 0xffffff; }

  // Seconds since the last access, when the clock is `now`; right for half a year, then it wraps.
  uint32_t IdleSeconds(uint32_t now) const { return (now - access_clock_) & 0xffffff; }

  // The bytes asked for; the allocator's block may be larger. O(1).
  size_t block_size() const { return BlockSize(key().size(), shape()); }

  // Turns the entry into one of `shape` where it is, when that needs a block of the same class and
  // the same fields before the key. Answers whether it could; the value's bytes are then the
  // caller's to fill.
  bool ReshapeInPlace(const Shape& shape);

 private:
  struct LongLengths {
    uint32_t key;
    uint32_t value;
  };
  static constexpr size_t kLengthMax = (1 << 15) - 1;

  Entry(std::string_view key, const Shape& shape, bool long_lengths);
  static bool NeedsLongLengths(size_t key_size, const Shape& shape) {
    return key_size > kLengthMax || shape.inline_size > kLengthMax;
  }

  const char* bytes() const { return reinterpret_cast<const char*>(this); }
  char* bytes() { return reinterpret_cast<char*>(this); }
  size_t long_offset() const { return sizeof(Entry) + (has_expire_ ? 8 : 0); }
  size_t value_offset() const { return long_offset() + (long_lengths_ ? 8 : 0); }
  size_t key_offset() const { return value_offset() + (inline_ ? 0 : 8); }
  size_t inline_offset() const { return key_offset() + key().size(); }
  size_t inline_end() const { return inline_offset() + inline_size(); }
  LongLengths long_lengths() const { return Load<LongLengths>(long_offset()); }

  template <typename T>
  T Load(size_t offset) const {
    T result;
    std::memcpy(&result, bytes() + offset, sizeof(T));
    return result;
  }
  template <typename T>
  void Store(size_t offset, T value) {
    std::memcpy(bytes() + offset, &value, sizeof(T));
  }

  static constexpr int kTypeBits = 3;
  static constexpr int kEncodingBits = 4;
  static_assert(static_cast<int>(Type::kTypes) <= 1 << kTypeBits);
  static_assert(static_cast<int>(Encoding::kEncodings) <= 1 << kEncodingBits);

  uint32_t access_clock_ : 24;
  uint32_t type_ : kTypeBits;
  uint32_t encoding_ : kEncodingBits;
  uint32_t has_expire_ : 1;
  uint32_t key_length_ : 15;
  uint32_t value_length_ : 15;
  uint32_t inline_ : 1;
  uint32_t long_lengths_ : 1;
};

static_assert(sizeof(Entry) == 8);
static_assert(std::endian::native == std::endian::little);  // integers are read with what is before

}  // namespace ebb
