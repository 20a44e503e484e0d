// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/command.h"
#include "server/histogram.h"

namespace ebb {

// A command at run time: its row, what derives from it, and its statistics.
struct Command {
  const CommandSpec* spec;
  const CommandFamily* family;
  Command* parent = nullptr;          // of a subcommand
  std::vector<Command*> subcommands;  // of a container, in the order of the table
  uint32_t acl = 0;

  // INFO commandstats. Rejected: refused by a guard before running; failed: answered with an error.
  uint64_t calls = 0;
  uint64_t nanoseconds = 0;
  uint64_t rejected_calls = 0;
  uint64_t failed_calls = 0;

  // Made with the first call while latency-tracking is on.
  std::unique_ptr<DurationHistogram> durations;

  // The part after the bar for a subcommand, else the whole name.
  std::string_view short_name() const;
};

// All commands by name. Filled once at start; lookups ignore case.
// Thread: engine thread.
class CommandTable {
 public:
  CommandTable();
  CommandTable(const CommandTable&) = delete;
  CommandTable& operator=(const CommandTable&) = delete;

  // The command that `args` (not empty) calls: a top-level command, or with a container the
  // subcommand that args[1] names. `container` is set when args[0] names a container whose
  // subcommand is missing or unknown (null is returned then).
  Command* Find(Args args, Command** container);

  // By full name, "get" or "client|id"; null if there is none.
  Command* FindByName(std::string_view name);

  // Top-level commands, in the order of the table.
  const std::vector<Command*>& commands() const { return top_level_; }

  // All, with subcommands.
  const std::vector<std::unique_ptr<Command>>& all() const { return all_; }

 private:
  Command* FindTopLevel(std::string_view name);
  void Add(const CommandSpec& spec, const CommandFamily& family);

  std::vector<std::unique_ptr<Command>> all_;
  std::vector<Command*> top_level_;
  std::vector<Command*>
      buckets_;  // open addressing over the lower-case name's hash; a power of two
};

// The families, one line each.
std::span<const CommandFamily* const> AllFamilies();

}  // namespace ebb
