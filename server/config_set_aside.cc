// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/config_set_aside.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "server/text.h"

namespace ebb {
namespace {

constexpr std::string_view kSnapshots = "snapshots";
constexpr std::string_view kAppendOnlyFile = "the append-only file";
constexpr std::string_view kReplication = "replication";
constexpr std::string_view kCluster = "the cluster";
constexpr std::string_view kTls = "TLS";
constexpr std::string_view kAcl = "ACLs";
constexpr std::string_view kScripts = "scripts";
constexpr std::string_view kStreams = "streams";
constexpr std::string_view kModules = "modules";
constexpr std::string_view kTracking = "client-side caching";
constexpr std::string_view kSyslog = "syslog";
constexpr std::string_view kIoThreads = "threads for sockets";
constexpr std::string_view kSystem = "settings of the operating system";
constexpr std::string_view kSentinel = "Sentinel";
// What Ebb has or needs in another way, and what Redis itself no longer reads.
constexpr std::string_view kWorkings = "Redis's own workings";

constexpr std::string_view kNoReplica = "there is no replication: the server would follow nobody";
constexpr std::string_view kNoWaiting =
    "there is no replication: with no replicas, every write would have to be refused";
constexpr std::string_view kNoTls = "there is no TLS: connections would not be encrypted";
constexpr std::string_view kNoUsers =
    "there are no ACLs: only the default user, whose password is requirepass";
constexpr std::string_view kNoSave = "there are no snapshots: nothing would be saved at the end";
constexpr std::string_view kNoPinning =
    "threads are not bound to processors: start the server with taskset, or systemd's CPUAffinity";

// As an exception: the empty value.
constexpr std::string_view kEmpty = "\"\"";

constexpr std::string_view kQuickEnds =
    "default|nosave|now|force|nosave now|nosave force|now force|nosave now force";

// What is tuning stands by its name alone: with what it tunes absent, it cannot matter. Such are
// also promises about what never happens, as stop-writes-on-bgsave-error. The order is the log's.
constexpr ForeignOption kForeignOptions[] = {
    {"dbfilename", kSnapshots},
    {"rdbcompression", kSnapshots},
    {"rdbchecksum", kSnapshots},
    {"rdb-del-sync-files", kSnapshots},
    {"rdb-key-save-delay", kSnapshots},
    {"rdb-save-incremental-fsync", kSnapshots},
    {"stop-writes-on-bgsave-error", kSnapshots},
    {"sanitize-dump-payload", kSnapshots},
    {"key-load-delay", kSnapshots},
    {"loading-process-events-interval-bytes", kSnapshots},
    {"bgsave_cpulist", kSnapshots},
    {"shutdown-on-sigint", kSnapshots, kNoSave, kQuickEnds},
    {"shutdown-on-sigterm", kSnapshots, kNoSave, kQuickEnds},

    {"appendfilename", kAppendOnlyFile},
    {"appenddirname", kAppendOnlyFile},
    {"appendfsync", kAppendOnlyFile},
    {"no-appendfsync-on-rewrite", kAppendOnlyFile},
    {"auto-aof-rewrite-min-size", kAppendOnlyFile},
    {"auto-aof-rewrite-percentage", kAppendOnlyFile},
    {"aof-disable-auto-gc", kAppendOnlyFile},
    {"aof-load-truncated", kAppendOnlyFile},
    {"aof-rewrite-incremental-fsync", kAppendOnlyFile},
    {"aof-timestamp-enabled", kAppendOnlyFile},
    {"aof-use-rdb-preamble", kAppendOnlyFile},
    {"aof_rewrite_cpulist", kAppendOnlyFile},

    {"replicaof", kReplication, kNoReplica, "no one|\"\""},
    {"slaveof", kReplication, kNoReplica, "no one|\"\""},
    {"masterauth", kReplication, kNoReplica, kEmpty, true},
    {"masteruser", kReplication, kNoReplica, kEmpty, true},
    {"min-replicas-to-write", kReplication, kNoWaiting, "0"},
    {"min-slaves-to-write", kReplication, kNoWaiting, "0"},
    {"min-replicas-max-lag", kReplication},
    {"min-slaves-max-lag", kReplication},
    {"repl-backlog-size", kReplication},
    {"repl-backlog-ttl", kReplication},
    {"repl-disable-tcp-nodelay", kReplication},
    {"repl-diskless-load", kReplication},
    {"repl-diskless-sync", kReplication},
    {"repl-diskless-sync-delay", kReplication},
    {"repl-diskless-sync-max-replicas", kReplication},
    {"repl-ping-replica-period", kReplication},
    {"repl-ping-slave-period", kReplication},
    {"repl-timeout", kReplication},
    {"replica-announce-ip", kReplication},
    {"slave-announce-ip", kReplication},
    {"replica-announce-port", kReplication},
    {"slave-announce-port", kReplication},
    {"replica-announced", kReplication},
    {"replica-ignore-disk-write-errors", kReplication},
    {"replica-ignore-maxmemory", kReplication},
    {"slave-ignore-maxmemory", kReplication},
    {"replica-lazy-flush", kReplication},
    {"slave-lazy-flush", kReplication},
    {"replica-priority", kReplication},
    {"slave-priority", kReplication},
    {"replica-read-only", kReplication},
    {"slave-read-only", kReplication},
    {"replica-serve-stale-data", kReplication},
    {"slave-serve-stale-data", kReplication},
    {"propagation-error-behavior", kReplication},
    {"bind-source-addr", kReplication},
    {"shutdown-timeout", kReplication},  // how long to wait for replicas

    {"cluster-enabled", kCluster, "there is no cluster: the server would hold every key itself",
     "no"},
    {"cluster-allow-pubsubshard-when-down", kCluster},
    {"cluster-allow-reads-when-down", kCluster},
    {"cluster-allow-replica-migration", kCluster},
    {"cluster-announce-bus-port", kCluster},
    {"cluster-announce-hostname", kCluster},
    {"cluster-announce-ip", kCluster},
    {"cluster-announce-port", kCluster},
    {"cluster-announce-tls-port", kCluster},
    {"cluster-config-file", kCluster},
    {"cluster-link-sendbuf-limit", kCluster},
    {"cluster-migration-barrier", kCluster},
    {"cluster-node-timeout", kCluster},
    {"cluster-port", kCluster},
    {"cluster-preferred-endpoint-type", kCluster},
    {"cluster-replica-no-failover", kCluster},
    {"cluster-slave-no-failover", kCluster},
    {"cluster-replica-validity-factor", kCluster},
    {"cluster-slave-validity-factor", kCluster},
    {"cluster-require-full-coverage", kCluster},

    // A certificate says that encryption is wanted, even where no port is named.
    {"tls-port", kTls, kNoTls, "0"},
    {"tls-cluster", kTls, kNoTls, "no"},
    {"tls-replication", kTls, kNoTls, "no"},
    {"tls-ca-cert-dir", kTls, kNoTls, kEmpty},
    {"tls-ca-cert-file", kTls, kNoTls, kEmpty},
    {"tls-cert-file", kTls, kNoTls, kEmpty},
    {"tls-key-file", kTls, kNoTls, kEmpty},
    {"tls-key-file-pass", kTls, kNoTls, kEmpty, true},
    {"tls-client-cert-file", kTls, kNoTls, kEmpty},
    {"tls-client-key-file", kTls, kNoTls, kEmpty},
    {"tls-client-key-file-pass", kTls, kNoTls, kEmpty, true},
    {"tls-dh-params-file", kTls, kNoTls, kEmpty},
    {"tls-ciphers", kTls, kNoTls, kEmpty},
    {"tls-ciphersuites", kTls, kNoTls, kEmpty},
    {"tls-protocols", kTls, kNoTls, kEmpty},
    {"tls-auth-clients", kTls},
    {"tls-prefer-server-ciphers", kTls},
    {"tls-session-cache-size", kTls},
    {"tls-session-cache-timeout", kTls},
    {"tls-session-caching", kTls},

    // The exception is what CONFIG REWRITE of Redis writes when there are no users and no password.
    {"user", kAcl, kNoUsers, "default on nopass ~* &* +@all", true},
    {"aclfile", kAcl, kNoUsers, kEmpty},
    {"acl-pubsub-default", kAcl},
    {"acllog-max-len", kAcl},
    {"rename-command",
     "renamed commands",
     "commands cannot be renamed: what is to be hidden would stay in reach",
     {},
     true},

    {"busy-reply-threshold", kScripts},
    {"lua-time-limit", kScripts},
    {"lua-enable-deprecated-api", kScripts},
    {"lua-replicate-commands", kScripts},

    {"stream-node-max-bytes", kStreams},
    {"stream-node-max-entries", kStreams},

    {"loadmodule", kModules, "there are no modules: their commands and types would be missing"},
    {"enable-module-command", kModules},

    {"tracking-table-max-keys", kTracking},

    {"syslog-enabled", kSyslog, "there is no syslog: write to a file (logfile), or let systemd log",
     "no"},
    {"syslog-facility", kSyslog},
    {"syslog-ident", kSyslog},

    {"io-threads", kIoThreads},
    {"io-threads-do-reads", kIoThreads},

    {"oom-score-adj", kSystem,
     "the kernel's choice of whom to kill is left alone: set OOMScoreAdjust of systemd, or "
     "/proc/PID/oom_score_adj",
     "no"},
    {"oom-score-adj-values", kSystem},
    {"server_cpulist", kSystem, kNoPinning, kEmpty},
    {"bio_cpulist", kSystem, kNoPinning, kEmpty},
    {"socket-mark-id", kSystem, "sockets are not marked: firewalls and routes would not know them",
     "0"},
    {"disable-thp", kSystem},

    {"sentinel", kSentinel, "the server is no Sentinel", {}, true},

    {"watchdog-period", kWorkings, "there is no watchdog; LATENCY SLICES tells what takes long",
     "0"},
    {"activerehashing", kWorkings},
    {"always-show-logo", kWorkings},
    {"crash-memcheck-enabled", kWorkings},
    {"dynamic-hz", kWorkings},
    {"ignore-warnings", kWorkings},
    {"jemalloc-bg-thread", kWorkings},
    {"list-max-ziplist-entries", kWorkings},
    {"list-max-ziplist-value", kWorkings},
    {"use-exit-on-panic", kWorkings},
};

// A value to be compared: its words in lower case and in the order of the alphabet. An option may
// have them in one pair of quotes or not.
std::string Comparable(const std::string& value) {
  std::istringstream lower(LowerCase(value));
  std::vector<std::string> words{std::istream_iterator<std::string>(lower), {}};
  if (words.empty()) return value;
  std::ranges::sort(words);
  return fmt::format("{}", fmt::join(words, " "));
}

// The values that are set aside nevertheless.
std::vector<std::string_view> Exceptions(const ForeignOption& option) {
  std::vector<std::string_view> values;
  std::string_view rest = option.except;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('|'), rest.size());
    values.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return values;
}

// Each once, in the order of their first appearance.
std::vector<std::string_view> Sources(std::span<const SetAside> all) {
  std::vector<std::string_view> sources;
  for (const SetAside& one : all) {
    if (std::ranges::find(sources, one.source) == sources.end()) sources.push_back(one.source);
  }
  return sources;
}

}  // namespace

std::span<const ForeignOption> AllForeignOptions() {
  return kForeignOptions;
}

const ForeignOption* FindForeignOption(std::string_view name) {
  const auto* const found = std::ranges::find_if(
      kForeignOptions, [&](const auto& option) { return EqualsIgnoreCase(option.name, name); });
  return found == std::end(kForeignOptions) ? nullptr : found;
}

bool MayBeSetAside(const ForeignOption& option, std::span<const std::string> words) {
  if (option.refusal.empty()) return true;
  const std::string value = Comparable(fmt::format("{}", fmt::join(words, " ")));
  return std::ranges::any_of(Exceptions(option), [&](std::string_view exception) {
    return value == (exception == kEmpty ? "" : Comparable(std::string(exception)));
  });
}

std::string AdviceOnRefusal(const ForeignOption& option) {
  constexpr std::string_view kRemove = "Ebb does not ignore it: remove it to start without.";
  if (option.except.empty()) return std::string(kRemove);
  return fmt::format("'{}' takes {}. {}", option.name, fmt::join(Exceptions(option), " or "),
                     kRemove);
}

std::vector<std::string> SetAsideNotice(std::span<const SetAside> all) {
  std::vector<std::string> lines(1);  // the first is written at the end
  std::string_view subject;
  size_t count = 0;
  bool is_about_disk = false;
  for (const ForeignOption& option : kForeignOptions) {
    if (std::ranges::find(all, &option, &SetAside::option) == all.end()) continue;
    ++count;
    is_about_disk |= option.concerns == kSnapshots || option.concerns == kAppendOnlyFile;
    if (option.concerns == subject) {
      lines.back() += fmt::format(", {}", option.name);
    } else {
      lines.push_back(fmt::format("Set aside of {}: {}", option.concerns, option.name));
    }
    subject = option.concerns;
  }
  if (count == 0) return {};
  lines[0] = fmt::format("Set aside {} option{} of what Ebb does not have ({}){}", count,
                         count == 1 ? "" : "s", fmt::join(Sources(all), ", "),
                         is_about_disk ? ". The data lives in memory alone" : "");
  return lines;
}

}  // namespace ebb
