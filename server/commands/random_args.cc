// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/random_args.h"

#include <cstdint>
#include <limits>

#include "server/arg_parser.h"
#include "server/commands/lookup.h"

namespace ebb {
namespace {

// A reply that repeats elements has so many at most: a few bytes of a command shall not fill the
// memory.
constexpr size_t kMaxRepeats = size_t{1} << 24;

constexpr std::string_view kOutOfRange = "ERR value is out of range";

// The parser keeps the error.
RandomArgs Parse(ArgParser& parser, std::string_view word) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  RandomArgs args;
  const int64_t count = parser.Integer();
  if (count < -kMax) {
    parser.Fail(
        "ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807");
  }
  if (parser.More()) {
    args.with_values = parser.Take(word);
    if (!args.with_values || parser.More()) parser.SyntaxError();
  }
  args.may_repeat = count < 0;
  args.count = args.may_repeat ? -static_cast<uint64_t>(count) : static_cast<uint64_t>(count);
  if (args.with_values && args.count > kMax / 2) parser.Fail(kOutOfRange);
  return args;
}

}  // namespace

const Entry* ReadRandomArgs(Call& call, Type type, std::string_view word, RandomArgs* args) {
  ArgParser parser(call, 2);
  *args = Parse(parser, word);
  if (parser.Failed()) return nullptr;

  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], type, &failed);
  if (failed) return nullptr;
  if (entry == nullptr || args->count == 0) {
    call.reply.Array(0);
    return nullptr;
  }
  if (args->may_repeat && args->count > kMaxRepeats) {
    call.reply.Error(kOutOfRange);
    return nullptr;
  }
  return entry;
}

}  // namespace ebb
