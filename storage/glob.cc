// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/glob.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace ebb {
namespace {

uint8_t Fold(char c, bool ignore_case) {
  const auto byte = static_cast<uint8_t>(c);
  return ignore_case && byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

// Matches one byte against the class whose '[' stands at `at`; leaves `at` behind the class.
bool MatchClass(std::string_view pattern, size_t* at, uint8_t byte, bool ignore_case) {
  size_t i = *at + 1;
  const bool negated = i < pattern.size() && pattern[i] == '^';
  if (negated) ++i;
  bool found = false;
  for (; i < pattern.size() && pattern[i] != ']'; ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      ++i;
      found = found || Fold(pattern[i], ignore_case) == byte;
    } else if (i + 2 < pattern.size() && pattern[i + 1] == '-') {
      const uint8_t a = Fold(pattern[i], ignore_case);
      const uint8_t b = Fold(pattern[i + 2], ignore_case);
      found = found || (byte >= std::min(a, b) && byte <= std::max(a, b));
      i += 2;
    } else {
      found = found || Fold(pattern[i], ignore_case) == byte;
    }
  }
  *at = std::min(i + 1, pattern.size());
  return found != negated;
}

// Matches one byte of text against what stands at `at`, which is no star; leaves `at` behind it.
bool MatchOne(std::string_view pattern, size_t* at, char c, bool ignore_case) {
  const uint8_t byte = Fold(c, ignore_case);
  switch (pattern[*at]) {
    case '?':
      ++*at;
      return true;
    case '[':
      return MatchClass(pattern, at, byte, ignore_case);
    case '\\':
      if (*at + 1 < pattern.size()) ++*at;
      [[fallthrough]];
    default:
      return Fold(pattern[(*at)++], ignore_case) == byte;
  }
}

}  // namespace

bool GlobMatch(std::string_view pattern, std::string_view text, bool ignore_case) {
  if (text.empty()) return pattern.empty();
  size_t at = 0;
  size_t i = 0;
  // Where to go on when the present try fails: behind the last star, with one byte more taken by
  // it.
  size_t star = std::string_view::npos;
  size_t star_text = 0;
  while (i < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = ++at;
      star_text = i;
      continue;
    }
    if (at < pattern.size() && MatchOne(pattern, &at, text[i], ignore_case)) {
      ++i;
      continue;
    }
    if (star == std::string_view::npos) return false;
    at = star;
    i = ++star_text;
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace ebb
