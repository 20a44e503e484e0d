// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <cmath>
#include <optional>
#include <string_view>

#include "protocol/format_double.h"
#include "server/arg_parser.h"
#include "server/commands/collection.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/commands/reply_element.h"
#include "server/engine.h"
#include "storage/key_writer.h"
#include "storage/number.h"
#include "storage/types/hash.h"

// Hashes, field by field and as wholes. Walks and random fields: hash_walk_commands.cc.
namespace ebb {
namespace {

size_t TextSize(const HashText& text) {
  HashText::Digits digits;
  return text.View(digits).size();
}

// The value of a field of a hash that may be absent, if there is one.
std::optional<HashText> FindFieldIn(Call& call, const Entry* entry, std::string_view field) {
  if (entry == nullptr) return std::nullopt;
  return FindField(*entry, field, call.db().known_element());
}

// ----------------------------------------------------------------------------------------- writing

// The text of the field at args[2], if there is one.
std::optional<HashText> Current(Call& call, const KeyWriter& writer) {
  return FindFieldIn(call, writer.entry(), call.args[2]);
}

// Sets the fields and values from args[2] on; answers how many are new, nothing when the error has
// been written.
std::optional<size_t> SetAll(Call& call) {
  if (call.args.size() % 2 != 0) {
    ReplyWrongArity(call);
    return std::nullopt;
  }
  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kHash)) return std::nullopt;
  const size_t created = SetFields(writer, call.args.subspan(2));
  writer.Changed(events::kHSet, (call.args.size() - 2) / 2);
  return created;
}

void HSet(Call& call) {
  if (const auto created = SetAll(call)) call.reply.Integer(static_cast<int64_t>(*created));
}

void HMSet(Call& call) {
  if (SetAll(call)) call.reply.Ok();
}

void HSetNx(Call& call) {
  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kHash)) return;
  if (Current(call, writer)) return call.reply.Integer(0);
  SetFields(writer, call.args.subspan(2));
  writer.Changed(events::kHSet);
  call.reply.Integer(1);
}

void Store(Call& call, KeyWriter& writer, std::string_view value, const KeyEvent& event) {
  const std::string_view pair[] = {call.args[2], value};
  SetFields(writer, pair);
  writer.Changed(event);
}

void HIncrBy(Call& call) {
  const auto increment = ParseInteger(call.args[3]);
  if (!increment) return call.reply.Error(errors::kNotInteger);

  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kHash)) return;
  std::optional<int64_t> value = 0;
  if (const auto current = Current(call, writer)) {
    value = current->is_integer() ? current->integer() : ParseInteger(current->text());
  }
  if (!value) return call.reply.Error("ERR hash value is not an integer");
  int64_t sum = 0;
  if (__builtin_add_overflow(*value, *increment, &sum)) {
    return call.reply.Error(errors::kWouldOverflow);
  }
  HashText::Digits digits;
  Store(call, writer, HashText(sum).View(digits), events::kHIncrBy);
  call.reply.Integer(sum);
}

void HIncrByFloat(Call& call) {
  const auto increment = ParseLongDouble(call.args[3]);
  if (!increment) return call.reply.Error(errors::kNotFloat);
  if (!std::isfinite(*increment)) return call.reply.Error("ERR value is NaN or Infinity");

  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kHash)) return;
  std::optional<long double> value = 0;
  if (const auto current = Current(call, writer)) {
    HashText::Digits digits;
    value = ParseLongDouble(current->View(digits));
  }
  if (!value) return call.reply.Error("ERR hash value is not a float");
  const long double sum = *value + *increment;
  if (!std::isfinite(sum)) {
    return call.reply.Error("ERR increment would produce NaN or Infinity");
  }
  char text[kHumanDoubleMax];
  const std::string_view shown(text, FormatHumanDouble(sum, text));
  Store(call, writer, shown, events::kHIncrByFloat);
  call.reply.Bulk(shown);
}

// ----------------------------------------------------------------------------------------- reading

// The hash at args[1]; null when it is absent, or `*failed`.
const Entry* ReadHash(Call& call, bool* failed) {
  return ReadKey(call, call.args[1], Type::kHash, failed);
}

void ReplyValue(Call& call, const Entry* entry, std::string_view field) {
  const auto value = FindFieldIn(call, entry, field);
  value ? ReplyElement(call.reply, *value) : call.reply.Null();
}

void ReplyValueSize(Call& call, const Entry* entry, std::string_view field) {
  const auto value = FindFieldIn(call, entry, field);
  call.reply.Integer(value ? static_cast<int64_t>(TextSize(*value)) : 0);
}

void ReplyIsField(Call& call, const Entry* entry, std::string_view field) {
  call.reply.Integer(FindFieldIn(call, entry, field) ? 1 : 0);
}

void HGetAll(Call& call) {
  bool failed = false;
  const Entry* entry = ReadHash(call, &failed);
  if (failed) return;
  call.reply.Map(entry != nullptr ? HashSize(*entry) : 0);
  if (entry == nullptr) return;
  ForEachField(*entry, [&call](const HashPair& pair) {
    ReplyElement(call.reply, pair.field);
    ReplyElement(call.reply, pair.value);
  });
}

// Answers one text of each field.
template <HashText HashPair::*text>
void ReplyAll(Call& call) {
  bool failed = false;
  const Entry* entry = ReadHash(call, &failed);
  if (failed) return;
  call.reply.Array(entry != nullptr ? HashSize(*entry) : 0);
  if (entry == nullptr) return;
  ForEachField(*entry, [&](const HashPair& pair) { ReplyElement(call.reply, pair.*text); });
}

constexpr CommandSpec kCommands[] = {
    {.name = "hset",
     .function = HSet,
     .arity = -4,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyUpdate)},
     .element = 2,
     .since = "2.0.0",
     .complexity = "O(1) a field in a big hash; O(N) in a compact one of N fields",
     .syntax = "key field_value{field value} [field_value{field value} ...]",
     .summary = "Sets fields of a hash, and makes the hash where there is none.",
     .history = "4.0.0 Takes several fields and values."},
    {.name = "hsetnx",
     .function = HSetNx,
     .arity = 4,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyInsert)},
     .element = 2,
     .since = "2.0.0",
     .complexity = "O(1)",
     .syntax = "key field value",
     .summary = "Sets a field of a hash that does not exist yet."},
    {.name = "hmset",
     .function = HMSet,
     .arity = -4,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyUpdate)},
     .element = 2,
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of fields that are set",
     .syntax = "key field_value{field value} [field_value{field value} ...]",
     .summary = "Sets fields of a hash.",
     .deprecated_since = "4.0.0",
     .replaced_by = "`HSET` with multiple field-value pairs"},
    {.name = "hget",
     .function = ReplyOne<Type::kHash, ReplyValue>,
     .arity = 3,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .element = 2,
     .since = "2.0.0",
     .complexity = "O(1)",
     .syntax = "key field",
     .summary = "Answers the value of a field."},
    {.name = "hmget",
     .function = ReplyEach<Type::kHash, ReplyValue>,
     .arity = -3,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .element = 2,
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of fields asked for",
     .syntax = "key field [field ...]",
     .summary = "Answers the values of several fields."},
    {.name = "hgetall",
     .function = HGetAll,
     .arity = 2,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of fields in the hash",
     .syntax = "key",
     .summary = "Answers all fields of a hash with their values.",
     .tips = "nondeterministic_output_order"},
    {.name = "hkeys",
     .function = ReplyAll<&HashPair::field>,
     .arity = 2,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of fields in the hash",
     .syntax = "key",
     .summary = "Answers the names of all fields of a hash.",
     .tips = "nondeterministic_output_order"},
    {.name = "hvals",
     .function = ReplyAll<&HashPair::value>,
     .arity = 2,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of fields in the hash",
     .syntax = "key",
     .summary = "Answers the values of all fields of a hash.",
     .tips = "nondeterministic_output_order"},
    {.name = "hlen",
     .function = CountElements<Type::kHash, HashSize>,
     .arity = 2,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo)},
     .since = "2.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the number of fields in a hash."},
    {.name = "hstrlen",
     .function = ReplyOne<Type::kHash, ReplyValueSize>,
     .arity = 3,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo)},
     .element = 2,
     .since = "3.2.0",
     .complexity = "O(1)",
     .syntax = "key field",
     .summary = "Answers the length of a field's value in bytes."},
    {.name = "hexists",
     .function = ReplyOne<Type::kHash, ReplyIsField>,
     .arity = 3,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo)},
     .element = 2,
     .since = "2.0.0",
     .complexity = "O(1)",
     .syntax = "key field",
     .summary = "Answers whether a hash has a field."},
    {.name = "hdel",
     .function = EraseElements<Type::kHash, HashSize, EraseField, events::kHDel>,
     .arity = -3,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyDelete)},
     .element = 2,
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of fields that are removed",
     .syntax = "key field [field ...]",
     .summary = "Removes fields of a hash, and the hash with its last one.",
     .history = "2.4.0 Takes several fields."},
    {.name = "hincrby",
     .function = HIncrBy,
     .arity = 4,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyUpdate)},
     .element = 2,
     .since = "2.0.0",
     .complexity = "O(1)",
     .syntax = "key field increment",
     .summary = "Adds an integer to the one in a field; a missing field counts as 0."},
    {.name = "hincrbyfloat",
     .function = HIncrByFloat,
     .arity = 4,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyUpdate)},
     .element = 2,
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "key field increment:double",
     .summary = "Adds a decimal number to the one in a field; a missing field counts as 0."},
};

}  // namespace

constexpr CommandFamily kHashFamily{.group = "hash", .acl = kAclHash, .commands = kCommands};

}  // namespace ebb
