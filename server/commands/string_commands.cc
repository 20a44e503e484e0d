// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <string_view>

#include "server/arg_parser.h"
#include "server/commands/expiry_args.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "storage/types/string.h"

namespace ebb {
namespace {

void Get(Call& call) {
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kString, &failed);
  if (!failed) ReplyString(call, entry);
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

void Set(Call& call) {
  SetOptions options;
  int64_t expire_ms = 0;
  if (call.args.size() > 3) {
    ArgParser parser(call, 3);
    options = ParseSetOptions(parser);
    expire_ms = options.expiry.AbsoluteMs(parser, call);
    if (parser.Failed()) return;
  }

  KeyWriter writer(call.db(), call.args[1]);
  if (options.get) {
    if (writer.exists() && writer.entry()->type() != Type::kString) {
      return call.reply.Error(errors::kWrongType);
    }
    ReplyString(call, writer.entry());
  }
  if (writer.exists() ? options.only_if_absent : options.only_if_present) {
    if (!options.get) call.reply.Null();
    return;
  }
  AssignArgument(call, writer, 2);
  if (options.expiry.given()) {
    writer.SetExpire(expire_ms);
  } else if (!options.keep_ttl) {
    writer.ClearExpire();
  }
  writer.Changed(events::kSet);
  if (options.expiry.given()) writer.Changed(events::kExpire);
  if (!options.get) call.reply.Ok();
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
     .syntax = "key value [condition(NX | XX)] [GET] [expiration(EX seconds | PX milliseconds | "
               "EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL)]",
     .summary = "Stores a string at a key, whatever was there before.",
     .variable_key_flags = SetKeyFlags},
};

}  // namespace

constexpr CommandFamily kStringFamily{
    .group = "string", .acl = kAclString, .commands = kCommands};

}  // namespace ebb
