// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string_view>

#include "server/command.h"
#include "server/errors.h"
#include "storage/keyspace.h"
#include "storage/type.h"

// What nearly every data command does first and last: look a key up with its type checked, take an argument as a value,
// answer a string.
namespace ebb {

// Whether `entry` (null: absent, which is fine) is of `type`; otherwise the WRONGTYPE error has been written.
bool CheckType(Call& call, const Entry* entry, Type type);

// Reads `key` for a command that needs a `type`. Null when absent. When the type is another one, the error has been written
// and `*failed` is set.
Entry* ReadKey(Call& call, std::string_view key, Type type, bool* failed);

// Writes a string entry as a bulk reply, null if `entry` is null. Long values are sent by reference, not copied.
void ReplyString(Call& call, const Entry* entry);

// Stores args[index] as the writer's string, without copying it when it is long.
void AssignArgument(Call& call, KeyWriter& writer, size_t index);

}  // namespace ebb
