// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/key_writer.h"
#include "storage/number.h"
#include "storage/type_ops.h"

// Strings: kInt (a 64-bit integer), kEmbstr and kRaw (bytes). Up to Entry::kInlineMax bytes live in
// the entry whatever the encoding's name; longer ones in a StringValue. The names follow Redis:
// what SET stores is int where it reads as one, embstr up to 44 bytes, raw above; what was edited
// in place (APPEND, SETRANGE, SETBIT) is raw.
namespace ebb {

extern const TypeOps kStringOps;

inline constexpr size_t kEmbstrMax = 44;

// A string's bytes, readable while the entry stays as it is and this object lives (an integer is
// written into it).
class StringView {
 public:
  explicit StringView(const Entry& entry);
  StringView(const StringView&) = delete;
  StringView& operator=(const StringView&) = delete;

  std::string_view view() const { return view_; }
  operator std::string_view() const { return view_; }
  size_t size() const { return view_.size(); }

 private:
  std::string_view view_;
  char digits_[24];
};

// Length in bytes.
size_t StringSize(const Entry& entry);

// The value as an integer, when it is one in Redis's strict sense ("-0", " 1", "01" are not).
std::optional<int64_t> StringAsInteger(const Entry& entry);

// Sets the whole value; expiry is kept, the caller clears it where the command says so. O(value).
void AssignString(KeyWriter& writer, std::string_view value);
void AssignInteger(KeyWriter& writer, int64_t value);

// As AssignString, but takes over the block that already holds the bytes (see StringValue::Adopt).
void AssignString(KeyWriter& writer, StringValue* value);

// As AssignString, but bytes that read as an integer stay bytes: embstr or raw.
void AssignBytes(KeyWriter& writer, std::string_view value);

// As AssignString, but always raw, as what a command computed is.
void AssignRaw(KeyWriter& writer, StringValue* value);
void AssignRaw(KeyWriter& writer, std::string_view value);

// Makes the value a raw string of `size` bytes to be edited in place: old bytes stay, new ones are
// zero. A string that is there grows with room to spare, so that growing it n times by a byte is
// O(n). Null when memory cannot be had (the content is as before). `size` may not be less than the
// present one.
char* EditString(KeyWriter& writer, size_t size);

// Adds `tail` to the end of the value, which is raw then. False when memory cannot be had (the
// content is as before). O(tail), amortised. REQUIRES: writer.exists().
bool AppendString(KeyWriter& writer, std::string_view tail);

}  // namespace ebb
