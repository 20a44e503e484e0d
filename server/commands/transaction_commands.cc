// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/families.h"
#include "server/dispatcher.h"

namespace ebb {
namespace {

void Multi(Call& call) {
  Transaction& transaction = call.session.transaction;
  if (transaction.open) return call.reply.Error("ERR MULTI calls can not be nested");
  transaction.open = true;
  call.reply.Ok();
}

void Exec(Call& call) {
  Session& session = call.session;
  if (!session.transaction.open) return call.reply.Error("ERR EXEC without MULTI");
  const bool expired = call.engine.watched_keys().Expired(session, call.engine.databases());
  EndedTransaction transaction = call.engine.TakeTransaction(session);

  if (transaction->failed) {
    return call.reply.Error("EXECABORT Transaction discarded because of previous errors.");
  }
  if (transaction->dirty || expired) return call.reply.NullArray();
  call.reply.Array(transaction->queue.size());
  Dispatcher::RunQueued(call.engine, session, *transaction);
}

void Discard(Call& call) {
  if (!call.session.transaction.open) return call.reply.Error("ERR DISCARD without MULTI");
  call.engine.TakeTransaction(call.session);
  call.reply.Ok();
}

void Watch(Call& call) {
  if (call.session.transaction.open) {
    return call.reply.Error("ERR WATCH inside MULTI is not allowed");
  }
  for (const std::string_view key : call.args.subspan(1)) {
    call.engine.watched_keys().Watch(call.session, key, call.db().Contains(key));
  }
  call.reply.Ok();
}

void Unwatch(Call& call) {
  call.engine.watched_keys().Forget(call.session);
  call.session.transaction.dirty = false;
  call.reply.Ok();
}

constexpr uint32_t kAlways = kNoScript | kLoading | kStale;

constexpr CommandSpec kCommands[] = {
    {.name = "multi",
     .function = Multi,
     .arity = 1,
     .flags = kAlways | kFast | kAllowBusy | kNotQueued,
     .since = "1.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Begins a transaction: what follows is queued for EXEC."},
    {.name = "exec",
     .function = Exec,
     .arity = 1,
     .flags = kAlways | kSkipSlowlog | kNotQueued | kRunsQueue,
     .since = "1.2.0",
     .complexity = "That of the queued commands",
     .syntax = "",
     .summary = "Runs the queued commands, unless a watched key has changed."},
    {.name = "discard",
     .function = Discard,
     .arity = 1,
     .flags = kAlways | kFast | kAllowBusy | kNotQueued,
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of queued commands",
     .syntax = "",
     .summary = "Forgets the queued commands and the watched keys."},
    {.name = "watch",
     .function = Watch,
     .arity = -2,
     .flags = kAlways | kFast | kAllowBusy | kNotQueued,
     .keys = {KeyRange(1, -1, 1, kKeyRo)},
     .since = "2.2.0",
     .complexity = "O(N) where N is the number of keys",
     .syntax = "key [key ...]",
     .summary = "Has the next EXEC do nothing if one of the keys changes before."},
    {.name = "unwatch",
     .function = Unwatch,
     .arity = 1,
     .flags = kAlways | kFast | kAllowBusy,
     .since = "2.2.0",
     .complexity = "O(N) where N is the number of keys",
     .syntax = "",
     .summary = "Forgets the watched keys."},
};

}  // namespace

constexpr CommandFamily kTransactionFamily{
    .group = "transactions", .acl = kAclTransaction, .commands = kCommands};

}  // namespace ebb
