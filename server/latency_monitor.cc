// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/latency_monitor.h"

#include <algorithm>

namespace ebb {

std::vector<LatencyMonitor::Sample> LatencyMonitor::Event::InOrder() const {
  std::vector<Sample> ordered;
  for (size_t i = 0; i < samples.size(); ++i) {
    ordered.push_back(samples[(next + i) % samples.size()]);
  }
  return ordered;
}

void LatencyMonitor::Add(std::string_view name, int64_t unix_seconds, int64_t milliseconds) {
  Event& event = events_.try_emplace(std::string(name)).first->second;
  event.max_ms = std::max(event.max_ms, milliseconds);
  if (!event.samples.empty()) {
    Sample& last = event.samples[(event.next + event.samples.size() - 1) % event.samples.size()];
    if (last.unix_seconds == unix_seconds) {
      last.milliseconds = std::max(last.milliseconds, milliseconds);
      return;
    }
  }
  if (event.samples.size() < kMaxSamples) {
    event.samples.push_back({unix_seconds, milliseconds});
    return;
  }
  event.samples[event.next] = {unix_seconds, milliseconds};
  event.next = (event.next + 1) % kMaxSamples;
}

const LatencyMonitor::Event* LatencyMonitor::Find(std::string_view name) const {
  const auto found = events_.find(name);
  return found == events_.end() ? nullptr : &found->second;
}

bool LatencyMonitor::Reset(std::string_view name) {
  const auto found = events_.find(name);
  if (found == events_.end()) return false;
  events_.erase(found);
  return true;
}

size_t LatencyMonitor::ResetAll() {
  const size_t count = events_.size();
  events_.clear();
  return count;
}

}  // namespace ebb
