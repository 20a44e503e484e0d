// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/scan_args.h"
#include "server/engine.h"
#include "server/text.h"
#include "storage/glob.h"
#include "storage/type_ops.h"

namespace ebb {
namespace {

void ReplyKeys(Call& call, const std::vector<const Entry*>& entries) {
  call.reply.Array(entries.size());
  for (const Entry* entry : entries) call.reply.Bulk(entry->key());
}

void Keys(Call& call) {
  const std::string_view pattern = call.args[1];
  const bool all = pattern == "*";
  std::vector<const Entry*> found;
  call.db().ForEach([&](const Entry& entry) {
    if (all || GlobMatch(pattern, entry.key())) found.push_back(&entry);
  });
  ReplyKeys(call, found);
}

// Takes out what the options do not let through, and keys whose time has come: those are removed
// from the keyspace.
void Filter(Keyspace& db, const ScanOptions& options, std::vector<const Entry*>* entries) {
  std::vector<std::string> dead;
  std::erase_if(*entries, [&](const Entry* entry) {
    if (options.pattern && !GlobMatch(*options.pattern, entry->key())) return true;
    if (db.IsExpired(*entry)) {
      dead.emplace_back(entry->key());
      return true;
    }
    return options.type && !EqualsIgnoreCase(*options.type, OpsOf(entry->type()).name);
  });
  for (const std::string& key : dead) db.Peek(key);
}

void Scan(Call& call) {
  std::optional<uint64_t> cursor = ParseCursor(call.args[1]);
  if (!cursor) return call.reply.Error("ERR invalid cursor");
  ArgParser parser(call, 2);
  const ScanOptions options = ParseScanOptions(parser, true);
  if (parser.Failed()) return;

  std::vector<const Entry*> entries;
  *cursor = CollectScan(*cursor, options.count, &entries, [&](uint64_t at) {
    return call.db().Scan(at, [&](const Entry& entry) { entries.push_back(&entry); });
  });
  Filter(call.db(), options, &entries);

  call.reply.Array(2);
  call.reply.Bulk(std::to_string(*cursor));
  ReplyKeys(call, entries);
}

constexpr CommandSpec kCommands[] = {
    {.name = "keys",
     .function = Keys,
     .arity = 2,
     .flags = kReadOnly,
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of keys in the database",
     .syntax = "pattern",
     .summary = "Answers all keys that match a glob pattern.",
     .tips = "request_policy:all_shards nondeterministic_output_order",
     .acl = kAclDangerous},
    {.name = "scan",
     .function = Scan,
     .arity = -2,
     .flags = kReadOnly,
     .since = "2.8.0",
     .complexity = "O(COUNT) for a call, O(N) for a whole walk over N keys",
     .syntax = "cursor [MATCH pattern] [COUNT count] [TYPE@6.0.0 type]",
     .summary = "Walks over the keys, some at a time.",
     .tips = "nondeterministic_output request_policy:special",
     .history = "6.0.0 Takes TYPE."},
};

}  // namespace

constexpr CommandFamily kScanFamily{.group = "generic", .acl = kAclKeyspace, .commands = kCommands};

}  // namespace ebb
