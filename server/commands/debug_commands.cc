// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/help.h"
#include "server/config_options.h"
#include "server/engine.h"
#include "server/log.h"
#include "server/text.h"
#include "storage/digest.h"
#include "storage/hash.h"
#include "storage/key_writer.h"
#include "storage/keyspace_digest.h"
#include "storage/memory/controls.h"
#include "storage/type_ops.h"
#include "storage/types/string.h"

namespace ebb {
namespace {

// Also when its time has come.
const Entry* FindAsIs(Call& call, std::string_view key) {
  return call.db().Glance(key, HashBytes(key));
}

void DebugChangeReplicationId(Call& call) {
  log::Notice("The replication id changes: DEBUG CHANGE-REPL-ID");
  call.engine.ChangeReplicationId();
  call.reply.Ok();
}

void DebugDigest(Call& call) {
  Digest digest;
  for (const auto& [index, db] : call.engine.databases().used()) MixKeyspace(db, digest);
  call.reply.SimpleString(digest.Hex());
}

void DebugDigestValue(Call& call) {
  const Args keys = call.args.subspan(2);
  call.reply.Array(keys.size());
  for (const std::string_view key : keys) {
    Digest digest;
    const Entry* entry = FindAsIs(call, key);
    if (entry != nullptr) MixEntry(*entry, digest);
    call.reply.SimpleString(digest.Hex());
  }
}

void DebugError(Call& call) {
  call.reply.Error(call.args[2]);
}

std::string DescribeTable(const DictStats& stats) {
  std::string text = fmt::format(
      " number of elements: {}\n table bytes: {}\n largest allocation: {}\n chunks: {}\n"
      " buckets of 8: {}\n not in their home bucket: {}\n",
      stats.elements, stats.memory, stats.largest_allocation, stats.chunks, stats.buckets,
      stats.displaced);
  const auto share = [](size_t part, size_t whole) {
    return 100.0 * static_cast<double>(part) / static_cast<double>(std::max<size_t>(whole, 1));
  };
  text += " Buckets by number of elements:\n";
  for (size_t fill = 0; fill < stats.buckets_by_fill.size(); ++fill) {
    const size_t count = stats.buckets_by_fill[fill];
    text += fmt::format("   {}: {} ({:.2f}%)\n", fill, count, share(count, stats.buckets));
  }
  text += " Chunks by fill, in tenths:\n";
  for (size_t fill = 0; fill < stats.chunks_by_fill.size(); ++fill) {
    const size_t count = stats.chunks_by_fill[fill];
    text += fmt::format("   {}: {} ({:.2f}%)\n", fill, count, share(count, stats.chunks));
  }
  return text;
}

void DebugHtStats(Call& call) {
  constexpr std::string_view kOutOfRangeDb = "ERR Out of range database";
  ArgParser parser(call, 2);
  const int64_t index = parser.Integer();
  if (index < 0 || index >= call.engine.db_count()) parser.Fail(kOutOfRangeDb);
  if (parser.Failed()) return;

  const Keyspace& db = call.engine.db(static_cast<int>(index));
  std::string text = "[Dictionary HT]\n" + DescribeTable(db.table().Stats());
  text += fmt::format("[Expires HT]\n number of elements: {}, marked in the table above\n",
                      db.expires());
  call.reply.Verbatim("txt", text);
}

void DebugHtStatsKey(Call& call) {
  constexpr std::string_view kNoTable =
      "ERR The value stored at the specified key is not represented using an hash table";
  const Entry* const entry = call.db().Inspect(call.args[2]);
  if (entry == nullptr) return call.reply.Error(errors::kNoSuchKey);
  const auto table_stats = OpsOf(entry->type()).table_stats;
  DictStats stats;
  if (table_stats == nullptr || !table_stats(*entry, &stats)) return call.reply.Error(kNoTable);
  call.reply.Verbatim("txt", DescribeTable(stats));
}

void DebugLog(Call& call) {
  log::Warning("DEBUG LOG: {}", call.args[2]);
  call.reply.Ok();
}

// What a request to the allocator has come to: the value, or the reason why there is none.
void ReplyControl(Call& call, int error, const std::function<void()>& reply_value) {
  if (error == 0) return reply_value();
  call.reply.Error(fmt::format("ERR {}", std::strerror(error)));
}

void DebugMallctl(Call& call) {
  std::optional<int64_t> value;
  if (call.args.size() > 3) {
    ArgParser parser(call, 3);
    value = parser.Integer();
    if (parser.Failed()) return;
  }
  const auto result = memory::ControlNumber(std::string(call.args[2]), value);
  ReplyControl(call, result.error,
               [&] { result.before ? call.reply.Integer(*result.before) : call.reply.Ok(); });
}

void DebugMallctlStr(Call& call) {
  const std::string name(call.args[2]);
  if (call.args.size() > 3) {
    ArgParser parser(call, 3);
    if (!parser.Take("VOID")) return call.reply.Error("ERR no other value than VOID can be set");
    return ReplyControl(call, memory::ControlAction(name), [&] { call.reply.Ok(); });
  }
  const auto result = memory::ControlText(name);
  ReplyControl(call, result.error, [&] { call.reply.Bulk(*result.before); });
}

void DebugConfigRewriteForceAll(Call& call) {
  const std::string problem = call.engine.config().Rewrite(RewriteScope::kAll);
  problem.empty() ? call.reply.Ok() : call.reply.Error(problem);
}

void DebugObject(Call& call) {
  const Entry* entry = FindAsIs(call, call.args[2]);
  if (entry == nullptr) return call.reply.Error(errors::kNoSuchKey);
  const TypeOps& ops = OpsOf(entry->type());
  const void* at = entry->is_inline() ? static_cast<const void*>(entry) : entry->value();
  call.reply.SimpleString(fmt::format(
      "Value at:{} refcount:{} encoding:{} inline:{} entry_bytes:{} value_bytes:{} lru:{} "
      "lru_seconds_idle:{}",
      at, entry->is_inline() ? 1 : entry->value()->references.load(), ops.encoding_name(*entry),
      entry->is_inline() ? 1 : 0, entry->block_size(), ops.memory_usage(*entry, 0),
      entry->access_clock(), entry->IdleSeconds(call.engine.clock().access_clock())));
}

// POPULATE's value number `n`: its name, cut or filled with zeros to `size` bytes unless that is 0.
std::string PopulateValue(int64_t n, int64_t size) {
  std::string value = fmt::format("value:{}", n);
  if (size > 0) value.resize(static_cast<size_t>(size));
  return value;
}

void DebugPopulate(Call& call) {
  ArgParser parser(call, 2);
  const int64_t count = parser.Count();
  const std::string_view prefix = parser.More() ? parser.Text() : "key";
  const int64_t size = parser.More() ? parser.Count() : 0;
  if (static_cast<uint64_t>(size) > call.engine.options().proto_max_bulk_len_bytes) {
    parser.Fail(errors::kStringTooLong);
  }
  if (parser.Failed()) return;

  for (int64_t n = 0; n < count; ++n) {
    const std::string key = fmt::format("{}:{}", prefix, n);
    KeyWriter writer(call.db(), key);
    if (writer.exists()) continue;
    AssignString(writer, PopulateValue(n, size));
    writer.Changed(events::kUntold, 0);
  }
  call.reply.Ok();
}

void ReplyNumbers(Call& call) {
  for (int i = 0; i < 3; ++i) call.reply.Integer(i);
}

// One sample of each type of reply, for tests of clients.
struct ProtocolSample {
  std::string_view name;
  void (*reply)(Call& call);
};

constexpr ProtocolSample kProtocolSamples[] = {
    {"string", [](Call& call) { call.reply.Bulk("Hello World"); }},
    {"integer", [](Call& call) { call.reply.Integer(12345); }},
    {"double", [](Call& call) { call.reply.Double(3.141); }},
    {"bignum", [](Call& call) { call.reply.BigNumber("1234567999999999999999999999999999999"); }},
    {"null", [](Call& call) { call.reply.Null(); }},
    {"array",
     [](Call& call) {
       call.reply.Array(3);
       ReplyNumbers(call);
     }},
    {"set",
     [](Call& call) {
       call.reply.Set(3);
       ReplyNumbers(call);
     }},
    {"map",
     [](Call& call) {
       call.reply.Map(3);
       for (int i = 0; i < 3; ++i) {
         call.reply.Integer(i);
         call.reply.Boolean(i == 1);
       }
     }},
    {"attrib",
     [](Call& call) {
       if (call.reply.protocol() > 2) {
         call.reply.Attribute(1);
         call.reply.Bulk("key-popularity");
         call.reply.Array(2);
         call.reply.Bulk("key:123");
         call.reply.Integer(90);
       }
       call.reply.Bulk("Some real reply following the attribute");
     }},
    {"push",
     [](Call& call) {
       if (call.reply.protocol() == 2) {
         return call.reply.Error("ERR RESP2 is not supported by this command");
       }
       call.reply.Push(2);
       call.reply.Bulk("server-cpu-usage");
       call.reply.Integer(42);
       call.reply.Bulk("Some real reply following the push reply");
     }},
    {"verbatim", [](Call& call) { call.reply.Verbatim("txt", "This is a verbatim\nstring"); }},
    {"true", [](Call& call) { call.reply.Boolean(true); }},
    {"false", [](Call& call) { call.reply.Boolean(false); }},
};

void DebugProtocol(Call& call) {
  std::string names;
  for (const ProtocolSample& sample : kProtocolSamples) {
    if (EqualsIgnoreCase(sample.name, call.args[2])) return sample.reply(call);
    names += fmt::format("{}{}", names.empty() ? "" : "|", sample.name);
  }
  call.reply.Error(
      fmt::format("ERR Wrong protocol type name. Please use one of the following: {}", names));
}

// A switch's argument, read as Redis reads it: what is no number is zero.
bool IsOn(std::string_view argument) {
  return std::atoi(std::string(argument).c_str()) != 0;
}

void DebugPauseCron(Call& call) {
  call.engine.cron().set_paused(IsOn(call.args[2]));
  call.reply.Ok();
}

void DebugQuicklistPackedThreshold(Call& call) {
  constexpr uint64_t kMax = (uint64_t{1} << 32) - (1 << 20);  // as Redis has it
  const std::optional<uint64_t> bytes = ParseBytes(call.args[2]);
  if (!bytes || *bytes > kMax) {
    return call.reply.Error(
        "ERR argument must be a memory value bigger than 1 and smaller than 4gb");
  }
  call.engine.keyspace_context().list_node_max_bytes = *bytes == 0 ? SIZE_MAX : *bytes;
  call.reply.Ok();
}

void DebugSetActiveExpire(Call& call) {
  call.engine.cron().set_active_expire(IsOn(call.args[2]));
  call.reply.Ok();
}

// Until the time has passed or a signal comes. What is more than 64 bits of microseconds is no time
// at all, as for Redis, and so is infinity.
void DebugSleep(Call& call) {
  constexpr double kTooLong = 0x1p63;
  constexpr int64_t kMicroseconds = 1'000'000;
  const double us = std::strtod(std::string(call.args[2]).c_str(), nullptr) * kMicroseconds;
  if (us > 0 && us < kTooLong) {
    const auto whole = static_cast<int64_t>(us);
    const timespec time{.tv_sec = whole / kMicroseconds, .tv_nsec = whole % kMicroseconds * 1000};
    nanosleep(&time, nullptr);
  }
  call.reply.Ok();
}

void DebugPanic(Call& call) {
  log::Warning("DEBUG PANIC: {} asks for it", call.session.transport.PeerAddress());
  std::abort();
}

void DebugSegfault(Call&) {
  std::raise(SIGSEGV);
}

void DebugHelp(Call& call);

// One of DEBUG's subcommands. Clients see one command, so they are no rows of the command table.
struct Subcommand {
  std::string_view name;
  void (*function)(Call& call);
  // Arguments after the subcommand's name.
  size_t min_args;
  size_t max_args;
  std::string_view syntax;
  std::string_view summary;
};

constexpr size_t kAny = SIZE_MAX;

constexpr Subcommand kSubcommands[] = {
    {"CHANGE-REPL-ID", DebugChangeReplicationId, 0, 0, "",
     "Draws a new id for the history of the data."},
    {"CONFIG-REWRITE-FORCE-ALL", DebugConfigRewriteForceAll, 0, 0, "",
     "As CONFIG REWRITE, but writes every option."},
    {"DIGEST", DebugDigest, 0, 0, "",
     "Answers a digest of all data; servers with equal data answer the same."},
    {"DIGEST-VALUE", DebugDigestValue, 0, kAny, "[<key> ...]",
     "Answers a digest of the value of each key."},
    {"ERROR", DebugError, 1, 1, "<text>", "Answers an error with this text."},
    {"HTSTATS", DebugHtStats, 1, 1, "<dbid>", "Describes a database's table."},
    {"HTSTATS-KEY", DebugHtStatsKey, 1, 1, "<key>", "Describes the table that a value is kept in."},
    {"LOG", DebugLog, 1, 1, "<text>", "Writes a line to the log."},
    {"MALLCTL", DebugMallctl, 1, 2, "<name> [<value>]",
     "Shows a number that jemalloc keeps by this name, and sets it."},
    {"MALLCTL-STR", DebugMallctlStr, 1, 2, "<name> [VOID]",
     "Shows a text that jemalloc keeps by this name, or has it act on that name."},
    {"OBJECT", DebugObject, 1, 1, "<key>",
     "Shows how a key and its value are kept, without counting as a use."},
    {"PANIC", DebugPanic, 0, 0, "", "Ends the server as an error that it notices itself does."},
    {"PAUSE-CRON", DebugPauseCron, 1, 1, "<0|1>", "Whether the regular work stands still."},
    {"POPULATE", DebugPopulate, 1, 3, "<count> [<prefix> [<size>]]",
     "Makes keys <prefix>:0, <prefix>:1, ... with values of <size> bytes; those that exist stay."},
    {"PROTOCOL", DebugProtocol, 1, 1, "<type>", "Answers a sample of a type of reply."},
    {"QUICKLIST-PACKED-THRESHOLD", DebugQuicklistPackedThreshold, 1, 1, "<size>",
     "Nodes of lists that change hold no more bytes, but for an element alone; 0: what "
     "list-max-listpack-size says."},
    {"SEGFAULT", DebugSegfault, 0, 0, "", "Ends the server as a wrong access to memory does."},
    {"SET-ACTIVE-EXPIRE", DebugSetActiveExpire, 1, 1, "<0|1>",
     "Whether expired keys are removed before somebody asks for them."},
    {"SLEEP", DebugSleep, 1, 1, "<seconds>", "Stands still for a time, which may have decimals."},
    {"HELP", DebugHelp, 0, 0, "", ""},
};

void DebugHelp(Call& call) {
  std::vector<std::string> lines;
  for (const Subcommand& subcommand : kSubcommands) {
    if (subcommand.summary.empty()) continue;
    lines.push_back(fmt::format("{}{}{}", subcommand.name, subcommand.syntax.empty() ? "" : " ",
                                subcommand.syntax));
    lines.push_back(fmt::format("    {}", subcommand.summary));
  }
  ReplyHelp(call, std::vector<std::string_view>(lines.begin(), lines.end()));
}

void Debug(Call& call) {
  const size_t arguments = call.args.size() - 2;
  for (const Subcommand& subcommand : kSubcommands) {
    if (!EqualsIgnoreCase(subcommand.name, call.args[1])) continue;
    if (arguments < subcommand.min_args || arguments > subcommand.max_args) break;
    return subcommand.function(call);
  }
  ReplyWrongSubcommand(call);
}

constexpr CommandSpec kCommands[] = {
    {.name = "debug",
     .function = Debug,
     .arity = -2,
     .flags = kAdmin | kNoScript | kLoading | kStale | kProtected,
     .since = "1.0.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Looks into the server and upsets it, for tests.",
     .system = true},
};

}  // namespace

constexpr CommandFamily kDebugFamily{.group = "server", .acl = 0, .commands = kCommands};

}  // namespace ebb
