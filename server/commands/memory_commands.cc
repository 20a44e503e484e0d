// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <string>
#include <vector>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/help.h"
#include "server/engine.h"
#include "server/memory_doctor.h"
#include "server/memory_report.h"
#include "storage/memory/slabs.h"
#include "storage/type_ops.h"

namespace ebb {
namespace {

// How many elements of a collection are looked at unless SAMPLES says otherwise.
constexpr int64_t kDefaultSamples = 5;

// What the key takes of its database's table, on average.
size_t TableShare(const Keyspace& db) {
  return (db.table().memory() + db.size() / 2) / db.size();
}

void MemoryUsage(Call& call) {
  int64_t samples = kDefaultSamples;
  ArgParser parser(call, 3);
  while (parser.More()) {
    if (parser.Take("SAMPLES", 1)) {
      samples = parser.Integer();
      if (samples < 0) parser.SyntaxError();
    } else {
      parser.SyntaxError();
    }
  }
  if (parser.Failed()) return;

  // Only looked at: as in Redis, nobody hears that its time has come.
  const Entry* entry = call.db().Glance(call.args[2], HashBytes(call.args[2]));
  if (entry == nullptr || call.db().IsExpired(*entry)) return call.reply.Null();
  const size_t value = OpsOf(entry->type()).memory_usage(*entry, static_cast<size_t>(samples));
  const size_t bytes = memory::UsableSize(entry) + value + TableShare(call.db());

  call.reply.Integer(static_cast<int64_t>(bytes));
}

// A map of figures that is written as it is gathered.
class FigureMap {
 public:
  void Add(std::string_view name, size_t bytes) { AddSigned(name, static_cast<int64_t>(bytes)); }
  void AddSigned(std::string_view name, int64_t number) {
    rows_.push_back({std::string(name), false, number, 0, nullptr});
  }
  void AddRatio(std::string_view name, double ratio) {
    rows_.push_back({std::string(name), true, 0, ratio, nullptr});
  }
  void AddRatio(std::string_view name, size_t a, size_t b) {
    AddRatio(name, b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b));
  }
  void AddDifference(std::string_view name, size_t a, size_t b) {
    AddSigned(name, static_cast<int64_t>(a) - static_cast<int64_t>(b));
  }
  // `database` outlives this.
  void AddDatabase(const MemoryReport::Database& database) {
    rows_.push_back({fmt::format("db.{}", database.index), false, 0, 0, &database});
  }

  void Reply(ReplyWriter& reply) const {
    reply.Map(rows_.size());
    for (const Row& row : rows_) {
      reply.Bulk(row.name);
      if (row.database != nullptr) {
        ReplyDatabase(reply, *row.database);
      } else if (row.is_ratio) {
        reply.Double(row.ratio);
      } else {
        reply.Integer(row.number);
      }
    }
  }

 private:
  struct Row {
    std::string name;
    bool is_ratio;
    int64_t number;
    double ratio;
    const MemoryReport::Database* database;
  };

  // There is one table for keys and deadlines, and no cluster.
  static void ReplyDatabase(ReplyWriter& reply, const MemoryReport::Database& database) {
    reply.Map(3);
    reply.Bulk("overhead.hashtable.main");
    reply.Integer(static_cast<int64_t>(database.table));
    reply.Bulk("overhead.hashtable.expires");
    reply.Integer(0);
    reply.Bulk("overhead.hashtable.slot-to-keys");
    reply.Integer(0);
  }

  std::vector<Row> rows_;
};

void AddDataFigures(const MemoryReport& report, FigureMap* map) {
  map->Add("peak.allocated", report.peak);
  map->Add("total.allocated", report.used);
  map->Add("startup.allocated", report.startup);
  map->Add("replication.backlog", 0);
  map->Add("clients.slaves", report.replicas);
  map->Add("clients.normal", report.normal_clients);
  map->Add("cluster.links", 0);
  map->Add("aof.buffer", 0);
  map->Add("lua.caches", 0);
  map->Add("functions.caches", 0);
  for (const MemoryReport::Database& database : report.databases) map->AddDatabase(database);
  map->Add("overhead.total", report.Overhead());
  map->Add("keys.count", report.keys);
  const size_t grown = report.used > report.startup ? report.used - report.startup : 0;
  map->Add("keys.bytes-per-key", report.keys == 0 ? 0 : grown / report.keys);
  map->Add("dataset.bytes", report.Dataset());
  map->AddRatio("dataset.percentage", report.DatasetPercent());
  map->AddRatio("peak.percentage", report.PeakPercent());
}

void AddAllocatorFigures(const MemoryReport& report, FigureMap* map) {
  const memory::AllocatorStats& allocator = report.allocator;
  const size_t resident = report.resident.total();
  map->Add("allocator.allocated", allocator.allocated);
  map->Add("allocator.active", allocator.active);
  map->Add("allocator.resident", allocator.resident);
  map->AddRatio("allocator-fragmentation.ratio", allocator.active, allocator.allocated);
  map->AddDifference("allocator-fragmentation.bytes", allocator.active, allocator.allocated);
  map->AddRatio("allocator-rss.ratio", allocator.resident, allocator.active);
  map->AddDifference("allocator-rss.bytes", allocator.resident, allocator.active);
  map->AddRatio("rss-overhead.ratio", resident, allocator.resident);
  map->AddDifference("rss-overhead.bytes", resident, allocator.resident);
  map->AddRatio("fragmentation", resident, report.used);
  map->AddDifference("fragmentation.bytes", resident, report.used);
}

void MemoryStats(Call& call) {
  const MemoryReport report = ReportMemory(call.engine);
  FigureMap map;
  AddDataFigures(report, &map);
  AddAllocatorFigures(report, &map);
  for (const BreakdownPart& part : BreakdownParts()) {
    map.Add(fmt::format("breakdown.{}", part.name), report.breakdown.*part.bytes);
  }
  map.Reply(call.reply);
}

void MemoryDoctor(Call& call) {
  const Config& options = call.engine.options();
  const Defragger& defragger = call.engine.defragger();
  const MemoryLimit limit = DetectMemoryLimit(call.engine.memory_limits().whole);
  call.reply.Verbatim("txt", DiagnoseMemory(ReportMemory(call.engine),
                                            {.defrag_impossible = memory::SlabsUnknown(),
                                             .defrag_enabled = options.activedefrag,
                                             .defrag_running = defragger.running(),
                                             .defrag_idle_reason = defragger.idle_reason(),
                                             .maxmemory = call.engine.memory_limits().maxmemory,
                                             .policy = options.maxmemory_policy,
                                             .limit = limit.bytes,
                                             .limit_source = limit.source}));
}

void MemoryPurge(Call& call) {
  call.engine.reclaim().AnswerPurge(call);
}

void MemoryReclaim(Call& call) {
  int64_t timeout_ms = 0;
  ArgParser parser(call, 2);
  while (parser.More()) {
    if (parser.Take("TIMEOUT", 1)) {
      timeout_ms = parser.Integer(1, INT32_MAX, "ERR timeout is not a positive integer");
    } else {
      parser.SyntaxError();
    }
  }
  if (parser.Failed()) return;

  call.engine.reclaim().Answer(call, timeout_ms == 0 ? 0 : call.engine.steady_ms() + timeout_ms);
}

void MemoryMallocStats(Call& call) {
  const std::string report = memory::Report();
  if (report.empty())
    return call.reply.Verbatim("txt", "Stats not supported for the current allocator");
  call.reply.Verbatim("txt", report);
}

constexpr std::string_view kPerShard =
    "nondeterministic_output request_policy:all_shards response_policy:special";

constexpr CommandSpec kCommands[] = {
    {.name = "memory",
     .function = nullptr,
     .arity = -2,
     .flags = 0,
     .since = "4.0.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Says where the memory is, and gives it back."},
    {.name = "memory|doctor",
     .function = MemoryDoctor,
     .arity = 2,
     .flags = 0,
     .since = "4.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Says in words what is wrong with the memory, why, and what helps.",
     .tips = kPerShard},
    {.name = "memory|help",
     .function = ReplyHelp,
     .arity = 2,
     .flags = kLoading | kStale,
     .since = "4.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "memory|malloc-stats",
     .function = MemoryMallocStats,
     .arity = 2,
     .flags = 0,
     .since = "4.0.0",
     .complexity = "Depends on how much memory is allocated, could be slow",
     .syntax = "",
     .summary = "Answers what the allocator says of itself.",
     .tips = kPerShard},
    {.name = "memory|purge",
     .function = MemoryPurge,
     .arity = 2,
     .flags = 0,
     .since = "4.0.0",
     .complexity = "Depends on how much memory is allocated; other clients do not wait",
     .syntax = "",
     .summary = "Gives the allocator's free pages back to the system, and answers when they are.",
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {.name = "memory|reclaim",
     .function = MemoryReclaim,
     .arity = -2,
     .flags = kNoScript | kBlocking | kNoMulti,
     .since = "7.0.0",
     .complexity = "O(N) with N keys, in slices between which other clients are served",
     .syntax = "[TIMEOUT milliseconds]",
     .summary = "Gives back all memory that can be had, and answers how much, what stays, and why.",
     .tips = kPerShard},
    {.name = "memory|stats",
     .function = MemoryStats,
     .arity = 2,
     .flags = 0,
     .since = "4.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers where the memory is, in bytes.",
     .tips = kPerShard},
    {.name = "memory|usage",
     .function = MemoryUsage,
     .arity = -3,
     .flags = kReadOnly,
     .keys = {KeyAt(2, kKeyRo)},
     .since = "4.0.0",
     .complexity = "O(N) where N is the number of samples.",
     .syntax = "key [SAMPLES count]",
     .summary = "Answers how many bytes a key, its value, and its place in the table take."},
};

}  // namespace

constexpr CommandFamily kMemoryFamily{.group = "server", .acl = 0, .commands = kCommands};

}  // namespace ebb
