// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "storage/dict.h"
#include "storage/encodings/length.h"
#include "storage/hash.h"

namespace ebb {

// A member of a big sorted set with its score: what the set's dict and its tree point to. One
// allocation.
//
//   +--------+-------+-------+      length (length.h) of the bytes times two, plus whether the
//   | length | score | bytes |      score is wide: a double; else it is a whole number of 4 bytes
//   +--------+-------+-------+
//
// Ownership: whoever made it frees it. Thread: any, one at a time.
class ScoredMember {
 public:
  // O(bytes).
  static ScoredMember* Make(double score, std::string_view bytes);
  static void Free(ScoredMember* member);

  ScoredMember() = delete;
  ScoredMember(const ScoredMember&) = delete;
  ScoredMember& operator=(const ScoredMember&) = delete;

  double score() const {
    const Parts parts = Read();
    if (parts.wide) return Load<double>(parts.score);
    return Load<int32_t>(parts.score);
  }
  std::string_view view() const {
    const Parts parts = Read();
    return {parts.score + ScoreSize(parts.wide), parts.length};
  }

  // Gives it another score where its block can take it. Answers whether it could.
  bool Rescore(double score);

  // The bytes asked for; the allocator's block may be larger.
  size_t block_size() const {
    const Parts parts = Read();
    const auto head = static_cast<size_t>(parts.score - reinterpret_cast<const char*>(this));
    return head + ScoreSize(parts.wide) + parts.length;
  }

 private:
  struct Parts {
    const char* score;
    size_t length;
    bool wide;
  };
  static size_t ScoreSize(bool wide) { return wide ? sizeof(double) : sizeof(int32_t); }
  template <typename T>
  static T Load(const char* from) {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return value;
  }
  Parts Read() const {
    const char* at = reinterpret_cast<const char*>(this);
    const size_t length = ReadLength(&at);
    return {at, length >> 1, (length & 1) != 0};
  }
  static void Write(char* to, double score, bool wide, std::string_view bytes);
};

// How the dict sees members; no marks.
struct ScoredMemberPolicy {
  using Element = ScoredMember;
  using Key = std::string_view;
  static uint64_t Hash(const ScoredMember& member) { return HashBytes(member.view()); }
  static bool Equal(const ScoredMember& member, std::string_view key) {
    return member.view() == key;
  }
  static uint32_t Hint(const ScoredMember&) { return 0; }
};

}  // namespace ebb
