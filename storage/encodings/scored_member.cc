// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/encodings/scored_member.h"

#include <cmath>
#include <limits>

#include "storage/memory/allocator.h"

namespace ebb {
namespace {

// Whether a score takes a double: it is no whole number of 32 bits, or the zero below zero.
bool IsWide(double score) {
  using Whole = std::numeric_limits<int32_t>;
  if (!(score >= Whole::min() && score <= Whole::max())) return true;
  return score != static_cast<int32_t>(score) || (score == 0 && std::signbit(score));
}

size_t LengthField(size_t length, bool wide) {
  return length << 1 | static_cast<size_t>(wide);
}

}  // namespace

void ScoredMember::Write(char* to, double score, bool wide, std::string_view bytes) {
  char* const at = WriteLength(to, LengthField(bytes.size(), wide));
  // They may be this block's own.
  std::memmove(at + ScoreSize(wide), bytes.data(), bytes.size());
  if (wide) {
    std::memcpy(at, &score, sizeof score);
  } else {
    const auto whole = static_cast<int32_t>(score);
    std::memcpy(at, &whole, sizeof whole);
  }
}

ScoredMember* ScoredMember::Make(double score, std::string_view bytes) {
  const bool wide = IsWide(score);
  const size_t head = LengthSize(LengthField(bytes.size(), wide)) + ScoreSize(wide);
  auto* const block = static_cast<char*>(memory::Allocate(head + bytes.size()));
  Write(block, score, wide, bytes);
  return reinterpret_cast<ScoredMember*>(block);
}

void ScoredMember::Free(ScoredMember* member) {
  memory::FreeAnySize(member, member->block_size());
}

bool ScoredMember::Rescore(double score) {
  const bool was_wide = Read().wide;
  const bool wide = was_wide || IsWide(score);
  if (wide != was_wide) {
    const size_t old_size = block_size();
    const size_t new_size = old_size - ScoreSize(was_wide) + ScoreSize(wide);
    if (memory::GoodSize(old_size) != memory::GoodSize(new_size)) return false;
  }
  Write(reinterpret_cast<char*>(this), score, wide, view());
  return true;
}

}  // namespace ebb
