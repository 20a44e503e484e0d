// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <algorithm>
#include <cstring>
#include <string_view>

#include "server/arg_parser.h"
#include "server/commands/expiry_args.h"
#include "server/commands/families.h"
#include "server/commands/index_range.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "server/key_walk.h"
#include "storage/key_writer.h"
#include "storage/types/string.h"

// Strings as wholes and as bytes. Numbers in strings: counter_commands.cc; bits: bit_commands.cc.
namespace ebb {
namespace {

// ------------------------------------------------------------------------------- reading, setting

void Get(Call& call) {
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kString, &failed);
  if (!failed) ReplyString(call, entry);
}

void MGet(Call& call) {
  call.reply.Array(call.args.size() - 1);
  for (KeyWalk keys(call); keys.More(); keys.Next()) {
    const Entry* entry = call.db().Read(keys.key());
    ReplyString(call, entry != nullptr && entry->type() == Type::kString ? entry : nullptr);
  }
}

// Makes args[index] the whole value, as SET without options does.
void Overwrite(Call& call, KeyWriter& writer, size_t index) {
  writer.Overwrite();
  writer.NextExpire(0);
  AssignArgument(call, writer, index);
  writer.Changed(events::kSet);
}

void OverwriteExpiring(Call& call, KeyWriter& writer, size_t index, int64_t expire_ms) {
  writer.Overwrite();
  writer.NextExpire(expire_ms);
  AssignArgument(call, writer, index);
  writer.Changed(events::kSet);
  writer.Changed(events::kExpire);
}

// Answers the value on the way to changing it. False when it is no string: the error has been
// written.
bool ReplyOld(Call& call, const KeyWriter& writer) {
  CountRead(call, writer);
  if (!CheckType(call, writer.entry(), Type::kString)) return false;
  ReplyString(call, writer.entry());
  return true;
}

// SET's options, read from its fourth argument on.
struct SetOptions {
  bool only_if_absent = false;
  bool only_if_present = false;
  bool get = false;
  bool keep_ttl = false;
  ExpiryArg expiry;
};

SetOptions ParseSetOptions(ArgParser& parser) {
  SetOptions options;
  while (parser.More()) {
    if (!options.only_if_present && parser.Take("NX")) {
      options.only_if_absent = true;
    } else if (!options.only_if_absent && parser.Take("XX")) {
      options.only_if_present = true;
    } else if (parser.Take("GET")) {
      options.get = true;
    } else if (!options.expiry.given() && parser.Take("KEEPTTL")) {
      options.keep_ttl = true;
    } else if (options.keep_ttl || !options.expiry.Take(parser)) {
      parser.SyntaxError();
    }
  }
  return options;
}

void SetWithOptions(Call& call) {
  ArgParser parser(call, 3);
  const SetOptions options = ParseSetOptions(parser);
  const int64_t expire_ms = options.expiry.AbsoluteMs(parser, call);
  if (parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  if (options.get && !ReplyOld(call, writer)) return;
  if (writer.exists() ? options.only_if_absent : options.only_if_present) {
    if (!options.get) call.reply.Null();
    return;
  }
  if (options.expiry.given()) {
    OverwriteExpiring(call, writer, 2, expire_ms);
  } else if (options.keep_ttl) {
    writer.Overwrite();
    AssignArgument(call, writer, 2);
    writer.Changed(events::kSet);
  } else {
    Overwrite(call, writer, 2);
  }
  if (!options.get) call.reply.Ok();
}

void Set(Call& call) {
  if (call.args.size() > 3) return SetWithOptions(call);
  KeyWriter writer(call.db(), call.args[1]);
  Overwrite(call, writer, 2);
  call.reply.Ok();
}

void SetNx(Call& call) {
  KeyWriter writer(call.db(), call.args[1]);
  const bool absent = !writer.exists();
  if (absent) Overwrite(call, writer, 2);
  call.reply.Integer(absent ? 1 : 0);
}

void SetFor(Call& call, ExpiryArg expiry) {
  ArgParser parser(call, 2);
  const int64_t expire_ms = expiry.AbsoluteMs(parser, call);
  if (parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  OverwriteExpiring(call, writer, 3, expire_ms);
  call.reply.Ok();
}

void SetEx(Call& call) {
  SetFor(call, ExpiryArg::Seconds(call.args[2]));
}
void PSetEx(Call& call) {
  SetFor(call, ExpiryArg::Milliseconds(call.args[2]));
}

void GetSet(Call& call) {
  KeyWriter writer(call.db(), call.args[1]);
  if (ReplyOld(call, writer)) Overwrite(call, writer, 2);
}

void GetDel(Call& call) {
  KeyWriter writer(call.db(), call.args[1]);
  if (ReplyOld(call, writer) && writer.exists()) writer.Remove();
}

void GetEx(Call& call) {
  ArgParser parser(call, 2);
  ExpiryArg expiry;
  bool persist = false;
  while (parser.More()) {
    if (!expiry.given() && parser.Take("PERSIST")) {
      persist = true;
    } else if (persist || !expiry.Take(parser)) {
      parser.SyntaxError();
    }
  }
  if (parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  CountRead(call, writer);
  if (!writer.exists()) return call.reply.Null();
  if (!CheckType(call, writer.entry(), Type::kString)) return;
  // A wrong time is only noticed where there is a key to give it to.
  const int64_t expire_ms = expiry.AbsoluteMs(parser, call);
  if (parser.Failed()) return;
  ReplyString(call, writer.entry());
  if (persist && writer.entry()->has_expire()) {
    writer.ClearExpire();
    writer.Changed(events::kPersist);
  } else if (expiry.given() && expire_ms <= call.engine.unix_ms()) {
    writer.Remove(events::kDel, DisposeCause::kUserExpire);
  } else if (expiry.given()) {
    writer.SetExpire(expire_ms);
    writer.Changed(events::kExpire);
  }
}

// Whether keys and values come in pairs from args[1] on; otherwise the error has been written.
bool CheckPairs(Call& call) {
  if (call.args.size() % 2 == 1) return true;
  ReplyWrongArity(call);
  return false;
}

void SetAll(Call& call) {
  for (KeyWalk keys(call, 2); keys.More(); keys.Next()) {
    KeyWriter writer(call.db(), keys.key());
    Overwrite(call, writer, keys.index() + 1);
  }
}

void MSet(Call& call) {
  if (!CheckPairs(call)) return;
  SetAll(call);
  call.reply.Ok();
}

void MSetNx(Call& call) {
  if (!CheckPairs(call)) return;
  for (KeyWalk keys(call, 2); keys.More(); keys.Next()) {
    if (call.db().Use(keys.key()) != nullptr) return call.reply.Integer(0);
  }
  SetAll(call);
  call.reply.Integer(1);
}

// ------------------------------------------------------------------------------------------ bytes

void StrLen(Call& call) {
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kString, &failed);
  if (failed) return;
  call.reply.Integer(entry != nullptr ? static_cast<int64_t>(StringSize(*entry)) : 0);
}

void Append(Call& call) {
  const std::string_view tail = call.args[2];
  KeyWriter writer(call.db(), call.args[1]);
  size_t size = tail.size();
  if (writer.exists()) {
    if (!CheckType(call, writer.entry(), Type::kString)) return;
    size += StringSize(*writer.entry());
    if (!CheckStringLength(call, size - tail.size(), tail.size())) return;
    if (!AppendString(writer, tail)) return call.reply.Error(errors::kNoMemory);
  } else {
    AssignArgument(call, writer, 2);
  }
  writer.Changed(events::kAppend);
  call.reply.Integer(static_cast<int64_t>(size));
}

void SetRange(Call& call) {
  ArgParser parser(call, 2);
  const int64_t offset = parser.Integer();
  if (offset < 0) parser.Fail("ERR offset is out of range");
  const std::string_view part = parser.Text();
  if (parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  if (!CheckType(call, writer.entry(), Type::kString)) return;
  size_t size = writer.exists() ? StringSize(*writer.entry()) : 0;
  if (!part.empty()) {
    const auto begin = static_cast<size_t>(offset);
    if (!CheckStringLength(call, begin, part.size())) return;
    size = std::max(size, begin + part.size());
    // What covers the whole value may become it.
    StringValue* whole = size == part.size() ? TakeArgument(call, 3) : nullptr;
    if (whole != nullptr) {
      AssignRaw(writer, whole);
    } else {
      char* bytes = EditString(writer, size);
      if (bytes == nullptr) return call.reply.Error(errors::kNoMemory);
      std::memcpy(bytes + begin, part.data(), part.size());
    }
    writer.Changed(events::kSetRange);
  }
  call.reply.Integer(static_cast<int64_t>(size));
}

void GetRange(Call& call) {
  ArgParser parser(call, 2);
  const int64_t start = parser.Integer();
  const int64_t end = parser.Integer();
  if (parser.Failed()) return;

  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kString, &failed);
  if (failed) return;
  const IndexRange range = IndexRange::Of(start, end, entry != nullptr ? StringSize(*entry) : 0);
  if (range.empty() || IsReversed(start, end)) return call.reply.Bulk("");
  ReplySubstring(call, *entry, range.first, range.count);
}

uint32_t SetKeyFlags(Args args) {
  for (size_t i = 3; i < args.size(); ++i) {
    if (EqualsIgnoreCase(args[i], "GET")) return kKeyRw | kKeyAccess | kKeyUpdate;
  }
  return kKeyOw | kKeyUpdate;
}

constexpr CommandSpec kCommands[] = {
    {.name = "get",
     .function = Get,
     .arity = 2,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the string stored at a key."},
    {.name = "mget",
     .function = MGet,
     .arity = -2,
     .flags = kReadOnly | kFast,
     .keys = {KeyRange(1, -1, 1, kKeyRo | kKeyAccess)},
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of keys",
     .syntax = "key [key ...]",
     .summary = "Answers the strings stored at several keys.",
     .tips = "request_policy:multi_shard"},
    {.name = "set",
     .function = Set,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .keys = {KeySpec{.flags = kKeyRw | kKeyAccess | kKeyUpdate | kKeyVariableFlags,
                      .begin = KeySpec::Begin::kIndex,
                      .begin_index = 1,
                      .notes = "RW and ACCESS due to the optional `GET` argument"}},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key value [condition@2.6.12(NX | XX)] [GET@6.2.0] [expiration(EX@2.6.12 seconds | "
               "PX@2.6.12 milliseconds | "
               "EXAT@6.2.0 unix-time-seconds | PXAT@6.2.0 unix-time-milliseconds | KEEPTTL@6.0.0)]",
     .summary = "Stores a string at a key, whatever was there before.",
     .variable_key_flags = SetKeyFlags,
     .history = "2.6.12 Takes EX, PX, NX and XX.\n"
                "6.0.0 Takes KEEPTTL.\n"
                "6.2.0 Takes GET, EXAT and PXAT.\n"
                "7.0.0 NX and GET may stand together."},
    {.name = "setnx",
     .function = SetNx,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyOw | kKeyInsert)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key value",
     .summary = "Stores a string at a key that does not exist yet."},
    {.name = "setex",
     .function = SetEx,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .keys = {KeyAt(1, kKeyOw | kKeyUpdate)},
     .since = "2.0.0",
     .complexity = "O(1)",
     .syntax = "key seconds value",
     .summary = "Stores a string at a key for some seconds."},
    {.name = "psetex",
     .function = PSetEx,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .keys = {KeyAt(1, kKeyOw | kKeyUpdate)},
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "key milliseconds value",
     .summary = "Stores a string at a key for some milliseconds."},
    {.name = "getset",
     .function = GetSet,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyUpdate)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key value",
     .summary = "Stores a string at a key and answers the one that it replaces.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`SET` with the `!GET` argument"},
    {.name = "getdel",
     .function = GetDel,
     .arity = 2,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyDelete)},
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the string stored at a key and removes the key."},
    {.name = "getex",
     .function = GetEx,
     .arity = -2,
     .flags = kWrite | kFast,
     .keys = {KeySpec{.flags = kKeyRw | kKeyAccess | kKeyUpdate,
                      .begin = KeySpec::Begin::kIndex,
                      .begin_index = 1,
                      .notes = "RW and UPDATE: the time to live may change"}},
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "key [expiration(EX seconds | PX milliseconds | EXAT unix-time-seconds | "
               "PXAT unix-time-milliseconds | PERSIST)]",
     .summary = "Answers the string stored at a key and sets or clears the key's time to live."},
    {.name = "mset",
     .function = MSet,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .keys = {KeyRange(1, -1, 2, kKeyOw | kKeyUpdate)},
     .since = "1.0.1",
     .complexity = "O(N) where N is the number of keys",
     .syntax = "key_value{key value} [key_value{key value} ...]",
     .summary = "Stores strings at several keys at once.",
     .tips = "request_policy:multi_shard response_policy:all_succeeded"},
    {.name = "msetnx",
     .function = MSetNx,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .keys = {KeyRange(1, -1, 2, kKeyOw | kKeyInsert)},
     .since = "1.0.1",
     .complexity = "O(N) where N is the number of keys",
     .syntax = "key_value{key value} [key_value{key value} ...]",
     .summary = "Stores strings at several keys at once, or none if one of the keys exists.",
     .tips = "request_policy:multi_shard response_policy:agg_min"},
    {.name = "strlen",
     .function = StrLen,
     .arity = 2,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo)},
     .since = "2.2.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the length of a string in bytes."},
    {.name = "append",
     .function = Append,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyInsert)},
     .since = "2.0.0",
     .complexity =
         "O(M) amortized, where M is the length of the value: a growing string gets room to spare",
     .syntax = "key value",
     .summary = "Adds bytes to the end of a string."},
    {.name = "setrange",
     .function = SetRange,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .keys = {KeyAt(1, kKeyRw | kKeyUpdate)},
     .since = "2.2.0",
     .complexity = "O(M) where M is the length of the value, and of the gap before it if it lies "
                   "beyond the end",
     .syntax = "key offset value",
     .summary =
         "Overwrites bytes of a string from an offset on, with zero bytes before it if needed."},
    {.name = "getrange",
     .function = GetRange,
     .arity = 4,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.4.0",
     .complexity = "O(N) where N is the length of the reply",
     .syntax = "key start:integer end:integer",
     .summary = "Answers a part of a string."},
    {.name = "substr",
     .function = GetRange,
     .arity = 4,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "1.0.0",
     .complexity = "O(N) where N is the length of the reply",
     .syntax = "key start:integer end:integer",
     .summary = "Answers a part of a string.",
     .deprecated_since = "2.0.0",
     .replaced_by = "`GETRANGE`"},
};

}  // namespace

constexpr CommandFamily kStringFamily{.group = "string", .acl = kAclString, .commands = kCommands};

}  // namespace ebb
