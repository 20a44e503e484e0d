// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/large_bulk.h"
#include "server/command.h"

namespace ebb {

class Disposer;
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
    std::vector<std::string> args;    // empty in the place of a long one
    LargeArguments* large = nullptr;  // in the transaction's list; null, nearly always: none
  };

  bool open = false;    // after MULTI
  bool failed = false;  // a command was refused while queueing: EXEC does nothing
  bool dirty = false;   // a watched key has changed: EXEC does nothing
  bool doomed() const { return failed || dirty; }
  // The one of its commands that EXEC runs, null at other times; it may not wait.
  const Command* running = nullptr;
  LargeArguments* running_large = nullptr;  // that one's, or null
  uint32_t flags = 0;                       // of all queued commands
  size_t arguments = 0;
  size_t argument_bytes = 0;
  size_t large_arguments = 0;  // of these, what lies in blocks of its own
  size_t taken_bytes = 0;      // of the arguments, what commands that EXEC ran have taken
  size_t watched_bytes = 0;    // what its watches cost; WatchedKeys books them
  std::vector<Queued> queue;
  // The long arguments of those commands that have any.
  std::list<LargeArguments> large;

  // Queues a command; `take_large(index)` is SessionTransport::TakeLarge. A doomed one takes
  // nothing more. O(arguments + bytes of the short ones).
  template <typename Take>
  void Add(Command& command, uint32_t command_flags, Args args, Take&& take_large) {
    if (doomed()) return;
    Queued& queued = queue.emplace_back(Queued{&command, {}});
    queued.args.reserve(args.size());
    for (size_t i = 0; i < args.size(); ++i) {
      argument_bytes += args[i].size();
      std::optional<LargeBulk> bulk;
      if (args[i].size() >= kLargeBulkMin) bulk = take_large(i);
      queued.args.emplace_back(bulk ? std::string_view() : args[i]);
      if (!bulk) continue;
      if (queued.large == nullptr) queued.large = &large.emplace_back();
      queued.large->push_back({i, *std::move(bulk)});
      ++large_arguments;
    }
    arguments += args.size();
    flags |= command_flags;
  }

  // As SessionTransport::TakeLarge, for the command that EXEC runs.
  std::optional<LargeBulk> TakeLarge(size_t index) const {
    if (running_large == nullptr) return std::nullopt;
    return ebb::TakeLarge(*running_large, index);
  }

  // A command has run that had these; what it has taken of them is others' now. O(arguments).
  void NoteTaken(const LargeArguments& of_command) {
    for (const auto& [index, bulk] : of_command) {
      if (!bulk.valid()) taken_bytes += bulk.size();
    }
  }

  // What it costs beyond the session. O(1).
  size_t memory_bytes() const {
    return argument_bytes - taken_bytes + arguments * sizeof(std::string) +
           queue.capacity() * sizeof(Queued) + large_arguments * sizeof(LargeArgument) +
           watched_bytes;
  }
};

// A transaction that is no session's any more, for as long as somebody still looks at it or runs
// it. Then its queue goes with all arguments: a long one to the lazy-free thread, so that who has
// queued much keeps nobody waiting.
//
// Thread: engine thread.
class EndedTransaction {
 public:
  // `disposer` outlives this object.
  EndedTransaction(Transaction&& transaction, Disposer& disposer)
      : transaction_(std::move(transaction)), disposer_(disposer) {}
  EndedTransaction(const EndedTransaction&) = delete;
  EndedTransaction& operator=(const EndedTransaction&) = delete;
  ~EndedTransaction();

  Transaction& operator*() { return transaction_; }
  const Transaction* operator->() const { return &transaction_; }

 private:
  Transaction transaction_;
  Disposer& disposer_;
};

}  // namespace ebb
