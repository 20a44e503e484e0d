// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/families.h"
#include "server/engine.h"

namespace ebb {
namespace {

void Ping(Call& call) {
  if (call.args.size() > 2) {
    return call.reply.Error("ERR wrong number of arguments for 'ping' command");
  }
  if (call.args.size() == 2) return call.reply.Bulk(call.args[1]);
  call.reply.SimpleString("PONG");
}

void Echo(Call& call) { call.reply.Bulk(call.args[1]); }

constexpr CommandSpec kCommands[] = {
    {.name = "ping",
     .function = Ping,
     .arity = -1,
     .flags = kFast,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "[message]",
     .summary = "Answers PONG, or the message: the server is there."},
    {.name = "echo",
     .function = Echo,
     .arity = 2,
     .flags = kLoading | kStale | kFast,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "message",
     .summary = "Answers the message."},
};

}  // namespace

constexpr CommandFamily kConnectionFamily{
    .group = "connection", .acl = kAclConnection, .commands = kCommands};

}  // namespace ebb
