// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <cmath>
#include <string_view>

#include "protocol/format_double.h"
#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "storage/key_writer.h"
#include "storage/types/string.h"

// Strings as numbers.
namespace ebb {
namespace {

void Add(Call& call, int64_t increment) {
  KeyWriter writer(call.db(), call.args[1]);
  int64_t value = 0;
  if (writer.exists()) {
    if (!CheckType(call, writer.entry(), Type::kString)) return;
    const auto current = StringAsInteger(*writer.entry());
    if (!current) return call.reply.Error(errors::kNotInteger);
    value = *current;
  }
  if (__builtin_add_overflow(value, increment, &value)) {
    return call.reply.Error(errors::kWouldOverflow);
  }
  AssignInteger(writer, value);
  writer.Changed(events::kIncrBy);
  call.reply.Integer(value);
}

void Incr(Call& call) {
  Add(call, 1);
}
void Decr(Call& call) {
  Add(call, -1);
}

void IncrBy(Call& call) {
  const auto increment = ParseInteger(call.args[2]);
  if (!increment) return call.reply.Error(errors::kNotInteger);
  Add(call, *increment);
}

void DecrBy(Call& call) {
  const auto decrement = ParseInteger(call.args[2]);
  if (!decrement) return call.reply.Error(errors::kNotInteger);
  if (*decrement == INT64_MIN) return call.reply.Error("ERR decrement would overflow");
  Add(call, -*decrement);
}

void IncrByFloat(Call& call) {
  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kString)) return;
  std::optional<long double> value = 0;
  if (writer.exists()) value = ParseLongDouble(StringView(*writer.entry()));
  const auto increment = ParseLongDouble(call.args[2]);
  if (!value || !increment) return call.reply.Error(errors::kNotFloat);
  const long double sum = *value + *increment;
  if (!std::isfinite(sum)) {
    return call.reply.Error("ERR increment would produce NaN or Infinity");
  }
  char text[kHumanDoubleMax];
  const std::string_view shown(text, FormatHumanDouble(sum, text));
  AssignBytes(writer, shown);
  writer.Changed(events::kIncrByFloat);
  call.reply.Bulk(shown);
}

constexpr CommandSpec kCommands[] = {
    {.name = "incr",
     .function = Incr,
     .arity = 2,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyUpdate)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Adds one to the integer stored at a key; a missing key counts as 0."},
    {.name = "decr",
     .function = Decr,
     .arity = 2,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyUpdate)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Takes one from the integer stored at a key; a missing key counts as 0."},
    {.name = "incrby",
     .function = IncrBy,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyUpdate)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key increment",
     .summary = "Adds an integer to the one stored at a key; a missing key counts as 0."},
    {.name = "decrby",
     .function = DecrBy,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyUpdate)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key decrement:integer",
     .summary = "Takes an integer from the one stored at a key; a missing key counts as 0."},
    {.name = "incrbyfloat",
     .function = IncrByFloat,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyUpdate)},
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "key increment:double",
     .summary = "Adds a decimal number to the one stored at a key; a missing key counts as 0."},
};

}  // namespace

constexpr CommandFamily kCounterFamily{.group = "string", .acl = kAclString, .commands = kCommands};

}  // namespace ebb
