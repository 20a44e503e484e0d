// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/arg_parser.h"
#include "server/command.h"
#include "server/engine.h"
#include "server/errors.h"
#include "storage/key_writer.h"
#include "storage/type.h"
#include "storage/value.h"

// What nearly every data command does first and last: look a key up with its type checked, take an
// argument as a value, answer a string.
namespace ebb {

// Whether `entry` (null: absent, which is fine) is of `type`; otherwise the WRONGTYPE error has
// been written.
bool CheckType(Call& call, const Entry* entry, Type type);

// Reads `key` for a command that needs a `type`. Null when absent. When the type is another one,
// the error has been written and `*failed` is set.
Entry* ReadKey(Call& call, std::string_view key, Type type, bool* failed);

// Writes a string entry as a bulk reply, null if `entry` is null. Long values are sent by
// reference, not copied.
void ReplyString(Call& call, const Entry* entry);

// Writes `size` bytes of a string entry from `offset` on as a bulk reply. REQUIRES: they are there.
void ReplySubstring(Call& call, const Entry& entry, size_t offset, size_t size);

// Counts a hit or a miss for a command that reads a key on its way to write it.
void CountRead(Call& call, const KeyWriter& writer);

// Whether a string of `size` bytes may become `more` bytes longer; otherwise the error has been
// written.
bool CheckStringLength(Call& call, size_t size, size_t more);

// Writes the error that the dispatcher writes for a wrong number of arguments, for what its row
// cannot say.
void ReplyWrongArity(Call& call);

// Has `assign(KeyWriter&)` make `key` what a command has computed of `size` parts, and answers
// their number. Without any, the key goes. It is told as so many `changes`.
template <typename Assign>
void StoreResult(Call& call, std::string_view key, size_t size, const KeyEvent& event,
                 Assign&& assign, uint64_t changes = 1) {
  KeyWriter writer(call.db(), key);
  writer.Overwrite();
  if (size > 0) {
    writer.NextExpire(0);
    assign(writer);
    writer.Changed(event, changes);
  } else if (writer.exists()) {
    writer.Remove(events::kDel, DisposeCause::kServerDel);
  }
  call.reply.Integer(static_cast<int64_t>(size));
}

// The index of the database that the parser's next argument names; 0 once the parser has an error.
int TakeDatabase(ArgParser& parser, const Call& call);

// args[index] as a string of the caller's, without copying it: a long one has come in a block that
// can become one. The argument is to be read for as long as the string lives. Null, and all is as
// before, where there is no such block, or where MONITOR shows the argument afterwards. O(log of
// the long arguments).
StringValue* TakeArgument(Call& call, size_t index);

// Stores args[index] as the writer's string, without copying it when it is long.
void AssignArgument(Call& call, KeyWriter& writer, size_t index);

}  // namespace ebb
