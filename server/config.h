// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ebb {

enum class ProtectedAccess { kNo, kYes, kLocal };
enum class LogLevel { kDebug, kVerbose, kNotice, kWarning };
enum class Supervisor { kNo, kAuto, kSystemd };
enum class EvictionPolicy { kNoEviction };

// How much may wait for a client: at once, and for longer than `soft_seconds`. 0: no limit.
struct OutputLimit {
  uint64_t hard_bytes = 0;
  uint64_t soft_bytes = 0;
  int64_t soft_seconds = 0;
  bool operator==(const OutputLimit&) const = default;
};

enum ClientClass { kNormalClient, kReplicaClient, kPubSubClient, kClientClasses };

// The options, as they are in force. What each means and which values it takes stands in its row in config_options.cc.
struct Config {
  // Network
  std::vector<std::string> bind{"*", "-::*"};
  int64_t port = 6379;
  bool protected_mode = true;
  int64_t tcp_backlog = 511;
  int64_t tcp_keepalive_seconds = 300;
  int64_t timeout_seconds = 0;
  std::string unixsocket;
  unsigned unixsocketperm = 0;

  // Process
  bool daemonize = false;
  Supervisor supervised = Supervisor::kNo;
  std::string pidfile;
  LogLevel loglevel = LogLevel::kNotice;
  std::string logfile;
  std::string dir;
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
  uint64_t maxmemory_bytes = 0;
  EvictionPolicy maxmemory_policy = EvictionPolicy::kNoEviction;
  int64_t active_expire_effort = 1;

  // Persistence: there is none, and these two say so.
  std::string save;
  bool appendonly = false;

  // Observation
  int64_t slowlog_log_slower_than_us = 10000;
  int64_t slowlog_max_len = 128;
  int64_t latency_monitor_threshold_ms = 0;
  bool latency_tracking = true;
  std::vector<double> latency_tracking_info_percentiles{50, 99, 99.9};
};

struct ConfigOption;

// The configuration: the values in force, where they came from, and the ways to change them.
//
// Thread: engine thread.
class ConfigStore {
 public:
  ConfigStore() = default;
  ConfigStore(const ConfigStore&) = delete;
  ConfigStore& operator=(const ConfigStore&) = delete;

  const Config& values() const { return values_; }

  // Sets one option from its words, as a line of a configuration file does. An empty string, or what is wrong.
  std::string Load(std::span<const std::string> words);

  // CONFIG GET: name and value of each option that one of the glob patterns matches.
  std::vector<std::pair<std::string, std::string>> Get(
      std::span<const std::string_view> patterns) const;

  // CONFIG SET: name, value, name, value, ... All are set, or none and the text of the error is returned. `local`: the
  // client is on this machine, which may open protected options.
  std::string Set(std::span<const std::string_view> names_and_values, bool local);

  // CONFIG REWRITE: brings the file that the server was started with up to date, keeping its comments and its order. An empty string, or the
  // text of the error.
  std::string Rewrite() const;

  // `apply` runs when CONFIG SET has changed `name`; the text it answers, if any, rejects the change, and it is called again after the
  // old value is back.
  void OnChange(std::string_view name, std::function<std::string()> apply);

  // The file that the server was started with, absolute; empty when there was none.
  const std::string& file() const { return file_; }
  void set_file(std::string path) { file_ = std::move(path); }

  // For what the start itself finds out: files per process lower maxclients, say.
  Config& mutable_values() { return values_; }

 private:
  std::string Apply(const std::vector<const ConfigOption*>& changed, const ConfigOption** failed);

  Config values_;
  std::string file_;
  std::map<std::string, std::function<std::string()>, std::less<>> hooks_;
};

}  // namespace ebb
