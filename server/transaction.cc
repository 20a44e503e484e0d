// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/transaction.h"

#include <memory>

#include "server/left_to_thread.h"
#include "storage/dispose.h"

namespace ebb {
namespace {

// What is left to the thread. It goes from its end, argument by argument: a single command may have
// a million of them.
struct DeadQueue {
  std::vector<Transaction::Queued> queue;
  std::list<Transaction::LargeArguments> large;

  bool empty() const { return large.empty() && queue.empty(); }

  void FreeLast() {
    if (large.empty()) {
      std::vector<std::string>& args = queue.back().args;
      args.empty() ? queue.pop_back() : args.pop_back();
    } else if (large.back().empty()) {
      large.pop_back();
    } else {
      FreeLastArgument(&large.back());
    }
  }
};

}  // namespace

EndedTransaction::~EndedTransaction() {
  const size_t parts =
      transaction_.queue.size() + transaction_.arguments + transaction_.large_arguments;
  if (parts <= kMostAtOnce || !disposer_.lazy(DisposeCause::kServerDel)) return;
  const size_t bytes = transaction_.memory_bytes();
  auto dead = std::make_unique<DeadQueue>(
      DeadQueue{std::move(transaction_.queue), std::move(transaction_.large)});
  LeaveToThread(std::move(dead), bytes, parts, disposer_);
}

}  // namespace ebb
