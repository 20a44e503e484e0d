// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/large_bulk.h"
#include "server/command.h"

namespace ebb {

struct Command;

// A session's transaction: the commands between MULTI and EXEC, with copies of their short
// arguments and the long ones themselves, in the blocks that they have come in.
//
// Ownership: the session has it, and EXEC while that runs; the blocks refer to limits of the
// transport's, which outlive both. Thread: engine thread.
struct Transaction {
  using LargeArguments = std::vector<LargeArgument>;  // by index

  struct Queued {
    Command* command;
    std::vector<std::string> args;          // empty in the place of a long one
    std::unique_ptr<LargeArguments> large;  // null: there are none, as nearly always
  };

  bool open = false;    // after MULTI
  bool failed = false;  // a command was refused while queueing: EXEC does nothing
  bool dirty = false;   // a watched key has changed: EXEC does nothing
  bool doomed() const { return failed || dirty; }
  // The one of its commands that EXEC runs, null at other times; it may not wait.
  const Command* running = nullptr;
  LargeArguments* running_large = nullptr;  // that one's, or null
  uint32_t flags = 0;                       // of all queued commands
  size_t argument_bytes = 0;
  size_t argument_overhead = 0;  // what keeping them takes beyond their bytes
  size_t watched_bytes = 0;      // what its watches cost; WatchedKeys books them
  std::vector<Queued> queue;

  // Queues a command; `take_large(index)` is SessionTransport::TakeLarge. A doomed one takes
  // nothing more. O(arguments + bytes of the short ones).
  template <typename Take>
  void Add(Command& command, uint32_t command_flags, Args args, Take&& take_large) {
    if (doomed()) return;
    Queued& queued = queue.emplace_back(Queued{&command, {}, nullptr});
    queued.args.reserve(args.size());
    for (size_t i = 0; i < args.size(); ++i) {
      argument_bytes += args[i].size();
      std::optional<LargeBulk> bulk;
      if (args[i].size() >= kLargeBulkMin) bulk = take_large(i);
      queued.args.emplace_back(bulk ? std::string_view() : args[i]);
      if (!bulk) continue;
      if (queued.large == nullptr) queued.large = std::make_unique<LargeArguments>();
      queued.large->push_back({i, *std::move(bulk)});
      argument_overhead += sizeof(LargeArgument);
    }
    argument_overhead += args.size() * sizeof(std::string);
    flags |= command_flags;
  }

  // As SessionTransport::TakeLarge, for the command that EXEC runs.
  std::optional<LargeBulk> TakeLarge(size_t index) const {
    if (running_large == nullptr) return std::nullopt;
    return ebb::TakeLarge(*running_large, index);
  }

  // What it costs beyond the session; until EXEC is over, with the arguments that commands have
  // taken. O(1).
  size_t memory_bytes() const {
    return argument_bytes + argument_overhead + watched_bytes + queue.capacity() * sizeof(Queued);
  }
};

}  // namespace ebb
