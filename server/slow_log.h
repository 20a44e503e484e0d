// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "server/command.h"

namespace ebb {

// The slowest commands of late: those that took at least slowlog-log-slower-than, newest first, at
// most slowlog-max-len. Long arguments, argument lists and names of clients are kept cut, so an
// entry costs some 6 KiB at most.
//
// Thread: engine thread.
class SlowLog {
 public:
  struct Entry {
    uint64_t id = 0;
    int64_t unix_seconds = 0;
    int64_t microseconds = 0;
    std::vector<std::string> args;
    std::string peer;
    std::string client_name;
  };

  // What is to be said of `call`, without number and times. Arguments that it hides are not shown.
  static Entry Describe(const Call& call);

  // What `entry` describes has just ended.
  void Add(Entry entry, int64_t unix_seconds, int64_t microseconds, size_t max_entries);

  // Forgets the oldest beyond `max_entries`.
  void Trim(size_t max_entries);
  void Clear() { Trim(0); }

  const std::deque<Entry>& entries() const { return entries_; }

  // Memory that the entries take, with their texts. O(1).
  size_t memory_bytes() const { return bytes_; }

 private:
  std::deque<Entry> entries_;
  size_t bytes_ = 0;
  uint64_t next_id_ = 0;
};

}  // namespace ebb
