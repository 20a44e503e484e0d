// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/peek.h"

namespace ebb {
namespace {

// Reads "<type><digits>\r\n" at `at` and moves behind it; false when it is not all there or the
// number is long.
bool ReadHeader(char type, std::string_view bytes, size_t* at, size_t* value) {
  size_t i = *at;
  if (i + 4 > bytes.size() || bytes[i] != type) return false;
  size_t number = 0;
  for (++i; i + 2 <= bytes.size() && i < *at + 7; ++i) {
    const auto digit = static_cast<size_t>(bytes[i] - '0');
    if (digit > 9) break;
    number = number * 10 + digit;
  }
  if (i + 2 > bytes.size() || bytes[i] != '\r') return false;
  *value = number;
  *at = i + 2;
  return true;
}

}  // namespace

size_t PeekCommand(std::string_view* bytes, std::span<std::string_view> first) {
  size_t at = 0;
  size_t arguments = 0;
  if (!ReadHeader('*', *bytes, &at, &arguments)) return 0;
  for (size_t i = 0; i < arguments; ++i) {
    size_t size = 0;
    if (!ReadHeader('$', *bytes, &at, &size) || at + size + 2 > bytes->size()) return 0;
    if (i < first.size()) first[i] = bytes->substr(at, size);
    at += size + 2;
  }
  bytes->remove_prefix(at);
  return arguments;
}

}  // namespace ebb
