// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/families.h"
#include "server/engine.h"

namespace ebb {
namespace {

// A second MONITOR has no reply, as ever.
void Monitor(Call& call) {
  if (call.session.transaction.running) {
    return call.reply.Error("ERR MONITOR isn't allowed for DENY BLOCKING client");
  }
  if (call.session.monitor) return;
  call.engine.monitors().Add(call.session);
  call.reply.Ok();
}

constexpr CommandSpec kCommands[] = {
    {.name = "monitor",
     .function = Monitor,
     .arity = 1,
     .flags = kAdmin | kNoScript | kLoading | kStale,
     .since = "1.0.0",
     .complexity = "O(1), and O(N) for each command from then on, where N is the size of its "
                   "arguments",
     .syntax = "",
     .summary = "Shows the connection every command that the server executes from now on."},
};

}  // namespace

constexpr CommandFamily kMonitorFamily{.group = "server", .acl = 0, .commands = kCommands};

}  // namespace ebb
