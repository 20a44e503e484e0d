// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <cstdint>

#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/commands/random_args.h"
#include "server/commands/reply_element.h"
#include "server/commands/scan_args.h"
#include "server/engine.h"
#include "storage/types/hash.h"

// Hashes walked over a part at a time, and random fields.
namespace ebb {
namespace {

void ReplyRandomField(Call& call) {
  bool failed = false;
  const Entry* entry = ReadKey(call, call.args[1], Type::kHash, &failed);
  if (failed) return;
  entry != nullptr ? ReplyElement(call.reply, RandomField(*entry).field) : call.reply.Null();
}

void HRandField(Call& call) {
  if (call.args.size() == 2) return ReplyRandomField(call);
  ReplyRandomPairs(call, Type::kHash, "WITHVALUES", SampleFields, DrawFields);
}

void HScan(Call& call) {
  const auto step = [](const Entry& hash, uint64_t cursor, auto&& add) {
    return ScanFields(hash, cursor, add);
  };
  const auto reply = [&call](const Entry&, const HashPair& pair) {
    ReplyElement(call.reply, pair.field);
    ReplyElement(call.reply, pair.value);
  };
  ReplyElementScan<HashPair>(call, Type::kHash, 2, step, reply, &HashPair::field);
}

constexpr CommandSpec kCommands[] = {
    {.name = "hrandfield",
     .function = HRandField,
     .arity = -2,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "6.2.0",
     .complexity = "O(N) where N is the number of fields in the reply; in a compact hash, and for "
                   "more than a third of a big one, that of all fields",
     .syntax = "key [options{count:integer [WITHVALUES]}]",
     .summary = "Answers random fields of a hash.",
     .tips = "nondeterministic_output"},
    {.name = "hscan",
     .function = HScan,
     .arity = -3,
     .flags = kReadOnly,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.8.0",
     .complexity = "O(COUNT) for a call, O(N) for a whole walk over N fields",
     .syntax = "key cursor [MATCH pattern] [COUNT count]",
     .summary = "Walks over the fields of a hash and their values, some at a time.",
     .tips = "nondeterministic_output"},
};

}  // namespace

constexpr CommandFamily kHashWalkFamily{.group = "hash", .acl = kAclHash, .commands = kCommands};

}  // namespace ebb
