// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/command.h"

namespace ebb {

struct Command;

// A session's transaction: the commands between MULTI and EXEC, with copies of their arguments.
struct Transaction {
  struct Queued {
    Command* command;
    std::vector<std::string> args;
  };

  bool open = false;    // after MULTI
  bool failed = false;  // a command was refused while queueing: EXEC does nothing
  bool dirty = false;   // a watched key has changed: EXEC does nothing
  bool doomed() const { return failed || dirty; }
  // The one of its commands that EXEC runs, null at other times; it may not wait.
  const Command* running = nullptr;
  uint32_t flags = 0;  // of all queued commands
  size_t argument_count = 0;
  size_t argument_bytes = 0;
  size_t watched_bytes = 0;  // what its watches cost; WatchedKeys books them
  std::vector<Queued> queue;

  // A doomed one takes nothing more.
  void Add(Command& command, uint32_t command_flags, Args args) {
    if (doomed()) return;
    queue.emplace_back(Queued{&command, {args.begin(), args.end()}});
    flags |= command_flags;
    argument_count += args.size();
    for (const std::string_view arg : args) argument_bytes += arg.size();
  }

  // What it costs beyond the session. O(1).
  size_t memory_bytes() const {
    return argument_bytes + argument_count * sizeof(std::string) + watched_bytes +
           queue.capacity() * sizeof(Queued);
  }
};

}  // namespace ebb
