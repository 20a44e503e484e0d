// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/peek.h"

#include "protocol/short_header.h"

namespace ebb {

size_t PeekCommand(std::string_view* bytes, std::span<std::string_view> first) {
  const char* const end = bytes->data() + bytes->size();
  size_t arguments;
  const char* at = ShortHeader('*', bytes->data(), end, &arguments);
  if (at == nullptr || arguments == 0) return 0;
  for (size_t i = 0; i < arguments; ++i) {
    size_t size;
    const char* const argument = ShortHeader('$', at, end, &size);
    if (argument == nullptr || size + 2 > static_cast<size_t>(end - argument)) return 0;
    if (i < first.size()) first[i] = {argument, size};
    at = argument + size + 2;
  }
  bytes->remove_prefix(static_cast<size_t>(at - bytes->data()));
  return arguments;
}

}  // namespace ebb
