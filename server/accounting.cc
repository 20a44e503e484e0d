// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/accounting.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/session.h"

namespace ebb {

Accounting::Accounting(ConfigStore& config, const Clock& clock, Counters& counters,
                       const BlockedCalls& blocked)
    : options_(config.values()), clock_(clock), counters_(counters), blocked_(blocked) {
  config.OnChange({"slowlog-log-slower-than", "slowlog-max-len", "latency-monitor-threshold"},
                  [this] { ApplyOptions(); });
  ApplyOptions();
}

void Accounting::ApplyOptions() {
  const auto at_least = [](int64_t count, int64_t unit_ns) {
    return count > INT64_MAX / unit_ns ? INT64_MAX : count * unit_ns;
  };
  const int64_t slow_us = options_.slowlog_log_slower_than_us;
  const int64_t latency_ms = options_.latency_monitor_threshold_ms;
  notable_ns_ = std::min(slow_us < 0 ? INT64_MAX : at_least(slow_us, 1000),
                         latency_ms == 0 ? INT64_MAX : at_least(latency_ms, 1'000'000));
  slow_log_.Trim(static_cast<size_t>(options_.slowlog_max_len));
}

void Accounting::NoteRun(Command& command, const Call& call, int64_t nanoseconds) {
  ++command.calls;
  command.nanoseconds += static_cast<uint64_t>(nanoseconds);
  ++counters_.commands_processed;
  if (call.reply.wrote_error()) ++command.failed_calls;
  const bool notable = nanoseconds >= notable_ns_;
  if (notable) [[unlikely]]
    NoteLatency(call.spec.flags & kFast ? "fast-command" : "command", nanoseconds);
  if (call.session.blocked) [[unlikely]] {
    NoteBegun(call, nanoseconds);
  } else {
    NoteDuration(command, nanoseconds);
    if (notable && IsSlow(nanoseconds) && InSlowLog(call.spec))
      RememberSlow(SlowLog::Describe(call), nanoseconds);
  }
}

// How long it takes, a blocked command knows when it has been answered.
void Accounting::NoteBegun(const Call& call, int64_t nanoseconds) const {
  BlockedCall::Begun& begun = blocked_.Find(call.session)->begun;
  begun.nanoseconds = nanoseconds;
  if (InSlowLog(call.spec)) begun.entry = SlowLog::Describe(call);
}

void Accounting::NoteAnswer(Command& command, BlockedCall::Begun begun, int64_t nanoseconds) {
  NoteLatency("command-unblocking", nanoseconds);
  command.nanoseconds += static_cast<uint64_t>(nanoseconds);
  const int64_t all = begun.nanoseconds + nanoseconds;
  NoteDuration(command, all);
  if (begun.entry && IsSlow(all)) RememberSlow(std::move(*begun.entry), all);
}

void Accounting::NoteDuration(Command& command, int64_t nanoseconds) const {
  if (!options_.latency_tracking) return;
  if (command.durations == nullptr) command.durations = std::make_unique<DurationHistogram>();
  command.durations->Record(static_cast<uint64_t>(nanoseconds));
}

bool Accounting::InSlowLog(const CommandSpec& spec) const {
  return options_.slowlog_log_slower_than_us >= 0 && !(spec.flags & kSkipSlowlog);
}

bool Accounting::IsSlow(int64_t nanoseconds) const {
  const int64_t slow_us = options_.slowlog_log_slower_than_us;
  return slow_us >= 0 && nanoseconds / 1000 >= slow_us;
}

void Accounting::RememberSlow(SlowLog::Entry entry, int64_t nanoseconds) {
  slow_log_.Add(std::move(entry), clock_.unix_ms / 1000, nanoseconds / 1000,
                static_cast<size_t>(options_.slowlog_max_len));
}

void Accounting::NoteLatency(std::string_view event, int64_t nanoseconds) {
  const int64_t threshold_ms = options_.latency_monitor_threshold_ms;
  if (threshold_ms == 0 || nanoseconds / 1'000'000 < threshold_ms) return;
  latency_.Add(event, clock_.unix_ms / 1000, nanoseconds / 1'000'000);
}

void Accounting::CountError(const Session& session) {
  constexpr size_t kMaxCodes = 128;
  ++counters_.error_replies;
  const auto known = error_counts_.find(session.reply.error_code());
  if (known != error_counts_.end()) {
    ++known->second;
  } else if (error_counts_.size() < kMaxCodes) {
    error_counts_.emplace(session.reply.error_code(), 1);
  }
}

}  // namespace ebb
