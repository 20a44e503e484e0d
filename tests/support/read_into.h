// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

#include "protocol/request_parser.h"

namespace ebb::test {

// One read of a client's: the first bytes of `bytes`, at most `most`, go where `parser` wants them,
// and are forgotten there. Answers where they are.
inline std::span<char> ReadInto(RequestParser& parser, std::span<char> scratch,
                                std::string_view* bytes, size_t most = ~size_t{0}) {
  const std::span<char> target = parser.ReadTarget(scratch);
  const size_t count = std::min({most, target.size(), bytes->size()});
  std::ranges::copy(bytes->substr(0, count), target.begin());
  bytes->remove_prefix(count);
  parser.BytesRead(count);
  return target.first(count);
}

}  // namespace ebb::test
