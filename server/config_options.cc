// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/config_options.h"

#include <climits>
#include <cstddef>
#include <type_traits>

#include "server/text.h"
#include "storage/trash.h"

namespace ebb {
namespace {

constexpr std::string_view kAccessWords[] = {"no", "yes", "local"};
constexpr std::string_view kLevelWords[] = {"debug", "verbose", "notice", "warning"};
constexpr std::string_view kSupervisorWords[] = {"no", "auto", "systemd"};
constexpr std::string_view kPolicyWords[] = {"volatile-lru",   "volatile-lfu", "volatile-random",
                                             "volatile-ttl",   "allkeys-lru",  "allkeys-lfu",
                                             "allkeys-random", "noeviction"};

// The kind of an enum member: its words are in the order of its values, to the `last` one.
template <auto Member, auto last, size_t count>
constexpr EnumOption EnumOf(const std::string_view (&words)[count]) {
  static_assert(count == static_cast<size_t>(last) + 1, "a word for each value");
  return {[](const Config& config) { return static_cast<int>(config.*Member); },
          [](Config& config, int value) {
            using Enum = std::remove_reference_t<decltype(config.*Member)>;
            config.*Member = static_cast<Enum>(value);
          },
          words};
}

// Redis takes no percentage for maxmemory, and its error knows of none.
constexpr std::string_view kBytes = "memory value";
constexpr std::string_view kBytesOrPercent = "memory or percent value";

constexpr uint64_t kMegabyte = uint64_t{1} << 20;

// Lengths of keys and elements are kept in 32 bits.
constexpr uint64_t kMaxArgumentBytes = (uint64_t{1} << 32) - 1024;

constexpr std::string_view kNetwork = "Network";
constexpr std::string_view kProcess = "Process";
constexpr std::string_view kSecurity = "Security";
constexpr std::string_view kClients = "Clients";
constexpr std::string_view kMemory = "Memory";
constexpr std::string_view kTypes = "Types";
constexpr std::string_view kPersistence = "Persistence";
constexpr std::string_view kObservation = "Observation";

constexpr ConfigOption kOptions[] = {
    {"bind", AddressesOption{&Config::bind, 16}, 0, kNetwork,
     "The addresses of this machine to listen on. * is every IPv4 address, ::* every IPv6 address. "
     "With a '-' in front it is no failure when the machine does not have the address, but it must "
     "be one."},
    {"port", IntOption{&Config::port, 0, 65535}, 0, kNetwork,
     "TCP port to listen on. 0 listens on no TCP port at all."},
    {"protected-mode", BoolOption{&Config::protected_mode}, 0, kNetwork,
     "Without a password, serve only clients of this machine. Others are told why and sent away."},
    {"tcp-backlog", IntOption{&Config::tcp_backlog, 0, INT_MAX}, kImmutable, kNetwork,
     "Connections that may wait to be accepted. The kernel caps it at net.core.somaxconn."},
    {"tcp-keepalive", IntOption{&Config::tcp_keepalive_seconds, 0, INT_MAX}, 0, kNetwork,
     "Seconds of silence after which a new connection is probed, so that dead peers are found. 0 "
     "never probes."},
    {"timeout", IntOption{&Config::timeout_seconds, 0, INT_MAX}, 0, kNetwork,
     "Seconds after which an idle client is disconnected. 0 never disconnects."},
    {"wakeup-pause-us", IntOption{&Config::wakeup_pause_us, 0, 1000}, 0, kNetwork,
     "Microseconds, at most, for which the server lets requests gather before it looks for them. "
     "It does so while 24 clients or more keep it busy, six requests or more come in that time, "
     "and it has seen that more of them come that way, as those of clients on the same machine "
     "may. Clients that ask less often are served meanwhile, from Linux 5.11 on. 0 is never."},
    {"unixsocket", StringOption{&Config::unixsocket}, kImmutable, kNetwork,
     "Path of a unix socket to listen on as well. \"\" is none."},
    {"unixsocketperm", OctalOption{&Config::unixsocketperm, 0777}, kImmutable, kNetwork,
     "Permissions of the unix socket, such as 700 or 770. 0 leaves what the umask gives."},

    {"daemonize", BoolOption{&Config::daemonize}, kImmutable, kProcess,
     "Run in the background. Not wanted under systemd or in a container."},
    {"supervised", EnumOf<&Config::supervised, Supervisor::kSystemd>(kSupervisorWords), kImmutable,
     kProcess,
     "Tell the supervisor when the server is ready. auto does so where systemd's NOTIFY_SOCKET is "
     "set."},
    {"pidfile", StringOption{&Config::pidfile}, kImmutable, kProcess,
     "File for the process id, removed at the end. \"\" is none, but /var/run/ebb.pid in the "
     "background."},
    {"set-proc-title", BoolOption{&Config::set_proc_title}, kImmutable, kProcess,
     "Show a title in place of the command line, which may have a password in it, to whoever lists "
     "the machine's processes."},
    {"proc-title-template", StringOption{&Config::proc_title_template}, 0, kProcess,
     "That title. {title} is the program as it was called, {listen-addr} the first address with "
     "the port, or the unix socket where there is no port; {port}, {unixsocket} and {config-file} "
     "are what their names say. {tls-port} is always 0 here, and {server-mode} always empty. {{ is "
     "a brace."},
    {"loglevel", EnumOf<&Config::loglevel, LogLevel::kWarning>(kLevelWords), 0, kProcess,
     "The least important messages to log."},
    {"logfile", StringOption{&Config::logfile}, kImmutable, kProcess,
     "File to log to. \"\" is standard output. When it is moved away, the log goes on in a new "
     "one."},
    {"dir", DirectoryOption{&Config::dir}, kProtectedOption, kProcess,
     "Working directory. Relative paths of other options start here."},
    {"databases", IntOption{&Config::databases, 1, INT_MAX}, kImmutable, kProcess,
     "Number of databases for SELECT. Those that nobody has used yet cost nothing."},
    {"hz", IntOption{&Config::hz, 0, INT_MAX, 1, 500}, 0, kProcess,
     "How many times a second regular work is done: expiry, time-outs, statistics. What is less "
     "than 1 or more than 500 becomes that."},

    {"requirepass", StringOption{&Config::requirepass}, kSensitive, kSecurity,
     "Password that clients must give with AUTH. \"\" is none. Make it long: a client can try very "
     "many in a second."},
    {"enable-debug-command",
     EnumOf<&Config::enable_debug_command, ProtectedAccess::kLocal>(kAccessWords), kImmutable,
     kSecurity, "Who may use DEBUG: nobody, everybody, or clients of this machine."},
    {"enable-protected-configs",
     EnumOf<&Config::enable_protected_configs, ProtectedAccess::kLocal>(kAccessWords), kImmutable,
     kSecurity,
     "Who may change options that reach into the file system while the server runs: nobody, "
     "everybody, or clients of this machine."},

    {"maxclients", IntOption{&Config::maxclients, 1, UINT_MAX}, 0, kClients,
     "Connections served at the same time. The limit of open files is raised for them; where that "
     "cannot be, the start lowers this and CONFIG SET says what is possible."},
    {"client-query-buffer-limit",
     MemoryOption{&Config::client_query_buffer_limit_bytes, kMegabyte, LONG_MAX}, 0, kClients,
     "Bytes that may be received of a client before they are whole arguments: of a long one, or of "
     "commands that wait. Who sends more is disconnected; before the first AUTH, more than 1 MiB "
     "waiting is enough for that. The short arguments of one command may take as much as this or "
     "1 GiB, the greater of the two."},
    {"proto-max-bulk-len",
     MemoryOption{&Config::proto_max_bulk_len_bytes, kMegabyte, kMaxArgumentBytes}, 0, kClients,
     "The longest argument, and so the longest string; and the memory that LCS may take. Some "
     "bytes less than 4gb at most."},
    {"client-output-buffer-limit", OutputLimitsOption{}, 0, kClients,
     "Bytes that may wait to be sent. A client is disconnected at the hard limit, or above the "
     "soft limit for that many seconds; 0 is no limit. The classes are normal, replica (or slave) "
     "and pubsub. MONITOR is normal, and has the limit of a replica where that is none."},

    {"maxmemory", MemorySizeOption{&Config::maxmemory, kBytes}, 0, kMemory,
     "Bytes of memory that the server may use, or a percentage of what the container or the "
     "machine "
     "has. Above it keys go as maxmemory-policy says, and where none may go, commands that need "
     "memory are refused. Memory that is deleted but not freed yet does not count. 0 is no limit."},
    {"maxmemory-policy",
     EnumOf<&Config::maxmemory_policy, EvictionPolicy::kNoEviction>(kPolicyWords), 0, kMemory,
     "What goes when maxmemory is reached: of all keys (allkeys) or of those with a time to live "
     "(volatile) the ones that were not used for long (lru), are used least (lfu), any (random), "
     "or those that expire next (ttl). noeviction: nothing."},
    {"maxmemory-samples", IntOption{&Config::maxmemory_samples, 1, INT_MAX}, 0, kMemory,
     "Keys that are looked at to choose one: more choose better and take longer."},
    {"maxmemory-eviction-tenacity", IntOption{&Config::maxmemory_eviction_tenacity, 0, 100}, 0,
     kMemory,
     "How long a command may be kept waiting for evictions: half a millisecond at 10, half a "
     "minute at 99, until it is done at 100."},
    {"lfu-log-factor", IntOption{&Config::lfu_log_factor, 0, INT_MAX}, 0, kMemory,
     "How slowly the counters of accesses grow that the lfu policies go by."},
    {"lfu-decay-time", IntOption{&Config::lfu_decay_minutes, 0, INT_MAX}, 0, kMemory,
     "Minutes without an access after which such a counter falls by one. 0 is never."},
    {"maxmemory-clients", MemorySizeOption{&Config::maxmemory_clients, kBytesOrPercent}, 0, kMemory,
     "Bytes that all clients' buffers may take together, or a percentage of maxmemory. A value or "
     "message that several are sent counts with each, as if each had a copy of its own. Above it "
     "the clients with the most are disconnected. 0 is no limit; any other below 128 KiB counts as "
     "128 KiB."},
    {"maxmemory-rss", MemorySizeOption{&Config::maxmemory_rss, kBytesOrPercent}, 0, kMemory,
     "Bytes that the process may hold of the machine's memory, or a percentage of what the "
     "container or the machine has. Near it memory is given back by all means; at last keys go, or "
     "commands are refused, as with maxmemory. 0 is no limit."},
    {"active-expire-effort", IntOption{&Config::active_expire_effort, 1, 10}, 0, kMemory,
     "How much time the search for expired keys may take: 25 % of the time at 1, up to 43 % at 10, "
     "while much is expired. It is 50 % while that is not enough to keep up."},
    {"lazyfree-lazy-eviction", BoolOption{&Config::lazyfree_lazy_eviction}, 0, kMemory,
     "Free big values that are evicted in the background, so that nobody waits for it."},
    {"lazyfree-lazy-expire", BoolOption{&Config::lazyfree_lazy_expire}, 0, kMemory,
     "The same for big values that expire."},
    {"lazyfree-lazy-server-del", BoolOption{&Config::lazyfree_lazy_server_del}, 0, kMemory,
     "The same for big values in whose place something else is put: SET, RENAME, COPY REPLACE."},
    {"lazyfree-lazy-user-del", BoolOption{&Config::lazyfree_lazy_user_del}, 0, kMemory,
     "The same for DEL and GETDEL. UNLINK always does so."},
    {"lazyfree-lazy-user-flush", BoolOption{&Config::lazyfree_lazy_user_flush}, 0, kMemory,
     "The same for FLUSHALL and FLUSHDB when they say neither ASYNC nor SYNC."},

    {"trash-ttl", IntOption{&Config::trash_ttl_seconds, 0, 366 * 24 * 3600}, 0, kMemory,
     "Seconds for which what is deleted waits before it dies, so that TRASH RESTORE can bring it "
     "back. 0 keeps nothing."},
    {"trash-max-memory", MemorySizeOption{&Config::trash_max_memory, kBytesOrPercent}, 0, kMemory,
     "Bytes that may wait there, or a percentage of maxmemory, or of what the container or the "
     "machine has where there is none. Above it, and when the memory is wanted, the oldest goes "
     "first. A key or flushed database that is larger by itself dies at once, or when a count "
     "after the flush has found it so."},
    {"trash-events", WordSetOption{&Config::trash_events, kTrashEventNames}, 0, kMemory,
     "What waits there: keys that are deleted (del), flushed, overwritten as a whole, expired, "
     "evicted. As what waits gives way before a key is evicted, evicted ones do not wait for long "
     "while maxmemory is short. What takes elements out of a collection (HDEL, LTRIM, SPOP and "
     "their like) leaves nothing there, not even when it takes the last one and the key goes."},

    {"activedefrag", BoolOption{&Config::activedefrag}, 0, kMemory,
     "Move data out of half-empty pages, a little at a time, so that those go back to the system. "
     "Costs nothing while there is nothing to move."},
    {"active-defrag-ignore-bytes", MemoryOption{&Config::active_defrag_ignore_bytes, 1, INT64_MAX},
     0, kMemory, "Free space within the pages of data, in bytes, that is not worth the work."},
    {"active-defrag-threshold-lower", IntOption{&Config::active_defrag_threshold_lower, 0, 1000}, 0,
     kMemory, "That free space in percent of the data, from which the work begins."},
    {"active-defrag-threshold-upper", IntOption{&Config::active_defrag_threshold_upper, 0, 1000}, 0,
     kMemory, "And from which it goes on with active-defrag-cycle-max."},
    {"active-defrag-cycle-min", IntOption{&Config::active_defrag_cycle_min, 1, 99}, 0, kMemory,
     "The share of the time, in percent, that the work takes at the lower threshold."},
    {"active-defrag-cycle-max", IntOption{&Config::active_defrag_cycle_max, 1, 99}, 0, kMemory,
     "And at the upper one."},
    {"active-defrag-max-scan-fields",
     IntOption{&Config::active_defrag_max_scan_fields, 1, LONG_MAX}, 0, kMemory,
     "A hash, list, set or sorted set of more elements is walked through by itself, in pieces, and "
     "not together with the keys beside it."},

    {"hash-max-listpack-entries", IntOption{&Config::hash_max_listpack_entries, 0, LONG_MAX}, 0,
     kTypes,
     "Fields that a hash may have in its compact form, where all of it is one run of bytes: small, "
     "but looked through from its beginning.",
     "hash-max-ziplist-entries"},
    {"hash-max-listpack-value", MemoryOption{&Config::hash_max_listpack_value, 0, LONG_MAX}, 0,
     kTypes, "The longest field or value there, in bytes.", "hash-max-ziplist-value"},
    {"list-max-listpack-size", IntOption{&Config::list_max_listpack_size, INT_MIN, INT_MAX}, 0,
     kTypes,
     "Elements in each piece of a list; or, if negative, its bytes: -1 is 4 KiB, -2 is 8, -3 is "
     "16, -4 is 32, -5 is 64.",
     "list-max-ziplist-size"},
    {"list-compress-depth", IntOption{&Config::list_compress_depth, 0, INT_MAX}, 0, kTypes,
     "Pieces at both ends of a list that stay as they are, while those between them are compressed "
     "(LZF): for long lists that are read at their ends. 0 compresses nothing. A list follows a "
     "change where it is written to."},
    {"set-max-intset-entries", IntOption{&Config::set_max_intset_entries, 0, LONG_MAX}, 0, kTypes,
     "Members that a set of nothing but integers may have in its compact form."},
    {"set-max-listpack-entries", IntOption{&Config::set_max_listpack_entries, 0, LONG_MAX}, 0,
     kTypes, "Members that any other set may have in its compact form."},
    {"set-max-listpack-value", MemoryOption{&Config::set_max_listpack_value, 0, LONG_MAX}, 0,
     kTypes, "The longest member there, in bytes."},
    {"hll-sparse-max-bytes", MemoryOption{&Config::hll_sparse_max_bytes, 0, LONG_MAX}, 0, kTypes,
     "Bytes up to which a HyperLogLog keeps its compact form; its full one has 12,304."},
    {"zset-max-listpack-entries", IntOption{&Config::zset_max_listpack_entries, 0, LONG_MAX}, 0,
     kTypes, "Members that a sorted set may have in its compact form.", "zset-max-ziplist-entries"},
    {"zset-max-listpack-value", MemoryOption{&Config::zset_max_listpack_value, 0, LONG_MAX}, 0,
     kTypes, "The longest member there, in bytes.", "zset-max-ziplist-value"},

    {"save",
     AbsentOption{"", "there are no snapshots yet: only the empty string (\"\") is allowed"}, 0,
     kPersistence, "Snapshots. There are none yet: the data lives in memory alone."},
    {"appendonly", AbsentOption{"no", "there is no append-only file yet: only 'no' is allowed"}, 0,
     kPersistence, "Append-only file. There is none yet: the data lives in memory alone."},

    {"notify-keyspace-events", EventClassesOption{&Config::notify_keyspace_events}, 0, kObservation,
     "Tell subscribers what happens to keys. Give K, E or both: K sends the event on the key's "
     "channel, __keyspace@0__:key, E the key on the event's, __keyevent@0__:set. Then the classes "
     "of events: g for all types (del, expire, rename), $ strings, l lists, s sets, h hashes, z "
     "sorted sets, t streams, d modules, x expired keys, e evicted keys; A is all of these; and "
     "beside it n new keys, m keys that were not found. \"\" tells nothing."},
    {"slowlog-log-slower-than", IntOption{&Config::slowlog_log_slower_than_us, -1, LLONG_MAX}, 0,
     kObservation,
     "Microseconds from which on a command is kept in the slow log. 0 keeps every command, -1 "
     "none."},
    {"slowlog-max-len", IntOption{&Config::slowlog_max_len, 0, LONG_MAX}, 0, kObservation,
     "Entries that the slow log keeps."},
    {"crash-log-enabled", BoolOption{&Config::crash_log_enabled}, 0, kObservation,
     "Write a report to the log when the server dies of an error of its own."},
    {"latency-monitor-threshold", IntOption{&Config::latency_monitor_threshold_ms, 0, LLONG_MAX}, 0,
     kObservation, "Milliseconds from which on LATENCY remembers an event. 0 remembers none."},
    {"latency-tracking", BoolOption{&Config::latency_tracking}, 0, kObservation,
     "Keep a histogram of each command's duration for LATENCY HISTOGRAM and INFO latencystats."},
    {"latency-tracking-info-percentiles",
     PercentilesOption{&Config::latency_tracking_info_percentiles}, 0, kObservation,
     "The percentiles that INFO latencystats shows."},
};

}  // namespace

std::span<const ConfigOption> AllOptions() {
  return kOptions;
}

const ConfigOption* FindOption(std::string_view name) {
  for (const ConfigOption& option : kOptions) {
    if (EqualsIgnoreCase(NameIn(option, name), name)) return &option;
  }
  return nullptr;
}

std::string_view NameIn(const ConfigOption& option, std::string_view name) {
  const bool by_alias = !option.alias.empty() && EqualsIgnoreCase(option.alias, name);
  return by_alias ? option.alias : option.name;
}

}  // namespace ebb
