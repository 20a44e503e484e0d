// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/random_args.h"

#include <limits>

namespace ebb {

RandomArgs ParseRandomArgs(ArgParser& parser, std::string_view word) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  RandomArgs args;
  args.count = parser.Integer();
  if (args.count < -kMax) {
    parser.Fail(
        "ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807");
  }
  if (parser.More()) {
    args.with_values = parser.Take(word);
    if (!args.with_values || parser.More()) parser.SyntaxError();
  }
  const bool too_many = args.with_values && (args.count > kMax / 2 || args.count < -(kMax / 2));
  if (too_many || args.count < -kMaxRepeats) parser.Fail("ERR value is out of range");
  return args;
}

}  // namespace ebb
