// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ebb {

// Events that took at least latency-monitor-threshold: for each kind of event its last samples, one
// a second. Thread: engine thread.
class LatencyMonitor {
 public:
  struct Sample {
    int64_t unix_seconds;
    int64_t milliseconds;
  };
  struct Event {
    std::vector<Sample> samples;  // a ring; `next` is the oldest once it is full
    size_t next = 0;
    int64_t max_ms = 0;

    // Oldest first.
    std::vector<Sample> InOrder() const;
    const Sample& latest() const { return samples[(next + samples.size() - 1) % samples.size()]; }
  };

  static constexpr size_t kMaxSamples = 160;

  // Samples of the same second are merged into the longest.
  void Add(std::string_view event, int64_t unix_seconds, int64_t milliseconds);

  const std::map<std::string, Event, std::less<>>& events() const { return events_; }
  const Event* Find(std::string_view event) const;

  // Forgets an event; answers whether it was known.
  bool Reset(std::string_view event);
  size_t ResetAll();

 private:
  std::map<std::string, Event, std::less<>> events_;
};

}  // namespace ebb
