// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/dict.h"
#include "storage/encodings/length.h"
#include "storage/hash.h"

namespace ebb {

// A member of a big set: what the set's dict holds. One allocation: the length (length.h), a single
// byte for all that is short, and the bytes.
//
// Ownership: whoever made it frees it. Thread: any, one at a time.
class SetMember {
 public:
  // O(size).
  static SetMember* Make(std::string_view bytes);
  static void Free(SetMember* member);

  SetMember() = delete;
  SetMember(const SetMember&) = delete;
  SetMember& operator=(const SetMember&) = delete;

  std::string_view view() const {
    const char* at = reinterpret_cast<const char*>(this);
    const size_t length = ReadLength(&at);
    return {at, length};
  }

  // The bytes asked for; the allocator's block may be larger.
  size_t block_size() const {
    const std::string_view bytes = view();
    return static_cast<size_t>(bytes.data() - reinterpret_cast<const char*>(this)) + bytes.size();
  }
};

// How the dict sees members; no marks.
struct SetMemberPolicy {
  using Element = SetMember;
  using Key = std::string_view;
  static uint64_t Hash(const SetMember& member) { return HashBytes(member.view()); }
  static bool Equal(const SetMember& member, std::string_view key) { return member.view() == key; }
  static uint32_t Hint(const SetMember&) { return 0; }
};

}  // namespace ebb
