// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <string_view>

#include "server/arg_parser.h"

// What HRANDFIELD, SRANDMEMBER and ZRANDMEMBER take behind their key.
namespace ebb {

// A reply that repeats elements has so many at most: a few bytes of a command shall not fill the
// memory.
inline constexpr int64_t kMaxRepeats = int64_t{1} << 24;

// Elements that are drawn at once.
inline constexpr uint64_t kDraw = 1000;

struct RandomArgs {
  int64_t count = 0;  // negative: so many draws, which may repeat
  bool with_values = false;
};

// A count and perhaps `word`, which asks for what belongs to the elements, too. The parser keeps
// the error.
RandomArgs ParseRandomArgs(ArgParser& parser, std::string_view word);

}  // namespace ebb
