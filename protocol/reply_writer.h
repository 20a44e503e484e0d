// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/output_buffer.h"

namespace ebb {

// Typed replies to bytes: the one place where RESP2 and RESP3 differ. Aggregates are written head
// first, then their elements.
//
// Thread: one. Everything is O(bytes written).
class ReplyWriter {
 public:
  explicit ReplyWriter(OutputBuffer& output) : output_(output) {}
  ReplyWriter(const ReplyWriter&) = delete;
  ReplyWriter& operator=(const ReplyWriter&) = delete;

  // 2 or 3.
  int protocol() const { return protocol_; }
  void set_protocol(int protocol) { protocol_ = protocol; }

  // While muted, replies vanish (CLIENT REPLY OFF).
  bool muted() const { return muted_; }
  void set_muted(bool muted) { muted_ = muted; }

  void Ok() { Write("+OK\r\n"); }
  void SimpleString(std::string_view text);

  // `message` begins with its code word: "ERR syntax error". Line breaks at its end are dropped,
  // others become spaces.
  void Error(std::string_view message);

  // Whether an error was written since ClearErrorMark, also a muted one; its code word is then
  // error_code(), as INFO's errorstats count it: "ERR" for messages that begin with no short word.
  bool wrote_error() const { return wrote_error_; }
  std::string_view error_code() const { return {error_code_, error_code_size_}; }
  void ClearErrorMark() { wrote_error_ = false; }

  void Integer(int64_t value);
  void Bulk(std::string_view bytes);
  void BulkInteger(int64_t value);

  // A bulk string by reference, see OutputBuffer::AppendShared.
  void BulkShared(std::string_view bytes, SharedOwner owner);

  // The absence of a value; of an aggregate.
  void Null() { Write(protocol_ == 2 ? "$-1\r\n" : "_\r\n"); }
  void NullArray() { Write(protocol_ == 2 ? "*-1\r\n" : "_\r\n"); }

  // Heads: `count` elements follow; for Map and Attribute `count` pairs.
  void Array(size_t count) { Head('*', count); }
  void Map(size_t count) { protocol_ == 2 ? Head('*', 2 * count) : Head('%', count); }
  void Set(size_t count) { Head(protocol_ == 2 ? '*' : '~', count); }
  void Push(size_t count) { Head(protocol_ == 2 ? '*' : '>', count); }
  // RESP3 only: RESP2 has nothing to show it with.
  void Attribute(size_t count) { Head('|', count); }

  // 17 significant digits, so that it reads back as the same number; a bulk string in RESP2.
  void Double(double value);

  // As people write it, without exponent, up to 17 digits after the point: the reply of INCRBYFLOAT
  // and its kin. A bulk string in both protocols when `as_bulk`.
  void HumanDouble(long double value, bool as_bulk = true);

  // 1 or 0 in RESP2.
  void Boolean(bool value);

  // Text with a three-letter format, "txt" or "mkd"; a bulk string in RESP2.
  void Verbatim(std::string_view format, std::string_view text);

  // Decimal digits of any length; a bulk string in RESP2.
  void BigNumber(std::string_view digits);

 private:
  void Write(std::string_view bytes) {
    if (!muted_) output_.Append(bytes);
  }
  void Head(char type, size_t count);
  void Number(char type, int64_t value);
  void Decimal(std::string_view text);
  void NoteError(std::string_view message);

  OutputBuffer& output_;
  int protocol_ = 2;
  bool muted_ = false;
  bool wrote_error_ = false;
  uint8_t error_code_size_ = 0;
  char error_code_[30];
};

}  // namespace ebb
