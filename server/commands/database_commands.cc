// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <climits>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/engine.h"
#include "server/log.h"
#include "server/memory_report.h"
#include "server/system_memory.h"

namespace ebb {
namespace {

// How FLUSHDB and FLUSHALL are to free what was there; none when the options are wrong, and the
// error is written.
std::optional<DisposeCause> ParseFlush(Call& call) {
  ArgParser parser(call, 1);
  DisposeCause cause = DisposeCause::kUserFlush;
  if (parser.More()) {
    if (parser.Take("ASYNC")) {
      cause = DisposeCause::kAsync;
    } else if (parser.Take("SYNC")) {
      cause = DisposeCause::kSync;
    } else {
      parser.SyntaxError();
    }
  }
  if (parser.More()) parser.SyntaxError();
  if (parser.Failed()) return std::nullopt;
  return cause;
}

// Flushes the databases, which are about so large, with what is on its way back into them.
void Flush(Call& call, const std::map<int, DatabaseBytes>& databases, DisposeCause cause) {
  Engine& engine = call.engine;
  Trash& trash = engine.trash();
  size_t total = 0;
  bool estimated = false;
  for (const auto& [index, bytes] : databases) {
    // What is on its way counts with an average.
    const size_t left = engine.flush_restore().BytesLeft(index);
    total += bytes.seen + left;
    estimated |= !bytes.certain || left > 0;
  }
  const bool wanted = trash.limits().Keeps(TrashEvent::kFlush);
  const bool kept = wanted && trash.BeginFlush(&call.session, total, estimated);
  if (wanted && !kept) {
    log::Warning("A flush of about {} cannot be undone: trash-max-memory is {}", HumanBytes(total),
                 HumanBytes(trash.limits().max_bytes));
  }
  for (const auto& [index, bytes] : databases) {
    engine.db(index).Flush(cause, kept ? bytes.seen : bytes.shared);
    engine.flush_restore().OnFlush(index);
  }
  call.reply.Ok();
}

void FlushDb(Call& call) {
  const auto cause = ParseFlush(call);
  const int db = call.session.db;
  if (cause) Flush(call, {{db, EstimateDatabase(call.engine, db)}}, *cause);
}

void FlushAll(Call& call) {
  const auto cause = ParseFlush(call);
  if (cause) Flush(call, EstimateDatabases(call.engine), *cause);
}

void SwapDb(Call& call) {
  ArgParser parser(call, 1);
  const int64_t first = parser.Integer(INT_MIN, INT_MAX, "ERR invalid first DB index");
  const int64_t second = parser.Integer(INT_MIN, INT_MAX, "ERR invalid second DB index");
  const int64_t count = call.engine.db_count();
  if (first < 0 || first >= count || second < 0 || second >= count) {
    parser.Fail(errors::kDbOutOfRange);
  }
  if (parser.Failed()) return;

  if (first != second) {
    call.engine.db(static_cast<int>(first)).SwapContents(call.engine.db(static_cast<int>(second)));
  } else {
    call.engine.CountChange();
  }
  call.reply.Ok();
}

void DbSize(Call& call) {
  call.reply.Integer(static_cast<int64_t>(call.db().size()));
}

constexpr std::string_view kOnAllShards = "request_policy:all_shards response_policy:all_succeeded";

constexpr CommandSpec kCommands[] = {
    {.name = "dbsize",
     .function = DbSize,
     .arity = 1,
     .flags = kReadOnly | kFast,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Counts the keys of the selected database.",
     .tips = "request_policy:all_shards response_policy:agg_sum"},
    {.name = "flushall",
     .function = FlushAll,
     .arity = -1,
     .flags = kWrite,
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of keys in all databases",
     .syntax = "[async(ASYNC@4.0.0 | SYNC@6.2.0)]",
     .summary = "Removes all keys of all databases.",
     .tips = kOnAllShards,
     .acl = kAclDangerous,
     .history = "4.0.0 Takes ASYNC.\n"
                "6.2.0 Takes SYNC."},
    {.name = "flushdb",
     .function = FlushDb,
     .arity = -1,
     .flags = kWrite,
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of keys in the database",
     .syntax = "[async(ASYNC@4.0.0 | SYNC@6.2.0)]",
     .summary = "Removes all keys of the selected database.",
     .tips = kOnAllShards,
     .acl = kAclDangerous,
     .history = "4.0.0 Takes ASYNC.\n"
                "6.2.0 Takes SYNC."},
    {.name = "swapdb",
     .function = SwapDb,
     .arity = 3,
     .flags = kWrite | kFast,
     .since = "4.0.0",
     .complexity = "O(N) where N is the number of keys of both that somebody watches or waits for",
     .syntax = "index1:integer index2:integer",
     .summary = "Exchanges the contents of two databases.",
     .acl = kAclDangerous},
};

}  // namespace

constexpr CommandFamily kDatabaseFamily{
    .group = "server", .acl = kAclKeyspace, .commands = kCommands};

}  // namespace ebb
