// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <cstdint>
#include <string_view>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "server/key_walk.h"
#include "storage/key_writer.h"
#include "storage/type_ops.h"

namespace ebb {
namespace {

// Whether `key` exists, as a command that is going to write it asks: an entry's access clock is
// touched.
bool ExistsForWrite(Keyspace& db, std::string_view key) {
  return KeyWriter(db, key).exists();
}

template <DisposeCause cause>
void RemoveKeys(Call& call) {
  int64_t removed = 0;
  for (KeyWalk keys(call); keys.More(); keys.Next()) {
    removed += call.db().Remove(keys.key(), events::kDel, cause);
  }
  call.reply.Integer(removed);
}

void Exists(Call& call) {
  int64_t found = 0;
  for (KeyWalk keys(call); keys.More(); keys.Next()) {
    found += call.db().Inspect(keys.key()) != nullptr;
  }
  call.reply.Integer(found);
}

void Touch(Call& call) {
  int64_t found = 0;
  for (KeyWalk keys(call); keys.More(); keys.Next()) {
    Entry* const entry = call.db().Inspect(keys.key());
    if (entry == nullptr) continue;
    call.db().Touch(entry);  // under CLIENT NO-TOUCH as well: it is what the command is for
    ++found;
  }
  call.reply.Integer(found);
}

void TypeOf(Call& call) {
  const Entry* entry = call.db().Inspect(call.args[1]);
  call.reply.SimpleString(entry != nullptr ? OpsOf(entry->type()).name : "none");
}

void RandomKey(Call& call) {
  const Entry* entry = call.db().RandomEntry();
  if (entry == nullptr) return call.reply.Null();
  call.reply.Bulk(entry->key());
}

// RENAME and RENAMENX up to their replies: false when there is no such key (the error is written
// then), or the new name is taken and `only_if_absent`.
enum class Renamed { kYes, kTaken, kFailed };

Renamed RenameKey(Call& call, bool only_if_absent) {
  Keyspace& db = call.db();
  const std::string_view from = call.args[1];
  const std::string_view to = call.args[2];
  if (!ExistsForWrite(db, from)) {
    call.reply.Error(errors::kNoSuchKey);
    return Renamed::kFailed;
  }
  if (from == to) return only_if_absent ? Renamed::kTaken : Renamed::kYes;
  if (only_if_absent && ExistsForWrite(db, to)) return Renamed::kTaken;
  db.Move(from, db, to, events::kRenameFrom, events::kRenameTo);
  return Renamed::kYes;
}

void Rename(Call& call) {
  if (RenameKey(call, false) == Renamed::kYes) call.reply.Ok();
}

void RenameNx(Call& call) {
  const Renamed renamed = RenameKey(call, true);
  if (renamed != Renamed::kFailed) call.reply.Integer(renamed == Renamed::kYes ? 1 : 0);
}

void Move(Call& call) {
  Keyspace& source = call.db();
  const std::string_view key = call.args[1];
  ArgParser parser(call, 2);
  const int index = TakeDatabase(parser, call);
  if (index == source.id()) parser.Fail(errors::kSameObject);
  if (parser.Failed()) return;

  Keyspace& target = call.engine.db(index);
  if (!ExistsForWrite(source, key) || ExistsForWrite(target, key)) return call.reply.Integer(0);
  source.Move(key, target, key, events::kMoveFrom, events::kMoveTo);
  call.reply.Integer(1);
}

void Copy(Call& call) {
  int target = call.session.db;
  bool replace = false;
  ArgParser parser(call, 3);
  while (parser.More()) {
    if (parser.Take("REPLACE")) {
      replace = true;
    } else if (parser.Take("DB", 1)) {
      target = TakeDatabase(parser, call);
    } else {
      parser.SyntaxError();
    }
  }
  if (target == call.session.db && call.args[1] == call.args[2]) parser.Fail(errors::kSameObject);
  if (parser.Failed()) return;

  const Entry* source = call.db().Read(call.args[1]);
  if (source == nullptr) return call.reply.Integer(0);
  KeyWriter writer(call.engine.db(target), call.args[2]);
  if (writer.exists() && !replace) return call.reply.Integer(0);
  if (!writer.CopyFrom(*source)) return call.reply.Error("OOM not enough memory for the copy");
  writer.Changed(events::kCopyTo);
  call.reply.Integer(1);
}

constexpr std::string_view kSumOverShards = "request_policy:multi_shard response_policy:agg_sum";

constexpr CommandSpec kCommands[] = {
    {.name = "del",
     .function = RemoveKeys<DisposeCause::kUserDel>,
     .arity = -2,
     .flags = kWrite,
     .keys = {KeyRange(1, -1, 1, kKeyRm | kKeyDelete)},
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of keys",
     .syntax = "key [key ...]",
     .summary = "Removes keys.",
     .tips = kSumOverShards},
    {.name = "unlink",
     .function = RemoveKeys<DisposeCause::kAsync>,
     .arity = -2,
     .flags = kWrite | kFast,
     .keys = {KeyRange(1, -1, 1, kKeyRm | kKeyDelete)},
     .since = "4.0.0",
     .complexity = "O(N) where N is the number of keys",
     .syntax = "key [key ...]",
     .summary = "Removes keys and never waits for a big value to be freed. By default DEL does "
                "not either.",
     .tips = kSumOverShards},
    {.name = "exists",
     .function = Exists,
     .arity = -2,
     .flags = kReadOnly | kFast,
     .keys = {KeyRange(1, -1, 1, kKeyRo)},
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of keys",
     .syntax = "key [key ...]",
     .summary = "Counts the keys that exist, one named twice twice.",
     .tips = kSumOverShards,
     .history = "3.0.3 Takes several keys."},
    {.name = "touch",
     .function = Touch,
     .arity = -2,
     .flags = kReadOnly | kFast,
     .keys = {KeyRange(1, -1, 1, kKeyRo)},
     .since = "3.2.1",
     .complexity = "O(N) where N is the number of keys",
     .syntax = "key [key ...]",
     .summary = "Sets the time of the last access of keys to now and counts those that exist.",
     .tips = kSumOverShards},
    {.name = "type",
     .function = TypeOf,
     .arity = 2,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the type of the value at a key, none if there is none."},
    {.name = "randomkey",
     .function = RandomKey,
     .arity = 1,
     .flags = kReadOnly,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers a random key.",
     .tips = "request_policy:all_shards nondeterministic_output"},
    {.name = "rename",
     .function = Rename,
     .arity = 3,
     .flags = kWrite,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyDelete), KeyAt(2, kKeyOw | kKeyUpdate)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key newkey:key",
     .summary = "Renames a key; what was at the new name is lost."},
    {.name = "renamenx",
     .function = RenameNx,
     .arity = 3,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyDelete), KeyAt(2, kKeyOw | kKeyInsert)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key newkey:key",
     .summary = "Renames a key unless the new name is taken.",
     .history = "3.2.0 A key may be given its own name without an error."},
    {.name = "copy",
     .function = Copy,
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess), KeyAt(2, kKeyOw | kKeyUpdate)},
     .since = "6.2.0",
     .complexity = "O(N) where N is the size of the value",
     .syntax = "source:key destination:key [DB destination-db:integer] [REPLACE]",
     .summary = "Copies a value, with its time to live, to another key or database."},
    {.name = "move",
     .function = Move,
     .arity = 3,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyAccess | kKeyUpdate)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key db:integer",
     .summary = "Moves a key to another database unless it has the key."},
};

}  // namespace

constexpr CommandFamily kKeyFamily{.group = "generic", .acl = kAclKeyspace, .commands = kCommands};

}  // namespace ebb
