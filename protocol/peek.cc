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

bool PeekCommand(std::string_view* bytes, size_t index, std::string_view* found) {
  size_t at = 0;
  size_t arguments = 0;
  if (!ReadHeader('*', *bytes, &at, &arguments) || arguments <= index) return false;
  for (size_t i = 0; i < arguments; ++i) {
    size_t size = 0;
    if (!ReadHeader('$', *bytes, &at, &size) || at + size + 2 > bytes->size()) return false;
    if (i == index) *found = bytes->substr(at, size);
    at += size + 2;
  }
  bytes->remove_prefix(at);
  return true;
}

}  // namespace ebb
