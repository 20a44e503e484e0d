// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/encoding_limits.h"
#include "storage/evict.h"

namespace ebb {

// Their words, in this order, and which is the last value, stand in config_options.cc.
enum class ProtectedAccess { kNo, kYes, kLocal };
enum class LogLevel { kDebug, kVerbose, kNotice, kWarning };
enum class Supervisor { kNo, kAuto, kSystemd };

// An amount of memory: in bytes, or, where it is not 0, in percent of what the option's text says.
struct MemorySize {
  uint64_t bytes = 0;
  unsigned percent = 0;
};

// How much may wait for a client: at once, and for longer than `soft_seconds`. 0: no limit.
struct OutputLimit {
  uint64_t hard_bytes = 0;
  uint64_t soft_bytes = 0;
  int64_t soft_seconds = 0;
  bool operator==(const OutputLimit&) const = default;
};

enum ClientClass { kNormalClient, kReplicaClient, kPubSubClient, kClientClasses };

// The options, as they are in force. What each means and which values it takes stands in its row in
// config_options.cc. The limits of the types' encodings are handed on to storage as a whole.
struct Config : EncodingLimits {
  // Network
  std::vector<std::string> bind{"*", "-::*"};
  int64_t port = 6379;
  bool protected_mode = true;
  int64_t tcp_backlog = 511;
  int64_t tcp_keepalive_seconds = 300;
  int64_t timeout_seconds = 0;
  int64_t wakeup_pause_us = 300;
  std::string unixsocket;
  unsigned unixsocketperm = 0;

  // Process
  bool daemonize = false;
  Supervisor supervised = Supervisor::kNo;
  std::string pidfile;
  bool set_proc_title = true;
  std::string proc_title_template{"{title} {listen-addr} {server-mode}"};
  LogLevel loglevel = LogLevel::kNotice;
  std::string logfile;
  std::string dir;  // absolute
  int64_t databases = 16;
  int64_t hz = 10;

  // Security
  std::string requirepass;
  ProtectedAccess enable_debug_command = ProtectedAccess::kNo;
  ProtectedAccess enable_protected_configs = ProtectedAccess::kNo;

  // Clients
  int64_t maxclients = 10000;
  uint64_t client_query_buffer_limit_bytes = uint64_t{1} << 30;
  uint64_t proto_max_bulk_len_bytes = uint64_t{512} << 20;
  std::array<OutputLimit, kClientClasses> client_output_buffer_limit{
      OutputLimit{}, OutputLimit{256 << 20, 64 << 20, 60}, OutputLimit{32 << 20, 8 << 20, 60}};

  // Memory
  MemorySize maxmemory;
  MemorySize maxmemory_rss;
  MemorySize maxmemory_clients;
  EvictionPolicy maxmemory_policy = EvictionPolicy::kNoEviction;
  int64_t maxmemory_samples = 5;
  int64_t maxmemory_eviction_tenacity = 10;
  int64_t lfu_log_factor = 10;
  int64_t lfu_decay_minutes = 1;
  int64_t active_expire_effort = 1;
  bool lazyfree_lazy_eviction = true;
  bool lazyfree_lazy_expire = true;
  bool lazyfree_lazy_server_del = true;
  bool lazyfree_lazy_user_del = true;
  bool lazyfree_lazy_user_flush = true;
  int64_t trash_ttl_seconds = 0;
  MemorySize trash_max_memory{.percent = 10};
  uint8_t trash_events = 0b00011;  // bits in the order of TrashEvent: del, flush
  bool activedefrag = true;
  uint64_t active_defrag_ignore_bytes = uint64_t{2} << 20;
  int64_t active_defrag_threshold_lower = 1;
  int64_t active_defrag_threshold_upper = 25;
  int64_t active_defrag_cycle_min = 5;
  int64_t active_defrag_cycle_max = 50;
  int64_t active_defrag_max_scan_fields = 1000;

  // Types
  uint64_t hll_sparse_max_bytes = 3000;

  // Observation
  uint32_t notify_keyspace_events = 0;  // bits as keyspace_events.h has them
  int64_t slowlog_log_slower_than_us = 10000;
  int64_t slowlog_max_len = 128;
  int64_t latency_monitor_threshold_ms = 0;
  bool crash_log_enabled = true;
  bool latency_tracking = true;
  std::vector<double> latency_tracking_info_percentiles{50, 99, 99.9};
};

// Which options CONFIG REWRITE writes: those whose value of now a start with the file would not
// give, or every one.
enum class RewriteScope : uint8_t { kChanged, kAll };

// The configuration: the values in force, where they came from, and the ways to change them.
//
// Thread: engine thread.
class ConfigStore {
 public:
  // Every option has its default; the directory the process is in becomes `dir`.
  ConfigStore();
  ConfigStore(const ConfigStore&) = delete;
  ConfigStore& operator=(const ConfigStore&) = delete;

  // The values; the reference stays valid and sees later changes.
  const Config& values() const { return values_; }

  // What a command line came to. Without an exit code the server is to run. With one the process
  // ends, after `text` has been printed: on standard output if the code is 0, else on standard
  // error.
  struct Launch {
    std::optional<int> exit_code;
    std::string text;
  };

  // Reads the environment's defaults, the file that the command line names (`arguments` come
  // without the program's name) with what that includes, `standard_input` where it says "-", and
  // the rest of the command line. The value given last for an option counts. Applies nothing:
  // changes no directory, opens no file but configuration.
  Launch LoadArguments(const std::vector<std::string>& arguments, std::istream& standard_input);

  // CONFIG GET: name and value of each option that one of the glob patterns matches.
  std::vector<std::pair<std::string, std::string>> Get(
      std::span<const std::string_view> patterns) const;

  // CONFIG SET: name, value, name, value, ... All are set, or none and the text of the error is
  // returned. `local`: the client is on this machine, which may open protected options.
  std::string Set(std::span<const std::string_view> names_and_values, bool local);

  // CONFIG REWRITE: changes the file that the server was started with so that a start with it gives
  // the values of now, and leaves alone each line that does not stand against that. The file is
  // replaced in one step. An empty string, or the text of the error.
  // With kAll every option gets a line.
  std::string Rewrite(RewriteScope scope = RewriteScope::kChanged) const;

  // What the log is to say of the options that the start has set aside, a line for each subject;
  // empty when there were none.
  const std::vector<std::string>& set_aside_notice() const { return set_aside_notice_; }

  // Whether no log may show the value of this option (its name in any case), or of one of Redis's
  // that Ebb does not have.
  static bool IsSecret(std::string_view option);

  // `apply` runs when CONFIG SET has changed any of `options`, once. It finds the new values in
  // values(). REQUIRES: there are some options.
  using Apply = std::function<void()>;
  void OnChange(std::initializer_list<std::string_view> options, Apply apply);
  void OnChange(std::string_view option, Apply apply) { OnChange({option}, std::move(apply)); }

  // The same whatever CONFIG SET has changed: for what merely copies values.
  void OnAnyChange(Apply apply) { hooks_.push_back({{}, std::move(apply)}); }

  // The same for an option whose new value may turn out to be impossible. The text that `attempt`
  // answers, if any, rejects the change, and after the old values are back it is called again, to
  // undo what it may have done. All attempts come before the first `apply`: what that does, a trash
  // emptied say, may be past undoing. One for each option.
  using Attempt = std::function<std::string()>;
  void OnAttempt(std::string_view option, Attempt attempt);

  // The file that the server was started with, absolute; empty when there was none.
  const std::string& file() const { return file_; }

  // For what the start itself finds out: files per process lower maxclients, say.
  Config& mutable_values() { return values_; }

 private:
  struct Hook {
    std::vector<std::string> options;  // none: all
    Apply apply;
  };
  using Changed = std::vector<std::string_view>;  // options

  // On a failure brings `before` back. An empty string, or the error.
  std::string AttemptChanges(const Changed& changed, const Config& before);
  void ApplyChanges(const Changed& changed) const;

  Config values_;
  std::string start_directory_;
  std::string file_;
  std::vector<std::string> set_aside_notice_;
  std::map<std::string, Attempt, std::less<>> attempts_;  // by option
  std::vector<Hook> hooks_;
};

}  // namespace ebb
