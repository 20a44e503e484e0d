// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/info.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

#include "server/config_options.h"
#include "server/engine.h"
#include "server/memory_report.h"
#include "server/process.h"
#include "server/system_memory.h"
#include "server/text.h"
#include "server/version.h"
#include "storage/memory/allocator.h"

namespace ebb {
namespace {

// What the rows read, gathered once for a whole INFO; the memory's report when a row asks for it.
struct Facts {
  Engine& engine;
  rusage process = Usage(RUSAGE_SELF);
  rusage thread = Usage(RUSAGE_THREAD);
  rusage children = Usage(RUSAGE_CHILDREN);

  explicit Facts(Engine& subject) : engine(subject) {}

  const MemoryReport& memory() {
    if (!report_) report_ = ReportMemory(engine);
    return *report_;
  }

  static rusage Usage(int who) {
    rusage usage{};
    getrusage(who, &usage);
    return usage;
  }

 private:
  std::optional<MemoryReport> report_;
};

struct Field {
  std::string_view name;
  std::string (*value)(Facts& facts);
};

std::string Number(auto value) {
  return fmt::format("{}", value);
}
std::string Seconds(const timeval& time) {
  return fmt::format("{}.{:06}", time.tv_sec, time.tv_usec);
}
std::string Ratio(size_t a, size_t b) {
  return fmt::format("{:.2f}", b == 0 ? 0.0 : static_cast<double>(a) / static_cast<double>(b));
}
int64_t Difference(size_t a, size_t b) {
  return static_cast<int64_t>(a) - static_cast<int64_t>(b);
}
int64_t Uptime(const Facts& f) {
  return f.engine.uptime_ms() / 1000;
}
std::string Kilobytes(double bytes_per_second) {
  return fmt::format("{:.2f}", bytes_per_second / 1024);
}

std::string OsName() {
  utsname name{};
  uname(&name);
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

std::string Executable() {
  char path[4096];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  return size > 0 ? std::string(path, static_cast<size_t>(size)) : "";
}

constexpr Field kServer[] = {
    {"redis_version", [](Facts&) { return std::string(kRedisVersion); }},
    {"ebb_version", [](Facts&) { return std::string(kVersion); }},
    {"redis_mode", [](Facts&) { return std::string("standalone"); }},
    {"os", [](Facts&) { return OsName(); }},
    {"arch_bits", [](Facts&) { return Number(8 * sizeof(void*)); }},
    {"monotonic_clock", [](Facts&) { return std::string("POSIX clock_gettime"); }},
    {"multiplexing_api", [](Facts&) { return std::string("epoll"); }},
    {"gcc_version",
     [](Facts&) { return fmt::format("{}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__); }},
    {"process_id", [](Facts&) { return Number(getpid()); }},
    {"process_supervised",
     [](Facts& f) { return std::string(IsSupervised(f.engine.options()) ? "systemd" : "no"); }},
    {"run_id", [](Facts& f) { return f.engine.run_id(); }},
    {"tcp_port", [](Facts& f) { return Number(f.engine.options().port); }},
    {"server_time_usec", [](Facts& f) { return Number(f.engine.time().UnixMicroseconds()); }},
    {"uptime_in_seconds", [](Facts& f) { return Number(Uptime(f)); }},
    {"uptime_in_days", [](Facts& f) { return Number(Uptime(f) / 86400); }},
    {"hz", [](Facts& f) { return Number(f.engine.options().hz); }},
    {"configured_hz", [](Facts& f) { return Number(f.engine.options().hz); }},
    {"lru_clock", [](Facts& f) { return Number(f.engine.clock().access_clock()); }},
    {"executable", [](Facts&) { return Executable(); }},
    {"config_file", [](Facts& f) { return f.engine.config().file(); }},
    {"io_threads_active", [](Facts&) { return std::string("0"); }},
};

constexpr Field kClientsSection[] = {
    {"connected_clients", [](Facts& f) { return Number(f.engine.clients().all().size()); }},
    {"cluster_connections", [](Facts&) { return std::string("0"); }},
    {"maxclients", [](Facts& f) { return Number(f.engine.options().maxclients); }},
    {"client_recent_max_input_buffer",
     [](Facts& f) { return Number(f.engine.clients().recent_max_input()); }},
    {"client_recent_max_output_buffer",
     [](Facts& f) { return Number(f.engine.clients().recent_max_output()); }},
    {"blocked_clients",
     [](Facts& f) { return Number(f.engine.pause().waiting() + f.engine.blocked().count()); }},
    {"tracking_clients", [](Facts&) { return std::string("0"); }},
    {"clients_in_timeout_table",
     [](Facts& f) { return Number(f.engine.blocked().with_deadline()); }},
};

constexpr Field kMemory[] = {
    {"used_memory", [](Facts& f) { return Number(f.memory().used); }},
    {"used_memory_human", [](Facts& f) { return HumanBytes(f.memory().used); }},
    {"used_memory_rss", [](Facts& f) { return Number(f.memory().resident.total()); }},
    {"used_memory_rss_human", [](Facts& f) { return HumanBytes(f.memory().resident.total()); }},
    {"used_memory_peak", [](Facts& f) { return Number(f.memory().peak); }},
    {"used_memory_peak_human", [](Facts& f) { return HumanBytes(f.memory().peak); }},
    {"used_memory_peak_perc",
     [](Facts& f) { return fmt::format("{:.2f}%", f.memory().PeakPercent()); }},
    {"used_memory_overhead", [](Facts& f) { return Number(f.memory().Overhead()); }},
    {"used_memory_startup", [](Facts& f) { return Number(f.memory().startup); }},
    {"used_memory_dataset", [](Facts& f) { return Number(f.memory().Dataset()); }},
    {"used_memory_dataset_perc",
     [](Facts& f) { return fmt::format("{:.2f}%", f.memory().DatasetPercent()); }},
    {"used_memory_tables", [](Facts& f) { return Number(f.memory().breakdown.tables); }},
    {"table_largest_allocation", [](Facts& f) { return Number(f.memory().largest_table_block); }},
    {"allocator_allocated", [](Facts& f) { return Number(f.memory().allocator.allocated); }},
    {"allocator_active", [](Facts& f) { return Number(f.memory().allocator.active); }},
    {"allocator_resident", [](Facts& f) { return Number(f.memory().allocator.resident); }},
    {"total_system_memory", [](Facts&) { return Number(MachineMemory()); }},
    {"total_system_memory_human", [](Facts&) { return HumanBytes(MachineMemory()); }},
    {"maxmemory", [](Facts& f) { return Number(f.engine.memory_limits().maxmemory); }},
    {"maxmemory_human", [](Facts& f) { return HumanBytes(f.engine.memory_limits().maxmemory); }},
    {"maxmemory_rss", [](Facts& f) { return Number(f.engine.memory_limits().maxmemory_rss); }},
    {"maxmemory_rss_rung",
     [](Facts& f) { return std::string(f.engine.resident_limit().rung_name()); }},
    {"maxmemory_policy",
     [](Facts& f) { return FormatOption(*FindOption("maxmemory-policy"), f.engine.options()); }},
    {"allocator_frag_ratio",
     [](Facts& f) { return Ratio(f.memory().allocator.active, f.memory().allocator.allocated); }},
    {"allocator_frag_bytes",
     [](Facts& f) {
       return Number(Difference(f.memory().allocator.active, f.memory().allocator.allocated));
     }},
    {"allocator_rss_ratio",
     [](Facts& f) { return Ratio(f.memory().allocator.resident, f.memory().allocator.active); }},
    {"allocator_rss_bytes",
     [](Facts& f) {
       return Number(Difference(f.memory().allocator.resident, f.memory().allocator.active));
     }},
    {"rss_overhead_ratio",
     [](Facts& f) { return Ratio(f.memory().resident.total(), f.memory().allocator.resident); }},
    {"rss_overhead_bytes",
     [](Facts& f) {
       return Number(Difference(f.memory().resident.total(), f.memory().allocator.resident));
     }},
    {"mem_fragmentation_ratio",
     [](Facts& f) { return Ratio(f.memory().resident.total(), f.memory().used); }},
    {"mem_fragmentation_bytes",
     [](Facts& f) { return Number(Difference(f.memory().resident.total(), f.memory().used)); }},
    {"mem_not_counted_for_evict",
     [](Facts& f) { return Number(f.memory().breakdown.pending_free + f.memory().awaited); }},
    {"mem_clients_slaves", [](Facts& f) { return Number(f.memory().replicas); }},
    {"mem_clients_normal", [](Facts& f) { return Number(f.memory().normal_clients); }},
    {"mem_allocator", [](Facts&) { return std::string(memory::Name()); }},
    {"lazyfree_pending_objects",
     [](Facts& f) { return Number(f.engine.lazy_free().pending_objects()); }},
    {"lazyfree_pending_bytes",
     [](Facts& f) { return Number(f.engine.lazy_free().pending_bytes()); }},
    {"lazyfreed_objects", [](Facts& f) { return Number(f.engine.lazy_free().freed_objects()); }},
    {"used_memory_trash", [](Facts& f) { return Number(f.engine.trash().bytes()); }},
    {"trash_keys", [](Facts& f) { return Number(f.engine.trash().versions()); }},
    {"trash_flushes", [](Facts& f) { return Number(f.engine.trash().flush_count()); }},
    {"trash_flushed_keys", [](Facts& f) { return Number(f.engine.trash().flushed_keys()); }},
    {"trash_restored", [](Facts& f) { return Number(f.engine.trash().counters().restored); }},
    {"trash_purged_expired",
     [](Facts& f) { return Number(f.engine.trash().counters().purged_expired); }},
    {"trash_purged_memory",
     [](Facts& f) { return Number(f.engine.trash().counters().purged_memory); }},
    {"trash_purged_asked",
     [](Facts& f) { return Number(f.engine.trash().counters().purged_asked); }},
    {"active_defrag_running",
     [](Facts& f) { return Number(f.engine.defragger().effort_percent()); }},
    {"active_defrag_idle_reason",
     [](Facts& f) { return std::string(f.engine.defragger().idle_reason()); }},
};

// Fields of what Ebb does not have: scripts and functions, replication, a cluster, an append-only
// file, forks, client-side caching, MIGRATE and RESTORE, and threads that read and write for the
// engine. They say what is true of a server that has never used the like: 0, "never" (-1), or that
// nothing has failed. Here they stand, for the tools that look for them in any server that they
// watch.
std::string Zero(Facts&) {
  return "0";
}
std::string ZeroBytes(Facts&) {
  return HumanBytes(0);
}
std::string ZeroRate(Facts&) {
  return Kilobytes(0);
}
std::string Never(Facts&) {
  return "-1";
}
std::string NoneFailed(Facts&) {
  return "ok";
}

constexpr Field kMemoryAbsent[] = {
    {"used_memory_lua", Zero},
    {"used_memory_vm_eval", Zero},
    {"used_memory_lua_human", ZeroBytes},
    {"used_memory_scripts_eval", Zero},
    {"number_of_cached_scripts", Zero},
    {"number_of_functions", Zero},
    {"number_of_libraries", Zero},
    {"used_memory_vm_functions", Zero},
    {"used_memory_vm_total", Zero},
    {"used_memory_vm_total_human", ZeroBytes},
    {"used_memory_functions", Zero},
    {"used_memory_scripts", Zero},
    {"used_memory_scripts_human", ZeroBytes},
    {"mem_replication_backlog", Zero},
    {"mem_total_replication_buffers", Zero},
    {"mem_cluster_links", Zero},
    {"mem_aof_buffer", Zero},
};

constexpr Field kPersistenceAbsent[] = {
    {"async_loading", Zero},
    {"current_cow_peak", Zero},
    {"current_cow_size", Zero},
    {"current_cow_size_age", Zero},
    {"current_fork_perc", [](Facts&) { return std::string("0.00"); }},
    {"current_save_keys_processed", Zero},
    {"current_save_keys_total", Zero},
    {"rdb_bgsave_in_progress", Zero},
    {"rdb_last_save_time", [](Facts& f) { return Number(f.engine.start_unix_ms() / 1000); }},
    {"rdb_last_bgsave_status", NoneFailed},
    {"rdb_last_bgsave_time_sec", Never},
    {"rdb_current_bgsave_time_sec", Never},
    {"rdb_saves", Zero},
    {"rdb_last_cow_size", Zero},
    {"rdb_last_load_keys_expired", Zero},
    {"rdb_last_load_keys_loaded", Zero},
    {"aof_enabled", Zero},
    {"aof_rewrite_in_progress", Zero},
    {"aof_rewrite_scheduled", Zero},
    {"aof_last_rewrite_time_sec", Never},
    {"aof_current_rewrite_time_sec", Never},
    {"aof_last_bgrewrite_status", NoneFailed},
    {"aof_rewrites", Zero},
    {"aof_rewrites_consecutive_failures", Zero},
    {"aof_last_write_status", NoneFailed},
    {"aof_last_cow_size", Zero},
    {"module_fork_in_progress", Zero},
    {"module_fork_last_cow_size", Zero},
};

constexpr Field kReplicationAbsent[] = {
    {"master_failover_state", [](Facts&) { return std::string("no-failover"); }},
    {"master_replid2", [](Facts&) { return std::string(40, '0'); }},
    {"second_repl_offset", Never},
    {"repl_backlog_active", Zero},
    {"repl_backlog_size", Zero},
    {"repl_backlog_first_byte_offset", Zero},
    {"repl_backlog_histlen", Zero},
};

constexpr Field kStatsAbsent[] = {
    {"total_net_repl_input_bytes", Zero},
    {"total_net_repl_output_bytes", Zero},
    {"instantaneous_input_repl_kbps", ZeroRate},
    {"instantaneous_output_repl_kbps", ZeroRate},
    {"sync_full", Zero},
    {"sync_partial_ok", Zero},
    {"sync_partial_err", Zero},
    {"latest_fork_usec", Zero},
    {"total_forks", Zero},
    {"migrate_cached_sockets", Zero},
    {"slave_expires_tracked_keys", Zero},
    {"tracking_total_keys", Zero},
    {"tracking_total_items", Zero},
    {"tracking_total_prefixes", Zero},
    {"unexpected_error_replies", Zero},  // to replicas, or to an append-only file that is loaded
    {"dump_payload_sanitizations", Zero},
    {"io_threaded_reads_processed", Zero},
    {"io_threaded_writes_processed", Zero},
};

// Where the resident memory is; MemoryReport says what the parts are. The last field is what their
// sum misses.
void WriteBreakdown(Facts& facts, std::string* text) {
  const MemoryReport& memory = facts.memory();
  for (const BreakdownPart& part : BreakdownParts()) {
    *text += fmt::format("memory_breakdown_{}:{}\r\n", part.name, memory.breakdown.*part.bytes);
  }
  *text += fmt::format("memory_breakdown_sum:{}\r\n", memory.breakdown.Sum());
  *text += fmt::format("memory_breakdown_unexplained:{}\r\n",
                       Difference(memory.resident.total(), memory.breakdown.Sum()));
}

constexpr Field kPersistence[] = {
    {"loading", [](Facts&) { return std::string("0"); }},
    {"rdb_changes_since_last_save", [](Facts& f) { return Number(f.engine.changes()); }},
};

constexpr Field kStats[] = {
    {"total_connections_received",
     [](Facts& f) { return Number(f.engine.counters().connections_received); }},
    {"total_commands_processed",
     [](Facts& f) { return Number(f.engine.counters().commands_processed); }},
    {"instantaneous_ops_per_sec",
     [](Facts& f) { return fmt::format("{:.0f}", f.engine.rates().commands.PerSecond()); }},
    {"total_net_input_bytes", [](Facts& f) { return Number(f.engine.counters().net_input_bytes); }},
    {"total_net_output_bytes",
     [](Facts& f) { return Number(f.engine.counters().net_output_bytes); }},
    {"instantaneous_input_kbps",
     [](Facts& f) { return Kilobytes(f.engine.rates().net_input.PerSecond()); }},
    {"instantaneous_output_kbps",
     [](Facts& f) { return Kilobytes(f.engine.rates().net_output.PerSecond()); }},
    {"rejected_connections",
     [](Facts& f) { return Number(f.engine.counters().connections_rejected); }},
    {"expired_keys", [](Facts& f) { return Number(f.engine.keyspace_counters().expired); }},
    {"expired_time_cap_reached_count",
     [](Facts& f) { return Number(f.engine.counters().expire_time_cap_reached); }},
    {"expire_cycle_cpu_milliseconds",
     [](Facts& f) { return Number(f.engine.counters().expire_cycle_nanoseconds / 1'000'000); }},
    {"evicted_keys", [](Facts& f) { return Number(f.engine.keyspace_counters().evicted); }},
    {"evicted_clients", [](Facts& f) { return Number(f.engine.counters().evicted_clients); }},
    {"total_eviction_exceeded_time",
     [](Facts& f) { return Number(f.engine.eviction().total_exceeded_ms()); }},
    {"current_eviction_exceeded_time",
     [](Facts& f) { return Number(f.engine.eviction().current_exceeded_ms()); }},
    {"keyspace_hits", [](Facts& f) { return Number(f.engine.keyspace_counters().hits); }},
    {"keyspace_misses", [](Facts& f) { return Number(f.engine.keyspace_counters().misses); }},
    {"pubsub_channels",
     [](Facts& f) { return Number(f.engine.pubsub().topic_count(TopicKind::kChannel)); }},
    {"pubsub_patterns",
     [](Facts& f) { return Number(f.engine.pubsub().topic_count(TopicKind::kPattern)); }},
    {"pubsubshard_channels",
     [](Facts& f) { return Number(f.engine.pubsub().topic_count(TopicKind::kShardChannel)); }},
    {"active_defrag_hits",
     [](Facts& f) { return Number(f.engine.defragger().mover().counters().moved); }},
    {"active_defrag_misses",
     [](Facts& f) { return Number(f.engine.defragger().mover().counters().stayed); }},
    {"active_defrag_key_hits",
     [](Facts& f) { return Number(f.engine.defragger().mover().counters().keys_moved); }},
    {"active_defrag_key_misses",
     [](Facts& f) { return Number(f.engine.defragger().mover().counters().keys_stayed); }},
    {"total_active_defrag_time",
     [](Facts& f) {
       const auto now = static_cast<uint64_t>(f.engine.cron().defrag_ns());
       return Number((f.engine.counters().defrag_nanoseconds + now) / 1'000'000);
     }},
    {"current_active_defrag_time",
     [](Facts& f) { return Number(f.engine.cron().defrag_ns() / 1'000'000); }},
    {"active_defrag_cpu_milliseconds",
     [](Facts& f) { return Number(f.engine.counters().defrag_cpu_nanoseconds / 1'000'000); }},
    {"engine_slices", [](Facts& f) { return Number(f.engine.slices().count()); }},
    {"engine_slices_over_1ms", [](Facts& f) { return Number(f.engine.slices().over_1ms()); }},
    {"engine_slice_max_us", [](Facts& f) { return Number(f.engine.slices().max_ns() / 1000); }},
    {"engine_slice_longest",
     [](Facts& f) { return std::string(NameOf(f.engine.slices().longest())); }},
    {"client_query_buffer_limit_disconnections",
     [](Facts& f) { return Number(f.engine.counters().query_buffer_limit_disconnections); }},
    {"client_output_buffer_limit_disconnections",
     [](Facts& f) { return Number(f.engine.counters().output_buffer_limit_disconnections); }},
    {"total_error_replies", [](Facts& f) { return Number(f.engine.counters().error_replies); }},
    {"total_reads_processed", [](Facts& f) { return Number(f.engine.counters().reads_processed); }},
    {"total_writes_processed",
     [](Facts& f) { return Number(f.engine.counters().writes_processed); }},
    {"wakeup_pauses", [](Facts& f) { return Number(f.engine.counters().wakeup_pauses); }},
    {"wakeup_interrupts", [](Facts& f) { return Number(f.engine.counters().wakeup_interrupts); }},
};

constexpr Field kReplication[] = {
    {"role", [](Facts&) { return std::string("master"); }},
    {"connected_slaves", [](Facts&) { return std::string("0"); }},
    {"master_replid", [](Facts& f) { return f.engine.replication_id(); }},
    {"master_repl_offset", [](Facts&) { return std::string("0"); }},
};

constexpr Field kCpu[] = {
    {"used_cpu_sys", [](Facts& f) { return Seconds(f.process.ru_stime); }},
    {"used_cpu_user", [](Facts& f) { return Seconds(f.process.ru_utime); }},
    {"used_cpu_sys_children", [](Facts& f) { return Seconds(f.children.ru_stime); }},
    {"used_cpu_user_children", [](Facts& f) { return Seconds(f.children.ru_utime); }},
    {"used_cpu_sys_main_thread", [](Facts& f) { return Seconds(f.thread.ru_stime); }},
    {"used_cpu_user_main_thread", [](Facts& f) { return Seconds(f.thread.ru_utime); }},
};

constexpr Field kCluster[] = {
    {"cluster_enabled", [](Facts&) { return std::string("0"); }},
};

void WriteCommandStats(Facts& facts, std::string* text) {
  for (const auto& command : facts.engine.commands().all()) {
    if (command->calls == 0 && command->rejected_calls == 0) continue;
    const auto microseconds = static_cast<double>(command->nanoseconds) / 1000;
    *text += fmt::format(
        "cmdstat_{}:calls={},usec={:.0f},usec_per_call={:.2f},rejected_calls={},failed_calls={}"
        "\r\n",
        command->spec->name, command->calls, microseconds,
        command->calls == 0 ? 0 : microseconds / static_cast<double>(command->calls),
        command->rejected_calls, command->failed_calls);
  }
}

void WriteErrorStats(Facts& facts, std::string* text) {
  for (const auto& [code, count] : facts.engine.accounting().error_counts()) {
    *text += fmt::format("errorstat_{}:count={}\r\n", code, count);
  }
}

void WriteLatencyStats(Facts& facts, std::string* text) {
  if (!facts.engine.options().latency_tracking) return;
  for (const auto& command : facts.engine.commands().all()) {
    if (command->durations == nullptr || command->durations->total() == 0) continue;
    std::string percentiles;
    for (const double percent : facts.engine.options().latency_tracking_info_percentiles) {
      percentiles +=
          fmt::format("{}p{}={:.3f}", percentiles.empty() ? "" : ",", percent,
                      static_cast<double>(command->durations->Percentile(percent)) / 1000);
    }
    *text += fmt::format("latency_percentiles_usec_{}:{}\r\n", command->spec->name, percentiles);
  }
}

// How long the keys with a time to live have left, by a look at a few of them.
int64_t AverageTtlMs(Keyspace& db) {
  constexpr size_t kSamples = 32;
  const int64_t now_ms = db.context().clock.unix_ms;
  int64_t average = 0;
  int64_t count = 0;
  if (db.expires() == 0) return 0;
  db.Sample(kSamples, true, [&](const Entry& entry) {
    const int64_t left = std::max<int64_t>(entry.expire_ms() - now_ms, 0);
    average += (left - average) / ++count;  // a sum might overflow
  });
  return average;
}

void WriteKeyspace(Facts& facts, std::string* text) {
  for (const auto& [index, db] : facts.engine.databases().used()) {
    if (db.size() == 0) continue;
    *text += fmt::format("db{}:keys={},expires={},avg_ttl={}\r\n", index, db.size(), db.expires(),
                         AverageTtlMs(facts.engine.db(index)));
  }
}

struct Section {
  std::string_view name;  // lower case as asked for
  std::string_view title;
  bool by_default;
  std::span<const Field> fields;
  void (*write)(Facts& facts, std::string* text) = nullptr;
  std::span<const Field> absent = {};
};

constexpr Section kSections[] = {
    {"server", "Server", true, kServer},
    {"clients", "Clients", true, kClientsSection},
    {"memory", "Memory", true, kMemory, WriteBreakdown, kMemoryAbsent},
    {"persistence", "Persistence", true, kPersistence, nullptr, kPersistenceAbsent},
    {"stats", "Stats", true, kStats, nullptr, kStatsAbsent},
    {"replication", "Replication", true, kReplication, nullptr, kReplicationAbsent},
    {"cpu", "CPU", true, kCpu},
    {"modules", "Modules", true, {}},
    {"commandstats", "Commandstats", false, {}, WriteCommandStats},
    {"errorstats", "Errorstats", true, {}, WriteErrorStats},
    {"latencystats", "Latencystats", false, {}, WriteLatencyStats},
    {"cluster", "Cluster", true, kCluster},
    {"keyspace", "Keyspace", true, {}, WriteKeyspace},
};

bool Wanted(const Section& section, std::span<const std::string_view> names) {
  if (names.empty()) return section.by_default;
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    if (EqualsIgnoreCase(name, "all") || EqualsIgnoreCase(name, "everything")) return true;
    if (EqualsIgnoreCase(name, "default")) return section.by_default;
    return EqualsIgnoreCase(name, section.name);
  });
}

void WriteFields(std::span<const Field> fields, Facts& facts, std::string* text) {
  for (const Field& field : fields) {
    *text += fmt::format("{}:{}\r\n", field.name, field.value(facts));
  }
}

}  // namespace

std::string InfoText(Engine& engine, std::span<const std::string_view> names) {
  Facts facts(engine);
  std::string text;
  for (const Section& section : kSections) {
    if (!Wanted(section, names)) continue;
    if (!text.empty()) text += "\r\n";
    text += fmt::format("# {}\r\n", section.title);
    WriteFields(section.fields, facts, &text);
    WriteFields(section.absent, facts, &text);
    if (section.write != nullptr) section.write(facts, &text);
  }
  return text;
}

}  // namespace ebb
