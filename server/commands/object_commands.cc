// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "server/commands/families.h"
#include "server/commands/help.h"
#include "server/engine.h"
#include "storage/type_ops.h"

namespace ebb {
namespace {

// The entry that a subcommand asks about; null when there is none, and null has been answered.
const Entry* FindOrReplyNull(Call& call) {
  // A question about the key itself: it counts, but to notifications it is no read.
  const Entry* entry = call.db().Peek(call.args[2]);
  KeyspaceCounters& counters = call.engine.keyspace_counters();
  ++(entry != nullptr ? counters.hits : counters.misses);
  if (entry == nullptr) call.reply.Null();
  return entry;
}

void ObjectEncoding(Call& call) {
  const Entry* entry = FindOrReplyNull(call);
  if (entry != nullptr) call.reply.Bulk(OpsOf(entry->type()).encoding_name(*entry));
}

// An entry's history is kept for the one kind of policy or for the other.
constexpr std::string_view kTakesTime =
    "Please note that when switching between policies at runtime LRU and LFU data will take some "
    "time to adjust.";

void ObjectFreq(Call& call) {
  const Entry* entry = FindOrReplyNull(call);
  if (entry == nullptr) return;
  const KeyspaceContext& context = call.db().context();
  if (!context.access.lfu) {
    return call.reply.Error(
        fmt::format("ERR An LFU maxmemory policy is not selected, access frequency not tracked. {}",
                    kTakesTime));
  }
  call.reply.Integer(context.access.Frequency(entry->access_clock(), context.clock));
}

void ObjectIdleTime(Call& call) {
  const Entry* entry = FindOrReplyNull(call);
  if (entry == nullptr) return;
  if (call.db().context().access.lfu) {
    return call.reply.Error(fmt::format(
        "ERR An LFU maxmemory policy is selected, idle time not tracked. {}", kTakesTime));
  }
  call.reply.Integer(entry->IdleSeconds(call.engine.clock().access_clock()));
}

// An inline value belongs to its entry alone; others count replies still on their way, too.
void ObjectRefCount(Call& call) {
  const Entry* entry = FindOrReplyNull(call);
  if (entry != nullptr)
    call.reply.Integer(entry->is_inline() ? 1 : entry->value()->references.load());
}

constexpr CommandSpec kCommands[] = {
    {.name = "object",
     .function = nullptr,
     .arity = -2,
     .flags = 0,
     .since = "2.2.3",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Looks at how values are kept."},
    {.name = "object|encoding",
     .function = ObjectEncoding,
     .arity = 3,
     .flags = kReadOnly,
     .keys = {KeyAt(2, kKeyRo)},
     .since = "2.2.3",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers how the value at a key is encoded.",
     .tips = "nondeterministic_output",
     .acl = kAclKeyspace},
    {.name = "object|freq",
     .function = ObjectFreq,
     .arity = 3,
     .flags = kReadOnly,
     .keys = {KeyAt(2, kKeyRo)},
     .since = "4.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers how often a key is used, as LFU eviction counts it.",
     .tips = "nondeterministic_output",
     .acl = kAclKeyspace},
    {.name = "object|help",
     .function = ReplyHelp,
     .arity = 2,
     .flags = kLoading | kStale,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands.",
     .acl = kAclKeyspace},
    {.name = "object|idletime",
     .function = ObjectIdleTime,
     .arity = 3,
     .flags = kReadOnly,
     .keys = {KeyAt(2, kKeyRo)},
     .since = "2.2.3",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the seconds since a key was last used.",
     .tips = "nondeterministic_output",
     .acl = kAclKeyspace},
    {.name = "object|refcount",
     .function = ObjectRefCount,
     .arity = 3,
     .flags = kReadOnly,
     .keys = {KeyAt(2, kKeyRo)},
     .since = "2.2.3",
     .complexity = "O(1)",
     .syntax = "key",
     .summary =
         "Answers how many refer to the value at a key: the key, and replies still being sent.",
     .tips = "nondeterministic_output",
     .acl = kAclKeyspace},
};

}  // namespace

constexpr CommandFamily kObjectFamily{.group = "generic", .acl = 0, .commands = kCommands};

}  // namespace ebb
