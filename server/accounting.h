// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "server/blocked_calls.h"
#include "server/command.h"
#include "server/command_table.h"
#include "server/config.h"
#include "server/counters.h"
#include "server/latency_monitor.h"
#include "server/slow_log.h"
#include "storage/clock.h"

namespace ebb {

// The books: how often each command ran, how long it took and whether it failed (INFO commandstats
// and latencystats, LATENCY HISTOGRAM), which ones were slow (SLOWLOG), what else took long
// (LATENCY), and which errors were answered (INFO errorstats).
//
// Thread: engine thread. Durations are in nanoseconds, by the monotonic clock.
class Accounting {
 public:
  // All four outlive it, and `config` calls it for as long as that lives.
  Accounting(ConfigStore& config, const Clock& clock, Counters& counters,
             const BlockedCalls& blocked);
  Accounting(const Accounting&) = delete;
  Accounting& operator=(const Accounting&) = delete;

  // Books a command that has just run. Of one that is not answered yet, what it has taken waits in
  // its BlockedCall until NoteAnswer. O(1); where nothing took long, one comparison says so.
  void NoteRun(Command& command, const Call& call, int64_t nanoseconds);

  // A blocked command has been answered, which took so long by itself.
  void NoteAnswer(Command& command, BlockedCall::Begun begun, int64_t nanoseconds);

  // An event of this length for LATENCY, if it is long enough.
  void NoteLatency(std::string_view event, int64_t nanoseconds);

  // Errors answered, by their code word; CountError books the one that the session's writer wrote
  // last. Engine::Execute does it for commands.
  const std::map<std::string, uint64_t, std::less<>>& error_counts() const { return error_counts_; }
  void CountError(const Session& session);

  SlowLog& slow_log() { return slow_log_; }
  LatencyMonitor& latency() { return latency_; }

  // CONFIG RESETSTAT: forgets the errors. The slow log and LATENCY have commands of their own.
  void ResetStatistics() { error_counts_.clear(); }

 private:
  // The options that say which commands took long.
  void ApplyOptions();

  void NoteBegun(const Call& call, int64_t nanoseconds) const;
  void NoteDuration(Command& command, int64_t nanoseconds) const;
  bool InSlowLog(const CommandSpec& spec) const;
  bool IsSlow(int64_t nanoseconds) const;
  void RememberSlow(SlowLog::Entry entry, int64_t nanoseconds);

  const Config& options_;
  const Clock& clock_;
  Counters& counters_;
  const BlockedCalls& blocked_;

  // A command that took less is neither for the slow log nor for LATENCY.
  int64_t notable_ns_ = INT64_MAX;
  SlowLog slow_log_;
  LatencyMonitor latency_;
  // By the error's first word; bounded, since clients can make words up.
  std::map<std::string, uint64_t, std::less<>> error_counts_;
};

}  // namespace ebb
